/*
 * E-mail addresses: RFC 5321 section 4.1.2 without what nobody types.  It checks the form only;
 * whether an international domain can be encoded is decided where ICU is at hand.
 */
#include "deskbell/mailbox.h"

#include <stdio.h>

#include "deskbell/ipaddr.h"

#define LOCAL_MAX_BYTES 64
#define LABEL_MAX 63
#define SHOWN_MAX_BYTES 80

static bool char_is_atext(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool char_is_ldh(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* Length of a quoted string at the front, both quotes included; 0 if it does not end. */
static size_t quoted_len(struct span s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"')
            return i + 1;
    }
    return 0;
}

/* RFC 5321's Dot-string, of what has no other characters. */
static bool is_dot_atom(struct span s)
{
    return s.len > 0 && s.p[0] != '.' && s.p[s.len - 1] != '.' &&
           memmem(s.p, s.len, "..", 2) == NULL;
}

static enum refusal local_check(struct span s)
{
    size_t dots = 0;

    if (s.len == 0)
        return REFUSE_ADDRESS_LOCAL_NONE;
    if (s.len > LOCAL_MAX_BYTES)
        return REFUSE_ADDRESS_LOCAL_LONG;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return REFUSE_ADDRESS_LOCAL_ASCII;
    if (s.p[0] == '"')
        return REFUSE_NONE; /* quoted_len() saw its end, and controls are refused for all */
    for (size_t i = 0; i < s.len; i++) {
        dots += s.p[i] == '.';
        if (s.p[i] != '.' && !char_is_atext(s.p[i]))
            return REFUSE_ADDRESS_LOCAL_CHARACTER;
    }
    if (dots == s.len)
        return REFUSE_ADDRESS_LOCAL_DOTS;
    if (!is_dot_atom(s) && s.len + 2 > LOCAL_MAX_BYTES)
        return REFUSE_ADDRESS_LOCAL_QUOTED;
    return REFUSE_NONE;
}

static enum refusal literal_check(struct span s)
{
    static const char tag[] = "IPv6:";
    struct ipaddr addr;
    struct span in = {s.p + 1, s.len - 2};
    bool v6 = in.len > 5 && span_is_nocase((struct span){in.p, 5}, tag);

    if (v6)
        in = (struct span){in.p + 5, in.len - 5};
    if (ipaddr_parse(in, &addr) != ERR_OK || v6 != (memchr(in.p, ':', in.len) != NULL))
        return REFUSE_ADDRESS_LITERAL;
    return REFUSE_NONE;
}

/* Spaces, joiners, marks and full stops that look like something else in a domain. */
static bool text_has_lookalike(struct span s)
{
    static const char *const bad[] = {
        "\xc2\xa0",     "\xc2\xad",     "\xe3\x80\x80", "\xe3\x80\x82", "\xef\xbc\x8e",
        "\xef\xbd\xa1", "\xef\xbb\xbf", "\xef\xbc\xa0", "\xe2\x81\xa0", "\xd8\x9c",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (memmem(s.p, s.len, bad[i], strlen(bad[i])) != NULL)
            return true;
    for (size_t i = 0; i + 2 < s.len; i++) /* U+2000 to U+200F */
        if (memcmp(s.p + i, "\xe2\x80", 2) == 0 && (unsigned char)s.p[i + 2] <= 0x8f)
            return true;
    return false;
}

static enum refusal label_check(struct span s)
{
    if (s.len == 0)
        return REFUSE_ADDRESS_DOMAIN_DOT;
    if (span_codepoints(s) > LABEL_MAX)
        return REFUSE_ADDRESS_DOMAIN_LONG;
    if (s.p[0] == '-' || s.p[s.len - 1] == '-')
        return REFUSE_ADDRESS_DOMAIN_HYPHEN;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.p[i] < 0x80 && !char_is_ldh(s.p[i]))
            return REFUSE_ADDRESS_DOMAIN_CHARACTER;
    if (text_has_lookalike(s))
        return REFUSE_ADDRESS_DOMAIN_LOOKALIKE;
    return REFUSE_NONE;
}

static enum refusal domain_check(struct span s)
{
    struct span label = SPAN_NONE;
    bool digits = true;
    enum refusal why;

    if (s.len == 0)
        return REFUSE_ADDRESS_DOMAIN_NONE;
    if (memchr(s.p, '@', s.len) != NULL)
        return REFUSE_ADDRESS_ATS;
    if (s.p[0] == '[')
        return s.len >= 2 && s.p[s.len - 1] == ']' ? literal_check(s) : REFUSE_ADDRESS_BRACKET;
    for (size_t start = 0; start <= s.len; start += label.len + 1) {
        const char *dot = memchr(s.p + start, '.', s.len - start);

        label.p = s.p + start;
        label.len = dot != NULL ? (size_t)(dot - label.p) : s.len - start;
        if ((why = label_check(label)) != REFUSE_NONE)
            return why;
    }
    for (size_t i = 0; i < label.len; i++)
        digits = digits && label.p[i] >= '0' && label.p[i] <= '9';
    return digits ? REFUSE_ADDRESS_DOMAIN_DIGITS : REFUSE_NONE;
}

static enum refusal mailbox_why(struct span s)
{
    enum refusal why;
    size_t at;

    if (s.len == 0)
        return REFUSE_ADDRESS_EMPTY;
    if (s.len > MAILBOX_MAX_BYTES)
        return REFUSE_ADDRESS_LONG;
    if (!span_is_line(s, MAILBOX_MAX_BYTES))
        return REFUSE_ADDRESS_TEXT;
    if (s.p[0] == '"') {
        if ((at = quoted_len(s)) == 0)
            return REFUSE_ADDRESS_QUOTE;
        if (s.len > at + 1 && s.p[s.len - 1] == '>')
            return REFUSE_ADDRESS_BARE;
        if (at == s.len || s.p[at] != '@')
            return REFUSE_ADDRESS_QUOTED;
    } else {
        if (memchr(s.p, '<', s.len) != NULL || memchr(s.p, '>', s.len) != NULL)
            return REFUSE_ADDRESS_BARE;
        if (memchr(s.p, ' ', s.len) != NULL)
            return REFUSE_ADDRESS_BLANK;
        if (memchr(s.p, ';', s.len) != NULL)
            return REFUSE_ADDRESS_SEMICOLON;
        const char *found = memchr(s.p, '@', s.len);
        if (found == NULL)
            return REFUSE_ADDRESS_AT;
        at = (size_t)(found - s.p);
    }
    if ((why = local_check((struct span){s.p, at})) != REFUSE_NONE)
        return why;
    return domain_check((struct span){s.p + at + 1, s.len - at - 1});
}

static err_t mailbox_refuse(struct span addr, const char *field, enum refusal why, struct fault *f)
{
    char shown[SHOWN_MAX_BYTES + 4];
    size_t len = addr.len;

    if (addr.len > SHOWN_MAX_BYTES) {
        len = SHOWN_MAX_BYTES;
        while (len > 0 && ((unsigned char)addr.p[len] & 0xc0) == 0x80)
            len--;
    }
    snprintf(shown, sizeof(shown), "%.*s%s", (int)len, addr.p != NULL ? addr.p : "",
             len < addr.len ? "..." : "");
    return fault_refuse_with(f, ERR_INVAL, field, why, VALUES(OF_STR(shown)));
}

err_t mailbox_check(struct span addr, struct fault *f)
{
    enum refusal why = mailbox_why(addr);

    return why == REFUSE_NONE ? ERR_OK : mailbox_refuse(addr, NULL, why, f);
}

bool mailbox_lacks_quotes(struct span addr)
{
    const char *at = addr.len > 0 ? memchr(addr.p, '@', addr.len) : NULL;

    return at != NULL && addr.p[0] != '"' &&
           !is_dot_atom((struct span){addr.p, (size_t)(at - addr.p)});
}

err_t mailbox_check_wire(struct span addr, struct fault *f)
{
    enum refusal why = mailbox_why(addr);

    for (size_t i = 0; i < addr.len && why == REFUSE_NONE; i++)
        if ((unsigned char)addr.p[i] >= 0x80)
            why = REFUSE_ADDRESS_WIRE_ASCII;
    if (why == REFUSE_NONE && mailbox_lacks_quotes(addr))
        why = REFUSE_ADDRESS_WIRE_QUOTES;
    return why == REFUSE_NONE ? ERR_OK : mailbox_refuse(addr, NULL, why, f);
}

/* What is at the front of the list, of these; how many bytes, 0: none of them. */
static size_t any_len(struct span s, const char *const *any)
{
    for (; *any != NULL; any++) {
        size_t len = strlen(*any);

        if (s.len >= len && memcmp(s.p, *any, len) == 0)
            return len;
    }
    return 0;
}

static size_t separator_len(struct span s)
{
    /* the last four: ideographic, its narrow form, full-width comma and semicolon */
    static const char *const any[] = {
        ",", ";", "\xe3\x80\x81", "\xef\xbd\xa4", "\xef\xbc\x8c", "\xef\xbc\x9b", NULL};

    return any_len(s, any);
}

/* Blanks, the ideographic one among them. */
static struct span item_trim(struct span s)
{
    static const char *const any[] = {" ", "\t", "\xe3\x80\x80", NULL};
    size_t n;

    for (; (n = any_len(s, any)) > 0; s.len -= n)
        s.p += n;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; any[i] != NULL && !more; i++) {
            n = strlen(any[i]);
            more = s.len >= n && memcmp(s.p + s.len - n, any[i], n) == 0;
        }
        s.len -= more ? n : 0;
    }
    return s;
}

/* Take what stands before the next separator outside quotes; false when nothing is left. */
static bool item_next(struct span *list, bool *more, struct span *item)
{
    struct span rest = item_trim(*list);
    size_t i = 0, n = 0;

    if (!*more)
        return false;
    if (rest.len > 0 && rest.p[0] == '"')
        i = quoted_len(rest); /* 0 if it does not end: then the first separator ends the item */
    while (i < rest.len && (n = separator_len((struct span){rest.p + i, rest.len - i})) == 0)
        i++;
    *item = item_trim((struct span){rest.p, i});
    *more = n > 0;
    *list = *more ? (struct span){rest.p + i + n, rest.len - i - n} : SPAN_NONE;
    return true;
}

/* The local part counts exactly, the domain without case.  Both have passed mailbox_check(). */
static bool mailbox_same(struct span a, struct span b)
{
    const char *at = memrchr(a.p, '@', a.len);
    size_t local = (size_t)(at - a.p);

    if (a.len != b.len || memcmp(a.p, b.p, local + 1) != 0)
        return false;
    for (size_t i = local + 1; i < a.len; i++) {
        char x = a.p[i], y = b.p[i];

        if (x >= 'A' && x <= 'Z')
            x = (char)(x | 0x20);
        if (y >= 'A' && y <= 'Z')
            y = (char)(y | 0x20);
        if (x != y)
            return false;
    }
    return true;
}

err_t mailbox_list_normalise(struct span list, const char *field, struct buf *out, struct fault *f)
{
    struct span kept[MAILBOX_LIST_MAX], item;
    bool more = true;
    size_t n = 0;

    while (item_next(&list, &more, &item)) {
        enum refusal why = item.len > 0 ? mailbox_why(item) : REFUSE_NONE;
        bool known = item.len == 0;

        if (why != REFUSE_NONE)
            return mailbox_refuse(item, field, why, f);
        for (size_t i = 0; i < n && !known; i++)
            known = mailbox_same(kept[i], item);
        if (known)
            continue;
        if (n == MAILBOX_LIST_MAX)
            return fault_refuse_with(f, ERR_INVAL, field, REFUSE_ADDRESS_MANY,
                                     VALUES(OF_INT(MAILBOX_LIST_MAX)));
        kept[n++] = item;
    }
    if (n == 0)
        return fault_refuse(f, ERR_INVAL, field, REFUSE_ADDRESS_NONE);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add_str(out, ", ");
        buf_add_span(out, kept[i]);
    }
    return ERR_OK;
}

bool mailbox_list_next(struct span *list, struct span *addr)
{
    bool more = list->len > 0;

    return item_next(list, &more, addr);
}
