/*
 * A folded text in its units: words where there are spaces, runs where a script has none, and signs
 * such as emoji.  What of a unit goes into the index is said here too, so that texts and questions
 * are cut alike.
 */
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "search_int.h"

enum letter_class { CLASS_NONE, CLASS_WORD, CLASS_RUN, CLASS_SIGN };

/* Han, kana and the scripts of South East Asia: their words do not show where they end. */
static const struct {
    UChar32 first, last;
} runs[] = {
    {0x0E01, 0x0EFF},                   /* Thai, Lao */
    {0x1000, 0x109F},                   /* Myanmar */
    {0x1780, 0x17FF},                   /* Khmer */
    {0x3005, 0x3007},                   /* marks of repetition, and zero */
    {0x3041, 0x309A},                   /* hiragana */
    {0x309D, 0x309F}, {0x30A1, 0x30FA}, /* katakana */
    {0x30FC, 0x30FF}, {0x3105, 0x312F}, /* bopomofo */
    {0x31A0, 0x31FF}, {0x3400, 0x4DBF}, /* Han */
    {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x3FFFF},
};

static enum letter_class class_of(UChar32 c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? CLASS_WORD : CLASS_NONE;
    for (size_t i = 0; i < COUNT_OF(runs) && c >= runs[i].first; i++)
        if (c <= runs[i].last)
            return CLASS_RUN;
    if (u_isalnum(c) || u_charType(c) == U_NON_SPACING_MARK ||
        u_charType(c) == U_COMBINING_SPACING_MARK)
        return CLASS_WORD;
    if (u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) ||
        u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR))
        return CLASS_SIGN;
    return CLASS_NONE;
}

static void letters_add(struct units *u, const struct letter *l)
{
    if (u->nletters == u->letters_cap) {
        u->letters_cap = u->letters_cap == 0 ? 256 : 2 * u->letters_cap;
        u->letters = xrealloc(u->letters, u->letters_cap * sizeof(*u->letters));
    }
    u->letters[u->nletters++] = *l;
}

static struct unit *unit_add(struct units *u, enum unit_kind kind)
{
    if (u->n == u->cap) {
        u->cap = u->cap == 0 ? 64 : 2 * u->cap;
        u->all = xrealloc(u->all, u->cap * sizeof(*u->all));
    }
    u->all[u->n] = (struct unit){.kind = kind, .first = u->nletters};
    return &u->all[u->n++];
}

void units_take(struct units *u, struct span text)
{
    static const enum unit_kind kinds[] = {
        [CLASS_WORD] = UNIT_WORD, [CLASS_RUN] = UNIT_RUN, [CLASS_SIGN] = UNIT_SIGN};
    struct fold f = {.text = text};
    enum letter_class last = CLASS_NONE;
    struct letter l;

    u->n = u->nletters = 0;
    while (fold_next(&f, &l)) {
        enum letter_class class = class_of(l.c);

        if (class != CLASS_NONE) {
            if (class != last || class == CLASS_SIGN)
                unit_add(u, kinds[class]);
            letters_add(u, &l);
            u->all[u->n - 1].n++;
        }
        last = class;
    }
}

void units_fini(struct units *u)
{
    free(u->letters);
    free(u->all);
    *u = (struct units){0};
}

/* A piece of a unit as UTF-8. */
static int token_tell(const struct units *u, size_t first, size_t n, token_fn *fn, void *arg)
{
    uint8_t bytes[TOKEN_BYTES_MAX];
    int32_t len = 0;

    for (size_t i = first; i < first + n; i++)
        U8_APPEND_UNSAFE(bytes, len, u->letters[i].c);
    return fn(arg, (struct span){(const char *)bytes, (size_t)len}, u->letters[first].from,
              u->letters[first + n - 1].to);
}

int unit_tokens(const struct units *u, const struct unit *unit, token_fn *fn, void *arg)
{
    size_t n = unit->n < TOKEN_LETTERS_MAX ? unit->n : TOKEN_LETTERS_MAX;
    int rc = 0;

    if (unit->kind != UNIT_RUN)
        return token_tell(u, unit->first, n, fn, arg);
    for (size_t i = 0; rc == 0 && i + 1 < unit->n; i++)
        rc = token_tell(u, unit->first + i, 2, fn, arg);
    return rc == 0 ? token_tell(u, unit->first + unit->n - 1, 1, fn, arg) : rc;
}
