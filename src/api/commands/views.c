/*
 * Saved views: kept, changed, removed, listed with how many conversations each shows whoever asks.
 * Reading the list of one is lists.c's.
 */
#include "api_int.h"

/* Whose: one's own by name or by who asks, or a department's. */
static bool saved_owner_take(struct call *c, uint64_t *agent, uint64_t *dept)
{
    struct span scope = c->arg[ARG_SCOPE].s;

    *agent = *dept = 0;
    if (span_is(scope, "portal")) {
        call_refuse_with(c, ERR_INVAL, "scope", REFUSE_WORD, VALUES(OF_STR("own, department")));
        return false;
    }
    return canned_owner_take(c, agent, dept);
}

/* The blocked are few, looked at one by one, and nobody's daily work: no view shows them. */
static bool list_word_take(struct call *c, uint32_t *list)
{
    enum list got;

    if (list_parse(c->arg[ARG_LIST].s, &got) && got != LIST_BLOCKED) {
        *list = got;
        return true;
    }
    call_refuse_with(c, ERR_INVAL, "list", REFUSE_WORD,
                     VALUES(OF_STR("all, mine, unassigned, completed, missed, to-answer, answered, "
                                   "put-away")));
    return false;
}

static bool filter_take(struct call *c, uint32_t *filter)
{
    enum filter got = FILTER_NONE;

    if (c->arg[ARG_FILTER].s.len > 0 && !filter_parse(c->arg[ARG_FILTER].s, &got)) {
        call_refuse_with(c, ERR_INVAL, "filter", REFUSE_WORD,
                         VALUES(OF_STR("open, unreplied, replied")));
        return false;
    }
    *filter = got;
    return true;
}

static void saved_done(struct jw *j, const struct call *c, const struct answer *a)
{
    const struct saved *s = core_saved(c->api->env.core, a->id);

    jw_k_id(j, "view", a->id);
    if (s != NULL)
        jw_k_int(j, "version", s->version);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_view_add(struct call *c)
{
    struct buf key = {0};
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.saved = (struct cmd_saved){
        .name = c->arg[ARG_NAME].s, .of = c->arg[ARG_OF].id, .tag = c->arg[ARG_TAG].s};
    if (saved_owner_take(c, &cmd.saved.agent, &cmd.saved.dept) &&
        list_word_take(c, &cmd.saved.shows[0]) && filter_take(c, &cmd.saved.shows[1])) {
        tag_key(cmd.saved.tag, &key);
        cmd.saved.tag_key = buf_span(&key);
        call_command(c, &cmd, saved_done);
    }
    buf_fini(&key);
}

const struct saved *saved_take(struct call *c)
{
    const struct core *k = c->api->env.core;
    const struct saved *s = core_saved(k, c->arg[ARG_VIEW].id);
    const struct reader r = reader_of(k, &c->who);

    if (s != NULL && audience_saved(&r, s->agent, s->dept) != 0)
        return s;
    call_refuse(c, ERR_NOTFOUND, "view", REFUSE_VIEW_UNKNOWN);
    return NULL;
}

/* What is left out stays as it is; another list has no filter unless one is named. */
void run_view_set(struct call *c)
{
    const struct saved *was = saved_take(c);
    struct buf key = {0};
    struct cmd cmd;
    bool fine;

    if (was == NULL)
        return;
    call_cmd(c, &cmd);
    cmd.saved = (struct cmd_saved){
        .view = was->id,
        .version = (uint32_t)c->arg[ARG_VERSION].i,
        .name = c->arg[ARG_NAME].has ? c->arg[ARG_NAME].s : span_of(was->name),
        .shows = {was->shows[0], c->arg[ARG_LIST].has ? FILTER_NONE : was->shows[1]},
        .of = c->arg[ARG_OF].has ? c->arg[ARG_OF].id : was->of,
        .tag = c->arg[ARG_TAG].has ? c->arg[ARG_TAG].s : span_of(was->tag),
    };
    fine = (!c->arg[ARG_LIST].has || list_word_take(c, &cmd.saved.shows[0])) &&
           (!c->arg[ARG_FILTER].has || filter_take(c, &cmd.saved.shows[1]));
    if (fine) {
        tag_key(cmd.saved.tag, &key);
        cmd.saved.tag_key = buf_span(&key);
        call_command(c, &cmd, saved_done);
    }
    buf_fini(&key);
}

static void saved_gone(struct jw *j, const struct call *c, const struct answer *a)
{
    (void)a;
    jw_k_id(j, "view", c->arg[ARG_VIEW].id);
}

void run_view_remove(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.saved.view = c->arg[ARG_VIEW].id;
    cmd.saved.version = (uint32_t)c->arg[ARG_VERSION].i;
    call_command(c, &cmd, saved_gone);
}

/* Nobody's own is counted for an operator: "mine" is whose it is. */
static void saved_write(struct jw *j, struct call *c, const struct reader *r, const struct saved *s)
{
    const struct list_want want = saved_want(s);
    uint64_t count;

    jw_obj(j);
    view_saved(j, c->api->env.view, r, s);
    if ((want.list != LIST_MINE || r->agent != NULL) &&
        watch_list_count(c->api->env.watch, &want, r, &count))
        jw_k_int(j, "count", (int64_t)count);
    jw_obj_end(j);
}

void run_view_show(struct call *c)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);
    const struct saved *s = saved_take(c);
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (s == NULL)
        return;
    jw_obj(&j);
    jw_key(&j, "view");
    saved_write(&j, c, &r, s);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

static void of_owner(const struct core *k, uint64_t owner, struct id_list *ids)
{
    for (uint64_t id = 0; core_next_saved_of(k, owner, &id);)
        id_list_add(ids, id);
}

/* Of one owner; else an agent's own and those of his departments, or an operator's: all. */
static void ids_gather(const struct reader *r, uint64_t owner, struct id_list *ids)
{
    const struct core *k = r->core;

    if (owner != 0) {
        of_owner(k, owner, ids);
        return;
    }
    for (uint64_t id = 0; r->agent == NULL && core_next_saved(k, &id);)
        id_list_add(ids, id);
    if (r->agent == NULL)
        return;
    of_owner(k, r->agent->id, ids);
    for (size_t i = 0; i < r->agent->nmembers; i++)
        of_owner(k, r->agent->members[i].dept, ids);
    ids_sort_up(ids->ids, ids->n);
}

void run_view_list(struct call *c)
{
    const struct core *k = c->api->env.core;
    const struct reader r = reader_of(k, &c->who);
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : LINES_MAX, n = 0;
    uint64_t agent = 0, dept = 0, last = 0, next = 0;
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (c->arg[ARG_SCOPE].has && !saved_owner_take(c, &agent, &dept))
        return;
    ids_gather(&r, agent != 0 ? agent : dept, &ids);
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (size_t i = 0; i < ids.n && next == 0; i++) {
        const struct saved *s = core_saved(k, ids.ids[i]);

        if (s->id <= c->arg[ARG_CURSOR].id || audience_saved(&r, s->agent, s->dept) == 0)
            continue;
        if (n == max) {
            next = last;
            break;
        }
        saved_write(&j, c, &r, s);
        last = s->id;
        n++;
    }
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", next);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    id_list_fini(&ids);
    buf_fini(&b);
}
