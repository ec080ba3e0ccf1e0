/* Agents' pictures: who may change whose, what becomes of the one before, and when it is nobody's.
 */
#include "core_world.h"
#include "deskbell/tlv.h"

static struct world_answer set_by(struct world *w, struct principal who, uint64_t agent,
                                  uint64_t name)
{
    return world_do(
        w, &(struct cmd){
               .type = CMD_PICTURE_SET,
               .who = who,
               .picture = {.agent = agent, .name = {name, 7}, .bytes = SPAN_LIT("the bytes")}});
}

static struct world_answer remove_by(struct world *w, struct principal who, uint64_t agent)
{
    return world_do(w,
                    &(struct cmd){.type = CMD_PICTURE_REMOVE, .who = who, .picture.agent = agent});
}

/* The newest record. */
static struct rec last_of(const struct world *w)
{
    const struct logged *l = &w->log[w->nlog - 1];
    struct rec rec;

    assert_int_equal(rec_decode(l->pos, (struct span){l->bytes, l->nbytes},
                                (struct span){l->body, l->nbody}, &rec),
                     ERR_OK);
    assert_int_equal(rec.type, REC_AGENT_PICTURE);
    return rec;
}

static const struct agent *holder(struct world *w, uint64_t name)
{
    return core_agent_by_picture(w->k, (const uint64_t[]){name, 7});
}

static void it_is_his_own_affair_and_his_managers(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES),
             boss = world_agent_idle(w, "boss", SALES);

    assert_int_equal(world_set(w, OBJ_AGENT, boss, "role", "admin", NULL), ERR_OK);
    assert_int_equal(set_by(w, agent_(ann), ann, 1).err, ERR_OK);
    assert_int_equal(set_by(w, agent_(bob), ann, 2).err, ERR_DENIED);
    assert_int_equal(remove_by(w, agent_(bob), ann).err, ERR_DENIED);
    assert_int_equal(holder(w, 1)->id, ann);
    assert_int_equal(set_by(w, agent_(boss), ann, 2).err, ERR_OK);
    assert_int_equal(remove_by(w, agent_(ann), ann).err, ERR_OK);
    assert_int_equal(set_by(w, operator_(), ann, 3).err, ERR_OK);
    assert_int_equal(remove_by(w, agent_(boss), ann).err, ERR_OK);
    assert_int_equal(set_by(w, agent_(boss), 99999, 1).err, ERR_NOTFOUND);
    assert_int_equal(remove_by(w, operator_(), 99999).err, ERR_NOTFOUND);
}

static void the_one_before_is_named_so_that_its_bytes_go(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), first, pos = 0;
    struct buf body = {0};
    struct rec rec;

    assert_int_equal(set_by(w, agent_(ann), ann, 1).err, ERR_OK);
    first = world_agent_of(w, ann)->picture_pos;
    rec = last_of(w);
    assert_int_equal(first, rec.pos);
    assert_true(span_is(body_get(rec.body, BODY_PICTURE), "the bytes"));
    assert_false(rec_rewrites(&rec, &pos, &body));
    assert_true(set_by(w, agent_(ann), ann, 1).unchanged);
    assert_int_equal(set_by(w, agent_(ann), ann, 2).err, ERR_OK);
    rec = last_of(w);
    assert_true(rec_rewrites(&rec, &pos, &body));
    assert_int_equal(pos, first);
    assert_int_equal(body.len, 0);
    assert_null(holder(w, 1));
    assert_int_equal(holder(w, 2)->id, ann);
    assert_int_equal(remove_by(w, agent_(ann), ann).err, ERR_OK);
    rec = last_of(w);
    assert_true(rec_rewrites(&rec, &pos, &body));
    assert_int_equal(pos, rec.prev);
    assert_null(holder(w, 2));
    assert_int_equal(world_agent_of(w, ann)->picture_pos, 0);
    assert_true(remove_by(w, agent_(ann), ann).unchanged);
    world_assert_replays(w);
}

static void it_is_in_the_image_and_found_again(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct core *copy;

    world_agent_idle(w, "bob", SALES);
    assert_int_equal(set_by(w, agent_(ann), ann, 5).err, ERR_OK);
    copy = world_copy_by_images(w);
    assert_int_equal(core_agent_by_picture(copy, (const uint64_t[]){5, 7})->id, ann);
    assert_int_equal(core_agent(copy, ann)->picture_pos, world_agent_of(w, ann)->picture_pos);
    assert_null(core_agent_by_picture(copy, (const uint64_t[]){5, 8}));
    core_free(copy);
    world_assert_replays(w);
}

/* Who is deleted keeps it as he keeps his name; who is anonymised has neither. */
static void who_is_forgotten_has_none(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES), bob = world_agent_idle(w, "bob", SALES);
    struct cmd end = {.type = CMD_AGENT_REMOVE, .who = operator_(), .agent_end.agent = ann};

    set_by(w, agent_(ann), ann, 1);
    set_by(w, agent_(bob), bob, 2);
    assert_int_equal(world_do(w, &end).err, ERR_OK);
    assert_int_equal(holder(w, 1)->id, ann);
    assert_true(core_agent_ever(w->k, ann)->deleted);
    assert_int_equal(remove_by(w, operator_(), ann).err, ERR_NOTFOUND);
    end.agent_end = (struct cmd_agent_end){.agent = bob, .anonymise = true};
    assert_int_equal(world_do(w, &end).err, ERR_OK);
    assert_null(holder(w, 2));
    assert_int_equal(core_agent_ever(w->k, bob)->picture_pos, 0);
    world_assert_replays(w);
    core_free(world_copy_by_images(w));
}

static void what_cannot_be_one_is_refused(void **state)
{
    static const char many[PICTURE_KEPT_MAX_BYTES + 1];
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);
    struct cmd cmd = {
        .type = CMD_PICTURE_SET, .who = agent_(ann), .picture = {.agent = ann, .name = {1, 0}}};

    assert_int_equal(world_do(w, &cmd).err, ERR_INVAL);
    cmd.picture.bytes = (struct span){many, sizeof(many)};
    assert_int_equal(world_do(w, &cmd).err, ERR_TOOBIG);
    cmd.picture.bytes.len--;
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    cmd.picture.name[0] = 0;
    assert_int_equal(world_do(w, &cmd).err, ERR_INVAL);
}

static void names_are_written_in_one_way(void **state)
{
    static const char *const wrong[] = {"",
                                        "0",
                                        "000000000000012c000000000000000",
                                        "000000000000012c00000000000000077",
                                        "000000000000012C0000000000000007",
                                        "000000000000012c000000000000000g"};
    char text[PICTURE_NAME];
    uint64_t name[2] = {9, 9};

    (void)state;
    picture_name_format((const uint64_t[]){300, 7}, text);
    assert_string_equal(text, "000000000000012c0000000000000007");
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(picture_name_parse(span_of(wrong[i]), name));
    assert_false(
        picture_name_parse((struct span){"000000000000012c00000000\0000000007", 32}, name));
    assert_int_equal(name[0], 9);
    assert_true(picture_name_parse(span_of(text), name));
    assert_int_equal(name[0], 300);
    assert_int_equal(name[1], 7);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_is_his_own_affair_and_his_managers), T(the_one_before_is_named_so_that_its_bytes_go),
        T(it_is_in_the_image_and_found_again),    T(who_is_forgotten_has_none),
        T(what_cannot_be_one_is_refused),         cmocka_unit_test(names_are_written_in_one_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
