/*
 * The outbox as people use it: what became of mails, and what the dispatcher is asked to do with
 * them.  Administrators see all of it, others the mails of their own conversations.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api_int.h"
#include "deskbell/crash.h"
#include "deskbell/mail.h"

/* reading */

/* Of one's own conversations, or all of them for administrators. */
static bool mail_take(struct call *c, enum action action, struct mail_view *m)
{
    struct conv_ref ref;
    err_t err = mail_read(c->api->env.store, c->arg[ARG_MAIL].id, m);
    bool may = false;

    if (err == ERR_OK) {
        may = rights_may(c->api->env.core, &c->who, ACT_ADMIN, NULL, NULL) == ERR_OK;
        if (!may && m->order.conv != 0 &&
            conv_open(c->api->env.view, m->order.conv, &ref) == ERR_OK) {
            may = rights_may(c->api->env.core, &c->who, action, ref.cv, NULL) == ERR_OK;
            conv_done(&ref);
        }
        if (may)
            return true;
        mail_view_fini(m);
        err = ERR_NOTFOUND;
    }
    call_refuse(c, err, "mail", err == ERR_NOTFOUND ? REFUSE_MAIL_UNKNOWN : REFUSE_NONE);
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
    view_mail(&j, c->api->env.view, &m, true);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
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

static bool outbox_may(struct call *c)
{
    if (rights_may(c->api->env.core, &c->who, ACT_ADMIN, NULL, NULL) == ERR_OK)
        return true;
    call_refuse(c, ERR_DENIED, NULL, REFUSE_OUTBOX_ALL);
    return false;
}

static bool mail_list_may(struct call *c)
{
    struct conv_ref ref;

    if (!c->arg[ARG_CONVERSATION].has)
        return outbox_may(c);
    if (!conv_take(c, ACT_SEE, &ref))
        return false;
    conv_done(&ref);
    return true;
}

/* A cause as it stands in rows; an unknown one finds nothing. */
static void cause_take(const struct call *c, char cause[MAIL_CAUSE_MAX_BYTES])
{
    struct span s = c->arg[ARG_CAUSE].s;

    snprintf(cause, MAIL_CAUSE_MAX_BYTES, "%.*s", (int)s.len, s.len > 0 ? s.p : "");
}

void run_mail_list(struct call *c)
{
    char cause[MAIL_CAUSE_MAX_BYTES];
    struct mail_want want = {.conv = c->arg[ARG_CONVERSATION].id, .state = mail_state_take(c)};
    uint64_t cursor = c->arg[ARG_CURSOR].id, ids[LINES_MAX];
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : 50, n = 0;
    struct buf b = {0};
    struct jw j = {.b = &b};
    struct mail_view m;
    err_t err;

    if (want.state == -2) {
        call_refuse(c, ERR_INVAL, "state", REFUSE_MAIL_STATE_UNKNOWN);
        return;
    }
    if (!mail_list_may(c))
        return;
    cause_take(c, cause);
    if (c->arg[ARG_CAUSE].has)
        want.cause = cause;
    err = mail_list(c->api->env.store, &want, &cursor, ids,
                    max < COUNT_OF(ids) ? max : COUNT_OF(ids), &n);
    if (err != ERR_OK) {
        call_refuse(c, err, NULL, REFUSE_NONE);
        return;
    }
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (size_t i = 0; i < n; i++) {
        if (mail_read(c->api->env.store, ids[i], &m) != ERR_OK)
            continue;
        view_mail(&j, c->api->env.view, &m, false);
        mail_view_fini(&m);
    }
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", cursor);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

void run_mail_causes(struct call *c)
{
    struct mail_cause_count *rows;
    struct buf b = {0};
    struct jw j = {.b = &b};
    size_t n = 0;

    if (!outbox_may(c))
        return;
    rows = xcalloc(MAIL_CAUSES_MAX, sizeof(*rows));
    err_t err = mail_causes(c->api->env.store, NULL, rows, MAIL_CAUSES_MAX, &n);
    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (size_t i = 0; err == ERR_OK && i < n; i++) {
        jw_obj(&j);
        jw_k_str(&j, "cause", rows[i].cause);
        for (int s = MAILST_QUEUED; s <= MAILST_CANCELLED; s++)
            if (rows[i].states[s] != 0)
                jw_k_int(&j, mail_state_word((enum mail_state)s), (int64_t)rows[i].states[s]);
        jw_k_int(&j, "retry", (int64_t)mail_cause_retriable(&rows[i]));
        jw_obj_end(&j);
    }
    jw_arr_end(&j);
    jw_obj_end(&j);
    if (err == ERR_OK)
        call_ok_now(c, buf_span(&b));
    else
        call_refuse(c, err, NULL, REFUSE_NONE);
    buf_fini(&b);
    free(rows);
}

/* The message as it goes out, in pieces that end between two characters. */
void run_mail_source(struct call *c)
{
    size_t offset = (size_t)c->arg[ARG_OFFSET].i, total = 0;
    struct buf piece = {0}, b = {0};
    struct jw j = {.b = &b};
    struct mail_view m;

    if (!mail_take(c, ACT_SEE_OUTBOX, &m))
        return;
    bool has_link = m.order.secret.len > 0;
    mail_view_fini(&m);
    if (has_link) {
        call_refuse(c, ERR_DENIED, "mail", REFUSE_MAIL_LINK);
        return;
    }
    err_t err = mail_source(c->api->env.store, c->arg[ARG_MAIL].id, offset, MAIL_PIECE_BYTES,
                            &piece, &total);
    if (err == ERR_OK && offset + piece.len < total)
        while (piece.len > 0 && !span_is_utf8(buf_span(&piece)) && piece.len + 4 > MAIL_PIECE_BYTES)
            piece.p[--piece.len] = '\0';
    if (err == ERR_OK && !span_is_utf8(buf_span(&piece)))
        err = ERR_CORRUPT;
    if (err == ERR_OK) {
        bool more = offset + piece.len < total;

        jw_obj(&j);
        jw_k_span(&j, "text", buf_span(&piece));
        jw_key(&j, "next");
        if (more)
            jw_int(&j, (int64_t)(offset + piece.len));
        else
            jw_null(&j);
        jw_k_int(&j, "bytes", (int64_t)total);
        jw_obj_end(&j);
        call_ok_now(c, buf_span(&b));
    } else {
        call_refuse(c, err == ERR_ENDED ? ERR_NOTFOUND : err, "mail",
                    err == ERR_NOTFOUND ? REFUSE_MAIL_EARLY
                    : err == ERR_ENDED  ? REFUSE_MAIL_GONE
                                        : REFUSE_NONE);
    }
    buf_fini(&piece);
    buf_fini(&b);
}

/* asking the dispatcher */

/* What the dispatcher is to do goes into the store on another thread. */
struct mail_later {
    struct later l;
    struct store *store;
    struct mail_request rq;
    uint64_t meant;
    err_t err;
};

static void mail_request_work(void *ctx)
{
    struct mail_later *m = ctx;

    m->err = mail_request_put(m->store, &m->rq);
    crash_point(CRASH_GATEWAY_REQUEST);
}

static void mail_request_done(void *ctx)
{
    struct mail_later *m = ctx;
    struct call c;

    later_call(&m->l, &c);
    if (m->err == ERR_OK) {
        struct buf b = {0};
        struct jw j = {.b = &b};

        jw_obj(&j);
        if (m->rq.mail != 0)
            jw_k_id(&j, "mail", m->rq.mail);
        jw_k_int(&j, "meant", (int64_t)m->meant);
        jw_obj_end(&j);
        call_ok_now(&c, buf_span(&b));
        buf_fini(&b);
        api_wake(m->l.api);
    } else {
        call_refuse(&c, m->err, "mail", REFUSE_NONE);
    }
    later_fini(&m->l);
    free(m);
}

static void mail_ask(struct call *c, const struct mail_request *rq, uint64_t meant)
{
    const struct api_env *env = &c->api->env;
    struct mail_later *later = xcalloc(1, sizeof(*later));

    later_init(&later->l, c);
    later->store = env->store;
    later->rq = *rq;
    later->meant = meant;
    if (env->work(env->arg, mail_request_work, mail_request_done, later))
        return;
    later_take_back(&later->l, c);
    later_fini(&later->l);
    free(later);
    call_refuse(c, ERR_BUSY, NULL, REFUSE_NONE);
}

/* Why this mail's state does not allow it; NULL: it does. */
static enum refusal mail_is_over(const struct mail_view *m, bool retry)
{
    bool composed = m->message_id[0] != '\0';

    switch (m->state) {
    case MAILST_QUEUED:
    case MAILST_DEFERRED:
    case MAILST_UNCERTAIN:
    case MAILST_HELD:
        return REFUSE_NONE;
    case MAILST_FAILED:
        return retry && composed && m->bytes == 0 ? REFUSE_MAIL_GONE : REFUSE_NONE;
    default:
        return REFUSE_MAIL_STATE;
    }
}

static void request_one(struct call *c, bool retry)
{
    struct mail_request rq = {.kind = retry ? MAILREQ_RETRY : MAILREQ_CANCEL,
                              .mail = c->arg[ARG_MAIL].id};
    struct mail_view m;
    enum refusal why;

    if (!mail_take(c, ACT_SEE_OUTBOX, &m))
        return;
    why = mail_is_over(&m, retry);
    mail_view_fini(&m);
    if (why != REFUSE_NONE)
        call_refuse(c, ERR_CONFLICT, "mail", why);
    else
        mail_ask(c, &rq, 1);
}

/* Those of one cause, or all but the ones that a person has to look at first. */
static err_t many_count(const struct call *c, struct mail_request *rq, uint64_t *meant, bool *any)
{
    struct store *st = c->api->env.store;
    struct mail_cause_count of_cause = {.cause = ""};
    struct mail_cause_count all = {.cause = ""};
    struct mail_counts counts;
    size_t n = 0;
    err_t err;

    if (rq->kind == MAILREQ_RETRY_ALL)
        snprintf(rq->cause, sizeof(rq->cause), "%s", cause_word(CAUSE_DOUBTFUL));
    else
        cause_take(c, rq->cause);
    if ((err = mail_causes(st, rq->cause, &of_cause, 1, &n)) != ERR_OK ||
        (err = mail_count(st, &counts)) != ERR_OK)
        return err;
    *meant = n > 0 ? mail_cause_retriable(&of_cause) : 0;
    *any = *meant > 0;
    if (rq->kind == MAILREQ_RETRY_ALL) {
        memcpy(all.states, counts.states, sizeof(all.states));
        *meant = mail_cause_retriable(&all) - *meant;
        /* Those that were never tried wait for their relay to have rested: that ends, too. */
        *any = *meant > 0 || counts.states[MAILST_QUEUED] > 0;
    }
    return ERR_OK;
}

static void request_many(struct call *c)
{
    struct mail_request rq = {.kind =
                                  c->arg[ARG_CAUSE].has ? MAILREQ_RETRY_CAUSE : MAILREQ_RETRY_ALL};
    uint64_t meant = 0;
    bool any = false;
    err_t err;

    if (!outbox_may(c))
        return;
    if ((err = many_count(c, &rq, &meant, &any)) != ERR_OK)
        call_refuse(c, err, NULL, REFUSE_NONE);
    else if (!any)
        call_ok_now(c, SPAN_LIT("{\"meant\":0}"));
    else
        mail_ask(c, &rq, meant);
}

void run_mail_request(struct call *c)
{
    bool retry = span_is(span_of(c->verb->word), "mail.retry");
    bool all = c->arg[ARG_ALL].has && c->arg[ARG_ALL].i != 0;

    if (!retry)
        request_one(c, false);
    else if (c->arg[ARG_MAIL].has + c->arg[ARG_CAUSE].has + all != 1)
        call_refuse(c, ERR_INVAL, "mail", REFUSE_MAIL_WHICH);
    else if (c->arg[ARG_MAIL].has)
        request_one(c, true);
    else
        request_many(c);
}

/* another address */

/* Whether a mail of the conversation, which the dispatcher may not know yet, does so already. */
static bool is_replaced(struct api *api, const struct mail_view *m, struct span addr)
{
    const struct mail_want want = {.conv = m->order.conv, .state = -1};
    uint64_t cursor = 0, ids[VIEW_MAILS_MAX];
    struct mail_view other;
    bool found = false;
    size_t n = 0;

    if (mail_list(api->env.store, &want, &cursor, ids, COUNT_OF(ids), &n) != ERR_OK)
        return false;
    for (size_t i = 0; i < n && !found && ids[i] > m->id; i++) {
        if (mail_read(api->env.store, ids[i], &other) != ERR_OK)
            continue;
        found = other.order.replaces == m->id && span_eq(other.order.instead, addr);
        mail_view_fini(&other);
    }
    return found;
}

/* Does it name this recipient, as it goes out or as people write it? */
static bool is_named(struct span named, const char *addr)
{
    struct buf wire = {0};
    bool same = span_is(named, addr) ||
                (mail_address(named, &wire, NULL) == ERR_OK && span_is(buf_span(&wire), addr));

    buf_fini(&wire);
    return same;
}

/*
 * The recipient that is meant: the one that was named, else the only one that the mail has not
 * reached.
 */
static err_t instead_find(struct call *c, const struct mail_view *m, struct span *addr,
                          struct fault *f)
{
    const struct arg_value *named = &c->arg[ARG_ADDRESS];
    size_t found = 0;

    if (m->state == MAILST_SUPPRESSED || m->state == MAILST_SENT || m->state == MAILST_FOLDED)
        return fault_refuse(f, ERR_CONFLICT, "mail", REFUSE_MAIL_STATE);
    for (size_t i = 0; i < m->nrcpts; i++) {
        const struct mail_rcpt *r = &m->rcpts[i];

        if (r->state == MAILST_SENT || r->replaced_by != 0 ||
            (named->has && !is_named(named->s, r->addr)))
            continue;
        *addr = span_of(r->addr);
        found++;
    }
    if (m->nrcpts == 0 && m->order.to.len > 0 && (!named->has || span_eq(named->s, m->order.to))) {
        *addr = m->order.to;
        found = 1;
    }
    if (found == 0)
        return fault_refuse(f, ERR_NOTFOUND, "address", REFUSE_RECIPIENT_UNKNOWN);
    if (found > 1)
        return fault_refuse_with(f, ERR_INVAL, "address", REFUSE_RECIPIENT_WHICH,
                                 VALUES(OF_INT(found)));
    if (is_replaced(c->api, m, *addr))
        return fault_refuse(f, ERR_EXISTS, "address", REFUSE_REPLACED_ALREADY);
    return ERR_OK;
}

static void readdressed(struct jw *j, const struct call *c, const struct answer *a)
{
    jw_k_id(j, "mail", mail_order_id(a->pos, c->mail_kind));
    jw_k_int(j, "seq", a->seq);
}

void run_mail_readdress(struct call *c)
{
    const uint64_t key = rate_key_id("readdress", c->who.id);
    struct fault f = {0};
    struct mail_order order;
    struct mail_view m;
    struct cmd cmd;
    int64_t retry_ms = 0;
    err_t err;

    if (!mail_take(c, ACT_SEE_OUTBOX, &m))
        return;
    order = m.order;
    order.replaces = m.id;
    c->mail_kind = order.kind;
    call_cmd(c, &cmd);
    cmd.conv = order.conv;
    cmd.readdress.to = c->arg[ARG_TO].s;
    cmd.readdress.order = &order;
    if (order.secret.len > 0)
        err = fault_refuse(&f, ERR_CONFLICT, "mail", REFUSE_LINK_ANEW);
    else
        err = instead_find(c, &m, &order.instead, &f);
    if (err == ERR_OK && c->who.kind == BY_AGENT &&
        !rate_take(&c->api->rate, key, READDRESSES_PER_HOUR, 3600000, api_now(c->api), &retry_ms))
        err = fault_refuse_with(&f, ERR_RATE, NULL, REFUSE_RATE_HOUR,
                                VALUES(OF_INT(READDRESSES_PER_HOUR)));
    if (err != ERR_OK)
        call_fail_retry(c, &f, retry_ms);
    else
        call_command(c, &cmd, readdressed);
    mail_view_fini(&m);
}

/* how the outbox is */

bool mails_are_late(const struct api *api, const struct mail_counts *m)
{
    return m->oldest_due_ms != 0 && api_now(api) - m->oldest_due_ms > MAIL_LATE_MS;
}

void mails_refused_names(struct api *api, struct buf *out)
{
    struct relay_row *rows = xcalloc(MAIL_RELAYS_MAX, sizeof(*rows));
    size_t n = 0;

    if (mail_relays(api->env.store, rows, MAIL_RELAYS_MAX, &n) != ERR_OK)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        const struct dept *d = rows[i].dept != 0 ? core_dept(api->env.core, rows[i].dept) : NULL;

        if (!rows[i].refused || (rows[i].dept != 0 && d == NULL))
            continue;
        if (out->len > 0)
            buf_add_str(out, ", ");
        buf_add_str(out, d != NULL ? d->name : core_portal(api->env.core)->name);
    }
    free(rows);
}
