/*
 * The real rules, turn and store together, driven by a seeded generator: after a stop, a crash or a
 * restored backup the state is what it was, whether it comes from images or from the whole journal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "deskbell/limits.h"
#include "deskbell/turn.h"
#include "store_help.h"
#include "store_int.h"

#define T0 INT64_C(1800000000000)
#define DEPTS 3
#define AGENTS 5
#define CONVS_MAX 4000
#define STEPS 1500
#define POS_MAX 40000

struct world {
    struct place p;
    struct core *core;
    struct turn *turn;
    const struct batch *flight;
    uint64_t random;
    int64_t now_ms;
    uint64_t depts[DEPTS], agents[AGENTS], convs[CONVS_MAX];
    size_t nconvs;
    uint64_t digests[POS_MAX]; /* of the state when all up to there was durable; 0: not known */
    size_t done[CMD_COUNT];    /* commands that were carried out */
    struct answer answer;
    struct fault fault;
    size_t restarts, compared;
    struct turn_options opt;
};

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
    if (turn_is_idle(w->turn) && turn_folded_pos(w->turn) < POS_MAX)
        w->digests[turn_folded_pos(w->turn)] = core_digest(w->core);
}

static void make_durable(struct world *w)
{
    for (int i = 0; i < 1000; i++) {
        turn_pass_end(w->turn, w->now_ms);
        pump(w);
        if (turn_is_idle(w->turn) && turn_deadline(w->turn) > w->now_ms)
            return;
    }
    fail_msg("the turn does not come to rest");
}

static struct core *load(struct world *w)
{
    struct core *k = core_new();
    struct fault f = {0};

    if (store_load(w->p.st, k, &f) != ERR_OK)
        fail_msg("store_load: %s", f.what);
    return k;
}

static void hide_checkpoint(struct txn *tx, void *arg)
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

/* By images and by the whole journal the same; and as it was when that was last seen at rest. */
static struct core *load_and_compare(struct world *w)
{
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
    if (pos < POS_MAX && w->digests[pos] != 0) {
        assert_true(w->digests[pos] == core_digest(k));
        w->compared++;
    }
    return k;
}

static void turn_make(struct world *w)
{
    struct turn_ops ops = {.journal = {.arg = w,
                                       .submit = on_submit,
                                       .read_conv = on_read_conv,
                                       .read_repeat = on_read_repeat},
                           .arg = w};

    w->turn = turn_new(w->core, &ops, &w->opt);
}

static err_t command(struct world *w, struct cmd cmd)
{
    turn_command(w->turn, &cmd, w->now_ms, on_answer, w);
    return w->answer.err;
}

static void must(struct world *w, struct cmd cmd)
{
    if (command(w, cmd) != ERR_OK)
        fail_msg("%s: %s: %s %s", cmd_word(cmd.type), err_code(w->fault.err), w->fault.field,
                 w->fault.what);
}

static void agents_come(struct world *w)
{
    for (size_t i = 0; i < AGENTS; i++) {
        command(w, (struct cmd){.type = CMD_AGENT_CONNECT, .agent = w->agents[i]});
        command(w, (struct cmd){.type = CMD_AGENT_STATUS,
                                .who = {.kind = BY_AGENT, .id = w->agents[i]},
                                .status = STATUS_AVAILABLE});
    }
}

/* The process ends, with or without a clean stop, and another one begins. */
static void restart(struct world *w, bool clean)
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
                         .code = span_of(code),
                         .changes = changes,
                         .nchanges = COUNT_OF(changes)});
    w->depts[i] = w->answer.id;
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
                         .changes = changes,
                         .nchanges = COUNT_OF(changes),
                         .members = members,
                         .nmembers = 2});
    w->agents[i] = w->answer.id;
}

static struct world *world_new(uint64_t seed)
{
    struct world *w = xcalloc(1, sizeof(*w));

    place_make(&w->p);
    place_open(&w->p);
    w->core = load(w);
    w->random = seed * 0x9e3779b97f4a7c15 + 1;
    w->now_ms = T0;
    w->opt.checkpoint_records = 40;
    turn_make(w);
    for (size_t i = 0; i < DEPTS; i++)
        add_dept(w, i);
    for (size_t i = 0; i < AGENTS; i++)
        add_agent(w, i);
    agents_come(w);
    make_durable(w);
    return w;
}

static void world_free(struct world *w)
{
    turn_free(w->turn);
    core_free(w->core);
    place_remove(&w->p);
    free(w);
}

/* steps */

static void ring(struct world *w)
{
    struct cmd cmd = {.type = pick(w, 6) == 0 ? CMD_CHAT_LEAVE_MESSAGE : CMD_CHAT_START,
                      .who = {.kind = BY_VISITOR},
                      .dept = w->depts[pick(w, DEPTS)],
                      .cid = pick(w, 5) == 0 ? 1 + pick(w, 50) : 0,
                      .chash = 9,
                      .name = SPAN_LIT("花子"),
                      .email = SPAN_LIT("hanako@example.com"),
                      .question = SPAN_LIT("Is it in stock?"),
                      .text = SPAN_LIT("Please write to me.")};

    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7"), &cmd.ip), ERR_OK);
    if (cmd.type == CMD_CHAT_START)
        cmd.text = SPAN_NONE;
    if (command(w, cmd) != ERR_OK || w->answer.repeated)
        return;
    assert_true(w->nconvs < CONVS_MAX);
    w->convs[w->nconvs++] = w->answer.id;
    if (pick(w, 8) != 0)
        command(w, (struct cmd){.type = CMD_CHAT_CONNECT,
                                .who = {.kind = BY_VISITOR, .id = w->answer.id},
                                .conv = w->answer.id});
}

/* Something in a conversation, mostly one of the newest, by its visitor or its agent. */
static void talk(struct world *w)
{
    static const enum cmd_type types[] = {
        CMD_CHAT_SEND,    CMD_CHAT_SEND,    CMD_CHAT_SEND,     CMD_CHAT_SEND,
        CMD_CHAT_SEEN,    CMD_CHAT_END,     CMD_CHAT_FEEDBACK, CMD_CHAT_COPY,
        CMD_OFFER_ACCEPT, CMD_OFFER_ACCEPT, CMD_CONV_NOTE,     CMD_OFFER_DECLINE,
        CMD_CONV_PICK,    CMD_CHAT_LEAVE,   CMD_CHAT_CONNECT,  CMD_CHAT_LEAVE_MESSAGE,
    };
    enum cmd_type type = types[pick(w, COUNT_OF(types))];
    size_t back = pick(w, pick(w, 4) == 0 ? 60 : 8);
    uint64_t id = w->nconvs > back ? w->convs[w->nconvs - 1 - back] : 0;
    const struct conv *cv = core_conv(w->core, id);
    bool by_agent = type == CMD_OFFER_ACCEPT || type == CMD_OFFER_DECLINE ||
                    type == CMD_CONV_NOTE || type == CMD_CONV_PICK ||
                    (type == CMD_CHAT_SEND && pick(w, 2) == 0);
    struct cmd cmd = {.type = type,
                      .who = {.kind = BY_VISITOR, .id = id},
                      .conv = id,
                      .cid = pick(w, 4) == 0 ? 1000 + pick(w, 50) : 0,
                      .chash = 9,
                      .text = SPAN_LIT("some words"),
                      .email = SPAN_LIT("hanako@example.com"),
                      .value = type == CMD_CHAT_FEEDBACK ? (int64_t)pick(w, 5) + 1 : 1};

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

    command(w, (struct cmd){.type = types[pick(w, COUNT_OF(types))],
                            .who = {.kind = BY_AGENT, .id = id},
                            .agent = id,
                            .status = pick(w, 4) == 0 ? STATUS_AWAY : STATUS_AVAILABLE});
}

static void step(struct world *w)
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

/* tests */

static void a_restart_finds_the_state_as_it_was(void **state)
{
    static const enum cmd_type needed[] = {CMD_CHAT_START,    CMD_CHAT_SEND,    CMD_CHAT_END,
                                           CMD_CHAT_FEEDBACK, CMD_OFFER_ACCEPT, CMD_CONV_NOTE,
                                           CMD_OFFER_DECLINE, CMD_CHAT_COPY,    CMD_CHAT_LEAVE};
    size_t done[CMD_COUNT] = {0}, compared = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct world *w = world_new(seed);

        for (int i = 0; i < STEPS; i++)
            step(w);
        restart(w, true);
        assert_true(w->restarts > 3);
        compared += w->compared;
        for (size_t i = 0; i < CMD_COUNT; i++)
            done[i] += w->done[i];
        world_free(w);
    }
    assert_true(compared > 20);
    for (size_t i = 0; i < COUNT_OF(needed); i++)
        if (done[needed[i]] == 0)
            fail_msg("never happened: %s", cmd_word(needed[i]));
}

/* Every conversation that ended is in one stored list, once, newest end first. */
static void stored_lists_hold_what_ended(void **state)
{
    static const enum list lists[] = {LIST_COMPLETED, LIST_MISSED};
    struct world *w = world_new(77);
    size_t listed = 0, ended = 0;

    (void)state;
    for (int i = 0; i < STEPS; i++)
        step(w);
    make_durable(w);
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        uint64_t cursor = 0, ids[7], before = UINT64_MAX;
        size_t n;

        do {
            assert_int_equal(store_list(w->p.st, lists[l], w->depts, DEPTS, &cursor, ids, 7, &n),
                             ERR_OK);
            for (size_t i = 0; i < n; i++, listed++) {
                struct buf image = {0};
                struct conv *cv;

                assert_int_equal(store_read_conv(w->p.st, ids[i], &image), ERR_OK);
                assert_int_equal(conv_decode(ids[i], buf_span(&image), &cv), ERR_OK);
                assert_int_equal(cv->state == CONV_ENDED, lists[l] == LIST_COMPLETED);
                assert_true((uint64_t)cv->ended_ms <= before);
                before = (uint64_t)cv->ended_ms;
                conv_free(cv);
                buf_fini(&image);
            }
        } while (cursor != 0);
    }
    for (size_t i = 0; i < w->nconvs; i++)
        ended += core_conv(w->core, w->convs[i]) == NULL;
    assert_true(ended > 100);
    assert_true(listed >= ended);
    assert_true(listed <= w->nconvs);
    world_free(w);
}

static void an_image_that_rots_is_made_up_for_by_the_journal(void **state)
{
    struct world *w = world_new(5);
    struct cursor cur;
    struct txn tx;
    struct core *k;

    (void)state;
    for (int i = 0; i < 300; i++)
        step(w);
    turn_checkpoint(w->turn);
    make_durable(w);

    struct key first = key_typed(OBJ_AGENT, 0), rotten = {.len = 9};
    MDB_val key = {9, rotten.bytes}, value = {6, (char *)"\1abcd!"};
    MDB_txn *txn;

    assert_int_equal(txn_begin_read(&tx, w->p.st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, TABLE_IMAGE), ERR_OK);
    assert_int_equal(cursor_seek(&cur, &first, false), ERR_OK);
    memcpy(rotten.bytes, cur.key.p, 9);
    cursor_close(&cur);
    txn_end_read(&tx);
    assert_int_equal(mdb_txn_begin(w->p.st->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, w->p.st->dbis[TABLE_IMAGE], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);

    k = load(w);
    assert_int_equal(core_next_pos(k), core_next_pos(w->core));
    assert_true(core_digest(k) == core_digest(w->core));
    core_free(k);
    world_free(w);
}

static uint8_t rating_of(const struct buf *image, uint64_t id)
{
    struct conv *cv;
    uint8_t rating;

    assert_int_equal(conv_decode(id, buf_span(image), &cv), ERR_OK);
    rating = cv->rating;
    conv_free(cv);
    return rating;
}

static err_t image_read(struct world *w, uint64_t id, struct buf *image)
{
    struct key key = key_typed(OBJ_CONV, id);
    struct span payload;
    struct txn tx;
    err_t err;

    buf_reset(image);
    assert_int_equal(txn_begin_read(&tx, w->p.st), ERR_OK);
    if ((err = txn_get(&tx, TABLE_IMAGE, &key, &payload)) == ERR_OK)
        buf_add_span(image, payload);
    txn_end_read(&tx);
    return err;
}

/* A start replays the journal from the checkpoint, so it needs what was there then. */
static void an_ended_conversation_that_changes_keeps_its_image_of_the_checkpoint(void **state)
{
    struct world *w = world_new(3);
    struct cmd cmd = {.who = {.kind = BY_VISITOR}};
    struct buf image = {0};

    (void)state;
    w->opt.checkpoint_records = 1000000;
    restart(w, true);
    while (w->nconvs == 0 || core_conv(w->core, w->convs[0]) == NULL ||
           core_conv(w->core, w->convs[0])->state != CONV_OFFERED) {
        ring(w);
        turn_pass_end(w->turn, w->now_ms);
    }
    cmd.conv = w->convs[0];
    cmd.who = (struct principal){.kind = BY_AGENT, .id = core_conv(w->core, cmd.conv)->agent};
    cmd.type = CMD_OFFER_ACCEPT;
    must(w, cmd);
    cmd.type = CMD_CHAT_END;
    must(w, cmd);
    turn_checkpoint(w->turn);
    make_durable(w);
    assert_int_equal(image_read(w, cmd.conv, &image), ERR_NOTFOUND);

    cmd.who = (struct principal){.kind = BY_VISITOR, .id = cmd.conv};
    cmd.type = CMD_CHAT_FEEDBACK;
    cmd.value = 5;
    must(w, cmd);
    make_durable(w);
    assert_int_equal(store_read_conv(w->p.st, cmd.conv, &image), ERR_OK);
    assert_int_equal(rating_of(&image, cmd.conv), 5);
    assert_int_equal(image_read(w, cmd.conv, &image), ERR_OK);
    assert_int_equal(rating_of(&image, cmd.conv), 0);
    restart(w, false);
    turn_checkpoint(w->turn);
    make_durable(w);
    assert_int_equal(image_read(w, cmd.conv, &image), ERR_NOTFOUND);
    buf_fini(&image);
    world_free(w);
}

struct backing {
    struct store *st;
    const char *dir;
    err_t err;
    int done;
};

static void *back_up(void *arg)
{
    struct backing *b = arg;

    b->err = store_backup(b->st, b->dir, NULL);
    __atomic_store_n(&b->done, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void a_backup_while_everything_runs_restores_to_a_state_that_was(void **state)
{
    struct world *w = world_new(9);
    char copy[100], back[100];
    struct backing b;
    pthread_t thread;
    struct fault f = {0};
    uint8_t secret[2][KEY_BYTES];
    int steps = 0;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/copy", w->p.dir);
    snprintf(back, sizeof(back), "%s/back", w->p.dir);
    b = (struct backing){.st = w->p.st, .dir = copy};
    for (int i = 0; i < 200; i++) {
        talk(w);
        ring(w);
        make_durable(w);
    }
    assert_int_equal(pthread_create(&thread, NULL, back_up, &b), 0);
    while (!__atomic_load_n(&b.done, __ATOMIC_ACQUIRE) || steps++ < 20) {
        talk(w);
        make_durable(w);
    }
    pthread_join(thread, NULL);
    assert_int_equal(b.err, ERR_OK);
    store_secret(w->p.st, secret[0]);
    assert_int_equal(store_backup(w->p.st, copy, &f), ERR_EXISTS);

    /* Everything goes on meanwhile, and then the disk is lost. */
    turn_free(w->turn);
    core_free(w->core);
    place_close(&w->p);
    assert_int_equal(store_restore(copy, w->p.store, &f), ERR_EXISTS);
    snprintf(w->p.store, sizeof(w->p.store), "%s/back", w->p.dir);
    assert_int_equal(store_restore(copy, w->p.store, &f), ERR_OK);
    place_open(&w->p);
    store_secret(w->p.st, secret[1]);
    assert_memory_equal(secret[0], secret[1], KEY_BYTES);
    w->compared = 0;
    w->core = load_and_compare(w);
    assert_int_equal(w->compared, 1);
    turn_make(w);
    agents_come(w);
    make_durable(w);
    world_free(w);
}

static void a_copy_that_is_not_right_is_not_put_in_place(void **state)
{
    struct world *w = world_new(11);
    char copy[100], back[100], *path;
    struct fault f = {0};
    struct stat sb;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/copy", w->p.dir);
    snprintf(back, sizeof(back), "%s/back", w->p.dir);
    assert_int_equal(store_backup(w->p.st, copy, &f), ERR_OK);
    path = path_join(copy, DISPATCHER_KEY_FILE);
    assert_int_equal(truncate(path, 3), 0);
    free(path);
    turn_free(w->turn);
    w->turn = NULL;
    place_close(&w->p);
    assert_int_equal(store_restore(copy, back, &f), ERR_CORRUPT);
    assert_non_null(strstr(f.what, DISPATCHER_KEY_FILE));
    assert_int_not_equal(stat(back, &sb), 0);
    assert_int_equal(store_restore("/nonexistent", back, &f), ERR_NOTFOUND);
    assert_int_not_equal(stat(back, &sb), 0);
    world_free(w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_finds_the_state_as_it_was),
        cmocka_unit_test(stored_lists_hold_what_ended),
        cmocka_unit_test(an_ended_conversation_that_changes_keeps_its_image_of_the_checkpoint),
        cmocka_unit_test(an_image_that_rots_is_made_up_for_by_the_journal),
        cmocka_unit_test(a_backup_while_everything_runs_restores_to_a_state_that_was),
        cmocka_unit_test(a_copy_that_is_not_right_is_not_put_in_place),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
