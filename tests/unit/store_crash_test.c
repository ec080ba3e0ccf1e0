/*
 * kill -9 at any moment: a process that writes is killed again and again.  What it had acknowledged
 * is there, in its order, once, and with the mails that went with it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "store_help.h"
#include "store_int.h"

#define ROUNDS 60
#define CONV 7

static bool dies_at_meta;

/* In LMDB's place of the library's: what is shorter than a page is the meta page, a commit's end.
 */
ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    ssize_t done = syscall(SYS_pwrite64, fd, p, n, at);

    if (dies_at_meta && n < 4096)
        kill(getpid(), SIGKILL);
    return done;
}

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
        assert_int_equal(
            mail_list(st, &(struct mail_want){.conv = CONV, .state = -1}, &cursor, ids, 100, &n),
            ERR_OK);
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

/* Another process that has the store open, as the dispatcher does while a gateway is killed. */
static int part_stay(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_DISPATCHER, .map_bytes = 1 << 20};
    struct store *st;

    if (store_open(&opt, &st, NULL) != ERR_OK)
        return 1;
    puts("open");
    fflush(stdout);
    for (;;)
        pause();
}

/* Dies when its second batch is on the disk and nobody has been told yet, not even in LMDB. */
static int part_tear(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_GATEWAY, .map_bytes = 1 << 20};
    struct store *st;

    if (store_open(&opt, &st, NULL) != ERR_OK)
        return 1;
    for (uint64_t pos = 1; pos <= 2; pos++) {
        struct maker m = {{0}};

        dies_at_meta = pos == 2;
        maker_add_message(&m, pos, pos - 1, CONV, text_bytes(pos));
        if (maker_commit(&m, st, 1) != ERR_OK)
            return 1;
    }
    return 0;
}

/* While others have the store open, LMDB finds out with the next write only. */
static void a_commit_that_died_at_its_end_is_seen_by_who_opens_next(void **state)
{
    struct maker m = {{0}};
    struct place p;
    char line[32];

    (void)state;
    place_make(&p);
    place_open(&p);
    place_close(&p);
    struct part stays = part_start("stay", p.store);
    assert_true(part_line(&stays, line, sizeof(line)));
    struct part torn = part_start("tear", p.store);
    assert_int_equal(part_wait(&torn), SIGKILL);

    place_open(&p);
    uint64_t last = last_pos(p.st);
    assert_int_equal(last, 2);
    maker_add_message(&m, last + 1, last, CONV, text_bytes(last + 1));
    assert_int_equal(maker_commit(&m, p.st, 1), ERR_OK);
    assert_int_equal(last_pos(p.st), 3);
    place_close(&p);
    part_kill(&stays);
    place_remove(&p);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_by_kill_9),
        cmocka_unit_test(a_commit_that_died_at_its_end_is_seen_by_who_opens_next),
    };

    crypto_init();
    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return part_write(argv[2]);
    if (argc == 3 && strcmp(argv[1], "stay") == 0)
        return part_stay(argv[2]);
    if (argc == 3 && strcmp(argv[1], "tear") == 0)
        return part_tear(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
