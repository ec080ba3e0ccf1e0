/*
 * The parent: what its files share.  schedule.c says when, letter/ what (and what waits for a
 * digest), trip/ carries it to a worker and back and writes down what came of it, relays.c knows
 * the way.
 */
#ifndef DISPATCHER_INT_H
#define DISPATCHER_INT_H

#include <sys/queue.h>
#include <sys/types.h>

#include <jansson.h>

#include "deskbell/conf.h"
#include "deskbell/keeper.h"
#include "deskbell/mail.h"
#include "deskbell/mailbox.h"
#include "deskbell/outbox.h"
#include "deskbell/worker.h"

#define WORKERS_MAX 32
#define RELAY_SESSIONS_MAX 2 /* at a time, with one relay */
#define TICK_MS 1000

/* Something that is to be done after a while; alarms.c. */
typedef void alarm_fn(void *arg);
struct alarm {
    alarm_fn *fn;
    void *arg;
    int64_t at_ms; /* by the steady clock */
    bool set;
    TAILQ_ENTRY(alarm) entry;
};
TAILQ_HEAD(alarm_list, alarm);

struct trip;
struct event_base;

/*
 * What the parent has outside of its store: clocks, one timer, workers.  dispatch.c's is the
 * program's; tests have one that they move by hand.
 */
struct outside {
    void *arg;
    int64_t (*wall_ms)(void *arg);
    /* Does not step, and stands still while the machine sleeps, as workers do. */
    int64_t (*steady_ms)(void *arg);
    /* Call alarms_run() at that time of the steady clock, and not when it was asked for before. */
    void (*wake)(void *arg, int64_t at_ms);
    /* A worker for t with this job (borrowed), as t->worker; what there is of it after an error is
     * left. */
    err_t (*worker_make)(void *arg, struct trip *t, struct span job);
    /* From now on it calls trip_hear(), and then trip_end() once.  file_fd: a copy for it; -1. */
    err_t (*worker_start)(void *arg, struct trip *t, int file_fd);
    void (*worker_kill)(void *arg, struct trip *t);  /* its end is still told */
    void (*worker_leave)(void *arg, struct trip *t); /* forget t->worker, and tell nothing more */
    void (*idle)(void *arg); /* the last trip has ended after .stopping was set */
};

/* A way out: the portal's relay, or a department's own, opened and checked. */
struct relay {
    uint64_t dept;       /* 0: the portal's */
    bool own;            /* else the department's mails go by the portal's */
    uint64_t read_look;  /* the look that read its settings */
    uint64_t done_look;  /* the look that has done enough for it */
    size_t ntrips;       /* under way */
    bool on_trial;       /* a test mail is under way */
    struct due_place at; /* none of its mails that are due stands before this */
    bool held;           /* one that could not go stands there */
    char *host, *user, *password;
    unsigned port;
    enum relay_tls tls;
    enum relay_auth auth;
    uint64_t fingerprint; /* of all of it: a change ends the rest */
    bool usable;
    char why[160]; /* why it is not */
    struct fault fault;
    /* How it has been doing. */
    enum smtp_trouble trouble;
    uint32_t in_a_row;
    int64_t rest_until_ms;
};

/* What is known of one recipient's part of an attempt. */
struct leg {
    char *addr;
    int code;
    char *reply;
};

/* One mail of a session, as its file's head describes it. */
struct trip_mail {
    uint64_t id;
    uint32_t attempts; /* with this one */
    int64_t created_ms;
    bool uncertain; /* before this one */
    struct leg *legs;
    size_t nlegs;
    int mail_code, data_code;
    char *mail_reply, *data_reply;
    bool ended, settled;
};

/* One session, from its plan to its end. */
struct trip {
    struct relay *relay;      /* NULL: of an earlier dispatcher */
    struct trial *trial;      /* of a test mail: nothing is settled; else NULL */
    int64_t limit_ms, dot_ms; /* of the job */
    uint64_t number;          /* its file's name */
    char *path;
    struct trip_mail *mails;
    size_t nmails;
    enum smtp_trouble trouble;
    char *trouble_text;
    bool over;
    /* While its worker runs. */
    void *worker; /* the outside's; NULL: there is none, or not any more */
    struct alarm limit, settle;
    struct buf in; /* what was heard and is no whole line yet */
    bool killed;
    struct dispatcher *d;
    TAILQ_ENTRY(trip) entry;
};

TAILQ_HEAD(trip_list, trip);

struct dispatcher {
    struct config conf;
    const char *conf_path, *templates;
    int worker; /* the program, opened: that of the day we were started, whatever is installed since
                 */
    struct keeper_link keeper; /* where there is one, it starts its own worker */
    int64_t limit_ms;          /* of one session, until its last mail was given */
    int64_t dot_ms;            /* for the answer to a mail's end */
    const struct outside *out;
    struct event_base *base; /* of control.c and process.c; the rest has .out */
    struct store *store;
    struct letterset *letters;           /* built in, and of the folder */
    struct tmpl_cache *templates_parsed; /* of the portal and the departments */
    struct relay relay;                  /* the portal's */
    struct relay **depts;                /* of each department that a mail was seen of */
    size_t ndepts;
    uint64_t looks;
    uint64_t told_hash;    /* of the relays that rest, as the store has them; 0: not known */
    int64_t lost_ms;       /* when mails whose lease is over are looked for next; steady */
    size_t foreign;        /* workers of an earlier dispatcher that still ran at the last look */
    int64_t drop_ms;       /* when old messages are let go next */
    struct due_place seen; /* so far the due mails were looked at */
    int64_t rescan_ms;     /* then from the beginning, whatever is known */
    struct alarm_list alarms;
    struct alarm again; /* another look, soon */
    char *trip_dir;
    char boot[64];
    uint64_t boot_number;      /* of it, for leases */
    uint64_t life;             /* of this process and its workers; 0: none */
    int life_fd;               /* that its lock is held by */
    uint8_t id_key[KEY_BYTES]; /* makes Message-IDs unguessable and stable */
    uint64_t last_trip;
    struct trip_list trips; /* that have a worker */
    size_t ntrips;
    bool stopping;
    bool blocked; /* the last look at the store failed; said once */
    struct control *control;
};

/* What the gateway asked, until it is answered; a line that was lost meanwhile takes no more. */
struct question {
    uint64_t id, conn;
};

/* Answer now, or keep a copy of the question for later.  `fields` is borrowed for the call. */
typedef void question_fn(struct dispatcher *d, const struct question *q, const json_t *fields);

static inline int64_t now_steady_ms(const struct dispatcher *d)
{
    return d->out->steady_ms(d->out->arg);
}

static inline int64_t now_wall_ms(const struct dispatcher *d)
{
    return d->out->wall_ms(d->out->arg);
}

/* life.c */

/* Before anything else; .out, .conf, .store, .templates and .boot are the caller's. */
void dispatcher_init(struct dispatcher *d);

/* When these are there: keys, templates, the folder of trips.  dispatcher_close() in every case. */
err_t dispatcher_open(struct dispatcher *d, struct fault *f) MUST_CHECK;
void dispatcher_close(struct dispatcher *d); /* workers go on; the next one takes in their files */

/* alarms.c */

/* Once, after so long; in the place of what was set before. */
void alarm_set(struct dispatcher *d, struct alarm *a, int64_t in_ms);
void alarm_clear(struct dispatcher *d, struct alarm *a); /* one that is not set is fine */
void alarms_run(struct dispatcher *d);                   /* do what is due */

/* letter/freeze.c */

/* A frozen form that is not in the store yet, with the memory that it borrows from. */
struct fresh {
    struct mail_frozen fz;
    struct buf from, to, cc, subject, message_id;
    struct buf bytes;  /* in clear, for the attempt */
    struct buf sealed; /* as they are stored, where they hold a link */
    struct span rcpts[2 * MAILBOX_LIST_MAX];
    uint64_t *gathered; /* a digest: the other mails that are in it */
    size_t ngathered;
};

enum freeze_end {
    FREEZE_DONE,
    FREEZE_SUPPRESSED, /* its switch is off; settled */
    FREEZE_DEFERRED,   /* something has to be set first; settled for later */
    FREEZE_FAILED      /* the store or the mail is at fault; logged */
};

/*
 * Give a mail that has none its sender, recipients and bytes; the caller puts them into the store.
 * Settles what cannot be sent.  `out` is set on FREEZE_DONE only; fresh_fini().
 */
enum freeze_end mail_freeze(struct dispatcher *d, const struct mail_view *view, int64_t now_ms,
                            struct fresh *out);
void fresh_fini(struct fresh *f);

/* Would a notice of this kind be suppressed?  No where the settings cannot be read just now. */
bool notice_is_off(struct dispatcher *d, enum mail_kind kind, uint64_t dept);

/* letter/facts.c */

/* Everything that a letter says, with the memory that it points into. */
struct story {
    struct letter_facts facts;
    struct letter_line *lines;
    size_t nlines, cap;
    size_t bytes; /* of all texts kept */
    char **texts;
    size_t ntexts, texts_cap;
    enum tongue tongue;
    bool brief; /* without lines */
};

/* A copy that lives as long as the story; beyond its limit texts are counted and not kept. */
struct span story_keep(struct story *s, struct span text);

/*
 * Collect what the letter for this order is about: the journal from the cause backwards.
 * ERR_NOTFOUND: the cause is gone.  story_fini() in every case.
 */
err_t story_read(struct dispatcher *d, const struct mail_order *order, struct story *s) MUST_CHECK;
/* What an answer by mail that this agent has yet to write is about: the journal from there back. */
err_t story_read_answer(struct dispatcher *d, uint64_t from, uint64_t agent,
                        struct story *s) MUST_CHECK;
void story_fini(struct story *s);

/* Why there is none, for the outbox page. */
const char *story_trouble(err_t err);

/* letter/digest.c */

#define DIGEST_PAGE_MAX 200

/*
 * Of a page of due mails: those that are above the limit of their kind and department are held and
 * taken out of it (their .at.id is 0 then), and so are digests while the window's number is full.
 */
void digest_hold(struct dispatcher *d, struct due_mail *page, size_t n, int64_t now_ms);

/* The window in which a mail of this order counts; 0: in none. */
int64_t digest_window(struct dispatcher *d, const struct mail_order *order, int64_t now_ms);

/* What a digest is of. */
struct digest_of {
    uint64_t head; /* the mail that carries it */
    const struct mail_order *order;
    enum letter letter; /* that each would have been */
    enum tongue tongue;
    struct span portal, department;
    int64_t now_ms;
};
struct digest {
    struct story *stories;
    struct letter_facts *items;
    uint64_t *ids; /* the carrier's own first */
    size_t n, cap, bytes;
};

/*
 * Read what is held of the order's group, as much as one digest takes.  Settles those that are
 * about nothing any more.  ERR_…: the store's, or what is wrong with the carrier itself.
 * digest_fini() in every case.
 */
err_t digest_collect(struct dispatcher *d, const struct digest_of *of,
                     struct digest *dg) MUST_CHECK;
void digest_fini(struct digest *dg);

/* letter/account.c: mails that hold an agent's one-time link */

bool mail_has_link(enum mail_kind kind);

/*
 * Is this mail's link still the agent's, and good?  FREEZE_DONE; else how the mail ends, and in
 * *why (static) the sentence for people.
 */
enum freeze_end link_check(struct dispatcher *d, const struct mail_order *order, int64_t now_ms,
                           const char **why);

/* As story_read(), for these mails. */
err_t account_read(struct dispatcher *d, const struct mail_order *order,
                   struct story *s) MUST_CHECK;

/* letter/task.c: mails that remind an agent of a task that is due */

struct reminder {
    bool holds; /* there is something to be reminded of, and he may read it */
    uint64_t entry;
    struct buf to, zone; /* his, as they are now; zone "": the portal's */
};
/* As things are now.  reminder_fini() in every case. */
err_t reminder_find(struct dispatcher *d, const struct mail_order *order,
                    struct reminder *out) MUST_CHECK;
void reminder_fini(struct reminder *m);

/* As story_read(), for these mails.  ERR_NOTFOUND: nothing to be reminded of. */
err_t task_read(struct dispatcher *d, const struct mail_order *order, struct story *s) MUST_CHECK;

/* secret.c */

/* ERR_CORRUPT: it was sealed with another key, or is damaged. */
err_t secret_open(struct dispatcher *d, struct span sealed, struct buf *clear) MUST_CHECK;
void secret_seal(struct dispatcher *d, struct span clear, struct buf *sealed);
void secret_wipe(struct buf *clear); /* and frees it */

/* letter/templates.c */

/* Take the folder's files. */
void templates_load(struct dispatcher *d);

/*
 * Choose the templates of the letter that form names, in that language; dept may be NULL.  Borrowed
 * until the next choice.
 */
void templates_pick(struct dispatcher *d, const struct portal *portal, const struct dept *dept,
                    struct letter_form *form);

/* relays.c */

/* Look at the portal's settings; opens the password.  A change lets a resting relay try again. */
void relay_refresh(struct dispatcher *d, const struct portal *portal);

/* The relays that rest or refuse our login: into the store, for the gateway to tell. */
void relays_tell(struct dispatcher *d, int64_t now_ms);

/* The relay of a mail of this department, by its settings as they are at this look. */
struct relay *relay_of(struct dispatcher *d, uint64_t dept);

/* What a session came to: TROUBLE_NONE ends the count, others begin or lengthen the rest. */
void relay_note(struct relay *r, enum smtp_trouble trouble, const char *text, int64_t now_ms);
void relay_fini(struct relay *r);
void relays_free(struct dispatcher *d);

/* Read and decode the portal, or a department. */
err_t portal_read(struct dispatcher *d, struct portal **portal) MUST_CHECK;
err_t dept_read(struct dispatcher *d, uint64_t id, struct dept **dept) MUST_CHECK;

/* The test mail for an address, as a mail of this department (0: of the portal) would be. */
err_t test_freeze(struct dispatcher *d, uint64_t dept, struct span to, int64_t now_ms,
                  struct fresh *out, struct fault *f) MUST_CHECK;

/* trip/trial.c: test mails, outside the outbox */

question_fn trial_answer;
void trial_apply(struct trial *tr, const struct worker_event *e); /* EVENT_LINE, EVENT_FACT */
void trial_finish(struct trip *t);                                /* its worker has ended: answer */
void trial_drop(struct trip *t);                                  /* without an answer */

/* trip/trip.c */

/* Start a worker on the one mail of a trial; takes the trial if it succeeds. */
err_t trip_start_trial(struct dispatcher *d, struct relay *r, struct trial *trial,
                       const struct mail_frozen *frozen) MUST_CHECK;

/*
 * Start a worker on these mails (borrowed for the call; all frozen).  Writes the session's file and
 * notes the attempts before the worker exists.
 */
err_t trip_start(struct dispatcher *d, struct relay *r, const struct mail_view *views,
                 const struct mail_frozen *frozen, size_t n) MUST_CHECK;

/* Bytes that its worker tells. */
void trip_hear(struct trip *t, struct span bytes);

/* Nothing more comes of it: settle, forget the trip, and look again.  Whether it ran out of time.
 */
void trip_end(struct trip *t, bool out_of_time);

/* Is this mail in one of our own sessions? */
bool trip_has(const struct dispatcher *d, uint64_t id);

/* At the end: give the workers a moment, then leave them to the next parent. */
void trip_stop_all(struct dispatcher *d);

/* trip/process.c: workers as processes, for the program's outside */

err_t process_make(struct trip *t, struct span job) MUST_CHECK;
err_t process_start(struct trip *t, int file_fd) MUST_CHECK;
void process_kill(struct trip *t);
void process_leave(struct trip *t);
void process_reap_all(struct dispatcher *d); /* SIGCHLD, or the keeper's word */

/* trip/tripdir.c: the files of trips */

/* The file with its head, locked for whoever holds this description: soon the worker alone. */
err_t tripdir_make(const struct trip *t, int *fd) MUST_CHECK;

/* Take from its file what its worker could not tell any more. */
void tripdir_replay(struct trip *t);

/*
 * Files of trips whose parent died: settle from them whatever their workers have finished.  A
 * worker that still runs holds its file's lock and is waited for, at the next look; .foreign says
 * how many do.
 */
void tripdir_recover(struct dispatcher *d, int64_t now_ms);

/* trip/lives.c */

void life_begin(struct dispatcher *d); /* once .trip_dir is there; sets .life and .life_fd */
void life_end(struct dispatcher *d);
/* Earlier lives that neither a dispatcher nor a worker is left of: at most `max`, into `dead`. */
size_t lives_over(const struct dispatcher *d, uint64_t *dead, size_t max);
/* No lease has one of these any more. */
void lives_forget(const struct dispatcher *d, const uint64_t *dead, size_t n);

/* watchdog.c */

/* From now on watchdog_on_lock() ends this process when it holds the store's lock for too long. */
void watchdog_start(void);
void watchdog_on_lock(bool held);

/* trip/tripfile.c: a session in its file */

/* The file's head: boot, mails and recipients.  One write. */
void tripfile_format(const struct trip *s, const char *boot, struct buf *out);

/*
 * The whole file: head, then the events that follow it.  `same_boot` says whether the machine has
 * run on since; a line cut off at the end is left out.  ERR_CORRUPT for a head that is not whole:
 * no attempt has begun then.  trip_free() in every case.
 */
err_t tripfile_parse(struct span bytes, const char *boot, struct trip *s,
                     bool *same_boot) MUST_CHECK;

/* The events of this session's own file once more: all that its worker has noted. */
void tripfile_replay(struct span bytes, struct trip *s);

/* One event into the session. */
void trip_apply(struct trip *s, const struct worker_event *e);
void trip_free(struct trip *s);

/* trip/settle.c */

/* Settle the mails that have their answer; all of them if `final`.  ERR_… from the store. */
err_t trip_settle(struct dispatcher *d, struct trip *s, bool final, int64_t now_ms) MUST_CHECK;

/* A mail that an attempt has left without any trace of its end: it may have been sent. */
err_t settle_lost(struct dispatcher *d, const struct mail_view *view, int64_t now_ms) MUST_CHECK;

/* schedule.c */

/* One look: requests, recovery, what is due. */
void schedule_look(struct dispatcher *d);

/* The settings have changed: what was known of the due mails may be wrong. */
void schedule_rescan(struct dispatcher *d);

/* question.c: a field of what is asked; SPAN_NONE and 0: it is not there, or no such thing.  The
 * text borrows. */
struct span question_text(const json_t *fields, const char *name);
uint64_t question_id(const json_t *fields, const char *name);

/* control.c: the connection to the gateway, which says when to look; without it each tick looks. */

/* One line of what is going on, by "client", "server" or "note"; valid UTF-8. */
void question_tell(struct dispatcher *d, const struct question *q, const char *by,
                   struct span text);
/* How it ended, once: an object (taken), or a fault. */
void question_answer(struct dispatcher *d, const struct question *q, json_t *ok);
void question_refuse(struct dispatcher *d, const struct question *q, const struct fault *f);

/* letter/templates.c answers, and letter/answer.c */
question_fn template_show, template_preview, answer_draft;

struct control *control_open(struct dispatcher *d);
void control_close(struct control *l);
void control_tick(struct control *l); /* connect again if it is down */

#endif
