/*
 * Deciding about canned replies.  Two who edit one at once: the second is told who was first, by
 * the version that his change was made for.
 */
#include "core_int.h"

static err_t check_text(struct plan *p, const char *field, struct span s, bool is_line, size_t max)
{
    size_t has = span_codepoints(s);

    if (!(is_line ? span_is_line(s, s.len) : span_is_text(s, s.len)))
        return span_refuse(s, is_line, &p->out->fault, field);
    if (has > max)
        return fault_refuse_with(&p->out->fault, ERR_INVAL, field, REFUSE_TOO_LONG,
                                 VALUES(OF_INT(max), OF_INT(has)));
    return ERR_OK;
}

static bool is_blank(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (strchr(" \t\r\n", s.p[i]) == NULL)
            return false;
    return true;
}

/* A shortcut is typed behind a "/": it is one word, and begins with none. */
static bool is_shortcut(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] == ' ' || s.p[i] == '\t')
            return false;
    return s.len == 0 || s.p[0] != '/';
}

static err_t check_texts(struct plan *p, uint64_t owner)
{
    const struct cmd_canned *c = &p->cmd->canned;
    const struct canned *other;
    err_t err;

    if ((err = check_text(p, "title", c->title, true, CANNED_TITLE_MAX_CODEPOINTS)) != ERR_OK ||
        (err = check_text(p, "shortcut", c->shortcut, true, SHORTCUT_MAX_CODEPOINTS)) != ERR_OK ||
        (err = check_text(p, "text", c->text, false, TEXT_MAX_CODEPOINTS)) != ERR_OK)
        return err;
    if (is_blank(c->title))
        return plan_refuse(p, ERR_INVAL, "title", REFUSE_EMPTY);
    if (is_blank(c->text))
        return plan_refuse(p, ERR_INVAL, "text", REFUSE_EMPTY);
    if (!is_shortcut(c->shortcut))
        return plan_refuse(p, ERR_INVAL, "shortcut", REFUSE_CHARACTERS);
    other = c->shortcut.len > 0 ? canned_by_shortcut(p->k, owner, c->shortcut, c->canned) : NULL;
    if (other != NULL)
        return fault_refuse_with(&p->out->fault, ERR_TAKEN, "shortcut", REFUSE_SHORTCUT_TAKEN,
                                 VALUES(OF_STR(other->title)));
    return ERR_OK;
}

static err_t check_room(struct plan *p, size_t before_bytes)
{
    const struct cmd_canned *c = &p->cmd->canned;
    size_t bytes = c->title.len + c->shortcut.len + c->text.len;

    if (bytes > before_bytes && p->k->canned_bytes - before_bytes + bytes > CANNED_MAX_BYTES)
        return fault_refuse_with(&p->out->fault, ERR_FULL, NULL, REFUSE_CANNED_FULL_BYTES,
                                 VALUES(OF_INT(CANNED_MAX_BYTES >> 20)));
    return ERR_OK;
}

static err_t check_count(struct plan *p)
{
    uint64_t agent = p->cmd->canned.agent;
    size_t max = agent != 0 ? CANNED_OWN_MAX : CANNED_MAX;

    if (otree_size(&p->k->canned) < CANNED_MAX &&
        (agent == 0 || canned_count_of(p->k, agent) < CANNED_OWN_MAX))
        return ERR_OK;
    return fault_refuse_with(&p->out->fault, ERR_FULL, NULL, REFUSE_CANNED_FULL,
                             VALUES(OF_INT(max)));
}

static void plan_canned(struct plan *p, enum rec_type type, uint64_t id, uint64_t agent,
                        uint64_t dept)
{
    const struct cmd_canned *c = &p->cmd->canned;
    struct buf body = {0};
    struct rec *rec = plan_rec(p, type, id);

    tlv_put_span(&body, BODY_TITLE, c->title);
    tlv_put_span(&body, BODY_SHORTCUT, c->shortcut);
    tlv_put_span(&body, BODY_TEXT, c->text);
    rec->body = plan_take(p, &body);
    rec->canned = (struct rec_canned){.agent = agent, .dept = dept, .lang = c->lang};
    p->out->id = id;
}

static err_t refuse_edit(struct plan *p, err_t err, const char *field, enum refusal why,
                         uint64_t agent, uint64_t dept)
{
    if (why == REFUSE_TOKEN_LACKS)
        return token_refuse(&p->out->fault, err, NULL, canned_permission(agent, dept));
    return plan_refuse(p, err, field, why);
}

err_t decide_canned_add(struct plan *p)
{
    const struct cmd_canned *c = &p->cmd->canned;
    const struct reader r = reader_of(p->k, &p->who);
    enum refusal why;
    err_t err = audience_may_edit_canned(&r, c->agent, c->dept, &why);

    if (err != ERR_OK)
        return refuse_edit(p, err,
                           c->agent != 0  ? "agent"
                           : c->dept != 0 ? "department"
                                          : NULL,
                           why, c->agent, c->dept);
    if ((err = check_texts(p, c->agent != 0 ? c->agent : c->dept)) != ERR_OK ||
        (err = check_count(p)) != ERR_OK || (err = check_room(p, 0)) != ERR_OK)
        return err;
    p->asked = true;
    plan_canned(p, REC_CANNED_ADDED, plan_id(p), c->agent, c->dept);
    return ERR_OK;
}

/* The one that the command names, if it may be edited and is still what the editor saw. */
static err_t take_canned(struct plan *p, const struct canned **out)
{
    const struct canned *c = core_canned(p->k, p->cmd->canned.canned);
    const struct reader r = reader_of(p->k, &p->who);
    enum refusal why;
    err_t err;

    if (r.kind == READER_NONE || r.kind == READER_VISITOR)
        return plan_may(p, ACT_ADMIN, NULL);
    if (c == NULL || audience_canned(&r, c->agent, c->dept) == 0)
        return plan_refuse(p, ERR_NOTFOUND, "canned", REFUSE_CANNED_UNKNOWN);
    if ((err = audience_may_edit_canned(&r, c->agent, c->dept, &why)) != ERR_OK)
        return refuse_edit(p, err, NULL, why, c->agent, c->dept);
    if (p->cmd->canned.version != 0 && p->cmd->canned.version != c->version)
        return fault_refuse_with(
            &p->out->fault, ERR_CONFLICT, "version", REFUSE_STALE,
            VALUES(OF_STR(c->by != 0 ? core_agent_name(p->k, c->by) : "the operator"),
                   OF_INT(c->version)));
    *out = c;
    p->asked = true;
    p->out->id = c->id;
    return ERR_OK;
}

static bool is_same(const struct canned *c, const struct cmd_canned *to)
{
    return span_is(to->title, c->title) && span_is(to->shortcut, c->shortcut) &&
           span_is(to->text, c->text) && to->lang == c->lang;
}

err_t decide_canned_set(struct plan *p)
{
    const struct canned *c;
    err_t err = take_canned(p, &c);

    if (err != ERR_OK || (err = check_texts(p, canned_owner(c))) != ERR_OK ||
        (err = check_room(p, canned_bytes(c))) != ERR_OK)
        return err;
    if (is_same(c, &p->cmd->canned))
        p->out->unchanged = true;
    else
        plan_canned(p, REC_CANNED_SET, c->id, c->agent, c->dept);
    return ERR_OK;
}

err_t decide_canned_remove(struct plan *p)
{
    const struct canned *c;
    err_t err = take_canned(p, &c);

    if (err == ERR_OK)
        plan_rec(p, REC_CANNED_REMOVED, c->id)->canned =
            (struct rec_canned){.agent = c->agent, .dept = c->dept};
    return err;
}
