/* Where edge meets api and watch: neither knows the other, so every call is handed across here. */
#include "gateway.h"

static enum api_method method_of(enum http_method method)
{
    static const enum api_method methods[HTTP_NMETHODS] = {
        [HTTP_GET] = API_GET,         [HTTP_HEAD] = API_HEAD,   [HTTP_POST] = API_POST,
        [HTTP_PUT] = API_PUT,         [HTTP_PATCH] = API_PATCH, [HTTP_DELETE] = API_DELETE,
        [HTTP_OPTIONS] = API_OPTIONS,
    };

    return methods[method];
}

static struct api_request request_of(const struct gateway *g, const struct http_request *rq)
{
    return (struct api_request){
        .method = method_of(rq->method),
        .path = rq->path,
        .query = rq->query,
        .host = http_header_find(rq, "Host"),
        .origin = http_header_find(rq, "Origin"),
        .cookie = http_cookie_find(rq, api_cookie(g->api, rq->secure)),
        .auth = http_header_find(rq, "Authorization"),
        .device = http_cookie_find(rq, api_device_cookie(g->api, rq->secure)),
        .key = http_header_find(rq, "Idempotency-Key"),
        .match = http_header_find(rq, "If-None-Match"),
        .type = http_header_find(rq, "Content-Type"),
        .browser = http_header_find(rq, "User-Agent"),
        .protocols = http_header_find(rq, "Sec-WebSocket-Protocol"),
        .body = rq->body,
        .ip = rq->peer,
        .secure = rq->secure,
        .strange = rq->strange,
        .nameless = rq->nameless,
    };
}

/* --- in ------------------------------------------------------------------------------------------
 */

static void in_request(uint64_t conn, const struct http_request *rq, void *arg)
{
    struct gateway *g = arg;
    struct api_request ar = request_of(g, rq);

    api_on_request(g->api, conn, &ar);
}

static bool in_known(const struct http_request *rq, void *arg)
{
    struct gateway *g = arg;
    struct api_request ar = request_of(g, rq);

    return api_is_known(g->api, &ar);
}

static size_t in_body_max(const struct http_request *rq, void *arg)
{
    struct gateway *g = arg;
    struct api_request ar = request_of(g, rq);

    return api_body_max(g->api, &ar);
}

static err_t in_upgrade(uint64_t conn, const struct http_request *rq, struct fault *f, void *arg)
{
    struct gateway *g = arg;
    struct api_request ar = request_of(g, rq);

    return api_on_upgrade(g->api, conn, &ar, f);
}

static void in_message(uint64_t conn, struct span text, void *arg)
{
    struct gateway *g = arg;

    api_on_message(g->api, conn, text);
}

static void in_line(uint64_t conn, struct span line, const struct edge_cred *cred, void *arg)
{
    struct gateway *g = arg;

    (void)cred; /* the socket's mode has let it in */
    api_on_line(g->api, conn, line);
}

static void in_gone(uint64_t conn, void *arg)
{
    struct gateway *g = arg;

    api_on_gone(g->api, conn);
}

static void in_pass_end(void *arg)
{
    gateway_pass_end(arg);
}

static void in_stopped(void *arg)
{
    struct gateway *g = arg;

    g->edge_stopped = true;
    event_active(g->timer, EV_TIMEOUT, 1);
}

void plug_edge_handler(struct gateway *g, struct edge_handler *h)
{
    *h = (struct edge_handler){
        .arg = g,
        .on_request = in_request,
        .on_upgrade = in_upgrade,
        .on_message = in_message,
        .on_line = in_line,
        .on_gone = in_gone,
        .on_pass_end = in_pass_end,
        .on_stopped = in_stopped,
        .is_known = in_known,
        .body_max = in_body_max,
    };
}

/* --- out -----------------------------------------------------------------------------------------
 */

static void *out_frame_new(void *arg, struct span text)
{
    (void)arg;
    return edge_frame_new(text);
}

static void out_frame_unref(void *arg, void *frame)
{
    (void)arg;
    edge_frame_unref(frame);
}

static void out_send(void *arg, uint64_t conn, void *frame, bool durable)
{
    struct gateway *g = arg;

    edge_send(g->edge, conn, frame, durable);
}

static void out_reply(void *arg, uint64_t conn, const struct api_reply *rp)
{
    struct gateway *g = arg;
    struct http_header headers[16];

    ensure(rp->nheaders <= COUNT_OF(headers));
    for (size_t i = 0; i < rp->nheaders; i++)
        headers[i] = (struct http_header){span_of(rp->headers[i].name), rp->headers[i].value};
    edge_reply(g->edge, conn,
               &(struct edge_reply){.status = rp->status,
                                    .type = rp->type,
                                    .headers = headers,
                                    .nheaders = rp->nheaders,
                                    .body = rp->body,
                                    .close = rp->status == 429}); /* too fast */
}

static void out_rank(void *arg, uint64_t conn, enum watch_rank rank)
{
    static const enum edge_rank ranks[] = {
        [WATCH_STRANGER] = EDGE_STRANGER,
        [WATCH_GUEST] = EDGE_GUEST,
        [WATCH_STAFF] = EDGE_STAFF,
    };
    struct gateway *g = arg;

    edge_rank(g->edge, conn, ranks[rank]);
}

static void out_close(void *arg, uint64_t conn, unsigned code, const char *reason)
{
    struct gateway *g = arg;

    edge_close(g->edge, conn, code, reason);
}

static void out_send_line(void *arg, uint64_t conn, struct span line)
{
    struct gateway *g = arg;

    edge_send_line(g->edge, conn, line);
}

static void out_stats(void *arg, struct api_stats *out)
{
    struct gateway *g = arg;
    struct edge_stats st;

    edge_stats(g->edge, &st);
    *out = (struct api_stats){
        .conns = st.conns,
        .websockets = st.websockets,
        .controls = st.controls,
        .accepted = st.accepted,
        .requests = st.requests,
        .messages_in = st.messages_in,
        .frames_out = st.frames_out,
    };
}

void plug_watch_out(struct gateway *g, struct watch_out *out)
{
    *out = (struct watch_out){
        .arg = g,
        .frame_new = out_frame_new,
        .frame_unref = out_frame_unref,
        .send = out_send,
        .rank = out_rank,
        .close = out_close,
    };
}

void plug_api_out(struct gateway *g, struct api_out *out)
{
    *out = (struct api_out){
        .arg = g,
        .reply = out_reply,
        .send_line = out_send_line,
        .stats = out_stats,
    };
}
