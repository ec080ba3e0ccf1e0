/*
 * The command `search`.  It goes between two threads: another one asks the index and looks into
 * texts, this one asks the audience, before texts are looked at and once more before anything is
 * written down, for rights may have changed.  One search is under way at a time, and others wait.
 */
#include <stdlib.h>

#include "commands/search.h"
#include "deskbell/clock.h"
#include "deskbell/tlv.h"

#define COARSE 256 /* where a search that ran out of time stands is told no closer */

static void searches_go(struct api *api);

static void searching_free(struct searching *s)
{
    for (size_t i = 0; i < s->nlooked; i++)
        search_line_fini(&s->looked[i].line);
    for (size_t i = 0; i < s->nkept; i++)
        search_line_fini(&s->kept[i].line);
    free(s->kept);
    id_list_fini(&s->depts);
    search_query_free(s->query);
    free(s);
}

static size_t wanted(const struct searching *s)
{
    return s->by_relevance ? RELEVANT_MAX : s->max;
}

static bool has_enough(const struct searching *s)
{
    return s->nkept >= wanted(s);
}

/* on the other thread */

/* Filters alone are the audience's business, which has had it already. */
static bool candidate_holds(const struct searching *s, struct candidate *cd)
{
    if (cd->last_pos == 0)
        return false;
    return !search_query_has_text(s->query) ||
           search_look(s->l.api->env.store, s->query, cd->last_pos, &cd->line) == ERR_OK;
}

static void candidates_look(struct searching *s)
{
    s->kept = xrealloc(s->kept, (s->nkept + s->nlooked + 1) * sizeof(*s->kept));
    for (size_t i = 0; i < s->nlooked; i++) {
        struct candidate *cd = &s->looked[i];

        s->late = s->late || clock_mono_ms() > s->until_ms;
        s->cut = s->cut || s->late || has_enough(s);
        if (!s->cut && candidate_holds(s, cd))
            s->kept[s->nkept++] = *cd;
        else
            search_line_fini(&cd->line);
        if (!s->cut)
            s->at = cd->number;
    }
    s->nlooked = 0;
}

static void candidates_find(struct searching *s)
{
    struct search_hit hits[LOOKED_AT];
    size_t n = 0;

    if (s->begun)
        s->want.below = s->next;
    s->begun = true;
    s->err = search_find(s->l.api->env.search, &s->want, s->until_ms, hits, COUNT_OF(hits), &n,
                         &s->next);
    for (size_t i = 0; s->err == ERR_OK && i < n; i++)
        s->looked[s->nlooked++] =
            (struct candidate){.number = hits[i].number, .conv = hits[i].conv};
    s->late = clock_mono_ms() > s->until_ms;
}

static void search_work(void *ctx)
{
    struct searching *s = ctx;

    candidates_look(s);
    if (!s->cut && !s->late && !has_enough(s) && (!s->begun || s->next != 0))
        candidates_find(s);
}

/* the answer */

static void parts_write(struct jw *j, const struct search_line *line)
{
    size_t at = 0;

    jw_key(j, "parts");
    jw_arr(j);
    for (size_t i = 0; i <= line->nmarks && at < line->text.len; i++) {
        size_t from = i < line->nmarks ? line->marks[i].from : line->text.len;
        size_t to = i < line->nmarks ? line->marks[i].to : line->text.len;

        if (from > at) {
            jw_obj(j);
            jw_k_span(j, "text", (struct span){line->text.p + at, from - at});
            jw_k_bool(j, "hit", false);
            jw_obj_end(j);
        }
        if (to > from) {
            jw_obj(j);
            jw_k_span(j, "text", (struct span){line->text.p + from, to - from});
            jw_k_bool(j, "hit", true);
            jw_obj_end(j);
        }
        at = to;
    }
    jw_arr_end(j);
}

/* Of its text no more than the piece. */
static void line_write(struct jw *j, const struct api *api, const struct conv *cv,
                       const struct search_line *line)
{
    enum body_tag tag = line->rec.type == REC_CONV_RANG          ? BODY_QUESTION
                        : line->rec.type == REC_CONV_TRANSFERRED ? BODY_NOTE
                                                                 : BODY_TEXT;
    struct span email = body_get(line->rec.body, BODY_EMAIL);
    struct rec rec = line->rec;
    struct buf body = {0};

    tlv_put_span(&body, tag, line->text);
    if (email.len > 0 && rec.type != REC_CONV_RANG && rec.type != REC_CONV_LEFT)
        tlv_put_span(&body, BODY_EMAIL, email);
    rec.body = buf_span(&body);
    jw_key(j, "line");
    jw_obj(j);
    (void)view_agent_line(j, api->env.view, cv, &rec);
    jw_obj_end(j);
    buf_fini(&body);
}

static void row_write(struct jw *j, const struct searching *s, const struct candidate *cd,
                      const struct conv *cv)
{
    const struct api *api = s->l.api;

    jw_obj(j);
    jw_key(j, "head");
    view_head(j, api->env.view, cv, conv_may(api->env.view, &s->l.who, cv));
    if (cd->line.words > 0)
        jw_k_str(j, "field", search_field_word(cd->line.field));
    if (cd->line.words > 0 && cd->line.field == SEARCH_IN_LINE)
        line_write(j, api, cv, &cd->line);
    jw_k_bool(j, "cut", cd->line.cut);
    parts_write(j, &cd->line);
    jw_obj_end(j);
}

static int more_relevant(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->line.words != y->line.words)
        return x->line.words < y->line.words ? 1 : -1;
    return (x->number < y->number) - (x->number > y->number);
}

/* The number of a conversation that this reader may not see is nobody's to give away. */
static uint64_t coarse(const struct searching *s, uint64_t number)
{
    uint64_t up = (number + COARSE - 1) / COARSE * COARSE;

    return s->want.all || number == 0 || up >= s->want.below ? number : up;
}

/* Where the next page begins, behind the rows that were written; 0: this was the last. */
static uint64_t cursor_of(const struct searching *s, size_t written)
{
    if (s->by_relevance)
        return written < s->nkept ? written : 0;
    if (written < s->nkept || (has_enough(s) && (s->cut || s->next != 0)))
        return s->kept[written - 1].number;
    if (!s->late)
        return 0;
    return coarse(s, s->cut ? s->at : s->next);
}

static void rows_write(struct jw *j, struct searching *s, const struct reader *r)
{
    size_t from_len = j->b->len, i = s->skip < s->nkept ? s->skip : s->nkept, n = 0;

    if (s->by_relevance && s->nkept > 0)
        qsort(s->kept, s->nkept, sizeof(*s->kept), more_relevant);
    jw_key(j, "rows");
    jw_arr(j);
    for (; i < s->nkept && n < s->max && j->b->len - from_len < ROWS_BYTES; i++, n++) {
        struct conv_ref ref;

        if (conv_open(s->l.api->env.view, s->kept[i].conv, &ref) != ERR_OK)
            continue;
        if (search_want_fits(s, r, ref.cv))
            row_write(j, s, &s->kept[i], ref.cv);
        conv_done(&ref);
    }
    jw_arr_end(j);
    jw_k_id(j, "cursor", cursor_of(s, i));
}

static void search_answer(struct call *c, struct searching *s, const struct reader *r)
{
    struct search_status st;
    struct buf b = {0};
    struct jw j = {.b = &b};

    search_status_get(c->api->env.search, &st);
    jw_obj(&j);
    rows_write(&j, s, r);
    jw_k_bool(&j, "partial", s->late);
    jw_k_bool(&j, "behind", st.behind);
    jw_k_int(&j, "took_ms", clock_mono_ms() - s->from_ms);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

static void search_end(struct searching *s)
{
    struct api *api = s->l.api;
    struct reader r = reader_of(api->env.core, &s->l.who);
    struct call c;

    later_call(&s->l, &c);
    if (r.kind == READER_NONE)
        call_refuse(&c, ERR_AUTH, NULL, REFUSE_NONE);
    else if (s->err == ERR_AGAIN)
        call_refuse(&c, ERR_BUSY, NULL, REFUSE_SEARCH_MAKING);
    else if (s->err != ERR_OK)
        call_refuse(&c, s->err, NULL, REFUSE_NONE);
    else
        search_answer(&c, s, &r);
    later_fini(&s->l);
    searching_free(s);
    api->searching = false;
}

/* on this thread, in between */

/* The last record that another thread finds in the store. */
static uint64_t durable_end(const struct api *api, const struct conv *cv)
{
    uint64_t pos = cv->last_pos;
    struct rec rec;

    while (pos != 0 && turn_read(api->env.turn, pos, &rec) == ERR_OK)
        pos = rec.prev;
    return pos;
}

static void candidates_sift(struct searching *s)
{
    const struct api *api = s->l.api;
    struct reader r = reader_of(api->env.core, &s->l.who);

    for (size_t i = 0; i < s->nlooked; i++) {
        struct conv_ref ref;

        if (conv_open(api->env.view, s->looked[i].conv, &ref) != ERR_OK)
            continue;
        if (search_want_fits(s, &r, ref.cv))
            s->looked[i].last_pos = durable_end(api, ref.cv);
        conv_done(&ref);
    }
}

static void search_done(void *ctx);

static void search_go_on(struct searching *s)
{
    const struct api_env *env = &s->l.api->env;

    if (env->work(env->arg, search_work, search_done, s))
        return;
    s->err = ERR_BUSY;
    search_end(s);
}

static void search_done(void *ctx)
{
    struct searching *s = ctx;
    struct api *api = s->l.api;
    bool on = s->err == ERR_OK && (s->nlooked > 0 || (s->next != 0 && !has_enough(s)));

    if (on && !s->cut && !s->late) {
        candidates_sift(s);
        search_go_on(s);
    } else {
        search_end(s);
    }
    searches_go(api);
}

static void searches_go(struct api *api)
{
    struct searching *s;

    while (!api->searching && (s = TAILQ_FIRST(&api->searches)) != NULL) {
        TAILQ_REMOVE(&api->searches, s, link);
        api->nsearches--;
        api->searching = true;
        s->from_ms = clock_mono_ms();
        s->until_ms = s->from_ms + SEARCH_MS;
        if (s->nowhere)
            search_end(s);
        else
            search_go_on(s);
    }
}

/* from outside */

static bool search_may_begin(struct call *c)
{
    struct fault f;
    int64_t retry_ms = 0;

    if (c->who.kind == BY_AGENT &&
        !rate_take(&c->api->rate, rate_key_id("search", c->who.id), SEARCHES_PER_MINUTE, 60000,
                   api_now(c->api), &retry_ms)) {
        fault_refuse(&f, ERR_RATE, NULL, REFUSE_NONE);
        call_fail_retry(c, &f, retry_ms);
        return false;
    }
    if (c->api->nsearches < SEARCHES_MAX)
        return true;
    call_refuse(c, ERR_BUSY, NULL, REFUSE_SEARCH_BUSY);
    return false;
}

void run_search(struct call *c)
{
    struct api *api = c->api;
    struct searching *s;

    if ((c->arg[ARG_VIEW].has && !search_view_take(c)) || !search_may_begin(c))
        return;
    s = xcalloc(1, sizeof(*s));
    s->max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : ROWS_DEFAULT;
    if (s->max > ROWS_MAX)
        s->max = ROWS_MAX;
    if (!search_want_take(c, s)) {
        searching_free(s);
        return;
    }
    if (s->by_relevance)
        s->skip = (size_t)c->arg[ARG_CURSOR].id;
    else
        s->want.below = c->arg[ARG_CURSOR].id;
    later_init(&s->l, c);
    TAILQ_INSERT_TAIL(&api->searches, s, link);
    api->nsearches++;
    searches_go(api);
}

bool search_saved_check(struct call *c, const struct saved *v)
{
    struct arg_value kept[ARG_COUNT];
    struct searching s = {0};
    bool fine;

    memcpy(kept, c->arg, sizeof(kept));
    memset(c->arg, 0, sizeof(c->arg));
    search_saved_ask(c, v);
    fine = search_want_take(c, &s);
    memcpy(c->arg, kept, sizeof(kept));
    id_list_fini(&s.depts);
    search_query_free(s.query);
    return fine;
}

void searches_fini(struct api *api)
{
    struct searching *s;

    while ((s = TAILQ_FIRST(&api->searches)) != NULL) {
        TAILQ_REMOVE(&api->searches, s, link);
        later_lose(&s->l);
        later_fini(&s->l);
        searching_free(s);
    }
}

void search_state_write(struct jw *j, const struct api *api)
{
    struct search_status st;

    search_status_get(api->env.search, &st);
    jw_obj(j);
    jw_k_pos(j, "position", st.pos);
    jw_k_int(j, "records", (int64_t)st.records);
    jw_k_int(j, "lag_ms", st.lag_ms);
    jw_k_bool(j, "behind", st.behind);
    jw_k_int(j, "bytes", (int64_t)st.bytes);
    jw_k_str(j, "trouble", search_trouble_word(st.trouble));
    jw_obj_end(j);
}
