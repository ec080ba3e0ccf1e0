/*
 * kill -9 at any moment: a process that writes is killed again and again.  What it had acknowledged
 * is there, in its order, once, and with the mails that went with it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "store_help.h"
#include "store_int.h"

#define ROUNDS 60
#define CONV 7

static size_t text_bytes(uint64_t pos)
{
    return 50 + pos * 37 % 900;
}

static uint64_t last_pos(struct store *st)
{
    struct cursor cur;
    struct txn tx;
    uint64_t pos = 0;

    ensure(txn_begin_read(&tx, st) == ERR_OK);
    if (cursor_open(&cur, &tx, TABLE_JOURNAL) == ERR_OK && cursor_last(&cur) == ERR_OK)
        pos = cursor_key_u64(&cur, 0);
    cursor_close(&cur);
    txn_end_read(&tx);
    return pos;
}

/* Writes batches for ever, and says the last position of each after its commit. */
static int part_write(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_GATEWAY, .map_bytes = 1 << 20};
    struct store *st;

    if (store_open(&opt, &st, NULL) != ERR_OK)
        return 1;
    for (uint64_t pos = last_pos(st) + 1;;) {
        struct maker m = {{0}};
        uint64_t end = pos + pos * 13 % 50 + 1;

        for (; pos < end; pos++)
            maker_add_message(&m, pos, pos - 1, CONV, text_bytes(pos));
        maker_add_mail(&m, (pos - 1) * 8, CONV, MAIL_TRANSCRIPT);
        if (maker_commit(&m, st, 1) != ERR_OK)
            return 1;
        printf("%llu\n", (unsigned long long)(pos - 1));
        fflush(stdout);
    }
}

struct found {
    uint64_t expected;
};

static bool on_rec(void *arg, const struct rec *rec)
{
    struct found *f = arg;

    assert_int_equal(rec->pos, f->expected);
    assert_true(message_is(rec, rec->pos, text_bytes(rec->pos)));
    f->expected--;
    return true;
}

/* Everything from the last position back to the first, and a mail for the last of each batch. */
static void check(struct store *st, uint64_t from)
{
    struct found f = {.expected = from};
    uint64_t next = from;
    size_t n, mails = 0, batches = 0;
    uint64_t ids[100], cursor = 0;

    while (next != 0)
        assert_int_equal(store_walk_conv(st, next, 500, on_rec, &f, &next), ERR_OK);
    assert_int_equal(f.expected, 0);
    for (uint64_t pos = 1; pos <= from; pos += pos * 13 % 50 + 1)
        batches++;
    do {
        assert_int_equal(mail_list(st, CONV, -1, &cursor, ids, 100, &n), ERR_OK);
        if (mails == 0 && n > 0)
            assert_int_equal(ids[0], from * 8);
        mails += n;
    } while (cursor != 0);
    assert_int_equal(mails, batches);
}

static void nothing_acknowledged_is_lost_by_kill_9(void **state)
{
    struct place p;
    uint64_t acked = 0, most = 0;
    char line[32];

    (void)state;
    place_make(&p);
    for (int round = 0; round < ROUNDS; round++) {
        struct part part = part_start("write", p.store);

        /* At a moment that differs: after so many acknowledgements and then some of its work. */
        for (int i = 0; i <= round % 5; i++)
            assert_true(part_line(&part, line, sizeof(line)));
        acked = strtoull(line, NULL, 10);
        usleep((useconds_t)(round * 211 % 3000));
        kill(part.pid, SIGKILL);
        while (part_line(&part, line, sizeof(line)))
            acked = strtoull(line, NULL, 10);
        part_wait(&part);

        place_open(&p);
        uint64_t last = last_pos(p.st);

        assert_true(last >= acked);
        assert_true(acked > most);
        most = last;
        if (round % 10 == 9)
            check(p.st, last);
        place_close(&p);
    }
    place_remove(&p);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_by_kill_9),
    };

    crypto_init();
    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return part_write(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
