/* Business hours: what they say of now, as they are or as they would be. */
#include "api_int.h"

static void hours_write(struct jw *j, struct call *c, const struct hours_now *now, struct span zone)
{
    jw_obj(j);
    jw_k_int(j, "now_ms", api_now(c->api));
    jw_k_span(j, "zone", zone);
    jw_k_bool(j, "open", now->open);
    jw_k_bool(j, "takes", now->takes);
    if (now->closes_ms != 0) {
        jw_k_int(j, "closes_ms", now->closes_ms);
        jw_k_int(j, "chats_until_ms", now->chats_until_ms);
    }
    if (now->opens_ms != 0)
        jw_k_int(j, "opens_ms", now->opens_ms);
    jw_obj_end(j);
}

/* The zone that the hours are in, with the changes that came along. */
static struct span hours_zone(const struct call *c, const struct dept *d)
{
    struct span zone = span_of(d->hours.zone);

    for (size_t i = 0; i < c->nchanges; i++)
        if (strcmp(c->changes[i].setting->name, "hours.zone") == 0)
            zone = c->changes[i].s;
    return zone.len > 0 ? zone : span_of(core_portal(c->api->env.core)->zone);
}

void run_hours_show(struct call *c)
{
    const struct dept *d;
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct hours_now now;
    struct fault f;

    if (!admin_only(c) || (d = named_dept(c)) == NULL)
        return;
    if (core_hours_try(c->api->env.core, d, c->changes, c->nchanges, api_now(c->api), &now, &f) !=
        ERR_OK) {
        call_fail(c, &f);
        return;
    }
    hours_write(&j, c, &now, hours_zone(c, d));
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}
