/*
 * Opening a conversation again that is over: the command, the question how its visitor can be
 * reached, and where a visitor goes on who still has the token of the one before.
 */
#include "api_int.h"

#include <string.h>

static void reopened(struct jw *j, const struct call *c, const struct answer *a)
{
    struct conv_ref ref;

    jw_k_id(j, "conversation", a->id);
    if (conv_open(c->api->env.view, a->id, &ref) != ERR_OK)
        return;
    jw_k_int(j, "number", (int64_t)ref.cv->number);
    conv_done(&ref);
}

void run_conv_reopen(struct call *c)
{
    struct cmd cmd;
    uint64_t agent;

    if (!named_agent(c, &agent))
        return;
    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.assign.agent = agent;
    call_command(c, &cmd, reopened);
}

void run_conv_reach(struct call *c)
{
    struct conv_ref ref;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!conv_take(c, ACT_SEE, &ref))
        return;
    jw_obj(&j);
    jw_k_bool(&j, "here", watch_visitor_is_here(c->api->env.watch, ref.cv->id));
    jw_k_bool(&j, "email", ref.cv->email[0] != '\0');
    jw_obj_end(&j);
    conv_done(&ref);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

/* However often it was opened again: each is newer than the one before.  Those after the first make
 * way. */
void conv_chain_find(const struct api *api, uint64_t conv, struct conv_chain *out)
{
    struct conv_ref ref;

    *out = (struct conv_chain){0};
    for (uint64_t next = conv; next != 0;) {
        if (out->n == COUNT_OF(out->ids))
            memmove(out->ids + 1, out->ids + 2, (--out->n - 1) * sizeof(out->ids[0]));
        out->ids[out->n++] = conv = next;
        if (conv_open(api->env.view, conv, &ref) != ERR_OK)
            break;
        next = ref.cv->next > conv ? ref.cv->next : 0;
        conv_done(&ref);
    }
}

err_t conv_earlier_write(struct jw *j, struct api *api, const struct conv_chain *chain,
                         uint64_t has, uint32_t after)
{
    err_t err = ERR_OK;

    jw_key(j, "earlier");
    jw_arr(j);
    for (size_t i = 0; err == ERR_OK && i + 1 < chain->n; i++) {
        struct line_want want = {
            .after = chain->ids[i] == has ? after : 0, .max = LINES_EARLIER_MAX, .visitor = true};
        struct conv_ref ref;
        bool more;

        if ((err = conv_open(api->env.view, chain->ids[i], &ref)) != ERR_OK)
            break;
        jw_obj(j);
        jw_k_id(j, "chat", ref.cv->id);
        jw_key(j, "lines");
        err = lines_write(j, api, ref.cv, &want, &more);
        jw_obj_end(j);
        conv_done(&ref);
    }
    jw_arr_end(j);
    return err;
}
