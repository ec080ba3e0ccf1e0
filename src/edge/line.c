/* The control socket's side of a connection: lines in, lines out.  What they say is not its
 * business. */
#include "edge_int.h"

size_t line_pump(struct conn *c, char *in, size_t len)
{
    struct edge *e = c->edge;
    size_t used = 0;

    for (unsigned n = 0; c->state == CONN_LINE; n++) {
        size_t from = used + c->line.scanned;
        char *lf = from < len ? memchr(in + from, '\n', len - from) : NULL;

        if ((lf == NULL ? len : (size_t)(lf - in)) - used > CONTROL_LINE_MAX_BYTES) {
            log_warn("control.line", "reason=too-big limit=%u", CONTROL_LINE_MAX_BYTES);
            conn_kill(c);
            return len;
        }
        if (lf == NULL) {
            c->line.scanned = len - used;
            return used;
        }
        if (n == FRAMES_PER_PASS) {
            edge_ready(c);
            return used;
        }

        struct span line = {in + used, (size_t)(lf - in) - used};

        used += line.len + 1;
        c->line.scanned = 0;
        if (line.len > 0 && line.p[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0)
            continue;
        c->announce = true;
        edge_input(e);
        e->handler.on_line(c->id, line, &c->line.cred, e->handler.arg);
    }
    return len;
}

bool edge_send_line(struct edge *e, uint64_t conn, struct span line)
{
    struct conn *c = conn_find(e, conn);

    if (c == NULL || c->state != CONN_LINE)
        return false;
    if (c->out_bytes > 2 * CONTROL_LINE_MAX_BYTES) {
        conn_kill(c);
        return false;
    }

    struct edge_frame *fr = frame_raw(NULL, 0);
    struct edge_frame *whole = xrealloc(fr, sizeof(*fr) + line.len + 1);

    whole->len = line.len + 1;
    if (line.len > 0)
        memcpy(whole->bytes, line.p, line.len);
    whole->bytes[line.len] = '\n';
    out_frame(c, whole);
    return true;
}
