/*
 * Records of canned replies into state.  Their texts come out of the body, which may have been
 * erased since: then they are empty.
 */
#include "core_int.h"

static void canned_apply(struct xcanned *x, const struct rec *rec)
{
    struct canned *c = &x->c;

    str_set(&c->title, body_get(rec->body, BODY_TITLE));
    str_set(&c->shortcut, body_get(rec->body, BODY_SHORTCUT));
    str_set(&c->text, body_get(rec->body, BODY_TEXT));
    c->lang = rec->canned.lang;
    c->by = rec->who.kind == BY_AGENT ? rec->who.id : 0;
    c->changed_ms = rec->time_ms;
    c->version++;
}

static bool owner_is_there(const struct core *k, const struct rec_canned *c)
{
    return (c->agent == 0 || core_agent(k, c->agent) != NULL) &&
           (c->dept == 0 || core_dept(k, c->dept) != NULL);
}

void fold_canned(struct core *k, const struct rec *rec)
{
    struct xcanned *x = xcanned_find(k, rec->obj);

    if (rec->type == REC_CANNED_ADDED && x == NULL && owner_is_there(k, &rec->canned)) {
        x = xcanned_new(rec->obj);
        x->c.agent = rec->canned.agent;
        x->c.dept = rec->canned.dept;
        canned_apply(x, rec);
        core_add_canned(k, x);
    } else if (rec->type == REC_CANNED_SET && x != NULL) {
        canned_unlink(k, x);
        canned_apply(x, rec);
        canned_link(k, x);
    }
    core_touch(k, OBJ_CANNED, rec->obj);
    if (x == NULL)
        return;
    x->last_pos = rec->pos;
    if (rec->type == REC_CANNED_REMOVED)
        core_drop_canned(k, x);
}

void fold_canned_owner_gone(struct core *k, uint64_t owner)
{
    for (uint64_t id = 0; core_next_canned_of(k, owner, &id);) {
        core_touch(k, OBJ_CANNED, id);
        core_drop_canned(k, xcanned_find(k, id));
    }
}
