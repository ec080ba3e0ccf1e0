/*
 * The store: one LMDB environment for gateway and dispatcher.  Tables and keys are listed in
 * src/store/store_int.h.  Pointers into the map never leave it: everything is copied out.
 *
 * Threads: reads may be made on any thread that opened the store in that process, one read
 * transaction each, bounded; writes are made by the committer thread (gateway) or by the
 * dispatcher's loop (its own tables only).
 *
 * Any function may return ERR_IO, ERR_CORRUPT (a row that fails its check: set aside and logged),
 * ERR_VERSION, ERR_FULL (map or disk; nothing changed).
 */
#ifndef DESKBELL_STORE_H
#define DESKBELL_STORE_H

#include "deskbell/journal.h"

struct store;

enum store_role { STORE_GATEWAY, STORE_DISPATCHER, STORE_READER };

struct store_options {
    const char *dir; /* made (0700) for STORE_GATEWAY if it is not there */
    enum store_role role;
    size_t map_bytes;        /* 0: 16 GiB; grows by itself */
    uint64_t free_min_bytes; /* below this much free disk store_space() says ERR_FULL; 0: 64 MiB */
    uint64_t ballast_bytes;  /* kept to be given up when the disk is full; 0: 16 MiB */
};

/*
 * ERR_EXISTS   a second gateway (or dispatcher) on the same files: the fault names the pid.
 * ERR_VERSION  the files were written by a newer schema: the fault names both numbers.
 * ERR_NOTFOUND STORE_DISPATCHER, STORE_READER: there is no store yet.
 */
err_t store_open(const struct store_options *opt, struct store **st, struct fault *f) MUST_CHECK;
void store_close(struct store *st);

/* 32 random bytes made with the store: MAC key of visitor tokens. */
void store_secret(const struct store *st, uint8_t key[KEY_BYTES]);

/* The dispatcher's public key, in the store; its secret key is a file beside it, mode 0600. */
void store_seal_key(const struct store *st, uint8_t public_key[KEY_BYTES]);
err_t store_unseal_key(const struct store *st, uint8_t secret_key[KEY_BYTES]) MUST_CHECK;

/* gateway: start and commit */

/*
 * Load images into the core, replay the journal after the checkpoint.  Conversations that a
 * record concerns and that have no image are ended ones: their rows are adopted first.
 */
err_t store_load(struct store *st, struct core *k, struct fault *f) MUST_CHECK;

/* Write a batch and sync: what journal_ops.submit comes to.  Blocks; committer thread only. */
err_t store_commit(struct store *st, const struct batch *b, int64_t now_ms) MUST_CHECK;

/*
 * The committer: a thread that runs store_commit().  `fd` becomes readable when a batch is done;
 * committer_collect() then gives its result once.
 */
struct committer;
struct committer *committer_start(struct store *st);
void committer_submit(struct committer *c, const struct batch *b);
int committer_fd(const struct committer *c);
bool committer_collect(struct committer *c, err_t *err);
void committer_stop(struct committer *c); /* waits for the batch under way */

/* Free disk against the minimum: ERR_OK or ERR_FULL.  Gives up or makes again the ballast. */
err_t store_space(struct store *st) MUST_CHECK;

/* Every minute: dead readers cleared, old repeats deleted (bounded), map use looked at. */
void store_tend(struct store *st, int64_t now_ms);

/* reading */

err_t store_read_conv(struct store *st, uint64_t id, struct buf *image) MUST_CHECK;
err_t store_read_repeat(struct store *st, uint64_t cid, struct buf *value) MUST_CHECK;
err_t store_read_setting(struct store *st, enum obj_type type, uint64_t id,
                         struct buf *image) MUST_CHECK;
err_t store_find_number(struct store *st, uint64_t number, uint64_t *conv) MUST_CHECK;

/*
 * A record by position, and so a conversation backwards by .prev.  `mem` gets the bytes that the
 * record's spans borrow from (reset by each call).
 */
err_t store_read_rec(struct store *st, uint64_t pos, struct rec *rec, struct buf *mem) MUST_CHECK;

/*
 * A conversation's records from `last_pos` backwards, newest first, at most `max` and at most 50
 * ms: calls fn for each until it returns false.  *next is where to go on; 0: its beginning was
 * reached.
 */
typedef bool store_rec_fn(void *arg, const struct rec *rec);
err_t store_walk_conv(struct store *st, uint64_t last_pos, size_t max, store_rec_fn *fn, void *arg,
                      uint64_t *next) MUST_CHECK;

/*
 * Ended conversations of a stored list (LIST_COMPLETED, LIST_MISSED, LIST_ALL: both) over these
 * departments, newest
 * end first: at most `max` ids from after the cursor; *cursor 0 starts, 0 again: no more.
 */
err_t store_list(struct store *st, enum list list, const uint64_t *depts, size_t ndepts,
                 uint64_t *cursor, uint64_t *ids, size_t max, size_t *n) MUST_CHECK;

/*
 * Ended and missed conversations from an address or range, with ids below `below` (0: any): the
 * newest `max` ids, newest first, of the first ADDR_LOOKS_MAX that the range has.
 */
#define ADDR_LOOKS_MAX 50000
err_t store_list_addr(struct store *st, const struct ipprefix *prefix, uint64_t below,
                      uint64_t *ids, size_t max, size_t *n) MUST_CHECK;

/* outbox */

enum mail_state {
    MAILST_QUEUED,   /* not tried yet */
    MAILST_SENDING,  /* an attempt was noted and has no result yet */
    MAILST_DEFERRED, /* tried, due again later */
    MAILST_SENT,
    MAILST_FAILED,     /* for good, or given up */
    MAILST_UNCERTAIN,  /* tried again after the server may have taken it; then sent, or still due */
    MAILST_SUPPRESSED, /* its switch was off */
    MAILST_CANCELLED
};
const char *mail_state_word(enum mail_state state);

/* One mail as the outbox shows it.  Strings are the row's own; mail_view_fini(). */
struct mail_rcpt {
    char *addr;
    enum mail_state state;
    int code;    /* the server's last for this address; 0: none */
    char *reply; /* its last line, "" if none */
};
struct mail_view {
    uint64_t id;
    struct mail_order order; /* .to is the view's own memory */
    int64_t created_ms;
    enum mail_state state; /* over all recipients: the least settled */
    bool uncertain;        /* some attempt was ambiguous: the mail may have arrived twice */
    uint32_t attempts;
    int64_t due_ms;                                  /* QUEUED, DEFERRED: next attempt */
    int64_t settled_ms;                              /* SENT, FAILED, …; 0 */
    char *from, *cc, *subject, *message_id, *reason; /* "" until frozen; reason: why not yet */
    struct mail_rcpt *rcpts;
    size_t nrcpts;
};
void mail_view_fini(struct mail_view *v);

err_t mail_read(struct store *st, uint64_t id, struct mail_view *v) MUST_CHECK;

/* Newest first; conv 0: all; state -1: any.  *cursor as in store_list(). */
err_t mail_list(struct store *st, uint64_t conv, int state, uint64_t *cursor, uint64_t *ids,
                size_t max, size_t *n) MUST_CHECK;

/*
 * Mails whose state changed after *after, oldest change first, a mail once for each change; *after
 * moves on.  With UINT64_MAX: none, and *after becomes that of now.
 */
err_t mail_changes(struct store *st, uint64_t *after, uint64_t *ids, size_t max,
                   size_t *n) MUST_CHECK;

struct mail_counts {
    uint64_t queued, deferred, sending, failed;
    int64_t oldest_due_ms; /* 0: none */
    uint64_t refused;      /* relays that refuse our login now */
};
err_t mail_count(struct store *st, struct mail_counts *c) MUST_CHECK;

/*
 * The gateway asks, the dispatcher does: rows of mail_request.  Committer thread (through `work`).
 */
enum mail_request_kind { MAILREQ_RETRY, MAILREQ_CANCEL };
err_t mail_request_put(struct store *st, uint64_t id, enum mail_request_kind kind,
                       int64_t now_ms) MUST_CHECK;

/* outbox, the dispatcher's side */

/* Frozen once, at the first claim; the same for every attempt. */
struct mail_frozen {
    struct span from, cc, subject, message_id;
    const struct span *rcpts; /* envelope recipients, Cc included */
    size_t nrcpts;
    struct span bytes; /* the whole message, CRLF */
};

/* The mails that are due at now_ms, longest due first, not those under a claim. */
err_t outbox_due(struct store *st, int64_t now_ms, uint64_t *ids, size_t max, size_t *n) MUST_CHECK;

/* A place in the order in which mails fall due. */
struct due_place {
    int64_t due_ms;
    uint64_t id;
};

/* A due mail, and what decides by which relay it goes. */
struct due_mail {
    struct due_place at;
    enum mail_kind kind;
    uint64_t dept, entry;
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

/* So many relays refuse our login: in mail_counts from now on. */
err_t outbox_note_refused(struct store *st, uint64_t relays) MUST_CHECK;

/* Record the frozen form.  Once a mail: ERR_EXISTS. */
err_t outbox_freeze(struct store *st, uint64_t id, const struct mail_frozen *fz) MUST_CHECK;

/* The same for several mails in one transaction: all of them or none. */
err_t outbox_freeze_all(struct store *st, const uint64_t *ids, const struct mail_frozen *fz,
                        size_t n) MUST_CHECK;

/* Read it back: spans borrow from *mem.  ERR_NOTFOUND: not frozen yet. */
err_t outbox_read_frozen(struct store *st, uint64_t id, struct mail_frozen *fz,
                         struct buf *mem) MUST_CHECK;

/*
 * Note that an attempt starts, before it does: SENDING, attempts + 1, due again at lease_until_ms
 * should this process die.  A mail found SENDING at its lease's end is ambiguous.
 */
err_t outbox_begin(struct store *st, const uint64_t *ids, size_t n, int64_t now_ms,
                   int64_t lease_until_ms) MUST_CHECK;

/* What an attempt came to. */
struct mail_result {
    uint64_t id;
    enum mail_state state; /* of the mail as a whole */
    bool uncertain;        /* this attempt was ambiguous */
    int64_t due_ms;        /* if it is to be tried again */
    struct span reason;
    const struct mail_rcpt *rcpts; /* those that changed, by address */
    size_t nrcpts;
};
err_t outbox_settle(struct store *st, const struct mail_result *res, size_t n,
                    int64_t now_ms) MUST_CHECK;

/* Take the oldest request; ERR_NOTFOUND: none.  Its row is deleted in outbox_apply_request(). */
err_t outbox_apply_request(struct store *st, int64_t now_ms, uint64_t *id,
                           enum mail_request_kind *kind) MUST_CHECK;

/* backup */

/* A consistent copy into a directory that must not exist yet, while everything runs.  Blocks. */
err_t store_backup(struct store *st, const char *to_dir, struct fault *f) MUST_CHECK;

/* Check the copy and put it in the place of `dir`, which must not be in use nor exist. */
err_t store_restore(const char *from_dir, const char *dir, struct fault *f) MUST_CHECK;

#endif
