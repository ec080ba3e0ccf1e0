/* See store_world.h. */
#include "store_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* xorshift64*: the same on every machine */
static uint64_t pick(struct world *w, uint64_t below)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return (w->random * 0x2545f4914f6cdd1d >> 33) % below;
}

static void on_submit(void *arg, const struct batch *b)
{
    struct world *w = arg;

    assert_null(w->flight);
    w->flight = b;
}

static void on_stop(void *arg)
{
    ((struct world *)arg)->flight = NULL;
}

static err_t on_read_conv(void *arg, uint64_t id, struct buf *image)
{
    return store_read_conv(((struct world *)arg)->p.st, id, image);
}

static err_t on_read_repeat(void *arg, uint64_t cid, struct buf *value)
{
    return store_read_repeat(((struct world *)arg)->p.st, cid, value);
}

static void on_answer(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct world *w = arg;

    w->answer = *a;
    w->answer.fault = NULL;
    w->fault = a->fault != NULL ? *a->fault : (struct fault){0};
    if (a->err == ERR_OK && !a->unchanged)
        w->done[cmd->type]++;
}

static void pump(struct world *w)
{
    const struct batch *b = w->flight;

    if (b == NULL)
        return;
    w->flight = NULL;
    assert_int_equal(store_commit(w->p.st, b, w->now_ms), ERR_OK);
    turn_durable(w->turn, ERR_OK, w->now_ms);
    if (turn_durable_pos(w->turn) == turn_folded_pos(w->turn) && turn_folded_pos(w->turn) < POS_MAX)
        w->digests[turn_folded_pos(w->turn)] = core_digest(w->core);
}

void make_durable(struct world *w)
{
    for (int i = 0; i < 1000; i++) {
        turn_pass_end(w->turn, w->now_ms);
        pump(w);
        if (turn_is_idle(w->turn) && turn_deadline(w->turn) > w->now_ms)
            return;
    }
    fail_msg("the turn does not come to rest");
}

struct core *load(struct world *w)
{
    struct fault f = {0};
    struct core *k;

    if (store_load(w->p.st, &k, &f) != ERR_OK)
        fail_msg("store_load: %s", f.what);
    return k;
}

void hide_checkpoint(struct txn *tx, void *arg)
{
    struct key key = key_word("checkpoint");
    uint64_t *pos = arg;

    if (txn_get_u64(tx, TABLE_META, &key, pos) != ERR_OK)
        *pos = 0;
    txn_del(tx, TABLE_META, &key);
}

static void show_checkpoint(struct txn *tx, void *arg)
{
    struct key key = key_word("checkpoint");
    const uint64_t *pos = arg;

    if (*pos != 0)
        txn_put_u64(tx, TABLE_META, &key, *pos);
}

static bool checkpoint_is_half(struct world *w)
{
    struct cursor cur;
    struct txn tx;
    bool half;

    assert_int_equal(txn_begin_read(&tx, w->p.st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, TABLE_IMAGE_WAS), ERR_OK);
    half = cursor_last(&cur) == ERR_OK;
    cursor_close(&cur);
    txn_end_read(&tx);
    return half;
}

struct core *load_and_compare(struct world *w)
{
    bool half = checkpoint_is_half(w);
    struct core *k = load(w), *whole;
    uint64_t checkpoint = 0, pos = core_next_pos(k) - 1;

    assert_int_equal(store_write(w->p.st, hide_checkpoint, &checkpoint), ERR_OK);
    whole = load(w);
    assert_int_equal(store_write(w->p.st, show_checkpoint, &checkpoint), ERR_OK);
    assert_int_equal(core_next_pos(whole), core_next_pos(k));
    if (core_digest(whole) != core_digest(k))
        fail_msg("at %llu the images of %llu and the whole journal differ", (unsigned long long)pos,
                 (unsigned long long)checkpoint);
    core_free(whole);
    w->halves += half;
    if (pos < POS_MAX && w->digests[pos] != 0) {
        assert_true(w->digests[pos] == core_digest(k));
        w->compared++;
    }
    return k;
}

void turn_make(struct world *w)
{
    struct turn_ops ops = {.journal = {.arg = w,
                                       .submit = on_submit,
                                       .read_conv = on_read_conv,
                                       .read_repeat = on_read_repeat,
                                       .stop = on_stop},
                           .arg = w};

    w->turn = turn_new(w->core, &ops, &w->opt);
}

static err_t command(struct world *w, struct cmd cmd)
{
    turn_command(w->turn, &cmd, w->now_ms, on_answer, w);
    return w->answer.err;
}

void must(struct world *w, struct cmd cmd)
{
    if (command(w, cmd) != ERR_OK)
        fail_msg("%s: %s: %s %s", cmd_word(cmd.type), err_code(w->fault.err), w->fault.field,
                 w->fault.what);
}

void agents_come(struct world *w)
{
    for (size_t i = 0; i < AGENTS; i++) {
        command(w, (struct cmd){.type = CMD_AGENT_CONNECT, .agent = w->agents[i]});
        command(w, (struct cmd){.type = CMD_AGENT_STATUS,
                                .who = {.kind = BY_AGENT, .id = w->agents[i]},
                                .status.status = STATUS_AVAILABLE});
    }
}

void restart(struct world *w, bool clean)
{
    if (clean) {
        turn_checkpoint(w->turn);
        make_durable(w);
    }
    w->flight = NULL;
    turn_free(w->turn);
    core_free(w->core);
    place_close(&w->p);
    place_open(&w->p);
    w->core = load_and_compare(w);
    turn_make(w);
    turn_restart(w->turn, w->now_ms, 10000);
    agents_come(w);
    w->restarts++;
}

/* a portal with departments and agents */

static struct change change_of(const struct setting *table, size_t count, const char *name,
                               const char *text)
{
    struct change c;

    assert_int_equal(
        setting_parse(setting_find(table, count, span_of(name)), span_of(text), &c, NULL), ERR_OK);
    return c;
}

static void add_dept(struct world *w, size_t i)
{
    static const char *const names[DEPTS] = {"Sales", "Support", "Repairs"};
    uint8_t raw[CODE_BYTES] = {7, (uint8_t)i};
    char code[CODE_TEXT];
    size_t count;
    const struct setting *table = dept_settings(&count);
    struct change changes[] = {
        change_of(table, count, "name", names[i]),
        change_of(table, count, "type", "public"),
        change_of(table, count, "mail.from.addresses", "shop@example.com"),
        change_of(table, count, "mail.from.on", "on"),
        change_of(table, count, "mail.transcript.addresses", "log@example.com"),
        change_of(table, count, "mail.transcript.on", "on"),
        change_of(table, count, "mail.missed.addresses", "log@example.com"),
        change_of(table, count, "mail.missed.on", "on"),
        change_of(table, count, "mail.feedback.addresses", "log@example.com"),
        change_of(table, count, "mail.feedback.on", "on"),
    };

    b64url_encode(code, raw, sizeof(raw));
    must(w, (struct cmd){.type = CMD_DEPT_ADD,
                         .who = {.kind = BY_OPERATOR},
                         .dept_add = {.code = span_of(code),
                                      .changes = changes,
                                      .nchanges = COUNT_OF(changes)}});
    w->depts[i] = w->answer.id;
}

void name_portal(struct world *w, const char *name)
{
    size_t count;
    const struct setting *table = portal_settings(&count);
    struct change change = change_of(table, count, "name", name);

    must(w, (struct cmd){.type = CMD_PORTAL_SET,
                         .who = {.kind = BY_OPERATOR},
                         .set = {.changes = &change, .nchanges = 1}});
}

void set_dept(struct world *w, size_t i, const char *setting, const char *text)
{
    size_t count;
    const struct setting *table = dept_settings(&count);
    struct change change = change_of(table, count, setting, text);

    must(w, (struct cmd){.type = CMD_DEPT_SET,
                         .who = {.kind = BY_OPERATOR},
                         .set = {.id = w->depts[i], .changes = &change, .nchanges = 1}});
}

static void add_agent(struct world *w, size_t i)
{
    struct member members[2] = {{w->depts[i % DEPTS], true, true},
                                {w->depts[(i + 1) % DEPTS], true, true}};
    char name[16], email[32];
    size_t count;
    const struct setting *table = agent_settings(&count);

    snprintf(name, sizeof(name), "Agent %zu", i);
    snprintf(email, sizeof(email), "a%zu@example.com", i);

    struct change changes[] = {change_of(table, count, "name", name),
                               change_of(table, count, "email", email)};

    must(w, (struct cmd){.type = CMD_AGENT_ADD,
                         .who = {.kind = BY_OPERATOR},
                         .agent_add = {.changes = changes,
                                       .nchanges = COUNT_OF(changes),
                                       .members = members,
                                       .nmembers = 2}});
    w->agents[i] = w->answer.id;
}

struct world *world_new(uint64_t seed)
{
    struct world *w = xcalloc(1, sizeof(*w));

    place_make_in_memory(&w->p);
    place_open(&w->p);
    w->core = load(w);
    w->random = seed * 0x9e3779b97f4a7c15 + 1;
    w->now_ms = T0;
    w->opt.checkpoint_records = 40;
    w->opt.slice_images = (unsigned)(seed % 7 + 1);
    turn_make(w);
    for (size_t i = 0; i < DEPTS; i++)
        add_dept(w, i);
    for (size_t i = 0; i < AGENTS; i++)
        add_agent(w, i);
    agents_come(w);
    make_durable(w);
    return w;
}

void world_free(struct world *w)
{
    turn_free(w->turn);
    core_free(w->core);
    place_remove(&w->p);
    free(w);
}

/* steps */

void ring(struct world *w)
{
    struct cmd cmd = {.type = pick(w, 6) == 0 ? CMD_CHAT_LEAVE_MESSAGE : CMD_CHAT_START,
                      .who = {.kind = BY_VISITOR},
                      .cid = pick(w, 5) == 0 ? 1 + pick(w, 50) : 0,
                      .chash = 9,
                      .ring = {.dept = w->depts[pick(w, DEPTS)],
                               .name = SPAN_LIT("花子"),
                               .email = SPAN_LIT("hanako@example.com"),
                               .question = SPAN_LIT("Is it in stock?"),
                               .text = SPAN_LIT("Please write to me.")}};

    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7"), &cmd.ring.ip), ERR_OK);
    if (cmd.type == CMD_CHAT_START)
        cmd.ring.text = SPAN_NONE;
    if (command(w, cmd) != ERR_OK || w->answer.repeated)
        return;
    assert_true(w->nconvs < CONVS_MAX);
    w->convs[w->nconvs++] = w->answer.id;
    if (pick(w, 8) != 0)
        command(w, (struct cmd){.type = CMD_CHAT_CONNECT,
                                .who = {.kind = BY_VISITOR, .id = w->answer.id},
                                .conv = w->answer.id});
}

static void talk_about(struct world *w, struct cmd *cmd)
{
    const struct span text = SPAN_LIT("some words");

    if (cmd->type == CMD_CHAT_SEND || cmd->type == CMD_CONV_NOTE || cmd->type == CMD_CONV_MAIL)
        cmd->line.text = text;
    if (cmd->type == CMD_CHAT_SEEN)
        cmd->seen.n = 1;
    if (cmd->type == CMD_CHAT_FEEDBACK)
        cmd->feedback = (struct cmd_feedback){.rating = (int64_t)pick(w, 5) + 1, .comment = text};
    if (cmd->type == CMD_CHAT_COPY)
        cmd->copy.to = SPAN_LIT("hanako@example.com");
    if (cmd->type == CMD_CHAT_LEAVE_MESSAGE)
        cmd->ring.text = text;
}

void talk(struct world *w)
{
    static const enum cmd_type types[] = {
        CMD_CHAT_SEND,    CMD_CHAT_SEND,    CMD_CHAT_SEND,     CMD_CONV_MAIL,
        CMD_CHAT_SEEN,    CMD_CHAT_END,     CMD_CHAT_FEEDBACK, CMD_CHAT_COPY,
        CMD_OFFER_ACCEPT, CMD_OFFER_ACCEPT, CMD_CONV_NOTE,     CMD_OFFER_DECLINE,
        CMD_CONV_PICK,    CMD_CHAT_LEAVE,   CMD_CHAT_CONNECT,  CMD_CHAT_LEAVE_MESSAGE,
    };
    enum cmd_type type = types[pick(w, COUNT_OF(types))];
    size_t back = pick(w, pick(w, 4) == 0 ? 60 : 8);
    uint64_t id = w->nconvs > back ? w->convs[w->nconvs - 1 - back] : 0;
    const struct conv *cv = core_conv(w->core, id);
    bool by_agent = type == CMD_OFFER_ACCEPT || type == CMD_OFFER_DECLINE ||
                    type == CMD_CONV_NOTE || type == CMD_CONV_PICK || type == CMD_CONV_MAIL ||
                    (type == CMD_CHAT_SEND && pick(w, 2) == 0);
    struct cmd cmd = {.type = type,
                      .who = {.kind = BY_VISITOR, .id = id},
                      .conv = id,
                      .cid = pick(w, 4) == 0 ? 1000 + pick(w, 50) : 0,
                      .chash = 9};

    talk_about(w, &cmd);
    if (id == 0)
        return;
    if (by_agent)
        cmd.who = (struct principal){
            .kind = BY_AGENT,
            .id = cv != NULL && cv->agent != 0 ? cv->agent : w->agents[pick(w, AGENTS)]};
    command(w, cmd);
}

static void move_agent(struct world *w)
{
    static const enum cmd_type types[] = {CMD_AGENT_LEAVE, CMD_AGENT_CONNECT, CMD_AGENT_CONNECT,
                                          CMD_AGENT_STATUS};
    uint64_t id = w->agents[pick(w, AGENTS)];
    enum agent_status status = pick(w, 4) == 0 ? STATUS_AWAY : STATUS_AVAILABLE;
    struct cmd cmd = {.type = types[pick(w, COUNT_OF(types))], .who = {.kind = BY_AGENT, .id = id}};

    if (cmd.type == CMD_AGENT_STATUS)
        cmd.status = (struct cmd_status){.agent = id, .status = status};
    else
        cmd.agent = id;
    command(w, cmd);
}

void step(struct world *w)
{
    uint64_t what = pick(w, 100);

    if (what < 15)
        ring(w);
    else if (what < 80)
        talk(w);
    else if (what < 88)
        move_agent(w);
    else
        w->now_ms += (int64_t)pick(w, 20000);
    if (pick(w, 3) != 0)
        turn_pass_end(w->turn, w->now_ms);
    if (pick(w, 3) == 0)
        pump(w);
    if (pick(w, 60) == 0)
        make_durable(w);
    if (pick(w, 100) == 0)
        restart(w, pick(w, 2) == 0);
}
