/* The live floor: asked for once, or watched. */
#include "api_int.h"

static bool floor_may(struct call *c, struct reader *r)
{
    enum refusal why;

    *r = reader_of(c->api->env.core, &c->who);
    if (audience_may(r, ACT_SUPERVISE, NULL, &why) == ERR_OK)
        return true;
    call_refuse_action(c, ERR_DENIED, NULL, why, ACT_SUPERVISE);
    return false;
}

static void floor_answer(struct call *c, const struct reader *r)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_key(&j, "floor");
    view_floor(&j, c->api->env.view, r);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

void run_floor_show(struct call *c)
{
    struct reader r;

    if (floor_may(c, &r))
        floor_answer(c, &r);
}

void floor_subscribe(struct call *c)
{
    struct reader r;

    if (floor_may(c, &r) && subscribed(c, watch_subscribe_floor(c->api->env.watch, c->conn_id)))
        floor_answer(c, &r);
}
