/* The log of what became of mails: told in order, and kept within its bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/crypto.h"
#include "outbox/outbox_int.h"
#include "store_help.h"

#define NOW 1000000
#define LEASE 60000
#define BOOT 7
#define CONV 77
#define MAIL 16 /* of the record at position 2 */

static int setup(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));

    place_make(p);
    place_open(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    place_remove(*state);
    free(*state);
    return 0;
}

static void put_mails(struct place *p, uint64_t first_id, size_t n)
{
    struct maker m = {{0}};

    for (size_t i = 0; i < n; i++)
        maker_add_mail(&m, first_id + 8 * i, CONV, MAIL_TRANSCRIPT);
    assert_int_equal(maker_commit(&m, p->st, NOW), ERR_OK);
}

static size_t due_at(struct place *p, int64_t now_ms, uint64_t *ids, size_t max)
{
    size_t n = 99;

    assert_int_equal(outbox_due(p->st, now_ms, ids, max, &n), ERR_OK);
    return n;
}

static void changes_are_told_in_their_order(void **state)
{
    struct place *p = *state;
    uint64_t ids[8], due[4], after = UINT64_MAX;
    size_t n;

    put_mails(p, MAIL, 2);
    assert_int_equal(mail_changes(p->st, &after, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(after, 0);
    due_at(p, NOW, due, 4);
    assert_int_equal(
        outbox_begin(p->st, &(uint64_t){MAIL + 8}, 1, &(struct lease){BOOT, NOW + LEASE}), ERR_OK);
    assert_int_equal(mail_changes(p->st, &after, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 3);
    assert_int_equal(ids[0], MAIL);
    assert_int_equal(ids[2], MAIL + 8);
    assert_int_equal(mail_changes(p->st, &after, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 0);
}

static void the_log_of_changes_keeps_its_newest_rows(void **state)
{
    struct place *p = *state;
    uint64_t ids[8], after = 0, due[1];
    struct mail_counts counts;
    size_t n;

    put_mails(p, MAIL, 10100);
    for (int i = 0; i < 11; i++)
        due_at(p, NOW, due, 1);
    assert_int_equal(mail_changes(p->st, &after, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 8);
    assert_int_equal(ids[0], MAIL + 8 * 100);
    assert_int_equal(mail_count(p->st, &counts), ERR_OK);
    assert_int_equal(counts.states[MAILST_QUEUED], 10100);
}
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(changes_are_told_in_their_order),
        T(the_log_of_changes_keeps_its_newest_rows),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
