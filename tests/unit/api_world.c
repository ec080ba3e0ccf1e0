/* The world of api_world.h: what the api calls is recorded, what the store does is real. */
#include "api_schema.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct world *the_world;
static json_t *last_answer;
static char *last_said;

static struct sent *sent_add(struct world *w, uint64_t conn)
{
    if (w->nsent == w->cap) {
        w->cap = w->cap == 0 ? 64 : w->cap * 2;
        w->sent = xrealloc(w->sent, w->cap * sizeof(*w->sent));
    }
    w->sent[w->nsent] = (struct sent){.conn = conn};
    return &w->sent[w->nsent++];
}

static void *out_frame_new(void *arg, struct span text)
{
    (void)arg;
    return span_dup(text);
}

static void out_frame_unref(void *arg, void *frame)
{
    (void)arg;
    free(frame);
}

static void out_send(void *arg, uint64_t conn, void *frame, bool durable)
{
    struct sent *s = sent_add(arg, conn);

    s->text = xstrdup(frame);
    s->durable = durable;
}

static void out_send_line(void *arg, uint64_t conn, struct span line)
{
    sent_add(arg, conn)->text = span_dup(line);
}

static void out_close(void *arg, uint64_t conn, unsigned code, const char *reason)
{
    (void)reason;
    sent_add(arg, conn)->close_code = code;
}

static void out_rank(void *arg, uint64_t conn, enum watch_rank rank)
{
    struct world *w = arg;

    if (conn < RANKS_MAX)
        w->ranks[conn] = rank;
}

static void out_reply(void *arg, uint64_t conn, const struct api_reply *rp)
{
    struct sent *s = sent_add(arg, conn);
    struct buf b = {0};

    s->text = span_dup(rp->body);
    s->status = rp->status;
    for (size_t i = 0; i < rp->nheaders; i++)
        buf_addf(&b, "%s: %.*s\n", rp->headers[i].name, (int)rp->headers[i].value.len,
                 rp->headers[i].value.p);
    s->headers = buf_take(&b);
}

static int64_t env_now(void *arg)
{
    return ((struct world *)arg)->now_ms;
}

static bool env_work(void *arg, void (*fn)(void *ctx), void (*done)(void *ctx), void *ctx)
{
    struct world *w = arg;

    if (w->njobs == COUNT_OF(w->jobs))
        return false;
    w->jobs[w->njobs++] = (struct job){fn, done, ctx};
    return true;
}

static void journal_submit(void *arg, const struct batch *b)
{
    ((struct world *)arg)->batch = b;
}

static err_t journal_read_conv(void *arg, uint64_t id, struct buf *image)
{
    return store_read_conv(((struct world *)arg)->store, id, image);
}

static err_t journal_read_repeat(void *arg, uint64_t cid, struct buf *value)
{
    return store_read_repeat(((struct world *)arg)->store, cid, value);
}

static void on_record(void *arg, const struct rec *rec)
{
    struct world *w = arg;

    if (w->watch != NULL)
        watch_on_record(w->watch, rec);
}

static void on_lost(void *arg, err_t err)
{
    (void)arg;
    fail_msg("the journal was lost: %s", err_code(err));
}

int world_open(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct store_options opt = {.dir = w->dir, .role = STORE_GATEWAY, .map_bytes = 64u << 20};
    struct fault f = {0};

    crypto_init();
    log_init("api-test", LOG_LVL_WARN);
    snprintf(w->dir, sizeof(w->dir), "/tmp/deskbell-api.XXXXXX");
    if (mkdtemp(w->dir) == NULL || store_open(&opt, &w->store, &f) != ERR_OK) {
        print_error("no store: %s %s\n", f.field, f.what);
        return -1;
    }
    w->now_ms = 1800000000000;
    w->next_conn = 1000;
    w->host = "chat.example.com";
    w->origin = "https://chat.example.com";
    if (store_load(w->store, &w->core, &f) != ERR_OK)
        return -1;
    w->turn = turn_new(
        w->core,
        &(struct turn_ops){.journal = {w, journal_submit, journal_read_conv, journal_read_repeat},
                           .arg = w,
                           .on_record = on_record,
                           .on_lost = on_lost},
        NULL);
    turn_restart(w->turn, w->now_ms, 1000);
    w->view = (struct view){.core = w->core,
                            .store = w->store,
                            .now_ms = env_now,
                            .arg = w,
                            .public_url = "https://chat.example.com",
                            .base = "/w/0.1.0/",
                            .integrity = "sha384-x"};
    w->watch = watch_new(&(struct watch_env){
        .core = w->core,
        .turn = w->turn,
        .view = &w->view,
        .out = {w, out_frame_new, out_frame_unref, out_send, out_close, out_rank}});
    w->search = search_start(&(struct search_options){.store = w->store, .dir = w->dir});
    w->api = api_new(&(struct api_env){.core = w->core,
                                       .turn = w->turn,
                                       .store = w->store,
                                       .view = &w->view,
                                       .watch = w->watch,
                                       .search = w->search,
                                       .out = {w, out_reply, out_send_line, NULL},
                                       .config = {.version = "0.1.0"},
                                       .arg = w,
                                       .now_ms = env_now,
                                       .work = env_work});
    the_world = w;
    *state = w;
    world_run(w);
    return 0;
}

int world_close(void **state)
{
    struct world *w = *state;
    char cmd[128];

    w->disk_stopped = false;
    world_run(w);
    turn_free(w->turn);
    api_free(w->api);
    search_stop(w->search);
    watch_free(w->watch);
    core_free(w->core);
    store_close(w->store);
    sent_forget(w);
    free(w->sent);
    json_decref(last_answer);
    last_answer = NULL;
    free(last_said);
    last_said = NULL;
    schema_fini();
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", w->dir);
    if (system(cmd) != 0)
        return -1;
    free(w);
    return 0;
}

void world_pass(struct world *w)
{
    turn_pass_end(w->turn, w->now_ms);
    watch_pass_end(w->watch);
}

void world_commit(struct world *w)
{
    const struct batch *b = w->batch;

    assert_non_null(b);
    w->batch = NULL;
    turn_durable(w->turn, store_commit(w->store, b, w->now_ms), w->now_ms);
    search_wake(w->search);
}

void world_indexed(struct world *w)
{
    int64_t until_ms = clock_mono_ms() + 30000;
    struct search_status st;

    world_run(w);
    for (search_status_get(w->search, &st); st.records > 0; search_status_get(w->search, &st)) {
        if (clock_mono_ms() > until_ms)
            fail_msg("search stays at %llu", (unsigned long long)st.pos);
        (void)poll(NULL, 0, 2);
    }
}

static bool world_step(struct world *w)
{
    world_pass(w);
    if (w->batch != NULL && !w->disk_stopped) {
        world_commit(w);
        return true;
    }
    if (w->njobs > 0 && !w->jobs_stopped) {
        struct job j = w->jobs[0];

        memmove(w->jobs, w->jobs + 1, --w->njobs * sizeof(w->jobs[0]));
        j.fn(j.ctx);
        j.done(j.ctx);
        return true;
    }
    return turn_deadline(w->turn) <= w->now_ms; /* what was held while others were let go */
}

void world_run(struct world *w)
{
    for (unsigned i = 0; world_step(w); i++)
        assert_true(i < 10000);
}

void world_advance(struct world *w, int64_t ms)
{
    w->now_ms += ms;
    watch_tick(w->watch);
    api_tick(w->api);
    world_run(w);
}

void sent_forget(struct world *w)
{
    for (size_t i = 0; i < w->nsent; i++) {
        free(w->sent[i].text);
        free(w->sent[i].headers);
    }
    w->nsent = 0;
}

const struct sent *sent_find(const struct world *w, uint64_t conn, const char *part)
{
    for (size_t i = w->nsent; i-- > 0;)
        if (w->sent[i].conn == conn &&
            (w->sent[i].text != NULL ? strstr(w->sent[i].text, part) != NULL : part[0] == 0))
            return &w->sent[i];
    return NULL;
}

size_t sent_count(const struct world *w, uint64_t conn, const char *part)
{
    size_t n = 0;

    for (size_t i = 0; i < w->nsent; i++)
        n += w->sent[i].conn == conn && w->sent[i].text != NULL &&
             strstr(w->sent[i].text, part) != NULL;
    return n;
}

static void PRINTF_LIKE(3, 0) vtell(struct world *w, uint64_t conn, const char *fmt, va_list ap)
{
    char *text;

    assert_true(vasprintf(&text, fmt, ap) >= 0);
    /* For reading's sake tests write ' where JSON has ". */
    for (char *p = text; *p != 0; p++)
        if (*p == '\'')
            *p = '"';
    if (conn >= OPERATOR && conn < OPERATOR + CONTROLS_MAX)
        api_on_line(w->api, conn, span_of(text));
    else
        api_on_message(w->api, conn, span_of(text));
    free(last_said);
    last_said = text;
}

void tell(struct world *w, uint64_t conn, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vtell(w, conn, fmt, ap);
    va_end(ap);
}

/* The first answer to this connection among what was sent from `from` on. */
static json_t *answer_since(struct world *w, uint64_t conn, size_t from)
{
    json_decref(last_answer);
    last_answer = NULL;
    for (size_t i = from; i < w->nsent && last_answer == NULL; i++) {
        if (w->sent[i].conn != conn || w->sent[i].text == NULL)
            continue;
        json_t *v = json_loads(w->sent[i].text, JSON_REJECT_DUPLICATES, NULL);
        if (v == NULL)
            fail_msg("not JSON: %s", w->sent[i].text);
        if (json_object_get(v, "ok") != NULL || json_object_get(v, "error") != NULL)
            last_answer = v;
        else
            json_decref(v);
    }
    return last_answer;
}

/* What came of what was said last. */
static json_t *answer_to(struct world *w, uint64_t conn, size_t from)
{
    json_t *answer;

    world_run(w);
    answer = answer_since(w, conn, from);
    schema_check_answer(w, conn, last_said, answer);
    return answer;
}

json_t *ask(struct world *w, uint64_t conn, const char *fmt, ...)
{
    size_t from = w->nsent;
    va_list ap;

    va_start(ap, fmt);
    vtell(w, conn, fmt, ap);
    va_end(ap);
    return answer_to(w, conn, from);
}

json_t *operator_ask(struct world *w, const char *fmt, ...)
{
    size_t from = w->nsent;
    va_list ap;

    va_start(ap, fmt);
    vtell(w, OPERATOR, fmt, ap);
    va_end(ap);
    return answer_to(w, OPERATOR, from);
}

const char *error_of(const json_t *answer)
{
    const json_t *e = json_object_get(answer, "error");

    return e != NULL ? json_string_value(json_object_get(e, "code")) : "";
}

const char *ok_text(const json_t *answer, const char *key)
{
    const json_t *v = json_object_get(json_object_get(answer, "ok"), key);

    if (!json_is_string(v))
        fail_msg("no %s in the answer, error: %s", key, error_of(answer));
    return json_string_value(v);
}

json_int_t ok_int(const json_t *answer, const char *key)
{
    const json_t *v = json_object_get(json_object_get(answer, "ok"), key);

    if (!json_is_integer(v))
        fail_msg("no %s in the answer, error: %s", key, error_of(answer));
    return json_integer_value(v);
}

static struct api_request request_of(struct world *w, const char *path)
{
    struct api_request rq = {.path = span_of(path),
                             .host = span_of(w->host),
                             .origin = span_of(w->origin),
                             .cookie = span_of(w->cookie),
                             .device = span_of(w->device),
                             .protocols = span_of(w->protocols),
                             .type = SPAN_LIT("application/json"),
                             .browser = SPAN_LIT("test"),
                             .ip = w->ip,
                             .secure = !w->plain,
                             .nameless = w->nameless,
                             .match = span_of(w->match),
                             .auth = span_of(w->auth),
                             .key = span_of(w->key),
                             .strange = w->strange};
    const char *q = strchr(path, '?');

    if (q != NULL) {
        rq.path.len = (size_t)(q - path);
        rq.query = span_of(q + 1);
    }
    return rq;
}

uint64_t request_begin(struct world *w, enum api_method method, const char *path, const char *body)
{
    struct api_request rq = request_of(w, path);
    uint64_t conn = w->next_conn++;
    char *text = xstrdup(body != NULL ? body : "");

    for (char *p = text; *p != 0; p++)
        if (*p == '\'')
            *p = '"';
    rq.method = method;
    rq.body = w->raw.len > 0 ? w->raw : span_of(text);
    api_on_request(w->api, conn, &rq);
    free(text);
    world_run(w);
    return conn;
}

const struct sent *request(struct world *w, enum api_method method, const char *path,
                           const char *body)
{
    const struct sent *s = sent_find(w, request_begin(w, method, path, body), "");

    if (s == NULL)
        fail_msg("%s was not answered", path);
    schema_check_reply(w, method, path, body, s);
    return s;
}

static uint64_t upgrade(struct world *w, const char *path, err_t *err)
{
    struct api_request rq = request_of(w, path);
    uint64_t conn = w->next_conn++;
    struct fault f;

    *err = api_on_upgrade(w->api, conn, &rq, &f);
    world_run(w);
    return *err == ERR_OK ? conn : 0;
}

uint64_t visitor_conn(struct world *w, const char *code, err_t *err)
{
    char path[64];

    snprintf(path, sizeof(path), "/w/%s/ws", code);
    return upgrade(w, path, err);
}

uint64_t agent_conn(struct world *w, const char *cookie, err_t *err)
{
    uint64_t conn;

    w->cookie = cookie;
    conn = upgrade(w, "/api/v1/ws", err);
    w->cookie = NULL;
    return conn;
}

uint64_t world_dept(struct world *w, const char *name, char code[CODE_TEXT])
{
    json_t *a = operator_ask(w, "{'id':'%s','do':'department.add','name':'%s'}", name, name);
    uint64_t id;

    snprintf(code, CODE_TEXT, "%s", ok_text(a, "code"));
    assert_int_equal(id_parse(span_of(ok_text(a, "department")), &id), ERR_OK);
    return id;
}

uint64_t world_agent(struct world *w, const char *email, uint64_t dept, const char *more,
                     char cookie[64])
{
    const struct sent *s;
    char body[512], link[64];
    const char *at;
    uint64_t id;
    json_t *a = operator_ask(w,
                             "{'id':'%s','do':'agent.add','name':'Agent %s','email':'%s',"
                             "'departments':['%llu']%s}",
                             email, email, email, (unsigned long long)dept, more);

    assert_int_equal(id_parse(span_of(ok_text(a, "agent")), &id), ERR_OK);
    a = operator_ask(w, "{'id':'l%s','do':'agent.link','agent':'%llu'}", email,
                     (unsigned long long)id);
    at = strstr(ok_text(a, "link"), "#link=");
    assert_non_null(at);
    snprintf(link, sizeof(link), "%s", at + 6);
    snprintf(body, sizeof(body), "{'link':'%s','password':'a long enough password'}", link);
    s = request(w, API_POST, "/api/v1/password", body);
    assert_int_equal(s->status, 200);
    at = strstr(s->headers, "deskbell=");
    assert_non_null(at);
    snprintf(cookie, 64, "%.*s", (int)strcspn(at + 9, ";"), at + 9);
    return id;
}

uint64_t world_ready(struct world *w, const char *cookie)
{
    err_t err;
    uint64_t conn = agent_conn(w, cookie, &err);

    assert_int_equal(err, ERR_OK);
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'r','do':'agent.status','status':'available'}")), "");
    return conn;
}

uint64_t world_ring(struct world *w, const char *code, char chat[ID_TEXT], char token[64])
{
    err_t err;
    uint64_t conn = visitor_conn(w, code, &err);
    json_t *a;

    assert_int_equal(err, ERR_OK);
    a = ask(w, conn, "{'id':'ring','do':'chat.start','name':'Vera','email':'vera@example.com'}");
    snprintf(chat, ID_TEXT, "%s", ok_text(a, "chat"));
    snprintf(token, 64, "%s", ok_text(a, "token"));
    return conn;
}

void world_chat(struct world *w, struct world_chat *c, const char *more)
{
    c->dept = world_dept(w, "Sales", c->code);
    c->agent = world_agent(w, "ann@example.com", c->dept, more, c->cookie);
    c->ann = world_ready(w, c->cookie);
    c->vera = world_ring(w, c->code, c->id, c->token);
    assert_string_equal(
        error_of(ask(w, c->ann, "{'id':'acc','do':'offer.accept','conversation':'%s'}", c->id)),
        "");
}
