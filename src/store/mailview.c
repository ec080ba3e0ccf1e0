/*
 * The outbox as people see it: one mail, lists, and which mails have changed.  It reads only, and
 * puts together what the gateway ordered and what the dispatcher made of it.
 */
#include <stdlib.h>

#include "deskbell/tlv.h"
#include "outbox_int.h"

#define LOOKS_MAX 2000 /* rows looked at in one call */

static char *str_dup(struct span s)
{
    return s.len > 0 ? span_dup(s) : xstrdup("");
}

static void view_take_row(struct mail_view *v, struct mail_row *row)
{
    v->state = row->state;
    v->uncertain = row->uncertain;
    v->attempts = row->attempts;
    v->due_ms = row->due_ms;
    v->settled_ms = row->settled_ms;
    v->notices = row->notices;
    v->digest = row->digest;
    v->reason = row->reason;
    v->rcpts = row->rcpts;
    v->nrcpts = row->nrcpts;
    row->reason = NULL;
    row->rcpts = NULL;
    row->nrcpts = 0;
}

static err_t view_read_order(struct txn *tx, const struct key *key, struct mail_view *v)
{
    struct outbox_row row;
    struct span payload;
    err_t err = txn_get(tx, TABLE_OUTBOX, key, &payload);

    if (err != ERR_OK)
        return err;
    if ((err = outbox_row_decode(payload, &row)) != ERR_OK) {
        store_report_bad(tx->st, TABLE_OUTBOX, (struct span){(const char *)key->bytes, key->len},
                         err);
        return err;
    }
    v->order = row.order;
    v->order.to = (struct span){str_dup(row.order.to), row.order.to.len};
    v->order.secret = (struct span){str_dup(row.order.secret), row.order.secret.len};
    v->created_ms = v->due_ms = row.created_ms;
    return ERR_OK;
}

/* What the dispatcher has not taken over yet waits. */
static err_t view_read_state(struct txn *tx, const struct key *key, struct mail_view *v)
{
    struct mail_row row = {0};
    struct span payload;
    err_t err = txn_get(tx, TABLE_MAIL_STATE, key, &payload);

    if (err == ERR_NOTFOUND)
        return ERR_OK;
    if (err == ERR_OK && (err = mail_row_decode(payload, &row)) != ERR_OK)
        store_report_bad(tx->st, TABLE_MAIL_STATE,
                         (struct span){(const char *)key->bytes, key->len}, err);
    if (err != ERR_OK)
        return err;
    view_take_row(v, &row);
    return ERR_OK;
}

/* What another mail decides: when a held one's digest is made, what became of a folded one's. */
static void view_read_other(struct txn *tx, struct mail_view *v)
{
    uint64_t other = v->state == MAILST_FOLDED ? v->digest : 0;
    struct mail_row row;

    if (v->state == MAILST_HELD && v->due_ms == 0)
        other = mail_group_get(tx, v->order.kind, v->order.dept).head;
    if (other == 0 || mail_state_get(tx, other, &row) != ERR_OK)
        return;
    if (v->state == MAILST_HELD)
        v->due_ms = row.due_ms;
    v->digest_state = row.state;
    mail_row_fini(&row);
}

static err_t view_read_frozen(struct txn *tx, const struct key *key, struct mail_view *v)
{
    struct mail_frozen fz;
    struct buf mem = {0};
    struct span payload;
    err_t err = txn_get(tx, TABLE_MAIL_FROZEN, key, &payload);

    if (err == ERR_NOTFOUND)
        return ERR_OK;
    if (err == ERR_OK)
        err = mail_frozen_decode(payload, &fz, &mem);
    if (err == ERR_OK) {
        v->from = str_dup(fz.from);
        v->cc = str_dup(fz.cc);
        v->subject = str_dup(fz.subject);
        v->message_id = str_dup(fz.message_id);
    }
    buf_fini(&mem);
    return err;
}

err_t mail_read(struct store *st, uint64_t id, struct mail_view *v)
{
    struct mail_view got = {.id = id};
    struct key key = key_u64(id);
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    err = view_read_order(&tx, &key, &got);
    if (err == ERR_OK)
        err = view_read_state(&tx, &key, &got);
    if (err == ERR_OK)
        view_read_other(&tx, &got);
    if (err == ERR_OK)
        err = view_read_frozen(&tx, &key, &got);
    txn_end_read(&tx);
    if (err != ERR_OK) {
        mail_view_fini(&got);
        return err;
    }

    char **texts[] = {&got.from, &got.cc, &got.subject, &got.message_id, &got.reason};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (*texts[i] == NULL)
            *texts[i] = xstrdup("");
    *v = got;
    return ERR_OK;
}

/* lists */

static bool mail_has_state(struct txn *tx, uint64_t id, int state)
{
    struct key key = key_u64(id);
    struct mail_row row = {.state = MAILST_QUEUED};
    struct span payload;

    if (state < 0)
        return true;

    err_t err = txn_get(tx, TABLE_MAIL_STATE, &key, &payload);

    if (err == ERR_OK && mail_row_decode(payload, &row) != ERR_OK)
        return false;

    bool has = (err == ERR_OK || err == ERR_NOTFOUND) && (int)row.state == state;

    mail_row_fini(&row);
    return has;
}

/* Where the walk begins: behind the newest, or at what was looked at last. */
static struct key list_start(uint64_t conv, uint64_t cursor)
{
    uint64_t before = cursor != 0 ? cursor : UINT64_MAX;

    return conv != 0 ? key_u64x2(conv, before) : key_u64(before);
}

err_t mail_list(struct store *st, uint64_t conv, int state, uint64_t *cursor, uint64_t *ids,
                size_t max, size_t *n)
{
    struct key start = list_start(conv, *cursor);
    uint64_t last = 0;
    size_t got = 0, looks = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    err = cursor_open(&cur, &tx, conv != 0 ? TABLE_CONV_MAIL : TABLE_OUTBOX);
    if (err == ERR_OK)
        err = cursor_seek(&cur, &start, true);
    for (; err == ERR_OK && got < max && looks < LOOKS_MAX; err = cursor_prev(&cur), looks++) {
        if (conv != 0 && cursor_key_u64(&cur, 0) != conv) {
            err = ERR_NOTFOUND;
            break;
        }
        last = cursor_key_u64(&cur, conv != 0 ? 8 : 0);
        if (mail_has_state(&tx, last, state))
            ids[got++] = last;
    }
    /* Stopped by its bounds: is there one more? */
    if (err == ERR_OK && conv != 0 && cursor_key_u64(&cur, 0) != conv)
        err = ERR_NOTFOUND;
    cursor_close(&cur);

    err_t failed = tx.err;

    txn_end_read(&tx);
    if (failed != ERR_OK)
        return failed;
    *n = got;
    *cursor = err == ERR_OK ? last : 0;
    return ERR_OK;
}

err_t mail_changes(struct store *st, uint64_t *after, uint64_t *ids, size_t max, size_t *n)
{
    struct key first = key_u64(*after + 1);
    uint64_t last = *after;
    size_t got = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if (cursor_open(&cur, &tx, TABLE_MAIL_LOG) == ERR_OK) {
        err = *after == UINT64_MAX ? cursor_last(&cur) : cursor_seek(&cur, &first, false);
        if (*after == UINT64_MAX)
            last = err == ERR_OK ? cursor_key_u64(&cur, 0) : 0;
        for (; *after != UINT64_MAX && err == ERR_OK && got < max; err = cursor_next(&cur)) {
            last = cursor_key_u64(&cur, 0);
            if (cur.err == ERR_OK && cur.payload.len == 8)
                ids[got++] = be64_get((const uint8_t *)cur.payload.p);
        }
    }
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK) {
        *after = last;
        *n = got;
    }
    return err;
}
