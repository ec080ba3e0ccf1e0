/* Agents, their sessions and links; blocks on visitors' addresses. */
#include "core_world.h"
#include "deskbell/journal.h"

static const struct setting *agent_setting(const char *name)
{
    size_t count;
    const struct setting *table = agent_settings(&count);

    return setting_find(table, count, span_of(name));
}

static void two_agents_cannot_have_one_address(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    struct fault f;

    assert_int_equal(world_set(w, OBJ_AGENT, bob, "email", "Ann@Example.COM", &f), ERR_EXISTS);
    assert_string_equal(f.field, "email");
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "email", "Ann@example.com", NULL), ERR_OK);
    assert_ptr_equal(core_agent_by_email(w->k, SPAN_LIT("ANN@example.com")),
                     world_agent_of(w, ann));
    assert_null(core_agent_by_email(w->k, SPAN_LIT("nobody@example.com")));
}

static void deleted_agent_is_gone_and_the_address_is_free(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), again;
    struct cmd cmd = {.type = CMD_AGENT_REMOVE, .who = operator_(), .agent_end.agent = ann};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_null(core_agent(w->k, ann));
    assert_null(core_agent_by_email(w->k, SPAN_LIT("ann@example.com")));
    assert_int_equal(world_do(w, &cmd).err, ERR_NOTFOUND);
    again = world_agent_idle(w, "ann", SALES);
    assert_ptr_equal(core_agent_by_email(w->k, SPAN_LIT("ann@example.com")),
                     world_agent_of(w, again));
}

static void last_administrator_cannot_shut_the_door_behind(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct change off = {.setting = agent_setting("enabled"), .i = 0};
    struct change light = {.setting = agent_setting("role"), .i = ROLE_LIGHT};
    struct cmd set = {.type = CMD_AGENT_SET, .set = {.id = ann, .nchanges = 1}};
    struct cmd remove = {.type = CMD_AGENT_REMOVE, .agent_end.agent = ann};

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "role", "admin", NULL), ERR_OK);
    set.who = remove.who = agent_(ann);
    set.set.changes = &off;
    assert_int_equal(world_do(w, &set).err, ERR_CONFLICT);
    set.set.changes = &light;
    assert_int_equal(world_do(w, &set).err, ERR_CONFLICT);
    assert_int_equal(world_do(w, &remove).err, ERR_CONFLICT);
    assert_int_equal(
        world_set(w, OBJ_AGENT, world_agent_idle(w, "bob", SALES), "role", "admin", NULL), ERR_OK);
    assert_int_equal(world_do(w, &set).err, ERR_OK);
}

static uint64_t open_session_from(struct world *w, uint64_t agent, uint8_t token, uint64_t from)
{
    uint8_t hash[HASH_BYTES] = {token};
    struct cmd cmd = {.type = CMD_SESSION_OPEN,
                      .session_open = {.agent = agent,
                                       .hash = {(const char *)hash, sizeof(hash)},
                                       .from = from,
                                       .until_ms = w->now_ms + 1000000}};
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_OK);
    return a.id;
}

static uint64_t open_session(struct world *w, uint64_t agent, uint8_t token)
{
    return open_session_from(w, agent, token, 0);
}

static const struct session *session_of(struct world *w, uint8_t token)
{
    uint8_t hash[HASH_BYTES] = {token};

    return core_session_by_token(w->k, hash);
}

static void sessions_end_by_time_by_hand_and_with_the_account(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), id = open_session(w, ann, 1);
    struct cmd close = {.type = CMD_SESSION_CLOSE, .who = agent_(ann), .session = id};

    assert_int_equal(session_of(w, 1)->agent, ann);
    assert_int_equal(world_do(w, &close).err, ERR_OK);
    assert_null(session_of(w, 1));
    assert_true(world_do(w, &close).unchanged);
    open_session(w, ann, 2);
    world_advance(w, 1000000);
    assert_null(session_of(w, 2));
    open_session(w, ann, 3);
    open_session(w, ann, 4);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "enabled", "off", NULL), ERR_OK);
    assert_null(session_of(w, 3));
    assert_null(session_of(w, 4));
}

static void seventeenth_session_ends_the_oldest(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);

    for (unsigned i = 1; i <= SESSIONS_PER_AGENT_MAX + 1; i++)
        open_session(w, ann, (uint8_t)i);
    assert_null(session_of(w, 1));
    assert_non_null(session_of(w, 2));
    assert_non_null(session_of(w, SESSIONS_PER_AGENT_MAX + 1));
}

static void the_newest_eight_addresses_of_an_agent_are_kept(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    const uint64_t *known = core_agent(w->k, ann)->known_from;

    for (uint8_t i = 1; i <= KNOWN_FROM_MAX + 2; i++)
        open_session_from(w, ann, i, 100 + i);
    for (unsigned i = 0; i < KNOWN_FROM_MAX; i++)
        assert_int_equal(known[i], 100 + KNOWN_FROM_MAX + 2 - i);
    open_session_from(w, ann, 50, 105); /* one of them again */
    open_session_from(w, ann, 51, 0);
    assert_int_equal(known[0], 105);
    assert_int_equal(known[1], 110);
    assert_int_equal(known[5], 106);
    assert_int_equal(known[6], 104);
    assert_int_equal(known[7], 103);
}

static void link_is_good_once_and_until_its_time(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    uint8_t hash[HASH_BYTES] = {9};
    struct cmd link = {.type = CMD_AGENT_LINK,
                       .who = operator_(),
                       .agent_link = {.agent = ann,
                                      .link.hash = {(const char *)hash, sizeof(hash)},
                                      .link.until_ms = T0 + 1000}};
    struct cmd password = {.type = CMD_AGENT_PASSWORD,
                           .password = {.agent = ann, .hash = SPAN_LIT("$argon2id$some")}};

    assert_int_equal(world_do(w, &link).err, ERR_OK);
    assert_ptr_equal(core_agent_by_link(w->k, hash, T0 + 999), world_agent_of(w, ann));
    assert_null(core_agent_by_link(w->k, hash, T0 + 1000));
    assert_int_equal(world_do(w, &password).err, ERR_OK);
    assert_null(core_agent_by_link(w->k, hash, T0 + 999));
    assert_string_equal(world_agent_of(w, ann)->password, "$argon2id$some");
}

static void new_password_ends_all_other_sessions(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), kept = open_session(w, ann, 1);
    struct cmd password = {.type = CMD_AGENT_PASSWORD,
                           .who = agent_(ann),
                           .password = {.agent = ann, .hash = SPAN_LIT("$argon2id$some")}};

    open_session(w, ann, 2);
    password.who.session = kept;
    assert_int_equal(world_do(w, &password).err, ERR_OK);
    assert_non_null(session_of(w, 1));
    assert_null(session_of(w, 2));
    password.who = agent_(world_agent_idle(w, "bob", SALES));
    assert_int_equal(world_do(w, &password).err, ERR_DENIED);
}

static void agents_change_their_own_name_and_language_only(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct change name = {.setting = agent_setting("name"), .s = SPAN_LIT("Ann B.")};
    struct change capacity = {.setting = agent_setting("capacity"), .i = 50};
    struct cmd cmd = {.type = CMD_AGENT_SET,
                      .who = agent_(ann),
                      .set = {.id = ann, .changes = &name, .nchanges = 1}};

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_string_equal(world_agent_of(w, ann)->name, "Ann B.");
    cmd.set.changes = &capacity;
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
}

/* blocks */

static struct world_answer block_prefix(struct world *w, const char *prefix, int64_t until_ms)
{
    struct cmd cmd = {.type = CMD_BLOCK_ADD, .who = operator_(), .block_add.until_ms = until_ms};

    assert_int_equal(ipprefix_parse(span_of(prefix), &cmd.block_add.prefix, NULL), ERR_OK);
    return world_do(w, &cmd);
}

static bool is_blocked(struct world *w, const char *ip)
{
    struct ipaddr a;

    assert_int_equal(ipaddr_parse(span_of(ip), &a), ERR_OK);
    return core_block_match(w->k, &a, w->now_ms) != NULL;
}

static void prefixes_table(void **state)
{
    static const struct {
        const char *ip;
        bool blocked;
    } rows[] = {
        {"192.0.2.7", true},         {"192.0.2.8", false},     {"198.51.100.0", true},
        {"198.51.100.255", true},    {"198.51.101.0", false},  {"2001:db8:1::1", true},
        {"2001:db8:1:ffff::", true}, {"2001:db8:2::", false},  {"::ffff:192.0.2.7", true},
        {"203.0.113.128", true},     {"203.0.113.127", false}, {"::1", false},
    };
    struct world *w = *state;

    assert_int_equal(block_prefix(w, "192.0.2.7", 0).err, ERR_OK);
    assert_int_equal(block_prefix(w, "198.51.100.0/24", 0).err, ERR_OK);
    assert_int_equal(block_prefix(w, "203.0.113.128/25", 0).err, ERR_OK);
    assert_int_equal(block_prefix(w, "2001:db8:1::/48", 0).err, ERR_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  %s\n", rows[i].ip);
        assert_int_equal(is_blocked(w, rows[i].ip), rows[i].blocked);
    }
}

static void block_of_everything_matches_everything(void **state)
{
    struct world *w = *state;

    assert_int_equal(block_prefix(w, "::/0", 0).err, ERR_OK);
    assert_true(is_blocked(w, "192.0.2.1"));
    assert_true(is_blocked(w, "2001:db8::1"));
}

static void block_ends_at_its_time(void **state)
{
    struct world *w = *state;
    struct world_answer a = block_prefix(w, "192.0.2.7", T0 + 1000);

    assert_int_equal(block_prefix(w, "192.0.2.7", 0).err, ERR_EXISTS);
    w->now_ms = T0 + 1000; /* not settled yet */
    assert_false(is_blocked(w, "192.0.2.7"));
    world_settle(w);
    assert_null(core_block(w->k, a.id));
    assert_int_equal(block_prefix(w, "192.0.2.7", T0).err, ERR_INVAL);
    assert_int_equal(block_prefix(w, "192.0.2.7", 0).err, ERR_OK);
}

static void assert_in_blocked(struct world *w, uint64_t agent, const uint64_t convs[3], bool in)
{
    const struct reader r = reader_of_agent(w->k, agent);
    const struct list_want want = {.list = LIST_BLOCKED};

    for (int i = 0; i < 3; i++)
        assert_int_equal(audience_in_list(&r, &want, world_conv(w, convs[i])), in);
}

static size_t open_at(struct world *w, uint64_t conv, size_t max)
{
    struct ipprefix from;

    ipprefix_of(&world_conv(w, conv)->ip, &from);
    return core_open_from(w->k, &from, max);
}

static void block_from_a_conversation_ends_what_comes_from_that_address(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), running, offered, waiting;
    struct cmd cmd = {
        .type = CMD_BLOCK_ADD, .who = agent_(ann), .block_add.reason = SPAN_LIT("rude")};
    struct world_answer a;

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "capacity", "2", NULL), ERR_OK);
    cmd.conv = running = world_ring(w, SALES);
    world_accept(w, ann, running);
    offered = world_ring(w, SALES);
    waiting = world_ring(w, SALES);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "permissions", "", NULL), ERR_OK);
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED); /* lacks the permission */
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "permissions", "block", NULL), ERR_OK);
    assert_int_equal(open_at(w, running, 9), 3);
    assert_int_equal(open_at(w, running, 2), 2);
    a = world_do(w, &cmd);
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(open_at(w, running, 9), 0);
    assert_int_equal(world_mails(w, MAIL_BLOCK), 1);
    assert_int_equal(world_mails(w, MAIL_MISSED), 2);
    assert_int_equal(world_mails(w, MAIL_TRANSCRIPT), 1);
    assert_state(w, running, CONV_ENDED);
    assert_state(w, offered, CONV_MISSED);
    assert_state(w, waiting, CONV_MISSED);
    assert_int_equal(world_conv(w, running)->why, WHY_BLOCKED);
    assert_int_equal(core_block(w->k, a.id)->by, ann);
    assert_int_equal(core_block(w->k, a.id)->dept, SALES);
    assert_string_equal(core_block(w->k, a.id)->reason, "rude");
    assert_int_equal(world_try_ring(w, SALES).err, ERR_DENIED);
    assert_in_blocked(w, ann, (const uint64_t[]){running, offered, waiting}, true);
    cmd = (struct cmd){.type = CMD_BLOCK_REMOVE, .who = agent_(ann), .block = a.id};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_in_blocked(w, ann, (const uint64_t[]){running, offered, waiting}, false);
    assert_int_equal(world_try_ring(w, SALES).err, ERR_OK);
}

/* One subscriber has all of it: the next address would be let in. */
static void block_from_a_v6_conversation_covers_its_network(void **state)
{
    static const struct {
        const char *ip;
        bool blocked;
    } rows[] = {{"2001:db8:1:2::7", true},
                {"2001:db8:1:2:ffff:ffff:ffff:ffff", true},
                {"2001:db8:1:3::7", false},
                {"2001:db8:1:1:ffff:ffff:ffff:ffff", false}};
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), beside;
    struct cmd ring = {.type = CMD_CHAT_START,
                       .who = visitor_(0),
                       .ring = {.dept = SALES, .email = SPAN_LIT("v@example.com")}};
    struct cmd cmd = {.type = CMD_BLOCK_ADD, .who = agent_(ann)};
    char text[IPADDR_TEXT];

    assert_int_equal(world_set(w, OBJ_AGENT, ann, "permissions", "block", NULL), ERR_OK);
    assert_int_equal(ipaddr_parse(SPAN_LIT("2001:db8:1:2::8"), &ring.ring.ip), ERR_OK);
    beside = world_do(w, &ring).id;
    assert_int_equal(ipaddr_parse(SPAN_LIT("2001:db8:1:2::7"), &ring.ring.ip), ERR_OK);
    cmd.conv = world_do(w, &ring).id;
    cmd.block_add.reason = SPAN_LIT("rude");
    assert_int_equal(open_at(w, cmd.conv, 9), 2);
    ipprefix_format(&core_block(w->k, world_do(w, &cmd).id)->prefix, text);
    assert_string_equal(text, "2001:db8:1:2::/64");
    assert_state(w, beside, CONV_MISSED);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(is_blocked(w, rows[i].ip), rows[i].blocked);
    cmd.conv = beside;
    assert_int_equal(world_do(w, &cmd).err, ERR_EXISTS);
}

static void other_addresses_go_on(void **state)
{
    struct world *w = *state;
    uint64_t chat;

    world_agent(w, "ann", SALES);
    chat = world_ring(w, SALES); /* from 192.0.2.7 */
    block_prefix(w, "192.0.2.8/29", 0);
    block_prefix(w, "192.0.2.0/30", 0);
    assert_state(w, chat, CONV_OFFERED);
    block_prefix(w, "192.0.2.4/30", 0);
    assert_state(w, chat, CONV_MISSED);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

static struct cmd link_cmd(const uint8_t hash[HASH_BYTES], uint64_t agent, const char *sealed)
{
    return (struct cmd){.type = CMD_AGENT_LINK,
                        .who = operator_(),
                        .agent_link = {.agent = agent,
                                       .link.hash = {(const char *)hash, HASH_BYTES},
                                       .link.secret = span_of(sealed),
                                       .link.until_ms = T0 + 100000000}};
}

/* What the outbox would be given, through its codec. */
static void assert_order_goes_to(struct world *w, const struct cmd *cmd, const char *to,
                                 const char *secret)
{
    struct mail_order order;
    struct buf bytes = {0};

    assert_int_equal(core_decide(w->k, cmd, w->now_ms, &w->out), ERR_OK);
    assert_int_equal(w->out.nmails, 1);
    order = w->out.mails[0];
    order.cause = 1; /* a position, as turn gives it */
    mail_order_encode(&order, &bytes);
    assert_int_equal(mail_order_decode(buf_span(&bytes), &order), ERR_OK);
    assert_int_equal(order.agent, cmd->agent_link.agent);
    assert_true(span_is(order.to, to));
    assert_true(span_is(order.secret, secret));
    buf_fini(&bytes);
}

static void an_invitation_is_ordered_with_the_record_of_its_link(void **state)
{
    struct world *w = *state;
    const uint8_t hash[HASH_BYTES] = {7};
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct cmd cmd = link_cmd(hash, ann, "sealed");
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_CONFLICT);
    assert_string_equal(a.fault.field, "from");
    assert_null(core_agent_by_link(w->k, hash, w->now_ms));
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "desk@example.com", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "lang", "ja", NULL), ERR_OK);
    assert_order_goes_to(w, &cmd, "ann@example.com", "sealed");
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(w->nmails, 1);
    assert_int_equal(w->mails[0].kind, MAIL_INVITATION);
    assert_int_equal(w->mails[0].agent, ann);
    assert_int_equal(w->mails[0].conv, 0);
    assert_int_equal(w->mails[0].lang, LANG_JA);
    assert_ptr_equal(core_agent_by_link(w->k, hash, w->now_ms), world_agent_of(w, ann));
    assert_true(world_agent_of(w, ann)->link_mail != 0);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "enabled", "off", NULL), ERR_OK);
    assert_int_equal(world_do(w, &cmd).err, ERR_CONFLICT);
    world_assert_replays(w);
}

static void with_a_password_or_at_the_door_it_is_for_a_new_password(void **state)
{
    struct world *w = *state;
    const uint8_t hash[HASH_BYTES] = {7};
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    struct cmd password = {.type = CMD_AGENT_PASSWORD,
                           .password = {.agent = ann, .hash = SPAN_LIT("$argon2id$some")}};
    struct cmd mail = link_cmd(hash, ann, "sealed"), hand = link_cmd(hash, bob, "");

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "desk@example.com", NULL), ERR_OK);
    assert_int_equal(world_do(w, &password).err, ERR_OK);
    assert_int_equal(world_do(w, &mail).err, ERR_OK);
    assert_int_equal(w->mails[0].kind, MAIL_RESET);
    mail.agent_link.agent = bob;
    mail.who = (struct principal){.kind = BY_SYSTEM};
    assert_int_equal(world_do(w, &mail).err, ERR_OK);
    assert_int_equal(w->mails[0].kind, MAIL_RESET);
    mail.who = agent_(bob);
    assert_int_equal(world_do(w, &mail).err, ERR_DENIED);
    assert_int_equal(world_do(w, &hand).err, ERR_OK);
    assert_int_equal(w->nmails, 0);
    assert_int_equal(world_agent_of(w, bob)->link_mail, 0);
}

static void a_mailed_link_dies_with_the_address_it_went_to(void **state)
{
    struct world *w = *state;
    const uint8_t mailed[HASH_BYTES] = {7}, by_hand[HASH_BYTES] = {8};
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct cmd mail = link_cmd(mailed, ann, "sealed"), hand = link_cmd(by_hand, ann, "");

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "desk@example.com", NULL), ERR_OK);
    assert_int_equal(world_do(w, &mail).err, ERR_OK);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "email", "Ann@Example.com", NULL), ERR_OK);
    assert_non_null(core_agent_by_link(w->k, mailed, w->now_ms));
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "email", "anna@example.com", NULL), ERR_OK);
    assert_null(core_agent_by_link(w->k, mailed, w->now_ms));
    assert_int_equal(world_agent_of(w, ann)->link_mail, 0);
    assert_int_equal(world_do(w, &hand).err, ERR_OK);
    assert_int_equal(world_set(w, OBJ_AGENT, ann, "email", "ann@example.com", NULL), ERR_OK);
    assert_non_null(core_agent_by_link(w->k, by_hand, w->now_ms));
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

static void an_agent_is_added_and_invited_in_one_or_not_at_all(void **state)
{
    struct world *w = *state;
    const uint8_t hash[HASH_BYTES] = {7};
    struct change changes[] = {
        {.setting = agent_setting("name"), .s = SPAN_LIT("Ann")},
        {.setting = agent_setting("email"), .s = SPAN_LIT("ann@example.com")},
    };
    struct cmd cmd = {.type = CMD_AGENT_ADD,
                      .who = operator_(),
                      .agent_add = {.changes = changes,
                                    .nchanges = COUNT_OF(changes),
                                    .link = link_cmd(hash, 0, "sealed").agent_link.link}};
    struct world_answer a;

    assert_int_equal(world_do(w, &cmd).err, ERR_CONFLICT);
    assert_null(core_agent_by_email(w->k, SPAN_LIT("ann@example.com")));
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "desk@example.com", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "lang", "ja", NULL), ERR_OK);
    a = world_do(w, &cmd);
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(w->nmails, 1);
    assert_int_equal(w->mails[0].kind, MAIL_INVITATION);
    assert_int_equal(w->mails[0].agent, a.id);
    assert_int_equal(w->mails[0].lang, LANG_JA); /* the portal's, where none was said */
    assert_int_equal(core_agent_by_link(w->k, hash, w->now_ms)->id, a.id);
    world_assert_replays(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(two_agents_cannot_have_one_address),
        T(deleted_agent_is_gone_and_the_address_is_free),
        T(last_administrator_cannot_shut_the_door_behind),
        T(sessions_end_by_time_by_hand_and_with_the_account),
        T(seventeenth_session_ends_the_oldest),
        T(the_newest_eight_addresses_of_an_agent_are_kept),
        T(link_is_good_once_and_until_its_time),
        T(an_invitation_is_ordered_with_the_record_of_its_link),
        T(with_a_password_or_at_the_door_it_is_for_a_new_password),
        T(a_mailed_link_dies_with_the_address_it_went_to),
        T(an_agent_is_added_and_invited_in_one_or_not_at_all),
        T(new_password_ends_all_other_sessions),
        T(agents_change_their_own_name_and_language_only),
        T(prefixes_table),
        T(block_of_everything_matches_everything),
        T(block_ends_at_its_time),
        T(block_from_a_conversation_ends_what_comes_from_that_address),
        T(block_from_a_v6_conversation_covers_its_network),
        T(other_addresses_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
