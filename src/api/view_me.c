/*
 * Agents, departments, settings, mails and blocks as JSON: what agents see of each other, and what
 * administrators see of all.
 */
#include "api_int.h"

static bool is_template(const struct setting *st)
{
    return st->type == SET_TEMPLATE_LINE || st->type == SET_TEMPLATE;
}

static void setting_write(struct jw *j, const struct change *ch)
{
    const struct setting *st = ch->setting;

    jw_key(j, st->name);
    switch (st->type) {
    case SET_BOOL:
    case SET_SECRET: /* no more than whether there is one */
        jw_bool(j, ch->i != 0);
        break;
    case SET_INT:
    case SET_MS:
        jw_int(j, ch->i);
        break;
    case SET_ENUM:
        jw_str(j, st->words[ch->i]);
        break;
    default:
        jw_span(j, ch->s);
    }
}

static void words_write(struct jw *j, uint32_t set)
{
    jw_arr(j);
    for (unsigned p = 0; p < PERM_COUNT; p++)
        if ((set & BIT(p)) != 0)
            jw_str(j, permission_word(p));
    jw_arr_end(j);
}

static void members_write(struct jw *j, const struct agent *ag)
{
    jw_key(j, "departments");
    jw_arr(j);
    for (size_t i = 0; i < ag->nmembers; i++) {
        jw_obj(j);
        jw_k_id(j, "department", ag->members[i].dept);
        jw_k_bool(j, "chat", ag->members[i].chat);
        jw_k_bool(j, "notify", ag->members[i].notify);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

void view_me_agent(struct jw *j, const struct api *api, const struct agent *ag)
{
    struct principal who = {.kind = BY_AGENT, .id = ag->id};
    const char *why;

    jw_obj(j);
    jw_k_id(j, "id", ag->id);
    jw_k_str(j, "name", ag->name);
    jw_k_str(j, "email", ag->email);
    jw_k_str(j, "role", role_word(ag->role));
    jw_k_str(j, "scope", scope_word(ag->scope));
    jw_k_str(j, "lang", lang_word(ag->lang));
    jw_k_str(j, "status", agent_status_word(ag->status));
    jw_k_int(j, "capacity", ag->capacity);
    jw_k_int(j, "load", ag->active_count);
    jw_key(j, "permissions");
    words_write(j, ag->role == ROLE_ADMIN ? BIT(PERM_COUNT) - 1 : ag->permissions);
    jw_k_bool(j, "outbox", rights_may(api->env.core, &who, ACT_SEE_OUTBOX, NULL, &why) == ERR_OK);
    members_write(j, ag);
    jw_obj_end(j);
}

/* Who has no connection is away for everybody else, whatever he chose. */
void view_colleague(struct jw *j, const struct api *api, const struct agent *ag)
{
    (void)api;
    jw_obj(j);
    jw_k_id(j, "id", ag->id);
    jw_k_str(j, "name", ag->name);
    jw_k_str(j, "status", agent_status_word(ag->connected ? ag->status : STATUS_OFFLINE));
    jw_k_int(j, "load", ag->active_count);
    jw_k_int(j, "capacity", ag->capacity);
    jw_key(j, "departments");
    jw_arr(j);
    for (size_t i = 0; i < ag->nmembers; i++)
        jw_id(j, ag->members[i].dept);
    jw_arr_end(j);
    jw_obj_end(j);
}

void view_me_dept(struct jw *j, const struct api *api, const struct dept *d)
{
    jw_obj(j);
    jw_k_id(j, "id", d->id);
    jw_k_str(j, "name", d->name);
    jw_k_str(j, "type", d->type == DEPT_PUBLIC ? "public" : "private");
    jw_k_str(j, "door", door_shown(api, d));
    jw_k_int(j, "waiting", d->waiting_count);
    jw_obj_end(j);
}

void view_portal(struct jw *j, const struct api *api)
{
    const struct portal *p = core_portal(api->env.core);

    jw_obj(j);
    jw_k_str(j, "name", p->name);
    jw_k_str(j, "lang", lang_word(p->lang));
    jw_k_str(j, "zone", p->zone);
    jw_obj_end(j);
}

/* The fields, without braces. */
void view_offer(struct jw *j, const struct api *api, const struct conv *cv, const struct agent *ag)
{
    struct principal who = {.kind = BY_AGENT, .id = ag->id};
    int64_t left_ms = cv->offer_until_ms - api_now(api);

    jw_k_id(j, "conversation", cv->id);
    jw_k_int(j, "until_ms", cv->offer_until_ms);
    jw_k_int(j, "expires_in_ms", left_ms > 0 ? left_ms : 0);
    jw_key(j, "head");
    view_head(j, api, cv, conv_may(api, &who, cv) | BIT(ACT_SEE));
}

void view_counts(struct jw *j, struct api *api, struct agent_ix *ix, const struct agent *ag)
{
    uint64_t unreplied = 0, replied = 0;
    const struct track *tr;

    jw_obj(j);
    for (unsigned l = 0; l < LIST_COUNT; l++)
        jw_k_int(j, list_word(l),
                 (int64_t)(l == LIST_BLOCKED ? blocked_count_of(api, ix, ag)
                                             : core_list_count(api->env.core, ag, l)));
    TAILQ_FOREACH (tr, &ix->held, agent_link) {
        const struct conv *cv = core_conv(api->env.core, tr->conv);

        if (cv == NULL || !core_in_list(api->env.core, ag, LIST_MINE, cv))
            continue;
        unreplied += cv->visitor_last;
        replied += !cv->visitor_last;
    }
    jw_k_int(j, "unreplied", (int64_t)unreplied);
    jw_k_int(j, "replied", (int64_t)replied);
    jw_obj_end(j);
}

/* mails */

static void mail_rcpts_write(struct jw *j, const struct mail_view *m)
{
    jw_key(j, "to");
    jw_arr(j);
    for (size_t i = 0; i < m->nrcpts; i++) {
        jw_obj(j);
        jw_k_str(j, "address", m->rcpts[i].addr);
        jw_k_str(j, "state", mail_state_word(m->rcpts[i].state));
        if (m->rcpts[i].code != 0)
            jw_k_int(j, "code", m->rcpts[i].code);
        jw_k_foreign(j, "reply", m->rcpts[i].reply);
        if (m->rcpts[i].replaced_by != 0)
            jw_k_id(j, "replaced_by", m->rcpts[i].replaced_by);
        jw_obj_end(j);
    }
    if (m->nrcpts == 0 && m->order.to.len > 0) { /* not composed yet, but this is known */
        jw_obj(j);
        jw_k_span(j, "address", m->order.to);
        jw_k_str(j, "state", mail_state_word(m->state));
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

static void mail_tries_write(struct jw *j, const struct mail_view *m)
{
    jw_key(j, "tries");
    jw_arr(j);
    for (size_t i = 0; i < m->ntries; i++) {
        jw_obj(j);
        jw_k_int(j, "time_ms", m->tries[i].at_ms);
        jw_k_str(j, "state", mail_state_word(m->tries[i].state));
        jw_k_str(j, "cause", m->tries[i].cause);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

/* When it is tried next: it waits for its own time, and for its relay to have rested. */
static void mail_due_write(struct jw *j, const struct api *api, const struct mail_view *m)
{
    struct relay_row relay = {.rest_until_ms = 0};
    int64_t due_ms = m->due_ms;

    if (m->state == MAILST_QUEUED || m->state == MAILST_DEFERRED || m->state == MAILST_UNCERTAIN) {
        if (mail_relay(api->env.store, mail_relay_of(api, &m->order), &relay) == ERR_OK &&
            relay.rest_until_ms > due_ms)
            due_ms = relay.rest_until_ms;
    }
    if (due_ms != 0)
        jw_k_int(j, "due_ms", due_ms);
    if (due_ms > m->due_ms)
        jw_k_str(j, "relay_rests", relay.trouble);
}

void view_mail(struct jw *j, struct api *api, const struct mail_view *m, bool whole)
{
    struct conv_ref ref;

    jw_obj(j);
    jw_k_id(j, "id", m->id);
    jw_k_str(j, "kind", mail_kind_word(m->order.kind));
    jw_k_id(j, "conversation", m->order.conv);
    if (m->order.agent != 0)
        jw_k_id(j, "agent", m->order.agent);
    if (m->order.conv != 0 && conv_open(api, m->order.conv, &ref) == ERR_OK) {
        jw_k_int(j, "number", (int64_t)ref.cv->number);
        conv_done(&ref);
    }
    jw_k_id(j, "department", m->order.dept);
    jw_k_str(j, "state", mail_state_word(m->state));
    jw_k_bool(j, "uncertain", m->uncertain);
    jw_k_int(j, "attempts", m->attempts);
    jw_k_int(j, "created_ms", m->created_ms);
    mail_due_write(j, api, m);
    if (m->settled_ms != 0)
        jw_k_int(j, "settled_ms", m->settled_ms);
    if (m->notices != 0)
        jw_k_int(j, "notices", m->notices);
    if (m->digest != 0) {
        jw_k_id(j, "digest", m->digest);
        jw_k_str(j, "digest_state", mail_state_word(m->digest_state));
    }
    jw_k_str(j, "from", m->from);
    jw_k_str(j, "cc", m->cc);
    jw_k_str(j, "subject", m->subject);
    jw_k_str(j, "message_id", m->message_id);
    jw_k_str(j, "cause", m->cause);
    jw_k_foreign(j, "reason", m->reason);
    jw_k_int(j, "bytes", (int64_t)m->bytes);
    jw_k_bool(j, "kept", m->bytes > 0);
    if (m->order.replaces != 0) {
        jw_k_id(j, "replaces", m->order.replaces);
        jw_k_span(j, "instead_of", m->order.instead);
    }
    mail_rcpts_write(j, m);
    if (whole)
        mail_tries_write(j, m);
    jw_obj_end(j);
}

/* departments and agents in full */

#define SETTINGS_WRITE(j, settings, get, object)                                                   \
    do {                                                                                           \
        size_t n_;                                                                                 \
        const struct setting *st_ = settings(&n_);                                                 \
        for (size_t i_ = 0; i_ < n_; i_++) {                                                       \
            struct change ch_ = {.setting = &st_[i_]};                                             \
            if (is_template(&st_[i_]))                                                             \
                continue;                                                                          \
            get(object, &st_[i_], &ch_);                                                           \
            ch_.setting = &st_[i_];                                                                \
            setting_write(j, &ch_);                                                                \
        }                                                                                          \
    } while (0)

/* Templates are long: here only which ones are set, by their settings' names. */
#define TEMPLATES_WRITE(j, settings, get, object)                                                  \
    do {                                                                                           \
        size_t n_;                                                                                 \
        const struct setting *st_ = settings(&n_);                                                 \
        jw_key(j, "templates");                                                                    \
        jw_arr(j);                                                                                 \
        for (size_t i_ = 0; i_ < n_; i_++) {                                                       \
            struct change ch_ = {.setting = &st_[i_]};                                             \
            if (!is_template(&st_[i_]))                                                            \
                continue;                                                                          \
            get(object, &st_[i_], &ch_);                                                           \
            if (ch_.s.len > 0)                                                                     \
                jw_str(j, st_[i_].name);                                                           \
        }                                                                                          \
        jw_arr_end(j);                                                                             \
    } while (0)

static void embed_write(struct jw *j, const struct api *api, const struct dept *d)
{
    const struct api_config *cf = &api->env.config;
    struct buf b = {0};

    if (d->type != DEPT_PUBLIC)
        return;
    buf_addf(&b, "<script async src=\"%s%sdeskbell.js\"", cf->public_url, cf->base);
    if (cf->integrity != NULL && cf->integrity[0] != 0)
        buf_addf(&b, " integrity=\"%s\" crossorigin=\"anonymous\"", cf->integrity);
    buf_addf(&b, " data-department=\"%s\"></script>", d->code);
    jw_k_span(j, "embed", buf_span(&b));
    buf_fini(&b);
}

static void dept_agents_write(struct jw *j, const struct api *api, const struct dept *d)
{
    jw_key(j, "agents");
    jw_arr(j);
    for (uint64_t id = 0; core_next_agent(api->env.core, &id);) {
        const struct agent *ag = core_agent(api->env.core, id);

        for (size_t i = 0; ag != NULL && i < ag->nmembers; i++) {
            if (ag->members[i].dept != d->id)
                continue;
            jw_obj(j);
            jw_k_id(j, "agent", id);
            jw_k_str(j, "name", ag->name);
            jw_k_str(j, "email", ag->email);
            jw_k_bool(j, "chat", ag->members[i].chat);
            jw_k_bool(j, "notify", ag->members[i].notify);
            jw_obj_end(j);
        }
    }
    jw_arr_end(j);
}

void view_dept_full(struct jw *j, const struct api *api, const struct dept *d, bool whole)
{
    jw_obj(j);
    jw_k_id(j, "id", d->id);
    jw_k_str(j, "code", d->code);
    SETTINGS_WRITE(j, dept_settings, dept_setting_get, d);
    jw_k_str(j, "door", door_shown(api, d));
    jw_k_int(j, "waiting", d->waiting_count);
    jw_k_int(j, "active", d->active_count);
    jw_k_int(j, "completed", (int64_t)d->completed_count);
    jw_k_int(j, "missed", (int64_t)d->missed_count);
    if (whole) {
        TEMPLATES_WRITE(j, dept_settings, dept_setting_get, d);
        embed_write(j, api, d);
        dept_agents_write(j, api, d);
    }
    jw_obj_end(j);
}

/* The mail that the agent's link went by. */
static void link_mail_write(struct jw *j, const struct api *api, const struct agent *ag)
{
    struct mail_view m;

    if (ag->link_mail == 0)
        return;
    jw_key(j, "link_mail");
    jw_obj(j);
    jw_k_id(j, "mail", ag->link_mail);
    jw_k_int(j, "at_ms", ag->link_ms);
    jw_k_int(j, "until_ms", ag->link_until_ms);
    if (mail_read(api->env.store, ag->link_mail, &m) == ERR_OK) {
        jw_k_str(j, "kind", mail_kind_word(m.order.kind));
        jw_k_str(j, "state", mail_state_word(m.state));
        jw_k_foreign(j, "reason", m.reason);
        mail_view_fini(&m);
    }
    jw_obj_end(j);
}

void view_agent_full(struct jw *j, const struct api *api, const struct agent *ag)
{
    jw_obj(j);
    jw_k_id(j, "id", ag->id);
    SETTINGS_WRITE(j, agent_settings, agent_setting_get, ag);
    jw_k_str(j, "status", agent_status_word(ag->status));
    jw_k_bool(j, "connected", ag->connected);
    jw_k_int(j, "load", ag->active_count);
    jw_k_bool(j, "has_password", ag->password[0] != 0);
    jw_k_bool(j, "link", ag->link_until_ms > api_now(api));
    link_mail_write(j, api, ag);
    members_write(j, ag);
    jw_obj_end(j);
}

void view_portal_full(struct jw *j, const struct api *api)
{
    const struct portal *p = core_portal(api->env.core);

    jw_obj(j);
    SETTINGS_WRITE(j, portal_settings, portal_setting_get, p);
    TEMPLATES_WRITE(j, portal_settings, portal_setting_get, p);
    jw_obj_end(j);
}

void view_block(struct jw *j, const struct api *api, const struct block *b)
{
    const struct agent *ag = core_agent(api->env.core, b->by);
    char prefix[IPADDR_TEXT];

    ipprefix_format(&b->prefix, prefix);
    jw_obj(j);
    jw_k_id(j, "id", b->id);
    jw_k_str(j, "prefix", prefix);
    jw_k_str(j, "reason", b->reason);
    jw_k_id(j, "by", b->by);
    jw_k_str(j, "by_name", ag != NULL ? ag->name : "");
    jw_k_id(j, "conversation", b->conv);
    jw_k_id(j, "department", b->dept);
    jw_k_int(j, "since_ms", b->since_ms);
    jw_k_int(j, "until_ms", b->until_ms);
    jw_obj_end(j);
}

static void settings_table_write(struct jw *j, const char *key, settings_fn *table)
{
    static const char *const types[] = {[SET_BOOL] = "bool",
                                        [SET_INT] = "int",
                                        [SET_MS] = "ms",
                                        [SET_ENUM] = "enum",
                                        [SET_LINE] = "line",
                                        [SET_TEXT] = "text",
                                        [SET_MAILBOX] = "mailbox",
                                        [SET_MAILBOXES] = "mailboxes",
                                        [SET_ORIGINS] = "origins",
                                        [SET_COLOUR] = "colour",
                                        [SET_ZONE] = "zone",
                                        [SET_HOST] = "host",
                                        [SET_SECRET] = "secret",
                                        [SET_WORDS] = "words",
                                        [SET_TEMPLATE_LINE] = "template-line",
                                        [SET_TEMPLATE] = "template"};
    size_t n;
    const struct setting *st = table(&n);

    jw_key(j, key);
    jw_arr(j);
    for (size_t i = 0; i < n; i++) {
        jw_obj(j);
        jw_k_str(j, "name", st[i].name);
        jw_k_str(j, "type", types[st[i].type]);
        jw_k_int(j, "min", st[i].min);
        jw_k_int(j, "max", st[i].max);
        if (st[i].words != NULL) {
            jw_key(j, "words");
            jw_arr(j);
            for (size_t w = 0; st[i].words[w] != NULL; w++)
                jw_str(j, st[i].words[w]);
            jw_arr_end(j);
        }
        jw_k_str(j, "help", st[i].help);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

void view_settings(struct jw *j)
{
    jw_obj(j);
    settings_table_write(j, "portal", portal_settings);
    settings_table_write(j, "department", dept_settings);
    settings_table_write(j, "agent", agent_settings);
    jw_key(j, "placeholders");
    template_names_write(j);
    jw_obj_end(j);
}
