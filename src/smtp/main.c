/*
 * deskbell-smtp, the worker: a process for one SMTP session.  It reads its job, runs the session,
 * tells what happens as it happens, and ends.  It opens no store and decides nothing.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deskbell/crash.h"
#include "deskbell/fd.h"
#include "deskbell/host.h"
#include "deskbell/log.h"
#include "deskbell/mailbox.h"
#include "deskbell/rights.h"
#include "patience.h"
#include "smtp_int.h"

static bool file_open, parent_gone;

void worker_tell(const struct worker_event *e)
{
    struct buf line = {.limit_bytes = EVENT_MAX_BYTES + 1};

    worker_event_format(e, &line);
    ensure(!line.full);
    /*
     * A note that cannot be written must not be followed by the final dot: the mail would look as
     * if it had never been sent.
     */
    if (file_open && !fd_write(WORKER_FILE_FD, buf_span(&line)))
        _exit(WORKER_EXIT_IO);
    if (e->type == EVENT_DATA)
        crash_point(CRASH_WORKER_TOLD);
    if (!parent_gone && !fd_write(WORKER_EVENT_FD, buf_span(&line)))
        parent_gone = true;
    buf_fini(&line);
}

void worker_give_up(enum smtp_trouble trouble, struct span text)
{
    worker_tell(&(struct worker_event){.type = EVENT_TROUBLE, .trouble = trouble, .text = text});
    worker_tell(&(struct worker_event){.type = EVENT_OVER});
    _exit(WORKER_EXIT_OK);
}

/* The whole of stdin, which is a file (of the parent's memory, or a test's). */
static err_t job_read(struct span *in)
{
    struct stat st;

    if (fstat(WORKER_JOB_FD, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
        return ERR_INVAL;
    if (st.st_size > (off_t)JOB_MAX_BYTES * 2)
        return ERR_TOOBIG;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, WORKER_JOB_FD, 0);
    if (p == MAP_FAILED)
        return ERR_IO;
    *in = (struct span){p, (size_t)st.st_size};
    return ERR_OK;
}

/* The sender's part of the address checks: nothing that is not an address reaches the wire. */
static err_t job_check(const struct job *job, struct fault *f)
{
    struct relay_check relay = {.host = job->host,
                                .user = job->user,
                                .password = job->password,
                                .port = job->port,
                                .tls = job->tls != JOB_TLS_NONE,
                                .token = job->token};
    err_t err = relay_check(&relay, f);

    if (err == ERR_OK && job->hello.len > 0 && !host_is_greeting(job->hello))
        err = fault_set(f, ERR_INVAL, "hello", "nobody can be greeted by this name");

    for (size_t i = 0; i < job->nmails && err == ERR_OK; i++) {
        const struct job_mail *m = &job->mails[i];

        err = mailbox_check_wire(m->from, f);
        for (size_t r = 0; r < m->nrcpts && err == ERR_OK; r++)
            err = mailbox_check_wire(m->rcpts[r], f);
        for (size_t b = 0; b < m->bytes.len && err == ERR_OK; b++) {
            bool cr = b > 0 && m->bytes.p[b - 1] == '\r';

            /* A bare LF or CR is where smuggling begins; the last line has its end. */
            if ((m->bytes.p[b] == '\n') != cr || (unsigned char)m->bytes.p[b] >= 0x80)
                err = fault_set(f, ERR_INVAL, "bytes", "the mail is not 7-bit lines with CR LF");
        }
        if (err == ERR_OK && m->bytes.p[m->bytes.len - 1] != '\n')
            err = fault_set(f, ERR_INVAL, "bytes", "the mail does not end with a line end");
    }
    return err;
}

int main(void)
{
    struct span in;
    struct job job;
    struct fault f = {0};
    err_t err;

    rights_begin();
    rights_shed();
    prctl(PR_SET_NAME, "deskbell-smtp"); /* it was started by a number */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* of a terminal, meant for the parent: a mail under way is finished */
    signal(SIGHUP, SIG_IGN);
    /* With a HOME that it may not read the library refuses TLS; one that is not there is fine. */
    ensure(setenv("HOME", "/nonexistent", 1) == 0);
    file_open = fcntl(WORKER_FILE_FD, F_GETFL) >= 0;
    if ((err = job_read(&in)) != ERR_OK || (err = job_decode(in, &job)) != ERR_OK) {
        log_error("worker.job", "err=%s", err_code(err));
        return WORKER_EXIT_JOB;
    }
    patience_begin(job.limit_ms, job.dot_ms);
    if (job_check(&job, &f) != ERR_OK)
        worker_give_up(TROUBLE_CONFIG, span_of(f.what));
    crash_point(CRASH_WORKER_START);
    smtp_run(&job);
    crash_point(CRASH_WORKER_OVER);
    worker_tell(&(struct worker_event){.type = EVENT_OVER});
    job_fini(&job);
    return WORKER_EXIT_OK;
}
