/*
 * Whether a value may be set, in which form it is kept, and whether all of an object's settings fit
 * together.  Nothing is changed here.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "../rules/rules.h"
#include "core_int.h"
#include "deskbell/duration.h"
#include "deskbell/host.h"
#include "deskbell/mailbox.h"
#include "settings_int.h"

#define WORDS_TEXT 160 /* bytes, for the words of a setting */

static err_t bad(struct fault *f, const struct setting *st, enum refusal why)
{
    return fault_refuse(f, ERR_INVAL, st->name, why);
}

static err_t check_number(const struct change *c, struct fault *f)
{
    const struct setting *st = c->setting;

    if (c->i >= st->min && c->i <= st->max)
        return ERR_OK;
    if (st->type == SET_ENUM)
        return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_WORD_NONE, VALUES(OF_INT(c->i)));
    return fault_refuse_with(f, ERR_INVAL, st->name,
                             st->type == SET_MS ? REFUSE_RANGE_MS : REFUSE_RANGE,
                             VALUES(OF_INT(st->min), OF_INT(st->max), OF_INT(c->i)));
}

static err_t check_text(const struct change *c, struct fault *f)
{
    const struct setting *st = c->setting;
    size_t max = (size_t)st->max;
    bool line = st->type == SET_LINE || st->type == SET_TEMPLATE_LINE;
    bool sound = line ? span_is_line(c->s, max) : span_is_text(c->s, max);

    if (st->min > 0 && span_trim(c->s).len == 0)
        return bad(f, st, REFUSE_EMPTY);
    if (sound)
        return ERR_OK;
    if (span_is_utf8(c->s) && span_codepoints(c->s) > max)
        return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_TOO_LONG,
                                 VALUES(OF_INT(max), OF_INT(span_codepoints(c->s))));
    return span_refuse(c->s, line, f, st->name);
}

static err_t check_addresses(const struct change *c, struct buf *norm, struct fault *f)
{
    const struct setting *st = c->setting;
    struct span one, list;
    err_t err;

    if (span_trim(c->s).len == 0)
        return st->min > 0 ? bad(f, st, REFUSE_EMPTY) : ERR_OK;
    if ((err = mailbox_list_normalise(c->s, st->name, norm, f)) != ERR_OK)
        return err;
    list = buf_span(norm);
    if (st->type == SET_MAILBOX && mailbox_list_next(&list, &one) && list.len > 0)
        return bad(f, st, REFUSE_ADDRESS_ONE);
    return ERR_OK;
}

/* "https://www.example.com:8443": what a browser sends as Origin. */
static bool origin_is_sound(struct span o)
{
    const char *p = o.p, *end = o.p + o.len;
    unsigned long port = 0;

    if (o.len > 8 && memcmp(p, "https://", 8) == 0)
        p += 8;
    else if (o.len > 7 && memcmp(p, "http://", 7) == 0)
        p += 7;
    else
        return false;
    if (p < end && *p == '[') {
        const char *close = memchr(p, ']', (size_t)(end - p));
        struct ipaddr ip;

        if (close == NULL ||
            ipaddr_parse((struct span){p + 1, (size_t)(close - p - 1)}, &ip) != ERR_OK)
            return false;
        p = close + 1;
    } else {
        const char *start = p;

        while (p < end && *p != ':')
            p++;
        if (host_why((struct span){start, (size_t)(p - start)}) != REFUSE_NONE)
            return false;
    }
    if (p == end)
        return true;
    if (*p++ != ':' || p == end || end - p > 5)
        return false;
    for (; p < end; p++) {
        if (!isdigit((unsigned char)*p))
            return false;
        port = 10 * port + (unsigned long)(*p - '0');
    }
    return port > 0 && port <= 65535;
}

static err_t check_origins(const struct change *c, struct buf *norm, struct fault *f)
{
    const struct setting *st = c->setting;
    struct span rest = c->s;
    size_t count = 0;

    while (rest.len > 0) {
        size_t len = 0;

        while (len < rest.len && strchr(" \t\r\n,", rest.p[len]) == NULL)
            len++;
        if (len > 0) {
            struct span one = {rest.p, len};

            if (len > 300 || !origin_is_sound(one))
                return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_ORIGIN,
                                         VALUES(OF_BYTES(one.p, len > 80 ? 80 : len)));
            if (++count > ORIGINS_MAX)
                return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_TOO_MANY,
                                         VALUES(OF_INT(ORIGINS_MAX), OF_INT(count)));
            if (norm->len > 0)
                buf_add_char(norm, ' ');
            for (size_t i = 0; i < len; i++)
                buf_add_char(norm, (char)tolower((unsigned char)one.p[i]));
        }
        rest.p += len < rest.len ? len + 1 : len;
        rest.len -= len < rest.len ? len + 1 : len;
    }
    return ERR_OK;
}

static err_t check_colour(const struct change *c, struct fault *f)
{
    if (c->s.len != 7 || c->s.p[0] != '#')
        return bad(f, c->setting, REFUSE_COLOUR);
    for (size_t i = 1; i < 7; i++)
        if (!isxdigit((unsigned char)c->s.p[i]))
            return bad(f, c->setting, REFUSE_COLOUR);
    return ERR_OK;
}

static err_t check_bytes(const struct change *c, const char *more, struct fault *f)
{
    const struct setting *st = c->setting;

    if ((int64_t)c->s.len < st->min || (int64_t)c->s.len > st->max)
        return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_LENGTH,
                                 VALUES(OF_INT(st->min), OF_INT(st->max)));
    for (size_t i = 0; i < c->s.len; i++)
        if (c->s.p[i] == '\0' ||
            (!isalnum((unsigned char)c->s.p[i]) && strchr(more, c->s.p[i]) == NULL))
            return bad(f, st, REFUSE_CHARACTERS);
    return ERR_OK;
}

/* What is possible, as "en, ja". */
static void words_possible(const struct setting *st, char all[WORDS_TEXT])
{
    size_t len = 0;

    for (size_t w = 0; st->words[w] != NULL && len < WORDS_TEXT; w++)
        len +=
            (size_t)snprintf(all + len, WORDS_TEXT - len, "%s%s", w > 0 ? ", " : "", st->words[w]);
}

static err_t refuse_word(const struct setting *st, struct span word, struct fault *f)
{
    char all[WORDS_TEXT];

    words_possible(st, all);
    word = span_is_utf8(word) ? span_cut(word, 40) : SPAN_LIT("?");
    return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_WORD_AMONG,
                             VALUES(OF_SPAN(word), OF_STR(all)));
}

static err_t check_words(const struct change *c, struct change *out, struct fault *f)
{
    const struct setting *st = c->setting;
    struct span rest = c->s;

    out->i = 0;
    while (rest.len > 0) {
        const char *comma = memchr(rest.p, ',', rest.len);
        size_t len = comma != NULL ? (size_t)(comma - rest.p) : rest.len;
        struct span word = span_trim((struct span){rest.p, len});
        size_t at = 0;

        while (st->words[at] != NULL && !span_is(word, st->words[at]))
            at++;
        if (st->words[at] != NULL)
            out->i |= (int64_t)BIT(at);
        else if (word.len > 0)
            return refuse_word(st, word, f);
        len += comma != NULL;
        rest.p += len;
        rest.len -= len;
    }
    return out->i == 0 && st->min > 0 ? bad(f, st, REFUSE_EMPTY) : ERR_OK;
}

static err_t check_host(const struct change *c, struct fault *f)
{
    const struct setting *st = c->setting;
    enum refusal why = c->s.len == 0 && st->min == 0 ? REFUSE_NONE : host_why(c->s);

    return why == REFUSE_NONE ? ERR_OK : bad(f, st, why);
}

static err_t check_hours(const struct change *c, struct buf *norm, struct fault *f)
{
    const char *name = c->setting->name;

    if (c->setting->type == SET_HOURS)
        return hours_week_normalise(c->s, name, norm, f);
    if (c->setting->type == SET_DAYS)
        return hours_days_normalise(c->s, name, norm, f);
    return hours_holidays_normalise(c->s, name, norm, f);
}

err_t setting_check(const struct change *in, struct buf *norm, struct change *out, struct fault *f)
{
    err_t err = ERR_OK;

    *out = *in;
    switch (in->setting->type) {
    case SET_BOOL:
    case SET_INT:
    case SET_MS:
    case SET_ENUM:
    case SET_DEPT: /* which there are is dept_check()'s to say */
        return check_number(in, f);
    case SET_LINE:
    case SET_TEMPLATE_LINE:
        out->s = span_trim(in->s);
        return check_text(out, f);
    case SET_TEXT:
    case SET_TEMPLATE:
        return check_text(in, f);
    case SET_MAILBOX:
    case SET_MAILBOXES:
        err = check_addresses(in, norm, f);
        out->s = buf_span(norm);
        return err;
    case SET_ORIGINS:
        err = check_origins(in, norm, f);
        out->s = buf_span(norm);
        return err;
    case SET_COLOUR:
        return check_colour(in, f);
    case SET_ZONE:
        return check_bytes(in, "/_+-", f);
    case SET_HOURS:
    case SET_DAYS:
    case SET_HOLIDAYS:
        err = check_hours(in, norm, f);
        out->s = buf_span(norm);
        return err;
    case SET_HOST:
        return check_host(in, f);
    case SET_SECRET:
        return check_bytes(in, "_-", f);
    case SET_WORDS:
        return check_words(in, out, f);
    case SET_KEYS:
        err = keys_normalise(in->setting, in->s, norm, f);
        out->s = buf_span(norm);
        return err;
    }
    return bad(f, in->setting, REFUSE_CANNOT_SET);
}

/* The first of MAIL-2 to MAIL-6 that is on, or MAILSET_COUNT. */
static enum mail_setting first_mail_on(const struct dept *d)
{
    for (enum mail_setting i = MAILSET_TRANSCRIPT; i < MAILSET_COUNT; i++)
        if (d->mail[i].on)
            return i;
    return MAILSET_COUNT;
}

/* An object's image is written and read whole. */
static err_t templates_check(const struct templates *t, struct fault *f)
{
    if (templates_bytes(t) <= TEMPLATES_MAX_BYTES)
        return ERR_OK;
    return fault_refuse_with(f, ERR_TOOBIG, "template", REFUSE_TEMPLATES_FULL,
                             VALUES(OF_INT(TEMPLATES_MAX_BYTES >> 10)));
}

err_t portal_check(const struct core *k, const struct portal *p, struct fault *f)
{
    err_t err = templates_check(p->templates, f);

    if (err != ERR_OK)
        return err;
    if ((err = rules_portal_check(k, p, f)) != ERR_OK)
        return err;
    if (p->relay_tls == RELAY_NONE && !host_is_loopback(span_of(p->relay_host)))
        return fault_refuse(f, ERR_INVAL, "relay_tls", REFUSE_TLS_NEEDED);
    if (p->relay_auth == RELAY_AUTH_XOAUTH2 && p->relay_tls == RELAY_NONE)
        return fault_refuse(f, ERR_INVAL, "relay_auth", REFUSE_TOKEN_TLS);
    if (p->from[0] != '\0')
        return ERR_OK;
    for (struct onode *n = otree_first(&k->depts); n != NULL; n = otree_next(n)) {
        const struct dept *d = &container_of(n, struct xdept, by_id)->d;

        if (!d->deleted && first_mail_on(d) != MAILSET_COUNT && !d->mail[MAILSET_FROM].on)
            return fault_refuse_with(f, ERR_CONFLICT, "from", REFUSE_FROM_USED,
                                     VALUES(OF_STR(d->name)));
    }
    return ERR_OK;
}

/* Its relay is checked while it is in use, as the portal's always is. */
static err_t dept_relay_check(const struct dept_relay *r, struct fault *f)
{
    if (!r->own)
        return ERR_OK;
    if (r->host[0] == '\0')
        return fault_refuse(f, ERR_INVAL, "relay.host", REFUSE_RELAY_HOST);
    if (r->tls == RELAY_NONE && !host_is_loopback(span_of(r->host)))
        return fault_refuse(f, ERR_INVAL, "relay.tls", REFUSE_TLS_NEEDED);
    if (r->auth == RELAY_AUTH_XOAUTH2 && r->tls == RELAY_NONE)
        return fault_refuse(f, ERR_INVAL, "relay.auth", REFUSE_TOKEN_TLS);
    return ERR_OK;
}

/* The names of those that a chat would go through, one after the other, until it is back. */
static err_t overflow_cycle(const struct core *k, const struct dept *d, struct fault *f)
{
    char chain[160];
    size_t len = (size_t)snprintf(chain, sizeof(chain), "%s", d->name);

    for (uint64_t id = d->overflow; len < sizeof(chain); id = xdept_find(k, id)->d.overflow) {
        len += (size_t)snprintf(chain + len, sizeof(chain) - len, " → %s",
                                id == d->id ? d->name : xdept_find(k, id)->d.name);
        if (id == d->id)
            break;
    }
    for (len = len < sizeof(chain) ? len : sizeof(chain) - 1;
         !span_is_utf8((struct span){chain, len});)
        len--;
    return fault_refuse_with(f, ERR_CONFLICT, "overflow", REFUSE_OVERFLOW_CYCLE,
                             VALUES(OF_BYTES(chain, len)));
}

static err_t overflow_check(const struct core *k, const struct dept *d, struct fault *f)
{
    if (d->overflow == 0)
        return ERR_OK;
    if (core_dept(k, d->overflow) == NULL)
        return fault_refuse(f, ERR_NOTFOUND, "overflow", REFUSE_DEPARTMENT_UNKNOWN);
    for (uint64_t id = d->overflow; id != 0; id = xdept_find(k, id)->d.overflow)
        if (id == d->id)
            return overflow_cycle(k, d, f);
    return ERR_OK;
}

err_t dept_check(const struct core *k, const struct dept *d, struct fault *f)
{
    enum mail_setting on = first_mail_on(d);
    char field[64];

    for (enum mail_setting i = 0; i < MAILSET_COUNT; i++)
        if (d->mail[i].on && d->mail[i].addrs[0] == '\0') {
            snprintf(field, sizeof(field), "mail.%s.addresses", mail_setting_word(i));
            return fault_refuse_with(f, ERR_INVAL, field, REFUSE_MAIL_ADDRESS,
                                     VALUES(OF_STR(mail_setting_word(i))));
        }
    if (on != MAILSET_COUNT && !d->mail[MAILSET_FROM].on && k->portal.from[0] == '\0') {
        snprintf(field, sizeof(field), "mail.%s.on", mail_setting_word(on));
        return fault_refuse(f, ERR_INVAL, field, REFUSE_NO_FROM);
    }
    if (overflow_check(k, d, f) != ERR_OK)
        return f->err;
    if (!dept_speaks(d, d->lang))
        return fault_refuse_with(f, ERR_INVAL, "languages", REFUSE_LANG_FIRST,
                                 VALUES(OF_STR(lang_word(d->lang))));
    if (d->pause_max_ms < d->pause_ms)
        return fault_refuse_with(
            f, ERR_INVAL, "pause_max_ms", REFUSE_RANGE_MS,
            VALUES(OF_INT(d->pause_ms), OF_INT(60 * 60 * 1000), OF_INT(d->pause_max_ms)));
    if (rules_dept_check(k, d, f) != ERR_OK || templates_check(d->templates, f) != ERR_OK)
        return f->err;
    return dept_relay_check(&d->relay, f);
}

/* text to a change */

static bool parse_bool(struct span text, int64_t *i)
{
    static const char *const words[] = {"off", "on", "false", "true", "no", "yes", "0", "1"};

    for (size_t w = 0; w < COUNT_OF(words); w++)
        if (span_is_nocase(text, words[w])) {
            *i = w % 2;
            return true;
        }
    return false;
}

static bool parse_number(struct span *text, int64_t *i)
{
    size_t at = 0;

    *i = 0;
    for (; at < text->len && at < 15 && isdigit((unsigned char)text->p[at]); at++)
        *i = 10 * *i + (text->p[at] - '0');
    text->p += at;
    text->len -= at;
    return at > 0;
}

/* Milliseconds, or with a unit. */
static bool parse_ms(struct span text, int64_t *i)
{
    struct span rest = text;

    return duration_parse(text, i) || (parse_number(&rest, i) && rest.len == 0);
}

err_t setting_parse(const struct setting *st, struct span text, struct change *change,
                    struct fault *f)
{
    struct change c = {.setting = st, .s = text};
    struct span word = span_trim(text);

    switch (st->type) {
    case SET_BOOL:
        if (!parse_bool(word, &c.i))
            return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_TYPE,
                                     VALUES(OF_STR("on or off")));
        break;
    case SET_DEPT:
        if (word.len > 0 && id_parse(word, (uint64_t *)&c.i) != ERR_OK)
            return fault_refuse(f, ERR_INVAL, st->name, REFUSE_ID);
        break;
    case SET_INT:
        if (!parse_number(&word, &c.i) || word.len > 0)
            return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_TYPE,
                                     VALUES(OF_STR("a number")));
        break;
    case SET_MS:
        if (!parse_ms(word, &c.i))
            return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_TYPE,
                                     VALUES(OF_STR("a time such as 20s, 4m or 500ms")));
        break;
    case SET_ENUM:
        while (st->words[c.i] != NULL && !span_is(word, st->words[c.i]))
            c.i++;
        if (st->words[c.i] == NULL) {
            char all[WORDS_TEXT];

            words_possible(st, all);
            return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_WORD, VALUES(OF_STR(all)));
        }
        break;
    default:
        break;
    }
    *change = c;
    return ERR_OK;
}
