/* See bare_gateway.h. */
#include "bare_gateway.h"

#include <stdio.h>
#include <stdlib.h>

#include "deskbell/crypto.h"
#include "deskbell/id.h"

static void on_submit(void *arg, const struct batch *b)
{
    ((struct gateway *)arg)->batch = b;
}

static err_t on_read_conv(void *arg, uint64_t id, struct buf *image)
{
    return store_read_conv(((struct gateway *)arg)->st, id, image);
}

static err_t on_read_repeat(void *arg, uint64_t cid, struct buf *value)
{
    return store_read_repeat(((struct gateway *)arg)->st, cid, value);
}

static void on_record(void *arg, const struct rec *rec)
{
    (void)arg;
    (void)rec;
}

static void on_lost(void *arg, err_t err)
{
    (void)arg;
    fprintf(stderr, "gateway: lost: %s\n", err_code(err));
    exit(1);
}

static void on_mail(void *arg)
{
    (void)arg;
}

static void gateway_commit(struct gateway *w)
{
    turn_pass_end(w->t, w->now_ms(w->arg));
    while (w->batch != NULL) {
        const struct batch *b = w->batch;
        err_t err = store_commit(w->st, b, w->now_ms(w->arg));

        w->batch = NULL;
        turn_durable(w->t, err, w->now_ms(w->arg));
        turn_pass_end(w->t, w->now_ms(w->arg));
    }
}

static void on_answer(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct gateway *w = arg;

    w->err = a->err;
    w->id = a->id;
    if (a->err != ERR_OK)
        snprintf(w->what, sizeof(w->what), "%s: %s: %s %s", cmd_word(cmd->type), err_code(a->err),
                 a->fault != NULL ? a->fault->field : "", a->fault != NULL ? a->fault->what : "");
}

/* One command, durable when this returns. */
static err_t run(struct gateway *w, const struct cmd *cmd)
{
    turn_command(w->t, cmd, w->now_ms(w->arg), on_answer, w);
    gateway_commit(w);
    return w->err;
}

static const struct principal operator_ = {.kind = BY_OPERATOR};

static struct principal agent_(const struct gateway *w)
{
    return (struct principal){.kind = BY_AGENT, .id = w->agent};
}

static struct principal visitor_(const struct gateway *w)
{
    return (struct principal){.kind = BY_VISITOR, .id = w->conv};
}

static err_t set(struct gateway *w, bool portal, struct span key, struct span value)
{
    size_t count;
    const struct setting *table = portal ? portal_settings(&count) : dept_settings(&count);
    const struct setting *st = setting_find(table, count, key);
    struct fault f = {0};
    struct change change;

    if (st == NULL || setting_parse(st, value, &change, &f) != ERR_OK) {
        snprintf(w->what, sizeof(w->what), "setting: %s", f.what);
        return w->err = ERR_INVAL;
    }
    struct cmd cmd = {.type = portal ? CMD_PORTAL_SET : CMD_DEPT_SET,
                      .who = operator_,
                      .set = {.id = w->dept, .changes = &change, .nchanges = 1}};
    return run(w, &cmd);
}

static err_t add_dept(struct gateway *w, struct span name)
{
    size_t count;
    const struct setting *table = dept_settings(&count);
    uint8_t raw[CODE_BYTES];
    char code[CODE_TEXT];
    struct change change;

    random_fill(raw, sizeof(raw));
    b64url_encode(code, raw, sizeof(raw));
    if (setting_parse(setting_find(table, count, SPAN_LIT("name")), name, &change, NULL) != ERR_OK)
        return ERR_INVAL;
    struct cmd cmd = {.type = CMD_DEPT_ADD,
                      .who = operator_,
                      .dept_add = {.code = span_of(code), .changes = &change, .nchanges = 1}};
    err_t err = run(w, &cmd);
    w->dept = w->id;
    return err;
}

static err_t add_agent(struct gateway *w, struct span name)
{
    size_t count;
    const struct setting *table = agent_settings(&count);
    struct change changes[3];
    struct member member = {.dept = w->dept, .chat = true, .notify = true};

    if (setting_parse(setting_find(table, count, SPAN_LIT("name")), name, &changes[0], NULL) !=
            ERR_OK ||
        setting_parse(setting_find(table, count, SPAN_LIT("email")), SPAN_LIT("agent@example.com"),
                      &changes[1], NULL) != ERR_OK ||
        setting_parse(setting_find(table, count, SPAN_LIT("role")), SPAN_LIT("admin"), &changes[2],
                      NULL) != ERR_OK)
        return ERR_INVAL;
    struct cmd cmd = {
        .type = CMD_AGENT_ADD,
        .who = operator_,
        .agent_add = {.changes = changes, .nchanges = 3, .members = &member, .nmembers = 1}};
    if (run(w, &cmd) != ERR_OK)
        return w->err;
    w->agent = w->id;
    if (run(w, &(struct cmd){.type = CMD_AGENT_CONNECT, .agent = w->agent}) != ERR_OK)
        return w->err;
    return run(w, &(struct cmd){.type = CMD_AGENT_STATUS,
                                .who = agent_(w),
                                .status.status = STATUS_AVAILABLE});
}

/* A visitor of an address of its own rings, or leaves a message. */
static err_t ring(struct gateway *w, enum cmd_type type, struct span name, struct span email,
                  struct span text)
{
    struct cmd cmd = {.type = type,
                      .who = {.kind = BY_VISITOR},
                      .ring = {.dept = w->dept,
                               .lang = LANG_JA,
                               .name = name,
                               .email = email,
                               .question = type == CMD_CHAT_START ? text : SPAN_NONE,
                               .text = type == CMD_CHAT_START ? SPAN_NONE : text,
                               .page = SPAN_LIT("https://shop.example.com/items/1"),
                               .title = SPAN_LIT("品物 1")}};
    char ip[IPADDR_TEXT];

    w->visitors++;
    snprintf(ip, sizeof(ip), "10.%u.%u.%u", w->visitors >> 16 & 255, w->visitors >> 8 & 255,
             w->visitors & 255);
    if (ipaddr_parse(span_of(ip), &cmd.ring.ip) != ERR_OK || run(w, &cmd) != ERR_OK)
        return w->err;
    w->conv = w->id;
    if (type != CMD_CHAT_START)
        return ERR_OK;
    return run(w, &(struct cmd){.type = CMD_CHAT_CONNECT, .who = visitor_(w), .conv = w->conv});
}

static err_t say(struct gateway *w, struct principal who, struct span text)
{
    return run(
        w, &(struct cmd){.type = CMD_CHAT_SEND, .who = who, .conv = w->conv, .line.text = text});
}

static err_t open_chat(struct gateway *w, const struct span *f)
{
    if (ring(w, CMD_CHAT_START, f[0], f[1], f[2]) != ERR_OK)
        return w->err;
    return run(w, &(struct cmd){.type = CMD_OFFER_ACCEPT, .who = agent_(w), .conv = w->conv});
}

static err_t whole_chat(struct gateway *w, const struct span *f)
{
    if (open_chat(w, f) != ERR_OK || say(w, visitor_(w), f[2]) != ERR_OK ||
        say(w, agent_(w), f[3]) != ERR_OK)
        return w->err;
    struct cmd note = {.type = CMD_CONV_NOTE,
                       .who = agent_(w),
                       .conv = w->conv,
                       .line.text = SPAN_LIT("a private note")};
    if (run(w, &note) != ERR_OK)
        return w->err;
    return run(w, &(struct cmd){.type = CMD_CHAT_END, .who = visitor_(w), .conv = w->conv});
}

static err_t block(struct gateway *w, struct span reason)
{
    struct cmd cmd = {
        .type = CMD_BLOCK_ADD, .who = agent_(w), .conv = w->conv, .block_add.reason = reason};
    char ip[IPADDR_TEXT];

    snprintf(ip, sizeof(ip), "10.%u.%u.%u", w->visitors >> 16 & 255, w->visitors >> 8 & 255,
             w->visitors & 255);
    if (ipprefix_parse(span_of(ip), &cmd.block_add.prefix, NULL) != ERR_OK)
        return ERR_INVAL;
    return run(w, &cmd);
}

static err_t set_secret(struct gateway *w, bool portal, struct span password)
{
    uint8_t key[KEY_BYTES];
    struct buf sealed = {0};
    char text[RELAY_SECRET_MAX_BYTES];

    store_seal_key(w->st, key);
    seal(&sealed, password, key);
    b64url_encode(text, sealed.p, sealed.len);
    buf_fini(&sealed);
    return set(w, portal, portal ? SPAN_LIT("relay_secret") : SPAN_LIT("relay.secret"),
               span_of(text));
}

/* A one-time link by mail, good for so many ms: from "operator", "agent" or somebody at the "door".
 */
static err_t mail_link(struct gateway *w, const struct span *f)
{
    uint8_t key[KEY_BYTES], hash[HASH_BYTES];
    struct buf sealed = {0};
    struct cmd cmd = {.type = CMD_AGENT_LINK,
                      .who = operator_,
                      .agent_link = {.agent = w->agent,
                                     .link.hash = {(const char *)hash, sizeof(hash)},
                                     .link.until_ms = w->now_ms(w->arg) + atoll(f[3].p)}};

    if (span_is(f[1], "agent"))
        cmd.who = agent_(w);
    else if (span_is(f[1], "door"))
        cmd.who = (struct principal){.kind = BY_SYSTEM};
    hash_bytes(hash, f[2], NULL);
    store_seal_key(w->st, key);
    seal(&sealed, f[2], key);
    cmd.agent_link.link.secret = buf_span(&sealed);
    err_t err = run(w, &cmd);
    buf_fini(&sealed);
    return err;
}

static err_t disable_agent(struct gateway *w)
{
    size_t count;
    const struct setting *table = agent_settings(&count);
    struct change off = {.setting = setting_find(table, count, SPAN_LIT("enabled"))};

    return run(w, &(struct cmd){.type = CMD_AGENT_SET,
                                .who = operator_,
                                .set = {.id = w->agent, .changes = &off, .nchanges = 1}});
}

static err_t set_password(struct gateway *w)
{
    return run(w,
               &(struct cmd){.type = CMD_AGENT_PASSWORD,
                             .who = agent_(w),
                             .password = {.agent = w->agent, .hash = SPAN_LIT("$argon2id$some")}});
}

/* With the same agent. */
static err_t another_dept(struct gateway *w, struct span name)
{
    if (add_dept(w, name) != ERR_OK)
        return w->err;
    return run(w,
               &(struct cmd){
                   .type = CMD_MEMBER_SET,
                   .who = operator_,
                   .member = {.agent = w->agent, .dept = w->dept, .chat = true, .notify = true}});
}

/* Another one stays, as one always must. */
static err_t remove_dept(struct gateway *w)
{
    const uint64_t dept = w->dept;

    if (add_dept(w, SPAN_LIT("Rest")) != ERR_OK)
        return w->err;
    w->dept = dept;
    return run(w, &(struct cmd){.type = CMD_DEPT_REMOVE, .who = operator_, .dept = dept});
}

/* Many in each transaction, as a busy gateway does it. */
static err_t leave_many(struct gateway *w, const struct span *f)
{
    struct cmd cmd = {.type = CMD_CHAT_LEAVE_MESSAGE,
                      .who = {.kind = BY_VISITOR},
                      .ring = {.dept = w->dept,
                               .name = f[2],
                               .email = f[3],
                               .text = f[4],
                               .page = SPAN_LIT("https://shop.example.com/")}};

    for (int i = atoi(f[1].p); i > 0; i--) {
        char ip[IPADDR_TEXT];

        w->visitors++;
        snprintf(ip, sizeof(ip), "10.%u.%u.%u", w->visitors >> 16 & 255, w->visitors >> 8 & 255,
                 w->visitors & 255);
        if (ipaddr_parse(span_of(ip), &cmd.ring.ip) != ERR_OK)
            return ERR_INVAL;
        turn_command(w->t, &cmd, w->now_ms(w->arg), on_answer, w);
        if (i % 500 == 1)
            gateway_commit(w);
        if (w->err != ERR_OK)
            return w->err;
    }
    return ERR_OK;
}

#define CHATS_A_COMMIT 500

struct chats {
    struct gateway *w;
    uint64_t ids[CHATS_A_COMMIT];
    size_t n;
};

static void on_chat(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct chats *chats = arg;

    on_answer(chats->w, cmd, a);
    if (a->err == ERR_OK)
        chats->ids[chats->n++] = a->id;
}

/* Likewise so many chats, each to its end. */
static err_t chats_part(struct gateway *w, size_t count, const struct span *f)
{
    struct chats chats = {.w = w};
    struct cmd cmd = {.type = CMD_CHAT_START,
                      .who = {.kind = BY_VISITOR},
                      .ring = {.dept = w->dept, .name = f[0], .email = f[1], .question = f[2]}};

    for (size_t i = 0; i < count; i++) {
        char ip[IPADDR_TEXT];

        w->visitors++;
        snprintf(ip, sizeof(ip), "10.%u.%u.%u", w->visitors >> 16 & 255, w->visitors >> 8 & 255,
                 w->visitors & 255);
        if (ipaddr_parse(span_of(ip), &cmd.ring.ip) != ERR_OK)
            return ERR_INVAL;
        turn_command(w->t, &cmd, w->now_ms(w->arg), on_chat, &chats);
    }
    gateway_commit(w);
    for (size_t i = 0; i < chats.n; i++) {
        w->conv = chats.ids[i];
        const struct cmd cmds[] = {
            {.type = CMD_CHAT_CONNECT, .who = visitor_(w), .conv = w->conv},
            {.type = CMD_CONV_PICK, .who = agent_(w), .conv = w->conv},
            {.type = CMD_CHAT_END, .who = visitor_(w), .conv = w->conv},
        };
        for (size_t c = 0; c < COUNT_OF(cmds); c++)
            turn_command(w->t, &cmds[c], w->now_ms(w->arg), on_answer, w);
    }
    gateway_commit(w);
    return chats.n == count ? w->err : ERR_INVAL;
}

static err_t chat_many(struct gateway *w, const struct span *f)
{
    err_t err = set(w, false, SPAN_LIT("queue_max"), SPAN_LIT("500"));

    for (int left = atoi(f[1].p); left > 0 && err == ERR_OK; left -= CHATS_A_COMMIT)
        err = chats_part(w, (size_t)(left < CHATS_A_COMMIT ? left : CHATS_A_COMMIT), f + 2);
    return err;
}

static err_t request(struct gateway *w, struct span text, enum mail_request_kind kind)
{
    struct mail_request rq = {.kind = kind};

    if (kind == MAILREQ_RETRY || kind == MAILREQ_CANCEL) {
        if (id_parse(text, &rq.mail) != ERR_OK)
            return ERR_INVAL;
    } else {
        snprintf(rq.cause, sizeof(rq.cause), "%.*s", (int)text.len, text.p);
    }
    return mail_request_put(w->st, &rq);
}

/* The visitor's or a mailbox's mail goes to another address in place of one of its recipients. */
static err_t readdress(struct gateway *w, const struct span *f)
{
    struct mail_view v;
    struct mail_order order;
    uint64_t id;
    err_t err;

    if (id_parse(f[1], &id) != ERR_OK)
        return ERR_INVAL;
    if ((err = mail_read(w->st, id, &v)) != ERR_OK)
        return err;
    order = v.order;
    order.replaces = id;
    order.instead = f[2];
    err = run(w, &(struct cmd){.type = CMD_MAIL_READDRESS,
                               .who = operator_,
                               .conv = order.conv,
                               .readdress = {.to = f[3], .order = &order}});
    mail_view_fini(&v);
    return err;
}

err_t gateway_obey(struct gateway *w, const struct span *f, size_t n)
{
    if (span_is(f[0], "portal") && n == 3)
        return set(w, true, f[1], f[2]);
    if (span_is(f[0], "department") && n == 3)
        return set(w, false, f[1], f[2]);
    if (span_is(f[0], "secret") && n == 2)
        return set_secret(w, true, f[1]);
    if (span_is(f[0], "dept_secret") && n == 2)
        return set_secret(w, false, f[1]);
    if (span_is(f[0], "another") && n == 2)
        return another_dept(w, f[1]);
    if (span_is(f[0], "leave") && n == 5)
        return leave_many(w, f);
    if (span_is(f[0], "chats") && n == 5)
        return chat_many(w, f);
    if (span_is(f[0], "agent") && n == 2)
        return add_agent(w, f[1]);
    if (span_is(f[0], "link") && n == 4)
        return mail_link(w, f);
    if (span_is(f[0], "password") && n == 1)
        return set_password(w);
    if (span_is(f[0], "disable") && n == 1)
        return disable_agent(w);
    if (span_is(f[0], "chat") && n == 6) {
        for (int i = atoi(f[1].p); i > 0; i--)
            if (whole_chat(w, f + 2) != ERR_OK)
                return w->err;
        return ERR_OK;
    }
    if (span_is(f[0], "open") && n == 4)
        return open_chat(w, f + 1);
    if (span_is(f[0], "left") && n == 4)
        return ring(w, CMD_CHAT_LEAVE_MESSAGE, f[1], f[2], f[3]);
    if (span_is(f[0], "missed") && n == 4) {
        if (ring(w, CMD_CHAT_START, f[1], f[2], f[3]) != ERR_OK)
            return w->err;
        return run(w, &(struct cmd){.type = CMD_CHAT_END, .who = visitor_(w), .conv = w->conv});
    }
    if (span_is(f[0], "feedback") && n == 3)
        return run(w, &(struct cmd){.type = CMD_CHAT_FEEDBACK,
                                    .who = visitor_(w),
                                    .conv = w->conv,
                                    .feedback = {.rating = atoi(f[1].p), .comment = f[2]}});
    if (span_is(f[0], "copy") && n == 2)
        return run(
            w, &(struct cmd){
                   .type = CMD_CHAT_COPY, .who = visitor_(w), .conv = w->conv, .copy.to = f[1]});
    if (span_is(f[0], "mail") && n == 2)
        return run(
            w, &(struct cmd){
                   .type = CMD_CONV_MAIL, .who = agent_(w), .conv = w->conv, .line.text = f[1]});
    if (span_is(f[0], "block") && n == 2)
        return block(w, f[1]);
    if (span_is(f[0], "remove") && n == 1)
        return remove_dept(w);
    if (span_is(f[0], "remove_agent") && n == 1)
        return run(w, &(struct cmd){.type = CMD_AGENT_REMOVE,
                                    .who = operator_,
                                    .agent_end = {.agent = w->agent, .chats_back = true}});
    if (span_is(f[0], "retry") && n == 2)
        return request(w, f[1], MAILREQ_RETRY);
    if (span_is(f[0], "cancel") && n == 2)
        return request(w, f[1], MAILREQ_CANCEL);
    if (span_is(f[0], "retry_cause") && n == 2)
        return request(w, f[1], MAILREQ_RETRY_CAUSE);
    if (span_is(f[0], "retry_all") && n == 1)
        return request(w, SPAN_LIT("doubtful"), MAILREQ_RETRY_ALL);
    if (span_is(f[0], "readdress") && n == 4)
        return readdress(w, f);
    snprintf(w->what, sizeof(w->what), "unknown: %s with %zu fields", f[0].p, n);
    return ERR_INVAL;
}

err_t gateway_open(struct gateway *w, const char *dir)
{
    struct store_options so = {.dir = dir, .role = STORE_GATEWAY, .free_min_bytes = 1};
    struct turn_ops ops = {.journal = {.arg = w,
                                       .submit = on_submit,
                                       .read_conv = on_read_conv,
                                       .read_repeat = on_read_repeat},
                           .arg = w,
                           .on_record = on_record,
                           .on_lost = on_lost,
                           .on_mail = on_mail};
    struct fault f = {0};
    err_t err = store_open(&so, &w->st, &f);

    if (err != ERR_OK) {
        snprintf(w->what, sizeof(w->what), "%s", f.what);
        return err;
    }
    if ((err = store_load(w->st, &w->k, &f)) != ERR_OK)
        return err;
    w->t = turn_new(w->k, &ops, &(struct turn_options){0});
    return add_dept(w, SPAN_LIT("営業部"));
}

void gateway_close(struct gateway *w)
{
    turn_free(w->t);
    core_free(w->k);
    store_close(w->st);
}
