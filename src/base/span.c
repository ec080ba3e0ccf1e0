/* Spans: comparing, trimming, what is UTF-8, a line and a text, and why not; and cleaning. */
#include "deskbell/span.h"

#include <stdio.h>

#include "base_int.h"

struct span span_of(const char *s)
{
    return s != NULL ? (struct span){s, strlen(s)} : SPAN_NONE;
}

bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool span_is(struct span a, const char *s)
{
    return span_eq(a, span_of(s));
}

bool span_is_nocase(struct span a, const char *s)
{
    size_t len = strlen(s);

    if (a.len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)s[i];

        if (x >= 'A' && x <= 'Z')
            x |= 0x20;
        if (y >= 'A' && y <= 'Z')
            y |= 0x20;
        if (x != y)
            return false;
    }
    return true;
}

struct span span_trim(struct span s)
{
    while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
        s.len--;
    return s;
}

struct span span_unmarked(struct span s)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t len = sizeof(mark) - 1;

    if (s.len < len || memcmp(s.p, mark, len) != 0)
        return s;
    return (struct span){s.p + len, s.len - len};
}

char *span_dup(struct span s)
{
    char *copy = xmalloc(s.len + 1);

    if (s.len > 0)
        memcpy(copy, s.p, s.len);
    copy[s.len] = '\0';
    return copy;
}

/*
 * The second byte's range does away with overlong forms, surrogates and what lies above U+10FFFF
 * (RFC 3629 section 4).
 */
bool utf8_next(struct span *s, uint32_t *cp)
{
    const unsigned char *p = (const unsigned char *)s->p;
    unsigned char low = 0x80, high = 0xbf;
    size_t n;

    if (p[0] < 0x80) {
        n = 1;
        *cp = p[0];
    } else if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        n = 2;
        *cp = p[0] & 0x1f;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        n = 3;
        *cp = p[0] & 0x0f;
        low = p[0] == 0xe0 ? 0xa0 : 0x80;
        high = p[0] == 0xed ? 0x9f : 0xbf;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        n = 4;
        *cp = p[0] & 0x07;
        low = p[0] == 0xf0 ? 0x90 : 0x80;
        high = p[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return false;
    }
    if (s->len < n)
        return false;
    for (size_t i = 1; i < n; i++) {
        if (p[i] < low || p[i] > high)
            return false;
        *cp = *cp << 6 | (p[i] & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    s->p += n;
    s->len -= n;
    return true;
}

bool span_is_utf8(struct span s)
{
    uint32_t cp;

    while (s.len > 0)
        if (!utf8_next(&s, &cp) || cp == 0)
            return false;
    return true;
}

struct span span_cut(struct span s, size_t max_bytes)
{
    size_t n = s.len < max_bytes ? s.len : max_bytes;

    while (n > 0 && n < s.len && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return (struct span){s.p, n};
}

size_t span_codepoints(struct span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80)
            n++;
    return n;
}

bool cp_is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

/* Overrides, embeddings and isolates, and what ends them. */
static bool cp_turns(uint32_t cp)
{
    return (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

static bool cp_is_direction_mark(uint32_t cp)
{
    return cp == 0x061c || cp == 0x200e || cp == 0x200f;
}

static void add_clean(struct buf *b, struct span s, bool lines)
{
    uint32_t cp;

    while (s.len > 0) {
        const char *start = s.p;

        if (!utf8_next(&s, &cp)) {
            buf_add_str(b, "\xef\xbf\xbd");
            s.p++;
            s.len--;
        } else if (cp_turns(cp) || (!lines && cp_is_direction_mark(cp))) {
            continue;
        } else if (lines && (cp == '\n' || cp == '\t')) {
            buf_add_char(b, (char)cp);
        } else if (lines && cp == '\r' && s.len > 0 && s.p[0] == '\n') {
            continue;
        } else if (cp_is_control(cp)) {
            buf_add_char(b, ' ');
        } else {
            buf_add(b, start, (size_t)(s.p - start));
        }
    }
}

void buf_add_line(struct buf *b, struct span s)
{
    add_clean(b, s, false);
}

void buf_add_text(struct buf *b, struct span s)
{
    add_clean(b, s, true);
}

bool span_is_line(struct span s, size_t max_codepoints)
{
    uint32_t cp;

    for (size_t n = 0; s.len > 0; n++)
        if (n >= max_codepoints || !utf8_next(&s, &cp) || cp_is_control(cp))
            return false;
    return true;
}

/* As utf8_next(), and whether a text of several lines may have it there. */
static bool text_next(struct span *s, uint32_t *cp, bool *possible)
{
    if (!utf8_next(s, cp))
        return false;
    *possible = *cp == '\n' || *cp == '\t' || (*cp == '\r' && s->len > 0 && s->p[0] == '\n') ||
                !cp_is_control(*cp);
    return true;
}

bool span_is_text(struct span s, size_t max_codepoints)
{
    bool possible;
    uint32_t cp;

    for (size_t n = 0; s.len > 0; n++)
        if (n >= max_codepoints || !text_next(&s, &cp, &possible) || !possible)
            return false;
    return true;
}

err_t span_refuse(struct span s, bool is_line, struct fault *f, const char *field)
{
    bool possible;
    char name[16];
    uint32_t cp;

    for (size_t at = 1; s.len > 0 && text_next(&s, &cp, &possible); at++) {
        if (is_line ? !cp_is_control(cp) : possible)
            continue;
        snprintf(name, sizeof(name), "U+%04X", (unsigned)cp);
        return fault_refuse_with(f, ERR_INVAL, field, is_line ? REFUSE_ONE_LINE : REFUSE_CONTROL,
                                 VALUES(OF_INT(at), OF_STR(name)));
    }
    return fault_refuse(f, ERR_INVAL, field, REFUSE_ENCODING);
}
