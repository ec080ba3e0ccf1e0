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
#include "rooms.h"

#define OPERATOR 1
#define HOLDERS 20
#define CHATS 400
#define SLICES 21
#define SLICE_TEXTS 2000
#define TEXTS_PER_PASS 10
#define PASS_MS 5
#define WARM_PASSES 400

struct bench {
    struct rooms r;
    char code[32], dept[32];
    uint64_t next_conn, next_id;
    uint64_t holders[HOLDERS], chats[CHATS];
    int64_t longest_ns; /* of a pass */
};

static int64_t cpu_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* One pass, whose records are durable at its end. */
static void pass(struct bench *b)
{
    if (watch_deadline(b->r.watch) <= b->r.now_ms)
        watch_tick(b->r.watch);
    turn_pass_end(b->r.turn, b->r.now_ms);
    watch_pass_end(b->r.watch);
    if (b->r.batch != NULL) {
        b->r.batch = NULL;
        turn_durable(b->r.turn, ERR_OK, b->r.now_ms);
        turn_pass_end(b->r.turn, b->r.now_ms);
        watch_pass_end(b->r.watch);
    }
}

/* set-up */

/* A command of this connection; `'` stands for `"`. */
static void PRINTF_LIKE(3, 4) tell(struct bench *b, uint64_t conn, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        rooms_die("vasprintf");
    va_end(ap);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    if (conn == OPERATOR)
        api_on_line(b->r.api, conn, span_of(text));
    else
        api_on_message(b->r.api, conn, span_of(text));
    free(text);
}

/* Out of the last answer to the operator. */
static void answer_take(const struct bench *b, const char *key, char *out, size_t cap)
{
    json_t *root = b->r.answer != NULL ? json_loads(b->r.answer, 0, NULL) : NULL;
    const char *v = json_string_value(json_object_get(json_object_get(root, "ok"), key));

    if (v == NULL)
        rooms_die(b->r.answer != NULL ? b->r.answer : key);
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
        rooms_die(id);
    return agent;
}

static void console_subscribe(struct bench *b, uint64_t conn)
{
    static const struct list_want wants[] = {{.list = LIST_MINE, .filter = FILTER_OPEN},
                                             {.list = LIST_UNASSIGNED}};

    if (watch_subscribe_me(b->r.watch, conn) != ERR_OK)
        rooms_die("no subscription");
    for (size_t i = 0; i < COUNT_OF(wants); i++)
        if (watch_subscribe_list(b->r.watch, conn, &wants[i]) != ERR_OK)
            rooms_die("no subscription");
}

static struct api_request request_of(const struct bench *b, const char *path, const char *body)
{
    return (struct api_request){.method = API_POST,
                                .path = span_of(path),
                                .host = SPAN_LIT("chat.example.com"),
                                .origin = SPAN_LIT("https://chat.example.com"),
                                .cookie = span_of(b->r.cookie),
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
    api_on_request(b->r.api, b->next_conn++, &rq);
    pass(b);
    b->holders[i] = b->next_conn++;
    rq = request_of(b, "/api/v1/ws", "");
    if (api_on_upgrade(b->r.api, b->holders[i], &rq, &f) != ERR_OK)
        rooms_die("no session");
    console_subscribe(b, b->holders[i]);
    tell(b, b->holders[i], "{'id':'s','do':'agent.status','status':'available'}");
    pass(b);
}

static void other_add(struct bench *b, size_t i)
{
    char id[32];
    uint64_t agent = agent_add(b, i, id), conn = b->next_conn++;

    watch_agent_came(b->r.watch, conn, agent, 1, true);
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
    if (api_on_upgrade(b->r.api, b->chats[i], &rq, &f) != ERR_OK)
        rooms_die("the door is shut");
    tell(b, b->chats[i],
         "{'id':'ring-for-the-bench-%zu','do':'chat.start','name':'Vera',"
         "'email':'v@example.com','question':'Is it in stock?'}",
         i);
    pass(b);
    chat = watch_bound(b->r.watch, b->chats[i]);
    if ((cv = core_conv(b->r.core, chat)) == NULL || cv->state != CONV_OFFERED)
        rooms_die("a chat was not offered");
    for (size_t h = 0; h < HOLDERS && cv->state != CONV_ACTIVE; h++) {
        tell(b, b->holders[h], "{'id':'o%zu','do':'offer.accept','conversation':'%llu'}", i,
             (unsigned long long)chat);
        if (cv->state == CONV_ACTIVE)
            tell(b, b->holders[h],
                 "{'id':'w%zu','do':'subscribe','topic':'conversation','conversation':'%llu'}", i,
                 (unsigned long long)chat);
    }
    if (cv->state != CONV_ACTIVE)
        rooms_die("a chat was not taken");
    pass(b);
}

static void set_up(struct bench *b, size_t agents)
{
    rooms_open(&b->r, (struct store_options){.role = STORE_GATEWAY, .map_bytes = 64u << 20}, NULL);
    rooms_doors(&b->r);
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
    b->r.now_ms += PASS_MS;
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

        *b = (struct bench){.r.now_ms = INT64_C(1800000000000), .next_conn = 1000, .next_id = 1};
        snprintf(b->r.dir, sizeof(b->r.dir), "/tmp/deskbell-watch-bench.XXXXXX");
        set_up(b, agents[n]);
        for (size_t i = 0; i < WARM_PASSES; i++)
            texts_pass(b);
        b->r.nsent = 0;
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
               (double)b->r.nsent / (SLICES * SLICE_TEXTS), (double)b->longest_ns / 1e3);
        rooms_close(&b->r);
    }
    return 0;
}
