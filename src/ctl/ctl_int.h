/* deskbellctl: what its files share.  The command table is in cmds.c. */
#ifndef DESKBELL_CTL_INT_H
#define DESKBELL_CTL_INT_H

#include <jansson.h>

#include "deskbell/span.h"

/* Exit codes, part of the manual. */
enum ctl_exit {
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_USAGE,
    EXIT_NOTFOUND,
    EXIT_CONFLICT,
    EXIT_DENIED,
    EXIT_UNREACHABLE,
    EXIT_TIMEOUT,
    EXIT_PARTLY,
    EXIT_DIFFERS
};

/* What the options said. */
struct ctl_options {
    const char *socket_path;
    const char *conf_path; /* NULL: none given */
    bool json, quiet, yes, dry_run;
    int64_t watch_ms; /* ask and print again so often; 0: once */
};

struct ctl {
    struct ctl_options opt;
    int fd; /* -1: not connected yet */
    struct buf in;
    /* Events that belong to the command under way; NULL: of no interest. */
    void (*on_event)(const json_t *event, void *arg);
    void *on_event_arg;
    json_t *names; /* of departments and agents, by their ids; NULL: not asked for yet */
};

/* How one positional argument becomes a field of the command. */
enum arg_kind {
    ARG_END,
    ARG_TEXT,
    ARG_DEPT,  /* a name or an id */
    ARG_AGENT, /* an e-mail address or an id */
    ARG_ID,    /* of a block or a mail */
    ARG_ROLE,  /* a name or an id, of a custom role */
    ARG_BLOCK,
    ARG_VIEW,     /* an id, an address or a range */
    ARG_CONV,     /* a short number or an id */
    ARG_SETTINGS, /* all that follow: NAME=VALUE, by the gateway's own table */
    ARG_OPTIONS   /* all that follow: NAME=VALUE, as text, of the command itself */
};
struct arg {
    enum arg_kind kind;
    const char *field; /* of the command; for ARG_SETTINGS the table's name */
};

enum cell_kind { CELL_TEXT, CELL_NUMBER, CELL_BOOL, CELL_TIME, CELL_SINCE, CELL_LIST };
struct column {
    const char *title, *key;
    enum cell_kind kind;
};

struct ctl_cmd {
    const char *noun, *verb, *args; /* args as the help shows them */
    int nargs_min, nargs_max;       /* max -1: any number */
    const char *word;               /* the protocol's command */
    struct arg arg[4];
    const char *preset;           /* JSON members that always go along, or NULL */
    const struct column *columns; /* of a list's rows; NULL: print as an object */
    const char *object;           /* the answer's member to print; NULL: the whole */
    const char *confirm;          /* what is lost, with %s for the first argument; NULL: nothing */
    const char *help;
    bool dry_run; /* can say what it would do, and leave it */
    /* What the rows above cannot say; NULL: the common way. */
    enum ctl_exit (*run)(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
};

extern const struct ctl_cmd ctl_cmds[];
extern const size_t ctl_cmds_count;
extern const struct column *const ctl_member_columns, *const ctl_mail_columns;

/* --- client.c: one command to the gateway, one answer back ----------------------------------- */

/*
 * Send a command and wait for its answer.  `fields` is taken.  On EXIT_DONE *ok is the answer's
 * object, the caller's; otherwise the error has been told on stderr.
 */
enum ctl_exit ctl_call(struct ctl *c, const char *word, json_t *fields, json_t **ok);
/* The same, and its answer is printed: as JSON, or as lines unless -q. */
enum ctl_exit ctl_say(struct ctl *c, const char *word, json_t *fields);
void ctl_disconnect(struct ctl *c);

/* Say on stderr what is wrong: "deskbellctl: …". */
void ctl_complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* --- lists.c: lists to their end, and names for ids ------------------------------------------- */

/*
 * Ask for a list page after page; `fields` is taken.  Each page's rows are lent to fn; it ends with
 * the first answer of fn's that is not EXIT_DONE, or with what ctl_call() says.
 */
typedef enum ctl_exit page_fn(const json_t *rows, void *arg);
enum ctl_exit ctl_pages(struct ctl *c, const char *word, json_t *fields, page_fn *page, void *arg);
/* All rows as one list, the caller's. */
enum ctl_exit ctl_rows(struct ctl *c, const char *word, json_t *fields, json_t **rows);

/* What departments and agents are called, by their ids: asked once, owned by c. */
enum ctl_exit ctl_names(struct ctl *c, const json_t **names);
/* Put names in place of the ids of an object's department and agent. */
void ctl_name(const json_t *names, json_t *object);

/* The common way of a row with columns: all there is, or the page that max= or cursor= ask for. */
enum ctl_exit ctl_run_list(struct ctl *c, const struct ctl_cmd *cmd, json_t *fields);

/* --- pairs.c: NAME=VALUE words ------------------------------------------------------------------
 */

/* Put the value among the fields; an error has been told on stderr. */
typedef enum ctl_exit pair_fn(struct ctl *c, const char *name, const char *value, json_t *fields);
pair_fn pair_text, pair_number;

/* The names that a command knows; the one behind the last has none. */
struct pair {
    const char *name;
    pair_fn *take;
};

/* Take them all; after an error `fields` is released. */
enum ctl_exit pairs_take(struct ctl *c, const struct pair *pairs, int argc, char **argv,
                         json_t *fields);

/* --- guess.c ----------------------------------------------------------------------------------
 */

/* A word that is not known, and the nearest that is: show it each, then ask for the text. */
struct guess {
    const char *typed, *best;
    size_t away;
};
#define GUESS_TEXT 80
void guess_look(struct guess *g, const char *known);
/* "; did you mean "list"?", or "" where none is near; gives `out`. */
const char *guess_text(const struct guess *g, char out[GUESS_TEXT]);

/* --- args.c: from words on the command line to fields ------------------------------------------
 */

/* Fill `fields` from the positional arguments, asking the gateway for names.  Complains itself. */
enum ctl_exit args_to_fields(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv,
                             json_t *fields);
/* NAME=VALUE pairs, each by its type in the gateway's table ("portal", "department", "agent"). */
enum ctl_exit settings_to_fields(struct ctl *c, const char *table_name, int argc, char **argv,
                                 json_t *fields);
/* Put into an object what settings_to_fields() would take: 20s for 20000. */
enum ctl_exit settings_as_set(struct ctl *c, const char *table_name, json_t *object);
enum ctl_exit resolve_dept(struct ctl *c, const char *word, char **id);
enum ctl_exit resolve_agent(struct ctl *c, const char *word, char **id);
enum ctl_exit resolve_view(struct ctl *c, const char *word, char **id);

/* input.c: all of a file, or of standard input ("-"), after what is in `out`, which is full where
 * there was more than that; without a mark (U+FEFF) before it.  What cannot be read is complained
 * of and EXIT_USAGE. */
enum ctl_exit input_read(const char *path, size_t max_bytes, struct buf *out);

/* --- print.c ------------------------------------------------------------------------------------
 */

void print_json(const json_t *value);
void print_rows(const json_t *rows, const struct column *columns);
/* The same in parts: the head comes once, columns only grow wider.  Begins as {.columns = ...}. */
#define COLUMNS_MAX 12
struct table {
    const struct column *columns;
    int widths[COLUMNS_MAX];
    bool headed;
};
void table_print(struct table *t, const json_t *rows);
void print_object(const json_t *object);

/* "2026-11-23 15:04:05 +0900" in the local zone, or "-" for 0. */
#define TIME_TEXT 32
void time_format(int64_t ms, char out[TIME_TEXT]);

/* Text of a visitor: control characters would drive the operator's terminal. */
void print_text(const char *s);

/* --- runs.c: the commands that are more than one call --------------------------------------------
 */

enum ctl_exit ctl_run_dept_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
/* The answer as an object, but for its list `cmd->object`, which is a table. */
enum ctl_exit ctl_run_with_rows(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
/* Likewise, and the departments as another. */
enum ctl_exit ctl_run_targets(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_dept_embed(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_dept_remove(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_relay_password(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                     char **argv);
enum ctl_exit ctl_run_relay_test(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_block_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_conv_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_settings(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_status(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_agent_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_backup_restore(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                     char **argv);
enum ctl_exit ctl_run_backup_make(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* help.c */
enum ctl_exit ctl_run_help(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_completion(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_completion_names(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                       char **argv);

/* agent_end.c */
enum ctl_exit ctl_run_agent_end(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
/* picture.c */
enum ctl_exit ctl_run_agent_picture(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                    char **argv);
/* export.c */
enum ctl_exit ctl_run_conv_export(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* search.c */
enum ctl_exit ctl_run_search(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* check.c */
enum ctl_exit ctl_run_check(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_check_files(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
/* Become deskbelld with these arguments, and the configuration that was given. */
enum ctl_exit ctl_run_gateway(struct ctl *c, char *const args[]);

/* outbox.c */
enum ctl_exit ctl_run_outbox_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_outbox_retry(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_outbox_source(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                    char **argv);
/* canned.c */
enum ctl_exit ctl_run_canned_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* token.c */
enum ctl_exit ctl_run_session_end(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_token_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* view.c */
enum ctl_exit ctl_run_view_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_view_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* task.c */
enum ctl_exit ctl_run_mention_list(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_task_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_task_list(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_task_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* template.c */
enum ctl_exit ctl_run_template_list(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                    char **argv);
enum ctl_exit ctl_run_template_show(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                    char **argv);
enum ctl_exit ctl_run_template_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_template_remove(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                      char **argv);
enum ctl_exit ctl_run_template_preview(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                       char **argv);

/* floor.c */
enum ctl_exit ctl_run_floor_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* report.c */
enum ctl_exit ctl_run_report_time(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* hours.c */
enum ctl_exit ctl_run_hours_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_hours_set(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_holiday_list(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_holiday_add(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);
enum ctl_exit ctl_run_holiday_remove(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                     char **argv);
enum ctl_exit ctl_run_holiday_import(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                     char **argv);

/*
 * ics.c: the days of a calendar file, as lines of the setting hours.holidays, appended to out.
 * What is no calendar, or has nothing to take, is complained of and EXIT_USAGE.
 */
#define ICS_MAX_BYTES (1u << 20)
struct ics_left {
    size_t timed, past, cancelled; /* events that were left out */
};
enum ctl_exit ics_holidays(const char *path, const char *text, struct buf *out,
                           struct ics_left *left);

/* The common way: arguments to fields, one call, print. */
enum ctl_exit ctl_run_common(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv);

/* Ask on the terminal, or demand --yes where there is none. */
enum ctl_exit ctl_confirm(const struct ctl *c, const char *what);

#endif
