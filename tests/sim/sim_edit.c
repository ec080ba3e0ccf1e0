/*
 * What must hold of lines that their authors change or take back: they are theirs, the visitor's
 * while his chat goes on, and what stands on the disk is what the newest change says, whatever was
 * lost on the way.
 */
#include "sim.h"

struct span sim_said(const struct rec *rec)
{
    struct span said = body_get(rec->body, BODY_SAID);

    return said.len > 0 ? said : body_get(rec->body, BODY_TEXT);
}

static bool rec_at(const struct sim *s, uint64_t pos, struct rec *rec)
{
    const struct sim_rec *r;

    if (turn_read(s->turn, pos, rec) == ERR_OK)
        return true;
    r = disk_rec(s, pos);
    if (r == NULL || rec_decode(pos, (struct span){r->rec, r->rec_len},
                                (struct span){r->body, r->body_len}, rec) != ERR_OK)
        return false;
    (void)turn_body(s->turn, pos, &rec->body);
    return true;
}

void edit_ask(struct sim *s, struct sim_request *rq, const struct conv *cv)
{
    rq->type = sim_chance(s, 70) ? CMD_LINE_EDIT : CMD_LINE_REMOVE;
    rq->value = 1 + (int64_t)sim_roll(s, cv->seq);
    if (sim_chance(s, 50)) {
        mention_pick(s, rq);
        mention_edit(s, rq);
    }
    snprintf(rq->text, sizeof(rq->text), "rather %u", (unsigned)sim_roll(s, 1000));
}

/* As the api does: the line as it is now.  False: there is none to speak of. */
bool edit_fill(const struct sim *s, const struct sim_request *rq, struct cmd *cmd, struct rec *line)
{
    const struct conv *cv = core_conv(s->core, rq->conv);
    uint64_t pos = cv != NULL ? cv->last_pos : 0;

    while (pos != 0 && rec_at(s, pos, line) && line->seq != rq->value)
        pos = line->prev;
    cmd->edit = (struct cmd_edit){.line = line,
                                  .text = span_of(rq->text),
                                  .mentions = cmd->line.mentions,
                                  .nmentions = cmd->line.nmentions,
                                  .names = rq->names};
    return pos != 0;
}

static void fail(const struct sim *s, const struct rec *rec, const char *what)
{
    sim_fail(s, "CNV-4: %s at %llu: %s", rec_word(rec->type), (unsigned long long)rec->pos, what);
}

void rules_of_edits(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    bool note, over = sh->state == CONV_ENDED || sh->state == CONV_MISSED;
    struct rec line;

    if (rec->type != REC_CONV_EDITED)
        return;
    if (!rec_at(s, rec->edit.pos, &line) || line.obj != rec->obj || line.seq != rec->edit.seq ||
        line.n != rec->edit.n)
        fail(s, rec, "there is no such line");
    note = line.type == REC_CONV_NOTE;
    if (!note && line.type != REC_CONV_MESSAGE)
        fail(s, rec, "nobody said that");
    if (rec->who.kind != BY_AGENT || line.who.kind != BY_AGENT || line.who.id != rec->who.id)
        fail(s, rec, "not his to change");
    if ((rec->n == 0) != note)
        fail(s, rec, "a note's is no public line, a message's is one");
    if (!note && (over || sh->ending_ms != 0))
        fail(s, rec, "the chat is over");
    if (!note && !rec->edit.removed && rec->time_ms > line.time_ms + EDIT_MAX_MS)
        fail(s, rec, "too late");
    if (!span_eq(body_get(line.body, BODY_TEXT), body_get(rec->body, BODY_TEXT)))
        fail(s, rec, "the line does not say so");
}

/* By the disk alone: each change begins with what was there, and the last one is there. */
void rules_of_edited(struct sim *s)
{
    struct span *says = xcalloc(s->disk.nrecs + 1, sizeof(*says));
    struct rec rec;

    for (uint64_t pos = 1; pos <= s->disk.nrecs; pos++) {
        const struct sim_rec *r = disk_rec(s, pos);

        ensure(rec_decode(pos, (struct span){r->rec, r->rec_len},
                          (struct span){r->body, r->body_len}, &rec) == ERR_OK);
        says[pos] = sim_said(&rec);
        if (rec.type != REC_CONV_EDITED)
            continue;
        if (!span_eq(says[rec.edit.pos], body_get(rec.body, BODY_WAS)))
            fail(s, &rec, "something else stood there before");
        says[rec.edit.pos] = body_get(rec.body, BODY_TEXT);
    }
    for (uint64_t pos = 1; pos <= s->disk.nrecs; pos++) {
        const struct sim_rec *r = disk_rec(s, pos);

        ensure(rec_decode(pos, (struct span){r->rec, r->rec_len},
                          (struct span){r->body, r->body_len}, &rec) == ERR_OK);
        if (rec.type != REC_CONV_EDITED && !span_eq(says[pos], body_get(rec.body, BODY_TEXT)))
            fail(s, &rec, "it does not say what its author made of it");
    }
    free(says);
}
