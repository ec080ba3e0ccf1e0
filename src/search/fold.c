/*
 * Folding: letters that people take for the same become the same.  Case, width and compatibility
 * forms go (NFKC_Casefold), katakana becomes hiragana, and the accents of scripts whose readers
 * leave them out when they type.  Each letter keeps the piece of text that it came from.
 */
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include "deskbell/locale.h"
#include "search_int.h"

#define PIECE_LETTERS_MAX 30 /* a letter and its marks; nobody writes more */
#define PIECE_UNITS_MAX (2 * PIECE_LETTERS_MAX)
#define FORM_UNITS_MAX 256

/* Nothing before it changes it, and it changes nothing: most of what is written. */
static bool is_plain(UChar32 c)
{
    return (c >= 0x20 && c < 0x7f) || (c >= 0x3041 && c <= 0x3096) ||
           (c >= 0x30A1 && c <= 0x30FA) || c == 0x30FC || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x4E00 && c <= 0x9FFF);
}

static UChar32 plain_fold(UChar32 c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : (UChar32)kana_fold((uint32_t)c);
}

static const UNormalizer2 *form_get(bool decomposed)
{
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *form =
        decomposed ? unorm2_getNFDInstance(&code) : unorm2_getNFKCCasefoldInstance(&code);

    ensure(U_SUCCESS(code)); /* fails only for want of memory or of the library's own data */
    return form;
}

/* Do its readers leave marks out when they type? */
static bool drops_marks(UChar32 c)
{
    UErrorCode code = U_ZERO_ERROR;

    switch (uscript_getScript(c, &code)) {
    case USCRIPT_LATIN:
    case USCRIPT_GREEK:
    case USCRIPT_CYRILLIC:
    case USCRIPT_HEBREW:
    case USCRIPT_ARABIC:
        return true;
    default:
        return false;
    }
}

static void letter_put(struct fold *f, UChar32 c, size_t from, size_t to)
{
    if (f->nout < FOLD_OUT_MAX)
        f->out[f->nout++] = (struct letter){(UChar32)kana_fold((uint32_t)c), from, to};
}

/* A letter without its accents; its marks, where they follow, by `bare`. */
static void form_put(struct fold *f, UChar32 c, bool *bare, size_t from, size_t to)
{
    UChar parts[32];
    UErrorCode code = U_ZERO_ERROR;
    int32_t n, i = 0;

    if (u_charType(c) == U_NON_SPACING_MARK) {
        if (!*bare)
            letter_put(f, c, from, to);
        return;
    }
    *bare = drops_marks(c);
    n = *bare ? unorm2_getDecomposition(form_get(true), c, parts, (int32_t)COUNT_OF(parts), &code)
              : -1;
    if (n > 0 && U_SUCCESS(code)) {
        UChar32 base;

        U16_NEXT(parts, i, n, base);
        letter_put(f, base, from, to);
    } else {
        letter_put(f, c, from, to);
    }
}

static void piece_fold(struct fold *f, size_t from, size_t to)
{
    UChar in[PIECE_UNITS_MAX], out[FORM_UNITS_MAX];
    UErrorCode code = U_ZERO_ERROR;
    int32_t nin = 0, nout, i = 0;
    bool bare = false;

    u_strFromUTF8(in, (int32_t)COUNT_OF(in), &nin, f->text.p + from, (int32_t)(to - from), &code);
    nout = U_SUCCESS(code)
               ? unorm2_normalize(form_get(false), in, nin, out, (int32_t)COUNT_OF(out), &code)
               : 0;
    if (U_FAILURE(code))
        return; /* too much for one letter: it is none */
    while (i < nout) {
        UChar32 c;

        U16_NEXT(out, i, nout, c);
        form_put(f, c, &bare, from, to);
    }
}

/* The end of the piece that begins here: before the next letter that stands by itself. */
static size_t piece_end(const struct fold *f, size_t at, UChar32 *first, bool *plain)
{
    const uint8_t *p = (const uint8_t *)f->text.p;
    int32_t i = (int32_t)at, len = (int32_t)f->text.len;
    size_t letters = 1;

    U8_NEXT(p, i, len, *first);
    *plain = is_plain(*first);
    while (i < len && letters < PIECE_LETTERS_MAX) {
        int32_t next = i;
        UChar32 c;

        U8_NEXT(p, next, len, c);
        if (is_plain(c) || c < 0x80 || unorm2_hasBoundaryBefore(form_get(false), c))
            break;
        *plain = false;
        letters++;
        i = next;
    }
    return (size_t)i;
}

bool fold_next(struct fold *f, struct letter *l)
{
    while (f->next == f->nout) {
        size_t from = f->at;
        UChar32 first;
        bool plain;

        if (from >= f->text.len)
            return false;
        f->nout = f->next = 0;
        f->at = piece_end(f, from, &first, &plain);
        if (plain)
            letter_put(f, plain_fold(first), from, f->at);
        else
            piece_fold(f, from, f->at);
    }
    *l = f->out[f->next++];
    return true;
}
