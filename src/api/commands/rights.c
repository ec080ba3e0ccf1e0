/* Why an agent may do something, or may not. */
#include "api_int.h"

/*
 * Whose rights are asked for: anybody's by administrators, one's own by everybody; NULL: refused.
 * Others are for nobody else, so that their names and roles stay theirs.
 */
static const struct agent *subject_take(struct call *c)
{
    bool own =
        c->who.kind == BY_AGENT && (!c->arg[ARG_AGENT].has || c->arg[ARG_AGENT].id == c->who.id);
    const struct agent *ag = core_agent(c->api->env.core, own ? c->who.id : c->arg[ARG_AGENT].id);

    if (!own && !admin_only(c))
        return NULL;
    if (ag == NULL)
        call_refuse(c, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    return ag;
}

/* The conversation, if whoever asks may see it: of one that he may not there is none. */
static bool object_take(struct call *c, struct conv_ref *ref)
{
    *ref = (struct conv_ref){0};
    call_number_take(c);
    return !c->arg[ARG_CONVERSATION].has || conv_take(c, ACT_SEE, ref);
}

static void ways_write(struct jw *j, unsigned ways)
{
    jw_key(j, "by");
    jw_arr(j);
    for (unsigned w = 0; w < WAY_COUNT; w++)
        if ((ways & BIT(w)) != 0)
            jw_str(j, way_word(w));
    jw_arr_end(j);
}

static void conv_write(struct jw *j, const struct conv *cv, const struct rights_answer *a)
{
    jw_k_id(j, "conversation", cv->id);
    jw_k_int(j, "number", (int64_t)cv->number);
    jw_k_str(j, "state", conv_state_word(cv->state));
    jw_k_id(j, "department", cv->dept);
    if (a->dept != NULL)
        jw_k_str(j, "department_name", a->dept->name);
    jw_k_bool(j, "member", a->member);
    jw_k_bool(j, "chat", a->chat);
}

static void answer_write(struct jw *j, const struct core *k, const struct agent *ag,
                         enum action action, const struct conv *cv)
{
    struct rights_answer a = rights_explain(k, ag, action, cv);
    const struct custom_role *r = core_role(k, ag->custom_role);
    struct fault f = {0};

    jw_obj(j);
    jw_k_id(j, "agent", ag->id);
    jw_k_str(j, "name", ag->name);
    jw_k_str(j, "action", action_word(action));
    jw_k_bool(j, "may", a.err == ERR_OK);
    if (a.err != ERR_OK) {
        fault_refuse(&f, a.err, NULL, a.why);
        jw_k_str(j, "why", refusal_code(a.why));
        jw_k_str(j, "what", f.what);
    }
    jw_k_str(j, "role", role_word(ag->role));
    if (r != NULL)
        jw_k_str(j, "custom_role_name", r->name);
    jw_k_str(j, "scope", scope_word(ag->scope));
    jw_k_bool(j, "enabled", ag->enabled);
    if (a.needs != PERM_COUNT) {
        jw_k_str(j, "permission", permission_word(a.needs));
        jw_k_bool(j, "has_permission", (ag->permissions & BIT(a.needs)) != 0);
    }
    ways_write(j, a.err == ERR_OK ? a.ways : 0);
    if (cv != NULL)
        conv_write(j, cv, &a);
    jw_obj_end(j);
}

void run_agent_explain(struct call *c)
{
    const struct agent *ag = subject_take(c);
    struct conv_ref ref;
    enum action action;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (ag == NULL)
        return;
    if (!action_parse(c->arg[ARG_ACTION].s, &action)) {
        call_refuse_with(
            c, ERR_INVAL, "action", REFUSE_WORD,
            VALUES(OF_STR("see, reply, note, assign, transfer, end, share, forward, "
                          "pick, block, see_ip, see_outbox, supervise, admin, export")));
        return;
    }
    if (!object_take(c, &ref))
        return;
    answer_write(&j, c->api->env.core, ag, action, ref.cv);
    call_ok_now(c, buf_span(&b));
    if (ref.cv != NULL)
        conv_done(&ref);
    buf_fini(&b);
}
