/* The life of an answer: what may follow what, and that nobody who waits for one is left without.
 */
#include "api_world.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/api/api_int.h"

static bool stops(void (*fn)(void *arg), void *arg)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        if (close(STDERR_FILENO) == 0)
            fn(arg);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

struct move {
    enum answer_state from, to;
};

static void move_do(void *arg)
{
    struct move *m = arg;

    answer_set_state(&m->from, m->to);
}

static void an_answer_moves_as_its_table_says(void **state)
{
    static const struct move allowed[] = {
        {ANSWER_OWED, ANSWER_PUT_OFF}, {ANSWER_OWED, ANSWER_HELD},
        {ANSWER_OWED, ANSWER_OUT},     {ANSWER_PUT_OFF, ANSWER_OWED},
        {ANSWER_PUT_OFF, ANSWER_LOST}, {ANSWER_PUT_OFF, ANSWER_TAKEN_BACK},
        {ANSWER_HELD, ANSWER_OUT},     {ANSWER_HELD, ANSWER_LOST}};

    (void)state;
    for (unsigned from = ANSWER_OWED; from <= ANSWER_LOST; from++) {
        for (unsigned to = ANSWER_OWED; to <= ANSWER_LOST; to++) {
            struct move m = {from, to};
            bool may = false;

            for (size_t i = 0; i < COUNT_OF(allowed); i++)
                may |= allowed[i].from == from && allowed[i].to == to;
            assert_int_equal(stops(move_do, &m), !may);
        }
    }
}

static void put_off_and_forgotten(void *arg)
{
    struct call c = {.api = arg, .via = VIA_HTTP};
    struct later l;

    later_init(&l, &c);
    later_fini(&l);
}

static void gone_on_with_and_forgotten(void *arg)
{
    struct call c = {.api = arg, .via = VIA_HTTP}, again;
    struct later l;

    later_init(&l, &c);
    later_call(&l, &again);
    later_fini(&l);
}

static void answered_twice(void *arg)
{
    struct call c = {.api = arg, .via = VIA_LINE};

    call_ok(&c, 0, SPAN_NONE);
    call_ok(&c, 0, SPAN_NONE);
}

static void taken_back_and_refused(void *arg)
{
    struct call c = {.api = arg, .via = VIA_LINE};
    struct later l;

    later_init(&l, &c);
    later_take_back(&l, &c);
    later_fini(&l);
    call_refuse(&c, ERR_BUSY, NULL, REFUSE_NONE);
}

static void who_waits_for_an_answer_gets_one(void **state)
{
    struct world *w = *state;

    assert_true(stops(put_off_and_forgotten, w->api));
    assert_true(stops(gone_on_with_and_forgotten, w->api));
    assert_true(stops(answered_twice, w->api));
    assert_false(stops(taken_back_and_refused, w->api));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_moves_as_its_table_says),
        cmocka_unit_test_setup_teardown(who_waits_for_an_answer_gets_one, world_open, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
