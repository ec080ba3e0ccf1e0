/*
 * Bytes out.  A connection's output is a list of pieces that exists only while something waits;
 * frames are shared by all their receivers.  Everything queued in a pass is written at its end.
 */
#include <errno.h>
#include <stdlib.h>

#include "edge_int.h"

struct edge_frame *frame_raw(const void *bytes, size_t len)
{
    struct edge_frame *fr = xmalloc(sizeof(*fr) + len);

    fr->refs = 1;
    fr->len = len;
    if (len > 0)
        memcpy(fr->bytes, bytes, len);
    return fr;
}

struct edge_frame *edge_frame_new(struct span text)
{
    char head[WS_HEADER_MAX_BYTES];
    size_t n = ws_header_write(head, WS_TEXT, text.len);
    struct edge_frame *fr = xmalloc(sizeof(*fr) + n + text.len);

    fr->refs = 1;
    fr->len = n + text.len;
    memcpy(fr->bytes, head, n);
    if (text.len > 0)
        memcpy(fr->bytes + n, text.p, text.len);
    return fr;
}

struct edge_frame *edge_frame_ref(struct edge_frame *fr)
{
    ensure(fr->refs > 0);
    fr->refs++;
    return fr;
}

void edge_frame_unref(struct edge_frame *fr)
{
    if (fr == NULL)
        return;
    ensure(fr->refs > 0);
    if (--fr->refs == 0)
        free(fr);
}

static void out_add(struct conn *c, struct edge_frame *fr, struct span bytes)
{
    struct out *o = xmalloc(sizeof(*o));

    o->frame = fr;
    o->left = bytes;
    STAILQ_INSERT_TAIL(&c->out, o, link);
    c->out_bytes += bytes.len;
    if (!c->is_dirty) {
        c->is_dirty = true;
        STAILQ_INSERT_TAIL(&c->edge->dirty, c, dirty_link);
        edge_later(c->edge);
    }
}

void out_frame(struct conn *c, struct edge_frame *fr)
{
    out_add(c, fr, (struct span){fr->bytes, fr->len});
}

void out_bytes(struct conn *c, const void *bytes, size_t len)
{
    out_frame(c, frame_raw(bytes, len));
}

void out_static(struct conn *c, struct span bytes)
{
    if (bytes.len > 0)
        out_add(c, NULL, bytes);
}

static void out_shift(struct conn *c)
{
    struct out *o = STAILQ_FIRST(&c->out);

    STAILQ_REMOVE_HEAD(&c->out, link);
    edge_frame_unref(o->frame);
    free(o);
}

/* Take what was written off the front. */
static void out_advance(struct conn *c, size_t n)
{
    c->out_bytes -= n;
    c->edge->stats.bytes_out += n;
    while (n > 0) {
        struct out *o = STAILQ_FIRST(&c->out);

        if (n < o->left.len) {
            o->left.p += n;
            o->left.len -= n;
            return;
        }
        n -= o->left.len;
        out_shift(c);
    }
}

void out_drop(struct conn *c)
{
    while (!STAILQ_EMPTY(&c->out))
        out_shift(c);
    c->out_bytes = 0;
}

/* Everything is written: what now? */
static void out_done(struct conn *c)
{
    if (c->state == CONN_REPLY) {
        http_replied(c);
    } else if (c->state == CONN_CLOSING) {
        if (c->end == END_NOW || c->eof)
            conn_kill(c);
        else if (c->end == END_LINGER)
            c->io->shut(c);
    }
    if (c->state != CONN_DEAD)
        conn_watch_usual(c);
}

/* A part of an answer has gone out; reading it drop by drop keeps nobody here for ever. */
static void reply_goes_on(struct conn *c)
{
    if (edge_now(c->edge) - c->replied_ms >= c->edge->conf.reply_timeout_ms)
        conn_kill(c);
    else
        conn_wait(c, WAIT_WRITE);
}

void out_flush(struct conn *c)
{
    bool moved = false;

    while (!STAILQ_EMPTY(&c->out)) {
        struct iovec iov[IOV_COUNT];
        struct out *o;
        size_t want = 0;
        int count = 0;

        STAILQ_FOREACH (o, &c->out, link) {
            if (count == IOV_COUNT)
                break;
            iov[count].iov_base = (void *)(uintptr_t)o->left.p;
            iov[count++].iov_len = o->left.len;
            want += o->left.len;
        }

        ssize_t n = c->io->write(c, iov, count);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN) {
            conn_kill(c);
            return;
        }
        if (n > 0) {
            moved = true;
            out_advance(c, (size_t)n);
        }
        if (n < (ssize_t)want) {
            if (c->state == CONN_REPLY && moved)
                reply_goes_on(c);
            if (c->state != CONN_DEAD)
                conn_watch_usual(c);
            return;
        }
    }
    out_done(c);
}
