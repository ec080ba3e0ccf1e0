/* What the clock brings. */
#include "api_int.h"

/* Sessions that have run out while their connection was quiet; the next time at the next end. */
static void sessions_poll(struct api *api)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&api->clients, &at, &key, &value);) {
        const struct client *cn = value;
        const struct session *s;

        if (cn->kind != CLIENT_AGENT)
            continue;
        if ((s = session_check(api, cn->token_hash, cn->bearer)) == NULL)
            watch_sign_out(api->env.watch, cn->id);
        else if (s->until_ms != 0 && s->until_ms < api->session_poll_ms)
            api->session_poll_ms = s->until_ms;
    }
}

/* What an operator has to know of before visitors ask where their mail is. */
static void outbox_poll(struct api *api)
{
    struct buf names = {0};
    struct mail_counts m;

    if (mail_count(api->env.store, &m) != ERR_OK)
        return;
    mails_refused_names(api, &names);
    buf_add_char(&names, '\0');
    watch_notice(api->env.watch, "mail-late",
                 "Mail is late: the oldest has been waiting for more than five minutes. The outbox "
                 "says why.",
                 "", mails_are_late(api, &m));
    watch_notice(api->env.watch, "mail-login",
                 "A mail server refuses our user name or password: its mail waits until they are "
                 "set right.",
                 names.p, m.refused > 0);
    buf_fini(&names);
}

static void rules_poll(const struct api *api)
{
    uint64_t dept;
    uint32_t rule;

    while (core_next_slow_rule(api->env.core, &dept, &rule))
        log_warn("rule.limit", "department=%llu rule=%u", (unsigned long long)dept, rule);
}

void api_tick(struct api *api)
{
    int64_t now = api_now(api);

    asks_tick(api);
    if (now >= api->outbox_poll_ms) {
        api->outbox_poll_ms = now + OUTBOX_POLL_MS;
        outbox_poll(api);
        rules_poll(api);
    }
    if (now >= api->session_poll_ms) {
        api->session_poll_ms = now + SESSION_POLL_MS;
        sessions_poll(api);
    }
}

int64_t api_deadline(const struct api *api)
{
    int64_t at = asks_deadline(api);

    if (api->session_poll_ms < at)
        at = api->session_poll_ms;
    if (api->outbox_poll_ms < at)
        at = api->outbox_poll_ms;
    return at;
}
