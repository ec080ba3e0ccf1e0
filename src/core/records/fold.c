/*
 * Records into state: portal, departments, agents and blocks.  Sessions and conversations are in
 * fold_conv.c, canned replies in fold_canned.c, tasks in fold_task.c.  Nothing is decided and
 * nothing can fail here; a record about a thing that is not there any more is passed over.
 */
#include <stdio.h>

#include "deskbell/journal.h"
#include "rules/rules.h"

/* What the hours say now is decided next: zones are none of folding's business. */
static void hours_unknown(struct core *k, struct xdept *x)
{
    struct dept_hours *h = &x->d.hours;

    h->look_ms = 0;
    if (h->week[0] == '\0') {
        h->shut = false;
        h->opens_ms = 0;
    }
    dept_index_due(k, x);
    core_touch(k, OBJ_DEPT, x->d.id);
}

static void fold_zone(struct core *k)
{
    for (struct onode *n = otree_first(&k->depts); n != NULL; n = otree_next(n)) {
        struct xdept *x = container_of(n, struct xdept, by_id);

        if (x->d.hours.week[0] != '\0' && x->d.hours.zone[0] == '\0')
            hours_unknown(k, x);
    }
}

static void fold_portal(struct core *k, const struct rec *rec)
{
    struct portal *p = &k->portal;
    uint32_t grace_ms = p->grace_ms, visitor_grace_ms = p->visitor_grace_ms;
    char *zone = xstrdup(p->zone);

    (void)settings_apply(OBJ_PORTAL, p, rec->set.fields);
    if (strcmp(zone, p->zone) != 0)
        fold_zone(k);
    free(zone);
    changed_fold(&k->portal_changed, rec);
    k->portal_last_pos = rec->pos;
    core_touch_through(k, OBJ_PORTAL, 0);
    if (grace_ms != p->grace_ms || visitor_grace_ms != p->visitor_grace_ms)
        core_place_all(k);
}

static void dept_create(struct core *k, const struct rec *rec)
{
    struct xdept *x;
    struct span fields = rec->set.fields;
    struct tlv f;

    if (xdept_find(k, rec->obj) != NULL)
        return;
    x = xdept_new(rec->obj);
    while (tlv_next(&fields, &f) == ERR_OK)
        if (f.tag == TAG_CODE)
            snprintf(x->d.code, sizeof(x->d.code), "%.*s", (int)f.bytes.len, f.bytes.p);
    (void)settings_apply(OBJ_DEPT, &x->d, rec->set.fields);
    core_add_dept(k, x);
}

/* Whoever was a member is none any more: nobody is associated with what is gone. */
static void members_end(struct core *k, uint64_t dept)
{
    for (struct onode *n = otree_first(&k->agents); n != NULL; n = otree_next(n)) {
        struct xagent *x = container_of(n, struct xagent, by_id);

        if (agent_member(&x->a, dept) == NULL)
            continue;
        agent_seat_del(k, x, dept);
        core_touch(k, OBJ_AGENT, x->a.id);
    }
}

/* Settings of hours are told by their names: they are looked at anew even where they say the same.
 */
static void dept_set(struct core *k, struct xdept *x, struct span fields)
{
    struct span rest = fields;
    struct tlv f;

    (void)settings_apply(OBJ_DEPT, &x->d, fields);
    if (strcmp(x->rules != NULL ? x->rules->text : "", x->d.rules) != 0)
        pools_set(k, x);
    while (tlv_next(&rest, &f) == ERR_OK)
        if (f.tag >= TAG_HOURS && f.tag < TAG_HOURS + HOURS_TAGS) {
            hours_unknown(k, x);
            return;
        }
}

/* What of a department's settings moves deadlines, or the order of its agents. */
struct paces {
    uint32_t idle_ms, offer_ms, wait_ms, transfer_ms, pause_ms, pause_max_ms, overflow_ms;
    uint64_t overflow;
    enum dept_strategy strategy;
    bool takes, left_routed; /* what is kept until it opens */
};

static struct paces paces_of(const struct dept *d)
{
    return (struct paces){.idle_ms = d->idle_ms,
                          .offer_ms = d->offer_ms,
                          .wait_ms = d->wait_ms,
                          .transfer_ms = d->transfer_ms,
                          .pause_ms = d->pause_ms,
                          .pause_max_ms = d->pause_max_ms,
                          .overflow_ms = d->overflow_ms,
                          .overflow = d->overflow,
                          .strategy = d->strategy,
                          .takes = d->enabled && d->chat_on,
                          .left_routed = d->left_routed};
}

/* Those who wait already wait by what is set now: since they came, not since it was set. */
static void conv_repace(struct core *k, struct conv *cv, const struct dept *d,
                        const struct paces *was)
{
    bool offered = cv->state == CONV_OFFERED && was->offer_ms != d->offer_ms &&
                   (cv->offered_by != 0 ? cv->offered_by : cv->dept) == d->id;

    if (cv->state != CONV_WAITING && cv->state != CONV_OFFERED)
        return;
    if (cv->handed_dept == d->id && was->transfer_ms != d->transfer_ms)
        cv->wait_until_ms = cv->returned_ms + d->transfer_ms;
    else if (cv->handed_dept == 0 && cv->dept == d->id && was->wait_ms != d->wait_ms)
        cv->wait_until_ms = conv_waits_since(cv) + d->wait_ms;
    else if (!offered)
        return;
    if (offered)
        cv->offer_until_ms = cv->since_ms + d->offer_ms;
    if (cv->state == CONV_OFFERED && cv->handed_to != 0 && cv->offer_until_ms > cv->wait_until_ms)
        cv->offer_until_ms = cv->wait_until_ms;
    core_touch(k, OBJ_CONV, cv->id);
}

/* Cost: all agents and open conversations, and only where something has changed. */
static void repace(struct core *k, const struct dept *d, const struct paces *was)
{
    const struct paces now = paces_of(d);

    if (now.idle_ms == was->idle_ms && now.offer_ms == was->offer_ms &&
        now.wait_ms == was->wait_ms && now.transfer_ms == was->transfer_ms &&
        now.pause_ms == was->pause_ms && now.pause_max_ms == was->pause_max_ms &&
        now.overflow_ms == was->overflow_ms && now.overflow == was->overflow &&
        now.strategy == was->strategy && now.takes == was->takes &&
        now.left_routed == was->left_routed)
        return;
    if (now.overflow != was->overflow)
        overflow_forget(k, d->id);
    for (struct onode *n = otree_first(&k->convs); n != NULL; n = otree_next(n))
        conv_repace(k, &container_of(n, struct xconv, by_id)->c, d, was);
    core_place_all(k);
}

static void fold_dept(struct core *k, const struct rec *rec)
{
    struct xdept *x;
    struct paces was;

    if (rec->type == REC_DEPT_CREATED)
        dept_create(k, rec);
    if ((x = xdept_find(k, rec->obj)) == NULL)
        return;
    was = paces_of(&x->d);
    x->last_pos = rec->pos;
    if (rec->type == REC_DEPT_SET) {
        changed_fold(&x->changed, rec);
        dept_set(k, x, rec->set.fields);
    }
    if (rec->type == REC_DEPT_HOURS) {
        x->d.hours.shut = rec->hours.shut;
        x->d.hours.look_ms = rec->hours.look_ms;
        x->d.hours.opens_ms = rec->hours.opens_ms;
        dept_index_due(k, x);
        dept_place(k, x); /* guests may come, or not */
        core_touch(k, OBJ_DEPT, rec->obj);
        return;
    }
    if (rec->type == REC_DEPT_DELETED) {
        x->d.deleted = true;
        x->d.enabled = false;
        dept_index_due(k, x);
        members_end(k, rec->obj);
        fold_canned_owner_gone(k, rec->obj);
        fold_saved_owner_gone(k, rec->obj);
        core_place_all(k); /* those who wait become missed, or go back: they are due now */
    }
    dept_index_code(k, x);
    dept_place(k, x);
    repace(k, &x->d, &was);
    core_touch(k, OBJ_DEPT, rec->obj);
    core_touch_through(k, OBJ_DEPT, rec->obj);
}

/* Names and addresses come out of the body, which may have been erased since: then they are empty.
 */
static void agent_apply(struct agent *ag, const struct rec *rec)
{
    struct span fields = rec->set.fields;
    struct tlv f;
    bool bad = false;

    (void)settings_apply(OBJ_AGENT, ag, rec->set.fields);
    while (tlv_next(&fields, &f) == ERR_OK) {
        if (f.tag == TAG_ROLE || f.tag == TAG_PERMISSIONS)
            ag->custom_role = 0; /* set by hand they are his own */
        if (f.tag == TAG_EMAIL)
            ag->email_hash = tlv_u64(&f, &bad);
        if (f.tag == TAG_TEXTS)
            for (size_t i = 0; i < AGENT_TEXTS; i++)
                if ((tlv_u64(&f, &bad) & BIT(i)) != 0)
                    str_set((char **)((char *)ag + agent_texts[i].offset),
                            body_get(rec->body, agent_texts[i].body));
    }
}

static void agent_link_end(struct agent *ag)
{
    ag->link_until_ms = ag->link_ms = 0;
    ag->link_mail = 0;
}

/* A link that was mailed is good for nobody who reads the former address. */
static void agent_set(struct core *k, struct xagent *x, const struct rec *rec)
{
    uint64_t before = x->a.email_hash;

    char *skills = xstrdup(x->a.skills);

    agent_apply(&x->a, rec);
    if (strcmp(skills, x->a.skills) != 0)
        pools_agent(k, x);
    free(skills);
    agent_index_email(k, x);
    if (x->a.link_mail != 0 && x->a.email_hash != before) {
        agent_link_end(&x->a);
        agent_index_link(k, x);
    }
}

static void agent_delete(struct core *k, struct xagent *x, const struct rec *rec)
{
    x->a.deleted = true;
    x->a.enabled = false;
    x->a.password[0] = '\0';
    fold_factor(&x->a, rec);
    agent_link_end(&x->a);
    while (x->a.nmembers > 0)
        agent_seat_del(k, x, x->a.members[0].dept);
    agent_index_email(k, x);
    agent_index_link(k, x);
}

/* What was kept about the person is gone; what he did stays, under the name that he has now. */
static void agent_anonymise(struct core *k, struct xagent *x, const struct rec *rec)
{
    struct agent *ag = &x->a;

    str_set(&ag->name, body_get(rec->body, BODY_NAME));
    for (size_t i = 0; i < AGENT_TEXTS; i++)
        if (i != AGENT_TEXT_NAME)
            str_set((char **)((char *)ag + agent_texts[i].offset), SPAN_NONE);
    str_set(&ag->zone, SPAN_NONE);
    str_set(&ag->alerts.quiet, SPAN_NONE);
    str_set(&ag->keys, SPAN_NONE);
    ag->email_hash = 0;
    ag->picture[0] = ag->picture[1] = ag->picture_pos = 0;
    agent_index_picture(k, x);
    memset(ag->known_from, 0, sizeof(ag->known_from));
    ag->anonymised = true;
    core_touch_through(k, OBJ_AGENT, ag->id);
}

/* What a record does to the agent's own fields. */
static void agent_change(struct core *k, struct xagent *x, const struct rec *rec)
{
    struct agent *ag = &x->a;

    switch (rec->type) {
    case REC_AGENT_SET:
        changed_fold(&x->changed, rec);
        agent_set(k, x, rec);
        core_touch_through(k, OBJ_AGENT, ag->id);
        break;
    case REC_AGENT_DELETED:
        agent_delete(k, x, rec);
        fold_canned_owner_gone(k, ag->id);
        fold_saved_owner_gone(k, ag->id);
        fold_mentions_agent_gone(k, ag->id);
        core_touch_through(k, OBJ_AGENT, ag->id);
        break;
    case REC_AGENT_ROLE:
        fold_agent_role(k, x, rec);
        break;
    case REC_AGENT_ANONYMISED:
        agent_anonymise(k, x, rec);
        break;
    case REC_AGENT_PICTURE:
        memcpy(ag->picture, rec->picture.name, sizeof(ag->picture));
        ag->picture_pos = (ag->picture[0] | ag->picture[1]) != 0 ? rec->pos : 0;
        agent_index_picture(k, x);
        break;
    case REC_AGENT_PASSWORD:
        snprintf(ag->password, sizeof(ag->password), "%.*s", (int)rec->password.hash.len,
                 rec->password.hash.p);
        agent_link_end(ag);
        agent_index_link(k, x);
        core_touch_through(k, OBJ_AGENT, ag->id); /* the dispatcher sees that the link is used */
        break;
    case REC_FACTOR_SET:
    case REC_FACTOR_REMOVED:
    case REC_FACTOR_USED:
        fold_factor(ag, rec);
        break;
    case REC_AGENT_LINK:
        memcpy(ag->link_hash, rec->link.hash, HASH_BYTES);
        ag->link_until_ms = rec->link.until_ms;
        ag->link_ms = rec->time_ms;
        ag->link_mail = rec->link.mail != 0 ? mail_order_id(rec->pos, rec->link.mail) : 0;
        agent_index_link(k, x);
        core_touch_through(k, OBJ_AGENT, ag->id);
        break;
    case REC_MEMBER_SET:
        agent_seat_put(k, x, &rec->member);
        core_touch_through(k, OBJ_AGENT, ag->id); /* what he may read, and is told of */
        break;
    case REC_MEMBER_REMOVED:
        agent_seat_del(k, x, rec->member.dept);
        core_touch_through(k, OBJ_AGENT, ag->id);
        break;
    case REC_AGENT_STATUS:
        ag->status = rec->status.status;
        ag->status_why = rec->status.why;
        ag->status_ms = rec->status.since_ms;
        ag->lapsed_count = 0;
        break;
    case REC_AGENT_CONNECTED:
        ag->connected = true;
        ag->gone_ms = 0;
        break;
    case REC_AGENT_GONE:
        ag->connected = false;
        ag->gone_ms = rec->time_ms;
        break;
    default:
        break;
    }
}

static void fold_agent(struct core *k, const struct rec *rec)
{
    struct xagent *x = xagent_find(k, rec->obj);

    if (rec->type == REC_AGENT_CREATED && x == NULL) {
        x = xagent_new(rec->obj);
        x->a.idle_since_ms = rec->time_ms;
        agent_apply(&x->a, rec);
        core_add_agent(k, x);
        core_touch_through(k, OBJ_AGENT, rec->obj);
    }
    if (x == NULL)
        return;
    agent_change(k, x, rec);
    x->last_pos = rec->pos;
    agent_place(k, x);
    core_touch(k, OBJ_AGENT, rec->obj);
}

/* Every open conversation under the block is due to end now. */
static void block_doom(struct core *k, const struct block *b)
{
    uint64_t key[2];
    struct onode *n;

    ip_key(&b->prefix.addr, key);
    for (n = otree_at_least(&k->ips, key[0], key[1], 0); n != NULL; n = otree_next(n)) {
        struct xconv *x = container_of(n, struct xconv, by_ip);

        if (!ipprefix_has(&b->prefix, &x->c.ip))
            break;
        x->doomed = true;
        conv_place(k, x);
        core_touch(k, OBJ_CONV, x->c.id);
    }
}

static void fold_block(struct core *k, const struct rec *rec)
{
    struct xblock *x = xblock_find(k, rec->obj);

    if (rec->type == REC_BLOCK_ADDED && x == NULL) {
        x = xcalloc(1, sizeof(*x));
        x->b = (struct block){
            .id = rec->obj,
            .reason = span_dup(body_get(rec->body, BODY_TEXT)),
            .by = rec->who.kind == BY_AGENT ? rec->who.id : 0,
            .prefix = rec->block.prefix,
            .conv = rec->block.conv,
            .dept = rec->block.dept,
            .since_ms = rec->time_ms,
            .until_ms = rec->block.until_ms,
        };
        core_add_block(k, x);
        block_doom(k, &x->b);
    }
    core_touch(k, OBJ_BLOCK, rec->obj);
    if (x == NULL)
        return;
    x->last_pos = rec->pos;
    if (rec->type == REC_BLOCK_REMOVED)
        core_drop_block(k, x);
}

void core_fold(struct core *k, const struct rec *rec)
{
    ensure(rec->pos >= k->next_pos);
    k->next_pos = rec->pos + 1;
    if (rec->time_ms > k->time_ms)
        k->time_ms = rec->time_ms;
    if (rec->obj > k->last_id)
        k->last_id = rec->obj;
    core_touch(k, OBJ_PORTAL, 0);
    switch (rec->obj_type) {
    case OBJ_PORTAL:
        fold_portal(k, rec);
        break;
    case OBJ_DEPT:
        fold_dept(k, rec);
        break;
    case OBJ_AGENT:
        fold_agent(k, rec);
        break;
    case OBJ_SESSION:
        fold_session(k, rec);
        break;
    case OBJ_BLOCK:
        fold_block(k, rec);
        break;
    case OBJ_CONV:
        fold_conv(k, rec);
        break;
    case OBJ_CANNED:
        fold_canned(k, rec);
        break;
    case OBJ_ROLE:
        fold_role(k, rec);
        break;
    case OBJ_TASK:
        fold_task(k, rec);
        break;
    case OBJ_SAVED:
        fold_saved(k, rec);
        break;
    case OBJ_MENTION:
        fold_mention(k, rec);
        break;
    case OBJ_NONE:
        break;
    }
}
