/*
 * How mails are found by what became of them: by state, by cause, and in the order in which they
 * ended; and how many there are of each.  Written with the mail's row and by nothing else.
 */
#include <stdio.h>

#include "deskbell/crypto.h"
#include "deskbell/tlv.h"
#include "outbox_int.h"

enum by { BY_STATE = 1, BY_CAUSE, BY_END };

#define CAUSE_PREFIX "c:" /* of the counts of a cause, among the words of mail_meta */

/* keys */

struct key mail_by_state(enum mail_state state)
{
    return key_typed(BY_STATE, state);
}

struct key mail_by_cause(const char *cause)
{
    return key_typed(BY_CAUSE, hash_u64(span_of(cause), NULL));
}

struct key mail_by_end(void)
{
    return (struct key){1, {BY_END}};
}

static struct key with_id(struct key head, uint64_t id)
{
    be64_put(head.bytes + head.len, id);
    head.len += 8;
    return head;
}

static struct key cause_key(const char *cause)
{
    char word[sizeof(CAUSE_PREFIX) + MAIL_CAUSE_MAX_BYTES];

    snprintf(word, sizeof(word), CAUSE_PREFIX "%s", cause);
    return key_word(word);
}

/* counts */

static err_t tally_read(struct txn *tx, const struct key *key, struct mail_tally *t)
{
    struct span payload;
    err_t err = txn_get(tx, TABLE_MAIL_META, key, &payload);

    return err == ERR_OK ? mail_tally_decode(payload, t) : err;
}

err_t mail_tally_get(struct txn *tx, struct mail_tally *t)
{
    struct key key = key_word("counts");

    return tally_read(tx, &key, t);
}

static bool tally_is_empty(const struct mail_tally *t)
{
    for (size_t i = 0; i < COUNT_OF(t->v); i++)
        if (t->v[i] != 0)
            return false;
    return true;
}

/* One mail goes from a state to another; -1: it was or is not there. */
static void tally_move(struct txn *tx, struct key key, int from, int to)
{
    struct mail_tally t = {{0}};
    struct buf out = {0};

    if (from == to)
        return;
    if (tally_read(tx, &key, &t) != ERR_OK)
        t = (struct mail_tally){{0}};
    if (from >= 0 && t.v[from] > 0)
        t.v[from]--;
    if (to >= 0)
        t.v[to]++;
    mail_tally_encode(&t, &out);
    if (tally_is_empty(&t))
        txn_del(tx, TABLE_MAIL_META, &key);
    else
        txn_put(tx, TABLE_MAIL_META, &key, buf_span(&out));
    buf_fini(&out);
}

/* the index */

static void by_move(struct txn *tx, uint64_t id, const struct key *from, const struct key *to)
{
    struct key old = {0}, new = {0};

    if (from != NULL)
        old = with_id(*from, id);
    if (to != NULL)
        new = with_id(*to, id);
    if (old.len == new.len && memcmp(old.bytes, new.bytes, old.len) == 0)
        return;
    if (from != NULL)
        txn_del(tx, TABLE_MAIL_BY, &old);
    if (to != NULL)
        txn_put(tx, TABLE_MAIL_BY, &new, SPAN_NONE);
}

static void index_cause(struct txn *tx, uint64_t id, const char *was, int from, const char *is,
                        int to)
{
    struct key old = mail_by_cause(was), new = mail_by_cause(is);

    by_move(tx, id, was[0] != '\0' ? &old : NULL, is[0] != '\0' ? &new : NULL);
    if (strcmp(was, is) == 0) {
        if (is[0] != '\0')
            tally_move(tx, cause_key(is), from, to);
        return;
    }
    if (was[0] != '\0')
        tally_move(tx, cause_key(was), from, -1);
    if (is[0] != '\0')
        tally_move(tx, cause_key(is), -1, to);
}

void mail_index(struct txn *tx, uint64_t id, const struct mail_row *before,
                const struct mail_row *row)
{
    struct key end = mail_by_end(), old_end, new_end, old_state,
               new_state = mail_by_state(row->state);
    int from = before != NULL ? (int)before->state : -1;
    bool had_end = before != NULL && before->settled_ms != 0;

    if (before != NULL)
        old_state = mail_by_state(before->state);
    by_move(tx, id, before != NULL ? &old_state : NULL, &new_state);
    if (had_end)
        old_end = with_id(end, (uint64_t)before->settled_ms);
    new_end = with_id(end, (uint64_t)row->settled_ms);
    by_move(tx, id, had_end ? &old_end : NULL, row->settled_ms != 0 ? &new_end : NULL);
    tally_move(tx, key_word("counts"), from, (int)row->state);
    index_cause(tx, id, before != NULL ? before->cause : "", from, row->cause, (int)row->state);
}

/* reading the counts of causes */

static bool cause_row_read(const struct cursor *cur, struct mail_cause_count *row)
{
    const size_t head = sizeof(CAUSE_PREFIX) - 1;
    struct mail_tally t;

    if (cur->err != ERR_OK || mail_tally_decode(cur->payload, &t) != ERR_OK)
        return false;
    snprintf(row->cause, sizeof(row->cause), "%.*s", (int)(cur->key.len - head), cur->key.p + head);
    memcpy(row->states, t.v, sizeof(row->states));
    return true;
}

err_t mail_causes(struct store *st, const char *cause, struct mail_cause_count *rows, size_t max,
                  size_t *n)
{
    const size_t head = sizeof(CAUSE_PREFIX) - 1;
    struct key first = cause_key(cause != NULL ? cause : "");
    size_t got = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if (cursor_open(&cur, &tx, TABLE_MAIL_META) == ERR_OK)
        for (err = cursor_seek(&cur, &first, false); err == ERR_OK && got < max;
             err = cursor_next(&cur)) {
            if (cur.key.len <= head || memcmp(cur.key.p, CAUSE_PREFIX, head) != 0)
                break;
            if (cause != NULL &&
                !span_is((struct span){cur.key.p + head, cur.key.len - head}, cause))
                break;
            if (cause_row_read(&cur, &rows[got]))
                got++;
        }
    cursor_close(&cur);
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *n = got;
    return err;
}

uint64_t mail_cause_retriable(const struct mail_cause_count *c)
{
    return c->states[MAILST_DEFERRED] + c->states[MAILST_UNCERTAIN] + c->states[MAILST_FAILED];
}
