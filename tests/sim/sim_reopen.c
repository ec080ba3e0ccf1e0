/*
 * What must hold of chats that are opened again: only one that has ended goes on, as one other at a
 * time, with the same visitor, and that one is somebody's from its first moment.
 */
#include "sim.h"

#define NEWEST 12 /* of them are opened again */

static void fail(struct sim *s, const struct shadow *sh, const char *what)
{
    sim_fail(s, "CNV-6: %llu %s", (unsigned long long)sh->id, what);
}

/* One of the newest: what comes of it is for the rules to say. */
void reopen_step(struct sim *s, struct sim_client *c)
{
    const struct shadow *sh;
    struct sim_request rq = {.type = CMD_CONV_REOPEN, .value = (int64_t)c->id};

    if (s->nshadows == 0)
        return;
    sh = s->shadows[s->nshadows - 1 - sim_roll(s, s->nshadows < NEWEST ? s->nshadows : NEWEST)];
    if (sh->state != CONV_ENDED && !sim_chance(s, 10))
        return;
    rq.conv = sh->id;
    if (sim_chance(s, 20))
        rq.value = (int64_t)s->clients[sim_roll(s, SIM_AGENTS)].id;
    client_send(s, c, rq);
}

/* His page asks for the old one, and has the new one from then on. */
bool reopen_follow(struct sim *s, struct sim_client *c, const struct shadow *sh)
{
    if (sh->next == 0 || c->npending > 0)
        return false;
    people_drop(s, c);
    c->id = sh->next;
    c->last_n = 0;
    c->done = false;
    s->did.gone_on++;
    return true;
}

static void check_begun(struct sim *s, const struct shadow *sh, const struct rec *rec)
{
    const struct shadow *before = shadow_find(s, rec->ring.previous);

    if (before == NULL || before->next != sh->id || before->state != CONV_ENDED)
        fail(s, sh, "goes on from one that does not say so, or is not over");
    if (rec->who.kind == BY_VISITOR || rec->ring.here)
        fail(s, sh, "is a visitor's own doing");
    if (rec->ring.dept != before->dept || rec->ring.entry != before->entry)
        fail(s, sh, "goes on elsewhere");
}

/* By the records alone. */
void shadow_reopen(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    const struct shadow *next = shadow_find(s, sh->next);

    if (sh->unheld && rec->type != REC_CONV_ASSIGNED && rec->type != REC_CONV_RULED)
        fail(s, sh, "was opened again, and is nobody's");
    sh->unheld = sh->unheld && rec->type == REC_CONV_RULED;
    if (rec->type == REC_CONV_REOPENED) {
        if (sh->state != CONV_ENDED)
            fail(s, sh, "goes on and is not over");
        if (next != NULL && next->state != CONV_ENDED && next->state != CONV_MISSED)
            fail(s, sh, "goes on twice at once");
        sh->next = rec->reopen.conv;
        s->did.reopened++;
    }
    if (rec->type != REC_CONV_RANG || rec->ring.previous_number == 0)
        return;
    sh->reopened = sh->unheld = sh->left = true;
    sh->before = rec->ring.previous;
    check_begun(s, sh, rec);
}

/* In a state where nothing is due. */
void rules_of_reopened(struct sim *s)
{
    for (size_t i = 0; i < s->nshadows; i++) {
        const struct shadow *sh = s->shadows[i];
        const struct conv *cv = core_conv(s->core, sh->id);

        if (sh->next != 0 && shadow_find(s, sh->next) == NULL)
            fail(s, sh, "goes on as none");
        if (cv != NULL && (cv->next != sh->next || (cv->previous_number != 0) != sh->reopened))
            fail(s, sh, "does not know as what it goes on");
    }
}
