/* Buffers: bytes that grow up to a limit.  Never fails half-way: an addition fits or is dropped. */
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/span.h"

/* Room for len more bytes and the NUL behind them; false, and b->full, beyond the limit. */
static bool buf_reserve(struct buf *b, size_t len)
{
    size_t limit = b->limit_bytes != 0 ? b->limit_bytes : BUF_LIMIT_BYTES;
    size_t cap = b->cap != 0 ? b->cap : 64;

    if (b->full || len > limit || b->len > limit - len) {
        b->full = true;
        return false;
    }
    if (b->len + len + 1 <= b->cap)
        return true;
    while (cap < b->len + len + 1)
        cap *= 2;
    b->p = xrealloc(b->p, cap);
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *p, size_t len)
{
    if (!buf_reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->p + b->len, p, len);
    b->len += len;
    b->p[b->len] = '\0';
}

void buf_add_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_add_span(struct buf *b, struct span s)
{
    buf_add(b, s.p, s.len);
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    ensure(n >= 0);
    if (!buf_reserve(b, (size_t)n))
        return;
    va_start(ap, fmt);
    vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->full = false;
    if (b->p != NULL)
        b->p[0] = '\0';
}

void buf_fini(struct buf *b)
{
    free(b->p);
    b->p = NULL;
    b->len = b->cap = 0;
    b->full = false;
}

struct span buf_span(const struct buf *b)
{
    return (struct span){b->p, b->len};
}

char *buf_take(struct buf *b)
{
    char *p = b->p != NULL ? b->p : xcalloc(1, 1);

    b->p = NULL;
    buf_fini(b);
    return p;
}
