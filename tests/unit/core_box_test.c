/* Missed conversations: where they lie until somebody has answered them, and who is to do that. */
#include "core_world.h"

static struct world_answer put(struct world *w, struct principal who, uint64_t conv, enum box box,
                               enum box was)
{
    return world_do(
        w, &(struct cmd){
               .type = CMD_CONV_BOX, .who = who, .conv = conv, .box = {.box = box, .was = was}});
}

static struct world_answer give(struct world *w, struct principal who, uint64_t conv, uint64_t to,
                                uint64_t holder)
{
    return world_do(w, &(struct cmd){.type = CMD_CONV_ASSIGN,
                                     .who = who,
                                     .conv = conv,
                                     .assign = {.agent = to, .holder = holder}});
}

struct shop {
    uint64_t ann, bob, missed;
};

/* One that the visitor left before anybody took it; ann and bob are not there any more. */
static struct shop shop_open(struct world *w)
{
    struct shop s = {.ann = world_agent(w, "ann", SALES), .bob = world_agent(w, "bob", SALES)};

    world_status(w, s.ann, STATUS_AWAY);
    world_status(w, s.bob, STATUS_AWAY);
    s.missed = world_ring(w, SALES);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(s.missed), s.missed);
    assert_state(w, s.missed, CONV_MISSED);
    return s;
}

static void assert_boxes(struct world *w, uint64_t to_answer, uint64_t answered, uint64_t away)
{
    const struct reader r = {.core = w->k, .kind = READER_ALL};
    static const enum list lists[] = {LIST_TO_ANSWER, LIST_ANSWERED, LIST_PUT_AWAY};
    const uint64_t counts[] = {to_answer, answered, away};

    for (size_t i = 0; i < COUNT_OF(lists); i++)
        assert_int_equal(audience_count(&r, &(struct list_want){.list = lists[i]}), counts[i]);
    assert_int_equal(audience_count(&r, &(struct list_want){.list = LIST_MISSED}),
                     to_answer + answered + away);
}

static void what_was_missed_waits_until_somebody_sorts_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    const struct conv *cv = world_conv(w, s.missed);

    assert_int_equal(conv_box(cv), BOX_TO_ANSWER);
    assert_boxes(w, 1, 0, 0);
    world_advance(w, 7000);
    assert_int_equal(put(w, agent_(s.bob), s.missed, BOX_ANSWERED, BOX_TO_ANSWER).err, ERR_OK);
    assert_int_equal(cv->box_by, s.bob);
    assert_int_equal(cv->box_ms, w->now_ms);
    assert_boxes(w, 0, 1, 0);
    assert_true(put(w, agent_(s.ann), s.missed, BOX_ANSWERED, BOX_NONE).unchanged);
    assert_int_equal(put(w, operator_(), s.missed, BOX_PUT_AWAY, BOX_NONE).err, ERR_OK);
    assert_int_equal(cv->box_by, 0);
    assert_boxes(w, 0, 0, 1);
    assert_int_equal(put(w, agent_(s.ann), s.missed, BOX_TO_ANSWER, BOX_NONE).err, ERR_OK);
    assert_boxes(w, 1, 0, 0);
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

/* Two at once: the second learns who was first, and where it is. */
static void a_stale_look_is_told_what_has_changed(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer late;

    assert_int_equal(put(w, agent_(s.bob), s.missed, BOX_PUT_AWAY, BOX_TO_ANSWER).err, ERR_OK);
    late = put(w, agent_(s.ann), s.missed, BOX_ANSWERED, BOX_TO_ANSWER);
    assert_int_equal(late.err, ERR_CONFLICT);
    assert_int_equal(late.fault.refusal, REFUSE_BOX_MOVED);
    assert_string_equal(late.fault.values[0].text, "bob");
    assert_string_equal(late.fault.values[1].text, "put-away");
    assert_int_equal(conv_box(world_conv(w, s.missed)), BOX_PUT_AWAY);
}

static void a_mail_answers_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd mail = {.type = CMD_CONV_MAIL, .who = agent_(s.ann), .conv = s.missed};
    const struct conv *cv = world_conv(w, s.missed);
    size_t boxed;

    world_set(w, OBJ_PORTAL, 0, "from", "shop@example.com", NULL);
    mail.line.text = SPAN_LIT("Sorry!");
    assert_int_equal(world_do(w, &mail).err, ERR_OK);
    assert_int_equal(conv_box(cv), BOX_ANSWERED);
    assert_true(cv->box_mailed && cv->box_by == s.ann);
    assert_boxes(w, 0, 1, 0);
    boxed = world_count(w, REC_CONV_BOXED);
    assert_int_equal(world_do(w, &mail).err, ERR_OK);
    assert_int_equal(world_count(w, REC_CONV_BOXED), boxed);
    assert_int_equal(put(w, agent_(s.bob), s.missed, BOX_TO_ANSWER, BOX_NONE).err, ERR_OK);
    assert_boxes(w, 1, 0, 0);
    assert_int_equal(world_do(w, &mail).err, ERR_OK);
    assert_boxes(w, 0, 1, 0);
    world_assert_replays(w);
}

/* Before boxes were kept there were mails alone. */
static void one_that_nobody_put_anywhere_goes_by_its_mails(void **state)
{
    (void)state;
    assert_int_equal(conv_box(&(struct conv){.state = CONV_MISSED}), BOX_TO_ANSWER);
    assert_int_equal(conv_box(&(struct conv){.state = CONV_MISSED, .mailed_count = 1}),
                     BOX_ANSWERED);
    assert_int_equal(
        conv_box(&(struct conv){.state = CONV_MISSED, .mailed_count = 1, .box = BOX_TO_ANSWER}),
        BOX_TO_ANSWER);
    assert_int_equal(conv_box(&(struct conv){.state = CONV_ENDED, .mailed_count = 1}), BOX_NONE);
}

static void the_gateway_answers_it_by_a_later_chat(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd cmd = {.type = CMD_CONV_BOX, .who = {.kind = BY_SYSTEM}, .conv = s.missed};

    cmd.box = (struct cmd_box){
        .box = BOX_ANSWERED, .was = BOX_TO_ANSWER, .agent = s.bob, .conv = 4711, .number = 12};
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(world_conv(w, s.missed)->box_conv, 4711);
    assert_int_equal(world_conv(w, s.missed)->box_number, 12);
    assert_int_equal(world_conv(w, s.missed)->box_by, s.bob);
    cmd.who = agent_(s.ann); /* nobody else says whose chat it was */
    cmd.box.was = BOX_NONE;
    cmd.box.box = BOX_PUT_AWAY;
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(world_conv(w, s.missed)->box_conv, 0);
    assert_int_equal(world_conv(w, s.missed)->box_by, s.ann);
}

static void it_is_taken_given_and_given_back(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    const struct conv *cv = world_conv(w, s.missed);
    struct world_answer late;

    world_leave(w, s.bob);
    assert_int_equal(give(w, agent_(s.ann), s.missed, s.bob, 0).err, ERR_OK);
    assert_int_equal(core_given(w->k, cv), s.bob);
    assert_true(give(w, agent_(s.ann), s.missed, s.bob, s.bob).unchanged);
    late = give(w, agent_(s.ann), s.missed, s.ann, 0);
    assert_int_equal(late.err, ERR_TAKEN);
    assert_string_equal(late.fault.values[0].text, "bob");
    assert_int_equal(give(w, agent_(s.bob), s.missed, 0, s.bob).err, ERR_OK);
    assert_int_equal(core_given(w->k, cv), 0);
    assert_int_equal(give(w, agent_(s.ann), s.missed, s.ann, s.bob).err, ERR_LATE);
    assert_int_equal(give(w, agent_(s.ann), s.missed, 4711, 0).err, ERR_NOTFOUND);
    assert_int_equal(conv_box(cv), BOX_TO_ANSWER);
    world_assert_replays(w);
}

/* Whoever cannot answer there any more has it no more: nothing is left to be forgotten. */
static void one_who_cannot_answer_any_more_has_it_no_more(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    const struct conv *cv = world_conv(w, s.missed);

    assert_int_equal(give(w, operator_(), s.missed, s.bob, 0).err, ERR_OK);
    world_do(w, &(struct cmd){.type = CMD_MEMBER_REMOVE,
                              .who = operator_(),
                              .member = {.agent = s.bob, .dept = SALES}});
    assert_int_equal(core_given(w->k, cv), 0);
    assert_int_equal(give(w, agent_(s.ann), s.missed, s.ann, 0).err, ERR_OK);
    world_set(w, OBJ_AGENT, s.ann, "enabled", "off", NULL);
    assert_int_equal(core_given(w->k, cv), 0);
}

static void rights_decide_who_sorts_and_gives(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t light = world_agent(w, "lee", SALES), far = world_agent(w, "far", 0);
    uint64_t own = world_agent(w, "own", SALES);

    world_set(w, OBJ_AGENT, light, "role", "light", NULL);
    world_set(w, OBJ_AGENT, own, "scope", "own", NULL);
    assert_int_equal(put(w, agent_(light), s.missed, BOX_ANSWERED, BOX_NONE).err, ERR_DENIED);
    assert_int_equal(give(w, agent_(light), s.missed, s.ann, 0).err, ERR_DENIED);
    assert_int_equal(put(w, agent_(far), s.missed, BOX_ANSWERED, BOX_NONE).err, ERR_NOTFOUND);
    assert_int_equal(give(w, agent_(far), s.missed, far, 0).err, ERR_NOTFOUND);
    assert_int_equal(put(w, visitor_(s.missed), s.missed, BOX_ANSWERED, BOX_NONE).err, ERR_DENIED);
    assert_int_equal(give(w, agent_(own), s.missed, s.ann, 0).err, ERR_DENIED);
    assert_int_equal(give(w, agent_(own), s.missed, own, 0).err, ERR_OK);
    assert_int_equal(give(w, agent_(own), s.missed, s.ann, own).err, ERR_DENIED);
    assert_int_equal(give(w, agent_(own), s.missed, 0, own).err, ERR_OK);
    assert_int_equal(put(w, agent_(own), s.missed, BOX_PUT_AWAY, BOX_NONE).err, ERR_OK);
}

static void only_what_was_missed_lies_in_a_box(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct world_answer a;

    world_accept(w, ann, chat);
    a = put(w, agent_(ann), chat, BOX_ANSWERED, BOX_NONE);
    assert_int_equal(a.err, ERR_CONFLICT);
    assert_int_equal(a.fault.refusal, REFUSE_NOT_MISSED);
    world_conv_cmd(w, CMD_CHAT_END, agent_(ann), chat);
    assert_int_equal(put(w, agent_(ann), chat, BOX_ANSWERED, BOX_NONE).err, ERR_CONFLICT);
    assert_boxes(w, 0, 0, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_was_missed_waits_until_somebody_sorts_it),
        T(a_stale_look_is_told_what_has_changed),
        T(a_mail_answers_it),
        T(one_that_nobody_put_anywhere_goes_by_its_mails),
        T(the_gateway_answers_it_by_a_later_chat),
        T(it_is_taken_given_and_given_back),
        T(one_who_cannot_answer_any_more_has_it_no_more),
        T(rights_decide_who_sorts_and_gives),
        T(only_what_was_missed_lies_in_a_box),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
