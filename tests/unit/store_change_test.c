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

static void changes_are_told_in_their_order(void **state)
{
    struct place *p = *state;
    uint64_t ids[8], due[4], after = UINT64_MAX;
    size_t n;

    place_put_mails(p, CONV, NOW, MAIL, 2);
    assert_int_equal(mail_changes(p->st, &after, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(after, 0);
    place_due(p, NOW, due, 4);
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

    place_put_mails(p, CONV, NOW, MAIL, 10100);
    for (int i = 0; i < 11; i++)
        place_due(p, NOW, due, 1);
    assert_int_equal(mail_changes(p->st, &after, ids, 8, &n), ERR_OK);
    assert_int_equal(n, 8);
    assert_int_equal(ids[0], MAIL + 8 * 100);
    assert_int_equal(mail_count(p->st, &counts), ERR_OK);
    assert_int_equal(counts.states[MAILST_QUEUED], 10100);
}
#define T(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(changes_are_told_in_their_order),
        T(the_log_of_changes_keeps_its_newest_rows),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
