/*
 * Where the turn meets the store below it, and api and watch above: its journal, and what it calls
 * when something was folded, made durable or lost.
 */
#include "deskbell/crash.h"
#include "deskbell/log.h"
#include "gateway.h"

static void journal_submit(void *arg, const struct batch *b)
{
    struct gateway *g = arg;

    committer_submit(g->committer, b);
}

/* The turn ends its journal: until then the committer may be reading a batch of the turn's. */
static void journal_stop(void *arg)
{
    struct gateway *g = arg;

    committer_stop(g->committer);
    g->committer = NULL;
}

static err_t journal_read_conv(void *arg, uint64_t id, struct buf *image)
{
    struct gateway *g = arg;

    return store_read_conv(g->store, id, image);
}

static err_t journal_read_repeat(void *arg, uint64_t cid, struct buf *value)
{
    struct gateway *g = arg;

    return store_read_repeat(g->store, cid, value);
}

static void turn_on_record(void *arg, const struct rec *rec)
{
    struct gateway *g = arg;

    if (g->watch != NULL) /* not yet while the restart is recorded */
        watch_on_record(g->watch, rec);
}

/* Memory is ahead of the disk: start anew from what is durable. */
static void turn_on_lost(void *arg, err_t err)
{
    struct gateway *g = arg;

    log_error("store.commit-failed", "why=%s", err_code(err));
    g->end = GATEWAY_LOST;
    event_base_loopbreak(g->base);
}

static void turn_on_mail(void *arg)
{
    struct gateway *g = arg;

    crash_point(CRASH_GATEWAY_REVEALED);
    if (g->api != NULL)
        api_wake(g->api);
    crash_point(CRASH_GATEWAY_WOKE);
}

void plug_turn_ops(struct gateway *g, struct turn_ops *ops)
{
    zones_plug(&g->zones, g->core);
    *ops = (struct turn_ops){
        .journal = {.arg = g,
                    .submit = journal_submit,
                    .read_conv = journal_read_conv,
                    .read_repeat = journal_read_repeat,
                    .stop = journal_stop},
        .arg = g,
        .on_record = turn_on_record,
        .on_lost = turn_on_lost,
        .on_mail = turn_on_mail,
    };
}
