/*
 * Subscriptions of agents' connections, and what an agent has of himself.  What follows after the
 * first answer is watch's.
 */
#include "api_int.h"

#define TOPICS "me, list, conversation, floor, tasks"

static void colleagues_write(struct jw *j, struct api *api, const struct reader *me)
{
    size_t n = 0;

    jw_key(j, "agents");
    jw_arr(j);
    for (uint64_t id = 0; n < ME_AGENTS_MAX && core_next_agent(api->env.core, &id);) {
        const struct agent *ag = core_agent(api->env.core, id);

        if (!ag->enabled || !audience_knows_agent(me, ag))
            continue;
        view_colleague(j, ag);
        n++;
    }
    jw_arr_end(j);
}

/* Those with a door and a queue; deleted ones have none. */
static void departments_write(struct jw *j, struct api *api, const struct reader *me)
{
    jw_key(j, "departments");
    jw_arr(j);
    for (uint64_t id = 0; audience_next_dept(me, &id);)
        if (!audience_dept(me, id)->deleted)
            view_me_dept(j, api->env.view, audience_dept(me, id));
    jw_arr_end(j);
}

void me_write(struct jw *j, struct api *api, const struct agent *ag)
{
    me_write_for(j, api, ag, &(struct principal){.kind = BY_AGENT, .id = ag->id});
}

void me_write_for(struct jw *j, struct api *api, const struct agent *ag,
                  const struct principal *who)
{
    const struct session *s = core_session(api->env.core, who->session);
    const struct reader me = reader_of_agent(api->env.core, ag->id);

    jw_obj(j);
    jw_key(j, "agent");
    view_me_agent(j, api->env.view, ag);
    jw_key(j, "portal");
    view_portal(j, api->env.view);
    departments_write(j, api, &me);
    colleagues_write(j, api, &me);
    jw_key(j, "offers");
    watch_offers_write(j, api->env.watch, who);
    jw_key(j, "counts");
    watch_counts_write(j, api->env.watch, ag);
    watch_notices_write(j, api->env.watch, &me);
    jw_k_int(j, "now_ms", api_now(api));
    if (s != NULL && s->is_token) {
        jw_key(j, "token");
        token_write(j, api, s);
    }
    jw_obj_end(j);
}

bool subscribed(struct call *c, err_t err)
{
    if (err != ERR_OK)
        call_refuse(c, err, "topic", err == ERR_FULL ? REFUSE_SUBSCRIPTIONS_FULL : REFUSE_NONE);
    return err == ERR_OK;
}

static void me_subscribe(struct call *c)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!subscribed(c, watch_subscribe_me(c->api->env.watch, c->conn_id)))
        return;
    me_write_for(&j, c->api, core_agent(c->api->env.core, c->who.id), &c->who);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

static void conv_subscribe(struct call *c)
{
    struct line_want want = {.after = (uint32_t)c->arg[ARG_SEQ].i, .max = LINES_MAX};
    struct conv_ref ref;

    if (!c->arg[ARG_CONVERSATION].has) {
        call_refuse_with(c, ERR_INVAL, "conversation", REFUSE_NEEDED, VALUES(OF_STR("subscribe")));
        return;
    }
    if (!conv_take(c, ACT_SEE, &ref))
        return;
    if (subscribed(c, watch_subscribe_conv(c->api->env.watch, c->conn_id, ref.cv->id)))
        conv_answer(c, ref.cv, &want);
    conv_done(&ref);
}

/* Their list is asked for by itself. */
static void tasks_subscribe(struct call *c)
{
    if (subscribed(c, watch_subscribe_tasks(c->api->env.watch, c->conn_id)))
        call_ok_now(c, SPAN_NONE);
}

void run_subscribe(struct call *c)
{
    if (c->via != VIA_WS)
        call_refuse(c, ERR_UNSUPPORTED, NULL, REFUSE_WEBSOCKET);
    else if (span_is(c->arg[ARG_TOPIC].s, "me"))
        me_subscribe(c);
    else if (span_is(c->arg[ARG_TOPIC].s, "list"))
        lists_subscribe(c);
    else if (span_is(c->arg[ARG_TOPIC].s, "conversation"))
        conv_subscribe(c);
    else if (span_is(c->arg[ARG_TOPIC].s, "floor"))
        floor_subscribe(c);
    else if (span_is(c->arg[ARG_TOPIC].s, "tasks"))
        tasks_subscribe(c);
    else
        call_refuse_with(c, ERR_INVAL, "topic", REFUSE_WORD, VALUES(OF_STR(TOPICS)));
}

void run_unsubscribe(struct call *c)
{
    struct watch *w = c->api->env.watch;

    if (c->via != VIA_WS) {
        call_refuse(c, ERR_UNSUPPORTED, NULL, REFUSE_WEBSOCKET);
        return;
    }
    if (span_is(c->arg[ARG_TOPIC].s, "list")) {
        lists_unsubscribe(c);
        return;
    }
    if (span_is(c->arg[ARG_TOPIC].s, "conversation")) {
        watch_unsubscribe_conv(w, c->conn_id, c->arg[ARG_CONVERSATION].id);
    } else if (span_is(c->arg[ARG_TOPIC].s, "me")) {
        watch_unsubscribe_me(w, c->conn_id);
    } else if (span_is(c->arg[ARG_TOPIC].s, "floor")) {
        watch_unsubscribe_floor(w, c->conn_id);
    } else if (span_is(c->arg[ARG_TOPIC].s, "tasks")) {
        watch_unsubscribe_tasks(w, c->conn_id);
    } else {
        call_refuse_with(c, ERR_INVAL, "topic", REFUSE_WORD, VALUES(OF_STR(TOPICS)));
        return;
    }
    call_ok_now(c, SPAN_NONE);
}
