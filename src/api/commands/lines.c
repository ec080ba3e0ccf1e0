/*
 * A conversation's lines: from the newest record backwards, or from near where the reader wants
 * them, out of what the turn still has and then out of the store, until enough is there.  The cost
 * follows what is returned.  Bounded in lines, bytes and time.
 */
#include "api_int.h"

/* Lines come newest first and are written oldest first: each is rendered to its own place. */
struct gather {
    struct api *api;
    const struct conv *cv;
    const struct line_want *want;
    struct buf text; /* all lines, newest first */
    struct {
        size_t at, len;
    } * lines;
    size_t n, cap;
    bool enough; /* reached what the client has */
    bool more;   /* there would be older ones */
};

static bool gather_full(const struct gather *g)
{
    return g->n >= g->want->max || g->text.len >= LINES_BYTES;
}

/* False: no older record is wanted. */
static bool gather_rec(void *arg, const struct rec *rec)
{
    struct gather *g = arg;
    struct jw j = {.b = &g->text};
    size_t at = g->text.len;
    uint32_t number = g->want->visitor ? rec->n : rec->seq;
    struct rec now = *rec;
    bool is_line;

    if (number == 0)
        return true;
    if (number <= g->want->after) {
        g->enough = true;
        return false;
    }
    if (g->want->before != 0 && number >= g->want->before)
        return true;
    (void)turn_body(g->api->env.turn, rec->pos, &now.body);
    jw_obj(&j);
    is_line = g->want->visitor ? view_visitor_line(&j, g->api->env.view, g->cv, &now)
                               : view_agent_line(&j, g->api->env.view, g->cv, &now);
    jw_obj_end(&j);
    if (!is_line) {
        g->text.len = at;
        return true;
    }
    if (gather_full(g)) {
        g->text.len = at;
        g->more = true;
        return false;
    }
    if (g->n == g->cap) {
        g->cap = g->cap == 0 ? 64 : g->cap * 2;
        g->lines = xrealloc(g->lines, g->cap * sizeof(*g->lines));
    }
    g->lines[g->n].at = at;
    g->lines[g->n++].len = g->text.len - at;
    return true;
}

/* Does the reader have all lines already?  Then there is nothing to look for. */
static bool gather_is_idle(const struct gather *g)
{
    return g->want->after >= (g->want->visitor ? g->cv->n : g->cv->seq);
}

/*
 * Lines far above the end are not reached by passing over all below them.  0: from the end.  What
 * is found that way is durable, and so is all before it.
 */
static uint64_t gather_short_cut(const struct gather *g)
{
    const struct line_want *want = g->want;
    uint64_t pos;

    if (want->before <= 1 || store_find_line(g->api->env.store, g->cv->id, want->visitor,
                                             want->before - 1, &pos) != ERR_OK)
        return 0;
    return pos;
}

/* What is not durable yet.  Gives the position from which the store goes on; 0: no older record. */
static uint64_t gather_turn(struct gather *g)
{
    uint64_t pos = g->cv->last_pos;
    struct rec rec;

    while (pos != 0 && turn_read(g->api->env.turn, pos, &rec) == ERR_OK) {
        if (!gather_rec(g, &rec))
            return 0;
        pos = rec.prev;
    }
    return pos;
}

/* May these lines go outside?  They are looked for from the newest on. */
struct choice {
    const uint64_t *seqs;
    size_t n; /* the ones still to be found are the first of them */
    bool with_notes;
    uint64_t pos; /* where to go on: of a record after the next of them; 0: there is none */
    uint64_t seq; /* that record's number, or more */
    struct fault *f;
};

/* False: there is an end to it, or the next line is far away. */
static bool choice_rec(void *arg, const struct rec *rec)
{
    struct choice *ch = arg;
    uint64_t wanted = ch->seqs[ch->n - 1];

    ch->pos = rec->prev;
    ch->seq = rec->seq;
    if (rec->seq > wanted)
        return true;
    if (rec->seq < wanted) { /* no record has this number */
        ch->pos = 0;
        return false;
    }
    if (rec->type == REC_CONV_NOTE && !ch->with_notes)
        fault_refuse_with(ch->f, ERR_INVAL, "lines", REFUSE_LINE_NOTE, VALUES(OF_INT(rec->seq)));
    else if (!view_line_has_words(rec))
        fault_refuse_with(ch->f, ERR_INVAL, "lines", REFUSE_LINE_EMPTY, VALUES(OF_INT(rec->seq)));
    else
        ch->n--;
    return ch->f->err == ERR_OK && ch->n > 0 && rec->seq - ch->seqs[ch->n - 1] <= MILESTONE_RECORDS;
}

/* Go near the next line, if there is a way that passes over fewer records than are in between. */
static void choice_jump(struct choice *ch, struct api *api, const struct conv *cv)
{
    uint64_t wanted = ch->seqs[ch->n - 1], pos;

    if (ch->seq > wanted + MILESTONE_RECORDS &&
        store_find_line(api->env.store, cv->id, false, (uint32_t)wanted, &pos) == ERR_OK)
        ch->pos = pos;
}

static err_t choice_walk(struct choice *ch, struct api *api, const struct conv *cv)
{
    uint64_t next = 0;
    struct rec rec;
    bool on = true;
    err_t err = ERR_OK;

    while (err == ERR_OK && ch->n > 0 && ch->pos != 0 && ch->f->err == ERR_OK) {
        choice_jump(ch, api, cv);
        for (on = true; on && ch->pos != 0 && turn_read(api->env.turn, ch->pos, &rec) == ERR_OK;)
            on = choice_rec(ch, &rec);
        if (!on || ch->pos == 0)
            continue;
        err = store_walk_conv(api->env.store, ch->pos, CONV_LINES_MAX, choice_rec, ch, &next);
        if (ch->pos != 0)
            ch->pos = next;
    }
    return err;
}

err_t lines_check(struct api *api, const struct conv *cv, const uint64_t *seqs, size_t n,
                  bool with_notes, struct fault *f)
{
    struct choice ch = {.seqs = seqs,
                        .n = n,
                        .with_notes = with_notes,
                        .pos = cv->last_pos,
                        .seq = cv->seq,
                        .f = f};

    *f = (struct fault){0};
    if (choice_walk(&ch, api, cv) != ERR_OK)
        return fault_refuse(f, ERR_IO, NULL, REFUSE_NONE);
    if (f->err != ERR_OK || ch.n == 0)
        return f->err;
    return fault_refuse_with(f, ERR_INVAL, "lines", REFUSE_LINE_UNKNOWN,
                             VALUES(OF_INT(seqs[ch.n - 1])));
}

/* one line */

struct one {
    uint32_t seq;
    struct rec *rec;
    struct buf *mem;
    bool found;
};

/* False: no older record is wanted. */
static bool one_rec(void *arg, const struct rec *rec)
{
    struct one *one = arg;

    if (rec->seq > one->seq)
        return true;
    if (rec->seq == one->seq) {
        *one->rec = *rec;
        buf_add_span(one->mem, rec->body);
        one->rec->body = buf_span(one->mem);
        one->rec->unknown = SPAN_NONE;
        one->found = true;
    }
    return false;
}

err_t line_find(struct api *api, const struct conv *cv, uint32_t seq, struct rec *rec,
                struct buf *mem)
{
    struct one one = {.seq = seq, .rec = rec, .mem = mem};
    uint64_t pos = cv->last_pos, near, next;
    bool on = seq <= cv->seq;
    struct span body;
    struct rec r;
    err_t err = ERR_OK;

    while (on && pos != 0 && turn_read(api->env.turn, pos, &r) == ERR_OK) {
        on = one_rec(&one, &r);
        pos = r.prev;
    }
    if (on && store_find_line(api->env.store, cv->id, false, seq, &near) == ERR_OK)
        pos = near;
    while (err == ERR_OK && on && pos != 0) {
        err = store_walk_conv(api->env.store, pos, CONV_LINES_MAX, one_rec, &one, &next);
        on = !one.found && next != pos;
        pos = next;
    }
    if (err == ERR_OK && one.found && turn_body(api->env.turn, rec->pos, &body)) {
        buf_reset(mem);
        buf_add_span(mem, body);
        rec->body = buf_span(mem);
    }
    return err == ERR_OK && !one.found ? ERR_NOTFOUND : err;
}

err_t lines_write(struct jw *j, struct api *api, const struct conv *cv,
                  const struct line_want *want, bool *more)
{
    struct gather g = {.api = api, .cv = cv, .want = want};
    uint64_t pos = 0;
    err_t err = ERR_OK;

    if (!gather_is_idle(&g) && (pos = gather_short_cut(&g)) == 0)
        pos = gather_turn(&g);

    while (err == ERR_OK && pos != 0 && !g.enough && !g.more) {
        uint64_t next = 0;

        err = store_walk_conv(api->env.store, pos, CONV_LINES_MAX, gather_rec, &g, &next);
        if (next == pos)
            break;
        pos = next;
    }
    if (err == ERR_OK) {
        jw_arr(j);
        for (size_t i = g.n; i-- > 0;)
            jw_raw(j, (struct span){g.text.p + g.lines[i].at, g.lines[i].len});
        jw_arr_end(j);
        *more = g.more;
    }
    buf_fini(&g.text);
    free(g.lines);
    return err;
}
