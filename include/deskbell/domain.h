/*
 * The things that the rules are about: portal, departments, agents, sessions, blocks,
 * conversations and canned replies.  Everybody above core may read these; only core_fold() writes
 * them.
 */
#ifndef DESKBELL_DOMAIN_H
#define DESKBELL_DOMAIN_H

#include "deskbell/crypto.h"
#include "deskbell/ipaddr.h"
#include "deskbell/limits.h"

#define CODE_BYTES 16 /* a department code: 128 random bits, base64url */
#define CODE_TEXT 23  /* with NUL */

enum lang { LANG_EN, LANG_JA, LANG_COUNT };

/* Words on the wire for the enums below; NULL over the end.  parse: false if unknown. */
const char *lang_word(enum lang lang); /* "en", "ja" */
bool lang_parse(struct span word, enum lang *lang);

/* Numbers are on disk: append only. */
enum obj_type {
    OBJ_NONE,
    OBJ_PORTAL,
    OBJ_DEPT,
    OBJ_AGENT,
    OBJ_SESSION,
    OBJ_BLOCK,
    OBJ_CONV,
    OBJ_CANNED,
    OBJ_ROLE,
    OBJ_TASK,
    OBJ_SAVED,
    OBJ_MENTION
};
#define OBJ_TYPE_COUNT (OBJ_MENTION + 1)

/* Who acts.  `id`: the agent's; the conversation's for a visitor; 0 otherwise. */
enum principal_kind { BY_SYSTEM, BY_OPERATOR, BY_AGENT, BY_VISITOR };
struct principal {
    enum principal_kind kind;
    uint64_t id;
    uint64_t session; /* BY_AGENT: the session that it came by; 0: none */
};

/* mail settings */

/* SPEC MAIL-1 to MAIL-6, in this order. */
enum mail_setting {
    MAILSET_FROM,
    MAILSET_TRANSCRIPT,
    MAILSET_BLOCK,
    MAILSET_FEEDBACK,
    MAILSET_MISSED,
    MAILSET_COPY,
    MAILSET_COUNT
};
const char *mail_setting_word(enum mail_setting which); /* "from", "transcript", … */

struct mail_setting_value {
    bool on;
    char *addrs; /* normalised list (mailbox.h), or ""; kept while off */
};

/* The mails that the rules order. */
enum mail_kind {
    MAIL_TRANSCRIPT,
    MAIL_BLOCK,
    MAIL_FEEDBACK,
    MAIL_MISSED,
    MAIL_COPY,
    MAIL_REPLY,
    MAIL_FORWARD,
    MAIL_INVITATION,
    MAIL_RESET,
    MAIL_TASK,
    MAIL_MENTION, /* numbers are on disk: append only */
    MAIL_KIND_COUNT
};
const char *mail_kind_word(enum mail_kind kind);

/* templates of mails */

/* The mails that have templates; numbers are on disk: append only. */
enum template_kind {
    TEMPLATE_TRANSCRIPT,
    TEMPLATE_BLOCK,
    TEMPLATE_FEEDBACK,
    TEMPLATE_MISSED,
    TEMPLATE_COPY,
    TEMPLATE_REPLY,
    TEMPLATE_FORWARD,
    TEMPLATE_TEST,
    TEMPLATE_DIGEST,
    TEMPLATE_INVITATION, /* these four the portal's alone */
    TEMPLATE_RESET,
    TEMPLATE_TASK,
    TEMPLATE_MENTION,
    TEMPLATE_KIND_COUNT
};
const char *template_kind_word(enum template_kind kind); /* "transcript", "block", … */
bool template_kind_parse(struct span word, enum template_kind *kind);

enum template_part { TEMPLATE_SUBJECT, TEMPLATE_TEXT, TEMPLATE_HTML, TEMPLATE_PART_COUNT };
const char *template_part_word(enum template_part part); /* "subject", "text", "html" */

/* Those that the portal or a department has of its own; NULL: none of that kind. */
struct templates {
    char *text[TEMPLATE_KIND_COUNT][LANG_COUNT][TEMPLATE_PART_COUNT];
};

/* Empty if there is none; t may be NULL: there are none at all.  Borrowed. */
struct span template_get(const struct templates *t, enum template_kind kind, enum lang lang,
                         enum template_part part);

enum relay_tls { RELAY_NONE, RELAY_STARTTLS, RELAY_TLS }; /* the last: from the start */
enum relay_auth { RELAY_AUTH_PASSWORD, RELAY_AUTH_XOAUTH2 };

/* portal */

struct portal {
    char *name;
    enum lang lang;
    char *zone; /* an IANA name */
    char *from; /* From of departments without one of their own; "" until set */
    char *relay_host;
    uint16_t relay_port;
    enum relay_tls relay_tls;
    enum relay_auth relay_auth;
    char *relay_user;   /* "": no authentication */
    char *relay_secret; /* base64url of password or token, sealed for the dispatcher; "" none */
    uint32_t grace_ms;  /* a dropped agent's chats stay this long */
    uint32_t visitor_grace_ms;   /* a dropped visitor's chat stays this long */
    bool transfer_between;       /* chats may be handed on to another department */
    char *skills;                /* that agents may have, with commas between them */
    uint32_t factor_roles;       /* BIT(enum role): who needs a second factor to sign in */
    struct templates *templates; /* NULL: none of its own */
    uint64_t conv_number;        /* the last short number given */
};

/* departments */

/* A relay of a department's own, as the portal's. */
struct dept_relay {
    bool own; /* off: the portal's; the rest is kept */
    char *host;
    uint16_t port;
    enum relay_tls tls;
    enum relay_auth auth;
    char *user, *secret;
};

/* Business hours, as texts: deskbell-settings(7) says how they look. */
struct dept_hours {
    char *week;            /* "": always open */
    char *zone;            /* an IANA name; "": the portal's */
    char *holidays;        /* closed on these */
    char *days;            /* with hours of their own */
    uint32_t last_chat_ms; /* no chat begins so long before closing */
    /* Kept by fold, out of DEPT_HOURS. */
    bool shut;        /* takes no chats now */
    int64_t look_ms;  /* when this may change; 0: now */
    int64_t opens_ms; /* while shut: when it takes chats again; 0: nobody knows */
};

enum dept_type { DEPT_PUBLIC, DEPT_PRIVATE };
/*
 * On disk: append only.  TIERS: the least busy of the first tier that has somebody free.  RING_ALL:
 * all who are free at once, the least busy RUNG_MAX of them, and the first who accepts has it.
 */
enum dept_strategy { STRATEGY_LEAST_BUSY, STRATEGY_ROUND_ROBIN, STRATEGY_TIERS, STRATEGY_RING_ALL };
enum offline_mode { OFFLINE_FORM, OFFLINE_HIDE };

enum prechat_field { FIELD_NAME, FIELD_EMAIL, FIELD_PHONE, FIELD_QUESTION, FIELD_COUNT };
enum prechat_need { NEED_NO, NEED_ASK, NEED_MUST };

struct dept {
    uint64_t id;
    char *name, *description;
    enum dept_type type;
    char code[CODE_TEXT]; /* private ones have one too; only public ones are found by it */
    bool enabled, chat_on, deleted;
    enum lang lang;     /* the first of those that it speaks */
    uint32_t languages; /* those, as bits */
    /* Whichever is empty stands in dept_text()'s. */
    char *greeting[LANG_COUNT], *offline_text[LANG_COUNT]; /* "": the built-in text */
    char *title[LANG_COUNT];                               /* over the widget; "": the name */
    char *label[FIELD_COUNT][LANG_COUNT];                  /* of a field; "": the built-in one */
    enum offline_mode offline;
    char colour[8]; /* "#rrggbb" */
    bool at_start;  /* the bubble at the line's start instead of its end */
    enum prechat_need fields[FIELD_COUNT];
    char *rules;   /* which skills a chat wants: one a line, see deskbell-settings(7) */
    char *origins; /* allowed website origins joined by blanks; "": any */
    enum dept_strategy strategy;
    uint32_t queue_max;
    uint32_t offer_ms, wait_ms;
    uint32_t idle_ms;      /* a silent chat ends after this; 0: never */
    uint32_t transfer_ms;  /* one handed on waits so long for a taker, then it comes back */
    uint32_t pause_ms;     /* before those who were asked are asked again; doubles each time */
    uint32_t pause_max_ms; /* and goes no higher */
    uint64_t overflow;     /* who waits long may also go to this department; 0: to none */
    uint32_t overflow_ms;  /* after so long */
    bool auto_accept;
    bool left_routed; /* what is left while nobody is there is routed once it opens */
    bool last_agent;  /* who comes back is offered to the one whom he spoke with last, if free */
    bool show_eta;
    struct dept_hours hours;
    struct mail_setting_value mail[MAILSET_COUNT];
    struct dept_relay relay;
    struct templates *templates; /* NULL: none of its own */
    /* Kept by fold. */
    uint32_t waiting_count, active_count; /* waiting counts offered ones too */
    uint32_t left_count, left_waiting;    /* left ones: kept until it opens; among the waiting */
    uint64_t completed_count, missed_count;
    uint64_t answered_count, put_away_count; /* of the missed ones */
    uint32_t wait_mean_ms;                   /* of about the last twenty accepts; 0: none yet */
};

/* Visitors who read another language get its first one. */
bool dept_speaks(const struct dept *d, enum lang lang);
/*
 * One of its texts, such as greeting, for who reads lang: where it has none, or does not speak
 * lang, that of its first language.  "" where there is neither.  Borrowed.
 */
const char *dept_text(const struct dept *d, char *const texts[LANG_COUNT], enum lang lang);

/* agents */

enum role { ROLE_AGENT, ROLE_ADMIN, ROLE_LIGHT, ROLE_CUSTOM };
enum scope { SCOPE_ALL, SCOPE_OWN_UNASSIGNED, SCOPE_OWN_TEAM_UNASSIGNED };
enum agent_status { STATUS_OFFLINE, STATUS_AVAILABLE, STATUS_BUSY, STATUS_AWAY };

const char *role_word(enum role role);                   /* "agent", "admin", "light", "custom" */
const char *scope_word(enum scope scope);                /* "all", "own", "team" */
const char *agent_status_word(enum agent_status status); /* "offline", "available", … */

struct member {
    uint64_t dept;
    bool chat, notify; /* AGT-6 */
    uint8_t tier;      /* with STRATEGY_TIERS: the lower ones are asked first; from 0 on */
};

/* Why something came to its end, or went on. */
enum why {
    WHY_NONE,
    WHY_AGENT,    /* an agent ended it */
    WHY_VISITOR,  /* the visitor ended it, or left the queue */
    WHY_IDLE,     /* silence */
    WHY_GONE,     /* the visitor's or agent's connection did not come back in time */
    WHY_WAIT,     /* nobody answered in time */
    WHY_NOBODY,   /* nobody was there when it was left */
    WHY_DECLINED, /* the agent declined the offer */
    WHY_LAPSED,   /* the agent let the offer lapse */
    WHY_STATUS,   /* the agent is no longer available, or lost the right */
    WHY_BLOCKED,  /* the visitor was blocked */
    WHY_DEPT,     /* the department was deleted or disabled */
    WHY_TOOBIG,   /* CONV_LINES_MAX reached */
    WHY_BACK,     /* it went back to where it was handed on */
    WHY_COUNT
};
const char *why_word(enum why why); /* "agent", "visitor", "idle", … */

/* What the console's sounds are like.  On disk: append only. */
enum tone { TONE_CHIME, TONE_BELL, TONE_WOOD, TONE_COUNT };
const char *tone_word(enum tone tone); /* "chime", "bell", "wood" */

/* Does a task of his that is due, or a mention, come by mail?  On disk: append only. */
enum task_mail { TASK_MAIL_NO, TASK_MAIL_AWAY, TASK_MAIL_ALWAYS };
#define TASK_MAIL_COUNT (TASK_MAIL_ALWAYS + 1)
const char *task_mail_word(enum task_mail mail); /* "no", "away": where no console is open, … */

/* How an agent is told of what comes. */
struct alerts {
    uint32_t volume; /* in percent */
    enum tone tone;
    enum task_mail tasks, mentions;
    uint32_t mentions_ms; /* so long a mention is unread before it does */
    char *quiet; /* hours of a week, as business hours are written: neither sound nor desktop */
};

struct agent {
    uint64_t id;
    char *name, *email, *phone;
    uint64_t email_hash; /* of the lower-cased address; unique */
    enum role role;
    enum scope scope;
    uint32_t permissions; /* BIT(enum permission), for ROLE_CUSTOM and the optional ones */
    bool enabled, deleted;
    enum lang lang;
    uint32_t capacity;
    char password[PASSWORD_HASH_BYTES]; /* "": none yet */
    uint8_t link_hash[HASH_BYTES];      /* one-time link to set the password */
    int64_t link_until_ms;              /* 0: no link */
    int64_t link_ms;                    /* when it was made */
    uint64_t link_mail;                 /* the mail that it went by; 0: by hand */
    struct member *members;             /* sorted by dept */
    size_t nmembers;
    /* Kept by fold. */
    enum agent_status status; /* as chosen, or as follows; survives a restart */
    enum why status_why;      /* WHY_NONE: chosen; WHY_LAPSED: away after offers lapsed in a row */
    int64_t status_ms;        /* since when; 0: not known */
    bool connected;
    int64_t gone_ms;       /* when the last connection dropped; 0 while connected */
    uint32_t active_count; /* chats held */
    uint32_t offer_count;  /* places reserved by offers */
    int64_t idle_since_ms; /* when the last chat ended or was accepted: for fairness */
    uint32_t lapsed_count; /* offers lapsed in a row */
    uint64_t offered_pos;  /* of the last offer that was made to him: for taking turns */
    /* Hashes of the addresses that the newest sessions were opened from, newest first; 0: none. */
    uint64_t known_from[KNOWN_FROM_MAX];
    char *extension, *mobile; /* "": none */
    char *note;               /* about him, for administrators alone */
    char *signature;          /* below answers by e-mail; "": name and department */
    char *zone;               /* of the console: an IANA name; "": the browser's */
    struct alerts alerts;
    char *skills; /* with commas between them; those of the portal count */
    char *keys;   /* of the console, where they are his own: "accept=Alt+KeyB …" */
    /* The second factor: its secret, which only the gateway opens; "": there is none. */
    char *factor;
    int64_t factor_ms;                 /* since when */
    int64_t factor_step;               /* the newest period of which a code was taken */
    uint64_t recovery[RECOVERY_CODES]; /* hashes of the codes that are left, for once each */
    size_t nrecovery;
    bool anonymised;      /* of a deleted one: the name stands for another */
    uint64_t custom_role; /* whose permissions these are; 0: his own */
    /* By what his picture is asked for, and the record whose body it is; 0: he has none. */
    uint64_t picture[2], picture_pos;
};

/* A named set of permissions for ROLE_CUSTOM. */
struct custom_role {
    uint64_t id;
    char *name;
    uint32_t permissions; /* BIT(enum permission) */
    uint32_t version;     /* from 1 on, one more with each change */
    uint64_t by;          /* who changed it last: an agent, or 0 for the operator */
    int64_t changed_ms;
};

/*
 * What a program's token may, of what its agent may: BIT(enum permission), and these two.  To see
 * what the agent sees, a token needs none of them.
 */
#define TOKEN_ADMIN BIT(30) /* what administrators alone may */
#define TOKEN_SELF BIT(31)  /* what is the agent's own: status, profile, what he keeps */

/* A way in: a browser's session, or an API token, which is kept when it has run out. */
struct session {
    uint64_t id, agent;
    uint8_t token_hash[HASH_BYTES];
    int64_t since_ms, until_ms; /* a token's until 0: for good */
    bool is_token;
    uint32_t permissions; /* a token's: see above */
    char *name;           /* a token's; else "" */
    char *browser;        /* what opened it, as it says itself; "": not known */
    struct ipaddr ip;     /* and where; all zero: not known */
    int64_t used_ms;      /* of a use, SESSION_USED_MS behind the last one at most; 0: never */
};

/* blocks */

struct block {
    uint64_t id;
    struct ipprefix prefix;
    char *reason;
    uint64_t by;                /* agent, or 0 for the operator */
    uint64_t conv;              /* from which conversation; 0: none */
    uint64_t dept;              /* that conversation's department; 0: none */
    int64_t since_ms, until_ms; /* until 0: for good */
};

/* conversations */

enum conv_state {
    CONV_LEFT, /* nobody was there: it is kept until somebody is, or missed at once */
    CONV_WAITING,
    CONV_OFFERED,
    CONV_ACTIVE,
    CONV_ENDED,
    CONV_MISSED,
    CONV_STATE_COUNT
};
const char *conv_state_word(enum conv_state state); /* "left", "waiting", … */

/*
 * A missed conversation waits for somebody to answer it: where it lies.  It is answered by a mail,
 * by a new chat of the same visitor, or when somebody says so.
 */
enum box { BOX_NONE, BOX_TO_ANSWER, BOX_ANSWERED, BOX_PUT_AWAY, BOX_COUNT };
const char *box_word(enum box box); /* "to-answer", "answered", "put-away"; NULL for none */
bool box_parse(struct span word, enum box *box);

/*
 * What routing thought of an assignment (RTE-11): how many others were passed over, and why.  On
 * disk: append only.
 */
enum passed {
    PASSED_OFFLINE,
    PASSED_STATUS,
    PASSED_FULL,
    PASSED_ASKED,
    PASSED_BUSIER,
    PASSED_UNMET, /* free, and not the one whom the visitor knows */
    PASSED_RUNG,  /* it rang at him, too, and another was first */
    PASSED_SKILL, /* free, without the skills that its rule names */
    PASSED_COUNT
};

/* A word that agents put to a conversation. */
struct conv_tag {
    char *text;    /* as it was written */
    char *key;     /* the same for all that people take for the same word */
    uint64_t hash; /* tag_hash() of the key */
};

/* How long a conversation was in an agent's hands, up to when it last left them. */
struct conv_time {
    uint64_t agent;
    uint64_t dept; /* where he had it last */
    int64_t ms;
    bool corrected; /* by hand, since */
};

struct passed_agent {
    uint64_t agent;
    enum passed why;
};

/* One of those at whom a conversation rings at once. */
struct rung {
    uint64_t agent;
    bool late; /* he came to it while it rang: to let it pass is no offer missed */
};

/* Why whoever is asked, or has it, is the one.  On disk: append only. */
enum chosen {
    CHOSEN_NONE,       /* nobody is, or it was before this was kept */
    CHOSEN_LEAST_BUSY, /* by its department's strategy */
    CHOSEN_TURN,       /* likewise */
    CHOSEN_TIER,       /* likewise */
    CHOSEN_NAMED,      /* it was handed to him by name */
    CHOSEN_HAND,       /* he took it himself, or somebody gave it to him */
    CHOSEN_BACK,       /* he had it before, and nobody else took it */
    CHOSEN_LAST,       /* he is whom the visitor spoke with last */
    CHOSEN_RING,       /* by its department's strategy: it rings at all, or he was first */
    CHOSEN_COUNT
};
const char *chosen_word(enum chosen how); /* "none", "least-busy", "turn", … */

struct conv {
    uint64_t id;
    uint64_t number; /* short, for people */
    uint64_t dept;   /* that holds it now */
    uint64_t entry;  /* public department that the visitor entered by */
    enum conv_state state;
    enum why why;        /* of its end */
    uint64_t agent;      /* offered to, held by, or last held by; 0: none, or it rings at all */
    enum lang lang;      /* the visitor's */
    int64_t rang_ms;     /* the visitor's ring */
    int64_t since_ms;    /* in this state since */
    int64_t queued_ms;   /* one that was left came to wait then, or was taken; 0 */
    int64_t returned_ms; /* came back to the queue: goes before all that never left it; 0 */
    int64_t offer_until_ms, wait_until_ms; /* deadlines; 0: none */
    int64_t spoke_ms;                      /* last public line by a person */
    int64_t ended_ms;
    int64_t ending_ms;                 /* an agent has ended it: it ends then; 0 */
    uint64_t ending_by;                /* …this one, who may undo it until then */
    uint64_t last_pos;                 /* journal position of its last record */
    uint32_t seq;                      /* last number over everything in it */
    uint32_t n;                        /* last public line's number */
    uint32_t seen_visitor, seen_agent; /* up to which n each side has seen */
    uint32_t message_count;
    uint32_t last_seq;     /* of the line that last_text is of, while it is open; 0 */
    uint32_t mailed_count; /* answers by e-mail */
    bool visitor_last;     /* the visitor rang or spoke last: unreplied */
    bool visitor_here;     /* has a connection */
    bool left;             /* it was left, and its visitor has not talked to its agent */
    int64_t visitor_gone_ms;
    uint8_t rating; /* 1 to 5; 0: none */
    bool commented, copy_asked, greeted;
    bool unanswered; /* by an agent, in it or by mail; off in those of before it was noted */
    int64_t feedback_until_ms; /* until then what was given may be given anew */
    uint32_t feedback_count;   /* how often it was, counted while it may */
    struct ipaddr ip;
    uint64_t *asked; /* agents asked in this round, in order */
    size_t nasked;
    uint32_t rule;           /* of its department, by which it waits or waited; 0: none */
    bool strict;             /* those alone are asked who have the rule's skills… */
    int64_t strict_until_ms; /* …until then; 0: it never was */
    char *skills;            /* with commas between them; never NULL */
    struct rung *rung;       /* at whom it rings; once one of them has it, at whom it rang */
    size_t nrung;
    uint64_t overflow;             /* the department that it may also go to by now; 0: none */
    uint64_t offered_by;           /* while it is offered: by that one's agents; 0: by its own */
    uint32_t rounds;               /* how often they were asked anew since it came to wait */
    uint32_t passed[PASSED_COUNT]; /* at the last offer */
    struct passed_agent *others;   /* the first of those, by name */
    size_t nothers;
    enum chosen how;
    uint64_t previous;             /* the conversation that this one goes on from; 0 */
    uint64_t previous_number;      /* its number, if an agent opened that one again as this; 0 */
    uint64_t next, next_number;    /* as which an agent opened this one again, last; 0 */
    uint64_t met;                  /* who of this department spoke with him last before; 0 */
    uint64_t spoke_by;             /* the last agent who wrote in it while in `entry`; 0 */
    uint64_t handed_by;            /* who held it when it was handed on last; 0: it never was */
    uint64_t handed_dept;          /* handed on from there, and nobody has taken it yet; 0 */
    uint64_t handed_to;            /* …to this agent alone; 0: to the department */
    enum box box;                  /* where it was put; BOX_NONE: nobody has, see conv_box() */
    uint64_t box_by;               /* the agent who answered it, or put it there; 0: nobody */
    uint64_t box_conv, box_number; /* the later chat that answered it; 0: none did */
    int64_t box_ms;                /* when it was put there */
    bool box_mailed;               /* a mail answered it */
    uint64_t given; /* to whom a missed one was given to answer; 0: see core_given() */
    /* Copies for display out of bodies, gone when those are erased; never NULL. */
    char *name, *email, *phone, *question, *page, *title, *referrer, *agent_string, *last_text,
        *handed_note;        /* for whoever takes it */
    struct conv_time *times; /* in the order in which they had it first */
    size_t ntimes;
    bool timed;            /* it is noted; off in those of before it was */
    uint64_t timed_by;     /* whose runs at the moment… */
    int64_t timed_ms;      /* …since then, which is not in `times` yet; 0: nobody's */
    struct conv_tag *tags; /* in the order in which they came */
    size_t ntags;
    struct recent *recent; /* the newest commands' ids, for repeats; core's own */
};

/* canned replies */

#define LANG_ANY LANG_COUNT /* a canned reply's language: for whatever the visitor speaks */

/* A text that is kept to be sent again and again. */
struct canned {
    uint64_t id;
    uint64_t agent, dept;          /* whose own, or which department's; neither: the portal's */
    char *title, *shortcut, *text; /* shortcut "": it has none */
    enum lang lang;                /* or LANG_ANY */
    uint32_t version;              /* from 1 on, one more with each change */
    uint64_t by;                   /* who changed it last: an agent, or 0 for the operator */
    int64_t changed_ms;
};

/* saved views */

/* Which states of conversations a search is about. */
enum states { STATES_ANY, STATES_OPEN, STATES_WAITING, STATES_ACTIVE, STATES_ENDED, STATES_MISSED };
#define STATES_COUNT (STATES_MISSED + 1)
const char *states_word(enum states states); /* "open", …; STATES_ANY: "" */
bool states_parse(struct span word, enum states *states);
unsigned states_bits(enum states states); /* BIT(enum conv_state) */

/* What a saved view's numbers say, by their place; those behind the second are a search's alone. */
enum shows {
    SHOWS_LIST,   /* enum list; LIST_ALL for a search */
    SHOWS_FILTER, /* enum filter */
    SHOWS_SEARCH, /* 1: what a search finds, instead of a list */
    SHOWS_STATES, /* enum states */
    SHOWS_RATING, /* 0: any */
    SHOWS_DAYS,   /* begun in the last so many days; 0: at any time */
    SHOWS_COUNT
};

/* Conversations as somebody wants to find them again, under a name: a list, or a search. */
struct saved {
    uint64_t id;
    uint64_t agent, dept; /* whose own, or which department's members' */
    char *name;
    uint32_t shows[SHOWS_COUNT];
    uint64_t of;         /* of this department alone; 0: of any */
    char *tag, *tag_key; /* with this one alone; "": with any, or none */
    /* Of a search: this agent's alone, 0: anybody's; begun from then on, before then, 0: at any
     * time; words of what was said, and of the visitor. */
    uint64_t held_by;
    int64_t since_ms, before_ms;
    char *text, *contact;
    uint32_t version; /* from 1 on, one more with each change */
    uint64_t by;      /* who changed it last: an agent, or 0 for the operator */
    int64_t changed_ms;
};

/* follow-up tasks */

/* Something that is still to be done about a conversation. */
struct task {
    uint64_t id;
    uint64_t conv;
    uint64_t agent; /* who is to do it; 0: nobody yet */
    char *title;
    int64_t due_ms; /* 0: none */
    bool reminded;  /* that time has come, and was told */
    bool done;
    uint64_t by, changed_by, done_by; /* agents, or 0 for the operator, and for nobody */
    int64_t made_ms, done_ms;
    uint32_t version; /* from 1 on, one more with each change */
};

#endif
