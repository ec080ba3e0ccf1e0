/* Images into the state at the start. */
#include <stdlib.h>

#include "core_int.h"

static err_t adopt_dept(struct core *k, uint64_t id, struct span image)
{
    struct dept *d;
    err_t err = dept_decode(id, image, &d);

    if (err != ERR_OK)
        return err;
    if (!d->deleted && d->type == DEPT_PUBLIC && core_dept_by_code(k, span_of(d->code)) != NULL) {
        dept_free(d);
        return ERR_CORRUPT;
    }
    core_add_dept(k, container_of(d, struct xdept, d));
    return ERR_OK;
}

static err_t adopt_agent(struct core *k, uint64_t id, struct span image)
{
    struct agent *ag;
    struct member *members;
    size_t nmembers;
    err_t err = agent_decode(id, image, &ag);

    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < ag->nmembers; i++)
        if (xdept_find(k, ag->members[i].dept) == NULL)
            err = ERR_CORRUPT;
    if (!ag->deleted && otree_find(&k->emails, ag->email_hash, 0, 0) != NULL)
        err = ERR_CORRUPT;
    if (err != ERR_OK) {
        agent_free(ag);
        return err;
    }
    members = ag->members;
    nmembers = ag->nmembers;
    ag->members = NULL;
    ag->nmembers = 0;
    core_add_agent(k, container_of(ag, struct xagent, a));
    /* A department's end is written with its batch, what it does to the agents at a checkpoint. */
    for (size_t i = 0; i < nmembers; i++)
        if (!xdept_find(k, members[i].dept)->d.deleted)
            agent_seat_put(k, container_of(ag, struct xagent, a), &members[i]);
    free(members);
    return ERR_OK;
}

static err_t adopt_session(struct core *k, uint64_t id, struct span image)
{
    struct xsession *x;
    err_t err = session_decode_x(id, image, &x);

    if (err != ERR_OK)
        return err;
    if (xagent_find(k, x->s.agent) == NULL) {
        xsession_free(x);
        return ERR_CORRUPT;
    }
    core_add_session(k, x);
    return ERR_OK;
}

static err_t adopt_block(struct core *k, uint64_t id, struct span image)
{
    struct xblock *x;
    err_t err = block_decode_x(id, image, &x);

    if (err == ERR_OK)
        core_add_block(k, x);
    return err;
}

static err_t adopt_conv(struct core *k, uint64_t id, struct span image)
{
    struct xconv *x;
    err_t err = conv_decode_x(id, image, &x);

    if (err != ERR_OK)
        return err;
    if (xdept_find(k, x->c.dept) == NULL ||
        (x->c.overflow != 0 && xdept_find(k, x->c.overflow) == NULL) ||
        (conv_rings(&x->c) && !ring_is_sound(k, &x->c)) ||
        ((x->c.state == CONV_OFFERED || x->c.state == CONV_ACTIVE) && !conv_rings(&x->c) &&
         xagent_find(k, x->c.agent) == NULL)) {
        xconv_free(x);
        return ERR_CORRUPT;
    }
    core_add_conv(k, x);
    return ERR_OK;
}

static err_t adopt_role(struct core *k, uint64_t id, struct span image)
{
    struct xrole *x;
    err_t err = role_decode_x(id, image, &x);

    if (err == ERR_OK)
        core_add_role(k, x);
    return err;
}

static err_t adopt_canned(struct core *k, uint64_t id, struct span image)
{
    struct xcanned *x;
    err_t err = canned_decode_x(id, image, &x);
    const struct xdept *d;
    const struct xagent *ag;

    if (err != ERR_OK)
        return err;
    d = xdept_find(k, x->c.dept);
    ag = xagent_find(k, x->c.agent);
    if ((x->c.dept != 0 && d == NULL) || (x->c.agent != 0 && ag == NULL)) {
        xcanned_free(x);
        return ERR_CORRUPT;
    }
    /* Its owner's end is written with its batch, what that does to these at a checkpoint. */
    if ((d != NULL && d->d.deleted) || (ag != NULL && ag->a.deleted))
        xcanned_free(x);
    else
        core_add_canned(k, x);
    return ERR_OK;
}

static err_t adopt_saved(struct core *k, uint64_t id, struct span image)
{
    struct xsaved *x;
    err_t err = saved_decode_x(id, image, &x);
    const struct xdept *d;
    const struct xagent *ag;

    if (err != ERR_OK)
        return err;
    d = xdept_find(k, x->v.dept);
    ag = xagent_find(k, x->v.agent);
    if (d == NULL && ag == NULL) {
        xsaved_free(x);
        return ERR_CORRUPT;
    }
    if ((d != NULL && d->d.deleted) || (ag != NULL && ag->a.deleted)) /* as canned replies */
        xsaved_free(x);
    else
        core_add_saved(k, x);
    return ERR_OK;
}

static err_t adopt_task(struct core *k, uint64_t id, struct span image)
{
    struct xtask *x;
    err_t err = task_decode_x(id, image, &x);

    if (err != ERR_OK)
        return err;
    if (x->t.agent != 0 && xagent_find(k, x->t.agent) == NULL) {
        xtask_free(x);
        return ERR_CORRUPT;
    }
    core_add_task(k, x);
    return ERR_OK;
}

static err_t adopt_mention(struct core *k, uint64_t id, struct span image)
{
    struct xmention *x;
    err_t err = mention_decode_x(id, image, &x);
    const struct xagent *ag;

    if (err != ERR_OK)
        return err;
    ag = xagent_find(k, x->m.agent);
    if (ag == NULL || mention_in(k, x->m.pos, x->m.agent) != NULL) {
        xmention_free(x);
        return ERR_CORRUPT;
    }
    if (ag->a.deleted) /* as canned replies */
        xmention_free(x);
    else
        core_add_mention(k, x);
    return ERR_OK;
}

err_t core_adopt(struct core *k, enum obj_type type, uint64_t id, struct span image)
{
    if (type != OBJ_PORTAL && id == 0)
        return ERR_CORRUPT;
    switch (type) {
    case OBJ_PORTAL:
        return portal_adopt(k, image);
    case OBJ_DEPT:
        return xdept_find(k, id) != NULL ? ERR_EXISTS : adopt_dept(k, id, image);
    case OBJ_AGENT:
        return xagent_find(k, id) != NULL ? ERR_EXISTS : adopt_agent(k, id, image);
    case OBJ_SESSION:
        return xsession_find(k, id) != NULL ? ERR_EXISTS : adopt_session(k, id, image);
    case OBJ_BLOCK:
        return xblock_find(k, id) != NULL ? ERR_EXISTS : adopt_block(k, id, image);
    case OBJ_CONV:
        return xconv_find(k, id) != NULL ? ERR_EXISTS : adopt_conv(k, id, image);
    case OBJ_ROLE:
        return xrole_find(k, id) != NULL ? ERR_EXISTS : adopt_role(k, id, image);
    case OBJ_CANNED:
        return xcanned_find(k, id) != NULL ? ERR_EXISTS : adopt_canned(k, id, image);
    case OBJ_TASK:
        return xtask_find(k, id) != NULL ? ERR_EXISTS : adopt_task(k, id, image);
    case OBJ_SAVED:
        return xsaved_find(k, id) != NULL ? ERR_EXISTS : adopt_saved(k, id, image);
    case OBJ_MENTION:
        return xmention_find(k, id) != NULL ? ERR_EXISTS : adopt_mention(k, id, image);
    case OBJ_NONE:
        break;
    }
    return ERR_CORRUPT;
}
