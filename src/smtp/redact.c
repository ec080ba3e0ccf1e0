/*
 * The words of the login, and how they are taken out of whatever is told.  Pure: bytes in, bytes
 * out.  It knows what the words are; who says what is dialogue.c's.
 */
#include "redact.h"

#include <stdlib.h>
#include <strings.h>

#define WORDS_MAX 1024
#define PIECE_BYTES 16   /* of a long word; a line that is cut may hold a part of it only */
#define WORD_MIN_BYTES 3 /* shorter ones are looked for as whole words only */
#define RUN_MIN_BYTES 4

/* One session a process: the words can be the process's. */
static struct {
    char *words[WORDS_MAX];
    size_t n;
} secret;

static void word_add(struct span word)
{
    if (word.len == 0 || secret.n == WORDS_MAX)
        return;
    for (size_t i = 0; i < secret.n; i++)
        if (span_is(word, secret.words[i]))
            return;
    secret.words[secret.n++] = span_dup(word);
}

void redact_add(struct span word)
{
    word_add(word);
    if (word.len < 2 * PIECE_BYTES)
        return;
    for (size_t at = 0; at + PIECE_BYTES <= word.len; at += PIECE_BYTES)
        word_add((struct span){word.p + at, PIECE_BYTES});
    word_add((struct span){word.p + word.len - PIECE_BYTES, PIECE_BYTES});
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* What a run of base64 letters means, read from its first letter; a rest of bits is dropped. */
static void base64_read(struct span run, struct buf *out)
{
    uint32_t bits = 0;
    unsigned n = 0;

    for (size_t i = 0; i < run.len; i++) {
        bits = bits << 6 | (uint32_t)base64_value(run.p[i]);
        n += 6;
        if (n >= 8) {
            n -= 8;
            buf_add_char(out, (char)(bits >> n & 0xff));
        }
    }
}

static size_t run_length(struct span s, size_t from)
{
    size_t n = 0;

    while (from + n < s.len && base64_value(s.p[from + n]) >= 0)
        n++;
    return n;
}

void redact_add_said(struct span line)
{
    struct buf clear = {0};

    line = span_trim(line);
    if (span_is(line, "=")) /* RFC 4954: nothing was said */
        return;
    redact_add(line);
    base64_read((struct span){line.p, run_length(line, 0)}, &clear);
    for (size_t at = 0; at < clear.len;) { /* parted by NUL (PLAIN) or a blank (CRAM-MD5) */
        size_t n = 0;

        while (at + n < clear.len && clear.p[at + n] != '\0' && clear.p[at + n] != ' ')
            n++;
        if (n >= WORD_MIN_BYTES)
            redact_add((struct span){clear.p + at, n});
        at += n + 1;
    }
    if (clear.p != NULL)
        explicit_bzero(clear.p, clear.len);
    buf_fini(&clear);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool stands_alone(struct span s, size_t at, size_t len)
{
    return (at == 0 || !is_letter(s.p[at - 1])) && (at + len == s.len || !is_letter(s.p[at + len]));
}

/* The next place of a word from `from` on, in any case; s.len: none. */
static size_t word_find(struct span s, size_t from, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = from; i + len <= s.len; i++)
        if (strncasecmp(s.p + i, word, len) == 0 &&
            (len >= WORD_MIN_BYTES || stands_alone(s, i, len)))
            return i;
    return s.len;
}

static bool has_word(struct span s)
{
    for (size_t i = 0; i < secret.n; i++)
        if (strlen(secret.words[i]) >= WORD_MIN_BYTES && word_find(s, 0, secret.words[i]) < s.len)
            return true;
    return false;
}

/* Does the run say a word in base64, wherever in it that begins? */
static bool run_hides_word(struct span run)
{
    bool hides = false;

    for (size_t skip = 0; skip < 4 && skip < run.len && !hides; skip++) {
        struct buf clear = {0};

        base64_read((struct span){run.p + skip, run.len - skip}, &clear);
        hides = has_word(buf_span(&clear));
        if (clear.p != NULL)
            explicit_bzero(clear.p, clear.len);
        buf_fini(&clear);
    }
    return hides;
}

void redact_blank(char *text, size_t len)
{
    char *was = span_dup((struct span){text, len}); /* words may lap over each other */
    const struct span s = {was, len};

    for (size_t at = 0; at < len;) {
        size_t n = run_length(s, at);

        if (n >= RUN_MIN_BYTES && run_hides_word((struct span){was + at, n}))
            memset(text + at, '*', n);
        at += n + 1;
    }
    for (size_t i = 0; i < secret.n; i++) {
        size_t word = strlen(secret.words[i]);

        for (size_t at = 0; (at = word_find(s, at, secret.words[i])) < len; at += word)
            memset(text + at, '*', word);
    }
    explicit_bzero(was, len);
    free(was);
}

void redact_forget(void)
{
    for (size_t i = 0; i < secret.n; i++) {
        explicit_bzero(secret.words[i], strlen(secret.words[i]));
        free(secret.words[i]);
    }
    secret.n = 0;
}
