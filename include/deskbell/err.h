/*
 * Errors: one table for the whole product, from a C function to a person's screen.
 * It does not log; the place that decides what an error means does that, once.
 */
#ifndef DESKBELL_ERR_H
#define DESKBELL_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deskbell/refusal.h"

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1u << (n))

/* The struct that a member stands in: container_of(node, struct conv, deadline_node). */
#define container_of(ptr, type, member)                                                            \
    ((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

/*
 * enum suffix, code on the wire, HTTP status, sentence.  The codes are part of the protocol:
 * deskbell-protocol(7) lists them, and a test holds the two together.
 */
#define ERR_TABLE(X)                                                                               \
    X(OK, "ok", 200, "done")                                                                       \
    X(AGAIN, "again", 500, "more input is needed")                                                 \
    X(INVAL, "invalid", 400, "a value is not acceptable")                                          \
    X(MALFORMED, "malformed", 400, "this is not what the protocol allows")                         \
    X(AUTH, "unauthenticated", 401, "sign in first")                                               \
    X(DENIED, "forbidden", 403, "your rights do not allow this")                                   \
    X(NOTFOUND, "unknown", 404, "there is no such thing")                                          \
    X(METHOD, "method", 405, "this method is not offered here")                                    \
    X(CONFLICT, "conflict", 409, "this does not fit the present state")                            \
    X(CONFIRM, "confirm", 409, "this needs to be confirmed")                                       \
    X(TAKEN, "taken", 409, "somebody else has already taken it")                                   \
    X(LATE, "late", 409, "the time for this has passed; it went on to somebody else")              \
    X(ENDED, "ended", 409, "the conversation has ended")                                           \
    X(CLOSED, "closed", 409, "the department takes no chats now")                                  \
    X(EXISTS, "exists", 409, "there is one already")                                               \
    X(REUSED, "reused", 409, "this command id was used for another command")                       \
    X(TOOBIG, "too-big", 413, "this is larger than allowed")                                       \
    X(RATE, "rate", 429, "too many requests; wait a little")                                       \
    X(BUSY, "busy", 503, "the gateway is too busy; try again")                                     \
    X(READONLY, "read-only", 503, "the gateway cannot store anything now")                         \
    X(FULL, "full", 507, "there is no space left")                                                 \
    X(TIMEOUT, "timeout", 504, "it took too long")                                                 \
    X(UNREACH, "unreachable", 502, "the other side cannot be reached")                             \
    X(IO, "io", 500, "a file or socket failed")                                                    \
    X(CORRUPT, "corrupt", 500, "stored data fails its check")                                      \
    X(VERSION, "version", 500, "this was written by a newer version")                              \
    X(UNSUPPORTED, "unsupported", 501, "this is not supported here")

typedef enum {
#define X(name, code, status, text) ERR_##name,
    ERR_TABLE(X) ERR_COUNT
#undef X
} err_t;

/* The stable word for the wire and the log, e.g. "too-big".  Static. */
const char *err_code(err_t err);

/* The sentence for people, English, without a full stop.  Static. */
const char *err_text(err_t err);

/* The HTTP status that answers it. */
int err_http_status(err_t err);

/*
 * An error with its place: what a person is told.  Cheap to keep on the stack.
 *
 * field     the field, option, column or FILE:LINE that is wrong, as the caller spelled it; or "".
 * what      what is wrong with it and what was expected, English, never with secrets; or "".
 * refusal   the same as a code, with the values that its sentence is filled with; REFUSE_NONE where
 *           the error says it all, and for what is said at a start, a log or a command line alone.
 */
#define FAULT_VALUE_BYTES 128
struct fault {
    err_t err;
    char field[256];
    char what[256];
    enum refusal refusal;
    struct {
        enum value_kind kind; /* VALUE_NONE ends them */
        int64_t i;
        char text[FAULT_VALUE_BYTES]; /* cut to this */
    } values[REFUSAL_VALUES_MAX];
};

/*
 * Fill a fault and return its err, so that a check is one line: return fault_refuse(f, ...).  `f`
 * may be NULL; `field` may be NULL for none.  What a peer is answered has a code, so it is refused;
 * fault_set() is for what the start, a log and a command line say.
 *
 * values   as many as the refusal's sentence names, in its order: VALUES(...).
 */
err_t fault_refuse(struct fault *f, err_t err, const char *field, enum refusal refusal);
err_t fault_refuse_with(struct fault *f, err_t err, const char *field, enum refusal refusal,
                        const struct refusal_value *values);
err_t fault_set(struct fault *f, err_t err, const char *field, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Blame another field, or call it another error; what is refused, and why, stays. */
err_t fault_move(struct fault *f, err_t err, const char *field);

/*
 * We are wrong: stop at once, in every build.  Prints the place and the condition to stderr and
 * aborts.  Never for what a peer, a file or the machine can cause.
 */
#define ensure(cond)                                                                               \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0))                                                          \
            ensure_failed(__FILE__, __LINE__, #cond);                                              \
    } while (0)

/* What ensure() calls: says where and what on stderr, and aborts. */
void ensure_failed(const char *file, int line, const char *cond) __attribute__((noreturn, cold));

/* malloc, calloc, realloc, strdup and strndup for our own bounded objects: never NULL. */
void *xmalloc(size_t size) __attribute__((returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((returns_nonnull));
char *xstrndup(const char *s, size_t len) __attribute__((returns_nonnull));

#endif
