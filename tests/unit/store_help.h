/*
 * What the store's tests share: a directory of their own, batches made by hand, and this program
 * started again in another part, for LMDB allows one environment a process.
 */
#ifndef STORE_HELP_H
#define STORE_HELP_H

#include <sys/types.h>

#include "deskbell/outbox.h"

struct place {
    char dir[64];   /* its own, removed at the end */
    char store[80]; /* where the store goes: not there yet */
    struct store *st;
};

void place_make(struct place *p);
/* For many small commits, where the disk is no matter. */
void place_make_in_memory(struct place *p);
void place_remove(struct place *p); /* closes the store, too */
struct store_options place_options(const struct place *p, enum store_role role);
void place_open(struct place *p); /* as the gateway; asserts that it works */
void place_close(struct place *p);

/* For cmocka: *state is a place whose store is open; and its end. */
int place_setup(void **state);
int place_teardown(void **state);

/* Orders of `n` mails about a conversation, every eighth id from the first on. */
void place_put_mails(struct place *p, uint64_t conv, int64_t now_ms, uint64_t first_id, size_t n);
/* How many mails are due, and which of them, at most `max`. */
size_t place_due(struct place *p, int64_t now_ms, uint64_t *ids, size_t max);

/* A batch with its memory. */
struct maker {
    struct batch batch;
    struct buf *bufs;
    size_t nbufs;
};
void maker_add_rec(struct maker *m, const struct rec *rec);
/* A message of a conversation at a position, whose text is `len` bytes that depend on it. */
void maker_add_message(struct maker *m, uint64_t pos, uint64_t prev, uint64_t conv, size_t len);
/* A conversation's ring, with its short number. */
void maker_add_ring(struct maker *m, uint64_t pos, uint64_t conv, uint64_t number);
void maker_add_row(struct maker *m, enum row_kind kind, uint64_t a, uint64_t b, struct span value);
void maker_add_mail(struct maker *m, uint64_t id, uint64_t conv, enum mail_kind kind);
err_t maker_commit(struct maker *m, struct store *st, int64_t now_ms); /* and free it */
void maker_fini(struct maker *m);

/* The text of maker_add_message(), for comparing. */
bool message_is(const struct rec *rec, uint64_t pos, size_t len);

/*
 * This program again with these arguments: fd gives what it prints.  Parts are told apart in main()
 * by argv[1].
 */
struct part {
    pid_t pid;
    int fd;
};
struct part part_start(const char *name, const char *dir);
bool part_line(struct part *p, char *line, size_t cap); /* false: it has ended */
int part_wait(struct part *p);                          /* its wait status */
void part_kill(struct part *p);                         /* with SIGKILL, and waits */

#endif
