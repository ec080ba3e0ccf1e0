/* The state that commands are given in, once and again. */
#ifndef CORE_AGAIN_SCENE_H
#define CORE_AGAIN_SCENE_H

#include "core_world.h"

/* What the commands speak of. */
struct scene {
    struct world *w;
    uint64_t ann, bob, help, chat, block, session, canned, token, task, view, mention;
    struct change portal_name, dept_name, agent_name, new_agent[2];
    struct member member;
    struct mail_order order;
    struct rec line;
    uint8_t hash[HASH_BYTES];
};

/* Two agents and a chat that is offered to the first of them. */
void scene_open(struct world *w, struct scene *s);
struct span hash_of(const struct scene *s);

#endif
