/* Deciding about the portal and departments. */
#include <stdio.h>
#include <stdlib.h>

#include "core_int.h"
#include "deskbell/id.h"

/* Do all settings of two objects of a kind say the same? */
static bool same_settings(enum obj_type type, const void *a, const void *b)
{
    struct buf x = {0}, y = {0};
    bool same;

    settings_put_all(type, a, &x);
    settings_put_all(type, b, &y);
    same = span_eq(buf_span(&x), buf_span(&y));
    buf_fini(&x);
    buf_fini(&y);
    return same;
}

static void plan_set(struct plan *p, enum rec_type type, uint64_t id, const void *before,
                     struct buf *fields)
{
    changed_say(type == REC_PORTAL_SET ? OBJ_PORTAL : OBJ_DEPT, before, fields);
    plan_rec(p, type, id)->set.fields = plan_copy(p, buf_span(fields));
}

err_t decide_portal_set(struct plan *p)
{
    struct portal copy = {0};
    struct buf fields = {0};
    err_t err = plan_may(p, ACT_ADMIN, NULL);

    if (err != ERR_OK)
        return err;
    object_copy(OBJ_PORTAL, &p->k->portal, &copy);
    err = plan_changes(p, p->cmd->set.changes, p->cmd->set.nchanges, OBJ_PORTAL, &copy, &fields);
    if (err == ERR_OK)
        err = plan_not_stale(p, OBJ_PORTAL);
    if (err == ERR_OK)
        err = portal_check(p->k, &copy, &p->out->fault);
    if (err != ERR_OK)
        goto out;
    if (same_settings(OBJ_PORTAL, &p->k->portal, &copy))
        p->out->unchanged = true;
    else
        plan_set(p, REC_PORTAL_SET, 0, &p->k->portal, &fields);
out:
    portal_clear(&copy);
    buf_fini(&fields);
    return err;
}

static err_t check_code(struct plan *p, struct span code)
{
    uint8_t raw[CODE_BYTES];
    size_t len;

    if (b64url_decode(code, raw, sizeof(raw), &len) != ERR_OK || len != CODE_BYTES)
        return plan_refuse(p, ERR_INVAL, "code", REFUSE_CODE_FORM);
    for (struct onode *n = otree_first(&p->k->depts); n != NULL; n = otree_next(n))
        if (span_is(code, container_of(n, struct xdept, by_id)->d.code))
            return plan_refuse(p, ERR_EXISTS, "code", REFUSE_CODE_TAKEN);
    return ERR_OK;
}

static err_t check_first_agents(struct plan *p)
{
    const struct cmd_dept_add *cmd = &p->cmd->dept_add;

    if (cmd->nagents > AGENTS_MAX)
        return fault_refuse_with(&p->out->fault, ERR_TOOBIG, "agents", REFUSE_TOO_MANY,
                                 VALUES(OF_INT(AGENTS_MAX), OF_INT(cmd->nagents)));
    for (size_t i = 0; i < cmd->nagents; i++)
        if (core_agent(p->k, cmd->agents[i]) == NULL)
            return fault_refuse_with(&p->out->fault, ERR_INVAL, "agents", REFUSE_AGENT_NONE,
                                     VALUES(OF_INT(cmd->agents[i])));
    return ERR_OK;
}

static void add_first_agents(struct plan *p, uint64_t dept)
{
    size_t n = p->cmd->dept_add.nagents;
    uint64_t *ids;

    if (n == 0)
        return;
    ids = xmalloc(n * sizeof(*ids));
    memcpy(ids, p->cmd->dept_add.agents, n * sizeof(*ids));
    ids_sort_up(ids, n);
    p->fresh = true;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && ids[i] == ids[i - 1])
            continue;
        plan_rec(p, REC_MEMBER_SET, ids[i])->member =
            (struct member){.dept = dept, .chat = true, .notify = true};
    }
    p->fresh = false;
    free(ids);
}

static size_t count_depts(const struct core *k)
{
    uint64_t id = 0;
    size_t n = 0;

    while (core_next_dept(k, &id))
        n++;
    return n;
}

/* All settings are written, so that a later program's defaults do not change this one's past. */
static err_t dept_add(struct plan *p, struct xdept *x)
{
    const struct cmd_dept_add *cmd = &p->cmd->dept_add;
    struct buf fields = {0};
    uint64_t id = plan_id(p);
    err_t err;

    x->d.lang = p->k->portal.lang;
    err = plan_changes(p, cmd->changes, cmd->nchanges, OBJ_DEPT, &x->d, &fields);
    if (err == ERR_OK && x->d.name[0] == '\0')
        err = plan_refuse(p, ERR_INVAL, "name", REFUSE_EMPTY);
    if (err == ERR_OK)
        err = dept_check(p->k, &x->d, &p->out->fault);
    if (err == ERR_OK)
        err = hours_check(p->k, NULL, &x->d, &p->out->fault);
    if (err == ERR_OK)
        err = check_first_agents(p);
    if (err != ERR_OK) {
        buf_fini(&fields);
        return err;
    }
    buf_reset(&fields);
    tlv_put_span(&fields, TAG_CODE, cmd->code);
    settings_put_all(OBJ_DEPT, &x->d, &fields);
    plan_rec(p, REC_DEPT_CREATED, id)->set.fields = plan_take(p, &fields);
    add_first_agents(p, id);
    p->out->id = id;
    return ERR_OK;
}

err_t decide_dept_add(struct plan *p)
{
    struct xdept *x;
    err_t err = plan_may(p, ACT_ADMIN, NULL);

    if (err != ERR_OK)
        return err;
    if (count_depts(p->k) >= DEPTS_MAX)
        return plan_refuse(p, ERR_FULL, NULL, REFUSE_DEPARTMENTS_FULL);
    if ((err = check_code(p, p->cmd->dept_add.code)) != ERR_OK)
        return err;
    x = xdept_new(0);
    err = dept_add(p, x);
    dept_free(&x->d);
    return err;
}

static err_t plan_dept(struct plan *p, uint64_t id, const struct dept **d)
{
    err_t err = plan_may(p, ACT_ADMIN, NULL);

    if (err != ERR_OK)
        return err;
    if ((*d = core_dept(p->k, id)) == NULL)
        return plan_refuse(p, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
    p->out->id = (*d)->id;
    return ERR_OK;
}

/* Without a public one no visitor has a door any more. */
static bool is_last_public(const struct core *k, const struct dept *d)
{
    for (uint64_t id = 0; core_next_dept(k, &id);)
        if (id != d->id && core_dept(k, id)->type == DEPT_PUBLIC)
            return false;
    return d->type == DEPT_PUBLIC;
}

err_t decide_dept_set(struct plan *p)
{
    const struct dept *d;
    struct dept copy = {0};
    struct buf fields = {0};
    err_t err = plan_dept(p, p->cmd->set.id, &d);

    if (err != ERR_OK)
        return err;
    object_copy(OBJ_DEPT, d, &copy);
    copy.id = d->id;
    err = plan_changes(p, p->cmd->set.changes, p->cmd->set.nchanges, OBJ_DEPT, &copy, &fields);
    if (err == ERR_OK)
        err = plan_not_stale(p, OBJ_DEPT);
    if (err == ERR_OK)
        err = dept_check(p->k, &copy, &p->out->fault);
    if (err == ERR_OK)
        err = hours_check(p->k, d, &copy, &p->out->fault);
    if (err == ERR_OK && copy.type != DEPT_PUBLIC && is_last_public(p->k, d))
        err = plan_refuse(p, ERR_CONFLICT, "type", REFUSE_LAST_PUBLIC);
    if (err != ERR_OK)
        goto out;
    if (same_settings(OBJ_DEPT, d, &copy))
        p->out->unchanged = true;
    else
        plan_set(p, REC_DEPT_SET, d->id, d, &fields);
out:
    object_clear(OBJ_DEPT, &copy);
    buf_fini(&fields);
    return err;
}

/* Its agents are asked for no others any more, and no other department goes on to it. */
static void end_overflow(struct plan *p, uint64_t dept)
{
    size_t count;
    const struct setting *table = dept_settings(&count);
    const struct change none = {.setting = setting_find(table, count, SPAN_LIT("overflow"))};

    for (struct onode *n = otree_first(&p->k->convs); n != NULL; n = otree_next(n)) {
        const struct conv *cv = &container_of(n, struct xconv, by_id)->c;

        if (cv->state == CONV_OFFERED && cv->offered_by == dept)
            step_offer_over(p, cv, WHY_STATUS);
    }
    for (struct onode *n = otree_first(&p->k->depts); n != NULL; n = otree_next(n)) {
        const struct dept *d = &container_of(n, struct xdept, by_id)->d;
        struct buf fields = {0};

        if (d->deleted || d->overflow != dept)
            continue;
        setting_put(&fields, &none);
        plan_set(p, REC_DEPT_SET, d->id, d, &fields);
        buf_fini(&fields);
    }
}

err_t decide_dept_remove(struct plan *p)
{
    const struct dept *d;
    err_t err = plan_dept(p, p->cmd->dept, &d);

    if (err != ERR_OK)
        return err;
    if (is_last_public(p->k, d))
        return plan_refuse(p, ERR_CONFLICT, "department", REFUSE_LAST_PUBLIC);
    end_overflow(p, d->id);
    plan_rec(p, REC_DEPT_DELETED, d->id);
    return ERR_OK;
}
