/* A chat from ring to end, as visitor and agent see it over their connections. */
#include "api_world.h"

#include <stdio.h>
#include <string.h>

#include "../../src/api/api_int.h"

static void a_chat_goes_from_ring_to_end(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann, vera;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    assert_string_equal(error_of(ask(w, ann, "{'id':'m','do':'subscribe','topic':'me'}")), "");
    vera = world_ring(w, code, chat, token);
    assert_non_null(sent_find(w, ann, "\"ev\":\"offer\""));
    assert_string_equal(
        error_of(ask(w, ann, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat)), "");
    assert_non_null(sent_find(w, ann, "\"why\":\"accepted\""));
    assert_non_null(sent_find(w, vera, "\"kind\":\"joined\""));
    assert_non_null(sent_find(w, vera, "\"state\":\"active\""));

    assert_string_equal(error_of(ask(w, ann,
                                     "{'id':'c','do':'subscribe','topic':'conversation',"
                                     "'conversation':'%s'}",
                                     chat)),
                        "");
    assert_true(ok_int(ask(w, vera, "{'id':'v1','do':'chat.send','text':'hello'}"), "n") > 0);
    assert_non_null(sent_find(w, ann, "\"text\":\"hello\""));
    json_t *a = ask(w, ann, "{'id':'s','do':'chat.send','conversation':'%s','text':'hi'}", chat);
    assert_true(ok_int(a, "seq") > 0);
    assert_non_null(sent_find(w, vera, "\"text\":\"hi\""));
    assert_string_equal(error_of(ask(w, vera, "{'id':'e','do':'chat.end'}")), "");
    assert_non_null(sent_find(w, ann, "\"kind\":\"ended\""));
    assert_string_equal(error_of(ask(w, vera, "{'id':'v2','do':'chat.send','text':'x'}")), "ended");
    assert_string_equal(error_of(ask(w, vera, "{'id':'f','do':'chat.feedback','rating':5}")), "");
}

static void got(struct world *w, uint64_t conn, json_int_t n)
{
    assert_string_equal(
        error_of(ask(w, conn, "{'id':'got','do':'chat.got','n':%lld}", (long long)n)), "");
}

static json_int_t got_of(struct world *w, const struct world_chat *c)
{
    return ok_int(ask(w, c->ann, "{'id':'r','do':'conversation.read','conversation':'%s'}", c->id),
                  "got");
}

/* A line that has come is told from one that has not, to those who watch; once, and never back. */
static void what_has_come_to_the_visitor_is_told_to_who_watches(void **state)
{
    struct world *w = *state;
    struct world_chat c;
    json_int_t n;

    world_chat(w, &c, "");
    ask(w, c.ann, "{'id':'s','do':'subscribe','topic':'conversation','conversation':'%s'}", c.id);
    n = ok_int(ask(w, c.ann, "{'id':'1','do':'chat.send','conversation':'%s','text':'hi'}", c.id),
               "n");
    assert_int_equal(got_of(w, &c), 0);
    got(w, c.vera, n + 1); /* there is no such line */
    assert_int_equal(sent_count(w, c.ann, "\"ev\":\"got\""), 0);
    got(w, c.vera, n);
    got(w, c.vera, n);
    got(w, c.vera, n - 1);
    assert_int_equal(sent_count(w, c.ann, "\"ev\":\"got\""), 1);
    assert_int_equal(got_of(w, &c), n);
    assert_null(sent_find(w, c.vera, "\"ev\":\"got\""));
    /* A widget that comes back says with its question what it has. */
    n = ok_int(ask(w, c.ann, "{'id':'2','do':'chat.send','conversation':'%s','text':'ho'}", c.id),
               "n");
    ask(w, c.vera, "{'id':'b','do':'chat.resume','chat':'%s','token':'%s','n':%lld}", c.id, c.token,
        (long long)n);
    assert_int_equal(sent_count(w, c.ann, "\"ev\":\"got\""), 2);
}

static json_int_t taken_of(struct world *w, const struct world_chat *c, uint64_t conn)
{
    return ok_int(ask(w, conn, "{'id':'rs','do':'chat.resume','chat':'%s','token':'%s','n':0}",
                      c->id, c->token),
                  "got");
}

static json_int_t visitor_says(struct world *w, const struct world_chat *c, const char *id)
{
    return ok_int(ask(w, c->vera, "{'id':'%s','do':'chat.send','text':'hi'}", id), "n");
}

static const char *taken(struct world *w, uint64_t conn, const struct world_chat *c, json_int_t n)
{
    return error_of(ask(w, conn, "{'id':'t','do':'chat.got','conversation':'%s','n':%lld}", c->id,
                        (long long)n));
}

/* The other way round: by the console of whoever has the chat, and by nobody else's. */
static void what_has_come_to_the_agent_is_told_to_the_visitor(void **state)
{
    struct world *w = *state;
    char cookie[64], part[40];
    struct world_chat c;
    uint64_t bob;
    json_int_t n;

    world_chat(w, &c, "");
    world_agent(w, "bob@example.com", c.dept, "", cookie);
    bob = world_ready(w, cookie);
    n = visitor_says(w, &c, "v1");
    sent_forget(w);
    assert_string_equal(taken(w, bob, &c, n), "");
    assert_string_equal(taken(w, c.ann, &c, n + 1), ""); /* there is no such line */
    assert_int_equal(sent_count(w, c.vera, "\"ev\":\"chat.state\""), 0);
    assert_string_equal(taken(w, c.ann, &c, n), "");
    assert_string_equal(taken(w, c.ann, &c, n), "");
    assert_string_equal(taken(w, c.ann, &c, n - 1), "");
    assert_int_equal(sent_count(w, c.vera, "\"ev\":\"chat.state\""), 1);
    snprintf(part, sizeof(part), "\"got\":%lld", (long long)n);
    assert_non_null(sent_find(w, c.vera, part));
    assert_int_equal(taken_of(w, &c, c.vera), n);
    assert_string_equal(
        error_of(ask(w, c.ann, "{'id':'x','do':'chat.got','conversation':'77','n':1}")), "unknown");
    n = visitor_says(w, &c, "v2");
    assert_int_equal(taken_of(w, &c, c.vera), n - 1);
}

/* Whoever is just being asked has the time that is set now. */
static void a_changed_deadline_reaches_whoever_is_asked(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    ask(w, ann, "{'id':'m','do':'subscribe','topic':'me'}");
    world_ring(w, code, chat, token);
    assert_int_equal(sent_count(w, ann, "\"ev\":\"offer\""), 1);
    operator_ask(w, "{'id':'1','do':'department.set','department':'%llu','greeting.en':'Hi'}",
                 (unsigned long long)dept);
    assert_int_equal(sent_count(w, ann, "\"ev\":\"offer\""), 1);
    operator_ask(w, "{'id':'2','do':'department.set','department':'%llu','offer_ms':60000}",
                 (unsigned long long)dept);
    assert_int_equal(sent_count(w, ann, "\"ev\":\"offer\""), 2);
    assert_non_null(sent_find(w, ann, "\"expires_in_ms\":60000"));
}

/* A chat of Ann's that is over, and was answered or not. */
static void chat_over(struct world *w, const struct world_chat *c, bool answered)
{
    if (answered)
        ask(w, c->ann, "{'id':'say','do':'chat.send','conversation':'%s','text':'hi'}", c->id);
    assert_string_equal(error_of(ask(w, c->vera, "{'id':'end','do':'chat.end'}")), "");
}

static void a_copy_goes_once_to_the_address_of_the_chat(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    chat_over(w, &c, true);
    assert_non_null(sent_find(w, c.vera, "\"copied\":false,\"may_copy\":true"));
    assert_string_equal(
        error_of(ask(w, c.vera, "{'id':'1','do':'chat.copy','email':'m@example.net'}")),
        "forbidden");
    assert_string_equal(error_of(ask(w, c.vera, "{'id':'2','do':'chat.copy'}")), "");
    assert_non_null(sent_find(w, c.vera, "\"copied\":true,\"may_copy\":false"));
    assert_string_equal(error_of(ask(w, c.vera, "{'id':'2','do':'chat.copy'}")), "");
    assert_string_equal(error_of(ask(w, c.vera, "{'id':'3','do':'chat.copy'}")), "exists");
}

static void a_chat_that_nobody_answered_has_no_copy(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    chat_over(w, &c, false);
    assert_non_null(sent_find(w, c.vera, "\"may_copy\":false"));
    assert_null(sent_find(w, c.vera, "\"may_copy\":true"));
    assert_string_equal(error_of(ask(w, c.vera, "{'id':'1','do':'chat.copy'}")), "forbidden");
}

/* What somebody else has used up: for one recipient, for the department, for all. */
static void copies_are_few(void **state)
{
    static const char *const refused = "{'id':'%zu','do':'chat.copy','email':'vera@example.com'}";
    struct world *w = *state;
    struct rate *rate = &w->api->rate;
    int64_t retry_ms;
    struct world_chat c;

    world_chat(w, &c, "");
    chat_over(w, &c, true);

    const struct {
        uint64_t key;
        unsigned max;
        int64_t period_ms;
    } rows[] = {
        {rate_key_id("copy-to", email_fingerprint(SPAN_LIT("Vera@example.com"))),
         COPIES_PER_RECIPIENT_DAY, DAY_MS},
        {rate_key_id("copy-of", c.dept), COPIES_PER_DEPT_HOUR, HOUR_MS},
        {rate_key_id("copy-all", 0), COPIES_PER_HOUR, HOUR_MS},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        json_t *a;

        while (rate_take(rate, rows[i].key, rows[i].max, rows[i].period_ms, w->now_ms, &retry_ms))
            ;
        a = ask(w, c.vera, refused, i);
        assert_string_equal(error_of(a), "rate");
        assert_true(json_integer_value(json_object_get(json_object_get(a, "error"), "retry_ms")) >
                    0);
        rate_fini(rate);
    }
    for (unsigned i = 1; i < COPIES_PER_RECIPIENT_DAY; i++)
        assert_true(
            rate_take(rate, rows[0].key, rows[0].max, rows[0].period_ms, w->now_ms, &retry_ms));
    assert_string_equal(error_of(ask(w, c.vera, refused, (size_t)9)), "");
    assert_false(
        rate_take(rate, rows[0].key, rows[0].max, rows[0].period_ms, w->now_ms, &retry_ms));
}

/* A full disk must not make the rules believe in people who have left, nor forget who came back. */
static void comings_and_goings_while_read_only_are_told_later(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann, vera, conv, agent;
    err_t err;

    agent = world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    vera = world_ring(w, code, chat, token);
    assert_int_equal(id_parse(span_of(chat), &conv), ERR_OK);

    turn_set_readonly(w->turn, true);
    api_on_gone(w->api, vera);
    api_on_gone(w->api, ann);
    world_advance(w, VISITOR_BLINK_MS + 5000);
    assert_true(core_conv(w->core, conv)->visitor_here);
    assert_true(core_agent(w->core, agent)->connected);
    turn_set_readonly(w->turn, false);
    world_advance(w, 1500);
    assert_false(core_conv(w->core, conv)->visitor_here);
    assert_false(core_agent(w->core, agent)->connected);

    turn_set_readonly(w->turn, true);
    ann = agent_conn(w, cookie, &err);
    assert_int_equal(err, ERR_OK);
    world_advance(w, 1500);
    assert_false(core_agent(w->core, agent)->connected);
    turn_set_readonly(w->turn, false);
    world_advance(w, 1500);
    assert_true(core_agent(w->core, agent)->connected);
}

/* What the head of a conversation says that Ann may do. */
static bool may_mail(struct world *w, uint64_t ann, const char *chat, const char *bar)
{
    json_t *a = ask(w, ann, "{'id':'h','do':'conversation.read','conversation':'%s'}", chat);
    json_t *head = json_object_get(json_object_get(a, "ok"), "head"), *may;
    const char *got = json_string_value(json_object_get(head, "mail_not"));
    size_t i;

    if (bar != NULL)
        assert_string_equal(got, bar);
    else
        assert_null(got);
    json_array_foreach (json_object_get(head, "may"), i, may)
        if (strcmp(json_string_value(may), "mail") == 0)
            return true;
    return false;
}

static void an_ended_chat_is_answered_by_mail_once_there_is_a_sender(void **state)
{
    static const char say[] =
        "{'id':'reply-1','do':'conversation.mail','conversation':'%s','text':'It is here.'}";
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann, vera;
    json_t *a;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    vera = world_ring(w, code, chat, token);
    ask(w, ann, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat);
    ask(w, ann, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}", chat);
    assert_false(may_mail(w, ann, chat, NULL));
    ask(w, vera, "{'id':'e','do':'chat.end'}");
    assert_false(may_mail(w, ann, chat, "from"));
    a = ask(w, ann, say, chat);
    assert_string_equal(error_of(a), "conflict");
    assert_string_equal(json_string_value(json_object_get(json_object_get(a, "error"), "field")),
                        "from");
    operator_ask(w, "{'id':'f','do':'portal.set','from':'portal@example.com'}");
    assert_true(may_mail(w, ann, chat, NULL));
    assert_true(ok_int(ask(w, ann, say, chat), "seq") > 0);
    assert_true(ok_int(ask(w, ann, say, chat), "seq") > 0); /* the same, told again */
    assert_non_null(sent_find(w, ann, "\"kind\":\"mail\""));
    assert_non_null(sent_find(w, ann, "\"email\":\"vera@example.com\""));
    assert_null(sent_find(w, vera, "It is here."));
    assert_string_equal(error_of(ask(w, vera, say, chat)), "malformed");
}

/* Whoever may send an answer is told how it begins, out of what the dispatcher can read. */
static void how_an_answer_by_mail_begins_is_asked_of_the_dispatcher(void **state)
{
    static const char draft[] = "{'id':'%d','do':'mail.draft','conversation':'%s'}";
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64], line[200], last[ID_TEXT];
    uint64_t dept = world_dept(w, "Sales", code), ann, vera, agent, id;

    agent = world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    operator_ask(w, "{'id':'f','do':'portal.set','from':'portal@example.com'}");
    vera = world_ring(w, code, chat, token);
    ask(w, ann, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat);
    ask(w, OPERATOR + 1, "{'id':'a','do':'dispatcher.attach'}");
    assert_string_equal(error_of(ask(w, ann, draft, 1, chat)), "conflict"); /* not over */
    assert_null(sent_find(w, OPERATOR + 1, "\"ask\""));
    ask(w, vera, "{'id':'e','do':'chat.end'}");
    assert_int_equal(id_parse(span_of(chat), &id), ERR_OK);
    /* What is not on the disk yet, the dispatcher cannot read. */
    tell(w, ann, "{'id':'n','do':'conversation.note','conversation':'%s','text':'x'}", chat);
    tell(w, ann, draft, 2, chat);
    struct conv_ref ref;
    assert_int_equal(conv_open(&w->view, id, &ref), ERR_OK);
    id_format(turn_durable_pos(w->turn), last);
    assert_true(ref.cv->last_pos > turn_durable_pos(w->turn));
    conv_done(&ref);
    snprintf(line, sizeof(line),
             "\"what\":\"draft\",\"from\":\"%s\",\"agent\":\"%llu\",\"department\":\"%llu\","
             "\"lang\":\"en\"}",
             last, (unsigned long long)agent, (unsigned long long)dept);
    assert_non_null(sent_find(w, OPERATOR + 1, line));
    world_run(w);
    ask(w, OPERATOR + 1,
        "{'id':'b','do':'dispatcher.answer','ask':'1','ok':{'opening':'Dear Vera'}}");
    assert_non_null(sent_find(w, ann, "\"opening\":\"Dear Vera\""));
    assert_string_equal(error_of(ask(w, vera, draft, 3, chat)), "malformed");
    assert_string_equal(error_of(ask(w, ann, draft, 4, "4711")), "unknown");
}

static const char *forward(struct world *w, uint64_t ann, const char *chat, const char *rest)
{
    static unsigned n;

    return error_of(ask(w, ann,
                        "{'id':'f%u','do':'conversation.forward','conversation':'%s',"
                        "'to':'out@example.com',%s}",
                        n++, chat, rest));
}

static void chosen_lines_are_forwarded_and_notes_only_by_choice(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64], lines[64];
    uint64_t dept = world_dept(w, "Sales", code), ann, vera;
    int note, said;

    operator_ask(w, "{'id':'f','do':'portal.set','from':'portal@example.com'}");
    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    vera = world_ring(w, code, chat, token);
    ask(w, ann, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat);
    ask(w, ann, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}", chat);
    note = (int)ok_int(
        ask(w, ann, "{'id':'n','do':'conversation.note','conversation':'%s','text':'x'}", chat),
        "seq");
    said = (int)ok_int(
        ask(w, ann, "{'id':'s','do':'chat.send','conversation':'%s','text':'hi'}", chat), "seq");
    snprintf(lines, sizeof(lines), "'lines':[%d]", said);
    assert_string_equal(forward(w, ann, chat, lines), "");
    assert_non_null(sent_find(w, ann, "\"kind\":\"forwarded\""));
    assert_null(sent_find(w, vera, "forwarded"));
    snprintf(lines, sizeof(lines), "'lines':[%d,%d]", said, note);
    assert_string_equal(forward(w, ann, chat, lines), "invalid");
    snprintf(lines, sizeof(lines), "'lines':[%d,%d],'with_notes':true", said, note);
    assert_string_equal(forward(w, ann, chat, lines), "");
    assert_string_equal(forward(w, ann, chat, "'lines':[2]"), "invalid"); /* an offer: no words */
    assert_string_equal(forward(w, ann, chat, "'lines':[30000]"), "invalid");
    assert_string_equal(forward(w, ann, chat, "'lines':[]"), "invalid");
    assert_string_equal(forward(w, ann, chat, "'lines':['1']"), "invalid");
    assert_string_equal(forward(w, vera, chat, lines), "malformed");
    for (int i = 2; i < 20; i++)
        assert_string_equal(forward(w, ann, chat, lines), "");
    assert_string_equal(forward(w, ann, chat, lines), "rate");
}

/* Under which name the answer has this line; "" if it has not. */
static const char *name_over(const json_t *answer, const char *text)
{
    const json_t *line;
    size_t at;

    json_array_foreach (json_object_get(json_object_get(answer, "ok"), "lines"), at, line) {
        const char *said = json_string_value(json_object_get(line, "text"));

        if (said != NULL && strcmp(said, text) == 0)
            return json_string_value(json_object_get(line, "name"));
    }
    return "";
}

static void a_deleted_agents_words_keep_the_name(void **state)
{
    struct world *w = *state;
    struct world_chat c;

    world_chat(w, &c, "");
    operator_ask(w, "{'id':'n','do':'agent.set','agent':'%llu','name':'Ann Lee'}",
                 (unsigned long long)c.agent);
    ask(w, c.ann, "{'id':'a','do':'chat.send','conversation':'%s','text':'as I said'}", c.id);
    ask(w, c.vera, "{'id':'e','do':'chat.end'}");
    assert_string_equal(error_of(operator_ask(w, "{'id':'r','do':'agent.remove','agent':'%llu'}",
                                              (unsigned long long)c.agent)),
                        "");
    assert_string_equal(
        name_over(operator_ask(w, "{'id':'o','do':'conversation.read','conversation':'%s'}", c.id),
                  "as I said"),
        "Ann Lee");
    assert_string_equal(
        name_over(ask(w, c.vera, "{'id':'v','do':'chat.read','before':50}"), "as I said"),
        "Ann Lee");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_chat_goes_from_ring_to_end, world_open, world_close),
        cmocka_unit_test_setup_teardown(what_has_come_to_the_agent_is_told_to_the_visitor,
                                        world_open, world_close),
        cmocka_unit_test_setup_teardown(what_has_come_to_the_visitor_is_told_to_who_watches,
                                        world_open, world_close),
        cmocka_unit_test_setup_teardown(a_changed_deadline_reaches_whoever_is_asked, world_open,
                                        world_close),
        cmocka_unit_test_setup_teardown(a_copy_goes_once_to_the_address_of_the_chat, world_open,
                                        world_close),
        cmocka_unit_test_setup_teardown(a_chat_that_nobody_answered_has_no_copy, world_open,
                                        world_close),
        cmocka_unit_test_setup_teardown(a_deleted_agents_words_keep_the_name, world_open,
                                        world_close),
        cmocka_unit_test_setup_teardown(copies_are_few, world_open, world_close),
        cmocka_unit_test_setup_teardown(comings_and_goings_while_read_only_are_told_later,
                                        world_open, world_close),
        cmocka_unit_test_setup_teardown(how_an_answer_by_mail_begins_is_asked_of_the_dispatcher,
                                        world_open, world_close),
        cmocka_unit_test_setup_teardown(an_ended_chat_is_answered_by_mail_once_there_is_a_sender,
                                        world_open, world_close),
        cmocka_unit_test_setup_teardown(chosen_lines_are_forwarded_and_notes_only_by_choice,
                                        world_open, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
