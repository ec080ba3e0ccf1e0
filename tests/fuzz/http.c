/*
 * Request heads and the texts inside.  Promises: nothing is read past the input, a head means the
 * same whether it comes whole or in pieces, and a visitor has an address or cannot be told.
 */
#include <stdlib.h>

#include "deskbell/http.h"
#include "fuzz.h"

static void texts_try(struct http_request *rq)
{
    static const char *const params[] = {"a", "after", ""};
    struct ipprefix all = {0};
    struct http_trust trust = {&all, 1, false};
    struct ipaddr peer = {{0}};
    char out[64];
    size_t len;

    for (size_t i = 0; i < COUNT_OF(params); i++) {
        if (http_query_read(rq->query, params[i], out, sizeof(out), &len) == ERR_OK)
            ensure(len <= sizeof(out));
    }
    struct span cookie = http_cookie_find(rq, "s");
    ensure(cookie.p == NULL || http_is_field_value(cookie));
    for (int i = 0; i < 4; i++) {
        trust.rfc7239 = (i & 1) != 0;
        trust.nproxies = i < 2 ? 1 : 0;
        http_visitor_pick(rq, &peer, &trust);
        ensure((rq->nameless != NULL) == (memcmp(&rq->peer, &ipaddr_nobody, 16) == 0));
    }
    http_list_has(http_header_find(rq, "Sec-WebSocket-Protocol"), "deskbell.1");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = {(const char *)data, size};
    struct http_scan scan = {0}, slow = {0};
    struct http_request rq, again;
    err_t err = http_request_parse(in, &scan, &rq, NULL), slow_err = ERR_AGAIN;

    for (size_t n = 0; n <= size && slow_err == ERR_AGAIN; n += 1 + n % 5)
        slow_err = http_request_parse((struct span){in.p, n}, &slow, &again, NULL);
    if (slow_err == ERR_AGAIN)
        slow_err = http_request_parse(in, &slow, &again, NULL);
    ensure(err == slow_err);
    if (err != ERR_OK)
        return 0;
    ensure(rq.head_bytes <= size && rq.head_bytes == again.head_bytes);
    ensure(rq.path.len > 0 && rq.path.p[0] == '/' && rq.path.p + rq.path.len <= in.p + size);
    ensure(rq.nheaders <= HTTP_HEADERS_MAX);
    texts_try(&rq);
    return 0;
}
