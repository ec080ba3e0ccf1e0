/* Canned replies: who keeps and uses which, what is refused, and what goes with whom. */
#include "core_world.h"

#include "../../src/core/core_int.h"

static struct world_answer add(struct world *w, struct principal who, uint64_t agent, uint64_t dept,
                               const char *shortcut)
{
    return world_do(w, &(struct cmd){.type = CMD_CANNED_ADD,
                                     .who = who,
                                     .canned = {.agent = agent,
                                                .dept = dept,
                                                .title = SPAN_LIT("Refund"),
                                                .shortcut = span_of(shortcut),
                                                .text = SPAN_LIT("It is on its way."),
                                                .lang = LANG_ANY}});
}

static struct cmd set_of(struct principal who, uint64_t id, uint32_t version, const char *text)
{
    return (struct cmd){.type = CMD_CANNED_SET,
                        .who = who,
                        .canned = {.canned = id,
                                   .version = version,
                                   .title = SPAN_LIT("Refund"),
                                   .text = span_of(text),
                                   .lang = LANG_ANY}};
}

enum { NONE, USE, EDIT };

/* Whose they are, seen by whom. */
static void rights_follow_the_owner(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public");
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    uint64_t eve = world_agent_idle(w, "eve", help), lea = world_agent_idle(w, "lea", SALES);
    uint64_t root = world_agent_idle(w, "root", 0), off = world_agent_idle(w, "off", SALES);
    const struct {
        struct principal who;
        int ann, bob, sales, help, portal;
    } rows[] = {
        {operator_(), EDIT, EDIT, EDIT, EDIT, EDIT}, {agent_(root), NONE, NONE, EDIT, EDIT, EDIT},
        {agent_(ann), EDIT, NONE, EDIT, NONE, USE},  {agent_(bob), NONE, EDIT, USE, NONE, USE},
        {agent_(eve), NONE, NONE, NONE, USE, USE},   {agent_(lea), NONE, NONE, USE, NONE, USE},
        {agent_(off), NONE, NONE, NONE, NONE, NONE}, {visitor_(7), NONE, NONE, NONE, NONE, NONE},
    };

    world_set_agent(w, ann, "permissions", "canned");
    world_set_agent(w, lea, "permissions", "canned");
    world_set_agent(w, lea, "role", "light");
    world_set_agent(w, root, "role", "admin");
    world_set_agent(w, off, "enabled", "off");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const uint64_t owners[][2] = {{ann, 0}, {bob, 0}, {0, SALES}, {0, help}, {0, 0}};
        const int want[] = {rows[i].ann, rows[i].bob, rows[i].sales, rows[i].help, rows[i].portal};
        struct reader r = reader_of(w->k, &rows[i].who);

        for (size_t o = 0; o < COUNT_OF(owners); o++) {
            unsigned rights = audience_canned(&r, owners[o][0], owners[o][1]);
            struct world_answer a;

            print_message("  row %zu, owner %zu\n", i, o);
            assert_int_equal((rights & BIT(CANNED_USE)) != 0, want[o] != NONE);
            assert_int_equal((rights & BIT(CANNED_EDIT)) != 0, want[o] == EDIT);
            a = add(w, rows[i].who, owners[o][0], owners[o][1], "");
            assert_int_equal(a.err == ERR_OK, want[o] == EDIT);
        }
    }
}

/* Whether another agent or department is there at all is told to nobody who may not know. */
static void what_is_not_ones_own_is_refused_like_what_is_not_there(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "private");
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    struct world_answer real, none;

    real = add(w, agent_(ann), bob, 0, "");
    none = add(w, agent_(ann), 4711, 0, "");
    assert_int_equal(real.err, ERR_DENIED);
    assert_int_equal(none.err, real.err);
    assert_int_equal(none.fault.refusal, real.fault.refusal);
    real = add(w, agent_(ann), 0, help, "");
    none = add(w, agent_(ann), 0, 4711, "");
    assert_int_equal(real.err, ERR_NOTFOUND);
    assert_int_equal(none.err, real.err);
    assert_int_equal(none.fault.refusal, real.fault.refusal);
    assert_int_equal(add(w, agent_(ann), 0, 0, "").fault.refusal, REFUSE_FOR_ADMINS);
    assert_int_equal(add(w, agent_(ann), 0, SALES, "").fault.refusal, REFUSE_NO_PERMISSION);
    assert_int_equal(add(w, operator_(), 4711, 0, "").fault.refusal, REFUSE_AGENT_UNKNOWN);

    uint64_t own = add(w, agent_(bob), bob, 0, "").id;
    struct cmd cmd = set_of(agent_(ann), own, 0, "mine");

    real = world_do(w, &cmd);
    cmd.canned.canned = 4711;
    none = world_do(w, &cmd);
    assert_int_equal(real.fault.refusal, REFUSE_CANNED_UNKNOWN);
    assert_int_equal(none.fault.refusal, REFUSE_CANNED_UNKNOWN);
    assert_int_equal(none.err, real.err);
}

static void the_second_of_two_edits_is_told_who_was_first(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), id;
    struct cmd first, second;
    struct world_answer a;

    world_set_agent(w, ann, "permissions", "canned");
    id = add(w, operator_(), 0, SALES, "").id;
    assert_int_equal(core_canned(w->k, id)->version, 1);
    first = set_of(agent_(ann), id, 1, "first");
    second = set_of(operator_(), id, 1, "second");
    assert_int_equal(world_do(w, &first).err, ERR_OK);
    a = world_do(w, &second);
    assert_int_equal(a.err, ERR_CONFLICT);
    assert_int_equal(a.fault.refusal, REFUSE_STALE);
    assert_string_equal(a.fault.what, "ann has changed it meanwhile: it is version 2 now");
    assert_string_equal(core_canned(w->k, id)->text, "first");
    assert_int_equal(core_canned(w->k, id)->by, ann);
    second.type = CMD_CANNED_REMOVE;
    assert_int_equal(world_do(w, &second).fault.refusal, REFUSE_STALE);
    second.type = CMD_CANNED_SET;
    second.canned.version = 2;
    assert_int_equal(world_do(w, &second).err, ERR_OK);
    second.canned.version = 0;
    second.canned.text = SPAN_LIT("whatever it is");
    assert_int_equal(world_do(w, &second).err, ERR_OK);
    assert_int_equal(core_canned(w->k, id)->version, 4);
    assert_int_equal(core_canned(w->k, id)->by, 0);
    world_assert_replays(w);
}

static void each_field_is_refused_by_name(void **state)
{
    static char title[CANNED_TITLE_MAX_CODEPOINTS + 2], shortcut[SHORTCUT_MAX_CODEPOINTS + 2],
        text[TEXT_MAX_CODEPOINTS + 2];
    static const struct {
        const char *title, *shortcut, *text, *field;
        enum refusal why;
    } rows[] = {
        {"", "", "x", "title", REFUSE_EMPTY},
        {"  ", "", "x", "title", REFUSE_EMPTY},
        {"a\nb", "", "x", "title", REFUSE_ONE_LINE},
        {title, "", "x", "title", REFUSE_TOO_LONG},
        {"t", "", "", "text", REFUSE_EMPTY},
        {"t", "", " \n\t", "text", REFUSE_EMPTY},
        {"t", "", "a\x01", "text", REFUSE_CONTROL},
        {"t", "", text, "text", REFUSE_TOO_LONG},
        {"t", "two words", "x", "shortcut", REFUSE_CHARACTERS},
        {"t", "/x", "x", "shortcut", REFUSE_CHARACTERS},
        {"t", shortcut, "x", "shortcut", REFUSE_TOO_LONG},
        {"t", "taken", "x", "shortcut", REFUSE_SHORTCUT_TAKEN},
    };
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);

    memset(title, 't', sizeof(title) - 1);
    memset(shortcut, 's', sizeof(shortcut) - 1);
    memset(text, 'x', sizeof(text) - 1);
    assert_int_equal(add(w, operator_(), 0, 0, "taken").err, ERR_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_answer a = world_do(w, &(struct cmd){.type = CMD_CANNED_ADD,
                                                          .who = operator_(),
                                                          .canned = {
                                                              .title = span_of(rows[i].title),
                                                              .shortcut = span_of(rows[i].shortcut),
                                                              .text = span_of(rows[i].text),
                                                          }});

        print_message("  row %zu\n", i);
        assert_int_equal(a.fault.refusal, rows[i].why);
        assert_string_equal(a.fault.field, rows[i].field);
        assert_int_equal(a.nrecs, 0);
    }
    /* Of another owner it is another one; and its own is no hindrance to itself. */
    struct world_answer own = add(w, agent_(ann), ann, 0, "taken");
    struct cmd set = set_of(agent_(ann), own.id, 0, "other");

    assert_int_equal(own.err, ERR_OK);
    set.canned.shortcut = SPAN_LIT("taken");
    assert_int_equal(world_do(w, &set).err, ERR_OK);
    /* The longest are taken. */
    title[sizeof(title) - 2] = shortcut[sizeof(shortcut) - 2] = text[sizeof(text) - 2] = '\0';
    set.canned.title = span_of(title);
    set.canned.shortcut = span_of(shortcut);
    set.canned.text = span_of(text);
    assert_int_equal(world_do(w, &set).err, ERR_OK);
    /* What was given up is free. */
    set.canned.canned = add(w, agent_(ann), ann, 0, "taken").id;
    assert_int_not_equal(set.canned.canned, 0);
}

static void there_are_so_many_and_no_more(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), last = 0;
    struct world_answer a;

    for (unsigned i = 0; i < CANNED_OWN_MAX; i++)
        assert_int_equal((a = add(w, agent_(ann), ann, 0, "")).err, ERR_OK);
    a = add(w, agent_(ann), ann, 0, "");
    assert_int_equal(a.fault.refusal, REFUSE_CANNED_FULL);
    assert_int_equal(a.fault.values[0].i, CANNED_OWN_MAX);
    for (unsigned i = CANNED_OWN_MAX; i < CANNED_MAX; i++)
        assert_int_equal(add(w, operator_(), 0, SALES, "").err, ERR_OK);
    a = add(w, operator_(), 0, 0, "");
    assert_int_equal(a.fault.refusal, REFUSE_CANNED_FULL);
    assert_int_equal(a.fault.values[0].i, CANNED_MAX);
    assert_true(core_next_canned(w->k, &last));
    assert_int_equal(
        world_do(
            w, &(struct cmd){.type = CMD_CANNED_REMOVE, .who = operator_(), .canned.canned = last})
            .err,
        ERR_OK);
    assert_int_equal(add(w, agent_(ann), ann, 0, "").err, ERR_OK);
    for (last = 0; core_next_canned(w->k, &last);) /* the world compares all that there is */
        assert_int_equal(world_do(w, &(struct cmd){.type = CMD_CANNED_REMOVE,
                                                   .who = operator_(),
                                                   .canned.canned = last})
                             .err,
                         ERR_OK);
}

/* Texts are held in memory: all of them together have a limit of their own. */
static void their_texts_have_a_limit_together(void **state)
{
    static char text[4 * TEXT_MAX_CODEPOINTS + 1];
    struct world *w = *state;
    struct cmd cmd = {.type = CMD_CANNED_ADD,
                      .who = operator_(),
                      .canned = {.title = SPAN_LIT("t"), .lang = LANG_ANY}};
    struct world_answer a;
    uint64_t id = 0;

    for (size_t i = 0; i < TEXT_MAX_CODEPOINTS; i++)
        memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
    cmd.canned.text = span_of(text);
    while ((a = world_do(w, &cmd)).err == ERR_OK)
        id = a.id;
    assert_int_equal(a.fault.refusal, REFUSE_CANNED_FULL_BYTES);
    assert_true(w->k->canned_bytes <= CANNED_MAX_BYTES);
    assert_true(w->k->canned_bytes + cmd.canned.text.len + 1 > CANNED_MAX_BYTES);
    /* One can still be changed by as much as is left, not by more. */
    cmd.type = CMD_CANNED_SET;
    cmd.canned.canned = id;
    cmd.canned.title = SPAN_LIT("tt");
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    /* One can still be made shorter, and then there is room. */
    cmd.type = CMD_CANNED_SET;
    cmd.canned.canned = id;
    cmd.canned.text = SPAN_LIT("short");
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    cmd.canned.text = span_of(text);
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
}

static void what_was_somebodys_goes_with_him(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public");
    uint64_t ann = world_agent_idle(w, "ann", SALES), id = 0;
    uint64_t own = add(w, agent_(ann), ann, 0, "a").id,
             of_help = add(w, operator_(), 0, help, "h").id;
    uint64_t portal = add(w, operator_(), 0, 0, "p").id;

    assert_int_equal(
        world_do(
            w, &(struct cmd){.type = CMD_AGENT_REMOVE, .who = operator_(), .agent_end.agent = ann})
            .err,
        ERR_OK);
    assert_null(core_canned(w->k, own));
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = help}).err,
        ERR_OK);
    assert_null(core_canned(w->k, of_help));
    assert_true(core_next_canned(w->k, &id));
    assert_int_equal(id, portal);
    assert_false(core_next_canned(w->k, &id));
    assert_int_equal(add(w, operator_(), ann, 0, "").fault.refusal, REFUSE_AGENT_UNKNOWN);
    assert_int_equal(add(w, operator_(), 0, help, "").fault.refusal, REFUSE_DEPARTMENT_UNKNOWN);
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

static void note_gone(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    (void)id;
    *(size_t *)arg += type == OBJ_CANNED && gone;
}

/* Their rows go as well, and those of the next owner stay where they are. */
static void each_owner_has_his_own(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public"), id = 0;
    uint64_t of_help = add(w, operator_(), 0, help, "").id;
    size_t gone = 0;

    add(w, operator_(), 0, SALES, "");
    assert_true(core_next_canned_of(w->k, help, &id));
    assert_int_equal(id, of_help);
    assert_false(core_next_canned_of(w->k, help, &id));
    id = 0;
    assert_false(core_next_canned_of(w->k, 0, &id));
    core_drain_dirty(w->k, SIZE_MAX, note_gone, &gone);
    assert_int_equal(gone, 0);
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = help}).err,
        ERR_OK);
    core_drain_dirty(w->k, SIZE_MAX, note_gone, &gone);
    assert_int_equal(gone, 1);
}

/* An image whose owner is not there is none; nor is one that has two. */
static void an_image_needs_its_owner(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), id = add(w, agent_(ann), ann, 0, "a").id;
    struct xcanned *x = xcanned_find(w->k, id);
    struct core *other = core_new();
    struct buf b = {0};

    assert_true(core_image(w->k, OBJ_CANNED, id, &b));
    assert_int_equal(core_adopt(other, OBJ_CANNED, id, buf_span(&b)), ERR_CORRUPT);
    assert_int_equal(core_adopt(w->k, OBJ_CANNED, id, buf_span(&b)), ERR_EXISTS);
    x->c.agent = 0;
    x->c.dept = SALES;
    buf_reset(&b);
    assert_true(core_image(w->k, OBJ_CANNED, id, &b));
    assert_int_equal(core_adopt(other, OBJ_CANNED, id, buf_span(&b)), ERR_CORRUPT);
    x->c.agent = ann;
    buf_reset(&b);
    assert_true(core_image(w->k, OBJ_CANNED, id, &b));
    x->c.dept = 0;
    assert_int_equal(core_adopt(w->k, OBJ_CANNED, id + 1, buf_span(&b)), ERR_CORRUPT);
    buf_fini(&b);
    core_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rights_follow_the_owner, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_ones_own_is_refused_like_what_is_not_there,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_second_of_two_edits_is_told_who_was_first, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(each_field_is_refused_by_name, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(there_are_so_many_and_no_more, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(their_texts_have_a_limit_together, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(what_was_somebodys_goes_with_him, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(each_owner_has_his_own, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(an_image_needs_its_owner, world_setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
