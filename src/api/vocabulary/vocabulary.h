/*
 * The vocabulary: what a row of it says about a command, its arguments and its answer.  The rows
 * are in verbs_visitor.c, verbs_agent.c, verbs_tools.c, verbs_work.c and verbs_admin.c; parsing,
 * the OpenAPI document, and the tests that hold deskbell-protocol(7) and all answers against them
 * go by nothing else.
 */
#ifndef VOCABULARY_H
#define VOCABULARY_H

#include "deskbell/cmd.h"
#include "deskbell/core.h"

/* Names on the wire.  What stands under one is said by each command's own row. */
#define ARG_NAMES(X)                                                                               \
    X(ACTION, "action")                                                                            \
    X(ADDRESS, "address")                                                                          \
    X(AFTER, "after")                                                                              \
    X(AGENT, "agent")                                                                              \
    X(AGENTS, "agents")                                                                            \
    X(ALL, "all")                                                                                  \
    X(ANONYMISE, "anonymise")                                                                      \
    X(ASK, "ask")                                                                                  \
    X(BEFORE, "before")                                                                            \
    X(BEFORE_MS, "before_ms")                                                                      \
    X(BEGUN, "begun")                                                                              \
    X(BLOCK, "block")                                                                              \
    X(BOX, "box")                                                                                  \
    X(CANNED, "canned")                                                                            \
    X(CAUSE, "cause")                                                                              \
    X(CHAT, "chat")                                                                                \
    X(CHATS_BACK, "chats_back")                                                                    \
    X(CHATS_TO, "chats_to")                                                                        \
    X(CODE, "code")                                                                                \
    X(COMMENT, "comment")                                                                          \
    X(CONFIRM, "confirm")                                                                          \
    X(CONTACT, "contact")                                                                          \
    X(CONVERSATION, "conversation")                                                                \
    X(CONVERSATIONS, "conversations")                                                              \
    X(CURRENT, "current")                                                                          \
    X(CURSOR, "cursor")                                                                            \
    X(DEPARTMENT, "department")                                                                    \
    X(DEPARTMENTS, "departments")                                                                  \
    X(DRAFT, "draft")                                                                              \
    X(DRY_RUN, "dry_run")                                                                          \
    X(EACH, "each_line")                                                                           \
    X(DUE_MS, "due_ms")                                                                            \
    X(EMAIL, "email")                                                                              \
    X(ERROR, "error")                                                                              \
    X(FILTER, "filter")                                                                            \
    X(FORMAT, "format")                                                                            \
    X(HELD_BY, "held_by")                                                                          \
    X(HOLDER, "holder")                                                                            \
    X(HTML, "html")                                                                                \
    X(INVITE, "invite")                                                                            \
    X(KIND, "kind")                                                                                \
    X(LANG, "lang")                                                                                \
    X(LAST, "last")                                                                                \
    X(LEVEL, "level")                                                                              \
    X(LINE, "line")                                                                                \
    X(LINES, "lines")                                                                              \
    X(LINK, "link")                                                                                \
    X(LIST, "list")                                                                                \
    X(MAIL, "mail")                                                                                \
    X(MAX, "max")                                                                                  \
    X(MENTION, "mention")                                                                          \
    X(MENTIONS, "mentions")                                                                        \
    X(N, "n")                                                                                      \
    X(NAME, "name")                                                                                \
    X(NOTIFY, "notify")                                                                            \
    X(TIER, "tier")                                                                                \
    X(OF, "of")                                                                                    \
    X(OFFSET, "offset")                                                                            \
    X(OK, "ok")                                                                                    \
    X(ORDER, "order")                                                                              \
    X(PAGE, "page")                                                                                \
    X(PASSWORD, "password")                                                                        \
    X(PERMISSIONS, "permissions")                                                                  \
    X(PHONE, "phone")                                                                              \
    X(PICTURE, "picture")                                                                          \
    X(PREFIX, "prefix")                                                                            \
    X(PREVIOUS, "previous")                                                                        \
    X(SECONDS, "seconds")                                                                          \
    X(PREVIOUS_TOKEN, "previous_token")                                                            \
    X(QUESTION, "question")                                                                        \
    X(RATING, "rating")                                                                            \
    X(REFERRER, "referrer")                                                                        \
    X(ROLE, "role")                                                                                \
    X(SCOPE, "scope")                                                                              \
    X(SEQ, "seq")                                                                                  \
    X(SESSION, "session")                                                                          \
    X(SINCE, "since")                                                                              \
    X(SINCE_DAYS, "since_days")                                                                    \
    X(SINCE_MS, "since_ms")                                                                        \
    X(STATE, "state")                                                                              \
    X(STATUS, "status")                                                                            \
    X(SHORTCUT, "shortcut")                                                                        \
    X(SUBJECT, "subject")                                                                          \
    X(TAG, "tag")                                                                                  \
    X(TASK, "task")                                                                                \
    X(TASKS_BACK, "tasks_back")                                                                    \
    X(TASKS_TO, "tasks_to")                                                                        \
    X(TEXT, "text")                                                                                \
    X(TICKET, "ticket")                                                                            \
    X(TITLE, "title")                                                                              \
    X(TO, "to")                                                                                    \
    X(TOKEN, "token")                                                                              \
    X(TOPIC, "topic")                                                                              \
    X(UNDO, "undo")                                                                                \
    X(UNTIL_MS, "until_ms")                                                                        \
    X(VERSION, "version")                                                                          \
    X(VIEW, "view")                                                                                \
    X(WAS, "was")                                                                                  \
    X(WITHOUT_KEYS, "without_keys")                                                                \
    X(WITH_NOTES, "with_notes")

enum arg_name {
#define X(name, word) ARG_##name,
    ARG_NAMES(X)
#undef X
        ARG_COUNT
};
const char *arg_word(enum arg_name name);

/*
 * ARGT_RAW      one line in bytes, looked at closer by the command
 * ARGT_CUT      a line that is cut to its limit, not refused: people do not type it
 * ARGT_URL      likewise, in bytes: dropped where it is too long, for half an address is none
 * ARGT_CURSOR   an id, or null for the first page
 * ARGT_TOLD     lines of a dialogue as the dispatcher tells them, ARGT_OBJECT what it answers: both
 *               go on to whoever asked as they are
 */
enum arg_type {
    ARGT_ID,
    ARGT_IDS,
    ARGT_SEQS, /* a list of lines' numbers; into the same place as ids */
    ARGT_MEMBERS,
    ARGT_INT,
    ARGT_BOOL,
    ARGT_RAW,
    ARGT_LINE,
    ARGT_MAILBOX,
    ARGT_CUT,
    ARGT_TEXT,
    ARGT_URL,
    ARGT_SECRET,
    ARGT_CURSOR,
    ARGT_TOLD,
    ARGT_OBJECT
};

/* One argument of one command. */
struct arg {
    enum arg_name name;
    enum arg_type type;
    bool needed;
    int64_t min,
        max; /* ARGT_INT: range; lists: items; texts: characters, ARGT_RAW and URL: bytes */
    const char *help; /* English, a few words; NULL: the end of a list */
};

#define ARGS(...)                                                                                  \
    (const struct arg[])                                                                           \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            .help = NULL                                                                           \
        }                                                                                          \
    }
#define MUST(name, type, min, max, help)                                                           \
    {                                                                                              \
        ARG_##name, ARGT_##type, true, min, max, help                                              \
    }
#define MAY(name, type, min, max, help)                                                            \
    {                                                                                              \
        ARG_##name, ARGT_##type, false, min, max, help                                             \
    }
#define MUST_ID(name, help) MUST(name, ID, 0, 0, help)
#define MAY_ID(name, help) MAY(name, ID, 0, 0, help)
#define MAY_FLAG(name, help) MAY(name, BOOL, 0, 0, help)
#define MUST_WORD(name, max, help) MUST(name, RAW, 1, max, help)
#define MAY_WORD(name, max, help) MAY(name, RAW, 1, max, help)
#define PAGE_ARGS MAY(CURSOR, CURSOR, 0, 0, "where to go on"), MAX_ARG
#define TAG_ARG(may) may(TAG, LINE, 1, TAG_MAX_CODEPOINTS, "a tag, however it is written")
#define MAX_ARG MAY(MAX, INT, 1, LINES_MAX, "at most so many")

typedef const struct setting *settings_fn(size_t *count);

/* What stands in an answer. */
enum shape_type {
    SHAPE_TEXT,
    SHAPE_NUMBER,
    SHAPE_NUMBER_OR_NULL,
    SHAPE_FLAG,
    SHAPE_ID,
    SHAPE_ID_OR_NULL,
    SHAPE_POS, /* of the journal, as a string of digits, "0" too */
    SHAPE_TEXTS,
    SHAPE_IDS,
    SHAPE_NUMBERS, /* an object of numbers, by words */
    SHAPE_THING,   /* an object: see `of` */
    SHAPE_THINGS,  /* a list of such */
    SHAPE_SETTINGS /* each setting of the table but templates, under its own name */
};

struct shape;
struct shape_row {
    const char *name; /* NULL: the end of a list */
    enum shape_type type;
    bool maybe; /* may be left out */
    const struct shape *of;
    settings_fn *settings;
};

/* An object that stands in several answers, by its name in the OpenAPI document. */
struct shape {
    const char *name;
    bool open; /* somebody else's: there may be more in it */
    const struct shape_row *rows;
};

#define SHAPE(...)                                                                                 \
    (const struct shape_row[])                                                                     \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            .name = NULL                                                                           \
        }                                                                                          \
    }
#define HAS(word, kind)                                                                            \
    {                                                                                              \
        .name = word, .type = SHAPE_##kind                                                         \
    }
#define MAYBE(word, kind)                                                                          \
    {                                                                                              \
        .name = word, .type = SHAPE_##kind, .maybe = true                                          \
    }
#define HAS_THING(word, shape)                                                                     \
    {                                                                                              \
        .name = word, .type = SHAPE_THING, .of = &shape_##shape                                    \
    }
#define HAS_THINGS(word, shape)                                                                    \
    {                                                                                              \
        .name = word, .type = SHAPE_THINGS, .of = &shape_##shape                                   \
    }
#define MAYBE_THING(word, shape)                                                                   \
    {                                                                                              \
        .name = word, .type = SHAPE_THING, .maybe = true, .of = &shape_##shape                     \
    }
#define MAYBE_THINGS(word, shape)                                                                  \
    {                                                                                              \
        .name = word, .type = SHAPE_THINGS, .maybe = true, .of = &shape_##shape                    \
    }
#define HAS_SETTINGS(table)                                                                        \
    {                                                                                              \
        .name = "", .type = SHAPE_SETTINGS, .settings = table                                      \
    }

/* shapes.c */
extern const struct shape shape_head, shape_line, shape_visitor_line, shape_earlier, shape_mail,
    shape_mail_whole, shape_cause, shape_me, shape_portal_short, shape_colleague, shape_dept_short,
    shape_offer, shape_notice, shape_dept, shape_dept_whole, shape_agent, shape_portal, shape_block,
    shape_setting, shape_placeholder, shape_outbox, shape_template, shape_diagnosis, shape_told,
    shape_canned, shape_finding, shape_floor, shape_found, shape_search_state, shape_target_agent,
    shape_target_dept, shape_passed_agent, shape_rung, shape_token, shape_session, shape_draft,
    shape_tag_count, shape_worked, shape_dept_name, shape_role, shape_permission, shape_task,
    shape_candidate, shape_saved, shape_mention;
const struct shape *const *shapes_all(size_t *count);

/* Who may send it. */
#define AS_VISITOR BIT(0)
#define AS_AGENT BIT(1)
#define AS_CONTROL BIT(2)
#define AS_DOOR BIT(3) /* HTTP, by anybody: signing in */
#define AS_SELF BIT(4) /* HTTP, by whoever is signed in: his session */

struct call;

struct verb {
    const char *word;
    unsigned as;            /* AS_… */
    const struct arg *args; /* NULL: none */
    void (*run)(struct call *c);
    enum cmd_type type;             /* for those that are one command of the core's */
    settings_fn *settings;          /* the other fields are settings of this table */
    const struct shape_row *answer; /* NULL: an empty object */
    bool open;                      /* the answer is the dispatcher's: there may be more in it */
    bool silent;                    /* has no answer */
};

#define COMMAND(word_, as_, type_, run_, ...)                                                      \
    {                                                                                              \
        .word = word_, .as = as_, .type = CMD_##type_, .run = run_, __VA_ARGS__                    \
    }
/* A question, or something that is not one command of the core's. */
#define QUERY(word_, as_, run_, ...) COMMAND(word_, as_, COUNT, run_, __VA_ARGS__)

extern const struct verb visitor_verbs[], agent_verbs[], tools_verbs[], work_verbs[], admin_verbs[];
extern const size_t visitor_verbs_count, agent_verbs_count, tools_verbs_count, work_verbs_count,
    admin_verbs_count;

const struct verb *verb_find(struct span word, unsigned as);           /* NULL: there is none */
const struct verb *verb_next(size_t *at);                              /* each; *at begins at 0 */
const struct arg *verb_arg(const struct verb *verb, const char *word); /* NULL: it has none */

#endif
