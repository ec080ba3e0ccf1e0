/* What watchers of a conversation are told: lines, heads, mails, offers, typing. */
#include "api_world.h"

#include "../../src/api/api_int.h"
#include "../../src/watch/watch_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const json_t *lines_of(const json_t *answer)
{
    return json_object_get(json_object_get(answer, "ok"), "lines");
}

static void lines_hold_no_gap_and_no_note(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t other;
    const json_t *lines;
    json_t *a;
    err_t err;

    world_chat(w, &c, "");
    for (unsigned i = 0; i < 40; i++) {
        ask(w, c.ann, "{'id':'n%u','do':'conversation.note','conversation':'%s','text':'secret'}",
            i, c.id);
        ask(w, c.vera, "{'id':'m%u','do':'chat.send','text':'line %u'}", i, i);
        ask(w, c.vera, "{'id':'s%u','do':'chat.seen','n':%u}", i, i + 1);
    }
    /* Half of it durable, half of it not. */
    w->disk_stopped = true;
    for (unsigned i = 40; i < 60; i++) {
        tell(w, c.ann, "{'id':'n%u','do':'conversation.note','conversation':'%s','text':'secret'}",
             i, c.id);
        tell(w, c.vera, "{'id':'m%u','do':'chat.send','text':'line %u'}", i, i);
    }
    world_run(w);
    other = visitor_conn(w, c.code, &err);
    tell(w, other, "{'id':'r','do':'chat.resume','chat':'%s','token':'%s','n':0}", c.id, c.token);
    w->disk_stopped = false;
    world_run(w);
    const struct sent *s = sent_find(w, other, "\"re\":\"r\"");
    assert_non_null(s);
    a = json_loads(s->text, 0, NULL);
    lines = lines_of(a);
    assert_true(json_array_size(lines) >= 60);
    for (size_t i = 0; i < json_array_size(lines); i++)
        assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, i), "n")), i + 1);
    assert_null(strstr(s->text, "secret"));
    size_t n = json_array_size(lines);
    json_decref(a);

    a = ask(w, other, "{'id':'r2','do':'chat.resume','chat':'%s','token':'%s','n':%zu}", c.id,
            c.token, n - 3);
    assert_int_equal(json_array_size(lines_of(a)), 3);
    a = ask(w, other, "{'id':'r3','do':'chat.read','before':11,'max':4}");
    assert_int_equal(json_array_size(lines_of(a)), 4);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(lines_of(a), 0), "n")), 7);
    assert_true(json_is_true(json_object_get(json_object_get(a, "ok"), "more")));
    assert_int_equal(sent_count(w, c.vera, "secret"), 0);
    assert_int_equal(sent_count(w, other, "secret"), 0);
}

static void agents_read_notes_and_all_of_the_lines(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    json_t *a;

    world_chat(w, &c, "");
    ask(w, c.ann, "{'id':'n','do':'conversation.note','conversation':'%s','text':'secret'}", c.id);
    a = ask(w, c.ann, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}",
            c.id);
    const json_t *lines = lines_of(a);
    json_int_t last = 0;
    bool note = false;

    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *l = json_array_get(lines, i);
        json_int_t seq = json_integer_value(json_object_get(l, "seq"));

        assert_true(seq > last);
        last = seq;
        note |= strcmp(json_string_value(json_object_get(l, "kind")), "note") == 0;
    }
    assert_true(note);
}

static void who_may_not_see_it_learns_nothing(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64], code[CODE_TEXT];
    uint64_t other = world_dept(w, "Other", code), bob;
    static const struct {
        const char *head, *tail;
    } asks[] = {
        {"{'id':'1','do':'subscribe','topic':'conversation','conversation':'", "'}"},
        {"{'id':'2','do':'conversation.read','conversation':'", "'}"},
        {"{'id':'3','do':'chat.send','conversation':'", "','text':'x'}"},
        {"{'id':'4','do':'conversation.note','conversation':'", "','text':'x'}"},
        {"{'id':'5','do':'offer.accept','conversation':'", "'}"},
        {"{'id':'6','do':'conversation.pick','conversation':'", "'}"},
        {"{'id':'7','do':'chat.end','conversation':'", "'}"},
        {"{'id':'8','do':'block.add','conversation':'", "'}"},
        {"{'id':'9','do':'mail.list','conversation':'", "'}"},
        {"{'id':'10','do':'chat.seen','conversation':'", "','n':1}"},
    };

    world_agent(w, "bob@example.com", other, "", cookie);
    bob = world_ready(w, cookie);
    ask(w, bob, "{'id':'m','do':'subscribe','topic':'me'}");
    for (size_t i = 0; i < 3; i++) {
        static const char *const lists[] = {"all", "unassigned", "mine"};
        ask(w, bob, "{'id':'l%zu','do':'subscribe','topic':'list','list':'%s'}", i, lists[i]);
    }
    world_chat(w, &c, "");
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'hello'}");
    world_advance(w, 1000);
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        print_message("  %s\n", asks[i].head);
        assert_string_equal(error_of(ask(w, bob, "%s%s%s", asks[i].head, c.id, asks[i].tail)),
                            "unknown");
    }
    assert_int_equal(sent_count(w, bob, c.id), 0);
    /* What is for administrators says so. */
    assert_string_equal(error_of(ask(w, bob, "{'id':'a','do':'department.list'}")), "forbidden");
    assert_string_equal(error_of(ask(w, bob, "{'id':'b','do':'mail.list'}")), "forbidden");
    assert_string_equal(error_of(ask(w, bob, "{'id':'c','do':'status'}")), "forbidden");
    assert_string_equal(error_of(ask(w, bob, "{'id':'d','do':'portal.set','name':'X'}")),
                        "forbidden");
}

static void late_mail_and_a_refused_login_are_told_and_their_end_too(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    struct relay_row refused = {.refused = true, .trouble = "login"};
    uint64_t id;
    size_t n;

    world_chat(w, &c, ",'role':'admin'");
    ask(w, c.ann, "{'id':'me','do':'subscribe','topic':'me'}");
    world_advance(w, 10000);
    assert_int_equal(sent_count(w, c.ann, "\"ev\":\"notice\""), 0);
    assert_int_equal(outbox_note_relays(w->store, &refused, 1), ERR_OK);
    world_advance(w, 10000);
    assert_non_null(sent_find(w, c.ann, "\"code\":\"mail-login\""));
    assert_non_null(sent_find(w, c.ann, "\"about\":\"deskbell\"")); /* the portal's own */
    refused.dept = c.dept;
    assert_int_equal(outbox_note_relays(w->store, &refused, 1), ERR_OK);
    world_advance(w, 10000);
    assert_non_null(sent_find(w, c.ann, "\"about\":\"Sales\""));
    assert_int_equal(outbox_note_relays(w->store, NULL, 0), ERR_OK);
    world_advance(w, 10000);
    assert_int_equal(sent_count(w, c.ann, "\"code\":\"mail-login\""), 3);
    assert_string_equal(
        error_of(operator_ask(w,
                              "{'id':'s','do':'department.set','department':'%llu',"
                              "'mail.from.on':true,'mail.from.addresses':'sales@example.com',"
                              "'mail.transcript.on':true,"
                              "'mail.transcript.addresses':'box@example.com'}",
                              (unsigned long long)c.dept)),
        "");
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    world_advance(w, 4 * 60 * 1000);
    assert_null(sent_find(w, c.ann, "\"code\":\"mail-late\""));
    world_advance(w, 70 * 1000);
    assert_int_equal(sent_count(w, c.ann, "\"code\":\"mail-late\""), 1);
    assert_int_equal(outbox_due(w->store, w->now_ms, &id, 1, &n), ERR_OK);
    assert_int_equal(n, 1);
    struct mail_result res = {.id = id, .state = MAILST_SUPPRESSED, .reason = SPAN_LIT("off")};
    assert_int_equal(outbox_settle(w->store, &res, 1, w->now_ms), ERR_OK);
    world_advance(w, 10000);
    assert_int_equal(sent_count(w, c.ann, "\"code\":\"mail-late\""), 2);
}

static void mails_of_a_watched_chat_are_live(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t cursor = 0, mail;
    size_t n;
    json_t *a;

    world_chat(w, &c, ",'role':'admin'");
    a = ask(w, c.ann,
            "{'id':'s','do':'department.set','department':'%llu','mail.from.on':true,"
            "'mail.from.addresses':'sales@example.com','mail.transcript.on':true,"
            "'mail.transcript.addresses':'box@example.com'}",
            (unsigned long long)c.dept);
    assert_string_equal(error_of(a), "");
    ask(w, c.ann, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    ask(w, c.vera, "{'id':'v','do':'chat.send','text':'hello'}");
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    world_advance(w, 1100);
    assert_non_null(sent_find(w, c.ann, "\"ev\":\"mail\""));
    assert_non_null(strstr(sent_find(w, c.ann, "\"ev\":\"mail\"")->text, "\"queued\""));
    assert_int_equal(sent_count(w, c.vera, "\"ev\":\"mail\""), 0);

    assert_int_equal(mail_list(w->store, &(struct mail_want){.state = -1}, &cursor, &mail, 1, &n),
                     ERR_OK);
    assert_int_equal(n, 1);
    sent_forget(w);
    world_advance(w, 1100);
    assert_null(sent_find(w, c.ann, "\"ev\":\"mail\"")); /* nothing changed */
    a = ask(w, c.ann, "{'id':'x','do':'mail.cancel','mail':'%llu'}", (unsigned long long)mail);
    assert_string_equal(error_of(a), "");
    struct mail_request rq;
    bool over;
    assert_int_equal(outbox_apply_request(w->store, w->now_ms, &rq, &n, &over), ERR_OK);
    assert_int_equal(rq.mail, mail);
    world_advance(w, 1100);
    assert_non_null(sent_find(w, c.ann, "\"state\":\"cancelled\""));
    a = ask(w, c.ann, "{'id':'y','do':'mail.cancel','mail':'%llu'}", (unsigned long long)mail);
    assert_string_equal(error_of(a), "conflict");
    a = ask(w, c.ann, "{'id':'z','do':'mail.show','mail':'99999'}");
    assert_string_equal(error_of(a), "unknown");
}

/* A transcript and a rating stand for two notices of a kind: the store folds what it is told. */
static void mails_in_a_digest_show_it_and_cannot_be_retried_without_it(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    uint64_t ids[4];
    size_t n;

    world_chat(w, &c, ",'role':'admin'");
    assert_string_equal(
        error_of(ask(w, c.ann,
                     "{'id':'s','do':'department.set','department':'%llu','mail.from.on':true,"
                     "'mail.from.addresses':'sales@example.com','mail.transcript.on':true,"
                     "'mail.transcript.addresses':'box@example.com','mail.feedback.on':true,"
                     "'mail.feedback.addresses':'box@example.com'}",
                     (unsigned long long)c.dept)),
        "");
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    ask(w, c.vera, "{'id':'f','do':'chat.feedback','rating':5}");
    world_advance(w, 100);
    assert_int_equal(outbox_due(w->store, w->now_ms, ids, 4, &n), ERR_OK);
    assert_int_equal(n, 2);

    struct mail_hold holds[] = {{ids[0], w->now_ms + 5000}, {ids[1], w->now_ms + 5000}};
    assert_int_equal(outbox_hold(w->store, holds, 2, SPAN_LIT("too many")), ERR_OK);
    json_t *a = ask(w, c.ann, "{'id':'l','do':'mail.list','state':'held'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 2);
    a = ask(w, c.ann, "{'id':'r','do':'mail.retry','mail':'%llu'}", (unsigned long long)ids[1]);
    assert_string_equal(error_of(a), "");

    struct span rcpts[] = {SPAN_LIT("box@example.com")};
    struct mail_frozen fz = {.from = SPAN_LIT("sales@example.com"),
                             .subject = SPAN_LIT("2 notices"),
                             .message_id = SPAN_LIT("<1@example.com>"),
                             .rcpts = rcpts,
                             .nrcpts = 1,
                             .bytes = SPAN_LIT("Subject: x\r\n\r\nhello\r\n")};
    struct mail_freeze fr = {.id = ids[0], .form = &fz, .gathered = &ids[1], .ngathered = 1};
    assert_int_equal(outbox_freeze_all(w->store, &fr, 1, w->now_ms), ERR_OK);
    a = ask(w, c.ann, "{'id':'1','do':'mail.show','mail':'%llu'}", (unsigned long long)ids[1]);
    json_t *mail = json_object_get(json_object_get(a, "ok"), "mail");
    char digest[24];
    snprintf(digest, sizeof(digest), "%llu", (unsigned long long)ids[0]);
    assert_string_equal(json_string_value(json_object_get(mail, "state")), "folded");
    assert_string_equal(json_string_value(json_object_get(mail, "digest")), digest);
    assert_string_equal(json_string_value(json_object_get(mail, "digest_state")), "queued");
    a = ask(w, c.ann, "{'id':'2','do':'mail.show','mail':'%s'}", digest);
    mail = json_object_get(json_object_get(a, "ok"), "mail");
    assert_int_equal(json_integer_value(json_object_get(mail, "notices")), 2);
    a = ask(w, c.ann, "{'id':'3','do':'mail.retry','mail':'%llu'}", (unsigned long long)ids[1]);
    assert_string_equal(error_of(a), "conflict");
    a = ask(w, c.ann, "{'id':'4','do':'mail.cancel','mail':'%llu'}", (unsigned long long)ids[1]);
    assert_string_equal(error_of(a), "conflict");
}

static void a_head_says_what_may_be_done_now(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    const struct sent *s;

    world_chat(w, &c, ",'permissions':'block,see_ip'");
    ask(w, c.ann, "{'id':'c','do':'conversation.read','conversation':'%s'}", c.id);
    s = sent_find(w, c.ann, "\"re\":\"c\"");
    assert_non_null(strstr(s->text, "\"reply\""));
    assert_non_null(strstr(s->text, "\"block\""));
    assert_non_null(strstr(s->text, "\"ip\":"));
    assert_null(strstr(s->text, "\"pick\""));
    ask(w, c.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", c.id);
    ask(w, c.ann, "{'id':'d','do':'conversation.read','conversation':'%s'}", c.id);
    s = sent_find(w, c.ann, "\"re\":\"d\"");
    assert_null(strstr(s->text, "\"reply\""));
    assert_null(strstr(s->text, "\"end\","));
    assert_non_null(strstr(s->text, "\"note\""));
    operator_ask(w, "{'id':'p','do':'agent.set','agent':'%llu','permissions':''}",
                 (unsigned long long)c.agent);
    ask(w, c.ann, "{'id':'f','do':'conversation.read','conversation':'%s'}", c.id);
    s = sent_find(w, c.ann, "\"re\":\"f\"");
    assert_null(strstr(s->text, "\"ip\":"));
    assert_null(strstr(s->text, "\"block\","));
}

static void an_offer_that_is_over_says_why_and_at_which_position(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann;
    const struct sent *s;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    ask(w, ann, "{'id':'m','do':'subscribe','topic':'me'}");
    world_ring(w, code, chat, token);
    s = sent_find(w, ann, "\"ev\":\"offer\"");
    assert_non_null(s);
    assert_non_null(strstr(s->text, chat));
    assert_non_null(strstr(s->text, "\"until_ms\":"));
    ask(w, ann, "{'id':'d','do':'offer.decline','conversation':'%s'}", chat);
    s = sent_find(w, ann, "\"ev\":\"offer.over\"");
    assert_non_null(s);
    assert_non_null(strstr(s->text, "\"why\":\"declined\""));
    assert_non_null(strstr(s->text, chat));
    assert_non_null(strstr(s->text, "\"pos\":\""));
}

static void typing_is_told_now_and_then_and_to_whom_it_concerns(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    char cookie[64];
    uint64_t bob;
    err_t err;

    world_chat(w, &c, "");
    world_agent(w, "bob@example.com", c.dept, "", cookie);
    bob = agent_conn(w, cookie, &err);
    ask(w, c.ann, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    ask(w, bob, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    sent_forget(w);
    w->disk_stopped = true; /* it rests on nothing */
    tell(w, c.ann, "{'do':'chat.typing','conversation':'%s'}", c.id);
    tell(w, c.vera, "{'do':'chat.typing'}");
    assert_int_equal(sent_count(w, c.ann, "\"by\":\"agent\""), 0); /* knows what he does */
    assert_int_equal(sent_count(w, bob, "\"by\":\"agent\""), 1);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 1);
    assert_int_equal(sent_count(w, c.ann, "\"by\":\"visitor\""), 1);
    assert_int_equal(sent_count(w, bob, "\"by\":\"visitor\""), 1);
    tell(w, bob, "{'do':'chat.typing','conversation':'%s'}", c.id);
    assert_int_equal(sent_count(w, c.ann, "\"by\":\"agent\""), 1);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 1); /* not the one who holds it */
    w->now_ms += 999;
    tell(w, c.ann, "{'do':'chat.typing','conversation':'%s'}", c.id);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 1);
    w->now_ms++;
    tell(w, c.ann, "{'do':'chat.typing','conversation':'%s'}", c.id);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 2);
    w->now_ms -= 3600000; /* a clock that was set back silences nobody */
    tell(w, c.ann, "{'do':'chat.typing','conversation':'%s'}", c.id);
    assert_int_equal(sent_count(w, c.vera, "chat.typing"), 3);
    w->now_ms += 3600000;
}

static void who_gives_typing_an_id_gets_an_answer(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    assert_non_null(json_object_get(
        ask(w, c.ann, "{'id':'1','do':'chat.typing','conversation':'%s'}", c.id), "ok"));
    assert_non_null(json_object_get(ask(w, c.vera, "{'id':'2','do':'chat.typing'}"), "ok"));
    assert_string_equal(error_of(ask(w, c.ann, "{'id':'3','do':'chat.typing','conversation':'7'}")),
                        "unknown");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(lines_hold_no_gap_and_no_note),
        T(agents_read_notes_and_all_of_the_lines),
        T(who_may_not_see_it_learns_nothing),
        T(an_offer_that_is_over_says_why_and_at_which_position),
        T(who_gives_typing_an_id_gets_an_answer),
        T(typing_is_told_now_and_then_and_to_whom_it_concerns),
        T(mails_of_a_watched_chat_are_live),
        T(mails_in_a_digest_show_it_and_cannot_be_retried_without_it),
        T(late_mail_and_a_refused_login_are_told_and_their_end_too),
        T(a_head_says_what_may_be_done_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
