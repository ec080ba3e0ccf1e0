/*
 * Visitors who come back.  Who was missed, and has somebody to talk to now, waits for no answer any
 * more: the gateway's own command says so of what he asked before.  It is he by the token that he
 * showed when he rang again, or by his address, in the same department.  Looked at when a chat is
 * taken, and once more when it is over, for between the two the gateway may have been killed.
 */
#include "watch_int.h"

#define SAME_MAX 20 /* conversations of one address that one chat answers */

void returned_note(struct watch *w, const struct conv *cv, const struct rec *rec)
{
    bool met = rec->type == REC_CONV_ACCEPTED || rec->type == REC_CONV_ASSIGNED ||
               (rec->type == REC_CONV_ENDED && conv_is_answered(cv));

    /* One that an agent has opened again is nobody's answer before its visitor has come. */
    if (cv->previous_number != 0 && (cv->left || rec->type == REC_CONV_ASSIGNED))
        return;
    if (met && !w->stopping && (cv->previous != 0 || cv->email[0] != '\0'))
        id_list_add(&w->met, cv->id);
}

static void answer(struct watch *w, const struct conv *chat, uint64_t id, bool by_token)
{
    struct conv_ref ref;
    struct cmd cmd = {.type = CMD_CONV_BOX, .who = {.kind = BY_SYSTEM}, .conv = id};
    bool same;

    if (id == 0 || id == chat->id || conv_open(w->env.view, id, &ref) != ERR_OK)
        return;
    same = conv_box(ref.cv) == BOX_TO_ANSWER && (by_token || ref.cv->dept == chat->dept);
    conv_done(&ref);
    if (!same)
        return;
    cmd.box = (struct cmd_box){.box = BOX_ANSWERED,
                               .was = BOX_TO_ANSWER,
                               .agent = chat->agent,
                               .conv = chat->id,
                               .number = chat->number};
    turn_command(w->env.turn, &cmd, view_now(w->env.view), NULL, NULL);
}

/* The command may move the conversation in memory: what is needed of it is copied. */
static void returned_look(struct watch *w, const struct conv *cv)
{
    struct conv chat = {.id = cv->id, .number = cv->number, .dept = cv->dept, .agent = cv->agent};
    uint64_t ids[SAME_MAX], previous = cv->previous;
    size_t n = 0;

    if (cv->email[0] != '\0' &&
        view_list_to_answer(w->env.view, email_fingerprint(span_of(cv->email)), ids, SAME_MAX,
                            &n) != ERR_OK)
        n = 0;
    answer(w, &chat, previous, true);
    for (size_t i = 0; i < n; i++)
        answer(w, &chat, ids[i], false);
}

void returned_tick(struct watch *w)
{
    struct id_list met = w->met;
    struct conv_ref ref;

    w->met = (struct id_list){0};
    for (size_t i = 0; i < met.n && !w->stopping; i++) {
        if (conv_open(w->env.view, met.ids[i], &ref) != ERR_OK)
            continue;
        returned_look(w, ref.cv);
        conv_done(&ref);
    }
    id_list_fini(&met);
}
