/* Keys of an agent's own for what the console does: their form, and that none does two things. */
#include <ctype.h>

#include "settings_int.h"

#define WORD_MAX_BYTES 32
#define KEYS_MAX_BYTES 48

/* An action and what is pressed for it; nothing: no key. */
struct pair {
    struct span word, keys;
};

static struct span shown(struct span s)
{
    if (!span_is_utf8(s))
        return SPAN_LIT("?");
    while (s.len > 60 || !span_is_utf8(s))
        s.len--;
    return s;
}

/* "Ctrl+", "Alt+", "Shift+", each once and in this order, then the name of a key's place. */
static bool keys_are_sound(struct span s)
{
    static const char *const held[] = {"Ctrl+", "Alt+", "Shift+"};
    bool alone = true;
    size_t len;

    if (s.len > KEYS_MAX_BYTES)
        return false;
    for (size_t i = 0; i < COUNT_OF(held); i++) {
        len = strlen(held[i]);
        if (s.len > len && memcmp(s.p, held[i], len) == 0) {
            alone = alone && i == 2;
            s.p += len;
            s.len -= len;
        }
    }
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.p[i]))
            return false;
    /* What writes text, writes text. */
    return s.len > 0 && (!alone || (s.len > 1 && s.p[0] == 'F' && isdigit((unsigned char)s.p[1])));
}

static bool word_is_sound(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!islower((unsigned char)s.p[i]) && s.p[i] != '-')
            return false;
    return s.len > 0 && s.len <= WORD_MAX_BYTES;
}

static err_t pair_parse(const struct setting *st, struct span said, struct pair *out,
                        struct fault *f)
{
    const char *is = memchr(said.p, '=', said.len);

    if (is != NULL) {
        out->word = (struct span){said.p, (size_t)(is - said.p)};
        out->keys = (struct span){is + 1, said.len - out->word.len - 1};
        if (word_is_sound(out->word) && (out->keys.len == 0 || keys_are_sound(out->keys)))
            return ERR_OK;
    }
    said = shown(said);
    return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_KEYS,
                             VALUES(OF_BYTES(said.p, said.len)));
}

static err_t pair_check(const struct setting *st, const struct pair *all, size_t n, struct fault *f)
{
    const struct pair *one = &all[n];

    for (size_t i = 0; i < n; i++) {
        if (span_eq(all[i].word, one->word))
            return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_KEYS_WORD,
                                     VALUES(OF_BYTES(one->word.p, one->word.len)));
        if (one->keys.len > 0 && span_eq(all[i].keys, one->keys))
            return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_KEYS_TWICE,
                                     VALUES(OF_BYTES(one->keys.p, one->keys.len),
                                            OF_BYTES(all[i].word.p, all[i].word.len),
                                            OF_BYTES(one->word.p, one->word.len)));
    }
    return ERR_OK;
}

err_t keys_normalise(const struct setting *st, struct span text, struct buf *norm, struct fault *f)
{
    struct pair all[KEYS_MAX];
    size_t n = 0;
    err_t err;

    for (text = span_trim(text); text.len > 0; text = span_trim(text)) {
        struct span said = {text.p, 0};

        while (said.len < text.len && strchr(" \t", text.p[said.len]) == NULL)
            said.len++;
        if (n == KEYS_MAX)
            return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_TOO_MANY,
                                     VALUES(OF_INT(KEYS_MAX), OF_INT(KEYS_MAX + 1)));
        if ((err = pair_parse(st, said, &all[n], f)) != ERR_OK ||
            (err = pair_check(st, all, n, f)) != ERR_OK)
            return err;
        if (n++ > 0)
            buf_add_char(norm, ' ');
        buf_add(norm, said.p, said.len);
        text.p += said.len;
        text.len -= said.len;
    }
    return ERR_OK;
}
