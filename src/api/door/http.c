/*
 * The ways in over HTTP: the visitors' door, and the routes of REST, each of which is one of the
 * commands.  Files, health and transport are the edge's.
 */
#include "api_int.h"

#ifdef TEST_HOOKS
#include "deskbell/clock.h"
#endif

#define API_PREFIX "/api/v1/"

static void reply_fault(struct api *api, uint64_t conn, const struct fault *f,
                        const struct api_header *header)
{
    struct buf b = {0};
    struct reply rp = {.status = err_http_status(f->err), .type = "application/problem+json"};

    problem_write(&b, NULL, f, 0);
    rp.body = buf_span(&b);
    if (header != NULL)
        reply_header(&rp, header->name, header->value);
    api_reply_after(api, conn, &rp);
    buf_fini(&b);
}

void api_reply_err(struct api *api, uint64_t conn, err_t err, enum refusal why)
{
    struct fault f;

    fault_refuse(&f, err, NULL, why);
    reply_fault(api, conn, &f, NULL);
}

static void reply_method(struct api *api, uint64_t conn, const char *allow)
{
    struct fault f;

    fault_refuse_with(&f, ERR_METHOD, NULL, REFUSE_METHOD, VALUES(OF_STR(allow)));
    reply_fault(api, conn, &f, &(struct api_header){"Allow", span_of(allow)});
}

static void call_http(struct call *c, struct api *api, uint64_t conn, const struct api_request *rq)
{
    *c = (struct call){.api = api,
                       .via = VIA_HTTP,
                       .conn_id = conn,
                       .rq = rq,
                       .ip = rq->ip,
                       .browser = span_head(rq->browser, UA_MAX_BYTES),
                       .host = rq->host,
                       .secure = rq->secure};
}

/* "application/json", perhaps with parameters.  Visitors may say text/plain, which needs no
 * preflight; for agents that would be a hole. */
static bool type_is(struct span type, const char *wanted)
{
    const char *semi = type.len > 0 ? memchr(type.p, ';', type.len) : NULL;

    if (semi != NULL)
        type.len = (size_t)(semi - type.p);
    return span_is_nocase(span_trim(type), wanted);
}

/* Run what was put together; takes the reference to root. */
static void call_json(struct call *c, json_t *root)
{
    struct fault f;

    if (json_is_object(root) && c->rq->key.len > 0 && json_object_get(root, "id") == NULL &&
        span_is_utf8(c->rq->key))
        json_object_set_new(root, "id", json_stringn(c->rq->key.p, c->rq->key.len));
    if (call_take(c, root, &f) == ERR_OK)
        call_run(c);
    else
        call_bad(c, &f);
    call_fini(c);
}

static void type_refuse(struct call *c)
{
    struct fault f;

    fault_refuse(&f, ERR_MALFORMED, NULL, REFUSE_CONTENT_TYPE);
    call_bad(c, &f);
}

static json_t *body_json(struct call *c)
{
    struct fault f;
    json_t *root = NULL;

    if (!span_is_utf8(c->rq->body))
        fault_refuse(&f, ERR_MALFORMED, NULL, REFUSE_ENCODING);
    else
        root = json_strict(c->rq->body, &f);
    if (root == NULL)
        call_bad(c, &f);
    return root;
}

/* visitors */

static void preflight_reply(struct api *api, uint64_t conn)
{
    struct reply rp = {.status = 204};

    reply_header(&rp, "Access-Control-Allow-Origin", SPAN_LIT("*"));
    reply_header(&rp, "Access-Control-Allow-Methods", SPAN_LIT("GET, POST"));
    reply_header(&rp, "Access-Control-Allow-Headers", SPAN_LIT("Content-Type, Idempotency-Key"));
    reply_header(&rp, "Access-Control-Max-Age", SPAN_LIT("600"));
    api_reply_after(api, conn, &rp);
}

static void status_reply(struct api *api, uint64_t conn, const struct dept *d)
{
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct reply rp = {.status = 200, .type = "application/json"};

    jw_obj(&j);
    view_status(&j, api->env.view, d);
    jw_obj_end(&j);
    rp.body = buf_span(&b);
    /* Not for shared caches: who is blocked gets another answer. */
    reply_header(&rp, "Cache-Control", SPAN_LIT("private, max-age=15"));
    reply_header(&rp, "Access-Control-Allow-Origin", SPAN_LIT("*"));
    api_reply_after(api, conn, &rp);
    buf_fini(&b);
}

static void visitor_command(struct api *api, uint64_t conn, const struct api_request *rq,
                            const struct dept *d)
{
    struct call c;
    json_t *root;

    call_http(&c, api, conn, rq);
    c.as = AS_VISITOR;
    c.entry = d->id;
    c.who.kind = BY_VISITOR;
    if (!type_is(rq->type, "application/json") && !type_is(rq->type, "text/plain"))
        type_refuse(&c);
    else if ((root = body_json(&c)) != NULL)
        call_json(&c, root);
}

/* Of a command to a code that is no door any more: whose chat and token it shows. */
static const struct dept *door_by_body(struct api *api, struct span code,
                                       const struct api_request *rq)
{
    const struct dept *d = NULL;
    const json_t *token;
    struct fault f;
    json_t *root = span_is_utf8(rq->body) ? json_strict(rq->body, &f) : NULL;

    token = json_object_get(root, "token");
    if (json_is_string(token))
        d = door_by_token(
            api, code, (struct span){json_string_value(token), json_string_length(token)}, &rq->ip);
    json_decref(root);
    return d;
}

static void visitor_request(struct api *api, uint64_t conn, const struct api_request *rq,
                            struct span code, struct span rest)
{
    const struct dept *d = door_find(api, code, &rq->ip);
    bool status = span_is(rest, "/status"), command = span_is(rest, "/command");

    if (d == NULL && command && rq->method == API_POST)
        d = door_by_body(api, code, rq);
    if (d == NULL || (!status && !command)) {
        api_reply_nothing(api, conn);
    } else if (!origin_may_visit(api, d, rq->origin, rq->host) && (rq->origin.len > 0 || command)) {
        seen_note(api, d, rq->origin, true);
        api_reply_err(api, conn, ERR_DENIED, REFUSE_OTHER_WEBSITE);
    } else if (rq->method == API_OPTIONS) {
        preflight_reply(api, conn);
    } else if (status && (rq->method == API_GET || rq->method == API_HEAD)) {
        seen_note(api, d, rq->origin, false);
        status_reply(api, conn, d);
    } else if (command && rq->method == API_POST) {
        visitor_command(api, conn, rq, d);
    } else {
        reply_method(api, conn, status ? "GET, HEAD, OPTIONS" : "POST, OPTIONS");
    }
}

/* REST */

/* Does the path fit, and what stands in the places of the stars? */
static bool route_fits(const char *pattern, struct span path, struct span *args)
{
    size_t n = 0;

    for (; *pattern != 0; pattern++) {
        if (*pattern == '*') {
            struct span part = {path.p, 0};

            while (part.len < path.len && path.p[part.len] != '/')
                part.len++;
            if (part.len == 0)
                return false;
            args[n++] = part;
            path.p += part.len;
            path.len -= part.len;
        } else if (path.len == 0 || *path.p != *pattern) {
            return false;
        } else {
            path.p++;
            path.len--;
        }
    }
    return path.len == 0;
}

static enum api_method read_method(enum api_method method)
{
    return method == API_HEAD ? API_GET : method;
}

static const struct route *route_find(struct span path, enum api_method method, struct span *args,
                                      struct buf *allow)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

    for (const struct route *rt = route_first(); rt->path != NULL; rt++) {
        if (!route_fits(rt->path, path, args))
            continue;
        if (rt->method == read_method(method))
            return rt;
        buf_addf(allow, "%s%s", allow->len > 0 ? ", " : "", names[rt->method]);
    }
    return NULL;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX and plus; false for a bad escape, or if it is not UTF-8 afterwards. */
static bool query_decode(struct span in, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < in.len; i++) {
        if (in.p[i] == '%') {
            int hi = in.len - i > 2 ? hex(in.p[i + 1]) : -1;
            int lo = in.len - i > 2 ? hex(in.p[i + 2]) : -1;

            if (hi < 0 || lo < 0)
                return false;
            buf_add_char(out, (char)(hi * 16 + lo));
            i += 2;
        } else {
            buf_add_char(out, in.p[i] == '+' ? ' ' : in.p[i]);
        }
    }
    return span_is_utf8(buf_span(out));
}

static struct span take_until(struct span *in, char sep)
{
    const char *at = in->len > 0 ? memchr(in->p, sep, in->len) : NULL;
    struct span head = *in;

    if (at == NULL) {
        *in = SPAN_NONE;
        return head;
    }
    head.len = (size_t)(at - in->p);
    in->p += head.len + 1;
    in->len -= head.len + 1;
    return head;
}

static err_t query_fields(struct span query, const struct verb *verb, json_t *root, struct fault *f)
{
    struct buf name = {0}, value = {0};
    err_t err = ERR_OK;

    while (err == ERR_OK && query.len > 0) {
        struct span rest = take_until(&query, '&');
        struct span key = take_until(&rest, '=');
        json_t *v;

        if (key.len == 0)
            continue;
        if (!query_decode(key, &name) || !query_decode(rest, &value))
            err = fault_refuse(f, ERR_MALFORMED, NULL, REFUSE_ESCAPE);
        else if (json_object_get(root, name.p) != NULL)
            err = fault_refuse(f, ERR_MALFORMED, name.p, REFUSE_TWICE);
        else if ((v = arg_from_text(verb, name.p, buf_span(&value))) == NULL)
            err = fault_refuse_with(f, ERR_MALFORMED, name.p, REFUSE_NO_FIELD,
                                    VALUES(OF_STR(verb->word)));
        else
            json_object_set_new(root, name.p, v);
    }
    buf_fini(&name);
    buf_fini(&value);
    return err;
}

/* The same object that would have come over a WebSocket. */
static err_t route_fields(const struct route *rt, const struct span *args, struct span query,
                          json_t *root, struct fault *f)
{
    const struct verb *verb = verb_find(span_of(rt->word), rt->as);

    ensure(verb != NULL);
    if (json_object_get(root, "do") != NULL)
        return fault_refuse(f, ERR_MALFORMED, "do", REFUSE_ROUTE);
    for (size_t i = 0; i < PATH_ARGS_MAX && rt->args[i] != NULL; i++) {
        if (json_object_get(root, rt->args[i]) != NULL)
            return fault_refuse(f, ERR_MALFORMED, rt->args[i], REFUSE_ROUTE);
        json_object_set_new(root, rt->args[i], arg_from_text(verb, rt->args[i], args[i]));
    }
    json_object_set_new(root, "do", json_string(rt->word));
    return query_fields(query, verb, root, f);
}

/* No page of another site can send it, so where it comes from does not matter. */
static bool bearer_may(struct call *c, const struct route *rt)
{
    if (rt->as != AS_SELF || route_asks_self(rt))
        return true;
    call_refuse(c, ERR_DENIED, NULL, REFUSE_FOR_SESSIONS);
    return false;
}

static bool rest_identify(struct call *c, const struct route *rt)
{
    const struct api_request *rq = c->rq;
    bool reads = rq->method == API_GET || rq->method == API_HEAD;
    uint8_t hash[HASH_BYTES];
    const struct session *s;
    struct fault f;

    c->as = rt->as;
    if (rt->as != AS_DOOR && bearer_is_there(rq))
        return bearer_identify(c) && bearer_may(c, rt);
    if (!reads && (rq->origin.len > 0 || rt->as != AS_DOOR) &&
        !origin_is_own(c->api, rq->origin, rq->host)) {
        (void)origin_refuse(c->api, rq->origin, rq->host, REFUSE_OWN_ORIGIN, &f);
        call_fail(c, &f);
        return false;
    }
    if (rt->as == AS_DOOR)
        return true;
    if ((s = session_find(c->api, rq->cookie, hash)) == NULL && route_asks_self(rt)) {
        api_reply_after(c->api, c->conn_id, &(struct reply){.status = 204});
        return false;
    }
    if (s == NULL) {
        call_refuse(c, ERR_AUTH, NULL, REFUSE_NONE);
        return false;
    }
    c->who = (struct principal){.kind = BY_AGENT, .id = s->agent, .session = s->id};
    session_used(c->api, s);
    return true;
}

static void rest_run(struct call *c, const struct route *rt, const struct span *args)
{
    struct fault f;
    json_t *root;

    c->raw = rt->raw;
    if (!rt->raw && c->rq->body.len > 0 && !type_is(c->rq->type, "application/json")) {
        type_refuse(c);
        return;
    }
    root = !rt->raw && c->rq->body.len > 0 ? body_json(c) : json_object();
    if (root == NULL)
        return;
    if (rt->word != NULL && json_is_object(root) &&
        route_fields(rt, args, c->rq->query, root, &f) != ERR_OK) {
        json_decref(root);
        call_bad(c, &f);
        return;
    }
    call_json(c, root);
}

/* Is this tag among those of If-None-Match, weak or not? */
static bool list_has(struct span list, const char *tag)
{
    while (list.len > 0) {
        struct span one = span_trim(take_until(&list, ','));

        if (one.len > 2 && memcmp(one.p, "W/", 2) == 0)
            one = (struct span){one.p + 2, one.len - 2};
        if (span_is(one, tag) || span_is(one, "*"))
            return true;
    }
    return false;
}

/* Made once: it is long, and anybody may ask for it. */
static void openapi_reply(struct api *api, uint64_t conn, const struct api_request *rq)
{
    struct jw j = {.b = &api->openapi};
    struct reply rp = {.status = 200, .type = "application/json"};

    if (api->openapi.len == 0 || api->openapi_https != is_https(api, rq->secure)) {
        api->openapi_https = is_https(api, rq->secure);
        buf_fini(&api->openapi);
        openapi_write(&j, api, api_cookie(api, rq->secure));
        snprintf(api->openapi_tag, sizeof(api->openapi_tag), "\"%016llx\"",
                 (unsigned long long)hash_u64(buf_span(&api->openapi), NULL));
    }
    rp.body = buf_span(&api->openapi);
    reply_header(&rp, "ETag", span_of(api->openapi_tag));
    reply_header(&rp, "Cache-Control", SPAN_LIT("no-cache"));
    if (list_has(rq->match, api->openapi_tag)) {
        rp.status = 304;
        rp.type = NULL;
        rp.body = SPAN_NONE;
    }
    api_reply_now(api, conn, &rp);
}

static void rest_request(struct api *api, uint64_t conn, const struct api_request *rq,
                         struct span path)
{
    struct span args[PATH_ARGS_MAX];
    struct buf allow = {0};
    const struct route *rt = route_find(path, rq->method, args, &allow);
    struct call c;

    call_http(&c, api, conn, rq);
    c.as = AS_AGENT;
    if (span_is(path, "openapi.json") && read_method(rq->method) == API_GET)
        openapi_reply(api, conn, rq);
    else if (rt == NULL && allow.len > 0)
        reply_method(api, conn, allow.p);
    else if (rt == NULL)
        api_reply_nothing(api, conn);
    else if (rest_identify(&c, rt))
        rest_run(&c, rt, args);
    buf_fini(&allow);
}

/* By a route that takes more, and for whoever shows who he is. */
size_t api_body_max(const struct api *api, const struct api_request *rq)
{
    const size_t n = sizeof(API_PREFIX) - 1;
    struct span args[PATH_ARGS_MAX];
    struct buf allow = {0};
    const struct route *rt = NULL;
    uint8_t hash[HASH_BYTES];

    if (rq->path.len > n && memcmp(rq->path.p, API_PREFIX, n) == 0)
        rt = route_find((struct span){rq->path.p + n, rq->path.len - n}, rq->method, args, &allow);
    buf_fini(&allow);
    if (rt == NULL || !rt->raw)
        return 0;
    if (bearer_is_there(rq) ? bearer_is_good(api, rq) : session_find(api, rq->cookie, hash) != NULL)
        return PICTURE_MAX_BYTES;
    return 0;
}

/* the gateway itself */

static void ready_reply(struct api *api, uint64_t conn)
{
    bool ready = !api->stopping && !turn_is_readonly(api->env.turn);
    struct reply rp = {.status = ready ? 200 : 503, .type = "application/json"};

    rp.body = ready ? SPAN_LIT("{\"ready\":true}") : SPAN_LIT("{\"ready\":false}");
    api_reply_now(api, conn, &rp);
}

/* For the demo's page when its address names no department: the code of the first public one. */
static void demo_reply(struct api *api, uint64_t conn)
{
    const struct dept *d = NULL;
    struct buf b = {0};
    struct jw j = {.b = &b};

    for (uint64_t id = 0; d == NULL && core_next_dept(api->env.core, &id);) {
        const struct dept *at = core_dept(api->env.core, id);

        if (at->enabled && at->type == DEPT_PUBLIC)
            d = at;
    }
    if (d == NULL) {
        api_reply_nothing(api, conn);
        return;
    }
    jw_obj(&j);
    jw_k_str(&j, "department", d->code);
    jw_obj_end(&j);
    api_reply_now(api, conn,
                  &(struct reply){.status = 200, .type = "application/json", .body = buf_span(&b)});
    buf_fini(&b);
}

#ifdef TEST_HOOKS
static void clock_request(struct api *api, uint64_t conn, const struct api_request *rq)
{
    struct fault f;
    json_t *root = json_strict(rq->body, &f);
    const json_t *ms = json_object_get(root, "advance_ms");

    if (rq->method != API_POST || !json_is_integer(ms) || json_integer_value(ms) < 0) {
        api_reply_err(api, conn, ERR_INVAL, REFUSE_NO_OBJECT);
    } else {
        clock_advance_ms(json_integer_value(ms));
        api_reply_now(
            api, conn,
            &(struct reply){.status = 200, .type = "application/json", .body = SPAN_LIT("{}")});
    }
    json_decref(root);
}
#endif

/* About the gateway itself: for that nobody has to say who he is. */
static bool own_request(struct api *api, uint64_t conn, const struct api_request *rq)
{
    bool reads = read_method(rq->method) == API_GET;

    if (reads && span_is(rq->path, "/readyz"))
        ready_reply(api, conn);
    else if (reads && span_is(rq->path, "/metrics"))
        metrics_reply(api, conn, rq);
    else if (reads && api->env.config.demo && span_is(rq->path, "/demo/department"))
        demo_reply(api, conn);
#ifdef TEST_HOOKS
    else if (span_is(rq->path, "/test/clock"))
        clock_request(api, conn, rq);
#endif
    else
        return false;
    return true;
}

static void picture_request(struct api *api, uint64_t conn, const struct api_request *rq,
                            struct span name)
{
    if (read_method(rq->method) == API_GET)
        picture_reply(api, conn, rq, name);
    else
        reply_method(api, conn, "GET, HEAD");
}

void api_on_request(struct api *api, uint64_t conn, const struct api_request *rq)
{
    const size_t n = sizeof(API_PREFIX) - 1;
    struct span rest, code = path_code(rq->path, &rest);
    struct fault f;

    if (own_request(api, conn, rq))
        return;
    if (rq->nameless != NULL) {
        (void)nameless_refuse(api, rq, &f);
        reply_fault(api, conn, &f, NULL);
    } else if (span_is(code, "picture")) {
        picture_request(api, conn, rq, (struct span){rest.p + 1, rest.len - 1});
    } else if (code.len > 0) {
        visitor_request(api, conn, rq, code, rest);
    } else if (rq->path.len > n && memcmp(rq->path.p, API_PREFIX, n) == 0) {
        rest_request(api, conn, rq, (struct span){rq->path.p + n, rq->path.len - n});
    } else {
        api_reply_nothing(api, conn);
    }
}
