/*
 * The OpenAPI document's schemas of answers, held against the answer of every command there is.
 * What api_schema.c looks at in all other tests of the api, it has seen of each one here.
 */
#include "api_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/api/api_int.h"

/* 16 pixels squared, black. */
#define SMALL_PNG                                                                                  \
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLMAA"                                               \
    "AADElEQVR42mNgIA0AAAAwAAEodEl9AAAAAElFTkSuQmCC"

#define DISPATCHER (OPERATOR + 1)

/* Somebody of each kind, a chat that an agent holds, and what the commands below speak of. */
struct scene {
    struct world *w;
    uint64_t dept, agent, ann, vera, mail;
    char code[CODE_TEXT], cookie[64], chat[ID_TEXT], token[64];
    char block[ID_TEXT], spare_dept[ID_TEXT], spare_agent[ID_TEXT], canned[ID_TEXT], role[ID_TEXT];
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

/* Put off, after it went to one of its recipients. */
static void attempt(struct world *w, uint64_t id)
{
    struct span rcpts[] = {SPAN_LIT("box@example.com"), SPAN_LIT("two@example.com")};
    struct mail_frozen fz = {.message_id = SPAN_LIT("<1@example.com>"),
                             .subject = SPAN_LIT("Transcript"),
                             .rcpts = rcpts,
                             .nrcpts = 2,
                             .bytes = SPAN_LIT("Subject: Transcript\r\n\r\nhello\r\n")};
    struct mail_rcpt got[] = {
        {.addr = (char *)"box@example.com", .state = MAILST_DEFERRED, .code = 450},
        {.addr = (char *)"two@example.com", .state = MAILST_SENT}};
    struct mail_result res = {.id = id,
                              .state = MAILST_DEFERRED,
                              .due_ms = w->now_ms + 60000,
                              .rcpts = got,
                              .nrcpts = 2,
                              .cause = "code-450"};
    uint64_t due;
    size_t n;

    assert_int_equal(outbox_due(w->store, w->now_ms, &due, 1, &n), ERR_OK);
    assert_int_equal(outbox_freeze(w->store, id, &fz), ERR_OK);
    assert_int_equal(outbox_begin(w->store, &id, 1, &(struct lease){1, 1000}), ERR_OK);
    assert_int_equal(outbox_settle(w->store, &res, 1, w->now_ms), ERR_OK);
}

/* "$D" and the like become what the scene has; ids are made up as they go. */
static void fill_in(const struct scene *s, const char *from, char *to, size_t cap)
{
    char ids[6][ID_TEXT];
    const struct {
        char letter;
        const char *text;
    } holes[] = {{'C', s->chat}, {'T', s->token},  {'D', ids[0]},        {'A', ids[1]},
                 {'M', ids[2]},  {'B', s->block},  {'E', s->spare_dept}, {'G', s->spare_agent},
                 {'R', s->role}, {'W', s->w->dir}, {'K', s->canned}};
    size_t n = 0;

    id_format(s->dept, ids[0]);
    id_format(s->agent, ids[1]);
    id_format(s->mail, ids[2]);
    for (; *from != 0 && n + 1 < cap; from++) {
        size_t h = 0;

        if (*from != '$') {
            to[n++] = *from;
            continue;
        }
        for (from++; holes[h].letter != *from; h++)
            ;
        n += (size_t)snprintf(to + n, cap - n, "%s", holes[h].text);
    }
    to[n] = 0;
}

static json_t *say(struct scene *s, uint64_t conn, const char *words)
{
    static unsigned number;
    char text[600];
    json_t *a;

    fill_in(s, words, text, sizeof(text));
    print_message("  %s\n", text);
    a = ask(s->w, conn, "{'id':'say-%u',%s}", ++number, text);
    if (a == NULL || json_object_get(a, "ok") == NULL)
        fail_msg("%s: %s", text, a != NULL ? error_of(a) : "no answer");
    return a;
}

static void keep_id(const json_t *answer, const char *key, char to[ID_TEXT])
{
    snprintf(to, ID_TEXT, "%s", ok_text(answer, key));
}

static void scene_open(struct world *w, struct scene *s)
{
    *s = (struct scene){.w = w, .dept = world_dept(w, "Sales", s->code)};
    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7"), &w->ip), ERR_OK);
    s->dept = world_dept(w, "Help", s->code);
    s->agent = world_agent(w, "ann@example.com", s->dept, ",'role':'admin'", s->cookie);
    s->ann = world_ready(w, s->cookie);
    say(s, OPERATOR, "'do':'portal.set','from':'desk@example.com'");
    say(s, OPERATOR,
        "'do':'department.set','department':'$D','mail.transcript.on':true,"
        "'mail.transcript.addresses':'box@example.com','show_eta':true");
    keep_id(say(s, OPERATOR, "'do':'department.add','name':'Spare'"), "department", s->spare_dept);
    keep_id(
        say(s, OPERATOR, "'do':'agent.add','name':'Bob','email':'bob@example.com','invite':true"),
        "agent", s->spare_agent);
}

static void chats(struct scene *s)
{
    static const char *const held[] = {
        "'do':'subscribe','topic':'me'",
        "'do':'subscribe','topic':'list','list':'all'",
        "'do':'subscribe','topic':'conversation','conversation':'$C'",
        "'do':'unsubscribe','topic':'me'",
        "'do':'chat.send','conversation':'$C','text':'Can I help?'",
        "'do':'chat.seen','conversation':'$C','n':1",
        "'do':'chat.typing','conversation':'$C'",
        "'do':'draft.save','conversation':'$C','kind':'reply','text':'half a'",
        "'do':'draft.save','conversation':'$C','kind':'reply','text':'other','version':1",
        "'do':'draft.list'",
        "'do':'conversation.note','conversation':'$C','text':'a good one'",
        "'do':'conversation.read','conversation':'$C','max':5",
        "'do':'list.read','list':'mine'",
        "'do':'member.set','department':'$D','agent':'$G','chat':true",
        "'do':'conversation.candidates','conversation':'$C'",
        "'do':'route.explain','department':'$D'",
        "'do':'conversation.assign','conversation':'$C','agent':'$A','holder':'$A'",
        "'do':'conversation.targets','conversation':'$C'",
        "'do':'conversation.transfer','conversation':'$C','department':'$D','text':'go on'",
        "'do':'conversation.read','conversation':'$C'",
        "'do':'list.read','list':'mine'",
        "'do':'conversation.take-back','conversation':'$C'",
        "'do':'chat.got','conversation':'$C','n':1",
        "'do':'conversation.read','conversation':'$C'",
        "'do':'chat.end','conversation':'$C','undo':true",
        "'do':'conversation.read','conversation':'$C'",
        "'do':'chat.undo-end','conversation':'$C'",
    };
    static const char *const own[] = {
        "'do':'ping'",
        "'do':'chat.send','text':'hello'",
        "'do':'chat.seen','n':1",
        "'do':'chat.typing'",
        "'do':'chat.got','n':1",
        "'do':'chat.page','page':'https://shop.example.com/2','title':'Two'",
        "'do':'chat.read','before':3",
        "'do':'chat.resume','chat':'$C','token':'$T'",
        "'do':'chat.end'",
        "'do':'chat.feedback','rating':5,'comment':'thanks'",
        "'do':'chat.copy','email':'vera@example.com'",
    };
    static const char *const over[] = {
        "'do':'conversation.mail','conversation':'$C','text':'One thing more.'",
        ("'do':'conversation.forward','conversation':'$C','to':'x@example.com','lines':[4],'text':"
         "'see'"),
        "'do':'conversation.read','conversation':'$C'",
        "'do':'list.read','list':'completed'",
        "'do':'conversation.time','conversation':'$C','seconds':60",
        "'do':'conversation.reach','conversation':'$C'",
        "'do':'conversation.reopen','conversation':'$C'",
        "'do':'conversation.read','conversation':'$C'",
    };

    s->vera = world_ring(s->w, s->code, s->chat, s->token);
    say(s, s->ann, "'do':'subscribe','topic':'me'");
    say(s, s->ann, "'do':'offer.accept','conversation':'$C'");
    say(s, s->vera, own[1]);
    for (size_t i = 0; i < COUNT_OF(held); i++)
        say(s, s->ann, held[i]);
    for (size_t i = 0; i < COUNT_OF(own); i++)
        say(s, s->vera, own[i]);
    s->mail = newest_mail(s->w);
    for (size_t i = 0; i < COUNT_OF(over); i++)
        say(s, s->ann, over[i]);
    say(s, s->vera, own[7]); /* goes on in the new one */
}

/* One that nobody took: it is given to somebody, answered, and put away. */
static void missed_ones(struct scene *s)
{
    char token[64];
    uint64_t conn = world_ring(s->w, s->code, s->chat, token);

    say(s, conn, "'do':'chat.end'");
    say(s, s->ann, "'do':'conversation.assign','conversation':'$C','agent':'$A'");
    say(s, s->ann, "'do':'conversation.assign','conversation':'$C','holder':'$A'");
    say(s, s->ann, "'do':'conversation.box','conversation':'$C','box':'put-away'");
    say(s, OPERATOR, "'do':'conversation.box','conversation':'$C','box':'put-away'");
    say(s, OPERATOR,
        "'do':'conversation.box','conversation':'$C','box':'answered','was':'put-away'");
    say(s, s->ann, "'do':'conversation.read','conversation':'$C'");
    say(s, s->ann, "'do':'list.read','list':'answered'");
    say(s, OPERATOR, "'do':'agent.set','agent':'$A','permissions':'block,see_ip,export'");
    say(s, s->ann, "'do':'conversation.export','conversation':'$C','format':'csv'");
    say(s, OPERATOR, "'do':'conversation.export','conversation':'$C','format':'csv'");
    say(s, OPERATOR,
        "'do':'conversation.export','conversations':['$C'],'each_line':true,'last':true");
    say(s, OPERATOR, "'do':'list.read','list':'to-answer'");
    api_on_gone(s->w->api, conn);
}

/* One that is declined, taken by hand and ended by the operator; and words that are left. */
static void more_chats(struct scene *s)
{
    char chat[ID_TEXT], token[64];
    uint64_t conn = world_ring(s->w, s->code, chat, token);
    err_t err;

    snprintf(s->chat, sizeof(s->chat), "%s", chat);
    say(s, OPERATOR, "'do':'agent.status','agent':'$A','status':'busy'");
    say(s, s->ann, "'do':'agent.status','status':'available'");
    say(s, s->ann, "'do':'offer.decline','conversation':'$C'");
    say(s, s->ann, "'do':'agent.status','status':'away'");
    say(s, s->ann, "'do':'conversation.pick','conversation':'$C'");
    keep_id(say(s, OPERATOR, "'do':'block.add','prefix':'198.51.100.0/24','text':'no'"), "block",
            s->block);
    say(s, s->ann, "'do':'block.list'");
    say(s, OPERATOR, "'do':'conversation.note','conversation':'$C','text':'by the operator'");
    say(s, OPERATOR, "'do':'conversation.read','conversation':'$C'");
    say(s, OPERATOR, "'do':'list.read','list':'all'");
    say(s, OPERATOR, "'do':'route.explain','department':'$D'");
    say(s, OPERATOR, "'do':'conversation.candidates','conversation':'$C','text':'an'");
    say(s, OPERATOR, "'do':'conversation.assign','conversation':'$C','agent':'$A','holder':'$A'");
    say(s, OPERATOR, "'do':'conversation.targets','conversation':'$C','text':'Bo','max':1");
    say(s, OPERATOR, "'do':'conversation.transfer','conversation':'$C','department':'$D'");
    say(s, OPERATOR, "'do':'conversation.take-back','conversation':'$C'");
    say(s, OPERATOR, "'do':'chat.end','conversation':'$C'");
    say(s, OPERATOR, "'do':'block.remove','block':'$B'");
    keep_id(say(s, s->ann, "'do':'block.add','conversation':'$C','text':'rude','confirm':true"),
            "block", s->block);
    say(s, OPERATOR, "'do':'block.list'");
    say(s, s->ann, "'do':'block.remove','block':'$B'");
    api_on_gone(s->w->api, conn);
    missed_ones(s);
    conn = visitor_conn(s->w, s->code, &err);
    say(s, conn, "'do':'chat.leave-message','name':'V','email':'v@example.com','text':'write'");
    conn = world_ring(s->w, s->code, chat, token);
    snprintf(s->chat, sizeof(s->chat), "%s", chat);
    say(s, s->ann, "'do':'conversation.pick','conversation':'$C'");
    say(s, s->ann, "'do':'chat.end','conversation':'$C'");
    say(s, OPERATOR, "'do':'conversation.time','conversation':'$C','agent':'$A','seconds':60");
    say(s, OPERATOR, "'do':'conversation.time','conversation':'$C','agent':'$A','seconds':60");
    say(s, OPERATOR, "'do':'conversation.reach','conversation':'$C'");
    say(s, OPERATOR, "'do':'conversation.reopen','conversation':'$C','agent':'$A'");
}

static void mails(struct scene *s, uint64_t conn)
{
    static const char *const rows[] = {
        "'do':'mail.list'",
        "'do':'mail.causes'",
        "'do':'mail.show','mail':'$M'",
        "'do':'mail.source','mail':'$M'",
        "'do':'mail.retry','cause':'code-450'",
        "'do':'mail.retry','mail':'$M'",
        "'do':'mail.readdress','mail':'$M','to':'new@example.com','address':'box@example.com'",
        "'do':'mail.cancel','mail':'$M'",
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        say(s, conn, rows[i]);
}

static void tasks(struct scene *s, uint64_t conn)
{
    static const char *const all[] = {
        "'do':'task.set','task':'$K','title':'write','agent':'$A'",
        "'do':'task.show','task':'$K'",
        "'do':'task.list','conversation':'$C'",
        "'do':'task.done','task':'$K'",
        "'do':'task.list','agent':'$A','state':'done','max':1",
        "'do':'task.reopen','task':'$K'",
        "'do':'task.candidates','conversation':'$C'",
        "'do':'task.remove','task':'$K'",
    };

    keep_id(say(s, conn, "'do':'task.add','conversation':'$C','title':'call','agent':null"), "task",
            s->canned);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        say(s, conn, all[i]);
}

static void mentions(struct scene *s)
{
    say(s, OPERATOR,
        "'do':'conversation.note','conversation':'$C','text':'@Ann','mentions':['$A']");
    say(s, OPERATOR, "'do':'conversation.read','conversation':'$C'");
    say(s, OPERATOR, "'do':'mention.list','agent':'$A','state':'unread'");
    say(s, s->ann, "'do':'mention.read','conversation':'$C'");
    say(s, s->ann, "'do':'mention.read'");
    say(s, s->ann, "'do':'mention.list','max':1");
}

static void views(struct scene *s, uint64_t conn)
{
    const char *own = conn == OPERATOR
                          ? "'do':'view.add','name':'W','list':'all','scope':'own','agent':'$A'"
                          : "'do':'view.add','name':'O','list':'all','scope':'own','of':'$D'";
    static const char *const all[] = {
        "'do':'view.set','view':'$K','version':1,'name':'Open','filter':'open','tag':'VIP'",
        "'do':'view.set','view':'$K','tag':'vip'",
        "'do':'view.show','view':'$K'",
        "'do':'view.list'",
        "'do':'view.list','scope':'department','department':'$D','max':1",
        "'do':'list.read','view':'$K'",
        "'do':'view.set','view':'$K','list':'search','filter':'','text':'vera','since_days':7",
        "'do':'view.show','view':'$K'",
        "'do':'search','view':'$K'",
        "'do':'view.remove','view':'$K'",
    };

    keep_id(say(s, conn, own), "view", s->canned);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        say(s, conn, all[i]);
}

static void tags(struct scene *s, uint64_t conn)
{
    static const char *const all[] = {
        "'do':'conversation.tag','conversation':'$C','tag':'VIP'",
        "'do':'conversation.tag','conversation':'$C','tag':'vip'",
        "'do':'tag.list','text':'v','max':1",
        "'do':'report.time','since':'30d','format':'csv'",
        "'do':'list.read','list':'all','tag':'VIP'",
        "'do':'list.read','list':'unassigned','tag':'VIP'",
        "'do':'search','tag':'VIP'",
        "'do':'conversation.untag','conversation':'$C','tag':'vip'",
    };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        say(s, conn, all[i]);
}

/* A line of hers that an agent changes and takes back; the visitor reads of it. */
static void own_lines(struct scene *s, uint64_t conn)
{
    json_t *a = say(s, conn, "'do':'conversation.note','conversation':'$C','text':'one'");
    char change[100], text[200];

    snprintf(change, sizeof(change), "'conversation':'$C','line':%lld",
             (long long)ok_int(a, "seq"));
    snprintf(text, sizeof(text), "'do':'line.edit',%s,'text':'two'", change);
    say(s, conn, text);
    say(s, conn, text);
    snprintf(text, sizeof(text), "'do':'line.remove',%s", change);
    say(s, conn, text);
    say(s, conn, "'do':'conversation.read','conversation':'$C'");
}

static void canned_replies(struct scene *s, uint64_t conn)
{
    static const char *const rows[] = {
        "'do':'canned.add','scope':'own','agent':'$A','title':'Bye','text':'Bye.'",
        "'do':'canned.add','scope':'department','department':'$D','title':'Hi','text':'Hi.'",
        "'do':'canned.set','canned':'$K','version':1,'text':'{visitor.name}, hello.'",
        "'do':'canned.set','canned':'$K','text':'{visitor.name}, hello.'",
        "'do':'canned.show','canned':'$K'",
        "'do':'canned.list'",
        "'do':'canned.list','scope':'department','department':'$D','max':1",
        "'do':'canned.find','text':'hello','conversation':'$C'",
        "'do':'canned.remove','canned':'$K','version':2",
    };

    keep_id(say(s, conn, "'do':'canned.add','scope':'portal','title':'Hello','text':'Hello.'"),
            "canned", s->canned);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        say(s, conn, rows[i]);
}

static void set_up(struct scene *s, uint64_t conn, const char *name)
{
    static const char *const rows[] = {
        "'do':'portal.show'",
        "'do':'portal.set','name':'Shop'",
        "'do':'department.list'",
        "'do':'department.show','department':'$D'",
        "'do':'department.set','department':'$D','colour':'#123456'",
        "'do':'hours.show','department':'$D'",
        "'do':'department.seen','department':'$D'",
        "'do':'portal.steps'",
        "'do':'floor.show'",
        "'do':'queue.move','department':'$D','to':'$E'",
        ("'do':'hours.show','department':'$D','hours.week':'mon-sun 00:00-24:00',"
         "'hours.days':'2999-01-01 closed'"),
        "'do':'member.set','department':'$E','agent':'$G','chat':false",
        "'do':'member.set','department':'$E','agent':'$G','chat':false",
        "'do':'member.remove','department':'$E','agent':'$G'",
        "'do':'agent.list'",
        "'do':'agent.show','agent':'$G'",
        "'do':'agent.set','agent':'$G','phone':'1'",
        "'do':'agent.link','agent':'$G'",
        "'do':'agent.link','agent':'$G','mail':true",
        "'do':'relay.password','password':'secret'",
        "'do':'settings'",
        "'do':'status'",
        "'do':'department.remove','department':'$E'",
        "'do':'role.set','role':'$R','name':'Two','permissions':'reply,note'",
        "'do':'role.set','role':'$R','name':'Two'",
        "'do':'agent.role','agent':'$G','role':'$R'",
        "'do':'agent.role','agent':'$G','role':'$R'",
        "'do':'agent.show','agent':'$G'",
        "'do':'agent.explain','agent':'$G','action':'reply','conversation':'$C'",
        "'do':'agent.explain','agent':'$A','action':'reply','conversation':'$C'",
        "'do':'role.list'",
        "'do':'agent.set','agent':'$G','role':'agent'",
        "'do':'role.remove','role':'$R'",
        "'do':'picture.set','agent':'$G','picture':'" SMALL_PNG "'",
        "'do':'picture.set','agent':'$G','picture':'" SMALL_PNG "'",
        "'do':'agent.show','agent':'$G'",
        "'do':'picture.remove','agent':'$G'",
        "'do':'picture.remove','agent':'$G'",
        "'do':'agent.work','agent':'$G'",
        "'do':'agent.disable','agent':'$G','dry_run':true",
        "'do':'agent.disable','agent':'$G'",
        "'do':'agent.disable','agent':'$G','chats_back':true",
        "'do':'agent.remove','agent':'$G','anonymise':true,'dry_run':true",
        "'do':'agent.remove','agent':'$G','anonymise':true",
        "'do':'ping'",
    };
    char text[200];

    snprintf(text, sizeof(text), "'do':'department.add','name':'%s','agents':['$A']", name);
    keep_id(say(s, conn, text), "department", s->spare_dept);
    snprintf(text, sizeof(text), "'do':'agent.add','name':'%s','email':'%s@example.com'", name,
             name);
    keep_id(say(s, conn, text), "agent", s->spare_agent);
    snprintf(text, sizeof(text), "'do':'role.add','name':'%s','permissions':'reply'", name);
    keep_id(say(s, conn, text), "role", s->role);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        say(s, conn, rows[i]);
}

/* What the dispatcher answers as the protocol has it. */
static void by_the_dispatcher(struct scene *s, uint64_t conn, unsigned first)
{
    static const struct {
        const char *asked, *answer;
    } rows[] = {
        {"'do':'mail.test','to':'me@example.com'",
         "{'outcome':'refused','diagnosis':{'code':'reply','text':'x','reply':'550 no'},"
         "'lines':[{'by':'server','text':'220 x'}]}"},
        {"'do':'template.show','kind':'missed','lang':'en'",
         "{'subject':{'text':'x','from':'portal','inherited':{'text':'y','from':'builtin'}},"
         "'text':{'text':'x','from':'file'},'html':{'text':'x','from':'builtin'}}"},
        {"'do':'template.preview','kind':'missed','lang':'en','text':'x'",
         "{'subject':'a','text':'b','html':'c'}"},
        {"'do':'mail.draft','conversation':'$C'", /* of agents alone, and so the last */
         "{'opening':'a','closing':'b','above':'','below':'d','greets':false}"},
    };

    for (size_t i = 0; i < COUNT_OF(rows) - (conn == OPERATOR); i++) {
        char answer[300], asked[200];
        const struct sent *sent;
        json_t *a;

        fill_in(s, rows[i].asked, asked, sizeof(asked));
        tell(s->w, conn, "{'id':'d-%u',%s}", first + (unsigned)i, asked);
        world_run(s->w);
        snprintf(answer, sizeof(answer), "'do':'dispatcher.answer','ask':'%u','ok':%s",
                 first + (unsigned)i, rows[i].answer);
        say(s, DISPATCHER, answer);
        snprintf(answer, sizeof(answer), "\"re\":\"d-%u\"", first + (unsigned)i);
        sent = sent_find(s->w, conn, answer);
        assert_non_null(sent);
        a = json_loads(sent->text, 0, NULL);
        snprintf(answer, sizeof(answer), "{%s}", asked);
        for (char *p = answer; *p != 0; p++)
            *p = *p == '\'' ? '"' : *p;
        schema_check_answer(s->w, conn, answer, a);
        json_decref(a);
    }
}

static void assert_all_were_checked(void)
{
    static const struct {
        unsigned as;
        const char *who;
    } senders[] = {{AS_VISITOR, "visitor"}, {AS_AGENT, "agent"}, {AS_CONTROL, "operator"}};
    const struct verb *verb;
    bool all = true;

    for (size_t at = 0; (verb = verb_next(&at)) != NULL;)
        for (size_t i = 0; i < COUNT_OF(senders); i++) {
            if ((verb->as & senders[i].as) == 0 || verb->silent ||
                schema_was_checked(senders[i].who, verb->word))
                continue;
            print_message("  never answered: %s to %s\n", verb->word, senders[i].who);
            all = false;
        }
    assert_true(all);
}

/* Those of the API tokens that an agent may say; more of them is in api_token_test.c. */
static void tokens(struct scene *s, uint64_t conn)
{
    char token[ID_TEXT], words[100];

    keep_id(say(s, OPERATOR, "'do':'token.add','agent':'$A','name':'Till','permissions':'reply'"),
            "token", token);
    say(s, conn, "'do':'token.list','agent':'$A'");
    say(s, conn, "'do':'session.list','agent':'$A'");
    say(s, conn, "'do':'session.end','agent':'$G','all':true");
    say(s, conn, "'do':'factor.reset','agent':'$G'");
    snprintf(words, sizeof(words), "'do':'token.remove','token':'%s'", token);
    say(s, conn, words);
}

static void every_command_answers_as_the_document_says(void **state)
{
    struct world *w = *state;
    struct scene s;

    scene_open(w, &s);
    chats(&s);
    more_chats(&s);
    world_indexed(w);
    say(&s, s.ann, "'do':'search','text':'vera'");
    say(&s, OPERATOR, "'do':'search','text':'operator'");
    attempt(w, s.mail);
    mails(&s, s.ann);
    s.mail = newest_mail(w);
    attempt(w, s.mail);
    mails(&s, OPERATOR);
    tasks(&s, s.ann);
    tasks(&s, OPERATOR);
    mentions(&s);
    views(&s, s.ann);
    views(&s, OPERATOR);
    tags(&s, s.ann);
    own_lines(&s, s.ann);
    tags(&s, OPERATOR);
    canned_replies(&s, s.ann);
    canned_replies(&s, OPERATOR);
    tokens(&s, s.ann);
    tokens(&s, OPERATOR);
    set_up(&s, s.ann, "by-ann");
    set_up(&s, OPERATOR, "by-hand");
    say(&s, DISPATCHER, "'do':'dispatcher.attach'");
    by_the_dispatcher(&s, s.ann, 1);
    by_the_dispatcher(&s, OPERATOR, 5);
    say(&s, OPERATOR, "'do':'log.level','level':'error'");
    say(&s, OPERATOR, "'do':'backup','to':'$W/backup'");
    say(&s, OPERATOR, "'do':'check'");
    assert_all_were_checked();
}

/* Sessions have routes of their own. */
static void sessions_answer_as_the_document_says(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT], cookie[64];

    world_agent(w, "ann@example.com", world_dept(w, "Sales", code), "", cookie);
    assert_int_equal(request(w, API_POST, "/api/v1/session",
                             "{'email':'ann@example.com','password':'a long enough password'}")
                         ->status,
                     200);
    w->cookie = cookie;
    assert_int_equal(request(w, API_GET, "/api/v1/session", NULL)->status, 200);
    assert_int_equal(request(w, API_POST, "/api/v1/command", "{'do':'ping'}")->status, 200);
    assert_int_equal(request(w, API_GET, "/api/v1/lists/all", NULL)->status, 200);
    assert_int_equal(request(w, API_DELETE, "/api/v1/session", NULL)->status, 200);
    assert_true(schema_was_checked("agent", "ping"));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_command_answers_as_the_document_says),
        T(sessions_answer_as_the_document_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
