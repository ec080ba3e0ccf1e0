/* Searching over the wire: who finds what, filters, pages, and what is refused. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>

#define CHATS 9

struct team {
    uint64_t depts[2], agents[4], conns[4];
    char codes[2][CODE_TEXT], cookies[4][64], chats[CHATS][ID_TEXT];
    uint64_t visitors[CHATS];
};

static unsigned asked;

static bool is_ok(const json_t *answer)
{
    return error_of(answer)[0] == '\0';
}

static json_t *rows_of(json_t *answer)
{
    json_t *rows = json_object_get(json_object_get(answer, "ok"), "rows");

    if (!json_is_array(rows))
        fail_msg("no rows: %s", error_of(answer));
    return rows;
}

static json_t *row_at(json_t *answer, size_t i)
{
    json_t *row = json_array_get(rows_of(answer), i);

    assert_non_null(row);
    return row;
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    assert_non_null(text);
    return text;
}

static json_t *find(struct world *w, uint64_t conn, const char *fields)
{
    return ask(w, conn, "{'id':'find%u','do':'search',%s}", ++asked, fields);
}

/* Their numbers in the order in which they come: "7 3". */
static const char *numbers(json_t *answer)
{
    static char out[400];
    size_t i, len = 0;
    json_t *row;

    out[0] = '\0';
    json_array_foreach (rows_of(answer), i, row)
        len += (size_t)snprintf(
            out + len, sizeof(out) - len, "%s%lld", len > 0 ? " " : "",
            (long long)json_integer_value(json_object_get(json_object_get(row, "head"), "number")));
    return out;
}

/* Its words as they are shown, with those that were found between bars. */
static const char *parts_of(const json_t *row)
{
    static char out[1000];
    size_t i, len = 0;
    json_t *part;

    out[0] = '\0';
    json_array_foreach (json_object_get(row, "parts"), i, part)
        len += (size_t)snprintf(out + len, sizeof(out) - len,
                                json_is_true(json_object_get(part, "hit")) ? "|%s|" : "%s",
                                text_in(part, "text"));
    return out;
}

static void must(const json_t *answer)
{
    if (!is_ok(answer))
        fail_msg("refused: %s", error_of(answer));
}

/*
 * Ann and Bob in Sales, Cleo in Help, Dan who sees all of Sales and cannot write.  Chats 1 to 9, in
 * turns in Sales and Help, taken, ended, missed or waiting.
 */
static void team_come(struct world *w, struct team *t)
{
    static const char *const more[] = {",'capacity':20", ",'capacity':1,'scope':'own'",
                                       ",'capacity':20", ",'role':'light'"};
    static const char *const names[] = {"ann@example.com", "bob@example.com", "cleo@example.com",
                                        "dan@example.com"};

    t->depts[0] = world_dept(w, "Sales", t->codes[0]);
    t->depts[1] = world_dept(w, "Help", t->codes[1]);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        t->agents[i] = world_agent(w, names[i], t->depts[i == 2], more[i], t->cookies[i]);
        t->conns[i] = world_ready(w, t->cookies[i]);
    }
    for (unsigned i = 0; i < CHATS; i++) {
        char token[64];

        w->ip.b[15] = (uint8_t)(10 + i);
        t->visitors[i] = world_ring(w, t->codes[i % 2], t->chats[i], token);
        for (size_t a = 0; a < 3; a++)
            ask(w, t->conns[a], "{'id':'acc%u','do':'offer.accept','conversation':'%s'}", i,
                t->chats[i]);
        must(ask(w, t->visitors[i], "{'id':'say%u','do':'chat.send','text':'marmalade no %u'}", i,
                 i));
        if (i % 3 == 0)
            ask(w, t->visitors[i], "{'id':'end%u','do':'chat.end'}", i);
        world_advance(w, 1000);
    }
}

/* Whatever somebody is, and whatever chats have become: found is exactly what may be read. */
static void found_is_what_may_be_read_and_nothing_else(void **state)
{
    static const char *const roles[] = {
        "'role':'agent','scope':'all'",  "'role':'agent','scope':'own'",
        "'role':'agent','scope':'team'", "'role':'light','scope':'all'",
        "'role':'custom','scope':'own'", "'role':'admin'",
    };
    struct world *w = *state;
    struct team t = {0};
    unsigned all = 0;

    team_come(w, &t);
    world_indexed(w);
    for (size_t who = 0; who < 4; who++)
        for (size_t r = 0; r < COUNT_OF(roles); r++) {
            char want[400] = "", set[400];
            size_t len = 0;
            uint64_t conn;
            err_t err;
            json_t *a;

            snprintf(set, sizeof(set), "{'id':'set%u','do':'agent.set','agent':'%llu',%s}", ++asked,
                     (unsigned long long)t.agents[who], roles[r]);
            must(operator_ask(w, "%s", set));
            conn = agent_conn(w, t.cookies[who], &err);
            assert_int_equal(err, ERR_OK);
            for (unsigned i = CHATS; i-- > 0;) {
                a = ask(w, conn, "{'id':'r%u','do':'conversation.read','conversation':'%s'}",
                        ++asked, t.chats[i]);
                if (is_ok(a))
                    len += (size_t)snprintf(want + len, sizeof(want) - len, "%s%u",
                                            len > 0 ? " " : "", i + 1);
            }
            a = find(w, conn, "'text':'marmalade'");
            if (strcmp(numbers(a), want) != 0)
                fail_msg("%zu as %s: %s, and not %s", who, roles[r], numbers(a), want);
            assert_true(json_is_null(json_object_get(json_object_get(a, "ok"), "cursor")));
            a = find(w, conn, "'text':'marmalade','order':'relevance'");
            assert_string_equal(numbers(a), want);
            a = find(w, conn, "'text':'since:30d'"); /* without a word */
            assert_string_equal(numbers(a), want);
            all += strcmp(want, "9 8 7 6 5 4 3 2 1") == 0;
        }
    assert_int_equal(all, 4); /* for administrators */
}

static void a_hit_is_shown_in_its_line(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    json_t *a, *row, *line;

    world_chat(w, &c, "");
    must(ask(w, c.vera, "{'id':'s','do':'chat.send','text':'Is gift wrapping free?'}"));
    must(ask(w, c.ann,
             "{'id':'n','do':'conversation.note','conversation':'%s',"
             "'text':'ギフト包装は無料'}",
             c.id));
    world_indexed(w);

    a = find(w, c.ann, "'text':'GIFT wrap'");
    row = row_at(a, 0);
    line = json_object_get(row, "line");
    assert_string_equal(text_in(row, "field"), "line");
    assert_string_equal(text_in(line, "kind"), "message");
    assert_string_equal(text_in(line, "by"), "visitor");
    assert_string_equal(parts_of(row), "Is |gift| |wrap|ping free?");
    assert_true(json_is_false(json_object_get(row, "cut")));
    assert_int_equal(ok_int(a, "took_ms") >= 0, 1);

    row = row_at(find(w, c.ann, "'text':'ｷﾞﾌﾄ包装'"), 0); /* a note, and in other letters */
    assert_string_equal(text_in(json_object_get(row, "line"), "kind"), "note");
    assert_string_equal(parts_of(row), "|ギフト包装|は無料");

    row = row_at(find(w, c.ann, "'text':'vera'"), 0);
    assert_string_equal(text_in(row, "field"), "name");
    assert_string_equal(parts_of(row), "|Vera|");
    assert_null(json_object_get(row, "line"));

    row = row_at(find(w, c.ann, "'text':'agent:me'"), 0);
    assert_null(json_object_get(row, "field"));
    assert_string_equal(parts_of(row), "");
    assert_string_equal(numbers(find(w, c.ann, "'text':'nowhere'")), "");
}

static void filters_say_what_they_are_said_to(void **state)
{
    static const struct {
        const char *fields, *numbers;
    } rows[] = {
        {"'text':'marmalade state:ended'", "7 4 1"},
        {"'text':'marmalade','state':'open'", "9 8 6 5 3 2"},
        {"'text':'state:ACTIVE no'", "9 8 6 5 3 2"},
        {"'state':'missed'", ""},
        {"'text':'department:sales'", "9 7 5 3 1"},
        {"'text':'department:hel marmalade'", "8 6 4 2"},
        {"'text':'agent:cleo@example.com state:ended'", "4"},
        {"'text':'agent:\\\"agent cleo\\\"'", "8 6 4 2"},
        {"'contact':'vera','text':'\\\"no 3\\\"'", "4"},
        {"'contact':'vera@example','state':'ended'", "7 4 1"},
        {"'contact':'marmalade'", ""},
        {"'text':'contact:vera \\\"no 5\\\"'", "6"},
        {"'rating':5", "1"},
        {"'text':'rating:4'", ""},
        {"'text':'before:2000-01-01'", ""},
        {"'text':'since:2027-01-15 \\\"no 2\\\"'", "3"}, /* the world's day, in the portal's zone */
        {"'text':'before:2027/01/15'", ""},
        {"'text':'marmalade','max':2", "9 8"},
        {"'text':'marmalade -3 -5 -7'", "9 7 5 3 2 1"},
    };
    struct world *w = *state;
    struct team t = {0};
    json_t *a;

    team_come(w, &t);
    a = ask(w, t.visitors[0], "{'id':'rate','do':'chat.feedback','rating':5}");
    must(a);
    world_indexed(w);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *found;

        a = ask(w, OPERATOR, "{'id':'f%u','do':'search',%s}", ++asked, rows[i].fields);
        found = is_ok(a) ? numbers(a) : error_of(a);
        print_message("  %s: %s\n", rows[i].fields, found);
        assert_string_equal(found, rows[i].numbers);
    }
    a = ask(w, OPERATOR, "{'id':'bounds','do':'search','since_ms':%lld,'before_ms':%lld}",
            (long long)(w->now_ms - 3500), (long long)(w->now_ms - 1500));
    assert_string_equal(numbers(a), "8 7");
}

/* Its count, or -1 where it has none. */
static int64_t view_count(struct world *w, uint64_t conn, const char *view)
{
    json_t *a = ask(w, conn, "{'id':'v%u','do':'view.show','view':'%s'}", ++asked, view);
    json_t *count = json_object_get(json_object_get(json_object_get(a, "ok"), "view"), "count");

    must(a);
    return count != NULL ? json_integer_value(count) : -1;
}

static void a_saved_search_finds_what_its_fields_would_for_each(void **state)
{
    static const struct {
        const char *fields;
        const char *found; /* for the operator */
        const char *anns;  /* who is in Sales alone */
        int64_t count;     /* for Ann; -1: nobody knows it */
    } rows[] = {
        {"'text':'marmalade'", "9 8 7 6 5 4 3 2 1", "9 7 5 3 1", -1},
        {"'text':'marmalade -3','state':'ended'", NULL, NULL, -1},
        {"'contact':'vera','since_days':1", NULL, NULL, -1},
        {"'state':'open'", NULL, NULL, 0},
        {"'state':'active'", NULL, NULL, 0},
        {"'state':'active','since_days':1", NULL, NULL, -1},
        {"'rating':5", "1", "1", -1},
    };
    struct world *w = *state;
    struct team t = {0};
    char direct[400];

    team_come(w, &t);
    must(ask(w, t.visitors[0], "{'id':'rate','do':'chat.feedback','rating':5}"));
    world_indexed(w);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        json_t *a = ask(w, OPERATOR,
                        "{'id':'a%u','do':'view.add','name':'v %zu','list':'search',%s,"
                        "'scope':'department','department':'%llu'}",
                        ++asked, i, rows[i].fields, (unsigned long long)t.depts[0]);
        char view[ID_TEXT], field[60];

        must(a);
        snprintf(view, sizeof(view), "%s", text_in(json_object_get(a, "ok"), "view"));
        snprintf(field, sizeof(field), "'view':'%s'", view);
        for (unsigned as = 0; as < 2; as++) {
            uint64_t conn = as == 0 ? OPERATOR : t.conns[0];
            const char *known = as == 0 ? rows[i].found : rows[i].anns;
            int64_t count;

            snprintf(direct, sizeof(direct), "%s", numbers(find(w, conn, rows[i].fields)));
            print_message("  %s: %s\n", rows[i].fields, direct);
            assert_string_equal(numbers(find(w, conn, field)), direct);
            if (known != NULL)
                assert_string_equal(direct, known);
            count = view_count(w, conn, view);
            assert_int_equal(count < 0, rows[i].count < 0);
            if (count >= 0)
                assert_int_equal(count, json_array_size(rows_of(find(w, conn, field))));
        }
        assert_string_equal(error_of(find(w, t.conns[2], field)), "unknown");
    }
}

/* An agent and a department have other names there: whose the view is stands under those. */
static void a_saved_search_is_of_one_agent_and_one_department(void **state)
{
    struct world *w = *state;
    struct team t = {0};
    char view[ID_TEXT], fields[200], direct[400];
    json_t *a;

    team_come(w, &t);
    world_indexed(w);
    for (unsigned i = 0; i < 3; i++) {
        a = ask(w, OPERATOR,
                "{'id':'a%u','do':'view.add','name':'v %u','list':'search','state':'active',"
                "'held_by':'%llu','of':'%llu','scope':'own','agent':'%llu'}",
                ++asked, i, (unsigned long long)t.agents[i], (unsigned long long)t.depts[i == 2],
                (unsigned long long)t.agents[3]);
        snprintf(view, sizeof(view), "%s", text_in(json_object_get(a, "ok"), "view"));
        snprintf(fields, sizeof(fields), "'state':'active','agent':'%llu','department':'%llu'",
                 (unsigned long long)t.agents[i], (unsigned long long)t.depts[i == 2]);
        snprintf(direct, sizeof(direct), "%s", numbers(find(w, OPERATOR, fields)));
        assert_true(direct[0] != '\0');
        a = ask(w, OPERATOR, "{'id':'b%u','do':'search','view':'%s'}", ++asked, view);
        assert_string_equal(numbers(a), direct);
        const size_t n = json_array_size(rows_of(a));
        assert_int_equal(view_count(w, OPERATOR, view), n);
    }
}

static void what_cannot_be_searched_for_is_not_saved(void **state)
{
    static const struct {
        const char *fields, *field;
    } rows[] = {
        {"'list':'search'", "text"},
        {"'list':'search','text':'agent:nobody'", "agent"},
        {"'list':'search','state':'gone','text':'tea'", "state"},
        {"'list':'all','text':'tea'", "text"},
        {"'list':'search','text':'tea','filter':'open'", "filter"},
    };
    struct world *w = *state;
    struct team t = {0};
    char view[ID_TEXT];
    json_t *a;

    team_come(w, &t);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        a = ask(w, t.conns[0], "{'id':'a%u','do':'view.add','name':'v','scope':'own',%s}", ++asked,
                rows[i].fields);
        print_message("  %s\n", rows[i].fields);
        assert_string_equal(error_of(a), "invalid");
        assert_string_equal(text_in(json_object_get(a, "error"), "field"), rows[i].field);
    }
    a = ask(w, t.conns[0],
            "{'id':'l','do':'view.add','name':'v','scope':'own','list':'search','text':'tea'}");
    must(a);
    snprintf(view, sizeof(view), "%s", text_in(json_object_get(a, "ok"), "view"));
    /* Each kind is read by its own command, and what a search asked goes where it is a list. */
    assert_string_equal(
        error_of(ask(w, t.conns[0], "{'id':'r1','do':'list.read','view':'%s'}", view)), "invalid");
    assert_string_equal(
        error_of(ask(w, t.conns[0], "{'id':'r2','do':'search','view':'%s','text':'x'}", view)),
        "invalid");
    must(ask(w, t.conns[0], "{'id':'s1','do':'view.set','view':'%s','list':'mine'}", view));
    assert_string_equal(error_of(ask(w, t.conns[0], "{'id':'r3','do':'search','view':'%s'}", view)),
                        "invalid");
}

static void pages_go_on_where_the_last_one_ended(void **state)
{
    static const char *const orders[] = {"newest", "relevance"};
    struct world *w = *state;
    struct team t = {0};

    team_come(w, &t);
    world_indexed(w);
    for (size_t o = 0; o < COUNT_OF(orders); o++) {
        char seen[100] = "", cursor[60] = "null";
        unsigned pages = 0;

        do {
            json_t *a = ask(w, OPERATOR,
                            "{'id':'p%u','do':'search','text':'marmalade','max':2,'order':'%s',"
                            "'cursor':%s}",
                            ++asked, orders[o], cursor);
            const json_t *next = json_object_get(json_object_get(a, "ok"), "cursor");

            snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s,", numbers(a));
            snprintf(cursor, sizeof(cursor), json_is_string(next) ? "'%s'" : "null",
                     json_is_string(next) ? json_string_value(next) : "");
        } while (strcmp(cursor, "null") != 0 && ++pages < 20);
        assert_string_equal(seen, "9 8,7 6,5 4,3 2,1,");
    }
}

static void by_relevance_what_has_more_in_one_line_goes_first(void **state)
{
    struct world *w = *state;
    struct team t = {0};

    team_come(w, &t);
    must(ask(w, t.visitors[2], "{'id':'x','do':'chat.send','text':'blue'}"));
    must(ask(w, t.visitors[1], "{'id':'x','do':'chat.send','text':'the blue marmalade'}"));
    must(ask(w, t.visitors[8], "{'id':'x','do':'chat.send','text':'too blue'}"));
    world_indexed(w);
    assert_string_equal(
        numbers(ask(w, OPERATOR, "{'id':'n1','do':'search','text':'blue marmalade'}")), "9 3 2");
    assert_string_equal(numbers(ask(w, OPERATOR,
                                    "{'id':'n2','do':'search','text':'blue marmalade',"
                                    "'order':'relevance'}")),
                        "2 9 3");
}

/* In Havana that day begins at one: the clock is put forward at midnight. */
static void a_day_without_a_midnight_can_be_searched_from(void **state)
{
    struct world *w = *state;
    struct team t = {0};

    team_come(w, &t);
    world_indexed(w);
    must(ask(w, OPERATOR, "{'id':'z','do':'portal.set','zone':'America/Havana'}"));
    assert_string_equal(
        numbers(ask(w, OPERATOR, "{'id':'s','do':'search','text':'marmalade since:2026-03-08'}")),
        "9 8 7 6 5 4 3 2 1");
}

static void what_cannot_be_searched_for_is_refused_by_its_field(void **state)
{
    struct world *w = *state;
    struct team t = {0};
    char fields[11000];
    struct {
        const char *fields, *field, *reason;
    } rows[] = {
        {"'text':'a'", "text", "search-short"},
        {"'text':'   '", "text", "search-empty"},
        {"'text':'!!!'", "text", "search-empty"},
        {"'max':3", "text", "search-empty"},
        {fields, "text", "too-long"},
        {"'text':'marmalade','order':'best'", "order", "word"},
        {"'text':'state:gone'", "state", "word"},
        {"'text':'marmalade','state':'gone'", "state", "word"},
        {"'text':'rating:9'", "rating", "word"},
        {"'rating':6", "rating", "range"},
        {"'text':'since:2026-02-30'", "since", "search-day"},
        {"'text':'before:yesterday'", "before", "search-day"},
        {"'text':'since:999999d'", "since", "search-day"},
        {"'text':'agent:nobody'", "agent", "search-nobody"},
        {"'text':'agent:cleo'", "agent", "search-nobody"}, /* is no colleague of hers */
        {"'text':'department:help'", "department", "search-nobody"},
        {"'text':'agent:agent'", "agent", "search-several"},
        {"'contact':'!'", "contact", "empty"},
        {"'text':'contact:\\\"\\\"'", "contact", "empty"},
    };

    team_come(w, &t);
    snprintf(fields, sizeof(fields), "'text':'%010000d'", 7);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const json_t *a =
            ask(w, t.conns[0], "{'id':'bad%u','do':'search',%s}", ++asked, rows[i].fields);
        const json_t *error = json_object_get(a, "error");

        if (error == NULL)
            fail_msg("%.60s was not refused", rows[i].fields);
        if (strcmp(text_in(error, "field"), rows[i].field) != 0 ||
            strcmp(text_in(error, "reason"), rows[i].reason) != 0)
            fail_msg("%.60s: %s %s", rows[i].fields, text_in(error, "field"),
                     text_in(error, "reason"));
    }
}

static void searches_take_turns_and_not_too_many(void **state)
{
    struct world *w = *state;
    struct team t = {0};
    unsigned busy = 0, found = 0, late = 0;

    team_come(w, &t);
    world_indexed(w);
    sent_forget(w);
    w->jobs_stopped = true;
    for (unsigned i = 0; i < 40; i++)
        tell(w, OPERATOR, "{'id':'q%u','do':'search','text':'marmalade'}", i);
    assert_int_equal(w->njobs, 1); /* one at a time */
    w->jobs_stopped = false;
    world_run(w);
    for (unsigned i = 0; i < 40; i++) {
        char id[32];
        const struct sent *s;

        snprintf(id, sizeof(id), "\"re\":\"q%u\"", i);
        s = sent_find(w, OPERATOR, id);
        assert_non_null(s);
        busy += strstr(s->text, "search-busy") != NULL;
        found += strstr(s->text, "\"rows\"") != NULL;
    }
    assert_int_equal(found, 33);
    assert_int_equal(busy, 7);
    for (unsigned i = 0; i < 70; i++)
        late += strcmp(error_of(find(w, t.conns[0], "'text':'marmalade'")), "rate") == 0;
    assert_int_equal(late, 10);
}

/* Between the look into texts and the answer: what may not be read any more is not shown. */
static void a_right_that_goes_while_it_searches_is_gone(void **state)
{
    struct world *w = *state;
    struct team t = {0};
    const struct sent *s;

    team_come(w, &t);
    world_indexed(w);
    for (unsigned rounds = 0; rounds < 3; rounds++) {
        err_t err;
        uint64_t conn;

        operator_ask(w, "{'id':'in%u','do':'member.set','agent':'%llu','department':'%llu'}",
                     rounds, (unsigned long long)t.agents[3], (unsigned long long)t.depts[0]);
        conn = agent_conn(w, t.cookies[3], &err);
        assert_int_equal(err, ERR_OK);
        w->jobs_stopped = true;
        tell(w, conn, "{'id':'gone%u','do':'search','text':'marmalade'}", rounds);
        for (unsigned i = 0; i < rounds; i++) {
            struct job job = w->jobs[0];

            assert_int_equal(w->njobs, 1);
            w->njobs = 0;
            job.fn(job.ctx);
            job.done(job.ctx);
        }
        tell(w, OPERATOR, "{'id':'out%u','do':'member.remove','agent':'%llu','department':'%llu'}",
             rounds, (unsigned long long)t.agents[3], (unsigned long long)t.depts[0]);
        w->jobs_stopped = false;
        world_run(w);
        s = sent_find(w, conn, "\"rows\"");
        assert_non_null(s);
        assert_int_equal(strstr(s->text, "\"rows\":[]") == NULL, rounds == 2);
    }
}

static void the_same_over_http_and_at_the_socket(void **state)
{
    struct world *w = *state;
    struct team t = {0};
    const struct sent *s;
    json_t *a;

    team_come(w, &t);
    world_indexed(w);
    w->cookie = t.cookies[0];
    s = request(w, API_GET, "/api/v1/search?text=marmalade%20state%3Aended&max=1", NULL);
    assert_int_equal(s->status, 200);
    assert_non_null(strstr(s->text, "\"number\":7"));
    s = request(w, API_GET, "/api/v1/search?text=x", NULL);
    assert_int_equal(s->status, 400);
    assert_non_null(strstr(s->text, "search-short"));
    a = operator_ask(w, "{'id':'st','do':'status'}");
    a = json_object_get(json_object_get(a, "ok"), "search");
    assert_true(json_is_false(json_object_get(a, "behind")));
    assert_string_equal(text_in(a, "trouble"), "none");
    w->cookie = NULL;
    assert_int_equal(request(w, API_GET, "/api/v1/search?text=marmalade", NULL)->status, 401);
}

#define T(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(found_is_what_may_be_read_and_nothing_else),
        T(a_hit_is_shown_in_its_line),
        T(filters_say_what_they_are_said_to),
        T(a_saved_search_finds_what_its_fields_would_for_each),
        T(a_saved_search_is_of_one_agent_and_one_department),
        T(what_cannot_be_searched_for_is_not_saved),
        T(pages_go_on_where_the_last_one_ended),
        T(by_relevance_what_has_more_in_one_line_goes_first),
        T(a_day_without_a_midnight_can_be_searched_from),
        T(what_cannot_be_searched_for_is_refused_by_its_field),
        T(searches_take_turns_and_not_too_many),
        T(a_right_that_goes_while_it_searches_is_gone),
        T(the_same_over_http_and_at_the_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
