/*
 * The keeper, with this program in all of its parts: who may start what, who hears of its end, and
 * what a process has left of root's rights.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "deskbell/fd.h"
#include "deskbell/keeper.h"

#define LIMIT_S 60

static char *middle_argv[] = {(char *)"middle", NULL}, *last_argv[] = {(char *)"last", NULL};

/* parts: what they find out is said on descriptor 1, a word a line */

static int say(const char *word)
{
    return printf("%s\n", word) < 0 || fflush(stdout) != 0;
}

static bool end_is_told(const struct keeper_link *link, pid_t pid, int *status)
{
    struct pollfd fd = {.fd = link->told, .events = POLLIN};
    pid_t who;

    return poll(&fd, 1, LIMIT_S * 1000) == 1 && keeper_ended(link, &who, status) && who == pid;
}

/* A session without rights: a worker as the product starts it. */
static int part_last(void)
{
    char bytes[16] = "";

    if (read(0, bytes, sizeof(bytes) - 1) <= 0)
        return 1;
    if (strcmp(bytes, "stay") == 0)
        for (;;)
            pause();
    if (strcmp(bytes, "fds") == 0) {
        for (int fd = 0; fd < 64; fd++)
            if (fcntl(fd, F_GETFD) >= 0)
                printf("%d ", fd);
        return say("");
    }
    return say(bytes) == 0 ? 7 : 1;
}

static int last_run(const struct keeper_link *link, const char *job, int sig, int *status)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0 || !fd_write(ends[1], span_of(job)))
        return -1;
    const struct program_fd fds[] = {{ends[0], 0}};
    int why = keeper_start(link, fds, 1, &pid);
    close(ends[1]);
    close(ends[0]);
    if (why != 0)
        return why;
    if (sig != 0)
        keeper_kill(link, pid, sig);
    return end_is_told(link, pid, status) ? 0 : -1;
}

static int part_middle(void)
{
    struct keeper_link link = keeper_inherit();
    pid_t pid;
    int status = 0;

    if (fcntl(0, F_GETFD) < 0 || fcntl(5, F_GETFD) >= 0)
        return say("wrong-descriptors");
    if (last_run(&link, "hello", 0, &status) != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
        return say("no-hello");
    if (last_run(&link, "fds", 0, &status) != 0 || WEXITSTATUS(status) != 0)
        return say("no-fds");
    if (last_run(&link, "stay", SIGKILL, &status) != 0 || !WIFSIGNALED(status))
        return say("not-killed");
    if (keeper_ended(&link, &pid, &status))
        return say("ended-twice");

    /* Not ours to end: our own parent's child, and what is nobody's. */
    keeper_kill(&link, getpid(), SIGKILL);
    keeper_kill(&link, getppid(), SIGKILL);
    /* Nor to place descriptors where others are. */
    const struct program_fd wrong[] = {{0, 0}, {1, 0}}, beyond[] = {{0, PROGRAM_FDS_MAX + 1}},
                            before[] = {{0, -1}};
    if (keeper_start(&link, wrong, 2, &pid) != EPERM ||
        keeper_start(&link, beyond, 1, &pid) != EPERM ||
        keeper_start(&link, before, 1, &pid) != EPERM)
        return say("wrong-place");
    return say("middle-done") == 0 ? 5 : 1;
}

static void rows_make(struct keeper_program rows[3])
{
    struct rights_user me = {.uid = geteuid(), .gid = getegid()};

    for (int i = 0; i < 3; i++)
        rows[i] = (struct keeper_program){.user = me, .fd = -1, .starts = i < 2 ? i + 1 : -1};
    rows[1].fd = rows[2].fd = program_open("/proc/self/exe");
    rows[1].argv = middle_argv;
    rows[2].argv = last_argv;
}

static int part_first(void)
{
    static struct keeper_program rows[3];
    struct keeper_link link = KEEPER_NONE;
    struct fault f = {0};
    const struct program_fd own[] = {{0, 0}};
    int status = 0;
    pid_t pid;

    rows_make(rows);
    if (keeper_split(rows, 3, &link, &f) != ERR_OK)
        return say(f.what);
    if (keeper_start(&link, own, 1, &pid) != EPERM) /* what may start others gets none */
        return say("wrong-place");
    if (keeper_start(&link, NULL, 0, &pid) != 0 || !end_is_told(&link, pid, &status))
        return say("no-middle");
    return say(WIFEXITED(status) && WEXITSTATUS(status) == 5 ? "first-done" : "middle-failed") == 0
               ? 3
               : 1;
}

/* Ends as its argument says: by a status, by a signal, or once more. */
static int part_end(const char *how)
{
    static struct keeper_program rows[3];
    struct keeper_link link = KEEPER_NONE;
    struct fault f = {0};
    int fd;

    rows_make(rows);
    rows[0].starts = -1;
    if (keeper_split(rows, 1, &link, &f) != ERR_OK || link.ask >= 0)
        return say("no-split");
    if (strcmp(how, "again") == 0) {
        fd = open("again", O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* in a folder of its own */
        say(fd >= 0 ? "once" : "twice");
        return fd >= 0 ? KEEPER_AGAIN : 0;
    }
    if (strcmp(how, "signal") == 0)
        raise(SIGUSR1);
    if (strcmp(how, "wait") == 0) {
        say("waiting");
        pause();
    }
    return 9;
}

/* tests */

struct part {
    pid_t pid;
    FILE *said;
};

static struct part part_start(const char *name, const char *how)
{
    struct part p;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        for (int sig = 1; sig < NSIG; sig++)
            (void)signal(sig, SIG_DFL); /* whoever runs the tests may ignore some of them */
        alarm(LIMIT_S);
        close(ends[0]);
        if (dup2(ends[1], 1) == 1 && close(ends[1]) == 0)
            execl("/proc/self/exe", name, how, (char *)NULL);
        _exit(126);
    }
    close(ends[1]);
    p.said = fdopen(ends[0], "r");
    assert_non_null(p.said);
    return p;
}

static void assert_said(struct part *p, const char *words)
{
    char line[256] = "";

    assert_non_null(fgets(line, sizeof(line), p->said));
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line, words);
}

static int part_wait(struct part *p)
{
    char line[64];
    int status;

    assert_null(fgets(line, sizeof(line), p->said));
    fclose(p->said);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    return status;
}

static void each_starts_what_it_may_and_hears_of_its_end(void **state)
{
    struct part p = part_start("first", NULL);

    (void)state;
    assert_said(&p, "hello");
    assert_said(&p, "0 1 2 ");
    assert_said(&p, "middle-done");
    assert_said(&p, "first-done");
    assert_int_equal(part_wait(&p), 3 << 8);
}

static void the_keeper_ends_as_its_child_did(void **state)
{
    struct part p = part_start("end", "status");
    int status;

    (void)state;
    assert_int_equal(part_wait(&p), 9 << 8);
    p = part_start("end", "signal");
    status = part_wait(&p);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}

static void a_signal_is_passed_on(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        struct part p = part_start("end", "wait");

        assert_said(&p, "waiting");
        assert_int_equal(kill(p.pid, signals[i]), 0);
        int status = part_wait(&p);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
    }
}

/* Its pipe ends with the child, whom nothing else ends. */
static void a_child_does_not_outlive_its_keeper(void **state)
{
    struct part p = part_start("end", "wait");

    (void)state;
    assert_said(&p, "waiting");
    assert_int_equal(kill(p.pid, SIGKILL), 0);
    int status = part_wait(&p);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void who_asks_for_it_is_started_again(void **state)
{
    char dir[] = "/tmp/deskbell-keeper.XXXXXX", before[4096];

    (void)state;
    assert_non_null(getcwd(before, sizeof(before)));
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    struct part p = part_start("end", "again");
    assert_said(&p, "once");
    assert_said(&p, "twice");
    assert_int_equal(part_wait(&p), 0);
    assert_int_equal(unlink("again"), 0);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void what_is_no_packet_ends_the_link_only(void **state)
{
    int ends[2];
    struct keeper_link link;
    char bytes[8];
    pid_t pid;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    link = (struct keeper_link){ends[0], ends[0]};
    assert_int_equal(write(ends[1], "short", 5), 5);
    assert_int_equal(keeper_start(&link, NULL, 0, &pid), EPROTO);
    assert_true(recv(ends[1], bytes, sizeof(bytes), 0) > 0); /* what was asked */
    close(ends[1]);
    assert_int_equal(keeper_start(&link, NULL, 0, &pid), EPIPE);
    close(ends[0]);
}

static uint64_t caps_of(const char *row)
{
    char line[256];
    unsigned long long caps = ~0ull;
    FILE *in = fopen("/proc/self/status", "re");

    assert_non_null(in);
    while (fgets(line, sizeof(line), in) != NULL)
        if (strncmp(line, row, strlen(row)) == 0)
            assert_int_equal(sscanf(line + strlen(row), " %llx", &caps), 1);
    fclose(in);
    return caps;
}

/* In a process of its own: there is no way back. */
static void what_is_given_up_stays_given_up(void **state)
{
    pid_t pid = fork();
    struct rlimit core;
    int status;

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        bool good;

        rights_begin();
        good = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
               prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
#ifndef __SANITIZE_ADDRESS__
        good = good && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
#endif
        rights_keep(RIGHTS_LOW_PORTS);
        good = good && (caps_of("CapEff:") & ~RIGHTS_LOW_PORTS) == 0;
        rights_shed();
        good =
            good && caps_of("CapEff:") == 0 && caps_of("CapPrm:") == 0 && caps_of("CapAmb:") == 0;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* As root: another user for good.  Otherwise: nobody but oneself. */
static void one_becomes_another_user_for_good_or_not_at_all(void **state)
{
    pid_t pid = fork();
    int status;

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rights_user u = {.uid = geteuid() != 65534 ? 65534 : 65532, .gid = 65533};
        bool root = rights_are_roots(), became = rights_become(&u, RIGHTS_LOW_PORTS);

        if (root)
            _exit(became && getuid() == 65534 && getegid() == 65533 && getgroups(0, NULL) == 0 &&
                          caps_of("CapPrm:") == RIGHTS_LOW_PORTS && caps_of("CapBnd:") == 0 &&
                          setuid(0) != 0
                      ? 0
                      : 1);
        _exit(!became && errno == EPERM ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void users_are_found_and_each_is_anothers(void **state)
{
    static const struct {
        const char *names[RIGHTS_ROLES], *key, *what;
    } rows[] = {
        {{"daemon", "nobody", "sys"}, NULL, NULL},
        {{"no-such-user", "nobody", "sys"}, "user", "there is no user no-such-user"},
        {{"daemon", "no-such-user", "sys"}, "dispatcher_user", "useradd --system no-such-user"},
        {{"daemon", "daemon", "sys"}, "dispatcher_user", "daemon is the user already"},
        {{"daemon", "nobody", "nobody"}, "smtp_user", "nobody is the dispatcher_user already"},
        {{"daemon", "nobody", "a-name-that-is-longer-than-any-user-has"},
         "smtp_user",
         "there is no"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rights_user users[RIGHTS_ROLES];
        struct fault f = {0};
        err_t err = rights_roles_find(rows[i].names, users, &f);

        assert_int_equal(err, rows[i].key == NULL ? ERR_OK : ERR_INVAL);
        if (rows[i].key != NULL) {
            assert_string_equal(f.field, rows[i].key);
            assert_non_null(strstr(f.what, rows[i].what));
        } else {
            assert_int_equal(users[RIGHTS_DISPATCHER].gid, users[RIGHTS_GATEWAY].gid);
            assert_int_not_equal(users[RIGHTS_SMTP].gid, users[RIGHTS_GATEWAY].gid);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_starts_what_it_may_and_hears_of_its_end),
        cmocka_unit_test(the_keeper_ends_as_its_child_did),
        cmocka_unit_test(a_signal_is_passed_on),
        cmocka_unit_test(a_child_does_not_outlive_its_keeper),
        cmocka_unit_test(who_asks_for_it_is_started_again),
        cmocka_unit_test(what_is_no_packet_ends_the_link_only),
        cmocka_unit_test(what_is_given_up_stays_given_up),
        cmocka_unit_test(one_becomes_another_user_for_good_or_not_at_all),
        cmocka_unit_test(users_are_found_and_each_is_anothers),
    };

    if (strcmp(argv[0], "first") == 0)
        return part_first();
    if (strcmp(argv[0], "middle") == 0)
        return part_middle();
    if (strcmp(argv[0], "last") == 0)
        return part_last();
    if (strcmp(argv[0], "end") == 0 && argc == 2)
        return part_end(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
