/*
 * What the peers of the bench say, and what they note when the other side hears it; and the loop
 * that carries it.  Nothing is measured here but the way of each line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gateway_client.h"

void line_send(struct bench *b, size_t pair, char by)
{
    static const char pad[TEXT_BYTES] = "................................................"
                                        "...................................................";
    struct peer *p = by == 'v' ? &b->visitors[pair] : &b->agents[b->pairs[pair].agent];

    b->nflying++;
    b->pairs[pair].nlines++;

    if (by == 'v')
        peer_sendf(b, p, "{\"id\":\"m%llu\",\"do\":\"chat.send\",\"text\":\"#v#%zu#%lld#%.60s\"}",
                   (unsigned long long)++b->next_id, pair, (long long)now_ns(), pad);
    else
        peer_sendf(b, p,
                   "{\"id\":\"m%llu\",\"do\":\"chat.send\",\"conversation\":\"%s\","
                   "\"text\":\"#a#%zu#%lld#%.60s\"}",
                   (unsigned long long)++b->next_id, b->pairs[pair].conv, pair, (long long)now_ns(),
                   pad);
}

/* A line of the other side has arrived: note how long it took, and answer it. */
static bool on_line(struct bench *b, const char *text, char from)
{
    const char mark[] = {'#', from, '#', '\0'};
    const char *at = strstr(text, mark);
    char *end;

    if (at == NULL)
        return false;

    size_t pair = strtoull(at + 3, &end, 10);
    int64_t sent = strtoll(end + 1, NULL, 10);

    /* A row of a list or a head repeats the last line: only the line itself counts. */
    if (pair >= PAIRS_MAX ||
        (strstr(text, "\"line\"") == NULL && strstr(text, "\"chat.line\"") == NULL))
        return true;
    b->nflying--;
    if (b->nsamples < SAMPLES_MAX)
        b->samples_ns[b->nsamples++] = now_ns() - sent;
    if (b->running && b->pairs[pair].nlines < PAIR_LINES_MAX)
        line_send(b, pair, from == 'v' ? 'a' : 'v');
    return true;
}

static void on_visitor(struct bench *b, struct peer *p, const char *text)
{
    struct pair *pr = &b->pairs[p->index];

    if (on_line(b, text, 'a') || strstr(text, "\"re\"") == NULL)
        return;
    if (pr->started && strstr(text, "\"error\"") == NULL)
        return;

    json_t *root = json_loads(text, 0, NULL);
    json_t *chat = json_object_get(json_object_get(root, "ok"), "chat");

    if (chat == NULL) {
        fprintf(stderr, "gateway_bench: the visitor was told %s\n", text);
        exit(2);
    }
    snprintf(pr->conv, sizeof(pr->conv), "%s", json_string_value(chat));
    pr->started = true;
    b->nstarted++;
    json_decref(root);
}

/* Answer the next message that was left, by e-mail. */
void mail_send(struct bench *b, struct peer *p)
{
    if (b->nasked == DRAIN_MAILS)
        return;
    peer_sendf(b, p,
               "{\"id\":\"e%llu\",\"do\":\"conversation.mail\",\"conversation\":\"%s\","
               "\"text\":\"Yes, it is in stock.\"}",
               (unsigned long long)++b->next_id, b->left[b->nasked]);
    b->nasked++;
}

static void on_agent(struct bench *b, struct peer *p, const char *text)
{
    if (on_line(b, text, 'v'))
        return;

    json_t *root = json_loads(text, 0, NULL);
    const char *ev = json_string_value(json_object_get(root, "ev"));
    const char *re = json_string_value(json_object_get(root, "re"));

    if (ev != NULL && strcmp(ev, "offer") == 0) {
        const char *conv = json_string_value(json_object_get(root, "conversation"));

        peer_sendf(b, p, "{\"id\":\"o%s\",\"do\":\"offer.accept\",\"conversation\":\"%s\"}", conv,
                   conv);
        peer_sendf(b, p,
                   "{\"id\":\"s%s\",\"do\":\"subscribe\",\"topic\":\"conversation\","
                   "\"conversation\":\"%s\",\"seq\":0}",
                   conv, conv);
    } else if (re != NULL && json_object_get(root, "ok") == NULL) {
        fprintf(stderr, "gateway_bench: an agent was told %s\n", text);
        exit(2);
    } else if (re != NULL && re[0] == 's' && re[1] != 't') {
        for (size_t i = 0; i < PAIRS_MAX; i++)
            if (b->pairs[i].started && !b->pairs[i].ready &&
                strcmp(b->pairs[i].conv, re + 1) == 0) {
                b->pairs[i].agent = p->index;
                b->pairs[i].ready = true;
                b->nready++;
            }
    } else if (re != NULL && strcmp(re, "status") == 0) {
        b->nopen++;
    } else if (re != NULL && re[0] == 'e') {
        b->nmailed++;
        mail_send(b, p);
    }
    json_decref(root);
}

void ring_send(struct bench *b, struct peer *p)
{
    char body[200];
    int len =
        snprintf(body, sizeof(body),
                 "{\"id\":\"r%llu\",\"do\":\"%s\",\"name\":\"Visitor\","
                 "\"email\":\"v@example.com\",\"%s\":\"Is it in stock?\"}",
                 (unsigned long long)++b->next_id, b->drains ? "chat.leave-message" : "chat.start",
                 b->drains ? "text" : "question");

    buf_addf(&p->out,
             "POST /w/%s/command HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n"
             "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
             b->code, b->host, b->host, len, body);
    peer_flush(b, p);
}

static void left_take(struct bench *b, const char *body)
{
    const char *id = strstr(body, "\"chat\":\"");

    if (id == NULL || sscanf(id + 8, "%23[0-9]", b->left[b->nrung]) != 1)
        die("an answer without a conversation");
}

/* Takes one whole answer of HTTP/1.1 off the front; false: there is none yet. */
static bool ring_take(struct bench *b, struct peer *p)
{
    char *end = p->in.len > 0 ? strstr(p->in.p, "\r\n\r\n") : NULL;
    char *length = end != NULL ? strcasestr(p->in.p, "content-length:") : NULL;

    if (length == NULL || length > end)
        return false;

    size_t whole = (size_t)(end + 4 - p->in.p) + strtoull(length + 15, NULL, 10);

    if (p->in.len < whole)
        return false;
    if (strncmp(p->in.p, "HTTP/1.1 200", 12) == 0) {
        if (b->drains && b->nrung < DRAIN_MAILS)
            left_take(b, end);
        b->nrung++;
    } else if (b->nrefused++ == 0)
        fprintf(stderr, "gateway_bench: refused: %.*s\n", (int)whole, p->in.p);
    memmove(p->in.p, p->in.p + whole, p->in.len - whole);
    p->in.len -= whole;
    p->in.p[p->in.len] = '\0';
    return true;
}

static void on_frame(struct bench *b, struct peer *p, int opcode, char *text, size_t len)
{
    char after = text[len];

    if (opcode == 9) {
        peer_send(b, p, 10, text, len);
        return;
    }
    if (opcode == 8) {
        fprintf(stderr, "gateway_bench: the gateway closes with %d\n",
                len >= 2 ? (uint8_t)text[0] << 8 | (uint8_t)text[1] : 0);
        exit(2);
    }
    text[len] = '\0';
    if (p->kind == PEER_VISITOR)
        on_visitor(b, p, text);
    else
        on_agent(b, p, text);
    text[len] = after;
}

static void peer_opened(struct bench *b, struct peer *p)
{
    p->open = true;
    if (p->kind == PEER_VISITOR) {
        peer_sendf(b, p,
                   "{\"id\":\"v%llu\",\"do\":\"chat.start\",\"name\":\"Visitor\","
                   "\"email\":\"v@example.com\",\"question\":\"Is it in stock?\"}",
                   (unsigned long long)++b->next_id);
        return;
    }
    peer_sendf(b, p, "{\"id\":\"st\",\"do\":\"subscribe\",\"topic\":\"me\"}");
    peer_sendf(b, p, "{\"id\":\"status\",\"do\":\"agent.status\",\"status\":\"available\"}");
}

/* Whole frames off the front of what has arrived. */
static void peer_pump(struct bench *b, struct peer *p)
{
    size_t at = 0;

    if (p->kind == PEER_RING) {
        while (ring_take(b, p))
            if (b->running)
                ring_send(b, p);
        return;
    }
    if (!p->open) {
        char *end = strstr(p->in.p, "\r\n\r\n");

        if (end == NULL)
            return;
        if (strncmp(p->in.p, "HTTP/1.1 101", 12) != 0) {
            fprintf(stderr, "gateway_bench: no WebSocket: %s\n", p->in.p);
            exit(2);
        }
        at = (size_t)(end + 4 - p->in.p);
        peer_opened(b, p);
    }
    while (p->in.len - at >= 2) {
        uint8_t *f = (uint8_t *)p->in.p + at;
        size_t head = f[1] == 127 ? 10 : f[1] == 126 ? 4 : 2, len = f[1];

        if (p->in.len - at < head)
            break;
        if (f[1] == 126)
            len = (size_t)f[2] << 8 | f[3];
        if (f[1] == 127)
            len = (size_t)f[7] << 16 | (size_t)f[8] << 8 | f[9];
        if (p->in.len - at < head + len)
            break;
        on_frame(b, p, f[0] & 15, (char *)f + head, len);
        at += head + len;
    }
    memmove(p->in.p, p->in.p + at, p->in.len - at);
    p->in.len -= at;
}

void loop_once(struct bench *b)
{
    struct epoll_event evs[256];
    int n = epoll_wait(b->epoll, evs, COUNT_OF(evs), 20);

    for (int i = 0; i < n; i++) {
        struct peer *p = evs[i].data.ptr;
        char chunk[65536];

        if (evs[i].events & EPOLLOUT)
            peer_flush(b, p);
        if (!(evs[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
            continue;

        ssize_t got = read(p->fd, chunk, sizeof(chunk));

        if (got == 0 || (got < 0 && errno != EAGAIN))
            die("a connection was closed");
        if (got > 0) {
            buf_add(&p->in, chunk, (size_t)got);
            peer_pump(b, p);
        }
    }
}

void loop_until(struct bench *b, const size_t *count, size_t wanted, const char *what)
{
    int64_t until = now_ns() + WAIT_MS * INT64_C(1000000);

    while (*count < wanted) {
        loop_once(b);
        if (now_ns() > until) {
            fprintf(stderr, "gateway_bench: %s: %zu of %zu\n", what, *count, wanted);
            exit(2);
        }
    }
}
