/*
 * What a page of a list and its count cost when a thousand conversations are there, and a million:
 * of each list, by filter, department, tag and saved view, for an operator's console, an agent who
 * sees his department, and one who sees his own alone; and the counts of all lists together.  By
 * the api, without sockets; half of the conversations are missed and half completed, nine of ten
 * with a common tag, a thousand with a rare one, so that pages are full in both.  And what the
 * report of time costs, of a day and of all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <jansson.h>

#include "deskbell/api.h"
#include "deskbell/log.h"
#include "rooms.h"

#define OPERATOR 1
#define DEPTS 4
#define AGENTS 8 /* the last one sees his own alone */
#define OPEN 60  /* chats that go on */
#define BATCH 100
#define SLICES 15
#define SLICE_PAGES 40
#define READERS 3
#define REPORTS 5
#define A_DAY 2740

struct bench {
    struct rooms r;
    uint64_t id, conn, depts[DEPTS], agents[AGENTS];
    uint64_t views[READERS];
    size_t convs;
    char secret[READERS][128]; /* of a token; "": the operator's */
};

static double cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* To the disk with all that there is. */
static void rest(struct bench *b)
{
    do {
        turn_pass_end(b->r.turn, b->r.now_ms);
        if (b->r.batch == NULL)
            continue;
        if (store_commit(b->r.store, b->r.batch, b->r.now_ms) != ERR_OK)
            rooms_die("a batch was not committed");
        b->r.batch = NULL;
        turn_durable(b->r.turn, ERR_OK, b->r.now_ms);
    } while (!turn_is_idle(b->r.turn));
}

/* set-up */

static void on_answer(void *arg, const struct cmd *cmd, const struct answer *a)
{
    if (a->err != ERR_OK) {
        fprintf(stderr, "%s: ", cmd_word(cmd->type));
        rooms_die(a->fault->what);
    }
    ((struct bench *)arg)->id = a->id;
}

static uint64_t command(struct bench *b, struct cmd cmd)
{
    turn_command(b->r.turn, &cmd, b->r.now_ms, on_answer, b);
    return b->id;
}

static const struct setting *setting_of(const struct setting *(*table)(size_t *), const char *name)
{
    size_t n;
    const struct setting *all = table(&n);

    return setting_find(all, n, span_of(name));
}

static void dept_make(struct bench *b, unsigned i)
{
    uint8_t raw[CODE_BYTES] = {(uint8_t)i};
    char code[CODE_TEXT];
    struct change name = {.setting = setting_of(dept_settings, "name"), .s = SPAN_LIT("Bench")};

    b64url_encode(code, raw, sizeof(raw));
    b->depts[i] = command(
        b, (struct cmd){.type = CMD_DEPT_ADD,
                        .who.kind = BY_OPERATOR,
                        .dept_add = {.changes = &name, .nchanges = 1, .code = span_of(code)}});
}

static void agent_make(struct bench *b, unsigned i)
{
    const struct member member = {.dept = b->depts[i % DEPTS], .chat = true};
    char email[40];
    struct change changes[] = {
        {.setting = setting_of(agent_settings, "name"), .s = SPAN_LIT("Agent")},
        {.setting = setting_of(agent_settings, "email")},
        {.setting = setting_of(agent_settings, "capacity"), .i = CAPACITY_MAX},
        {.setting = setting_of(agent_settings, "scope"),
         .i = i == AGENTS - 1 ? SCOPE_OWN_UNASSIGNED : SCOPE_ALL},
    };

    snprintf(email, sizeof(email), "a%u@example.com", i);
    changes[1].s = span_of(email);
    b->agents[i] = command(b, (struct cmd){.type = CMD_AGENT_ADD,
                                           .who.kind = BY_OPERATOR,
                                           .agent_add = {.changes = changes,
                                                         .nchanges = COUNT_OF(changes),
                                                         .members = &member,
                                                         .nmembers = 1}});
    command(b, (struct cmd){.type = CMD_AGENT_CONNECT, .agent = b->agents[i]});
    command(b, (struct cmd){.type = CMD_AGENT_STATUS,
                            .who = {.kind = BY_AGENT, .id = b->agents[i]},
                            .status = {b->agents[i], STATUS_AVAILABLE}});
}

static struct cmd ring_of(const struct bench *b, size_t i, bool chat)
{
    struct cmd cmd = {.type = chat ? CMD_CHAT_START : CMD_CHAT_LEAVE_MESSAGE,
                      .who.kind = BY_VISITOR,
                      .ring = {.dept = b->depts[i % DEPTS],
                               .name = SPAN_LIT("Hanako Visitor"),
                               .email = SPAN_LIT("hanako@example.com"),
                               .question = SPAN_LIT("Is it in stock, and in blue?"),
                               .here = chat}};

    cmd.ring.text = chat ? SPAN_NONE : SPAN_LIT("Please call me back about my order.");
    return cmd;
}

/* Nine of ten have the one, a thousand the other, spread over all that there are. */
static void tags_put(struct bench *b, uint64_t conv, size_t i)
{
    const struct span words[] = {SPAN_LIT("common"), SPAN_LIT("rare")};
    const bool has[] = {i % 10 != 3, b->convs < 2000 || i % (b->convs / 1000 + 1) == 0};

    for (size_t t = 0; t < COUNT_OF(words); t++)
        if (has[t])
            command(b, (struct cmd){.type = CMD_CONV_TAG,
                                    .who.kind = BY_OPERATOR,
                                    .conv = conv,
                                    .tag = {.text = words[t], .key = words[t]}});
}

/* One that is taken; and unless it is to go on it ends. */
static void chat_make(struct bench *b, size_t i, bool ends)
{
    uint64_t conv = command(b, ring_of(b, i, true));
    struct principal agent = {.kind = BY_AGENT};

    turn_pass_end(b->r.turn, b->r.now_ms);
    agent.id = core_conv(b->r.core, conv)->agent;
    command(b, (struct cmd){.type = CMD_OFFER_ACCEPT, .who = agent, .conv = conv});
    tags_put(b, conv, i);
    if (ends)
        command(b, (struct cmd){.type = CMD_CHAT_END, .who = agent, .conv = conv});
}

static void fill(struct bench *b)
{
    for (size_t i = 0; i < b->convs; i++) {
        if (i % 2 == 0)
            chat_make(b, i / 2, true);
        else
            tags_put(b, command(b, ring_of(b, i / 2, false)), i / 2);
        b->r.now_ms += 1000;
        if (i % BATCH == BATCH - 1)
            rest(b);
    }
    for (size_t i = 0; i < OPEN; i++)
        chat_make(b, i, false);
    rest(b);
}

static void tokens_make(struct bench *b)
{
    static const size_t who[READERS] = {0, 0, AGENTS - 1};

    for (size_t r = 1; r < READERS; r++) {
        char line[200];
        json_t *root;

        snprintf(line, sizeof(line),
                 "{\"id\":\"t%zu\",\"do\":\"token.add\",\"agent\":\"%llu\",\"name\":\"bench\"}", r,
                 (unsigned long long)b->agents[who[r]]);
        api_on_line(b->r.api, OPERATOR, span_of(line));
        rest(b);
        root = json_loads(b->r.answer, 0, NULL);
        snprintf(b->secret[r], sizeof(b->secret[r]), "Bearer %s",
                 json_string_value(json_object_get(json_object_get(root, "ok"), "secret")));
        json_decref(root);
    }
    b->views[0] = b->views[1] = command(b, (struct cmd){.type = CMD_VIEW_ADD,
                                                        .who.kind = BY_OPERATOR,
                                                        .saved = {.dept = b->depts[0],
                                                                  .shows = {LIST_ALL},
                                                                  .of = b->depts[0],
                                                                  .name = SPAN_LIT("VIP"),
                                                                  .tag = SPAN_LIT("common"),
                                                                  .tag_key = SPAN_LIT("common")}});
    b->views[2] = command(b, (struct cmd){.type = CMD_VIEW_ADD,
                                          .who.kind = BY_OPERATOR,
                                          .saved = {.agent = b->agents[AGENTS - 1],
                                                    .shows = {LIST_COMPLETED},
                                                    .name = SPAN_LIT("Mine"),
                                                    .tag = SPAN_LIT("common"),
                                                    .tag_key = SPAN_LIT("common")}});
    rest(b);
}

/* measuring */

/* %D: a department, %V: a view. */
static const struct {
    const char *name, *line, *path, *query;
} asks[] = {
    {"all", "'list':'all'", "lists/all", ""},
    {"all, unreplied", "'list':'all','filter':'unreplied'", "lists/all", "filter=unreplied"},
    {"all, of a department", "'list':'all','department':'%D'", "lists/all", "department=%D"},
    {"all, by a common tag", "'list':'all','tag':'common'", "lists/all", "tag=common"},
    {"all, by a rare tag", "'list':'all','tag':'rare'", "lists/all", "tag=rare"},
    {"mine", "'list':'mine'", "lists/mine", ""},
    {"mine, unreplied", "'list':'mine','filter':'unreplied'", "lists/mine", "filter=unreplied"},
    {"unassigned", "'list':'unassigned'", "lists/unassigned", ""},
    {"completed", "'list':'completed'", "lists/completed", ""},
    {"completed, common tag", "'list':'completed','tag':'common'", "lists/completed", "tag=common"},
    {"missed", "'list':'missed'", "lists/missed", ""},
    {"missed, rare tag", "'list':'missed','tag':'rare'", "lists/missed", "tag=rare"},
    {"to-answer", "'list':'to-answer'", "lists/to-answer", ""},
    {"answered", "'list':'answered'", "lists/answered", ""},
    {"blocked", "'list':'blocked'", "lists/blocked", ""},
    {"a saved view", "'view':'%V'", "views/%V/conversations", ""},
    {"counts of saved views", NULL, "views", ""},
    {"counts of all lists", NULL, "session", ""},
};

static void fill_in(const struct bench *b, size_t reader, const char *from, char *to, size_t cap)
{
    size_t n = 0;

    for (; *from != '\0' && n + 24 < cap; from++) {
        if (*from == '%')
            n += (size_t)snprintf(
                to + n, cap - n, "%llu",
                (unsigned long long)(*++from == 'D' ? b->depts[0] : b->views[reader]));
        else
            to[n++] = *from == '\'' ? '"' : *from;
    }
    to[n] = '\0';
}

static void ask(struct bench *b, size_t a, size_t reader)
{
    char text[200], path[240];
    struct api_request rq = {.method = API_GET,
                             .host = SPAN_LIT("chat.example.com"),
                             .auth = span_of(b->secret[reader]),
                             .secure = true};

    free(b->r.answer);
    b->r.answer = NULL;
    if (reader == 0) {
        char line[260];

        fill_in(b, reader, asks[a].line, text, sizeof(text));
        snprintf(line, sizeof(line), "{\"id\":\"r%llu\",\"do\":\"list.read\",%s}",
                 (unsigned long long)++b->conn, text);
        api_on_line(b->r.api, OPERATOR, span_of(line));
    } else {
        fill_in(b, reader, asks[a].path, text, sizeof(text));
        snprintf(path, sizeof(path), "/api/v1/%s", text);
        fill_in(b, reader, asks[a].query, text, sizeof(text));
        rq.path = span_of(path);
        rq.query = span_of(text);
        api_on_request(b->r.api, 1000 + ++b->conn, &rq);
    }
    rest(b);
    watch_pass_end(b->r.watch);
    rest(b);
    if (b->r.answer == NULL || strstr(b->r.answer, "\"ok\"") == NULL) {
        fprintf(stderr, "%s: ", asks[a].name);
        rooms_die(b->r.answer != NULL ? b->r.answer : "no answer");
    }
}

static bool is_asked(size_t a, size_t reader)
{
    return reader != 0 || asks[a].line != NULL;
}

static double slice(struct bench *b, size_t a, size_t reader)
{
    double from = cpu_us();

    for (int i = 0; i < SLICE_PAGES; i++)
        ask(b, a, reader);
    return (cpu_us() - from) / SLICE_PAGES;
}

/* The report of time of what the last so many came to, in milliseconds. */
static double report(struct bench *b, size_t convs)
{
    double all = 0;
    char line[120];

    for (int i = 0; i < REPORTS; i++) {
        double from = cpu_us();

        snprintf(line, sizeof(line), "{\"id\":\"r%llu\",\"do\":\"report.time\",\"since_ms\":%lld}",
                 (unsigned long long)++b->conn, (long long)(b->r.now_ms - (int64_t)convs * 1000));
        free(b->r.answer);
        b->r.answer = NULL;
        api_on_line(b->r.api, OPERATOR, span_of(line));
        rest(b);
        all += cpu_us() - from;
        if (b->r.answer == NULL || strstr(b->r.answer, "\"total\"") == NULL)
            rooms_die(b->r.answer != NULL ? b->r.answer : "no answer");
    }
    return all / REPORTS / 1000;
}

/* A day is what a million a year come to. */
static void reports(struct bench *benches)
{
    printf("the report of time: of a day %.1f ms and %.1f ms, of all %.1f ms and %.1f ms\n",
           report(&benches[0], A_DAY), report(&benches[1], A_DAY),
           report(&benches[0], benches[0].convs), report(&benches[1], benches[1].convs));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void bench_make(struct bench *b, size_t convs)
{
    *b = (struct bench){.r.now_ms = INT64_C(1800000000000), .convs = convs};
    snprintf(b->r.dir, sizeof(b->r.dir), "./lists-bench.XXXXXX");
    rooms_open(
        &b->r, (struct store_options){.role = STORE_GATEWAY},
        &(struct turn_options){.checkpoint_records = 1u << 30, .checkpoint_ms = INT64_C(1) << 40});
    for (unsigned i = 0; i < DEPTS; i++)
        dept_make(b, i);
    for (unsigned i = 0; i < AGENTS; i++)
        agent_make(b, i);
    fill(b);
    rooms_doors(&b->r);
    tokens_make(b);
}

/* Slices take turns, so that what else the machine does meets both alike; the middle one counts. */
int main(int argc, char **argv)
{
    static const char *const readers[READERS] = {"operator", "agent of a department",
                                                 "agent, his own"};
    const size_t sizes[2] = {1000, argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000};
    static struct bench benches[2];
    double worst = 0;

    crypto_init();
    log_init("lists_bench", LOG_LVL_ERROR);
    for (size_t n = 0; n < 2; n++)
        bench_make(&benches[n], sizes[n]);
    printf("a page of 50 with its count, with %zu and with %zu conversations\n", sizes[0],
           sizes[1]);
    for (size_t r = 0; r < READERS; r++) {
        for (size_t a = 0; a < COUNT_OF(asks); a++) {
            double us[2][SLICES], ratio;

            if (!is_asked(a, r))
                continue;
            for (size_t i = 0; i < SLICES; i++)
                for (size_t n = 0; n < 2; n++)
                    us[n][i] = slice(&benches[n], a, r);
            for (size_t n = 0; n < 2; n++)
                qsort(us[n], SLICES, sizeof(us[n][0]), by_value);
            ratio = us[1][SLICES / 2] / us[0][SLICES / 2];
            worst = ratio > worst ? ratio : worst;
            printf("%-22s %-24s %8.1f us %8.1f us  %.2f times\n", readers[r], asks[a].name,
                   us[0][SLICES / 2], us[1][SLICES / 2], ratio);
        }
    }
    printf("at most %.2f times\n", worst);
    reports(benches);
    for (size_t n = 0; n < 2; n++)
        rooms_close(&benches[n].r);
    return 0;
}
