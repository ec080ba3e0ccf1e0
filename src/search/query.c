/*
 * What somebody asks for: words, "words in quotes", -words that must not be there, and filters such
 * as agent:ann; and the expression that the index is asked with.  What filters mean is the caller's
 * to say.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "search_int.h"

#define DEPTS_IN_EXPRESSION_MAX 256

static const char *const filter_words[SEARCH_FILTER_COUNT] = {
    [SEARCH_AGENT] = "agent",     [SEARCH_DEPARTMENT] = "department",
    [SEARCH_CONTACT] = "contact", [SEARCH_STATE] = "state",
    [SEARCH_RATING] = "rating",   [SEARCH_SINCE] = "since",
    [SEARCH_BEFORE] = "before",   [SEARCH_TAG] = "tag",
};

const char *search_filter_word(enum search_filter filter)
{
    ensure((unsigned)filter < SEARCH_FILTER_COUNT);
    return filter_words[filter];
}

/* reading */

static const char *const blanks[] = {" ", "\t", "\n", "\r", "\xe3\x80\x80"};
static const char *const quotes[] = {"\"", "\xe2\x80\x9c", "\xe2\x80\x9d"};

/* How many bytes of these words stand here; 0: none does. */
static size_t any_at(struct span s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(words[i]);

        if (s.len >= len && memcmp(s.p, words[i], len) == 0)
            return len;
    }
    return 0;
}

static size_t blank_at(struct span s)
{
    return any_at(s, blanks, COUNT_OF(blanks));
}

static size_t quote_at(struct span s)
{
    return any_at(s, quotes, COUNT_OF(quotes));
}

static void span_skip(struct span *s, size_t n)
{
    s->p += n;
    s->len -= n;
}

/* Up to what ends it, which is taken as well; a quote that nobody closed goes to the end. */
static struct span take_quoted(struct span *in)
{
    struct span all = *in, got = {in->p, 0};
    size_t n = 0;

    while (all.len > 0 && (n = quote_at(all)) == 0)
        span_skip(&all, 1);
    got.len = (size_t)(all.p - in->p);
    span_skip(&all, all.len > 0 ? n : 0);
    *in = all;
    return got;
}

static struct span take_plain(struct span *in)
{
    struct span got = {in->p, 0};

    while (in->len > 0 && blank_at(*in) == 0 && quote_at(*in) == 0)
        span_skip(in, 1);
    got.len = (size_t)(in->p - got.p);
    return got;
}

/* "agent:" and so on; false: an ordinary word, with or without a colon. */
static bool take_filter_word(struct span *in, enum search_filter *filter)
{
    for (size_t i = 0; i < SEARCH_FILTER_COUNT; i++) {
        size_t len = strlen(filter_words[i]);

        if (in->len > len && in->p[len] == ':' &&
            span_is_nocase((struct span){in->p, len}, filter_words[i])) {
            span_skip(in, len + 1);
            *filter = (enum search_filter)i;
            return true;
        }
    }
    return false;
}

static struct span take_value(struct span *in, bool *quoted)
{
    size_t n = quote_at(*in);

    *quoted = n > 0;
    if (n == 0)
        return take_plain(in);
    span_skip(in, n);
    return take_quoted(in);
}

static err_t term_add(struct term *terms, size_t *n, struct span text, bool exact, bool without,
                      struct fault *f)
{
    struct term t = {.exact = exact, .without = without};

    units_take(&t.u, text);
    if (t.u.n == 0) { /* nothing but signs that nobody looks for */
        units_fini(&t.u);
        return ERR_OK;
    }
    if (*n == TERMS_MAX) {
        units_fini(&t.u);
        return fault_refuse_with(f, ERR_INVAL, "text", REFUSE_SEARCH_WORDS,
                                 VALUES(OF_INT(TERMS_MAX)));
    }
    terms[(*n)++] = t;
    return ERR_OK;
}

static err_t filter_add(struct search_query *q, enum search_filter filter, struct span value,
                        struct fault *f)
{
    value = span_trim(value);
    if (value.len == 0)
        return fault_refuse(f, ERR_INVAL, filter_words[filter], REFUSE_EMPTY);
    if (q->filters[filter] != NULL)
        return fault_refuse(f, ERR_INVAL, filter_words[filter], REFUSE_TWICE);
    q->filters[filter] = span_dup(value);
    return ERR_OK;
}

static err_t item_take(struct search_query *q, struct span *in, struct fault *f)
{
    bool without =
        in->len > 1 && in->p[0] == '-' && blank_at((struct span){in->p + 1, in->len - 1}) == 0;
    enum search_filter filter;
    struct span value;
    bool quoted = false;

    if (without)
        span_skip(in, 1);
    if (!without && take_filter_word(in, &filter)) {
        value = take_value(in, &quoted);
        return filter_add(q, filter, value, f);
    }
    value = take_value(in, &quoted);
    return term_add(q->terms, &q->nterms, value, quoted, without, f);
}

static err_t items_take(struct search_query *q, struct span in, struct fault *f)
{
    err_t err = ERR_OK;
    size_t n;

    while (err == ERR_OK && in.len > 0) {
        if ((n = blank_at(in)) > 0)
            span_skip(&in, n);
        else
            err = item_take(q, &in, f);
    }
    return err;
}

/* One that narrows it down: two letters, or a sign. */
static bool term_narrows(const struct term *t)
{
    return !t->without && (t->u.nletters > 1 || t->u.all[0].kind == UNIT_SIGN);
}

static err_t words_check(const struct search_query *q, struct fault *f)
{
    bool some = false;

    for (size_t i = 0; i < q->nterms; i++) {
        if (term_narrows(&q->terms[i]))
            return ERR_OK;
        some |= !q->terms[i].without;
    }
    return some ? fault_refuse(f, ERR_INVAL, "text", REFUSE_SEARCH_SHORT) : ERR_OK;
}

err_t search_query_parse(struct span text, struct search_query **out, struct fault *f)
{
    struct search_query *q = xcalloc(1, sizeof(*q));
    err_t err = items_take(q, text, f);

    if (err == ERR_OK)
        err = words_check(q, f);
    if (err != ERR_OK) {
        search_query_free(q);
        return err;
    }
    *out = q;
    return ERR_OK;
}

err_t search_query_contact(struct search_query *q, struct span words, struct fault *f)
{
    struct span in = words;
    err_t err = ERR_OK;
    size_t n;

    while (err == ERR_OK && in.len > 0) {
        bool quoted = false;

        if ((n = blank_at(in)) > 0)
            span_skip(&in, n);
        else
            err = term_add(q->contact, &q->ncontact, take_value(&in, &quoted), quoted, false, f);
    }
    if (err == ERR_OK && q->ncontact == 0)
        err = fault_refuse(f, ERR_INVAL, "contact", REFUSE_EMPTY);
    return err;
}

struct span search_query_filter(const struct search_query *q, enum search_filter filter)
{
    ensure((unsigned)filter < SEARCH_FILTER_COUNT);
    return span_of(q->filters[filter]);
}

bool search_query_has_text(const struct search_query *q)
{
    return q->nterms > 0 || q->ncontact > 0;
}

void search_query_free(struct search_query *q)
{
    if (q == NULL)
        return;
    for (size_t i = 0; i < q->nterms; i++)
        units_fini(&q->terms[i].u);
    for (size_t i = 0; i < q->ncontact; i++)
        units_fini(&q->contact[i].u);
    for (size_t i = 0; i < SEARCH_FILTER_COUNT; i++)
        free(q->filters[i]);
    free(q);
}

/* the expression */

struct expression {
    struct buf *out;
    bool prefix;  /* of the unit under way: its token may go on */
    size_t pairs; /* of a run, that are still to come */
};

static void and_put(struct buf *out)
{
    if (out->len > 0)
        buf_add_str(out, " AND ");
}

static int token_put(void *arg, struct span token, size_t from, size_t to)
{
    struct expression *e = arg;

    (void)from;
    (void)to;
    and_put(e->out);
    buf_add_char(e->out, '"');
    buf_add_span(e->out, token);
    buf_add_str(e->out, e->prefix ? "\"*" : "\"");
    return 0;
}

/* The pairs come first, and then the last letter. */
static int pair_put(void *arg, struct span token, size_t from, size_t to)
{
    struct expression *e = arg;

    return e->pairs-- > 0 ? token_put(e, token, from, to) : 0;
}

/*
 * Words that may go on in the text are asked for by their beginning, from three letters on: what is
 * shorter has too many ends.  Of a run its pairs of letters are enough, and one letter alone would
 * narrow nothing down: the texts themselves say whether it is there.
 */
#define BEGINNING_LETTERS_MIN 3
static bool unit_may_go_on(const struct term *t, size_t i)
{
    const struct unit *u = &t->u.all[i];

    return !t->exact && i + 1 == t->u.n && u->kind == UNIT_WORD && u->n >= BEGINNING_LETTERS_MIN;
}

static void unit_put(struct buf *out, const struct term *t, size_t i)
{
    const struct unit *u = &t->u.all[i];
    struct expression e = {.out = out, .prefix = unit_may_go_on(t, i), .pairs = u->n - 1};

    (void)unit_tokens(&t->u, u, u->kind == UNIT_RUN ? pair_put : token_put, &e);
}

static void terms_put(struct buf *out, const struct term *terms, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; !terms[i].without && j < terms[i].u.n; j++)
            unit_put(out, &terms[i], j);
}

void own_word_put(struct buf *out, enum own_word kind, uint64_t id)
{
    buf_addf(out, "%c%c%" PRIu64, OWN_MARK, (char)kind, id);
}

static void own_put(struct buf *out, enum own_word kind, uint64_t id)
{
    buf_add_char(out, '"');
    own_word_put(out, kind, id);
    buf_add_char(out, '"');
}

static void own_and(struct buf *out, enum own_word kind, uint64_t id)
{
    and_put(out);
    own_put(out, kind, id);
}

static void depts_put(struct buf *out, const struct search_want *w)
{
    const char *between = "";

    and_put(out);
    buf_add_char(out, '(');
    for (size_t i = 0; i < w->ndepts; i++, between = " OR ") {
        buf_add_str(out, between);
        own_put(out, OWN_DEPT, w->depts[i]);
    }
    if (w->self != 0) {
        buf_add_str(out, between);
        own_put(out, OWN_AGENT, w->self);
    }
    buf_add_char(out, ')');
}

/* Where one token says it all; others are looked for in the texts. */
static void without_put(struct buf *out, const struct search_query *q)
{
    for (size_t i = 0; i < q->nterms; i++) {
        const struct term *t = &q->terms[i];
        struct buf one = {0};

        if (!t->without || t->u.n != 1 || (t->u.all[0].kind == UNIT_RUN && t->u.all[0].n != 2))
            continue;
        unit_put(&one, t, 0);
        buf_add_str(out, " NOT ");
        buf_add_span(out, buf_span(&one));
        buf_fini(&one);
    }
}

void want_expression(const struct search_want *w, struct buf *out)
{
    const struct search_query *q = w->query;

    terms_put(out, q->terms, q->nterms);
    terms_put(out, q->contact, q->ncontact);
    if (w->dept != 0)
        own_and(out, OWN_DEPT, w->dept);
    if (w->agent != 0)
        own_and(out, OWN_AGENT, w->agent);
    if (w->rating != 0)
        own_and(out, OWN_RATING, w->rating);
    if (w->tag != 0)
        own_and(out, OWN_TAG, w->tag);
    if (w->ended)
        own_and(out, OWN_ENDED, 0);
    if (w->missed)
        own_and(out, OWN_MISSED, 0);
    if (!w->all && w->ndepts <= DEPTS_IN_EXPRESSION_MAX)
        depts_put(out, w);
    if (out->len == 0)
        own_and(out, OWN_ANY, 0);
    without_put(out, q);
}

/* in texts */

static bool letters_equal(const struct units *a, size_t at, const struct units *b, size_t bt,
                          size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a->letters[at + i].c != b->letters[bt + i].c)
            return false;
    return true;
}

/*
 * Does the term's unit `i` stand in the text's unit `x`, and with which of its letters?  A run may
 * have something before its first unit and behind its last one; so may a word behind it.
 */
static bool unit_fits(const struct term *t, size_t i, const struct units *text,
                      const struct unit *x, size_t *at)
{
    const struct unit *u = &t->u.all[i];
    bool first = i == 0, last = i + 1 == t->u.n;

    if (u->kind != x->kind || u->n > x->n)
        return false;
    *at = 0;
    if (u->kind != UNIT_RUN)
        return (u->n == x->n || unit_may_go_on(t, i)) &&
               letters_equal(&t->u, u->first, text, x->first, u->n);
    if (first && !last)
        *at = x->n - u->n;
    for (; *at + u->n <= x->n; (*at)++) {
        if (letters_equal(&t->u, u->first, text, x->first + *at, u->n))
            return last || *at + u->n == x->n;
        if (!first)
            return false;
    }
    return false;
}

static bool term_stands(const struct term *t, const struct units *text, size_t at,
                        struct mark *mark)
{
    if (at + t->u.n > text->n)
        return false;
    for (size_t i = 0; i < t->u.n; i++) {
        const struct unit *x = &text->all[at + i];
        size_t where;

        if (!unit_fits(t, i, text, x, &where))
            return false;
        if (i == 0)
            mark->from = text->letters[x->first + where].from;
        mark->to = text->letters[x->first + where + t->u.all[i].n - 1].to;
    }
    return true;
}

bool term_find(const struct term *t, const struct units *text, size_t at, struct mark *mark,
               size_t *next)
{
    for (; at < text->n; at++)
        if (term_stands(t, text, at, mark)) {
            *next = at + t->u.n;
            return true;
        }
    return false;
}

bool term_has(const struct term *t, const struct units *text)
{
    struct mark mark;
    size_t next;

    return term_find(t, text, 0, &mark, &next);
}

bool search_has_words(struct span text, struct span words)
{
    struct search_query q = {0};
    struct units units = {0};
    bool has = search_query_contact(&q, words, NULL) == ERR_OK;

    units_take(&units, text);
    for (size_t i = 0; i < q.ncontact; i++) {
        has = has && term_has(&q.contact[i], &units);
        units_fini(&q.contact[i].u);
    }
    units_fini(&units);
    return has;
}
