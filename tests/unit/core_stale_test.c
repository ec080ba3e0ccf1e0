/* Two who change the settings of one thing at once: none overruns the other unseen. */
#include <string.h>

#include "core_world.h"

#define MAX 8

static struct world_answer set(struct world *w, enum obj_type type, uint64_t id, uint64_t by,
                               uint32_t version, const char *pairs[][2], size_t n)
{
    size_t count;
    const struct setting *table = type == OBJ_PORTAL ? portal_settings(&count)
                                  : type == OBJ_DEPT ? dept_settings(&count)
                                                     : agent_settings(&count);
    struct change changes[MAX];
    struct cmd cmd = {.type = type == OBJ_PORTAL ? CMD_PORTAL_SET
                              : type == OBJ_DEPT ? CMD_DEPT_SET
                                                 : CMD_AGENT_SET,
                      .who = by != 0 ? agent_(by) : operator_(),
                      .set = {.id = id, .version = version, .changes = changes, .nchanges = n}};

    assert_true(n <= MAX);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(setting_parse(setting_find(table, count, span_of(pairs[i][0])),
                                       span_of(pairs[i][1]), &changes[i], NULL),
                         ERR_OK);
    return world_do(w, &cmd);
}

#define SET(w, type, id, by, version, ...)                                                         \
    set(w, type, id, by, version, (const char *[][2]){__VA_ARGS__},                                \
        COUNT_OF(((const char *[][2]){__VA_ARGS__})))

static struct overrun overrun(struct world *w, enum obj_type type, uint64_t id, uint32_t version,
                              const char *name, const char *text)
{
    size_t count;
    const struct setting *table = type == OBJ_DEPT ? dept_settings(&count) : agent_settings(&count);
    struct change change;
    struct cmd_set cmd = {.id = id, .version = version, .changes = &change, .nchanges = 1};
    struct overrun one = {0};

    assert_int_equal(
        setting_parse(setting_find(table, count, span_of(name)), span_of(text), &change, NULL),
        ERR_OK);
    assert_int_equal(core_overrun(w->k, type, &cmd, &one, 0), 0);
    (void)core_overrun(w->k, type, &cmd, &one, 1);
    return one;
}

static uint64_t admin(struct world *w, const char *name)
{
    uint64_t id = world_agent_idle(w, name, SALES);

    world_set_agent(w, id, "role", "admin");
    return id;
}

static void the_second_of_two_is_told_who_was_first(void **state)
{
    struct world *w = *state;
    uint64_t eve = admin(w, "eve");
    uint32_t v = core_version(w->k, OBJ_DEPT, SALES);
    struct world_answer a;
    struct overrun o;

    world_advance(w, 1000);
    assert_int_equal(SET(w, OBJ_DEPT, SALES, eve, v, {"description", "first"}).err, ERR_OK);
    assert_int_equal(core_version(w->k, OBJ_DEPT, SALES), v + 1);
    a = SET(w, OBJ_DEPT, SALES, 0, v, {"queue_max", "7"}, {"description", "second"});
    assert_int_equal(a.err, ERR_CONFLICT);
    assert_int_equal(a.fault.refusal, REFUSE_STALE);
    assert_string_equal(a.fault.field, "description");
    assert_string_equal(a.fault.values[0].text, "eve");
    assert_int_equal(a.fault.values[1].i, v + 1);
    assert_int_equal(core_dept(w->k, SALES)->queue_max, 50); /* nothing half-done */
    assert_string_equal(core_dept(w->k, SALES)->description, "first");
    o = overrun(w, OBJ_DEPT, SALES, v, "description", "second");
    assert_string_equal(o.setting->name, "description");
    assert_int_equal(o.by, eve);
    assert_int_equal(o.at_ms, w->now_ms);
    /* Whoever has seen it may, and whoever asks for nothing may, as ever. */
    assert_int_equal(SET(w, OBJ_DEPT, SALES, 0, v + 1, {"description", "second"}).err, ERR_OK);
    assert_int_equal(SET(w, OBJ_DEPT, SALES, eve, 0, {"description", "third"}).err, ERR_OK);
    a = SET(w, OBJ_DEPT, SALES, eve, v + 2, {"description", "fourth"});
    assert_int_equal(a.err, ERR_CONFLICT);
}

static void other_settings_stand_in_nobodys_way(void **state)
{
    struct world *w = *state;
    uint32_t v = core_version(w->k, OBJ_DEPT, SALES);

    assert_int_equal(SET(w, OBJ_DEPT, SALES, 0, v, {"description", "x"}, {"queue_max", "50"}).err,
                     ERR_OK);
    /* The queue was named, and stayed as it was. */
    assert_int_equal(SET(w, OBJ_DEPT, SALES, 0, v, {"queue_max", "7"}).err, ERR_OK);
    assert_int_equal(SET(w, OBJ_DEPT, SALES, 0, v, {"rules", ""}, {"idle_ms", "70s"}).err, ERR_OK);
    /* Both want the same, written in other ways. */
    assert_int_equal(SET(w, OBJ_DEPT, SALES, 0, v, {"origins", "https://A.example"}).err, ERR_OK);
    assert_int_equal(SET(w, OBJ_DEPT, SALES, 0, v, {"origins", "https://a.example"}).err, ERR_OK);
    assert_int_equal(SET(w, OBJ_DEPT, SALES, 0, v, {"origins", "https://b.example"}).err,
                     ERR_CONFLICT);
    /* What changes nothing is no change. */
    v = core_version(w->k, OBJ_DEPT, SALES);
    assert_true(SET(w, OBJ_DEPT, SALES, 0, v, {"queue_max", "7"}).unchanged);
    assert_int_equal(core_version(w->k, OBJ_DEPT, SALES), v);
}

static void portal_and_agents_have_versions_too(void **state)
{
    struct world *w = *state;
    uint64_t eve = admin(w, "eve"), ann = world_agent_idle(w, "ann", SALES);
    uint64_t far = world_agent_idle(w, "far", world_dept(w, "Far", "public"));
    uint32_t p = core_version(w->k, OBJ_PORTAL, 0), v = core_version(w->k, OBJ_AGENT, ann);
    uint32_t f = core_version(w->k, OBJ_AGENT, far);
    struct world_answer a;

    assert_int_equal(p, 1);
    assert_int_equal(v, 1);
    assert_int_equal(core_version(w->k, OBJ_AGENT, 7), 0);
    assert_int_equal(SET(w, OBJ_PORTAL, 0, eve, p, {"name", "A"}).err, ERR_OK);
    a = SET(w, OBJ_PORTAL, 0, 0, p, {"name", "B"});
    assert_int_equal(a.fault.refusal, REFUSE_STALE);
    /* Names and numbers of agents stand in the body, not with the record. */
    assert_int_equal(SET(w, OBJ_AGENT, ann, eve, v, {"phone", "1"}, {"name", "Ann"}).err, ERR_OK);
    a = SET(w, OBJ_AGENT, ann, ann, v, {"phone", "2"});
    assert_int_equal(a.err, ERR_CONFLICT);
    assert_string_equal(a.fault.values[0].text, "eve");
    /* He does not know her. */
    assert_int_equal(SET(w, OBJ_AGENT, far, eve, f, {"phone", "1"}).err, ERR_OK);
    a = SET(w, OBJ_AGENT, far, far, f, {"phone", "2"});
    assert_string_equal(a.fault.values[0].text, "an administrator");
    assert_int_equal(SET(w, OBJ_AGENT, ann, 0, v + 1, {"phone", "3"}).err, ERR_OK);
    a = SET(w, OBJ_AGENT, ann, ann, v + 1, {"phone", "2"});
    assert_string_equal(a.fault.values[0].text, "the operator");
}

static void what_follows_from_others_counts(void **state)
{
    struct world *w = *state;
    uint64_t far = world_dept(w, "Far", "public");
    char id[24];
    uint32_t v;

    snprintf(id, sizeof(id), "%llu", (unsigned long long)far);
    assert_int_equal(SET(w, OBJ_DEPT, SALES, 0, 0, {"overflow", id}).err, ERR_OK);
    v = core_version(w->k, OBJ_DEPT, SALES);
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = far}).err,
        ERR_OK);
    assert_int_equal(core_version(w->k, OBJ_DEPT, SALES), v + 1);
    assert_string_equal(overrun(w, OBJ_DEPT, SALES, v, "overflow", "9").setting->name, "overflow");
}

static void images_keep_them(void **state)
{
    struct world *w = *state;
    uint64_t eve = admin(w, "eve");
    struct buf image = {0}, again = {0};
    struct dept *d;
    struct agent *ag;
    struct portal *p;
    struct core *k = core_new();

    SET(w, OBJ_DEPT, SALES, eve, 0, {"queue_max", "7"}, {"name", "S"});
    SET(w, OBJ_DEPT, SALES, 0, 0, {"description", "x"});
    SET(w, OBJ_PORTAL, 0, eve, 0, {"name", "A"});
    SET(w, OBJ_AGENT, eve, eve, 0, {"phone", "1"});
    assert_true(core_image(w->k, OBJ_DEPT, SALES, &image));
    assert_int_equal(core_adopt(k, OBJ_DEPT, SALES, buf_span(&image)), ERR_OK);
    assert_true(core_image(k, OBJ_DEPT, SALES, &again));
    assert_true(span_eq(buf_span(&image), buf_span(&again)));
    assert_int_equal(core_version(k, OBJ_DEPT, SALES), core_version(w->k, OBJ_DEPT, SALES));
    assert_int_equal(dept_decode(SALES, buf_span(&image), &d), ERR_OK);
    dept_free(d);
    buf_reset(&image);
    buf_reset(&again);
    assert_true(core_image(w->k, OBJ_PORTAL, 0, &image));
    assert_int_equal(portal_decode(buf_span(&image), &p), ERR_OK);
    portal_free(p);
    assert_int_equal(core_adopt(k, OBJ_PORTAL, 0, buf_span(&image)), ERR_OK);
    assert_true(core_image(k, OBJ_PORTAL, 0, &again));
    assert_true(span_eq(buf_span(&image), buf_span(&again)));
    assert_int_equal(core_version(k, OBJ_PORTAL, 0), 2);
    buf_reset(&image);
    buf_reset(&again);
    assert_true(core_image(w->k, OBJ_AGENT, eve, &image));
    assert_int_equal(agent_decode(eve, buf_span(&image), &ag), ERR_OK);
    agent_free(ag);
    assert_int_equal(core_adopt(k, OBJ_AGENT, eve, buf_span(&image)), ERR_OK);
    assert_true(core_image(k, OBJ_AGENT, eve, &again));
    assert_true(span_eq(buf_span(&image), buf_span(&again)));
    assert_int_equal(core_version(k, OBJ_AGENT, eve), core_version(w->k, OBJ_AGENT, eve));
    buf_fini(&image);
    buf_fini(&again);
    core_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        T(the_second_of_two_is_told_who_was_first),
        T(other_settings_stand_in_nobodys_way),
        T(portal_and_agents_have_versions_too),
        T(what_follows_from_others_counts),
        T(images_keep_them),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
