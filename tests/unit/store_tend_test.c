/* What tending gives back: the memory of what was looked at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store_help.h"
#include "store_int.h"

#define NOW 1800000000000
#define MESSAGES 12000
#define TEXT_BYTES 4000

/* Resident bytes of the mapped store. */
static size_t map_bytes(const struct place *p)
{
    char line[512], data[100];
    size_t kib, all = 0;
    bool ours = false;
    FILE *in = fopen("/proc/self/smaps", "re");

    assert_non_null(in);
    snprintf(data, sizeof(data), "%s/data.mdb", p->store);
    while (fgets(line, sizeof(line), in) != NULL) {
        if (strchr(line, '-') != NULL && strchr(line, '-') < strchr(line, ' '))
            ours = strstr(line, data) != NULL;
        if (ours && sscanf(line, "Rss: %zu kB", &kib) == 1)
            all += kib * 1024;
    }
    fclose(in);
    return all;
}

static void look_at_all(const struct place *p)
{
    struct buf mem = {0};

    for (uint64_t pos = 1; pos <= MESSAGES; pos++) {
        struct rec rec;

        assert_int_equal(store_read_rec(p->st, pos, &rec, &mem), ERR_OK);
        assert_true(message_is(&rec, pos, TEXT_BYTES));
    }
    buf_fini(&mem);
}

static void what_was_looked_at_once_is_let_go_of_and_is_still_there(void **state)
{
    struct place p;

    (void)state;
    place_make_in_memory(&p);
    place_open(&p);
    for (uint64_t pos = 1; pos <= MESSAGES;) {
        struct maker m = {0};

        for (unsigned i = 0; i < 200; i++, pos++)
            maker_add_message(&m, pos, pos - 1, 7, TEXT_BYTES);
        assert_int_equal(maker_commit(&m, p.st, NOW), ERR_OK);
    }
    look_at_all(&p);
    assert_true(map_bytes(&p) > (size_t)MESSAGES * TEXT_BYTES);
    store_tend(p.st, NOW);
    assert_true(map_bytes(&p) < (4u << 20));
    look_at_all(&p);
    place_remove(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_looked_at_once_is_let_go_of_and_is_still_there),
    };

    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
