/*
 * One session through libesmtp, with the guard rails that the library lacks.  What the server
 * answered is told by course.c as it passes; this file hands over the mails, and says at the end
 * what was wrong with the session.
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

#include "course.h"
#include "deskbell/crash.h"
#include "hello.h"
#include "patience.h"
#include "redact.h"
#include "smtp_int.h"

/* The library writes 2 KB at a time: at most once for what it gets of a body in one go. */
#define CHUNK_BYTES 1024
#define CHUNK_MS (180 * INT64_C(1000)) /* until the server takes it: RFC 5321 section 4.5.3.2.5 */

struct smtp_session_state;

/* A mail while it is on its way. */
struct smtp_mail {
    struct smtp_session_state *session;
    size_t index;
    const struct job_mail *job;
    size_t off;
    bool told_end; /* that it was given whole */
};

struct smtp_session_state {
    const struct job *job;
    struct smtp_mail *mails;
    bool connected;
    bool body_failed;     /* a body could not be given to its end */
    int socket;           /* -1: there is no connection */
    unsigned bridge_port; /* 0: there is no bridge */
    char *user, *password;
};

/* The monitor: what passes on the wire. */
static void smtp_on_monitor(const char *buf, int buflen, int writing, void *arg)
{
    struct span s = {buf, buflen > 0 ? (size_t)buflen : 0};

    (void)arg;
    if (writing == SMTP_CB_WRITING) {
        dialogue_said(s);
        course_say(s);
    } else if (writing == SMTP_CB_READING) {
        dialogue_heard(s);
        course_hear((char *)(uintptr_t)s.p, s.len); /* its own buffer: see there */
    }
}

/*
 * The library's socket: the only one of the internet that this process has, or, where there is a
 * bridge, the one that is connected to its port.  -1: none.
 */
static int socket_find(unsigned bridge_port)
{
    for (int fd = 3; fd < 64; fd++) {
        struct sockaddr_storage peer;
        const struct sockaddr_in *in = (const struct sockaddr_in *)&peer;
        socklen_t len = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0)
            continue;
        if (peer.ss_family == AF_INET && (bridge_port == 0 || ntohs(in->sin_port) == bridge_port))
            return fd;
        if (peer.ss_family == AF_INET6 && bridge_port == 0)
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

    st->socket = socket_find(st->bridge_port);
    patience_watch(st->socket);
    if (st->socket >= 0)
        (void)setsockopt(st->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* Once it is known from which address we speak, and before anything is said. */
static void name_ourselves(struct smtp_session_state *st, smtp_session_t session)
{
    struct buf hello = {0};

    if (st->job->hello.len > 0)
        buf_add_span(&hello, st->job->hello);
    else
        hello_find(st->job->tls == JOB_TLS_DIRECT ? bridge_net() : st->socket, &hello);
    ensure(smtp_set_hostname(session, hello.p) != 0);
    buf_fini(&hello);
}

static void smtp_on_event(smtp_session_t session, int number, void *arg, ...)
{
    struct smtp_session_state *st = arg;
    va_list ap;
    int *ok;

    va_start(ap, arg);
    switch (number) {
    case SMTP_EV_CONNECT:
        st->connected = true;
        socket_take(st);
        course_connect();
        name_ourselves(st, session);
        if (st->job->tls != JOB_TLS_DIRECT) /* else the bridge has told */
            dialogue_peer(st->socket);
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
 * Wait until the server takes more of a body; false with errno if it has gone away, or was, for it
 * took too long.  The library must never wait for room itself: each 2 KB would have its whole
 * time-out, and then it discards them and asks for the rest, so that a mail with a hole, or cut off
 * in its middle, would look as if it had been given whole.
 */
static bool server_takes_more(struct smtp_session_state *st)
{
    patience_wait(CHUNK_MS);
    for (bool room = false; st->socket >= 0 && !server_is_gone(st);) {
        struct pollfd p = {.fd = st->socket, .events = POLLOUT};

        if (room)
            return true;
        room = poll(&p, 1, -1) > 0;
    }
    course_note_break(patience_is_over() ? "the server took no more of the mail in time"
                                         : "the server hung up while the mail was given");
    errno = EPIPE;
    return false;
}

static const char *smtp_on_body(void **ctx, int *len, void *arg)
{
    struct smtp_mail *m = arg;

    (void)ctx; /* the library's to free; nothing is kept there */
    if (len == NULL) {
        m->off = 0;
        return NULL;
    }
    if (!server_takes_more(m->session)) {
        m->session->body_failed = true;
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
    if (n == 0 && !m->told_end) {
        m->told_end = true;
        worker_tell(&(struct worker_event){.type = EVENT_END, .mail = m->index});
        dialogue_said(SPAN_LIT(".\r\n")); /* the library says it next */
        course_give(m->index);
        crash_point(CRASH_WORKER_END);
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
    smtp_message_t message = smtp_add_message(session);
    char *from;

    *m = (struct smtp_mail){.session = st, .index = index, .job = &st->job->mails[index]};
    ensure(message != NULL);

    from = span_dup(m->job->from);
    ensure(smtp_set_reverse_path(message, from) != 0);
    free(from);
    for (size_t i = 0; i < m->job->nrcpts; i++) {
        char *rcpt = span_dup(m->job->rcpts[i]);

        ensure(smtp_add_recipient(message, rcpt) != NULL);
        free(rcpt);
    }
    ensure(smtp_set_messagecb(message, smtp_on_body, m) != 0);
}

/* Longer than anything is waited for: whatever takes too long is ended under the library. */
static void set_timeouts(const struct job *job, smtp_session_t session)
{
    static const int which[] = {Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA, Timeout_TRANSFER,
                                Timeout_DATA2};
    long ms = (long)(job->limit_ms + job->dot_ms + WORKER_EXTRA_MS);

    for (size_t i = 0; i < COUNT_OF(which); i++)
        smtp_set_timeout(session, which[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, ms);
}

/*
 * What was wrong with the session, from all that is known at its end.  The library's number may be
 * of an address that was tried before the one that answered: such a one is negative.
 */
static enum smtp_trouble trouble_find(const struct smtp_session_state *st, int error,
                                      const char **text)
{
    *text = course_last_refusal();
    if (course_refusal(TO_GREETING) != 0)
        return TROUBLE_GREETING;
    if (error >= SMTP_ERR_EAI_ADDRFAMILY && error <= SMTP_ERR_EAI_SOCKTYPE) {
        *text = "the relay's name is not known";
        dialogue_fact(FACT_NO_NAME, SPAN_NONE);
        return TROUBLE_CONNECT;
    }
    if (error < 0 && !st->connected) { /* an errno of connect() */
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
    if (course_refusal(TO_HELLO) / 100 == 4)
        return TROUBLE_GREETING;
    /* Whoever did not like our name may still answer HELO, and then offers nothing. */
    if (course_refusal(TO_HELLO) != 0 ||
        (error == SMTP_ERR_EXTENSION_NOT_AVAILABLE && course_hello_refusal()[0] != '\0')) {
        *text = course_hello_refusal();
        return TROUBLE_HELLO;
    }
    if (course_refusal(TO_STARTTLS) != 0 || error == SMTP_ERR_EXTENSION_NOT_AVAILABLE)
        return TROUBLE_NO_TLS;
    if (course_hello_blame()[0] != '\0') {
        *text = course_hello_blame();
        return TROUBLE_HELLO;
    }
    if (error == 0 || (error < 0 && !st->body_failed))
        return TROUBLE_NONE;
    *text = course_break();
    return TROUBLE_DROPPED;
}

static void session_set_up(struct smtp_session_state *st, smtp_session_t session,
                           auth_context_t auth)
{
    struct buf server = {0};

    if (st->job->tls == JOB_TLS_DIRECT) {
        st->bridge_port = bridge_open(st->job, st->job->limit_ms / 2);
        buf_addf(&server, "127.0.0.1:%u", st->bridge_port);
    } else {
        buf_addf(&server, "%.*s:%u", (int)st->job->host.len, st->job->host.p, st->job->port);
    }
    ensure(smtp_set_server(session, server.p) != 0);
    ensure(smtp_set_hostname(session, "localhost") != 0); /* until we are connected */
    buf_fini(&server);

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
        .socket = -1,
        .user = span_dup(job->user),
        .password = span_dup(job->password),
    };
    smtp_session_t session = smtp_create_session();
    auth_context_t auth = job->user.len > 0 ? login_new(&st) : NULL;
    const char *text = "";

    ensure(session != NULL);
    dialogue_open(job);
    course_open(job);
    redact_add(job->user);
    redact_add(job->password);
    session_set_up(&st, session, auth);

    /* Its result says 1 after time-outs, refusals and drops alike: only the statuses count. */
    (void)smtp_start_session(session);
    dialogue_close();
    enum smtp_trouble trouble = trouble_find(&st, smtp_errno(), &text);

    if (trouble != TROUBLE_NONE)
        worker_tell(&(struct worker_event){
            .type = EVENT_TROUBLE, .trouble = trouble, .text = span_of(text)});

    smtp_destroy_session(session);
    bridge_close();
    if (auth != NULL)
        auth_destroy_context(auth);
    free(st.mails);
    free(st.user);
    free(st.password);
    xoauth2_forget();
    redact_forget();
}
