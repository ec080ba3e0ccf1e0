/*
 * What goes out to WebSockets: it waits in the turn until what it rests on is durable, but for what
 * rests on no record.
 */
#include "watch_int.h"

/* A frame for some connections, or the end of one, that waits; owns what it holds. */
struct parcel {
    struct watch *w;
    void *frame;        /* NULL: close */
    unsigned code;      /* of the close */
    const char *reason; /* static */
    size_t nconns;
    uint64_t conns[];
};

static struct parcel *parcel_new(struct watch *w, const uint64_t *conns, size_t n)
{
    struct parcel *p = xcalloc(1, sizeof(*p) + n * sizeof(p->conns[0]));

    p->w = w;
    p->nconns = n;
    memcpy(p->conns, conns, n * sizeof(p->conns[0]));
    return p;
}

static void parcel_go(const struct parcel *p)
{
    const struct watch_out *out = &p->w->env.out;

    for (size_t i = 0; i < p->nconns; i++) {
        if (p->frame != NULL)
            out->send(out->arg, p->conns[i], p->frame, true);
        else
            out->close(out->arg, p->conns[i], p->code, p->reason);
    }
}

static void parcel_done(void *arg, bool durable)
{
    struct parcel *p = arg;

    if (durable)
        parcel_go(p);
    if (p->frame != NULL)
        p->w->env.out.frame_unref(p->w->env.out.arg, p->frame);
    free(p);
}

/*
 * At the end of a pass the turn has let go already of what could go; if nothing is under way,
 * what is found then would wait for no reason.
 */
static void parcel_wait(struct parcel *p)
{
    struct turn *t = p->w->env.turn;

    if (p->w->ending && turn_is_idle(t))
        parcel_done(p, true);
    else
        turn_hold(t, parcel_done, p);
}

void watch_send(struct watch *w, const uint64_t *conns, size_t n, struct span text)
{
    struct parcel *p;

    if (n == 0)
        return;
    p = parcel_new(w, conns, n);
    p->frame = w->env.out.frame_new(w->env.out.arg, text);
    parcel_wait(p);
}

void watch_send_now(struct watch *w, const uint64_t *conns, size_t n, struct span text)
{
    const struct watch_out *out = &w->env.out;

    if (n == 0)
        return;
    void *frame = out->frame_new(out->arg, text);
    for (size_t i = 0; i < n; i++)
        out->send(out->arg, conns[i], frame, false);
    out->frame_unref(out->arg, frame);
}

void watch_close(struct watch *w, uint64_t conn, unsigned code, const char *reason)
{
    struct parcel *p = parcel_new(w, &conn, 1);

    p->code = code;
    p->reason = reason;
    parcel_wait(p);
}
