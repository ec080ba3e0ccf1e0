/*
 * The row of a conversation that is over: its image, and its place among the others.  Who is told
 * of a change of it is the projectors' affair.
 */
#include "deskbell/tlv.h"
#include "rows/projector.h"

enum conv_row_tag { CONVROW_END = 1, CONVROW_LAST, CONVROW_LIST, CONVROW_DEPT, CONVROW_IMAGE };

void conv_row_encode(const struct conv_row *row, struct buf *out)
{
    tlv_put_u64(out, CONVROW_END, row->end_pos);
    tlv_put_u64(out, CONVROW_LAST, row->last_pos);
    tlv_put_u64(out, CONVROW_LIST, row->list);
    tlv_put_u64(out, CONVROW_DEPT, row->dept);
    tlv_put_span(out, CONVROW_IMAGE, row->image);
}

err_t conv_row_decode(struct span in, struct conv_row *row)
{
    struct conv_row got = {0};
    struct tlv f;
    bool bad = false;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum conv_row_tag)f.tag) {
        case CONVROW_END:
            got.end_pos = tlv_u64(&f, &bad);
            break;
        case CONVROW_LAST:
            got.last_pos = tlv_u64(&f, &bad);
            break;
        case CONVROW_LIST:
            got.list = tlv_u64(&f, &bad);
            break;
        case CONVROW_DEPT:
            got.dept = tlv_u64(&f, &bad);
            break;
        case CONVROW_IMAGE:
            got.image = f.bytes;
            break;
        }
    }
    if (err != ERR_NOTFOUND || bad || got.end_pos == 0 || got.list >= LIST_COUNT ||
        got.image.len == 0)
        return ERR_CORRUPT;
    *row = got;
    return ERR_OK;
}

/* Ended ones are completed; missed ones and messages left while nobody was there wait for a mail.
 */
static enum list conv_list(enum conv_state state)
{
    return state == CONV_ENDED ? LIST_COMPLETED : LIST_MISSED;
}

struct conv_place conv_row_place(const struct conv_row *row)
{
    struct conv_place place = {
        .list = row->list, .dept = row->dept, .end_pos = row->end_pos, .last_pos = row->last_pos};
    struct conv_brief brief;

    if (conv_brief(row->image, &brief) == ERR_OK) {
        place.ip = brief.ip;
        place.box = brief.box;
        place.email = brief.email;
        place.agent = brief.agent;
        place.ntags = brief.ntags;
        memcpy(place.tags, brief.tags, brief.ntags * sizeof(brief.tags[0]));
    }
    return place;
}

size_t conv_place_keys(uint64_t conv, const struct conv_place *p, bool all,
                       struct key keys[PLACE_KEYS_MAX])
{
    uint64_t end = list_is_upward(box_list(p->box)) ? p->end_pos : ~p->end_pos;
    size_t n = 0;

    keys[n++] = all ? key_typed((uint8_t)p->list, ~p->end_pos)
                    : key_typed2((uint8_t)p->list, p->dept, ~p->end_pos);
    if (p->box != BOX_NONE)
        keys[n++] = all ? key_typed((uint8_t)box_list(p->box), end)
                        : key_typed2((uint8_t)box_list(p->box), p->dept, end);
    if (!all && p->email != 0)
        keys[n++] = key_typed2(LIST_BY_EMAIL, p->email, conv);
    return n;
}

void conv_row_put(struct txn *tx, uint64_t id, const struct conv_place *was, struct span image,
                  struct buf *mem)
{
    struct key key = key_u64(id);
    struct conv_row row = {.image = image};
    struct conv_place now;
    struct conv_brief brief;
    err_t err = conv_brief(image, &brief);

    if (err != ERR_OK) {
        txn_fail(tx, err);
        return;
    }
    row.end_pos = was != NULL ? was->end_pos : brief.last_pos;
    row.last_pos = brief.last_pos;
    row.list = conv_list(brief.state);
    row.dept = brief.dept;
    buf_reset(mem);
    conv_row_encode(&row, mem);
    txn_put(tx, TABLE_CONV, &key, buf_span(mem));
    now = conv_row_place(&row);
    project_row(tx, &(struct conv_change){.conv = id, .was = was, .now = &now, .image = image});
}
