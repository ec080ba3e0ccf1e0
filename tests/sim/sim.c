/*
 * Runs of the simulator: `sim [--seeds N] [--from SEED] [--steps N] [--file LIST] [-v]`.
 * The seeds of the list (each has failed once) come first.  The first run that breaks a promise
 * ends the program with its seed and step; the same seed breaks it again.
 */
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "deskbell/log.h"
#include "sim.h"

static uint64_t running_seed;
static bool verbose;

uint64_t sim_roll(struct sim *s, uint64_t sides)
{
    uint64_t z = (s->rng += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return z % sides;
}

bool sim_chance(struct sim *s, unsigned percent)
{
    return sim_roll(s, 100) < percent;
}

void sim_fail(const struct sim *s, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "seed %llu, step %u: ", (unsigned long long)s->seed, s->step);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n");
    exit(1);
}

/* ensure() has said what is wrong; the seed is missing in it. */
static void on_abort(int sig)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "seed %llu\n", (unsigned long long)running_seed);

    (void)sig;
    if (len > 0 && write(STDERR_FILENO, text, (size_t)len) != len)
        _exit(2);
    _exit(1);
}

static void on_record(void *arg, const struct rec *rec)
{
    rules_on_record(arg, rec);
    people_on_record(arg, rec);
}

static void on_lost(void *arg, err_t err)
{
    struct sim *s = arg;

    (void)err;
    s->lost = true;
}

/* Out of what is on disk: a first start, or one after a crash. */
static void start(struct sim *s, bool again)
{
    struct turn_ops ops = {.arg = s, .on_record = on_record, .on_lost = on_lost};
    struct turn_options opt = {.checkpoint_records = 20 + (unsigned)sim_roll(s, 200),
                               .checkpoint_ms = 60000,
                               .slice_images = 1 + (unsigned)(s->seed % 8)};

    disk_ops(s, &ops.journal);
    s->core = core_new();
    sim_zones(s->core);
    disk_load(s, s->core);
    leavers_find(s);
    shadow_rebuild(s);
    s->turn = turn_new(s->core, &ops, &opt);
    s->down = s->lost = false;
    clock_boot(s);
    if (!again)
        return;
    s->floor_ms = s->told.now_ms + SIM_FLOOR_MS;
    turn_restart(s->turn, s->told.now_ms, SIM_FLOOR_MS);
}

static void stop(struct sim *s)
{
    s->down = true;
    people_crash(s);
    disk_crash(s);
    turn_free(s->turn);
    core_free(s->core);
    s->turn = NULL;
    s->core = NULL;
}

static void crash(struct sim *s)
{
    s->did.crashes++;
    stop(s);
    /* Down for a moment, or for long. */
    clock_go_on(s, (int64_t)sim_roll(s, sim_chance(s, 10) ? 900000 : 4000));
    start(s, true);
    leavers_after_crash(s);
}

/* Is there nothing that follows from the state by itself?  Only then all promises hold. */
static bool is_settled(struct sim *s)
{
    struct out out = {0};
    bool more = core_settle(s->core, s->told.now_ms, &out);

    out_fini(&out);
    return !more;
}

/* One pass of the gateway's loop. */
static void pass(struct sim *s)
{
    people_receive(s);
    people_todo(s);
    if (s->disk.flight != NULL && s->disk.done_ms <= s->now_ms) {
        bool full = !s->quiet && sim_roll(s, 1000) < 3;

        s->did.full += full;
        disk_complete(s, full ? ERR_FULL : ERR_OK);
    }
    if (s->lost) {
        crash(s);
        return;
    }
    /* The clock of the wall may be behind for a moment. */
    turn_pass_end(s->turn, s->told.now_ms - (!s->quiet && sim_chance(s, 2) ? 4000 : 0));
    if (is_settled(s)) {
        rules_when_settled(s);
        rules_of_lists(s);
    }
}

static void tick(struct sim *s)
{
    int64_t next_ms;

    if (sim_chance(s, 80)) {
        clock_go_on(s, (int64_t)sim_roll(s, 300));
        return;
    }
    next_ms = turn_deadline(s->turn);
    if (next_ms != INT64_MAX && next_ms > s->told.now_ms && next_ms < s->told.now_ms + 120000)
        clock_go_on(s,
                    next_ms - s->told.now_ms - (int64_t)sim_roll(s, 2)); /* just before it, too */
    else
        clock_go_on(s, (int64_t)sim_roll(s, 5000));
}

static void faults(struct sim *s)
{
    if (sim_roll(s, 1000) < 6) {
        crash(s);
    } else if (turn_is_readonly(s->turn) ? sim_chance(s, 10) : sim_roll(s, 1000) < 2) {
        s->did.readonly += !turn_is_readonly(s->turn);
        turn_set_readonly(s->turn, !turn_is_readonly(s->turn));
    }
    if (sim_roll(s, 1000) < 5)
        turn_checkpoint(s->turn);
    if (sim_roll(s, 1000) < 4)
        clock_upset(s);
}

/* Until everybody is connected and has an answer to all that was sent. */
static void calm_down(struct sim *s)
{
    s->quiet = true;
    turn_set_readonly(s->turn, false);
    for (unsigned n = 0; people_wait(s) || !turn_is_idle(s->turn); n++) {
        if (n > 100000)
            sim_fail(s, "somebody waits for an answer for ever");
        clock_go_on(s, 50);
        people_step(s);
        pass(s);
    }
}

/* The visitors leave, time goes on: every chat comes to its end. */
static void empty_out(struct sim *s)
{
    for (unsigned i = SIM_AGENTS; i < SIM_CLIENTS; i++)
        people_drop(s, &s->clients[i]);
    people_todo(s);
    for (unsigned n = 0; n < 250; n++) {
        clock_go_on(s, 30000);
        s->step++;
        people_receive(s);
        turn_pass_end(s->turn, s->told.now_ms);
        while (s->disk.flight != NULL) {
            disk_complete(s, ERR_OK);
            turn_pass_end(s->turn, s->told.now_ms);
        }
    }
    /* What was left: for a department that does not open any more, and then with somebody. */
    for (unsigned n = 0; n < 2; n++) {
        clock_go_on(s, LEFT_KEPT_MS);
        do {
            turn_pass_end(s->turn, s->told.now_ms);
            if (s->disk.flight != NULL)
                disk_complete(s, ERR_OK);
        } while (s->disk.flight != NULL || !is_settled(s));
    }
    rules_when_settled(s);
    rules_at_the_end(s);
}

static const char *const did_words[] = {
    "tagged",        "untagged",       "tasks",     "reminded",    "mentioned", "unmentioned",
    "mentions_read", "mentions_due",   "records",   "offers",      "accepted",  "lapsed",
    "declined",      "returned",       "lines",     "ended",       "missed",    "left",
    "blocked",       "feedback",       "shut",      "mails",       "repeats",   "crashes",
    "drops",         "full",           "readonly",  "checkpoints", "handed",    "came_back",
    "queued_back",   "taken_back",     "assigned",  "taken_over",  "boxed",     "given",
    "undone",        "undone_by_word", "reopened",  "gone_on",     "timed",     "rounds",
    "overflowed",    "taken_there",    "moved",     "stood_aside", "relieved",  "inherited",
    "queued",        "met_again",      "pictures",  "roles",       "halves",    "rung",
    "widened",       "rung_out",       "rung_past", "rung_won",    "ruled",     "relaxed",
    "unskilled",     "steps",          "sleeps"};
_Static_assert(sizeof(struct sim_did) == COUNT_OF(did_words) * sizeof(unsigned long),
               "a word each");

static struct sim_did total;

static void did_add(const struct sim_did *did)
{
    for (size_t i = 0; i < COUNT_OF(did_words); i++)
        ((unsigned long *)&total)[i] += ((const unsigned long *)did)[i];
}

static void did_print(const struct sim_did *did)
{
    for (size_t i = 0; i < COUNT_OF(did_words); i++)
        printf(" %s %lu", did_words[i], ((const unsigned long *)did)[i]);
    printf("\n");
}

/* Over many runs everything must have happened, or they have proved less than they say. */
static int did_check(void)
{
    for (size_t i = 0; i < COUNT_OF(did_words); i++)
        if (((const unsigned long *)&total)[i] == 0) {
            fprintf(stderr, "no %s in all these runs\n", did_words[i]);
            return 1;
        }
    return 0;
}

static void run(uint64_t seed, unsigned steps)
{
    struct sim *s = xcalloc(1, sizeof(*s));

    running_seed = s->seed = seed;
    s->rng = seed * 0x2545f4914f6cdd1du + 1;
    start(s, false);
    people_begin(s);
    turn_pass_end(s->turn, s->told.now_ms);
    disk_complete(s, ERR_OK); /* who is there, is there for good */
    for (s->step = 1; s->step <= steps; s->step++) {
        tick(s);
        people_step(s);
        pass(s);
        faults(s);
    }
    calm_down(s);
    empty_out(s);
    crash(s); /* and once more out of what is on disk */
    did_add(&s->did);
    if (verbose) {
        printf("seed %llu:", (unsigned long long)seed);
        did_print(&s->did);
    }
    stop(s);
    people_fini(s);
    shadow_fini(s);
    disk_fini(s);
    free(s);
}

static unsigned run_file(const char *path, unsigned steps)
{
    FILE *f = fopen(path, "r");
    char text[200];
    unsigned n = 0;

    if (f == NULL) {
        perror(path);
        exit(2);
    }
    while (fgets(text, sizeof(text), f) != NULL) {
        char *end;
        unsigned long long seed = strtoull(text, &end, 10);

        if (end == text || text[0] == '#')
            continue;
        run(seed, steps);
        n++;
    }
    fclose(f);
    return n;
}

int main(int argc, char **argv)
{
    unsigned long seeds = 200, steps = 1000;
    unsigned long long from = 1;
    const char *file = NULL;
    unsigned n = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0)
            verbose = true;
        else if (i + 1 < argc && strcmp(argv[i], "--seeds") == 0)
            seeds = strtoul(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "--from") == 0)
            from = strtoull(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "--steps") == 0)
            steps = strtoul(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "--file") == 0)
            file = argv[++i];
        else {
            fprintf(stderr, "usage: %s [--seeds N] [--from SEED] [--steps N] [--file LIST] [-v]\n",
                    argv[0]);
            return 2;
        }
    }
    crypto_init();
    log_init("sim", LOG_LVL_ERROR);
    signal(SIGABRT, on_abort);
    if (file != NULL)
        n = run_file(file, (unsigned)steps);
    for (unsigned long i = 0; i < seeds; i++)
        run(from + i, (unsigned)steps);
    printf("%lu seeds from %llu and %u that failed once, %lu steps each: clean;", seeds, from, n,
           steps);
    did_print(&total);
    return seeds >= 100 ? did_check() : 0;
}
