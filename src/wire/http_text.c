/*
 * The small texts inside of HTTP: lists, query parameters, cookies, and the head of a response.
 * Parsing a request head is in http.c, the hops of proxies are in hops.c.
 */
#include <stdio.h>
#include <time.h>

#include "deskbell/http.h"

/* Take the piece before `sep` off the front; false when nothing is left. */
static bool piece_next(struct span *rest, char sep, struct span *piece)
{
    if (rest->p == NULL)
        return false;

    const char *end = memchr(rest->p, sep, rest->len);

    *piece = *rest;
    if (end == NULL) {
        *rest = SPAN_NONE;
        return true;
    }
    piece->len = (size_t)(end - rest->p);
    rest->p = end + 1;
    rest->len -= piece->len + 1;
    return true;
}

bool http_list_has(struct span list, const char *token)
{
    struct span piece;

    while (piece_next(&list, ',', &piece)) {
        if (span_is_nocase(span_trim(piece), token))
            return true;
    }
    return false;
}

static bool is_port(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return s.len <= 5;
}

struct span http_host_name(struct span authority)
{
    struct span host = authority, port = SPAN_NONE;
    struct ipaddr ip;

    if (authority.len > 0 && authority.p[0] == '[') {
        const char *end = memchr(authority.p, ']', authority.len);

        if (end == NULL)
            return SPAN_NONE;
        host.len = (size_t)(end - authority.p) + 1;
        if (memchr(host.p, ':', host.len) == NULL ||
            ipaddr_parse((struct span){host.p + 1, host.len - 2}, &ip) != ERR_OK)
            return SPAN_NONE;
        port = (struct span){end + 1, authority.len - host.len};
        if (port.len > 0 && port.p[0] != ':')
            return SPAN_NONE;
        if (port.len > 0)
            port = (struct span){port.p + 1, port.len - 1};
        return is_port(port) ? host : SPAN_NONE;
    }

    const char *colon = memchr(authority.p != NULL ? authority.p : "", ':', authority.len);

    if (colon != NULL) {
        host.len = (size_t)(colon - authority.p);
        port = (struct span){colon + 1, authority.len - host.len - 1};
    }
    for (size_t i = 0; i < host.len; i++) {
        char c = host.p[i];
        bool word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

        if (!word && c != '-' && c != '.' && c != '_')
            return SPAN_NONE;
    }
    return host.len > 0 && host.len <= 253 && is_port(port) ? host : SPAN_NONE;
}

err_t http_query_read(struct span query, const char *name, char *out, size_t cap, size_t *len)
{
    struct span rest = query, piece, found = SPAN_NONE;
    size_t name_len = strlen(name);

    while (piece_next(&rest, '&', &piece)) {
        if (piece.len < name_len || memcmp(piece.p, name, name_len) != 0)
            continue;
        if (piece.len > name_len && piece.p[name_len] != '=')
            continue;
        if (found.p != NULL)
            return ERR_MALFORMED;
        found = (struct span){piece.p + name_len, piece.len - name_len};
    }
    if (found.p == NULL)
        return ERR_NOTFOUND;
    if (found.len > 0)
        found = (struct span){found.p + 1, found.len - 1};
    return http_unescape(found, true, out, cap, len);
}

/* RFC 6265 section 4.1.1. */
static bool is_cookie_value(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= 0x20 || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
            return false;
    }
    return true;
}

struct span http_cookie_find(const struct http_request *rq, const char *name)
{
    struct span found = SPAN_NONE;

    for (unsigned i = 0; i < rq->nheaders; i++) {
        struct span rest = rq->headers[i].value, piece, key;

        if (!span_is_nocase(rq->headers[i].name, "Cookie"))
            continue;
        while (piece_next(&rest, ';', &piece)) {
            piece = span_trim(piece);
            if (!piece_next(&piece, '=', &key) || piece.p == NULL || !span_is(key, name))
                continue;
            if (!is_cookie_value(piece) || (found.p != NULL && !span_eq(found, piece)))
                return SPAN_NONE;
            found = piece;
        }
    }
    return found;
}

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } rows[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {507, "Insufficient Storage"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].status == status)
            return rows[i].text;
    }
    return "Status";
}

static void header_write(struct buf *out, struct span name, struct span value)
{
    ensure(name.len > 0 && memchr(name.p, ':', name.len) == NULL);
    ensure(http_is_field_value(name) && http_is_field_value(value));
    buf_add_span(out, name);
    buf_add(out, ": ", 2);
    buf_add_span(out, value);
    buf_add(out, "\r\n", 2);
}

void http_response_write(struct buf *out, const struct http_response *rs)
{
    ensure(rs->status >= 100 && rs->status <= 599);
    buf_addf(out, "HTTP/1.1 %d %s\r\n", rs->status, http_reason(rs->status));
    for (size_t i = 0; i < rs->nheaders; i++)
        header_write(out, rs->headers[i].name, rs->headers[i].value);
    if (rs->length_bytes >= 0)
        buf_addf(out, "Content-Length: %lld\r\n", (long long)rs->length_bytes);
    if (rs->status >= 200) {
        if (!rs->keep_alive)
            buf_add_str(out, "Connection: close\r\n");
        else if (rs->minor == 0)
            buf_add_str(out, "Connection: keep-alive\r\n");
    }
    buf_add(out, "\r\n", 2);
}

void http_date_format(int64_t wall_ms, char out[HTTP_DATE_TEXT])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;

    ensure(gmtime_r(&t, &tm) != NULL && tm.tm_year + 1900 <= 9999);

    char text[64];
    int n = snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
                     tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                     tm.tm_sec);

    ensure(n == HTTP_DATE_TEXT - 1);
    memcpy(out, text, HTTP_DATE_TEXT);
}
