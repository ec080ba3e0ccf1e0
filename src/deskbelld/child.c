/*
 * One child, by exec: the store is open in this process, so a fork that goes on would be wrong.
 * It does not know what the child does.
 */
#include "child.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "deskbell/log.h"

#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS 30000
#define RAN_WELL_MS 10000

static int child_spawn(struct child *ch)
{
    int program, rc;

    if (ch->keeper.ask >= 0)
        return keeper_start(&ch->keeper, NULL, 0, &ch->pid);
    if ((program = program_open(ch->argv[0])) < 0)
        return errno;
    rc = program_start(program, ch->argv, NULL, 0, &ch->pid);
    close(program);
    return rc;
}

static void child_run(struct child *ch)
{
    int rc = child_spawn(ch);

    ch->started_ms = clock_mono_ms();
    if (rc == 0) {
        log_info("dispatcher.started", "pid=%d", (int)ch->pid);
        return;
    }
    ch->pid = 0;
    log_error("dispatcher.not-started", "program=%s why=%s",
              log_quote(ch->argv[0], strlen(ch->argv[0])),
              log_quote(strerror(rc), strlen(strerror(rc))));
}

static void child_plan(struct child *ch)
{
    struct timeval tv = {.tv_sec = ch->backoff_ms / 1000,
                         .tv_usec = (suseconds_t)(ch->backoff_ms % 1000) * 1000};

    event_add(ch->timer, &tv);
    ch->backoff_ms = ch->backoff_ms * 2 < BACKOFF_MAX_MS ? ch->backoff_ms * 2 : BACKOFF_MAX_MS;
}

static void child_on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct child *ch = arg;

    (void)fd;
    (void)what;
    if (ch->stopping || ch->pid != 0)
        return;
    child_run(ch);
    if (ch->pid == 0)
        child_plan(ch);
}

void child_start(struct child *ch, struct event_base *base, char *const *argv,
                 struct keeper_link keeper)
{
    *ch =
        (struct child){.base = base, .argv = argv, .keeper = keeper, .backoff_ms = BACKOFF_MIN_MS};
    ch->timer = evtimer_new(base, child_on_timer, ch);
    ensure(ch->timer != NULL);
    child_on_timer(-1, 0, ch);
}

/* Has it ended, and how?  A keeper may still tell of one that came before. */
static bool child_has_ended(struct child *ch, int *status)
{
    pid_t pid;

    if (ch->keeper.told < 0)
        return ch->pid != 0 && waitpid(ch->pid, status, WNOHANG) == ch->pid;
    while (keeper_ended(&ch->keeper, &pid, status))
        if (pid == ch->pid)
            return true;
    return false;
}

static void child_kill(struct child *ch, int sig)
{
    if (ch->keeper.ask >= 0)
        keeper_kill(&ch->keeper, ch->pid, sig);
    else
        kill(ch->pid, sig);
}

void child_reap(struct child *ch)
{
    int status;

    if (!child_has_ended(ch, &status))
        return;
    ch->pid = 0;
    if (ch->stopping)
        return;
    if (WIFSIGNALED(status))
        log_warn("dispatcher.ended", "signal=%d again_ms=%u", WTERMSIG(status), ch->backoff_ms);
    else if (WEXITSTATUS(status) != 0)
        log_warn("dispatcher.ended", "status=%d again_ms=%u", WEXITSTATUS(status), ch->backoff_ms);
    else /* somebody asked it to end; with Ctrl-C everybody is asked at once */
        log_info("dispatcher.ended", "status=0 again_ms=%u", ch->backoff_ms);
    if (clock_mono_ms() - ch->started_ms >= RAN_WELL_MS)
        ch->backoff_ms = BACKOFF_MIN_MS;
    child_plan(ch);
}

void child_stop(struct child *ch, int wait_ms)
{
    int64_t until_ms = clock_mono_ms() + wait_ms;
    bool killed = false;

    if (ch->timer == NULL)
        return;
    ch->stopping = true;
    if (ch->pid != 0)
        child_kill(ch, SIGTERM);
    while (ch->pid != 0) {
        child_reap(ch);
        if (ch->pid != 0 && !killed && clock_mono_ms() >= until_ms) {
            child_kill(ch, SIGKILL);
            killed = true;
        }
        if (ch->pid != 0)
            poll(NULL, 0, 10);
    }
    event_free(ch->timer);
    ch->timer = NULL;
}
