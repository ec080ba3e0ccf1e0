/*
 * Rows by which others are found: each that must be there is, and none is there that must not be.
 */
#include "check/check_int.h"

#include "deskbell/tlv.h"

static const struct ipaddr nowhere;

static bool u64_is(struct txn *tx, enum table table, const struct key *key, uint64_t v)
{
    uint64_t found;

    return txn_get_u64(tx, table, key, &found) == ERR_OK && found == v;
}

/* Did the journal go on since it was read? */
static bool went_on(struct check *ck, struct txn *tx)
{
    struct cursor cur;
    bool on = cursor_open(&cur, tx, TABLE_JOURNAL) == ERR_OK && cursor_last(&cur) == ERR_OK &&
              cursor_key_u64(&cur, 0) > ck->pos;

    cursor_close(&cur);
    return on;
}

/* conversations that are over: lists and addresses */

static bool place_read(struct txn *tx, uint64_t conv, struct conv_place *place)
{
    struct key key = key_u64(conv);
    struct span payload;
    struct conv_row row;

    if (txn_get(tx, TABLE_CONV, &key, &payload) != ERR_OK ||
        conv_row_decode(payload, &row) != ERR_OK)
        return false;
    *place = conv_row_place(&row);
    return true;
}

static void conv_listed(struct check *ck, struct txn *tx, enum table table, const struct key *key,
                        uint64_t id)
{
    if (table_is_missing(ck->st, table) || u64_is(tx, table, key, id))
        return;
    check_say(ck, CHECK_INDEX, table, key_span(key), true,
              "conversation %llu is missing in its list", (unsigned long long)id);
    ck->lists = true;
}

static void conv_listed_all(struct check *ck, struct txn *tx, uint64_t id,
                            const struct conv_place *place)
{
    static const enum table tables[] = {TABLE_LIST, TABLE_LIST_ALL};
    struct key keys[PLACE_KEYS_MAX];

    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        size_t n = conv_place_keys(id, place, tables[t] == TABLE_LIST_ALL, keys);

        for (size_t i = 0; i < n; i++)
            conv_listed(ck, tx, tables[t], &keys[i], id);
    }
}

static void conv_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t id = cursor_key_u64(cur, 0);
    struct conv_place place;
    struct conv_row row;
    const struct conv *cv = core_conv(ck->journal, id);

    if (cur->err != ERR_OK || conv_row_decode(cur->payload, &row) != ERR_OK)
        return; /* told as a row */
    if (cv != NULL && cv->state != CONV_ENDED && cv->state != CONV_MISSED &&
        row.last_pos <= ck->pos)
        check_say(ck, CHECK_CONV, TABLE_CONV, cur->key, false,
                  "conversation %llu goes on by the journal, but has a row of its end",
                  (unsigned long long)cv->number);
    place = conv_row_place(&row);

    struct key addr = key_addr(&place.ip, ~id);

    conv_listed_all(ck, tx, id, &place);
    if (memcmp(&place.ip, &nowhere, sizeof(nowhere)) != 0 &&
        !table_is_missing(ck->st, TABLE_ADDR) && !txn_has(tx, TABLE_ADDR, &addr)) {
        check_say(ck, CHECK_INDEX, TABLE_ADDR, key_span(&addr), true,
                  "conversation %llu is missing under its address", (unsigned long long)id);
        ck->addrs = true;
    }
}

static void list_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    struct key keys[PLACE_KEYS_MAX];
    struct conv_place place;
    size_t n = 0;
    uint64_t id;

    if (cur->err != ERR_OK || cur->payload.len != 8)
        return;
    id = be64_get((const uint8_t *)cur->payload.p);
    if (place_read(tx, id, &place))
        n = conv_place_keys(id, &place, cur->table == TABLE_LIST_ALL, keys);
    for (size_t i = 0; i < n; i++)
        if (span_eq(cur->key, key_span(&keys[i])))
            return;
    check_say(ck, CHECK_INDEX, cur->table, cur->key, true,
              "conversation %llu does not belong in this place", (unsigned long long)id);
    ck->lists = true;
}

static void addr_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t id = ~cursor_key_u64(cur, sizeof(nowhere));
    struct conv_place place;
    struct key key;

    if (cur->err != ERR_OK)
        return;
    if (place_read(tx, id, &place)) {
        key = key_addr(&place.ip, ~id);
        if (span_eq(cur->key, key_span(&key)))
            return;
    }
    check_say(ck, CHECK_INDEX, TABLE_ADDR, cur->key, true,
              "conversation %llu is not from this address", (unsigned long long)id);
    ck->addrs = true;
}

/* milestones */

/* Does a record that one stands at stand there? */
static bool milestone_is(struct txn *tx, uint64_t conv, uint64_t seq, const struct milestone *ms)
{
    struct key key = key_u64(ms->pos);
    struct span payload;
    struct rec rec;

    return txn_get(tx, TABLE_JOURNAL, &key, &payload) == ERR_OK &&
           rec_decode(ms->pos, payload, SPAN_NONE, &rec) == ERR_OK && milestone_is_due(&rec) &&
           rec.obj == conv && rec.seq == seq && (rec.n == 0 || rec.n == ms->n);
}

static void milestone_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t conv = cursor_key_u64(cur, 0), seq = cursor_key_u64(cur, 8);
    struct milestone ms;

    if (cur->err != ERR_OK || milestone_decode(cur->payload, &ms) != ERR_OK ||
        milestone_is(tx, conv, seq, &ms))
        return;
    check_say(ck, CHECK_INDEX, TABLE_MILESTONE, cur->key, true,
              "record %llu of conversation %llu is not where this says", (unsigned long long)seq,
              (unsigned long long)conv);
    ck->milestones = true;
}

static void milestone_due_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    struct milestone ms;
    struct rec rec;

    if (cur->err != ERR_OK || table_is_missing(ck->st, TABLE_MILESTONE) ||
        rec_decode(cursor_key_u64(cur, 0), cur->payload, SPAN_NONE, &rec) != ERR_OK ||
        !milestone_is_due(&rec) || milestone_get(tx, rec.obj, rec.seq, &ms) == ERR_OK)
        return;

    struct key key = key_u64x2(rec.obj, rec.seq);

    check_say(ck, CHECK_INDEX, TABLE_MILESTONE, key_span(&key), true,
              "record %u of conversation %llu has no milestone", rec.seq,
              (unsigned long long)rec.obj);
    ck->milestones = true;
}

/* short numbers */

static void ring_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    enum rec_type type;
    struct rec rec;

    if (cur->err != ERR_OK || !rec_peek(cur->payload, &type) ||
        (type != REC_CONV_RANG && type != REC_CONV_LEFT) ||
        rec_decode(cursor_key_u64(cur, 0), cur->payload, SPAN_NONE, &rec) != ERR_OK ||
        rec.ring.number == 0)
        return;

    struct key key = key_u64(rec.ring.number);

    if (u64_is(tx, TABLE_NUMBER, &key, rec.obj))
        return;
    check_say(ck, CHECK_INDEX, TABLE_NUMBER, key_span(&key), true,
              "this number does not find its conversation %llu", (unsigned long long)rec.obj);
    ck->numbers = true;
}

static uint64_t number_of(struct check *ck, struct txn *tx, uint64_t id)
{
    const struct conv *open = core_conv(ck->journal, id);
    struct key key = key_u64(id);
    struct span payload;
    struct conv_row row;
    struct conv *cv;
    uint64_t number = open != NULL ? open->number : 0;

    if (open == NULL && txn_get(tx, TABLE_CONV, &key, &payload) == ERR_OK &&
        conv_row_decode(payload, &row) == ERR_OK && conv_decode(id, row.image, &cv) == ERR_OK) {
        number = cv->number;
        conv_free(cv);
    }
    return number;
}

static void number_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t number = cursor_key_u64(cur, 0), id;

    if (cur->err != ERR_OK || cur->payload.len != 8)
        return;
    if (number > core_portal(ck->journal)->conv_number && went_on(ck, tx))
        return; /* given since */
    id = be64_get((const uint8_t *)cur->payload.p);
    if (number != 0 && number_of(ck, tx, id) == number)
        return;
    check_say(ck, CHECK_INDEX, TABLE_NUMBER, cur->key, true, "conversation %llu has another number",
              (unsigned long long)id);
    ck->numbers = true;
}

/* answers to repeated commands */

static void repeat_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    struct repeat r;

    if (cur->err != ERR_OK || repeat_decode(cur->payload, &r) != ERR_OK)
        return;

    struct key key = key_u64x2((uint64_t)r.time_ms, r.cid);

    if (txn_has(tx, TABLE_REPEAT_TIME, &key))
        return;
    check_say(ck, CHECK_INDEX, TABLE_REPEAT_TIME, key_span(&key), true,
              "the answer to command %llu would never go", (unsigned long long)r.cid);
    ck->repeats = true;
}

/* mails of conversations */

static void order_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t id = cursor_key_u64(cur, 0);
    struct outbox_row row;

    if (cur->err != ERR_OK || outbox_row_decode(cur->payload, &row) != ERR_OK ||
        row.order.conv == 0)
        return;

    struct key key = key_u64x2(row.order.conv, id);

    if (txn_has(tx, TABLE_CONV_MAIL, &key))
        return;
    check_say(ck, CHECK_INDEX, TABLE_CONV_MAIL, key_span(&key), true,
              "mail %llu is missing with its conversation", (unsigned long long)id);
    ck->conv_mail = true;
}

static void conv_mail_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t conv = cursor_key_u64(cur, 0), id = cursor_key_u64(cur, 8);
    struct key key = key_u64(id);
    struct outbox_row row;
    struct span payload;
    err_t err = txn_get(tx, TABLE_OUTBOX, &key, &payload);

    if (cur->err != ERR_OK || (err != ERR_OK && err != ERR_NOTFOUND))
        return;
    if (err == ERR_OK && outbox_row_decode(payload, &row) == ERR_OK && row.order.conv == conv)
        return;
    check_say(ck, CHECK_INDEX, TABLE_CONV_MAIL, cur->key, true,
              "mail %llu is not of this conversation", (unsigned long long)id);
    ck->conv_mail = true;
}

/* images of what was never there */

static void image_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    enum obj_type type = (enum obj_type)(uint8_t)cur->key.p[0];

    if (cur->err != ERR_OK || type == OBJ_PORTAL || type == OBJ_CONV ||
        check_knows(ck, type, cursor_key_u64(cur, 1)) || went_on(ck, tx))
        return;
    check_say(ck, CHECK_IMAGE, cur->table, cur->key, true,
              "there is an image of something that the journal does not know");
    ck->images = true;
}

static void body_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    struct key key = key_u64(cursor_key_u64(cur, 0));

    if (!txn_has(tx, TABLE_JOURNAL, &key))
        check_say(ck, CHECK_JOURNAL, TABLE_BODY, cur->key, false,
                  "there is no record to this body");
}

err_t check_indexes(struct check *ck)
{
    static const struct {
        enum table table;
        check_row_fn *look;
    } walks[] = {
        {TABLE_CONV, conv_look},
        {TABLE_LIST, list_look},
        {TABLE_ADDR, addr_look},
        {TABLE_JOURNAL, ring_look},
        {TABLE_NUMBER, number_look},
        {TABLE_REPEAT, repeat_look},
        {TABLE_OUTBOX, order_look},
        {TABLE_CONV_MAIL, conv_mail_look},
        {TABLE_BODY, body_look},
        {TABLE_IMAGE, image_look},
        {TABLE_LIST_ALL, list_look},
        {TABLE_MILESTONE, milestone_look},
        {TABLE_JOURNAL, milestone_due_look},
    };
    err_t err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < COUNT_OF(walks); i++)
        err = check_walk(ck, walks[i].table, walks[i].look);
    return err;
}
