/*
 * Inside the store: its tables, and transactions whose steps need no check of their own.
 *
 * Every value is an envelope: a version byte, four bytes of FNV-1a over the rest (big-endian), then
 * the payload, in fields (tlv.h) unless said otherwise below.  Integers in keys are big-endian 64
 * bit unless said otherwise, so that keys sort by number.
 *
 * table         key                            value                                    writer
 * meta          a word                         schema, checkpoint: be64; seal: 32 bytes gateway
 *               "at " and a projector's name   be64 position                            gateway
 * journal       position                       a record (rec_encode)                    gateway
 * body          position                       fields by enum body_tag                  gateway
 * image         type (1 byte), id              an image (core_image)                    gateway
 * image_was     type (1 byte), id              an image as it was at the checkpoint     gateway
 * conv          id                             struct conv_row: an ended one's image    gateway
 * list          list (1 byte), dept, ~end      be64 conversation                        gateway
 *               "to answer", dept, end         …the oldest first
 *               0xff, address, conversation    …those to answer, by the address's fingerprint
 * list_all      list (1 byte), ~end or end     be64 conversation: of all departments    gateway
 * tagged        list (1 byte), tag, dept, ~end be64 conversation, be64 agent; dept 0: of all
 * gateway tag_count     list (1 byte), tag, dept       be64: how many there are of those gateway
 *               0x80 | list, tag, agent, dept  …completed ones of this agent's
 * addr          address (16 bytes), ~conv      empty: ended ones by visitor's address   gateway
 * number        short number                   be64 conversation                        gateway
 * milestone     conversation, number (seq)     struct milestone: every 64th record      gateway
 * setting       type (1 byte), id              an image: what the dispatcher reads      gateway
 * repeat        fingerprint of the command     struct repeat                            gateway
 * repeat_time   time_ms, fingerprint           empty                                    gateway
 * outbox        mail id                        struct outbox_row                        gateway
 * conv_mail     conversation, mail id          empty                                    gateway
 * mail_request  number                         struct mail_request: put, then taken     both
 * mail_state    mail id                        struct mail_row                          dispatcher
 * mail_frozen   mail id                        struct mail_frozen                       dispatcher
 * mail_due      due_ms, mail id                empty                                    dispatcher
 * mail_held     kind (1 byte), dept, mail id   empty                                    dispatcher
 * mail_group    kind (1 byte), dept            struct mail_group                        dispatcher
 * mail_log      number                         be64 mail id: its row changed            dispatcher
 * mail_by       what (1 byte), which, mail id  empty: by state, by cause, by its end    dispatcher
 * mail_relay    department (0: the portal)     struct relay_row: one that rests         dispatcher
 * mail_meta     a word                         seen: be64; counts, and those of causes  dispatcher
 * bad           table (1 byte), key            be64 time_ms: found not to be right      gateway
 * draft         agent, conversation            struct drafts: typed and not sent        gateway
 *
 * The image of a conversation that had ended before the checkpoint and was changed since is kept in
 * `image` as it was at the checkpoint, for the journal is replayed from there.  While a checkpoint
 * is written in slices, what it has changed in `image` is in `image_was` as it was, empty if it was
 * not there.
 */
#ifndef STORE_INT_H
#define STORE_INT_H

#include <lmdb.h>
#include <pthread.h>

#include "deskbell/outbox.h"

/*
 * 2: a checkpoint is written in slices, with what was before in image_was.  A program that knows 1
 * alone would take the images of half a checkpoint for those of a whole one.
 * 3: there are records of chats that are handed on, and come back.  A program that knows 2 alone
 * would leave them out, and those chats where they were.
 * 4: there are records of rounds of offers, and of ends that can be undone.  A program that knows 3
 * alone would leave them out, ask nobody again who was asked, and hold those chats open for ever.
 * And there are API tokens, whose images it would take for those of sessions that may everything.
 * And there are records of tags, tasks, roles and second factors, which it would leave out of its
 * images: without a factor it would let in whoever has a password alone.
 * Missed conversations lie in boxes, too, which are lists of their own, and are counted.
 * 5: there are records of reopened conversations, of what agents were told in notes and of their
 * pictures, and rules that name the skills for a chat.  A program that knows 4 alone would leave
 * them out, and offer those chats to anybody.
 */
#define STORE_SCHEMA 5
#define ROW_VERSION 1
#define ENVELOPE_BYTES 5

enum table {
    TABLE_META,
    TABLE_JOURNAL,
    TABLE_BODY,
    TABLE_IMAGE,
    TABLE_CONV,
    TABLE_LIST,
    TABLE_NUMBER,
    TABLE_SETTING,
    TABLE_REPEAT,
    TABLE_REPEAT_TIME,
    TABLE_OUTBOX,
    TABLE_CONV_MAIL,
    TABLE_MAIL_REQUEST,
    TABLE_MAIL_STATE,
    TABLE_MAIL_FROZEN,
    TABLE_MAIL_DUE,
    TABLE_MAIL_HELD,
    TABLE_MAIL_GROUP,
    TABLE_MAIL_LOG,
    TABLE_MAIL_META,
    TABLE_BAD,
    TABLE_ADDR,
    TABLE_MAIL_BY,
    TABLE_MAIL_RELAY,
    TABLE_IMAGE_WAS,
    TABLE_MILESTONE,
    TABLE_LIST_ALL,
    TABLE_DRAFT,
    TABLE_TAGGED,
    TABLE_TAG_COUNT,
    TABLE_COUNT
};

const char *table_name(enum table table);

/* Not there yet: nobody but a gateway makes it. */
struct store;
bool table_is_missing(const struct store *st, enum table table);

/* Keys are at most a byte and three integers, and in `bad` a byte before them. */
#define KEY_MAX_BYTES 26

struct key {
    size_t len;
    uint8_t bytes[KEY_MAX_BYTES];
};

struct key key_word(const char *word);
struct key key_u64(uint64_t a);
struct key key_u64x2(uint64_t a, uint64_t b);
struct key key_typed(uint8_t type, uint64_t a);
struct key key_addr(const struct ipaddr *ip, uint64_t a);
struct key key_typed2(uint8_t type, uint64_t a, uint64_t b);
struct key key_typed3(uint8_t type, uint64_t a, uint64_t b, uint64_t c);

/* A row that failed its check: told once, listed in `bad` when the gateway next tends. */
#define BAD_ROWS_MAX 256
struct bad_row {
    enum table table;
    struct key key;
    bool listed;
};

struct store {
    char *dir;
    enum store_role role;
    MDB_env *env;
    MDB_dbi dbis[TABLE_COUNT];
    int lock_fd;
    void (*on_lock)(bool held); /* may be NULL */
    uint64_t missing;           /* a bit for each table that came after the store was made */
    bool older;                 /* its schema is; a gateway takes the step when it opens */
    uint64_t free_min_bytes, ballast_bytes;
    uint8_t secret[KEY_BYTES], seal_key[KEY_BYTES];
    /* Held for reading by each transaction, for writing while the map changes its size. */
    pthread_rwlock_t map_lock;
    pthread_mutex_t bad_lock;
    struct bad_row bad[BAD_ROWS_MAX];
    size_t nbad;
};

/* LMDB's and the system's codes, translated here and nowhere else. */
err_t store_err(int rc);

/* transactions */

/*
 * A transaction is sticky: after the first failed step the others do nothing, and the end says what
 * went wrong.  ERR_NOTFOUND from a look is not a failure.  Pointers into the map die with it, and
 * in a write transaction with the next put or delete: a test build lends copies in their place, and
 * spoils them then.
 */
struct txn {
    struct store *st;
    MDB_txn *mdb;
    err_t err;
    int rc; /* LMDB's code behind err */
#ifdef TEST_HOOKS
    bool lends;
    struct loan *lent, *spoilt;
#endif
};

/* What transactions of this thread have done, for tests that hold a cost against what it is for. */
#ifdef TEST_HOOKS
struct txn_cost {
    uint64_t txns, gets, steps; /* begun; rows asked for by key; rows that cursors came to */
};
extern _Thread_local struct txn_cost txn_cost;
#endif

err_t txn_begin_read(struct txn *tx, struct store *st) MUST_CHECK;
void txn_end_read(struct txn *tx);

/*
 * Run `step` in a write transaction and commit.  When the map is full it is grown, and `step` is
 * run again from its beginning, so it takes all it needs from `arg` and leaves no traces elsewhere
 * until it has succeeded.
 */
typedef void txn_step_fn(struct txn *tx, void *arg);
err_t store_write(struct store *st, txn_step_fn *step, void *arg) MUST_CHECK;

/* Make the transaction fail with `err`. */
void txn_fail(struct txn *tx, err_t err);

/*
 * The payload of a row.  ERR_NOTFOUND; ERR_CORRUPT and ERR_VERSION are reported, and fail only this
 * look.  Other errors also fail the transaction.
 */
err_t txn_get(struct txn *tx, enum table table, const struct key *key,
              struct span *payload) MUST_CHECK;
bool txn_has(struct txn *tx, enum table table, const struct key *key);
void txn_put(struct txn *tx, enum table table, const struct key *key, struct span payload);
void txn_append(struct txn *tx, enum table table, const struct key *key, struct span payload);
void txn_del(struct txn *tx, enum table table, const struct key *key); /* none there: fine */
void txn_clear(struct txn *tx, enum table table);                      /* every row of it */

/* Integers as payloads. */
err_t txn_get_u64(struct txn *tx, enum table table, const struct key *key, uint64_t *v) MUST_CHECK;
void txn_put_u64(struct txn *tx, enum table table, const struct key *key, uint64_t v);

/*
 * A walk over a table in the order of keys.  cursor_seek() stands on the first row at or after the
 * key, or with `back` on the last before it.  At the end ERR_NOTFOUND.  A row that fails its check
 * has an .err, its key, and no payload.
 */
struct cursor {
    struct txn *tx;
    MDB_cursor *mdb;
    enum table table;
    struct span key, payload;
    err_t err;
};
err_t cursor_open(struct cursor *cur, struct txn *tx, enum table table) MUST_CHECK;
void cursor_close(struct cursor *cur);
err_t cursor_seek(struct cursor *cur, const struct key *key, bool back) MUST_CHECK;
err_t cursor_next(struct cursor *cur) MUST_CHECK;
err_t cursor_prev(struct cursor *cur) MUST_CHECK;
err_t cursor_last(struct cursor *cur) MUST_CHECK;

/* One integer of the cursor's key, `at` bytes into it.  A key of another length reads as 0. */
uint64_t cursor_key_u64(const struct cursor *cur, size_t at);

/* commit/erase.c: the bodies of all records of the object before that at `pos`, which says so */
void bodies_erase(struct txn *tx, uint64_t pos);

/* checkpoints */

/* The position up to which the images speak; 0: there are none to use. */
err_t checkpoint_read(struct txn *tx, uint64_t *pos) MUST_CHECK;

/*
 * Put an image, or with an empty one delete it.  `last`: this transaction closes the checkpoint;
 * else what was there is kept for as long as that takes.  `mem` is for the copy.
 */
void checkpoint_image(struct txn *tx, const struct key *key, struct span image, bool last,
                      struct buf *mem);

/* All images speak up to `pos` now. */
void checkpoint_close(struct txn *tx, uint64_t pos);

/*
 * A walk over the images of the checkpoint, by type and id.  ERR_NOTFOUND: no more.  One that fails
 * its check has an .err, its key, and no image.
 */
struct images {
    struct cursor now, was;
    err_t now_err, was_err; /* where the cursors stand */
    struct key key;
    struct span image;
    err_t err;
};
err_t images_open(struct images *im, struct txn *tx) MUST_CHECK;
void images_close(struct images *im);
err_t images_next(struct images *im) MUST_CHECK;

/* What a start had to leave out: all images, because of this row; and what it went by. */
struct load_left {
    bool images;
    enum table table;
    struct key key;
    size_t nimages, nrecords, nskipped; /* skipped: records that did not fit */
};

/* store_load(), and why it was not by the images. */
err_t load_state(struct store *st, struct core **k, struct load_left *left,
                 struct fault *f) MUST_CHECK;

/* Payload of an envelope.  ERR_CORRUPT, ERR_VERSION. */
err_t envelope_open(struct span value, struct span *payload) MUST_CHECK;

/* Note a row that is not right: logged once, set aside later. */
void store_report_bad(struct store *st, enum table table, struct span key, err_t err);
void store_list_bad(struct store *st, int64_t now_ms);

/* rows */

/* Beside the lists in table `list`. */
#define LIST_BY_EMAIL 0xff

/* Do its keys rise with the end?  Else the newest end stands first. */
static inline bool list_is_upward(enum list list)
{
    return list == LIST_TO_ANSWER;
}

struct conv_row {
    uint64_t end_pos;  /* its place in the list: position of the row's first writing */
    uint64_t last_pos; /* its last record's */
    uint64_t list, dept;
    struct span image;
};
void conv_row_encode(const struct conv_row *row, struct buf *out);
err_t conv_row_decode(struct span in, struct conv_row *row) MUST_CHECK;

/* All drafts of an agent who is gone. */
void drafts_forget(struct txn *tx, uint64_t agent);

struct outbox_row {
    struct mail_order order; /* .to borrows */
    int64_t created_ms;
};
void outbox_row_encode(struct span order, int64_t created_ms, struct buf *out);
err_t outbox_row_decode(struct span in, struct outbox_row *row) MUST_CHECK;

void mail_request_encode(const struct mail_request *rq, struct buf *out);
err_t mail_request_decode(struct span in, struct mail_request *rq) MUST_CHECK;

void relay_row_encode(const struct relay_row *row, struct buf *out);
err_t relay_row_decode(struct span in, struct relay_row *row) MUST_CHECK; /* not its department */

void mail_frozen_encode(const struct mail_frozen *fz, struct buf *out);

/* All but the recipients, borrowed from the row. */
err_t mail_frozen_peek(struct span in, struct mail_frozen *fz) MUST_CHECK;

/* Spans, and the array of recipients, live in *mem, which must have been reset. */
err_t mail_frozen_decode(struct span in, struct mail_frozen *fz, struct buf *mem) MUST_CHECK;

/* files */

char *path_join(const char *dir, const char *name); /* the caller frees */

/* Write a whole file, mode 0600, synced, in place of any other.  ERR_IO, ERR_FULL. */
err_t file_write(const char *path, const void *bytes, size_t len) MUST_CHECK;
err_t file_read(const char *path, void *bytes, size_t len) MUST_CHECK; /* exactly len */
err_t dir_sync(const char *dir) MUST_CHECK;

/*
 * Whether LMDB can map this data.mdb: all pages are there that it may look at.  Costs two reads;
 * where the file is shorter than it ever was, one of each page of its list of free pages.
 *
 * ERR_CORRUPT  they are not, or it is no such file: the fault says how long it is and should be.
 * ERR_NOTFOUND, ERR_DENIED, ERR_IO
 */
err_t pages_check(const char *path, struct fault *f) MUST_CHECK;

/*
 * The dispatcher's pair: its secret key goes to the disk, before anything is sealed to it.  Where
 * root made it for the dispatcher alone, its public half lies there, and is taken.
 */
err_t seal_pair_make(const char *dir, uint8_t public_key[KEY_BYTES]) MUST_CHECK;

#define GATEWAY_KEY_FILE "gateway.key"
#define DISPATCHER_KEY_FILE "dispatcher.key"
#define DISPATCHER_PUBLIC_FILE "dispatcher.pub" /* until the first start has taken it */
#define BALLAST_FILE "ballast"

/* Give the ballast up; false if there is none. */
bool ballast_drop(struct store *st);

bool disk_is_full(const struct store *st);

#endif
