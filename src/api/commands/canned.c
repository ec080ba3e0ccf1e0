/* Canned replies: added, changed, removed, listed.  Looking for words in them is canned_find.c's.
 */
#include "api_int.h"

#define LOOKS_MAX 5000 /* rows that rights or the scope may hide, for one page */

bool canned_owner_take(struct call *c, uint64_t *agent, uint64_t *dept)
{
    struct span scope = c->arg[ARG_SCOPE].s;
    const char *field = "scope";

    *agent = *dept = 0;
    if (span_is(scope, "portal")) {
        if (!c->arg[ARG_AGENT].has && !c->arg[ARG_DEPARTMENT].has)
            return true;
        field = c->arg[ARG_AGENT].has ? "agent" : "department";
    } else if (span_is(scope, "own")) {
        *agent = c->arg[ARG_AGENT].has     ? c->arg[ARG_AGENT].id
                 : c->who.kind == BY_AGENT ? c->who.id
                                           : 0;
        if (*agent != 0 && !c->arg[ARG_DEPARTMENT].has)
            return true;
        field = *agent == 0 ? "agent" : "department";
    } else if (span_is(scope, "department")) {
        *dept = c->arg[ARG_DEPARTMENT].id;
        if (*dept != 0 && !c->arg[ARG_AGENT].has)
            return true;
        field = *dept == 0 ? "department" : "agent";
    } else {
        call_refuse_with(c, ERR_INVAL, field, REFUSE_WORD,
                         VALUES(OF_STR("own, department, portal")));
        return false;
    }
    if (c->arg[strcmp(field, "agent") == 0 ? ARG_AGENT : ARG_DEPARTMENT].has)
        call_refuse_with(c, ERR_INVAL, field, REFUSE_NO_FIELD, VALUES(OF_STR("this scope")));
    else
        call_refuse_with(c, ERR_INVAL, field, REFUSE_NEEDED, VALUES(OF_STR("this scope")));
    return false;
}

static bool lang_take(struct call *c, enum lang *lang)
{
    *lang = LANG_ANY;
    if (span_is(c->arg[ARG_LANG].s, "any") || lang_parse(c->arg[ARG_LANG].s, lang))
        return true;
    call_refuse_with(c, ERR_INVAL, "lang", REFUSE_WORD, VALUES(OF_STR("en, ja, any")));
    return false;
}

static void canned_done(struct jw *j, const struct call *c, const struct answer *a)
{
    const struct canned *canned;

    jw_k_id(j, "canned", a->id);
    if ((canned = core_canned(c->api->env.core, a->id)) != NULL)
        jw_k_int(j, "version", canned->version);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_canned_add(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.canned = (struct cmd_canned){
        .title = c->arg[ARG_TITLE].s,
        .shortcut = c->arg[ARG_SHORTCUT].s,
        .text = c->arg[ARG_TEXT].s,
        .lang = LANG_ANY,
    };
    if (!canned_owner_take(c, &cmd.canned.agent, &cmd.canned.dept) ||
        (c->arg[ARG_LANG].has && !lang_take(c, &cmd.canned.lang)))
        return;
    call_command(c, &cmd, canned_done);
}

/* One that the asker may use; NULL: refused. */
static const struct canned *canned_take(struct call *c)
{
    const struct core *k = c->api->env.core;
    const struct canned *canned = core_canned(k, c->arg[ARG_CANNED].id);
    const struct reader r = reader_of(k, &c->who);

    if (canned != NULL && audience_canned(&r, canned->agent, canned->dept) != 0)
        return canned;
    call_refuse(c, ERR_NOTFOUND, "canned", REFUSE_CANNED_UNKNOWN);
    return NULL;
}

/* What is left out stays as it is. */
void run_canned_set(struct call *c)
{
    const struct canned *was = canned_take(c);
    struct cmd cmd;

    if (was == NULL)
        return;
    call_cmd(c, &cmd);
    cmd.canned = (struct cmd_canned){
        .canned = was->id,
        .version = (uint32_t)c->arg[ARG_VERSION].i,
        .title = c->arg[ARG_TITLE].has ? c->arg[ARG_TITLE].s : span_of(was->title),
        .shortcut = c->arg[ARG_SHORTCUT].has ? c->arg[ARG_SHORTCUT].s : span_of(was->shortcut),
        .text = c->arg[ARG_TEXT].has ? c->arg[ARG_TEXT].s : span_of(was->text),
        .lang = was->lang,
    };
    if (!c->arg[ARG_LANG].has || lang_take(c, &cmd.canned.lang))
        call_command(c, &cmd, canned_done);
}

static void canned_gone(struct jw *j, const struct call *c, const struct answer *a)
{
    (void)a;
    jw_k_id(j, "canned", c->arg[ARG_CANNED].id);
}

void run_canned_remove(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.canned.canned = c->arg[ARG_CANNED].id;
    cmd.canned.version = (uint32_t)c->arg[ARG_VERSION].i;
    call_command(c, &cmd, canned_gone);
}

void run_canned_show(struct call *c)
{
    const struct canned *canned = canned_take(c);
    const struct reader r = reader_of(c->api->env.core, &c->who);
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (canned == NULL)
        return;
    jw_obj(&j);
    jw_key(&j, "canned");
    view_canned(&j, c->api->env.view, &r, canned);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

/* Of one scope, or of all that the asker may use, by id. */
void run_canned_list(struct call *c)
{
    const struct core *k = c->api->env.core;
    const struct reader r = reader_of(k, &c->who);
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : LINES_MAX, n = 0, looks = 0;
    uint64_t agent = 0, dept = 0, id = c->arg[ARG_CURSOR].id, last = id, next = 0;
    bool all = !c->arg[ARG_SCOPE].has;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!all && !canned_owner_take(c, &agent, &dept))
        return;
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    while (all ? core_next_canned(k, &id)
               : core_next_canned_of(k, agent != 0 ? agent : dept, &id)) {
        const struct canned *canned = core_canned(k, id);

        if (n == max || b.len > ROWS_BYTES || looks++ == LOOKS_MAX) {
            next = last;
            break;
        }
        last = id;
        if (audience_canned(&r, canned->agent, canned->dept) == 0)
            continue;
        view_canned(&j, c->api->env.view, &r, canned);
        n++;
    }
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", next);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}
