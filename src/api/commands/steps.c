/*
 * The first steps of a portal: how far it is, by what really is, and whether a department's widget
 * is on its website.
 */
#include "api_int.h"
#include "deskbell/outbox.h"

#define FIRST_NAME "deskbell" /* that nobody has chosen: deskbell.conf's default */

void run_dept_seen(struct call *c)
{
    const struct dept *d;
    const struct seen *s;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!admin_only(c) || (d = named_dept(c)) == NULL)
        return;
    s = seen_find(c->api, d->id);
    jw_obj(&j);
    jw_k_id(&j, "department", d->id);
    jw_k_int(&j, "since_ms", c->api->started_ms);
    if (s->shown.ms != 0) {
        jw_k_str(&j, "origin", s->shown.origin);
        jw_k_int(&j, "seen_ms", s->shown.ms);
    }
    if (s->refused.ms != 0) {
        jw_k_str(&j, "refused_origin", s->refused.origin);
        jw_k_int(&j, "refused_ms", s->refused.ms);
    }
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

/* The first public department, whose code is for a website; NULL: there is none. */
static const struct dept *first_public(const struct core *k)
{
    for (uint64_t id = 0; core_next_dept(k, &id);) {
        const struct dept *d = core_dept(k, id);

        if (d->type == DEPT_PUBLIC && d->enabled)
            return d;
    }
    return NULL;
}

static bool is_seen_anywhere(const struct api *api)
{
    for (uint64_t id = 0; core_next_dept(api->env.core, &id);)
        if (seen_find(api, id)->shown.ms != 0)
            return true;
    return false;
}

/* A mail has left: one of the outbox, or a test mail. */
static bool is_mailed(const struct api *api)
{
    struct mail_counts m;

    return api->mail_tried ||
           (mail_count(api->env.store, &m) == ERR_OK && m.states[MAILST_SENT] > 0);
}

void run_portal_steps(struct call *c)
{
    const struct api *api = c->api;
    const struct core *k = api->env.core;
    const struct portal *p = core_portal(k);
    const struct dept *d = first_public(k);
    int64_t ready = 0, invited = 0;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!admin_only(c))
        return;
    for (uint64_t id = 0; core_next_agent(k, &id);) {
        const struct agent *ag = core_agent(k, id);

        ready += ag->enabled && ag->password[0] != '\0';
        invited += ag->enabled && ag->password[0] == '\0';
    }
    jw_obj(&j);
    jw_k_bool(&j, "named", strcmp(p->name, FIRST_NAME) != 0);
    jw_k_bool(&j, "from", p->from[0] != '\0');
    jw_k_bool(&j, "mailed", is_mailed(api));
    jw_k_int(&j, "agents", ready);
    jw_k_int(&j, "invited", invited);
    jw_key(&j, "department");
    if (d != NULL)
        jw_id(&j, d->id);
    else
        jw_null(&j);
    /* Whoever has rung came by a widget. */
    jw_k_bool(&j, "seen", p->conv_number > 0 || is_seen_anywhere(api));
    jw_k_int(&j, "chats", (int64_t)p->conv_number);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}
