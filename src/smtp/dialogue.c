/*
 * The dialogue of a session for a person's eyes: whole lines, in order, without the login.  Quiet
 * unless the job asks for it.  It hears what passes by; it changes and decides nothing.
 */
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "redact.h"
#include "smtp_int.h"

#define RAW_MAX_BYTES 4096 /* of a line; the rest of a longer one is not looked at */
#define LINES_MAX 400
#define HEADER_LINES_MAX 60

/* What of a line has come so far. */
struct half {
    char text[RAW_MAX_BYTES];
    size_t len;
};

/* One session a process. */
static struct {
    bool on, signing_in;
    unsigned lines;
    struct half said, heard;
} dialogue;

void dialogue_open(const struct job *job)
{
    dialogue.on = job->dialogue;
}

static void line_tell(enum line_by by, char *text, size_t len)
{
    if (dialogue.lines++ >= LINES_MAX) {
        if (dialogue.lines == LINES_MAX + 1)
            worker_tell(
                &(struct worker_event){.type = EVENT_LINE,
                                       .by = LINE_NOTE,
                                       .text = SPAN_LIT("... more was said than is shown")});
        return;
    }
    if (len > LINE_MAX_BYTES) {
        len = span_cut((struct span){text, len}, LINE_MAX_BYTES - 3).len;
        memcpy(text + len, "...", 3);
        len += 3;
    }
    worker_tell(&(struct worker_event){.type = EVENT_LINE, .by = by, .text = {text, len}});
}

void dialogue_note(const char *fmt, ...)
{
    char text[RAW_MAX_BYTES];
    va_list ap;

    if (!dialogue.on)
        return;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n <= 0)
        return;
    size_t len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
    redact_blank(text, len);
    line_tell(LINE_NOTE, text, len);
}

void dialogue_fact(enum smtp_fact fact, struct span text)
{
    char copy[LINE_MAX_BYTES];
    size_t len = text.len < sizeof(copy) ? text.len : sizeof(copy);

    if (!dialogue.on)
        return;
    if (len > 0)
        memcpy(copy, text.p, len);
    redact_blank(copy, len);
    worker_tell(&(struct worker_event){.type = EVENT_FACT, .fact = fact, .text = {copy, len}});
}

static bool starts_with(const struct half *h, const char *word)
{
    size_t len = strlen(word);

    return h->len >= len && span_is_nocase((struct span){h->text, len}, word);
}

/* The client's: while it signs in, nothing but the mechanism's name is shown. */
static void said_tell(struct half *h)
{
    static const char stars[] = "********";

    if (starts_with(h, "AUTH ")) {
        char *initial = memchr(h->text + 5, ' ', h->len - 5);

        dialogue.signing_in = true;
        dialogue_fact(FACT_LOGIN_TRIED, SPAN_NONE);
        if (initial != NULL) {
            size_t at = (size_t)(initial - h->text) + 1;

            redact_add_said((struct span){h->text + at, h->len - at});
            memcpy(h->text + at, stars, sizeof(stars)); /* a line's end leaves room: see half_add */
            h->len = at + sizeof(stars) - 1;
        }
    } else if (dialogue.signing_in) {
        redact_add_said((struct span){h->text, h->len});
        memcpy(h->text, stars, sizeof(stars));
        h->len = sizeof(stars) - 1;
    }
    line_tell(LINE_CLIENT, h->text, h->len);
}

/* What an answer to EHLO offers. */
static void offer_note(const struct half *h)
{
    static const size_t at = 4; /* after the code and '-' or ' ' */

    if (!starts_with(h, "250") || h->len < at)
        return;
    struct span word = {h->text + at, h->len - at};
    if (span_is_nocase(word, "STARTTLS"))
        dialogue_fact(FACT_STARTTLS, SPAN_NONE);
    else if (word.len > 5 && span_is_nocase((struct span){word.p, 5}, "AUTH "))
        dialogue_fact(FACT_AUTH, (struct span){word.p + 5, word.len - 5});
}

static void heard_tell(struct half *h)
{
    if (h->len > 0 && h->text[0] != '3')
        dialogue.signing_in = false;
    if (starts_with(h, "220"))
        dialogue_fact(FACT_GREETED, SPAN_NONE);
    offer_note(h);
    redact_blank(h->text, h->len);
    line_tell(LINE_SERVER, h->text, h->len);
}

static void half_tell(struct half *h, enum line_by by)
{
    while (h->len > 0 && h->text[h->len - 1] == '\r')
        h->len--;
    if (by == LINE_CLIENT)
        said_tell(h);
    else
        heard_tell(h);
    explicit_bzero(h->text, sizeof(h->text));
    h->len = 0;
}

static void half_add(struct half *h, enum line_by by, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.p[i] == '\n')
            half_tell(h, by);
        else if (h->len < sizeof(h->text) - 16)
            h->text[h->len++] = bytes.p[i] != '\0' ? bytes.p[i] : '?';
    }
}

/* What the other side has begun to say is over when this one speaks. */
static void pass(struct half *h, enum line_by by, struct span bytes, struct half *other,
                 enum line_by other_by)
{
    if (!dialogue.on || bytes.len == 0)
        return;
    if (other->len > 0)
        half_tell(other, other_by);
    half_add(h, by, bytes);
}

void dialogue_said(struct span bytes)
{
    pass(&dialogue.said, LINE_CLIENT, bytes, &dialogue.heard, LINE_SERVER);
}

void dialogue_heard(struct span bytes)
{
    pass(&dialogue.heard, LINE_SERVER, bytes, &dialogue.said, LINE_CLIENT);
}

void dialogue_body(struct span bytes)
{
    unsigned n = 0;

    if (!dialogue.on)
        return;
    while (bytes.len > 0) {
        const char *end = memchr(bytes.p, '\n', bytes.len);
        size_t len = end != NULL ? (size_t)(end - bytes.p) + 1 : bytes.len;

        if (len <= 2 || n++ == HEADER_LINES_MAX) /* the empty line after the header */
            break;
        dialogue_said((struct span){bytes.p, len});
        bytes.p += len;
        bytes.len -= len;
    }
    dialogue_note("... %zu bytes", bytes.len);
}

void dialogue_errno(int error)
{
    if (error == ECONNREFUSED)
        dialogue_fact(FACT_REFUSED, SPAN_NONE);
    else if (error == ETIMEDOUT)
        dialogue_fact(FACT_TIMEOUT, SPAN_NONE);
    else if (error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL)
        dialogue_fact(FACT_UNREACHABLE, SPAN_NONE);
}

void dialogue_peer(int fd)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (fd < 0 || getpeername(fd, (struct sockaddr *)&peer, &len) != 0 ||
        getnameinfo((struct sockaddr *)&peer, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    dialogue_fact(FACT_REACHED, SPAN_NONE);
    dialogue_note("connected to %s port %s", host, port);
}

void dialogue_close(void)
{
    if (!dialogue.on)
        return;
    if (dialogue.said.len > 0)
        half_tell(&dialogue.said, LINE_CLIENT);
    if (dialogue.heard.len > 0)
        half_tell(&dialogue.heard, LINE_SERVER);
}
