/*
 * Mending what the journal knows better.  In an order in which a crash at any point leaves nothing
 * worse than it was: images are given up before they are written anew, and an index that is made
 * again says so until it is whole.
 */
#include "check/check_int.h"

#include "deskbell/log.h"
#include "deskbell/tlv.h"
#include "outbox/outbox_int.h"

#define MEND_ROWS 1000 /* in one transaction */

/* rows of conversations that are over */

struct mend {
    struct check *ck;
    size_t at; /* what was written before this transaction */
    size_t done;
};

/* A row that is lost had its place by the record that ended it. */
static uint64_t end_of(struct txn *tx, uint64_t last_pos)
{
    uint64_t pos = last_pos;
    struct span payload;
    struct rec rec;

    while (pos != 0) {
        struct key key = key_u64(pos);

        if (txn_get(tx, TABLE_JOURNAL, &key, &payload) != ERR_OK ||
            rec_decode(pos, payload, SPAN_NONE, &rec) != ERR_OK || rec.prev >= pos)
            break;
        if (rec.type == REC_CONV_ENDED || rec.type == REC_CONV_MISSED)
            return pos;
        pos = rec.prev;
    }
    return last_pos;
}

static void conv_mend(struct txn *tx, struct check *ck, uint64_t id)
{
    const struct conv *cv = core_conv(ck->journal, id);
    struct key key = key_u64(id);
    struct conv_place was = {0};
    struct span payload;
    struct conv_row row;

    if (txn_get(tx, TABLE_CONV, &key, &payload) == ERR_OK &&
        conv_row_decode(payload, &row) == ERR_OK && row.end_pos <= cv->last_pos)
        was = conv_row_place(&row);
    else
        was.end_pos = end_of(tx, cv->last_pos);
    buf_reset(&ck->mem);
    (void)core_image(ck->journal, OBJ_CONV, id, &ck->mem);
    conv_row_put(tx, id, &was, buf_span(&ck->mem), &ck->mem2);
}

static void convs_step(struct txn *tx, void *arg)
{
    struct mend *m = arg;

    m->done = 0;
    for (size_t i = m->at; i < m->ck->nconvs && m->done < MEND_ROWS; i++, m->done++)
        conv_mend(tx, m->ck, m->ck->convs[i]);
}

/* images */

static void images_drop(struct txn *tx, void *arg)
{
    (void)arg;
    checkpoint_close(tx, 0);
    txn_clear(tx, TABLE_IMAGE);
}

static void image_put(struct txn *tx, struct check *ck, enum obj_type type, uint64_t id)
{
    struct key key = key_typed((uint8_t)type, id);

    buf_reset(&ck->mem);
    if (core_image(ck->journal, type, id, &ck->mem))
        txn_put(tx, TABLE_IMAGE, &key, buf_span(&ck->mem));
}

static void images_step(struct txn *tx, void *arg)
{
    struct mend *m = arg;

    m->done = 0;
    for (size_t i = m->at; i < m->ck->nobjs && m->done < MEND_ROWS; i++, m->done++)
        image_put(tx, m->ck, m->ck->objs[i].type, m->ck->objs[i].id);
}

struct open_mend {
    struct check *ck;
    uint64_t from, to; /* conversations after the first; where it came to */
    bool over;
};

static void open_images_step(struct txn *tx, void *arg)
{
    struct open_mend *m = arg;
    size_t n = 0;

    m->to = m->from;
    while (!(m->over = !core_next_conv(m->ck->journal, &m->to)) && n++ < MEND_ROWS) {
        const struct conv *cv = core_conv(m->ck->journal, m->to);

        if (cv->state != CONV_ENDED && cv->state != CONV_MISSED)
            image_put(tx, m->ck, OBJ_CONV, m->to);
    }
}

static void images_close_step(struct txn *tx, void *arg)
{
    struct check *ck = arg;

    image_put(tx, ck, OBJ_PORTAL, 0);
    checkpoint_close(tx, core_next_pos(ck->journal) - 1);
}

/* Without a checkpoint a start replays the whole journal, so that it may end anywhere in this. */
static err_t images_mend(struct check *ck)
{
    struct mend m = {.ck = ck};
    struct open_mend open = {.ck = ck};
    err_t err = store_write(ck->st, images_drop, NULL);

    for (; err == ERR_OK && m.at < ck->nobjs; m.at += m.done)
        err = store_write(ck->st, images_step, &m);
    for (; err == ERR_OK && !open.over; open.from = open.to)
        err = store_write(ck->st, open_images_step, &open);
    return err == ERR_OK ? store_write(ck->st, images_close_step, ck) : err;
}

/* settings */

static void setting_put_row(struct txn *tx, struct check *ck, enum obj_type type, uint64_t id)
{
    struct key key = key_typed((uint8_t)type, id);

    buf_reset(&ck->mem);
    if (core_image(ck->journal, type, id, &ck->mem))
        txn_put(tx, TABLE_SETTING, &key, buf_span(&ck->mem));
}

static void settings_step(struct txn *tx, void *arg)
{
    struct check *ck = arg;

    txn_clear(tx, TABLE_SETTING);
    setting_put_row(tx, ck, OBJ_PORTAL, 0);
    for (size_t i = 0; i < ck->nobjs; i++)
        if (ck->objs[i].type == OBJ_DEPT || ck->objs[i].type == OBJ_AGENT ||
            ck->objs[i].type == OBJ_TASK || ck->objs[i].type == OBJ_MENTION)
            setting_put_row(tx, ck, ck->objs[i].type, ck->objs[i].id);
}

/* indexes out of one other table: few bytes a row, so each is made in one transaction */

static void repeats_step(struct txn *tx, void *arg)
{
    struct key first = key_u64(0);
    struct cursor cur;
    struct repeat r;

    (void)arg;
    txn_clear(tx, TABLE_REPEAT_TIME);
    if (cursor_open(&cur, tx, TABLE_REPEAT) != ERR_OK)
        return;
    for (err_t err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur))
        if (cur.err == ERR_OK && repeat_decode(cur.payload, &r) == ERR_OK) {
            struct key key = key_u64x2((uint64_t)r.time_ms, r.cid);

            txn_put(tx, TABLE_REPEAT_TIME, &key, SPAN_NONE);
        }
    cursor_close(&cur);
}

static void conv_mail_step(struct txn *tx, void *arg)
{
    struct key first = key_u64(0);
    struct outbox_row row;
    struct cursor cur;

    (void)arg;
    txn_clear(tx, TABLE_CONV_MAIL);
    if (cursor_open(&cur, tx, TABLE_OUTBOX) != ERR_OK)
        return;
    for (err_t err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur)) {
        uint64_t id = cursor_key_u64(&cur, 0);

        if (cur.err == ERR_OK && outbox_row_decode(cur.payload, &row) == ERR_OK &&
            row.order.conv != 0) {
            struct key key = key_u64x2(row.order.conv, id);

            txn_put(tx, TABLE_CONV_MAIL, &key, SPAN_NONE);
        }
    }
    cursor_close(&cur);
}

/* What becomes of mails goes on meanwhile: that is other transactions. */
static void queue_step(struct txn *tx, void *arg)
{
    (void)arg;
    queue_index_again(tx, &mail_queue);
}

/* Rows that were set aside and are right now, or are gone, need not be listed any more. */
static void bad_step(struct txn *tx, void *arg)
{
    struct key first = {.len = 1};
    struct cursor cur;
    struct span row;

    (void)arg;
    if (cursor_open(&cur, tx, TABLE_BAD) != ERR_OK)
        return;

    err_t err = cursor_seek(&cur, &first, false);

    while (err == ERR_OK) {
        struct key of = {.len = cur.key.len - 1}, key = {.len = cur.key.len};
        unsigned table = (uint8_t)cur.key.p[0];
        bool wrong = table >= TABLE_COUNT || of.len == 0;

        memcpy(key.bytes, cur.key.p, key.len);
        memcpy(of.bytes, cur.key.p + 1, of.len);
        if (!wrong) {
            err_t look = txn_get(tx, (enum table)table, &of, &row);

            wrong = look != ERR_OK && look != ERR_NOTFOUND;
        }
        if (!wrong)
            txn_del(tx, TABLE_BAD, &key);
        err = wrong ? cursor_next(&cur) : cursor_seek(&cur, &key, false);
    }
    cursor_close(&cur);
}

static err_t projector_mend(struct check *ck, bool wanted, const struct projector *p)
{
    return wanted ? project_again(ck->st, p) : ERR_OK;
}

err_t check_mend(struct check *ck)
{
    struct mend m = {.ck = ck};
    err_t err = ERR_OK;

    for (; err == ERR_OK && m.at < ck->nconvs; m.at += m.done)
        err = store_write(ck->st, convs_step, &m);
    if (err == ERR_OK && ck->images)
        err = images_mend(ck);
    if (err == ERR_OK && ck->settings)
        err = store_write(ck->st, settings_step, ck);
    if (err == ERR_OK)
        err = projector_mend(ck, ck->lists, &project_list);
    if (err == ERR_OK)
        err = projector_mend(ck, ck->lists, &project_list_all);
    if (err == ERR_OK)
        err = projector_mend(ck, ck->tagged, &project_tagged);
    if (err == ERR_OK)
        err = projector_mend(ck, ck->milestones, &project_milestone);
    if (err == ERR_OK)
        err = projector_mend(ck, ck->addrs, &project_addr);
    if (err == ERR_OK)
        err = projector_mend(ck, ck->numbers, &project_number);
    if (err == ERR_OK && ck->repeats)
        err = store_write(ck->st, repeats_step, NULL);
    if (err == ERR_OK && ck->conv_mail)
        err = store_write(ck->st, conv_mail_step, NULL);
    if (err == ERR_OK && ck->queue)
        err = store_write(ck->st, queue_step, NULL);
    if (err == ERR_OK)
        err = store_write(ck->st, bad_step, NULL);
    if (err == ERR_OK)
        log_info("store.mended", "found=%llu", (unsigned long long)ck->report->found);
    return err;
}
