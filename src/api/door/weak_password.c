/*
 * Passwords that anybody tries first: the commonest words with what people put around and into
 * them, rows of keys, what counts or repeats, digits alone, one's own name.  The list is of our own
 * making and short: what it knows is the pattern.
 */
#include <ctype.h>
#include <string.h>

#include "api_int.h"
#include "deskbell/locale.h"

#define DIGITS_ALONE_MIN 16 /* fewer are tried in an afternoon */
#define RUN_MEAN_MIN 4      /* keys in a row, on average */
#define OWN_MIN 4           /* characters of a name that are worth looking for */
#define AROUND_MAX 5        /* so many around it make it no other */

/* In small letters, without the digits and signs around; letters as letters. */
static const char *const words[] = {
    "password",
    "passwort",
    "passwd",
    "pass",
    "passphrase",
    "contrasena",
    "motdepasse",
    "pasuwado",
    "secret",
    "letmein",
    "letmeinnow",
    "openup",
    "welcome",
    "welcomeback",
    "admin",
    "administrator",
    "root",
    "superuser",
    "system",
    "manager",
    "master",
    "operator",
    "support",
    "service",
    "helpdesk",
    "servicedesk",
    "customerservice",
    "deskbell",
    "livechat",
    "chat",
    "agent",
    "user",
    "username",
    "guest",
    "login",
    "signin",
    "test",
    "testing",
    "tester",
    "testtest",
    "demo",
    "example",
    "default",
    "changeme",
    "changethis",
    "changeit",
    "temp",
    "temporary",
    "company",
    "business",
    "office",
    "internet",
    "computer",
    "server",
    "windows",
    "microsoft",
    "google",
    "facebook",
    "youtube",
    "android",
    "iloveyou",
    "iloveu",
    "loveyou",
    "love",
    "lovely",
    "forever",
    "sunshine",
    "princess",
    "princesa",
    "football",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "spiderman",
    "starwars",
    "pokemon",
    "pikachu",
    "dragon",
    "monkey",
    "tiger",
    "shadow",
    "flower",
    "butterfly",
    "chocolate",
    "cookie",
    "cheese",
    "summer",
    "winter",
    "spring",
    "autumn",
    "monday",
    "friday",
    "sunday",
    "january",
    "december",
    "michael",
    "jessica",
    "jennifer",
    "charlie",
    "daniel",
    "thomas",
    "ashley",
    "nicole",
    "jordan",
    "hunter",
    "killer",
    "freedom",
    "whatever",
    "trustno",
    "blink",
    "hello",
    "helloworld",
    "hallo",
    "konnichiwa",
    "arigatou",
    "arigato",
    "sakura",
    "tokyo",
    "nihon",
    "nippon",
    "japan",
    "osaka",
    "yamada",
    "tanaka",
    "suzuki",
    "satou",
    "sato",
    "hanako",
    "tarou",
    "taro",
    "doraemon",
    "okaeri",
    "okaerinasai",
    "aishiteru",
    "daisuki",
    "ganbare",
    "himitsu",
    "qwerty",
    "qwertz",
    "azerty",
    "abc",
    "abcd",
    "asdf",
    "mypassword",
    "mypass",
    "newpassword",
    "thepassword",
    "yourpassword",
    "nopassword",
    "passwordpassword",
    "adminadmin",
    "adminpassword",
    "passwordadmin",
    "rootroot",
    "onetwothree",
    "onetwothreefour",
    "ichinisan",
    "correcthorsebatterystaple",
};

/* As they lie on keyboards, and as they are counted; each is looked along both ways. */
static const char *const rows[] = {
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "!@#$%^&*()_+",
    "!\"#$%&'()",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
};

static bool are_neighbours(char a, char b)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (const char *at = rows[i]; at[0] != 0 && at[1] != 0; at++)
            if ((at[0] == a && at[1] == b) || (at[0] == b && at[1] == a))
                return true;
    return a == b;
}

/* Mostly keys in a row: few runs of long ones. */
static bool is_row(struct span s)
{
    size_t runs = 1;

    for (size_t i = 1; i < s.len; i++)
        runs += !are_neighbours(s.p[i - 1], s.p[i]);
    return s.len / runs >= RUN_MEAN_MIN;
}

/* The shortest piece that it is made of, again and again; all of it where it does not repeat. */
static struct span piece_of(struct span s)
{
    for (size_t n = 1; n <= s.len / 2; n++)
        if (memcmp(s.p, s.p + n, s.len - n) == 0)
            return (struct span){s.p, n};
    return s;
}

static bool has_only_digits(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isdigit((unsigned char)s.p[i]))
            return false;
    return true;
}

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Without the digits and signs around it. */
static struct span core_of(struct span s)
{
    while (s.len > 0 && !is_letter(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && !is_letter(s.p[s.len - 1]))
        s.len--;
    return s;
}

/* Letters for the digits and signs that people write instead of them. */
static void letters_put_back(char *s, size_t len)
{
    static const char from[] = "0134578@$!", to[] = "oieastbasi";

    for (size_t i = 0; i < len; i++) {
        const char *at = s[i] != 0 ? strchr(from, s[i]) : NULL;

        if (at != NULL)
            s[i] = to[at - from];
    }
}

static bool is_word(struct span core)
{
    struct buf b = {0};
    bool found = false;

    for (size_t i = 0; i < core.len; i++)
        if (strchr(" -_.", core.p[i]) == NULL)
            buf_add_char(&b, core.p[i]);
    letters_put_back(b.p, b.len);
    for (size_t i = 0; i < COUNT_OF(words) && !found; i++)
        found = span_is(piece_of(buf_span(&b)), words[i]) || span_is(buf_span(&b), words[i]);
    buf_fini(&b);
    return found;
}

static struct buf folded(struct span text)
{
    struct buf out = {0};

    text_fold(text, &out);
    return out;
}

/* It stands there, and what stands around it is little. */
static bool is_around(struct span own, struct span small)
{
    return own.len >= OWN_MIN && own.len <= small.len && small.len - own.len <= AROUND_MAX &&
           memmem(small.p, small.len, own.p, own.len) != NULL;
}

/* Is it about a name of the owner's: all of it, with its blanks or without, or one of its words? */
static bool is_about(struct span small, struct span name)
{
    struct buf own = folded(name), joined = {0};
    struct span core = core_of(small);
    bool found = is_around(buf_span(&own), small) || is_around(buf_span(&own), core);

    for (size_t at = 0, len; at < own.len && !found; at += len + 1) {
        const char *blank = memchr(own.p + at, ' ', own.len - at);
        struct span word = {own.p + at, 0};

        len = blank != NULL ? (size_t)(blank - word.p) : own.len - at;
        word.len = len;
        found = is_around(word, small) || is_around(word, core);
        buf_add_span(&joined, word);
    }
    found = found || is_around(buf_span(&joined), small) || is_around(buf_span(&joined), core);
    buf_fini(&own);
    buf_fini(&joined);
    return found;
}

static struct span local_part(const char *email)
{
    return (struct span){email, strcspn(email, "@")};
}

/* As it is looked at: in small letters, and a full-width letter or digit is what it shows. */
static enum refusal why_weak(struct span small, const struct agent *ag, const char *portal)
{
    struct span piece = piece_of(small);

    if (piece.len <= RUN_MEAN_MIN || is_row(piece) || is_row(small))
        return REFUSE_PASSWORD_ROW;
    if (has_only_digits(small) && small.len < DIGITS_ALONE_MIN)
        return REFUSE_PASSWORD_DIGITS;
    if (is_word(core_of(small)) || is_word(core_of(piece)) || is_word(small))
        return REFUSE_PASSWORD_COMMON;
    if (is_about(small, span_of(ag->email)) || is_about(small, local_part(ag->email)) ||
        is_about(small, span_of(ag->name)) || is_about(small, span_of(portal)))
        return REFUSE_PASSWORD_OWN;
    return REFUSE_NONE;
}

err_t password_check(struct span password, const struct agent *ag, const char *portal,
                     struct fault *f)
{
    struct buf small = folded(password);
    enum refusal why = why_weak(buf_span(&small), ag, portal);

    explicit_bzero(small.p, small.len);
    buf_fini(&small);
    return why != REFUSE_NONE ? fault_refuse(f, ERR_INVAL, "password", why) : ERR_OK;
}
