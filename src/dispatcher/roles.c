/* Whom dispatcher and workers run as.  How a process becomes another user is rights'. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "deskbell/log.h"
#include "dispatch.h"
#include "dispatcher_int.h"

enum { ROW_DISPATCHER, ROW_SMTP, ROW_COUNT };

static char *smtp_argv[] = {(char *)"deskbell-smtp", NULL};

/* For the keeper, who has them as long as it lives. */
static struct keeper_program rows[ROW_COUNT];

/*
 * The worker's program stands beside this one, or where it was installed.  It is held open, so that
 * an upgrade meanwhile does not bring a worker that takes other jobs.
 */
static err_t worker_open(struct dispatcher *d, struct fault *f)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[n > 0 ? n : 0] = '\0';
    d->worker = program_find(self, smtp_argv[0], DESKBELL_LIBEXECDIR);
    if (d->worker >= 0)
        return ERR_OK;
    return fault_set(f, ERR_IO, "deskbell-smtp",
                     "the program is neither beside this one nor in " DESKBELL_LIBEXECDIR);
}

static err_t roles_split(struct dispatcher *d, struct fault *f)
{
    const struct config *conf = &d->conf;
    const char *const names[RIGHTS_ROLES] = {conf->user, conf->dispatcher_user, conf->smtp_user};
    struct rights_user users[RIGHTS_ROLES];
    err_t err = rights_roles_find(names, users, f);

    if (err != ERR_OK)
        return err;
    rows[ROW_DISPATCHER] =
        (struct keeper_program){.fd = -1, .user = users[RIGHTS_DISPATCHER], .starts = ROW_SMTP};
    rows[ROW_SMTP] = (struct keeper_program){
        .fd = d->worker, .argv = smtp_argv, .user = users[RIGHTS_SMTP], .starts = -1};

    const struct store_owners owners = {.gateway = users[RIGHTS_GATEWAY].uid,
                                        .dispatcher = users[RIGHTS_DISPATCHER].uid,
                                        .group = users[RIGHTS_GATEWAY].gid};
    if ((err = store_hand_over(conf->state_dir, &owners, false, f)) != ERR_OK ||
        (err = keeper_split(rows, ROW_COUNT, &d->keeper, f)) != ERR_OK)
        return err;
    log_info("rights.user", "dispatcher=%s smtp=%s", names[RIGHTS_DISPATCHER], names[RIGHTS_SMTP]);
    return ERR_OK;
}

err_t roles_take(struct dispatcher *d, bool kept, struct fault *f)
{
    err_t err = ERR_OK;

    if (kept) {
        d->keeper = keeper_inherit();
        return ERR_OK; /* it has left us nothing to give up */
    }
    if ((err = worker_open(d, f)) == ERR_OK && rights_are_roots() &&
        strcmp(d->conf.user, "root") != 0)
        err = roles_split(d, f);
    rights_shed();
    return err;
}
