/* What administrators and operators may do: departments, agents, settings, the gateway itself. */
#include "api_int.h"

#define PAGE_MAX 500

bool admin_only(struct call *c)
{
    enum refusal why;

    if (rights_may(c->api->env.core, &c->who, ACT_ADMIN, NULL, &why) == ERR_OK)
        return true;
    call_refuse_action(c, ERR_DENIED, NULL, why, ACT_ADMIN);
    return false;
}

/* Core's commands: rights and values are its business. */

void object_done(struct jw *j, const struct call *c, const struct answer *a)
{
    if (c->arg[ARG_DEPARTMENT].has)
        jw_k_id(j, "department", c->arg[ARG_DEPARTMENT].id);
    if (c->arg[ARG_AGENT].has)
        jw_k_id(j, "agent", c->arg[ARG_AGENT].id);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

static enum obj_type set_type(const struct cmd *cmd)
{
    return cmd->type == CMD_PORTAL_SET ? OBJ_PORTAL
           : cmd->type == CMD_DEPT_SET ? OBJ_DEPT
                                       : OBJ_AGENT;
}

static void set_done(struct jw *j, const struct call *c, const struct answer *a)
{
    object_done(j, c, a);
    jw_k_int(j, "version", core_version(c->api->env.core, set_type(c->set), c->set->set.id));
}

void overrun_write(struct jw *j, const struct call *c)
{
    const struct core *k = c->api->env.core;
    const struct reader r = reader_of(k, &c->who);
    size_t max = c->set->set.nchanges, n;
    struct overrun *all = xcalloc(max + 1, sizeof(*all));

    n = core_overrun(k, set_type(c->set), &c->set->set, all, max);
    jw_key(j, "changed");
    jw_arr(j);
    for (size_t i = 0; i < n; i++) {
        const struct agent *by = core_agent_ever(k, all[i].by);

        jw_obj(j);
        jw_k_str(j, "field", all[i].setting->name);
        jw_key(j, "value");
        view_setting(j, c->api->env.view, set_type(c->set), c->set->set.id, all[i].setting);
        if (by != NULL && audience_knows_agent(&r, by)) {
            jw_k_id(j, "by", by->id);
            jw_k_str(j, "by_name", by->name);
        }
        jw_k_int(j, "at_ms", all[i].at_ms);
        jw_obj_end(j);
    }
    jw_arr_end(j);
    free(all);
}

/* Settings of the portal, or of the department or agent that is named. */
void run_set(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.set = (struct cmd_set){
        .id = c->arg[cmd.type == CMD_DEPT_SET ? ARG_DEPARTMENT : ARG_AGENT].id,
        .version = (uint32_t)c->arg[ARG_VERSION].i,
        .changes = c->changes,
        .nchanges = c->nchanges,
    };
    c->set = &cmd;
    call_command(c, &cmd, set_done);
    c->set = NULL;
}

void run_dept_remove(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.dept = c->arg[ARG_DEPARTMENT].id;
    call_command(c, &cmd, object_done);
}

void run_queue_move(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.queue = (struct cmd_queue){.from = c->arg[ARG_DEPARTMENT].id, .to = c->arg[ARG_TO].id};
    call_command(c, &cmd, object_done);
}

static void member_command(struct call *c, bool chat, bool notify, uint8_t tier)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.member = (struct cmd_member){
        .agent = c->arg[ARG_AGENT].id,
        .dept = c->arg[ARG_DEPARTMENT].id,
        .chat = chat,
        .notify = notify,
        .tier = tier,
    };
    call_command(c, &cmd, object_done);
}

void run_member_remove(struct call *c)
{
    member_command(c, false, false, 0);
}

/* What is left out of a membership stays as it is; a new one may do both. */
void run_member_set(struct call *c)
{
    const struct agent *ag = core_agent(c->api->env.core, c->arg[ARG_AGENT].id);
    const struct member *m = ag != NULL ? agent_member(ag, c->arg[ARG_DEPARTMENT].id) : NULL;
    bool chat = m == NULL || m->chat, notify = m == NULL || m->notify;

    member_command(c, c->arg[ARG_CHAT].has ? c->arg[ARG_CHAT].i != 0 : chat,
                   c->arg[ARG_NOTIFY].has ? c->arg[ARG_NOTIFY].i != 0 : notify,
                   c->arg[ARG_TIER].has ? (uint8_t)(c->arg[ARG_TIER].i - 1)
                                        : (m != NULL ? m->tier : 0));
}

static void dept_made(struct jw *j, const struct call *c, const struct answer *a)
{
    const struct dept *d = core_dept(c->api->env.core, a->id);

    jw_k_id(j, "department", a->id);
    if (d != NULL)
        jw_k_str(j, "code", d->code);
}

void run_dept_add(struct call *c)
{
    uint8_t code[CODE_BYTES];
    char text[CODE_TEXT];
    struct cmd cmd;

    random_fill(code, sizeof(code));
    b64url_encode(text, code, sizeof(code));
    call_cmd(c, &cmd);
    cmd.dept_add = (struct cmd_dept_add){
        .changes = c->changes,
        .nchanges = c->nchanges,
        .agents = c->ids,
        .nagents = c->nids,
        .code = span_of(text),
    };
    call_command(c, &cmd, dept_made);
}

/* queries */

static void answer_json(struct call *c, struct buf *b)
{
    call_ok_now(c, buf_span(b));
    buf_fini(b);
}

/* A page of all objects of a kind, by their ids. */
static void rows_page(struct call *c, bool (*next_of)(const struct core *core, uint64_t *id),
                      void (*row_write)(struct jw *j, const struct view *v, uint64_t id))
{
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : PAGE_MAX, n = 0;
    uint64_t id = c->arg[ARG_CURSOR].id, last = id, next = 0;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!admin_only(c))
        return;
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (; next_of(c->api->env.core, &id); last = id) {
        if (n == max || b.len > ROWS_BYTES) {
            next = last;
            break;
        }
        row_write(&j, c->api->env.view, id);
        n++;
    }
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", next);
    jw_obj_end(&j);
    answer_json(c, &b);
}

static void dept_row(struct jw *j, const struct view *v, uint64_t id)
{
    view_dept_full(j, v, core_dept(v->core, id), false);
}

void run_dept_list(struct call *c)
{
    rows_page(c, core_next_dept, dept_row);
}

const struct dept *named_dept(struct call *c)
{
    const struct dept *d = core_dept(c->api->env.core, c->arg[ARG_DEPARTMENT].id);

    if (d == NULL)
        call_refuse(c, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
    return d;
}

void run_dept_show(struct call *c)
{
    const struct dept *d;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!admin_only(c) || (d = named_dept(c)) == NULL)
        return;
    jw_obj(&j);
    jw_key(&j, "department");
    view_dept_full(&j, c->api->env.view, d, true);
    jw_obj_end(&j);
    answer_json(c, &b);
}

static void agent_row(struct jw *j, const struct view *v, uint64_t id)
{
    view_agent_full(j, v, core_agent(v->core, id), true);
}

void run_agent_list(struct call *c)
{
    rows_page(c, core_next_agent, agent_row);
}

void run_agent_show(struct call *c)
{
    const struct agent *ag = core_agent(c->api->env.core, c->arg[ARG_AGENT].id);
    bool own = c->who.kind == BY_AGENT && c->arg[ARG_AGENT].id == c->who.id;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!own && !admin_only(c))
        return;
    if (ag == NULL) {
        call_refuse(c, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
        return;
    }
    jw_obj(&j);
    jw_key(&j, "agent");
    view_agent_full(&j, c->api->env.view, ag,
                    rights_may(c->api->env.core, &c->who, ACT_ADMIN, NULL, NULL) == ERR_OK);
    jw_obj_end(&j);
    answer_json(c, &b);
}

void run_portal_show(struct call *c)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!admin_only(c))
        return;
    jw_obj(&j);
    jw_key(&j, "portal");
    view_portal_full(&j, c->api->env.view);
    jw_obj_end(&j);
    answer_json(c, &b);
}

void run_settings(struct call *c)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    view_settings(&j);
    answer_json(c, &b);
}

void api_loads_get(const struct api *api, struct api_loads *l)
{
    *l = (struct api_loads){0};
    for (uint64_t id = 0; core_next_dept(api->env.core, &id); l->departments++) {
        const struct dept *d = core_dept(api->env.core, id);

        l->waiting += d->waiting_count;
        l->active += d->active_count;
        l->without_from += !core_dept_has_from(api->env.core, d);
    }
    for (uint64_t id = 0; core_next_agent(api->env.core, &id); l->agents++)
        l->agents_here += core_agent(api->env.core, id)->connected;
    for (uint64_t id = 0; core_next_block(api->env.core, &id);)
        l->blocks++;
}

static void status_counts(struct jw *j, struct api *api)
{
    struct api_loads l;

    api_loads_get(api, &l);
    jw_k_int(j, "departments", (int64_t)l.departments);
    jw_k_int(j, "without_from", (int64_t)l.without_from);
    jw_k_int(j, "agents", (int64_t)l.agents);
    jw_k_int(j, "agents_here", (int64_t)l.agents_here);
    jw_k_int(j, "waiting", (int64_t)l.waiting);
    jw_k_int(j, "active", (int64_t)l.active);
    jw_k_int(j, "blocks", (int64_t)l.blocks);
}

static void status_outbox(struct jw *j, struct api *api)
{
    struct mail_counts m;
    struct buf names = {0};

    if (mail_count(api->env.store, &m) != ERR_OK)
        return;
    jw_key(j, "outbox");
    jw_obj(j);
    for (int s = 0; s < MAILST_COUNT; s++)
        jw_k_int(j, mail_state_word((enum mail_state)s), (int64_t)m.states[s]);
    if (m.oldest_due_ms != 0)
        jw_k_int(j, "oldest_due_ms", m.oldest_due_ms);
    jw_k_bool(j, "late", mails_are_late(api, &m));
    jw_k_int(j, "refused", (int64_t)m.refused); /* relays, our login */
    if (m.refused > 0) {
        mails_refused_names(api, &names);
        jw_k_span(j, "refused_by", buf_span(&names));
        buf_fini(&names);
    }
    jw_obj_end(j);
}

void run_status(struct call *c)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);
    struct api *api = c->api;
    struct api_stats stats = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!admin_only(c))
        return;
    if (api->env.out.stats != NULL)
        api->env.out.stats(api->env.out.arg, &stats);
    jw_obj(&j);
    jw_k_str(&j, "version", api->env.config.version);
    jw_k_int(&j, "started_ms", api->started_ms);
    jw_k_int(&j, "now_ms", api_now(api));
    jw_k_pos(&j, "position", turn_durable_pos(api->env.turn));
    jw_k_bool(&j, "read_only", turn_is_readonly(api->env.turn));
    status_counts(&j, api);
    jw_k_int(&j, "connections", stats.conns);
    jw_k_int(&j, "websockets", stats.websockets);
    jw_k_bool(&j, "dispatcher", !TAILQ_EMPTY(&api->dispatchers));
    status_outbox(&j, api);
    jw_key(&j, "search");
    search_state_write(&j, api);
    watch_notices_write(&j, api->env.watch, &r);
    jw_obj_end(&j);
    answer_json(c, &b);
}

/* the control socket's own */

struct backup_later {
    struct later l;
    struct store *store;
    char *to;
    bool without_keys;
    struct backup_keys held;
    struct fault f;
    err_t err;
};

static void backup_work(void *ctx)
{
    struct backup_later *bl = ctx;

    bl->err = store_backup(bl->store, bl->to, bl->without_keys, &bl->held, &bl->f);
}

static void backup_done(void *ctx)
{
    struct backup_later *bl = ctx;
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct call c;

    later_call(&bl->l, &c);
    if (bl->err == ERR_OK) {
        log_info("backup.made", "to=%s", log_quote(bl->to, strlen(bl->to)));
        jw_obj(&j);
        jw_k_str(&j, "to", bl->to);
        jw_key(&j, "keys");
        jw_arr(&j);
        if (bl->held.gateway)
            jw_str(&j, "gateway.key");
        if (bl->held.dispatcher)
            jw_str(&j, "dispatcher.key");
        jw_arr_end(&j);
        jw_obj_end(&j);
        answer_json(&c, &b);
    } else {
        bl->f.err = bl->err;
        call_fail(&c, &bl->f);
    }
    later_fini(&bl->l);
    free(bl->to);
    free(bl);
}

void run_backup(struct call *c)
{
    const struct api_env *env = &c->api->env;
    struct backup_later *bl;

    if (c->arg[ARG_TO].s.p[0] != '/') {
        call_refuse(c, ERR_INVAL, "to", REFUSE_PATH);
        return;
    }
    bl = xcalloc(1, sizeof(*bl));
    later_init(&bl->l, c);
    bl->store = env->store;
    bl->to = span_dup(c->arg[ARG_TO].s);
    bl->without_keys = c->arg[ARG_WITHOUT_KEYS].i != 0;
    if (env->work(env->arg, backup_work, backup_done, bl))
        return;
    later_take_back(&bl->l, c);
    later_fini(&bl->l);
    free(bl->to);
    free(bl);
    call_refuse(c, ERR_BUSY, NULL, REFUSE_NONE);
}

void run_log_level(struct call *c)
{
    char word[17] = "";
    enum log_level level;

    memcpy(word, c->arg[ARG_LEVEL].s.p, c->arg[ARG_LEVEL].s.len);
    if (!log_level_parse(word, &level)) {
        call_refuse_with(c, ERR_INVAL, "level", REFUSE_WORD,
                         VALUES(OF_STR("error, warn, info, debug, trace")));
        return;
    }
    log_set_level(level);
    call_ok_now(c, SPAN_NONE);
}

void run_dispatcher_attach(struct call *c)
{
    if (!c->client->dispatcher)
        TAILQ_INSERT_TAIL(&c->api->dispatchers, c->client, dispatcher_link);
    c->client->dispatcher = true;
    call_ok_now(c, SPAN_NONE);
}
