/*
 * The connection to the gateway's control socket: it says when a mail was written, so that none
 * waits for the next tick, and asks what only the dispatcher can tell.  Nothing durable depends on
 * it.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <jansson.h>

#include "deskbell/id.h"
#include "deskbell/limits.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define CONTROL_OUT_MAX_BYTES (4u << 20) /* a gateway that does not read them is none */

struct control {
    struct dispatcher *d;
    struct bufferevent *bev; /* NULL: down */
    uint64_t number;         /* of this connection */
    bool broken;             /* to be dropped, once no callback uses it */
};

/* What can be asked. */
static const struct {
    const char *what;
    question_fn *answer;
} questions[] = {
    {"test", trial_answer},
    {"template", template_show},
    {"preview", template_preview},
    {"draft", answer_draft},
    {NULL, NULL},
};

static void control_drop(struct control *c)
{
    if (c->bev != NULL)
        bufferevent_free(c->bev);
    c->bev = NULL;
    c->broken = false;
}

/* Give one object to the gateway, with its place in what it asked; takes it. */
static void object_send(struct control *c, const struct question *q, const char *word,
                        json_t *object)
{
    char id[ID_TEXT], *text;

    ensure(object != NULL);
    if (c->bev == NULL || c->broken || q->conn != c->number) { /* nobody waits any more */
        json_decref(object);
        return;
    }
    id_format(q->id, id);
    json_object_set_new(object, "do", json_string(word));
    json_object_set_new(object, "ask", json_string(id));
    text = json_dumps(object, JSON_COMPACT);
    ensure(text != NULL);
    json_decref(object);

    size_t len = strlen(text);
    if (len > CONTROL_LINE_MAX_BYTES) {
        log_error("control.too-big", "bytes=%zu", len);
    } else {
        text[len] = '\n'; /* in the place of its NUL */
        bufferevent_write(c->bev, text, len + 1);
    }
    free(text);
    c->broken = evbuffer_get_length(bufferevent_get_output(c->bev)) > CONTROL_OUT_MAX_BYTES;
}

void question_tell(struct dispatcher *d, const struct question *q, const char *by, struct span text)
{
    json_t *line = json_pack("{s:s, s:o}", "by", by, "text", json_stringn(text.p, text.len));

    object_send(d->control, q, "dispatcher.tell", json_pack("{s:[o]}", "lines", line));
}

void question_answer(struct dispatcher *d, const struct question *q, json_t *ok)
{
    object_send(d->control, q, "dispatcher.answer", json_pack("{s:o}", "ok", ok));
}

void question_refuse(struct dispatcher *d, const struct question *q, const struct fault *f)
{
    const char *reason = f->refusal != REFUSE_NONE ? refusal_code(f->refusal) : "";
    json_t *values = json_object();
    struct span name;

    for (size_t i = 0; i < REFUSAL_VALUES_MAX && refusal_value_name(f->refusal, i, &name); i++)
        json_object_setn_new(values, name.p, name.len,
                             f->values[i].kind == VALUE_INT
                                 ? json_integer((json_int_t)f->values[i].i)
                                 : json_string(f->values[i].text));
    object_send(d->control, q, "dispatcher.answer",
                json_pack("{s:{s:s, s:s, s:s, s:s, s:o}}", "error", "code", err_code(f->err),
                          "field", f->field, "text", f->what, "reason", reason, "values", values));
}

static void question_take(struct control *c, const json_t *root)
{
    const char *what = json_string_value(json_object_get(root, "what"));
    struct question q = {.conn = c->number};
    struct fault f;

    if (id_parse(span_of(json_string_value(json_object_get(root, "ask"))), &q.id) != ERR_OK ||
        what == NULL) {
        log_warn("control.line", "reason=question");
        return;
    }
    for (size_t i = 0; questions[i].what != NULL; i++)
        if (strcmp(what, questions[i].what) == 0) {
            questions[i].answer(c->d, &q, root);
            return;
        }
    fault_refuse(&f, ERR_UNSUPPORTED, NULL, REFUSE_QUESTION_UNKNOWN);
    question_refuse(c->d, &q, &f);
}

/* One line; true: there is something to look for. */
static bool line_take(struct control *c, struct span line)
{
    json_t *root = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES, NULL);
    const char *ev = json_string_value(json_object_get(root, "ev"));
    bool wake = ev != NULL && strcmp(ev, "wake") == 0;

    if (root == NULL)
        log_warn("control.line", "reason=json");
    else if (ev != NULL && strcmp(ev, "ask") == 0)
        question_take(c, root);
    json_decref(root);
    return wake;
}

/* Whole lines out of what has arrived; several wakes are one. */
static void control_read(struct control *c)
{
    struct evbuffer *in = bufferevent_get_input(c->bev);
    bool wake = false;
    size_t len;
    char *line;

    while (!c->broken && (line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF)) != NULL) {
        wake = line_take(c, (struct span){line, len}) || wake;
        free(line);
    }
    if (evbuffer_get_length(in) > CONTROL_LINE_MAX_BYTES) {
        log_warn("control.line", "reason=too-big");
        c->broken = true;
    }
    if (c->broken)
        control_drop(c);
    if (wake)
        schedule_look(c->d);
}

static void control_on_read(struct bufferevent *bev, void *arg)
{
    (void)bev;
    control_read(arg);
}

static void control_on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    (void)what;
    control_drop(arg);
}

void control_tick(struct control *c)
{
    static const char attach[] = "{\"id\":\"attach\",\"do\":\"dispatcher.attach\"}\n";
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    size_t len = strlen(c->d->conf.control_socket);

    if (c->broken)
        control_drop(c);
    if (c->bev != NULL || len >= sizeof(addr.sun_path))
        return;
    memcpy(addr.sun_path, c->d->conf.control_socket, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
        close(fd);
        return;
    }
    c->bev = bufferevent_socket_new(c->d->base, fd, BEV_OPT_CLOSE_ON_FREE);
    ensure(c->bev != NULL);
    c->number++;
    bufferevent_setcb(c->bev, control_on_read, NULL, control_on_event, c);
    bufferevent_setwatermark(c->bev, EV_READ, 0, 2 * CONTROL_LINE_MAX_BYTES);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
    bufferevent_write(c->bev, attach, sizeof(attach) - 1);
    log_debug("control.up", "fd=%d", fd);
}

struct control *control_open(struct dispatcher *d)
{
    struct control *c = xcalloc(1, sizeof(*c));

    c->d = d;
    control_tick(c);
    return c;
}

void control_close(struct control *c)
{
    if (c == NULL)
        return;
    control_drop(c);
    free(c);
}
