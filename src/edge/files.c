/*
 * Static files and /healthz: conditional requests, packed bytes, and the headers that keep pages
 * safe.  Which files there are is src/web's business.
 */
#include <stdio.h>

#include "edge_int.h"

#define ETAG_MAX 80
#define UNUSED_FEATURES                                                                            \
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "              \
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"

/* Trusted Types keep a page from making scripts out of strings; the widget has a policy of its own.
 */
static const char *const csp_texts[] = {
    [WEB_CSP_NOTHING] = "default-src 'none'; frame-ancestors 'none'",
    [WEB_CSP_PAGE] = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                     "img-src 'self' data:; media-src 'self'; font-src 'self'; "
                     "manifest-src 'self'; frame-ancestors 'none'; form-action 'self'; "
                     "base-uri 'none'; require-trusted-types-for 'script'",
    [WEB_CSP_DEMO] = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                     "img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; "
                     "base-uri 'none'",
};

/* What our pages never use; sound and the clipboard they do. */
static const struct span unused_features = {
    UNUSED_FEATURES,
    sizeof(UNUSED_FEATURES) - 1,
};

const char *files_csp(enum web_csp csp)
{
    ensure(csp < COUNT_OF(csp_texts));
    return csp_texts[csp];
}

/* Does the list name this coding with a weight above zero (RFC 9110 section 12.5.3)? */
static bool accepts(struct span list, const char *coding)
{
    while (list.len > 0) {
        const char *comma = memchr(list.p, ',', list.len);
        size_t n = comma != NULL ? (size_t)(comma - list.p) : list.len;
        const char *semi = memchr(list.p, ';', n);
        struct span name = {list.p, semi != NULL ? (size_t)(semi - list.p) : n};

        if (span_is_nocase(span_trim(name), coding)) {
            struct span weight =
                semi != NULL ? span_trim((struct span){semi + 1, n - name.len - 1}) : SPAN_NONE;

            if (weight.len < 3 || memcmp(weight.p, "q=0", 3) != 0)
                return true;
            for (size_t i = 3; i < weight.len; i++) {
                if (weight.p[i] >= '1' && weight.p[i] <= '9')
                    return true;
            }
            return false;
        }
        n += comma != NULL;
        list.p += n;
        list.len -= n;
    }
    return false;
}

/* The packed bytes are another representation, so they have another tag. */
static void etag_write(const struct web_file *file, bool gzip, char out[ETAG_MAX])
{
    size_t len = strlen(file->etag);

    ensure(len >= 2 && len + 4 < ETAG_MAX && file->etag[len - 1] == '"');
    if (gzip)
        snprintf(out, ETAG_MAX, "%.*s-gz\"", (int)(len - 1), file->etag);
    else
        snprintf(out, ETAG_MAX, "%s", file->etag);
}

static bool is_unchanged(const struct http_request *rq, const char *etag)
{
    struct span list = http_header_find(rq, "If-None-Match");
    char weak[ETAG_MAX + 2];

    snprintf(weak, sizeof(weak), "W/%s", etag);
    return span_is(list, "*") || http_list_has(list, etag) || http_list_has(list, weak);
}

static void file_answer(struct conn *c, const struct http_request *rq, const struct web_file *file)
{
    bool gzip = file->gzip.len > 0 && accepts(http_header_find(rq, "Accept-Encoding"), "gzip");
    struct http_header headers[8];
    char etag[ETAG_MAX];
    size_t n = 0;

    etag_write(file, gzip, etag);
    headers[n++] = (struct http_header){SPAN_LIT("ETag"), span_of(etag)};
    if (file->gzip.len > 0)
        headers[n++] = (struct http_header){SPAN_LIT("Vary"), SPAN_LIT("Accept-Encoding")};
    if (file->cross_origin)
        headers[n++] = (struct http_header){SPAN_LIT("Access-Control-Allow-Origin"), SPAN_LIT("*")};
    headers[n++] = (struct http_header){SPAN_LIT("Cross-Origin-Resource-Policy"),
                                        file->cross_origin ? SPAN_LIT("cross-origin")
                                                           : SPAN_LIT("same-origin")};
    if (file->csp != WEB_CSP_NOTHING)
        headers[n++] = (struct http_header){SPAN_LIT("Permissions-Policy"), unused_features};
    if (file->csp == WEB_CSP_PAGE)
        headers[n++] =
            (struct http_header){SPAN_LIT("Cross-Origin-Opener-Policy"), SPAN_LIT("same-origin")};

    struct answer a = {
        .status = 200,
        .type = file->type,
        .cache = file->immutable ? "public, max-age=31536000, immutable" : "no-cache",
        .csp = files_csp(file->csp),
        .headers = headers,
        .body = gzip ? file->gzip : file->bytes,
        .body_is_static = true,
    };

    if (is_unchanged(rq, etag)) {
        a.status = 304;
        a.body = SPAN_NONE;
    } else if (gzip) {
        headers[n++] = (struct http_header){SPAN_LIT("Content-Encoding"), SPAN_LIT("gzip")};
    }
    a.nheaders = n;
    http_answer(c, &a);
}

static const struct web_file *file_find(const struct edge *e, struct span path)
{
    if (!e->conf.demo && path.len >= 6 && memcmp(path.p, "/demo/", 6) == 0)
        return NULL;
    return web_find(path);
}

/* "/console" for "/console/": relative links in the page need the slash. */
static bool slash_answer(struct conn *c, const struct http_request *rq)
{
    struct buf b = {.limit_bytes = HTTP_LINE_MAX_BYTES + 2};
    bool found;

    buf_add_span(&b, rq->path);
    buf_add_char(&b, '/');
    found = file_find(c->edge, buf_span(&b)) != NULL;
    if (found) {
        if (rq->query.len > 0) {
            buf_add_char(&b, '?');
            buf_add_span(&b, rq->query);
        }

        struct http_header to = {SPAN_LIT("Location"), buf_span(&b)};

        http_answer(c, &(struct answer){.status = 308, .headers = &to, .nheaders = 1});
    }
    buf_fini(&b);
    return found;
}

static void method_refuse(struct conn *c)
{
    struct http_header allow = {SPAN_LIT("Allow"), SPAN_LIT("GET, HEAD")};

    struct fault f;

    fault_refuse_with(&f, ERR_METHOD, NULL, REFUSE_METHOD, VALUES(OF_SPAN(allow.value)));
    http_fault_with(c, err_http_status(f.err), &f, &allow);
}

bool files_serve(struct conn *c, const struct http_request *rq)
{
    bool reads = rq->method == HTTP_GET || rq->method == HTTP_HEAD;
    bool health = span_is(rq->path, "/healthz");
    const struct web_file *file = health ? NULL : file_find(c->edge, rq->path);

    if (file == NULL && !health)
        return reads && slash_answer(c, rq);
    if (!reads)
        method_refuse(c);
    else if (file != NULL)
        file_answer(c, rq, file);
    else
        http_answer(c, &(struct answer){
                           .status = c->edge->stopping ? 503 : 200,
                           .type = "text/plain; charset=utf-8",
                           .body = c->edge->stopping ? SPAN_LIT("stopping\n") : SPAN_LIT("ok\n"),
                       });
    return true;
}
