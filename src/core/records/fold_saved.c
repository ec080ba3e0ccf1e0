/* Records of saved views into state.  Texts that were erased since are empty. */
#include "core_int.h"

static void saved_apply(struct saved *v, const struct rec *rec)
{
    str_set(&v->name, body_get(rec->body, BODY_TITLE));
    str_set(&v->tag, body_get(rec->body, BODY_TEXT));
    str_set(&v->tag_key, body_get(rec->body, BODY_KEY));
    memcpy(v->shows, rec->saved.shows, sizeof(v->shows));
    str_set(&v->text, body_get(rec->body, BODY_QUESTION));
    str_set(&v->contact, body_get(rec->body, BODY_NAME));
    v->of = rec->saved.of;
    v->held_by = rec->saved.held_by;
    v->since_ms = rec->saved.since_ms;
    v->before_ms = rec->saved.before_ms;
    v->by = rec->who.kind == BY_AGENT ? rec->who.id : 0;
    v->changed_ms = rec->time_ms;
    v->version++;
}

static bool owner_is_there(const struct core *k, const struct rec_saved *v)
{
    return (v->agent != 0) != (v->dept != 0) &&
           (v->agent == 0 || core_agent(k, v->agent) != NULL) &&
           (v->dept == 0 || core_dept(k, v->dept) != NULL);
}

void fold_saved(struct core *k, const struct rec *rec)
{
    struct xsaved *x = xsaved_find(k, rec->obj);

    if (rec->type == REC_VIEW_ADDED && x == NULL && owner_is_there(k, &rec->saved)) {
        x = xsaved_new(rec->obj);
        x->v.agent = rec->saved.agent;
        x->v.dept = rec->saved.dept;
        saved_apply(&x->v, rec);
        core_add_saved(k, x);
    } else if (rec->type == REC_VIEW_SET && x != NULL) {
        saved_apply(&x->v, rec);
    }
    core_touch(k, OBJ_SAVED, rec->obj);
    if (x == NULL)
        return;
    x->last_pos = rec->pos;
    if (rec->type == REC_VIEW_REMOVED)
        core_drop_saved(k, x);
}

void fold_saved_owner_gone(struct core *k, uint64_t owner)
{
    for (uint64_t id = 0; core_next_saved_of(k, owner, &id);) {
        core_touch(k, OBJ_SAVED, id);
        core_drop_saved(k, xsaved_find(k, id));
    }
}
