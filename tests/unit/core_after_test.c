/* After a conversation: ratings, copies, answers by e-mail, forwarding. */
#include "core_world.h"

static uint64_t active_chat(struct world *w, uint64_t *ann)
{
    uint64_t chat;

    *ann = world_agent(w, "ann", SALES);
    chat = world_ring(w, SALES);
    assert_int_equal(world_accept(w, *ann, chat).err, ERR_OK);
    return chat;
}

static void feedback_table(void **state)
{
    static const struct {
        const char *what, *comment;
        int64_t rating;
        err_t err;
        const char *field;
        int64_t later_ms;
    } rows[] = {
        {"six stars", "", 6, ERR_INVAL, "rating", 0},
        {"less than none", "", -1, ERR_INVAL, "rating", 0},
        {"nothing at all", " ", 0, ERR_INVAL, "rating", 0},
        {"one star by mistake", "", 1, ERR_OK, NULL, 3600000},
        {"four stars", "", 4, ERR_OK, NULL, FEEDBACK_CHANGE_MS - 1},
        {"the same, unchanged", "", 4, ERR_OK, NULL, 0},
        {"another rating, too late", "", 5, ERR_EXISTS, "rating", 1},
        {"a comment later", "kind", 0, ERR_OK, NULL, 3600000},
        {"another comment", "not so kind", 0, ERR_EXISTS, "comment", 0},
    };
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);
    struct cmd cmd = {
        .type = CMD_CHAT_FEEDBACK, .who = visitor_(chat), .conv = chat, .feedback.rating = 5};

    assert_int_equal(world_do(w, &cmd).err, ERR_CONFLICT); /* not before the end */
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_answer a;
        int64_t was;

        print_message("  %s\n", rows[i].what);
        cmd.feedback.rating = rows[i].rating;
        cmd.feedback.comment = span_of(rows[i].comment);
        world_advance(w, rows[i].later_ms);
        was = world_conv(w, chat)->rating;
        a = world_do(w, &cmd);
        assert_int_equal(a.err, rows[i].err);
        if (a.err == ERR_OK)
            assert_int_equal(world_mails(w, MAIL_FEEDBACK),
                             was != rows[i].rating || rows[i].comment[0] != '\0');
        else
            assert_string_equal(a.fault.field, rows[i].field);
    }
    assert_int_equal(world_conv(w, chat)->rating, 4);
    assert_true(world_conv(w, chat)->commented);
    cmd.who = agent_(ann);
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
}

static void feedback_is_changed_so_often_and_no_more(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann);
    struct cmd cmd = {.type = CMD_CHAT_FEEDBACK,
                      .who = visitor_(chat),
                      .conv = chat,
                      .feedback.rating = 1,
                      .feedback.comment = SPAN_LIT("again")};

    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    for (int i = 0; i < FEEDBACK_MAX; i++)
        assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(world_do(w, &cmd).err, ERR_EXISTS);
}

static void missed_chat_has_no_feedback(void **state)
{
    struct world *w = *state;
    uint64_t chat;
    struct cmd cmd = {.type = CMD_CHAT_FEEDBACK, .feedback.rating = 5};

    world_agent(w, "ann", SALES);
    cmd.conv = chat = world_ring(w, SALES);
    cmd.who = visitor_(chat);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_int_equal(world_do(w, &cmd).err, ERR_CONFLICT);
}

static struct world_answer mail_answer(struct world *w, uint64_t agent, uint64_t chat,
                                       const char *text)
{
    struct cmd cmd = {
        .type = CMD_CONV_MAIL, .who = agent_(agent), .conv = chat, .line.text = span_of(text)};

    return world_do(w, &cmd);
}

/* A chat from a form that asked for no address, or had this one, that an agent has answered. */
static uint64_t answered_chat(struct world *w, const char *email)
{
    struct cmd ring = {.type = CMD_CHAT_START,
                       .who = visitor_(0),
                       .ring = {.dept = SALES, .email = span_of(email)}};
    uint64_t ann = world_agent(w, "ann", SALES), chat;

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "fields.email", "ask", NULL), ERR_OK);
    chat = world_do(w, &ring).id;
    assert_int_equal(world_accept(w, ann, chat).err, ERR_OK);
    assert_int_equal(world_say(w, agent_(ann), chat, "Yes?").err, ERR_OK);
    return chat;
}

static void copy_is_ordered_once_after_the_end_to_the_address_given(void **state)
{
    struct world *w = *state;
    uint64_t chat = answered_chat(w, "");
    struct cmd cmd = {.type = CMD_CHAT_COPY,
                      .who = visitor_(chat),
                      .conv = chat,
                      .copy.to = SPAN_LIT("hanako@example.com")};
    char to[40] = "";

    assert_int_equal(world_do(w, &cmd).err, ERR_CONFLICT);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    cmd.copy.to = SPAN_LIT("not an address");
    assert_int_equal(world_do(w, &cmd).err, ERR_INVAL);
    cmd.copy.to = SPAN_NONE;
    assert_int_equal(world_do(w, &cmd).err, ERR_INVAL);
    assert_string_equal(w->out.fault.field, "");
    cmd.copy.to = SPAN_LIT("hanako@example.com");
    w->nmails = 0;
    assert_int_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), ERR_OK);
    assert_int_equal(w->out.nmails, 1);
    assert_int_equal(w->out.mails[0].kind, MAIL_COPY);
    memcpy(to, w->out.mails[0].to.p, w->out.mails[0].to.len);
    assert_string_equal(to, "hanako@example.com");
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(world_do(w, &cmd).err, ERR_EXISTS);
    cmd.copy.to = SPAN_LIT("another@example.com");
    assert_int_equal(world_do(w, &cmd).err, ERR_EXISTS);
}

static void copy_goes_to_no_other_address_than_the_form_had(void **state)
{
    static const struct {
        const char *to;
        err_t err;
    } rows[] = {
        {"stranger@example.net", ERR_DENIED}, {"hanako@example.com.example.net", ERR_DENIED},
        {"HANAKO@example.com", ERR_OK}, /* written otherwise, it is the same */
        {"hanako@example.com", ERR_OK},       {"", ERR_OK},
    };
    struct world *w = *state;
    uint64_t chat = answered_chat(w, "hanako@example.com");
    struct cmd cmd = {.type = CMD_CHAT_COPY, .who = visitor_(chat), .conv = chat};

    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cmd.copy.to = span_of(rows[i].to);
        assert_int_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), rows[i].err);
        if (rows[i].err == ERR_OK)
            assert_true(span_is(w->out.mails[0].to, "hanako@example.com"));
        else
            assert_string_equal(w->out.fault.field, "email");
    }
}

/* Otherwise anybody could have his words sent to anybody, in the company's name. */
static void copy_of_what_no_agent_answered_goes_to_nobody(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann), missed, by_mail;
    struct cmd cmd = {.type = CMD_CHAT_COPY, .copy.to = SPAN_LIT("v@example.com")};
    struct cmd ring = {
        .type = CMD_CHAT_LEAVE_MESSAGE,
        .who = visitor_(0),
        .ring = {.dept = SALES, .email = SPAN_LIT("v@example.com"), .text = SPAN_LIT("Buy!")}};

    /* Accepted, greeted by the gateway, talked at: not answered. */
    world_say(w, visitor_(chat), chat, "Buy!");
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    cmd.who = visitor_(cmd.conv = chat);
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
    assert_string_equal(w->out.fault.field, "");
    missed = world_ring(w, SALES);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(missed), missed);
    cmd.who = visitor_(cmd.conv = missed);
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
    cmd.conv = by_mail = world_do(w, &ring).id;
    cmd.who = visitor_(by_mail);
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "desk@example.com", NULL), ERR_OK);
    assert_int_equal(mail_answer(w, ann, by_mail, "Here you are.").err, ERR_OK);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

static void answer_by_mail_needs_an_end_an_address_and_a_sender(void **state)
{
    struct world *w = *state;
    uint64_t ann, bob = world_agent(w, "bob", 0), chat = active_chat(w, &ann);
    struct cmd cmd = {.type = CMD_CONV_MAIL, .who = visitor_(chat), .conv = chat};
    struct fault f = {0};
    struct principal who = agent_(ann);

    assert_int_equal(mail_answer(w, ann, chat, "x").err, ERR_CONFLICT);
    assert_int_equal(core_may_mail(w->k, &who, world_conv(w, chat), &f), ERR_CONFLICT);
    assert_string_equal(f.field, "state");
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_int_equal(mail_answer(w, ann, chat, "x").err, ERR_CONFLICT);
    assert_int_equal(core_may_mail(w->k, &who, world_conv(w, chat), &f), ERR_CONFLICT);
    assert_string_equal(f.field, "from");
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "mail.from.addresses", "s@example.com", NULL),
                     ERR_OK);
    assert_int_equal(core_may_mail(w->k, &who, world_conv(w, chat), &f), ERR_CONFLICT);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "mail.from.on", "on", NULL), ERR_OK);
    assert_int_equal(core_may_mail(w->k, &who, world_conv(w, chat), &f), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "mail.from.on", "off", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "portal@example.com", NULL), ERR_OK);
    assert_int_equal(world_do(w, &cmd).err, ERR_DENIED); /* a visitor does not write to itself */
    assert_int_equal(mail_answer(w, bob, chat, "x").err, ERR_NOTFOUND);
    assert_int_equal(mail_answer(w, ann, chat, " ").err, ERR_INVAL);
    assert_int_equal(mail_answer(w, ann, chat, "a\x01").err, ERR_INVAL);
    assert_int_equal(mail_answer(w, ann, chat, "It is on its way.").err, ERR_OK);
}

static void answer_by_mail_is_an_order_to_the_visitor_and_no_public_line(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);
    struct cmd cmd = {.type = CMD_CONV_MAIL,
                      .who = agent_(ann),
                      .conv = chat,
                      .line.text = SPAN_LIT("Yes, it is.")};
    const struct mail_order *m;
    uint32_t n;

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "portal@example.com", NULL), ERR_OK);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_int_equal(world_conv(w, chat)->state, CONV_MISSED);
    assert_true(world_conv(w, chat)->visitor_last);
    n = world_conv(w, chat)->n;
    assert_int_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), ERR_OK);
    assert_int_equal(w->out.nrecs, 2);
    assert_int_equal(w->out.recs[0].type, REC_CONV_MAILED);
    assert_int_equal(w->out.recs[1].type, REC_CONV_BOXED);
    assert_true(span_is(body_get(w->out.recs[0].body, BODY_TEXT), "Yes, it is."));
    assert_true(span_is(body_get(w->out.recs[0].body, BODY_EMAIL), "hanako@example.com"));
    assert_int_equal(w->out.nmails, 1);
    m = &w->out.mails[0];
    assert_int_equal(m->kind, MAIL_REPLY);
    assert_true(span_is(m->to, "hanako@example.com") && m->entry == SALES);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_int_equal(world_conv(w, chat)->n, n);
    assert_false(world_conv(w, chat)->visitor_last);
    for (unsigned i = 1; i < CONV_MAILED_MAX; i++)
        assert_int_equal(mail_answer(w, ann, chat, "again").err, ERR_OK);
    assert_int_equal(mail_answer(w, ann, chat, "again").err, ERR_FULL);
}

static void forwarding_takes_lines_that_there_are_to_one_address(void **state)
{
    static uint64_t many[FORWARD_LINES_MAX + 1];
    static const struct {
        const char *to;
        uint64_t lines[2];
        size_t n;
        err_t err;
        const char *field;
    } rows[] = {
        {"x@example.com", {1, 2}, 2, ERR_OK, ""},
        {"x@example.com", {2}, 1, ERR_OK, ""},
        {"x@example.com", {0}, 0, ERR_INVAL, "lines"},
        {"x@example.com", {0}, 1, ERR_INVAL, "lines"},
        {"x@example.com", {9999}, 1, ERR_INVAL, "lines"},
        {"x@example.com", {2, 2}, 2, ERR_INVAL, "lines"},
        {"x@example.com, y@example.com", {1}, 1, ERR_INVAL, "to"},
        {"", {1}, 1, ERR_INVAL, "to"},
    };
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann), bob = world_agent(w, "bob", 0), seqs[200];
    struct cmd cmd = {
        .type = CMD_CONV_FORWARD,
        .who = agent_(ann),
        .conv = chat,
        .forward = {.to = SPAN_LIT("x@example.com"), .lines = rows[0].lines, .nlines = 1}};
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_CONFLICT);
    assert_string_equal(a.fault.field, "from");
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "portal@example.com", NULL), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cmd.forward.to = span_of(rows[i].to);
        cmd.forward.lines = rows[i].lines;
        cmd.forward.nlines = rows[i].n;
        a = world_do(w, &cmd);
        print_message("%zu: %s\n", i, a.fault.what);
        assert_int_equal(a.err, rows[i].err);
        assert_string_equal(a.fault.field, rows[i].field);
    }
    cmd.forward.lines = many;
    cmd.forward.nlines = COUNT_OF(many);
    cmd.forward.to = SPAN_LIT("x@example.com");
    assert_int_equal(world_do(w, &cmd).err, ERR_INVAL);
    cmd.forward.lines = rows[0].lines;
    cmd.forward.nlines = 2;
    cmd.who = agent_(bob);
    assert_int_equal(world_do(w, &cmd).err, ERR_NOTFOUND);
    cmd.who = agent_(ann);
    cmd.forward.text = SPAN_LIT("look");
    assert_int_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), ERR_OK);
    assert_int_equal(w->out.nmails, 1);
    assert_int_equal(w->out.mails[0].kind, MAIL_FORWARD);
    assert_true(span_is(w->out.mails[0].to, "x@example.com"));
    assert_int_equal(rec_lines(&w->out.recs[0], seqs), 2);
    assert_true(seqs[0] == 1 && seqs[1] == 2);
}

/* What goes to the visitor is in the visitor's language, what goes anywhere else in the house's. */
static void each_mail_speaks_the_language_of_its_reader(void **state)
{
    static const uint64_t line[] = {1};
    struct world *w = *state;
    struct cmd ring = {.type = CMD_CHAT_START,
                       .who = visitor_(0),
                       .ring = {.dept = SALES,
                                .email = SPAN_LIT("hanako@example.com"),
                                .question = SPAN_LIT("Is it in stock?"),
                                .lang = LANG_EN}};
    struct cmd forward = {.type = CMD_CONV_FORWARD,
                          .forward = {.to = SPAN_LIT("x@example.com"), .lines = line, .nlines = 1}};
    struct cmd copy = {.type = CMD_CHAT_COPY, .copy.to = SPAN_LIT("hanako@example.com")};
    uint64_t ann = world_agent(w, "ann", SALES), chat;

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "desk@example.com", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "lang", "ja", NULL), ERR_OK);
    chat = forward.conv = copy.conv = world_do(w, &ring).id;
    forward.who = agent_(ann);
    copy.who = visitor_(chat);
    assert_int_equal(world_accept(w, ann, chat).err, ERR_OK);
    world_say(w, agent_(ann), chat, "It is.");
    assert_int_equal(world_do(w, &forward).err, ERR_OK);
    assert_int_equal(w->mails[0].kind, MAIL_FORWARD);
    assert_int_equal(w->mails[0].lang, LANG_JA);
    world_conv_cmd(w, CMD_CHAT_END, visitor_(chat), chat);
    assert_int_equal(w->mails[0].kind, MAIL_TRANSCRIPT);
    assert_int_equal(w->mails[0].lang, LANG_JA);
    assert_int_equal(world_do(w, &copy).err, ERR_OK);
    assert_int_equal(w->mails[0].kind, MAIL_COPY);
    assert_int_equal(w->mails[0].lang, LANG_EN);
    assert_int_equal(mail_answer(w, ann, chat, "again").err, ERR_OK);
    assert_int_equal(w->mails[0].kind, MAIL_REPLY);
    assert_int_equal(w->mails[0].lang, LANG_EN);
}

static void a_mail_is_readdressed_by_who_may_see_the_outbox_and_says_the_same(void **state)
{
    struct world *w = *state;
    uint64_t ann, chat = active_chat(w, &ann), bob = world_agent(w, "bob", 0);
    struct mail_order old = {.kind = MAIL_TRANSCRIPT,
                             .dept = SALES,
                             .entry = SALES,
                             .conv = chat,
                             .cause = 1234,
                             .lang = LANG_JA,
                             .replaces = 99,
                             .instead = SPAN_LIT("old@example.com")};
    struct cmd cmd = {.type = CMD_MAIL_READDRESS,
                      .who = operator_(),
                      .conv = chat,
                      .readdress = {.to = SPAN_LIT("new@example.com"), .order = &old}};
    const struct mail_order *m;

    assert_int_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), ERR_OK);
    assert_int_equal(w->out.nrecs, 1);
    assert_int_equal(w->out.recs[0].type, REC_CONV_READDRESSED);
    assert_int_equal(w->out.recs[0].readdress.mail, 99);
    assert_true(span_is(body_get(w->out.recs[0].body, BODY_EMAIL), "new@example.com"));
    assert_true(span_is(body_get(w->out.recs[0].body, BODY_INSTEAD), "old@example.com"));
    assert_int_equal(w->out.nmails, 1);
    m = &w->out.mails[0];
    assert_true(m->kind == MAIL_TRANSCRIPT && m->lang == LANG_JA && m->cause == 0);
    assert_true(m->story == 1234 && m->replaces == 99 && span_is(m->to, "new@example.com"));
    assert_true(span_is(m->instead, "old@example.com"));

    old.story = 1000; /* it had been readdressed itself */
    assert_int_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), ERR_OK);
    assert_int_equal(w->out.mails[0].story, 1000);

    cmd.readdress.to = SPAN_LIT("new@");
    assert_int_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), ERR_INVAL);
    assert_string_equal(w->out.fault.field, "to");
    cmd.readdress.to = SPAN_LIT("new@example.com");
    cmd.who = agent_(bob);
    assert_int_not_equal(core_decide(w->k, &cmd, w->now_ms, &w->out), ERR_OK);
}
#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(feedback_table),
        T(feedback_is_changed_so_often_and_no_more),
        T(missed_chat_has_no_feedback),
        T(copy_is_ordered_once_after_the_end_to_the_address_given),
        T(copy_goes_to_no_other_address_than_the_form_had),
        T(copy_of_what_no_agent_answered_goes_to_nobody),
        T(answer_by_mail_needs_an_end_an_address_and_a_sender),
        T(answer_by_mail_is_an_order_to_the_visitor_and_no_public_line),
        T(forwarding_takes_lines_that_there_are_to_one_address),
        T(each_mail_speaks_the_language_of_its_reader),
        T(a_mail_is_readdressed_by_who_may_see_the_outbox_and_says_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
