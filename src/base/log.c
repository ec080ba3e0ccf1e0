/* Log lines.  Each is put together on the stack and written at once, so that lines never mix. */
#include "deskbell/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "deskbell/clock.h"
#include "deskbell/span.h"

#define LINE_MAX_BYTES 2048
#define QUOTE_MAX_BYTES 240

static const char *const level_words[] = {"error", "warn", "info", "debug", "trace"};

static const char *log_program = "deskbell";
static _Atomic int log_level = LOG_LVL_INFO;

void log_init(const char *program, enum log_level level)
{
    log_program = program;
    log_set_level(level);
}

void log_set_level(enum log_level level)
{
    log_level = (int)level;
}

bool log_level_parse(const char *word, enum log_level *level)
{
    for (size_t i = 0; i < COUNT_OF(level_words); i++)
        if (strcmp(word, level_words[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    return false;
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES], when[CLOCK_TEXT];
    int saved = errno;
    size_t len;
    va_list ap;
    int n;

    ensure((unsigned)level < COUNT_OF(level_words));
    if ((int)level > log_level)
        return;
    clock_format(clock_wall_ms(), when);
    n = snprintf(line, sizeof(line), "%s %s %s %s ", log_program, when, level_words[level], event);
    len = n < 0 ? 0 : (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;
    va_start(ap, fmt);
    n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
    va_end(ap);
    if (n > 0)
        len += (size_t)n < sizeof(line) - len ? (size_t)n : sizeof(line) - len - 1;
    while (len > 0 && line[len - 1] == ' ')
        len--;
    /* A value that was not quoted must not be able to forge a line. */
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[len++] = '\n';
    /* Nothing can be done about a log that cannot be written. */
    while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
        ;
    errno = saved;
}

const char *log_quote(const char *s, size_t len)
{
    static _Thread_local char bufs[4][QUOTE_MAX_BYTES + 8];
    static _Thread_local unsigned turn;
    char *out = bufs[turn++ % COUNT_OF(bufs)];
    size_t n = 0;

    out[n++] = '"';
    for (size_t i = 0; i < len && n < QUOTE_MAX_BYTES; i++) {
        unsigned char c = (unsigned char)s[i];

        if (c == '"' || c == '\\') {
            out[n++] = '\\';
            out[n++] = (char)c;
        } else if (c < 0x20 || c == 0x7f) {
            n += (size_t)snprintf(out + n, 5, "\\x%02x", c);
        } else {
            out[n++] = (char)c;
        }
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}

bool log_allowed(struct log_limit *l, unsigned burst, unsigned *suppressed)
{
    int64_t second = clock_mono_ms() / 1000;

    *suppressed = 0;
    if (second != l->second) {
        *suppressed = l->suppressed;
        l->second = second;
        l->count = 0;
        l->suppressed = 0;
    }
    if (l->count >= burst) {
        l->suppressed++;
        return false;
    }
    l->count++;
    return true;
}
