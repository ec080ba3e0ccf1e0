/*
 * Agents' pictures: taken in, checked and made anew on another thread, and given to whoever names
 * one.
 *
 * The name is a hash of the picture and its agent under the store's secret.  So it can be guessed
 * by nobody, a photograph that somebody has does not tell whether it is anybody's here, and two
 * agents with one picture have two names: with the agent's picture its name goes, too.
 */
#include <stdlib.h>

#include "api_int.h"
#include "deskbell/picture.h"
#include "deskbell/tlv.h"

#define PICTURES_PER_HOUR 60  /* an agent's, of himself or others */
#define MAKING_MAX 4          /* under way or waiting for a thread: each is held in memory */
#define SHOWN_PER_MINUTE 1200 /* to one address: consoles of a whole office, without a cache */
/* Not for ever, and by no proxy: one that is taken away shall be gone one day. */
#define CACHE "private, max-age=604800, immutable"

struct making {
    struct later l;
    struct cmd cmd;
    struct buf in, out;
    struct fault f;
    err_t err;
};

static void making_free(struct making *m)
{
    later_fini(&m->l);
    buf_fini(&m->in);
    buf_fini(&m->out);
    free(m);
}

static void making_work(void *ctx)
{
    struct making *m = ctx;

    m->err = picture_make(buf_span(&m->in), "picture", &m->out, &m->f);
}

static void picture_name(const struct api *api, uint64_t agent, struct span bytes, uint64_t name[2])
{
    struct buf b = {0};
    uint8_t hash[HASH_BYTES];

    buf_addf(&b, "picture %llu ", (unsigned long long)agent);
    buf_add_span(&b, bytes);
    hash_bytes(hash, buf_span(&b), api->secret);
    name[0] = be64_get(hash);
    name[1] = be64_get(hash + 8);
    buf_fini(&b);
}

static void picture_done(struct jw *j, const struct call *c, const struct answer *a)
{
    const struct agent *ag = core_agent(c->api->env.core, a->id);
    char name[PICTURE_NAME];

    jw_k_id(j, "agent", a->id);
    if (ag != NULL && ag->picture_pos != 0) {
        picture_name_format(ag->picture, name);
        jw_k_str(j, "picture", name);
    }
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

static void making_done(void *ctx)
{
    struct making *m = ctx;
    struct api *api = m->l.api;
    struct call c;

    api->npictures--;
    later_call(&m->l, &c);
    if (m->err == ERR_OK) {
        m->cmd.picture.bytes = buf_span(&m->out);
        picture_name(api, m->cmd.picture.agent, buf_span(&m->out), m->cmd.picture.name);
        call_command(&c, &m->cmd, picture_done);
    } else {
        call_fail(&c, &m->f);
    }
    making_free(m);
}

/* Before anything is done about it: core says the same of whoever may not, or of nobody. */
static bool may_change(struct call *c)
{
    uint64_t agent = c->arg[ARG_AGENT].id;

    if (c->who.kind == BY_AGENT && c->who.id == agent)
        return true;
    if (!admin_only(c))
        return false;
    if (core_agent(c->api->env.core, agent) != NULL)
        return true;
    call_refuse(c, ERR_NOTFOUND, "agent", REFUSE_AGENT_UNKNOWN);
    return false;
}

static err_t too_long(struct fault *f, size_t has)
{
    return fault_refuse_with(f, ERR_TOOBIG, "picture", REFUSE_TOO_LONG_BYTES,
                             VALUES(OF_INT(PICTURE_MAX_BYTES), OF_INT(has)));
}

/* The body as it is, or in a field. */
static err_t bytes_take(const struct call *c, struct buf *in, struct fault *f)
{
    const struct arg_value *arg = &c->arg[ARG_PICTURE];
    char *bytes;
    size_t len;
    err_t err;

    if (c->raw && c->rq->body.len > PICTURE_MAX_BYTES)
        return too_long(f, c->rq->body.len);
    if (c->raw && c->rq->body.len > 0) {
        buf_add_span(in, c->rq->body);
        return ERR_OK;
    }
    if (!arg->has)
        return fault_refuse_with(f, ERR_INVAL, "picture", REFUSE_NEEDED,
                                 VALUES(OF_STR(c->verb->word)));
    bytes = xmalloc(PICTURE_MAX_BYTES);
    err = b64url_decode(arg->s, bytes, PICTURE_MAX_BYTES, &len);
    if (err == ERR_OK)
        buf_add(in, bytes, len);
    else if (err == ERR_TOOBIG)
        too_long(f, arg->s.len / 4 * 3);
    else
        fault_refuse(f, err, "picture", REFUSE_PICTURE_KIND);
    free(bytes);
    return err;
}

static bool rate_ok(const struct call *c, int64_t *retry_ms)
{
    return c->who.kind != BY_AGENT ||
           rate_take(&c->api->rate, rate_key_id("picture", c->who.id), PICTURES_PER_HOUR, HOUR_MS,
                     api_now(c->api), retry_ms);
}

static void making_start(struct call *c, struct making *m)
{
    const struct api_env *env = &c->api->env;

    call_cmd(c, &m->cmd);
    m->cmd.client_id = SPAN_NONE; /* the call's own */
    m->cmd.picture.agent = c->arg[ARG_AGENT].id;
    if (c->raw)
        m->cmd.chash ^= hash_u64(c->rq->body, NULL);
    later_init(&m->l, c);
    if (c->api->npictures < MAKING_MAX && env->work(env->arg, making_work, making_done, m)) {
        c->api->npictures++;
        return;
    }
    later_take_back(&m->l, c);
    making_free(m);
    call_refuse(c, ERR_BUSY, NULL, REFUSE_NONE);
}

void run_picture_set(struct call *c)
{
    struct making *m;
    struct buf in = {0};
    struct fault f;
    int64_t retry_ms = 0;

    if (!may_change(c))
        return;
    if (bytes_take(c, &in, &f) != ERR_OK) {
        call_fail(c, &f);
    } else if (!rate_ok(c, &retry_ms)) {
        fault_refuse_with(&f, ERR_RATE, NULL, REFUSE_RATE_HOUR, VALUES(OF_INT(PICTURES_PER_HOUR)));
        call_fail_retry(c, &f, retry_ms);
    } else {
        m = xcalloc(1, sizeof(*m));
        m->in = in;
        making_start(c, m);
        return;
    }
    buf_fini(&in);
}

void run_picture_remove(struct call *c)
{
    struct cmd cmd;

    call_cmd(c, &cmd);
    cmd.picture.agent = c->arg[ARG_AGENT].id;
    call_command(c, &cmd, picture_done);
}

/* showing */

static bool bytes_find(struct api *api, struct span text, struct buf *mem, struct span *bytes)
{
    const struct agent *ag;
    struct rec rec;
    uint64_t name[2];

    if (!picture_name_parse(text, name) ||
        (ag = core_agent_by_picture(api->env.core, name)) == NULL ||
        store_read_rec(api->env.store, ag->picture_pos, &rec, mem) != ERR_OK)
        return false;
    *bytes = body_get(rec.body, BODY_PICTURE);
    return bytes->len > 0;
}

void picture_reply(struct api *api, uint64_t conn, const struct api_request *rq, struct span name)
{
    struct reply rp = {.status = 200, .type = PICTURE_TYPE};
    struct buf mem = {0};
    int64_t retry_ms;

    if (!rate_take(&api->rate, rate_key_ip("picture", &rq->ip), SHOWN_PER_MINUTE, 60000,
                   api_now(api), &retry_ms))
        api_reply_err(api, conn, ERR_RATE, REFUSE_NONE);
    else if (!bytes_find(api, name, &mem, &rp.body))
        api_reply_nothing(api, conn);
    else {
        reply_header(&rp, "Cache-Control", SPAN_LIT(CACHE));
        reply_header(&rp, "Access-Control-Allow-Origin", SPAN_LIT("*"));
        reply_header(&rp, "Cross-Origin-Resource-Policy", SPAN_LIT("cross-origin"));
        api_reply_now(api, conn, &rp);
    }
    buf_fini(&mem);
}
