/* Commands as bytes: what is refused, how it is named, and that answers wait for the disk. */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void bad_frames_are_refused_by_name(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), vera;
    static const struct {
        const char *text, *error, *field;
    } rows[] = {
        {"{'id':'1','do':'chat.sent','text':'x'}", "malformed", "do"},
        {"{'id':'2','text':'x'}", "malformed", "do"},
        {"{'id':'3','do':7}", "malformed", "do"},
        {"{'id':'4','do':'chat.send','text':'x','colour':'red'}", "malformed", "colour"},
        {"{'id':'5','do':'chat.send'}", "invalid", "text"},
        {"{'id':'6','do':'chat.send','text':7}", "invalid", "text"},
        {"{'id':'7','do':'chat.send','text':''}", "invalid", "text"},
        {"{'id':'8','do':'chat.send','text':'a\\u0007b'}", "invalid", "text"},
        {"{'id':'9','do':'chat.seen','n':-1}", "invalid", "n"},
        {"{'id':'10','do':'chat.seen','n':1.5}", "invalid", "n"},
        {"{'id':'11','do':'chat.seen','n':'1'}", "invalid", "n"},
        {"{'id':'12','do':'chat.feedback','rating':6}", "invalid", "rating"},
        {"{'id':'13','do':'chat.resume','chat':'007','token':'x'}", "invalid", "chat"},
        {"{'id':'14','do':'chat.resume','chat':7,'token':'x'}", "invalid", "chat"},
        {"{'id':'17','do':'chat.copy','email':'a@\\u0301x.example'}", "invalid", "email"},
        {"{'id':'18','do':'chat.copy','email':'a@xn--99999999.example'}", "invalid", "email"},
        {"{'id':'19','do':'chat.copy','email':'a@x.example\\nb@x.example'}", "invalid", "email"},
        {"{'id':'15','do':'department.list'}", "malformed", "do"},
        {"{'id':'16','do':'backup','to':'/tmp/x'}", "malformed", "do"},
        {"{'id':'','do':'ping'}", "malformed", "id"},
        {"{'id':'a b','do':'ping'}", "malformed", "id"},
        {"{'id':5,'do':'ping'}", "malformed", "id"},
        {"[1]", "malformed", ""},
    };

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    vera = world_ring(w, code, chat, token);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        json_t *a = ask(w, vera, "%s", rows[i].text);
        const char *field =
            json_string_value(json_object_get(json_object_get(a, "error"), "field"));

        print_message("  %s\n", rows[i].text);
        assert_string_equal(error_of(a), rows[i].error);
        assert_string_equal(field != NULL ? field : "", rows[i].field);
    }
    assert_string_equal(error_of(ask(w, vera, "{'id':'p','do':'ping'}")), "");
}

static void what_is_no_json_ends_the_connection(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    static const char *const rows[] = {
        "",
        "{",
        "{'id':'1','do':'ping'",
        "{'id':'1','do':'ping',}",
        "{'id':'1','id':'2','do':'ping'}",
        "{'id':'1','do':'ping'} x",
        "{'id':'\\u0000','do':'ping'}",
        "{'id':'\\ud800','do':'ping'}",
        "{'id':'1','do':'ping','x':1e999}",
        "{'a':[[[[[[[[1]]]]]]]]}",
    };
    err_t err;

    world_dept(w, "Sales", code);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t conn = visitor_conn(w, code, &err);
        bool closed = false;

        print_message("  %s\n", rows[i]);
        assert_string_equal(error_of(ask(w, conn, "%s", rows[i])), "malformed");
        for (size_t s = 0; s < w->nsent; s++)
            closed |= w->sent[s].conn == conn && w->sent[s].close_code == 1008;
        assert_true(closed);
    }
}

/* "too-long max=4000 has=4123": what a program and the console's words go by. */
static const char *reason_of(const json_t *fault)
{
    static char out[200];
    const char *name;
    json_t *v;

    snprintf(out, sizeof(out), "%s", json_string_value(json_object_get(fault, "reason")));
    json_object_foreach (json_object_get(fault, "values"), name, v) {
        size_t len = strlen(out);

        if (json_is_integer(v))
            snprintf(out + len, sizeof(out) - len, " %s=%lld", name, json_integer_value(v));
        else
            snprintf(out + len, sizeof(out) - len, " %s=%s", name, json_string_value(v));
    }
    return out;
}

static void all_that_is_wrong_in_a_form_is_told_at_once(void **state)
{
    static const struct {
        const char *field, *reason;
    } rows[] = {
        {"name", "empty"},
        {"zone", "no-zone"},
        {"relay_port", "range min=1 max=65535 has=70000"},
        {"from", "address-at address=sales"},
        {"relay_tls", "word words=none, starttls, tls"},
    };
    struct world *w = *state;
    json_t *a = operator_ask(w, "{'id':'1','do':'portal.set','name':' ','zone':'Nowhere/Land',"
                                "'relay_port':70000,'lang':'ja','from':'sales','relay_tls':'ssl'}");
    const json_t *error = json_object_get(a, "error"), *faults = json_object_get(error, "faults");

    assert_string_equal(error_of(a), "invalid");
    assert_string_equal(json_string_value(json_object_get(error, "field")), rows[0].field);
    assert_int_equal(json_array_size(faults), COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const json_t *fault = json_array_get(faults, i);

        assert_string_equal(json_string_value(json_object_get(fault, "field")), rows[i].field);
        assert_string_equal(reason_of(fault), rows[i].reason);
        assert_string_equal(json_string_value(json_object_get(fault, "code")), "invalid");
        assert_true(json_string_length(json_object_get(fault, "what")) > 0);
    }
    assert_int_equal(core_portal(w->core)->lang, LANG_EN);

    /* One fault is the error itself. */
    a = operator_ask(w, "{'id':'2','do':'portal.set','name':''}");
    assert_string_equal(reason_of(json_object_get(a, "error")), "empty");
    assert_null(json_object_get(json_object_get(a, "error"), "faults"));
}

static void no_more_faults_are_told_than_fit(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    uint64_t dept = world_dept(w, "Sales", code);
    struct buf b = {0};
    size_t n;

    buf_addf(&b, "{'id':'1','do':'department.set','department':'%llu'", (unsigned long long)dept);
    for (size_t i = 0, all = (dept_settings(&n), n); i < all; i++)
        if (dept_settings(&n)[i].type != SET_SECRET)
            buf_addf(&b, ",'%s':[]", dept_settings(&n)[i].name);
    buf_add_str(&b, "}");
    json_t *a = operator_ask(w, "%s", b.p);
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "error"), "faults")), 16);
    buf_fini(&b);
}

static void a_text_over_the_limit_is_told_its_length(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64], text[4124];
    uint64_t dept = world_dept(w, "Sales", code), vera;
    json_t *a;

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    vera = world_ring(w, code, chat, token);
    memset(text, 'x', 4123);
    text[4123] = 0;
    a = ask(w, vera, "{'id':'1','do':'chat.send','text':'%s'}", text);
    assert_string_equal(error_of(a), "invalid");
    assert_string_equal(json_string_value(json_object_get(json_object_get(a, "error"), "what")),
                        "at most 4000 characters, this has 4123");
    assert_string_equal(reason_of(json_object_get(a, "error")), "too-long max=4000 has=4123");
    text[4000] = 0;
    assert_string_equal(error_of(ask(w, vera, "{'id':'2','do':'chat.send','text':'%s'}", text)),
                        "");
}

static void an_answer_waits_for_the_disk(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), ann, vera;

    world_agent(w, "ann@example.com", dept, "", cookie);
    ann = world_ready(w, cookie);
    vera = world_ring(w, code, chat, token);
    ask(w, ann, "{'id':'a','do':'offer.accept','conversation':'%s'}", chat);
    ask(w, ann, "{'id':'c','do':'subscribe','topic':'conversation','conversation':'%s'}", chat);
    sent_forget(w);

    w->disk_stopped = true;
    tell(w, vera, "{'id':'1','do':'chat.send','text':'first'}");
    tell(w, vera, "{'id':'2','do':'ping'}");
    tell(w, ann, "{'id':'3','do':'conversation.read','conversation':'%s'}", chat);
    world_run(w);
    assert_int_equal(w->nsent, 0);

    /* What may be lost does not wait. */
    tell(w, vera, "{'do':'chat.typing'}");
    assert_non_null(sent_find(w, ann, "\"ev\":\"typing\""));
    assert_false(sent_find(w, ann, "\"ev\":\"typing\"")->durable);

    w->disk_stopped = false;
    world_run(w);
    assert_non_null(sent_find(w, vera, "\"re\":\"1\""));
    assert_non_null(sent_find(w, vera, "\"re\":\"2\""));
    assert_non_null(sent_find(w, ann, "\"ev\":\"line\""));
    assert_non_null(sent_find(w, ann, "\"re\":\"3\""));
    assert_non_null(strstr(sent_find(w, ann, "\"re\":\"3\"")->text, "first"));
}

static void a_repeated_command_is_done_once(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT];
    uint64_t dept = world_dept(w, "Sales", code), one, two;
    const char *start = "{'id':'0123456789abcdef0123456789abcdef','do':'chat.start','name':'V','"
                        "email':'v@example.com'}";
    err_t err;
    json_t *a;

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    one = visitor_conn(w, code, &err);
    a = ask(w, one, "%s", start);
    snprintf(chat, sizeof(chat), "%s", ok_text(a, "chat"));
    api_on_gone(w->api, one);
    two = visitor_conn(w, code, &err);
    assert_string_equal(ok_text(ask(w, two, "%s", start), "chat"), chat);
    assert_int_equal(ok_int(ask(w, two, "{'id':'s','do':'chat.send','text':'x'}"), "n"), 1);
    assert_int_equal(ok_int(ask(w, two, "{'id':'s','do':'chat.send','text':'x'}"), "n"), 1);
    assert_string_equal(error_of(ask(w, two, "{'id':'s','do':'chat.send','text':'y'}")), "reused");
    assert_int_equal(ok_int(ask(w, two, "{'id':'t','do':'chat.send','text':'x'}"), "n"), 2);
    /* A short id says nothing about who sends it: two strangers may both begin with it. */
    one = visitor_conn(w, code, &err);
    snprintf(
        chat, sizeof(chat), "%s",
        ok_text(ask(w, one, "{'id':'c1','do':'chat.start','name':'V','email':'v@example.com'}"),
                "chat"));
    two = visitor_conn(w, code, &err);
    assert_string_not_equal(
        ok_text(ask(w, two, "{'id':'c1','do':'chat.start','name':'V','email':'v@example.com'}"),
                "chat"),
        chat);
}

static void commands_without_id_get_no_answer(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept = world_dept(w, "Sales", code), vera;

    world_agent(w, "ann@example.com", dept, "", cookie);
    world_ready(w, cookie);
    vera = world_ring(w, code, chat, token);
    sent_forget(w);
    assert_null(ask(w, vera, "{'do':'ping'}"));
    assert_null(ask(w, vera, "{'do':'chat.send','text':'x'}"));
    assert_string_equal(error_of(ask(w, vera, "{'do':'chat.shout','text':'x'}")), "malformed");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
    const struct CMUnitTest tests[] = {
        T(bad_frames_are_refused_by_name),
        T(what_is_no_json_ends_the_connection),
        T(a_text_over_the_limit_is_told_its_length),
        T(an_answer_waits_for_the_disk),
        T(all_that_is_wrong_in_a_form_is_told_at_once),
        T(no_more_faults_are_told_than_fit),
        T(a_repeated_command_is_done_once),
        T(commands_without_id_get_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
