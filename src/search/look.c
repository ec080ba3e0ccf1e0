/*
 * Into a conversation itself: whether all that was asked for is there, for the index knows words
 * and not where they stand, and which line shows it best, with the places in it.
 */
#include "search_int.h"

#define PIECE_CODEPOINTS 160 /* of a line, that is shown */
#define BEFORE_CODEPOINTS 40 /* of them before the first place */
#define WALK_RECORDS 4096    /* at a time */

static const char *const field_words[] = {
    [SEARCH_IN_LINE] = "line",
    [SEARCH_IN_NAME] = "name",
    [SEARCH_IN_EMAIL] = "email",
    [SEARCH_IN_PHONE] = "phone",
};

const char *search_field_word(enum search_field field)
{
    ensure((unsigned)field < COUNT_OF(field_words));
    return field_words[field];
}

/* What somebody said, wrote or asked, in a line that agents see. */
struct span rec_words(const struct rec *rec)
{
    switch (rec->type) {
    case REC_CONV_RANG:
        return body_get(rec->body, BODY_QUESTION);
    case REC_CONV_LEFT:
    case REC_CONV_LEFT_MORE:
    case REC_CONV_MESSAGE:
    case REC_CONV_NOTE:
    case REC_CONV_MAILED:
    case REC_CONV_FORWARDED:
    case REC_CONV_FEEDBACK:
        return body_get(rec->body, BODY_TEXT);
    case REC_CONV_TRANSFERRED:
        return body_get(rec->body, BODY_NOTE);
    default:
        return SPAN_NONE;
    }
}

bool rec_person(const struct rec *rec, size_t i, enum search_field *field, struct span *text)
{
    static const struct {
        enum search_field field;
        enum body_tag tag;
    } all[] = {
        {SEARCH_IN_NAME, BODY_NAME}, {SEARCH_IN_EMAIL, BODY_EMAIL}, {SEARCH_IN_PHONE, BODY_PHONE}};

    if (i >= COUNT_OF(all) || (rec->type != REC_CONV_RANG && rec->type != REC_CONV_LEFT))
        return false;
    *field = all[i].field;
    *text = body_get(rec->body, all[i].tag);
    return true;
}

struct look {
    const struct search_query *q;
    struct units units;
    unsigned words, contact; /* bits of the terms that were seen */
    bool spoilt;             /* by one that must not be there */
    struct search_line *best;
};

static unsigned terms_in(const struct term *terms, size_t n, const struct units *units)
{
    unsigned seen = 0;

    for (size_t i = 0; i < n; i++)
        if (term_has(&terms[i], units))
            seen |= BIT(i);
    return seen;
}

static unsigned terms_all(const struct term *terms, size_t n, bool without)
{
    unsigned all = 0;

    for (size_t i = 0; i < n; i++)
        if (terms[i].without == without)
            all |= BIT(i);
    return all;
}

static unsigned bits_count(unsigned bits)
{
    return (unsigned)__builtin_popcount(bits);
}

/* A better line than that which was the best so far: kept, for the record goes with the walk. */
static void best_take(struct look *lk, enum search_field field, const struct rec *rec,
                      struct span text, unsigned words)
{
    struct search_line *best = lk->best;
    size_t body_at;

    best->field = field;
    best->words = words;
    best->rec = *rec;
    buf_reset(&best->kept);
    buf_add_span(&best->kept, text);
    body_at = best->kept.len;
    buf_add_span(&best->kept, rec->body);
    best->text = (struct span){best->kept.p, text.len};
    best->rec.body = (struct span){best->kept.p + body_at, rec->body.len};
    best->rec.unknown = SPAN_NONE;
}

static void text_look(struct look *lk, enum search_field field, const struct rec *rec,
                      struct span text)
{
    const struct search_query *q = lk->q;
    unsigned seen;

    if (text.len == 0)
        return;
    units_take(&lk->units, text);
    seen = terms_in(q->terms, q->nterms, &lk->units);
    if ((seen & terms_all(q->terms, q->nterms, true)) != 0)
        lk->spoilt = true;
    lk->words |= seen;
    seen &= terms_all(q->terms, q->nterms, false);
    if (field != SEARCH_IN_LINE) {
        unsigned contact = terms_in(q->contact, q->ncontact, &lk->units);

        lk->contact |= contact;
        seen = seen != 0 ? seen : contact;
    }
    if (bits_count(seen) > lk->best->words)
        best_take(lk, field, rec, text, bits_count(seen));
}

static bool look_rec(void *arg, const struct rec *rec)
{
    struct look *lk = arg;
    enum search_field field;
    struct span text;

    text_look(lk, SEARCH_IN_LINE, rec, rec_words(rec));
    for (size_t i = 0; rec_person(rec, i, &field, &text); i++)
        text_look(lk, field, rec, text);
    return !lk->spoilt;
}

/* the piece that is shown */

static void mark_add(struct search_line *line, struct mark m)
{
    size_t i = line->nmarks;

    if (i == SEARCH_MARKS_MAX)
        return;
    while (i > 0 && line->marks[i - 1].from > m.from) {
        line->marks[i] = line->marks[i - 1];
        i--;
    }
    line->marks[i].from = m.from;
    line->marks[i].to = m.to;
    line->nmarks++;
}

/* In order, and none in another. */
static void marks_join(struct search_line *line)
{
    size_t n = 0;

    for (size_t i = 0; i < line->nmarks; i++) {
        if (n > 0 && line->marks[i].from <= line->marks[n - 1].to) {
            if (line->marks[i].to > line->marks[n - 1].to)
                line->marks[n - 1].to = line->marks[i].to;
        } else {
            line->marks[n++] = line->marks[i];
        }
    }
    line->nmarks = n;
}

static void marks_find(struct look *lk, const struct term *terms, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct mark m;

        for (size_t at = 0; !terms[i].without && term_find(&terms[i], &lk->units, at, &m, &at);)
            mark_add(lk->best, m);
    }
}

static bool is_start(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

static size_t step_back(struct span text, size_t at, size_t codepoints)
{
    while (at > 0 && codepoints > 0)
        if (is_start(text.p[--at]))
            codepoints--;
    return at;
}

static size_t step_on(struct span text, size_t at, size_t codepoints)
{
    while (at < text.len && codepoints > 0)
        if (++at == text.len || is_start(text.p[at]))
            codepoints--;
    return at;
}

/* Around the first place; what of the places is not in it goes. */
static void piece_cut(struct search_line *line)
{
    struct span all = line->text;
    size_t from, to, n = 0;

    from = line->nmarks > 0 ? step_back(all, line->marks[0].from, BEFORE_CODEPOINTS) : 0;
    to = step_on(all, from, PIECE_CODEPOINTS);
    from = to == all.len ? step_back(all, to, PIECE_CODEPOINTS) : from;
    line->cut = from > 0;
    line->text = (struct span){all.p + from, to - from};
    for (size_t i = 0; i < line->nmarks; i++)
        if (line->marks[i].from >= from && line->marks[i].to <= to) {
            line->marks[n].from = line->marks[i].from - from;
            line->marks[n++].to = line->marks[i].to - from;
        }
    line->nmarks = n;
}

err_t search_look(struct store *st, const struct search_query *q, uint64_t last_pos,
                  struct search_line *line)
{
    struct look lk = {.q = q, .best = line};
    unsigned wanted = terms_all(q->terms, q->nterms, false);
    unsigned contact = terms_all(q->contact, q->ncontact, false);
    uint64_t pos = last_pos;
    err_t err = ERR_OK;

    while (err == ERR_OK && pos != 0 && !lk.spoilt)
        err = store_walk_conv(st, pos, WALK_RECORDS, look_rec, &lk, &pos);
    if (err == ERR_OK && (lk.spoilt || (lk.words & wanted) != wanted || lk.contact != contact))
        err = ERR_NOTFOUND;
    if (err == ERR_OK && line->words > 0) {
        units_take(&lk.units, line->text);
        marks_find(&lk, q->terms, q->nterms);
        if (line->field != SEARCH_IN_LINE)
            marks_find(&lk, q->contact, q->ncontact);
        marks_join(line);
        piece_cut(line);
    }
    units_fini(&lk.units);
    return err;
}

void search_line_fini(struct search_line *line)
{
    buf_fini(&line->kept);
}
