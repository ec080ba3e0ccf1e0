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
static err_t check_line(struct plan *p, struct span text, size_t max, const char *field)
{
    size_t has = span_codepoints(text);

    if (has > max)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, field, REFUSE_TOO_LONG,
                                 VALUES(OF_INT(max), OF_INT(has)));
    return span_is_line(text, text.len) ? ERR_OK : span_refuse(text, true, &p->out->fault, field);
}

/* An agent whom the asker cannot know is none, unless he stood there. */
static err_t check_search(struct plan *p, const struct reader *r, uint64_t was_held_by)
{
    const struct cmd_saved *c = &p->cmd->saved;
    const struct agent *ag = c->held_by != 0 ? core_agent(p->k, c->held_by) : NULL;
    err_t err = check_line(p, c->text, SEARCH_TEXT_MAX_CODEPOINTS, "text");

    if (err != ERR_OK ||
        (err = check_line(p, c->contact, SEARCH_TEXT_MAX_CODEPOINTS, "contact")) != ERR_OK)
        return err;
    if (c->held_by != 0 && c->held_by != was_held_by &&
        (ag == NULL || !audience_knows_agent(r, ag)))
        return plan_refuse(p, ERR_NOTFOUND, "held_by", REFUSE_AGENT_UNKNOWN);
    if (c->since_ms != 0 && c->before_ms != 0 && c->since_ms >= c->before_ms)
        return plan_refuse(p, ERR_INVAL, "before_ms", REFUSE_SPAN_EMPTY);
    return ERR_OK;
}

static err_t check_shown(struct plan *p, const struct reader *r, uint64_t was_of)
{
    const struct cmd_saved *c = &p->cmd->saved;

    ensure(shows_are_sound(c->shows));
    if (c->shows[SHOWS_FILTER] != FILTER_NONE &&
        (c->shows[SHOWS_SEARCH] != 0 ||
         (c->shows[SHOWS_LIST] != LIST_MINE && c->shows[SHOWS_LIST] != LIST_ALL)))
        return fault_refuse_with(&p->out->fault, ERR_INVAL, "filter", REFUSE_WORD,
                                 VALUES(OF_STR("none for this list")));
    if (c->of != 0 && c->of != was_of && audience_dept(r, c->of) == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "of", REFUSE_DEPARTMENT_UNKNOWN);
    if (c->tag_key.len > TAG_KEY_MAX_BYTES)
        return fault_refuse_with(
            &p->out->fault, ERR_INVAL, "tag", REFUSE_TOO_LONG,
            VALUES(OF_INT(TAG_MAX_CODEPOINTS), OF_INT(span_codepoints(c->tag))));
    return check_line(p, c->tag, TAG_MAX_CODEPOINTS, "tag");
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
    if (span_trim(c->text).len > 0)
        tlv_put_span(&body, BODY_QUESTION, span_trim(c->text));
    if (span_trim(c->contact).len > 0)
        tlv_put_span(&body, BODY_NAME, span_trim(c->contact));
    rec->body = plan_take(p, &body);
    rec->saved = (struct rec_saved){.agent = agent,
                                    .dept = dept,
                                    .of = c->of,
                                    .held_by = c->held_by,
                                    .since_ms = c->since_ms,
                                    .before_ms = c->before_ms};
    memcpy(rec->saved.shows, c->shows, sizeof(c->shows));
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
    if ((err = check_name(p, owner)) != ERR_OK || (err = check_shown(p, &r, 0)) != ERR_OK ||
        (err = check_search(p, &r, 0)) != ERR_OK)
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
    return span_is(span_trim(to->name), v->name) &&
           memcmp(to->shows, v->shows, sizeof(to->shows)) == 0 && to->of == v->of &&
           span_is(span_trim(to->tag), v->tag) && span_is(to->tag_key, v->tag_key) &&
           to->held_by == v->held_by && to->since_ms == v->since_ms &&
           to->before_ms == v->before_ms && span_is(span_trim(to->text), v->text) &&
           span_is(span_trim(to->contact), v->contact);
}

err_t decide_view_set(struct plan *p)
{
    const struct reader r = reader_of(p->k, &p->who);
    const struct saved *v;
    err_t err = take_saved(p, &r, &v);

    if (err != ERR_OK || (err = check_name(p, v->agent != 0 ? v->agent : v->dept)) != ERR_OK ||
        (err = check_shown(p, &r, v->of)) != ERR_OK ||
        (err = check_search(p, &r, v->held_by)) != ERR_OK)
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
        plan_rec(p, REC_VIEW_REMOVED, v->id)->saved =
            (struct rec_saved){.agent = v->agent, .dept = v->dept, .of = v->of};
    return err;
}
