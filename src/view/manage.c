/*
 * Departments, agents, settings and blocks in full, as JSON: what administrators see of all.
 */
#include "view_int.h"

#include "deskbell/mail.h"

static bool is_template(const struct setting *st)
{
    return st->type == SET_TEMPLATE_LINE || st->type == SET_TEMPLATE;
}

static void setting_value(struct jw *j, const struct change *ch)
{
    const struct setting *st = ch->setting;

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
    case SET_DEPT:
        if (ch->i != 0)
            jw_id(j, (uint64_t)ch->i);
        else
            jw_str(j, "");
        break;
    default:
        jw_span(j, ch->s);
    }
}

void view_setting(struct jw *j, const struct view *v, enum obj_type type, uint64_t id,
                  const struct setting *st)
{
    struct change ch = {.setting = st};

    if (type == OBJ_PORTAL)
        portal_setting_get(core_portal(v->core), st, &ch);
    else if (type == OBJ_DEPT)
        dept_setting_get(core_dept(v->core, id), st, &ch);
    else
        agent_setting_get(core_agent(v->core, id), st, &ch);
    ch.setting = st;
    setting_value(j, &ch);
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
            jw_key(j, st_[i_].name);                                                               \
            setting_value(j, &ch_);                                                                \
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

static void embed_write(struct jw *j, const struct view *v, const struct dept *d)
{
    struct buf b = {0};

    if (d->type != DEPT_PUBLIC)
        return;
    buf_addf(&b, "<script async src=\"%s%sdeskbell.js\"", v->public_url, v->base);
    if (v->integrity[0] != 0)
        buf_addf(&b, " integrity=\"%s\" crossorigin=\"anonymous\"", v->integrity);
    buf_addf(&b, " data-department=\"%s\"></script>", d->code);
    jw_k_span(j, "embed", buf_span(&b));
    buf_fini(&b);
}

static void dept_agents_write(struct jw *j, const struct view *v, const struct dept *d)
{
    jw_key(j, "agents");
    jw_arr(j);
    for (uint64_t id = 0; core_next_agent(v->core, &id);) {
        const struct agent *ag = core_agent(v->core, id);
        const struct member *m = agent_member(ag, d->id);

        if (m == NULL)
            continue;
        jw_obj(j);
        jw_k_id(j, "agent", id);
        jw_k_str(j, "name", ag->name);
        jw_k_str(j, "email", ag->email);
        jw_k_bool(j, "chat", m->chat);
        jw_k_bool(j, "notify", m->notify);
        jw_k_int(j, "tier", m->tier + 1);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

static void rule_doubts_write(struct jw *j, const struct view *v, const struct dept *d)
{
    struct rule_doubt all[2 * RULES_MAX];
    size_t n = core_rule_doubts(v->core, d, all);

    jw_key(j, "rule_doubts");
    jw_arr(j);
    for (size_t i = 0; i < n; i++) {
        jw_obj(j);
        jw_k_int(j, "rule", all[i].rule);
        jw_k_str(j, "why", all[i].why);
        if (all[i].skills.len > 0)
            jw_k_span(j, "skills", all[i].skills);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

void view_dept_full(struct jw *j, const struct view *v, const struct dept *d, bool whole)
{
    jw_obj(j);
    jw_k_id(j, "id", d->id);
    jw_k_str(j, "code", d->code);
    SETTINGS_WRITE(j, dept_settings, dept_setting_get, d);
    jw_k_int(j, "version", core_version(v->core, OBJ_DEPT, d->id));
    jw_k_str(j, "door", view_door(v, d));
    jw_k_int(j, "waiting", d->waiting_count);
    jw_k_int(j, "active", d->active_count);
    jw_k_int(j, "completed", (int64_t)d->completed_count);
    jw_k_int(j, "missed", (int64_t)d->missed_count);
    if (whole) {
        TEMPLATES_WRITE(j, dept_settings, dept_setting_get, d);
        rule_doubts_write(j, v, d);
        embed_write(j, v, d);
        dept_agents_write(j, v, d);
    }
    jw_obj_end(j);
}

/* The mail that the agent's link went by. */
static void link_mail_write(struct jw *j, const struct view *v, const struct agent *ag)
{
    struct mail_view m;

    if (ag->link_mail == 0)
        return;
    jw_key(j, "link_mail");
    jw_obj(j);
    jw_k_id(j, "mail", ag->link_mail);
    jw_k_int(j, "at_ms", ag->link_ms);
    jw_k_int(j, "until_ms", ag->link_until_ms);
    if (mail_read(v->store, ag->link_mail, &m) == ERR_OK) {
        jw_k_str(j, "kind", mail_kind_word(m.order.kind));
        jw_k_str(j, "state", mail_state_word(m.state));
        jw_k_foreign(j, "reason", m.reason);
        mail_view_fini(&m);
    }
    jw_obj_end(j);
}

void view_agent_full(struct jw *j, const struct view *v, const struct agent *ag, bool note)
{
    struct agent shown = *ag;

    if (!note)
        shown.note = (char *)"";
    jw_obj(j);
    jw_k_id(j, "id", ag->id);
    SETTINGS_WRITE(j, agent_settings, agent_setting_get, &shown);
    jw_k_int(j, "version", core_version(v->core, OBJ_AGENT, ag->id));
    picture_write(j, ag);
    jw_k_str(j, "status", agent_status_word(ag->status));
    jw_k_bool(j, "connected", ag->connected);
    jw_k_int(j, "load", ag->active_count);
    jw_k_int(j, "tasks", (int64_t)core_task_count(v->core, ag->id));
    jw_k_bool(j, "has_password", ag->password[0] != 0);
    jw_k_bool(j, "factor", ag->factor[0] != '\0');
    jw_k_bool(j, "factor_needed", (core_portal(v->core)->factor_roles & BIT(ag->role)) != 0);
    if (ag->factor[0] != '\0') {
        jw_k_int(j, "factor_ms", ag->factor_ms);
        jw_k_int(j, "recovery_left", (int64_t)ag->nrecovery);
    }
    jw_k_bool(j, "link", ag->link_until_ms > view_now(v));
    link_mail_write(j, v, ag);
    if (ag->custom_role != 0) {
        jw_k_id(j, "custom_role", ag->custom_role);
        jw_k_str(j, "custom_role_name", core_role(v->core, ag->custom_role)->name);
    }
    members_write(j, ag);
    jw_obj_end(j);
}

void view_portal_full(struct jw *j, const struct view *v)
{
    const struct portal *p = core_portal(v->core);

    jw_obj(j);
    SETTINGS_WRITE(j, portal_settings, portal_setting_get, p);
    jw_k_int(j, "version", core_version(v->core, OBJ_PORTAL, 0));
    TEMPLATES_WRITE(j, portal_settings, portal_setting_get, p);
    jw_obj_end(j);
}

void view_block(struct jw *j, const struct view *v, const struct block *b, unsigned rights)
{
    char prefix[IPADDR_TEXT];

    ipprefix_format(&b->prefix, prefix);
    jw_obj(j);
    jw_k_id(j, "id", b->id);
    if ((rights & BIT(BLOCK_ADDRESS)) != 0)
        jw_k_str(j, "prefix", prefix);
    jw_k_str(j, "reason", b->reason);
    jw_k_id(j, "by", b->by);
    jw_k_str(j, "by_name", core_agent_name(v->core, b->by));
    jw_k_id(j, "conversation", b->conv);
    jw_k_id(j, "department", b->dept);
    jw_k_int(j, "since_ms", b->since_ms);
    jw_k_int(j, "until_ms", b->until_ms);
    jw_obj_end(j);
}

static void settings_table_write(struct jw *j, const char *key,
                                 const struct setting *(*table)(size_t *count))
{
    size_t n;
    const struct setting *st = table(&n);

    jw_key(j, key);
    jw_arr(j);
    for (size_t i = 0; i < n; i++) {
        jw_obj(j);
        jw_k_str(j, "name", st[i].name);
        jw_k_str(j, "type", setting_type_word(st[i].type));
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

static void template_names_write(struct jw *j)
{
    const struct tmpl_schema *schema = letter_schema();

    jw_arr(j);
    for (size_t i = 0; i < schema->count; i++) {
        jw_obj(j);
        jw_k_str(j, "name", schema->names[i].name);
        jw_k_bool(j, "list", schema->names[i].type == TMPL_LIST);
        if (schema->names[i].in != NULL)
            jw_k_str(j, "in", schema->names[i].in);
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
