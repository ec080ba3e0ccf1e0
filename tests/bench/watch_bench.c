/*
 * What one text of a visitor costs the loop, from the message to what it means for everybody, when
 * 20, 1,000 or 10,000 agents of the department have the console open: each is subscribed to
 * himself, to his own open chats and to those that wait.  The same agents hold the same chats each
 * time, so whatever the others cost is too much.  Without sockets and disk; the clock is the
 * bench's, and 2,000 texts come each second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "deskbell/api.h"
#include "deskbell/log.h"

#define OPERATOR 1
#define HOLDERS 20
#define CHATS 400
#define SLICES 21
#define SLICE_TEXTS 2000
#define TEXTS_PER_PASS 10
#define PASS_MS 5
#define WARM_PASSES 400

struct bench {
    char dir[64], code[32], dept[32];
    struct store *store;
    struct core *core;
    struct turn *turn;
    struct view view;
    struct watch *watch;
    struct api *api;
    const struct batch *batch;
    int64_t now_ms;
    uint64_t next_conn, next_id;
    uint64_t holders[HOLDERS], chats[CHATS];
    uint64_t nsent;
    int64_t longest_ns; /* of a pass */
    char *answer;       /* to the operator, or of HTTP: the last one */
    char cookie[128];
};

static void die(const char *what)
{
    fprintf(stderr, "watch_bench: %s\n", what);
    exit(2);
}

static int64_t cpu_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* what the rooms call */

static void *frame_new(void *arg, struct span text)
{
    (void)arg;
    return span_dup(text);
}

static void frame_unref(void *arg, void *frame)
{
    (void)arg;
    free(frame);
}

static void frame_send(void *arg, uint64_t conn, void *frame, bool durable)
{
    struct bench *b = arg;

    (void)conn;
    (void)frame;
    (void)durable;
    b->nsent++;
}

static void conn_close(void *arg, uint64_t conn, unsigned code, const char *reason)
{
    (void)arg;
    (void)conn;
    (void)code;
    die(reason);
}

static void conn_rank(void *arg, uint64_t conn, enum watch_rank rank)
{
    (void)arg;
    (void)conn;
    (void)rank;
}

static void line_send(void *arg, uint64_t conn, struct span line)
{
    struct bench *b = arg;

    (void)conn;
    free(b->answer);
    b->answer = span_dup(line);
}

static void reply_send(void *arg, uint64_t conn, const struct api_reply *rp)
{
    struct bench *b = arg;

    (void)conn;
    free(b->answer);
    b->answer = span_dup(rp->body);
    for (size_t i = 0; i < rp->nheaders; i++) {
        struct span v = rp->headers[i].value;

        if (strcmp(rp->headers[i].name, "Set-Cookie") == 0 && v.len > 9 && v.p[8] == '=')
            snprintf(b->cookie, sizeof(b->cookie), "%.*s", (int)strcspn(v.p + 9, ";"), v.p + 9);
    }
}

static int64_t told_now(void *arg)
{
    return ((struct bench *)arg)->now_ms;
}

static bool work_now(void *arg, void (*fn)(void *ctx), void (*done)(void *ctx), void *ctx)
{
    (void)arg;
    fn(ctx);
    done(ctx);
    return true;
}

static void journal_submit(void *arg, const struct batch *batch)
{
    ((struct bench *)arg)->batch = batch;
}

static void on_record(void *arg, const struct rec *rec)
{
    struct bench *b = arg;

    if (b->watch != NULL)
        watch_on_record(b->watch, rec);
}

/* One pass, whose records are durable at its end. */
static void pass(struct bench *b)
{
    if (watch_deadline(b->watch) <= b->now_ms)
        watch_tick(b->watch);
    turn_pass_end(b->turn, b->now_ms);
    watch_pass_end(b->watch);
    if (b->batch != NULL) {
        b->batch = NULL;
        turn_durable(b->turn, ERR_OK, b->now_ms);
        turn_pass_end(b->turn, b->now_ms);
        watch_pass_end(b->watch);
    }
}

/* set-up */

static void rooms_open(struct bench *b)
{
    struct store_options opt = {.dir = b->dir, .role = STORE_GATEWAY, .map_bytes = 64u << 20};
    struct fault f = {0};

    if (mkdtemp(b->dir) == NULL || store_open(&opt, &b->store, &f) != ERR_OK)
        die("no store");
    if (store_load(b->store, &b->core, &f) != ERR_OK)
        die("an empty store does not load");
    b->turn =
        turn_new(b->core,
                 &(struct turn_ops){
                     .journal = {b, journal_submit, NULL, NULL}, .arg = b, .on_record = on_record},
                 NULL);
    turn_restart(b->turn, b->now_ms, 1000);
    b->view = (struct view){.core = b->core,
                            .store = b->store,
                            .now_ms = told_now,
                            .arg = b,
                            .public_url = "https://chat.example.com",
                            .base = "/w/",
                            .integrity = ""};
    b->watch = watch_new(
        &(struct watch_env){.core = b->core,
                            .turn = b->turn,
                            .view = &b->view,
                            .out = {b, frame_new, frame_unref, frame_send, conn_close, conn_rank}});
    b->api = api_new(&(struct api_env){.core = b->core,
                                       .turn = b->turn,
                                       .store = b->store,
                                       .view = &b->view,
                                       .watch = b->watch,
                                       .out = {b, reply_send, line_send, NULL},
                                       .config = {.rates = {.chats_per_hour = 1u << 20,
                                                            .chats_per_address = 1u << 20,
                                                            .left_per_hour = 1u << 20,
                                                            .stored_per_hour = UINT64_C(1) << 38,
                                                            .messages_per_minute = 1u << 28,
                                                            .sign_ins_per_minute = 1u << 20,
                                                            .commands_per_minute = 1u << 28}},
                                       .arg = b,
                                       .now_ms = told_now,
                                       .work = work_now});
}

static void rooms_close(struct bench *b)
{
    struct buf cmd = {0};

    turn_free(b->turn);
    api_free(b->api);
    watch_free(b->watch);
    core_free(b->core);
    store_close(b->store);
    free(b->answer);
    buf_addf(&cmd, "rm -rf '%s'", b->dir);
    if (system(cmd.p) != 0)
        die(b->dir);
    buf_fini(&cmd);
}

/* A command of this connection; `'` stands for `"`. */
static void PRINTF_LIKE(3, 4) tell(struct bench *b, uint64_t conn, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        die("vasprintf");
    va_end(ap);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    if (conn == OPERATOR)
        api_on_line(b->api, conn, span_of(text));
    else
        api_on_message(b->api, conn, span_of(text));
    free(text);
}

/* Out of the last answer to the operator. */
static void answer_take(const struct bench *b, const char *key, char *out, size_t cap)
{
    json_t *root = b->answer != NULL ? json_loads(b->answer, 0, NULL) : NULL;
    const char *v = json_string_value(json_object_get(json_object_get(root, "ok"), key));

    if (v == NULL)
        die(b->answer != NULL ? b->answer : key);
    snprintf(out, cap, "%s", v);
    json_decref(root);
}

static uint64_t agent_add(struct bench *b, size_t i, char id[32])
{
    uint64_t agent;

    tell(b, OPERATOR,
         "{'id':'a%zu','do':'agent.add','name':'Agent %zu','email':'a%zu@example.com',"
         "'capacity':%d,'departments':['%s']}",
         i, i, i, CHATS / HOLDERS, b->dept);
    pass(b);
    answer_take(b, "agent", id, 32);
    if (id_parse(span_of(id), &agent) != ERR_OK)
        die(id);
    return agent;
}

static void console_subscribe(struct bench *b, uint64_t conn)
{
    static const struct list_want wants[] = {{.list = LIST_MINE, .filter = FILTER_OPEN},
                                             {.list = LIST_UNASSIGNED}};

    if (watch_subscribe_me(b->watch, conn) != ERR_OK)
        die("no subscription");
    for (size_t i = 0; i < COUNT_OF(wants); i++)
        if (watch_subscribe_list(b->watch, conn, &wants[i]) != ERR_OK)
            die("no subscription");
}

static struct api_request request_of(const struct bench *b, const char *path, const char *body)
{
    return (struct api_request){.method = API_POST,
                                .path = span_of(path),
                                .host = SPAN_LIT("chat.example.com"),
                                .origin = SPAN_LIT("https://chat.example.com"),
                                .cookie = span_of(b->cookie),
                                .type = SPAN_LIT("application/json"),
                                .body = span_of(body),
                                .secure = true};
}

/* One who signs in, and will hold chats. */
static void holder_add(struct bench *b, size_t i)
{
    char id[32], link[200], body[300];
    struct api_request rq;
    struct fault f;

    agent_add(b, i, id);
    tell(b, OPERATOR, "{'id':'l%zu','do':'agent.link','agent':'%s'}", i, id);
    pass(b);
    answer_take(b, "link", link, sizeof(link));
    snprintf(body, sizeof(body), "{\"link\":\"%s\",\"password\":\"a long enough password\"}",
             strstr(link, "#link=") + 6);
    rq = request_of(b, "/api/v1/password", body);
    api_on_request(b->api, b->next_conn++, &rq);
    pass(b);
    b->holders[i] = b->next_conn++;
    rq = request_of(b, "/api/v1/ws", "");
    if (api_on_upgrade(b->api, b->holders[i], &rq, &f) != ERR_OK)
        die("no session");
    console_subscribe(b, b->holders[i]);
    tell(b, b->holders[i], "{'id':'s','do':'agent.status','status':'available'}");
    pass(b);
}

static void other_add(struct bench *b, size_t i)
{
    char id[32];
    uint64_t agent = agent_add(b, i, id), conn = b->next_conn++;

    watch_agent_came(b->watch, conn, agent, 1, true);
    console_subscribe(b, conn);
}

/* A visitor rings; whoever it is offered to takes it, and watches it. */
static void chat_add(struct bench *b, size_t i)
{
    char path[64];
    struct api_request rq;
    struct fault f;
    const struct conv *cv;
    uint64_t chat;

    snprintf(path, sizeof(path), "/w/%s/ws", b->code);
    rq = request_of(b, path, "");
    b->chats[i] = b->next_conn++;
    if (api_on_upgrade(b->api, b->chats[i], &rq, &f) != ERR_OK)
        die("the door is shut");
    tell(b, b->chats[i],
         "{'id':'ring-for-the-bench-%zu','do':'chat.start','name':'Vera',"
         "'email':'v@example.com','question':'Is it in stock?'}",
         i);
    pass(b);
    chat = watch_bound(b->watch, b->chats[i]);
    if ((cv = core_conv(b->core, chat)) == NULL || cv->state != CONV_OFFERED)
        die("a chat was not offered");
    for (size_t h = 0; h < HOLDERS && cv->state != CONV_ACTIVE; h++) {
        tell(b, b->holders[h], "{'id':'o%zu','do':'offer.accept','conversation':'%llu'}", i,
             (unsigned long long)chat);
        if (cv->state == CONV_ACTIVE)
            tell(b, b->holders[h],
                 "{'id':'w%zu','do':'subscribe','topic':'conversation','conversation':'%llu'}", i,
                 (unsigned long long)chat);
    }
    if (cv->state != CONV_ACTIVE)
        die("a chat was not taken");
    pass(b);
}

static void set_up(struct bench *b, size_t agents)
{
    rooms_open(b);
    tell(b, OPERATOR,
         "{'id':'d','do':'department.add','name':'Bench','type':'public','queue_max':1000}");
    pass(b);
    answer_take(b, "department", b->dept, sizeof(b->dept));
    answer_take(b, "code", b->code, sizeof(b->code));
    for (size_t i = 0; i < HOLDERS; i++)
        holder_add(b, i);
    for (size_t i = HOLDERS; i < agents; i++)
        other_add(b, i);
    for (size_t i = 0; i < CHATS; i++)
        chat_add(b, i);
}

/* measuring */

static void texts_pass(struct bench *b)
{
    for (size_t i = 0; i < TEXTS_PER_PASS; i++) {
        size_t chat = (size_t)(b->next_id * 7919) % CHATS;

        tell(b, b->chats[chat],
             "{'id':'m%llu','do':'chat.send','text':'It is the blue one, in the larger size.'}",
             (unsigned long long)b->next_id++);
    }
    pass(b);
    b->now_ms += PASS_MS;
}

/* One slice: microseconds of CPU of one text. */
static double slice(struct bench *b)
{
    int64_t start_ns = cpu_ns(), at_ns = start_ns;

    for (size_t i = 0; i < SLICE_TEXTS / TEXTS_PER_PASS; i++) {
        int64_t now_ns;

        texts_pass(b);
        now_ns = cpu_ns();
        if (now_ns - at_ns > b->longest_ns)
            b->longest_ns = now_ns - at_ns;
        at_ns = now_ns;
    }
    return (double)(at_ns - start_ns) / 1e3 / SLICE_TEXTS;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Slices take turns, so that what else the machine does meets all alike; the middle one counts. */
int main(void)
{
    static const size_t agents[] = {HOLDERS, 1000, 10000};
    static struct bench benches[COUNT_OF(agents)];
    static double us[COUNT_OF(agents)][SLICES];

    crypto_init();
    log_init("watch_bench", LOG_LVL_ERROR);
    for (size_t n = 0; n < COUNT_OF(agents); n++) {
        struct bench *b = &benches[n];

        *b = (struct bench){.now_ms = INT64_C(1800000000000), .next_conn = 1000, .next_id = 1};
        snprintf(b->dir, sizeof(b->dir), "/tmp/deskbell-watch-bench.XXXXXX");
        set_up(b, agents[n]);
        for (size_t i = 0; i < WARM_PASSES; i++)
            texts_pass(b);
        b->nsent = 0;
        b->longest_ns = 0;
    }
    for (size_t i = 0; i < SLICES; i++)
        for (size_t n = 0; n < COUNT_OF(agents); n++)
            us[n][i] = slice(&benches[n]);
    for (size_t n = 0; n < COUNT_OF(agents); n++) {
        struct bench *b = &benches[n];

        qsort(us[n], SLICES, sizeof(us[n][0]), by_value);
        printf("%6zu agents  %7.2f us each text, %.2f times  %5.2f frames each  longest pass %6.0f "
               "us\n",
               agents[n], us[n][SLICES / 2], us[n][SLICES / 2] / us[0][SLICES / 2],
               (double)b->nsent / (SLICES * SLICE_TEXTS), (double)b->longest_ns / 1e3);
        rooms_close(b);
    }
    return 0;
}
