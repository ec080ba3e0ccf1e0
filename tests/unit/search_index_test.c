/* The index beside a store: what is found, that it follows, and what it outlives. */
#include "search_world.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deskbell/clock.h"

static void words_are_found_wherever_they_were_said(void **state)
{
    struct world *w = *state;

    some_talk(w);
    begin(w);
    follow(w);
    assert_string_equal(find(w, "gift wrap"), "3 1");
    assert_string_equal(find(w, "gift"), "3 2 1");
    assert_string_equal(find(w, "gift -wrap"), "2");
    assert_string_equal(find(w, "gift -\"gift box\""), "3 1"); /* only texts know that */
    assert_string_equal(find(w, "gift -包装できます"), "3 1");
    assert_string_equal(find(w, "包装"), "2");
    assert_string_equal(find(w, "贈リ物"), "2");
    assert_string_equal(find(w, "包装紙"), "");
    assert_string_equal(find(w, "mei"), "1");
    assert_string_equal(find(w, "花子"), "2");
    assert_string_equal(find(w, "someone@example.org free"), "1");
    assert_string_equal(find(w, "\"wrapping free\""), "1");
    assert_string_equal(find(w, "\"gift free\""), "");
    assert_string_equal(find(w, "nothing"), "");
    assert_string_equal(find(w, ""), "3 2 1");
}

static void it_is_narrowed_down_by_what_conversations_are(void **state)
{
    struct world *w = *state;
    static const uint64_t mine[] = {3}, others[] = {4};

    some_talk(w);
    begin(w);
    follow(w);
    assert_string_equal(find_want(w, "gift", (struct search_want){.all = true, .agent = 77}), "2");
    assert_string_equal(find_want(w, "gift", (struct search_want){.all = true, .missed = true}),
                        "3");
    assert_string_equal(find_want(w, "", (struct search_want){.all = true, .ended = true}), "2");
    assert_string_equal(find_want(w, "", (struct search_want){.all = true, .dept = 4}), "");
    assert_string_equal(find_want(w, "gift", (struct search_want){.all = true, .below = 3}), "2 1");
    assert_string_equal(find_want(w, "gift", (struct search_want){.all = true, .least = 2}), "3 2");
    assert_string_equal(find_want(w, "gift", (struct search_want){.depts = mine, .ndepts = 1}),
                        "3 2 1");
    assert_string_equal(
        find_want(w, "gift", (struct search_want){.depts = others, .ndepts = 1, .self = 77}), "2");
    assert_string_equal(find_want(w, "gift", (struct search_want){.depts = others, .ndepts = 1}),
                        "");
    /* Their ids say when they began: conversation n at n seconds. */
    assert_string_equal(find_want(w, "", (struct search_want){.all = true, .from_ms = 2000}),
                        "3 2");
    assert_string_equal(find_want(w, "", (struct search_want){.all = true, .from_ms = 2001}), "3");
    assert_string_equal(find_want(w, "", (struct search_want){.all = true, .from_ms = 9000}), "");
}

static void what_was_handed_on_is_found_by_those_who_have_it_now(void **state)
{
    struct world *w = *state;
    static const uint64_t others[] = {4};
    struct search_want theirs = {.depts = others, .ndepts = 1};

    some_talk(w);
    hand_on(w, 1, 4, "she wants marmalade");
    happen(w, 2, REC_CONV_ASSIGNED, 78);
    commit(w);
    begin(w);
    follow(w);
    assert_string_equal(find_want(w, "gift", theirs), "1");
    assert_string_equal(find_want(w, "marmalade", theirs), "1"); /* its note */
    assert_string_equal(find_want(w, "gift", (struct search_want){.all = true, .agent = 78}), "2");
}

static void who_has_no_department_finds_nothing(void **state)
{
    struct world *w = *state;

    some_talk(w);
    begin(w);
    follow(w);
    assert_string_equal(find_want(w, "gift", (struct search_want){.self = 0}), "");
}

static void it_follows_what_is_said_later(void **state)
{
    struct world *w = *state;

    begin(w);
    some_talk(w);
    follow(w);
    assert_string_equal(find(w, "marmalade"), "");
    say(w, 1, REC_CONV_MESSAGE, "marmalade, too");
    commit(w);
    follow(w);
    assert_string_equal(find(w, "marmalade"), "1");
    assert_string_equal(find(w, "marmalade wrapping"), "1"); /* two lines, one conversation */
    for (unsigned i = 0; i < 40; i++) {
        say(w, 1 + i % 3, REC_CONV_MESSAGE, "small talk");
        commit(w);
    }
    follow(w);
    assert_string_equal(find(w, "talk"), "3 2 1");
    assert_string_equal(find(w, "wrapping"), "1");
}

/* Up to where the file itself says that it has come. */
static uint64_t place_of(struct world *w)
{
    uint8_t key[KEY_BYTES], id[HASH_BYTES];
    struct index_at at = {0};
    struct index *ix;
    char path[128];

    snprintf(path, sizeof(path), "%s/search.db", w->p.store);
    store_secret(w->p.st, key);
    hash_bytes(id, SPAN_LIT("search"), key);
    assert_int_equal(index_open(path, id, &ix, &at), ERR_OK);
    index_close(ix);
    return at.pos;
}

/* In the index itself, whatever the conversation says by now. */
static size_t held(struct world *w, const char *word)
{
    struct index *ix;
    char path[128];
    uint64_t numbers[10];
    size_t n;
    bool stopped;

    snprintf(path, sizeof(path), "%s/search.db", w->p.store);
    assert_int_equal(index_open_read(path, &ix), ERR_OK);
    assert_int_equal(index_find(ix, span_of(word), UINT32_MAX, 0, clock_mono_ms() + WAIT_MS,
                                numbers, COUNT_OF(numbers), &n, &stopped),
                     ERR_OK);
    index_close(ix);
    return n;
}

static void what_was_changed_is_forgotten_and_the_rest_is_not(void **state)
{
    struct world *w = *state;
    uint64_t pos;

    some_talk(w);
    begin(w);
    say(w, 1, REC_CONV_MESSAGE, "the wrapping costs zweihundert");
    pos = w->pos;
    commit(w);
    follow(w);
    assert_int_equal(held(w, "zweihundert"), 1);
    change(w, 1, pos, "the wrapping costs zweihundert", "it costs zwanzig");
    say(w, 1, REC_CONV_MESSAGE, "costs less");
    commit(w);
    follow(w);
    assert_int_equal(held(w, "zweihundert"), 0);
    assert_string_equal(find(w, "zweihundert"), "");
    assert_string_equal(find(w, "zwanzig less"), "1");
    assert_string_equal(find(w, "wrapping"), "1"); /* in another line of it */
    assert_string_equal(find(w, "gift"), "3 2 1");
    change(w, 1, pos, "it costs zwanzig", NULL);
    commit(w);
    follow(w);
    assert_int_equal(held(w, "zwanzig"), 0);
    assert_string_equal(find(w, "less"), "1");
}

/* Where the index is made of a journal whose very first conversation was changed, and more than
 * once. */
static void what_was_changed_before_it_was_read_is_not_there(void **state)
{
    struct world *w = *state;
    uint64_t pos;

    ring(w, 1, "Hana", "the first of all");
    say(w, 1, REC_CONV_MESSAGE, "it costs zweihundert");
    pos = w->pos;
    for (unsigned i = 0; i < 6; i++)
        change(w, 1, pos, i == 0 ? "it costs zweihundert" : "it costs zwanzig", "it costs zwanzig");
    commit(w);
    begin(w);
    follow(w);
    assert_string_equal(find(w, "zwanzig"), "1");
    assert_int_equal(held(w, "zweihundert"), 0);
    assert_string_equal(find(w, "first"), "1");
    change(w, 1, pos, "it costs zwanzig", NULL);
    commit(w);
    follow(w);
    assert_int_equal(held(w, "zwanzig"), 0);
    search_rebuild(w->s);
    follow(w);
    assert_int_equal(held(w, "zwanzig"), 0);
    assert_string_equal(find(w, "first"), "1");
}

static void it_goes_on_where_it_was_and_begins_anew_where_it_must(void **state)
{
    struct world *w = *state;
    char path[128];
    int fd;

    some_talk(w);
    begin(w);
    follow(w);
    end(w);
    assert_int_equal(place_of(w), w->pos);
    say(w, 2, REC_CONV_FEEDBACK, "late thanks"); /* its number is not at hand any more */
    commit(w);
    begin(w);
    follow(w);
    assert_string_equal(find(w, "thanks"), "2");
    end(w);

    snprintf(path, sizeof(path), "%s/search.db", w->p.store);
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "this is no database at all......", 32, 0), 32);
    close(fd);
    begin(w);
    follow(w);
    assert_string_equal(find(w, "thanks"), "2");
    search_rebuild(w->s);
    follow(w);
    end(w);

    search_remove(w->p.store);
    assert_int_equal(access(path, F_OK), -1);
    begin(w);
    follow(w);
    assert_string_equal(find(w, "gift wrap"), "3 1");
}

static void it_is_thrown_away_while_people_ask(void **state)
{
    struct world *w = *state;
    struct search_query *q = query_new("gift");

    some_talk(w);
    begin(w);
    follow(w);
    search_rebuild(w->s);
    for (unsigned i = 0; i < 200; i++) {
        struct search_want want = {.query = q, .all = true};
        struct search_hit hits[8];
        uint64_t next;
        size_t n = 9;
        err_t err = search_find(w->s, &want, clock_mono_ms() + WAIT_MS, hits, 8, &n, &next);

        assert_true(err == ERR_AGAIN || (err == ERR_OK && n <= 3));
    }
    search_query_free(q);
    follow(w);
    assert_string_equal(find(w, "gift"), "3 2 1");
}

static void an_index_of_another_store_or_another_journal_is_none(void **state)
{
    struct world *w = *state, other = {0};
    char from[128], to[128], command[300];

    some_talk(w);
    place_make_in_memory(&other.p);
    place_open(&other.p);
    ring(&other, 1, "Olga", "a secret of another house");
    say(&other, 1, REC_CONV_MESSAGE, "and more");
    for (unsigned i = 0; i < 7; i++)
        say(&other, 1, REC_CONV_MESSAGE, "and on");
    commit(&other);
    begin(&other);
    follow(&other);
    end(&other);
    snprintf(from, sizeof(from), "%s/search.db", other.p.store);
    snprintf(to, sizeof(to), "%s/search.db", w->p.store);
    snprintf(command, sizeof(command), "cp %s %s", from, to);
    assert_int_equal(system(command), 0);
    place_remove(&other.p);
    begin(w);
    follow(w);
    assert_string_equal(find(w, "secret"), "");
    assert_string_equal(find(w, "gift wrap"), "3 1");
}

/* A journal that was put back, as from a backup: the place that the index has is not there. */
static void an_index_that_is_ahead_of_its_journal_is_none(void **state)
{
    struct world *w = *state;
    struct index *ix;
    struct index_at at;
    uint8_t key[KEY_BYTES], id[HASH_BYTES];
    char path[128];

    some_talk(w);
    snprintf(path, sizeof(path), "%s/search.db", w->p.store);
    store_secret(w->p.st, key);
    hash_bytes(id, SPAN_LIT("search"), key);
    assert_int_equal(index_open(path, id, &ix, &at), ERR_OK);
    assert_int_equal(index_begin(ix), ERR_OK);
    assert_int_equal(index_put(ix, 1, SPAN_LIT("marmalade")), ERR_OK);
    assert_int_equal(index_commit(ix, &(struct index_at){.pos = w->pos, .mark = 1}), ERR_OK);
    index_close(ix);
    begin(w);
    follow(w);
    assert_string_equal(find(w, "gift wrap"), "3 1");
    end(w);
}

static void it_says_that_it_is_behind_where_there_is_no_space(void **state)
{
    struct world *w = *state;
    int64_t until_ms = clock_mono_ms() + WAIT_MS;
    struct search_status st = {0};

    some_talk(w);
    w->s = search_start(&(struct search_options){
        .store = w->p.st, .dir = w->p.store, .free_min_bytes = UINT64_MAX});
    while (st.trouble != SEARCH_NO_SPACE && clock_mono_ms() < until_ms) {
        search_status_get(w->s, &st);
        (void)poll(NULL, 0, 2);
    }
    assert_int_equal(st.trouble, SEARCH_NO_SPACE);
    assert_int_equal(st.records, w->pos);
    assert_int_equal(st.pos, 0);
}

static void only_its_owner_reads_the_file(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"search.db", "search.db-wal", "search.db-shm"};

    some_talk(w);
    begin(w);
    follow(w);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[128];
        struct stat sb;

        snprintf(path, sizeof(path), "%s/%s", w->p.store, names[i]);
        assert_int_equal(stat(path, &sb), 0);
        assert_int_equal(sb.st_mode & 0777, 0600);
    }
}

#ifdef TEST_HOOKS

/* killed */

static void part_follow(const char *dir)
{
    struct store_options opt = {.dir = dir, .role = STORE_GATEWAY, .ballast_bytes = 4096};
    struct fault f = {0};
    struct search *s;
    struct store *st;

    crypto_init();
    if (store_open(&opt, &st, &f) != ERR_OK)
        exit(2);
    s = search_start(&(struct search_options){.store = st, .dir = dir, .free_min_bytes = 1});
    for (;;) {
        struct search_status now;

        search_status_get(s, &now);
        if (now.records == 0)
            break;
        (void)poll(NULL, 0, 2);
    }
    search_stop(s);
    store_close(st);
    exit(0);
}

/* At each point of each transaction in turn; then it goes on, and has lost and doubled nothing. */
static void killed_at_any_point_it_goes_on(void **state)
{
    static const char *const points[] = {"search.write", "search.written"};
    struct world *w = *state;
    char plan[200];

    for (unsigned i = 1; i < 300; i++) {
        ring(w, i, "Mei", i % 2 != 0 ? "odd marmalade" : "even marmalade");
        for (unsigned j = 0; j < 80; j++)
            say(w, i, REC_CONV_MESSAGE, "talk");
    }
    commit(w);
    place_close(&w->p);
    for (unsigned nth = 1; nth <= 2; nth++)
        for (size_t i = 0; i < COUNT_OF(points); i++) {
            struct part part;
            int status;

            snprintf(plan, sizeof(plan), "%s:%u:%s/crashed-%u-%zu", points[i], nth, w->p.dir, nth,
                     i);
            setenv("DESKBELL_CRASH", plan, 1);
            search_remove(w->p.store);
            part = part_start("follow", w->p.store);
            unsetenv("DESKBELL_CRASH");
            status = part_wait(&part);
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
            part = part_start("follow", w->p.store);
            assert_int_equal(part_wait(&part), 0);
            place_open(&w->p);
            begin(w);
            follow(w);
            assert_true(strncmp(find(w, "even marmalade"), "298 296 294", 11) == 0);
            assert_true(strncmp(find(w, "odd talk"), "299 297 295", 11) == 0);
            end(w);
            place_close(&w->p);
        }
}
#endif

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        T(words_are_found_wherever_they_were_said),
        T(it_is_narrowed_down_by_what_conversations_are),
        T(what_was_handed_on_is_found_by_those_who_have_it_now),
        T(who_has_no_department_finds_nothing),
        T(it_follows_what_is_said_later),
        T(what_was_changed_is_forgotten_and_the_rest_is_not),
        T(what_was_changed_before_it_was_read_is_not_there),
        T(it_goes_on_where_it_was_and_begins_anew_where_it_must),
        T(it_is_thrown_away_while_people_ask),
        T(an_index_of_another_store_or_another_journal_is_none),
        T(an_index_that_is_ahead_of_its_journal_is_none),
        T(it_says_that_it_is_behind_where_there_is_no_space),
        T(only_its_owner_reads_the_file),
#ifdef TEST_HOOKS
        T(killed_at_any_point_it_goes_on),
#endif
    };

#ifdef TEST_HOOKS
    if (argc == 3)
        part_follow(argv[2]);
#endif
    (void)argc;
    (void)argv;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
