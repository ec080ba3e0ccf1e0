/*
 * The outbox as people use it: what became of mails, and what the dispatcher is asked to do with
 * them.  Administrators see all of it, others the mails of their own conversations.
 */
#include "api_int.h"
#include "deskbell/crash.h"

static uint64_t pos_now(const struct call *c)
{
    return turn_folded_pos(c->api->env.turn);
}

/* reading */

void mails_write(struct jw *j, struct api *api, uint64_t conv)
{
    uint64_t cursor = 0, ids[MAILS_OF_CONV_MAX];
    size_t n = 0;
    struct mail_view m;

    jw_arr(j);
    if (mail_list(api->env.store, conv, -1, &cursor, ids, COUNT_OF(ids), &n) != ERR_OK)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        if (mail_read(api->env.store, ids[i], &m) != ERR_OK)
            continue;
        view_mail(j, api, &m);
        mail_view_fini(&m);
    }
    jw_arr_end(j);
}

/* Who sees a conversation sees what became of its mails. */
bool mails_may(const struct api *api, const struct principal *who, const struct conv *cv)
{
    return rights_may(api->env.core, who, ACT_SEE, cv, NULL) == ERR_OK;
}

/* Of one's own conversations, or all of them for administrators. */
static bool mail_take(struct call *c, enum action action, struct mail_view *m)
{
    struct conv_ref ref;
    err_t err = mail_read(c->api->env.store, c->arg[ARG_MAIL].id, m);
    bool may = false;

    if (err == ERR_OK) {
        may = rights_may(c->api->env.core, &c->who, ACT_ADMIN, NULL, NULL) == ERR_OK;
        if (!may && m->order.conv != 0 && conv_open(c->api, m->order.conv, &ref) == ERR_OK) {
            may = rights_may(c->api->env.core, &c->who, action, ref.cv, NULL) == ERR_OK;
            conv_done(&ref);
        }
        if (may)
            return true;
        mail_view_fini(m);
        err = ERR_NOTFOUND;
    }
    call_refuse(c, err, "mail", err == ERR_NOTFOUND ? "there is no such mail" : NULL);
    return false;
}

void run_mail_show(struct call *c)
{
    struct mail_view m;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (!mail_take(c, ACT_SEE, &m))
        return;
    jw_obj(&j);
    jw_key(&j, "mail");
    view_mail(&j, c->api, &m);
    jw_obj_end(&j);
    call_ok(c, pos_now(c), buf_span(&b));
    buf_fini(&b);
    mail_view_fini(&m);
}

static int mail_state_take(struct call *c)
{
    if (!c->arg[ARG_STATE].has)
        return -1;
    for (int s = 0; s < MAILST_COUNT; s++)
        if (span_is(c->arg[ARG_STATE].s, mail_state_word(s)))
            return s;
    return -2;
}

static bool mail_list_may(struct call *c)
{
    struct conv_ref ref;
    const char *why;

    if (c->arg[ARG_CONVERSATION].has) {
        if (!conv_take(c, ACT_SEE, &ref))
            return false;
        conv_done(&ref);
        return true;
    }
    if (rights_may(c->api->env.core, &c->who, ACT_ADMIN, NULL, &why) == ERR_OK)
        return true;
    call_refuse(c, ERR_DENIED, NULL, "the whole outbox is for administrators");
    return false;
}

void run_mail_list(struct call *c)
{
    uint64_t cursor = c->arg[ARG_CURSOR].id, ids[LINES_MAX];
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : 50, n = 0;
    int state = mail_state_take(c);
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct mail_view m;
    err_t err;

    if (state == -2) {
        call_refuse(c, ERR_INVAL, "state", "there is no such state of a mail");
        return;
    }
    if (!mail_list_may(c))
        return;
    err = mail_list(c->api->env.store, c->arg[ARG_CONVERSATION].id, state, &cursor, ids,
                    max < COUNT_OF(ids) ? max : COUNT_OF(ids), &n);
    if (err != ERR_OK) {
        call_refuse(c, err, NULL, NULL);
        return;
    }
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (size_t i = 0; i < n; i++) {
        if (mail_read(c->api->env.store, ids[i], &m) != ERR_OK)
            continue;
        view_mail(&j, c->api, &m);
        mail_view_fini(&m);
    }
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", cursor);
    jw_obj_end(&j);
    call_ok(c, pos_now(c), buf_span(&b));
    buf_fini(&b);
}

/* What the dispatcher is to do goes into the store on another thread. */
struct mail_later {
    struct later l;
    struct store *store;
    uint64_t mail, conv;
    enum mail_request_kind kind;
    int64_t now_ms;
    err_t err;
};

static void mail_request_work(void *ctx)
{
    struct mail_later *m = ctx;

    m->err = mail_request_put(m->store, m->mail, m->kind, m->now_ms);
    crash_point(CRASH_GATEWAY_REQUEST);
}

static void mail_request_done(void *ctx)
{
    struct mail_later *m = ctx;
    struct call c;

    later_call(&m->l, &c);
    if (m->err == ERR_OK) {
        struct buf b = {0};

        buf_addf(&b, "{\"mail\":\"%llu\"}", (unsigned long long)m->mail);
        call_ok(&c, pos_now(&c), buf_span(&b));
        buf_fini(&b);
        api_wake(m->l.api);
    } else {
        call_refuse(&c, m->err, "mail", NULL);
    }
    later_fini(&m->l);
    free(m);
}

static bool mail_is_over(enum mail_state s, enum mail_request_kind kind)
{
    switch (s) {
    case MAILST_QUEUED:
    case MAILST_DEFERRED:
    case MAILST_HELD:
        return false;
    case MAILST_FAILED:
    case MAILST_UNCERTAIN:
        return kind == MAILREQ_CANCEL;
    default:
        return true;
    }
}

void run_mail_request(struct call *c)
{
    bool retry = span_is(span_of(c->verb->word), "mail.retry");
    const struct api_env *env = &c->api->env;
    struct mail_view m;
    struct mail_later *later;

    if (!mail_take(c, ACT_SEE_OUTBOX, &m))
        return;
    enum mail_state state = m.state;
    mail_view_fini(&m);
    if (mail_is_over(state, retry ? MAILREQ_RETRY : MAILREQ_CANCEL)) {
        call_refuse(c, ERR_CONFLICT, "mail", "its present state does not allow this");
        return;
    }
    later = xcalloc(1, sizeof(*later));
    later_init(&later->l, c);
    later->store = env->store;
    later->mail = c->arg[ARG_MAIL].id;
    later->kind = retry ? MAILREQ_RETRY : MAILREQ_CANCEL;
    later->now_ms = api_now(c->api);
    if (env->work(env->arg, mail_request_work, mail_request_done, later)) {
        c->answered = true;
        return;
    }
    later_fini(&later->l);
    free(later);
    call_refuse(c, ERR_BUSY, NULL, NULL);
}
