/* The error table as functions, faults, and the two ways to stop: ensure() and no memory. */
#include "deskbell/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_int.h"

static const struct {
    const char *code, *text;
    int status;
} errs[ERR_COUNT] = {
#define X(name, code, status, text) [ERR_##name] = {code, text, status},
    ERR_TABLE(X)
#undef X
};

const char *err_code(err_t err)
{
    ensure((unsigned)err < ERR_COUNT);
    return errs[err].code;
}

const char *err_text(err_t err)
{
    ensure((unsigned)err < ERR_COUNT);
    return errs[err].text;
}

int err_http_status(err_t err)
{
    ensure((unsigned)err < ERR_COUNT);
    return errs[err].status;
}

/*
 * Make s fit to be shown, in place: each control character and each byte that is not UTF-8 becomes
 * '?'.  A character that was cut in half at the end goes away.
 */
static void text_tidy(char *s, bool cut)
{
    struct span rest = span_of(s);
    size_t out = 0;
    uint32_t cp;

    while (rest.len > 0) {
        struct span before = rest;

        if (!utf8_next(&rest, &cp)) {
            if (cut && rest.len < 4)
                break;
            rest.p++;
            rest.len--;
            s[out++] = '?';
        } else if (cp_is_control(cp)) {
            s[out++] = '?';
        } else {
            memmove(s + out, before.p, before.len - rest.len);
            out += before.len - rest.len;
        }
    }
    s[out] = '\0';
}

err_t fault_set(struct fault *f, err_t err, const char *field, const char *fmt, ...)
{
    va_list ap;
    int n;

    ensure(err != ERR_OK);
    if (f == NULL)
        return err;
    f->err = err;
    n = snprintf(f->field, sizeof(f->field), "%s", field != NULL ? field : "");
    text_tidy(f->field, n >= (int)sizeof(f->field));
    va_start(ap, fmt);
    n = vsnprintf(f->what, sizeof(f->what), fmt, ap);
    va_end(ap);
    text_tidy(f->what, n >= (int)sizeof(f->what));
    return err;
}

void ensure_failed(const char *file, int line, const char *cond)
{
    fprintf(stderr, "%s:%d: this must hold and does not: %s\n", file, line, cond);
    abort();
}

static void *mem_ensure(void *p, size_t size)
{
    if (p == NULL) {
        fprintf(stderr, "out of memory: %zu bytes\n", size);
        abort();
    }
    return p;
}

void *xmalloc(size_t size)
{
    return mem_ensure(malloc(size != 0 ? size : 1), size);
}

void *xcalloc(size_t count, size_t size)
{
    if (count == 0 || size == 0)
        count = size = 1;
    return mem_ensure(calloc(count, size), size);
}

void *xrealloc(void *p, size_t size)
{
    return mem_ensure(realloc(p, size != 0 ? size : 1), size);
}

char *xstrdup(const char *s)
{
    return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t len)
{
    size_t n = strnlen(s, len);
    char *copy = xmalloc(n + 1);

    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}
