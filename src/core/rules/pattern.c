/*
 * What a condition looks for in a text, by PCRE2: letters in either case, a star for anything, or
 * between two slashes a regular expression.  It is made when rules are set, and looked for within
 * limits, the same ones on every machine: so no JIT, which counts in another way, and would need
 * memory that can be written and run.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

#include "rules.h"

/* Of steps, of nested ones, and KiB: what is within them takes well below a millisecond, but for
 * expressions that go over the text again at each of its places: ten for the longest. */
#define STEPS_MAX 10000
#define DEPTH_MAX 1000
#define HEAP_MAX_KB 512

struct pattern {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

bool pattern_is_expression(struct span text)
{
    return text.len >= 3 && text.p[0] == '/' && text.p[text.len - 1] == '/';
}

/* As a glob that has stars alone; PCRE2 makes of it what never goes back over a star. */
static PCRE2_UCHAR *star_expression(struct span text, PCRE2_SIZE *len)
{
    PCRE2_UCHAR *out = NULL;
    struct buf glob = {0};
    int rc;

    for (size_t i = 0; i < text.len; i++) {
        if (strchr("?[]\\", text.p[i]) != NULL)
            buf_add_char(&glob, '\\');
        buf_add_char(&glob, text.p[i]);
    }
    rc = pcre2_pattern_convert((PCRE2_SPTR)(glob.p != NULL ? glob.p : ""), glob.len,
                               PCRE2_CONVERT_GLOB_NO_WILD_SEPARATOR | PCRE2_CONVERT_UTF, &out, len,
                               NULL);
    buf_fini(&glob);
    return rc == 0 ? out : NULL;
}

struct pattern *pattern_new(struct span text, struct pattern_fault *f)
{
    const uint32_t options = PCRE2_UTF | PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C;
    bool expression = pattern_is_expression(text);
    PCRE2_UCHAR *made = NULL;
    struct span source = text;
    struct pattern *p;
    pcre2_code *code;
    PCRE2_SIZE at = 0, len;
    int why = 0;

    if (expression) {
        source = (struct span){text.p + 1, text.len - 2};
    } else {
        made = star_expression(text, &len);
        source = made != NULL ? (struct span){(const char *)made, len} : SPAN_NONE;
        ensure(made != NULL || !span_is_utf8(text));
    }
    code = source.p == NULL
               ? NULL
               : pcre2_compile((PCRE2_SPTR)source.p, source.len, options, &why, &at, NULL);
    pcre2_converted_pattern_free(made);
    if (code == NULL) {
        f->at = span_codepoints((struct span){source.p, at < source.len ? at : source.len});
        f->at += f->at == 0;
        if (pcre2_get_error_message(why, (PCRE2_UCHAR *)f->why, sizeof(f->why)) < 0)
            snprintf(f->why, sizeof(f->why), "cannot be read");
        return NULL;
    }
    p = xcalloc(1, sizeof(*p));
    p->code = code;
    p->data = pcre2_match_data_create(1, NULL);
    p->limits = pcre2_match_context_create(NULL);
    ensure(p->data != NULL && p->limits != NULL);
    pcre2_set_match_limit(p->limits, STEPS_MAX);
    pcre2_set_depth_limit(p->limits, DEPTH_MAX);
    pcre2_set_heap_limit(p->limits, HEAP_MAX_KB);
    return p;
}

void pattern_free(struct pattern *p)
{
    if (p == NULL)
        return;
    pcre2_code_free(p->code);
    pcre2_match_data_free(p->data);
    pcre2_match_context_free(p->limits);
    free(p);
}

bool pattern_is_in(const struct pattern *p, struct span text, bool *over)
{
    int rc = pcre2_match(p->code, (PCRE2_SPTR)(text.len > 0 ? text.p : ""), text.len, 0, 0, p->data,
                         p->limits);

    *over = *over || rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT ||
            rc == PCRE2_ERROR_HEAPLIMIT;
    return rc >= 0;
}
