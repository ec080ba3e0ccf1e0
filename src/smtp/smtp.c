/*
 * One session through libesmtp, with the guard rails that the library lacks.  It reports what
 * happened and judges nothing.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include <auth-client.h>
#include <libesmtp.h>

#include "deskbell/clock.h"
#include "deskbell/crash.h"
#include "redact.h"
#include "smtp_int.h"

/* The library writes 2 KB at a time: at most once for what it gets of a body in one go. */
#define CHUNK_BYTES 1024

struct smtp_session_state;

/* A mail while it is on its way. */
struct smtp_mail {
    struct smtp_session_state *session;
    size_t index;
    const struct job_mail *job;
    smtp_message_t message;
    smtp_recipient_t *rcpts;
    size_t off;
    bool body_ended;
    /* What was told already; a final look tells what the events left out. */
    int told_mail, told_data, *told_rcpts;
    bool told_end;
};

/* What the last command was that waits for an answer, as far as it matters here. */
enum phase { PHASE_GREETING, PHASE_EHLO, PHASE_PLAIN, PHASE_STARTTLS, PHASE_AUTH };

struct smtp_session_state {
    const struct job *job;
    struct smtp_mail *mails;
    int64_t deadline_ms; /* monotonic; for handing over bodies */
    enum phase phase;
    bool starttls_refused, greeting_refused;
    int socket;      /* -1: not looked for yet */
    char last[4096]; /* the server's last line */
    char told[4096]; /* the text of a status */
    char *user, *password;
};

/* Server texts. */

/* Remember the last line of what the server said, without line end and without our login. */
static void last_set(struct smtp_session_state *st, const char *buf, size_t len)
{
    size_t start, n;

    while (len > 0 && (buf[len - 1] == '\n' || buf[len - 1] == '\r'))
        len--;
    for (start = len; start > 0 && buf[start - 1] != '\n'; start--)
        ;
    n = len - start < sizeof(st->last) - 1 ? len - start : sizeof(st->last) - 1;
    if (n == 0)
        return;
    memcpy(st->last, buf + start, n);
    st->last[n] = '\0';
    redact_blank(st->last, n); /* before it is cut, lest a part of a word stays */
}

/* The monitor: what passes on the wire. */

/*
 * RFC 3207 section 4: nothing may follow the 220 before the handshake.  Whatever came with it in
 * clear would be taken for the answers to what we say inside TLS, so that a mail that was never
 * sent could look accepted.
 */
static void check_starttls_answer(struct smtp_session_state *st, const char *buf, size_t len)
{
    const char *end = memchr(buf, '\n', len);

    if (len >= 3 && memcmp(buf, "220", 3) != 0)
        st->starttls_refused = true;
    else if (end != NULL && (size_t)(end - buf) + 1 < len)
        worker_give_up(TROUBLE_INJECTED, SPAN_NONE);
}

/*
 * After a refused login the library would try the next mechanism with the same password, and then
 * send without one.  Both can lock an account, so the session ends here.
 */
static void check_auth_answer(struct smtp_session_state *st)
{
    if (st->last[0] == '5')
        worker_give_up(TROUBLE_LOGIN, span_of(st->last));
    if (st->last[0] == '4')
        worker_give_up(TROUBLE_GREETING, span_of(st->last));
    if (st->last[0] == '2')
        st->phase = PHASE_PLAIN;
}

/*
 * RFC 3030: the library takes the offer of CHUNKING by itself, and sends a body in as many BDAT as
 * it was given in pieces, before it knows whether any recipient is left.  Servers count each as an
 * error then, and hang up on all mails of the session.  It has no switch for this; but what it
 * shows here is its own buffer, which it reads afterwards.
 */
static void hide_chunking(const char *buf, size_t len)
{
    static const char word[] = "CHUNKING";

    for (size_t at = 0; at + 4 + sizeof(word) <= len; at++)
        if ((at == 0 || buf[at - 1] == '\n') && memcmp(buf + at, "250", 3) == 0 &&
            span_is_nocase((struct span){buf + at + 4, sizeof(word) - 1}, word))
            *(char *)(uintptr_t)(buf + at + 4) = 'X';
}

/* A body was given whole, and its answer has not been told. */
static bool dot_is_open(const struct smtp_session_state *st)
{
    for (size_t i = 0; i < st->job->nmails; i++)
        if (st->mails[i].told_end && st->mails[i].told_data == 0)
            return true;
    return false;
}

static void smtp_on_monitor(const char *buf, int buflen, int writing, void *arg)
{
    struct smtp_session_state *st = arg;
    struct span s = {buf, buflen > 0 ? (size_t)buflen : 0};

    if (writing == SMTP_CB_WRITING) {
        dialogue_said(s);
        if (s.len >= 8 && span_is_nocase((struct span){s.p, 8}, "STARTTLS"))
            st->phase = PHASE_STARTTLS;
        else if (s.len >= 5 && span_is_nocase((struct span){s.p, 5}, "AUTH "))
            st->phase = PHASE_AUTH;
        else if (s.len >= 5 && span_is_nocase((struct span){s.p, 5}, "EHLO "))
            st->phase = PHASE_EHLO;
        else if (st->phase != PHASE_AUTH) /* the rest of a login's dialogue has no verb */
            st->phase = PHASE_PLAIN;
        return;
    }
    if (writing != SMTP_CB_READING || s.len == 0)
        return;
    dialogue_heard(s);
    last_set(st, s.p, s.len);
    if (st->phase == PHASE_GREETING)
        crash_point(CRASH_WORKER_GREETED);
    if (dot_is_open(st))
        crash_point(CRASH_WORKER_ANSWERED);
    if (st->phase == PHASE_GREETING && s.p[0] != '2')
        st->greeting_refused = true;
    else if (st->phase == PHASE_EHLO)
        hide_chunking(s.p, s.len);
    else if (st->phase == PHASE_STARTTLS)
        check_starttls_answer(st, s.p, s.len);
    else if (st->phase == PHASE_AUTH)
        check_auth_answer(st);
}

/* Telling what the server answered. */

static struct span status_text(struct smtp_session_state *st, const smtp_status_t *status)
{
    size_t len = 0;

    st->told[0] = '\0';
    if (status->enh_class != 0) /* the library takes it off where the server says that it is one */
        len = (size_t)snprintf(st->told, sizeof(st->told), "%d.%d.%d ", status->enh_class,
                               status->enh_subject, status->enh_detail);
    if (status->text != NULL)
        len += (size_t)snprintf(st->told + len, sizeof(st->told) - len, "%.*s",
                                (int)(sizeof(st->told) - len - 1), status->text);
    len = strcspn(st->told, "\r\n");
    redact_blank(st->told, len);
    return (struct span){st->told, len < REPLY_MAX_BYTES ? len : REPLY_MAX_BYTES};
}

static void tell_mail(struct smtp_session_state *st, struct smtp_mail *m)
{
    const smtp_status_t *status = smtp_reverse_path_status(m->message);

    if (status == NULL || status->code <= 0 || status->code == m->told_mail)
        return;
    m->told_mail = status->code;
    struct span text = status_text(st, status);
    worker_tell(&(struct worker_event){
        .type = EVENT_MAIL, .mail = m->index, .code = status->code, .text = text});
    crash_point(CRASH_WORKER_MAIL);
    /* "Authentication required": every further mail of this session would be refused as well. */
    if (status->code == 530 || status->code == 535)
        worker_give_up(TROUBLE_LOGIN, text);
}

static void tell_rcpts(struct smtp_session_state *st, struct smtp_mail *m)
{
    for (size_t i = 0; i < m->job->nrcpts; i++) {
        const smtp_status_t *status = smtp_recipient_status(m->rcpts[i]);

        if (status == NULL || status->code <= 0 || status->code == m->told_rcpts[i])
            continue;
        m->told_rcpts[i] = status->code;
        worker_tell(&(struct worker_event){.type = EVENT_RCPT,
                                           .mail = m->index,
                                           .rcpt = i,
                                           .code = status->code,
                                           .text = status_text(st, status)});
    }
}

static void tell_data(struct smtp_session_state *st, struct smtp_mail *m)
{
    const smtp_status_t *status = smtp_message_transfer_status(m->message);

    if (status == NULL || status->code <= 0 || status->code == m->told_data)
        return;
    m->told_data = status->code;
    worker_tell(&(struct worker_event){.type = EVENT_DATA,
                                       .mail = m->index,
                                       .code = status->code,
                                       .text = status_text(st, status)});
}

/* In this order, so that whoever reads an answer to the body knows who it is for. */
static void tell_all(struct smtp_session_state *st, struct smtp_mail *m)
{
    tell_mail(st, m);
    tell_rcpts(st, m);
    tell_data(st, m);
}

static struct smtp_mail *mail_find(struct smtp_session_state *st, smtp_message_t message)
{
    for (size_t i = 0; i < st->job->nmails; i++)
        if (st->mails[i].message == message)
            return &st->mails[i];
    return NULL;
}

/* The session's socket: the only one of the internet that this process has.  -1: none. */
static int socket_find(void)
{
    for (int fd = 3; fd < 64; fd++) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
            (peer.ss_family == AF_INET || peer.ss_family == AF_INET6))
            return fd;
    }
    return -1;
}

/*
 * Look for the socket once it is there.  The library writes a body in pieces and then waits for an
 * answer: without this the last piece would wait for the server's delayed acknowledgement (RFC 1122
 * section 4.2.3.2), some 40 ms a mail.
 */
static void socket_take(struct smtp_session_state *st)
{
    int one = 1;

    if (st->socket >= 0)
        return;
    st->socket = st->job->tls == JOB_TLS_DIRECT ? bridge_socket() : socket_find();
    if (st->socket >= 0)
        (void)setsockopt(st->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void smtp_on_event(smtp_session_t session, int number, void *arg, ...)
{
    struct smtp_session_state *st = arg;
    struct smtp_mail *m;
    va_list ap;
    int *ok;

    (void)session;
    va_start(ap, arg);
    switch (number) {
    case SMTP_EV_CONNECT:
        socket_take(st);
        if (st->job->tls != JOB_TLS_DIRECT) /* else the bridge has told */
            dialogue_peer(st->socket);
        break;
    case SMTP_EV_MAILSTATUS:
        (void)va_arg(ap, char *);
        if ((m = mail_find(st, va_arg(ap, smtp_message_t))) != NULL)
            tell_mail(st, m);
        break;
    case SMTP_EV_MESSAGESENT:
        if ((m = mail_find(st, va_arg(ap, smtp_message_t))) != NULL)
            tell_all(st, m);
        break;
    case SMTP_EV_WEAK_CIPHER:
    case SMTP_EV_INVALID_PEER_CERTIFICATE:
        (void)va_arg(ap, long);
        ok = va_arg(ap, int *);
        *ok = 0;
        break;
    case SMTP_EV_NO_PEER_CERTIFICATE:
        ok = va_arg(ap, int *);
        *ok = 0;
        break;
    case SMTP_EV_WRONG_PEER_CERTIFICATE:
        /* The library compares with what DNS says the name is; OpenSSL has compared with ours. */
        ok = va_arg(ap, int *);
        *ok = 1;
        break;
    case SMTP_EV_NO_CLIENT_CERTIFICATE:
        ok = va_arg(ap, int *);
        *ok = 1;
        break;
    default:
        break;
    }
    va_end(ap);
}

/* Handing over bodies. */

/* Has the server gone away?  The library does not look. */
static bool server_is_gone(struct smtp_session_state *st)
{
    char byte;
    ssize_t n = recv(st->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/*
 * Wait until the server takes more of a body; false with errno if it has gone away or the deadline
 * passes first.  The library must never wait for room itself: each 2 KB would have its whole
 * time-out, and then it discards them and asks for the rest, so that a mail with a hole, or cut off
 * in its middle, would look as if it had been given whole.
 */
static bool server_takes_more(struct smtp_session_state *st)
{
    socket_take(st);
    for (bool room = false; st->socket >= 0 && !server_is_gone(st);) {
        struct pollfd p = {.fd = st->socket, .events = POLLOUT};
        int64_t left_ms = st->deadline_ms - clock_mono_ms();

        if (room)
            return true;
        if (left_ms <= 0) {
            errno = ETIMEDOUT;
            return false;
        }
        room = poll(&p, 1, (int)left_ms) > 0;
    }
    errno = EPIPE;
    return false;
}

static const char *smtp_on_body(void **ctx, int *len, void *arg)
{
    struct smtp_mail *m = arg;

    (void)ctx; /* the library's to free; nothing is kept there */
    if (len == NULL) {
        m->off = 0;
        m->body_ended = false;
        return NULL;
    }
    if (!server_takes_more(m->session)) {
        *len = 0;
        return NULL;
    }

    if (m->off == 0)
        crash_point(CRASH_WORKER_DATA);
    else if (m->off < m->job->bytes.len)
        crash_point(CRASH_WORKER_BODY);

    size_t left = m->job->bytes.len - m->off, n = left < CHUNK_BYTES ? left : CHUNK_BYTES;
    const char *p = m->job->bytes.p + m->off;

    if (m->off == 0)
        dialogue_body(m->job->bytes);
    m->off += n;
    *len = (int)n;
    if (n == 0) {
        m->body_ended = true;
        if (!m->told_end) { /* all that is known before it: what follows may never be told */
            tell_mail(m->session, m);
            tell_rcpts(m->session, m);
            worker_tell(&(struct worker_event){.type = EVENT_END, .mail = m->index});
            dialogue_said(SPAN_LIT(".\r\n")); /* the library says it next */
            crash_point(CRASH_WORKER_END);
        }
        m->told_end = true;
    }
    errno = 0; /* the library looks at it where no bytes come; telling may have set it */
    return p;
}

/* Setting up, and what came of it. */

static int smtp_on_login(auth_client_request_t request, char **result, int fields, void *arg)
{
    struct smtp_session_state *st = arg;

    for (int i = 0; i < fields; i++) {
        if ((request[i].flags & AUTH_PASS) != 0)
            result[i] = st->password;
        else if ((request[i].flags & AUTH_USER) != 0)
            result[i] = st->user;
        else
            result[i] = NULL;
    }
    return 1;
}

static auth_context_t login_new(struct smtp_session_state *st)
{
    auth_context_t auth;

    plugin_choose(st->job->token);
    if (st->job->token)
        xoauth2_set(st->job->user, st->job->password);
    auth_client_init();
    auth = auth_create_context();
    ensure(auth != NULL);
    auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
    auth_set_interact_cb(auth, smtp_on_login, st);
    return auth;
}

static void mail_add(struct smtp_session_state *st, smtp_session_t session, size_t index)
{
    struct smtp_mail *m = &st->mails[index];
    char *from;

    m->session = st;
    m->index = index;
    m->job = &st->job->mails[index];
    m->message = smtp_add_message(session);
    m->rcpts = xcalloc(m->job->nrcpts, sizeof(*m->rcpts));
    m->told_rcpts = xcalloc(m->job->nrcpts, sizeof(*m->told_rcpts));
    ensure(m->message != NULL);

    from = span_dup(m->job->from);
    ensure(smtp_set_reverse_path(m->message, from) != 0);
    free(from);
    for (size_t i = 0; i < m->job->nrcpts; i++) {
        char *rcpt = span_dup(m->job->rcpts[i]);

        m->rcpts[i] = smtp_add_recipient(m->message, rcpt);
        ensure(m->rcpts[i] != NULL);
        free(rcpt);
    }
    ensure(smtp_set_messagecb(m->message, smtp_on_body, m) != 0);
}

/* Shorter than the standard's minutes where the session's limit demands it. */
static int64_t phase_limit_ms(const struct job *job)
{
    return job->limit_ms / 3 > 1000 ? job->limit_ms / 3 : 1000;
}

static void set_timeouts(const struct job *job, smtp_session_t session)
{
    static const int which[] = {Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA, Timeout_TRANSFER,
                                Timeout_DATA2};
    long ms = (long)phase_limit_ms(job);

    for (size_t i = 0; i < COUNT_OF(which); i++)
        smtp_set_timeout(session, which[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, ms);
}

/* What was wrong with the session, from all that is known at its end. */
static enum smtp_trouble trouble_find(const struct smtp_session_state *st, int error,
                                      const char **text)
{
    *text = st->last;
    if (st->greeting_refused)
        return TROUBLE_GREETING;
    if (error >= SMTP_ERR_EAI_ADDRFAMILY && error <= SMTP_ERR_EAI_SOCKTYPE) {
        *text = "the relay's name is not known";
        dialogue_fact(FACT_NO_NAME, SPAN_NONE);
        return TROUBLE_CONNECT;
    }
    if (error < 0 && st->last[0] == '\0') { /* not a word was heard: an errno of connect() */
        *text = strerror(-error);
        dialogue_errno(-error);
        return TROUBLE_CONNECT;
    }
    if (st->job->tls == JOB_TLS_STARTTLS && tls_verify_error() != NULL) {
        *text = tls_verify_error();
        return TROUBLE_CERT;
    }
    if (st->job->tls == JOB_TLS_STARTTLS && tls_was_begun() && !tls_is_up())
        return TROUBLE_TLS;
    if (st->starttls_refused || error == SMTP_ERR_EXTENSION_NOT_AVAILABLE)
        return TROUBLE_NO_TLS;
    if (error == 0)
        return TROUBLE_NONE;
    return TROUBLE_DROPPED;
}

static void session_set_up(struct smtp_session_state *st, smtp_session_t session,
                           auth_context_t auth)
{
    char *hostname = span_dup(st->job->hostname);
    struct buf server = {0};

    if (st->job->tls == JOB_TLS_DIRECT)
        buf_addf(&server, "127.0.0.1:%u", bridge_open(st->job, phase_limit_ms(st->job)));
    else
        buf_addf(&server, "%.*s:%u", (int)st->job->host.len, st->job->host.p, st->job->port);
    ensure(smtp_set_server(session, server.p) != 0);
    ensure(smtp_set_hostname(session, hostname) != 0);
    buf_fini(&server);
    free(hostname);

    smtp_set_eventcb(session, smtp_on_event, st);
    smtp_set_monitorcb(session, smtp_on_monitor, st, 0);
    set_timeouts(st->job, session);
    if (auth != NULL)
        ensure(smtp_auth_set_context(session, auth) != 0);
    if (st->job->tls == JOB_TLS_STARTTLS) {
        const char *why = "";
        SSL_CTX *ctx = tls_context(st->job, &why);

        if (ctx == NULL)
            worker_give_up(TROUBLE_CONFIG, span_of(why));
        ensure(smtp_starttls_enable(session, Starttls_REQUIRED) != 0);
        ensure(smtp_starttls_set_ctx(session, ctx) != 0);
    }
    for (size_t i = 0; i < st->job->nmails; i++)
        mail_add(st, session, i);
}

void smtp_run(const struct job *job)
{
    struct smtp_session_state st = {
        .job = job,
        .mails = xcalloc(job->nmails, sizeof(*st.mails)),
        .deadline_ms = clock_mono_ms() + job->limit_ms * 2 / 3,
        .phase = PHASE_GREETING,
        .socket = -1,
        .user = span_dup(job->user),
        .password = span_dup(job->password),
    };
    smtp_session_t session = smtp_create_session();
    auth_context_t auth = job->user.len > 0 ? login_new(&st) : NULL;
    const char *text = "";

    ensure(session != NULL);
    dialogue_open(job);
    redact_add(job->user);
    redact_add(job->password);
    session_set_up(&st, session, auth);

    /* Its result says 1 after time-outs, refusals and drops alike: only the statuses count. */
    (void)smtp_start_session(session);
    dialogue_close();
    enum smtp_trouble trouble = trouble_find(&st, smtp_errno(), &text);

    for (size_t i = 0; i < job->nmails; i++)
        tell_all(&st, &st.mails[i]);
    if (trouble != TROUBLE_NONE)
        worker_tell(&(struct worker_event){
            .type = EVENT_TROUBLE, .trouble = trouble, .text = span_of(text)});

    smtp_destroy_session(session);
    bridge_close();
    if (auth != NULL)
        auth_destroy_context(auth);
    for (size_t i = 0; i < job->nmails; i++) {
        free(st.mails[i].rcpts);
        free(st.mails[i].told_rcpts);
    }
    free(st.mails);
    free(st.user);
    free(st.password);
    xoauth2_forget();
    redact_forget();
}
