/*
 * GET /metrics: how the gateway and its outbox are, in Prometheus' text format (version 0.0.4).
 * One table says what there is; who is not among the addresses that may read it, or cannot be told,
 * finds no such path.
 */
#include <inttypes.h>

#include "api_int.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* What the values are taken from, read once for all of them. */
struct gauges {
    struct api_stats stats;
    struct mail_counts mails;
    struct api_loads loads;
    struct search_status search;
};

typedef double metric_fn(const struct api *api, const struct gauges *g);

/* the values */

static double start_seconds(const struct api *api, const struct gauges *g)
{
    (void)g;
    return (double)api->started_ms / 1000;
}

static double position(const struct api *api, const struct gauges *g)
{
    (void)g;
    return (double)turn_durable_pos(api->env.turn);
}

static double read_only(const struct api *api, const struct gauges *g)
{
    (void)g;
    return turn_is_readonly(api->env.turn);
}

static double notices(const struct api *api, const struct gauges *g)
{
    (void)g;
    return (double)watch_notice_count(api->env.watch);
}

#define STAT(name)                                                                                 \
    static double stat_##name(const struct api *api, const struct gauges *g)                       \
    {                                                                                              \
        (void)api;                                                                                 \
        return (double)g->stats.name;                                                              \
    }
static double signed_in(const struct api *api, const struct gauges *g)
{
    (void)g;
    return (double)api->signed_in;
}

static double sign_ins_refused(const struct api *api, const struct gauges *g)
{
    (void)g;
    return (double)api->sign_ins_refused;
}

STAT(conns)
STAT(websockets)
STAT(controls)
STAT(accepted)
STAT(requests)
STAT(messages_in)
STAT(frames_out)

#define LOAD(name)                                                                                 \
    static double load_##name(const struct api *api, const struct gauges *g)                       \
    {                                                                                              \
        (void)api;                                                                                 \
        return (double)g->loads.name;                                                              \
    }
LOAD(departments)
LOAD(agents)
LOAD(agents_here)
LOAD(waiting)
LOAD(active)
LOAD(blocks)

static double dispatcher(const struct api *api, const struct gauges *g)
{
    (void)g;
    return !TAILQ_EMPTY(&api->dispatchers);
}

/* A clock that was set back makes no age negative. */
static double oldest_seconds(const struct api *api, const struct gauges *g)
{
    int64_t age_ms = g->mails.oldest_due_ms != 0 ? api_now(api) - g->mails.oldest_due_ms : 0;

    return age_ms > 0 ? (double)age_ms / 1000 : 0;
}

static double late(const struct api *api, const struct gauges *g)
{
    return mails_are_late(api, &g->mails);
}

static double refused(const struct api *api, const struct gauges *g)
{
    (void)api;
    return (double)g->mails.refused;
}

static double search_position(const struct api *api, const struct gauges *g)
{
    (void)api;
    return (double)g->search.pos;
}

static double search_records(const struct api *api, const struct gauges *g)
{
    (void)api;
    return (double)g->search.records;
}

static double search_lag(const struct api *api, const struct gauges *g)
{
    (void)api;
    return (double)g->search.lag_ms / 1000;
}

static double search_bytes(const struct api *api, const struct gauges *g)
{
    (void)api;
    return (double)g->search.bytes;
}

/* the table; a row without a function has one value for each state of a mail */

#define GAUGE "gauge"
#define COUNTER "counter"

static const struct {
    struct api_metric m;
    metric_fn *value;
} rows[] = {
    {{"deskbell_start_time_seconds", GAUGE, "When the gateway started, in seconds since 1970 UTC."},
     start_seconds},
    {{"deskbell_position", GAUGE, "Position of the newest record that is on disk."}, position},
    {{"deskbell_read_only", GAUGE, "1 while nothing can be stored, else 0."}, read_only},
    {{"deskbell_notices", GAUGE, "Degraded states that consoles are told of now."}, notices},
    {{"deskbell_connections", GAUGE, "Open connections of browsers and programs."}, stat_conns},
    {{"deskbell_websockets", GAUGE, "Those of them that are WebSockets."}, stat_websockets},
    {{"deskbell_control_connections", GAUGE, "Open connections to the control socket."},
     stat_controls},
    {{"deskbell_connections_accepted_total", COUNTER, "Connections taken since the start."},
     stat_accepted},
    {{"deskbell_requests_total", COUNTER, "HTTP requests since the start."}, stat_requests},
    {{"deskbell_messages_received_total", COUNTER, "WebSocket messages received since the start."},
     stat_messages_in},
    {{"deskbell_frames_sent_total", COUNTER, "WebSocket messages sent since the start."},
     stat_frames_out},
    {{"deskbell_sign_ins_total", COUNTER, "Agents who have signed in since the start."}, signed_in},
    {{"deskbell_sign_ins_refused_total", COUNTER,
      "Attempts to sign in that were refused since then."},
     sign_ins_refused},
    {{"deskbell_departments", GAUGE, "Departments."}, load_departments},
    {{"deskbell_agents", GAUGE, "Agents with an account."}, load_agents},
    {{"deskbell_agents_here", GAUGE, "Agents who are connected."}, load_agents_here},
    {{"deskbell_chats_waiting", GAUGE, "Visitors who wait for an agent."}, load_waiting},
    {{"deskbell_chats_active", GAUGE, "Chats under way."}, load_active},
    {{"deskbell_blocks", GAUGE, "Blocked addresses."}, load_blocks},
    {{"deskbell_dispatcher_attached", GAUGE, "1 while an SMTP dispatcher is attached, else 0."},
     dispatcher},
    {{"deskbell_outbox_mails", GAUGE, "Mails in the outbox by state."}, NULL},
    {{"deskbell_outbox_oldest_due_seconds", GAUGE,
      "For how long the mail that has been due longest is overdue."},
     oldest_seconds},
    {{"deskbell_outbox_late", GAUGE, "1 while that is more than five minutes, else 0."}, late},
    {{"deskbell_outbox_refused_logins", GAUGE, "Mail servers that refuse our user or password."},
     refused},
    {{"deskbell_search_position", GAUGE, "Position of the newest record that search knows of."},
     search_position},
    {{"deskbell_search_behind_records", GAUGE, "Records on disk that it does not know of yet."},
     search_records},
    {{"deskbell_search_behind_seconds", GAUGE, "For how long it has not been up to date."},
     search_lag},
    {{"deskbell_search_bytes", GAUGE, "Size of its files."}, search_bytes},
};

size_t api_metrics(const struct api_metric **metrics)
{
    static struct api_metric all[COUNT_OF(rows)];

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        all[i] = rows[i].m;
    *metrics = all;
    return COUNT_OF(all);
}

/* writing */

static void states_write(struct buf *b, const char *name, const struct gauges *g)
{
    for (int s = MAILST_QUEUED; s <= MAILST_CANCELLED; s++)
        buf_addf(b, "%s{state=\"%s\"} %" PRIu64 "\n", name, mail_state_word((enum mail_state)s),
                 g->mails.states[s]);
}

static void metrics_write(struct buf *b, struct api *api)
{
    struct gauges g = {.stats = {0}};
    bool has_mails = mail_count(api->env.store, &g.mails) == ERR_OK;

    search_status_get(api->env.search, &g.search);
    api_loads_get(api, &g.loads);
    if (api->env.out.stats != NULL)
        api->env.out.stats(api->env.out.arg, &g.stats);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct api_metric *m = &rows[i].m;

        if (!has_mails && strncmp(m->name, "deskbell_outbox_", 16) == 0)
            continue; /* better none than a wrong one */
        buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->type);
        if (rows[i].value != NULL)
            buf_addf(b, "%s %.17g\n", m->name, rows[i].value(api, &g));
        else
            states_write(b, m->name, &g);
    }
}

void metrics_reply(struct api *api, uint64_t conn, const struct api_request *rq)
{
    const struct api_config *conf = &api->env.config;
    struct buf b = {0};
    struct reply rp = {.status = 200, .type = METRICS_TYPE};
    bool may = false;

    for (size_t i = 0; i < conf->nmetrics_from && !may; i++)
        may = ipprefix_has(&conf->metrics_from[i], &rq->ip);
    if (!may || rq->strange || rq->nameless != NULL) {
        api_reply_nothing(api, conn);
        return;
    }
    metrics_write(&b, api);
    rp.body = buf_span(&b);
    reply_header(&rp, "Cache-Control", SPAN_LIT("no-store"));
    api_reply_now(api, conn, &rp);
    buf_fini(&b);
}
