/* Mentions in notes: who can be mentioned, who has what, until when, and what is left of it. */
#include "core_world.h"

#include <string.h>

#include "deskbell/journal.h"
#include "deskbell/tlv.h"

struct shop {
    uint64_t ann, bob, cy, eve, chat; /* eve is in another department */
};

static struct shop shop_open(struct world *w)
{
    struct shop s = {.ann = world_agent(w, "ann", SALES)};

    s.chat = world_ring(w, SALES);
    world_accept(w, s.ann, s.chat);
    s.bob = world_agent(w, "bob", SALES);
    s.cy = world_agent(w, "cy", SALES);
    s.eve = world_agent(w, "eve", world_dept(w, "Help", "public"));
    return s;
}

static struct world_answer note_by(struct world *w, struct principal who, uint64_t chat,
                                   const uint64_t *mentions, size_t n)
{
    return world_do(
        w, &(struct cmd){
               .type = CMD_CONV_NOTE,
               .who = who,
               .conv = chat,
               .line = {.text = SPAN_LIT("@bob look"), .mentions = mentions, .nmentions = n}});
}

static struct world_answer note(struct world *w, const struct shop *s, const uint64_t *mentions,
                                size_t n)
{
    return note_by(w, agent_(s->ann), s->chat, mentions, n);
}

#define MENTIONS(...) (const uint64_t[]){__VA_ARGS__}, COUNT_OF(((const uint64_t[]){__VA_ARGS__}))

/* The newest note as it is now. */
static struct rec line;
static struct buf now;

static const struct rec *newest_note(struct world *w)
{
    buf_reset(&now);
    for (size_t i = 0; i < w->nlog; i++) {
        const struct logged *l = &w->log[i];
        struct buf changed = {0};
        uint64_t pos;
        struct rec rec;

        assert_int_equal(rec_decode(l->pos, (struct span){l->bytes, l->nbytes},
                                    (struct span){l->body, l->nbody}, &rec),
                         ERR_OK);
        if (rec.type == REC_CONV_NOTE) {
            line = rec;
        } else if (rec_rewrites(&rec, &pos, &changed) && pos == line.pos) {
            buf_reset(&now);
            buf_add_span(&now, buf_span(&changed));
            line.body = buf_span(&now);
        }
        buf_fini(&changed);
    }
    return &line;
}

static struct world_answer edit(struct world *w, const struct shop *s, const char *text, bool names,
                                const uint64_t *mentions, size_t n)
{
    return world_do(w, &(struct cmd){.type = text != NULL ? CMD_LINE_EDIT : CMD_LINE_REMOVE,
                                     .who = agent_(s->ann),
                                     .conv = s->chat,
                                     .edit = {.line = newest_note(w),
                                              .text = span_of(text),
                                              .mentions = mentions,
                                              .nmentions = n,
                                              .names = names}});
}

static struct world_answer see(struct world *w, uint64_t agent, const uint64_t *mentions, size_t n)
{
    return world_do(w, &(struct cmd){.type = CMD_MENTION_READ,
                                     .who = agent_(agent),
                                     .mention = {.mentions = mentions, .nmentions = n}});
}

static const struct mention *first_of(struct world *w, uint64_t agent)
{
    return core_next_mention_of(w->k, agent, NULL);
}

static void whoever_is_mentioned_has_it_until_he_has_read_it(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a = note(w, &s, MENTIONS(s.bob, s.cy));
    const struct mention *m, *older;
    uint64_t agents[MENTIONS_PER_LINE_MAX];

    assert_int_equal(a.err, ERR_OK);
    m = first_of(w, s.bob);
    assert_true(m->by == s.ann && m->conv == s.chat && m->seq == a.seq && !m->read);
    assert_int_equal(m->pos, newest_note(w)->pos);
    assert_int_equal(m->made_ms, w->now_ms);
    assert_int_equal(body_mentions(line.body, agents), 2);
    assert_true(agents[0] == s.bob && agents[1] == s.cy);
    world_advance(w, 1000);
    assert_int_equal(note(w, &s, MENTIONS(s.bob)).err, ERR_OK);
    older = core_next_mention_of(w->k, s.bob, first_of(w, s.bob));
    assert_true(older == m && core_next_mention_of(w->k, s.bob, older) == NULL);
    assert_int_equal(core_mention_count(w->k, s.bob, true), 2);
    assert_int_equal(see(w, s.bob, MENTIONS(m->id)).err, ERR_OK);
    assert_true(m->read && m->read_ms == w->now_ms);
    assert_int_equal(core_mention_count(w->k, s.bob, true), 1);
    assert_int_equal(core_mention_count(w->k, s.bob, false), 2);
    assert_int_equal(core_mention_count(w->k, s.cy, true), 1);
    assert_true(see(w, s.bob, MENTIONS(m->id)).unchanged);
    assert_int_equal(see(w, s.bob, MENTIONS(m->id, first_of(w, s.bob)->id)).err, ERR_OK);
    assert_int_equal(core_mention_count(w->k, s.bob, true), 0);
    assert_true(see(w, s.bob, NULL, 0).unchanged);
    world_assert_replays(w);
}

/* What is another's is not there, and neither is what one may not read any more. */
static void only_who_is_mentioned_and_may_read_it_can_say_that_he_has(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct world_answer a;
    struct reader r;
    uint64_t id;

    note(w, &s, MENTIONS(s.bob));
    id = first_of(w, s.bob)->id;
    a = see(w, s.cy, MENTIONS(id));
    assert_int_equal(a.err, ERR_NOTFOUND);
    assert_string_equal(a.fault.field, "mention");
    assert_int_equal(see(w, s.bob, MENTIONS(4711)).err, ERR_NOTFOUND);
    assert_int_equal(see(w, s.bob, MENTIONS(id, 4711)).err, ERR_NOTFOUND);
    assert_int_equal(world_do(w, &(struct cmd){.type = CMD_MENTION_READ,
                                               .who = operator_(),
                                               .mention = {.mentions = &id, .nmentions = 1}})
                         .err,
                     ERR_DENIED);
    assert_int_equal(world_do(w, &(struct cmd){.type = CMD_MEMBER_REMOVE,
                                               .who = operator_(),
                                               .member = {.agent = s.bob, .dept = SALES}})
                         .err,
                     ERR_OK);
    r = reader_of_agent(w->k, s.bob);
    assert_false(audience_mention(&r, core_mention(w->k, id), core_conv(w->k, s.chat)));
    a = see(w, s.bob, MENTIONS(id));
    assert_int_equal(a.err, ERR_NOTFOUND);
    assert_int_equal(a.fault.refusal, REFUSE_MENTION_UNKNOWN);
    assert_false(first_of(w, s.bob)->read);
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_MEMBER_SET,
                                  .who = operator_(),
                                  .member = {.agent = s.bob, .dept = SALES, .chat = true}})
            .err,
        ERR_OK);
    r = reader_of_agent(w->k, s.bob);
    assert_true(audience_mention(&r, core_mention(w->k, id), core_conv(w->k, s.chat)));
    assert_false(audience_mention(&r, core_mention(w->k, id), NULL));
    r = reader_of_agent(w->k, s.cy);
    assert_false(audience_mention(&r, core_mention(w->k, id), core_conv(w->k, s.chat)));
    assert_int_equal(see(w, s.bob, MENTIONS(id)).err, ERR_OK);
}

static void assert_refused(struct world_answer a, err_t err, enum refusal why)
{
    assert_int_equal(a.err, err);
    assert_int_equal(a.fault.refusal, why);
    assert_string_equal(a.fault.field, "mentions");
}

static void who_cannot_be_mentioned_is_refused_by_name(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t many[MENTIONS_PER_LINE_MAX + 1];
    struct cmd say = {.type = CMD_CHAT_SEND,
                      .who = agent_(s.ann),
                      .conv = s.chat,
                      .line = {.text = SPAN_LIT("hello"), .mentions = &s.bob, .nmentions = 1}};

    for (size_t i = 0; i < COUNT_OF(many); i++) {
        char name[8];

        snprintf(name, sizeof(name), "a%zu", i);
        many[i] = world_agent_idle(w, name, SALES);
    }
    assert_refused(note(w, &s, MENTIONS(4711)), ERR_NOTFOUND, REFUSE_AGENT_UNKNOWN);
    assert_refused(note(w, &s, MENTIONS(s.bob, s.eve)), ERR_CONFLICT, REFUSE_AGENT_NO_SIGHT);
    assert_refused(note(w, &s, MENTIONS(s.bob, s.bob)), ERR_INVAL, REFUSE_TWICE);
    assert_refused(note(w, &s, MENTIONS(s.ann)), ERR_INVAL, REFUSE_MENTION_ONESELF);
    assert_refused(note(w, &s, many, COUNT_OF(many)), ERR_INVAL, REFUSE_MENTIONS_MANY);
    assert_refused(world_do(w, &say), ERR_INVAL, REFUSE_MENTION_LINE);
    world_set(w, OBJ_AGENT, s.bob, "enabled", "no", NULL);
    assert_refused(note(w, &s, MENTIONS(s.bob)), ERR_CONFLICT, REFUSE_AGENT_DISABLED);
    assert_int_equal(world_count(w, REC_CONV_NOTE), 0);
    assert_int_equal(world_count(w, REC_MENTION_ADDED), 0);
    assert_int_equal(note(w, &s, many, MENTIONS_PER_LINE_MAX).err, ERR_OK);
    assert_int_equal(world_count(w, REC_MENTION_ADDED), MENTIONS_PER_LINE_MAX);
    assert_int_equal(note_by(w, operator_(), s.chat, MENTIONS(s.ann)).err, ERR_OK);
    assert_int_equal(first_of(w, s.ann)->by, 0);
    world_assert_replays(w);
}

static void a_change_of_the_note_tells_who_is_new_and_forgets_who_is_not_there(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t agents[MENTIONS_PER_LINE_MAX], id;

    note(w, &s, MENTIONS(s.bob));
    id = first_of(w, s.bob)->id;
    see(w, s.bob, MENTIONS(id));
    assert_int_equal(edit(w, &s, "@bob @cy look", true, MENTIONS(s.bob, s.cy)).err, ERR_OK);
    assert_true(first_of(w, s.bob)->id == id && first_of(w, s.bob)->read); /* he knows */
    assert_false(first_of(w, s.cy)->read);
    assert_int_equal(first_of(w, s.cy)->seq, line.seq);
    /* Who is not spoken of stays, also where he could not be mentioned now. */
    world_set(w, OBJ_AGENT, s.cy, "enabled", "no", NULL);
    assert_int_equal(edit(w, &s, "look, all of you", false, NULL, 0).err, ERR_OK);
    assert_int_equal(body_mentions(newest_note(w)->body, agents), 2);
    assert_int_equal(world_count(w, REC_MENTION_REMOVED), 0);
    assert_int_equal(edit(w, &s, "look, both", true, MENTIONS(s.bob, s.cy)).err, ERR_OK);
    assert_true(edit(w, &s, "look, both", true, MENTIONS(s.bob, s.cy)).unchanged);
    assert_refused(edit(w, &s, "x", true, MENTIONS(s.bob, s.eve)), ERR_CONFLICT,
                   REFUSE_AGENT_NO_SIGHT);
    /* The names alone are a change, too. */
    assert_false(edit(w, &s, "look, both", true, MENTIONS(s.cy)).unchanged);
    assert_null(first_of(w, s.bob));
    assert_non_null(first_of(w, s.cy));
    assert_int_equal(edit(w, &s, NULL, false, NULL, 0).err, ERR_OK);
    assert_null(first_of(w, s.cy));
    assert_int_equal(body_mentions(newest_note(w)->body, agents), 0);
    world_assert_replays(w);
}

static void a_line_to_the_visitor_gets_no_mentions_by_a_change(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct rec said = {.type = REC_CONV_MESSAGE, .who = agent_(s.ann), .obj = s.chat};
    struct buf body = {0};
    struct world_answer a = world_say(w, agent_(s.ann), s.chat, "hello");

    tlv_put_span(&body, BODY_TEXT, SPAN_LIT("hello"));
    said.body = buf_span(&body);
    said.seq = a.seq;
    said.n = a.n;
    said.time_ms = w->now_ms;
    said.pos = world_conv(w, s.chat)->last_pos;
    assert_refused(world_do(w, &(struct cmd){.type = CMD_LINE_EDIT,
                                             .who = agent_(s.ann),
                                             .conv = s.chat,
                                             .edit = {.line = &said,
                                                      .text = SPAN_LIT("hello @bob"),
                                                      .mentions = &s.bob,
                                                      .nmentions = 1,
                                                      .names = true}}),
                   ERR_INVAL, REFUSE_MENTION_LINE);
    buf_fini(&body);
}

/* The oldest that was read goes first, and the oldest only where none was. */
static void more_than_are_kept_make_room(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t first, second;

    note(w, &s, MENTIONS(s.bob));
    first = first_of(w, s.bob)->id;
    note(w, &s, MENTIONS(s.bob));
    second = first_of(w, s.bob)->id;
    for (unsigned i = 2; i < MENTIONS_PER_AGENT_MAX; i++)
        assert_int_equal(note(w, &s, MENTIONS(s.bob)).err, ERR_OK);
    assert_int_equal(core_mention_count(w->k, s.bob, false), MENTIONS_PER_AGENT_MAX);
    assert_int_equal(world_count(w, REC_MENTION_REMOVED), 0);
    see(w, s.bob, MENTIONS(second));
    note(w, &s, MENTIONS(s.bob));
    assert_null(core_mention(w->k, second));
    assert_non_null(core_mention(w->k, first));
    note(w, &s, MENTIONS(s.bob));
    assert_null(core_mention(w->k, first));
    assert_int_equal(core_mention_count(w->k, s.bob, true), MENTIONS_PER_AGENT_MAX);
    world_assert_replays(w);
}

static void those_of_an_agent_go_with_him_and_his_own_words_stay(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    note(w, &s, MENTIONS(s.bob, s.cy));
    note_by(w, agent_(s.bob), s.chat, MENTIONS(s.cy));
    assert_int_equal(world_do(w, &(struct cmd){.type = CMD_AGENT_REMOVE,
                                               .who = operator_(),
                                               .agent_end = {.agent = s.bob}})
                         .err,
                     ERR_OK);
    assert_int_equal(core_mention_count(w->k, s.bob, false), 0);
    assert_int_equal(core_mention_count(w->k, s.cy, false), 2);
    assert_int_equal(first_of(w, s.cy)->by, s.bob);
    world_assert_replays(w);
}

/* By mail where it is not read for long and no console of his is open, or always, or never. */
static void what_is_not_read_for_long_goes_by_mail_as_its_agent_wants(void **state)
{
    static const struct {
        const char *wants;
        bool connected, due, mail;
    } rows[] = {{"away", true, true, false},
                {"away", false, true, true},
                {"always", true, true, true},
                {"no", false, false, false}};
    struct world *w = *state;
    struct shop s = shop_open(w);
    size_t due = 0;

    world_set(w, OBJ_AGENT, s.bob, "alerts.mentions_ms", "5s", NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        print_message("  row %zu\n", i);
        if (rows[i].connected)
            world_connect(w, s.bob);
        else
            world_leave(w, s.bob);
        world_set_agent(w, s.bob, "alerts.mentions", rows[i].wants);
        assert_int_equal(note(w, &s, MENTIONS(s.bob)).err, ERR_OK);
        world_advance(w, 4999);
        assert_int_equal(world_count(w, REC_MENTION_DUE), due);
        world_advance(w, 1);
        due += rows[i].due;
        assert_int_equal(world_count(w, REC_MENTION_DUE), due);
        assert_int_equal(world_mails(w, MAIL_MENTION), rows[i].mail);
        world_advance(w, 60000); /* once */
        assert_int_equal(world_count(w, REC_MENTION_DUE), due);
    }
    world_assert_replays(w);
}

static void what_was_read_or_is_gone_is_told_by_no_mail(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct rec due = {0};
    uint64_t id;

    world_set_agent(w, s.bob, "alerts.mentions", "always");
    world_set(w, OBJ_AGENT, s.bob, "alerts.mentions_ms", "5s", NULL);
    note(w, &s, MENTIONS(s.bob));
    id = first_of(w, s.bob)->id;
    see(w, s.bob, MENTIONS(id));
    note(w, &s, MENTIONS(s.bob));
    edit(w, &s, "nobody", true, NULL, 0);
    world_advance(w, 60000);
    assert_int_equal(world_count(w, REC_MENTION_DUE), 0);
    /* Where an open conversation is by then stands in the record. */
    world_say(w, visitor_(s.chat), s.chat, "hello");
    note(w, &s, MENTIONS(s.bob));
    world_advance(w, 5000);
    assert_int_equal(world_count(w, REC_MENTION_DUE), 1);
    for (size_t i = 0; i < w->nlog; i++) {
        const struct logged *l = &w->log[i];

        if (l->type == REC_MENTION_DUE)
            assert_int_equal(rec_decode(l->pos, (struct span){l->bytes, l->nbytes},
                                        (struct span){l->body, l->nbody}, &due),
                             ERR_OK);
    }
    assert_true(due.mention.dept == SALES && due.mention.entry == SALES);
    assert_true(due.mention.holder == s.ann && due.mention.at == world_conv(w, s.chat)->last_pos);
    world_assert_replays(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
        T(whoever_is_mentioned_has_it_until_he_has_read_it),
        T(only_who_is_mentioned_and_may_read_it_can_say_that_he_has),
        T(who_cannot_be_mentioned_is_refused_by_name),
        T(a_change_of_the_note_tells_who_is_new_and_forgets_who_is_not_there),
        T(a_line_to_the_visitor_gets_no_mentions_by_a_change),
        T(more_than_are_kept_make_room),
        T(those_of_an_agent_go_with_him_and_his_own_words_stay),
        T(what_is_not_read_for_long_goes_by_mail_as_its_agent_wants),
        T(what_was_read_or_is_gone_is_told_by_no_mail),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    buf_fini(&now);
    return failed;
}
