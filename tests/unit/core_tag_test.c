/* Tags of conversations: which are the same, how many there can be, and who puts them there. */
#include "core_world.h"

#include <string.h>

static struct world_answer tag(struct world *w, struct principal who, uint64_t chat,
                               const char *text, const char *key)
{
    return world_do(w, &(struct cmd){.type = CMD_CONV_TAG,
                                     .who = who,
                                     .conv = chat,
                                     .tag = {span_of(text), span_of(key)}});
}

static struct world_answer untag(struct world *w, struct principal who, uint64_t chat,
                                 const char *key)
{
    return world_do(
        w,
        &(struct cmd){.type = CMD_CONV_UNTAG, .who = who, .conv = chat, .tag.key = span_of(key)});
}

/* All of them, in their order, with a bar behind each. */
static const char *tags(struct world *w, uint64_t chat)
{
    static char text[2000];
    const struct conv *cv = world_conv(w, chat);

    text[0] = '\0';
    for (size_t i = 0; i < cv->ntags; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s|", cv->tags[i].text);
    return text;
}

static void a_tag_is_there_once_however_it_is_written(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    assert_int_equal(tag(w, agent_(ann), chat, " VIP ", "vip").err, ERR_OK);
    assert_true(tag(w, agent_(ann), chat, "vip", "vip").unchanged);
    assert_int_equal(tag(w, agent_(ann), chat, "Refund", "refund").err, ERR_OK);
    assert_string_equal(tags(w, chat), "VIP|Refund|");
    assert_true(untag(w, agent_(ann), chat, "other").unchanged);
    assert_int_equal(untag(w, agent_(ann), chat, "vip").err, ERR_OK);
    assert_string_equal(tags(w, chat), "Refund|");
    assert_true(conv_has_tag(world_conv(w, chat), tag_hash(SPAN_LIT("refund"))));
    assert_false(conv_has_tag(world_conv(w, chat), tag_hash(SPAN_LIT("vip"))));
    assert_int_equal(tag(w, agent_(ann), chat, "vip", "vip").err, ERR_OK);
    assert_string_equal(tags(w, chat), "Refund|vip|");
    world_assert_replays(w);
}

static void what_is_over_can_be_tagged_too(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    world_accept(w, ann, chat);
    world_conv_cmd(w, CMD_CHAT_END, agent_(ann), chat);
    assert_int_equal(tag(w, agent_(ann), chat, "done", "done").err, ERR_OK);
    assert_string_equal(tags(w, chat), "done|");
    assert_state(w, chat, CONV_ENDED);
    world_assert_replays(w);
}

static void a_tag_that_cannot_be_is_refused_by_its_field(void **state)
{
    static const struct {
        const char *text, *key;
        enum refusal why;
    } rows[] = {
        {"", "", REFUSE_EMPTY},
        {"  ", "", REFUSE_EMPTY},
        {"\xc2\xad", "", REFUSE_EMPTY}, /* a soft hyphen alone: nothing is left of it */
        {"a\"b", "a\"b", REFUSE_CHARACTERS},
        {"a,b", "a,b", REFUSE_CHARACTERS},
        {"a\nb", "a b", REFUSE_ONE_LINE},
        {"a\x07", "a", REFUSE_ONE_LINE},
        {"12345678901234567890123456789012345678901", "1", REFUSE_TOO_LONG},
    };
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_answer a = tag(w, agent_(ann), chat, rows[i].text, rows[i].key);

        print_message("  \"%s\"\n", rows[i].text);
        assert_int_equal(a.err, ERR_INVAL);
        assert_string_equal(a.fault.field, "tag");
        assert_int_equal(a.fault.refusal, rows[i].why);
    }
    assert_int_equal(tag(w, agent_(ann), chat, "1234567890123456789012345678901234567890", "1").err,
                     ERR_OK);
}

static void so_many_and_no_more(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct world_answer a;
    char text[10];

    for (unsigned i = 0; i < TAGS_MAX; i++) {
        snprintf(text, sizeof(text), "t%u", i);
        assert_int_equal(tag(w, agent_(ann), chat, text, text).err, ERR_OK);
    }
    a = tag(w, agent_(ann), chat, "more", "more");
    assert_int_equal(a.err, ERR_FULL);
    assert_string_equal(a.fault.field, "tag");
    assert_true(tag(w, agent_(ann), chat, "t3", "t3").unchanged);
    assert_int_equal(untag(w, agent_(ann), chat, "t3").err, ERR_OK);
    assert_int_equal(tag(w, agent_(ann), chat, "more", "more").err, ERR_OK);
    world_assert_replays(w);
}

/* Whoever may write a note there may; to whoever may not see it there is no such chat. */
static void who_may_note_may_tag(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public");
    uint64_t eve = world_agent(w, "eve", help), light = world_agent(w, "lea", SALES);
    uint64_t rolf = world_agent(w, "rolf", SALES), chat = world_ring(w, SALES);

    world_set(w, OBJ_AGENT, light, "role", "light", NULL);
    world_set(w, OBJ_AGENT, rolf, "role", "custom", NULL);
    world_set(w, OBJ_AGENT, rolf, "permissions", "reply", NULL);
    assert_int_equal(tag(w, operator_(), chat, "op", "op").err, ERR_OK);
    assert_int_equal(tag(w, agent_(eve), chat, "x", "x").err, ERR_NOTFOUND);
    assert_int_equal(untag(w, agent_(eve), chat, "op").err, ERR_NOTFOUND);
    assert_int_equal(tag(w, agent_(light), chat, "x", "x").err, ERR_DENIED);
    assert_int_equal(tag(w, agent_(rolf), chat, "x", "x").err, ERR_DENIED);
    assert_int_equal(untag(w, agent_(rolf), chat, "op").err, ERR_DENIED);
    assert_int_equal(tag(w, visitor_(chat), chat, "x", "x").err, ERR_DENIED);
    world_set(w, OBJ_AGENT, rolf, "permissions", "note", NULL);
    assert_int_equal(untag(w, agent_(rolf), chat, "op").err, ERR_OK);
    assert_string_equal(tags(w, chat), "");
}

/* A body that was erased has left nothing to be put there. */
static void an_erased_tag_is_none(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    const struct conv *cv = world_conv(w, chat);
    struct core *copy = world_copy_by_images(w);
    struct rec rec = {.pos = core_next_pos(copy),
                      .type = REC_CONV_TAGGED,
                      .version = 1,
                      .time_ms = w->now_ms,
                      .obj_type = OBJ_CONV,
                      .obj = chat,
                      .prev = cv->last_pos,
                      .seq = cv->seq + 1};

    assert_offered(w, ann, chat);
    core_fold(copy, &rec);
    assert_int_equal(core_conv(copy, chat)->ntags, 0);
    assert_int_equal(core_conv(copy, chat)->last_pos, rec.pos);
    core_free(copy);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_tag_is_there_once_however_it_is_written),
        TEST(what_is_over_can_be_tagged_too),
        TEST(a_tag_that_cannot_be_is_refused_by_its_field),
        TEST(so_many_and_no_more),
        TEST(who_may_note_may_tag),
        TEST(an_erased_tag_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
