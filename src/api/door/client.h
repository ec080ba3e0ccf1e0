/*
 * Clients: the connections whose commands come in, the doors that they come by, sessions and
 * visitors' tokens; and the api as a whole.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <sys/queue.h>

#include "deskbell/api.h"
#include "deskbell/log.h"
#include "deskbell/map.h"
#include "rate.h"

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, next)                                                 \
    for ((var) = TAILQ_FIRST(head); (var) && ((next) = TAILQ_NEXT(var, field), 1); (var) = (next))
#endif

#define ORIGINS_TOLD_MAX 16 /* refused ones that the log names */

enum client_kind { CLIENT_VISITOR, CLIENT_AGENT, CLIENT_CONTROL };

/* A connection and what its commands rest on.  What it watches is in watch. */
struct client {
    uint64_t id;
    enum client_kind kind;
    struct ipaddr ip;
    unsigned strikes; /* refused unseen in the minute from strikes_ms on */
    int64_t strikes_ms;
    /* visitors */
    uint64_t entry;
    char *browser;
    /* agents */
    uint8_t token_hash[HASH_BYTES];
    bool bearer; /* came with an API token */
    char *host;  /* as the client sees it, for links */
    /* control */
    bool dispatcher;
    TAILQ_ENTRY(client) dispatcher_link;
};
TAILQ_HEAD(client_list, client);

struct api {
    struct api_env env;
    struct map clients;
    struct client_list dispatchers;
    TAILQ_HEAD(, ask) asks; /* that a dispatcher has not answered yet */
    size_t nasks;
    uint64_t last_ask;
    uint8_t secret[KEY_BYTES];
    int64_t started_ms;
    struct rate rate;
    TAILQ_HEAD(, sign_in) sign_ins;   /* that wait for their passwords to be looked at */
    TAILQ_HEAD(, searching) searches; /* that wait for the one under way */
    size_t nsearches;
    bool searching;                  /* one is */
    TAILQ_HEAD(, reporting) reports; /* likewise */
    size_t nreports;
    bool reporting;
    unsigned nsign_ins, nhashing; /* of them; of those under way */
    uint64_t sign_in_round;
    uint64_t signed_in, sign_ins_refused; /* since the start */
    unsigned sign_ins_unlogged;
    bool stopping;
    int64_t session_poll_ms;
    int64_t outbox_poll_ms; /* its health */
    struct log_limit nameless_log;
    struct buf openapi; /* the document, once somebody has asked for it */
    char openapi_tag[24];
    bool openapi_https;          /* for requests that came so */
    struct canned_index *canned; /* NULL until somebody has looked for one */
    uint64_t origins_told[ORIGINS_TOLD_MAX];
    size_t norigins_told;
    struct map seen;    /* department → struct seen */
    unsigned npictures; /* that are being made */
    bool mail_tried;    /* a test mail has left since the start */
};
/* Wall clock, milliseconds since 1970 UTC. */
int64_t api_now(const struct api *api);

/* Borrowed until it is gone; NULL: there is none. */
struct client *client_find(const struct api *api, uint64_t id);
/* The id is new. */
struct client *client_new(struct api *api, uint64_t id, enum client_kind kind);

/* doors */

/*
 * A trusted proxy's request whose visitor cannot be told: who may be blocked and who is over his
 * limits cannot be told either, so it is refused.
 */
err_t nameless_refuse(struct api *api, const struct api_request *rq, struct fault *f);

/* Is a page of this origin one of the gateway's own, or one of the department's websites? */
bool origin_is_own(const struct api *api, struct span origin, struct span host);
bool origin_may_visit(const struct api *api, const struct dept *d, struct span origin,
                      struct span host);

/* Refuse what comes from no own page; said once in the log, with what to set.  ERR_DENIED. */
err_t origin_refuse(struct api *api, struct span origin, struct span host, enum refusal why,
                    struct fault *f);

#define SIGHT_ORIGIN_MAX_BYTES 256

/* Of a website that has asked for a department's widget, the newest; ms: 0: none has. */
struct sight {
    char origin[SIGHT_ORIGIN_MAX_BYTES];
    int64_t ms;
};
struct seen {
    struct sight shown, refused;
};

/* A page of this origin asked for the department's widget; empty: one that does not say whose it
 * is, which is nothing.  O(1). */
void seen_note(struct api *api, const struct dept *d, struct span origin, bool refused);
/* Never NULL; borrowed until the next note. */
const struct seen *seen_find(const struct api *api, uint64_t dept);
void seen_fini(struct api *api);

/* Does a browser speak TLS for this, here or to a proxy? */
bool is_https(const struct api *api, bool secure);

/* CODE and the rest of "/w/CODE/rest", borrowed; SPAN_NONE: it does not begin so. */
struct span path_code(struct span path, struct span *rest);

/* The department behind a code, for this address; NULL: none that it may know of. */
const struct dept *door_find(struct api *api, struct span code, const struct ipaddr *ip);
/* Likewise behind a code that is no door any more, for whoever shows a token of a chat of it. */
const struct dept *door_by_token(struct api *api, struct span code, struct span token,
                                 const struct ipaddr *ip);
/* Is the address under a block that the conversation came from?  Then its token is good for
 * nothing, wherever it is shown. */
bool visitor_is_blocked(const struct api *api, const struct conv *cv);

/* sessions */

/* The session of a cookie or of a token's hash, if it may still be used; NULL. */
const struct session *session_find(const struct api *api, struct span cookie,
                                   uint8_t hash[HASH_BYTES]);
const struct session *session_check(const struct api *api, const uint8_t hash[HASH_BYTES],
                                    bool bearer); /* of an API token, or of none */

/* visitors' tokens */

#define TOKEN_MAC_BYTES 16
#define TOKEN_BYTES (8 + TOKEN_MAC_BYTES)
#define TOKEN_TEXT 33
#define TOKEN_PROTOCOL "token." /* a sub-protocol of this and a token is the token's way in */

/* The token of a conversation, as text. */
void token_make(const struct api *api, uint64_t conv, char out[TOKEN_TEXT]);
/* False: nobody's token.  Else the conversation that it opens. */
bool token_read(const struct api *api, struct span token, uint64_t *conv);
/* Is it the token of this conversation? */
bool token_is(const struct api *api, uint64_t conv, struct span token);
/* The token in a list of sub-protocols, unchecked; SPAN_NONE: there is none. */
struct span token_offered(struct span protocols);

#endif
