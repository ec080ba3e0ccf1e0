/*
 * Deciding about saved views.  Two who change one at once: the second is told who was first, by the
 * version that his change was made for.
 */
#include "core_int.h"

static err_t check_name(struct plan *p, uint64_t owner)
{
    const struct cmd_saved *c = &p->cmd->saved;
    struct span name = span_trim(c->name);
    size_t has = span_codepoints(name);

    if (!span_is_line(c->name, c->name.len))
        return span_refuse(c->name, true, &p->out->fault, "name");
    if (name.len == 0)
        return plan_refuse(p, ERR_INVAL, "name", REFUSE_EMPTY);
    if (has > SAVED_NAME_MAX_CODEPOINTS)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "name", REFUSE_TOO_LONG,
                                 VALUES(OF_INT(SAVED_NAME_MAX_CODEPOINTS), OF_INT(has)));
    if (saved_by_name(p->k, owner, name, c->view) != NULL)
        return plan_refuse(p, ERR_TAKEN, "name", REFUSE_VIEW_TAKEN);
    return ERR_OK;
}

/* What is not open is neither replied to nor not; a department that is not to be known is none. */
static err_t check_shown(struct plan *p, const struct reader *r, uint64_t was_of)
{
    const struct cmd_saved *c = &p->cmd->saved;

    ensure(c->shows[0] < LIST_COUNT && c->shows[1] < FILTER_COUNT);
    if (c->shows[1] != FILTER_NONE && c->shows[0] != LIST_MINE && c->shows[0] != LIST_ALL)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "filter", REFUSE_WORD,
                                 VALUES(OF_STR("none for this list")));
    if (c->of != 0 && c->of != was_of && audience_dept(r, c->of) == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "of", REFUSE_DEPARTMENT_UNKNOWN);
    if (span_codepoints(c->tag) > TAG_MAX_CODEPOINTS || c->tag_key.len > TAG_KEY_MAX_BYTES)
        return fault_refuse_with(
            &p->out->fault, ERR_INVAL, "tag", REFUSE_TOO_LONG,
            VALUES(OF_INT(TAG_MAX_CODEPOINTS), OF_INT(span_codepoints(c->tag))));
    if (!span_is_line(c->tag, c->tag.len))
        return span_refuse(c->tag, true, &p->out->fault, "tag");
    return ERR_OK;
}

static void plan_saved(struct plan *p, enum rec_type type, uint64_t id, uint64_t agent,
                       uint64_t dept)
{
    const struct cmd_saved *c = &p->cmd->saved;
    struct rec *rec = plan_rec(p, type, id);
    struct buf body = {0};

    tlv_put_span(&body, BODY_TITLE, span_trim(c->name));
    if (c->tag_key.len > 0) {
        tlv_put_span(&body, BODY_TEXT, span_trim(c->tag));
        tlv_put_span(&body, BODY_KEY, c->tag_key);
    }
    rec->body = plan_take(p, &body);
    rec->saved = (struct rec_saved){
        .agent = agent, .dept = dept, .of = c->of, .shows = {c->shows[0], c->shows[1]}};
    p->out->id = id;
}

static err_t refuse_edit(struct plan *p, err_t err, const char *field, enum refusal why,
                         uint64_t agent)
{
    if (why == REFUSE_TOKEN_LACKS)
        return token_refuse(&p->out->fault, err, NULL, saved_permission(agent));
    return plan_refuse(p, err, field, why);
}

err_t decide_view_add(struct plan *p)
{
    const struct cmd_saved *c = &p->cmd->saved;
    const struct reader r = reader_of(p->k, &p->who);
    uint64_t owner = c->agent != 0 ? c->agent : c->dept;
    size_t max = c->agent != 0 ? SAVED_OWN_MAX : SAVED_DEPT_MAX;
    enum refusal why;
    err_t err = audience_may_edit_saved(&r, c->agent, c->dept, &why);

    if (err != ERR_OK)
        return refuse_edit(p, err, c->agent != 0 ? "agent" : "department", why, c->agent);
    if ((err = check_name(p, owner)) != ERR_OK || (err = check_shown(p, &r, 0)) != ERR_OK)
        return err;
    if (saved_count_of(p->k, owner) >= max)
        return fault_refuse_with(&p->out->fault, ERR_FULL, NULL, REFUSE_VIEWS_FULL,
                                 VALUES(OF_INT(max)));
    p->asked = true;
    plan_saved(p, REC_VIEW_ADDED, plan_id(p), c->agent, c->dept);
    return ERR_OK;
}

/* The one that the command names, if it may be edited and is still what the editor saw. */
static err_t take_saved(struct plan *p, const struct reader *r, const struct saved **out)
{
    const struct saved *v = core_saved(p->k, p->cmd->saved.view);
    enum refusal why;
    err_t err;

    if (r->kind == READER_NONE || r->kind == READER_VISITOR)
        return plan_may(p, ACT_ADMIN, NULL);
    if (v == NULL || audience_saved(r, v->agent, v->dept) == 0)
        return plan_refuse(p, ERR_NOTFOUND, "view", REFUSE_VIEW_UNKNOWN);
    if ((err = audience_may_edit_saved(r, v->agent, v->dept, &why)) != ERR_OK)
        return refuse_edit(p, err, NULL, why, v->agent);
    if (p->cmd->saved.version != 0 && p->cmd->saved.version != v->version)
        return fault_refuse_with(
            &p->out->fault, ERR_CONFLICT, "version", REFUSE_STALE,
            VALUES(OF_STR(v->by != 0 ? core_agent_name(p->k, v->by) : "the operator"),
                   OF_INT(v->version)));
    *out = v;
    p->asked = true;
    p->out->id = v->id;
    return ERR_OK;
}

static bool is_same(const struct saved *v, const struct cmd_saved *to)
{
    return span_is(span_trim(to->name), v->name) && to->shows[0] == v->shows[0] &&
           to->shows[1] == v->shows[1] && to->of == v->of && span_is(span_trim(to->tag), v->tag) &&
           span_is(to->tag_key, v->tag_key);
}

err_t decide_view_set(struct plan *p)
{
    const struct reader r = reader_of(p->k, &p->who);
    const struct saved *v;
    err_t err = take_saved(p, &r, &v);

    if (err != ERR_OK || (err = check_name(p, v->agent != 0 ? v->agent : v->dept)) != ERR_OK ||
        (err = check_shown(p, &r, v->of)) != ERR_OK)
        return err;
    if (is_same(v, &p->cmd->saved))
        p->out->unchanged = true;
    else
        plan_saved(p, REC_VIEW_SET, v->id, v->agent, v->dept);
    return ERR_OK;
}

err_t decide_view_remove(struct plan *p)
{
    const struct reader r = reader_of(p->k, &p->who);
    const struct saved *v;
    err_t err = take_saved(p, &r, &v);

    if (err == ERR_OK)
        plan_rec(p, REC_VIEW_REMOVED, v->id)->saved = (struct rec_saved){
            .agent = v->agent, .dept = v->dept, .of = v->of, .shows = {v->shows[0], v->shows[1]}};
    return err;
}
