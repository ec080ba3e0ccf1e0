/*
 * The outbox: mails from the event that causes them to their end.  The gateway writes the order, in
 * the transaction of the event, and requests; the dispatcher writes all that becomes of it.  Both
 * read everything.  Threads and errors as in store.h.
 */
#ifndef DESKBELL_OUTBOX_H
#define DESKBELL_OUTBOX_H

#include "deskbell/limits.h"
#include "deskbell/queue.h"
#include "deskbell/store.h"

enum mail_state {
    MAILST_QUEUED,   /* not tried yet */
    MAILST_SENDING,  /* an attempt was noted and has no result yet */
    MAILST_DEFERRED, /* tried, due again later */
    MAILST_SENT,
    MAILST_FAILED,     /* for good, or given up */
    MAILST_UNCERTAIN,  /* tried again after the server may have taken it; then sent, or still due */
    MAILST_SUPPRESSED, /* its switch was off */
    MAILST_CANCELLED,
    MAILST_HELD,   /* waits for the digest of its kind and department */
    MAILST_FOLDED, /* what it says went into a digest, and its fate is that mail's */
    MAILST_COUNT
};

/* "queued", …: as the protocol has it. */
const char *mail_state_word(enum mail_state state);

#define MAIL_TRIES_MAX 8 /* of a mail are kept, the newest ones */

/* What came of one attempt, or of one look at what a mail needs. */
struct mail_try {
    int64_t at_ms;
    enum mail_state state;
    char cause[MAIL_CAUSE_MAX_BYTES];
};

/* One mail as the outbox shows it.  Strings are the row's own; mail_view_fini(). */
struct mail_rcpt {
    char *addr;
    enum mail_state state;
    int code;             /* the server's last for this address; 0: none */
    char *reply;          /* its last line, "" if none */
    uint64_t replaced_by; /* the mail that goes to another address instead; 0 */
};
/* Is it still to be sent to? */
bool mail_rcpt_waits(const struct mail_rcpt *r);

struct mail_view {
    uint64_t id;
    struct mail_order order; /* .to, .secret and .instead are the view's own memory */
    int64_t created_ms;
    enum mail_state state; /* over all recipients: the least settled */
    bool uncertain;        /* some attempt was ambiguous: the mail may have arrived twice */
    uint32_t attempts;
    int64_t due_ms;                                  /* QUEUED, DEFERRED: next attempt; HELD:
                                                        when the digest is made */
    int64_t settled_ms;                              /* SENT, FAILED, …; 0 */
    int64_t awaited_ms;                              /* SENDING: until then at the latest its
                                                        session's end is waited for; 0: not known */
    uint32_t notices;                                /* a digest: so many are in it; else 0 */
    uint64_t digest;                                 /* FOLDED: the mail that it is in */
    enum mail_state digest_state;                    /* and what has become of that */
    char *from, *cc, *subject, *message_id, *reason; /* "" until frozen; reason: why not yet */
    char cause[MAIL_CAUSE_MAX_BYTES];                /* the word for it (mail.h); "" if none */
    struct mail_rcpt *rcpts;
    size_t nrcpts;
    struct mail_try tries[MAIL_TRIES_MAX]; /* the newest last */
    size_t ntries;
    size_t bytes; /* of the message; 0: not composed yet, or no longer kept */
};

/* All that is known of a mail, copied: mail_view_fini() frees it.  ERR_NOTFOUND  there is none. */
err_t mail_read(struct store *st, uint64_t id, struct mail_view *v) MUST_CHECK;
void mail_view_fini(struct mail_view *v);

/* Which mails: all that is set must fit. */
struct mail_want {
    uint64_t conv;     /* 0: any */
    int state;         /* -1: any */
    const char *cause; /* NULL: any */
};

/*
 * Newest first.  *cursor as in store_list().  It looks at a bounded number of rows a call, so fewer
 * than max may come while *cursor goes on; by state or cause alone none is looked at in vain.
 */
err_t mail_list(struct store *st, const struct mail_want *want, uint64_t *cursor, uint64_t *ids,
                size_t max, size_t *n) MUST_CHECK;

/*
 * Mails whose state changed after *after, oldest change first, a mail once for each change; *after
 * moves on.  With UINT64_MAX: none, and *after becomes that of now.
 */
err_t mail_changes(struct store *st, uint64_t *after, uint64_t *ids, size_t max,
                   size_t *n) MUST_CHECK;

/* Kept with each change of a mail, so asking costs a few rows. */
struct mail_counts {
    uint64_t states[MAILST_COUNT]; /* by state */
    int64_t oldest_due_ms;         /* 0: none */
    uint64_t refused;              /* relays that refuse our login now */
};
err_t mail_count(struct store *st, struct mail_counts *c) MUST_CHECK;

/* How many mails a cause has left in which state; those that have arrived have none. */
struct mail_cause_count {
    char cause[MAIL_CAUSE_MAX_BYTES];
    uint64_t states[MAILST_COUNT];
};
/* By word.  `cause`: only that one; NULL: all, which are few. */
err_t mail_causes(struct store *st, const char *cause, struct mail_cause_count *rows, size_t max,
                  size_t *n) MUST_CHECK;

/* Those that a retry of a cause means: put off or failed. */
uint64_t mail_cause_retriable(const struct mail_cause_count *c);

/* A relay that rests after trouble. */
struct relay_row {
    uint64_t dept; /* whose own it is; 0: the portal's */
    int64_t rest_until_ms;
    bool refused;                       /* it refuses our login */
    char trouble[MAIL_CAUSE_MAX_BYTES]; /* the word for it */
};
#define MAIL_RELAYS_MAX 1000
/* Those that rest or refuse our login, by department; ERR_NOTFOUND from the second: that one does
 * not. */
err_t mail_relays(struct store *st, struct relay_row *rows, size_t max, size_t *n) MUST_CHECK;
err_t mail_relay(struct store *st, uint64_t dept, struct relay_row *row) MUST_CHECK;

/* By whose relay settings a mail goes: what a visitor gets speaks for where they entered. */
uint64_t mail_relay_dept(enum mail_kind kind, uint64_t dept, uint64_t entry);

/*
 * A piece of the message as it goes out, from `offset` on; *total is the whole.  ERR_NOTFOUND: it
 * is not composed yet.  ERR_ENDED: it is no longer kept.
 */
err_t mail_source(struct store *st, uint64_t id, size_t offset, size_t max, struct buf *piece,
                  size_t *total) MUST_CHECK;

/*
 * The gateway asks, the dispatcher does: rows of mail_request.  Committer thread (through `work`).
 * Retry and cancel are of one mail; the others are of all that were put off or have failed when it
 * was asked: those with one cause, or all but those with one.
 */
enum mail_request_kind { MAILREQ_RETRY, MAILREQ_CANCEL, MAILREQ_RETRY_CAUSE, MAILREQ_RETRY_ALL };
struct mail_request {
    enum mail_request_kind kind;
    uint64_t mail;
    char cause[MAIL_CAUSE_MAX_BYTES];
    unsigned stage;      /* of all: which of its states it is at */
    uint64_t next, last; /* of many: from where it goes on, and the newest that is meant */
};
err_t mail_request_put(struct store *st, const struct mail_request *rq) MUST_CHECK;

/* the dispatcher's side */

/* Frozen once, at the first claim; the same for every attempt. */
struct mail_frozen {
    struct span from, cc, subject, message_id;
    const struct span *rcpts; /* envelope recipients, Cc included */
    size_t nrcpts;
    struct span bytes; /* the whole message, CRLF */
    bool sealed;       /* the bytes hold a secret: they are sealed with the dispatcher's key */
};

/* The mails that are due at now_ms, longest due first, not those under a claim. */
err_t outbox_due(struct store *st, int64_t now_ms, uint64_t *ids, size_t max, size_t *n) MUST_CHECK;

/* A due mail, and what decides by which relay it goes. */
struct due_mail {
    struct due_place at;
    enum mail_kind kind;
    uint64_t dept, entry;
    enum mail_state state;
    bool frozen;    /* has its form already */
    bool alone;     /* somebody asked for it: not to be held */
    bool addressed; /* to an address of its own, not to the department's */
};

/*
 * The same from a place on, so that a reader can step over what it cannot send yet.  *from becomes
 * the place after the last one given.  Mails that were just taken over may stand before it: then
 * *fresh_ms is the earliest time of them, else INT64_MAX.
 */
err_t outbox_due_from(struct store *st, int64_t now_ms, struct due_place *from,
                      struct due_mail *mails, size_t max, size_t *n, int64_t *fresh_ms) MUST_CHECK;

/* When the next falls due; INT64_MAX: none. */
err_t outbox_next_due(struct store *st, int64_t *due_ms) MUST_CHECK;

/* These relays rest or refuse our login, and no others. */
err_t outbox_note_relays(struct store *st, const struct relay_row *rows, size_t n) MUST_CHECK;

/* A mail that gets its form, and what happens beside it in the same transaction. */
struct mail_freeze {
    uint64_t id;
    const struct mail_frozen *form;
    int64_t window_ms;        /* counts in the window of its kind and department that began then;
                                 0: in none */
    const uint64_t *gathered; /* held mails that are in it: they become FOLDED */
    size_t ngathered;
};

/* Record the frozen form.  Once a mail: ERR_EXISTS. */
err_t outbox_freeze(struct store *st, uint64_t id, const struct mail_frozen *fz) MUST_CHECK;

/*
 * The same for several mails in one transaction: all of them or none.  ERR_CONFLICT: one that was
 * to be folded is not held.
 */
err_t outbox_freeze_all(struct store *st, const struct mail_freeze *fr, size_t n,
                        int64_t now_ms) MUST_CHECK;

/* Read it back: spans borrow from *mem.  ERR_NOTFOUND: not frozen yet. */
err_t outbox_read_frozen(struct store *st, uint64_t id, struct mail_frozen *fz,
                         struct buf *mem) MUST_CHECK;

/*
 * Note that an attempt starts, before it does: SENDING, attempts + 1, and not due until it is
 * settled.
 *
 * ids, n   mails that are neither settled nor unknown.
 * lease    when it is over should this process die; outbox_lost() tells.
 *
 * ERR_CONFLICT, ERR_NOTFOUND, and the store's: nothing has changed then.
 * Cost: one small transaction, a few rows a mail.
 */
err_t outbox_begin(struct store *st, const uint64_t *ids, size_t n,
                   const struct lease *lease) MUST_CHECK;

/*
 * Mails whose attempt has neither a result nor a lease any more, by id.  Who asks knows whether he
 * is at them himself.  A mail of before leases counted by a clock of their own is given when
 * wall_ms is behind the time that was noted. Cost: the mails that are under way, each read.
 */
err_t outbox_lost(struct store *st, const struct lease_now *now, uint64_t *ids, size_t max,
                  size_t *n) MUST_CHECK;

/* What an attempt came to. */
struct mail_result {
    uint64_t id;
    enum mail_state state; /* of the mail as a whole */
    bool uncertain;        /* this attempt was ambiguous */
    int64_t due_ms;        /* if it is to be tried again */
    struct span reason;
    char cause[MAIL_CAUSE_MAX_BYTES];
    const struct mail_rcpt *rcpts; /* those that changed, by address */
    size_t nrcpts;
};
err_t outbox_settle(struct store *st, const struct mail_result *res, size_t n,
                    int64_t now_ms) MUST_CHECK;

/* digests: mails of one kind for one department */

/* What went out of a group lately, and whether mails wait. */
struct mail_group {
    int64_t began_ms; /* the window in which it counts; 0: none yet */
    uint32_t count;   /* mails frozen in it, digests among them */
    uint64_t head;    /* the held mail that is due in the place of all; 0: none is held */
};
err_t outbox_read_group(struct store *st, enum mail_kind kind, uint64_t dept,
                        struct mail_group *g) MUST_CHECK;

/*
 * Hold these mails (not frozen) until due_ms, or, where mails of their group are held already,
 * until those are due: in mail_due stands only the first of a group.  Leaves out what is settled,
 * frozen or held.
 */
struct mail_hold {
    uint64_t id;
    int64_t due_ms;
};
err_t outbox_hold(struct store *st, const struct mail_hold *holds, size_t n,
                  struct span reason) MUST_CHECK;

/* Held mails of a group in the order of their ids, those after `after`; 0: from the first. */
err_t outbox_held(struct store *st, enum mail_kind kind, uint64_t dept, uint64_t after,
                  uint64_t *ids, size_t max, size_t *n) MUST_CHECK;

/* Settle at most so many held mails of a group, the oldest first, all with the state, the reason
 * and the cause of res. */
err_t outbox_settle_held(struct store *st, enum mail_kind kind, uint64_t dept,
                         const struct mail_result *res, int64_t now_ms, size_t max) MUST_CHECK;

/* requests */

/*
 * Carry out the oldest request, or the next step of it: at most OUTBOX_STEP_MAILS mails in one
 * transaction.  *over says whether it is done; else it goes on from where it is, after a crash as
 * well.  ERR_NOTFOUND: there is none.
 */
#define OUTBOX_STEP_MAILS 500
err_t outbox_apply_request(struct store *st, int64_t now_ms, struct mail_request *rq,
                           size_t *changed, bool *over) MUST_CHECK;

/*
 * Let go of the messages of mails that ended before this time, at most `max` in one transaction:
 * their rows stay.  *n: how many, so that with *n == max there are more.
 */
err_t outbox_drop_old(struct store *st, int64_t before_ms, size_t max, size_t *n) MUST_CHECK;

#endif
