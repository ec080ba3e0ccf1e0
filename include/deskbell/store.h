/*
 * The store: one LMDB environment for gateway and dispatcher.  Tables and keys are listed in
 * src/store/store_int.h.  Pointers into the map never leave it: everything is copied out.
 *
 * Threads: reads may be made on any thread that opened the store in that process, one read
 * transaction each, bounded; writes are made by the committer thread (gateway) or by the
 * dispatcher's loop (its own tables only).
 *
 * The mails in it are outbox.h's.
 *
 * Any function may return ERR_IO, ERR_CORRUPT (a row that fails its check: set aside and logged),
 * ERR_VERSION, ERR_FULL (map or disk; nothing changed).
 */
#ifndef DESKBELL_STORE_H
#define DESKBELL_STORE_H

#include <sys/types.h>

#include "deskbell/journal.h"

struct store;

enum store_role { STORE_GATEWAY, STORE_DISPATCHER, STORE_READER };

struct store_options {
    const char *dir; /* made (0700) for STORE_GATEWAY if it is not there */
    enum store_role role;
    size_t map_bytes;        /* 0: 16 GiB; grows by itself */
    uint64_t free_min_bytes; /* below this much free disk store_space() says ERR_FULL; 0: 64 MiB */
    uint64_t ballast_bytes;  /* kept to be given up when the disk is full; 0: 16 MiB */
    /* Called when the lock that all writers share was taken and was let go; NULL: nobody. */
    void (*on_lock)(bool held);
};

/*
 * ERR_EXISTS   a second gateway (or dispatcher) on the same files: the fault names the pid.
 * ERR_VERSION  the files were written by a newer schema: the fault names both numbers.
 * ERR_NOTFOUND STORE_DISPATCHER, STORE_READER: there is no store yet.
 * ERR_CORRUPT  also for a file that has lost its end: it is looked at before it is mapped.
 */
err_t store_open(const struct store_options *opt, struct store **st, struct fault *f) MUST_CHECK;
void store_close(struct store *st);

/* 32 random bytes made with the store: MAC key of visitor tokens. */
void store_secret(const struct store *st, uint8_t key[KEY_BYTES]);

/* The dispatcher's public key, in the store; its secret key is a file beside it, mode 0600. */
void store_seal_key(const struct store *st, uint8_t public_key[KEY_BYTES]);
err_t store_unseal_key(const struct store *st, uint8_t secret_key[KEY_BYTES]) MUST_CHECK;

/*
 * Before root lets go of his rights: the directory, and each file in it, become those of whoever
 * works with it.  The store is the gateway's and its group's, the dispatcher's key, lock and trips
 * are the dispatcher's alone.  What is not there yet and has to be theirs from the beginning is
 * made with `make`, as is the dispatcher's pair of keys.
 *
 * ERR_DENIED  the directory or a file belongs to somebody else, or is not what it should be; no
 *             file of his was touched.
 */
struct store_owners {
    uid_t gateway, dispatcher;
    gid_t group;
};
err_t store_hand_over(const char *dir, const struct store_owners *owners, bool make,
                      struct fault *f) MUST_CHECK;

/* gateway: start and commit */

/*
 * Make the core: load images, replay the journal after the checkpoint.  Conversations that a record
 * concerns and that have no image are ended ones: their rows are adopted first.  If an image or
 * such a row is not right, or says what the rules of today do not allow, the whole journal is
 * replayed instead, and settings are written anew with the first batch: slower, and reported, but
 * no end of the start.
 *
 * k            out: the caller's, to be freed with core_free(); untouched unless ERR_OK.
 * ERR_VERSION  a record that a newer version wrote: going on would lose what it meant.
 */
err_t store_load(struct store *st, struct core **k, struct fault *f) MUST_CHECK;

/* Write a batch and sync: what journal_ops.submit comes to.  Blocks; committer thread only. */
err_t store_commit(struct store *st, const struct batch *b, int64_t now_ms) MUST_CHECK;

/*
 * The committer: a thread that runs store_commit().  `fd` becomes readable when a batch is done;
 * committer_collect() then gives its result once, and is false where there is none to give.
 * committer_wait() waits for the batch under way first: as long as one sync takes, for the stop.
 * committer_stop() waits likewise, and nobody hears of the result; it borrows the batch until then.
 */
struct committer;
struct committer *committer_start(struct store *st);
void committer_submit(struct committer *c, const struct batch *b);
int committer_fd(const struct committer *c);
bool committer_collect(struct committer *c, err_t *err);
bool committer_wait(struct committer *c, err_t *err);
void committer_stop(struct committer *c);

/* Free disk against the minimum: ERR_OK or ERR_FULL.  Gives up or makes again the ballast. */
err_t store_space(struct store *st) MUST_CHECK;

/* Every minute: dead readers cleared, old repeats deleted (bounded), map use looked at. */
void store_tend(struct store *st, int64_t now_ms);

/*
 * Rows that are made behind the commit (src/store, projector.h): is there anything for them in the
 * journal, and a turn of the one that makes them, in transactions of at most 1,000 records.  Blocks
 * where commits go in between; any thread, one at a time.  What fails is logged and tried again
 * with the next turn.
 */
bool store_is_behind(struct store *st);
void store_project(struct store *st);

/* reading */

/*
 * Rows by their keys, as they were given to a batch: the image of an ended conversation, the answer
 * to a command (`cid`), the image of a setting's owner, the conversation behind a short number.
 * Added to the buffer.  ERR_NOTFOUND  there is none.
 */
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
 * reached.  Reads 31 records at most that fn does not see.
 */
typedef bool store_rec_fn(void *arg, const struct rec *rec);
err_t store_walk_conv(struct store *st, uint64_t last_pos, size_t max, store_rec_fn *fn, void *arg,
                      uint64_t *next) MUST_CHECK;

/*
 * Where to begin such a walk for who wants a line and older ones: the position of that line's
 * record or of one at most 64 records after it.  Numbers are those of public lines (n), or of all
 * records (seq).  Costs the logarithm of the conversation's length, or one look.
 *
 * ERR_NOTFOUND: so near its end that there is no shorter way than from there.
 */
err_t store_find_line(struct store *st, uint64_t conv, bool is_public, uint32_t number,
                      uint64_t *pos) MUST_CHECK;

/*
 * A page of a stored list (LIST_COMPLETED, LIST_MISSED, LIST_ALL: both; the boxes of missed ones)
 * over some departments or, with `depts` NULL, over all that there are or were: newest end first,
 * but of those to answer the oldest, at most `max` rows from
 * behind the place `after` (0: from the newest), fewer if their images are large.  The caller frees
 * it with list_page_fini().
 *
 * One read transaction: a look for each department, and two for each row; of all departments two.
 */
struct stored_list {
    enum list list;
    const uint64_t *depts;
    size_t ndepts;
    uint64_t tag; /* tag_hash(): those with this one alone; 0: all */
};
struct list_row {
    uint64_t id, place;
    struct span image; /* empty: its row is not right */
};
struct list_page {
    struct list_row *rows;
    size_t n;
    bool more; /* behind the last of them */
    struct buf mem;
};
err_t store_list(struct store *st, const struct stored_list *want, uint64_t after, size_t max,
                 struct list_page *page) MUST_CHECK;
void list_page_fini(struct list_page *page);

/*
 * How many conversations with this tag (tag_hash()) there are in these parts of stored lists, see
 * audience_count_parts().  One read transaction, a look for each part.
 */
err_t store_count_tagged(struct store *st, uint64_t tag, const struct count_part *parts, size_t n,
                         uint64_t *count) MUST_CHECK;

/*
 * The tags (tag_hash()) of ended and missed conversations, in no order that means anything: *n of
 * them at most, and as many as there are then.  Tags have no names here: what has one does.  One
 * read transaction, a look for each tag of each of the two lists.
 */
err_t store_tags(struct store *st, uint64_t *tags, size_t *n) MUST_CHECK;

/*
 * Ended and missed conversations from an address or range: at most `max` ids from where *at stands,
 * which goes on behind the last of them.  In the order of addresses, under each newest first; so
 * from one address alone the newest of all come first.  Fewer than `max`: that is all.
 */
struct addr_at {
    struct ipaddr ip;
    uint64_t id; /* both 0: at the beginning */
};
err_t store_list_addr(struct store *st, const struct ipprefix *prefix, struct addr_at *at,
                      uint64_t *ids, size_t max, size_t *n) MUST_CHECK;

/*
 * Missed conversations that are to be answered, of a visitor's address (see email_fingerprint()),
 * the oldest first: at most `max` ids.
 */
err_t store_list_to_answer(struct store *st, uint64_t email, uint64_t *ids, size_t max,
                           size_t *n) MUST_CHECK;

/*
 * Ended and missed conversations below this id (0: any), newest first, with the address that each
 * came from: at most `max`, a look each.  Fewer: that is all.
 */
struct conv_from {
    uint64_t id;
    struct ipaddr ip; /* all zero: not known (any more) */
};
err_t store_list_below(struct store *st, uint64_t below, struct conv_from *from, size_t max,
                       size_t *n) MUST_CHECK;

/* following */

/*
 * Records behind a position, oldest first, at most `max` and at most 1,000 or about 1 MiB, in one
 * read transaction that is over when fn is called for each, until it returns false.  Those that are
 * not right, or of a newer version, are passed over.
 *
 * last   out: the position of the last one, `after` if there was none.
 * more   out: the journal goes on behind it.
 */
err_t store_follow(struct store *st, uint64_t after, size_t max, store_rec_fn *fn, void *arg,
                   uint64_t *last, bool *more) MUST_CHECK;

/*
 * The position of the first record of this moment or later (milliseconds since 1970 UTC); one
 * behind the last, if there is none.  Costs the logarithm of the journal's length.
 */
err_t store_find_moment(struct store *st, int64_t ms, uint64_t *pos) MUST_CHECK;

/* The position of the newest record, and the newest short number; 0: there is none. */
err_t store_last_pos(struct store *st, uint64_t *pos) MUST_CHECK;
err_t store_last_number(struct store *st, uint64_t *number) MUST_CHECK;

/* The first conversation with this short number or a higher one.  ERR_NOTFOUND: there is none. */
err_t store_next_number(struct store *st, uint64_t from, uint64_t *number,
                        uint64_t *conv) MUST_CHECK;

/* backup */

/* Which of the two keys a backup holds: that of visitors' tokens, that of relays' passwords. */
struct backup_keys {
    bool gateway, dispatcher;
};

/*
 * A consistent copy into a directory that must not exist yet, while everything runs.  It grows in a
 * directory beside it, of the same name with ".backup"; what a backup that was killed has left
 * there is removed first.  Blocks.
 *
 * held  out: without_keys, none; else what this process may read: where the programs are users of
 *       their own, the gateway may not read the dispatcher's.
 *
 * ERR_EXISTS  something stands there already, or in the way beside it.  ERR_BUSY: another backup
 *             goes to the same place just now.
 */
err_t store_backup(struct store *st, const char *to_dir, bool without_keys,
                   struct backup_keys *held, struct fault *f) MUST_CHECK;

/*
 * Check a backup and put a copy of it in the place of `dir`, which must not be in use nor exist; by
 * way of DIR.restore, as above.  Of keys that the backup does not hold new ones are made: tokens of
 * visitors do not hold any more then, or passwords of relays cannot be opened.
 *
 * made  out: which.
 * ERR_CORRUPT  it is not whole: nothing was changed.  ERR_EXISTS, ERR_BUSY as above.
 */
err_t store_restore(const char *from_dir, const char *dir, struct backup_keys *made,
                    struct fault *f) MUST_CHECK;

#endif
