/*
 * Tables as comma-separated values (RFC 4180), as spreadsheets read them: quoted where they must
 * be, and no cell is one that a spreadsheet would run.
 */
#include <time.h>

#include "view_int.h"

/* Also as they are typed in full width: some take these for the same. */
static bool would_run(struct span s)
{
    static const char *const begins[] = {"=",  "+",  "-",  "@",  "\t", "\r",
                                         "\n", "＝", "＋", "－", "＠"};

    for (size_t i = 0; i < COUNT_OF(begins); i++)
        if (s.len >= strlen(begins[i]) && memcmp(s.p, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

static bool needs_quotes(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (strchr(",;\"\r\n\t", s.p[i]) != NULL)
            return true;
    return s.len > 0 && (s.p[0] == ' ' || s.p[s.len - 1] == ' ');
}

void csv_cell(struct buf *b, struct span s)
{
    bool quotes = needs_quotes(s);

    if (quotes)
        buf_add_char(b, '"');
    if (would_run(s))
        buf_add_char(b, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '"')
            buf_add_char(b, '"');
        buf_add_char(b, s.p[i]);
    }
    if (quotes)
        buf_add_char(b, '"');
}

void csv_time(struct buf *b, int64_t ms)
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    char text[32];

    if (ms <= 0 || gmtime_r(&s, &tm) == NULL)
        return;
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    buf_add_str(b, text);
}
