/* What the clock and the passes of the loop bring. */
#include "api_int.h"

#define MAIL_LOOKS_MAX 200 /* conversations whose mails are looked at in one tick */

void api_pass_end(struct api *api)
{
    api->ending = true;
    show_changed(api);
    api->ending = false;
}

/* All of them, where any has changed: they are few. */
static void mails_tell(struct api *api, const struct track *tr, const struct conn_ids *ids)
{
    const struct mail_want want = {.conv = tr->conv, .state = -1};
    uint64_t cursor = 0, mails[MAILS_OF_CONV_MAX];
    struct mail_view m;
    size_t n = 0;

    if (mail_list(api->env.store, &want, &cursor, mails, COUNT_OF(mails), &n) != ERR_OK)
        return;
    for (size_t i = n; i-- > 0;) {
        struct buf b = {0};
        struct jw j = {.b = &b};

        if (mail_read(api->env.store, mails[i], &m) != ERR_OK)
            continue;
        jw_obj(&j);
        jw_k_str(&j, "ev", "mail");
        jw_k_id(&j, "conversation", tr->conv);
        jw_key(&j, "mail");
        view_mail(&j, api, &m, false);
        jw_obj_end(&j);
        api_show(api, ids->ids, ids->n, buf_span(&b));
        buf_fini(&b);
        mail_view_fini(&m);
    }
}

static void show_mails(struct api *api, struct track *tr)
{
    struct conn_ids ids = {0};
    struct conv_ref ref;
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct sub *s;

    if (conv_open(api, tr->conv, &ref) != ERR_OK)
        return;
    mails_write(&j, api, tr->conv);
    uint64_t hash = hash_u64(buf_span(&b), NULL);
    if (hash != tr->mail_hash) {
        tr->mail_hash = hash;
        TAILQ_FOREACH (s, &tr->watchers, track_link) {
            struct principal who = {.kind = BY_AGENT, .id = s->conn->agent->id};
            if (mails_may(api, &who, ref.cv))
                conn_ids_add(&ids, s->conn->id);
        }
        if (ids.n > 0)
            mails_tell(api, tr, &ids);
    }
    buf_fini(&b);
    free(ids.ids);
    conv_done(&ref);
}

static void mails_poll(struct api *api)
{
    struct track *first = NULL, *tr;

    for (unsigned i = 0; i < MAIL_LOOKS_MAX; i++) {
        tr = TAILQ_FIRST(&api->watched);
        if (tr == NULL || tr == first)
            return;
        if (first == NULL)
            first = tr;
        TAILQ_REMOVE(&api->watched, tr, watched_link);
        TAILQ_INSERT_TAIL(&api->watched, tr, watched_link);
        show_mails(api, tr);
    }
}

void api_mail_changed(struct api *api, uint64_t conv)
{
    struct track *tr = map_find(&api->tracks, conv);

    if (tr != NULL && !TAILQ_EMPTY(&tr->watchers))
        show_mails(api, tr);
}

/* Sessions that have run out while their connection was quiet. */
static void sessions_poll(struct api *api)
{
    uint64_t key;
    void *value;

    for (size_t at = 0; map_next(&api->conns, &at, &key, &value);) {
        const struct conn *cn = value;

        if (cn->kind == CONN_AGENT && session_check(api, cn->token_hash) == NULL) {
            api_show(api, &cn->id, 1, SPAN_LIT("{\"ev\":\"signed-out\"}"));
            api_close_after(api, cn->id, 4401, "signed out");
        }
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
    api_notice(api, "mail-late",
               "Mail is late: the oldest has been waiting for more than five minutes. The outbox "
               "says why.",
               "", mails_are_late(api, &m));
    api_notice(api, "mail-login",
               "A mail server refuses our user name or password: its mail waits until they are "
               "set right.",
               names.p, m.refused > 0);
    buf_fini(&names);
}

void api_tick(struct api *api)
{
    int64_t now = api_now(api);

    presence_tick(api);
    asks_tick(api);
    if (now >= api->mail_poll_ms) {
        api->mail_poll_ms = now + MAIL_POLL_MS;
        mails_poll(api);
    }
    if (now >= api->outbox_poll_ms) {
        api->outbox_poll_ms = now + OUTBOX_POLL_MS;
        outbox_poll(api);
    }
    if (now >= api->session_poll_ms) {
        api->session_poll_ms = now + SESSION_POLL_MS;
        sessions_poll(api);
    }
}

int64_t api_deadline(const struct api *api)
{
    int64_t at = show_deadline(api), owed = presence_deadline(api);

    if (owed < at)
        at = owed;
    if (asks_deadline(api) < at)
        at = asks_deadline(api);
    if (!TAILQ_EMPTY(&api->watched) && api->mail_poll_ms < at)
        at = api->mail_poll_ms;
    if (api->session_poll_ms < at)
        at = api->session_poll_ms;
    if (api->outbox_poll_ms < at)
        at = api->outbox_poll_ms;
    return at;
}

/* False: it was so already. */
static bool notice_set(struct api *api, const char *code, const char *text, const char *about,
                       bool on)
{
    struct notice *n = NULL;

    for (size_t i = 0; i < api->nnotices && n == NULL; i++)
        if (strcmp(api->notices[i].code, code) == 0)
            n = &api->notices[i];
    if (!on && n == NULL)
        return false;
    if (on && n != NULL && strcmp(n->about, about) == 0)
        return false;
    if (on && n == NULL) {
        api->notices = xrealloc(api->notices, (api->nnotices + 1) * sizeof(*api->notices));
        api->notices[api->nnotices++] =
            (struct notice){xstrdup(code), xstrdup(text), xstrdup(about)};
    } else if (on) {
        free(n->about);
        n->about = xstrdup(about);
    } else {
        free(n->code);
        free(n->text);
        free(n->about);
        *n = api->notices[--api->nnotices];
    }
    return true;
}

void api_notice(struct api *api, const char *code, const char *text, const char *about, bool on)
{
    struct conn_ids ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t key;
    void *value;

    if (!notice_set(api, code, text, about, on))
        return;
    for (size_t at = 0; map_next(&api->agents, &at, &key, &value);)
        agent_conns(value, true, &ids);
    jw_obj(&j);
    jw_k_str(&j, "ev", "notice");
    jw_k_str(&j, "code", code);
    jw_k_str(&j, "text", text);
    if (about[0] != '\0')
        jw_k_str(&j, "about", about);
    jw_k_bool(&j, "on", on);
    jw_obj_end(&j);
    api_show_now(api, ids.ids, ids.n, buf_span(&b));
    buf_fini(&b);
    free(ids.ids);
}
