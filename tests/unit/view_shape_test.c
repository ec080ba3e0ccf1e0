/*
 * The members of what goes over the wire, object by object: none is lost, none comes unasked.  What
 * is in them is the other tests' affair.
 */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "{name rows:[{id}]}": members in their order, of lists what their first element has. */
static void shape_add(struct buf *b, const json_t *v)
{
    const char *key;
    json_t *member;
    bool first = true;

    if (json_is_array(v)) {
        buf_add_char(b, '[');
        if (json_array_size(v) > 0)
            shape_add(b, json_array_get(v, 0));
        buf_add_char(b, ']');
        return;
    }
    if (!json_is_object(v))
        return;
    buf_add_char(b, '{');
    json_object_foreach ((json_t *)v, key, member) {
        buf_addf(b, "%s%s", first ? "" : " ", key);
        if (json_is_object(member) || json_is_array(member))
            buf_add_char(b, ':');
        shape_add(b, member);
        first = false;
    }
    buf_add_char(b, '}');
}

static void assert_shape(const json_t *v, const char *wanted)
{
    struct buf b = {0};

    assert_non_null(v);
    shape_add(&b, v);
    if (strcmp(b.p, wanted) != 0)
        fail_msg("it is\n%s\nnot\n%s", b.p, wanted);
    buf_fini(&b);
}

static const json_t *ok_of(const json_t *answer)
{
    return json_object_get(answer, "ok");
}

struct shop {
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    uint64_t dept, agent, ann, vera;
};

static void shop_open(struct world *w, struct shop *s)
{
    s->dept = world_dept(w, "Sales", s->code);
    s->agent = world_agent(w, "ann@example.com", s->dept, ",'role':'admin'", s->cookie);
    s->ann = world_ready(w, s->cookie);
    s->vera = world_ring(w, s->code, s->chat, s->token);
}

static void a_conversation(void **state)
{
    struct world *w = *state;
    struct shop s;

    shop_open(w, &s);
    assert_shape(ok_of(ask(w, s.ann, "{'id':'me','do':'subscribe','topic':'me'}")),
                 "{agent:{id name email role scope lang zone alerts:{volume tone quiet tasks "
                 "mentions} keys status "
                 "capacity load "
                 "permissions:[] outbox departments:[{department chat notify tier}]} "
                 "portal:{name lang zone} departments:[{id name type door waiting active}] "
                 "agents:[{id name status load capacity departments:[]}] "
                 "offers:[{conversation until_ms expires_in_ms head:{conversation number "
                 "state department entry agent name email phone question page title "
                 "referrer browser lang ip rang_ms since_ms spoke_ms wait_until_ms "
                 "unreplied visitor_here n seq seen_visitor seen_agent last tags:[] times:[] "
                 "passed:{offline status full asked busier unmet rung skill} how others:[] "
                 "blocked block_prefix "
                 "same_address may:[] "
                 "pos}}] counts:{all mine unassigned completed missed blocked to-answer "
                 "answered put-away unreplied replied tasks mentions} notices:[] now_ms}");
    ask(w, s.ann, "{'id':'acc','do':'offer.accept','conversation':'%s'}", s.chat);
    ask(w, s.vera, "{'id':'v','do':'chat.send','text':'hello'}");
    assert_shape(
        ok_of(ask(w, s.ann, "{'id':'r','do':'conversation.read','conversation':'%s'}", s.chat)),
        "{head:{conversation number state department entry agent name email "
        "phone question page title referrer browser lang ip rang_ms since_ms "
        "spoke_ms unreplied visitor_here n seq seen_visitor seen_agent last tags:[] times:[{agent "
        "name ms since_ms}] "
        "passed:{offline status full asked busier unmet rung skill} how others:[] "
        "blocked block_prefix "
        "same_address "
        "may:[] "
        "pos} lines:[{seq n kind by name time_ms}] more mails:[] got drafts:[]}");
    assert_shape(
        ok_of(ask(w, s.ann, "{'id':'l','do':'list.read','list':'mine'}")),
        "{rows:[{conversation number state department entry agent name email "
        "phone question page title referrer browser lang ip rang_ms since_ms "
        "spoke_ms unreplied visitor_here n seq seen_visitor seen_agent last tags:[] times:[{agent "
        "name ms since_ms}] "
        "passed:{offline status full asked busier unmet rung skill} how others:[] "
        "blocked block_prefix "
        "same_address may:[] "
        "pos}] count cursor}");
    assert_shape(
        ok_of(ask(w, s.vera, "{'id':'q','do':'chat.resume','chat':'%s','token':'%s','n':0}", s.chat,
                  s.token)),
        "{chat number state agent n seen rated commented copied may_copy got lines:[{n kind "
        "by name time_ms}] more}");
}

static void people_and_departments(void **state)
{
    struct world *w = *state;
    struct shop s;

    shop_open(w, &s);
    assert_shape(
        ok_of(operator_ask(w, "{'id':'2','do':'department.show','department':'%llu'}",
                           (unsigned long long)s.dept)),
        "{department:{id code name description type enabled chat_on lang "
        "languages greeting.en greeting.ja offline_text.en offline_text.ja offline colour "
        "at_start fields.name fields.email fields.phone fields.question label.name.en "
        "label.name.ja label.email.en "
        "label.email.ja label.phone.en label.phone.ja label.question.en label.question.ja origins "
        "strategy rules queue_max offer_ms wait_ms idle_ms auto_accept show_eta title.en title.ja "
        "transfer_ms pause_ms pause_max_ms overflow overflow_ms left_routed last_agent "
        "mail.from.on "
        "mail.from.addresses "
        "mail.transcript.on "
        "mail.transcript.addresses mail.block.on mail.block.addresses "
        "mail.feedback.on mail.feedback.addresses mail.missed.on "
        "mail.missed.addresses mail.copy.on mail.copy.addresses relay.own "
        "relay.host relay.port relay.tls relay.user relay.secret relay.auth "
        "hours.week hours.zone hours.holidays hours.days hours.last_chat_ms "
        "version door waiting active completed missed templates:[] rule_doubts:[] embed "
        "agents:[{agent "
        "name email chat notify tier}]}}");
    assert_shape(
        ok_of(operator_ask(w, "{'id':'4','do':'agent.show','agent':'%llu'}",
                           (unsigned long long)s.agent)),
        "{agent:{id name email phone extension mobile note role scope permissions enabled lang "
        "capacity skills signature zone alerts.volume alerts.tone alerts.quiet alerts.tasks "
        "alerts.mentions alerts.mentions_ms "
        "keys version status "
        "connected load tasks has_password factor "
        "factor_needed link "
        "departments:[{department chat notify tier}]}}");
    assert_shape(ok_of(operator_ask(w, "{'id':'5','do':'portal.show'}")),
                 "{portal:{name lang zone skills from relay_host relay_port relay_tls "
                 "relay_user relay_secret grace_ms visitor_grace_ms relay_auth transfer_between "
                 "factor_roles version "
                 "templates:[]}}");
    operator_ask(w, "{'id':'6','do':'block.add','prefix':'192.0.2.99','text':'spam'}");
    assert_shape(ok_of(operator_ask(w, "{'id':'7','do':'block.list'}")),
                 "{rows:[{id prefix reason by by_name conversation department since_ms "
                 "until_ms}] cursor}");
    watch_notice(w->watch, "disk-full", "Full.", "about it", true);
    assert_shape(ok_of(operator_ask(w, "{'id':'8','do':'status'}")),
                 "{version started_ms now_ms position read_only departments without_from "
                 "agents agents_here waiting active blocks connections websockets "
                 "dispatcher outbox:{queued sending deferred sent failed uncertain "
                 "suppressed cancelled held folded late refused} search:{position records "
                 "lag_ms behind bytes trouble} notices:[{code text about}]}");
}

static void an_agents_page_says_whether_there_is_a_password(void **state)
{
    struct world *w = *state;
    struct shop s;
    char bob[ID_TEXT];
    const json_t *a;

    shop_open(w, &s);
    a = operator_ask(w, "{'id':'1','do':'agent.add','name':'Bob','email':'bob@example.com'}");
    snprintf(bob, sizeof(bob), "%s", ok_text(a, "agent"));
    a = operator_ask(w, "{'id':'2','do':'agent.show','agent':'%s'}", bob);
    assert_true(json_is_false(json_object_get(json_object_get(ok_of(a), "agent"), "has_password")));
    a = operator_ask(w, "{'id':'3','do':'agent.show','agent':'%llu'}", (unsigned long long)s.agent);
    assert_true(json_is_true(json_object_get(json_object_get(ok_of(a), "agent"), "has_password")));
}

static void mails(void **state)
{
    struct world *w = *state;
    struct shop s;
    const json_t *rows;
    char id[ID_TEXT];

    shop_open(w, &s);
    operator_ask(w,
                 "{'id':'s','do':'department.set','department':'%llu','mail.from.on':true,"
                 "'mail.from.addresses':'sales@example.com','mail.transcript.on':true,"
                 "'mail.transcript.addresses':'box@example.com'}",
                 (unsigned long long)s.dept);
    ask(w, s.ann, "{'id':'acc','do':'offer.accept','conversation':'%s'}", s.chat);
    ask(w, s.vera, "{'id':'v','do':'chat.send','text':'hello'}");
    ask(w, s.ann, "{'id':'e','do':'chat.end','conversation':'%s'}", s.chat);
    rows = json_object_get(ok_of(operator_ask(w, "{'id':'1','do':'mail.list'}")), "rows");
    assert_int_equal(json_array_size(rows), 1);
    snprintf(id, sizeof(id), "%s",
             json_string_value(json_object_get(json_array_get(rows, 0), "id")));
    assert_shape(json_array_get(rows, 0),
                 "{id kind conversation number department state uncertain attempts "
                 "created_ms due_ms from cc subject message_id cause reason bytes kept "
                 "to:[]}");
    assert_shape(ok_of(operator_ask(w, "{'id':'2','do':'mail.show','mail':'%s'}", id)),
                 "{mail:{id kind conversation number department state uncertain attempts "
                 "created_ms due_ms from cc subject message_id cause reason bytes kept "
                 "to:[] tries:[]}}");
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_conversation),
        T(people_and_departments),
        T(an_agents_page_says_whether_there_is_a_password),
        T(mails),
    };

    crypto_init();
    log_init("test", LOG_LVL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
