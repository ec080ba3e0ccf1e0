/* The outbox as people see it: mails, what became of them, and when they are tried next. */
#include "deskbell/mail.h"
#include "view_int.h"

void view_addresses(struct jw *j, const char *key, struct span addrs)
{
    struct buf shown = {.limit_bytes = 1 << 16};

    mail_address_show(addrs, &shown);
    jw_k_span(j, key, buf_span(&shown));
    buf_fini(&shown);
}

/* The address of an agent who was forgotten is, too: here stands what he is called now. */
static void mail_former_write(struct jw *j, const struct view *v, const struct mail_view *m)
{
    jw_key(j, "to");
    jw_arr(j);
    jw_obj(j);
    jw_k_str(j, "address", core_agent_name(v->core, m->order.agent));
    jw_k_str(j, "state", mail_state_word(m->state));
    jw_obj_end(j);
    jw_arr_end(j);
}

static void mail_rcpts_write(struct jw *j, const struct view *v, const struct mail_view *m)
{
    if (core_agent_is_anonymised(v->core, m->order.agent)) {
        mail_former_write(j, v, m);
        return;
    }
    jw_key(j, "to");
    jw_arr(j);
    for (size_t i = 0; i < m->nrcpts; i++) {
        jw_obj(j);
        view_addresses(j, "address", span_of(m->rcpts[i].addr));
        jw_k_str(j, "state", mail_state_word(m->rcpts[i].state));
        if (m->rcpts[i].code != 0)
            jw_k_int(j, "code", m->rcpts[i].code);
        jw_k_foreign(j, "reply", m->rcpts[i].reply);
        if (m->rcpts[i].replaced_by != 0)
            jw_k_id(j, "replaced_by", m->rcpts[i].replaced_by);
        jw_obj_end(j);
    }
    if (m->nrcpts == 0 && m->order.to.len > 0) { /* not composed yet, but this is known */
        jw_obj(j);
        view_addresses(j, "address", m->order.to);
        jw_k_str(j, "state", mail_state_word(m->state));
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

static void mail_tries_write(struct jw *j, const struct mail_view *m)
{
    jw_key(j, "tries");
    jw_arr(j);
    for (size_t i = 0; i < m->ntries; i++) {
        jw_obj(j);
        jw_k_int(j, "time_ms", m->tries[i].at_ms);
        jw_k_str(j, "state", mail_state_word(m->tries[i].state));
        jw_k_str(j, "cause", m->tries[i].cause);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

uint64_t view_mail_relay(const struct view *v, const struct mail_order *order)
{
    uint64_t id = mail_relay_dept(order->kind, order->dept, order->entry);
    const struct dept *d = core_dept(v->core, id);

    return d != NULL && d->relay.own ? id : 0;
}

/* When it is tried next: it waits for its own time, and for its relay to have rested. */
static void mail_due_write(struct jw *j, const struct view *v, const struct mail_view *m)
{
    struct relay_row relay = {.rest_until_ms = 0};
    int64_t due_ms = m->due_ms;

    if (m->state == MAILST_QUEUED || m->state == MAILST_DEFERRED || m->state == MAILST_UNCERTAIN) {
        if (mail_relay(v->store, view_mail_relay(v, &m->order), &relay) == ERR_OK &&
            relay.rest_until_ms > due_ms)
            due_ms = relay.rest_until_ms;
    }
    if (due_ms != 0)
        jw_k_int(j, "due_ms", due_ms);
    if (due_ms > m->due_ms)
        jw_k_str(j, "relay_rests", relay.trouble);
}

void view_mail(struct jw *j, const struct view *v, const struct mail_view *m, bool whole)
{
    struct conv_ref ref;

    jw_obj(j);
    jw_k_id(j, "id", m->id);
    jw_k_str(j, "kind", mail_kind_word(m->order.kind));
    jw_k_id(j, "conversation", m->order.conv);
    if (m->order.agent != 0)
        jw_k_id(j, "agent", m->order.agent);
    if (m->order.conv != 0 && conv_open(v, m->order.conv, &ref) == ERR_OK) {
        jw_k_int(j, "number", (int64_t)ref.cv->number);
        conv_done(&ref);
    }
    jw_k_id(j, "department", m->order.dept);
    jw_k_str(j, "state", mail_state_word(m->state));
    jw_k_bool(j, "uncertain", m->uncertain);
    jw_k_int(j, "attempts", m->attempts);
    jw_k_int(j, "created_ms", m->created_ms);
    mail_due_write(j, v, m);
    if (m->settled_ms != 0)
        jw_k_int(j, "settled_ms", m->settled_ms);
    if (m->awaited_ms != 0)
        jw_k_int(j, "awaited_ms", m->awaited_ms);
    if (m->notices != 0)
        jw_k_int(j, "notices", m->notices);
    if (m->digest != 0) {
        jw_k_id(j, "digest", m->digest);
        jw_k_str(j, "digest_state", mail_state_word(m->digest_state));
    }
    view_addresses(j, "from", span_of(m->from));
    view_addresses(j, "cc", span_of(m->cc));
    jw_k_str(j, "subject", m->subject);
    jw_k_str(j, "message_id", m->message_id);
    jw_k_str(j, "cause", m->cause);
    jw_k_foreign(j, "reason", m->reason);
    jw_k_int(j, "bytes", (int64_t)m->bytes);
    jw_k_bool(j, "kept", m->bytes > 0);
    if (m->order.replaces != 0) {
        jw_k_id(j, "replaces", m->order.replaces);
        view_addresses(j, "instead_of", m->order.instead);
    }
    mail_rcpts_write(j, v, m);
    if (whole)
        mail_tries_write(j, m);
    jw_obj_end(j);
}

/* Newest first; none where they cannot be read. */
static size_t conv_mails(const struct view *v, uint64_t conv, uint64_t ids[VIEW_MAILS_MAX])
{
    const struct mail_want want = {.conv = conv, .state = -1};
    uint64_t cursor = 0;
    size_t n = 0;

    if (mail_list(v->store, &want, &cursor, ids, VIEW_MAILS_MAX, &n) != ERR_OK)
        return 0;
    return n;
}

void view_mails(struct jw *j, const struct view *v, uint64_t conv)
{
    uint64_t ids[VIEW_MAILS_MAX];
    size_t n = conv_mails(v, conv, ids);
    struct mail_view m;

    jw_arr(j);
    for (size_t i = 0; i < n; i++) {
        if (mail_read(v->store, ids[i], &m) != ERR_OK)
            continue;
        view_mail(j, v, &m, false);
        mail_view_fini(&m);
    }
    jw_arr_end(j);
}

void view_mails_each(const struct view *v, uint64_t conv, view_mail_fn *fn, void *arg)
{
    uint64_t ids[VIEW_MAILS_MAX];
    struct buf b = {0};
    struct mail_view m;

    for (size_t i = conv_mails(v, conv, ids); i-- > 0;) {
        struct jw j = {.b = &b};

        if (mail_read(v->store, ids[i], &m) != ERR_OK)
            continue;
        buf_reset(&b);
        view_mail(&j, v, &m, false);
        fn(arg, buf_span(&b));
        mail_view_fini(&m);
    }
    buf_fini(&b);
}
