/*
 * How jobs are found by what became of them: by state, by cause, and in the order in which they
 * ended; how many there are of each; and which have changed.  Written with the job's row and by
 * nothing else.
 */
#include <stdio.h>

#include "deskbell/crypto.h"
#include "queue/queue_int.h"

enum by { BY_STATE = 1, BY_CAUSE, BY_END };

#define CAUSE_PREFIX "c:" /* of the counts of a cause, among the words of meta */

/* keys */

struct key queue_by_state(unsigned state)
{
    return key_typed(BY_STATE, state);
}

struct key queue_by_cause(const char *cause)
{
    return key_typed(BY_CAUSE, hash_u64(span_of(cause), NULL));
}

static struct key by_end(void)
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
    char word[sizeof(CAUSE_PREFIX) + QUEUE_CAUSE_MAX_BYTES];

    snprintf(word, sizeof(word), CAUSE_PREFIX "%s", cause);
    return key_word(word);
}

/* counts */

void queue_tally_encode(const struct queue_tally *t, struct buf *out)
{
    for (size_t i = 0; i < QUEUE_STATES_MAX; i++)
        tlv_put_u64(out, (unsigned)i + 1, t->v[i]);
}

err_t queue_tally_decode(struct span in, struct queue_tally *t)
{
    struct tlv f;
    bool bad = false;
    err_t err;

    *t = (struct queue_tally){{0}};
    while ((err = tlv_next(&in, &f)) == ERR_OK)
        if (f.tag >= 1 && f.tag <= QUEUE_STATES_MAX)
            t->v[f.tag - 1] = tlv_u64(&f, &bad);
    return err == ERR_NOTFOUND && !bad ? ERR_OK : ERR_CORRUPT;
}

static err_t tally_read(struct txn *tx, const struct queue *q, const struct key *key,
                        struct queue_tally *t)
{
    struct span payload;
    err_t err = txn_get(tx, q->meta, key, &payload);

    return err == ERR_OK ? queue_tally_decode(payload, t) : err;
}

err_t queue_tally(struct txn *tx, const struct queue *q, struct queue_tally *t)
{
    struct key key = key_word("counts");

    return tally_read(tx, q, &key, t);
}

static bool tally_is_empty(const struct queue_tally *t)
{
    for (size_t i = 0; i < COUNT_OF(t->v); i++)
        if (t->v[i] != 0)
            return false;
    return true;
}

/* One job goes from a state to another; -1: it was or is not there. */
static void tally_move(struct txn *tx, const struct queue *q, struct key key, int from, int to)
{
    struct queue_tally t = {{0}};
    struct buf out = {0};

    if (from == to)
        return;
    if (tally_read(tx, q, &key, &t) != ERR_OK)
        t = (struct queue_tally){{0}};
    if (from >= 0 && t.v[from] > 0)
        t.v[from]--;
    if (to >= 0)
        t.v[to]++;
    queue_tally_encode(&t, &out);
    if (tally_is_empty(&t))
        txn_del(tx, q->meta, &key);
    else
        txn_put(tx, q->meta, &key, buf_span(&out));
    buf_fini(&out);
}

/* the index */

static void by_move(struct txn *tx, const struct queue *q, uint64_t id, const struct key *from,
                    const struct key *to)
{
    struct key old = {0}, new = {0};

    if (from != NULL)
        old = with_id(*from, id);
    if (to != NULL)
        new = with_id(*to, id);
    if (old.len == new.len && memcmp(old.bytes, new.bytes, old.len) == 0)
        return;
    if (from != NULL)
        txn_del(tx, q->by, &old);
    if (to != NULL)
        txn_put(tx, q->by, &new, SPAN_NONE);
}

static void index_cause(struct txn *tx, const struct queue *q, uint64_t id, const char *was,
                        int from, const char *is, int to)
{
    struct key old = queue_by_cause(was), new = queue_by_cause(is);

    by_move(tx, q, id, was[0] != '\0' ? &old : NULL, is[0] != '\0' ? &new : NULL);
    if (strcmp(was, is) == 0) {
        if (is[0] != '\0')
            tally_move(tx, q, cause_key(is), from, to);
        return;
    }
    if (was[0] != '\0')
        tally_move(tx, q, cause_key(was), from, -1);
    if (is[0] != '\0')
        tally_move(tx, q, cause_key(is), -1, to);
}

void queue_index(struct txn *tx, const struct queue *q, uint64_t id, const struct queue_job *before,
                 const struct queue_job *job)
{
    struct key end = by_end(), old_end, new_end, old_state, new_state = queue_by_state(job->state);
    int from = before != NULL ? (int)before->state : -1;
    bool had_end = before != NULL && before->settled_ms != 0;

    if (before != NULL)
        old_state = queue_by_state(before->state);
    by_move(tx, q, id, before != NULL ? &old_state : NULL, &new_state);
    if (had_end)
        old_end = with_id(end, (uint64_t)before->settled_ms);
    new_end = with_id(end, (uint64_t)job->settled_ms);
    by_move(tx, q, id, had_end ? &old_end : NULL, job->settled_ms != 0 ? &new_end : NULL);
    tally_move(tx, q, key_word("counts"), from, (int)job->state);
    index_cause(tx, q, id, before != NULL ? before->cause : "", from, job->cause, (int)job->state);
}

size_t queue_walk(struct txn *tx, const struct queue *q, const struct key *head, uint64_t from,
                  uint64_t last, uint64_t *ids, size_t max)
{
    struct key first = with_id(*head, from);
    struct cursor cur;
    size_t n = 0;
    err_t err;

    if (cursor_open(&cur, tx, q->by) != ERR_OK)
        return 0;
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK && n < max;
         err = cursor_next(&cur)) {
        if (cur.key.len != first.len || memcmp(cur.key.p, head->bytes, head->len) != 0 ||
            cursor_key_u64(&cur, head->len) > last)
            break;
        ids[n++] = cursor_key_u64(&cur, head->len);
    }
    cursor_close(&cur);
    return n;
}

/* all of it out of the jobs */

size_t queue_keys(const struct queue *q, uint64_t id, const struct queue_job *job,
                  struct queue_group_id group, struct queue_key keys[QUEUE_KEYS_MAX])
{
    struct key cause = queue_by_cause(job->cause);
    size_t n = 0;

    keys[n++] = (struct queue_key){q->by, with_id(queue_by_state(job->state), id), true};
    if (job->cause[0] != '\0')
        keys[n++] = (struct queue_key){q->by, with_id(cause, id), true};
    if (job->settled_ms != 0)
        keys[n++] = (struct queue_key){
            q->by, with_id(with_id(by_end(), (uint64_t)job->settled_ms), id), false};
    if (queue_is_due_sometime(q, job))
        keys[n++] = (struct queue_key){q->due, key_u64x2((uint64_t)job->due_ms, id), true};
    if (job->state == q->held_state)
        keys[n++] = (struct queue_key){q->held, key_typed2(group.type, group.id, id), true};
    return n;
}

/* What was counted before goes, the word for how far orders were taken over stays. */
static void tallies_clear(struct txn *tx, const struct queue *q)
{
    struct key seen_key = key_word("seen");
    uint64_t seen = queue_seen(tx, q);

    txn_clear(tx, q->meta);
    txn_put_u64(tx, q->meta, &seen_key, seen);
}

void queue_index_again(struct txn *tx, const struct queue *q)
{
    struct key first = key_u64(0);
    struct cursor cur;

    txn_clear(tx, q->by);
    txn_clear(tx, q->due);
    txn_clear(tx, q->held);
    tallies_clear(tx, q);
    if (cursor_open(&cur, tx, q->jobs) != ERR_OK)
        return;
    for (err_t err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur)) {
        uint64_t id = cursor_key_u64(&cur, 0);
        struct queue_key keys[QUEUE_KEYS_MAX];
        struct queue_group_id group = {0};
        struct queue_job job;

        if (cur.err != ERR_OK || queue_job_decode(q, cur.payload, &job) != ERR_OK)
            continue;
        if (job.state == q->held_state && !queue_group_of(tx, q, id, &group))
            continue;
        for (size_t i = queue_keys(q, id, &job, group, keys); i > 0; i--)
            txn_put(tx, keys[i - 1].table, &keys[i - 1].key, SPAN_NONE);
        tally_move(tx, q, key_word("counts"), -1, (int)job.state);
        if (job.cause[0] != '\0')
            tally_move(tx, q, cause_key(job.cause), -1, (int)job.state);
    }
    cursor_close(&cur);
}

/* those that ended first */

static bool ended_first(struct txn *tx, const struct queue *q, int64_t before_ms, struct key *key,
                        uint64_t *id)
{
    struct key head = by_end();
    struct cursor cur;
    bool found;

    if (cursor_open(&cur, tx, q->by) != ERR_OK)
        return false;
    found = cursor_seek(&cur, &head, false) == ERR_OK && cur.key.len == head.len + 16 &&
            (uint8_t)cur.key.p[0] == head.bytes[0] &&
            (int64_t)cursor_key_u64(&cur, head.len) < before_ms;
    if (found) {
        key->len = cur.key.len;
        memcpy(key->bytes, cur.key.p, cur.key.len);
        *id = cursor_key_u64(&cur, head.len + 8);
    }
    cursor_close(&cur);
    return found;
}

bool queue_ended_waits(struct txn *tx, const struct queue *q, int64_t before_ms)
{
    struct key key;
    uint64_t id;

    return ended_first(tx, q, before_ms, &key, &id);
}

bool queue_ended_take(struct txn *tx, const struct queue *q, int64_t before_ms, uint64_t *id)
{
    struct key key;

    if (!ended_first(tx, q, before_ms, &key, id))
        return false;
    txn_del(tx, q->by, &key);
    return true;
}

/* reading the counts of causes */

static bool cause_row_read(const struct cursor *cur, struct queue_cause *row)
{
    const size_t head = sizeof(CAUSE_PREFIX) - 1;

    if (cur->err != ERR_OK || queue_tally_decode(cur->payload, &row->tally) != ERR_OK)
        return false;
    snprintf(row->cause, sizeof(row->cause), "%.*s", (int)(cur->key.len - head), cur->key.p + head);
    return true;
}

uint64_t queue_cause_mark(const char *cause, size_t state)
{
    char word[QUEUE_CAUSE_MAX_BYTES + 24];

    if (cause[0] == '\0')
        return 0;
    snprintf(word, sizeof(word), "%zu %s", state, cause);
    return hash_u64(span_of(word), NULL);
}

uint64_t queue_causes_sum(struct txn *tx, const struct queue *q)
{
    struct key first = cause_key("");
    struct queue_cause row;
    struct cursor cur;
    uint64_t sum = 0;

    if (cursor_open(&cur, tx, q->meta) != ERR_OK)
        return 0;
    for (err_t err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur)) {
        if (cur.key.len < first.len || memcmp(cur.key.p, first.bytes, first.len) != 0)
            break;
        if (cause_row_read(&cur, &row))
            for (size_t i = 0; i < QUEUE_STATES_MAX; i++)
                sum += row.tally.v[i] * queue_cause_mark(row.cause, i);
    }
    cursor_close(&cur);
    return sum;
}

err_t queue_causes(struct store *st, const struct queue *q, const char *cause,
                   struct queue_cause *rows, size_t max, size_t *n)
{
    const size_t head = sizeof(CAUSE_PREFIX) - 1;
    struct key first = cause_key(cause != NULL ? cause : "");
    size_t got = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if (cursor_open(&cur, &tx, q->meta) == ERR_OK)
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

/* changes */

err_t queue_changes(struct store *st, const struct queue *q, uint64_t *after, uint64_t *ids,
                    size_t max, size_t *n)
{
    struct key first = key_u64(*after + 1);
    uint64_t last = *after;
    size_t got = 0;
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if (cursor_open(&cur, &tx, q->log) == ERR_OK) {
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
