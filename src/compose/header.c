/*
 * Header values: RFC 5322 folding and RFC 2047 encoded words.  GMime's own encoder is not used for
 * them because it writes words over 75 characters out of long unbroken runs.
 */
#include <stdlib.h>
#include <time.h>

#include <glib.h>

#include "compose_int.h"
#include "deskbell/mailbox.h"

#define LINE_FOLD 76
/* "=?UTF-8?B?" and "?=" leave 63 of 75; the first word also shares its line with the header's name.
 */
#define WORD_BYTES 39

/* What stands on a value's current line. */
struct fold {
    struct buf *out;
    size_t column;
    bool begun;
};

/*
 * Add a token that must not be broken: on this line if it fits, otherwise on one of its own.  The
 * first always stays beside the header's name, because some readers stumble over an empty line.
 */
static void fold_add(struct fold *fold, struct span token)
{
    if (fold->begun && fold->column + 1 + token.len > LINE_FOLD) {
        buf_add_str(fold->out, "\n");
        fold->column = 0;
    }
    fold->begun = true;
    buf_add_char(fold->out, ' ');
    buf_add_span(fold->out, token);
    fold->column += 1 + token.len;
}

static struct fold fold_start(struct buf *out, size_t name_len)
{
    return (struct fold){.out = out, .column = name_len + 1};
}

/* Names and subjects are one line. */
static struct buf clean(struct span text)
{
    struct buf out = {.limit_bytes = 65536};

    buf_add_line(&out, text);
    return out;
}

static bool is_ascii(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static bool has_encoded_word(struct span s)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.p[i] == '=' && s.p[i + 1] == '?')
            return true;
    return false;
}

/* Folding has no way to keep them: readers make one blank of each run. */
static bool has_blanks_to_keep(struct span s)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.p[i] == ' ' && s.p[i + 1] == ' ')
            return true;
    return s.len > 0 && (s.p[0] == ' ' || s.p[s.len - 1] == ' ');
}

static size_t longest_run(struct span s)
{
    size_t longest = 0, run = 0;

    for (size_t i = 0; i < s.len; i++) {
        run = s.p[i] == ' ' ? 0 : run + 1;
        if (run > longest)
            longest = run;
    }
    return longest;
}

/*
 * How much of the text goes into one encoded word: whole characters (RFC 2047 section 5) and, where
 * possible, a multiple of three bytes, because some readers join words before they decode and then
 * stop at the padding between them.
 */
static size_t word_len(struct span text)
{
    size_t best = 0;

    if (text.len <= WORD_BYTES)
        return text.len;
    for (size_t len = WORD_BYTES; len > 0; len--) {
        if (((unsigned char)text.p[len] & 0xc0) == 0x80)
            continue;
        if (best == 0)
            best = len;
        if (len % 3 == 0)
            return len;
    }
    return best;
}

static void add_encoded(struct fold *fold, struct span text)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = word_len((struct span){text.p + at, text.len - at});
        struct buf word = {0};

        gchar *b64 = g_base64_encode((const guchar *)text.p + at, len);
        buf_addf(&word, "=?UTF-8?B?%s?=", b64);
        fold_add(fold, buf_span(&word));
        buf_fini(&word);
        g_free(b64);
        at += len;
    }
}

/* Words as they are, folded at blanks; runs of blanks become one. */
static void add_words(struct fold *fold, struct span text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t start = at;

        while (at < text.len && text.p[at] != ' ')
            at++;
        if (at > start)
            fold_add(fold, (struct span){text.p + start, at - start});
        while (at < text.len && text.p[at] == ' ')
            at++;
    }
}

void header_text(struct buf *out, size_t name_len, struct span text)
{
    struct fold fold = fold_start(out, name_len);
    struct buf line = clean(text);
    struct span s = buf_span(&line);

    if (!is_ascii(s) || has_encoded_word(s) || has_blanks_to_keep(s) || longest_run(s) > 60)
        add_encoded(&fold, s);
    else
        add_words(&fold, s);
    buf_add_char(out, '\n');
    buf_fini(&line);
}

static bool is_atom_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~ ", c) != NULL);
}

/* A display name: atoms, or a quoted string, or encoded words. */
static void add_phrase(struct fold *fold, struct span name)
{
    bool atoms = true;

    if (!is_ascii(name) || has_encoded_word(name) || has_blanks_to_keep(name) || name.len > 60) {
        add_encoded(fold, name);
        return;
    }
    for (size_t i = 0; i < name.len; i++)
        atoms = atoms && is_atom_char(name.p[i]);
    if (atoms) {
        add_words(fold, name);
        return;
    }

    struct buf quoted = {0};
    buf_add_char(&quoted, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            buf_add_char(&quoted, '\\');
        buf_add_char(&quoted, name.p[i]);
    }
    buf_add_char(&quoted, '"');
    fold_add(fold, buf_span(&quoted));
    buf_fini(&quoted);
}

void header_mailbox(struct buf *out, size_t name_len, struct span name, struct span addr)
{
    struct fold fold = fold_start(out, name_len);
    struct buf line = clean(name), angle = {0};
    struct span s = span_trim(buf_span(&line));

    if (s.len > 0) {
        add_phrase(&fold, s);
        buf_addf(&angle, "<%.*s>", (int)addr.len, addr.p);
        fold_add(&fold, buf_span(&angle));
    } else {
        fold_add(&fold, addr);
    }
    buf_add_char(out, '\n');
    buf_fini(&line);
    buf_fini(&angle);
}

void header_mailboxes(struct buf *out, size_t name_len, struct span list)
{
    struct fold fold = fold_start(out, name_len);
    struct span addr, rest = list;

    while (mailbox_list_next(&rest, &addr)) {
        struct buf item = {0};

        buf_addf(&item, "%.*s%s", (int)addr.len, addr.p, rest.len > 0 ? "," : "");
        fold_add(&fold, buf_span(&item));
        buf_fini(&item);
    }
    buf_add_char(out, '\n');
}

void header_ids(struct buf *out, size_t name_len, struct span ids)
{
    struct fold fold = fold_start(out, name_len);

    add_words(&fold, ids);
    buf_add_char(out, '\n');
}

void header_date(struct buf *out, int64_t date_ms, int64_t offset_ms)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t minutes = offset_ms / 60000;
    time_t local = (time_t)((date_ms + minutes * 60000) / 1000);
    long ahead = labs((long)minutes);
    struct tm tm;

    ensure(gmtime_r(&local, &tm) != NULL);
    buf_addf(out, " %.3s, %d %.3s %d %02d:%02d:%02d %c%02ld%02ld\n", days + 3 * tm.tm_wday,
             tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
             tm.tm_sec, minutes < 0 ? '-' : '+', ahead / 60, ahead % 60);
}
