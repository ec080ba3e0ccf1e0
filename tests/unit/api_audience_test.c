/* Who may know of what, as it reaches people: blocks, lists, departments, over the wire. */
#include "api_world.h"

struct people {
    uint64_t sales, help;
    char sales_code[CODE_TEXT], help_code[CODE_TEXT];
    char ann_cookie[64], bob_cookie[64], chat[ID_TEXT];
    uint64_t ann_id, bob_id, ann, bob, vera;
};

static unsigned asked;

/* Ann answers in Sales, Bob is what `bob` says, there too. */
static void people_come(struct world *w, struct people *p, const char *bob)
{
    char token[64];

    w->ip.b[15] = 9;
    p->sales = world_dept(w, "Sales", p->sales_code);
    p->help = world_dept(w, "Help", p->help_code);
    p->ann_id = world_agent(w, "ann@example.com", p->sales, "", p->ann_cookie);
    p->bob_id = world_agent(w, "bob@example.com", p->sales, bob, p->bob_cookie);
    p->ann = world_ready(w, p->ann_cookie);
    p->vera = world_ring(w, p->sales_code, p->chat, token);
    ask(w, p->ann, "{'id':'take','do':'offer.accept','conversation':'%s'}", p->chat);
    p->bob = world_ready(w, p->bob_cookie);
}

static void bob_becomes(struct world *w, struct people *p, const char *settings)
{
    json_t *a = operator_ask(w, "{'id':'s%u','do':'agent.set','agent':'%llu',%s}", ++asked,
                             (unsigned long long)p->bob_id, settings);
    err_t err;

    ok_text(a, "agent");
    p->bob = agent_conn(w, p->bob_cookie, &err);
    assert_int_equal(err, ERR_OK);
}

static json_t *rows_of(json_t *answer)
{
    json_t *rows = json_object_get(json_object_get(answer, "ok"), "rows");

    assert_true(json_is_array(rows));
    return rows;
}

static void blocks_reach_those_who_may_block_where_they_come_from(void **state)
{
    static const struct {
        const char *settings;
        size_t rows;
        bool address;
        const char *error; /* of lifting it; "": it can be */
    } table[] = {
        {"'role':'light','permissions':'block,see_ip'", 0, false, "forbidden"},
        {"'role':'agent','scope':'all','permissions':'see_ip'", 0, false, "forbidden"},
        {"'role':'agent','scope':'own','permissions':'block,see_ip'", 0, false, "unknown"},
        {"'role':'agent','scope':'all','permissions':'block'", 1, false, ""},
        {"'role':'agent','scope':'all','permissions':'block,see_ip'", 1, true, ""},
    };
    struct world *w = *state;
    struct people p;
    json_t *a, *row;

    people_come(w, &p, "");
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        char block[ID_TEXT];

        print_message("  %s\n", table[i].settings);
        a = ask(w, p.ann,
                "{'id':'b%zu','do':'block.add','conversation':'%s','text':'rude','confirm':true}",
                i, p.chat);
        if (error_of(a)[0] == '\0')
            snprintf(block, sizeof(block), "%s", ok_text(a, "block"));
        bob_becomes(w, &p, table[i].settings);
        a = ask(w, p.bob, "{'id':'l%zu','do':'block.list'}", i);
        assert_int_equal(json_array_size(rows_of(a)), table[i].rows);
        row = json_array_get(rows_of(a), 0);
        assert_int_equal(json_object_get(row, "prefix") != NULL, table[i].address);
        if (row != NULL)
            assert_string_equal(json_string_value(json_object_get(row, "conversation")), p.chat);
        a = ask(w, p.bob, "{'id':'r%zu','do':'conversation.read','conversation':'%s'}", i, p.chat);
        if (error_of(a)[0] == '\0') {
            row = json_object_get(json_object_get(a, "ok"), "head");
            assert_true(json_is_true(json_object_get(row, "blocked")));
            assert_int_equal(json_object_get(row, "block") != NULL, table[i].error[0] == '\0');
        }
        a = ask(w, p.bob, "{'id':'x%zu','do':'block.remove','block':'%s'}", i, block);
        assert_string_equal(error_of(a), table[i].error);
    }
}

/* The block of a chat that is in memory no longer: its row says whose it was. */
static void a_block_is_lifted_long_after_its_conversation_ended(void **state)
{
    struct world *w = *state;
    struct people p;
    char block[ID_TEXT];
    json_t *a;

    people_come(w, &p, ",'scope':'own'");
    a = ask(w, p.ann,
            "{'id':'b','do':'block.add','conversation':'%s','text':'rude','confirm':true}", p.chat);
    snprintf(block, sizeof(block), "%s", ok_text(a, "block"));
    world_run(w);
    a = ask(w, p.bob, "{'id':'x','do':'block.remove','block':'%s'}", block);
    assert_string_equal(error_of(a), "unknown");
    a = ask(w, p.ann, "{'id':'x','do':'block.remove','block':'%s'}", block);
    assert_string_equal(error_of(a), "");
    a = operator_ask(w, "{'id':'l','do':'block.list'}");
    assert_int_equal(json_array_size(rows_of(a)), 0);
}

static void whoever_is_only_offered_a_chat_cannot_end_it(void **state)
{
    struct world *w = *state;
    struct people p;
    char chat[ID_TEXT], token[64];
    json_t *a;

    people_come(w, &p, ",'scope':'own'");
    world_ring(w, p.sales_code, chat, token);
    a = ask(w, p.bob, "{'id':'e','do':'chat.end','conversation':'%s'}", chat);
    assert_string_equal(error_of(a), "forbidden");
    ask(w, p.bob, "{'id':'t','do':'offer.accept','conversation':'%s'}", chat);
    a = ask(w, p.bob, "{'id':'e2','do':'chat.end','conversation':'%s'}", chat);
    assert_string_equal(error_of(a), "");
}

static void members_of_a_deleted_department_are_none(void **state)
{
    struct world *w = *state;
    struct people p;
    json_t *a, *agent;

    people_come(w, &p, "");
    operator_ask(w, "{'id':'d','do':'department.remove','department':'%llu'}",
                 (unsigned long long)p.sales);
    a = operator_ask(w, "{'id':'s','do':'agent.show','agent':'%llu'}",
                     (unsigned long long)p.ann_id);
    agent = json_object_get(json_object_get(a, "ok"), "agent");
    assert_non_null(agent);
    assert_int_equal(json_array_size(json_object_get(agent, "departments")), 0);
    /* The chat goes on to its end, in the same hands. */
    a = ask(w, p.ann, "{'id':'n','do':'conversation.note','conversation':'%s','text':'mine'}",
            p.chat);
    assert_string_equal(error_of(a), "");
}

static void delete_sales(struct world *w, const struct people *p)
{
    json_t *a = operator_ask(w, "{'id':'del','do':'department.remove','department':'%llu'}",
                             (unsigned long long)p->sales);

    assert_string_equal(error_of(a), "");
}

/* As many rows as the count says, over all pages. */
static void assert_list(struct world *w, uint64_t conn, const char *list, uint64_t dept, int count)
{
    char cursor[ID_TEXT + 2] = "null", of[64] = "";
    json_int_t rows = 0;
    const char *next;

    if (dept != 0)
        snprintf(of, sizeof(of), ",'department':'%llu'", (unsigned long long)dept);
    do {
        json_t *a = ask(w, conn, "{'id':'a%u','do':'list.read','list':'%s','cursor':%s%s}", ++asked,
                        list, cursor, of);

        rows += (json_int_t)json_array_size(rows_of(a));
        assert_int_equal(ok_int(a, "count"), count);
        next = json_string_value(json_object_get(json_object_get(a, "ok"), "cursor"));
        snprintf(cursor, sizeof(cursor), "'%s'", next != NULL ? next : "");
    } while (next != NULL);
    assert_int_equal(rows, count);
}

/* One chat that runs, one that ended, one that is missed, in Sales; all of it by Ann. */
static void sales_work(struct world *w, struct people *p)
{
    char chat[ID_TEXT], token[64];

    people_come(w, p, "");
    operator_ask(w, "{'id':'bs','do':'agent.status','agent':'%llu','status':'away'}",
                 (unsigned long long)p->bob_id);
    world_ring(w, p->sales_code, chat, token);
    ask(w, p->ann, "{'id':'t2','do':'offer.accept','conversation':'%s'}", chat);
    ask(w, p->ann, "{'id':'e2','do':'chat.end','conversation':'%s'}", chat);
    operator_ask(w, "{'id':'as','do':'agent.status','agent':'%llu','status':'away'}",
                 (unsigned long long)p->ann_id);
    world_ring(w, p->sales_code, chat, token);
}

static void what_a_deleted_department_did_stays_in_the_lists_of_those_who_see_all(void **state)
{
    static const struct {
        const char *list;
        int count;
    } lists[] = {{"all", 3}, {"completed", 1}, {"missed", 1}, {"unassigned", 0}};
    struct world *w = *state;
    struct people p;
    char cookie[64];
    uint64_t amy;

    sales_work(w, &p);
    world_agent(w, "amy@example.com", p.help, ",'role':'admin'", cookie);
    amy = world_ready(w, cookie);
    delete_sales(w, &p);
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        print_message("  %s\n", lists[i].list);
        assert_list(w, OPERATOR, lists[i].list, 0, lists[i].count);
        assert_list(w, OPERATOR, lists[i].list, p.sales, lists[i].count);
        assert_list(w, amy, lists[i].list, 0, lists[i].count);
        assert_list(w, amy, lists[i].list, p.sales, lists[i].count);
    }
    /* Whoever worked there keeps what was his own. */
    assert_list(w, p.ann, "all", 0, 2);
    assert_list(w, p.ann, "completed", 0, 1);
    assert_list(w, p.ann, "missed", 0, 0);
    assert_list(w, p.bob, "all", 0, 0);
}

static void counts_of_departments_that_are_not_ones_own_are_none(void **state)
{
    struct world *w = *state;
    struct people p;
    char cookie[64];
    uint64_t far;

    sales_work(w, &p);
    world_agent(w, "far@example.com", p.help, "", cookie);
    far = world_ready(w, cookie);
    assert_list(w, far, "completed", p.sales, 0);
    assert_list(w, far, "all", p.sales, 0);
    assert_list(w, p.bob, "completed", p.sales, 1); /* a colleague, of scope all */
    bob_becomes(w, &p, "'scope':'own'");
    assert_list(w, p.bob, "completed", p.sales, 0);
    assert_list(w, p.bob, "all", p.sales, 1); /* it waits */
    assert_list(w, p.ann, "completed", p.sales, 1);
    assert_list(w, p.ann, "completed", 0, 1);
}

/* Consoles of those who were members ask for all of it again. */
static void the_end_of_a_department_reaches_its_members_at_once(void **state)
{
    struct world *w = *state;
    struct people p;
    json_t *a;

    people_come(w, &p, "");
    a = ask(w, p.bob, "{'id':'me','do':'subscribe','topic':'me'}");
    assert_string_equal(error_of(a), "");
    sent_forget(w);
    delete_sales(w, &p);
    world_run(w);
    assert_int_equal(sent_count(w, p.bob, "\"ev\":\"resync\""), 1);
    a = ask(w, p.bob, "{'id':'me2','do':'subscribe','topic':'me'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "departments")), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(blocks_reach_those_who_may_block_where_they_come_from),
        T(a_block_is_lifted_long_after_its_conversation_ended),
        T(whoever_is_only_offered_a_chat_cannot_end_it),
        T(members_of_a_deleted_department_are_none),
        T(what_a_deleted_department_did_stays_in_the_lists_of_those_who_see_all),
        T(counts_of_departments_that_are_not_ones_own_are_none),
        T(the_end_of_a_department_reaches_its_members_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
