/* Images as bytes: what is written is read, and what is damaged is refused. */
#include "core_world.h"

#define TOKEN_HASH "0123456789abcdef0123456789abcdef"

#include <malloc.h>

#include "../../src/core/core_int.h"
#include "deskbell/tlv.h"

/* Nobody has changed anything in it yet, so there is no image of it. */
static void a_portal_without_image_is_as_it_begins(void **state)
{
    struct portal *p, fresh;

    (void)state;
    portal_init(&fresh);
    assert_int_equal(portal_decode(SPAN_NONE, &p), ERR_OK);
    assert_string_equal(p->name, fresh.name);
    assert_string_equal(p->zone, fresh.zone);
    assert_int_equal(p->grace_ms, fresh.grace_ms);
    portal_free(p);
    portal_clear(&fresh);
}

/* One that was read, and one that was not. */
static void mentions(struct world *w, uint64_t by, uint64_t agent, uint64_t chat)
{
    for (unsigned i = 0; i < 2; i++) {
        struct cmd note = {.type = CMD_CONV_NOTE,
                           .who = agent_(by),
                           .conv = chat,
                           .line = {.text = SPAN_LIT("look"), .mentions = &agent, .nmentions = 1}};
        uint64_t id;

        assert_int_equal(world_do(w, &note).err, ERR_OK);
        id = core_next_mention_of(w->k, agent, NULL)->id;
        if (i == 0)
            assert_int_equal(world_do(w, &(struct cmd){.type = CMD_MENTION_READ,
                                                       .who = agent_(agent),
                                                       .mention = {&id, 1}})
                                 .err,
                             ERR_OK);
    }
}

static void tags_and_tasks(struct world *w, uint64_t ann, uint64_t chat)
{
    for (unsigned i = 0; i < 2; i++) {
        struct cmd tag = {.type = CMD_CONV_TAG,
                          .who = agent_(ann),
                          .conv = chat,
                          .tag = {i == 0 ? SPAN_LIT("VIP") : SPAN_LIT("急ぎ"),
                                  i == 0 ? SPAN_LIT("vip") : SPAN_LIT("急ぎ")}};

        assert_int_equal(world_do(w, &tag).err, ERR_OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct cmd task = {.type = CMD_TASK_ADD,
                           .who = agent_(ann),
                           .conv = chat,
                           .task = {.agent = i == 0 ? ann : 0,
                                    .due_ms = i == 0 ? T0 + 50000 : 0,
                                    .title = SPAN_LIT("call back")}};

        assert_int_equal(world_do(w, &task).err, ERR_OK);
    }
}

/* A world with some of everything. */
static struct world *busy_world(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES), chat;
    uint8_t hash[HASH_BYTES] = {1};
    struct cmd session = {.type = CMD_SESSION_OPEN,
                          .session_open = {.agent = ann,
                                           .hash = {(const char *)hash, sizeof(hash)},
                                           .from = 77,
                                           .browser = SPAN_LIT("Firefox/120.0"),
                                           .ip = {.b = {[10] = 0xff, 0xff, 192, 0, 2, 7}},
                                           .until_ms = T0 + 1000000}};
    struct cmd block = {
        .type = CMD_BLOCK_ADD, .who = operator_(), .block_add.reason = SPAN_LIT("no")};

    assert_int_equal(ipprefix_parse(SPAN_LIT("203.0.113.0/24"), &block.block_add.prefix, NULL),
                     ERR_OK);
    assert_int_equal(world_do(w, &session).err, ERR_OK);
    hash[0]++;
    session.session_open.from = 78;
    assert_int_equal(world_do(w, &session).err, ERR_OK);
    assert_int_equal(world_do(w, &block).err, ERR_OK);
    assert_int_equal(world_do(w, &(struct cmd){.type = CMD_TOKEN_ADD,
                                               .who = operator_(),
                                               .token_add = {.agent = ann,
                                                             .hash = SPAN_LIT(TOKEN_HASH),
                                                             .name = SPAN_LIT("Till"),
                                                             .permissions = BIT(PERM_REPLY),
                                                             .until_ms = T0 + 500000}})
                         .err,
                     ERR_OK);
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_FACTOR_SET,
                                  .who = agent_(ann),
                                  .factor = {.agent = ann,
                                             .secret = SPAN_LIT("sealed"),
                                             .step = 7,
                                             .recovery = (const uint64_t[RECOVERY_CODES]){5, 6}}})
            .err,
        ERR_OK);
    for (unsigned i = 0; i < 3; i++) {
        struct cmd canned = {.type = CMD_CANNED_ADD,
                             .who = operator_(),
                             .canned = {.title = SPAN_LIT("Hours"),
                                        .shortcut = SPAN_LIT("hours"),
                                        .text = SPAN_LIT("Nine to five."),
                                        .lang = i == 0 ? LANG_ANY : LANG_JA}};

        canned.canned.agent = i == 1 ? ann : 0;
        canned.canned.dept = i == 2 ? SALES : 0;
        assert_int_equal(world_do(w, &canned).err, ERR_OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct cmd view = {.type = CMD_VIEW_ADD,
                           .who = operator_(),
                           .saved = {.agent = i == 0 ? ann : 0,
                                     .dept = i == 0 ? 0 : SALES,
                                     .name = SPAN_LIT("VIP"),
                                     .shows = {LIST_ALL, FILTER_UNREPLIED},
                                     .of = i == 0 ? SALES : 0,
                                     .tag = SPAN_LIT("VIP"),
                                     .tag_key = SPAN_LIT("vip")}};

        assert_int_equal(world_do(w, &view).err, ERR_OK);
    }
    chat = world_ring(w, SALES);
    world_accept(w, ann, chat);
    world_say(w, visitor_(chat), chat, "hello");
    tags_and_tasks(w, ann, chat);
    mentions(w, ann, bob, chat);
    world_ring(w, SALES);
    world_status(w, bob, STATUS_AWAY);
    world_ring(w, SALES);
    world_ring(w, SALES);
    chat = world_ring(w, SALES);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    return w;
}

static void state_out_of_images_goes_on_like_the_state_itself(void **state)
{
    struct world *w = busy_world(state);
    struct core *copy = world_copy_by_images(w), *before = w->k;

    assert_true(core_digest(copy) == core_digest(before));
    /* The same commands come to the same records. */
    for (int i = 0; i < 20; i++) {
        struct out a = {0}, b = {0};
        int64_t now_ms = T0 + i * 30000;
        bool one = core_settle(before, now_ms, &a), two = core_settle(copy, now_ms, &b);

        assert_int_equal(one, two);
        assert_int_equal(a.nrecs, b.nrecs);
        for (size_t r = 0; r < a.nrecs; r++) {
            struct buf x = {0}, y = {0};

            rec_encode(&a.recs[r], &x);
            rec_encode(&b.recs[r], &y);
            assert_true(span_eq(buf_span(&x), buf_span(&y)));
            buf_fini(&x);
            buf_fini(&y);
        }
        out_fini(&a);
        out_fini(&b);
    }
    core_free(copy);
}

/* What a chat costs must not depend on how it came into memory. */
static void a_chat_takes_no_more_room_after_a_restart_than_before(void **state)
{
    static const unsigned counts[] = {1, 5, 64, RECENT_MAX, RECENT_MAX + 3};
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES), cid = 0;

    world_accept(w, ann, chat);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct core *copy;
        const struct recent *before, *after;
        uint32_t n, seq;
        uint64_t pos;

        while (cid < counts[i]) {
            struct cmd cmd = {.type = CMD_CHAT_SEND,
                              .who = visitor_(chat),
                              .conv = chat,
                              .line.text = SPAN_LIT("a line"),
                              .cid = ++cid};

            assert_int_equal(world_do(w, &cmd).err, ERR_OK);
        }
        copy = world_copy_by_images(w);
        before = world_conv(w, chat)->recent;
        after = core_conv(copy, chat)->recent;
        assert_int_equal(after->count, before->count);
        /* What malloc cannot split off a block is left with it. */
        assert_in_range(malloc_usable_size((void *)after) + 16 - malloc_usable_size((void *)before),
                        0, 32);
        for (uint64_t id = 1; id <= cid; id++) {
            struct cmd cmd = {.type = CMD_CHAT_SEND, .conv = chat, .cid = id};

            assert_int_equal(core_repeat(copy, &cmd, &n, &seq, &pos),
                             id + RECENT_MAX > cid ? ERR_OK : ERR_NOTFOUND);
        }
        core_free(copy);
    }
}

static bool is_taken_or_refused(err_t err)
{
    return err == ERR_OK || err == ERR_CORRUPT || err == ERR_EXISTS;
}

static void note_image(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    struct world *w = arg;
    struct buf b = {0};

    if (gone || !core_image(w->k, type, id, &b))
        return;
    for (size_t len = 0; len <= b.len; len++) {
        struct core *k = core_new();
        char *exact = xmalloc(len + 1);

        memcpy(exact, b.p, len);
        assert_true(is_taken_or_refused(core_adopt(k, type, id, (struct span){exact, len})));
        if (len > 0) { /* one flipped bit */
            exact[len / 2] = (char)(exact[len / 2] ^ 0x20);
            assert_true(is_taken_or_refused(core_adopt(k, type, id, (struct span){exact, len})));
        }
        free(exact);
        core_free(k);
    }
    buf_fini(&b);
}

static void damaged_images_are_refused_or_read_and_never_harm(void **state)
{
    struct world *w = busy_world(state);

    core_drain_dirty(w->k, SIZE_MAX, note_image, w);
}

static void assert_same_time(const struct conv_time *a, const struct conv_time *b)
{
    assert_true(a->agent == b->agent && a->dept == b->dept);
    assert_int_equal(a->ms, b->ms);
    assert_int_equal(a->corrected, b->corrected);
}

/* Where an image is cut, both find it cut; and what they find in it is the same. */
static void what_places_a_conversation_is_found_without_the_rest(void **state)
{
    struct world *w = busy_world(state);
    size_t whole = 0, parts = 0;

    for (uint64_t id = 0; core_next_conv(w->k, &id);) {
        struct buf b = {0};

        core_image(w->k, OBJ_CONV, id, &b);
        for (size_t len = 0; len <= b.len; len++) {
            struct span image = {b.p, len};
            struct conv_brief brief;
            struct conv_worked worked;
            struct conv *cv;
            err_t err = conv_brief(image, &brief);

            if (conv_decode(id, image, &cv) != ERR_OK)
                continue;
            assert_int_equal(err, ERR_OK);
            assert_memory_equal(&brief.ip, &cv->ip, sizeof(cv->ip));
            assert_int_equal(brief.state, cv->state);
            assert_int_equal(brief.dept, cv->dept);
            assert_int_equal(brief.last_pos, cv->last_pos);
            assert_int_equal(conv_worked(image, &worked), ERR_OK);
            assert_int_equal(worked.ended_ms, cv->ended_ms);
            assert_int_equal(worked.n, cv->ntimes);
            for (size_t i = 0; i < cv->ntimes; i++)
                assert_same_time(&worked.parts[i], &cv->times[i]);
            parts += cv->ntimes;
            conv_free(cv);
            whole += len == b.len;
        }
        assert_int_equal(conv_brief((struct span){b.p, b.len - 1}, &(struct conv_brief){0}),
                         ERR_CORRUPT);
        buf_fini(&b);
    }
    assert_int_equal(conv_brief(SPAN_NONE, &(struct conv_brief){0}), ERR_CORRUPT);
    assert_true(whole >= 4 && parts > 0);
}

static void images_that_speak_of_unknown_things_are_corrupt(void **state)
{
    struct world *w = busy_world(state);
    struct core *k = core_new();
    uint64_t agent = 0, conv = 0;
    struct buf b = {0};

    assert_true(core_next_agent(w->k, &agent));
    assert_true(core_next_conv(w->k, &conv));
    core_image(w->k, OBJ_AGENT, agent, &b);
    assert_int_equal(core_adopt(k, OBJ_AGENT, agent, buf_span(&b)), ERR_CORRUPT);
    buf_reset(&b);
    core_image(w->k, OBJ_CONV, conv, &b);
    assert_int_equal(core_adopt(k, OBJ_CONV, conv, buf_span(&b)), ERR_CORRUPT);
    assert_int_equal(core_adopt(w->k, OBJ_CONV, conv, buf_span(&b)), ERR_EXISTS);
    buf_fini(&b);
    core_free(k);
}

/* Which switches are on is not in any counter, so no digest sees it. */
static void both_switches_of_a_membership_are_kept(void **state)
{
    static const struct {
        bool chat, notify;
    } rows[] = {{true, true}, {true, false}, {false, true}, {false, false}};
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", 0);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cmd cmd = {.type = CMD_MEMBER_SET,
                          .who = operator_(),
                          .member = {ann, SALES, rows[i].chat, rows[i].notify}};
        struct core *copy;
        const struct agent *ag;

        assert_int_equal(world_do(w, &cmd).err, ERR_OK);
        copy = world_copy_by_images(w);
        ag = core_agent(copy, ann);
        assert_int_equal(ag->nmembers, 1);
        assert_int_equal(ag->members[0].chat, rows[i].chat);
        assert_int_equal(ag->members[0].notify, rows[i].notify);
        assert_int_equal(world_agent_of(w, ann)->members[0].notify, rows[i].notify);
        core_free(copy);
    }
}

/* What somebody said stays said by somebody: transcripts read the name out of the row. */
static void a_deleted_agent_keeps_the_name(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct cmd cmd = {.type = CMD_AGENT_REMOVE, .who = operator_(), .agent_end.agent = ann};
    struct buf image = {0};
    struct agent *ag;

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_null(core_agent(w->k, ann));
    assert_true(core_image(w->k, OBJ_AGENT, ann, &image));
    assert_int_equal(agent_decode(ann, buf_span(&image), &ag), ERR_OK);
    assert_true(ag->deleted);
    assert_string_equal(ag->name, "ann");
    assert_int_equal(ag->nmembers, 0);
    agent_free(ag);
    buf_fini(&image);
}

struct drained {
    size_t rows, gone;
    enum obj_type last;
};

static void note_drained(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    struct drained *d = arg;

    (void)id;
    d->rows++;
    d->gone += gone;
    d->last = type;
}

static void drains_name_each_changed_thing_once(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat;
    struct drained d = {0};

    core_drain_dirty(w->k, SIZE_MAX, note_drained, &d);
    core_drain_through(w->k, note_drained, &d);
    d = (struct drained){0};
    core_drain_dirty(w->k, SIZE_MAX, note_drained, &d);
    assert_int_equal(d.rows, 0);
    chat = world_ring(w, SALES);
    world_accept(w, ann, chat);
    world_say(w, visitor_(chat), chat, "hello");
    core_drain_through(w->k, note_drained, &d);
    assert_int_equal(d.rows, 0); /* nothing has ended, no setting was changed */
    core_drain_dirty(w->k, SIZE_MAX, note_drained, &d);
    assert_int_equal(d.rows, 4); /* portal, department, agent, conversation */
    assert_int_equal(d.gone, 0);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    core_evict(w->k, chat); /* its row is not written yet */
    assert_non_null(core_conv(w->k, chat));
    d = (struct drained){0};
    core_drain_through(w->k, note_drained, &d);
    assert_int_equal(d.rows, 1);
    assert_int_equal(d.last, OBJ_CONV);
    core_evict(w->k, chat);
    assert_null(core_conv(w->k, chat));
    d = (struct drained){0};
    core_drain_dirty(w->k, SIZE_MAX, note_drained, &d);
    assert_int_equal(d.gone, 1);
}

/* The agent's image may be older than the end of the department, which is written at once. */
static void memberships_of_a_deleted_department_are_not_adopted(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public"), ann = world_agent(w, "ann", SALES);
    struct cmd cmd = {
        .type = CMD_MEMBER_SET, .who = operator_(), .member = {.agent = ann, .dept = help}};
    struct buf agent = {0}, sales = {0}, other = {0};
    struct core *k = core_new();

    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_true(core_image(w->k, OBJ_AGENT, ann, &agent));
    assert_true(core_image(w->k, OBJ_DEPT, help, &other));
    cmd = (struct cmd){.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = SALES};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_true(core_image(w->k, OBJ_DEPT, SALES, &sales));
    assert_int_equal(core_adopt(k, OBJ_DEPT, SALES, buf_span(&sales)), ERR_OK);
    assert_int_equal(core_adopt(k, OBJ_DEPT, help, buf_span(&other)), ERR_OK);
    assert_int_equal(core_adopt(k, OBJ_AGENT, ann, buf_span(&agent)), ERR_OK);
    assert_int_equal(core_agent(k, ann)->nmembers, 1);
    assert_int_equal(core_agent(k, ann)->members[0].dept, help);
    buf_fini(&agent);
    buf_fini(&sales);
    buf_fini(&other);
    core_free(k);
}

static void ordered_tree_agrees_with_a_sorted_array(void **state)
{
    enum { N = 500 };
    static struct onode nodes[N];
    static bool in[N];
    struct otree t = {0};
    uint64_t seed = 7;

    (void)state;
    memset(in, 0, sizeof(in));
    for (int step = 0; step < 20000; step++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t i = (size_t)(seed >> 33) % N, rank = 0;

        if (in[i])
            otree_del(&t, &nodes[i]);
        else
            otree_put(&t, &nodes[i], i / 7, i % 7, i);
        in[i] = !in[i];
        if (step % 97 != 0)
            continue;
        struct onode *n = otree_first(&t);
        for (size_t j = 0; j < N; j++) {
            struct onode *least = otree_at_least(&t, j / 7, j % 7, j);

            assert_ptr_equal(least, n);
            if (!in[j])
                continue;
            assert_ptr_equal(n, &nodes[j]);
            assert_int_equal(otree_rank(n), rank);
            assert_ptr_equal(otree_at(&t, rank++), n);
            n = otree_next(n);
        }
        assert_null(n);
        assert_int_equal(otree_size(&t), rank);
        assert_null(otree_at(&t, rank));
        assert_ptr_equal(otree_last(&t), rank > 0 ? otree_at(&t, rank - 1) : NULL);
    }
}

static void words_are_all_there_and_read_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CMD_COUNT; i++) {
        enum cmd_type type;

        assert_true(cmd_parse(span_of(cmd_word(i)), &type));
        assert_int_equal(type, i);
    }
    assert_null(cmd_word(CMD_COUNT));
    for (unsigned i = 0; i < LIST_COUNT; i++) {
        enum list list;

        assert_true(list_parse(span_of(list_word(i)), &list));
        assert_int_equal(list, i);
    }
    for (unsigned i = 0; i < WHY_COUNT; i++)
        assert_non_null(why_word(i));
    assert_null(why_word(WHY_COUNT));
    assert_string_equal(rec_word(REC_CONV_RANG), "chat.rang");
    assert_null(rec_word(9999));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_portal_without_image_is_as_it_begins),
        T(state_out_of_images_goes_on_like_the_state_itself),
        T(a_chat_takes_no_more_room_after_a_restart_than_before),
        T(damaged_images_are_refused_or_read_and_never_harm),
        T(what_places_a_conversation_is_found_without_the_rest),
        T(images_that_speak_of_unknown_things_are_corrupt),
        T(both_switches_of_a_membership_are_kept),
        T(a_deleted_agent_keeps_the_name),
        T(drains_name_each_changed_thing_once),
        T(memberships_of_a_deleted_department_are_not_adopted),
        cmocka_unit_test(ordered_tree_agrees_with_a_sorted_array),
        cmocka_unit_test(words_are_all_there_and_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
