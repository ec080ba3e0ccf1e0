/* The simulator's own book: what it knows of each conversation, in the order in which they came. */
#include "sim.h"

struct shadow *shadow_find(const struct sim *s, uint64_t conv)
{
    for (size_t i = s->nshadows; i-- > 0;)
        if (s->shadows[i]->id == conv)
            return s->shadows[i];
    return NULL;
}

struct shadow *shadow_new(struct sim *s, const struct rec *rec)
{
    struct shadow *sh = xcalloc(1, sizeof(*sh));

    if (s->nshadows == s->shadows_cap) {
        s->shadows_cap = s->shadows_cap != 0 ? 2 * s->shadows_cap : 64;
        s->shadows = xrealloc(s->shadows, s->shadows_cap * sizeof(struct shadow *));
    }
    s->shadows[s->nshadows++] = sh;
    sh->id = rec->obj;
    sh->dept = rec->ring.dept;
    sh->state = rec->type == REC_CONV_RANG ? CONV_WAITING : CONV_LEFT;
    return sh;
}

void shadow_fini(struct sim *s)
{
    for (size_t i = 0; i < s->nshadows; i++) {
        free(s->shadows[i]->lines);
        free(s->shadows[i]);
    }
    free(s->tasks);
    s->tasks = NULL;
    s->ntasks = s->tasks_cap = 0;
    free(s->mentions);
    s->mentions = NULL;
    s->nmentions = s->mentions_cap = 0;
    free(s->shadows);
    s->shadows = NULL;
    s->nshadows = s->shadows_cap = 0;
}
