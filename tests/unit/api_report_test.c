/*
 * The report of time over the wire: what counts where and when, for whom, and what is refused.
 */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

#include "../../src/api/api_int.h"

struct shop {
    struct world *w;
    char sales_code[CODE_TEXT], care_code[CODE_TEXT];
    uint64_t sales, care, vault;
    uint64_t ann, bob, boss;
    uint64_t ann_conn, bob_conn, boss_conn;
    char ann_cookie[64], bob_cookie[64], boss_cookie[64];
    char chat[ID_TEXT];
    uint64_t visitor;
};

static unsigned number;

static PRINTF_LIKE(3, 4) json_t *say(struct shop *s, uint64_t conn, const char *fmt, ...)
{
    char words[500];
    va_list ap;
    json_t *a;

    va_start(ap, fmt);
    vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    a = ask(s->w, conn, "{'id':'r%u',%s}", ++number, words);
    assert_non_null(a);
    return a;
}

#define DONE(...) assert_string_equal(error_of(say(__VA_ARGS__)), "")

/* Ann in Sales, Bob in Care, an administrator in Sales; a private department with nobody. */
static void shop_open(struct world *w, struct shop *s)
{
    *s = (struct shop){.w = w};
    s->sales = world_dept(w, "Sales", s->sales_code);
    s->care = world_dept(w, "Care", s->care_code);
    assert_int_equal(id_parse(span_of(ok_text(say(s, OPERATOR,
                                                  "'do':'department.add','name':'Vault',"
                                                  "'type':'private'"),
                                              "department")),
                              &s->vault),
                     ERR_OK);
    s->ann = world_agent(w, "ann@example.com", s->sales, "", s->ann_cookie);
    s->bob = world_agent(w, "bob@example.com", s->care, "", s->bob_cookie);
    s->boss = world_agent(w, "boss@example.com", s->sales, ",'role':'admin'", s->boss_cookie);
    s->boss_conn = world_ready(w, s->boss_cookie);
    DONE(s, s->boss_conn, "'do':'agent.status','status':'away'");
    s->ann_conn = world_ready(w, s->ann_cookie);
    s->bob_conn = world_ready(w, s->bob_cookie);
}

static void chat_begin(struct shop *s, const char *code, uint64_t conn)
{
    char token[64];

    s->visitor = world_ring(s->w, code, s->chat, token);
    DONE(s, conn, "'do':'offer.accept','conversation':'%s'", s->chat);
}

static void chat_end(struct shop *s, uint64_t conn)
{
    DONE(s, conn, "'do':'chat.end','conversation':'%s'", s->chat);
}

/* Ann speaks for so long. */
static void chat_whole(struct shop *s, int64_t ms)
{
    chat_begin(s, s->sales_code, s->ann_conn);
    world_advance(s->w, ms);
    chat_end(s, s->ann_conn);
}

/* Ann has it for 30 s, Bob for 12 s, in his department. */
static void chat_handed(struct shop *s)
{
    chat_begin(s, s->sales_code, s->ann_conn);
    world_advance(s->w, 30000);
    DONE(s, s->ann_conn, "'do':'conversation.transfer','conversation':'%s','department':'%llu'",
         s->chat, (unsigned long long)s->care);
    world_advance(s->w, 2000);
    DONE(s, s->bob_conn, "'do':'offer.accept','conversation':'%s'", s->chat);
    world_advance(s->w, 12000);
    chat_end(s, s->bob_conn);
}

/* Each as "NAME@DEPARTMENT conversations ms/corrected_ms", joined by bars. */
static void sums_text(const json_t *sums, char *to, size_t cap)
{
    const json_t *sum;
    size_t i, n = 0;

    to[0] = '\0';
    json_array_foreach ((json_t *)sums, i, sum) {
        const char *name = json_string_value(json_object_get(sum, "name"));
        const char *dept = json_string_value(json_object_get(sum, "department_name"));

        if (name != NULL && strncmp(name, "Agent ", 6) == 0)
            name += 6;
        n += (size_t)snprintf(to + n, cap - n, "%s%.*s%s%s %lld %lld", n > 0 ? "|" : "",
                              name != NULL ? (int)strcspn(name, "@") : 0, name != NULL ? name : "",
                              dept != NULL ? "@" : "", dept != NULL ? dept : "",
                              (long long)json_integer_value(json_object_get(sum, "conversations")),
                              (long long)json_integer_value(json_object_get(sum, "ms")));
        if (json_integer_value(json_object_get(sum, "corrected")) > 0)
            n += (size_t)snprintf(
                to + n, cap - n, "/%lld",
                (long long)json_integer_value(json_object_get(sum, "corrected_ms")));
    }
}

static const char *report(struct shop *s, uint64_t conn, const char *fields, const char *what)
{
    static char text[4000];
    const json_t *a = say(s, conn, "'do':'report.time',%s", fields), *sums;

    assert_string_equal(error_of(a), "");
    sums = json_object_get(json_object_get(a, "ok"), what);
    if (json_is_object(sums)) {
        json_t *one = json_pack("[O]", sums);

        sums_text(one, text, sizeof(text));
        json_decref(one);
    } else {
        sums_text(sums, text, sizeof(text));
    }
    return text;
}

#define MONTH "'since':'30d'"

static void each_part_counts_for_its_agent_where_he_had_it(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    chat_handed(&s);
    chat_whole(&s, 8000);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "ann@Sales 2 38000|bob@Care 1 12000");
    assert_string_equal(report(&s, OPERATOR, MONTH, "agents"), "ann 2 38000|bob 1 12000");
    assert_string_equal(report(&s, OPERATOR, MONTH, "departments"), "@Sales 2 38000|@Care 1 12000");
    assert_string_equal(report(&s, OPERATOR, MONTH, "total"), " 2 50000");
}

/* Two of one department with one chat: it is one chat there, and one in all. */
static void a_conversation_counts_once_in_a_total(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    DONE(&s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu'",
         (unsigned long long)s.sales, (unsigned long long)s.bob);
    chat_begin(&s, s.sales_code, s.ann_conn);
    world_advance(s.w, 5000);
    DONE(&s, OPERATOR,
         "'do':'conversation.assign','conversation':'%s','agent':'%llu',"
         "'holder':'%llu'",
         s.chat, (unsigned long long)s.bob, (unsigned long long)s.ann);
    world_advance(s.w, 7000);
    chat_end(&s, s.bob_conn);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "ann@Sales 1 5000|bob@Sales 1 7000");
    assert_string_equal(report(&s, OPERATOR, MONTH, "departments"), "@Sales 1 12000");
    assert_string_equal(report(&s, OPERATOR, MONTH, "total"), " 1 12000");
}

/* With all of its time in the period that it ended in, whenever it began; not while it goes on. */
static void it_counts_when_it_has_ended(void **state)
{
    struct shop s;
    char fields[100];
    int64_t ended_ms;

    shop_open(*state, &s);
    chat_begin(&s, s.sales_code, s.ann_conn);
    world_advance(s.w, 60000);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "");
    assert_string_equal(report(&s, OPERATOR, MONTH, "total"), " 0 0");
    chat_end(&s, s.ann_conn);
    ended_ms = s.w->now_ms;
    world_advance(s.w, 60000);
    chat_whole(&s, 1000);

    snprintf(fields, sizeof(fields), "'since_ms':%lld,'before_ms':%lld", (long long)ended_ms,
             (long long)ended_ms + 1);
    assert_string_equal(report(&s, OPERATOR, fields, "rows"), "ann@Sales 1 60000");
    snprintf(fields, sizeof(fields), "'since_ms':%lld,'before_ms':%lld",
             (long long)ended_ms - 3600000, (long long)ended_ms);
    assert_string_equal(report(&s, OPERATOR, fields, "rows"), "");
    snprintf(fields, sizeof(fields), "'since_ms':%lld", (long long)ended_ms + 1);
    assert_string_equal(report(&s, OPERATOR, fields, "rows"), "ann@Sales 1 1000");
    world_advance(s.w, DAY_MS + 1);
    assert_string_equal(report(&s, OPERATOR, "'since':'1d'", "rows"), "");
    assert_string_equal(report(&s, OPERATOR, "'since':'2d'", "rows"), "ann@Sales 2 61000");
}

/* Once it came to nobody any more, it was in his hands all the same. */
static void a_missed_one_counts_for_who_had_it(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    chat_begin(&s, s.sales_code, s.ann_conn);
    world_advance(s.w, 9000);
    DONE(&s, s.ann_conn, "'do':'conversation.transfer','conversation':'%s','department':'%llu'",
         s.chat, (unsigned long long)s.care);
    DONE(&s, s.visitor, "'do':'chat.end'");
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "ann@Sales 1 9000");
}

static void corrected_time_counts_as_it_stands(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    chat_whole(&s, 8000);
    chat_whole(&s, 5000);
    DONE(&s, s.ann_conn, "'do':'conversation.time','conversation':'%s','seconds':100", s.chat);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "ann@Sales 2 108000/100000");
    assert_string_equal(report(&s, OPERATOR, MONTH, "total"), " 2 108000/100000");
    DONE(&s, s.ann_conn, "'do':'conversation.time','conversation':'%s','seconds':0", s.chat);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "ann@Sales 2 8000/0");
}

/* It goes on as another conversation, which is in nobody's hands until its visitor comes. */
static void what_was_reopened_counts_for_itself(void **state)
{
    struct shop s;

    char first[ID_TEXT];

    shop_open(*state, &s);
    chat_whole(&s, 8000);
    memcpy(first, s.chat, sizeof(first));
    snprintf(s.chat, sizeof(s.chat), "%s",
             ok_text(say(&s, s.ann_conn, "'do':'conversation.reopen','conversation':'%s'", s.chat),
                     "conversation"));
    world_advance(s.w, 50000);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "ann@Sales 1 8000");
    chat_end(&s, s.ann_conn);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "ann@Sales 1 8000");
    DONE(&s, s.ann_conn, "'do':'conversation.time','conversation':'%s','seconds':3", first);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"), "ann@Sales 1 3000/3000");
}

static void who_and_what_is_gone_still_counts(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    chat_handed(&s);
    DONE(&s, OPERATOR, "'do':'agent.remove','agent':'%llu','chats_back':true,'tasks_back':true",
         (unsigned long long)s.ann);
    DONE(&s, OPERATOR,
         "'do':'agent.remove','agent':'%llu','anonymise':true,'chats_back':true,"
         "'tasks_back':true",
         (unsigned long long)s.bob);
    DONE(&s, OPERATOR, "'do':'department.remove','department':'%llu'", (unsigned long long)s.care);
    assert_string_equal(report(&s, OPERATOR, MONTH, "rows"),
                        "ann@Sales 1 30000|Former agent 2@Care 1 12000");
    assert_string_equal(report(&s, s.boss_conn, MONTH, "total"), " 1 42000");
}

/* by whom */

static void one_sees_ones_own_and_who_supervises_his_department(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    chat_handed(&s);
    chat_whole(&s, 8000);
    assert_string_equal(report(&s, s.boss_conn, MONTH, "rows"),
                        "ann@Sales 2 38000|bob@Care 1 12000");
    assert_string_equal(report(&s, s.ann_conn, MONTH, "rows"), "ann@Sales 2 38000");
    assert_string_equal(report(&s, s.ann_conn, MONTH, "total"), " 2 38000");
    assert_string_equal(report(&s, s.bob_conn, MONTH, "total"), " 1 12000");
    DONE(&s, OPERATOR, "'do':'agent.set','agent':'%llu','permissions':'supervise'",
         (unsigned long long)s.bob);
    assert_string_equal(report(&s, s.bob_conn, MONTH, "rows"), "bob@Care 1 12000");
    DONE(&s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu'",
         (unsigned long long)s.sales, (unsigned long long)s.bob);
    assert_string_equal(report(&s, s.bob_conn, MONTH, "total"), " 2 50000");
    DONE(&s, OPERATOR, "'do':'agent.set','agent':'%llu','scope':'own'", (unsigned long long)s.bob);
    assert_string_equal(report(&s, s.bob_conn, MONTH, "total"), " 1 12000");
}

static void it_can_be_of_one_department_or_agent(void **state)
{
    struct shop s;
    char fields[100];

    shop_open(*state, &s);
    chat_handed(&s);
    chat_whole(&s, 8000);
    snprintf(fields, sizeof(fields), MONTH ",'department':'%llu'", (unsigned long long)s.care);
    assert_string_equal(report(&s, OPERATOR, fields, "rows"), "bob@Care 1 12000");
    assert_string_equal(report(&s, OPERATOR, fields, "total"), " 1 12000");
    assert_string_equal(report(&s, s.ann_conn, fields, "total"), " 0 0");
    snprintf(fields, sizeof(fields), MONTH ",'agent':'%llu'", (unsigned long long)s.ann);
    assert_string_equal(report(&s, OPERATOR, fields, "rows"), "ann@Sales 2 38000");
    assert_string_equal(report(&s, s.bob_conn, fields, "rows"), "");
}

/* What one did where one is not any more is one's own; the name of the place is not told again. */
static void own_time_stays_when_one_has_left(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    chat_handed(&s);
    DONE(&s, OPERATOR, "'do':'member.remove','department':'%llu','agent':'%llu'",
         (unsigned long long)s.care, (unsigned long long)s.bob);
    assert_string_equal(report(&s, s.bob_conn, MONTH, "rows"), "bob@ 1 12000");
}

/* A token that was not given `supervise` sees what its agent alone has done. */
static void a_token_sees_what_it_was_given(void **state)
{
    static const struct {
        const char *may, *total;
    } rows[] = {{"reply", "\"conversations\":1,\"ms\":8000"},
                {"reply,supervise", "\"conversations\":2,\"ms\":13000"}};
    struct shop s;

    shop_open(*state, &s);
    chat_whole(&s, 5000);
    DONE(&s, s.ann_conn, "'do':'agent.status','status':'away'");
    DONE(&s, s.boss_conn, "'do':'agent.status','status':'available'");
    chat_begin(&s, s.sales_code, s.boss_conn);
    world_advance(s.w, 8000);
    chat_end(&s, s.boss_conn);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        json_t *a =
            say(&s, OPERATOR, "'do':'token.add','agent':'%llu','name':'Till','permissions':'%s'",
                (unsigned long long)s.boss, rows[i].may);
        const struct sent *reply;
        char auth[100], total[100];

        snprintf(auth, sizeof(auth), "Bearer %s", ok_text(a, "secret"));
        snprintf(total, sizeof(total), "\"total\":{%s", rows[i].total);
        s.w->auth = auth;
        reply = request(s.w, API_GET, "/api/v1/reports/time?since=30d", NULL);
        s.w->auth = NULL;
        assert_int_equal(reply->status, 200);
        if (strstr(reply->text, total) == NULL)
            fail_msg("%s: %s", rows[i].may, reply->text);
    }
}

/* refused */

static void what_cannot_be_asked_is_refused_by_name(void **state)
{
    struct shop s;
    char late[60], turned[80], much[60], most[80];
    struct {
        const char *fields, *field, *reason;
    } rows[] = {
        {"'before_ms':1", "since", "needed"},
        {"'since_ms':1,'since':'1d'", "since", "twice"},
        {"'since':'1d','before':'1d','before_ms':1", "before", "twice"},
        {"'since':'2d','before':'2d'", "before", "report-backwards"},
        {"'since':'2026-13-01'", "since", "search-day"},
        {"'since':'today'", "since", "search-day"},
        {"'since':'2d','format':'xls'", "format", "word"},
        {late, "since_ms", "report-future"},
        {turned, "before_ms", "report-backwards"},
        {much, "since_ms", "report-long"},
        {"'since':'367d'", "since", "report-long"},
    };

    shop_open(*state, &s);
    snprintf(late, sizeof(late), "'since_ms':%lld", (long long)s.w->now_ms + 1);
    snprintf(turned, sizeof(turned), "'since_ms':%lld,'before_ms':%lld", (long long)s.w->now_ms - 5,
             (long long)s.w->now_ms - 5);
    snprintf(much, sizeof(much), "'since_ms':%lld",
             (long long)s.w->now_ms - 366 * DAY_MS - HOUR_MS);
    snprintf(most, sizeof(most), "'since_ms':%lld,'before_ms':%lld",
             (long long)s.w->now_ms - 366 * DAY_MS, (long long)s.w->now_ms + 5 * DAY_MS);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const json_t *e =
            json_object_get(say(&s, s.ann_conn, "'do':'report.time',%s", rows[i].fields), "error");

        print_message("  %s\n", rows[i].fields);
        assert_string_equal(json_string_value(json_object_get(e, "code")), "invalid");
        assert_string_equal(json_string_value(json_object_get(e, "field")), rows[i].field);
        assert_string_equal(json_string_value(json_object_get(e, "reason")), rows[i].reason);
    }
    assert_string_equal(report(&s, s.ann_conn, most, "rows"), "");
}

/* in slices */

#define MANY 300 /* more than are looked at in one transaction */

static void many_come_to_the_sum_of_what_each_says(void **state)
{
    struct shop s;
    long long sum = 0;
    char total[60];

    shop_open(*state, &s);
    for (int i = 0; i < MANY; i++) {
        chat_whole(&s, 100 + i);
        sum += 100 + i;
        sent_forget(s.w);
        world_advance(s.w, 10 * 60000); /* so many do not come at once */
    }
    snprintf(total, sizeof(total), " %d %lld", MANY, sum);
    assert_string_equal(report(&s, OPERATOR, "'since':'30d'", "total"), total);
}

static void begin(struct shop *s, uint64_t conn)
{
    tell(s->w, conn, "{'id':'b%u','do':'report.time'," MONTH "}", ++number);
    world_run(s->w);
}

/* What a right gave is not told when it is gone before the answer. */
static void rights_that_change_meanwhile_are_seen(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    DONE(&s, OPERATOR, "'do':'agent.set','agent':'%llu','permissions':'supervise'",
         (unsigned long long)s.bob);
    s.bob_conn = world_ready(s.w, s.bob_cookie);
    s.w->jobs_stopped = true;
    begin(&s, s.bob_conn);
    DONE(&s, OPERATOR, "'do':'agent.set','agent':'%llu','permissions':''",
         (unsigned long long)s.bob);
    sent_forget(s.w);
    s.w->jobs_stopped = false;
    world_run(s.w);
    assert_non_null(sent_find(s.w, s.bob_conn, "\"reason\":\"report-busy\""));
}

static void one_is_made_at_a_time_and_not_for_who_is_gone(void **state)
{
    struct shop s;

    shop_open(*state, &s);
    s.w->jobs_stopped = true;
    begin(&s, s.ann_conn);
    begin(&s, s.bob_conn);
    assert_int_equal(s.w->njobs, 1);
    for (int i = 0; i < REPORTS_MAX - 1; i++)
        begin(&s, s.boss_conn);
    assert_null(sent_find(s.w, s.boss_conn, "report-busy"));
    begin(&s, s.boss_conn);
    assert_non_null(sent_find(s.w, s.boss_conn, "\"reason\":\"report-busy\""));
    api_on_gone(s.w->api, s.ann_conn);
    api_on_gone(s.w->api, s.bob_conn);
    sent_forget(s.w);
    s.w->jobs_stopped = false;
    world_run(s.w);
    assert_int_equal(sent_count(s.w, s.boss_conn, "\"total\":"), REPORTS_MAX - 1);
    assert_null(sent_find(s.w, s.ann_conn, "\"total\":"));
    assert_null(sent_find(s.w, s.bob_conn, "\"total\":"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(each_part_counts_for_its_agent_where_he_had_it),
        T(a_conversation_counts_once_in_a_total),
        T(it_counts_when_it_has_ended),
        T(a_missed_one_counts_for_who_had_it),
        T(corrected_time_counts_as_it_stands),
        T(what_was_reopened_counts_for_itself),
        T(who_and_what_is_gone_still_counts),
        T(one_sees_ones_own_and_who_supervises_his_department),
        T(it_can_be_of_one_department_or_agent),
        T(own_time_stays_when_one_has_left),
        T(a_token_sees_what_it_was_given),
        T(what_cannot_be_asked_is_refused_by_name),
        T(many_come_to_the_sum_of_what_each_says),
        T(rights_that_change_meanwhile_are_seen),
        T(one_is_made_at_a_time_and_not_for_who_is_gone),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
