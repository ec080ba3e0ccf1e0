/*
 * A conversation's lines: from the newest record backwards, out of what the turn still has and then
 * out of the store, until enough is there.  Bounded in lines, bytes and time.
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
    bool is_line;

    if (number == 0)
        return true;
    if (number <= g->want->after) {
        g->enough = true;
        return false;
    }
    if (g->want->before != 0 && number >= g->want->before)
        return true;
    jw_obj(&j);
    is_line = g->want->visitor ? view_visitor_line(&j, g->api->env.view, g->cv, rec)
                               : view_agent_line(&j, g->api->env.view, g->cv, rec);
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

/* May these lines go outside?  One walk from the newest to the first of them. */
struct choice {
    const uint64_t *seqs;
    size_t n; /* the ones still to be found are the first of them */
    bool with_notes;
    struct fault *f;
};

static bool choice_rec(void *arg, const struct rec *rec)
{
    struct choice *ch = arg;

    if (ch->n > 0 && rec->seq < ch->seqs[ch->n - 1])
        return false; /* no record has this number */
    if (ch->n == 0 || rec->seq != ch->seqs[ch->n - 1])
        return true;
    if (rec->type == REC_CONV_NOTE && !ch->with_notes)
        fault_set(ch->f, ERR_INVAL, "lines", "line %u is a note: with_notes is needed", rec->seq);
    else if (!view_line_has_words(rec))
        fault_set(ch->f, ERR_INVAL, "lines", "line %u has no words to forward", rec->seq);
    else
        ch->n--;
    return ch->f->err == ERR_OK && ch->n > 0;
}

err_t lines_check(struct api *api, const struct conv *cv, const uint64_t *seqs, size_t n,
                  bool with_notes, struct fault *f)
{
    struct choice ch = {.seqs = seqs, .n = n, .with_notes = with_notes, .f = f};
    uint64_t pos = cv->last_pos, next = 0;
    struct rec rec;

    *f = (struct fault){0};
    while (pos != 0 && turn_read(api->env.turn, pos, &rec) == ERR_OK)
        pos = choice_rec(&ch, &rec) ? rec.prev : 0;
    if (pos != 0 &&
        store_walk_conv(api->env.store, pos, CONV_LINES_MAX, choice_rec, &ch, &next) != ERR_OK)
        return fault_set(f, ERR_IO, NULL, "%s", "");
    if (f->err != ERR_OK || ch.n == 0)
        return f->err;
    return fault_set(f, ERR_INVAL, "lines", "there is no line %llu",
                     (unsigned long long)seqs[ch.n - 1]);
}

err_t lines_write(struct jw *j, struct api *api, const struct conv *cv,
                  const struct line_want *want, bool *more)
{
    struct gather g = {.api = api, .cv = cv, .want = want};
    uint64_t pos = gather_turn(&g);
    err_t err = ERR_OK;

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
