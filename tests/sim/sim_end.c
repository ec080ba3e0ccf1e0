/* What must hold of ends that can be undone: nothing but time, or a word of the visitor's, comes
 * between an end and its being so.
 */
#include "sim.h"

static void fail(struct sim *s, const struct shadow *sh, const struct rec *rec, const char *what)
{
    sim_fail(s, "CNV-6: %llu, %s at %llu: %s", (unsigned long long)sh->id, rec_word(rec->type),
             (unsigned long long)rec->pos, what);
}

/* By the records alone, before they move the shadow. */
void shadow_ends(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    bool ending = sh->ending_ms != 0, own = rec->who.kind == BY_AGENT;

    switch (rec->type) {
    case REC_CONV_ENDING:
        if (ending || sh->state != CONV_ACTIVE || !own)
            fail(s, sh, rec, "nothing to end");
        if (rec->hold.until_ms != rec->time_ms + END_UNDO_MS)
            fail(s, sh, rec, "not the time to undo it");
        sh->ending_ms = rec->hold.until_ms;
        sh->ending_by = rec->who.id;
        break;
    case REC_CONV_END_UNDONE:
        if (!ending || (own && rec->who.id != sh->ending_by) ||
            (!own && (rec->who.kind != BY_VISITOR || !sh->spoke_since)))
            fail(s, sh, rec, "not his to undo");
        sh->ending_ms = 0;
        sh->spoke_since = false;
        break;
    case REC_CONV_ENDED:
        if (ending && rec->cid == 0 && rec->hold.why == WHY_AGENT &&
            (rec->time_ms < sh->ending_ms || rec->who.id != sh->ending_by))
            fail(s, sh, rec, "before its time, or by somebody else");
        sh->ending_ms = 0;
        break;
    case REC_CONV_MESSAGE:
        if (ending && own)
            fail(s, sh, rec, "a reply after the end");
        sh->spoke_since = ending;
        break;
    case REC_CONV_RETURNED:
    case REC_CONV_TRANSFERRED:
    case REC_CONV_ASSIGNED:
        if (ending)
            fail(s, sh, rec, "after the end");
        break;
    default:
        break;
    }
}

/* In a state where nothing is due. */
void rules_of_ends(struct sim *s, const struct conv *cv, const struct shadow *sh)
{
    if (cv->ending_ms != sh->ending_ms || (sh->ending_ms != 0 && cv->ending_by != sh->ending_by))
        sim_fail(s, "CNV-6: %llu ends otherwise than its records say", (unsigned long long)cv->id);
    if (sh->spoke_since)
        sim_fail(s, "CNV-6: %llu ends though its visitor wrote", (unsigned long long)cv->id);
    if (cv->ending_ms != 0 && cv->ending_ms <= s->told.now_ms && s->told.now_ms >= s->floor_ms)
        sim_fail(s, "CNV-6: %llu has not ended in time", (unsigned long long)cv->id);
}
