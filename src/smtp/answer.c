/*
 * The reader of answers: bytes in, whole answers out.  Pure.  A library that takes the first line
 * of an answer for all of it, or one without its end for whole, would call a mail sent that was
 * not.  What an answer is to, and what follows from it, is course.c's.
 */
#include "answer.h"

#include <string.h>

#define CODE_CHARS 3

/* A line's code, or 0: it is none of an answer.  A code may stand alone. */
static int line_code(struct span line)
{
    int code = 0;

    if (line.len < CODE_CHARS)
        return 0;
    for (size_t i = 0; i < CODE_CHARS; i++) {
        if (line.p[i] < '0' || line.p[i] > '9')
            return 0;
        code = code * 10 + (line.p[i] - '0');
    }
    if (line.len > CODE_CHARS && line.p[CODE_CHARS] != ' ' && line.p[CODE_CHARS] != '-')
        return 0;
    return code >= 200 && code <= 599 ? code : 0;
}

static bool is_digit(struct span s, size_t at)
{
    return at < s.len && s.p[at] >= '0' && s.p[at] <= '9';
}

/*
 * The class of a line's enhanced status code (RFC 3463: "5.7.1"), 0: it bears none.  An address or
 * a version that begins alike has a fourth number.
 */
static int line_class(struct span line)
{
    size_t at = CODE_CHARS + 1;
    int class = is_digit(line, at) ? line.p[at] - '0' : 0;

    if (class != 2 && class != 4 && class != 5)
        return 0;
    at++;
    for (int part = 0; part < 2; part++) {
        if (at >= line.len || line.p[at] != '.' || !is_digit(line, at + 1))
            return 0;
        for (at++; is_digit(line, at);)
            at++;
    }
    return at == line.len || line.p[at] == ' ' ? class : 0;
}

/* "250 5.7.1 no": taken by the one code, refused by the other. */
static bool is_torn(struct span line, int code)
{
    int class = line_class(line);

    return code / 100 == 2 && class != 0 && class != 2;
}

static bool is_last(struct span line)
{
    return line.len == CODE_CHARS || line.p[CODE_CHARS] == ' ';
}

/* The line that is coming, without its end. */
static struct span line_now(const struct answer_reader *r)
{
    size_t len = r->len;

    while (len > 0 && r->line[len - 1] == '\r')
        len--;
    return (struct span){r->line, len};
}

static void keep(struct answer_reader *r, struct span line, int code)
{
    memcpy(r->kept, line.p, line.len);
    r->kept_len = line.len;
    r->code = code;
}

/* The end of a line; true: of an answer, too. */
static bool line_end(struct answer_reader *r, struct answer *a)
{
    struct span line = line_now(r);
    int code = line_code(line);
    bool garbled = code == 0;

    if (!r->begun || code != r->code) {
        r->differ = r->differ || r->begun;
        keep(r, line, code);
    }
    r->differ = r->differ || is_torn(line, code);
    r->begun = true;
    r->len = 0;
    if (!garbled && !is_last(line))
        return false;
    *a = (struct answer){.code = r->differ && code < 400 ? 0 : code,
                         .garbled = garbled,
                         .line = {r->kept, r->kept_len}};
    r->begun = r->differ = false;
    return true;
}

bool answer_take(struct answer_reader *r, char c, struct answer *a)
{
    if (c == '\n')
        return line_end(r, a);
    if (r->len < sizeof(r->line))
        r->line[r->len++] = c;
    return false;
}

struct span answer_begun(const struct answer_reader *r)
{
    if (r->len > 0)
        return line_now(r);
    return r->begun ? (struct span){r->kept, r->kept_len} : SPAN_NONE;
}

struct span answer_text(const struct answer *a)
{
    struct span text = a->line;
    size_t at = text.len > CODE_CHARS ? CODE_CHARS + 1 : text.len;

    return span_trim((struct span){text.p + at, text.len - at});
}
