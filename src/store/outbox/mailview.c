/*
 * The outbox as people see it: one mail, lists, and which mails have changed.  It reads only, and
 * puts together what the gateway ordered and what the dispatcher made of it.
 */
#include <stdlib.h>

#include "deskbell/tlv.h"
#include "outbox/outbox_int.h"

#define LOOKS_MAX 2000 /* rows looked at in one call */

static char *str_dup(struct span s)
{
    return s.len > 0 ? span_dup(s) : xstrdup("");
}

static void view_take_row(struct mail_view *v, struct mail_row *row)
{
    v->state = (enum mail_state)row->job.state;
    v->uncertain = row->uncertain;
    v->attempts = row->job.attempts;
    v->due_ms = row->job.due_ms;
    v->settled_ms = row->job.settled_ms;
    v->awaited_ms = row->job.lease.wall_ms;
    v->notices = row->notices;
    v->digest = row->digest;
    v->reason = row->reason;
    v->rcpts = row->rcpts;
    v->nrcpts = row->nrcpts;
    v->ntries = row->ntries;
    memcpy(v->tries, row->tries, sizeof(v->tries));
    memcpy(v->cause, row->job.cause, sizeof(v->cause));
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
    v->order.instead = (struct span){str_dup(row.order.instead), row.order.instead.len};
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
        other = queue_group_get(tx, &mail_queue, mail_group_id(v->order.kind, v->order.dept)).head;
    if (other == 0 || mail_state_get(tx, other, &row) != ERR_OK)
        return;
    if (v->state == MAILST_HELD)
        v->due_ms = row.job.due_ms;
    v->digest_state = (enum mail_state)row.job.state;
    mail_row_fini(&row);
}

static err_t view_read_frozen(struct txn *tx, const struct key *key, struct mail_view *v)
{
    struct mail_frozen fz;
    struct span payload;
    err_t err = txn_get(tx, TABLE_MAIL_FROZEN, key, &payload);

    if (err == ERR_NOTFOUND)
        return ERR_OK;
    if (err == ERR_OK)
        err = mail_frozen_peek(payload, &fz);
    if (err == ERR_OK) {
        v->from = str_dup(fz.from);
        v->cc = str_dup(fz.cc);
        v->subject = str_dup(fz.subject);
        v->message_id = str_dup(fz.message_id);
        v->bytes = fz.bytes.len;
    }
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

/* One walk of a list: over the conversation's mails, an index of the dispatcher's, or all. */
struct walk {
    struct txn *tx;
    const struct mail_want *want;
    uint64_t before; /* only mails older than this */
    uint64_t *ids;
    size_t max, n, looks;
    uint64_t last; /* looked at last */
    bool more;
};

static bool mail_is_wanted(const struct walk *w, uint64_t id)
{
    struct key key = key_u64(id);
    struct mail_row row = {.job.state = MAILST_QUEUED};
    struct span payload;

    if (w->want->state < 0 && w->want->cause == NULL)
        return true;

    err_t err = txn_get(w->tx, TABLE_MAIL_STATE, &key, &payload);

    if (err == ERR_OK && mail_row_decode(payload, &row) != ERR_OK)
        return false;

    bool wanted = (err == ERR_OK || err == ERR_NOTFOUND) &&
                  (w->want->state < 0 || (int)row.job.state == w->want->state) &&
                  (w->want->cause == NULL || strcmp(row.job.cause, w->want->cause) == 0);

    mail_row_fini(&row);
    return wanted;
}

/*
 * Backwards through a table whose keys begin with `head` and end with the mail's id.  Stops above
 * `floor`: ids from there down are not this table's to tell.
 */
static void walk_back(struct walk *w, enum table table, const struct key *head, uint64_t floor)
{
    struct key start = *head;
    struct cursor cur;

    be64_put(start.bytes + start.len, w->before);
    start.len += 8;
    err_t err = cursor_open(&cur, w->tx, table);

    if (err == ERR_OK)
        err = cursor_seek(&cur, &start, true);
    for (; err == ERR_OK; err = cursor_prev(&cur)) {
        if (cur.key.len != start.len || memcmp(cur.key.p, head->bytes, head->len) != 0)
            break;
        uint64_t id = cursor_key_u64(&cur, head->len);
        if (id <= floor)
            break;
        if (w->n == w->max || w->looks == LOOKS_MAX) {
            w->more = true;
            break;
        }
        w->looks++;
        w->last = id;
        if (mail_is_wanted(w, id))
            w->ids[w->n++] = id;
    }
    cursor_close(&cur);
}

/* New mails that the dispatcher has not taken over stand in no index of its: they are queued. */
static void walk_index(struct walk *w, const struct key *head)
{
    struct key none = {0};
    uint64_t seen = queue_seen(w->tx, &mail_queue);

    if (w->want->state == MAILST_QUEUED && w->want->cause == NULL && w->before > seen + 1)
        walk_back(w, TABLE_OUTBOX, &none, seen);
    if (!w->more)
        walk_back(w, TABLE_MAIL_BY, head, 0);
}

err_t mail_list(struct store *st, const struct mail_want *want, uint64_t *cursor, uint64_t *ids,
                size_t max, size_t *n)
{
    struct txn tx;
    struct walk w = {.tx = &tx,
                     .want = want,
                     .before = *cursor != 0 ? *cursor : UINT64_MAX,
                     .ids = ids,
                     .max = max};
    struct key head = {0};
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if (want->conv != 0) {
        head = key_u64(want->conv);
        walk_back(&w, TABLE_CONV_MAIL, &head, 0);
    } else if (want->cause != NULL || want->state >= 0) {
        head = want->cause != NULL ? queue_by_cause(want->cause)
                                   : queue_by_state((unsigned)want->state);
        walk_index(&w, &head);
    } else {
        walk_back(&w, TABLE_OUTBOX, &head, 0);
    }
    err = tx.err;
    txn_end_read(&tx);
    if (err != ERR_OK)
        return err;
    *n = w.n;
    *cursor = w.more ? w.last : 0;
    return ERR_OK;
}

err_t mail_changes(struct store *st, uint64_t *after, uint64_t *ids, size_t max, size_t *n)
{
    return queue_changes(st, &mail_queue, after, ids, max, n);
}

/* causes */

err_t mail_causes(struct store *st, const char *cause, struct mail_cause_count *rows, size_t max,
                  size_t *n)
{
    struct queue_cause *all = xcalloc(max + 1, sizeof(*all));
    err_t err = queue_causes(st, &mail_queue, cause, all, max, n);

    for (size_t i = 0; err == ERR_OK && i < *n; i++) {
        memcpy(rows[i].cause, all[i].cause, sizeof(rows[i].cause));
        memcpy(rows[i].states, all[i].tally.v, sizeof(rows[i].states));
    }
    free(all);
    return err;
}

uint64_t mail_cause_retriable(const struct mail_cause_count *c)
{
    return c->states[MAILST_DEFERRED] + c->states[MAILST_UNCERTAIN] + c->states[MAILST_FAILED];
}
