/*
 * Sight that changes, and ways that show the same thing twice: who has lost sight of what he saw
 * and followed sees and hears no more of it, in files that were begun before either; a file has
 * what its reader's console has; a view that others share counts what its reader sees; and the
 * metrics, which anybody at their addresses reads, name nothing.
 */
#include "api_sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void member(struct scene *s, const char *verb)
{
    const uint64_t depts[] = {s->hush, s->priv};

    for (size_t i = 0; i < COUNT_OF(depts); i++)
        say(s, OPERATOR, "'do':'%s','department':'%llu','agent':'%llu'", verb,
            (unsigned long long)depts[i], (unsigned long long)s->out);
}

/* All that shows something is followed, read and exported by then, over the same connection. */
static void who_lost_sight_is_answered_as_if_it_were_not_there(void **state)
{
    struct scene s;
    unsigned leaks = 0, seen = 0;

    scene_open(*state, &s);
    for (size_t k = 4; k < sight_kinds_count; k++) {
        member(&s, "member.set");
        outsider_becomes(&s, sight_kinds[k]);
        for (size_t i = 0; i < sight_rows_count; i++)
            if ((sight_rows[i].flags & SHOWS) != 0) {
                char *text = answer_of(&s, s.out_conn, &sight_rows[i], 0, true);

                seen += says_hush(text);
                free(text);
            }
        member(&s, "member.remove");
        for (size_t i = 0; i < sight_rows_count; i++)
            for (size_t chat = 0; chat < chats_of(&sight_rows[i]); chat++)
                leaks += row_shows(&s, s.out_conn, &sight_rows[i], chat);
    }
    assert_true(seen > 100);
    assert_int_equal(leaks, 0);
}

static void nor_hears_of_it_any_more(void **state)
{
    static const char *const topics[] = {"'topic':'me'",
                                         "'topic':'list','list':'all'",
                                         "'topic':'list','list':'completed'",
                                         "'topic':'floor'",
                                         "'topic':'tasks'",
                                         "'topic':'list','list':'blocked'"};
    struct scene s;
    unsigned leaks = 0;
    char task[ID_TEXT];

    scene_open(*state, &s);
    member(&s, "member.set");
    outsider_becomes(&s, sight_kinds[4]);
    for (size_t i = 0; i < COUNT_OF(topics); i++)
        say(&s, s.out_conn, "'do':'subscribe',%s", topics[i]);
    for (size_t i = 0; i < CHATS; i++)
        say(&s, s.out_conn, "'do':'subscribe','topic':'conversation','conversation':'%s'",
            s.chats[i]);
    member(&s, "member.remove");
    world_advance(s.w, 3000);
    sent_forget(s.w);
    for (int round = 0; round < 2; round++) {
        if (round == 1)
            member(&s, "member.set"); /* else silence would say nothing */
        say(&s, s.hush_conn, "'do':'chat.send','conversation':'%s','text':'hush'", s.chats[0]);
        say(&s, s.hush_conn, "'do':'chat.typing','conversation':'%s'", s.chats[0]);
        say(&s, s.hana, "'do':'chat.send','text':'hush, says the visitor'");
        keep(say(&s, s.hush_conn, "'do':'task.add','conversation':'%s','title':'hush','agent':null",
                 s.chats[0]),
             "task", task);
        say(&s, s.hush_conn, "'do':'conversation.note','conversation':'%s','text':'hush'",
            s.chats[1]);
        world_advance(s.w, 3000);
        for (size_t i = 0; round == 0 && i < s.w->nsent; i++)
            if (s.w->sent[i].conn == s.out_conn && s.w->sent[i].text != NULL) {
                print_message("%s\n", s.w->sent[i].text);
                leaks++;
            }
    }
    assert_int_equal(leaks, 0);
    assert_true(sent_count(s.w, s.out_conn, "hush") > 0);
}

/* A file says of a chat what the console says, to the word: what it may, addresses and lines. */
static void a_file_has_what_its_readers_console_has(void **state)
{
    static const struct row read = {"conversation.read", "'conversation':'$C'", 0};
    static const struct row file = {"conversation.export", "'conversation':'$C'", 0};
    struct scene s;
    unsigned more = 0, files = 0;

    scene_open(*state, &s);
    member(&s, "member.set");
    for (size_t k = 0; k < sight_kinds_count; k++) {
        outsider_becomes(&s, sight_kinds[k]);
        for (size_t chat = 0; chat < CHATS; chat++) {
            char *shown = answer_of(&s, s.out_conn, &read, chat, true);
            char *kept = answer_of(&s, s.out_conn, &file, chat, true);
            json_t *a = answer_opened(kept), *b = json_loads(shown, 0, NULL), *in;

            in = json_array_get(json_object_get(json_object_get(a, "ok"), "text"), 0);
            files += in != NULL;
            more += in != NULL ? answer_more_than(in, "", b) : 0;
            json_decref(a);
            json_decref(b);
            free(shown);
            free(kept);
        }
    }
    assert_true(files > 12);
    assert_int_equal(more, 0);
}

/* Handed on, and taken by nobody yet: whoever did it sees it, and may not take it away. */
static void what_one_only_sees_is_in_no_file(void **state)
{
    static const struct row files[] = {
        {"conversation.export", "'conversations':['$C'],'format':'json','last':true", 0},
        {"conversation.export", "'conversations':['$C'],'format':'csv','last':true", 0}};
    static const struct row read = {"conversation.read", "'conversation':'$C'", 0};
    struct scene s;
    char *text;

    scene_open(*state, &s);
    outsider_becomes(&s, sight_kinds[4]);
    say(&s, s.out_conn, "'do':'agent.status','status':'available'");
    hush_ring(&s, s.sales_code, s.chats[0]);
    say(&s, s.out_conn, "'do':'offer.accept','conversation':'%s'", s.chats[0]);
    for (int handed = 0; handed <= 1; handed++) {
        for (size_t i = 0; i < COUNT_OF(files); i++) {
            text = answer_of(&s, s.out_conn, &files[i], 0, true);
            assert_int_equal(says_hush(text), !handed);
            free(text);
        }
        if (!handed)
            say(&s, s.out_conn,
                "'do':'conversation.transfer','conversation':'%s','department':'%llu'", s.chats[0],
                (unsigned long long)s.priv);
    }
    text = answer_of(&s, s.out_conn, &read, 0, true);
    assert_true(says_hush(text));
    free(text);
}

/* A name in a question's words is looked for among what the asker knows of. */
static void a_secret_name_is_nobodys(void **state)
{
    static const struct row rows[] = {{"search", "'text':'agent:hush1'", 0},
                                      {"search", "'text':'department:hushpriv'", 0}};
    struct scene s;

    scene_open(*state, &s);
    outsider_becomes(&s, sight_kinds[4]);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *none = answer_of(&s, s.out_conn, &rows[i], 0, true);
        char *found = answer_of(&s, s.hush_conn, &rows[i], 0, true);

        assert_non_null(strstr(none, "search-nobody"));
        assert_non_null(strstr(found, "\"ok\""));
        free(none);
        free(found);
    }
}

static json_int_t number_of(struct scene *s, const char *words, const char *in, const char *key)
{
    json_t *ok = json_object_get(say(s, s->out_conn, "%s", words), "ok");

    if (in != NULL)
        ok = json_object_get(ok, in);
    if (strcmp(key, "rows") == 0)
        return (json_int_t)json_array_size(json_object_get(ok, key));
    return json_integer_value(json_object_get(ok, key));
}

/* Made by an operator, who sees all. */
static void a_shared_view_counts_what_its_reader_sees(void **state)
{
    struct scene s;
    char show[80], list[80];
    json_int_t all = 0, least = 100;

    scene_open(*state, &s);
    member(&s, "member.set");
    snprintf(show, sizeof(show), "'do':'view.show','view':'%s'", s.view);
    snprintf(list, sizeof(list), "'do':'list.read','view':'%s'", s.view);
    for (size_t k = 0; k < sight_kinds_count; k++) {
        json_int_t n;

        outsider_becomes(&s, sight_kinds[k]);
        n = number_of(&s, show, "view", "count");
        assert_int_equal(n, number_of(&s, list, NULL, "rows"));
        assert_int_equal(n, number_of(&s, list, NULL, "count"));
        all = n > all ? n : all;
        least = n < least ? n : least;
    }
    assert_int_equal(all, CHATS);
    assert_true(least < all);
}

/* Numbers alone, and the states of mails. */
static void metrics_name_nothing(void **state)
{
    static const struct ipprefix all;
    static const struct api_config conf = {
        .version = "0.1.0", .metrics_from = &all, .nmetrics_from = 1};
    struct scene s;
    const struct sent *reply;
    char *line, *rest;

    scene_open(*state, &s);
    api_configure(s.w->api, &conf);
    reply = request(s.w, API_GET, "/metrics", NULL);
    assert_int_equal(reply->status, 200);
    assert_false(says_hush(reply->text));
    for (line = strtok_r(reply->text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (line[0] != '#') {
            const char *label = strchr(line, '{'), *value = strrchr(line, ' ');

            assert_non_null(value);
            assert_int_equal(strspn(value + 1, "0123456789.e+-"), strlen(value + 1));
            if (label != NULL && strncmp(label, "{state=\"", 8) != 0)
                fail_msg("%s: who may read what it is about?", line);
        }
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(who_lost_sight_is_answered_as_if_it_were_not_there),
        T(nor_hears_of_it_any_more),
        T(a_file_has_what_its_readers_console_has),
        T(what_one_only_sees_is_in_no_file),
        T(a_secret_name_is_nobodys),
        T(a_shared_view_counts_what_its_reader_sees),
        T(metrics_name_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
