/*
 * The log: `time level event key=value …` on stderr, one line an event.  It knows nothing of what
 * the events mean.  Never hand it message texts, names, addresses of people or tokens.
 */
#ifndef DESKBELL_LOG_H
#define DESKBELL_LOG_H

#include "deskbell/err.h"

enum log_level { LOG_LVL_ERROR, LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG, LOG_LVL_TRACE };

/* The program's name comes first in each line.  Borrowed for the life of the process. */
void log_init(const char *program, enum log_level level);
void log_set_level(enum log_level level);
bool log_level_parse(const char *word, enum log_level *level); /* "error" … "trace" */

/*
 * Write one line.  `event` is a stable word such as "conn.closed"; fmt gives "key=%s key=%d"
 * pairs already joined by blanks.  A %s value that may hold blanks, quotes or control characters
 * goes through log_quote() first.  Thread-safe.
 */
void log_write(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define log_error(event, ...) log_write(LOG_LVL_ERROR, event, __VA_ARGS__)
#define log_warn(event, ...) log_write(LOG_LVL_WARN, event, __VA_ARGS__)
#define log_info(event, ...) log_write(LOG_LVL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) log_write(LOG_LVL_DEBUG, event, __VA_ARGS__)
#define log_trace(event, ...) log_write(LOG_LVL_TRACE, event, __VA_ARGS__)

/* `"…"` with escapes, in one of four thread-local buffers in turn; cut at 240 bytes. */
const char *log_quote(const char *s, size_t len);

/*
 * For what a peer can provoke: true for the first `burst` calls of a second on this counter, and
 * then once a second with how many were left out before it (log that as suppressed=).
 */
struct log_limit {
    int64_t second;
    unsigned count, suppressed;
};
bool log_allowed(struct log_limit *l, unsigned burst, unsigned *suppressed);

#endif
