/* One command to the gateway over its control socket, one answer back.  Prints only complaints. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl_int.h"
#include "deskbell/clock.h"
#include "deskbell/crypto.h"

#define ANSWER_TIMEOUT_MS (10 * 60 * 1000) /* a backup of a large store takes its time */
#define COMMAND_ID_TEXT 23                 /* 16 bytes as base64url */
#define CONTROL_ANSWER_MAX_BYTES (64u << 20)

void ctl_complain(const char *fmt, ...)
{
    va_list ap;

    fputs("deskbellctl: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

/* The code is the wire's: what it means for the exit is this table. */
static enum ctl_exit exit_of_code(const char *code)
{
    static const struct {
        const char *code;
        enum ctl_exit exit;
    } rows[] = {
        {"unknown", EXIT_NOTFOUND}, {"conflict", EXIT_CONFLICT},      {"taken", EXIT_CONFLICT},
        {"late", EXIT_CONFLICT},    {"ended", EXIT_CONFLICT},         {"closed", EXIT_CONFLICT},
        {"exists", EXIT_CONFLICT},  {"reused", EXIT_CONFLICT},        {"read-only", EXIT_CONFLICT},
        {"forbidden", EXIT_DENIED}, {"unauthenticated", EXIT_DENIED}, {"timeout", EXIT_TIMEOUT},
        {"invalid", EXIT_USAGE},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i].code, code) == 0)
            return rows[i].exit;
    return EXIT_FAILED;
}

static enum ctl_exit ctl_connect(struct ctl *c)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};

    if (strlen(c->opt.socket_path) >= sizeof(sa.sun_path)) {
        ctl_complain("the socket's path is too long: %s", c->opt.socket_path);
        return EXIT_USAGE;
    }
    strcpy(sa.sun_path, c->opt.socket_path);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ensure(c->fd >= 0);
    if (connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
        return EXIT_DONE;

    int saved = errno;
    ctl_disconnect(c);
    if (saved == EACCES || saved == EPERM) {
        ctl_complain("no permission for %s: run as root or as a member of its group",
                     c->opt.socket_path);
        return EXIT_DENIED;
    }
    ctl_complain("the gateway cannot be reached at %s: %s\nIs deskbelld running?  --socket or -c "
                 "FILE names another place.",
                 c->opt.socket_path, strerror(saved));
    return EXIT_UNREACHABLE;
}

void ctl_disconnect(struct ctl *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    buf_fini(&c->in);
}

static bool send_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

/* Read until a whole line is there; it is taken off the front of c->in into *line. */
static enum ctl_exit read_line(struct ctl *c, int64_t until_ms, char **line)
{
    for (;;) {
        char *nl = c->in.len > 0 ? memchr(c->in.p, '\n', c->in.len) : NULL;
        struct pollfd pfd = {.fd = c->fd, .events = POLLIN};
        char chunk[65536];

        if (nl != NULL) {
            size_t len = (size_t)(nl - c->in.p);

            *line = xstrndup(c->in.p, len);
            memmove(c->in.p, nl + 1, c->in.len - len - 1);
            c->in.len -= len + 1;
            return EXIT_DONE;
        }
        int64_t left = until_ms - clock_mono_ms();
        if (left <= 0 || poll(&pfd, 1, (int)left) == 0) {
            ctl_complain("no answer within %d seconds", ANSWER_TIMEOUT_MS / 1000);
            return EXIT_TIMEOUT;
        }
        ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n > 0)
            buf_add(&c->in, chunk, (size_t)n);
        if (n <= 0 || c->in.full) {
            ctl_complain("the gateway closed the connection before it answered");
            return EXIT_UNREACHABLE;
        }
    }
}

/* With --json a program reads it on standard output, in the protocol's own shape. */
static enum ctl_exit tell_error(const struct ctl *c, json_t *error)
{
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *field = json_string_value(json_object_get(error, "field"));
    const char *what = json_string_value(json_object_get(error, "what"));

    if (c->opt.json) {
        json_t *out = json_pack("{s:O}", "error", error);

        print_json(out);
        json_decref(out);
    }
    ctl_complain("%s%s%s%s(%s)", field != NULL ? field : "",
                 field != NULL && *field != '\0' ? ": " : "", what != NULL ? what : "",
                 what != NULL && *what != '\0' ? " " : "", code != NULL ? code : "error");
    return exit_of_code(code != NULL ? code : "");
}

/* An answer of either kind, of which *error or *ok is the caller's. */
static enum ctl_exit call_once(struct ctl *c, json_t *fields, json_t **ok, json_t **error)
{
    uint8_t random[16];
    char id[COMMAND_ID_TEXT];
    enum ctl_exit ex;

    *ok = *error = NULL;
    /* Operators share one name, so an id must not meet another call's of the last day. */
    random_fill(random, sizeof(random));
    b64url_encode(id, random, sizeof(random));
    json_object_set_new(fields, "id", json_string(id));
    char *text = json_dumps(fields, JSON_COMPACT);
    ensure(text != NULL);
    if (c->fd < 0) {
        c->in.limit_bytes = CONTROL_ANSWER_MAX_BYTES;
        ex = ctl_connect(c);
        if (ex != EXIT_DONE) {
            free(text);
            return ex;
        }
    }
    bool sent = send_all(c->fd, text, strlen(text)) && send_all(c->fd, "\n", 1);
    free(text);
    if (!sent) {
        ctl_complain("the gateway closed the connection");
        return EXIT_UNREACHABLE;
    }

    int64_t until_ms = clock_mono_ms() + ANSWER_TIMEOUT_MS;
    for (;;) {
        char *line;

        ex = read_line(c, until_ms, &line);
        if (ex != EXIT_DONE)
            return ex;
        json_t *answer = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        free(line);
        const char *re = json_string_value(json_object_get(answer, "re"));
        json_t *refused = json_object_get(answer, "error");
        if (answer == NULL) {
            ctl_complain("the gateway's answer cannot be read; is it another version?");
            return EXIT_FAILED;
        }
        if (refused != NULL && (re == NULL || strcmp(re, id) == 0)) {
            *error = json_incref(refused);
            json_decref(answer);
            return EXIT_DONE;
        }
        if (json_object_get(answer, "ev") != NULL) {
            if (c->on_event != NULL && re != NULL && strcmp(re, id) == 0)
                c->on_event(answer, c->on_event_arg);
        } else if (re != NULL && strcmp(re, id) == 0) {
            *ok = json_incref(json_object_get(answer, "ok"));
            json_decref(answer);
            if (*ok == NULL)
                *ok = json_object();
            return EXIT_DONE;
        }
        json_decref(answer);
    }
}

/* What is asked for first is asked of whoever sits here. */
static enum ctl_exit call_confirmed(struct ctl *c, const json_t *error)
{
    const char *what = json_string_value(json_object_get(error, "what"));
    struct buf question = {0};
    enum ctl_exit ex;

    buf_addf(&question, "%s. Go on?", what != NULL ? what : "This needs to be confirmed");
    ex = ctl_confirm(c, question.p);
    buf_fini(&question);
    return ex;
}

enum ctl_exit ctl_call(struct ctl *c, const char *word, json_t *fields, json_t **ok)
{
    json_t *error;
    enum ctl_exit ex;

    json_object_set_new(fields, "do", json_string(word));
    ex = call_once(c, fields, ok, &error);
    if (ex == EXIT_DONE && error != NULL && json_object_get(fields, "confirm") == NULL &&
        span_is(SPAN_LIT("confirm"), json_string_value(json_object_get(error, "code")))) {
        ex = call_confirmed(c, error);
        if (ex == EXIT_DONE) {
            json_decref(error);
            json_object_set_new(fields, "confirm", json_true());
            ex = call_once(c, fields, ok, &error);
        } else {
            json_decref(error);
            error = NULL;
        }
    }
    json_decref(fields);
    if (error != NULL) {
        ex = tell_error(c, error);
        json_decref(error);
    }
    return ex;
}

enum ctl_exit ctl_say(struct ctl *c, const char *word, json_t *fields)
{
    json_t *ok;
    enum ctl_exit ex = ctl_call(c, word, fields, &ok);

    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json)
        print_json(ok);
    else if (!c->opt.quiet)
        print_object(ok);
    json_decref(ok);
    return EXIT_DONE;
}
