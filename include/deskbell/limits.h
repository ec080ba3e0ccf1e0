/* Every limit on what a stranger or a colleague can send, in one place. */
#ifndef DESKBELL_LIMITS_H
#define DESKBELL_LIMITS_H

/* HTTP */
#define HTTP_LINE_MAX_BYTES 4096
#define HTTP_HEAD_MAX_BYTES 16384
#define HTTP_HEADERS_MAX 64
#define HTTP_BODY_MAX_BYTES 65536

/* WebSocket */
#define WS_MESSAGE_MAX_BYTES 65536
#define WS_FRAGMENTS_MAX 1024
#define WS_ECHO_MESSAGE_MAX_BYTES (16u << 20) /* test builds: /test/ws-echo */
#define WS_ECHO_FRAGMENTS_MAX 65536
#define CLIENT_ID_MAX_BYTES 64
#define JSON_DEPTH_MAX 8

/* A conversation */
#define TEXT_MAX_CODEPOINTS 4000
#define NAME_MAX_CODEPOINTS 100
#define PHONE_MAX_CODEPOINTS 40
#define URL_MAX_BYTES 2048
#define UA_MAX_BYTES 512
#define TITLE_MAX_CODEPOINTS 200
#define REASON_MAX_CODEPOINTS 500
#define COMMENT_MAX_CODEPOINTS 1000
#define VISITOR_BLINK_MS 8000     /* without a connection for less: on the way to the next page */
#define FEEDBACK_CHANGE_MS 600000 /* after the first one, what was given may be given anew */
#define FEEDBACK_MAX 6            /* so often: each is a line, and may be a mail */
#define CONV_LINES_MAX 20000
#define EDIT_MAX_MS (15 * 60 * 1000) /* so long what was said to a visitor can be changed */
#define TAG_MAX_CODEPOINTS 40
#define TAG_KEY_MAX_BYTES 640                /* what makes it the same as another */
#define TIMES_MAX 50                         /* agents whose handling time a conversation has */
#define TIME_MAX_MS (30 * INT64_C(86400000)) /* of one of them, set by hand */
#define TAGS_MAX 20                          /* of a conversation */
#define FORWARD_LINES_MAX 200
#define CONV_MAILED_MAX 50 /* answers by e-mail */

/* Mails that strangers cause, and whose recipient they name: transcripts that visitors ask for */
#define COPIES_PER_RECIPIENT_DAY 10
#define COPIES_PER_DEPT_HOUR 120
#define COPIES_PER_HOUR 600 /* all departments together */

/* A portal */
#define DEPTS_MAX 1000
#define AGENTS_MAX 10000
#define DEPT_DESCRIPTION_MAX_CODEPOINTS 1000
#define ORIGINS_MAX 32
#define HOURS_SPANS_MAX 8  /* business hours: of a day */
#define HOURS_DAYS_MAX 100 /* days with hours of their own */
#define HOLIDAYS_MAX 400
#define HOLIDAY_NAME_MAX_CODEPOINTS 60
#define TIERS_MAX 9   /* of agents in a department */
#define OTHERS_MAX 10 /* that an offer keeps by name of those it passed over */
#define SKILLS_MAX 64 /* of the portal, and of an agent */
#define SKILL_MAX_CODEPOINTS 40
#define RULES_MAX 20           /* of a department; one bit of 32 each */
#define RULE_CONDS_MAX 8       /* of a rule */
#define RULE_EXPRESSIONS_MAX 8 /* of all rules of a department */
#define RULE_STRICT_MAX_MS (24 * 3600 * 1000)
#define RULES_MAX_CODEPOINTS 4000
#define RUNG_MAX 50 /* agents at whom one conversation rings at once */
#define CAPACITY_MAX 100
#define BLOCKS_MAX 100000
#define QUEUE_MAX 10000
#define DRAFTS_MAX 200               /* conversations with drafts, of one agent */
#define DRAFT_MAX_CODEPOINTS 10000   /* more than can be sent: it is not lost by being too long */
#define ROLES_MAX 100                /* custom roles */
#define CANNED_MAX 20000             /* canned replies, those of everybody */
#define CANNED_MAX_BYTES (32u << 20) /* of all their texts, for they are held in memory */
#define CANNED_OWN_MAX 500           /* an agent's own */
#define CANNED_TITLE_MAX_CODEPOINTS 100
#define SHORTCUT_MAX_CODEPOINTS 32
#define SIGNATURE_MAX_CODEPOINTS 1000
#define AGENT_NOTE_MAX_CODEPOINTS 1000
#define EXTENSION_MAX_CODEPOINTS 20
#define KEYS_MAX 100      /* actions of the console to which an agent gives keys of his own */
#define SAVED_OWN_MAX 30  /* saved views of an agent */
#define SAVED_DEPT_MAX 20 /* and of a department */
#define SAVED_NAME_MAX_CODEPOINTS 60
#define SEARCH_TEXT_MAX_CODEPOINTS 200
#define SEARCH_DAYS_MAX 36500 /* "the last so many days" */
#define REPORT_DAYS_MAX 366   /* of one report */
#define REPORT_ROWS_MAX 2000  /* likewise */
#define TASKS_MAX 100000      /* follow-up tasks, done ones that are still kept among them */
#define TASKS_PER_CONV_MAX 50
#define TASKS_PER_AGENT_MAX 1000 /* open ones: they go on with somebody else in one step */
#define TASK_TITLE_MAX_CODEPOINTS 200
#define MENTIONS_PER_LINE_MAX 20   /* agents that one note speaks to */
#define MENTIONS_PER_AGENT_MAX 200 /* kept: of more the oldest go, those that were read first */
#define TASK_KEEP_MS (30LL * 24 * 3600 * 1000) /* what is done goes after so long */
#define PICTURE_MAX_BYTES (512u << 10)         /* an agent's, as it comes */
#define PICTURE_KEPT_MAX_BYTES (128u << 10)    /* and made anew: many times what that takes */
#define SESSIONS_PER_AGENT_MAX 16
#define RECOVERY_CODES 10                /* of a second factor */
#define FACTOR_MAX_BYTES 128             /* of its secret, sealed and in base64url */
#define TOKENS_PER_AGENT_MAX 25          /* API tokens, those that have run out included */
#define SESSION_USED_MS (10 * 60 * 1000) /* a use of a session or token is noted so often */
#define KNOWN_FROM_MAX 8                 /* addresses that an agent has signed in from, kept */
#define RELAY_TOKEN_MAX_BYTES 4096
#define RELAY_SECRET_MAX_BYTES 6144 /* of it, sealed and in base64url */
#define TEMPLATE_MAX_CODEPOINTS 16000
#define TEMPLATE_SUBJECT_MAX_CODEPOINTS 200
#define TEMPLATES_MAX_BYTES (256u << 10) /* of the portal, and of each department */

/* A connection */
#define OUT_LOW_BYTES (256u << 10)         /* above: what is not durable is dropped */
#define OUT_HIGH_BYTES (1u << 20)          /* above: closed with 1013 */
#define HELD_PER_ADDR_MAX_BYTES (1u << 20) /* unfinished requests and messages of one address */
#define HEAD_TIMEOUT_MS 10000
#define BODY_TIMEOUT_MS 30000
#define REPLY_TIMEOUT_MS 300000 /* to read an answer, however slowly */
#define IDLE_HTTP_TIMEOUT_MS 60000
#define SPARE_AGE_MS 2000    /* when it is full, everybody has this long to say what he wants */
#define WS_STRANGER_MS 30000 /* a visitor's WebSocket without an open chat */
#define WS_PING_MS 25000
#define WS_DEAD_MS 60000
#define WS_PINGS_MAX 10000 /* of a peer between two looks at it, of which there are two a ping */
#define CONTROL_LINE_MAX_BYTES (1u << 20)
#define CONTROL_CONNS_MAX 64
#define FRAMES_PER_PASS 16 /* handed over for one peer before the others have their turn */

/* The outbox, and what else is carried out outside */
#define QUEUE_CAUSE_MAX_BYTES 20 /* the word for why something waits, with its NUL */
#define MAIL_CAUSE_MAX_BYTES QUEUE_CAUSE_MAX_BYTES

/* The store */
#define BATCH_OPS_MAX 1000
#define BATCH_MAX_BYTES (1u << 20)

#endif
