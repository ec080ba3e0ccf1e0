/* See core_world.h.  Every record goes through its encoding before it is folded. */
#include "core_world.h"

#include <stdio.h>

#include "deskbell/tlv.h"

uint64_t SALES;

struct principal operator_(void)
{
    return (struct principal){.kind = BY_OPERATOR};
}

struct principal agent_(uint64_t id)
{
    return (struct principal){.kind = BY_AGENT, .id = id};
}

struct principal visitor_(uint64_t conv)
{
    return (struct principal){.kind = BY_VISITOR, .id = conv};
}

struct world *world_new(void)
{
    struct world *w = xcalloc(1, sizeof(*w));

    crypto_init();
    w->k = core_new();
    w->now_ms = T0;
    return w;
}

static void forget_log(struct world *w)
{
    for (size_t i = 0; i < w->nlog; i++) {
        free(w->log[i].bytes);
        free(w->log[i].body);
    }
    w->nlog = 0;
}

void world_free(struct world *w)
{
    forget_log(w);
    free(w->log);
    out_fini(&w->out);
    core_free(w->k);
    free(w);
}

int world_setup(void **state)
{
    struct world *w = world_new();

    SALES = world_dept(w, "Sales", "public");
    *state = w;
    return 0;
}

int world_teardown(void **state)
{
    world_assert_replays(*state);
    world_free(*state);
    return 0;
}

static void log_add(struct world *w, const struct rec *rec, struct buf *bytes)
{
    size_t nbytes = bytes->len;

    if (w->nlog == w->cap) {
        w->cap = w->cap != 0 ? 2 * w->cap : 64;
        w->log = xrealloc(w->log, w->cap * sizeof(*w->log));
    }
    w->log[w->nlog++] = (struct logged){
        .pos = rec->pos,
        .type = rec->type,
        .obj = rec->obj,
        .agent = rec_agent(rec),
        .why = rec_why(rec),
        .n = rec->n,
        .seq = rec->seq,
        .by = rec->who.kind,
        .nbytes = nbytes,
        .bytes = buf_take(bytes),
        .body = span_dup(rec->body),
        .nbody = rec->body.len,
    };
}

static void fold_logged(struct core *k, const struct logged *l)
{
    struct rec rec;

    assert_int_equal(rec_decode(l->pos, (struct span){l->bytes, l->nbytes},
                                (struct span){l->body, l->nbody}, &rec),
                     ERR_OK);
    core_fold(k, &rec);
}

static void fold_out(struct world *w)
{
    for (size_t i = 0; i < w->out.nrecs; i++) {
        struct buf b = {0};

        rec_encode(&w->out.recs[i], &b);
        log_add(w, &w->out.recs[i], &b);
    }
    for (size_t i = 0; i < w->out.nmails && w->nmails < COUNT_OF(w->mails); i++)
        w->mails[w->nmails++] = w->out.mails[i];
    for (size_t i = w->nlog - w->out.nrecs; i < w->nlog; i++)
        fold_logged(w->k, &w->log[i]);
}

void world_settle(struct world *w)
{
    int bound = 0;

    while (core_settle(w->k, w->now_ms, &w->out)) {
        fold_out(w);
        assert_true(++bound < 100000);
    }
}

struct world_answer world_do(struct world *w, const struct cmd *cmd)
{
    struct world_answer a = {0};

    w->nmails = 0;
    a.err = w->err = core_decide(w->k, cmd, w->now_ms, &w->out);
    a.id = w->out.id;
    a.n = w->out.n;
    a.seq = w->out.seq;
    a.unchanged = w->out.unchanged;
    a.fault = w->out.fault;
    a.nrecs = w->out.nrecs;
    if (a.err != ERR_OK) {
        assert_int_equal(w->out.nrecs, 0);
        assert_int_equal(a.fault.err, a.err);
        assert_true(a.fault.what[0] != '\0' || a.fault.refusal == REFUSE_NONE);
    }
    fold_out(w);
    world_settle(w);
    return a;
}

void world_restart(struct world *w, int64_t floor_ms)
{
    core_restart(w->k, w->now_ms, &w->out);
    fold_out(w);
    core_set_floor(w->k, w->now_ms, floor_ms);
    world_settle(w);
}

void world_advance(struct world *w, int64_t ms)
{
    int64_t end_ms = w->now_ms + ms;

    for (;;) {
        int64_t due_ms = core_deadline(w->k);

        if (due_ms > end_ms)
            break;
        if (due_ms > w->now_ms)
            w->now_ms = due_ms;
        world_settle(w);
    }
    w->now_ms = end_ms;
    world_settle(w);
}

uint64_t world_dept(struct world *w, const char *name, const char *type)
{
    size_t count;
    const struct setting *table = dept_settings(&count);
    uint8_t raw[CODE_BYTES] = {0};
    char code[CODE_TEXT];
    struct change changes[2];
    struct cmd cmd = {
        .type = CMD_DEPT_ADD, .who = operator_(), .dept_add = {.changes = changes, .nchanges = 2}};
    struct world_answer a;

    raw[0] = 7;
    raw[15] = (uint8_t)++w->codes;
    b64url_encode(code, raw, sizeof(raw));
    cmd.dept_add.code = span_of(code);
    assert_int_equal(setting_parse(setting_find(table, count, SPAN_LIT("name")), span_of(name),
                                   &changes[0], NULL),
                     ERR_OK);
    assert_int_equal(setting_parse(setting_find(table, count, SPAN_LIT("type")), span_of(type),
                                   &changes[1], NULL),
                     ERR_OK);
    a = world_do(w, &cmd);
    assert_int_equal(a.err, ERR_OK);
    return a.id;
}

err_t world_set(struct world *w, enum obj_type type, uint64_t id, const char *name,
                const char *text, struct fault *f)
{
    size_t count;
    const struct setting *table = type == OBJ_PORTAL ? portal_settings(&count)
                                  : type == OBJ_DEPT ? dept_settings(&count)
                                                     : agent_settings(&count);
    const struct setting *st = setting_find(table, count, span_of(name));
    struct change change;
    struct cmd cmd = {.type = type == OBJ_PORTAL ? CMD_PORTAL_SET
                              : type == OBJ_DEPT ? CMD_DEPT_SET
                                                 : CMD_AGENT_SET,
                      .who = operator_(),
                      .set = {.id = id, .changes = &change, .nchanges = 1}};
    struct world_answer a;
    err_t err;

    assert_non_null(st);
    if ((err = setting_parse(st, span_of(text), &change, f)) != ERR_OK)
        return err;
    a = world_do(w, &cmd);
    if (f != NULL)
        *f = a.fault;
    return a.err;
}

void world_set_agent(struct world *w, uint64_t agent, const char *name, const char *text)
{
    assert_int_equal(world_set(w, OBJ_AGENT, agent, name, text, NULL), ERR_OK);
}

uint64_t world_agent_idle(struct world *w, const char *name, uint64_t dept)
{
    size_t count;
    const struct setting *table = agent_settings(&count);
    char email[80];
    struct change changes[2] = {
        {.setting = setting_find(table, count, SPAN_LIT("name")), .s = span_of(name)},
        {.setting = setting_find(table, count, SPAN_LIT("email"))},
    };
    struct member member = {.dept = dept, .chat = true, .notify = true};
    struct cmd cmd = {
        .type = CMD_AGENT_ADD,
        .who = operator_(),
        .agent_add = {
            .changes = changes, .nchanges = 2, .members = &member, .nmembers = dept != 0}};
    struct world_answer a;

    snprintf(email, sizeof(email), "%s@example.com", name);
    changes[1].s = span_of(email);
    a = world_do(w, &cmd);
    assert_int_equal(a.err, ERR_OK);
    return a.id;
}

uint64_t world_agent(struct world *w, const char *name, uint64_t dept)
{
    uint64_t id = world_agent_idle(w, name, dept);

    world_connect(w, id);
    world_status(w, id, STATUS_AVAILABLE);
    return id;
}

void world_status(struct world *w, uint64_t agent, enum agent_status status)
{
    struct cmd cmd = {.type = CMD_AGENT_STATUS, .who = agent_(agent), .status.status = status};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
}

void world_connect(struct world *w, uint64_t agent)
{
    struct cmd cmd = {.type = CMD_AGENT_CONNECT, .agent = agent};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
}

void world_leave(struct world *w, uint64_t agent)
{
    struct cmd cmd = {.type = CMD_AGENT_LEAVE, .agent = agent};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
}

struct world_answer world_try_ring(struct world *w, uint64_t dept)
{
    struct cmd cmd = {.type = CMD_CHAT_START,
                      .who = visitor_(0),
                      .ring = {.dept = dept,
                               .name = SPAN_LIT("Hanako"),
                               .email = SPAN_LIT("hanako@example.com"),
                               .question = SPAN_LIT("Is it in stock?"),
                               .page = SPAN_LIT("https://shop.example.com/1")}};

    assert_int_equal(ipaddr_parse(SPAN_LIT("192.0.2.7"), &cmd.ring.ip), ERR_OK);
    return world_do(w, &cmd);
}

uint64_t world_ring(struct world *w, uint64_t dept)
{
    struct world_answer a = world_try_ring(w, dept);

    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(a.id), a.id).err, ERR_OK);
    return a.id;
}

struct world_answer world_conv_cmd(struct world *w, enum cmd_type type, struct principal who,
                                   uint64_t conv)
{
    struct cmd cmd = {.type = type, .who = who, .conv = conv};

    return world_do(w, &cmd);
}

struct world_answer world_accept(struct world *w, uint64_t agent, uint64_t conv)
{
    return world_conv_cmd(w, CMD_OFFER_ACCEPT, agent_(agent), conv);
}

struct world_answer world_decline(struct world *w, uint64_t agent, uint64_t conv)
{
    return world_conv_cmd(w, CMD_OFFER_DECLINE, agent_(agent), conv);
}

struct world_answer world_say(struct world *w, struct principal who, uint64_t conv,
                              const char *text)
{
    struct cmd cmd = {.type = CMD_CHAT_SEND, .who = who, .conv = conv, .line.text = span_of(text)};

    return world_do(w, &cmd);
}

const struct conv *world_conv(struct world *w, uint64_t id)
{
    const struct conv *cv = core_conv(w->k, id);

    assert_non_null(cv);
    return cv;
}

const struct agent *world_agent_of(struct world *w, uint64_t id)
{
    const struct agent *ag = core_agent(w->k, id);

    assert_non_null(ag);
    return ag;
}

void assert_offered(struct world *w, uint64_t agent, uint64_t conv)
{
    assert_int_equal(world_conv(w, conv)->state, CONV_OFFERED);
    assert_int_equal(world_conv(w, conv)->agent, agent);
}

void assert_state(struct world *w, uint64_t conv, enum conv_state state)
{
    assert_string_equal(conv_state_word(world_conv(w, conv)->state), conv_state_word(state));
}

size_t world_count(const struct world *w, enum rec_type type)
{
    size_t n = 0;

    for (size_t i = 0; i < w->nlog; i++)
        n += w->log[i].type == type;
    return n;
}

size_t world_mails(const struct world *w, enum mail_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < w->nmails; i++)
        n += w->mails[i].kind == kind;
    return n;
}

void world_assert_replays(struct world *w)
{
    struct core *k = core_new();

    for (size_t i = 0; i < w->nlog; i++)
        fold_logged(k, &w->log[i]);
    assert_true(core_digest(k) == core_digest(w->k));
    core_free(k);
    k = world_copy_by_images(w);
    assert_true(core_digest(k) == core_digest(w->k));
    core_free(k);
}

struct image_ids {
    uint64_t id[4096];
    enum obj_type type[4096];
    size_t n;
};

static void note_id(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    struct image_ids *ids = arg;

    if (gone)
        return;
    assert_true(ids->n < COUNT_OF(ids->id));
    ids->type[ids->n] = type;
    ids->id[ids->n++] = id;
}

/* Everything is dirty in a core that has never been drained: so take one from the log. */
struct core *world_copy_by_images(struct world *w)
{
    struct core *whole = core_new(), *k = core_new();
    struct image_ids *ids = xcalloc(1, sizeof(*ids));

    for (size_t i = 0; i < w->nlog; i++)
        fold_logged(whole, &w->log[i]);
    core_drain_dirty(whole, SIZE_MAX, note_id, ids);
    for (unsigned type = OBJ_PORTAL; type < OBJ_TYPE_COUNT; type++)
        for (size_t i = 0; i < ids->n; i++) {
            struct buf b = {0};

            if (ids->type[i] != type)
                continue;
            assert_true(core_image(whole, ids->type[i], ids->id[i], &b));
            assert_int_equal(core_adopt(k, ids->type[i], ids->id[i], buf_span(&b)), ERR_OK);
            buf_fini(&b);
        }
    free(ids);
    core_free(whole);
    return k;
}

void world_assert_kept(struct world *w, void (*same)(const struct conv *, const struct conv *))
{
    struct core *copy = world_copy_by_images(w);

    world_assert_replays(w);
    assert_int_equal(core_digest(copy), core_digest(w->k));
    for (uint64_t id = 0; core_next_conv(w->k, &id);)
        if (conv_is_open(world_conv(w, id)))
            same(world_conv(w, id), core_conv(copy, id));
    core_free(copy);
}

struct world_three world_three(struct world *w)
{
    struct world_three t;

    t.ann = world_agent(w, "ann", SALES);
    world_advance(w, 10);
    t.bob = world_agent(w, "bob", SALES);
    world_advance(w, 10);
    t.cid = world_agent(w, "cid", SALES);
    return t;
}
