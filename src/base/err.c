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

/* snprintf() into a fault's text. */
static void text_put(char *out, size_t size, struct span s)
{
    bool cut = s.len >= size;
    size_t len = cut ? size - 1 : s.len;

    if (len > 0)
        memmove(out, s.p, len);
    out[len] = '\0';
    text_tidy(out, cut);
}

err_t fault_move(struct fault *f, err_t err, const char *field)
{
    ensure(err != ERR_OK);
    if (f == NULL)
        return err;
    f->err = err;
    text_put(f->field, sizeof(f->field), span_of(field != NULL ? field : ""));
    return err;
}

err_t fault_set(struct fault *f, err_t err, const char *field, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (f == NULL)
        return err;
    fault_move(f, err, field);
    f->refusal = REFUSE_NONE;
    f->values[0].kind = VALUE_NONE;
    va_start(ap, fmt);
    n = vsnprintf(f->what, sizeof(f->what), fmt, ap);
    va_end(ap);
    text_tidy(f->what, n >= (int)sizeof(f->what));
    return err;
}

static void values_take(struct fault *f, const struct refusal_value *values)
{
    size_t n = 0;

    for (; n < REFUSAL_VALUES_MAX && values[n].kind != VALUE_NONE; n++) {
        const struct refusal_value *v = &values[n];

        f->values[n].kind = v->kind;
        f->values[n].i = v->i;
        text_put(f->values[n].text, FAULT_VALUE_BYTES, (struct span){v->p, v->len});
    }
    if (n < REFUSAL_VALUES_MAX)
        f->values[n].kind = VALUE_NONE;
}

/* The sentence with its values filled in. */
static void what_write(struct fault *f)
{
    struct span text = span_of(refusal_sentence(f->refusal)), name;
    struct buf b = {.limit_bytes = 2 * sizeof(f->what)};
    size_t n = 0;

    while (text.len > 0) {
        size_t skip = 1;

        if (!refusal_name_at(text, &name)) {
            buf_add_char(&b, text.p[0]);
        } else {
            ensure(n < REFUSAL_VALUES_MAX && f->values[n].kind != VALUE_NONE);
            if (f->values[n].kind == VALUE_INT)
                buf_addf(&b, "%lld", (long long)f->values[n].i);
            else
                buf_add_str(&b, f->values[n].text);
            skip = name.len + 2;
            n++;
        }
        text = (struct span){text.p + skip, text.len - skip};
    }
    ensure(n == REFUSAL_VALUES_MAX || f->values[n].kind == VALUE_NONE);
    text_put(f->what, sizeof(f->what), buf_span(&b));
    buf_fini(&b);
}

err_t fault_refuse_with(struct fault *f, err_t err, const char *field, enum refusal refusal,
                        const struct refusal_value *values)
{
    if (f == NULL)
        return err;
    f->refusal = refusal;
    values_take(f, values);
    what_write(f);
    return fault_move(f, err, field);
}

err_t fault_refuse(struct fault *f, err_t err, const char *field, enum refusal refusal)
{
    return fault_refuse_with(f, err, field, refusal, VALUES({VALUE_NONE, 0, NULL, 0}));
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
