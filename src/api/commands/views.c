/*
 * Saved views: kept, changed, removed, listed with how many conversations each shows whoever asks.
 * Reading the list of one is lists.c's.
 */
#include <stdlib.h>

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
static bool list_word_take(struct call *c, uint32_t *shows)
{
    bool search = span_is(c->arg[ARG_LIST].s, "search");
    enum list got = LIST_ALL;

    if (search || (list_parse(c->arg[ARG_LIST].s, &got) && got != LIST_BLOCKED)) {
        shows[SHOWS_LIST] = got;
        shows[SHOWS_SEARCH] = search;
        return true;
    }
    call_refuse_with(c, ERR_INVAL, "list", REFUSE_WORD,
                     VALUES(OF_STR("all, mine, unassigned, completed, missed, to-answer, answered, "
                                   "put-away, search")));
    return false;
}

static const enum arg_name search_args[] = {ARG_TEXT,     ARG_CONTACT,  ARG_HELD_BY,
                                            ARG_STATE,    ARG_RATING,   ARG_SINCE_DAYS,
                                            ARG_SINCE_MS, ARG_BEFORE_MS};

static bool states_take(struct call *c, uint32_t *shows)
{
    enum states got = STATES_ANY;

    if (c->arg[ARG_STATE].s.len > 0 && !states_parse(c->arg[ARG_STATE].s, &got)) {
        call_refuse_with(c, ERR_INVAL, "state", REFUSE_WORD,
                         VALUES(OF_STR("open, waiting, active, ended, missed")));
        return false;
    }
    *shows = got;
    return true;
}

/* What a search asks; what is left out stays as it stands there. */
static bool search_take(struct call *c, struct cmd_saved *s)
{
    const struct arg_value *arg = c->arg;

    for (size_t i = 0; i < COUNT_OF(search_args) && s->shows[SHOWS_SEARCH] == 0; i++)
        if (arg[search_args[i]].has) {
            call_refuse_with(c, ERR_INVAL, arg_word(search_args[i]), REFUSE_NO_FIELD,
                             VALUES(OF_STR("a view of a list")));
            return false;
        }
    if (arg[ARG_STATE].has && !states_take(c, &s->shows[SHOWS_STATES]))
        return false;
    s->text = arg[ARG_TEXT].has ? arg[ARG_TEXT].s : s->text;
    s->contact = arg[ARG_CONTACT].has ? arg[ARG_CONTACT].s : s->contact;
    s->held_by = arg[ARG_HELD_BY].has ? arg[ARG_HELD_BY].id : s->held_by;
    s->since_ms = arg[ARG_SINCE_MS].has ? arg[ARG_SINCE_MS].i : s->since_ms;
    s->before_ms = arg[ARG_BEFORE_MS].has ? arg[ARG_BEFORE_MS].i : s->before_ms;
    if (arg[ARG_RATING].has)
        s->shows[SHOWS_RATING] = (uint32_t)arg[ARG_RATING].i;
    if (arg[ARG_SINCE_DAYS].has)
        s->shows[SHOWS_DAYS] = (uint32_t)arg[ARG_SINCE_DAYS].i;
    return true;
}

/* A question that cannot be asked is not kept. */
static bool search_can_be(struct call *c, const struct cmd_saved *s)
{
    struct saved v = {.of = s->of,
                      .held_by = s->held_by,
                      .since_ms = s->since_ms,
                      .before_ms = s->before_ms,
                      .text = span_dup(s->text),
                      .contact = span_dup(s->contact),
                      .tag = span_dup(s->tag)};
    bool fine;

    memcpy(v.shows, s->shows, sizeof(v.shows));
    fine = s->shows[SHOWS_SEARCH] == 0 || search_saved_check(c, &v);
    free(v.text);
    free(v.contact);
    free(v.tag);
    return fine;
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

static void saved_command(struct call *c, struct cmd *cmd)
{
    struct buf key = {0};

    if (search_can_be(c, &cmd->saved)) {
        tag_key(cmd->saved.tag, &key);
        cmd->saved.tag_key = buf_span(&key);
        call_command(c, cmd, saved_done);
    }
    buf_fini(&key);
}

void run_view_add(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.saved = (struct cmd_saved){
        .name = c->arg[ARG_NAME].s, .of = c->arg[ARG_OF].id, .tag = c->arg[ARG_TAG].s};
    if (saved_owner_take(c, &cmd.saved.agent, &cmd.saved.dept) &&
        list_word_take(c, cmd.saved.shows) && filter_take(c, &cmd.saved.shows[SHOWS_FILTER]) &&
        search_take(c, &cmd.saved))
        saved_command(c, &cmd);
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

const struct saved *saved_take_alone(struct call *c, const enum arg_name *others, size_t n)
{
    const struct saved *s = saved_take(c);

    for (size_t i = 0; s != NULL && i < n; i++)
        if (c->arg[others[i]].has) {
            call_refuse_with(c, ERR_INVAL, arg_word(others[i]), REFUSE_NO_FIELD,
                             VALUES(OF_STR("a saved view")));
            return NULL;
        }
    return s;
}

/* As it is. */
static void saved_asks(const struct saved *was, struct cmd_saved *s)
{
    *s = (struct cmd_saved){.view = was->id,
                            .name = span_of(was->name),
                            .of = was->of,
                            .tag = span_of(was->tag),
                            .held_by = was->held_by,
                            .since_ms = was->since_ms,
                            .before_ms = was->before_ms,
                            .text = span_of(was->text),
                            .contact = span_of(was->contact)};
    memcpy(s->shows, was->shows, sizeof(s->shows));
}

/* Another list has no filter unless one is named, and one that is no search asks nothing. */
static bool list_change(struct call *c, struct cmd_saved *s)
{
    struct cmd_saved was = *s;

    if (!c->arg[ARG_LIST].has)
        return true;
    memset(s->shows, 0, sizeof(s->shows));
    if (!list_word_take(c, s->shows))
        return false;
    if (s->shows[SHOWS_SEARCH] != 0 && was.shows[SHOWS_SEARCH] != 0) {
        memcpy(s->shows, was.shows, sizeof(s->shows));
    } else {
        s->text = s->contact = SPAN_NONE;
        s->held_by = 0;
        s->since_ms = s->before_ms = 0;
    }
    return true;
}

/* What is left out stays as it is. */
void run_view_set(struct call *c)
{
    const struct saved *was = saved_take(c);
    const struct arg_value *arg = c->arg;
    struct cmd cmd;

    if (was == NULL)
        return;
    call_cmd(c, &cmd);
    saved_asks(was, &cmd.saved);
    cmd.saved.version = (uint32_t)arg[ARG_VERSION].i;
    cmd.saved.name = arg[ARG_NAME].has ? arg[ARG_NAME].s : cmd.saved.name;
    cmd.saved.of = arg[ARG_OF].has ? arg[ARG_OF].id : cmd.saved.of;
    cmd.saved.tag = arg[ARG_TAG].has ? arg[ARG_TAG].s : cmd.saved.tag;
    if (list_change(c, &cmd.saved) &&
        (!arg[ARG_FILTER].has || filter_take(c, &cmd.saved.shows[SHOWS_FILTER])) &&
        search_take(c, &cmd.saved))
        saved_command(c, &cmd);
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
    uint64_t count;

    jw_obj(j);
    view_saved(j, c->api->env.view, r, s);
    if ((s->shows[SHOWS_LIST] != LIST_MINE || r->agent != NULL) &&
        watch_saved_count(c->api->env.watch, s, r, &count))
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
