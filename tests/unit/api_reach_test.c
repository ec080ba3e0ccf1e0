/*
 * What reading costs, counted in looks into the store: as much as is returned, however much there
 * is.
 */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/api/api_int.h"
#include "../../src/store/store_int.h"

#define LINES 1500
#define AHEAD 32 /* records that a walk may read in vain */

/* A chat with Ann that has many lines, all of them durable. */
struct long_chat {
    uint64_t ann, conn, conv;
    char chat[ID_TEXT], token[64];
    uint32_t n, seq; /* of its last line */
};

static void long_chat(struct world *w, struct long_chat *c)
{
    char code[CODE_TEXT], cookie[64];
    uint64_t dept = world_dept(w, "Sales", code);
    struct cmd cmd = {.type = CMD_CHAT_SEND, .line.text = SPAN_LIT("a line")};
    err_t err;

    cmd.who = (struct principal){.kind = BY_AGENT,
                                 .id = world_agent(w, "ann@example.com", dept, "", cookie)};
    c->ann = world_ready(w, cookie);
    world_ring(w, code, c->chat, c->token);
    ask(w, c->ann, "{'id':'a','do':'offer.accept','conversation':'%s'}", c->chat);
    assert_int_equal(id_parse(span_of(c->chat), &c->conv), ERR_OK);
    cmd.conv = c->conv;
    for (int i = 0; i < LINES; i++) {
        turn_command(w->turn, &cmd, w->now_ms, NULL, NULL);
        if (i % 100 == 99)
            world_run(w);
    }
    c->conn = visitor_conn(w, code, &err);
    c->n = core_conv(w->core, c->conv)->n;
    c->seq = core_conv(w->core, c->conv)->seq;
    assert_true(c->n > LINES);
}

static size_t gets_since(const struct txn_cost *before)
{
    return (size_t)(txn_cost.gets - before->gets);
}

static json_t *lines_of(json_t *answer)
{
    return json_object_get(json_object_get(answer, "ok"), "lines");
}

static json_int_t line_int(json_t *lines, size_t at, const char *key)
{
    return json_integer_value(json_object_get(json_array_get(lines, at), key));
}

/* Who comes back has what is new read, and nothing where nothing is. */
static void a_resume_reads_what_is_new(void **state)
{
    static const unsigned news[] = {0, 1, 3, 100};
    struct world *w = *state;
    struct long_chat c;

    long_chat(w, &c);
    for (size_t i = 0; i < COUNT_OF(news); i++) {
        struct txn_cost before = txn_cost;
        json_t *a =
            ask(w, c.conn, "{'id':'r%zu','do':'chat.resume','chat':'%s','token':'%s','n':%u}", i,
                c.chat, c.token, c.n - news[i]);

        assert_string_equal(error_of(a), "");
        assert_int_equal(json_array_size(lines_of(a)), news[i]);
        /* A record and its body each; coming back is a record of its own, above the lines. */
        assert_true(gets_since(&before) <= (news[i] > 0 ? 2 * (news[i] + AHEAD + 2) : 4));
    }
}

/* Its last lines, and any page far above them: the same looks. */
static void a_page_reads_what_it_shows(void **state)
{
    struct world *w = *state;
    struct long_chat c;

    long_chat(w, &c);
    for (uint32_t from = c.seq + 1; from > 1; from = from > 400 ? from - 400 : 1) {
        struct txn_cost before = txn_cost;
        json_t *a =
            ask(w, c.ann, "{'id':'p%u','do':'conversation.read','conversation':'%s','before':%u}",
                from, c.chat, from);
        json_t *lines = lines_of(a);
        size_t n = json_array_size(lines);

        assert_string_equal(error_of(a), "");
        assert_int_equal(n, from > 201 ? 200 : from - 1);
        assert_int_equal(line_int(lines, n - 1, "seq"), from - 1);
        assert_true(gets_since(&before) <= 2 * (200 + AHEAD + MILESTONE_RECORDS) + 4);
    }
}

static void a_visitors_page_reads_what_it_shows(void **state)
{
    struct world *w = *state;
    struct long_chat c;

    long_chat(w, &c);
    ask(w, c.conn, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s','n':%u}", c.chat, c.token,
        c.n);
    for (uint32_t from = c.n; from > 1; from = from > 400 ? from - 400 : 1) {
        struct txn_cost before = txn_cost;
        json_t *a =
            ask(w, c.conn, "{'id':'p%u','do':'chat.read','before':%u,'max':50}", from, from);
        json_t *lines = lines_of(a);
        size_t n = json_array_size(lines);

        assert_string_equal(error_of(a), "");
        assert_int_equal(n, from > 51 ? 50 : from - 1);
        assert_int_equal(line_int(lines, n - 1, "n"), from - 1);
        assert_true(gets_since(&before) <= 2 * (50 + AHEAD + MILESTONE_RECORDS) + 12);
    }
}

/* Lines for elsewhere are looked for where they are. */
static void a_forward_reads_the_chosen_lines(void **state)
{
    static const unsigned chosen[][2] = {{20, 1400}, {700, 701}, {20, 21}};
    struct world *w = *state;
    struct long_chat c;

    long_chat(w, &c);
    for (size_t i = 0; i < COUNT_OF(chosen); i++) {
        struct txn_cost before = txn_cost;
        const struct conv *cv = core_conv(w->core, c.conv);
        uint64_t seqs[] = {chosen[i][0], chosen[i][1]};
        struct fault f;

        assert_int_equal(lines_check(w->api, cv, seqs, 2, false, &f), ERR_OK);
        assert_true(gets_since(&before) <= 2 * 2 * (AHEAD + MILESTONE_RECORDS + 2));
        seqs[1] = c.seq + 5;
        assert_int_equal(lines_check(w->api, cv, seqs, 2, false, &f), ERR_INVAL);
    }
}

static void cursor_of(const json_t *answer, char cursor[ID_TEXT])
{
    const char *text = json_string_value(json_object_get(json_object_get(answer, "ok"), "cursor"));

    snprintf(cursor, ID_TEXT, "%s", text != NULL ? text : "");
}

/* Messages left while nobody was there, durable: so many in each department. */
static void leave_messages(struct world *w, const uint64_t *depts, size_t ndepts, size_t each,
                           const char *ip)
{
    struct cmd cmd = {.type = CMD_CHAT_LEAVE_MESSAGE,
                      .who = {.kind = BY_VISITOR},
                      .ring = {.email = SPAN_LIT("vera@example.org"), .text = SPAN_LIT("call me")}};

    assert_int_equal(ipaddr_parse(span_of(ip), &cmd.ring.ip), ERR_OK);
    for (size_t i = 0; i < each; i++)
        for (size_t d = 0; d < ndepts; d++) {
            cmd.ring.dept = depts[d];
            turn_command(w->turn, &cmd, w->now_ms, NULL, NULL);
            if ((i * ndepts + d) % 100 == 99)
                world_run(w);
        }
    world_run(w);
}

/* Of one department or of 150, a page of all of them is one walk over what it shows. */
static void a_stored_page_costs_what_it_shows(void **state)
{
    static uint64_t depts[150];
    struct world *w = *state;
    size_t rows = 0;
    char cursor[ID_TEXT] = "";

    for (size_t i = 0; i < COUNT_OF(depts); i++) {
        char name[16], code[CODE_TEXT];

        snprintf(name, sizeof(name), "Dept%zu", i);
        depts[i] = world_dept(w, name, code);
    }
    leave_messages(w, depts, COUNT_OF(depts), 1, "192.0.2.1");
    do {
        struct txn_cost before = txn_cost;
        json_t *a = operator_ask(w, "{'id':'l','do':'list.read','list':'missed','max':40%s%s%s}",
                                 rows > 0 ? ",'cursor':'" : "", rows > 0 ? cursor : "",
                                 rows > 0 ? "'" : "");
        size_t n;

        assert_string_equal(error_of(a), "");
        n = json_array_size(json_object_get(json_object_get(a, "ok"), "rows"));
        assert_int_equal(txn_cost.txns - before.txns, 1);
        assert_int_equal(gets_since(&before), n);
        assert_true(txn_cost.steps - before.steps <= n + 1);
        assert_int_equal(ok_int(a, "count"), COUNT_OF(depts));
        cursor_of(a, cursor);
        rows += n;
    } while (cursor[0] != '\0');
    assert_int_equal(rows, COUNT_OF(depts));
}

/* Chats that this agent has ended, durable. */
static void end_chats(struct world *w, uint64_t dept, uint64_t agent, size_t n)
{
    struct cmd ring = {.type = CMD_CHAT_START,
                       .who = {.kind = BY_VISITOR},
                       .ring = {.dept = dept, .email = SPAN_LIT("vera@example.org")}};

    for (size_t i = 0; i < n; i++) {
        struct cmd cmd = {.type = CMD_OFFER_ACCEPT, .who = {.kind = BY_AGENT, .id = agent}};

        turn_command(w->turn, &ring, w->now_ms, NULL, NULL);
        world_pass(w);
        while (core_next_conv(w->core, &cmd.conv) &&
               core_conv(w->core, cmd.conv)->state != CONV_OFFERED)
            ;
        turn_command(w->turn, &cmd, w->now_ms, NULL, NULL);
        cmd.type = CMD_CHAT_END;
        turn_command(w->turn, &cmd, w->now_ms, NULL, NULL);
        if (i % 100 == 99)
            world_run(w);
    }
    world_run(w);
}

/* Where rights hide all of it a page is over after so many looks, and says where it goes on. */
static void a_page_that_rights_empty_is_bounded_and_goes_on(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], cursor[ID_TEXT] = "";
    uint64_t dept = world_dept(w, "Sales", code), ann, bob;
    size_t pages = 0;

    bob = world_agent(w, "bob@example.com", dept, "", cookie);
    world_ready(w, cookie);
    end_chats(w, dept, bob, 1200);
    world_agent(w, "ann@example.com", dept, ",'role':'custom','scope':'own'", cookie);
    ann = world_ready(w, cookie);
    do {
        struct txn_cost before = txn_cost;
        json_t *a = ask(w, ann, "{'id':'l%zu','do':'list.read','list':'completed'%s%s%s}", pages,
                        pages > 0 ? ",'cursor':'" : "", cursor, pages > 0 ? "'" : "");

        assert_string_equal(error_of(a), "");
        assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 0);
        assert_true(gets_since(&before) <= 1000);
        assert_true(txn_cost.txns - before.txns <= 8);
        cursor_of(a, cursor);
        pages++;
        assert_true(pages <= 2);
    } while (cursor[0] != '\0');
    assert_int_equal(pages, 2);
}

static uint64_t block(struct world *w, const char *prefix)
{
    struct cmd cmd = {.type = CMD_BLOCK_ADD, .who = {.kind = BY_OPERATOR}};
    uint64_t id = 0, last = 0;

    assert_int_equal(ipprefix_parse(span_of(prefix), &cmd.block_add.prefix, NULL), ERR_OK);
    cmd.block_add.reason = SPAN_LIT("no");
    turn_command(w->turn, &cmd, w->now_ms, NULL, NULL);
    world_pass(w);
    while (core_next_block(w->core, &id))
        last = id;
    assert_int_equal(core_block(w->core, last)->prefix.bits, cmd.block_add.prefix.bits);
    return last;
}

static void unblock(struct world *w, uint64_t id)
{
    turn_command(w->turn,
                 &(struct cmd){.type = CMD_BLOCK_REMOVE, .who = {.kind = BY_OPERATOR}, .block = id},
                 w->now_ms, NULL, NULL);
    world_pass(w);
}

/* Every page of the list of blocked ones: each of `n` once, newest first, few looks to a page. */
static void read_blocked(struct world *w, size_t n)
{
    char cursor[ID_TEXT] = "";
    uint64_t id, last = UINT64_MAX;
    size_t rows = 0, pages = 0;

    do {
        struct txn_cost before = txn_cost;
        json_t *a = operator_ask(w, "{'id':'b','do':'list.read','list':'blocked','max':100%s%s%s}",
                                 pages > 0 ? ",'cursor':'" : "", cursor, pages > 0 ? "'" : "");
        json_t *list = json_object_get(json_object_get(a, "ok"), "rows"), *row;
        size_t i;

        assert_string_equal(error_of(a), "");
        json_array_foreach (list, i, row) {
            const char *text = json_string_value(json_object_get(row, "conversation"));

            assert_non_null(text);
            assert_int_equal(id_parse(span_of(text), &id), ERR_OK);
            assert_true(id < last);
            last = id;
            rows++;
        }
        assert_true(txn_cost.steps - before.steps <= BLOCKED_LOOKS + 2);
        assert_true(pages == 0 || gets_since(&before) <= json_array_size(list) + 1);
        cursor_of(a, cursor);
        assert_true(++pages < 100);
    } while (cursor[0] != '\0');
    assert_int_equal(rows, n);
}

/* Steps until nothing is due; each looks into the store so many times at most. */
static size_t follow(struct world *w, size_t max)
{
    size_t n = 0;

    for (; n < max && watch_deadline(w->watch) <= w->now_ms; n++) {
        struct txn_cost before = txn_cost;

        watch_tick(w->watch);
        assert_true(txn_cost.steps - before.steps <= BLOCKED_LOOKS + 8);
    }
    return n;
}

/* What is not in the store yet is in memory, and is not forgotten over what is. */
static void what_is_not_durable_is_blocked_with_the_rest(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    uint64_t dept = world_dept(w, "Sales", code);

    leave_messages(w, &dept, 1, 5, "203.0.113.7");
    w->disk_stopped = true;
    leave_messages(w, &dept, 1, 1, "203.0.113.7");
    block(w, "203.0.113.0/24");
    assert_int_equal(follow(w, 100), 1);
    w->disk_stopped = false;
    world_run(w);
    read_blocked(w, 6);
}

/* Nothing is known yet of what a range holds, and it is all there for who asks. */
static void a_range_that_is_gone_through_is_read_already(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    uint64_t dept = world_dept(w, "Sales", code);

    leave_messages(w, &dept, 1, 5, "203.0.113.7");
    block(w, "203.0.113.0/24");
    read_blocked(w, 5);
    assert_int_equal(follow(w, 100), 1);
    read_blocked(w, 5);
    assert_int_equal(
        ok_int(operator_ask(w, "{'id':'c','do':'list.read','list':'blocked'}"), "count"), 5);
}

/*
 * When a block is lifted there is room for older ones, from however many blocks: they are found a
 * step at a time, and what is read meanwhile is all there is.
 */
static void a_change_of_blocks_is_followed_in_steps(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    uint64_t dept = world_dept(w, "Sales", code), b;

    leave_messages(w, &dept, 1, 1300, "203.0.113.7");
    leave_messages(w, &dept, 1, 1300, "198.51.100.7");
    block(w, "203.0.113.7");
    world_run(w);
    b = block(w, "198.51.100.7");
    world_run(w);
    read_blocked(w, 2600);

    unblock(w, b);
    assert_int_equal(follow(w, 1), 1);
    read_blocked(w, 1300);
    assert_true(follow(w, 100) > 1);
    read_blocked(w, 1300);
    assert_int_equal(
        ok_int(operator_ask(w, "{'id':'c','do':'list.read','list':'blocked','max':1}"), "count"),
        BLOCKED_MAX);

    /* A range may hold many: it is gone through in steps, too. */
    block(w, "198.51.100.0/24");
    assert_true(follow(w, 100) > 1);
    read_blocked(w, 2600);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(a_resume_reads_what_is_new),
        T(a_page_reads_what_it_shows),
        T(a_visitors_page_reads_what_it_shows),
        T(a_forward_reads_the_chosen_lines),
        T(a_stored_page_costs_what_it_shows),
        T(a_page_that_rights_empty_is_bounded_and_goes_on),
        T(a_range_that_is_gone_through_is_read_already),
        T(a_change_of_blocks_is_followed_in_steps),
        T(what_is_not_durable_is_blocked_with_the_rest),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
