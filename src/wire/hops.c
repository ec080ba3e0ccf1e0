/*
 * Who sent a request that came over proxies: reading X-Forwarded-For and Forwarded (RFC 7239), and
 * walking their hops.  Whatever stands left of the visitor in such a header was written by the
 * visitor, so nothing there may change how the rest is read: X-Forwarded-For knows no quoting at
 * all, and a quoted string of Forwarded that does not end makes all of it unreadable.
 */
#include "deskbell/http.h"

#define HOPS_MAX 32

bool http_is_trusted(const struct http_trust *trust, const struct ipaddr *a)
{
    for (size_t i = 0; i < trust->nproxies; i++) {
        if (ipprefix_has(&trust->proxies[i], a))
            return true;
    }
    return false;
}

/* The last HOPS_MAX elements of a list that may go over several headers, the newest last. */
struct hops {
    struct span at[HOPS_MAX];
    size_t count;    /* all of them */
    bool unreadable; /* a quoted string does not end */
};

static void hops_add(struct hops *h, struct span s)
{
    h->at[h->count++ % HOPS_MAX] = span_trim(s);
}

/*
 * Where the piece at the front ends: before `sep`, or with the list.  quotes: what stands between
 * them is no separator, and a string that does not end gives false.
 */
static bool piece_length(struct span list, char sep, bool quotes, size_t *len)
{
    bool quoted = false;
    size_t i;

    for (i = 0; i < list.len && (quoted || list.p[i] != sep); i++) {
        if (quoted && list.p[i] == '\\')
            i++;
        else if (quotes && list.p[i] == '"')
            quoted = !quoted;
    }
    *len = i < list.len ? i : list.len;
    return !quoted;
}

/* Take the piece before `sep` off the front; false when nothing is left. */
static bool piece_next(struct span *rest, char sep, bool quotes, struct span *piece)
{
    size_t len;

    if (rest->p == NULL)
        return false;
    (void)piece_length(*rest, sep, quotes, &len); /* the caller has seen that it ends */
    *piece = (struct span){rest->p, len};
    *rest = len < rest->len ? (struct span){rest->p + len + 1, rest->len - len - 1} : SPAN_NONE;
    return true;
}

static void hops_collect(struct hops *h, const struct http_request *rq, const char *name,
                         bool quotes)
{
    *h = (struct hops){.count = 0};
    for (unsigned i = 0; i < rq->nheaders; i++) {
        struct span rest = rq->headers[i].value, piece;
        size_t len;

        if (!span_is_nocase(rq->headers[i].name, name))
            continue;
        if (rest.p == NULL)
            rest = SPAN_LIT("");
        for (struct span left = rest; left.len > 0;) {
            if (!piece_length(left, ',', quotes, &len))
                h->unreadable = true;
            len += len < left.len;
            left = (struct span){left.p + len, left.len - len};
        }
        while (piece_next(&rest, ',', quotes, &piece))
            hops_add(h, piece);
    }
}

/*
 * The value of one parameter of a Forwarded element, without its quotes.  Nothing that we look for
 * needs an escape, so a value with one is not what it should be.  False: it is there twice.
 */
static bool forwarded_param(struct span element, const char *name, struct span *value)
{
    struct span piece;

    *value = SPAN_NONE;
    while (piece_next(&element, ';', true, &piece)) {
        const char *eq;

        piece = span_trim(piece);
        eq = piece.len > 0 ? memchr(piece.p, '=', piece.len) : NULL;
        if (eq == NULL || !span_is_nocase((struct span){piece.p, (size_t)(eq - piece.p)}, name))
            continue;
        if (value->p != NULL)
            return false;
        *value = (struct span){eq + 1, piece.len - (size_t)(eq - piece.p) - 1};
        if (value->len >= 2 && value->p[0] == '"' && value->p[value->len - 1] == '"')
            *value = (struct span){value->p + 1, value->len - 2};
    }
    return true;
}

/* Digits only, as in ":8080"; the number itself is of no use. */
static bool is_port(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return s.len > 0 && s.len <= 5;
}

/* Cut a port off the end, behind the colon at `at`. */
static bool port_cut(struct span *s, size_t at)
{
    struct span port = {s->p + at + 1, s->len - at - 1};

    s->len = at;
    return is_port(port);
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80". */
static bool hop_parse(struct span s, struct ipaddr *out)
{
    const char *end = s.len > 0 ? memchr(s.p, s.p[0] == '[' ? ']' : ':', s.len) : NULL;
    size_t at = end != NULL ? (size_t)(end - s.p) : 0;

    if (s.len == 0)
        return false;
    if (s.p[0] == '[') {
        if (end == NULL || memchr(s.p, ':', at) == NULL)
            return false;
        if (at + 1 < s.len && (s.p[at + 1] != ':' || !port_cut(&s, at + 1)))
            return false;
        s = (struct span){s.p + 1, at - 1};
    } else if (end != NULL && memchr(s.p, '.', at) != NULL && !port_cut(&s, at)) {
        return false;
    }
    return ipaddr_parse(s, out) == ERR_OK && memcmp(out, &ipaddr_nobody, sizeof(*out)) != 0;
}

/* The address of one hop; false: it names none. */
static bool hop_read(struct span hop, bool rfc7239, struct ipaddr *out)
{
    struct span value = hop;

    if (rfc7239 && !forwarded_param(hop, "for", &value))
        return false;
    return hop_parse(value, out);
}

/* What the trusted proxy says of its own client's connection: the newest element alone. */
static bool newest_is_https(const struct http_request *rq, const struct http_trust *trust)
{
    struct span proto;
    struct hops h;

    hops_collect(&h, rq, trust->rfc7239 ? "Forwarded" : "X-Forwarded-Proto", trust->rfc7239);
    if (h.count == 0 || h.unreadable)
        return false;
    proto = h.at[(h.count - 1) % HOPS_MAX];
    if (trust->rfc7239 && !forwarded_param(proto, "proto", &proto))
        return false;
    return span_is_nocase(proto, "https");
}

/* Walk the hops from the right; gives why the visitor cannot be told, or NULL. */
static const char *hops_walk(const struct http_request *rq, const struct http_trust *trust,
                             struct ipaddr *visitor)
{
    const char *name = trust->rfc7239 ? "Forwarded" : "X-Forwarded-For";
    struct ipaddr at;
    struct hops h;

    hops_collect(&h, rq, name, trust->rfc7239);
    if (h.count == 0)
        return trust->rfc7239 ? "Forwarded is missing" : "X-Forwarded-For is missing";
    if (h.unreadable)
        return "a quoted string in Forwarded does not end";
    for (size_t n = 0; n < h.count; n++) {
        if (n == HOPS_MAX)
            return "too many proxies in a row";
        if (!hop_read(h.at[(h.count - 1 - n) % HOPS_MAX], trust->rfc7239, &at))
            return trust->rfc7239 ? "a hop of Forwarded has no address"
                                  : "a hop of X-Forwarded-For is no address";
        *visitor = at;
        if (!http_is_trusted(trust, &at))
            break;
    }
    return NULL;
}

/* What proxies add; browsers and programs do not. */
static bool is_passed_on(const struct http_request *rq)
{
    static const char *const names[] = {"X-Forwarded-For",
                                        "X-Forwarded-Host",
                                        "X-Forwarded-Proto",
                                        "X-Forwarded-Port",
                                        "X-Real-IP",
                                        "Forwarded",
                                        "Via"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (http_header_count(rq, names[i]) > 0)
            return true;
    return false;
}

void http_visitor_pick(struct http_request *rq, const struct ipaddr *peer,
                       const struct http_trust *trust)
{
    rq->nameless = NULL;
    rq->secure = rq->strange = false;
    if (peer == NULL) {
        rq->nameless = "the PROXY header names no address";
    } else if (!http_is_trusted(trust, peer)) {
        rq->peer = *peer;
        rq->strange = is_passed_on(rq);
    } else {
        rq->nameless = hops_walk(rq, trust, &rq->peer);
        rq->secure = newest_is_https(rq, trust);
    }
    if (rq->nameless != NULL)
        rq->peer = ipaddr_nobody;
}
