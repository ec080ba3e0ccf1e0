/*
 * A dispatcher without its program, for unit tests: the real store with real settings, filled by a
 * gateway without its edge; clocks that only the test moves; workers that say what the test lets
 * them say.  The test looks (world_look), lets workers speak, and reads the outbox.
 */
#ifndef DISPATCHER_WORLD_H
#define DISPATCHER_WORLD_H

#include "bare_gateway.h"
#include "dispatcher_int.h"

#define T0 INT64_C(1800000000000)
#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define FAKE_WORKERS_MAX 400

/* One session of a worker, in the order of their starts; what it was given stays readable. */
struct fake_worker {
    struct trip *trip; /* NULL: its parent has forgotten it, or it has ended */
    struct buf bytes;  /* the job's */
    struct job job;
    char path[160]; /* of its file; "" for a test mail */
    int file_fd;
    int life_fd; /* that it is alive by */
    bool started, killed;
    bool noted; /* its mails were marked as being sent, and its file was there, when it started */
};

struct world {
    char dir[64], templates[80]; /* the latter is not there, unless a test makes it */
    struct gateway g;
    struct dispatcher d;
    struct outside out;
    int64_t wall_ms, steady_ms, wake_ms;
    struct fake_worker workers[FAKE_WORKERS_MAX];
    size_t nworkers;
    bool no_workers; /* starting one fails */
    bool was_idle;   /* all trips ended after the stop was asked for */
    /* What the gateway was told of its questions. */
    json_t *answer;
    struct fault refused;
    char said[LINE_MAX_BYTES + 16];
    size_t ntold;
};

/* A portal whose mails go by localhost, one department with all its notices on, one agent. */
int world_setup(void **state);
int world_teardown(void **state);

/* The gateway's words, parted by "|"; must succeed. */
void say(struct world *w, const char *words);
void sayf(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

void world_look(struct world *w);
/* Both clocks; alarms on the way ring at their time, and at the end there is a look. */
void world_pass(struct world *w, int64_t ms);

/* This dispatcher is killed, and another begins: on the same boot of the machine, or on a new one.
 */
void world_restart(struct world *w, bool same_boot);

/* mails, in the order in which they were ordered; the first is 0 */

size_t mail_total(struct world *w);
uint64_t mail_nth(struct world *w, size_t i);
struct mail_view mail_look(struct world *w, size_t i); /* mail_view_fini() */
enum mail_state mail_state_of(struct world *w, size_t i);
void assert_mail(struct world *w, size_t i, enum mail_state state, const char *cause);
size_t mails_in(struct world *w, enum mail_state state);

/* workers */

size_t workers_open(const struct world *w);
/* One line of the worker's, noted in its file and told. */
void worker_says(struct world *w, size_t session, const char *line);
/* Only noted: it died before it could tell. */
void worker_notes(struct world *w, size_t session, const char *line);
void worker_ends(struct world *w, size_t session); /* the process is gone */
/* Every mail is taken, and it ends. */
void worker_sends(struct world *w, size_t session);
/* The relay is in this trouble ("connect", …), and it ends. */
void worker_fails(struct world *w, size_t session, const char *trouble);

#endif
