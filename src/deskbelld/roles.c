/* See roles.h.  How a process becomes another user is rights'. */
#include "roles.h"

#include <errno.h>
#include <unistd.h>

#include "deskbell/log.h"

enum { ROW_GATEWAY, ROW_DISPATCHER, ROW_SMTP, ROW_COUNT };

/* For the keeper, who has them as long as it lives. */
static struct keeper_program rows[ROW_COUNT];

static err_t program_found(int program, const char *name, struct fault *f)
{
    if (program >= 0)
        return ERR_OK;
    return fault_set(f, ERR_IO, "dispatcher_program", "the program %s cannot be found", name);
}

static err_t rows_fill(struct gateway *g, const struct rights_user users[RIGHTS_ROLES],
                       struct fault *f)
{
    static char *smtp_argv[] = {(char *)"deskbell-smtp", NULL};
    const char *program = g->conf.dispatcher_program;
    err_t err;

    rows[ROW_GATEWAY] = (struct keeper_program){
        .fd = -1, .user = users[RIGHTS_GATEWAY], .capabilities = RIGHTS_LOW_PORTS, .starts = -1};
    if (!g->conf.dispatcher)
        return ERR_OK;
    gateway_plan_dispatcher(g, true);
    rows[ROW_GATEWAY].starts = ROW_DISPATCHER;
    rows[ROW_DISPATCHER] = (struct keeper_program){.fd = program_open(program),
                                                   .argv = g->dispatcher_argv,
                                                   .user = users[RIGHTS_DISPATCHER],
                                                   .starts = ROW_SMTP};
    rows[ROW_SMTP] =
        (struct keeper_program){.fd = program_find(program, smtp_argv[0], DESKBELL_LIBEXECDIR),
                                .argv = smtp_argv,
                                .user = users[RIGHTS_SMTP],
                                .starts = -1};
    if ((err = program_found(rows[ROW_DISPATCHER].fd, program, f)) == ERR_OK)
        err = program_found(rows[ROW_SMTP].fd, smtp_argv[0], f);
    return err;
}

/* As the gateway's user: what root may do says nothing about it. */
static err_t place_check(const struct gateway *g, struct fault *f)
{
    if (access(g->conf.state_dir, R_OK | W_OK | X_OK) == 0)
        return ERR_OK;
    return fault_set(
        f, ERR_DENIED, "state_dir",
        "%s cannot be used by the user %s: %s; each folder above it has to let him pass",
        g->conf.state_dir, g->conf.user, strerror(errno));
}

err_t roles_take(struct gateway *g, struct fault *f)
{
    const char *const names[RIGHTS_ROLES] = {g->conf.user, g->conf.dispatcher_user,
                                             g->conf.smtp_user};
    struct rights_user users[RIGHTS_ROLES];
    err_t err;

    if (!rights_are_roots())
        return ERR_OK;
    if (strcmp(g->conf.user, "root") == 0) {
        log_info("rights.root", "all=yes");
        return ERR_OK;
    }
    if ((err = rights_roles_find(names, users, f)) != ERR_OK ||
        (err = rows_fill(g, users, f)) != ERR_OK)
        return err;
    const struct store_owners owners = {.gateway = users[RIGHTS_GATEWAY].uid,
                                        .dispatcher = users[RIGHTS_DISPATCHER].uid,
                                        .group = users[RIGHTS_GATEWAY].gid};
    if ((err = store_hand_over(g->conf.state_dir, &owners, true, f)) != ERR_OK)
        return err;
    if ((err = keeper_split(rows, g->conf.dispatcher ? ROW_COUNT : 1, &g->keeper, f)) != ERR_OK)
        return err;
    log_info("rights.user", "gateway=%s dispatcher=%s smtp=%s", names[RIGHTS_GATEWAY],
             names[RIGHTS_DISPATCHER], names[RIGHTS_SMTP]);
    return place_check(g, f);
}
