/*
 * The simulator: the real core and turn, a clock and a dice of its own, and doubles for the disk
 * and for the people and their lines, which crash, drop, delay, repeat and fill up.  A run is one
 * number.
 */
#ifndef SIM_H
#define SIM_H

#include <stdio.h>
#include <stdlib.h>

#include "../../src/deskbelld/told.h"
#include "deskbell/limits.h"
#include "deskbell/turn.h"

#define SIM_T0 1800000000000
#define SIM_AGENTS 6
#define SIM_DEPTS 4
#define SIM_VISITORS 14
#define SIM_CLIENTS (SIM_AGENTS + SIM_VISITORS)
#define SIM_PENDING 12
#define SIM_FLOOR_MS 3000

/* the disk (sim_disk.c) */

struct sim_row {
    enum row_kind kind;
    uint64_t a, b;
    char *bytes; /* NULL: deleted */
    size_t len;
    bool sliced; /* an image that a checkpoint has written which is not whole yet */
    char *was;   /* what it was before; NULL: not there */
    size_t was_len;
};

struct sim_rec {
    char *rec, *body;
    size_t rec_len, body_len;
    enum rec_type type;
};

struct sim_digest {
    uint64_t pos, digest;
};

struct sim_disk {
    struct sim_rec *recs; /* position 1 first */
    size_t nrecs, recs_cap;
    struct sim_row *rows;
    size_t nrows, rows_cap;
    uint64_t checkpoint;
    const struct batch *flight;
    int64_t done_ms; /* when the batch under way is through */
    struct sim_digest *digests;
    size_t ndigests, digests_cap;
};

/* what the records say by themselves (sim_shadow.c) */

struct sim_time {
    uint64_t agent;
    int64_t ms;
};

struct shadow {
    struct sim_time times[4 * SIM_AGENTS]; /* up to its last record, at time_ms */
    size_t ntimes;
    uint64_t time_of; /* whose runs since; 0: nobody's */
    int64_t time_ms;
    uint64_t id, last_pos, agent, dept;
    uint64_t handed_by, handed_dept, handed_to, was_dept;
    int64_t rang_ms, queued_ms;    /* one that was left: came to wait then */
    bool began_left, mailed;       /* answered by mail */
    bool reopened, unheld;         /* opened out of another one; and not given to its agent yet */
    uint64_t before, next;         /* which one; as which it was opened again */
    uint32_t answered_seq;         /* of an agent's first words to its visitor; 0: none */
    bool here, left;               /* its visitor; and he was not in it since it was left */
    uint64_t entry, met, spoke_by; /* whom its visitor knew, and who has written to him there */
    uint64_t was_agent;            /* that had it before it was assigned; 0: it waited */
    uint32_t seq, n;
    unsigned tags; /* BIT() of each that it has */
    enum conv_state state;
    enum box box;   /* of a missed one */
    uint64_t given; /* to whom that was given to answer */
    bool returned;
    int64_t ending_ms; /* it has been ended, and is so then */
    uint64_t ending_by;
    bool spoke_since;          /* its visitor, since it was ended */
    int64_t since_ms, wait_ms; /* since when it waits, and for how long; 0: begun before a start */
    int64_t freed_ms;          /* when the last one who was asked let it go, or it came here */
    unsigned rounds;
    uint64_t offered_by; /* by whose agents it is offered; 0: by its own */
    uint64_t asked[SIM_AGENTS * 8];
    size_t nasked;
    uint64_t rung[SIM_AGENTS * 8]; /* at whom it rings */
    bool late[SIM_AGENTS * 8];     /* …and did not from the beginning */
    size_t nrung;
    char skills[16]; /* that its rule names */
    unsigned rule, rule_due;
    bool strict;
    int64_t strict_ms;
    uint64_t *lines; /* position of each public line, n = 1 first */
    size_t lines_cap;
};

/* A task as its records say. */
struct sim_task {
    uint64_t id, conv, agent;
    int64_t due_ms;
    bool done, reminded;
};

/* Of whom a note speaks, as it says; `id`: 0 until he is told. */
struct sim_mention {
    uint64_t id, agent, conv, pos;
    uint32_t seq;
    int64_t due_ms; /* he is told by mail then; 0: never */
    bool read, told;
};

/* people and their lines (sim_people.c, sim_lines.c) */

struct sim_request {
    enum cmd_type type;
    uint64_t number; /* the client's own */
    uint64_t dept, conv;
    int64_t value;
    unsigned ip;
    int64_t due_ms;    /* of a task */
    unsigned mentions; /* of a note: BIT() of the clients */
    bool names;        /* …and of its change */
    uint64_t previous; /* rings again after this one */
    char text[48];
};

enum sim_packet_kind { PACKET_REQUEST, PACKET_RESUME, PACKET_ANSWER, PACKET_LINE };

struct sim_packet {
    enum sim_packet_kind kind;
    unsigned client, gen;
    int64_t at_ms;
    struct sim_request rq;
    err_t err;
    uint64_t id, pos;
    uint32_t n;
    bool repeated;
};

#define LINE_WRITTEN BIT(0)
#define LINE_REFUSED BIT(1) /* once, at least; it may come later than those after it */

struct sim_client {
    unsigned index;
    bool is_agent, up;
    unsigned gen;            /* of its connection */
    int64_t up_at_ms;        /* when it tries to connect again */
    int64_t sent_ms, got_ms; /* packets keep their order on a line */
    uint64_t id;             /* the agent's, or the conversation's; 0: none yet */
    uint64_t before;         /* the conversation that he had before; 0: none */
    uint64_t bound;          /* the gateway's view: this line is that conversation's */
    struct sim_request pending[SIM_PENDING];
    size_t npending;
    uint64_t next_number, next_line, acked_line;
    uint64_t written_line; /* the newest of its lines in the journal */
    uint8_t *fate;         /* of each: LINE_… */
    size_t fate_cap;
    unsigned lapses;                  /* of an agent: offers lapsed in a row */
    uint64_t offer_pos, offer_before; /* of an agent: the last offer to him, and the one before */
    uint32_t last_n;
    uint64_t *seen; /* positions of the lines that were shown, n = 1 first */
    size_t seen_cap;
    unsigned ip;
    bool done;
};

/* A command of the gateway's own: who came, who went. */
struct sim_todo {
    enum cmd_type type;
    uint64_t id;
};

/* What happened in a run: a dice that never rolls some of it would prove nothing. */
struct sim_did {
    unsigned long tagged, untagged, tasks, reminded, mentioned, unmentioned, mentions_read,
        mentions_due;
    unsigned long records, offers, accepted, lapsed, declined, returned, lines, ended, missed, left,
        blocked, feedback, shut, mails, repeats, crashes, drops, full, readonly, checkpoints,
        handed, came_back, queued_back, taken_back, assigned, taken_over, boxed, given, undone,
        undone_by_word, reopened, gone_on, timed, rounds, overflowed, taken_there, moved,
        stood_aside,    /* offers past one that has asked everybody */
        relieved,       /* agents who went while they had chats */
        inherited,      /* …open tasks, and another has them now */
        queued,         /* left ones that came to wait */
        met_again,      /* offers to whom the visitor knows, past somebody else's turn */
        pictures,       /* looks at records of pictures */
        roles,          /* looks at agents who have a custom role */
        halves,         /* starts from a checkpoint while the next was half written */
        rung, widened,  /* at several at once; at more while it rang */
        rung_out,       /* who declined, or could not any more */
        rung_past,      /* rounds that nobody answered */
        rung_won,       /* one of several was first */
        ruled, relaxed, /* waits by a rule; anybody may have it */
        unskilled,      /* offers past somebody free who has not the skills */
        steps, sleeps;  /* of the clocks, of the machine */
};

struct sim {
    uint64_t seed, rng;
    unsigned step;
    int64_t now_ms; /* what really passes, from SIM_T0; what the rules are told is told.now_ms */
    struct clocks clocks;
    struct told told;
    int64_t record_ms; /* of the newest record */
    struct core *core;
    struct turn *turn;
    struct sim_disk disk;
    bool lost;  /* the journal failed: the gateway must start again */
    bool down;  /* between a crash and the start */
    bool quiet; /* no more faults */
    int64_t floor_ms;
    struct sim_client clients[SIM_CLIENTS];
    unsigned settled;  /* states in which nothing was due */
    unsigned rebirths; /* visitors that came after others in the same place */
    struct sim_packet *packets;
    size_t npackets, packets_cap;
    struct sim_task *tasks;
    size_t ntasks, tasks_cap;
    struct sim_mention *mentions;
    size_t nmentions, mentions_cap;
    struct shadow **shadows;
    size_t nshadows, shadows_cap;
    uint64_t depts[SIM_DEPTS];
    size_t ndepts;
    uint64_t operator_number;
    /* gateway's own commands, to be done after the call that made them */
    struct sim_todo *todo;
    size_t ntodo, todo_cap;
    struct sim_did did;
};

/* clock */
void clock_boot(struct sim *s); /* the machine is on, and the gateway starts on it */
void clock_go_on(struct sim *s, int64_t ms);
void clock_upset(struct sim *s); /* a step of the wall's clock, or a sleep */
void clock_on_record(struct sim *s, struct shadow *sh, const struct rec *rec); /* sh: or NULL */

/* dice */
uint64_t sim_roll(struct sim *s, uint64_t sides);
bool sim_chance(struct sim *s, unsigned percent);

/* The end: prints seed, step and what is wrong. */
void sim_fail(const struct sim *s, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* disk */
void disk_ops(struct sim *s, struct journal_ops *ops);
void disk_complete(struct sim *s, err_t err);
void disk_crash(struct sim *s); /* the batch under way is through or not, nobody hears of it */
void disk_load(struct sim *s, struct core *k);
void disk_fini(struct sim *s);
const struct sim_rec *disk_rec(const struct sim *s, uint64_t pos);

/* shadows and rules */
struct shadow *shadow_find(const struct sim *s, uint64_t conv);
struct shadow *shadow_new(struct sim *s, const struct rec *rec); /* at its first record */
void shadow_apply(struct sim *s, const struct rec *rec, bool live);
void shadow_rebuild(struct sim *s); /* from the disk, after a crash */
void shadow_fini(struct sim *s);
void rules_on_record(struct sim *s, const struct rec *rec);
void rules_when_settled(struct sim *s);
void rules_at_the_end(struct sim *s);
void rules_of_paces(struct sim *s, const struct conv *cv);   /* of one that is open */
struct sim_client *client_of(struct sim *s, uint64_t agent); /* NULL: none of ours */
void rules_of_overflow(struct sim *s, const struct rec *rec, const struct shadow *sh);
void rules_of_offer(struct sim *s, const struct rec *rec, const struct shadow *sh);
bool shadow_waits_for(const struct sim *s, const struct shadow *sh, const struct agent *ag,
                      uint64_t dept);
void rules_of_rounds(struct sim *s, const struct rec *rec, const struct shadow *sh);
uint64_t shadow_overflow(const struct sim *s, const struct shadow *sh); /* where it may go */
void shadow_rounds_end(struct shadow *sh);
void shadow_ask(struct shadow *sh, uint64_t agent);
void shadow_unask(struct shadow *sh, uint64_t agent);
bool shadow_asked(const struct shadow *sh, uint64_t agent);
bool sim_is_free(const struct agent *ag, uint64_t dept, unsigned less);
bool pace_is_next(struct sim *s, const struct agent *b, const struct agent *a);
void rules_of_lists(struct sim *s); /* when settled, now and then */

/* what is left while nobody is there (sim_left.c) */
void shadow_left(struct shadow *sh, const struct rec *rec); /* before its state moves */
void rules_of_left(struct sim *s, const struct rec *rec, const struct shadow *sh,
                   enum conv_state was);
void rules_of_kept(struct sim *s, const struct conv *cv, const struct shadow *sh);
int64_t left_waits_since(const struct conv *cv);
/* Was it told of when it was left, so that being missed is no news? */
bool left_was_told(const struct sim *s, const struct rec *before, const struct rec *missed);

/* visitors who come back (sim_again.c) */
void again_arrive(struct sim *s, const struct sim_client *c, struct sim_request *rq);
uint64_t again_met(const struct sim *s, const struct sim_request *rq); /* as the api finds him */
void shadow_again(struct shadow *sh, const struct rec *rec);
void rules_of_again(struct sim *s, const struct conv *cv, const struct shadow *sh);
/* Is this the one whom it is to be offered to before all others?  NULL: there is none such. */
const struct agent *again_first(const struct sim *s, const struct shadow *sh, uint64_t dept,
                                uint64_t asked_now);

/* chats that are handed on (sim_transfer.c) */
void shadow_transfer(struct sim *s, struct shadow *sh, const struct rec *rec);
void rules_of_transfer(struct sim *s, const struct rec *rec, const struct shadow *sh);
void rules_of_handed(struct sim *s, const struct conv *cv, const struct shadow *sh);

/* ends that can be undone (sim_end.c) */
void shadow_ends(struct sim *s, struct shadow *sh, const struct rec *rec);
void rules_of_ends(struct sim *s, const struct conv *cv, const struct shadow *sh);

/* chats that are opened again (sim_reopen.c) */
void reopen_step(struct sim *s, struct sim_client *c);                            /* an agent */
bool reopen_follow(struct sim *s, struct sim_client *c, const struct shadow *sh); /* a visitor */
void shadow_reopen(struct sim *s, struct shadow *sh, const struct rec *rec);
void rules_of_reopened(struct sim *s); /* when settled */

/* handling time (sim_time.c) */
void shadow_time(struct sim *s, struct shadow *sh, const struct rec *rec); /* it has moved */
void rules_of_times(struct sim *s, const struct conv *cv, const struct shadow *sh);

/* lines that their authors change (sim_edit.c) */
struct span sim_said(const struct rec *rec); /* what a line said first */
void edit_ask(struct sim *s, struct sim_request *rq, const struct conv *cv);
bool edit_fill(const struct sim *s, const struct sim_request *rq, struct cmd *cmd,
               struct rec *line);
void rules_of_edits(struct sim *s, const struct rec *rec, const struct shadow *sh);
void rules_of_edited(struct sim *s); /* when settled */

/* tags and tasks (sim_work.c) */
void work_ask(struct sim *s, struct sim_request *rq); /* about the conversation in it */
void work_fill(const struct sim_request *rq, struct cmd *cmd);
void shadow_work(struct sim *s, struct shadow *sh, const struct rec *rec);
void rules_of_work(struct sim *s, const struct rec *rec, const struct shadow *sh);
void book_task(struct sim *s, const struct rec *rec, bool live);
void rules_of_tasks(struct sim *s); /* when settled */
/* mentions (sim_mention.c) */
void mention_pick(struct sim *s, struct sim_request *rq); /* for a note, or a change of one */
void mention_edit(struct sim *s, struct sim_request *rq); /* of one that mentions somebody */
void mention_fill(const struct sim *s, const struct sim_request *rq, uint64_t *ids,
                  struct cmd *cmd);
void mention_step(struct sim *s, struct sim_client *c); /* an agent has seen one */
void book_mention(struct sim *s, const struct rec *rec, bool live);
void rules_of_mentions(struct sim *s); /* when settled */
/* agents' pictures (sim_pictures.c) */
void picture_step(struct sim *s, uint64_t agent);
void rules_of_pictures(struct sim *s); /* when settled */
/* custom roles (sim_roles.c) */
void roles_step(struct sim *s, uint64_t agent);
void rules_of_roles(struct sim *s); /* when settled */

/* agents who are disabled or deleted (sim_leavers.c) */
void leaver_disable(struct sim *s, uint64_t agent);
void leaver_remove(struct sim *s, struct sim_client *c);
void leavers_find(struct sim *s); /* before its records are read again */
void leavers_after_crash(struct sim *s);
/* rules and skills (sim_skill.c) */
void skill_step(struct sim *s, size_t dept);
/* May he not be asked as one of this department?  Is he one of those who are asked first? */
bool skill_forbids(const struct sim *s, const struct shadow *sh, const struct agent *ag,
                   uint64_t dept);
bool skill_prefers(const struct sim *s, const struct shadow *sh, const struct agent *ag,
                   uint64_t dept);
bool skill_lacks(const struct shadow *sh, const struct agent *ag);
void shadow_skill(struct shadow *sh, const struct rec *rec);
void rules_of_skills(struct sim *s, const struct rec *rec, struct shadow *sh);
void rules_of_ruled(struct sim *s, const struct conv *cv, const struct shadow *sh);
void sim_set(struct sim *s, enum obj_type type, uint64_t id, const char *name, int64_t i,
             const char *text);

/* what rings at several at once (sim_ring.c) */
bool shadow_rings(const struct shadow *sh);
bool shadow_rings_at(const struct shadow *sh, uint64_t agent);
void shadow_ring(struct sim *s, struct shadow *sh, const struct rec *rec, bool live);
/* One is over or taken that rings: the agent of the record is what he should be. */
void shadow_ring_over(struct sim *s, struct shadow *sh, const struct rec *rec);
void shadow_ring_taken(struct sim *s, struct shadow *sh, const struct rec *rec);
void rules_of_ring(struct sim *s, const struct rec *rec, struct shadow *sh);
void rules_of_rung(struct sim *s, const struct conv *cv, const struct shadow *sh); /* settled */
void check_turn(struct sim *s, const struct conv *cv, const struct shadow *sh,
                const struct agent *ag);

/* missed ones (sim_box.c) */
void shadow_box(struct sim *s, struct shadow *sh, const struct rec *rec);
void rules_of_boxes(struct sim *s, const struct rec *rec, const struct shadow *sh);

/* lines */
uint64_t sim_mix(uint64_t a, uint64_t b); /* never 0 */
void client_send(struct sim *s, struct sim_client *c, struct sim_request rq);

/* people */
uint8_t *line_fate(struct sim_client *c, uint64_t k);
void people_begin(struct sim *s);
void people_step(struct sim *s);
void people_receive(struct sim *s); /* what has arrived by now, on both sides */
void people_on_record(struct sim *s, const struct rec *rec);
void people_todo(struct sim *s);
void people_crash(struct sim *s);
void people_drop(struct sim *s, struct sim_client *c);
void people_connect(struct sim *s, struct sim_client *c);
bool people_wait(const struct sim *s); /* something unanswered or on its way */
int64_t people_next_ms(const struct sim *s);
void people_fini(struct sim *s);

/* business hours */
void sim_zones(struct core *k);
const char *sim_zone(struct sim *s);                                         /* one of some */
void sim_hours(struct sim *s, const struct dept *d, char *out, size_t size); /* of a week */
void rules_of_hours(struct sim *s, const struct rec *rec); /* DEPT_HOURS, CONV_RANG */
void rules_of_open(struct sim *s);                         /* when settled */

/* the operator: a step of its own, and what the others need from it */
void operator_command(struct sim *s, struct cmd *cmd, err_t *err, uint64_t *id);
void operator_step(struct sim *s);
void rules_of_canned(struct sim *s);
void rules_of_views(struct sim *s);        /* when settled */
uint64_t operator_add_dept(struct sim *s); /* 0: refused */
uint64_t operator_add_agent(struct sim *s, unsigned index);
void operator_set_member(struct sim *s, uint64_t agent, uint64_t dept, bool chat);

#endif
