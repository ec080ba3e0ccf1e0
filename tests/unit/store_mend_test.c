/*
 * What the check mends out of the journal, rows of conversations that are over, images, counters
 * and settings: it is as it was before the damage, and a rebuild may be cut off anywhere.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/tlv.h"
#include "store_damage.h"

/* A flipped byte, a row that goes, one that is sealed and says otherwise. */
static void rows_of_conversations_that_are_over_are_made_again(void **state)
{
    struct world *w = busy(58);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0}, other = {0};
    struct conv_row row;
    struct hit h = {.table = TABLE_CONV};

    (void)state;
    dump_all(w->p.st, &before);
    row_at(w->p.st, TABLE_CONV, key_u64(0), &h.key, &payload);
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_CONV, TABLE_CONV);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_ROW, TABLE_CONV);

    assert_int_equal(conv_row_decode(buf_span(&payload), &row), ERR_OK);
    row.dept++;
    conv_row_encode(&row, &other);
    h.value = buf_span(&other);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_CONV, TABLE_CONV);

    struct buf image = {0};
    unsigned rating = 0;

    /* The newest value of a field counts: another rating at the image's end. */
    row.dept--;
    buf_add_span(&image, row.image);
    for (unsigned tag = 1100; rating == 0 && tag < 1200; tag++) {
        struct conv *cv;

        image.len = row.image.len;
        tlv_put_u64(&image, tag, 3);
        if (conv_decode(1, buf_span(&image), &cv) == ERR_OK) {
            rating = cv->rating == 3 ? tag : 0;
            conv_free(cv);
        }
    }
    assert_true(rating > 0);
    row.image = buf_span(&image);
    buf_reset(&other);
    conv_row_encode(&row, &other);
    h.value = buf_span(&other);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_CONV, TABLE_CONV);
    buf_fini(&image);
    buf_fini(&other);
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

/* The row of a chat that ended and was rated in one batch is lost: its place was by the later. */
static void a_row_that_is_made_again_stands_in_its_list_once(void **state)
{
    struct world *w = world_new(67);
    struct hit h = {.table = TABLE_CONV};
    struct cmd cmd = {.who = {.kind = BY_VISITOR}};

    (void)state;
    ring(w);
    while (core_conv(w->core, w->convs[w->nconvs - 1]) == NULL ||
           core_conv(w->core, w->convs[w->nconvs - 1])->state != CONV_OFFERED) {
        ring(w);
        turn_pass_end(w->turn, w->now_ms);
    }
    cmd.conv = w->convs[w->nconvs - 1];
    cmd.who = (struct principal){.kind = BY_AGENT, .id = core_conv(w->core, cmd.conv)->agent};
    cmd.type = CMD_OFFER_ACCEPT;
    must(w, cmd);
    make_durable(w);
    cmd.type = CMD_CHAT_SEND;
    cmd.line.text = SPAN_LIT("Good morning");
    must(w, cmd);
    cmd.type = CMD_CHAT_END;
    cmd.end.undo = false;
    must(w, cmd);
    cmd.type = CMD_CHAT_COPY;
    cmd.who = (struct principal){.kind = BY_VISITOR, .id = cmd.conv};
    cmd.copy.to = SPAN_LIT("hanako@example.com");
    must(w, cmd);
    make_durable(w);
    assert_clean(w->p.st);
    h.key = key_u64(cmd.conv);
    hit_raw(w->p.st, &h);
    assert_true(check(w->p.st, true).mended);
    assert_clean(w->p.st);
    world_free(w);
}

/* Of each kind one rots, one goes, and one is of another time than the others. */
static void images_are_made_again(void **state)
{
    static const enum obj_type types[] = {OBJ_PORTAL, OBJ_DEPT, OBJ_AGENT, OBJ_CONV};
    struct world *w = busy(59);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};
    struct hit h = {.table = TABLE_IMAGE};

    (void)state;
    while (true) { /* until a conversation is open, too */
        uint64_t id = 0;

        if (core_next_conv(w->core, &id))
            break;
        ring(w);
    }
    turn_checkpoint(w->turn);
    make_durable(w);
    dump_all(w->p.st, &before);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        row_at(w->p.st, TABLE_IMAGE, key_typed((uint8_t)types[i], 0), &h.key, &payload);
        assert_int_equal(h.key.bytes[0], types[i]);
        h.value = SPAN_LIT("\1rotten row");
        hit_raw(w->p.st, &h);
        assert_mended(w, &before, CHECK_ROW, TABLE_IMAGE);
        if (types[i] == OBJ_PORTAL || types[i] == OBJ_CONV) {
            h.value = SPAN_NONE;
            hit_raw(w->p.st, &h);
            assert_mended(w, &before, CHECK_IMAGE, TABLE_IMAGE);
        }
    }
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

/* Of a conversation and of a block that never were: copies of others. */
static void images_of_nothing_are_found_and_go(void **state)
{
    static const enum obj_type types[] = {OBJ_CONV, OBJ_BLOCK};
    struct world *w = busy(64);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};
    struct hit h = {.table = TABLE_IMAGE};
    struct check_report r;

    (void)state;
    for (uint64_t id = 0; !core_next_conv(w->core, &id); id = 0)
        ring(w);
    must(w, (struct cmd){.type = CMD_BLOCK_ADD,
                         .who = {.kind = BY_OPERATOR},
                         .block_add = {.prefix = {.addr = {{9}}, .bits = 128}}});
    turn_checkpoint(w->turn);
    make_durable(w);
    dump_all(w->p.st, &before);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        row_at(w->p.st, TABLE_IMAGE, key_typed((uint8_t)types[i], 0), &h.key, &payload);
        h.key = key_typed((uint8_t)types[i], 7);
        h.value = buf_span(&payload);
        assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
        assert_mended(w, &before, CHECK_IMAGE, TABLE_IMAGE);
        r = check(w->p.st, false);
        assert_int_equal(r.found, 0);
    }
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

/* Sealed, and of the right shape, but not what the rules of today allow. */
static void an_image_that_a_start_cannot_use_is_found_and_mended(void **state)
{
    struct world *w = busy(65);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};
    struct hit h = {.table = TABLE_IMAGE};
    size_t count;
    const struct setting *table = dept_settings(&count);

    (void)state;
    turn_checkpoint(w->turn);
    make_durable(w);
    dump_all(w->p.st, &before);
    row_at(w->p.st, TABLE_IMAGE, key_typed(OBJ_DEPT, w->depts[0]), &h.key, &payload);
    tlv_put_i64(&payload, setting_find(table, count, SPAN_LIT("offer_ms"))->tag, INT64_C(1) << 40);
    h.value = buf_span(&payload);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_IMAGE, TABLE_IMAGE);
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

static void a_counter_that_is_off_is_named_and_put_right(void **state)
{
    struct world *w = busy(60);
    struct buf before = {.limit_bytes = 1u << 25}, payload = {0};
    struct hit h = {.table = TABLE_IMAGE};
    uint64_t completed = core_dept(w->core, w->depts[0])->completed_count;
    struct dept *d;
    bool hit = false;

    (void)state;
    turn_checkpoint(w->turn);
    make_durable(w);
    dump_all(w->p.st, &before);
    row_at(w->p.st, TABLE_IMAGE, key_typed(OBJ_DEPT, w->depts[0]), &h.key, &payload);
    for (unsigned tag = 1100; !hit && tag < 1200; tag++) {
        size_t len = payload.len;

        tlv_put_u64(&payload, tag, completed + 1);
        if (dept_decode(w->depts[0], buf_span(&payload), &d) == ERR_OK) {
            hit = d->completed_count == completed + 1;
            dept_free(d);
        }
        if (!hit)
            payload.len = len;
    }
    assert_true(hit);
    h.value = buf_span(&payload);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_COUNT, TABLE_IMAGE);
    buf_fini(&payload);
    buf_fini(&before);
    world_free(w);
}

static void what_the_dispatcher_reads_is_made_again(void **state)
{
    struct world *w = busy(61);
    struct buf before = {.limit_bytes = 1u << 25}, old = {0}, fresh = {0};
    struct hit h = {.table = TABLE_SETTING};

    (void)state;
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_DEPT, w->depts[1]), &h.key, &old);
    set_dept(w, 1, "name", "Another name");
    make_durable(w);
    dump_all(w->p.st, &before);
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_DEPT, w->depts[1]), &h.key, &fresh);
    h.value = buf_span(&old); /* as if that batch had not had it */
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_SETTING, TABLE_SETTING);
    h.value = SPAN_NONE;
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_SETTING, TABLE_SETTING);
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_AGENT, w->agents[1]), &h.key, &old);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    assert_mended(w, &before, CHECK_ROW, TABLE_SETTING);
    buf_fini(&old);
    buf_fini(&fresh);
    buf_fini(&before);
    world_free(w);
}

/* A portal that was set again, a department that is gone. */
static void the_dispatcher_is_not_left_with_what_was(void **state)
{
    struct world *w = busy(68);
    struct buf before = {.limit_bytes = 1u << 25}, old = {0};
    struct hit h = {.table = TABLE_SETTING};

    (void)state;
    name_portal(w, "One name");
    make_durable(w);
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_PORTAL, 0), &h.key, &old);
    name_portal(w, "Another");
    make_durable(w);
    dump_all(w->p.st, &before);
    h.value = buf_span(&old);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_SETTING, TABLE_SETTING);

    set_dept(w, 2, "enabled", "off");
    make_durable(w);
    row_at(w->p.st, TABLE_SETTING, key_typed(OBJ_DEPT, w->depts[2]), &h.key, &old);
    must(w,
         (struct cmd){.type = CMD_DEPT_REMOVE, .who = {.kind = BY_OPERATOR}, .dept = w->depts[2]});
    make_durable(w);
    dump_all(w->p.st, &before);
    h.value = buf_span(&old);
    assert_int_equal(store_write(w->p.st, hit_step, &h), ERR_OK);
    assert_mended(w, &before, CHECK_SETTING, TABLE_SETTING);
    buf_fini(&old);
    buf_fini(&before);
    world_free(w);
}

/* Mends, and is killed on the way, if the environment says so. */
static int part_rebuild(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_GATEWAY, .ballast_bytes = 4096};
    struct check_report r;
    struct store *st;

    if (store_open(&opt, &st, NULL) != ERR_OK ||
        store_check(st, true, NULL, NULL, &r, NULL) != ERR_OK)
        return 1;
    store_close(st);
    return 0;
}

#ifdef TEST_HOOKS
static int rebuild_killed_at(unsigned nth)
{
    struct world *w = busy(70);
    uint64_t digest;
    struct buf payload = {0};
    struct hit h = {.table = TABLE_IMAGE};
    struct part part;
    struct core *k;
    char at[200];
    int status;

    turn_checkpoint(w->turn);
    make_durable(w);
    digest = core_digest(w->core);
    row_at(w->p.st, TABLE_IMAGE, key_typed(OBJ_AGENT, 0), &h.key, &payload);
    h.value = SPAN_LIT("\1rotten row");
    hit_raw(w->p.st, &h);
    place_close(&w->p);
    snprintf(at, sizeof(at), "gateway.written:%u:%s/killed", nth, w->p.dir);
    setenv("DESKBELL_CRASH", at, 1);
    part = part_start("rebuild", w->p.store);
    status = part_wait(&part);
    unsetenv("DESKBELL_CRASH");
    place_open(&w->p);
    k = load(w);
    assert_true(core_digest(k) == digest);
    core_free(k);
    (void)check(w->p.st, true);
    assert_clean(w->p.st);
    k = load_and_compare(w);
    core_free(k);
    buf_fini(&payload);
    world_free(w);
    return status;
}

/* Killed after its first change, its second, …: a start finds all, and the next rebuild ends it. */
static void a_rebuild_that_is_cut_off_leaves_nothing_worse(void **state)
{
    unsigned nth = 1;
    int status;

    (void)state;
    while ((status = rebuild_killed_at(nth)) != 0 && nth < 40) {
        assert_int_equal(status, SIGKILL);
        nth++;
    }
    assert_int_equal(status, 0);
    assert_true(nth > 4);
}
#endif

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_conversations_that_are_over_are_made_again),
        cmocka_unit_test(a_row_that_is_made_again_stands_in_its_list_once),
        cmocka_unit_test(images_are_made_again),
        cmocka_unit_test(images_of_nothing_are_found_and_go),
        cmocka_unit_test(an_image_that_a_start_cannot_use_is_found_and_mended),
        cmocka_unit_test(a_counter_that_is_off_is_named_and_put_right),
        cmocka_unit_test(what_the_dispatcher_reads_is_made_again),
        cmocka_unit_test(the_dispatcher_is_not_left_with_what_was),
#ifdef TEST_HOOKS
        cmocka_unit_test(a_rebuild_that_is_cut_off_leaves_nothing_worse),
#endif
    };

    crypto_init();
    if (argc == 3 && strcmp(argv[1], "rebuild") == 0)
        return part_rebuild(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
