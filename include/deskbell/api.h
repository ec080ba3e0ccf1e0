/*
 * Commands and queries: their names, JSON shapes and routes, for visitors, agents, programs and the
 * control socket (deskbell-protocol(7)).  It names what is to be done; core decides whether it may
 * be.
 *
 * One thread (the loop's), but for what it hands to api_env.work().  It knows no sockets: whoever
 * owns it calls in with what arrived, and it calls out through struct api_out.  Connections are
 * named by ids that are never used twice; calls outwards with the id of one that is gone do
 * nothing.
 *
 * The order within a pass of the loop: api_on_…(), work's `done`, api_tick() and watch_tick() in
 * any order; then turn_pass_end(); then watch_pass_end().
 */
#ifndef DESKBELL_API_H
#define DESKBELL_API_H

#include "deskbell/ipaddr.h"
#include "deskbell/outbox.h"
#include "deskbell/search.h"
#include "deskbell/turn.h"
#include "deskbell/view.h"
#include "deskbell/watch.h"

struct api;

enum api_method { API_GET, API_HEAD, API_POST, API_PUT, API_PATCH, API_DELETE, API_OPTIONS };

/* A request or an upgrade.  Borrowed for the call; what was not sent is SPAN_NONE. */
struct api_request {
    enum api_method method;
    struct span path;      /* as sent, without the query; starts with '/' */
    struct span query;     /* without '?' */
    struct span host;      /* Host */
    struct span origin;    /* Origin */
    struct span cookie;    /* the value of the cookie that api_cookie() names */
    struct span auth;      /* Authorization */
    struct span device;    /* of the one that api_device_cookie() names */
    struct span key;       /* Idempotency-Key */
    struct span match;     /* If-None-Match */
    struct span type;      /* Content-Type */
    struct span browser;   /* User-Agent */
    struct span protocols; /* Sec-WebSocket-Protocol: a list, which may hold a visitor's token */
    struct span body;
    struct ipaddr ip;     /* the visitor's, past the proxies that are trusted */
    bool secure;          /* came over TLS, here or at a trusted proxy */
    bool strange;         /* passed on by a proxy that is not trusted: `ip` is that one's */
    const char *nameless; /* why a trusted proxy's visitor cannot be told; NULL: `ip` is his */
};
#define API_COOKIE "deskbell" /* over https with the prefix __Host- */
#define API_DEVICE_COOKIE "deskbell-browser"

struct api_header {
    const char *name;
    struct span value;
};

/* Borrowed for the call. */
struct api_reply {
    int status;
    const char *type; /* NULL with an empty body */
    const struct api_header *headers;
    size_t nheaders;
    struct span body;
};

/* Counts for the command `status`, which the owner of the sockets knows. */
struct api_stats {
    unsigned conns, websockets, controls;
    uint64_t accepted, requests, messages_in, frames_out;
};

/* Calls outwards.  None of them may call back into the api before it returns. */
struct api_out {
    void *arg;

    /* The answer to api_on_request(), once each. */
    void (*reply)(void *arg, uint64_t conn, const struct api_reply *rp);

    /* To a control connection, without LF. */
    void (*send_line)(void *arg, uint64_t conn, struct span line);

    void (*stats)(void *arg, struct api_stats *out);
};

/* How much one address or account may ask for.  0: the default in the comment. */
struct api_rates {
    unsigned chats_per_hour;    /* chat.start and chat.leave-message per address: 30 */
    unsigned chats_per_address; /* open at a time: 10 */
    unsigned left_per_hour;     /* messages left for one department: 300 */
    uint64_t stored_per_hour;   /* bytes that visitors cause to be stored, all together: 512 MiB */
    unsigned messages_per_minute; /* visitors' commands per address: 240 */
    unsigned sign_ins_per_minute; /* per address, and half of it per account: 20 */
    unsigned commands_per_minute; /* an agent's, per account: 1200 */
};

/* Strings are borrowed until api_free() (for api_configure(): until the next one). */
struct api_config {
    /* Whether the view's public_url was set by somebody: consoles come from there then, or from a
     * bare address.  Otherwise from the Host that a request names. */
    bool has_url;
    /* Further origins from which they may come. */
    const char *const *origins;
    size_t norigins;
    const char *version;                 /* NULL: "" */
    const struct ipprefix *metrics_from; /* who may read /metrics */
    size_t nmetrics_from;
    const struct ipprefix *proxies; /* that are trusted: to block one is to block all behind it */
    size_t nproxies;
    struct api_rates rates;
    bool demo; /* GET /demo/department names a department to anybody */
};

struct api_env {
    struct core *core;
    struct turn *turn;
    struct store *store;
    const struct view *view; /* borrowed until api_free() */
    struct watch *watch;     /* likewise */
    struct search *search;   /* likewise */
    struct api_out out;
    struct api_config config;
    void *arg; /* of the two below */

    /* Wall clock, milliseconds since 1970 UTC; the same that the turn is told. */
    int64_t (*now_ms)(void *arg);

    /*
     * The blocking pool: fn(ctx) on another thread, then done(ctx) on the loop's, in a pass of its
     * own.  False if its queue is full; then neither is called.
     */
    bool (*work)(void *arg, void (*fn)(void *ctx), void (*done)(void *ctx), void *ctx);
};

/* After the store was loaded into the core and turn_restart().  env is copied. */
struct api *api_new(const struct api_env *env);
/* All work() must be over. */
void api_free(struct api *api);
void api_configure(struct api *api, const struct api_config *config);

/*
 * The names of the session's cookie, and of the one by which a browser is known again, for requests
 * that came like this.  Over https, which a public
 * URL of that kind says of all of them, it has the prefix that keeps the site's other hosts from
 * planting one (RFC 6265bis section 4.1.3.2); one without it is then none.
 */
const char *api_cookie(const struct api *api, bool secure);
const char *api_device_cookie(const struct api *api, bool secure);

/*
 * Is it from a browser that an agent is signed in with, or was before (the device cookie)?  For who
 * may have one connection more than his address.  Two look-ups and hashes; the path is not looked
 * at.
 */
bool api_is_known(const struct api *api, const struct api_request *rq);

/*
 * How long the body of this request may be, where that is more than HTTP_BODY_MAX_BYTES; 0: it may
 * not be.  For requests whose head is here and whose body is not: two look-ups and hashes.
 */
size_t api_body_max(const struct api *api, const struct api_request *rq);

/* A request that is no file: answered through out.reply, in this call or later. */
void api_on_request(struct api *api, uint64_t conn, const struct api_request *rq);

/*
 * An upgrade to a WebSocket.  ERR_OK: it is let in, and api_on_gone() follows one day.  Else the
 * request is refused with that error, and the fault is the body.  ERR_NOTFOUND, ERR_AUTH,
 * ERR_DENIED (Origin), ERR_READONLY, ERR_MALFORMED (nameless).
 */
err_t api_on_upgrade(struct api *api, uint64_t conn, const struct api_request *rq,
                     struct fault *f) MUST_CHECK;

/* A text message from a WebSocket that was let in: valid UTF-8, at most WS_MESSAGE_MAX_BYTES. */
void api_on_message(struct api *api, uint64_t conn, struct span text);

/* A line from the control socket, whose users are operators. */
void api_on_line(struct api *api, uint64_t conn, struct span line);

/* A connection that on_request, on_upgrade or on_line has named is gone. */
void api_on_gone(struct api *api, uint64_t conn);

/* What time brings: sessions that end, questions that nobody answered.  Then a pass end. */
void api_tick(struct api *api);
int64_t api_deadline(const struct api *api); /* when next, by now_ms; INT64_MAX: never */

/* Mails were written (turn_ops.on_mail): wake attached dispatchers. */
void api_wake(struct api *api);

/* Before a stop: connections are about to be closed by the owner; from now on the going of a
 * dispatcher's fails nobody's question. */
void api_stopping(struct api *api);

/* One metric of /metrics, for the manual and its test. */
struct api_metric {
    const char *name, *type, *help;
};
size_t api_metrics(const struct api_metric **metrics);

/* One command of the vocabulary, for help texts, the manual and its test. */
struct api_word {
    const char *word;
    bool visitor, agent, control; /* who may send it */
};
size_t api_words(const struct api_word **words);

#endif
