/* The mails that deskbell writes: their templates, and the values that go into them. */
#include <stdio.h>
#include <stdlib.h>

#include "mail_int.h"

static const char *const letter_words[LETTER_COUNT] = {
    [LETTER_TRANSCRIPT] = "transcript", [LETTER_BLOCK] = "block", [LETTER_FEEDBACK] = "feedback",
    [LETTER_MISSED] = "missed",         [LETTER_COPY] = "copy",   [LETTER_REPLY] = "reply",
    [LETTER_FORWARD] = "forward",       [LETTER_TEST] = "test",   [LETTER_DIGEST] = "digest",
    [LETTER_INVITATION] = "invitation", [LETTER_RESET] = "reset", [LETTER_TASK] = "task",
    [LETTER_MENTION] = "mention",
};

static const char *const part_words[PART_COUNT] = {
    [PART_SUBJECT] = "subject", [PART_TEXT] = "txt", [PART_HTML] = "html"};

static const struct tmpl_name names[] = {
    {"portal", TMPL_TEXT, NULL},        {"department", TMPL_TEXT, NULL},
    {"brand", TMPL_TEXT, NULL},         {"number", TMPL_TEXT, NULL},
    {"visitor", TMPL_TEXT, NULL},       {"email", TMPL_TEXT, NULL},
    {"reply_to", TMPL_TEXT, NULL},      {"phone", TMPL_TEXT, NULL},
    {"question", TMPL_TEXT, NULL},      {"page", TMPL_TEXT, NULL},
    {"title", TMPL_TEXT, NULL},         {"referrer", TMPL_TEXT, NULL},
    {"browser", TMPL_TEXT, NULL},       {"ip", TMPL_TEXT, NULL},
    {"agent", TMPL_TEXT, NULL},         {"signature", TMPL_TEXT, NULL},
    {"reason", TMPL_TEXT, NULL},        {"outcome", TMPL_TEXT, NULL},
    {"comment", TMPL_TEXT, NULL},       {"message", TMPL_TEXT, NULL},
    {"draft", TMPL_TEXT, NULL},         {"rating", TMPL_TEXT, NULL},
    {"stars", TMPL_TEXT, NULL},         {"began", TMPL_TEXT, NULL},
    {"ended", TMPL_TEXT, NULL},         {"at", TMPL_TEXT, NULL},
    {"until", TMPL_TEXT, NULL},         {"left", TMPL_TEXT, NULL},
    {"left_out", TMPL_TEXT, NULL},      {"inviter", TMPL_TEXT, NULL},
    {"task", TMPL_TEXT, NULL},          {"author", TMPL_TEXT, NULL},
    {"note", TMPL_TEXT, NULL},          {"link", TMPL_TEXT, NULL},
    {"lines", TMPL_LIST, NULL},         {"time", TMPL_TEXT, "lines"},
    {"day", TMPL_TEXT, "lines"},        {"name", TMPL_TEXT, "lines"},
    {"text", TMPL_TEXT, "lines"},       {"from_visitor", TMPL_TEXT, "lines"},
    {"from_agent", TMPL_TEXT, "lines"}, {"system", TMPL_TEXT, "lines"},
    {"count", TMPL_TEXT, NULL},         {"items", TMPL_LIST, NULL},
    {"missed", TMPL_TEXT, NULL},        {"feedback", TMPL_TEXT, NULL},
    {"block", TMPL_TEXT, NULL},
};

static const struct tmpl_schema schema = {names, COUNT_OF(names)};

const struct tmpl_schema *letter_schema(void)
{
    return &schema;
}

const char *letter_word(enum letter letter)
{
    ensure((unsigned)letter < LETTER_COUNT);
    return letter_words[letter];
}

bool letter_parse(struct span word, enum letter *letter)
{
    for (int i = 0; i < LETTER_COUNT; i++)
        if (span_is(word, letter_words[i])) {
            *letter = (enum letter)i;
            return true;
        }
    return false;
}

const char *letter_part_word(enum letter_part part)
{
    ensure((unsigned)part < PART_COUNT);
    return part_words[part];
}

struct span letter_builtin(enum tongue tongue, enum letter letter, enum letter_part part)
{
    for (size_t i = 0; i < builtin_template_count; i++) {
        const struct builtin_template *b = &builtin_templates[i];

        if (strcmp(b->tongue, tongue_tag(tongue)) == 0 &&
            strcmp(b->letter, letter_word(letter)) == 0 &&
            strcmp(b->part, letter_part_word(part)) == 0)
            return span_of(b->text);
    }
    ensure(!"every letter has its template");
    return SPAN_NONE;
}

struct letterset {
    struct tmpl *t[TONGUE_COUNT][LETTER_COUNT][PART_COUNT];
    bool put[TONGUE_COUNT][LETTER_COUNT][PART_COUNT];
};

struct letterset *letterset_new(void)
{
    struct letterset *set = xcalloc(1, sizeof(*set));

    for (int g = 0; g < TONGUE_COUNT; g++)
        for (int l = 0; l < LETTER_COUNT; l++)
            for (int p = 0; p < PART_COUNT; p++) {
                err_t err =
                    tmpl_parse(letter_builtin((enum tongue)g, (enum letter)l, (enum letter_part)p),
                               &schema, &set->t[g][l][p], NULL);
                ensure(err == ERR_OK); /* a unit test says which one is wrong, and where */
            }
    return set;
}

void letterset_free(struct letterset *set)
{
    if (set == NULL)
        return;
    for (int g = 0; g < TONGUE_COUNT; g++)
        for (int l = 0; l < LETTER_COUNT; l++)
            for (int p = 0; p < PART_COUNT; p++)
                tmpl_free(set->t[g][l][p]);
    free(set);
}

err_t letterset_put(struct letterset *set, enum tongue tongue, enum letter letter,
                    enum letter_part part, struct span text, struct fault *f)
{
    struct tmpl *t = NULL;
    err_t err = tmpl_parse(text, &schema, &t, f);

    if (err != ERR_OK)
        return err;
    tmpl_free(set->t[tongue][letter][part]);
    set->t[tongue][letter][part] = t;
    set->put[tongue][letter][part] = true;
    return ERR_OK;
}

struct span letterset_text(const struct letterset *set, enum tongue tongue, enum letter letter,
                           enum letter_part part, bool *builtin)
{
    *builtin = !set->put[tongue][letter][part];
    return tmpl_text(set->t[tongue][letter][part]);
}

/* values */

#define LINE_VALUES 7
#define LINE_COST_BYTES 400  /* what a line costs beside its text: markup, time, name */
#define ITEM_COST_BYTES 2000 /* what an item of a digest costs beside its texts */

/* One line's values and the memory of those that are made here. */
struct line_cell {
    struct tmpl_value values[LINE_VALUES];
    char time[16], day[48];
};

#define LETTER_VALUES COUNT_OF(((struct filling *)0)->values)

/* The values of a letter, or of one item of a digest, and the memory that they point into. */
struct filling {
    enum tongue tongue;
    struct zone *zone;
    struct tmpl_value values[40];
    struct buf moments[4];
    char rating[16], left_out[24], count[24];
    struct buf stars;
    struct line_cell *cells;
    struct tmpl_values *rows;
    size_t nrows;
    struct filling *items;
    struct tmpl_values *item_rows;
    size_t nitems;
};

static size_t escaped_len(struct span s)
{
    size_t n = s.len;

    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] == '&' || s.p[i] == '<' || s.p[i] == '>' || s.p[i] == '"' || s.p[i] == '\'' ||
            s.p[i] == '\n')
            n += 11; /* the longest escape; a line end also gets its indentation */
    return n;
}

static size_t line_cost(const struct letter_line *line)
{
    return LINE_COST_BYTES + escaped_len(line->name) + escaped_len(line->text);
}

/* Which lines go in: as many from both ends as fit.  They are [0, *head) and [*tail, n). */
static void lines_choose(const struct letter_facts *facts, size_t *head, size_t *tail)
{
    size_t room = LETTER_PART_MAX_BYTES - (256u << 10), used = 0;
    size_t a = 0, b = facts->nlines;

    for (size_t i = 0; i < facts->nlines; i++)
        used += line_cost(&facts->lines[i]);
    if (used > room) {
        for (used = 0; used + line_cost(&facts->lines[a]) <= room / 2; a++)
            used += line_cost(&facts->lines[a]);
        for (used = 0; used + line_cost(&facts->lines[b - 1]) <= room / 2; b--)
            used += line_cost(&facts->lines[b - 1]);
    } else {
        a = b;
    }
    *head = a;
    *tail = b;
}

static void copy_text(char *to, size_t size, struct buf *from)
{
    snprintf(to, size, "%s", from->len > 0 ? from->p : "");
    buf_reset(from);
}

static void line_fill(struct filling *fill, struct line_cell *cell, const struct letter_line *line,
                      const char *last_day)
{
    enum tongue tongue = fill->tongue;
    struct span flag = SPAN_LIT("1"), name = line->name;
    struct buf text = {0};
    char day[sizeof(cell->day)];

    zone_format_clock(fill->zone, line->at_ms, &text);
    copy_text(cell->time, sizeof(cell->time), &text);
    zone_format_day(fill->zone, tongue, line->at_ms, &text);
    copy_text(day, sizeof(day), &text);
    buf_fini(&text);
    if (strcmp(day, last_day) != 0)
        memcpy(cell->day, day, sizeof(day));
    if (name.len == 0)
        name =
            span_of(phrase(tongue, line->speaker == SPEAKER_AGENT ? PHRASE_AGENT : PHRASE_VISITOR));

    cell->values[0] = (struct tmpl_value){.name = "time", .text = span_of(cell->time)};
    cell->values[1] = (struct tmpl_value){.name = "day", .text = span_of(cell->day)};
    cell->values[2] = (struct tmpl_value){.name = "name", .text = name};
    cell->values[3] = (struct tmpl_value){.name = "text", .text = line->text};
    cell->values[4] = (struct tmpl_value){.name = "from_visitor"};
    cell->values[5] = (struct tmpl_value){.name = "from_agent"};
    cell->values[6] = (struct tmpl_value){.name = "system"};
    cell->values[line->speaker == SPEAKER_VISITOR ? 4
                 : line->speaker == SPEAKER_AGENT ? 5
                                                  : 6]
        .text = flag;
}

static void lines_fill(struct filling *fill, const struct letter_facts *facts)
{
    size_t head, tail, n = 0;
    char last_day[48] = "";

    lines_choose(facts, &head, &tail);
    fill->cells = xcalloc(facts->nlines + 1, sizeof(*fill->cells));
    fill->rows = xcalloc(facts->nlines + 1, sizeof(*fill->rows));
    for (size_t i = 0; i < facts->nlines; i++) {
        if (i >= head && i < tail)
            continue;
        line_fill(fill, &fill->cells[n], &facts->lines[i], last_day);
        if (fill->cells[n].day[0] != '\0')
            memcpy(last_day, fill->cells[n].day, sizeof(last_day));
        fill->rows[n] = (struct tmpl_values){fill->cells[n].values, LINE_VALUES};
        n++;
    }
    fill->nrows = n;
    if (tail - head + facts->left_out > 0)
        snprintf(fill->left_out, sizeof(fill->left_out), "%zu", tail - head + facts->left_out);
}

static struct span moment(struct filling *fill, size_t which, int64_t at_ms)
{
    if (at_ms != 0)
        zone_format_moment(fill->zone, fill->tongue, at_ms, &fill->moments[which]);
    return buf_span(&fill->moments[which]);
}

static void rating_fill(struct filling *fill, unsigned rating)
{
    if (rating == 0)
        return;
    snprintf(fill->rating, sizeof(fill->rating), "%u", rating);
    for (unsigned i = 0; i < 5; i++)
        buf_add_str(&fill->stars, i < rating ? "★" : "☆");
}

static void filling_fini(struct filling *fill)
{
    for (size_t i = 0; i < fill->nitems; i++)
        filling_fini(&fill->items[i]); /* items have none of their own */
    for (size_t i = 0; i < COUNT_OF(fill->moments); i++)
        buf_fini(&fill->moments[i]);
    buf_fini(&fill->stars);
    free(fill->cells);
    free(fill->rows);
    free(fill->items);
    free(fill->item_rows);
}

/* One line, trimmed, and cut at a character. */
static void subject_finish(struct buf *subject)
{
    struct buf line = {0};

    buf_add_line(&line, buf_span(subject)); /* the template itself ends in a line end */
    struct span s = span_trim(buf_span(&line));
    size_t len = s.len;

    if (len > LETTER_SUBJECT_MAX_BYTES) {
        len = LETTER_SUBJECT_MAX_BYTES;
        while (len > 0 && ((unsigned char)s.p[len] & 0xc0) == 0x80)
            len--;
    }
    buf_reset(subject);
    buf_add(subject, s.p, len);
    buf_fini(&line);
}

static struct span flag(bool on)
{
    return on ? SPAN_LIT("1") : SPAN_NONE;
}

/* Everything but the items.  All names are given a value, so that an item hides the outer ones. */
static void values_fill(struct filling *fill, const struct letter_facts *facts)
{
    lines_fill(fill, facts);
    rating_fill(fill, facts->rating);
    if (facts->nitems > 0)
        snprintf(fill->count, sizeof(fill->count), "%zu", facts->nitems);

    const struct tmpl_value values[] = {
        {.name = "link"}, /* first: see letter_fill() */
        {.name = "portal", .text = facts->portal},
        {.name = "department", .text = facts->department},
        {.name = "brand",
         .text = span_eq(facts->portal, facts->department) ? SPAN_NONE : facts->portal},
        {.name = "number", .text = facts->number},
        {.name = "visitor", .text = facts->visitor},
        {.name = "email", .text = facts->email},
        {.name = "reply_to", .text = facts->reply_to},
        {.name = "phone", .text = facts->phone},
        {.name = "question", .text = facts->question},
        {.name = "page", .text = facts->page},
        {.name = "title", .text = facts->title},
        {.name = "referrer", .text = facts->referrer},
        {.name = "browser", .text = facts->browser},
        {.name = "ip", .text = facts->ip},
        {.name = "agent", .text = facts->agent},
        {.name = "signature", .text = facts->signature},
        {.name = "inviter", .text = facts->inviter},
        {.name = "task", .text = facts->task},
        {.name = "author", .text = facts->author},
        {.name = "note", .text = facts->note},
        {.name = "reason", .text = facts->reason},
        {.name = "outcome", .text = facts->outcome},
        {.name = "comment", .text = facts->comment},
        {.name = "message", .text = facts->message},
        {.name = "draft", .text = flag(facts->draft)},
        {.name = "rating", .text = span_of(fill->rating)},
        {.name = "stars", .text = buf_span(&fill->stars)},
        {.name = "began", .text = moment(fill, 0, facts->began_ms)},
        {.name = "ended", .text = moment(fill, 1, facts->ended_ms)},
        {.name = "at", .text = moment(fill, 2, facts->at_ms)},
        {.name = "until", .text = moment(fill, 3, facts->until_ms)},
        {.name = "left", .text = flag(facts->left)},
        {.name = "left_out", .text = span_of(fill->left_out)},
        {.name = "missed", .text = flag(facts->about == LETTER_MISSED)},
        {.name = "feedback", .text = flag(facts->about == LETTER_FEEDBACK)},
        {.name = "block", .text = flag(facts->about == LETTER_BLOCK)},
        {.name = "count", .text = span_of(fill->count)},
        {.name = "lines", .items = fill->rows, .nitems = fill->nrows},
        {.name = "items"},
    };

    _Static_assert(sizeof(values) == sizeof(fill->values), "each name has its value");
    memcpy(fill->values, values, sizeof(values));
}

static void items_fill(struct filling *fill, const struct letter_facts *facts)
{
    if (facts->nitems == 0)
        return;
    fill->items = xcalloc(facts->nitems, sizeof(*fill->items));
    fill->item_rows = xcalloc(facts->nitems, sizeof(*fill->item_rows));
    fill->nitems = facts->nitems;
    for (size_t i = 0; i < facts->nitems; i++) {
        struct filling *item = &fill->items[i];

        item->tongue = fill->tongue;
        item->zone = fill->zone;
        values_fill(item, &facts->items[i]);
        fill->item_rows[i] = (struct tmpl_values){item->values, LETTER_VALUES};
    }
    fill->values[LETTER_VALUES - 1].items = fill->item_rows;
    fill->values[LETTER_VALUES - 1].nitems = fill->nitems;
}

size_t letter_item_bytes(const struct letter_facts *facts)
{
    const struct span texts[] = {
        facts->visitor,  facts->email,   facts->phone,  facts->question, facts->page,
        facts->title,    facts->browser, facts->agent,  facts->reason,   facts->outcome,
        facts->referrer, facts->comment, facts->number, facts->ip,       facts->link,
    };
    size_t bytes = ITEM_COST_BYTES;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        bytes += escaped_len(texts[i]);
    for (size_t i = 0; i < facts->nlines; i++)
        bytes += line_cost(&facts->lines[i]);
    return bytes;
}

static bool goes_outside(enum letter letter)
{
    return letter == LETTER_COPY || letter == LETTER_REPLY || letter == LETTER_FORWARD;
}

/*
 * Strangers have no say in the subjects of mails that go outside: whoever gets one would read their
 * words as the company's.
 */
static void subject_values(const struct filling *fill, struct tmpl_value *values)
{
    static const char *const typed[] = {"visitor",  "email",   "reply_to", "phone",
                                        "question", "page",    "title",    "referrer",
                                        "browser",  "comment", "lines"};

    memcpy(values, fill->values, sizeof(fill->values));
    for (size_t i = 0; i < LETTER_VALUES; i++)
        for (size_t n = 0; n < COUNT_OF(typed); n++)
            if (strcmp(values[i].name, typed[n]) == 0)
                values[i] = (struct tmpl_value){.name = typed[n]};
}

static const struct tmpl *form_part(const struct letter_form *form, enum letter_part part)
{
    return form->own[part] != NULL ? form->own[part]
                                   : form->set->t[form->tongue][form->letter][part];
}

void letter_form_fill(const struct letter_form *form, const struct letter_facts *facts,
                      struct zone *zone, struct letter_text *out)
{
    struct filling fill = {.tongue = form->tongue, .zone = zone};

    values_fill(&fill, facts);
    items_fill(&fill, facts);

    const struct tmpl_values all = {fill.values, LETTER_VALUES};
    struct tmpl_value own[LETTER_VALUES];

    out->text.limit_bytes = out->html.limit_bytes = 2 * LETTER_PART_MAX_BYTES;
    subject_values(&fill, own);
    tmpl_render(form_part(form, PART_SUBJECT),
                goes_outside(form->letter) ? &(struct tmpl_values){own, LETTER_VALUES} : &all,
                TMPL_SUBJECT, &out->subject);
    /* Only now: a subject is stored and shown in clear. */
    fill.values[0].text = facts->link;
    for (size_t i = 0; i < fill.nitems; i++)
        fill.items[i].values[0].text = facts->items[i].link;
    tmpl_render(form_part(form, PART_TEXT), &all, TMPL_PLAIN, &out->text);
    tmpl_render(form_part(form, PART_HTML), &all, TMPL_HTML, &out->html);
    subject_finish(&out->subject);
    filling_fini(&fill);
}

void letter_fill(const struct letterset *set, enum tongue tongue, enum letter letter,
                 const struct letter_facts *facts, struct zone *zone, struct letter_text *out)
{
    struct letter_form form = {.set = set, .tongue = tongue, .letter = letter};

    letter_form_fill(&form, facts, zone, out);
}

void letter_fini(struct letter_text *t)
{
    buf_fini(&t->subject);
    buf_fini(&t->text);
    buf_fini(&t->html);
}
