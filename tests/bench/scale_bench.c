/*
 * What must not grow with what is there already: images of changed chats, lines of a long chat,
 * lists of many departments, the wait for the map during a backup.  Small and large stand beside
 * each other in one run; what is told is the longest that one call keeps the loop, or one
 * transaction the disk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deskbell/limits.h"
#include "deskbell/store.h"
#include "deskbell/tlv.h"
#include "deskbell/turn.h"

#include "../../src/store/store_int.h"

#define T0 1800000000000

struct bench {
    char dir[64];
    struct store *st;
    struct core *k;
    struct turn *t;
    const struct batch *flight;
    int64_t now_ms;
    uint64_t dept, id; /* id: of the newest answer */
    double pass_ms, commit_ms;
    size_t batches, rows; /* rows: of the largest batch */
};

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void on_submit(void *arg, const struct batch *b)
{
    ((struct bench *)arg)->flight = b;
}

static void on_answer(void *arg, const struct cmd *cmd, const struct answer *a)
{
    if (a->err != ERR_OK) {
        fprintf(stderr, "%s: %s\n", cmd_word(cmd->type), a->fault->what);
        exit(1);
    }
    ((struct bench *)arg)->id = a->id;
}

/* Pass and commit in turns until nothing is due; keeps the longest of each. */
static void rest(struct bench *b)
{
    do {
        double from = now_ms(), ms;

        turn_pass_end(b->t, b->now_ms);
        if ((ms = now_ms() - from) > b->pass_ms)
            b->pass_ms = ms;
        if (b->flight == NULL)
            continue;
        b->batches++;
        if (b->flight->nrows > b->rows)
            b->rows = b->flight->nrows;
        from = now_ms();
        if (store_commit(b->st, b->flight, b->now_ms) != ERR_OK)
            exit(1);
        if ((ms = now_ms() - from) > b->commit_ms)
            b->commit_ms = ms;
        b->flight = NULL;
        turn_durable(b->t, ERR_OK, b->now_ms);
    } while (!turn_is_idle(b->t) || turn_deadline(b->t) <= b->now_ms);
}

static void make_dept(struct bench *b, unsigned i)
{
    char code[CODE_TEXT];
    uint8_t raw[CODE_BYTES] = {(uint8_t)i, (uint8_t)(i >> 8)};
    size_t n;
    const struct setting *ds = dept_settings(&n);
    struct change name = {.setting = setting_find(ds, n, SPAN_LIT("name")), .s = SPAN_LIT("S")};
    struct cmd cmd = {.type = CMD_DEPT_ADD,
                      .who = {.kind = BY_OPERATOR},
                      .dept_add = {.changes = &name, .nchanges = 1}};

    b64url_encode(code, raw, sizeof(raw));
    cmd.dept_add.code = span_of(code);
    turn_command(b->t, &cmd, b->now_ms, on_answer, b);
    b->dept = b->id;
}

static void make_agent(struct bench *b, unsigned i)
{
    size_t n;
    const struct setting *as = agent_settings(&n);
    struct member member = {.dept = b->dept, .chat = true};
    char email[40];
    struct change changes[] = {
        {.setting = setting_find(as, n, SPAN_LIT("name")), .s = SPAN_LIT("A")},
        {.setting = setting_find(as, n, SPAN_LIT("email"))},
        {.setting = setting_find(as, n, SPAN_LIT("capacity")), .i = CAPACITY_MAX},
    };
    struct cmd add = {
        .type = CMD_AGENT_ADD,
        .who = {.kind = BY_OPERATOR},
        .agent_add = {
            .changes = changes, .nchanges = COUNT_OF(changes), .members = &member, .nmembers = 1}};
    struct cmd here = {.type = CMD_AGENT_CONNECT};
    struct cmd ready = {.type = CMD_AGENT_STATUS, .status.status = STATUS_AVAILABLE};

    snprintf(email, sizeof(email), "a%u@example.com", i);
    changes[1].s = span_of(email);
    turn_command(b->t, &add, b->now_ms, on_answer, b);
    here.agent = ready.status.agent = b->id;
    ready.who = (struct principal){.kind = BY_AGENT, .id = b->id};
    turn_command(b->t, &here, b->now_ms, on_answer, b);
    turn_command(b->t, &ready, b->now_ms, on_answer, b);
}

static void open_all(struct bench *b)
{
    struct turn_ops ops = {.journal = {.arg = b, .submit = on_submit}};
    struct fault f = {0};

    *b = (struct bench){.now_ms = T0};
    snprintf(b->dir, sizeof(b->dir), "./scale-bench.XXXXXX");
    if (mkdtemp(b->dir) == NULL ||
        store_open(&(struct store_options){.dir = b->dir}, &b->st, &f) != ERR_OK) {
        fprintf(stderr, "cannot open: %s\n", f.what);
        exit(2);
    }
    b->k = core_new();
    b->t = turn_new(
        b->k, &ops,
        &(struct turn_options){.checkpoint_records = 1u << 30, .checkpoint_ms = INT64_C(1) << 40});
    make_dept(b, 0);
}

static void close_all(struct bench *b)
{
    static const char *const names[] = {"data.mdb",       "lock.mdb",     "gateway.key",
                                        "dispatcher.key", "gateway.lock", "ballast"};
    char path[128];

    turn_free(b->t);
    core_free(b->k);
    store_close(b->st);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", b->dir, names[i]);
        remove(path);
    }
    remove(b->dir);
}

/* A chat that an agent holds. */
static void ring(struct bench *b)
{
    struct cmd cmd = {
        .type = CMD_CHAT_START,
        .who = {.kind = BY_VISITOR},
        .ring = {.dept = b->dept,
                 .name = SPAN_LIT("Hanako Visitor"),
                 .email = SPAN_LIT("hanako@example.com"),
                 .question = SPAN_LIT("a question of the usual length, give or take")}};

    turn_command(b->t, &cmd, b->now_ms, on_answer, b);
    turn_pass_end(b->t, b->now_ms);

    struct cmd accept = {.type = CMD_OFFER_ACCEPT, .conv = b->id};

    accept.who = (struct principal){.kind = BY_AGENT, .id = core_conv(b->k, b->id)->agent};
    turn_command(b->t, &accept, b->now_ms, on_answer, b);
}

/* The images of so many changed chats, from the first slice to the last. */
static double checkpoint(unsigned chats)
{
    struct bench b;
    double total;

    open_all(&b);
    for (unsigned i = 0; i < chats; i++) {
        if (i % CAPACITY_MAX == 0)
            make_agent(&b, i);
        ring(&b);
        if (i % CAPACITY_MAX == CAPACITY_MAX - 1)
            rest(&b);
    }
    rest(&b);
    b.pass_ms = b.commit_ms = 0;
    b.batches = b.rows = 0;
    total = now_ms();
    turn_checkpoint(b.t);
    rest(&b);
    total = now_ms() - total;
    printf("images of %6u chats: %4zu batches, %6zu rows at most; longest pass %7.2f ms, longest "
           "transaction %7.2f ms, all %8.1f ms\n",
           chats, b.batches, b.rows, b.pass_ms, b.commit_ms, total);
    total = b.pass_ms;
    close_all(&b);
    return total;
}

/* Batches of messages, 1,000 in each. */
static void fill(struct bench *b, unsigned messages)
{
    static char text[200];
    struct batch_rec recs[1000];
    struct buf bytes = {0}, body = {0};

    memset(text, 'x', sizeof(text));
    tlv_put_span(&body, BODY_TEXT, (struct span){text, sizeof(text)});
    rest(b);
    for (uint64_t pos = core_next_pos(b->k), n = 0; n < messages; n += COUNT_OF(recs)) {
        size_t ends[COUNT_OF(recs)];

        buf_reset(&bytes);
        for (size_t i = 0; i < COUNT_OF(recs); i++) {
            rec_encode(&(struct rec){.pos = pos + i,
                                     .type = REC_CONV_MESSAGE,
                                     .version = REC_VERSION,
                                     .time_ms = T0,
                                     .obj_type = OBJ_CONV,
                                     .obj = 1},
                       &bytes);
            ends[i] = bytes.len;
        }
        for (size_t i = 0, at = 0; i < COUNT_OF(recs); at = ends[i++])
            recs[i] = (struct batch_rec){pos++, {bytes.p + at, ends[i] - at}, buf_span(&body)};
        if (store_commit(b->st, &(struct batch){.recs = recs, .nrecs = COUNT_OF(recs)}, T0) !=
            ERR_OK)
            exit(1);
    }
    buf_fini(&bytes);
    buf_fini(&body);
}

struct grower {
    struct store *st;
    int stop;
    double longest_ms;
};

/* Waits as a map that must grow does, again and again. */
static void *grower_run(void *arg)
{
    struct grower *g = arg;

    while (!__atomic_load_n(&g->stop, __ATOMIC_ACQUIRE)) {
        double ms = now_ms();

        pthread_rwlock_wrlock(&g->st->map_lock);
        pthread_rwlock_unlock(&g->st->map_lock);
        if ((ms = now_ms() - ms) > g->longest_ms)
            g->longest_ms = ms;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return NULL;
}

static double backup(unsigned messages)
{
    struct bench b;
    struct grower g = {0};
    pthread_t thread;
    struct fault f = {0};
    struct backup_keys held;
    char to[80], command[160];
    double ms;

    open_all(&b);
    fill(&b, messages);
    snprintf(to, sizeof(to), "%s.copy", b.dir);
    g.st = b.st;
    if (pthread_create(&thread, NULL, grower_run, &g) != 0)
        exit(1);
    ms = now_ms();
    if (store_backup(b.st, to, false, &held, &f) != ERR_OK)
        exit(1);
    ms = now_ms() - ms;
    __atomic_store_n(&g.stop, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    printf("backup of %6u messages: %7.1f ms; a map that must grow, and all reads behind it, wait "
           "%7.2f ms at most\n",
           messages, ms, g.longest_ms);
    close_all(&b);
    snprintf(command, sizeof(command), "rm -r '%s'", to);
    if (system(command) != 0)
        exit(1);
    return g.longest_ms;
}

/* A chat with so many lines, all durable. */
static uint64_t long_chat(struct bench *b, unsigned lines)
{
    struct cmd cmd = {.type = CMD_CHAT_SEND, .line.text = SPAN_LIT("a line of the usual length")};

    make_agent(b, 0);
    ring(b);
    cmd.conv = b->id;
    cmd.who = (struct principal){.kind = BY_AGENT, .id = core_conv(b->k, b->id)->agent};
    for (unsigned i = 0; i < lines; i++) {
        turn_command(b->t, &cmd, b->now_ms, on_answer, b);
        if (i % 500 == 0)
            rest(b);
    }
    rest(b);
    return cmd.conv;
}

struct taken {
    uint32_t before;
    size_t want;
};

static bool take_line(void *arg, const struct rec *rec)
{
    struct taken *t = arg;

    return rec->seq >= t->before || --t->want > 0;
}

/* `want` lines before a line: from the end on, or from the middle. */
static double page_us(struct bench *b, const struct conv *cv, uint32_t before, size_t want)
{
    double from = now_ms();

    for (int i = 0; i < 200; i++) {
        struct taken t = {before, want};
        uint64_t pos = cv->last_pos, next;

        if (before <= cv->seq && store_find_line(b->st, cv->id, false, before - 1, &pos) != ERR_OK)
            pos = cv->last_pos;
        if (store_walk_conv(b->st, pos, CONV_LINES_MAX, take_line, &t, &next) != ERR_OK)
            exit(1);
    }
    return (now_ms() - from) / 200 * 1e3;
}

static void read_lines(void)
{
    static const unsigned lengths[] = {500, 19000};

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct bench b;
        const struct conv *cv;

        open_all(&b);
        cv = core_conv(b.k, long_chat(&b, lengths[i]));
        printf("a chat of %5u lines: its last line %6.1f us, its last 50 %6.1f us, the 50 before "
               "the 100th %6.1f us\n",
               lengths[i], page_us(&b, cv, UINT32_MAX, 1), page_us(&b, cv, UINT32_MAX, 50),
               page_us(&b, cv, 100, 50));
        close_all(&b);
    }
}

/* Messages left in many departments, and a page of 50 of them. */
static void read_lists(unsigned ndepts)
{
    uint64_t *depts = xcalloc(ndepts, sizeof(*depts));
    struct bench b;
    double ms[2];

    open_all(&b);
    for (unsigned i = 0; i < ndepts; i++) {
        make_dept(&b, i + 1);
        depts[i] = b.dept;
    }
    for (unsigned i = 0; i < 2000; i++) {
        struct cmd cmd = {.type = CMD_CHAT_LEAVE_MESSAGE,
                          .who = {.kind = BY_VISITOR},
                          .ring = {.dept = depts[i % ndepts],
                                   .email = SPAN_LIT("hanako@example.com"),
                                   .text = SPAN_LIT("call me")}};

        turn_command(b.t, &cmd, b.now_ms, on_answer, &b);
        if (i % 200 == 0)
            rest(&b);
    }
    rest(&b);
    for (int all = 0; all < 2; all++) {
        struct stored_list want = {LIST_ALL, all ? NULL : depts, ndepts};
        struct list_page page;

        ms[all] = now_ms();
        for (int i = 0; i < 100; i++) {
            if (store_list(b.st, &want, 0, 50, &page) != ERR_OK || page.n != 50)
                exit(1);
            list_page_fini(&page);
        }
        ms[all] = (now_ms() - ms[all]) / 100;
    }
    printf("a page of 50 over %4u departments: %6.3f ms; over all there are: %6.3f ms\n", ndepts,
           ms[0], ms[1]);
    close_all(&b);
    free(depts);
}

int main(void)
{
    static const unsigned chats[] = {1000, 10000, 100000};
    double first = 0, ms = 0;

    crypto_init();
    for (size_t i = 0; i < COUNT_OF(chats); i++) {
        ms = checkpoint(chats[i]);
        if (i == 0)
            first = ms;
    }
    printf("the longest pass with %u chats is %.1f times that with %u\n",
           chats[COUNT_OF(chats) - 1], ms / first, chats[0]);
    read_lines();
    read_lists(1);
    read_lists(900);
    backup(10000);
    backup(300000);
    return 0;
}
