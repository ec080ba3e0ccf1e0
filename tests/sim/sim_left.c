/*
 * What is left while nobody is there: it is kept only as long as nobody comes, it comes to wait in
 * its turn, and it is neither missed for a visitor who is not there nor told of twice.
 */
#include "sim.h"

static bool is_here(const struct agent *ag, uint64_t dept)
{
    struct agent free = *ag;

    free.active_count = free.offer_count = 0; /* who has all that he can take is there too */
    return sim_is_free(&free, dept, 0);
}

/* Its hours are on, it takes chats, and somebody is there for them. */
static bool is_open(const struct sim *s, const struct dept *d)
{
    if (!d->enabled || !d->chat_on || d->hours.shut)
        return false;
    for (uint64_t id = 0; core_next_agent(s->core, &id);)
        if (is_here(core_agent(s->core, id), d->id))
            return true;
    return false;
}

static bool is_kept(const struct sim *s, const struct dept *d)
{
    return d != NULL && d->left_routed && d->enabled && d->chat_on && !is_open(s, d);
}

/* By its records: whether its visitor was left out of it so far. */
void shadow_left(struct shadow *sh, const struct rec *rec)
{
    switch (rec->type) {
    case REC_CONV_RANG:
    case REC_CONV_LEFT:
        sh->here = rec->ring.here;
        sh->began_left = rec->type == REC_CONV_LEFT;
        sh->rang_ms = rec->time_ms;
        break;
    case REC_CONV_QUEUED:
        sh->left = true;
        sh->queued_ms = rec->time_ms;
        break;
    case REC_CONV_ACCEPTED:
    case REC_CONV_ASSIGNED:
        if (sh->state == CONV_LEFT) {
            sh->left = true;
            sh->queued_ms = rec->time_ms;
        }
        if (sh->here && sh->state != CONV_ACTIVE)
            sh->left = false;
        break;
    case REC_CONV_MESSAGE:
    case REC_CONV_MAILED:
        if (rec->who.kind == BY_AGENT && sh->answered_seq == 0)
            sh->answered_seq = rec->seq;
        break;
    case REC_CONV_VISITOR_GONE:
        sh->here = false;
        break;
    case REC_CONV_VISITOR_BACK:
        sh->here = true;
        if (sh->state == CONV_ACTIVE)
            sh->left = false;
        break;
    default:
        break;
    }
}

/* Just after it came to wait: the department is open, and nothing that was left before it is
 * behind.
 */
static void check_queued(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct dept *d = core_dept(s->core, sh->dept);

    s->did.queued++;
    if (d == NULL || !d->left_routed || !is_open(s, d))
        sim_fail(s, "RTE-13: %llu comes to wait where nobody is", (unsigned long long)sh->id);
    if (rec->hold.until_ms != rec->time_ms + d->wait_ms)
        sim_fail(s, "RTE-13: %llu waits for another time than is set", (unsigned long long)sh->id);
    for (size_t i = 0; i < s->nshadows; i++) {
        const struct shadow *other = s->shadows[i];

        if (other->state == CONV_LEFT && other->dept == sh->dept && other->rang_ms < sh->rang_ms)
            sim_fail(s, "RTE-13: %llu overtakes %llu", (unsigned long long)sh->id,
                     (unsigned long long)other->id);
    }
}

/* `was`: its state before this record. */
void rules_of_left(struct sim *s, const struct rec *rec, const struct shadow *sh,
                   enum conv_state was)
{
    if (rec->type == REC_CONV_QUEUED)
        check_queued(s, rec, sh);
    if (rec->type != REC_CONV_MISSED)
        return;
    if (was == CONV_LEFT && rec->hold.why == WHY_NOBODY &&
        is_kept(s, core_dept(s->core, sh->dept)) && rec->time_ms < sh->rang_ms + LEFT_KEPT_MS)
        sim_fail(s, "RTE-13: %llu is missed and could be kept", (unsigned long long)sh->id);
    if (sh->left && rec->hold.why == WHY_GONE)
        sim_fail(s, "RTE-13: %llu is missed because who left it is gone",
                 (unsigned long long)sh->id);
}

/* When nothing is due. */
void rules_of_kept(struct sim *s, const struct conv *cv, const struct shadow *sh)
{
    if (cv->left != sh->left || cv->queued_ms != sh->queued_ms)
        sim_fail(s, "RTE-13: %llu was left otherwise than its records say",
                 (unsigned long long)cv->id);
    if (cv->state == CONV_LEFT && !is_kept(s, core_dept(s->core, cv->dept)))
        sim_fail(s, "RTE-13: %llu is kept though somebody is there, or nobody comes to it",
                 (unsigned long long)cv->id);
}

int64_t left_waits_since(const struct conv *cv)
{
    return cv->returned_ms != 0 ? cv->returned_ms
           : cv->queued_ms != 0 ? cv->queued_ms
                                : cv->rang_ms;
}

bool left_was_told(const struct sim *s, const struct rec *before, const struct rec *missed)
{
    const struct shadow *sh = shadow_find(s, missed->obj);
    bool at_once = before != NULL && before->type == REC_CONV_LEFT && before->obj == missed->obj &&
                   before->time_ms == missed->time_ms && missed->hold.why == WHY_NOBODY;
    bool answered = sh != NULL && sh->answered_seq != 0 && sh->answered_seq < missed->seq;

    return sh != NULL && sh->began_left && !at_once && !answered;
}
