/*
 * What somebody may not see he does not come to know by asking: every command that agents have, and
 * every route, for every kind of agent, is answered as if what is secret were not there.  A command
 * without a row fails.  What is told live is in api_sight_live_test.c.
 */
#include "api_sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/api/api_int.h"

static void what_is_secret_is_answered_as_if_it_were_not_there(void **state)
{
    struct scene s;
    unsigned leaks = 0;

    scene_open(*state, &s);
    for (size_t k = 0; k < sight_kinds_count; k++) {
        outsider_becomes(&s, sight_kinds[k]);
        for (size_t i = 0; i < sight_rows_count; i++)
            for (size_t chat = 0; chat < chats_of(&sight_rows[i]); chat++)
                leaks += row_shows(&s, s.out_conn, &sight_rows[i], chat);
    }
    assert_int_equal(leaks, 0);
}

/* The same over HTTP: every route that agents have, with the arguments of its command's rows. */

static unsigned route_shows(struct scene *s, const struct route *rt, const struct row *row)
{
    char *there = reply_of(s, rt, row, 0, true), *absent = reply_of(s, rt, row, 0, false);
    unsigned leaks = 0;

    if (there != NULL) {
        hide_ids(s, there, 0);
        hide_clock(there);
        hide_clock(absent);
        leaks =
            strcmp(there, absent) != 0 || (says_hush(there) && strstr(row->args, "hush") == NULL);
        if (leaks != 0)
            print_message("%s %s:\n  %s\nelse\n  %s\n", rt->path, row->args, there, absent);
    }
    free(there);
    free(absent);
    return leaks;
}

static unsigned routes_show(struct scene *s)
{
    unsigned leaks = 0, tried = 0;

    for (const struct route *rt = route_first(); rt->path != NULL; rt++)
        for (size_t i = 0; (rt->as & AS_AGENT) != 0 && i < sight_rows_count; i++)
            if (rt->word != NULL && strcmp(rt->word, sight_rows[i].verb) == 0) {
                leaks += route_shows(s, rt, &sight_rows[i]);
                tried++;
            }
    assert_true(tried > 100);
    return leaks;
}

static void no_route_shows_what_is_secret(void **state)
{
    char words[300];
    unsigned leaks;
    struct scene s;
    struct key key;

    scene_open(*state, &s);
    outsider_becomes(&s, sight_kinds[4]);
    s.w->cookie = s.out_cookie;
    leaks = routes_show(&s);
    s.w->cookie = NULL;
    key_make(&s, s.out, permissions_of(&s, s.out, 0, words), &key);
    s.w->auth = key.auth;
    leaks += routes_show(&s);
    s.w->auth = NULL;
    assert_int_equal(leaks, 0);
}

/* Within one's own department: what a colleague has, for who sees his own and the unassigned. */

/* Those that are his, and not among what nobody has. */
static bool says_colleagues(const struct scene *s, const char *text)
{
    static const char *const words[] = {"hush hush", "hush note", "hushtag",
                                        "hush task", "hush pool", "hush reason"};
    const char *const ids[] = {s->chats[0], s->chats[1], s->chats[3], s->task, s->pool, s->block};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strstr(text, words[i]) != NULL || strstr(text, ids[i]) != NULL)
            return true;
    return false;
}

static unsigned colleagues_shows(struct scene *s, const struct row *row, size_t chat)
{
    static const char *const holes[] = {"$C", "$T", "$U", "$B"};
    char *there = answer_of(s, s->out_conn, row, chat, true);
    char *absent = answer_of(s, s->out_conn, row, chat, false);
    bool same = false;
    unsigned leaks;

    for (size_t i = 0; i < COUNT_OF(holes); i++)
        same = same || strstr(row->args, holes[i]) != NULL;
    hide_ids(s, there, chat);
    leaks = (says_colleagues(s, there) && strstr(row->args, "hushtag") == NULL) ||
            (same && strcmp(there, absent) != 0);
    if (leaks != 0)
        print_message("%s %s (%zu):\n  %s\nelse\n  %s\n", row->verb, row->args, chat, there,
                      absent);
    free(there);
    free(absent);
    return leaks;
}

static void what_colleagues_have_is_not_for_who_sees_his_own(void **state)
{
    static const char *const own[] = {
        "'role':'agent','scope':'own','permissions':'block,see_ip,canned,supervise,export'",
        "'role':'custom','scope':'own','permissions':'reply,assign,end,share,block,see_ip,note,"
        "transfer,canned,supervise,export'"};
    struct scene s;
    unsigned leaks = 0;

    scene_open(*state, &s);
    say(&s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu','chat':false",
        (unsigned long long)s.hush, (unsigned long long)s.out);
    for (size_t k = 0; k < COUNT_OF(own); k++) {
        outsider_becomes(&s, own[k]);
        for (size_t i = 0; i < sight_rows_count; i++) {
            /* What is for everybody in the department, or changes it. */
            if (strncmp(sight_rows[i].verb, "canned.", 7) == 0 &&
                strstr(sight_rows[i].args, "$C") == NULL)
                continue;
            for (size_t chat = 0; chat < chats_of(&sight_rows[i]); chat++)
                leaks += chat != 2 ? colleagues_shows(&s, &sight_rows[i], chat) : 0;
        }
    }
    assert_int_equal(leaks, 0);
}

/* A colleague of two departments: how long somebody waits for him in the other one is its alone. */
static void the_floor_tells_of_ones_own_departments(void **state)
{
    struct scene s;
    char *text;

    scene_open(*state, &s);
    say(&s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu'",
        (unsigned long long)s.sales, (unsigned long long)s.hush1);
    say(&s, s.hana, "'do':'chat.send','text':'hush, says the visitor'");
    outsider_becomes(&s, sight_kinds[4]);
    text = answer_of(&s, s.out_conn, &(struct row){"floor.show", "", 0}, 0, true);
    assert_non_null(strstr(text, "Agent hush1"));
    assert_null(strstr(text, "waits_since_ms"));
    assert_null(strstr(text, "Hushana"));
    free(text);
    text = answer_of(&s, s.hush_conn, &(struct row){"floor.show", "", 0}, 0, true);
    assert_non_null(strstr(text, "waits_since_ms"));
    free(text);
}

/* Else the test above would say nothing. */
static void a_member_sees_it_by_the_same_ways(void **state)
{
    struct scene s;
    unsigned blind = 0;

    scene_open(*state, &s);
    for (size_t i = 0; i < sight_rows_count; i++) {
        char *text;

        if ((sight_rows[i].flags & SHOWS) == 0)
            continue;
        text = answer_of(&s, s.hush_conn, &sight_rows[i],
                         strncmp(sight_rows[i].verb, "mail", 4) == 0 ? 2 : 0, true);
        if (!says_hush(text)) {
            print_message("%s %s: %s\n", sight_rows[i].verb, sight_rows[i].args, text);
            blind++;
        }
        free(text);
    }
    assert_int_equal(blind, 0);
}

static void every_command_has_a_row(void **state)
{
    const struct api_word *words;
    size_t n = api_words(&words);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        size_t r = 0;

        while (r < sight_rows_count && strcmp(sight_rows[r].verb, words[i].word) != 0)
            r++;
        if (words[i].agent && r == sight_rows_count)
            fail_msg("%s: what does it tell to whom it is not for?", words[i].word);
    }
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_a_row),
        T(a_member_sees_it_by_the_same_ways),
        T(what_is_secret_is_answered_as_if_it_were_not_there),
        T(no_route_shows_what_is_secret),
        T(the_floor_tells_of_ones_own_departments),
        T(what_colleagues_have_is_not_for_who_sees_his_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
