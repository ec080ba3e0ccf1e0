/*
 * API tokens: made, listed and revoked.  An agent makes one for himself and shows his password once
 * more, for whoever sits down at a desk that somebody has left must not be able to stay.  The text
 * of a token is in the answer to its making, and nowhere else.
 */
#include "api_int.h"

#define NAME_BYTES (4 * NAME_MAX_CODEPOINTS + 4)
#define DEFAULT_MS (90 * (int64_t)DAY_MS)

struct making {
    uint64_t agent;
    uint64_t cid, chash;
    uint32_t permissions;
    int64_t until_ms;
    char name[NAME_BYTES];
    char text[BEARER_TEXT];
    uint8_t hash[HASH_BYTES];
};

struct made {
    struct call *c;
    const struct making *m;
};

static void token_made(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct made *made = arg;
    const struct session *s;
    struct buf b = {0};
    struct jw j = {.b = &b};

    (void)cmd;
    if (a->err != ERR_OK) {
        call_fail(made->c, a->fault);
        return;
    }
    s = core_session(made->c->api->env.core, a->id);
    jw_obj(&j);
    jw_k_id(&j, "token", a->id);
    if (s != NULL && bytes_equal(s->token_hash, made->m->hash, HASH_BYTES))
        jw_k_str(&j, "secret", made->m->text); /* else it is a repeat whose id was not random */
    jw_k_int(&j, "until_ms", made->m->until_ms);
    jw_obj_end(&j);
    call_ok(made->c, a->pos, buf_span(&b));
    buf_fini(&b);
}

static void making_go(struct call *c, void *arg)
{
    const struct making *m = arg;
    struct made made = {.c = c, .m = m};
    struct cmd cmd = {.type = CMD_TOKEN_ADD, .who = c->who, .cid = m->cid, .chash = m->chash};

    cmd.token_add = (struct cmd_token_add){
        .agent = m->agent,
        .hash = {(const char *)m->hash, sizeof(m->hash)},
        .name = span_of(m->name),
        .permissions = m->permissions,
        .until_ms = m->until_ms,
    };
    turn_command(c->api->env.turn, &cmd, api_now(c->api), token_made, &made);
}

/* Over HTTP for oneself, with the password; over the control socket for anybody. */
void run_token_add(struct call *c)
{
    struct making *m;
    struct fault f;
    uint32_t permissions = 0;

    if (token_permissions_parse(c->arg[ARG_PERMISSIONS].s, "permissions", &permissions, &f) !=
        ERR_OK) {
        call_fail(c, &f);
        return;
    }
    m = xcalloc(1, sizeof(*m));
    m->agent = c->as == AS_CONTROL ? c->arg[ARG_AGENT].id : c->who.id;
    m->cid = c->cid;
    m->chash = c->chash;
    m->permissions = permissions;
    m->until_ms = c->arg[ARG_UNTIL_MS].has ? c->arg[ARG_UNTIL_MS].i : api_now(c->api) + DEFAULT_MS;
    snprintf(m->name, sizeof(m->name), "%.*s", (int)c->arg[ARG_NAME].s.len, c->arg[ARG_NAME].s.p);
    bearer_make(c->api, m->agent, id_is_random(c->id) ? c->id : SPAN_NONE, m->text, m->hash);
    if (c->as != AS_CONTROL) {
        password_prove(c, c->arg[ARG_CURRENT].s, making_go, m);
        return;
    }
    making_go(c, m);
    free(m);
}

static void permissions_write(struct jw *j, uint32_t set)
{
    jw_key(j, "permissions");
    jw_arr(j);
    for (unsigned bit = 0; bit < 32; bit++)
        if ((set & BIT(bit)) != 0 && token_permission_word(bit) != NULL)
            jw_str(j, token_permission_word(bit));
    jw_arr_end(j);
}

bool self_may(struct call *c)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);

    if ((r.lacks & TOKEN_SELF) == 0)
        return true;
    call_refuse_with(c, ERR_DENIED, NULL, REFUSE_TOKEN_LACKS, VALUES(OF_STR("self")));
    return false;
}

void token_write(struct jw *j, const struct api *api, const struct session *s)
{
    const struct agent *ag = core_agent(api->env.core, s->agent);

    jw_obj(j);
    jw_k_id(j, "token", s->id);
    jw_k_id(j, "agent", s->agent);
    jw_k_str(j, "name", s->name);
    permissions_write(j, s->permissions);
    jw_k_int(j, "since_ms", s->since_ms);
    jw_k_int(j, "until_ms", s->until_ms);
    if (s->used_ms != 0)
        jw_k_int(j, "used_ms", s->used_ms);
    jw_k_bool(j, "expired", s->until_ms != 0 && s->until_ms <= api_now(api));
    /* Given once, and lost by the agent since. */
    jw_k_bool(j, "cut", (s->permissions & ~agent_token_permissions(ag)) != 0);
    jw_obj_end(j);
}

bool named_agent(struct call *c, uint64_t *agent)
{
    *agent = c->arg[ARG_AGENT].has ? c->arg[ARG_AGENT].id : c->who.id;
    if (c->arg[ARG_AGENT].has || c->who.kind == BY_AGENT)
        return true;
    call_refuse_with(c, ERR_INVAL, "agent", REFUSE_NEEDED, VALUES(OF_STR(c->verb->word)));
    return false;
}

bool owner_take(struct call *c, uint64_t *agent)
{
    if (!named_agent(c, agent))
        return false;
    if (c->who.kind == BY_AGENT && *agent == c->who.id)
        return true;
    if (c->who.kind == BY_AGENT && !admin_only(c))
        return false;
    if (core_agent(c->api->env.core, *agent) != NULL)
        return true;
    call_refuse(c, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    return false;
}

void run_token_list(struct call *c)
{
    const struct core *k = c->api->env.core;
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t agent;

    if (!owner_take(c, &agent))
        return;
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (uint64_t id = 0; core_next_token_of(k, agent, &id);)
        token_write(&j, c->api, core_session(k, id));
    jw_arr_end(&j);
    permissions_write(&j, agent_token_permissions(core_agent(k, agent)));
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

static void token_gone(struct jw *j, const struct call *c, const struct answer *a)
{
    (void)a;
    jw_k_id(j, "token", c->arg[ARG_TOKEN].id);
}

void run_token_remove(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.session = c->arg[ARG_TOKEN].id;
    call_command(c, &cmd, token_gone);
}
