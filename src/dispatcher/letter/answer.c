/*
 * What the writer of an answer by mail is shown: what they begin with, and what the mail will have
 * around it, by the templates and the chat as they are now.  Nothing is kept of it.
 */
#include <stdlib.h>

#include "dispatcher_int.h"

#define DRAFT_MAX_BYTES (400u << 10) /* an answer has its limits */

/* An answer that is yet to be written. */
struct subject {
    struct portal *portal;
    struct dept *dept; /* that speaks; NULL: it is gone */
    struct zone *zone;
    struct story story;
};

static void subject_fini(struct subject *s)
{
    story_fini(&s->story);
    zone_close(s->zone);
    if (s->dept != NULL)
        dept_free(s->dept);
    if (s->portal != NULL)
        portal_free(s->portal);
}

/* As freeze.c does it once the mail is ordered. */
static err_t subject_read(struct dispatcher *d, const json_t *fields, struct subject *s,
                          struct fault *f)
{
    err_t err = portal_read(d, &s->portal);

    if (err == ERR_OK)
        err = dept_read(d, question_id(fields, "department"), &s->dept);
    if (err != ERR_OK && err != ERR_NOTFOUND)
        return fault_refuse(f, err, NULL, REFUSE_SETTINGS_UNREAD);
    if (zone_open(span_of(s->portal->zone), &s->zone) != ERR_OK)
        ensure(zone_open(SPAN_LIT("UTC"), &s->zone) == ERR_OK);
    s->story.tongue = tongue_of(question_text(fields, "lang"));
    s->story.facts.about = LETTER_REPLY;
    s->story.facts.portal = span_of(s->portal->name);
    s->story.facts.department = span_of(s->dept != NULL ? s->dept->name : s->portal->name);
    s->story.facts.at_ms = now_wall_ms(d);
    err =
        story_read_answer(d, question_id(fields, "from"), question_id(fields, "agent"), &s->story);
    if (err != ERR_OK)
        return fault_refuse_with(f, err, NULL, REFUSE_DISPATCHER_SAYS,
                                 VALUES(OF_STR(story_trouble(err))));
    return ERR_OK;
}

static json_t *buf_json(const struct buf *b)
{
    return json_stringn(b->p != NULL ? b->p : "", b->len);
}

void answer_draft(struct dispatcher *d, const struct question *q, const json_t *fields)
{
    struct subject s = {0};
    struct letter_draft out = {0};
    struct fault f = {0};

    if (subject_read(d, fields, &s, &f) == ERR_OK) {
        struct letter_form form = {.tongue = s.story.tongue, .letter = LETTER_REPLY};

        templates_pick(d, s.portal, s.dept, &form);
        letter_draft(&form, &s.story.facts, s.zone, &out);
        if (out.opening.len + out.closing.len + out.above.len + out.below.len > DRAFT_MAX_BYTES)
            fault_refuse(&f, ERR_TOOBIG, NULL, REFUSE_ANSWER_LONG);
    }
    if (f.err != ERR_OK)
        question_refuse(d, q, &f);
    else
        question_answer(d, q,
                        json_pack("{s:o, s:o, s:o, s:o, s:b}", "opening", buf_json(&out.opening),
                                  "closing", buf_json(&out.closing), "above", buf_json(&out.above),
                                  "below", buf_json(&out.below), "greets", (int)out.greets));
    letter_draft_fini(&out);
    subject_fini(&s);
}
