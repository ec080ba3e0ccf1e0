/* The desk with a secret: who is there, what they have, and the rows of commands. */
#include "api_sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ABSENT "77"

const struct row sight_rows[] = {
    {"subscribe", "'topic':'me'", SHOWS},
    {"subscribe", "'topic':'list','list':'all'", SHOWS},
    {"subscribe", "'topic':'list','list':'all','department':'$D'", SHOWS},
    {"subscribe", "'topic':'list','list':'all','department':'$V'", SHOWS},
    {"subscribe", "'topic':'list','list':'unassigned'", 0},
    {"subscribe", "'topic':'list','list':'completed'", SHOWS},
    {"subscribe", "'topic':'list','list':'missed'", SHOWS},
    {"subscribe", "'topic':'list','list':'blocked'", SHOWS},
    {"subscribe", "'topic':'list','list':'to-answer'", SHOWS},
    {"subscribe", "'topic':'list','list':'all','tag':'hushtag'", SHOWS},
    {"subscribe", "'topic':'conversation','conversation':'$C'", SHOWS},
    {"subscribe", "'topic':'floor'", SHOWS},
    {"subscribe", "'topic':'tasks'", 0},
    {"unsubscribe", "'topic':'conversation','conversation':'$C'", 0},
    {"floor.show", "", SHOWS},
    {"queue.move", "'department':'$D','to':'$V'", 0},
    {"offer.accept", "'conversation':'$C'", 0},
    {"offer.decline", "'conversation':'$C'", 0},
    {"conversation.pick", "'conversation':'$C'", 0},
    {"chat.send", "'conversation':'$C','text':'x'", 0},
    {"chat.typing", "'conversation':'$C'", 0},
    {"conversation.mail", "'conversation':'$C','text':'x'", 0},
    {"draft.save", "'conversation':'$C','kind':'note','text':'x'", 0},
    {"draft.list", "", SHOWS},
    {"mail.draft", "'conversation':'$C'", 0},
    {"conversation.forward", "'conversation':'$C','to':'x@example.com','lines':[1]", 0},
    {"chat.seen", "'conversation':'$C','n':1", 0},
    {"chat.got", "'conversation':'$C','n':1", 0},
    {"line.edit", "'conversation':'$C','line':2,'text':'x'", 0},
    {"line.edit", "'conversation':'$C','line':2,'text':'x','mentions':['$A']", 0},
    {"line.remove", "'conversation':'$C','line':2", 0},
    {"conversation.targets", "'conversation':'$C'", SHOWS},
    {"conversation.transfer", "'conversation':'$C','department':'$V'", 0},
    {"conversation.take-back", "'conversation':'$C'", 0},
    {"conversation.candidates", "'conversation':'$C'", SHOWS},
    {"conversation.assign", "'conversation':'$C','agent':'$A'", 0},
    {"conversation.reopen", "'conversation':'$C','agent':'$A'", 0},
    {"conversation.time", "'conversation':'$C','agent':'$A','seconds':1", 0},
    {"conversation.reach", "'conversation':'$C'", 0},
    {"conversation.box", "'conversation':'$C','box':'put-away'", 0},
    {"conversation.note", "'conversation':'$C','text':'x'", 0},
    {"conversation.note", "'conversation':'$C','text':'x','mentions':['$A']", 0},
    {"mention.list", "", SHOWS},
    {"mention.list", "'agent':'$A'", 0},
    {"mention.list", "'state':'unread'", SHOWS},
    {"mention.read", "'mention':'$N'", 0},
    {"mention.read", "'conversation':'$C'", 0},
    {"mention.read", "", 0},
    {"conversation.tag", "'conversation':'$C','tag':'x'", 0},
    {"conversation.untag", "'conversation':'$C','tag':'hushtag'", 0},
    {"chat.end", "'conversation':'$C'", 0},
    {"chat.undo-end", "'conversation':'$C'", 0},
    {"agent.status", "'agent':'$A','status':'away'", 0},
    {"agent.explain", "'action':'reply','conversation':'$C'", 0},
    {"agent.explain", "'action':'reply','agent':'$A'", 0},
    {"agent.explain", "'action':'see','agent':'$A','conversation':'$C'", 0},
    {"route.explain", "'department':'$D'", 0},
    {"route.explain", "'department':'$V'", 0},
    {"list.read", "'list':'all'", SHOWS},
    {"list.read", "'list':'completed'", SHOWS},
    {"list.read", "'list':'missed'", SHOWS},
    {"list.read", "'list':'to-answer'", SHOWS},
    {"list.read", "'list':'answered'", 0},
    {"list.read", "'list':'put-away'", 0},
    {"list.read", "'list':'mine'", SHOWS},
    {"list.read", "'list':'unassigned'", 0},
    {"list.read", "'list':'blocked'", SHOWS},
    {"list.read", "'list':'all','department':'$D'", SHOWS},
    {"list.read", "'list':'completed','department':'$V'", 0},
    {"list.read", "'list':'all','tag':'hushtag'", SHOWS},
    {"search", "'text':'hush'", SHOWS},
    {"search", "'contact':'hush'", SHOWS},
    {"search", "'text':'tag:hushtag'", SHOWS},
    {"search", "'tag':'hushtag'", SHOWS},
    {"search", "'text':'hush','department':'$D'", SHOWS},
    {"search", "'text':'hush','agent':'$A'", SHOWS},
    {"report.time", "'since':'366d'", SHOWS},
    {"report.time", "'since':'2d','department':'$D'", SHOWS},
    {"report.time", "'since':'2d','department':'$V'", 0},
    {"report.time", "'since':'2d','agent':'$A'", SHOWS},
    {"conversation.export", "'conversation':'$C','format':'json','each_line':true", SHOWS},
    {"conversation.export", "'conversations':['$C'],'format':'csv'", SHOWS},
    {"conversation.export", "'conversations':['$C'],'each_line':true,'after':1,'begun':true",
     SHOWS},
    {"conversation.export",
     "'conversations':['$C'],'format':'csv','each_line':true,'after':1,'begun':true,'last':true",
     SHOWS},
    {"conversation.read", "'conversation':'$C'", SHOWS},
    {"mail.list", "", 0},
    {"mail.list", "'conversation':'$C'", 0},
    {"mail.list", "'state':'queued'", 0},
    {"mail.causes", "", 0},
    {"mail.show", "'mail':'$M'", 0},
    {"mail.source", "'mail':'$M'", 0},
    {"mail.retry", "'mail':'$M'", 0},
    {"mail.readdress", "'mail':'$M','to':'x@example.com'", 0},
    {"mail.cancel", "'mail':'$M'", 0},
    {"block.add", "'conversation':'$C','text':'x','confirm':true", 0},
    {"block.remove", "'block':'$B'", 0},
    {"block.list", "", SHOWS},
    {"factor.reset", "'agent':'$A'", 0},
    {"session.list", "'agent':'$A'", 0},
    {"session.end", "'agent':'$A','all':true", 0},
    {"session.end", "'session':'$S'", 0},
    {"token.list", "'agent':'$A'", 0},
    {"token.remove", "'token':'$R'", 0},
    {"canned.add", "'scope':'department','department':'$D','title':'x','text':'x'", 0},
    {"canned.add", "'scope':'own','agent':'$A','title':'x','text':'x'", 0},
    {"canned.set", "'canned':'$K','title':'x'", 0},
    {"canned.set", "'canned':'$O','title':'x'", 0},
    {"canned.remove", "'canned':'$K'", 0},
    {"canned.remove", "'canned':'$O'", 0},
    {"canned.show", "'canned':'$K'", SHOWS},
    {"canned.show", "'canned':'$O'", SHOWS},
    {"canned.list", "", SHOWS},
    {"canned.list", "'scope':'department','department':'$D'", SHOWS},
    {"canned.list", "'scope':'own','agent':'$A'", SHOWS},
    {"canned.find", "'text':'hush'", SHOWS},
    {"canned.find", "'conversation':'$C'", SHOWS},
    {"canned.find", "'scope':'department','department':'$D'", SHOWS},
    {"tag.list", "", SHOWS},
    {"tag.list", "'text':'hush'", SHOWS},
    {"task.add", "'conversation':'$C','title':'x'", 0},
    {"task.set", "'task':'$T','title':'x'", 0},
    {"task.set", "'task':'$U','title':'x'", 0},
    {"task.done", "'task':'$T'", 0},
    {"task.done", "'task':'$U'", 0},
    {"task.reopen", "'task':'$T'", 0},
    {"task.remove", "'task':'$T'", 0},
    {"task.show", "'task':'$T'", SHOWS},
    {"task.show", "'task':'$U'", SHOWS},
    {"task.list", "", SHOWS},
    {"task.list", "'agent':'$A'", SHOWS},
    {"task.list", "'agent':null", SHOWS},
    {"task.list", "'conversation':'$C'", 0},
    {"task.candidates", "'conversation':'$C'", SHOWS},
    {"view.add", "'name':'x','list':'all','scope':'department','department':'$D'", 0},
    {"view.add", "'name':'x','list':'all','scope':'own','of':'$D'", 0},
    {"view.add", "'name':'x','list':'search','scope':'own','held_by':'$A'", 0},
    {"search", "'view':'$W'", 0},
    {"search", "'view':'$Y'", 0},
    {"view.set", "'view':'$W','name':'x'", 0},
    {"view.set", "'view':'$Y','name':'x'", 0},
    {"view.remove", "'view':'$W'", 0},
    {"view.remove", "'view':'$Y'", 0},
    {"view.show", "'view':'$W'", SHOWS},
    {"view.show", "'view':'$Y'", SHOWS},
    {"view.list", "", SHOWS},
    {"view.list", "'scope':'department','department':'$D'", SHOWS},
    {"view.list", "'scope':'own','agent':'$A'", SHOWS},
    {"portal.show", "", 0},
    {"portal.steps", "", 0},
    {"department.seen", "'department':'$D'", 0},
    {"portal.set", "'name':'x'", 0},
    {"department.list", "", 0},
    {"department.show", "'department':'$D'", 0},
    {"department.show", "'department':'$V'", 0},
    {"department.add", "'name':'Hush'", 0},
    {"department.set", "'department':'$D','name':'x'", 0},
    {"hours.show", "'department':'$D'", 0},
    {"department.remove", "'department':'$D'", 0},
    {"agent.list", "", 0},
    {"agent.show", "'agent':'$A'", 0},
    {"agent.add", "'name':'x','email':'hush1@example.com'", 0},
    {"agent.set", "'agent':'$A','name':'x'", 0},
    {"agent.work", "'agent':'$A'", 0},
    {"agent.disable", "'agent':'$A','chats_back':true,'tasks_back':true", 0},
    {"agent.remove", "'agent':'$A','chats_back':true,'tasks_back':true", 0},
    {"picture.set", "'agent':'$A','picture':'x'", 0},
    {"picture.remove", "'agent':'$A'", 0},
    {"agent.role", "'agent':'$A','role':'$X'", 0},
    {"role.list", "", 0},
    {"role.add", "'name':'x'", 0},
    {"role.set", "'role':'$X','name':'x'", 0},
    {"role.remove", "'role':'$X'", 0},
    {"agent.link", "'agent':'$A'", 0},
    {"member.set", "'department':'$D','agent':'$A'", 0},
    {"member.remove", "'department':'$D','agent':'$A'", 0},
    {"settings", "", 0},
    {"status", "", 0},
    {"mail.test", "'to':'x@example.com','department':'$D'", 0},
    {"relay.password", "'password':'x','department':'$D'", 0},
    {"template.show", "'kind':'reply','lang':'en','department':'$D'", 0},
    {"template.preview", "'kind':'reply','lang':'en','department':'$D'", 0},
    {"ping", "", 0},
};
const size_t sight_rows_count = COUNT_OF(sight_rows);

const char *const sight_kinds[] = {
    "'role':'light','scope':'all','permissions':''",
    "'role':'agent','scope':'all','permissions':''",
    "'role':'agent','scope':'team','permissions':''",
    "'role':'agent','scope':'own','permissions':''",
    "'role':'agent','scope':'all','permissions':'block,see_ip,canned,supervise,export'",
    "'role':'agent','scope':'team','permissions':'block,see_ip,canned,supervise,export'",
    "'role':'agent','scope':'all','permissions':'block,see_ip,outbox,canned,supervise,export'",
    "'role':'custom','scope':'all','permissions':'reply,assign,end,share,block,see_ip,note,"
    "transfer,canned,supervise,export'",
    "'role':'custom','scope':'own','permissions':'reply,assign,end,share,block,see_ip,outbox,note,"
    "transfer,canned,supervise,export'",
    "'role':'custom','scope':'all','permissions':''",
};
const size_t sight_kinds_count = COUNT_OF(sight_kinds);

json_t *say(struct scene *s, uint64_t conn, const char *fmt, ...)
{
    char words[600];
    va_list ap;
    json_t *a;

    va_start(ap, fmt);
    vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    a = ask(s->w, conn, "{'id':'s%u',%s}", ++s->number, words);
    if (a == NULL || json_object_get(a, "ok") == NULL)
        fail_msg("%s: %s", words, a != NULL ? error_of(a) : "no answer");
    return a;
}

void keep(const json_t *answer, const char *key, char to[ID_TEXT])
{
    snprintf(to, ID_TEXT, "%s", ok_text(answer, key));
}

/* A visitor of the secret department, whose every word says so. */
uint64_t hush_ring(struct scene *s, const char *code, char chat[ID_TEXT])
{
    err_t err;
    uint64_t conn = visitor_conn(s->w, code, &err);

    assert_int_equal(err, ERR_OK);
    keep(say(s, conn,
             "'do':'chat.start','name':'Hushana','email':'hush%u@example.net','question':'hush?'",
             s->number),
         "chat", chat);
    return conn;
}

void hush_chat(struct scene *s, char chat[ID_TEXT], uint64_t *visitor)
{
    *visitor = hush_ring(s, s->hush_code, chat);
    say(s, s->hush_conn, "'do':'offer.accept','conversation':'%s'", chat);
    say(s, s->hush_conn, "'do':'chat.send','conversation':'%s','text':'hush hush'", chat);
    say(s, s->hush_conn, "'do':'conversation.note','conversation':'%s','text':'hush note'", chat);
    say(s, s->hush_conn, "'do':'conversation.tag','conversation':'%s','tag':'hushtag'", chat);
}

/* One in Sales, which outsiders see, until it is handed on to where they do not. */
static void handed_chat(struct scene *s)
{
    char *chat = s->chats[3];

    s->vera = hush_ring(s, s->sales_code, chat);
    say(s, s->boss_conn, "'do':'conversation.pick','conversation':'%s'", chat);
    say(s, s->boss_conn, "'do':'conversation.transfer','conversation':'%s','department':'%llu'",
        chat, (unsigned long long)s->priv);
    say(s, s->hush_conn, "'do':'offer.accept','conversation':'%s'", chat);
}

static void people_come(struct scene *s)
{
    struct world *w = s->w;
    char id[ID_TEXT], second[64];
    uint64_t priv;

    s->sales = world_dept(w, "Sales", s->sales_code);
    s->hush = world_dept(w, "Hush", s->hush_code);
    keep(say(s, OPERATOR, "'do':'department.add','name':'Hushpriv','type':'private'"), "department",
         id);
    assert_int_equal(id_parse(span_of(id), &priv), ERR_OK);
    s->priv = priv;
    s->out = world_agent(w, "out@example.com", s->sales, "", s->out_cookie);
    s->hush1 = world_agent(w, "hush1@example.com", s->hush,
                           ",'permissions':'block,see_ip,canned,supervise,export'", s->hush_cookie);
    s->boss = world_agent(w, "boss@example.com", s->sales, ",'role':'admin'", s->boss_cookie);
    say(s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu'",
        (unsigned long long)s->priv, (unsigned long long)s->hush1);
    say(s, OPERATOR, "'do':'portal.set','from':'desk@example.com'");
    say(s, OPERATOR,
        "'do':'department.set','department':'%llu','idle_ms':0,'mail.missed.on':true,"
        "'mail.missed.addresses':'box@example.com'",
        (unsigned long long)s->hush);
    say(s, OPERATOR, "'do':'agent.set','agent':'%llu','capacity':50", (unsigned long long)s->hush1);
    world_agent(w, "hush2@example.com", s->priv, "", second);
    say(s, world_ready(w, second), "'do':'agent.status','status':'busy'");
    s->hush_conn = world_ready(w, s->hush_cookie);
    s->boss_conn = world_ready(w, s->boss_cookie);
    say(s, s->boss_conn, "'do':'agent.status','status':'away'");
}

static void keep_newest(struct scene *s, const char *verb, const char *key, char to[ID_TEXT])
{
    json_t *a = say(s, OPERATOR, "'do':'%s','agent':'%llu'", verb, (unsigned long long)s->hush1);
    json_t *rows_of = json_object_get(json_object_get(a, "ok"), "rows");

    snprintf(to, ID_TEXT, "%s",
             json_string_value(json_object_get(json_array_get(rows_of, 0), key)));
}

/* One of theirs, and one of somebody who was one of them at the time. */
static void mentions_are_made(struct scene *s)
{
    const unsigned long long hush = s->hush, out = s->out, one = s->hush1;
    json_t *a;

    say(s, OPERATOR, "'do':'member.set','department':'%llu','agent':'%llu'", hush, out);
    say(s, s->hush_conn,
        "'do':'conversation.note','conversation':'%s','text':'hush look','mentions':['%llu']",
        s->chats[0], out);
    say(s, OPERATOR, "'do':'member.remove','department':'%llu','agent':'%llu'", hush, out);
    say(s, OPERATOR,
        "'do':'conversation.note','conversation':'%s','text':'hush you','mentions':['%llu']",
        s->chats[0], one);
    a = say(s, OPERATOR, "'do':'mention.list','agent':'%llu'", one);
    snprintf(s->mention, ID_TEXT, "%s",
             json_string_value(json_object_get(
                 json_array_get(json_object_get(json_object_get(a, "ok"), "rows"), 0), "mention")));
}

static void things_are_made(struct scene *s)
{
    json_t *a;

    mentions_are_made(s);

    keep(say(s, s->hush_conn, "'do':'task.add','conversation':'%s','title':'hush task'",
             s->chats[0]),
         "task", s->task);
    keep(say(s, s->hush_conn,
             "'do':'task.add','conversation':'%s','title':'hush pool','agent':null", s->chats[1]),
         "task", s->pool);
    keep(say(s, s->hush_conn,
             "'do':'canned.add','scope':'department','department':'%llu','title':'hush',"
             "'text':'hush'",
             (unsigned long long)s->hush),
         "canned", s->canned);
    keep(say(s, s->hush_conn, "'do':'canned.add','scope':'own','title':'hush own','text':'hush'"),
         "canned", s->own);
    say(s, s->hush_conn, "'do':'draft.save','conversation':'%s','kind':'note','text':'hush draft'",
        s->chats[0]);
    keep(say(s, s->hush_conn,
             "'do':'block.add','conversation':'%s','text':'hush reason','confirm':true",
             s->chats[1]),
         "block", s->block);
    keep(say(s, OPERATOR,
             "'do':'view.add','name':'hush view','list':'all','scope':'department',"
             "'department':'%llu'",
             (unsigned long long)s->hush),
         "view", s->view);
    keep(say(s, s->hush_conn, "'do':'view.add','name':'hush own','list':'all','scope':'own'"),
         "view", s->own_view);
    say(s, OPERATOR, "'do':'token.add','agent':'%llu','name':'hush'", (unsigned long long)s->hush1);
    keep_newest(s, "token.list", "token", s->token);
    keep_newest(s, "session.list", "session", s->session);
    a = say(s, OPERATOR, "'do':'mail.list','conversation':'%s'", s->chats[2]);
    snprintf(s->mail, ID_TEXT, "%s",
             json_string_value(json_object_get(
                 json_array_get(json_object_get(json_object_get(a, "ok"), "rows"), 0), "id")));
}

/* An active, an ended and a missed one, and one that came from elsewhere. */
void scene_open(struct world *w, struct scene *s)
{
    uint64_t visitor;

    *s = (struct scene){.w = w};
    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7"), &w->ip), ERR_OK);
    people_come(s);
    w->ip.b[15] = 99; /* it will be blocked */
    hush_chat(s, s->chats[1], &visitor);
    w->ip.b[15] = 7;
    say(s, s->hush_conn, "'do':'chat.end','conversation':'%s'", s->chats[1]);
    handed_chat(s);
    say(s, s->hush_conn, "'do':'agent.status','status':'away'");
    visitor = hush_ring(s, s->hush_code, s->chats[2]);
    say(s, visitor, "'do':'chat.end'");
    say(s, s->hush_conn, "'do':'agent.status','status':'available'");
    hush_chat(s, s->chats[0], &s->hana);
    things_are_made(s);
    world_run(w);
    world_indexed(w);
}

/* The words with their holes filled by what is secret, or by an id that nothing has. */
void fill_in(const struct scene *s, const char *from, size_t chat, bool there, char *to, size_t cap)
{
    char ids[3][ID_TEXT];
    const struct {
        char letter;
        const char *id;
    } holes[] = {{'C', s->chats[chat]}, {'D', ids[0]},  {'V', ids[1]},      {'A', ids[2]},
                 {'T', s->task},        {'U', s->pool}, {'K', s->canned},   {'O', s->own},
                 {'B', s->block},       {'M', s->mail}, {'S', s->session},  {'R', s->token},
                 {'N', s->mention},     {'W', s->view}, {'Y', s->own_view}, {'X', ABSENT}};
    size_t n = 0;

    id_format(s->hush, ids[0]);
    id_format(s->priv, ids[1]);
    id_format(s->hush1, ids[2]);
    for (; *from != '\0' && n + ID_TEXT < cap; from++) {
        size_t h = 0;

        if (*from != '$') {
            to[n++] = *from;
            continue;
        }
        for (from++; holes[h].letter != *from; h++)
            assert_true(h + 1 < COUNT_OF(holes));
        n += (size_t)snprintf(to + n, cap - n, "%s", there ? holes[h].id : ABSENT);
    }
    to[n] = '\0';
}

/* An answer as text, without what differs in any case: its id, the clock, the position. */
static char *plain(json_t *answer)
{
    static const char *const own[] = {"id", "re", "pos", "ev"};
    static const char *const clocks[] = {"now_ms", "took_ms", "position", "since_ms", "before_ms"};
    json_t *copy = json_deep_copy(answer), *ok = json_object_get(copy, "ok");
    char *text;

    for (size_t i = 0; i < COUNT_OF(own); i++)
        json_object_del(copy, own[i]);
    for (size_t i = 0; ok != NULL && i < COUNT_OF(clocks); i++) {
        json_object_del(ok, clocks[i]);
        json_object_del(json_object_get(ok, "floor"), clocks[i]);
    }
    json_object_del(ok, "token"); /* that asks: when it was used */
    text = json_dumps(copy, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    json_decref(copy);
    return text;
}

bool says_hush(const char *text)
{
    return strcasestr(text, "hush") != NULL;
}

char *answer_of(struct scene *s, uint64_t conn, const struct row *row, size_t chat, bool there)
{
    char args[400], *text;
    json_t *a;

    fill_in(s, row->args, chat, there, args, sizeof(args));
    a = ask(s->w, conn, "{'id':'w%u','do':'%s'%s%s}", ++s->number, row->verb,
            args[0] != '\0' ? "," : "", args);
    if (a == NULL)
        fail_msg("%s %s: no answer", row->verb, args);
    if (strcmp(error_of(a), "rate") == 0)
        fail_msg("%s %s: too soon", row->verb, args);
    text = plain(a);
    world_advance(s->w, 400); /* nobody asks too much */
    return text;
}

void hide_ids(const struct scene *s, char *text, size_t chat)
{
    static const char holes[] = "CDVATUKOBMSRWY";

    for (size_t i = 0; holes[i] != '\0'; i++) {
        char hole[3] = {'$', holes[i], '\0'}, id[ID_TEXT + 8];
        char *at;

        fill_in(s, hole, chat, true, id, sizeof(id));
        while (id[0] != '\0' && (at = strstr(text, id)) != NULL) {
            size_t len = strlen(id);

            memcpy(at, ABSENT, strlen(ABSENT));
            memmove(at + strlen(ABSENT), at + len, strlen(at + len) + 1);
        }
    }
}

void outsider_becomes(struct scene *s, const char *kind)
{
    err_t err;

    print_message("  %s\n", kind);
    say(s, OPERATOR, "'do':'agent.set','agent':'%llu',%s", (unsigned long long)s->out, kind);
    s->out_conn = agent_conn(s->w, s->out_cookie, &err);
    assert_int_equal(err, ERR_OK);
}

size_t chats_of(const struct row *row)
{
    return strstr(row->args, "$C") != NULL ? CHATS : 1;
}
