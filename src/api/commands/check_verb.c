/* The control socket's check of the store: it runs beside the loop, in the pool. */
#include <stdlib.h>

#include "api_int.h"
#include "deskbell/view.h"

#define CHECK_ANSWER_MAX_BYTES (1u << 20) /* CHECK_FINDINGS_MAX of them and some */

struct check_later {
    struct later l;
    struct store *store;
    struct buf b;
    struct jw j;
    struct fault f;
    err_t err;
};

static void check_found(void *arg, const struct check_finding *f)
{
    struct check_later *cl = arg;

    view_check_finding(&cl->j, f);
}

static void check_work(void *ctx)
{
    struct check_later *cl = ctx;
    struct check_report r;

    view_check_begin(&cl->j);
    cl->err = store_check(cl->store, false, check_found, cl, &r, &cl->f);
    if (cl->err == ERR_OK)
        view_check_end(&cl->j, &r);
}

static void check_done(void *ctx)
{
    struct check_later *cl = ctx;
    struct call c;

    later_call(&cl->l, &c);
    if (cl->err == ERR_OK) {
        call_ok(&c, turn_folded_pos(c.api->env.turn), buf_span(&cl->b));
    } else {
        cl->f.err = cl->err;
        call_fail(&c, &cl->f);
    }
    later_fini(&cl->l);
    buf_fini(&cl->b);
    free(cl);
}

void run_check(struct call *c)
{
    const struct api_env *env = &c->api->env;
    struct check_later *cl = xcalloc(1, sizeof(*cl));

    later_init(&cl->l, c);
    cl->store = env->store;
    cl->b.limit_bytes = CHECK_ANSWER_MAX_BYTES;
    cl->j.b = &cl->b;
    if (env->work(env->arg, check_work, check_done, cl))
        return;
    later_take_back(&cl->l, c);
    later_fini(&cl->l);
    free(cl);
    call_refuse(c, ERR_BUSY, NULL, REFUSE_NONE);
}
