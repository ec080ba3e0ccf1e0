/*
 * A queue's jobs: each is found by what its row says, by nothing else, and they are as many as the
 * counts say.
 */
#include "check/check_int.h"
#include "outbox/outbox_int.h"

#define COUNT_TRIES 3 /* while others settle jobs */

static const struct queue *const q = &mail_queue;

static bool job_read(struct txn *tx, uint64_t id, struct queue_job *job, struct queue_group_id *g)
{
    *g = (struct queue_group_id){0};
    return queue_get(tx, q, id, job) == ERR_OK &&
           (job->state != q->held_state || queue_group_of(tx, q, id, g));
}

static void job_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t id = cursor_key_u64(cur, 0);
    struct queue_key keys[QUEUE_KEYS_MAX];
    struct queue_group_id group;
    struct queue_job job;
    size_t n;

    if (cur->err != ERR_OK)
        return; /* told as a row */
    if (!job_read(tx, id, &job, &group)) {
        check_say(ck, CHECK_ROW, cur->table, cur->key, false,
                  "what became of mail %llu cannot be read", (unsigned long long)id);
        return;
    }
    n = queue_keys(q, id, &job, group, keys);
    for (size_t i = 0; i < n; i++) {
        if (!keys[i].needed || txn_has(tx, keys[i].table, &keys[i].key))
            continue;
        check_say(ck, CHECK_INDEX, keys[i].table, key_span(&keys[i].key), true,
                  "mail %llu is missing among those of its kind", (unsigned long long)id);
        ck->queue = true;
    }
}

/* The id stands at the end of each of these keys. */
static void found_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t id = cur->key.len >= 8 ? cursor_key_u64(cur, cur->key.len - 8) : 0;
    struct queue_key keys[QUEUE_KEYS_MAX];
    struct queue_group_id group;
    struct queue_job job;
    size_t n = 0;

    if (cur->err != ERR_OK)
        return;
    if (job_read(tx, id, &job, &group))
        n = queue_keys(q, id, &job, group, keys);
    for (size_t i = 0; i < n; i++)
        if (keys[i].table == cur->table && span_eq(key_span(&keys[i].key), cur->key))
            return;
    check_say(ck, CHECK_INDEX, cur->table, cur->key, true,
              "mail %llu does not belong in this place", (unsigned long long)id);
    ck->queue = true;
}

/* An order that was taken over, and of which nothing is known, would never go. */
static void order_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    struct key key = key_u64(cursor_key_u64(cur, 0));

    if (cur->err == ERR_OK && cursor_key_u64(cur, 0) <= queue_seen(tx, q) &&
        !txn_has(tx, q->jobs, &key))
        check_say(ck, CHECK_INDEX, q->jobs, cur->key, false,
                  "mail %llu was taken over, but nothing says what became of it",
                  (unsigned long long)cursor_key_u64(cur, 0));
}

/* counts */

static void count_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    struct queue_job job;

    (void)tx;
    if (cur->err != ERR_OK || queue_job_decode(q, cur->payload, &job) != ERR_OK)
        return;
    ck->counted[job.state]++;
    ck->causes += queue_cause_mark(job.cause, job.state);
}

/* How many changes there were, and what the counts say: by state, and the sum of those by cause. */
static err_t counts_read(struct check *ck, uint64_t *changes, struct queue_tally *t,
                         uint64_t *causes)
{
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, ck->st);

    if (err != ERR_OK)
        return err;
    *changes = 0;
    *t = (struct queue_tally){{0}};
    if (cursor_open(&cur, &tx, q->log) == ERR_OK && cursor_last(&cur) == ERR_OK)
        *changes = cursor_key_u64(&cur, 0);
    cursor_close(&cur);
    if (queue_tally(&tx, q, t) != ERR_OK)
        *t = (struct queue_tally){{0}};
    *causes = queue_causes_sum(&tx, q);
    err = tx.err;
    txn_end_read(&tx);
    return err;
}

static err_t counts_check(struct check *ck)
{
    uint64_t before, after = 0, causes = 0;
    struct queue_tally t;
    struct key key = key_word("counts");
    err_t err = ERR_OK;

    for (int i = 0; i < COUNT_TRIES; i++) {
        memset(ck->counted, 0, sizeof(ck->counted));
        ck->causes = 0;
        if ((err = counts_read(ck, &before, &t, &causes)) != ERR_OK ||
            (err = check_walk(ck, q->jobs, count_look)) != ERR_OK ||
            (err = counts_read(ck, &after, &t, &causes)) != ERR_OK)
            return err;
        if (before == after)
            break;
    }
    if (before != after)
        return ERR_OK;
    if (memcmp(ck->counted, t.v, sizeof(t.v)) != 0)
        check_say(ck, CHECK_COUNT, q->meta, key_span(&key), true,
                  "the mails are not as many of each kind as the counts say");
    else if (ck->causes != causes)
        check_say(ck, CHECK_COUNT, q->meta, SPAN_LIT("c:"), true,
                  "the mails are not as many of each cause as the counts say");
    else
        return ERR_OK;
    ck->queue = true;
    return ERR_OK;
}

err_t check_queue(struct check *ck)
{
    const struct {
        enum table table;
        check_row_fn *look;
    } walks[] = {{q->jobs, job_look},
                 {q->due, found_look},
                 {q->by, found_look},
                 {q->held, found_look},
                 {q->orders, order_look}};
    err_t err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < COUNT_OF(walks); i++)
        err = check_walk(ck, walks[i].table, walks[i].look);
    return err == ERR_OK ? counts_check(ck) : err;
}
