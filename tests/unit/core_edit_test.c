/* Lines that their authors change or take back: whose, which, until when, and what is left of it.
 */
#include "core_world.h"

#include "deskbell/journal.h"

static struct rec line; /* of line_at() */
static struct buf now;  /* what it says */

/* A line as it is now: as it was said, with the newest change of it. */
static const struct rec *line_at(struct world *w, uint64_t chat, uint32_t seq)
{
    bool found = false;

    buf_reset(&now);
    for (size_t i = 0; i < w->nlog; i++) {
        const struct logged *l = &w->log[i];
        struct buf changed = {0};
        struct rec rec;
        uint64_t pos;

        assert_int_equal(rec_decode(l->pos, (struct span){l->bytes, l->nbytes},
                                    (struct span){l->body, l->nbody}, &rec),
                         ERR_OK);
        if (rec.obj == chat && rec.seq == seq) {
            line = rec;
            found = true;
        }
        if (found && rec_rewrites(&rec, &pos, &changed) && pos == line.pos) {
            buf_reset(&now);
            buf_add_span(&now, buf_span(&changed));
            line.body = buf_span(&now);
        }
        buf_fini(&changed);
    }
    assert_true(found);
    return &line;
}

static struct world_answer edit(struct world *w, struct principal who, uint64_t chat, uint32_t seq,
                                const char *text)
{
    return world_do(w, &(struct cmd){.type = text != NULL ? CMD_LINE_EDIT : CMD_LINE_REMOVE,
                                     .who = who,
                                     .conv = chat,
                                     .edit = {line_at(w, chat, seq), span_of(text)}});
}

static struct world_answer note(struct world *w, uint64_t agent, uint64_t chat, const char *text)
{
    return world_do(w, &(struct cmd){.type = CMD_CONV_NOTE,
                                     .who = agent_(agent),
                                     .conv = chat,
                                     .line.text = span_of(text)});
}

/* The newest record, which must be a change. */
static struct rec newest(struct world *w)
{
    const struct logged *l = &w->log[w->nlog - 1];
    struct rec rec;

    assert_int_equal(rec_decode(l->pos, (struct span){l->bytes, l->nbytes},
                                (struct span){l->body, l->nbody}, &rec),
                     ERR_OK);
    assert_int_equal(rec.type, REC_CONV_EDITED);
    return rec;
}

static void assert_text(struct span body, enum body_tag tag, const char *text)
{
    assert_true(span_is(body_get(body, tag), text));
}

static void what_an_agent_said_is_changed_and_its_trace_is_kept(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct world_answer said, a;
    struct rec rec;

    world_accept(w, ann, chat);
    said = world_say(w, agent_(ann), chat, "Yes, on Monay");
    world_advance(w, 1000);
    a = edit(w, agent_(ann), chat, said.seq, "Yes, on Monday");
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(a.n, said.n + 1); /* a public line: who has the first has to hear of it */
    rec = newest(w);
    assert_int_equal(rec.edit.seq, said.seq);
    assert_int_equal(rec.edit.n, said.n);
    assert_false(rec.edit.removed);
    assert_text(rec.body, BODY_WAS, "Yes, on Monay");
    assert_string_equal(world_conv(w, chat)->last_text, "Yes, on Monday");
    assert_text(line_at(w, chat, said.seq)->body, BODY_TEXT, "Yes, on Monday");
    assert_text(line.body, BODY_SAID, "Yes, on Monay");
    assert_int_equal(body_time_ms(line.body, BODY_EDITED_MS), w->now_ms);

    /* Once more: what stood there before is the first change, what was said first is kept. */
    assert_int_equal(edit(w, agent_(ann), chat, said.seq, "Yes, on Tuesday").err, ERR_OK);
    rec = newest(w);
    assert_text(rec.body, BODY_WAS, "Yes, on Monday");
    assert_text(line_at(w, chat, said.seq)->body, BODY_SAID, "Yes, on Monay");
    assert_int_equal(world_conv(w, chat)->message_count, 1);
    assert_true(edit(w, agent_(ann), chat, said.seq, "Yes, on Tuesday").unchanged);
}

static void what_is_taken_back_says_nothing(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct world_answer first, second, a;

    world_accept(w, ann, chat);
    first = world_say(w, agent_(ann), chat, "My password is hunter2");
    second = world_say(w, agent_(ann), chat, "Sorry");
    assert_int_equal(edit(w, agent_(ann), chat, first.seq, NULL).err, ERR_OK);
    assert_true(newest(w).edit.removed);
    assert_string_equal(world_conv(w, chat)->last_text, "Sorry"); /* of a later line */
    assert_int_equal(body_get(line_at(w, chat, first.seq)->body, BODY_TEXT).len, 0);
    assert_text(line.body, BODY_SAID, "My password is hunter2");
    assert_true(edit(w, agent_(ann), chat, first.seq, NULL).unchanged);
    a = edit(w, agent_(ann), chat, first.seq, "again");
    assert_int_equal(a.err, ERR_CONFLICT);
    assert_int_equal(a.fault.refusal, REFUSE_LINE_REMOVED);
    assert_int_equal(edit(w, agent_(ann), chat, second.seq, NULL).err, ERR_OK);
    assert_string_equal(world_conv(w, chat)->last_text, "");
}

/* The words of the last line stay those of the line, wherever a start begins. */
static void a_start_finds_the_same_last_words(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct core *copy;
    struct world_answer said;
    struct rec rec;

    world_accept(w, ann, chat);
    copy = world_copy_by_images(w);
    said = world_say(w, agent_(ann), chat, "one");
    assert_int_equal(edit(w, agent_(ann), chat, said.seq, "two").err, ERR_OK);
    core_fold(copy, line_at(w, chat, said.seq)); /* as it stands in the store by now */
    assert_string_equal(core_conv(copy, chat)->last_text, "one");
    rec = newest(w);
    core_fold(copy, &rec);
    assert_string_equal(core_conv(copy, chat)->last_text, "two");
    assert_true(core_digest(copy) == core_digest(w->k));
    core_free(copy);
}

static void only_ones_own_words_can_be_changed(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), bob = world_agent(w, "bob", SALES);
    uint64_t help = world_dept(w, "Help", "public"), eve = world_agent(w, "eve", help);
    uint64_t chat = world_ring(w, SALES);
    struct world_answer mine, hers, a;

    world_accept(w, ann, chat);
    mine = world_say(w, visitor_(chat), chat, "hello");
    hers = world_say(w, agent_(ann), chat, "hello");
    a = edit(w, agent_(ann), chat, mine.seq, "x");
    assert_int_equal(a.err, ERR_DENIED);
    assert_int_equal(a.fault.refusal, REFUSE_LINE_OTHERS);
    assert_int_equal(edit(w, agent_(bob), chat, hers.seq, "x").fault.refusal, REFUSE_LINE_OTHERS);
    assert_int_equal(edit(w, agent_(bob), chat, hers.seq, NULL).fault.refusal, REFUSE_LINE_OTHERS);
    assert_int_equal(edit(w, agent_(eve), chat, hers.seq, "x").err, ERR_NOTFOUND);
    assert_int_equal(edit(w, operator_(), chat, hers.seq, "x").fault.refusal, REFUSE_FOR_AGENTS);
    assert_int_equal(edit(w, visitor_(chat), chat, mine.seq, "x").fault.refusal, REFUSE_FOR_AGENTS);
    a = edit(w, agent_(ann), chat, 1, "x"); /* the ring */
    assert_int_equal(a.err, ERR_INVAL);
    assert_int_equal(a.fault.refusal, REFUSE_LINE_FIXED);
    assert_int_equal(edit(w, agent_(ann), chat, hers.seq, "  ").fault.refusal, REFUSE_EMPTY);
    /* Who may not answer there any more changes no answer either. */
    world_set(w, OBJ_AGENT, ann, "role", "light", NULL);
    assert_int_equal(edit(w, agent_(ann), chat, hers.seq, "x").err, ERR_DENIED);
}

static void what_was_said_is_changed_for_a_while_and_taken_back_to_the_end(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct world_answer said, a;

    world_set(w, OBJ_DEPT, SALES, "idle_ms", "3600000", NULL);
    world_accept(w, ann, chat);
    said = world_say(w, agent_(ann), chat, "one");
    for (int i = 0; i < 15; i++) {
        world_advance(w, 60000);
        world_say(w, visitor_(chat), chat, "and?");
    }
    assert_int_equal(edit(w, agent_(ann), chat, said.seq, "two").err, ERR_OK);
    world_advance(w, 1);
    a = edit(w, agent_(ann), chat, said.seq, "three");
    assert_int_equal(a.err, ERR_LATE);
    assert_int_equal(a.fault.refusal, REFUSE_LINE_LATE);
    assert_int_equal(edit(w, agent_(ann), chat, said.seq, NULL).err, ERR_OK);
}

static void what_is_over_stays_as_it_was_said(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct world_answer said, noted;

    world_accept(w, ann, chat);
    said = world_say(w, agent_(ann), chat, "one");
    noted = note(w, ann, chat, "a dificult one");
    world_do(
        w, &(struct cmd){.type = CMD_CHAT_END, .who = agent_(ann), .conv = chat, .end.undo = true});
    assert_int_equal(edit(w, agent_(ann), chat, said.seq, "x").fault.refusal, REFUSE_ENDING_BY);
    world_advance(w, END_UNDO_MS);
    assert_state(w, chat, CONV_ENDED);
    assert_int_equal(edit(w, agent_(ann), chat, said.seq, "x").err, ERR_ENDED);
    assert_int_equal(edit(w, agent_(ann), chat, said.seq, NULL).err, ERR_ENDED);
    /* A note is for colleagues, and theirs to put right at any time. */
    assert_int_equal(edit(w, agent_(ann), chat, noted.seq, "a difficult one").err, ERR_OK);
    assert_int_equal(newest(w).n, 0);
    assert_string_equal(world_conv(w, chat)->last_text, "one");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_an_agent_said_is_changed_and_its_trace_is_kept),
        TEST(what_is_taken_back_says_nothing),
        TEST(a_start_finds_the_same_last_words),
        TEST(only_ones_own_words_can_be_changed),
        TEST(what_was_said_is_changed_for_a_while_and_taken_back_to_the_end),
        TEST(what_is_over_stays_as_it_was_said),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    buf_fini(&now);
    return failed;
}
