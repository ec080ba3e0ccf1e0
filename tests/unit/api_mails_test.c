/* The outbox over the wire: lists, causes, many retries, another address, messages, metrics. */
#include "api_world.h"

#include "../../src/api/api_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A chat that has ended, with a transcript on its way to two mailboxes. */
struct shop {
    uint64_t dept, ann, vera;
    char cookie[96], chat[ID_TEXT], token[64], code[CODE_TEXT];
    uint64_t mail;
};

static uint64_t newest_mail(struct world *w)
{
    uint64_t cursor = 0, id = 0;
    size_t n;

    assert_int_equal(mail_list(w->store, &(struct mail_want){.state = -1}, &cursor, &id, 1, &n),
                     ERR_OK);
    assert_int_equal(n, 1);
    return id;
}

static void shop_open(struct world *w, struct shop *s, const char *more)
{
    s->dept = world_dept(w, "Sales", s->code);
    world_agent(w, "ann@example.com", s->dept, more, s->cookie);
    s->ann = world_ready(w, s->cookie);
    s->vera = world_ring(w, s->code, s->chat, s->token);
    assert_string_equal(
        error_of(operator_ask(w,
                              "{'id':'s','do':'department.set','department':'%llu',"
                              "'mail.from.on':true,'mail.from.addresses':'sales@example.com',"
                              "'mail.transcript.on':true,"
                              "'mail.transcript.addresses':'box@example.com'}",
                              (unsigned long long)s->dept)),
        "");
    ask(w, s->ann, "{'id':'acc','do':'offer.accept','conversation':'%s'}", s->chat);
    ask(w, s->vera, "{'id':'v','do':'chat.send','text':'hello'}");
    ask(w, s->ann, "{'id':'e','do':'chat.end','conversation':'%s'}", s->chat);
    s->mail = newest_mail(w);
}

static json_int_t awaited_ms(struct world *w, uint64_t id)
{
    json_t *a =
        operator_ask(w, "{'id':'aw','do':'mail.show','mail':'%llu'}", (unsigned long long)id);

    return json_integer_value(
        json_object_get(json_object_get(json_object_get(a, "ok"), "mail"), "awaited_ms"));
}

/* One address as it goes out, and as people write it. */
#define BOX_WIRE "\"b..x\"@xn--r8jz45g.jp"
#define BOX_SHOWN "b..x@例え.jp"

/* What the dispatcher does at a mail's first attempt, and what comes of it. */
static void attempt(struct world *w, uint64_t id, enum mail_state state, const char *cause)
{
    struct span rcpts[] = {SPAN_LIT(BOX_WIRE), SPAN_LIT("two@example.com")};
    struct mail_frozen fz = {.message_id = SPAN_LIT("<1@example.com>"),
                             .subject = SPAN_LIT("Transcript"),
                             .rcpts = rcpts,
                             .nrcpts = 2,
                             .bytes = SPAN_LIT("Subject: Transcript\r\n\r\nhello\r\n")};
    struct mail_rcpt got[] = {{.addr = (char *)BOX_WIRE, .state = state, .code = 450},
                              {.addr = (char *)"two@example.com", .state = MAILST_SENT}};
    struct mail_result res = {
        .id = id, .state = state, .due_ms = w->now_ms + 60000, .rcpts = got, .nrcpts = 2};
    uint64_t due;
    size_t n;

    assert_int_equal(outbox_due(w->store, w->now_ms, &due, 1, &n), ERR_OK);
    assert_int_equal(outbox_freeze(w->store, id, &fz), ERR_OK);
    assert_int_equal(outbox_begin(w->store, &id, 1, &(struct lease){1, 1000, 7000}), ERR_OK);
    assert_int_equal(awaited_ms(w, id), 7000); /* what people are told meanwhile */
    snprintf(res.cause, sizeof(res.cause), "%s", cause);
    assert_int_equal(outbox_settle(w->store, &res, 1, w->now_ms), ERR_OK);
    assert_int_equal(awaited_ms(w, id), 0);
}

static size_t apply_all(struct world *w)
{
    struct mail_request rq;
    size_t changed, all = 0;
    bool over;

    while (outbox_apply_request(w->store, w->now_ms, &rq, &changed, &over) == ERR_OK)
        all += changed;
    return all;
}

static const json_t *mail_of(const json_t *answer)
{
    return json_object_get(json_object_get(answer, "ok"), "mail");
}

static void a_cause_is_listed_counted_and_tried_again_as_a_whole(void **state)
{
    struct world *w = *state;
    const json_t *row;
    struct shop s;
    json_t *a;

    shop_open(w, &s, ",'role':'admin'");
    attempt(w, s.mail, MAILST_DEFERRED, "code-450");
    a = ask(w, s.ann, "{'id':'c','do':'mail.causes'}");
    row = json_array_get(json_object_get(json_object_get(a, "ok"), "rows"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "cause")), "code-450");
    assert_int_equal(json_integer_value(json_object_get(row, "deferred")), 1);
    assert_int_equal(json_integer_value(json_object_get(row, "retry")), 1);
    a = ask(w, s.ann, "{'id':'l','do':'mail.list','cause':'code-450'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 1);
    a = ask(w, s.ann, "{'id':'l2','do':'mail.list','cause':'tls'}");
    assert_int_equal(json_array_size(json_object_get(json_object_get(a, "ok"), "rows")), 0);

    assert_int_equal(ok_int(ask(w, s.ann, "{'id':'r','do':'mail.retry','cause':'tls'}"), "meant"),
                     0);
    assert_int_equal(apply_all(w), 0);
    assert_int_equal(
        ok_int(ask(w, s.ann, "{'id':'r2','do':'mail.retry','cause':'code-450'}"), "meant"), 1);
    assert_int_equal(apply_all(w), 1);
    assert_int_equal(ok_int(ask(w, s.ann, "{'id':'r3','do':'mail.retry','all':true}"), "meant"), 1);
    a = ask(w, s.ann, "{'id':'r4','do':'mail.retry'}");
    assert_string_equal(error_of(a), "invalid");
    a = ask(w, s.ann, "{'id':'r5','do':'mail.retry','all':true,'cause':'tls'}");
    assert_string_equal(error_of(a), "invalid");
}

static void what_may_have_arrived_is_not_among_all(void **state)
{
    struct world *w = *state;
    struct shop s;

    shop_open(w, &s, ",'role':'admin'");
    attempt(w, s.mail, MAILST_FAILED, "doubtful");
    assert_int_equal(ok_int(ask(w, s.ann, "{'id':'r','do':'mail.retry','all':true}"), "meant"), 0);
    assert_int_equal(
        ok_int(ask(w, s.ann, "{'id':'r2','do':'mail.retry','cause':'doubtful'}"), "meant"), 1);
}

static void the_whole_outbox_is_for_administrators(void **state)
{
    static const char *const commands[] = {"'do':'mail.causes'", "'do':'mail.retry','all':true",
                                           "'do':'mail.retry','cause':'connect'",
                                           "'do':'mail.list','cause':'connect'"};
    struct world *w = *state;
    struct shop s;

    shop_open(w, &s, "");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        assert_string_equal(error_of(ask(w, s.ann, "{'id':'c%zu',%s}", i, commands[i])),
                            "forbidden");
    /* Its message and where it goes are for those who may see the outbox, not for all who see. */
    assert_string_equal(error_of(ask(w, s.ann, "{'id':'s','do':'mail.source','mail':'%llu'}",
                                     (unsigned long long)s.mail)),
                        "unknown");
    assert_string_equal(
        error_of(ask(w, s.ann,
                     "{'id':'a','do':'mail.readdress','mail':'%llu','to':'x@example.com'}",
                     (unsigned long long)s.mail)),
        "unknown");
}

static void a_message_can_be_read_until_it_is_let_go(void **state)
{
    struct world *w = *state;
    struct shop s;
    size_t n;
    json_t *a;

    shop_open(w, &s, ",'role':'admin'");
    a = ask(w, s.ann, "{'id':'s','do':'mail.source','mail':'%llu'}", (unsigned long long)s.mail);
    assert_string_equal(error_of(a), "unknown");
    attempt(w, s.mail, MAILST_FAILED, "code-550");
    a = ask(w, s.ann, "{'id':'t','do':'mail.source','mail':'%llu'}", (unsigned long long)s.mail);
    assert_string_equal(ok_text(a, "text"), "Subject: Transcript\r\n\r\nhello\r\n");
    assert_true(json_is_null(json_object_get(json_object_get(a, "ok"), "next")));
    assert_int_equal(ok_int(a, "bytes"), 30);
    a = ask(w, s.ann, "{'id':'u','do':'mail.source','mail':'%llu','offset':23}",
            (unsigned long long)s.mail);
    assert_string_equal(ok_text(a, "text"), "hello\r\n");
    assert_int_equal(outbox_drop_old(w->store, w->now_ms + 1, 9, &n), ERR_OK);
    a = ask(w, s.ann, "{'id':'x','do':'mail.source','mail':'%llu'}", (unsigned long long)s.mail);
    assert_string_equal(error_of(a), "unknown");
    a = ask(w, s.ann, "{'id':'y','do':'mail.show','mail':'%llu'}", (unsigned long long)s.mail);
    assert_true(json_is_false(json_object_get(mail_of(a), "kept")));
    a = ask(w, s.ann, "{'id':'z','do':'mail.retry','mail':'%llu'}", (unsigned long long)s.mail);
    assert_string_equal(error_of(a), "conflict");
}

/* Longer than one answer, with characters of three bytes across the borders. */
static void a_long_message_comes_in_pieces_that_end_between_characters(void **state)
{
    struct world *w = *state;
    struct mail_frozen fz = {.message_id = SPAN_LIT("<1@example.com>")};
    struct buf bytes = {0}, got = {0};
    struct shop s;
    uint64_t due;
    size_t n, pieces = 0;
    json_int_t at = 0;

    shop_open(w, &s, ",'role':'admin'");
    buf_add_str(&bytes, "x");
    while (bytes.len < 3 * MAIL_PIECE_BYTES)
        buf_add_str(&bytes, "件");
    fz.bytes = buf_span(&bytes);
    assert_int_equal(outbox_due(w->store, w->now_ms, &due, 1, &n), ERR_OK);
    assert_int_equal(outbox_freeze(w->store, s.mail, &fz), ERR_OK);
    for (bool more = true; more; pieces++) {
        json_t *a = ask(w, s.ann, "{'id':'p%zu','do':'mail.source','mail':'%llu','offset':%lld}",
                        pieces, (unsigned long long)s.mail, (long long)at);
        const json_t *next = json_object_get(json_object_get(a, "ok"), "next");

        buf_add_str(&got, ok_text(a, "text"));
        more = json_is_integer(next);
        at = json_integer_value(next);
    }
    assert_int_equal(pieces, 4);
    assert_true(span_eq(buf_span(&got), buf_span(&bytes)));
    buf_fini(&bytes);
    buf_fini(&got);
}

static void a_recipient_that_was_not_reached_is_readdressed(void **state)
{
    struct world *w = *state;
    const json_t *to;
    struct shop s;
    uint64_t due, fresh;
    size_t n;
    json_t *a;

    shop_open(w, &s, ",'role':'admin'");
    attempt(w, s.mail, MAILST_DEFERRED, "code-450");
    a = ask(w, s.ann, "{'id':'1','do':'mail.readdress','mail':'%llu','to':'nobody'}",
            (unsigned long long)s.mail);
    assert_string_equal(error_of(a), "invalid");
    a = ask(w, s.ann,
            "{'id':'2','do':'mail.readdress','mail':'%llu','to':'new@example.com',"
            "'address':'two@example.com'}",
            (unsigned long long)s.mail); /* it has it */
    assert_string_equal(error_of(a), "unknown");
    a = ask(w, s.ann,
            "{'id':'3','do':'mail.readdress','mail':'%llu','to':'new@example.com',"
            "'address':'" BOX_SHOWN "'}",
            (unsigned long long)s.mail);
    assert_string_equal(error_of(a), "");
    fresh = newest_mail(w);
    assert_int_equal(strtoull(ok_text(a, "mail"), NULL, 10), fresh);
    a = ask(w, s.ann, "{'id':'4','do':'mail.readdress','mail':'%llu','to':'new@example.com'}",
            (unsigned long long)s.mail); /* before the dispatcher has seen it */
    assert_string_equal(error_of(a), "exists");

    assert_int_equal(outbox_due(w->store, w->now_ms, &due, 1, &n), ERR_OK);
    a = ask(w, s.ann, "{'id':'5','do':'mail.show','mail':'%llu'}", (unsigned long long)s.mail);
    to = json_array_get(json_object_get(mail_of(a), "to"), 0);
    assert_string_equal(json_string_value(json_object_get(to, "state")), "cancelled");
    assert_string_equal(json_string_value(json_object_get(to, "address")), BOX_SHOWN);
    assert_int_equal(strtoull(json_string_value(json_object_get(to, "replaced_by")), NULL, 10),
                     fresh);
    assert_string_equal(json_string_value(json_object_get(mail_of(a), "state")), "sent");
    a = ask(w, s.ann, "{'id':'6','do':'mail.show','mail':'%llu'}", (unsigned long long)fresh);
    assert_string_equal(json_string_value(json_object_get(mail_of(a), "instead_of")), BOX_SHOWN);
    assert_int_equal(strtoull(json_string_value(json_object_get(mail_of(a), "replaces")), NULL, 10),
                     s.mail);
    a = ask(w, s.ann, "{'id':'7','do':'conversation.read','conversation':'%s'}", s.chat);
    char *text = json_dumps(a, JSON_COMPACT);
    assert_non_null(strstr(text, "\"kind\":\"readdressed\""));
    assert_non_null(strstr(text, "\"instead_of\":\"" BOX_SHOWN "\""));
    free(text);
}

static void of_several_recipients_one_has_to_be_named(void **state)
{
    struct world *w = *state;
    struct span rcpts[] = {SPAN_LIT("box@example.com"), SPAN_LIT("two@example.com")};
    struct mail_frozen fz = {.message_id = SPAN_LIT("<1@example.com>"),
                             .rcpts = rcpts,
                             .nrcpts = 2,
                             .bytes = SPAN_LIT("x")};
    struct shop s;
    uint64_t due;
    size_t n;
    json_t *a;

    shop_open(w, &s, ",'role':'admin'");
    a = ask(w, s.ann, "{'id':'0','do':'mail.readdress','mail':'%llu','to':'new@example.com'}",
            (unsigned long long)s.mail); /* nobody knows yet where it goes */
    assert_string_equal(error_of(a), "unknown");
    assert_int_equal(outbox_due(w->store, w->now_ms, &due, 1, &n), ERR_OK);
    assert_int_equal(outbox_freeze(w->store, s.mail, &fz), ERR_OK);
    a = ask(w, s.ann, "{'id':'1','do':'mail.readdress','mail':'%llu','to':'new@example.com'}",
            (unsigned long long)s.mail);
    assert_string_equal(error_of(a), "invalid");
    a = ask(w, s.ann,
            "{'id':'2','do':'mail.readdress','mail':'%llu','to':'new@example.com',"
            "'address':'two@example.com'}",
            (unsigned long long)s.mail);
    assert_string_equal(error_of(a), "");
}

static void the_next_try_is_not_before_the_relay_has_rested(void **state)
{
    struct world *w = *state;
    struct relay_row rests[] = {{.dept = 0, .trouble = "connect"}};
    struct shop s;
    json_t *a;

    shop_open(w, &s, ",'role':'admin'");
    attempt(w, s.mail, MAILST_DEFERRED, "code-450");
    a = ask(w, s.ann, "{'id':'1','do':'mail.show','mail':'%llu'}", (unsigned long long)s.mail);
    json_int_t own = json_integer_value(json_object_get(mail_of(a), "due_ms"));
    assert_null(json_object_get(mail_of(a), "relay_rests"));
    rests[0].rest_until_ms = own + 12345;
    assert_int_equal(outbox_note_relays(w->store, rests, 1), ERR_OK);
    a = ask(w, s.ann, "{'id':'2','do':'mail.show','mail':'%llu'}", (unsigned long long)s.mail);
    assert_int_equal(json_integer_value(json_object_get(mail_of(a), "due_ms")), own + 12345);
    assert_string_equal(json_string_value(json_object_get(mail_of(a), "relay_rests")), "connect");

    /* With a relay of its own the department does not wait for the portal's. */
    operator_ask(w,
                 "{'id':'o','do':'department.set','department':'%llu','relay.own':true,"
                 "'relay.host':'mail.example.com'}",
                 (unsigned long long)s.dept);
    a = ask(w, s.ann, "{'id':'3','do':'mail.show','mail':'%llu'}", (unsigned long long)s.mail);
    assert_int_equal(json_integer_value(json_object_get(mail_of(a), "due_ms")), own);
}

/* metrics */

static void metrics_may_be_read_from(struct world *w, const char *prefix)
{
    static struct ipprefix from;
    struct api_config conf = w->api->env.config;
    struct fault f;

    assert_int_equal(ipprefix_parse(span_of(prefix), &from, &f), ERR_OK);
    conf.metrics_from = &from;
    conf.nmetrics_from = 1;
    api_configure(w->api, &conf);
}

static bool is_name(struct span s)
{
    bool good = s.len > 0;

    for (size_t i = 0; i < s.len; i++)
        good = good && ((s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '_' ||
                        (i > 0 && s.p[i] >= '0' && s.p[i] <= '9'));
    return good;
}

/* One line of a value: name, perhaps {label="word"}, a number. */
static void check_value(const char *line, const char *name)
{
    size_t n = strlen(name);
    const char *at = line + n;
    char *end;

    assert_memory_equal(line, name, n);
    if (*at == '{') {
        const char *eq = strchr(at, '=');

        assert_non_null(eq);
        assert_true(is_name((struct span){at + 1, (size_t)(eq - at - 1)}));
        assert_int_equal(eq[1], '"');
        at = strchr(eq + 2, '"');
        assert_non_null(at);
        assert_int_equal(at[1], '}');
        at += 2;
    }
    assert_int_equal(*at, ' ');
    assert_true(strtod(at + 1, &end) >= 0);
    assert_int_equal(*end, '\0');
}

static void metrics_are_well_formed_and_each_stands_there_once(void **state)
{
    struct world *w = *state;
    char name[80] = "", type[16] = "", seen[8192] = "\n", *rest, *line;
    const struct api_metric *all;
    size_t n = api_metrics(&all), helps = 0, values = 0;
    char ip[IPADDR_TEXT];

    ipaddr_format(&w->ip, ip);
    metrics_may_be_read_from(w, ip);
    const struct sent *s = request(w, API_GET, "/metrics", NULL);
    assert_int_equal(s->status, 200);
    assert_int_equal(s->text[strlen(s->text) - 1], '\n');
    char *text = xstrdup(s->text);
    for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char mark[96];

        if (strncmp(line, "# HELP ", 7) == 0) {
            assert_int_equal(sscanf(line, "# HELP %79s", name), 1);
            assert_string_equal(name, all[helps].name);
            assert_non_null(strstr(line, all[helps].help));
            snprintf(mark, sizeof(mark), "\n%s\n", name);
            assert_null(strstr(seen, mark));
            strcat(strcat(seen, name), "\n");
            helps++;
            values = 0;
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            char of[80];

            assert_int_equal(sscanf(line, "# TYPE %79s %15s", of, type), 2);
            assert_string_equal(of, name);
            assert_int_equal(values, 0);
            assert_int_equal(strcmp(type, "counter") == 0,
                             strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0);
            assert_true(is_name(span_of(name)));
        } else {
            check_value(line, name);
            snprintf(mark, sizeof(mark), "\n%.*s\n", (int)(strchr(line, ' ') - line), line);
            if (values++ > 0)
                assert_null(strstr(seen, mark));
            if (strchr(line, '{') != NULL)
                strcat(strcat(seen, mark + 1), "");
        }
    }
    assert_int_equal(helps, n);
    free(text);
}

static void metrics_tell_of_the_outbox(void **state)
{
    struct world *w = *state;
    struct relay_row refused = {.refused = true, .trouble = "login"};
    const struct sent *m;
    struct shop s;
    char ip[IPADDR_TEXT];

    ipaddr_format(&w->ip, ip);
    metrics_may_be_read_from(w, ip);
    shop_open(w, &s, ",'role':'admin'");
    m = request(w, API_GET, "/metrics", NULL);
    assert_non_null(strstr(m->text, "deskbell_outbox_mails{state=\"queued\"} 1\n"));
    assert_non_null(strstr(m->text, "\ndeskbell_outbox_late 0\n"));
    assert_non_null(strstr(m->text, "\ndeskbell_outbox_refused_logins 0\n"));
    assert_non_null(strstr(m->text, "\ndeskbell_dispatcher_attached 0\n"));
    world_advance(w, 6 * 60 * 1000);
    assert_int_equal(outbox_note_relays(w->store, &refused, 1), ERR_OK);
    operator_ask(w, "{'id':'d','do':'dispatcher.attach'}");
    m = request(w, API_GET, "/metrics", NULL);
    assert_non_null(strstr(m->text, "\ndeskbell_outbox_late 1\n"));
    assert_non_null(strstr(m->text, "\ndeskbell_outbox_oldest_due_seconds 36"));
    assert_non_null(strstr(m->text, "\ndeskbell_outbox_refused_logins 1\n"));
    assert_non_null(strstr(m->text, "\ndeskbell_dispatcher_attached 1\n"));
    assert_non_null(strstr(m->text, "\ndeskbell_agents_here 1\n"));
    json_t *a = operator_ask(w, "{'id':'s','do':'status'}");
    const json_t *outbox = json_object_get(json_object_get(a, "ok"), "outbox");
    assert_true(json_is_true(json_object_get(outbox, "late")));
    assert_string_equal(json_string_value(json_object_get(outbox, "refused_by")), "deskbell");
}

static void for_strangers_there_are_no_metrics(void **state)
{
    struct world *w = *state;
    const struct sent *m;
    char *nothing;

    metrics_may_be_read_from(w, "192.0.2.9");
    nothing = xstrdup(request(w, API_GET, "/nothing-here", NULL)->text);
    m = request(w, API_GET, "/metrics", NULL);
    assert_int_equal(m->status, 404);
    assert_string_equal(m->text, nothing);
    m = request(w, API_POST, "/metrics", NULL);
    assert_int_equal(m->status, 404);
    free(nothing);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_cause_is_listed_counted_and_tried_again_as_a_whole),
        T(what_may_have_arrived_is_not_among_all),
        T(the_whole_outbox_is_for_administrators),
        T(a_message_can_be_read_until_it_is_let_go),
        T(a_long_message_comes_in_pieces_that_end_between_characters),
        T(a_recipient_that_was_not_reached_is_readdressed),
        T(of_several_recipients_one_has_to_be_named),
        T(the_next_try_is_not_before_the_relay_has_rested),
        T(metrics_are_well_formed_and_each_stands_there_once),
        T(metrics_tell_of_the_outbox),
        T(for_strangers_there_are_no_metrics),
    };

    return cmocka_run_group_tests_name("api_mails", tests, NULL, NULL);
}
