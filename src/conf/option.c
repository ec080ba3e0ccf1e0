/* One option's value: from text, to text, and what is said when the text is wrong. */
#include <inttypes.h>
#include <stdlib.h>

#include "conf_int.h"
#include "deskbell/host.h"
#include "deskbell/limits.h"

static void *option_at(const struct config *cfg, const struct option *opt)
{
    return (char *)(uintptr_t)cfg + opt->offset;
}

static size_t *count_at(const struct config *cfg, const struct option *opt)
{
    return (size_t *)(void *)((char *)(uintptr_t)cfg + opt->count_offset);
}

void option_fini(struct config *cfg, const struct option *opt)
{
    char **strings = option_at(cfg, opt);

    switch (opt->kind) {
    case KIND_ADDRESSES:
        for (size_t i = 0; i < cfg->nlisten; i++)
            free(cfg->listen[i]);
        free(cfg->listen);
        cfg->listen = NULL;
        cfg->nlisten = 0;
        break;
    case KIND_PREFIXES:
        free(*(struct ipprefix **)option_at(cfg, opt));
        *(struct ipprefix **)option_at(cfg, opt) = NULL;
        *count_at(cfg, opt) = 0;
        break;
    case KIND_LINE:
    case KIND_PATH:
    case KIND_URL:
    case KIND_GREETING:
        free(*strings);
        *strings = NULL;
        break;
    default:
        break;
    }
}

/* Take the next word, separated by `sep`, off the front; blanks around it are dropped. */
static bool item_next(struct span *s, char sep, struct span *item)
{
    const char *end;

    if (s->p == NULL)
        return false;
    end = s->len > 0 ? memchr(s->p, sep, s->len) : NULL;
    *item = span_trim((struct span){s->p, end != NULL ? (size_t)(end - s->p) : s->len});
    *s = end != NULL ? (struct span){end + 1, s->len - (size_t)(end - s->p) - 1} : SPAN_NONE;
    return true;
}

/* Decimal digits alone, at most max. */
static bool number_parse(struct span s, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (s.len == 0 || s.len > 18)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    *out = v;
    return v <= max;
}

static bool size_parse(struct span s, uint64_t max, uint64_t *out)
{
    static const char units[] = "KMGT";
    const char *unit = s.len > 0 ? strchr(units, s.p[s.len - 1]) : NULL;
    int shift = 0;

    if (unit != NULL && *unit != '\0') {
        shift = 10 * (int)(unit - units + 1);
        s.len--;
    }
    if (!number_parse(s, max >> shift, out))
        return false;
    *out <<= shift;
    return true;
}

void size_format(uint64_t bytes, struct buf *out)
{
    static const char *const units[] = {"", "K", "M", "G", "T"};
    size_t u = 0;

    while (u + 1 < COUNT_OF(units) && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        u++;
    }
    buf_addf(out, "%" PRIu64 "%s", bytes, units[u]);
}

/* "host:port" with an IPv4 address, an IPv6 address in brackets, or * for the host. */
static bool address_is_good(struct span s)
{
    const char *colon = s.len > 0 ? memrchr(s.p, ':', s.len) : NULL;
    struct ipaddr addr;
    uint64_t port;

    if (colon == NULL)
        return false;
    struct span host = {s.p, (size_t)(colon - s.p)};
    struct span tail = {colon + 1, s.len - host.len - 1};
    if (tail.len > 5 || !number_parse(tail, 65535, &port))
        return false;
    if (span_is(host, "*"))
        return true;
    if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
        return memchr(host.p, ':', host.len) != NULL &&
               ipaddr_parse((struct span){host.p + 1, host.len - 2}, &addr) == ERR_OK;
    return memchr(host.p, ':', host.len) == NULL && ipaddr_parse(host, &addr) == ERR_OK;
}

static err_t addresses_set(struct config *cfg, const struct option *opt, struct span s,
                           struct fault *f)
{
    char **items = xcalloc(CONF_ITEMS_MAX, sizeof(char *));
    struct span item;
    size_t n = 0;

    while (item_next(&s, ',', &item)) {
        if (!address_is_good(item) || n == CONF_ITEMS_MAX) {
            while (n > 0)
                free(items[--n]);
            free(items);
            return fault_set(f, ERR_INVAL, opt->key,
                             "expected addresses with ports, such as 127.0.0.1:8070, "
                             "[::1]:8070 or *:8070, not \"%.*s\"",
                             (int)(item.len < 60 ? item.len : 60), item.p);
        }
        items[n++] = span_dup(item);
    }
    option_fini(cfg, opt);
    *(char ***)option_at(cfg, opt) = items;
    *count_at(cfg, opt) = n;
    return ERR_OK;
}

static err_t prefixes_set(struct config *cfg, const struct option *opt, struct span s,
                          struct fault *f)
{
    struct ipprefix *items = xcalloc(CONF_ITEMS_MAX, sizeof(*items));
    struct fault why = {0};
    struct span item;
    size_t n = 0;

    while (s.len > 0 && item_next(&s, ',', &item)) {
        if (n == CONF_ITEMS_MAX)
            fault_set(&why, ERR_INVAL, NULL, "expected at most %d prefixes", CONF_ITEMS_MAX);
        if (n == CONF_ITEMS_MAX || ipprefix_parse(item, &items[n++], &why) != ERR_OK) {
            free(items);
            return fault_set(f, ERR_INVAL, opt->key, "%s", why.what);
        }
    }
    option_fini(cfg, opt);
    *(struct ipprefix **)option_at(cfg, opt) = items;
    *count_at(cfg, opt) = n;
    return ERR_OK;
}

static bool path_is_good(struct span s)
{
    return s.len > 0 && s.p[0] == '/' && s.len < 4096 && span_is_line(s, s.len);
}

static bool port_is_good(struct span s)
{
    uint64_t n;

    return number_parse(s, 65535, &n) && n > 0;
}

/* "[2001:db8::1]", a name or an IPv4 address, perhaps with a port. */
static bool authority_is_good(struct span s)
{
    bool literal = s.len > 0 && s.p[0] == '[';
    const char *end = literal ? memchr(s.p, ']', s.len) : memchr(s.p, ':', s.len);
    struct span host = s, port = SPAN_NONE;
    struct ipaddr addr;

    if (literal && end == NULL)
        return false;
    if (end != NULL) {
        host.len = (size_t)(end - s.p);
        port = (struct span){end + literal, s.len - host.len - literal};
    }
    if (port.len > 0 &&
        (port.p[0] != ':' || !port_is_good((struct span){port.p + 1, port.len - 1})))
        return false;
    if (!literal)
        return host_why(host) == REFUSE_NONE;
    host = (struct span){host.p + 1, host.len - 1};
    return memchr(host.p, ':', host.len) != NULL && ipaddr_parse(host, &addr) == ERR_OK;
}

/* http or https, a host, perhaps a port; no path, user, query or fragment. */
static bool url_is_good(struct span s)
{
    static const char *const schemes[] = {"https://", "http://"};

    if (s.len > URL_MAX_BYTES)
        return false;
    while (s.len > 0 && s.p[s.len - 1] == '/')
        s.len--;
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        size_t head = strlen(schemes[i]);

        if (s.len > head && memcmp(s.p, schemes[i], head) == 0)
            return authority_is_good((struct span){s.p + head, s.len - head});
    }
    return false;
}

/* Position of a word among words joined by blanks; -1: not one of them. */
static int word_find(const char *words, struct span s)
{
    struct span rest = span_of(words), word;

    for (int i = 0; item_next(&rest, ' ', &word); i++)
        if (span_eq(word, s))
            return i;
    return -1;
}

/* Text of any kind, if it is what the option takes; an empty one only where that is the default. */
static bool text_is_good(const struct option *opt, struct span s)
{
    if (s.len == 0)
        return opt->dflt[0] == '\0';
    switch (opt->kind) {
    case KIND_PATH:
        return path_is_good(s);
    case KIND_URL:
        return url_is_good(s);
    case KIND_GREETING:
        return host_is_greeting(s);
    default:
        return span_is_line(s, (size_t)opt->max) &&
               (opt->words == NULL || word_find(opt->words, s) >= 0);
    }
}

void option_expects(const struct option *opt, struct buf *out)
{
    struct span rest = span_of(opt->words), word;

    switch (opt->kind) {
    case KIND_BOOL:
        buf_add_str(out, "yes or no");
        return;
    case KIND_UINT:
        buf_addf(out, "a number from %" PRIu64 " to %" PRIu64, opt->min, opt->max);
        return;
    case KIND_SIZE:
        buf_add_str(out, "a size from ");
        size_format(opt->min, out);
        buf_add_str(out, " to ");
        size_format(opt->max, out);
        return;
    case KIND_PATH:
        buf_add_str(out, "an absolute path");
        return;
    case KIND_URL:
        buf_add_str(out, "a URL such as https://chat.example.org, without a path, for the gateway "
                         "is served from the root of a host");
        return;
    case KIND_GREETING:
        buf_add_str(out, "a full name such as mail.example.org, or an address such as [192.0.2.1]");
        return;
    case KIND_ADDRESSES:
        buf_add_str(out, "addresses with ports, separated by commas");
        return;
    case KIND_PREFIXES:
        buf_add_str(out, "addresses or prefixes, separated by commas");
        return;
    default:
        break;
    }
    if (opt->words == NULL) {
        buf_addf(out, "text of 1 to %" PRIu64 " characters", opt->max);
        return;
    }
    for (bool first = true; item_next(&rest, ' ', &word); first = false) {
        if (!first)
            buf_add_str(out, rest.p != NULL ? ", " : " or ");
        buf_add_span(out, word);
    }
}

static err_t option_refuse(const struct option *opt, struct span value, struct fault *f)
{
    struct buf expects = {0};
    size_t shown = value.len < 60 ? value.len : 60;

    option_expects(opt, &expects);
    fault_set(f, ERR_INVAL, opt->key, "expected %s, not \"%.*s%s\"", expects.p, (int)shown,
              value.len > 0 ? value.p : "", shown < value.len ? "..." : "");
    buf_fini(&expects);
    return ERR_INVAL;
}

static err_t string_set(void *at, const struct option *opt, struct span value, struct fault *f)
{
    if (!text_is_good(opt, value))
        return option_refuse(opt, value, f);
    if (opt->kind == KIND_URL)
        while (value.len > 0 && value.p[value.len - 1] == '/')
            value.len--;
    free(*(char **)at);
    *(char **)at = span_dup(value);
    return ERR_OK;
}

err_t option_set(struct config *cfg, const struct option *opt, struct span value, struct fault *f)
{
    void *at = option_at(cfg, opt);
    uint64_t v = 0;
    int word;

    switch (opt->kind) {
    case KIND_BOOL:
        if (!span_is(value, "yes") && !span_is(value, "no"))
            return option_refuse(opt, value, f);
        *(bool *)at = span_is(value, "yes");
        return ERR_OK;
    case KIND_UINT:
        if (!number_parse(value, opt->max, &v) || v < opt->min)
            return option_refuse(opt, value, f);
        *(unsigned *)at = (unsigned)v;
        return ERR_OK;
    case KIND_SIZE:
        if (!size_parse(value, opt->max, &v) || v < opt->min)
            return option_refuse(opt, value, f);
        *(uint64_t *)at = v;
        return ERR_OK;
    case KIND_LEVEL:
        if ((word = word_find(opt->words, value)) < 0)
            return option_refuse(opt, value, f);
        *(enum log_level *)at = (enum log_level)word;
        return ERR_OK;
    case KIND_ADDRESSES:
        return addresses_set(cfg, opt, value, f);
    case KIND_PREFIXES:
        return prefixes_set(cfg, opt, value, f);
    default:
        return string_set(at, opt, value, f);
    }
}

static void word_format(const char *words, int at, struct buf *out)
{
    struct span rest = span_of(words), word = SPAN_NONE;

    for (int i = 0; i <= at; i++)
        ensure(item_next(&rest, ' ', &word));
    buf_add_span(out, word);
}

void option_format(const struct config *cfg, const struct option *opt, struct buf *out)
{
    const void *at = option_at(cfg, opt);
    char text[IPADDR_TEXT];

    switch (opt->kind) {
    case KIND_BOOL:
        buf_add_str(out, *(const bool *)at ? "yes" : "no");
        break;
    case KIND_UINT:
        buf_addf(out, "%u", *(const unsigned *)at);
        break;
    case KIND_SIZE:
        size_format(*(const uint64_t *)at, out);
        break;
    case KIND_LEVEL:
        word_format(opt->words, (int)*(const enum log_level *)at, out);
        break;
    case KIND_ADDRESSES:
        for (size_t i = 0; i < *count_at(cfg, opt); i++)
            buf_addf(out, "%s%s", i > 0 ? ", " : "", (*(char **const *)at)[i]);
        break;
    case KIND_PREFIXES:
        for (size_t i = 0; i < *count_at(cfg, opt); i++) {
            ipprefix_format(&(*(struct ipprefix *const *)at)[i], text);
            buf_addf(out, "%s%s", i > 0 ? ", " : "", text);
        }
        break;
    default:
        buf_add_str(out, *(char *const *)at);
    }
}
