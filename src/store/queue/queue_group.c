/*
 * Jobs that wait for one another.  Of each group only the first held job stands in `due`: when that
 * falls due, the user does in its place what is to be done with all, so that any number of held
 * jobs costs a look nothing.  When to hold is decided elsewhere; leaving the group, by whatever
 * change, is queue_put()'s.
 */
#include "queue/queue_int.h"

#define BAD_HEADS_MAX                                                                              \
    1000 /* rows in a row that cannot be read, when the next first is looked for */

enum group_tag { GROUP_BEGAN = 1, GROUP_COUNT, GROUP_HEAD };

void queue_group_encode(const struct queue_group *g, struct buf *out)
{
    tlv_put_i64(out, GROUP_BEGAN, g->began_ms);
    tlv_put_u64(out, GROUP_COUNT, g->count);
    tlv_put_u64(out, GROUP_HEAD, g->head);
}

err_t queue_group_decode(struct span in, struct queue_group *g)
{
    struct tlv f;
    bool bad = false;
    err_t err;

    *g = (struct queue_group){0};
    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum group_tag)f.tag) {
        case GROUP_BEGAN:
            g->began_ms = tlv_i64(&f, &bad);
            break;
        case GROUP_COUNT:
            g->count = (uint32_t)tlv_u64(&f, &bad);
            break;
        case GROUP_HEAD:
            g->head = tlv_u64(&f, &bad);
            break;
        }
    }
    return err == ERR_NOTFOUND && !bad ? ERR_OK : ERR_CORRUPT;
}

struct queue_group queue_group_get(struct txn *tx, const struct queue *q, struct queue_group_id gid)
{
    struct key key = key_typed(gid.type, gid.id);
    struct queue_group g = {0};
    struct span payload;

    if (txn_get(tx, q->groups, &key, &payload) == ERR_OK &&
        queue_group_decode(payload, &g) != ERR_OK) {
        store_report_bad(tx->st, q->groups, (struct span){(const char *)key.bytes, key.len},
                         ERR_CORRUPT);
        g = (struct queue_group){0};
    }
    return g;
}

static void group_put(struct txn *tx, const struct queue *q, struct queue_group_id gid,
                      const struct queue_group *g)
{
    struct key key = key_typed(gid.type, gid.id);
    struct buf out = {0};

    queue_group_encode(g, &out);
    txn_put(tx, q->groups, &key, buf_span(&out));
    buf_fini(&out);
}

void queue_group_count(struct txn *tx, const struct queue *q, struct queue_group_id gid,
                       int64_t window_ms)
{
    struct queue_group g = queue_group_get(tx, q, gid);

    if (g.began_ms != window_ms)
        g.count = 0;
    g.began_ms = window_ms;
    g.count++;
    group_put(tx, q, gid, &g);
}

size_t queue_held_ids(struct txn *tx, const struct queue *q, struct queue_group_id gid,
                      uint64_t after, uint64_t *ids, size_t max)
{
    struct key first = key_typed2(gid.type, gid.id, after + 1);
    struct cursor cur;
    size_t n = 0;
    err_t err;

    if (cursor_open(&cur, tx, q->held) != ERR_OK)
        return 0;
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK && n < max;
         err = cursor_next(&cur)) {
        if (cur.key.len != first.len || memcmp(cur.key.p, first.bytes, 9) != 0)
            break;
        ids[n++] = cursor_key_u64(&cur, 9);
    }
    cursor_close(&cur);
    return n;
}

void queue_hold(struct txn *tx, const struct queue *q, struct queue_group_id gid, uint64_t id,
                int64_t due_ms, struct queue_job *job)
{
    struct key held = key_typed2(gid.type, gid.id, id);
    struct queue_group g = queue_group_get(tx, q, gid);

    job->state = q->held_state;
    job->due_ms = 0;
    if (g.head == 0) {
        job->due_ms = due_ms;
        g.head = id;
        group_put(tx, q, gid, &g);
    }
    txn_put(tx, q->held, &held, SPAN_NONE);
}

/* The first that can be read takes the place; of those that cannot, none would ever go. */
static uint64_t head_next(struct txn *tx, const struct queue *q, struct queue_group_id gid,
                          int64_t due_ms)
{
    uint64_t id = 0;

    for (unsigned i = 0; i < BAD_HEADS_MAX && queue_held_ids(tx, q, gid, id, &id, 1) == 1; i++) {
        struct queue_job before, job;

        if (queue_get(tx, q, id, &before) != ERR_OK)
            continue;
        job = before;
        job.due_ms = due_ms;
        queue_change(tx, q, id, &before, &job);
        return id;
    }
    return 0;
}

void queue_held_leave(struct txn *tx, const struct queue *q, uint64_t id, int64_t due_ms)
{
    struct queue_group_id gid;

    if (!queue_group_of(tx, q, id, &gid))
        return;

    struct key held = key_typed2(gid.type, gid.id, id);
    struct queue_group g = queue_group_get(tx, q, gid);

    txn_del(tx, q->held, &held);
    if (g.head == id) {
        g.head = head_next(tx, q, gid, due_ms);
        group_put(tx, q, gid, &g);
    }
}
