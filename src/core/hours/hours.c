/*
 * The texts of business hours: as people type them, as they are kept, and what is wrong in them.
 * When a department is open by them is open.c's affair.
 */
#include <stdio.h>

#include "hours.h"

static const char *const day_words[WEEK_DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

#define A_LEAP_YEAR 2000
#define SHOWN_MAX 40 /* of what was typed, in a refusal */

/* Whose setting is read, and where what is wrong goes; f is NULL for a text that is kept. */
struct reading {
    const char *field;
    struct fault *f;
};

/* What was typed, as a value of a refusal. */
static struct span shown(struct span s)
{
    s = span_trim(s);
    return span_is_utf8(s) ? span_cut(s, SHOWN_MAX) : SPAN_LIT("?");
}

#define REFUSE(r, why, ...)                                                                        \
    ((r)->f == NULL                                                                                \
         ? ERR_INVAL                                                                               \
         : fault_refuse_with((r)->f, ERR_INVAL, (r)->field, (why), VALUES(__VA_ARGS__)))

/* parts */

/* The text up to the first of these characters, which is left out; false: nothing is left. */
static bool part_next(struct span *rest, const char *ends, struct span *part)
{
    size_t len = 0;

    if (rest->len == 0)
        return false;
    while (len < rest->len && strchr(ends, rest->p[len]) == NULL)
        len++;
    *part = span_trim((struct span){rest->p, len});
    len += len < rest->len;
    rest->p += len;
    rest->len -= len;
    return true;
}

/* What stands between the two ends of a span, as people write it. */
static size_t dash_len(struct span s)
{
    static const char *const dashes[] = {"-",      "~",      "\u2010", "\u2013",
                                         "\u2014", "\u301c", "\uff5e", "\uff0d"};

    for (size_t i = 0; i < COUNT_OF(dashes); i++) {
        size_t len = strlen(dashes[i]);

        if (s.len >= len && memcmp(s.p, dashes[i], len) == 0)
            return len;
    }
    return 0;
}

static bool digits(struct span *s, size_t max, int *value)
{
    size_t n = 0;

    *value = 0;
    for (; n < max && n < s->len && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        *value = 10 * *value + (s->p[n] - '0');
    s->p += n;
    s->len -= n;
    return n > 0;
}

/* "9", "09:00", "26:30". */
static bool time_parse(struct span s, uint16_t *minutes)
{
    int hour, minute = 0;

    s = span_trim(s);
    if (!digits(&s, 2, &hour))
        return false;
    if (s.len > 0) {
        if (s.len != 3 || s.p[0] != ':')
            return false;
        s.p++;
        s.len--;
        if (!digits(&s, 2, &minute) || s.len > 0)
            return false;
    }
    if (minute > 59 || 60 * hour + minute > 2 * DAY_MINUTES)
        return false;
    *minutes = (uint16_t)(60 * hour + minute);
    return true;
}

void hours_span_text(const struct hours_span *s, char out[HOURS_SPAN_TEXT])
{
    snprintf(out, HOURS_SPAN_TEXT, "%02u:%02u-%02u:%02u", s->from / 60u, s->from % 60u, s->to / 60u,
             s->to % 60u);
}

static err_t span_parse(const struct reading *r, struct span text, struct hours_span *span)
{
    struct span said = shown(text), from = text, to = SPAN_NONE;

    for (size_t i = 0; i < text.len; i++) {
        struct span rest = {text.p + i, text.len - i};
        size_t dash = dash_len(rest);

        if (dash == 0)
            continue;
        from.len = i;
        to = (struct span){rest.p + dash, rest.len - dash};
        break;
    }
    if (to.len == 0)
        return REFUSE(r, REFUSE_HOURS_FORM, OF_SPAN(said));
    if (!time_parse(from, &span->from) || !time_parse(to, &span->to))
        return REFUSE(r, REFUSE_HOURS_TIME, OF_SPAN(said));
    if (span->from >= DAY_MINUTES)
        return REFUSE(r, REFUSE_HOURS_START, OF_SPAN(said));
    if (span->to <= span->from)
        return REFUSE(r, REFUSE_HOURS_ORDER, OF_SPAN(said));
    if (span->to - span->from > DAY_MINUTES)
        return REFUSE(r, REFUSE_HOURS_LONG, OF_SPAN(said));
    return ERR_OK;
}

/* In order.  `name`: of the day, for what is said of it. */
static err_t day_add(const struct reading *r, const char *name, struct hours_day *day,
                     const struct hours_span *span)
{
    size_t at = day->n;
    char first[HOURS_SPAN_TEXT], second[HOURS_SPAN_TEXT];

    if (day->n == HOURS_SPANS_MAX)
        return REFUSE(r, REFUSE_HOURS_SPANS, OF_STR(name), OF_INT(HOURS_SPANS_MAX));
    while (at > 0 && day->spans[at - 1].from > span->from) {
        day->spans[at] = day->spans[at - 1];
        at--;
    }
    day->spans[at] = *span;
    day->n++;
    for (size_t i = 1; i < day->n; i++) {
        if (day->spans[i].from >= day->spans[i - 1].to)
            continue;
        hours_span_text(&day->spans[i - 1], first);
        hours_span_text(&day->spans[i], second);
        return REFUSE(r, REFUSE_HOURS_OVERLAP, OF_STR(name), OF_STR(first), OF_STR(second));
    }
    return ERR_OK;
}

/* "09:00-12:00, 13:00-18:00" or "closed". */
static err_t day_parse(const struct reading *r, const char *name, struct span text,
                       struct hours_day *day)
{
    struct hours_span span;
    struct span part;
    err_t err;

    *day = (struct hours_day){0};
    text = span_trim(text);
    if (span_is_nocase(text, "closed"))
        return ERR_OK;
    if (text.len == 0)
        return REFUSE(r, REFUSE_HOURS_FORM, OF_STR(name));
    while (part_next(&text, ",", &part)) {
        if (part.len == 0)
            continue;
        if ((err = span_parse(r, part, &span)) != ERR_OK ||
            (err = day_add(r, name, day, &span)) != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static void day_put(struct buf *b, const struct hours_day *day)
{
    char text[HOURS_SPAN_TEXT];

    if (day->n == 0)
        buf_add_str(b, "closed");
    for (size_t i = 0; i < day->n; i++) {
        hours_span_text(&day->spans[i], text);
        if (i > 0)
            buf_add_char(b, ',');
        buf_add_str(b, text);
    }
}

/* the week */

/* "mon" or "monday". */
static int weekday_parse(struct span word)
{
    static const char *const rest[WEEK_DAYS] = {"day", "sday",  "nesday", "rsday",
                                                "day", "urday", "day"};

    for (int i = 0; i < WEEK_DAYS; i++) {
        struct span head = {word.p, 3}, tail = {word.p + 3, word.len - 3};

        if (word.len >= 3 && span_is_nocase(head, day_words[i]) &&
            (tail.len == 0 || span_is_nocase(tail, rest[i])))
            return i;
    }
    return -1;
}

/* "mon" or "mon-fri", up to the first blank or colon; text goes on behind it. */
static err_t days_parse(const struct reading *r, struct span *text, int *first, int *last)
{
    struct span head = *text, part, said;
    size_t len = 0;

    while (len < head.len && strchr(" \t:", head.p[len]) == NULL)
        len++;
    head.len = len;
    said = shown(head);
    text->p += len;
    text->len -= len;
    if (text->len > 0 && text->p[0] == ':') {
        text->p++;
        text->len--;
    }
    *first = *last = part_next(&head, "-", &part) ? weekday_parse(part) : -1;
    if (head.len > 0)
        *last = weekday_parse(head);
    if (*first < 0 || *last < 0)
        return REFUSE(r, REFUSE_HOURS_DAY, OF_SPAN(said));
    return ERR_OK;
}

static err_t week_parse(const struct reading *r, struct span text, struct hours_day week[WEEK_DAYS])
{
    unsigned seen = 0;
    struct span part;
    err_t err;

    memset(week, 0, WEEK_DAYS * sizeof(week[0]));
    while (part_next(&text, ";\n", &part)) {
        int first, last;

        if (part.len == 0)
            continue;
        if ((err = days_parse(r, &part, &first, &last)) != ERR_OK)
            return err;
        for (int i = first;; i = (i + 1) % WEEK_DAYS) {
            if ((seen & BIT(i)) != 0)
                return REFUSE(r, REFUSE_HOURS_TWICE, OF_STR(day_words[i]));
            seen |= (unsigned)BIT(i);
            if ((err = day_parse(r, day_words[i], part, &week[i])) != ERR_OK)
                return err;
            if (i == last)
                break;
        }
    }
    return ERR_OK;
}

/* What goes on past midnight must not meet what begins on the next day. */
static err_t week_check(const struct reading *r, const struct hours_day week[WEEK_DAYS])
{
    size_t n = 0;

    for (int i = 0; i < WEEK_DAYS; i++) {
        const struct hours_day *day = &week[i], *next = &week[(i + 1) % WEEK_DAYS];
        char first[HOURS_SPAN_TEXT], second[HOURS_SPAN_TEXT];

        n += day->n;
        if (day->n == 0 || next->n == 0 ||
            day->spans[day->n - 1].to <= DAY_MINUTES + next->spans[0].from)
            continue;
        hours_span_text(&day->spans[day->n - 1], first);
        hours_span_text(&next->spans[0], second);
        return REFUSE(r, REFUSE_HOURS_OVERLAP, OF_STR(day_words[i]), OF_STR(first), OF_STR(second));
    }
    if (n == 0)
        return r->f == NULL ? ERR_INVAL
                            : fault_refuse(r->f, ERR_INVAL, r->field, REFUSE_HOURS_NEVER);
    return ERR_OK;
}

err_t hours_week_normalise(struct span text, const char *field, struct buf *out, struct fault *f)
{
    const struct reading r = {field, f};
    struct hours_day week[WEEK_DAYS];
    err_t err;

    if (span_trim(text).len == 0)
        return ERR_OK;
    if ((err = week_parse(&r, text, week)) != ERR_OK || (err = week_check(&r, week)) != ERR_OK)
        return err;
    for (int i = 0; i < WEEK_DAYS; i++) {
        if (week[i].n == 0)
            continue;
        buf_addf(out, "%s%s ", out->len > 0 ? "; " : "", day_words[i]);
        day_put(out, &week[i]);
    }
    return ERR_OK;
}

void hours_week(struct span text, struct hours_day week[WEEK_DAYS])
{
    (void)week_parse(&(struct reading){0}, text, week);
}

/* dates */

/* "2026-12-31" or, of each year, "12-31"; *rest goes on behind it. */
static err_t date_parse(const struct reading *r, struct span *rest, struct date *date)
{
    struct span s = *rest, said;
    int part[3] = {0};
    size_t n = 0, len = 0;

    while (len < s.len && strchr(" \t", s.p[len]) == NULL)
        len++;
    s.len = len;
    said = shown(s);
    rest->p += len;
    rest->len -= len;
    *rest = span_trim(*rest);
    while (n < 3 && digits(&s, 4, &part[n])) {
        n++;
        if (s.len == 0 || s.p[0] != '-')
            break;
        s.p++;
        s.len--;
    }
    if (s.len > 0 || n < 2 || (n == 3 && part[0] == 0))
        return REFUSE(r, REFUSE_DATE_FORM, OF_SPAN(said));
    *date = n == 3 ? (struct date){part[0], part[1], part[2]} : (struct date){0, part[0], part[1]};
    if ((date->year != 0 && (date->year < 1970 || date->year > 2999)) ||
        !date_exists(date->year != 0 ? date->year : A_LEAP_YEAR, date->month, date->day))
        return REFUSE(r, REFUSE_DATE_NONE, OF_SPAN(said));
    return ERR_OK;
}

static void date_put(struct buf *b, const struct date *date)
{
    if (date->year != 0)
        buf_addf(b, "%04d-", date->year);
    buf_addf(b, "%02d-%02d", date->month, date->day);
}

static int date_key(const struct date *d)
{
    return 10000 * d->year + 100 * d->month + d->day;
}

static err_t date_twice(const struct reading *r, const struct date *date)
{
    struct buf b = {0};
    err_t err;

    date_put(&b, date);
    err = REFUSE(r, REFUSE_DATE_TWICE, OF_SPAN(buf_span(&b)));
    buf_fini(&b);
    return err;
}

/* lists by date: days with hours of their own, and holidays, which have none but a name */

struct dates_form {
    const char *ends, *between;
    size_t max;
    err_t (*parse)(const struct reading *r, struct span part, struct hours_date *day);
    void (*put)(struct buf *b, const struct hours_date *day);
};

static int by_date(const void *a, const void *b)
{
    const struct hours_date *x = a, *y = b;

    return date_key(&x->date) - date_key(&y->date);
}

static err_t dates_put(const struct reading *r, const struct dates_form *form,
                       struct hours_date *all, size_t n, struct buf *out)
{
    qsort(all, n, sizeof(*all), by_date);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && date_key(&all[i].date) == date_key(&all[i - 1].date))
            return date_twice(r, &all[i].date);
        if (i > 0)
            buf_add_str(out, form->between);
        date_put(out, &all[i].date);
        form->put(out, &all[i]);
    }
    return ERR_OK;
}

static err_t dates_normalise(const struct reading *r, const struct dates_form *form,
                             struct span text, struct buf *out)
{
    struct hours_date *all = xcalloc(form->max, sizeof(*all));
    struct span part;
    size_t n = 0;
    err_t err = ERR_OK;

    while (err == ERR_OK && part_next(&text, form->ends, &part)) {
        if (part.len == 0)
            continue;
        if (n == form->max)
            err = REFUSE(r, REFUSE_TOO_MANY, OF_INT(form->max), OF_INT(n + 1));
        else
            err = form->parse(r, part, &all[n++]);
    }
    if (err == ERR_OK)
        err = dates_put(r, form, all, n, out);
    free(all);
    return err;
}

static bool dates_next(const struct dates_form *form, struct span *rest, struct hours_date *day)
{
    struct span part;

    while (part_next(rest, form->ends, &part))
        if (part.len > 0 && form->parse(&(struct reading){0}, part, day) == ERR_OK)
            return true;
    return false;
}

static err_t day_of_date_parse(const struct reading *r, struct span part, struct hours_date *day)
{
    struct span date = part;
    char name[16];
    err_t err = date_parse(r, &part, &day->date);

    *day = (struct hours_date){.date = day->date};
    if (err != ERR_OK)
        return err;
    if (day->date.year == 0)
        return REFUSE(r, REFUSE_DATE_FORM, OF_SPAN(shown(date)));
    snprintf(name, sizeof(name), "%04d-%02d-%02d", day->date.year, day->date.month, day->date.day);
    return day_parse(r, name, part, &day->day);
}

static void day_of_date_put(struct buf *b, const struct hours_date *day)
{
    buf_add_char(b, ' ');
    day_put(b, &day->day);
}

static err_t holiday_parse(const struct reading *r, struct span part, struct hours_date *day)
{
    err_t err = date_parse(r, &part, &day->date);

    if (err != ERR_OK)
        return err;
    *day = (struct hours_date){.date = day->date, .name = part};
    if (span_is_line(part, HOLIDAY_NAME_MAX_CODEPOINTS))
        return ERR_OK;
    if (r->f == NULL)
        return ERR_INVAL;
    if (span_is_utf8(part) && span_codepoints(part) > HOLIDAY_NAME_MAX_CODEPOINTS)
        return REFUSE(r, REFUSE_TOO_LONG, OF_INT(HOLIDAY_NAME_MAX_CODEPOINTS),
                      OF_INT(span_codepoints(part)));
    return span_refuse(part, true, r->f, r->field);
}

static void holiday_put(struct buf *b, const struct hours_date *day)
{
    if (day->name.len == 0)
        return;
    buf_add_char(b, ' ');
    buf_add_span(b, day->name);
}

static const struct dates_form days_form = {";\n", "; ", HOURS_DAYS_MAX, day_of_date_parse,
                                            day_of_date_put};
static const struct dates_form holidays_form = {"\n", "\n", HOLIDAYS_MAX, holiday_parse,
                                                holiday_put};

err_t hours_days_normalise(struct span text, const char *field, struct buf *out, struct fault *f)
{
    return dates_normalise(&(struct reading){field, f}, &days_form, text, out);
}

err_t hours_holidays_normalise(struct span text, const char *field, struct buf *out,
                               struct fault *f)
{
    return dates_normalise(&(struct reading){field, f}, &holidays_form, text, out);
}

bool hours_next_day(struct span *rest, struct hours_date *day)
{
    return dates_next(&days_form, rest, day);
}

bool hours_next_holiday(struct span *rest, struct hours_date *day)
{
    return dates_next(&holidays_form, rest, day);
}
