/*
 * HTTP/1.1 as bytes: request heads in, response heads out, and the small texts inside of them.
 * No sockets, no allocation.  Strict on purpose, because proxies in front read the same bytes: what
 * two readers could understand differently is refused (RFC 9112 sections 2.2, 3.2, 5.1, 6.3, 11.2).
 */
#ifndef DESKBELL_HTTP_H
#define DESKBELL_HTTP_H

#include "deskbell/ipaddr.h"
#include "deskbell/limits.h"
#include "deskbell/span.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_NMETHODS
};

struct http_header {
    struct span name, value;
};

/*
 * One request.  The spans are borrowed from the input that was parsed, or, in a callback of the
 * edge, until that callback returns.
 */
struct http_request {
    enum http_method method;
    struct span path; /* as sent, starts with '/'; no "//", no "." or ".." segment, escapes valid */
    struct span query; /* without the '?', escapes valid; may be empty */
    unsigned minor;    /* HTTP/1.minor: 0 or 1 */
    struct http_header headers[HTTP_HEADERS_MAX];
    unsigned nheaders;
    uint64_t content_length; /* 0 where none was given */
    bool keep_alive;
    bool expect_continue;
    bool upgrade_ws;   /* Connection: upgrade with Upgrade: websocket */
    size_t head_bytes; /* the body starts here in the input */

    struct span body; /* filled by the edge */

    /* Filled by http_visitor_pick(). */
    struct ipaddr peer;   /* the visitor, past the proxies that are trusted */
    const char *nameless; /* why the visitor cannot be told, and peer is ipaddr_nobody; or NULL */
    bool secure;          /* came over TLS, here or at a trusted proxy */
    bool strange;         /* a proxy that is not trusted says that it passed this on */
};

/*
 * How far an unfinished head has been looked at, so that slow peers cost no more.  Zero to start.
 */
struct http_scan {
    size_t at, line;
    unsigned lines;
};

/*
 * Parse one request head at the front of `in`.
 *
 * ERR_OK           rq is filled but for what the edge fills.
 * ERR_AGAIN        no fault so far, but the empty line has not come.
 * ERR_MALFORMED    answer 400 and close: the fault says what and where.
 * ERR_TOOBIG       a line, the head or the number of headers is over its limit: answer 431.
 * ERR_UNSUPPORTED  a transfer coding, a method or a version that we do not speak: answer 501.
 */
err_t http_request_parse(struct span in, struct http_scan *scan, struct http_request *rq,
                         struct fault *f) MUST_CHECK;

/* As it stands in a request: "GET". */
const char *http_method_name(enum http_method method);

/* The value of the first header of that name (any case); SPAN_NONE if there is none. */
struct span http_header_find(const struct http_request *rq, const char *name);

/* How often it occurs. */
unsigned http_header_count(const struct http_request *rq, const char *name);

/* Does a comma-separated list hold this token, in any case? */
bool http_list_has(struct span list, const char *token);

/* The host of a Host header or an Origin without its port; empty if it is not a valid one. */
struct span http_host_name(struct span authority);

/*
 * Decode %XX (and, with plus, '+' as a blank) into out.  ERR_MALFORMED for a bad escape or an
 * escaped NUL, ERR_TOOBIG over cap.
 */
err_t http_unescape(struct span in, bool plus, char *out, size_t cap, size_t *len) MUST_CHECK;

/*
 * The value of a query parameter, decoded into out, from a query that http_request_parse() took.
 * ERR_NOTFOUND, ERR_TOOBIG, ERR_MALFORMED (twice the same name, or a bad escape).
 */
err_t http_query_read(struct span query, const char *name, char *out, size_t cap,
                      size_t *len) MUST_CHECK;

/*
 * The value of a cookie in all Cookie headers of the request; SPAN_NONE if it is not there, or
 * there twice with different values (someone else planted one), or not made of cookie-octets.
 */
struct span http_cookie_find(const struct http_request *rq, const char *name);

/*
 * Which proxies are believed, and about what.  Exactly one kind of header is read: a proxy that
 * writes one kind passes the other on from whoever sent it.
 */
struct http_trust {
    const struct ipprefix *proxies;
    size_t nproxies;
    bool rfc7239; /* Forwarded; otherwise X-Forwarded-For and X-Forwarded-Proto */
};
bool http_is_trusted(const struct http_trust *trust, const struct ipaddr *a);

/*
 * Who sent this: fills peer, nameless, secure and strange of a request that was parsed.
 *
 * peer  who holds the socket, or is named by the PROXY header; NULL: that header names nobody, and
 *       what the others say may be the visitor's own words.
 *
 * Where it is not trusted, it is the visitor.  Otherwise the hops of the header are walked from the
 * right, and the first that is not trusted is the visitor; if all are, the leftmost.  Where the
 * header is missing, or a hop on the way is no address (empty, hidden, with a zone), or the header
 * cannot be taken apart, the visitor cannot be told: nameless is a static sentence why.  `secure`
 * is what the trusted peer says of its own client.
 */
void http_visitor_pick(struct http_request *rq, const struct ipaddr *peer,
                       const struct http_trust *trust);

/* "200 OK": the reason for the statuses that the gateway uses, "Status" for others.  Static. */
const char *http_reason(int status);

/*
 * The head of a response: status line, the headers given, Content-Length, Connection where needed,
 * and the empty line.  ensure()s that names are tokens and values hold no control characters.
 * length_bytes < 0: no Content-Length (1xx, 204, 304).
 */
struct http_response {
    int status;
    unsigned minor; /* of the request */
    bool keep_alive;
    int64_t length_bytes;
    const struct http_header *headers;
    size_t nheaders;
};
void http_response_write(struct buf *out, const struct http_response *rs);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7). */
#define HTTP_DATE_TEXT 30
void http_date_format(int64_t wall_ms, char out[HTTP_DATE_TEXT]);

/* A value that may go into a header field: visible characters, blanks and tabs, bytes from 0x80. */
bool http_is_field_value(struct span s);

#endif
