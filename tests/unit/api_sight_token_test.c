/*
 * What an API token does and sees: never more than its agent, and never more than it was given.
 * The rows of api_sight.c, each by tokens with nothing, with one permission, and with all but one;
 * and by those that are good for nothing any more.  A command of which the table here does not say
 * what it needs fails.
 */
#include "api_sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/api/api_int.h"

#define NEVER "-" /* for sessions alone */

/*
 * What a row's command needs of a token, by the first that fits: with a colleague, and with what is
 * the agent's own where that is something else.  All of the words; of those with a slash, one.
 */
static const struct need {
    const char *verb, *part, *others, *own;
} needs[] = {
    {"subscribe", "'floor'", "supervise", NULL},
    {"subscribe", "", "", NULL},
    {"unsubscribe", "", "", NULL},
    {"floor.show", "", "supervise", NULL},
    {"queue.move", "", "supervise", NULL},
    {"offer.accept", "", "reply", NULL},
    {"offer.decline", "", "self", NULL},
    {"conversation.pick", "", "reply", NULL},
    {"chat.send", "", "reply", NULL},
    {"chat.typing", "", "reply", NULL},
    {"conversation.mail", "", "reply", NULL},
    {"draft.save", "", "self", NULL},
    {"draft.list", "", "", NULL},
    {"mail.draft", "", "reply", NULL},
    {"conversation.forward", "", "reply", NULL},
    {"chat.seen", "", "self", NULL},
    {"chat.got", "", "self", NULL},
    {"line.edit", "", "reply", NULL},
    {"line.remove", "", "reply", NULL},
    {"conversation.targets", "", "transfer", NULL},
    {"conversation.transfer", "", "transfer", NULL},
    {"conversation.take-back", "", "transfer", NULL},
    {"conversation.candidates", "", "assign", NULL},
    {"conversation.assign", "", "assign", "assign/reply"},
    {"conversation.reopen", "", "end,assign", "end"},
    {"conversation.time", "", "supervise", "note"},
    {"conversation.reach", "", "", NULL},
    {"conversation.box", "", "reply", NULL},
    {"conversation.note", "", "note", NULL},
    {"conversation.tag", "", "note", NULL},
    {"conversation.untag", "", "note", NULL},
    {"chat.end", "", "end", NULL},
    {"chat.undo-end", "", "end", NULL},
    {"agent.status", "", "supervise", "self"},
    {"agent.explain", "$A", "admin", ""},
    {"agent.explain", "", "", NULL},
    {"route.explain", "", "", NULL},
    {"list.read", "", "", NULL},
    {"search", "", "", NULL},
    {"conversation.export", "", "export", NULL},
    {"conversation.read", "", "", NULL},
    {"mail.list", "", "", NULL},
    {"mail.causes", "", "", NULL},
    {"mail.show", "", "", NULL},
    {"mail.source", "", "outbox/admin", NULL},
    {"mail.retry", "", "outbox/admin", NULL},
    {"mail.readdress", "", "outbox", NULL},
    {"mail.cancel", "", "outbox/admin", NULL},
    {"block.add", "", "block", NULL},
    {"block.remove", "", "block", NULL},
    {"block.list", "", "", NULL},
    {"factor.reset", "", NEVER, NULL},
    {"session.list", "", "admin", ""},
    {"session.end", "", NEVER, NULL},
    {"token.list", "", "admin", ""},
    {"token.remove", "", NEVER, NULL},
    {"mention.list", "", "", NULL},
    {"mention.read", "", "self", NULL},
    {"report.time", "", "", NULL},
    {"canned.add", "'own'", NEVER, "self"},
    {"canned.set", "$O", NEVER, "self"},
    {"canned.remove", "$O", NEVER, "self"},
    {"canned.add", "", "canned", NULL},
    {"canned.set", "", "canned", NULL},
    {"canned.remove", "", "canned", NULL},
    {"canned.show", "", "", NULL},
    {"canned.list", "", "", NULL},
    {"canned.find", "", "", NULL},
    {"tag.list", "", "", NULL},
    {"task.add", "", "note", NULL},
    {"task.set", "", "note", NULL},
    {"task.done", "$T", "note", "note/self"},
    {"task.reopen", "$T", "note", "note/self"},
    {"task.done", "", "note", NULL},
    {"task.remove", "", "note", NULL},
    {"task.show", "", "", NULL},
    {"task.list", "", "", NULL},
    {"task.candidates", "", "note", NULL},
    {"view.add", "'department'", "supervise", NULL},
    {"view.add", "", "self", NULL},
    {"view.set", "$W", "supervise", NULL},
    {"view.set", "", NEVER, "self"},
    {"view.remove", "$W", "supervise", NULL},
    {"view.remove", "", NEVER, "self"},
    {"view.show", "", "", NULL},
    {"view.list", "", "", NULL},
    {"portal.show", "", "admin", NULL},
    {"portal.steps", "", "admin", NULL},
    {"department.seen", "", "admin", NULL},
    {"portal.set", "", "admin", NULL},
    {"department.list", "", "admin", NULL},
    {"department.show", "", "admin", NULL},
    {"department.add", "", "admin", NULL},
    {"department.set", "", "admin", NULL},
    {"hours.show", "", "admin", NULL},
    {"department.remove", "", "admin", NULL},
    {"agent.list", "", "admin", NULL},
    {"agent.show", "", "admin", ""},
    {"agent.add", "", "admin", NULL},
    {"agent.set", "", "admin", "self"},
    {"agent.work", "", "admin", NULL},
    {"agent.disable", "", "admin", NULL},
    {"agent.remove", "", "admin", NULL},
    {"picture.set", "", "admin", "self"},
    {"picture.remove", "", "admin", "self"},
    {"agent.role", "", "admin", NULL},
    {"role.list", "", "admin", NULL},
    {"role.add", "", "admin", NULL},
    {"role.set", "", "admin", NULL},
    {"role.remove", "", "admin", NULL},
    {"agent.link", "", "admin", NULL},
    {"member.set", "", "admin", NULL},
    {"member.remove", "", "admin", NULL},
    {"settings", "", "", NULL},
    {"status", "", "admin", NULL},
    {"mail.test", "", "admin", NULL},
    {"relay.password", "", "admin", NULL},
    {"template.show", "", "admin", NULL},
    {"template.preview", "", "admin", NULL},
    {"ping", "", "", NULL},
};

static const char *need_of(const struct row *row, bool own)
{
    for (size_t i = 0; i < COUNT_OF(needs); i++)
        if (strcmp(needs[i].verb, row->verb) == 0 && strstr(row->args, needs[i].part) != NULL)
            return own && needs[i].own != NULL ? needs[i].own : needs[i].others;
    fail_msg("%s %s: what does a token need for it?", row->verb, row->args);
    return NULL;
}

/* Is one of these words, apart by slashes, among those? */
static bool one_is_among(char *words, const char *all)
{
    char *rest, *word;

    for (word = strtok_r(words, "/", &rest); word != NULL; word = strtok_r(NULL, "/", &rest)) {
        size_t len = strlen(word);

        for (const char *at = all; (at = strstr(at, word)) != NULL; at += len)
            if ((at == all || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
                return true;
    }
    return false;
}

static bool suffices(const char *permissions, const char *need)
{
    char list[300], *rest, *word;

    snprintf(list, sizeof(list), "%s", need);
    for (word = strtok_r(list, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest))
        if (!one_is_among(word, permissions))
            return false;
    return true;
}

/* Records since then, but for notes that a token was used. */
static unsigned records_since(struct world *w, uint64_t pos)
{
    struct buf mem = {0};
    unsigned n = 0;
    struct rec rec;

    while (pos++ < turn_durable_pos(w->turn)) {
        assert_int_equal(store_read_rec(w->store, pos, &rec, &mem), ERR_OK);
        n += rec.type != REC_SESSION_USED;
    }
    buf_fini(&mem);
    return n;
}

/* What changes the core's state leaves a record; an answer to anything else says something. */
static unsigned does(struct scene *s, uint64_t conn, const struct row *row, size_t chat)
{
    bool decided = verb_find(span_of(row->verb), AS_AGENT)->type != CMD_COUNT;
    uint64_t pos = turn_durable_pos(s->w->turn);
    char *text = answer_of(s, conn, row, chat, true);
    bool did = strstr(text, "\"error\"") == NULL && (!decided || records_since(s->w, pos) > 0);

    if (did)
        print_message("    %s %s (%zu): %s\n", row->verb, row->args, chat, text);
    free(text);
    return did;
}

/* All that needs something which this token has not. */
static unsigned walk_without(struct scene *s, uint64_t agent, const char *permissions)
{
    unsigned leaks = 0;
    struct key key;
    uint64_t conn;

    print_message("  without: %s\n", permissions);
    key_make(s, agent, permissions, &key);
    conn = key_conn(s, &key);
    for (size_t i = 0; i < sight_rows_count; i++)
        for (size_t chat = 0; chat < chats_of(&sight_rows[i]); chat++)
            if (!suffices(permissions, need_of(&sight_rows[i], agent == s->hush1)))
                leaks += does(s, conn, &sight_rows[i], chat);
    key_end(s, &key);
    return leaks;
}

/* An agent of the secret departments who may all there is. */
static uint64_t a_capable_one(struct scene *s, bool own)
{
    const uint64_t depts[] = {s->hush, s->priv};
    uint64_t agent = own ? s->hush1 : s->out;

    for (size_t i = 0; i < COUNT_OF(depts); i++)
        say(s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu'",
            (unsigned long long)depts[i], (unsigned long long)agent);
    say(s, OPERATOR, "'do':'agent.set','agent':'%llu','role':'admin'", (unsigned long long)agent);
    return agent;
}

static void nothing_is_done_without_what_it_needs(struct scene *s, bool own)
{
    uint64_t agent = a_capable_one(s, own);
    char words[300];
    unsigned leaks = walk_without(s, agent, "");

    for (unsigned bit = 0; bit < 32; bit++)
        if (token_permission_word(bit) != NULL) {
            leaks += walk_without(s, agent, token_permission_word(bit));
            leaks += walk_without(s, agent, permissions_of(s, agent, BIT(bit), words));
        }
    leaks += walk_without(s, agent, permissions_of(s, agent, 0, words));
    assert_int_equal(leaks, 0);
}

static void a_token_does_nothing_that_it_was_not_given(void **state)
{
    struct scene s;

    scene_open(*state, &s);
    nothing_is_done_without_what_it_needs(&s, false);
}

static void nor_with_what_is_its_agents_own(void **state)
{
    struct scene s;

    scene_open(*state, &s);
    nothing_is_done_without_what_it_needs(&s, true);
}

/* Else the tests above would say nothing: with what it needs, and no more, it is not for that that
 * anything is refused. */
static void a_token_may_all_that_it_was_given(void **state)
{
    struct scene s;
    unsigned lacking = 0;

    scene_open(*state, &s);
    a_capable_one(&s, false);
    for (size_t i = 0; i < sight_rows_count; i++) {
        const char *need = need_of(&sight_rows[i], false);
        char *text, words[60];
        struct key key;

        if (strcmp(need, NEVER) == 0)
            continue;
        snprintf(words, sizeof(words), "%.*s", (int)strcspn(need, "/"), need);
        key_make(&s, s.out, words, &key);
        text = answer_of(&s, key_conn(&s, &key), &sight_rows[i], 0, true);
        if (strstr(text, "token-lacks") != NULL || strstr(text, "for-sessions") != NULL) {
            print_message("%s %s: %s\n", sight_rows[i].verb, sight_rows[i].args, text);
            lacking++;
        }
        free(text);
        key_end(&s, &key);
    }
    assert_int_equal(lacking, 0);
}

/* What is being offered, by a token of whom it is offered to: three ways to take it or let it go.
 */
static void an_offer_is_not_answered_without_what_that_needs(void **state)
{
    static const struct row rows[] = {{"offer.accept", "'conversation':'$C'", 0},
                                      {"offer.decline", "'conversation':'$C'", 0},
                                      {"conversation.pick", "'conversation':'$C'", 0}};
    struct scene s;
    char words[300];
    struct key less, more;

    scene_open(*state, &s);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint32_t need = strcmp(need_of(&rows[i], true), "self") == 0 ? TOKEN_SELF : BIT(PERM_REPLY);

        key_make(&s, s.hush1, permissions_of(&s, s.hush1, need, words), &less);
        key_make(&s, s.hush1, need_of(&rows[i], true), &more);
        hush_ring(&s, s.hush_code, s.chats[0]);
        assert_int_equal(does(&s, key_conn(&s, &less), &rows[i], 0), 0);
        if (does(&s, key_conn(&s, &more), &rows[i], 0) != 1)
            fail_msg("%s: %s", rows[i].verb, answer_of(&s, s.hush_conn, &rows[i], 0, true));
    }
}

/* what it sees */

static unsigned sees_more(struct scene *s, uint64_t conn, const struct row *row, bool addresses)
{
    char *mine = answer_of(s, conn, row, 0, true), *whole;
    json_t *a = answer_opened(mine), *b;
    unsigned more = 0;

    if (json_object_get(a, "ok") != NULL) {
        whole = answer_of(s, s->out_conn, row, 0, true);
        b = answer_opened(whole);
        more = answer_more_than(a, "", b);
        if (json_object_get(b, "ok") == NULL || (!addresses && strstr(mine, "192.0.2.") != NULL))
            more++;
        if (more != 0)
            print_message("  %s %s: %s\nnot %s\n", row->verb, row->args, mine, whole);
        json_decref(b);
        free(whole);
    }
    json_decref(a);
    free(mine);
    return more;
}

static unsigned walk_sight(struct scene *s, const char *permissions)
{
    struct key key;
    unsigned more = 0;
    uint64_t conn;

    key_make(s, s->out, permissions, &key);
    conn = key_conn(s, &key);
    for (size_t i = 0; i < sight_rows_count; i++)
        if ((sight_rows[i].flags & SHOWS) != 0)
            more += sees_more(s, conn, &sight_rows[i], strstr(permissions, "see_ip") != NULL);
    key_end(s, &key);
    return more;
}

/* A member of the secret departments of each kind, by tokens with nothing, one thing, and all. */
static void a_token_sees_no_more_than_its_agent(void **state)
{
    struct scene s;
    char words[300];
    unsigned more = 0;
    uint32_t seen = 0; /* each alone by one kind of agent */

    scene_open(*state, &s);
    a_capable_one(&s, false);
    for (size_t k = 0; k < sight_kinds_count; k++) {
        uint32_t all;

        outsider_becomes(&s, sight_kinds[k]);
        all = agent_token_permissions(core_agent(s.w->core, s.out));
        more += walk_sight(&s, "") + walk_sight(&s, permissions_of(&s, s.out, 0, words));
        for (unsigned bit = 0; bit < 32; bit++) {
            if ((all & BIT(bit)) == 0 || (seen & BIT(bit)) != 0)
                continue;
            more += walk_sight(&s, token_permission_word(bit));
            seen |= BIT(bit);
        }
    }
    assert_int_equal(seen, agent_token_permissions(core_agent(s.w->core, s.boss)) & ~TOKEN_ADMIN);
    assert_int_equal(more, 0);
}

/* Of whoever is no member; over HTTP api_sight_test.c asks. */
static void a_token_is_answered_as_if_what_is_secret_were_not_there(void **state)
{
    struct scene s;
    unsigned leaks = 0;
    char words[300];

    scene_open(*state, &s);
    for (size_t k = 0; k < sight_kinds_count; k++) {
        struct key key;
        uint64_t conn;

        outsider_becomes(&s, sight_kinds[k]);
        key_make(&s, s.out, k > 0 ? permissions_of(&s, s.out, 0, words) : "", &key);
        conn = key_conn(&s, &key);
        for (size_t i = 0; i < sight_rows_count; i++)
            for (size_t chat = 0; chat < chats_of(&sight_rows[i]); chat++)
                leaks += row_shows(&s, conn, &sight_rows[i], chat);
        key_end(&s, &key);
    }
    assert_int_equal(leaks, 0);
}

/* what is good for nothing any more */

static void routes_say(struct scene *s, const struct key *key, const char *reason)
{
    unsigned tried = 0;

    s->w->auth = key->auth;
    for (const struct route *rt = route_first(); rt->path != NULL; rt++)
        for (size_t i = 0; (rt->as & AS_AGENT) != 0 && i < sight_rows_count; i++) {
            char *text, *first;

            if (rt->word != NULL && strcmp(rt->word, sight_rows[i].verb) != 0)
                continue;
            if ((text = reply_of(s, rt, &sight_rows[i], 0, true)) == NULL)
                continue;
            first = strstr(text, reason);
            if (strncmp(text, "401 ", 4) != 0 || first == NULL || says_hush(text))
                fail_msg("%s %s: %s", rt->path, sight_rows[i].args, text);
            free(text);
            tried++;
        }
    s->w->auth = NULL;
    assert_true(tried > 100);
}

static void one_that_is_good_for_nothing_is_told_nothing(void **state)
{
    static const struct api_config often = {.version = "0.1.0",
                                            .rates.sign_ins_per_minute = 1000000};
    struct key late, revoked, of_nobody, wrong = {.auth = "Bearer dbk_none"};
    struct scene s;
    json_t *a;
    uint64_t conn;

    scene_open(*state, &s);
    api_configure(s.w->api, &often);
    a_capable_one(&s, false);
    a = say(&s, OPERATOR, "'do':'token.add','agent':'%llu','name':'t','until_ms':%lld",
            (unsigned long long)s.out, (long long)s.w->now_ms + 500);
    snprintf(late.auth, sizeof(late.auth), "Bearer %s", ok_text(a, "secret"));
    key_make(&s, s.out, "reply,admin", &revoked);
    key_make(&s, s.out, "reply,admin", &of_nobody);
    conn = key_conn(&s, &of_nobody);
    key_end(&s, &revoked);
    world_advance(s.w, 1000);
    routes_say(&s, &late, "token-expired");
    routes_say(&s, &revoked, "token-wrong");
    routes_say(&s, &wrong, "token-wrong");
    say(&s, OPERATOR, "'do':'agent.set','agent':'%llu','enabled':false", (unsigned long long)s.out);
    routes_say(&s, &of_nobody, "token-wrong");
    assert_non_null(sent_find(s.w, conn, "signed-out"));
}

static void what_needs_nothing_is_decided_by_no_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < sight_rows_count; i++)
        if (need_of(&sight_rows[i], false)[0] == '\0')
            assert_int_equal(verb_find(span_of(sight_rows[i].verb), AS_AGENT)->type, CMD_COUNT);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_token_does_nothing_that_it_was_not_given),
        T(nor_with_what_is_its_agents_own),
        T(a_token_may_all_that_it_was_given),
        T(an_offer_is_not_answered_without_what_that_needs),
        T(a_token_sees_no_more_than_its_agent),
        T(a_token_is_answered_as_if_what_is_secret_were_not_there),
        T(one_that_is_good_for_nothing_is_told_nothing),
        cmocka_unit_test(what_needs_nothing_is_decided_by_no_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
