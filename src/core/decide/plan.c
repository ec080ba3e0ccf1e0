/*
 * A decision in the making: numbers its records, owns what they point to, orders mails.  It changes
 * no state and knows no rule.
 */
#include "core_int.h"

struct chunk {
    struct chunk *next;
    char bytes[];
};

void out_reset(struct out *out)
{
    struct chunk *c = out->chunks, *next;

    for (; c != NULL; c = next) {
        next = c->next;
        free(c);
    }
    *out = (struct out){
        .recs = out->recs,
        .recs_cap = out->recs_cap,
        .mails = out->mails,
        .mails_cap = out->mails_cap,
    };
}

void out_fini(struct out *out)
{
    out_reset(out);
    free(out->recs);
    free(out->mails);
    *out = (struct out){0};
}

struct span plan_copy(struct plan *p, struct span s)
{
    struct chunk *c;

    if (s.len == 0)
        return SPAN_NONE;
    c = xmalloc(sizeof(*c) + s.len);
    c->next = p->out->chunks;
    p->out->chunks = c;
    memcpy(c->bytes, s.p, s.len);
    return (struct span){c->bytes, s.len};
}

struct span plan_take(struct plan *p, struct buf *b)
{
    struct span s = plan_copy(p, buf_span(b));

    ensure(!b->full);
    buf_fini(b);
    return s;
}

/* The newest record of an object before the plan. */
static uint64_t last_pos(const struct core *k, enum obj_type type, uint64_t id)
{
    switch (type) {
    case OBJ_PORTAL:
        return k->portal_last_pos;
    case OBJ_DEPT: {
        const struct xdept *x = xdept_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    case OBJ_AGENT: {
        const struct xagent *x = xagent_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    case OBJ_SESSION: {
        const struct xsession *x = xsession_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    case OBJ_BLOCK: {
        const struct xblock *x = xblock_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    case OBJ_CANNED: {
        const struct xcanned *x = xcanned_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    case OBJ_ROLE: {
        const struct xrole *x = xrole_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    case OBJ_TASK: {
        const struct xtask *x = xtask_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    case OBJ_SAVED: {
        const struct xsaved *x = xsaved_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    case OBJ_MENTION: {
        const struct xmention *x = xmention_find(k, id);
        return x != NULL ? x->last_pos : 0;
    }
    default:
        return 0;
    }
}

static bool type_is_public(enum rec_type type)
{
    return type == REC_CONV_MESSAGE || type == REC_CONV_ACCEPTED || type == REC_CONV_RETURNED ||
           type == REC_CONV_TRANSFERRED || type == REC_CONV_CAME_BACK ||
           type == REC_CONV_ASSIGNED || type == REC_CONV_ENDED || type == REC_CONV_EDITED;
}

/* Position before, number and public number of the object's next record. */
static void number_rec(const struct plan *p, struct rec *rec)
{
    const struct xconv *x = rec->obj_type == OBJ_CONV ? xconv_find(p->k, rec->obj) : NULL;
    uint32_t n = x != NULL ? x->c.n : 0, seq = x != NULL ? x->c.seq : 0;
    bool found = false;

    rec->prev = x != NULL ? x->c.last_pos : last_pos(p->k, rec->obj_type, rec->obj);
    for (size_t i = p->out->nrecs; i-- > 0 && !p->fresh;) {
        const struct rec *r = &p->out->recs[i];

        if (r->obj_type != rec->obj_type || r->obj != rec->obj)
            continue;
        if (!found) {
            rec->prev = r->pos;
            seq = r->seq;
            found = true;
        }
        if (r->n != 0) {
            n = r->n;
            break;
        }
        if (rec->obj_type != OBJ_CONV)
            break;
    }
    if (rec->obj_type != OBJ_CONV)
        return;
    rec->seq = seq + 1;
    if (type_is_public(rec->type))
        rec->n = n + 1;
}

struct rec *plan_rec(struct plan *p, enum rec_type type, uint64_t obj)
{
    struct out *out = p->out;
    struct rec rec = {
        .pos = p->k->next_pos + out->nrecs,
        .type = type,
        .version = REC_VERSION,
        .time_ms = p->now_ms,
        .who = p->who,
        .obj_type = rec_obj_type(type),
        .obj = obj,
    };

    number_rec(p, &rec);
    /* The command's fingerprints stand in the first record: the answer is found again by them. */
    if (out->nrecs == 0 && p->cmd != NULL) {
        rec.cid = p->cmd->cid;
        rec.chash = p->cmd->chash;
    }
    if (out->nrecs == out->recs_cap) {
        out->recs_cap = out->recs_cap != 0 ? 2 * out->recs_cap : 8;
        out->recs = xrealloc(out->recs, out->recs_cap * sizeof(*out->recs));
    }
    out->recs[out->nrecs] = rec;
    return &out->recs[out->nrecs++];
}

/* Order a mail caused by the newest record. */
static void order_add(struct plan *p, const struct mail_order *order)
{
    struct out *out = p->out;

    ensure(out->nrecs > 0);
    if (out->nmails == out->mails_cap) {
        out->mails_cap = out->mails_cap != 0 ? 2 * out->mails_cap : 4;
        out->mails = xrealloc(out->mails, out->mails_cap * sizeof(*out->mails));
    }
    out->mails[out->nmails] = *order;
    out->mails[out->nmails++].cause = out->nrecs - 1;
}

/* Order a mail caused by the newest record.  Whether its switch is on is judged when it is due. */
void plan_mail(struct plan *p, enum mail_kind kind, const struct conv *cv, struct span to)
{
    const struct xdept *x = xdept_find(p->k, cv->dept);
    enum lang lang = cv->lang;
    bool to_visitor = kind == MAIL_COPY || kind == MAIL_REPLY;
    const struct dept *entry = conv_entry(p->k, cv);

    /* What goes outside speaks for the department that the visitor entered by. */
    if (kind == MAIL_FORWARD && entry != NULL)
        lang = entry->lang;
    else if (kind != MAIL_FORWARD && !to_visitor && x != NULL)
        lang = x->d.lang;
    order_add(p, &(struct mail_order){
                     .kind = kind,
                     .dept = cv->dept,
                     .entry = cv->entry,
                     .conv = cv->id,
                     .lang = lang,
                     .to = plan_copy(p, to),
                 });
}

void plan_link_mail(struct plan *p, enum mail_kind kind, uint64_t id, const struct agent *ag,
                    struct span sealed)
{
    order_add(p, &(struct mail_order){
                     .kind = kind,
                     .agent = id,
                     .lang = ag->lang,
                     .to = plan_copy(p, span_of(ag->email)),
                     .secret = plan_copy(p, sealed),
                 });
}

void plan_reminder(struct plan *p, enum mail_kind kind, const struct agent *ag)
{
    order_add(p, &(struct mail_order){
                     .kind = kind,
                     .agent = ag->id,
                     .lang = ag->lang,
                     .to = plan_copy(p, span_of(ag->email)),
                 });
}

void plan_mail_instead(struct plan *p, const struct mail_order *old, struct span to)
{
    struct mail_order order = *old;

    order.story = old->story != 0 ? old->story : old->cause;
    order.to = plan_copy(p, to);
    order.instead = plan_copy(p, old->instead);
    order_add(p, &order);
}

uint64_t plan_id(const struct plan *p)
{
    uint64_t id = (uint64_t)p->now_ms * 1000;

    return id > p->k->last_id ? id : p->k->last_id + 1;
}
