/* Each row for itself: its envelope, the shape of its key, and what its own reader says of it. */
#include "check/check_int.h"
#include "deskbell/draft.h"
#include "deskbell/tlv.h"

static err_t row_u64(struct span payload)
{
    return payload.len == 8 ? ERR_OK : ERR_CORRUPT;
}

static err_t row_tagged(struct span payload)
{
    uint64_t conv, agent;

    return tagged_row_decode(payload, &conv, &agent);
}

static err_t row_fields(struct span payload)
{
    struct tlv f;
    err_t err;

    while ((err = tlv_next(&payload, &f)) == ERR_OK)
        ;
    return err == ERR_NOTFOUND ? ERR_OK : ERR_CORRUPT;
}

static err_t row_record(struct span payload)
{
    struct rec rec;

    return rec_decode(1, payload, SPAN_NONE, &rec);
}

static err_t row_conv(struct span payload)
{
    struct conv_row row;
    struct conv *cv;
    err_t err = conv_row_decode(payload, &row);

    if (err == ERR_OK && (err = conv_decode(1, row.image, &cv)) == ERR_OK)
        conv_free(cv);
    return err;
}

static err_t row_repeat(struct span payload)
{
    struct repeat r;

    return repeat_decode(payload, &r);
}

static err_t row_order(struct span payload)
{
    struct outbox_row row;

    return outbox_row_decode(payload, &row);
}

static err_t row_request(struct span payload)
{
    struct mail_request rq;

    return mail_request_decode(payload, &rq);
}

static err_t row_frozen(struct span payload)
{
    struct mail_frozen fz;

    return mail_frozen_peek(payload, &fz);
}

static err_t row_milestone(struct span payload)
{
    struct milestone ms;

    return milestone_decode(payload, &ms);
}

static err_t row_drafts(struct span payload)
{
    struct drafts d;

    return drafts_decode(payload, &d);
}

/*
 * How a table's rows are read; NULL: by those who read them, later in the check or not at all.
 * `derived`: the journal makes them again.
 */
static const struct {
    err_t (*read)(struct span payload);
    size_t key_bytes; /* 0: of several lengths */
    bool derived;
} shapes[TABLE_COUNT] = {
    [TABLE_JOURNAL] = {row_record, 8, false},
    [TABLE_BODY] = {row_fields, 8, false},
    [TABLE_IMAGE] = {row_fields, 9, true},
    [TABLE_IMAGE_WAS] = {row_fields, 9, true},
    [TABLE_CONV] = {row_conv, 8, true},
    [TABLE_LIST] = {row_u64, 17, true},
    [TABLE_LIST_ALL] = {row_u64, 9, true},
    [TABLE_TAGGED] = {row_tagged, 25, true},
    [TABLE_TAG_COUNT] = {row_u64, 0, true},
    [TABLE_MILESTONE] = {row_milestone, 16, true},
    [TABLE_ADDR] = {NULL, 24, true},
    [TABLE_NUMBER] = {row_u64, 8, true},
    [TABLE_SETTING] = {row_fields, 9, true},
    [TABLE_REPEAT] = {row_repeat, 8, false},
    [TABLE_REPEAT_TIME] = {NULL, 16, true},
    [TABLE_OUTBOX] = {row_order, 8, false},
    [TABLE_CONV_MAIL] = {NULL, 16, true},
    [TABLE_MAIL_DUE] = {NULL, 16, true},
    [TABLE_MAIL_HELD] = {NULL, 17, true},
    [TABLE_MAIL_BY] = {NULL, 0, true},
    [TABLE_MAIL_LOG] = {row_u64, 8, false},
    [TABLE_MAIL_REQUEST] = {row_request, 8, false},
    [TABLE_MAIL_FROZEN] = {row_frozen, 8, false},
    [TABLE_DRAFT] = {row_drafts, 16, false},
};

/* What is to be made again for a row of this table. */
static void row_mark(struct check *ck, enum table table)
{
    ck->lists = ck->lists || table == TABLE_LIST || table == TABLE_LIST_ALL;
    ck->tagged = ck->tagged || table == TABLE_TAGGED || table == TABLE_TAG_COUNT;
    ck->milestones = ck->milestones || table == TABLE_MILESTONE;
    ck->addrs = ck->addrs || table == TABLE_ADDR;
    ck->numbers = ck->numbers || table == TABLE_NUMBER;
    ck->images = ck->images || table == TABLE_IMAGE || table == TABLE_IMAGE_WAS;
    ck->settings = ck->settings || table == TABLE_SETTING;
    ck->conv_mail = ck->conv_mail || table == TABLE_CONV_MAIL;
    ck->queue =
        ck->queue || table == TABLE_MAIL_DUE || table == TABLE_MAIL_HELD || table == TABLE_MAIL_BY;
    ck->repeats = ck->repeats || table == TABLE_REPEAT_TIME;
}

static void row_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    enum table table = cur->table;
    bool derived = shapes[table].derived;
    err_t err = cur->err;

    (void)tx;
    if (err == ERR_OK && shapes[table].key_bytes != 0 && cur->key.len != shapes[table].key_bytes)
        err = ERR_CORRUPT;
    if (err == ERR_OK && shapes[table].read != NULL)
        err = shapes[table].read(cur->payload);
    if (err == ERR_OK)
        return;
    check_say(ck, CHECK_ROW, table, cur->key, derived, "the row is not right in itself: %s",
              err == ERR_VERSION ? "a newer version wrote it" : "it is damaged");
    if (derived)
        row_mark(ck, table);
}

err_t check_rows(struct check *ck)
{
    err_t err = ERR_OK;

    for (int i = 0; err == ERR_OK && i < TABLE_COUNT; i++)
        err = check_walk(ck, (enum table)i, row_look);
    return err;
}
