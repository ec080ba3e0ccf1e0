/*
 * The rules' own cost, without disk and sockets: an offer with few and many agents, first ones,
 * those to whom the visitor knows and those after declines, a line with few and many open
 * conversations.  The bound is the logarithm, in the same run.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "deskbell/core.h"
#include "deskbell/limits.h"

#define ROUNDS 20000
#define T0 1800000000000

struct bench {
    struct core *k;
    struct out out;
    int64_t now_ms;
    uint64_t dept;
    uint64_t *agents;
    uint64_t met; /* whom the next visitor knows */
};

/* Of this program alone: it waits for nothing, and who else is at work on the machine is no cost.
 */
static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t decide(struct bench *b, const struct cmd *cmd)
{
    if (core_decide(b->k, cmd, b->now_ms, &b->out) != ERR_OK) {
        fprintf(stderr, "%s: %s\n", cmd_word(cmd->type), b->out.fault.what);
        exit(1);
    }
    for (size_t i = 0; i < b->out.nrecs; i++)
        core_fold(b->k, &b->out.recs[i]);
    return b->out.id;
}

static void settle(struct bench *b)
{
    while (core_settle(b->k, b->now_ms, &b->out))
        for (size_t i = 0; i < b->out.nrecs; i++)
            core_fold(b->k, &b->out.recs[i]);
}

static void set_up(struct bench *b, unsigned agents)
{
    size_t nd, na;
    const struct setting *ds = dept_settings(&nd), *as = agent_settings(&na);
    struct change set[] = {
        {.setting = setting_find(ds, nd, SPAN_LIT("name")), .s = SPAN_LIT("S")},
        {.setting = setting_find(ds, nd, SPAN_LIT("last_agent")), .i = 1},
    };
    struct cmd dept = {.type = CMD_DEPT_ADD,
                       .who = {.kind = BY_OPERATOR},
                       .dept_add = {.changes = set,
                                    .nchanges = COUNT_OF(set),
                                    .code = SPAN_LIT("AAAAAAAAAAAAAAAAAAAAAA")}};

    *b = (struct bench){.k = core_new(), .now_ms = T0};
    b->dept = decide(b, &dept);
    b->agents = xcalloc(agents, sizeof(*b->agents));
    for (unsigned i = 0; i < agents; i++) {
        char email[40];
        struct member member = {.dept = b->dept, .chat = true};
        struct change changes[] = {
            {.setting = setting_find(as, na, SPAN_LIT("name")), .s = SPAN_LIT("A")},
            {.setting = setting_find(as, na, SPAN_LIT("email"))},
            {.setting = setting_find(as, na, SPAN_LIT("capacity")), .i = CAPACITY_MAX},
        };
        struct cmd add = {.type = CMD_AGENT_ADD,
                          .who = {.kind = BY_OPERATOR},
                          .agent_add = {.changes = changes,
                                        .nchanges = COUNT_OF(changes),
                                        .members = &member,
                                        .nmembers = 1}};
        struct cmd here = {.type = CMD_AGENT_CONNECT};
        struct cmd ready = {.type = CMD_AGENT_STATUS, .status.status = STATUS_AVAILABLE};

        snprintf(email, sizeof(email), "a%u@example.com", i);
        changes[1].s = span_of(email);
        b->agents[i] = here.agent = ready.status.agent = decide(b, &add);
        ready.who = (struct principal){.kind = BY_AGENT, .id = here.agent};
        decide(b, &here);
        decide(b, &ready);
    }
}

static void tear_down(struct bench *b)
{
    out_fini(&b->out);
    core_free(b->k);
    free(b->agents);
}

static uint64_t chat(struct bench *b)
{
    struct cmd ring = {
        .type = CMD_CHAT_START,
        .who = {.kind = BY_VISITOR},
        .ring = {.dept = b->dept, .email = SPAN_LIT("hanako@example.com"), .met = b->met}};
    struct cmd accept = {.type = CMD_OFFER_ACCEPT};

    b->now_ms++;
    accept.conv = decide(b, &ring);
    settle(b);
    accept.who = (struct principal){.kind = BY_AGENT, .id = core_conv(b->k, accept.conv)->agent};
    decide(b, &accept);
    return accept.conv;
}

static void row_written(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    (void)arg;
    (void)type;
    (void)id;
    (void)gone;
}

/* Ring, offer, accept and end, one after the other. */
static double offers(unsigned agents, bool met)
{
    struct bench b;
    double from;

    set_up(&b, agents);
    from = seconds();
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct cmd end = {.type = CMD_CHAT_END, .who = {.kind = BY_VISITOR}};

        b.met = met ? b.agents[i * 7919 % agents] : 0;
        end.conv = end.who.id = chat(&b);
        decide(&b, &end);
        core_drain_through(b.k, row_written, NULL);
        core_evict(b.k, end.conv);
    }
    from = seconds() - from;
    tear_down(&b);
    return from / ROUNDS * 1e6;
}

#define DECLINED 10 /* chats that are declined at the same time */

/* Chats that everybody declines, one agent after the other, several at the same time. */
static unsigned decline_all(struct bench *b, unsigned agents, double *took)
{
    uint64_t convs[DECLINED];
    unsigned n = 0;
    double from;

    for (unsigned i = 0; i < DECLINED; i++) {
        struct cmd ring = {.type = CMD_CHAT_START,
                           .who = {.kind = BY_VISITOR},
                           .ring = {.dept = b->dept, .email = SPAN_LIT("hanako@example.com")}};

        b->now_ms++;
        convs[i] = decide(b, &ring);
        settle(b);
    }
    from = seconds();
    for (unsigned round = 0; round < agents - 1; round++)
        for (unsigned i = 0; i < DECLINED; i++, n++) {
            struct cmd decline = {.type = CMD_OFFER_DECLINE, .conv = convs[i]};

            decline.who =
                (struct principal){.kind = BY_AGENT, .id = core_conv(b->k, convs[i])->agent};
            decide(b, &decline);
            settle(b);
        }
    *took += seconds() - from;
    for (unsigned i = 0; i < DECLINED; i++) {
        struct cmd end = {.type = CMD_CHAT_END, .conv = convs[i]};

        end.who = (struct principal){.kind = BY_VISITOR, .id = convs[i]};
        decide(b, &end);
        core_drain_through(b->k, row_written, NULL);
        core_evict(b->k, end.conv);
    }
    return n;
}

/* Each decline makes the next offer.  In microseconds for each of them. */
static double later_offers(unsigned agents)
{
    struct bench b;
    unsigned n = 0;
    double took = 0;

    set_up(&b, agents);
    while (n < ROUNDS)
        n += decline_all(&b, agents, &took);
    tear_down(&b);
    return took / n * 1e6;
}

static double lines(unsigned convs)
{
    struct bench b;
    uint64_t *ids = xmalloc(convs * sizeof(*ids));
    double from;

    set_up(&b, convs / CAPACITY_MAX + 1);
    for (unsigned i = 0; i < convs; i++)
        ids[i] = chat(&b);
    from = seconds();
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct cmd send = {.type = CMD_CHAT_SEND,
                           .who = {.kind = BY_VISITOR},
                           .line.text = SPAN_LIT("a line of the usual length, give or take"),
                           .cid = i + 1};

        b.now_ms++;
        send.conv = send.who.id = ids[(uint64_t)i * 7919 % convs];
        decide(&b, &send);
        settle(&b);
    }
    from = seconds() - from;
    tear_down(&b);
    free(ids);
    return from / ROUNDS * 1e6;
}

int main(void)
{
    static const unsigned agents[] = {10, 100, 1000, 10000}, declining[] = {10, 100, 1000, 10000};
    static const unsigned convs[] = {100, 1000, 10000, 100000};
    double first = 0;

    crypto_init();
    for (size_t i = 0; i < COUNT_OF(agents); i++) {
        double us = offers(agents[i], false);

        if (i == 0)
            first = us;
        printf("core: ring, offer, accept, end with %6u agents: %6.2f us, ratio %.2f "
               "(bound: the logarithm, %.2f)\n",
               agents[i], us, us / first, log2(agents[i]) / log2(agents[0]));
    }
    for (size_t i = 0; i < COUNT_OF(agents); i++) {
        double us = offers(agents[i], true);

        if (i == 0)
            first = us;
        printf("core: the same by visitors who know one of %6u agents: %6.2f us, ratio %.2f "
               "(bound: the logarithm, %.2f)\n",
               agents[i], us, us / first, log2(agents[i]) / log2(agents[0]));
    }
    for (size_t i = 0; i < COUNT_OF(declining); i++) {
        double us = later_offers(declining[i]);

        if (i == 0)
            first = us;
        printf("core: decline, next offer with %6u agents who all decline: %6.2f us, ratio %.2f "
               "(bound: the logarithm, %.2f)\n",
               declining[i], us, us / first, log2(declining[i]) / log2(declining[0]));
    }
    for (size_t i = 0; i < COUNT_OF(convs); i++) {
        double us = lines(convs[i]);

        if (i == 0)
            first = us;
        printf("core: a line with %6u open conversations: %6.2f us, ratio %.2f "
               "(the logarithm is %.2f; the rest is memory that no cache holds)\n",
               convs[i], us, us / first, log2(convs[i]) / log2(convs[0]));
    }
    return 0;
}
