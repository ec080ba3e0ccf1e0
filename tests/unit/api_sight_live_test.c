/*
 * What somebody may not see he does not come to know by listening: whoever follows everything that
 * he may follow hears nothing of what is done where he is no member.
 */
#include "api_sight.h"

#include <stdio.h>
#include <string.h>

static void follow_all(struct scene *s, uint64_t conn)
{
    static const char *const lists[] = {"all",     "mine",      "unassigned", "completed", "missed",
                                        "blocked", "to-answer", "answered",   "put-away"};
    static const char *const topics[] = {"me", "floor", "tasks"};

    for (size_t i = 0; i < COUNT_OF(topics); i++)
        ask(s->w, conn, "{'id':'f%u','do':'subscribe','topic':'%s'}", ++s->number, topics[i]);
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        ask(s->w, conn, "{'id':'f%u','do':'subscribe','topic':'list','list':'%s'}", ++s->number,
            lists[i]);
    for (size_t i = 0; i < CHATS; i++)
        ask(s->w, conn, "{'id':'f%u','do':'subscribe','topic':'conversation','conversation':'%s'}",
            ++s->number, s->chats[i]);
}

/* A chat from its ring to its end in the secret department, and all that can be done about it. */
static void hush_day(struct scene *s)
{
    char chat[ID_TEXT], task[ID_TEXT], missed[ID_TEXT], canned[ID_TEXT];
    uint64_t visitor, lost;

    hush_chat(s, chat, &visitor);
    say(s, visitor, "'do':'chat.send','text':'hush, says the visitor'");
    say(s, visitor, "'do':'chat.typing'");
    say(s, s->hush_conn, "'do':'chat.typing','conversation':'%s'", chat);
    say(s, s->hush_conn, "'do':'draft.save','conversation':'%s','kind':'note','text':'hush'", chat);
    keep(say(s, s->hush_conn,
             "'do':'task.add','conversation':'%s','title':'hush live','agent':null,'due_ms':%lld",
             chat, (long long)s->w->now_ms + 5000),
         "task", task);
    say(s, s->hush_conn, "'do':'task.set','task':'%s','agent':'%llu'", task,
        (unsigned long long)s->hush1);
    world_advance(s->w, 6000);
    say(s, s->hush_conn, "'do':'task.done','task':'%s'", task);
    say(s, s->hush_conn, "'do':'task.remove','task':'%s'", task);
    say(s, s->hush_conn, "'do':'conversation.untag','conversation':'%s','tag':'hushtag'", chat);
    say(s, s->hush_conn, "'do':'conversation.transfer','conversation':'%s','department':'%llu'",
        chat, (unsigned long long)s->priv);
    say(s, s->hush_conn, "'do':'conversation.take-back','conversation':'%s'", chat);
    say(s, s->hush_conn, "'do':'chat.end','conversation':'%s'", chat);
    say(s, visitor, "'do':'chat.feedback','rating':1,'comment':'hush'");
    say(s, s->hush_conn, "'do':'conversation.mail','conversation':'%s','text':'hush'", chat);
    say(s, s->hush_conn, "'do':'agent.status','status':'away'");
    lost = hush_ring(s, s->hush_code, missed);
    say(s, lost, "'do':'chat.end'");
    say(s, s->hush_conn, "'do':'conversation.box','conversation':'%s','box':'put-away'", missed);
    say(s, s->hush_conn, "'do':'agent.status','status':'available'");
    keep(say(s, s->hush_conn,
             "'do':'canned.add','scope':'department','department':'%llu','title':'hush',"
             "'text':'hush'",
             (unsigned long long)s->hush),
         "canned", canned);
    say(s, s->hush_conn, "'do':'canned.remove','canned':'%s'", canned);
    say(s, OPERATOR, "'do':'department.set','department':'%llu','queue_max':%u",
        (unsigned long long)s->hush, 10 + s->number % 100);
    say(s, OPERATOR, "'do':'agent.set','agent':'%llu','phone':'hush%u'",
        (unsigned long long)s->hush1, s->number);
    world_advance(s->w, 3000);
}

static void what_is_secret_is_told_to_nobody_else(void **state)
{
    struct scene s;
    unsigned leaks = 0;

    scene_open(*state, &s);
    for (size_t k = 0; k < sight_kinds_count; k++) {
        struct key key;
        char words[300];
        uint64_t program;

        outsider_becomes(&s, sight_kinds[k]);
        key_make(&s, s.out, permissions_of(&s, s.out, 0, words), &key);
        program = key_conn(&s, &key);
        follow_all(&s, s.out_conn);
        follow_all(&s, program);
        world_advance(s.w, 3000);
        sent_forget(s.w);
        hush_day(&s);
        for (size_t i = 0; i < s.w->nsent; i++)
            if ((s.w->sent[i].conn == s.out_conn || s.w->sent[i].conn == program) &&
                s.w->sent[i].text != NULL) {
                print_message("%s\n", s.w->sent[i].text);
                leaks++;
            }
        key_end(&s, &key);
    }
    assert_int_equal(leaks, 0);
    /* Else that would say nothing: as a member he hears of all of it. */
    say(&s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu'",
        (unsigned long long)s.hush, (unsigned long long)s.out);
    outsider_becomes(&s, sight_kinds[1]);
    follow_all(&s, s.out_conn);
    sent_forget(s.w);
    hush_day(&s);
    assert_true(sent_count(s.w, s.out_conn, "hush") > 20);
}

static json_t *heard_by(const struct world *w, uint64_t conn)
{
    json_t *all = json_array();

    for (size_t i = 0; i < w->nsent; i++)
        if (w->sent[i].conn == conn && w->sent[i].text != NULL)
            json_array_append_new(all, json_loads(w->sent[i].text, 0, NULL));
    return all;
}

/* By a token with nothing, and by one with all that its agent can give, beside his console. */
static void a_tokens_socket_hears_no_more_than_its_agents(void **state)
{
    struct scene s;
    char words[300];
    unsigned more = 0;

    scene_open(*state, &s);
    say(&s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu'",
        (unsigned long long)s.hush, (unsigned long long)s.out);
    for (size_t k = 0; k < sight_kinds_count; k++) {
        json_t *told, *all;
        struct key key;
        uint64_t program;

        outsider_becomes(&s, sight_kinds[k]);
        key_make(&s, s.out, k % 2 != 0 ? permissions_of(&s, s.out, 0, words) : "", &key);
        program = key_conn(&s, &key);
        follow_all(&s, s.out_conn);
        follow_all(&s, program);
        sent_forget(s.w);
        hush_day(&s);
        told = heard_by(s.w, program);
        all = heard_by(s.w, s.out_conn);
        assert_true(json_array_size(told) > 20);
        more += answer_more_than(told, "", all);
        more += k % 2 == 0 && sent_find(s.w, program, "\"ip\":") != NULL;
        json_decref(told);
        json_decref(all);
        key_end(&s, &key);
    }
    assert_int_equal(more, 0);
}

/* A degraded state that is about a department is told to all, its name to those who see all. */
static void a_notice_names_no_department_to_others(void **state)
{
    struct relay_row refused = {.refused = true, .trouble = "login"};
    struct scene s;

    scene_open(*state, &s);
    outsider_becomes(&s, sight_kinds[4]);
    follow_all(&s, s.out_conn);
    say(&s, s.boss_conn, "'do':'subscribe','topic':'me'");
    refused.dept = s.priv;
    assert_int_equal(outbox_note_relays(s.w->store, &refused, 1), ERR_OK);
    sent_forget(s.w);
    world_advance(s.w, 10000);
    assert_non_null(sent_find(s.w, s.boss_conn, "\"about\":\"Hushpriv\""));
    assert_int_equal(sent_count(s.w, s.out_conn, "mail-login"), 1);
    refused.dept = s.hush; /* what it is about changes, and nothing else */
    assert_int_equal(outbox_note_relays(s.w->store, &refused, 1), ERR_OK);
    world_advance(s.w, 10000);
    assert_non_null(sent_find(s.w, s.boss_conn, "\"about\":\"Hush\""));
    assert_int_equal(sent_count(s.w, s.out_conn, "mail-login"), 1);
    follow_all(&s, s.out_conn);
    assert_int_equal(sent_count(s.w, s.out_conn, "mail-login"), 2);
    assert_null(sent_find(s.w, s.out_conn, "Hush"));
    assert_int_equal(outbox_note_relays(s.w->store, NULL, 0), ERR_OK);
    world_advance(s.w, 10000);
    assert_non_null(sent_find(s.w, s.out_conn, "\"on\":false"));
}

/* Whoever rang in a public department does not hear the name of the private one that has him. */
static void a_visitor_does_not_hear_of_the_private_department(void **state)
{
    struct scene s;

    scene_open(*state, &s);
    say(&s, s.hush_conn, "'do':'chat.send','conversation':'%s','text':'good day'", s.chats[3]);
    say(&s, s.vera, "'do':'chat.read','before':100");
    say(&s, s.vera, "'do':'chat.send','text':'who is it?'");
    say(&s, s.hush_conn, "'do':'chat.end','conversation':'%s'", s.chats[3]);
    assert_non_null(sent_find(s.w, s.vera, "good day"));
    assert_null(sent_find(s.w, s.vera, "Hushpriv"));
    assert_null(sent_find(s.w, s.vera, "private"));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_secret_is_told_to_nobody_else),
        T(a_tokens_socket_hears_no_more_than_its_agents),
        T(a_notice_names_no_department_to_others),
        T(a_visitor_does_not_hear_of_the_private_department),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
