/*
 * Jobs: their rows, taking new ones over, what is due, whose it is at the moment.  How they are
 * found and counted is queue_index.c's, how they wait for one another queue_group.c's.
 */
#include "queue/queue_int.h"

#include <stdio.h>
#include <stdlib.h>

#define LOG_ROWS_MAX 10000

/* rows */

/* Of a row's fields.  All other tags are the user's. */
enum job_tag {
    JOB_STATE = 1,
    JOB_ATTEMPTS = 4,
    JOB_DUE = 5,
    JOB_SETTLED = 6,
    JOB_CAUSE = 12,
    JOB_LEASE_BOOT = 14,
    JOB_LEASE_UNTIL = 15,
    JOB_LEASE_WALL = 17,
    JOB_LEASE_LIFE = 18
};

void queue_job_encode(const struct queue_job *job, struct buf *out)
{
    tlv_put_u64(out, JOB_STATE, job->state);
    tlv_put_u64(out, JOB_ATTEMPTS, job->attempts);
    tlv_put_i64(out, JOB_DUE, job->due_ms);
    tlv_put_i64(out, JOB_SETTLED, job->settled_ms);
    tlv_put_str(out, JOB_CAUSE, job->cause);
    tlv_put_u64(out, JOB_LEASE_BOOT, job->lease.boot);
    tlv_put_i64(out, JOB_LEASE_UNTIL, job->lease.until_ms);
    tlv_put_i64(out, JOB_LEASE_WALL, job->lease.wall_ms);
    tlv_put_u64(out, JOB_LEASE_LIFE, job->lease.life);
}

bool queue_job_take(const struct queue *q, const struct tlv *f, struct queue_job *job, bool *bad)
{
    uint64_t state;

    switch (f->tag) {
    case JOB_STATE:
        state = tlv_u64(f, bad);
        *bad = *bad || state >= q->nstates;
        job->state = *bad ? 0 : (unsigned)state;
        return true;
    case JOB_ATTEMPTS:
        job->attempts = (uint32_t)tlv_u64(f, bad);
        return true;
    case JOB_DUE:
        job->due_ms = tlv_i64(f, bad);
        return true;
    case JOB_SETTLED:
        job->settled_ms = tlv_i64(f, bad);
        return true;
    case JOB_CAUSE: /* a word of ours, cut to its place */
        snprintf(job->cause, sizeof(job->cause), "%.*s", (int)f->bytes.len, f->bytes.p);
        return true;
    case JOB_LEASE_BOOT:
        job->lease.boot = tlv_u64(f, bad);
        return true;
    case JOB_LEASE_UNTIL:
        job->lease.until_ms = tlv_i64(f, bad);
        return true;
    case JOB_LEASE_WALL:
        job->lease.wall_ms = tlv_i64(f, bad);
        return true;
    case JOB_LEASE_LIFE:
        job->lease.life = tlv_u64(f, bad);
        return true;
    default:
        return false;
    }
}

/* A row's job; the user's fields are appended to `fields` as they are (NULL: not wanted). */
static err_t row_part(const struct queue *q, struct span row, struct queue_job *job,
                      struct buf *fields)
{
    const char *start = row.p;
    struct tlv f;
    bool bad = false;
    err_t err;

    *job = (struct queue_job){0};
    for (; (err = tlv_next(&row, &f)) == ERR_OK; start = row.p)
        if (!queue_job_take(q, &f, job, &bad) && fields != NULL)
            buf_add(fields, start, (size_t)(row.p - start));
    return err == ERR_NOTFOUND && !bad ? ERR_OK : ERR_CORRUPT;
}

err_t queue_job_decode(const struct queue *q, struct span row, struct queue_job *job)
{
    return row_part(q, row, job, NULL);
}

static err_t row_get(struct txn *tx, const struct queue *q, uint64_t id, struct queue_job *job,
                     struct buf *fields)
{
    struct key key = key_u64(id);
    struct span row;
    err_t err = txn_get(tx, q->jobs, &key, &row);

    if (err == ERR_OK && (err = row_part(q, row, job, fields)) != ERR_OK)
        store_report_bad(tx->st, q->jobs, (struct span){(const char *)key.bytes, key.len}, err);
    return err;
}

err_t queue_get(struct txn *tx, const struct queue *q, uint64_t id, struct queue_job *job)
{
    return row_get(tx, q, id, job, NULL);
}

/* Who follows the log is never far behind, so it keeps its newest rows only. */
static void log_add(struct txn *tx, const struct queue *q, uint64_t id)
{
    struct cursor cur;
    uint64_t last = 0;

    if (cursor_open(&cur, tx, q->log) != ERR_OK)
        return;
    if (cursor_last(&cur) == ERR_OK)
        last = cursor_key_u64(&cur, 0);
    cursor_close(&cur);

    struct key key = key_u64(last + 1);

    txn_put_u64(tx, q->log, &key, id);
    if (last + 1 > LOG_ROWS_MAX) {
        struct key old = key_u64(last + 1 - LOG_ROWS_MAX);

        txn_del(tx, q->log, &old);
    }
}

/*
 * Of the held jobs only the first of each group has a time of its own, and those under way have
 * none: their lease counts by another clock.  (But for those that were begun before it did.)
 */
bool queue_is_due_sometime(const struct queue *q, const struct queue_job *job)
{
    bool may_have_none = job->state == q->held_state || job->state == q->running;

    return !queue_is_ended(q, job->state) && (job->due_ms != 0 || !may_have_none);
}

void queue_put(struct txn *tx, const struct queue *q, uint64_t id, const struct queue_job *before,
               const struct queue_job *job, struct span fields)
{
    struct key key = key_u64(id);
    struct buf row = {0};

    ensure(job->state < q->nstates);
    if (before != NULL && queue_is_due_sometime(q, before)) {
        struct key due = key_u64x2((uint64_t)before->due_ms, id);

        txn_del(tx, q->due, &due);
    }
    if (queue_is_due_sometime(q, job)) {
        struct key due = key_u64x2((uint64_t)job->due_ms, id);

        txn_put(tx, q->due, &due, SPAN_NONE);
    }
    queue_index(tx, q, id, before, job);
    queue_job_encode(job, &row);
    buf_add_span(&row, fields);
    txn_put(tx, q->jobs, &key, buf_span(&row));
    buf_fini(&row);
    log_add(tx, q, id);
    if (before != NULL && before->state == q->held_state && job->state != q->held_state)
        queue_held_leave(tx, q, id, before->due_ms);
}

void queue_change(struct txn *tx, const struct queue *q, uint64_t id,
                  const struct queue_job *before, const struct queue_job *job)
{
    struct queue_job as_it_is;
    struct buf fields = {0};
    err_t err = row_get(tx, q, id, &as_it_is, &fields);

    if (err == ERR_OK)
        queue_put(tx, q, id, before, job, buf_span(&fields));
    else
        txn_fail(tx, err);
    buf_fini(&fields);
}

bool queue_group_of(struct txn *tx, const struct queue *q, uint64_t id, struct queue_group_id *g)
{
    struct key key = key_u64(id);
    struct queue_order order;
    struct span row;

    if (txn_get(tx, q->orders, &key, &row) != ERR_OK || q->order(row, &order) != ERR_OK)
        return false;
    *g = order.group;
    return true;
}

/* new jobs */

uint64_t queue_seen(struct txn *tx, const struct queue *q)
{
    struct key key = key_word("seen");
    uint64_t seen = 0;

    if (txn_get_u64(tx, q->meta, &key, &seen) != ERR_OK)
        return 0;
    return seen;
}

static void take_step(struct txn *tx, void *arg)
{
    const struct queue *q = arg;
    struct key seen_key = key_word("seen"), first = key_u64(queue_seen(tx, q) + 1);
    struct cursor cur;
    uint64_t seen = 0;
    size_t n = 0;
    err_t err;

    if (cursor_open(&cur, tx, q->orders) != ERR_OK)
        return;
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK && n < QUEUE_TAKE_MAX;
         err = cursor_next(&cur), n++) {
        uint64_t id = cursor_key_u64(&cur, 0);
        struct queue_job job = {.state = q->fresh};
        struct queue_order order;
        struct buf row = {0};

        seen = id;
        if (cur.err == ERR_OK && (cur.err = q->order(cur.payload, &order)) != ERR_OK)
            store_report_bad(tx->st, q->orders, cur.key, cur.err);
        if (cur.err != ERR_OK)
            continue;                    /* stays where it is, and is listed as bad */
        buf_add_span(&row, cur.payload); /* what is written next may move it */
        job.due_ms = order.created_ms;
        queue_put(tx, q, id, NULL, &job, SPAN_NONE);
        if (q->taken != NULL)
            q->taken(tx, id, buf_span(&row));
        buf_fini(&row);
    }
    cursor_close(&cur);
    if (seen != 0)
        txn_put_u64(tx, q->meta, &seen_key, seen);
}

static bool has_new(struct txn *tx, const struct queue *q, int64_t *created_ms)
{
    struct key first = key_u64(queue_seen(tx, q) + 1);
    struct queue_order order = {.created_ms = 0};
    struct cursor cur;
    bool found = false;

    if (cursor_open(&cur, tx, q->orders) == ERR_OK)
        found = cursor_seek(&cur, &first, false) == ERR_OK;
    if (found && cur.err == ERR_OK && q->order(cur.payload, &order) != ERR_OK)
        order.created_ms = 0;
    *created_ms = order.created_ms;
    cursor_close(&cur);
    return found;
}

err_t queue_take(struct store *st, const struct queue *q, int64_t *fresh_ms)
{
    struct txn tx;
    int64_t created_ms;
    err_t err = txn_begin_read(&tx, st);

    *fresh_ms = INT64_MAX;
    if (err != ERR_OK)
        return err;

    bool found = has_new(&tx, q, &created_ms);

    txn_end_read(&tx);
    if (!found)
        return ERR_OK;
    *fresh_ms = created_ms;
    return store_write(st, take_step, (void *)(uintptr_t)q);
}

/* what is due */

size_t queue_due(struct txn *tx, const struct queue *q, int64_t now_ms, struct due_place from,
                 struct due_place *jobs, size_t max)
{
    struct key first = key_u64x2((uint64_t)from.due_ms, from.id);
    struct cursor cur;
    size_t n = 0;
    err_t err;

    if (cursor_open(&cur, tx, q->due) != ERR_OK)
        return 0;
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK && n < max;
         err = cursor_next(&cur)) {
        struct due_place at = {(int64_t)cursor_key_u64(&cur, 0), cursor_key_u64(&cur, 8)};

        if (at.due_ms > now_ms)
            break;
        jobs[n++] = at;
    }
    cursor_close(&cur);
    return n;
}

int64_t queue_first_due(struct txn *tx, const struct queue *q)
{
    struct due_place first;
    int64_t due_ms = INT64_MAX, created_ms;

    if (queue_due(tx, q, INT64_MAX, (struct due_place){0}, &first, 1) == 1)
        due_ms = first.due_ms;
    if (has_new(tx, q, &created_ms) && created_ms < due_ms)
        due_ms = created_ms;
    return due_ms;
}

/* whose it is */

struct begin {
    const struct queue *q;
    const uint64_t *ids;
    size_t n;
    const struct lease *lease;
};

static void begin_step(struct txn *tx, void *arg)
{
    const struct begin *bg = arg;

    for (size_t i = 0; i < bg->n && tx->err == ERR_OK; i++) {
        struct queue_job before, job;
        err_t err = queue_get(tx, bg->q, bg->ids[i], &before);

        if (err == ERR_OK &&
            (queue_is_ended(bg->q, before.state) || before.state == bg->q->running))
            err = ERR_CONFLICT;
        if (err != ERR_OK) {
            txn_fail(tx, err);
            return;
        }
        job = before;
        job.state = bg->q->running;
        job.attempts++;
        job.due_ms = 0;
        job.lease = *bg->lease;
        queue_change(tx, bg->q, bg->ids[i], &before, &job);
    }
}

err_t queue_begin(struct store *st, const struct queue *q, const uint64_t *ids, size_t n,
                  const struct lease *lease)
{
    struct begin bg = {q, ids, n, lease};

    ensure(lease->boot != 0 && lease->until_ms > 0);
    return store_write(st, begin_step, &bg);
}

static bool life_is_over(uint64_t life, const struct lease_now *now)
{
    for (size_t i = 0; i < now->ndead && life != 0; i++)
        if (now->dead[i] == life)
            return true;
    return false;
}

static bool lease_is_over(const struct queue_job *job, const struct lease_now *now)
{
    if (job->lease.boot == 0) /* of before leases counted by a clock of their own */
        return job->due_ms <= now->wall_ms;
    return job->lease.boot != now->boot || job->lease.until_ms <= now->steady_ms ||
           life_is_over(job->lease.life, now);
}

err_t queue_lost(struct store *st, const struct queue *q, const struct lease_now *now,
                 uint64_t *ids, size_t max, size_t *n)
{
    struct key head = queue_by_state(q->running);
    uint64_t some[100], from = 0;
    size_t got = 0, step;
    struct queue_job job;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    do {
        step = queue_walk(&tx, q, &head, from, UINT64_MAX, some, COUNT_OF(some));
        for (size_t i = 0; i < step && got < max; i++)
            if (queue_get(&tx, q, some[i], &job) == ERR_OK && lease_is_over(&job, now))
                ids[got++] = some[i];
        from = step > 0 ? some[step - 1] + 1 : from;
    } while (step == COUNT_OF(some) && got < max);
    err = tx.err;
    txn_end_read(&tx);
    if (err == ERR_OK)
        *n = got;
    return err;
}

void queue_job_settle(const struct queue *q, struct queue_job *job, unsigned state, int64_t due_ms,
                      int64_t now_ms)
{
    bool ended = queue_is_ended(q, state);

    job->state = state;
    job->lease = (struct lease){0};
    job->due_ms = ended ? 0 : due_ms;
    job->settled_ms = ended ? now_ms : 0;
}
