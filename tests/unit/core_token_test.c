/* API tokens: what one may of what its agent may, whatever becomes of either. */
#include "core_world.h"

#include "../../src/core/core_int.h"

static uint8_t hash[HASH_BYTES];

static struct cmd token_of(struct principal who, uint64_t agent, uint32_t permissions,
                           int64_t until_ms)
{
    hash[0]++;
    return (struct cmd){.type = CMD_TOKEN_ADD,
                        .who = who,
                        .token_add = {.agent = agent,
                                      .hash = {(const char *)hash, sizeof(hash)},
                                      .name = SPAN_LIT("Till"),
                                      .permissions = permissions,
                                      .until_ms = until_ms}};
}

static struct principal by_token(struct world *w, uint64_t agent, uint32_t permissions)
{
    struct cmd cmd = token_of(agent_(agent), agent, permissions, 0);
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_OK);
    return (struct principal){.kind = BY_AGENT, .id = agent, .session = a.id};
}

static void set_agent(struct world *w, uint64_t agent, const char *name, const char *value)
{
    assert_int_equal(world_set(w, OBJ_AGENT, agent, name, value, NULL), ERR_OK);
}

static unsigned actions_of(struct world *w, struct principal who, uint64_t chat)
{
    struct reader r = reader_of(w->k, &who);

    return audience_actions(&r, core_conv(w->k, chat));
}

/* Each permission alone gives what it says, and to see needs none. */
static void a_token_may_what_it_was_given_of_what_its_agent_may(void **state)
{
    static const struct {
        uint32_t permissions;
        unsigned actions;
    } rows[] = {
        {0, BIT(ACT_SEE)},
        {BIT(PERM_REPLY), BIT(ACT_SEE) | BIT(ACT_REPLY) | BIT(ACT_FORWARD) | BIT(ACT_PICK)},
        {BIT(PERM_NOTE), BIT(ACT_SEE) | BIT(ACT_NOTE)},
        {BIT(PERM_ASSIGN), BIT(ACT_SEE) | BIT(ACT_ASSIGN)},
        {BIT(PERM_TRANSFER), BIT(ACT_SEE) | BIT(ACT_TRANSFER)},
        {BIT(PERM_END), BIT(ACT_SEE) | BIT(ACT_END)},
        {BIT(PERM_SHARE), BIT(ACT_SEE) | BIT(ACT_SHARE)},
        {BIT(PERM_BLOCK), BIT(ACT_SEE) | BIT(ACT_BLOCK)},
        {BIT(PERM_SEE_IP), BIT(ACT_SEE) | BIT(ACT_SEE_IP)},
        {BIT(PERM_OUTBOX), BIT(ACT_SEE) | BIT(ACT_SEE_OUTBOX)},
        {BIT(PERM_SUPERVISE), BIT(ACT_SEE) | BIT(ACT_SUPERVISE)},
        {TOKEN_ADMIN, BIT(ACT_SEE) | BIT(ACT_ADMIN)},
        {TOKEN_SELF, BIT(ACT_SEE)},
        {~0u, BIT(ACT_COUNT) - 1},
    };
    struct world *w = *state;
    uint64_t root = world_agent(w, "root", SALES), chat = world_ring(w, SALES);

    set_agent(w, root, "role", "admin");
    world_accept(w, root, chat);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct principal who = by_token(
            w, root, rows[i].permissions & agent_token_permissions(core_agent(w->k, root)));

        print_message("  row %zu\n", i);
        assert_int_equal(actions_of(w, who, chat), rows[i].actions);
        assert_int_equal(world_do(w, &(struct cmd){.type = CMD_TOKEN_REMOVE,
                                                   .who = agent_(root),
                                                   .session = who.session})
                             .err,
                         ERR_OK);
        assert_int_equal(actions_of(w, who, chat), 0); /* it is nobody's any more */
    }
}

static void nobody_gives_a_token_more_than_he_has(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), lea = world_agent_idle(w, "lea", SALES);
    uint64_t cat = world_agent_idle(w, "cat", SALES), root = world_agent_idle(w, "root", 0);
    const struct {
        uint64_t agent;
        uint32_t most;
    } rows[] = {
        {ann, BIT(PERM_REPLY) | BIT(PERM_ASSIGN) | BIT(PERM_END) | BIT(PERM_SHARE) |
                  BIT(PERM_NOTE) | BIT(PERM_TRANSFER) | BIT(PERM_OUTBOX) | TOKEN_SELF},
        {lea, TOKEN_SELF},
        {cat, BIT(PERM_NOTE) | BIT(PERM_CANNED) | TOKEN_SELF},
        {root, (BIT(PERM_COUNT) - 1) | TOKEN_ADMIN | TOKEN_SELF},
    };

    set_agent(w, ann, "permissions", "outbox");
    set_agent(w, lea, "role", "light");
    set_agent(w, lea, "permissions", "reply,canned");
    set_agent(w, cat, "role", "custom");
    set_agent(w, cat, "permissions", "note,canned");
    set_agent(w, root, "role", "admin");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t agent = rows[i].agent;

        assert_int_equal(agent_token_permissions(core_agent(w->k, agent)), rows[i].most);
        for (unsigned bit = 0; bit < 32; bit++) {
            struct cmd cmd = token_of(agent_(agent), agent, BIT(bit), 0);
            struct world_answer a;

            if (token_permission_word(bit) == NULL)
                continue;
            a = world_do(w, &cmd);
            assert_int_equal(a.err, (rows[i].most & BIT(bit)) != 0 ? ERR_OK : ERR_DENIED);
            if (a.err != ERR_OK)
                assert_non_null(strstr(a.fault.what, token_permission_word(bit)));
        }
    }
}

/* Rights that the agent loses, and their return, are the token's at once. */
static void a_token_follows_its_agent(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct principal who;

    world_accept(w, ann, chat);
    who = by_token(w, ann, BIT(PERM_REPLY));
    assert_true((actions_of(w, who, chat) & BIT(ACT_REPLY)) != 0);
    set_agent(w, ann, "role", "custom");
    set_agent(w, ann, "permissions", "note");
    assert_int_equal(actions_of(w, who, chat), BIT(ACT_SEE));
    set_agent(w, ann, "role", "agent");
    assert_true((actions_of(w, who, chat) & BIT(ACT_REPLY)) != 0);
    set_agent(w, ann, "enabled", "off");
    assert_int_equal(actions_of(w, who, chat), 0);
    assert_null(core_session(w->k, who.session));
}

/* What is one's own needs a permission, too; the password and other ways in it never gets. */
static void what_is_ones_own_needs_self(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct principal with, without;
    struct cmd status = {.type = CMD_AGENT_STATUS, .status = {.status = STATUS_AWAY}};
    static const enum cmd_type never[] = {CMD_AGENT_PASSWORD, CMD_SESSION_OPEN,  CMD_SESSION_CLOSE,
                                          CMD_TOKEN_ADD,      CMD_TOKEN_REMOVE,  CMD_SESSION_END,
                                          CMD_FACTOR_SET,     CMD_FACTOR_REMOVE, CMD_FACTOR_USE};
    struct world_answer a;

    without = by_token(w, ann, agent_token_permissions(core_agent(w->k, ann)) & ~TOKEN_SELF);
    with = by_token(w, ann, TOKEN_SELF);
    status.who = without;
    a = world_do(w, &status);
    assert_int_equal(a.err, ERR_DENIED);
    assert_int_equal(a.fault.refusal, REFUSE_TOKEN_LACKS);
    assert_string_equal(a.fault.values[0].text, "self");
    status.who = with;
    assert_int_equal(world_do(w, &status).err, ERR_OK);
    for (size_t i = 0; i < COUNT_OF(never); i++) {
        a = world_do(w, &(struct cmd){.type = never[i], .who = with});
        assert_int_equal(a.err, ERR_DENIED);
        assert_int_equal(a.fault.refusal, REFUSE_FOR_SESSIONS);
    }
}

/* What needs a right over something needs that permission, and self is not asked for. */
static void a_refusal_names_the_permission(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct principal notes;
    struct cmd canned = {.type = CMD_CANNED_ADD,
                         .canned = {.title = SPAN_LIT("Hours"),
                                    .text = SPAN_LIT("Nine to five."),
                                    .lang = LANG_ANY}};
    struct world_answer a;

    world_accept(w, ann, chat);
    set_agent(w, ann, "permissions", "canned");
    notes = by_token(w, ann, BIT(PERM_NOTE));
    a = world_say(w, notes, chat, "hello");
    assert_int_equal(a.fault.refusal, REFUSE_TOKEN_LACKS);
    assert_string_equal(a.fault.values[0].text, "reply");
    a = world_do(
        w, &(struct cmd){
               .type = CMD_CONV_NOTE, .who = notes, .conv = chat, .line.text = SPAN_LIT("for us")});
    assert_int_equal(a.err, ERR_OK);
    canned.who = notes;
    canned.canned.dept = SALES;
    a = world_do(w, &canned);
    assert_int_equal(a.fault.refusal, REFUSE_TOKEN_LACKS);
    assert_string_equal(a.fault.values[0].text, "canned");
    canned.who = by_token(w, ann, BIT(PERM_CANNED));
    assert_int_equal(world_do(w, &canned).err, ERR_OK);
    /* Who may not himself is told that, and not of the token. */
    a = world_do(w, &(struct cmd){.type = CMD_AGENT_REMOVE, .who = notes, .agent = ann});
    assert_int_equal(a.fault.refusal, REFUSE_FOR_ADMINS);
}

static void tokens_are_few_named_and_end_in_time_to_come(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    struct cmd cmd = token_of(agent_(ann), ann, 0, w->now_ms);
    struct world_answer a;

    a = world_do(w, &cmd);
    assert_string_equal(a.fault.field, "until_ms");
    cmd.token_add.until_ms = w->now_ms + 1;
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    cmd = token_of(agent_(ann), ann, 0, 0);
    cmd.token_add.name = SPAN_LIT("  ");
    assert_string_equal(world_do(w, &cmd).fault.field, "name");
    cmd = token_of(agent_(bob), ann, 0, 0);
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
    for (unsigned n = 1; n < TOKENS_PER_AGENT_MAX; n++)
        (void)by_token(w, ann, 0);
    cmd = token_of(agent_(ann), ann, 0, 0);
    a = world_do(w, &cmd);
    assert_int_equal(a.err, ERR_FULL);
    assert_int_equal(a.fault.refusal, REFUSE_TOKENS_FULL);
}

/* A new password by the present one leaves them; a link, which whoever lost the old one gets, not.
 */
static void tokens_end_with_what_ends_all_sessions(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    struct cmd session = {.type = CMD_SESSION_OPEN,
                          .session_open = {.agent = ann,
                                           .hash = {(const char *)hash, sizeof(hash)},
                                           .until_ms = T0 + 1000000}};
    struct cmd password = {.type = CMD_AGENT_PASSWORD,
                           .who = agent_(ann),
                           .password = {.agent = ann, .hash = SPAN_LIT("$argon2id$x")}};
    uint64_t token = by_token(w, ann, 0).session;

    hash[1]++;
    password.who.session = world_do(w, &session).id;
    assert_int_equal(world_do(w, &password).err, ERR_OK);
    assert_non_null(core_session(w->k, token));
    assert_non_null(core_session(w->k, password.who.session));
    password.who.session = 0;
    assert_int_equal(world_do(w, &password).err, ERR_OK);
    assert_null(core_session(w->k, token));
    token = by_token(w, bob, 0).session;
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_AGENT_REMOVE, .who = operator_(), .agent = bob}).err,
        ERR_OK);
    assert_null(core_session(w->k, token));
}

/* Somebody else's is to nobody but administrators there at all. */
static void others_tokens_are_not_there(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    uint64_t token = by_token(w, ann, 0).session;
    struct cmd cmd = {.type = CMD_TOKEN_REMOVE, .who = agent_(bob), .session = token};
    struct world_answer a = world_do(w, &cmd), b;

    cmd.session = 999999;
    b = world_do(w, &cmd);
    assert_int_equal(a.err, ERR_NOTFOUND);
    assert_int_equal(b.err, a.err);
    assert_string_equal(a.fault.what, b.fault.what);
    cmd = (struct cmd){.type = CMD_TOKEN_REMOVE, .who = operator_(), .session = token};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
}

static uint64_t signed_in(struct world *w, uint64_t agent)
{
    struct cmd cmd = {.type = CMD_SESSION_OPEN,
                      .who = agent_(agent),
                      .session_open = {.agent = agent,
                                       .hash = {(const char *)hash, sizeof(hash)},
                                       .until_ms = T0 + 1000000,
                                       .browser = SPAN_LIT("Firefox/120.0"),
                                       .ip = {.b = {[15] = 7}}}};

    hash[1]++;
    return world_do(w, &cmd).id;
}

/* One, or all but the one that asks; tokens are no sessions, and go on. */
static void sessions_are_ended_by_whose_they_are(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    uint64_t here = signed_in(w, ann), there = signed_in(w, ann), third = signed_in(w, ann);
    uint64_t token = by_token(w, ann, 0).session, bobs = signed_in(w, bob);
    struct cmd end = {.type = CMD_SESSION_END,
                      .who = {.kind = BY_AGENT, .id = ann, .session = here},
                      .session_end = {.agent = ann, .session = there}};
    static const uint8_t ip[16] = {[15] = 7};

    assert_string_equal(core_session(w->k, here)->browser, "Firefox/120.0");
    assert_memory_equal(core_session(w->k, here)->ip.b, ip, sizeof(ip));
    assert_int_equal(world_do(w, &end).err, ERR_OK);
    assert_null(core_session(w->k, there));
    assert_int_equal(world_do(w, &end).err, ERR_NOTFOUND);
    end.session_end.session = token;
    assert_int_equal(world_do(w, &end).err, ERR_NOTFOUND);
    end.session_end.session = bobs;
    assert_int_equal(world_do(w, &end).err, ERR_NOTFOUND);
    end.session_end.agent = bob;
    assert_int_equal(world_do(w, &end).err, ERR_DENIED);
    end.session_end = (struct cmd_session_end){.agent = ann};
    assert_int_equal(world_do(w, &end).err, ERR_OK);
    assert_null(core_session(w->k, third));
    assert_non_null(core_session(w->k, here));
    assert_non_null(core_session(w->k, token));
    assert_true(world_do(w, &end).unchanged);
    end.who = operator_();
    assert_int_equal(world_do(w, &end).err, ERR_OK);
    assert_null(core_session(w->k, here));
    world_assert_replays(w);
}

/* A signature is people's own, and stands in the body, which can be erased. */
static void what_is_ones_own_is_set_by_oneself(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    size_t n;
    const struct setting *table = agent_settings(&n);
    struct change change = {.setting = setting_find(table, n, SPAN_LIT("signature")),
                            .s = SPAN_LIT("Ann Smith\nSales")};
    struct cmd cmd = {.type = CMD_AGENT_SET,
                      .who = agent_(ann),
                      .set = {.id = ann, .changes = &change, .nchanges = 1}};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_string_equal(core_agent(w->k, ann)->signature, "Ann Smith\nSales");
    assert_null(memmem(w->log[w->nlog - 1].bytes, w->log[w->nlog - 1].nbytes, "Ann Smith", 9));
    assert_non_null(memmem(w->log[w->nlog - 1].body, w->log[w->nlog - 1].nbody, "Ann Smith", 9));
    change = (struct change){.setting = setting_find(table, n, SPAN_LIT("zone")),
                             .s = SPAN_LIT("Asia/Tokyo")};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_string_equal(core_agent(w->k, ann)->zone, "Asia/Tokyo");
    change = (struct change){.setting = setting_find(table, n, SPAN_LIT("alerts.volume")), .i = 15};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(core_agent(w->k, ann)->alerts.volume, 15);
    change =
        (struct change){.setting = setting_find(table, n, SPAN_LIT("alerts.tone")), .i = TONE_WOOD};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(core_agent(w->k, ann)->alerts.tone, TONE_WOOD);
    change = (struct change){.setting = setting_find(table, n, SPAN_LIT("alerts.quiet")),
                             .s = SPAN_LIT("mon-tue 22:00-31:00")};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    change = (struct change){.setting = setting_find(table, n, SPAN_LIT("keys")),
                             .s = SPAN_LIT("  accept=Alt+KeyB   end= ")};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_string_equal(core_agent(w->k, ann)->keys, "accept=Alt+KeyB end=");
    assert_string_equal(core_agent(w->k, ann)->alerts.quiet, "mon 22:00-31:00; tue 22:00-31:00");
    assert_string_equal(core_agent(w->k, ann)->signature, "Ann Smith\nSales");
    world_assert_replays(w);
}

/* So is how he is reached; what administrators note about him is theirs. */
static void telephones_are_ones_own_and_the_note_is_not(void **state)
{
    static const struct {
        const char *name, *value;
        err_t err;
        enum body_tag body;
    } rows[] = {{"phone", "03-1234-5678", ERR_OK, BODY_PHONE},
                {"extension", "4711", ERR_OK, BODY_EXTENSION},
                {"mobile", "+81 90 1234 5678", ERR_OK, BODY_MOBILE},
                {"note", "Works on Mondays.\nKnows the press.", ERR_DENIED, BODY_NOTE},
                {"extension", "123456789012345678901", ERR_INVAL, BODY_EXTENSION},
                {"mobile", "1\n2", ERR_INVAL, BODY_MOBILE}};
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    size_t n;
    const struct setting *table = agent_settings(&n);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct change change = {.setting = setting_find(table, n, span_of(rows[i].name)),
                                .s = span_of(rows[i].value)};
        struct cmd cmd = {.type = CMD_AGENT_SET,
                          .who = agent_(ann),
                          .set = {.id = ann, .changes = &change, .nchanges = 1}};

        print_message("  %s\n", rows[i].name);
        assert_int_equal(world_do(w, &cmd).err, rows[i].err);
        cmd.who = operator_();
        if (rows[i].err == ERR_INVAL)
            continue;
        assert_int_equal(world_do(w, &cmd).err, ERR_OK);
        assert_true(
            span_is(body_get((struct span){w->log[w->nlog - 1].body, w->log[w->nlog - 1].nbody},
                             rows[i].body),
                    rows[i].value));
        assert_null(memmem(w->log[w->nlog - 1].bytes, w->log[w->nlog - 1].nbytes, rows[i].value,
                           strlen(rows[i].value)));
    }
    assert_string_equal(core_agent(w->k, ann)->extension, "4711");
    assert_string_equal(core_agent(w->k, ann)->mobile, "+81 90 1234 5678");
    assert_string_equal(core_agent(w->k, ann)->note, "Works on Mondays.\nKnows the press.");
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

static void a_use_is_noted_now_and_then(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct principal who = by_token(w, ann, 0);
    struct cmd use = {.type = CMD_SESSION_USE, .who = who, .session = who.session};
    int64_t first;

    assert_int_equal(core_session(w->k, who.session)->used_ms, 0);
    assert_int_equal(world_do(w, &use).err, ERR_OK);
    first = core_session(w->k, who.session)->used_ms;
    assert_true(first > 0);
    world_advance(w, SESSION_USED_MS - 1);
    assert_int_equal(world_do(w, &use).err, ERR_OK);
    assert_int_equal(core_session(w->k, who.session)->used_ms, first);
    world_advance(w, 1);
    assert_int_equal(world_do(w, &use).err, ERR_OK);
    assert_int_equal(core_session(w->k, who.session)->used_ms, first + SESSION_USED_MS);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_token_may_what_it_was_given_of_what_its_agent_may),
        T(nobody_gives_a_token_more_than_he_has),
        T(a_token_follows_its_agent),
        T(what_is_ones_own_needs_self),
        T(a_refusal_names_the_permission),
        T(tokens_are_few_named_and_end_in_time_to_come),
        T(tokens_end_with_what_ends_all_sessions),
        T(others_tokens_are_not_there),
        T(sessions_are_ended_by_whose_they_are),
        T(what_is_ones_own_is_set_by_oneself),
        T(telephones_are_ones_own_and_the_note_is_not),
        T(a_use_is_noted_now_and_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
