/*
 * Everybody sends whatever the vocabulary has, sound and unsound, over connections that come and go
 * and a disk that stops now and then.  What must hold all the same: every command with an id is
 * answered once, all that goes out is JSON, a visitor's lines have no gap and no note in them.
 */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/api/api_int.h"

#define SEEDS 4
#define STEPS 1200
#define PEERS 12

struct peer {
    uint64_t conn;
    unsigned as;
    char chat[ID_TEXT], token[64];
    json_int_t n; /* the last line that it was shown */
};

struct crowd {
    struct world *w;
    uint64_t seed;
    char code[2][CODE_TEXT], cookie[3][64];
    struct peer peers[PEERS];
    uint64_t asked, answered;
    size_t looked; /* at what was sent */
    uint64_t ids[16];
    unsigned nids;
};

static uint64_t pick(struct crowd *c, uint64_t below)
{
    c->seed ^= c->seed << 13, c->seed ^= c->seed >> 7, c->seed ^= c->seed << 17;
    return (c->seed >> 11) % below;
}

static void learn(struct crowd *c, uint64_t id)
{
    /* The first are departments and agents, the others the newest chats. */
    c->ids[c->nids < 5 ? c->nids : 5 + (c->nids - 5) % (COUNT_OF(c->ids) - 5)] = id;
    c->nids++;
}

static void join(struct crowd *c, struct peer *p, unsigned who)
{
    err_t err;

    *p = (struct peer){.as = who < 7 ? AS_VISITOR : AS_AGENT};
    if (p->as == AS_VISITOR) {
        c->w->ip.b[15] = (uint8_t)pick(c, 200);
        p->conn = visitor_conn(c->w, c->code[who % 2], &err);
    } else {
        p->conn = agent_conn(c->w, c->cookie[who % 3], &err);
    }
}

static void value_write(struct crowd *c, struct jw *j, const struct peer *p, const struct arg *a)
{
    static const char *const words[] = {"me",        "list",         "conversation",  "all",
                                        "mine",      "unassigned",   "completed",     "missed",
                                        "available", "busy",         "away",          "open",
                                        "en",        "ja",           "a@example.com", "x",
                                        "queued",    "192.0.2.0/24", "error",         ""};
    char chat[ID_TEXT];

    jw_key(j, arg_word(a->name));
    if (pick(c, 40) == 0) {
        jw_null(j);
        return;
    }
    switch (a->type) {
    case ARGT_ID:
    case ARGT_CURSOR:
        if (p->chat[0] != 0 && a->name == ARG_CHAT) {
            snprintf(chat, sizeof(chat), "%s", p->chat);
            jw_str(j, chat);
        } else {
            jw_id(j, c->ids[pick(c, COUNT_OF(c->ids))]);
        }
        break;
    case ARGT_INT:
        jw_int(j, (int64_t)pick(c, 40) - 3);
        break;
    case ARGT_BOOL:
        jw_bool(j, pick(c, 2) == 0);
        break;
    case ARGT_IDS:
    case ARGT_MEMBERS:
        jw_arr(j);
        jw_id(j, c->ids[pick(c, COUNT_OF(c->ids))]);
        jw_arr_end(j);
        break;
    default:
        if (a->name == ARG_TOKEN)
            jw_str(j, p->token);
        else if (pick(c, 4) == 0)
            jw_str(j, "A text of some words, \"quoted\", \\ and \xe6\x97\xa5\xe6\x9c\xac.");
        else
            jw_str(j, words[pick(c, COUNT_OF(words))]);
    }
}

static bool too_much(const char *word)
{
    /* Would end the show for everybody. */
    return strcmp(word, "department.remove") == 0 || strcmp(word, "agent.remove") == 0 ||
           strcmp(word, "agent.set") == 0 || strcmp(word, "department.set") == 0 ||
           strcmp(word, "member.remove") == 0 || strcmp(word, "log.level") == 0 ||
           strcmp(word, "backup") == 0;
}

static void send_one(struct crowd *c, struct peer *p)
{
    const struct api_word *all;
    size_t n = api_words(&all);
    const struct verb *v = NULL;
    struct buf b = {0};
    struct jw j = {.b = &b};
    bool note;

    while (v == NULL || too_much(v->word))
        v = verb_find(span_of(all[pick(c, n)].word), p->as);
    note = strcmp(v->word, "conversation.note") == 0;
    jw_obj(&j);
    /* Who starts a chat without an id will never learn of it. */
    bool with_id = v->silent || v->run == run_chat_start || v->run == run_chat_leave_message ||
                   v->run == run_chat_resume || pick(c, 10) > 0;
    if (with_id && !v->silent) {
        char id[40];
        snprintf(id, sizeof(id), "id-%llu-%llu", (unsigned long long)c->asked,
                 (unsigned long long)c->seed);
        jw_k_str(&j, "id", id);
        c->asked++;
    }
    jw_k_str(&j, "do", v->word);
    for (const struct arg *a = v->args; a != NULL && a->help != NULL; a++) {
        if (note && a->name == ARG_TEXT)
            jw_k_str(&j, "text", "SECRET");
        else if ((a->needed && pick(c, 30) > 0) || pick(c, 3) == 0)
            value_write(c, &j, p, a);
    }
    jw_obj_end(&j);
    api_on_message(c->w->api, p->conn, buf_span(&b));
    buf_fini(&b);
}

/* What people really do, so that there are chats for the rest to go wrong in. */
static void send_sound(struct crowd *c, struct peer *p)
{
    unsigned long long id = c->asked++, seed = c->seed,
                       chat = c->ids[5 + pick(c, COUNT_OF(c->ids) - 5)];
    static const char *const agents[] = {
        "'do':'offer.accept','conversation':'%llu'",
        "'do':'conversation.pick','conversation':'%llu'",
        "'do':'chat.send','conversation':'%llu','text':'How can I help?'",
        "'do':'conversation.note','conversation':'%llu','text':'SECRET'",
        "'do':'subscribe','topic':'conversation','conversation':'%llu'",
        "'do':'chat.end','conversation':'%llu'",
    };
    static const char *const others[] = {
        "'do':'agent.status','status':'available'",
        "'do':'subscribe','topic':'me'",
        "'do':'subscribe','topic':'list','list':'all'",
        "'do':'subscribe','topic':'list','list':'mine','filter':'unreplied'",
    };
    static const char *const visitors[] = {"'do':'chat.start','name':'V'",
                                           "'do':'chat.send','text':'Hello'",
                                           "'do':'chat.send','text':'Is anybody there?'"};
    char what[160], conv[ID_TEXT];
    const char *at;

    if (p->as == AS_VISITOR && p->chat[0] != 0 && p->n == 0 && pick(c, 2) == 0) {
        tell(c->w, p->conn, "{'id':'s-%llu-%llu','do':'chat.resume','chat':'%s','token':'%s'}", id,
             seed, p->chat, p->token);
        return;
    }
    if (p->as == AS_VISITOR)
        snprintf(what, sizeof(what), "%s", visitors[pick(c, COUNT_OF(visitors))]);
    else if (pick(c, 4) == 0)
        snprintf(what, sizeof(what), "%s", others[pick(c, COUNT_OF(others))]);
    else
        snprintf(what, sizeof(what), "%s", agents[pick(c, COUNT_OF(agents))]);
    at = strstr(what, "%llu");
    snprintf(conv, sizeof(conv), "%llu", chat);
    tell(c->w, p->conn, "{'id':'s-%llu-%llu',%.*s%s%s}", id, seed,
         at != NULL ? (int)(at - what) : (int)strlen(what), what, at != NULL ? conv : "",
         at != NULL ? at + 4 : "");
}

/* A visitor's lines come one after the other, whatever happens. */
static void line_seen(struct peer *p, const json_t *v)
{
    json_int_t n = json_integer_value(json_object_get(v, "n"));

    if (p->n != 0)
        assert_int_equal(n, p->n + 1);
    p->n = n;
}

static void look_at_one(struct crowd *c, const struct sent *s)
{
    json_t *v = json_loads(s->text, JSON_REJECT_DUPLICATES, NULL);
    const char *ev = json_string_value(json_object_get(v, "ev"));

    if (v == NULL)
        fail_msg("not JSON: %s", s->text);
    c->answered += json_object_get(v, "re") != NULL;
    for (size_t i = 0; i < PEERS; i++) {
        struct peer *p = &c->peers[i];
        const json_t *ok = json_object_get(v, "ok");

        if (p->conn != s->conn || p->as != AS_VISITOR)
            continue;
        assert_null(strstr(s->text, "SECRET"));
        if (ev != NULL && strcmp(ev, "chat.line") == 0)
            line_seen(p, v);
        if (json_object_get(ok, "token") != NULL) { /* another chat than before */
            snprintf(p->chat, sizeof(p->chat), "%s",
                     json_string_value(json_object_get(ok, "chat")));
            snprintf(p->token, sizeof(p->token), "%s",
                     json_string_value(json_object_get(ok, "token")));
            p->n = 0;
            learn(c, strtoull(p->chat, NULL, 10));
        } else if (json_object_get(ok, "lines") != NULL && json_object_get(ok, "chat") != NULL) {
            p->n = 0;
        }
    }
    json_decref(v);
}

static void look(struct crowd *c)
{
    for (; c->looked < c->w->nsent; c->looked++)
        if (c->w->sent[c->looked].text != NULL)
            look_at_one(c, &c->w->sent[c->looked]);
}

static void gone(struct crowd *c, struct peer *p)
{
    api_on_gone(c->w->api, p->conn);
    p->conn = 0;
}

/* Perhaps as somebody who remembers. */
static void join_again(struct crowd *c, struct peer *p)
{
    struct peer old = *p;

    join(c, p, (unsigned)(p - c->peers));
    if (pick(c, 4) == 0)
        return;
    memcpy(p->chat, old.chat, sizeof(p->chat));
    memcpy(p->token, old.token, sizeof(p->token));
}

/* What the gateway closes is gone soon after. */
static void closed_ones(struct crowd *c, size_t from)
{
    for (size_t i = from; i < c->w->nsent; i++)
        for (size_t p = 0; c->w->sent[i].close_code != 0 && p < PEERS; p++)
            if (c->peers[p].conn == c->w->sent[i].conn)
                gone(c, &c->peers[p]);
}

static void step(struct crowd *c)
{
    struct peer *p = &c->peers[pick(c, PEERS)];
    size_t from = c->looked;

    switch (pick(c, 30)) {
    case 0:
        c->w->disk_stopped = !c->w->disk_stopped;
        break;
    case 1:
        c->w->disk_stopped = false;
        world_advance(c->w, (int64_t)pick(c, 40000));
        break;
    case 2:
        if (p->conn != 0)
            gone(c, p);
        break;
    default:
        if (p->conn == 0)
            join_again(c, p);
        else if (pick(c, 3) > 0)
            send_sound(c, p);
        else
            send_one(c, p);
    }
    if (pick(c, 3) == 0)
        world_run(c->w);
    look(c);
    closed_ones(c, from);
}

static void crowd_open(struct crowd *c)
{
    static const char *const emails[] = {"ann@example.com", "bob@example.com", "root@example.com"};
    uint64_t dept[2];

    for (size_t i = 0; i < 2; i++) {
        dept[i] = world_dept(c->w, i == 0 ? "Sales" : "Support", c->code[i]);
        learn(c, dept[i]);
        operator_ask(c->w,
                     "{'id':'e%zu','do':'department.set','department':'%llu',"
                     "'fields.email':'no'}",
                     i, (unsigned long long)dept[i]);
    }
    for (size_t i = 0; i < 3; i++)
        learn(c, world_agent(c->w, emails[i], dept[i % 2], i == 2 ? ",'role':'admin'" : "",
                             c->cookie[i]));
    for (unsigned i = 0; i < PEERS; i++) {
        join(c, &c->peers[i], i);
        if (c->peers[i].as == AS_AGENT)
            ask(c->w, c->peers[i].conn, "{'id':'r%u','do':'agent.status','status':'available'}", i);
    }
    c->looked = c->w->nsent;
}

static size_t all_with(const struct world *w, const char *part)
{
    size_t n = 0;

    for (size_t i = 0; i < w->nsent; i++)
        n += w->sent[i].text != NULL && strstr(w->sent[i].text, part) != NULL;
    return n;
}

static void a_crowd_breaks_nothing(void **state)
{
    const char *more = getenv("API_SEEDS");
    uint64_t seeds = more != NULL ? strtoull(more, NULL, 10) : SEEDS;

    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct crowd c = {.seed = seed * 0x9E3779B97F4A7C15ULL};

        assert_int_equal(world_open(state), 0);
        c.w = *state;
        api_configure(c.w->api, &(struct api_config){.rates = {.chats_per_hour = 100000,
                                                               .chats_per_address = 100000,
                                                               .left_per_hour = 100000,
                                                               .messages_per_minute = 1000000,
                                                               .commands_per_minute = 1000000}});
        crowd_open(&c);
        for (unsigned i = 0; i < STEPS; i++)
            step(&c);
        c.w->disk_stopped = false;
        world_run(c.w);
        look(&c);
        print_message("  seed %llu: %llu commands, %zu frames, %zu lines, %zu offers\n",
                      (unsigned long long)seed, (unsigned long long)c.asked, c.w->nsent,
                      all_with(c.w, "\"chat.line\""), all_with(c.w, "\"ev\":\"offer\""));
        assert_int_equal(c.asked, c.answered);
        assert_int_equal(world_close(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_breaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
