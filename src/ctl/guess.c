/* "Did you mean ...?": the known word that lies nearest to one that was typed. */
#include <stdlib.h>

#include "ctl_int.h"

#define GUESS_MAX_BYTES 40

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

/* In no language of anybody's: the known words are ASCII. */
static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool is_same(char a, char b)
{
    return small(a) == small(b);
}

/* How many letters were left out, put in, taken for another, or changed places (Damerau). */
static size_t distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    size_t rows[3][GUESS_MAX_BYTES + 1];

    if (la > GUESS_MAX_BYTES || lb > GUESS_MAX_BYTES)
        return GUESS_MAX_BYTES;
    for (size_t k = 0; k <= lb; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= la; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t k = 1; k <= lb; k++) {
            now[k] =
                least(before[k] + 1, now[k - 1] + 1, before[k - 1] + !is_same(a[i - 1], b[k - 1]));
            if (i > 1 && k > 1 && is_same(a[i - 1], b[k - 2]) && is_same(a[i - 2], b[k - 1]) &&
                two_before[k - 2] + 1 < now[k])
                now[k] = two_before[k - 2] + 1;
        }
    }
    return rows[la % 3][lb];
}

static bool is_start(const char *start, const char *word)
{
    while (*start != '\0' && is_same(*start, *word)) {
        start++;
        word++;
    }
    return *start == '\0';
}

void guess_look(struct guess *g, const char *known)
{
    size_t d = distance(g->typed, known), typed = strlen(g->typed);

    /* A third of the word may be wrong; or it is the beginning of one. */
    if (typed >= 3 && is_start(g->typed, known))
        d = 1;
    if (d * 3 > typed + 1 || (g->best != NULL && d >= g->away))
        return;
    g->best = known;
    g->away = d;
}

const char *guess_text(const struct guess *g, char out[GUESS_TEXT])
{
    out[0] = '\0';
    if (g->best != NULL)
        snprintf(out, GUESS_TEXT, "; did you mean \"%s\"?", g->best);
    return out;
}
