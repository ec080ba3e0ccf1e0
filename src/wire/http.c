/*
 * The head of an HTTP/1.1 request, from bytes to struct http_request.  It refuses what it does not
 * understand completely; it knows no route and no body.
 */
#include "deskbell/http.h"

static const char *const method_names[HTTP_NMETHODS] = {
    [HTTP_GET] = "GET",         [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT",         [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
    [HTTP_OPTIONS] = "OPTIONS",
};

/* Two of these would leave it to each reader which one counts. */
static const char *const single_headers[] = {
    "Host",         "Content-Length",    "Transfer-Encoding",     "Origin", "Authorization",
    "Content-Type", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Expect",
};

const char *http_method_name(enum http_method method)
{
    ensure(method < HTTP_NMETHODS);
    return method_names[method];
}

static bool is_token_char(unsigned char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
        return true;
    return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_token(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_token_char((unsigned char)s.p[i]))
            return false;
    }
    return s.len > 0;
}

bool http_is_field_value(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static err_t line_refuse(struct fault *f, const char *field, enum refusal why, unsigned line)
{
    return fault_refuse_with(f, ERR_MALFORMED, field, why, VALUES(OF_INT(line)));
}

/*
 * Look for the empty line, from where the last call stopped.  Control characters are met here, so
 * that a peer who speaks something else is refused at its first bytes.
 */
static err_t head_scan(struct span in, struct http_scan *sc, struct fault *f)
{
    for (; sc->at < in.len; sc->at++) {
        unsigned char c = (unsigned char)in.p[sc->at];

        if (sc->at - sc->line > HTTP_LINE_MAX_BYTES)
            return fault_refuse_with(f, ERR_TOOBIG, "line", REFUSE_HEAD_LINE_LONG,
                                     VALUES(OF_INT(sc->lines + 1), OF_INT(HTTP_LINE_MAX_BYTES)));
        if (sc->at >= HTTP_HEAD_MAX_BYTES)
            return fault_refuse_with(f, ERR_TOOBIG, "head", REFUSE_HEAD_LONG,
                                     VALUES(OF_INT(HTTP_HEAD_MAX_BYTES)));
        if (sc->at > sc->line && in.p[sc->at - 1] == '\r' && c != '\n')
            return line_refuse(f, "line", REFUSE_HEAD_CR, sc->lines + 1);
        if (c != '\n') {
            if ((c < 0x20 && c != '\r' && c != '\t') || c == 0x7f)
                return line_refuse(f, "line", REFUSE_HEAD_CONTROL, sc->lines + 1);
            continue;
        }
        if (sc->at == sc->line || in.p[sc->at - 1] != '\r')
            return line_refuse(f, "line", REFUSE_HEAD_LF, sc->lines + 1);
        if (sc->at - sc->line == 1) {
            if (sc->lines == 0)
                return fault_refuse(f, ERR_MALFORMED, "line", REFUSE_HEAD_BLANK);
            sc->at++;
            return ERR_OK;
        }
        if (++sc->lines > HTTP_HEADERS_MAX + 1)
            return fault_refuse_with(f, ERR_TOOBIG, "headers", REFUSE_HEAD_FIELDS,
                                     VALUES(OF_INT(HTTP_HEADERS_MAX)));
        sc->line = sc->at + 1;
    }
    return ERR_AGAIN;
}

/* Cut a line off the front; the scan has seen that each ends with CR LF. */
static struct span line_take(struct span *in)
{
    const char *lf = memchr(in->p, '\n', in->len);
    struct span line = {in->p, (size_t)(lf - in->p) - 1};

    in->len -= line.len + 2;
    in->p += line.len + 2;
    return line;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at s.p[*i], escaped or not, moving *i behind it; -1 for a bad escape. */
static int escaped_next(struct span s, size_t *i)
{
    unsigned char c = (unsigned char)s.p[(*i)++];

    if (c != '%')
        return c;
    if (s.len - *i < 2)
        return -1;

    int hi = hex_value(s.p[*i]), lo = hex_value(s.p[*i + 1]);

    *i += 2;
    return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

/* RFC 3986 section 3.3: what may stand in a path without an escape. */
static bool is_path_char(unsigned char c)
{
    return c > 0x20 && c < 0x7f && strchr("\"#<>?[\\]^`{|}", c) == NULL;
}

static err_t path_check(struct span path, struct fault *f)
{
    size_t dots = 0, others = 0;

    if (path.len == 0 || path.p[0] != '/')
        return fault_refuse(f, ERR_MALFORMED, "target", REFUSE_TARGET_SLASH);
    for (size_t i = 1; i < path.len;) {
        bool plain = path.p[i] != '%';
        int c = plain && !is_path_char((unsigned char)path.p[i]) ? -1 : escaped_next(path, &i);

        if (c < 0)
            return fault_refuse(f, ERR_MALFORMED, "target", REFUSE_TARGET_PATH);
        if (!plain && (c < 0x20 || c == 0x7f || c == '/' || c == '\\'))
            return fault_refuse(f, ERR_MALFORMED, "target", REFUSE_TARGET_ESCAPE);
        if (c == '/') {
            if (others == 0 && dots <= 2)
                return fault_refuse(f, ERR_MALFORMED, "target", REFUSE_TARGET_SEGMENT);
            dots = others = 0;
        } else if (c == '.') {
            dots++;
        } else {
            others++;
        }
    }
    if (others == 0 && (dots == 1 || dots == 2))
        return fault_refuse(f, ERR_MALFORMED, "target", REFUSE_TARGET_SEGMENT);
    return ERR_OK;
}

static err_t query_check(struct span query, struct fault *f)
{
    for (size_t i = 0; i < query.len;) {
        unsigned char c = (unsigned char)query.p[i];

        if (c <= 0x20 || c >= 0x7f || c == '#' || escaped_next(query, &i) < 0)
            return fault_refuse(f, ERR_MALFORMED, "target", REFUSE_TARGET_QUERY);
    }
    return ERR_OK;
}

static err_t method_parse(struct span word, enum http_method *method, struct fault *f)
{
    if (!is_token(word))
        return fault_refuse(f, ERR_MALFORMED, "method", REFUSE_REQUEST_NONE);
    for (enum http_method m = 0; m < HTTP_NMETHODS; m++) {
        if (span_is(word, method_names[m])) {
            *method = m;
            return ERR_OK;
        }
    }
    return fault_refuse_with(f, ERR_UNSUPPORTED, "method", REFUSE_REQUEST_METHOD,
                             VALUES(OF_STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")));
}

static err_t version_parse(struct span word, unsigned *minor, struct fault *f)
{
    if (word.len != 8 || memcmp(word.p, "HTTP/", 5) != 0 || word.p[6] != '.')
        return fault_refuse(f, ERR_MALFORMED, "version", REFUSE_REQUEST_VERSION);
    if (word.p[5] != '1' || (word.p[7] != '0' && word.p[7] != '1'))
        return fault_refuse(f, ERR_UNSUPPORTED, "version", REFUSE_REQUEST_VERSION);
    *minor = (unsigned)(word.p[7] - '0');
    return ERR_OK;
}

static err_t request_line_parse(struct span line, struct http_request *rq, struct fault *f)
{
    const char *sp1 = memchr(line.p, ' ', line.len);
    const char *end = line.p + line.len;
    const char *sp2 = sp1 == NULL ? NULL : memchr(sp1 + 1, ' ', (size_t)(end - sp1 - 1));
    err_t err;

    if (sp2 == NULL || memchr(sp2 + 1, ' ', (size_t)(end - sp2 - 1)) != NULL)
        return fault_refuse(f, ERR_MALFORMED, "line", REFUSE_REQUEST_LINE);
    err = version_parse((struct span){sp2 + 1, (size_t)(end - sp2 - 1)}, &rq->minor, f);
    if (err != ERR_OK)
        return err;
    err = method_parse((struct span){line.p, (size_t)(sp1 - line.p)}, &rq->method, f);
    if (err != ERR_OK)
        return err;

    struct span target = {sp1 + 1, (size_t)(sp2 - sp1 - 1)};
    const char *mark = memchr(target.p, '?', target.len);

    rq->path = target;
    rq->query = SPAN_NONE;
    if (mark != NULL) {
        rq->path.len = (size_t)(mark - target.p);
        rq->query = (struct span){mark + 1, target.len - rq->path.len - 1};
    }
    if ((err = path_check(rq->path, f)) != ERR_OK)
        return err;
    return query_check(rq->query, f);
}

static err_t header_parse(struct span line, unsigned number, struct http_header *h, struct fault *f)
{
    const char *colon = memchr(line.p, ':', line.len);

    if (line.p[0] == ' ' || line.p[0] == '\t')
        return line_refuse(f, "headers", REFUSE_HEAD_FOLDED, number);
    if (colon == NULL)
        return line_refuse(f, "headers", REFUSE_HEAD_COLON, number);
    h->name = (struct span){line.p, (size_t)(colon - line.p)};
    h->value = span_trim((struct span){colon + 1, line.len - h->name.len - 1});
    if (!is_token(h->name))
        return line_refuse(f, "headers", REFUSE_HEAD_NAME, number);
    if (!http_is_field_value(h->value))
        return line_refuse(f, "headers", REFUSE_HEAD_VALUE, number);
    return ERR_OK;
}

unsigned http_header_count(const struct http_request *rq, const char *name)
{
    unsigned count = 0;

    for (unsigned i = 0; i < rq->nheaders; i++)
        count += span_is_nocase(rq->headers[i].name, name);
    return count;
}

struct span http_header_find(const struct http_request *rq, const char *name)
{
    for (unsigned i = 0; i < rq->nheaders; i++) {
        if (span_is_nocase(rq->headers[i].name, name))
            return rq->headers[i].value;
    }
    return SPAN_NONE;
}

/* Is the token in any of the headers of this name? */
static bool header_has(const struct http_request *rq, const char *name, const char *token)
{
    for (unsigned i = 0; i < rq->nheaders; i++) {
        if (span_is_nocase(rq->headers[i].name, name) && http_list_has(rq->headers[i].value, token))
            return true;
    }
    return false;
}

/* RFC 9112 section 6.3, without the cases that are there for old or broken peers. */
static err_t length_read(struct http_request *rq, struct fault *f)
{
    struct span len = http_header_find(rq, "Content-Length");
    bool given = http_header_count(rq, "Content-Length") > 0;

    rq->content_length = 0;
    if (http_header_count(rq, "Transfer-Encoding") > 0) {
        if (given || rq->minor == 0)
            return fault_refuse(f, ERR_MALFORMED, "Transfer-Encoding", REFUSE_CODING_BOTH);
        return fault_refuse(f, ERR_UNSUPPORTED, "Transfer-Encoding", REFUSE_CODING);
    }
    if (!given)
        return ERR_OK;
    if (len.len == 0 || len.len > 18)
        return fault_refuse(f, ERR_MALFORMED, "Content-Length", REFUSE_CONTENT_LENGTH);
    for (size_t i = 0; i < len.len; i++) {
        if (len.p[i] < '0' || len.p[i] > '9')
            return fault_refuse(f, ERR_MALFORMED, "Content-Length", REFUSE_CONTENT_LENGTH);
        rq->content_length = rq->content_length * 10 + (uint64_t)(len.p[i] - '0');
    }
    return ERR_OK;
}

/* What the headers mean for the connection. */
static err_t headers_understand(struct http_request *rq, struct fault *f)
{
    for (size_t i = 0; i < COUNT_OF(single_headers); i++) {
        if (http_header_count(rq, single_headers[i]) > 1)
            return fault_refuse(f, ERR_MALFORMED, single_headers[i], REFUSE_HEADER_AGAIN);
    }

    unsigned hosts = http_header_count(rq, "Host");
    struct span expect = http_header_find(rq, "Expect");

    if (hosts == 0 && rq->minor > 0)
        return fault_refuse(f, ERR_MALFORMED, "Host", REFUSE_HOST_NONE);
    if (hosts == 1 && http_host_name(http_header_find(rq, "Host")).len == 0)
        return fault_refuse(f, ERR_MALFORMED, "Host", REFUSE_HOST_FORM);
    rq->expect_continue = span_is_nocase(expect, "100-continue");
    if (http_header_count(rq, "Expect") > 0 && !rq->expect_continue)
        return fault_refuse(f, ERR_UNSUPPORTED, "Expect", REFUSE_EXPECT);
    rq->keep_alive = rq->minor > 0 ? !header_has(rq, "Connection", "close")
                                   : header_has(rq, "Connection", "keep-alive");
    rq->upgrade_ws =
        header_has(rq, "Connection", "upgrade") && header_has(rq, "Upgrade", "websocket");
    return length_read(rq, f);
}

err_t http_request_parse(struct span in, struct http_scan *scan, struct http_request *rq,
                         struct fault *f)
{
    err_t err = head_scan(in, scan, f);

    if (err != ERR_OK)
        return err;

    struct span head = {in.p, scan->at};

    rq->head_bytes = scan->at;
    rq->nheaders = 0;
    rq->body = SPAN_NONE;
    rq->secure = false;
    if ((err = request_line_parse(line_take(&head), rq, f)) != ERR_OK)
        return err;
    while (head.len > 2) {
        ensure(rq->nheaders < HTTP_HEADERS_MAX);
        err = header_parse(line_take(&head), rq->nheaders + 2, &rq->headers[rq->nheaders], f);
        if (err != ERR_OK)
            return err;
        rq->nheaders++;
    }
    return headers_understand(rq, f);
}

err_t http_unescape(struct span in, bool plus, char *out, size_t cap, size_t *len)
{
    size_t n = 0;

    for (size_t i = 0; i < in.len;) {
        bool blank = plus && in.p[i] == '+';
        int c = escaped_next(in, &i);

        if (c <= 0)
            return ERR_MALFORMED;
        if (n == cap)
            return ERR_TOOBIG;
        out[n++] = (char)(blank ? ' ' : c);
    }
    *len = n;
    return ERR_OK;
}
