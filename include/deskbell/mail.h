/*
 * What mails say, and what a delivery attempt means.  Pure: no files, no sockets, no clock.  MIME
 * is compose.h; talking to a relay is the dispatcher's.
 */
#ifndef DESKBELL_MAIL_H
#define DESKBELL_MAIL_H

#include "deskbell/limits.h"
#include "deskbell/locale.h"

/* templates */

/*
 * A template is text with {{name}}, {{#name}}…{{/name}} (for each item of a list, or once where a
 * text is not empty) and {{^name}}…{{/name}} (where the list or the text is empty).  A tag that
 * opens or closes a section and stands alone on its line takes the line with it.  There is nothing
 * else: no logic, no inclusion, and no way to leave a value unescaped.
 */

/* The names that a template may use.  in: the list inside which a name exists, NULL everywhere. */
enum tmpl_type { TMPL_TEXT, TMPL_LIST };
struct tmpl_name {
    const char *name;
    enum tmpl_type type;
    const char *in;
};
struct tmpl_schema {
    const struct tmpl_name *names;
    size_t count;
};

/* Values, by name.  Everything is borrowed for the call of tmpl_render(); what is left out is
 * empty. */
struct tmpl_values;
struct tmpl_value {
    const char *name;
    struct span text;                /* TMPL_TEXT */
    const struct tmpl_values *items; /* TMPL_LIST */
    size_t nitems;
};
struct tmpl_values {
    const struct tmpl_value *values;
    size_t count;
};

/*
 * How values are written.  TMPL_SUBJECT: by buf_add_line(); the others: by buf_add_text().
 * TMPL_PLAIN: further lines of a value begin with the blanks and ">" of the line that it stands on.
 * TMPL_HTML: escaped, line ends as <br>.
 */
enum tmpl_escape { TMPL_SUBJECT, TMPL_PLAIN, TMPL_HTML };

#define TMPL_MAX_BYTES 65536
#define TMPL_DEPTH_MAX 8

/*
 * Parse a template and hold it against the schema.
 *
 * text   copied.
 * out    on ERR_OK; tmpl_free().
 * f      "line L, column C: …" for what is wrong; columns count code points from 1.
 *
 * ERR_INVAL   an unknown name, a section that is not closed or not open, a tag without end, text
 *             that is not UTF-8.
 * ERR_TOOBIG  over TMPL_MAX_BYTES or nested deeper than TMPL_DEPTH_MAX.
 */
struct tmpl;
err_t tmpl_parse(struct span text, const struct tmpl_schema *schema, struct tmpl **out,
                 struct fault *f) MUST_CHECK;
void tmpl_free(struct tmpl *t);
struct span tmpl_text(const struct tmpl *t); /* as it was parsed; borrowed */

/*
 * Templates that others keep as text, parsed once: those that were used last, TMPL_CACHE_MAX of
 * them.  One thread, one schema.
 *
 * out   on ERR_OK, borrowed until as many others less one were asked for.
 * f     filled as by tmpl_parse(), but only when the text is looked at for the first time, so that
 *       what is wrong can be told once; untouched after that.
 *
 * Errors as tmpl_parse().
 */
#define TMPL_CACHE_MAX 64
struct tmpl_cache;
struct tmpl_cache *tmpl_cache_new(void);
void tmpl_cache_free(struct tmpl_cache *cache);
err_t tmpl_cache_find(struct tmpl_cache *cache, struct span text, const struct tmpl_schema *schema,
                      const struct tmpl **out, struct fault *f) MUST_CHECK;

/* Append the filled template to out, up to out's limit (then out->full). */
void tmpl_render(const struct tmpl *t, const struct tmpl_values *values, enum tmpl_escape escape,
                 struct buf *out);

/* --- letters: the mails that deskbell writes ---------------------------------------------------
 */

enum letter {
    LETTER_TRANSCRIPT, /* to the department: the whole chat */
    LETTER_BLOCK,      /* to the department: an address was blocked */
    LETTER_FEEDBACK,   /* to the department: a rating or a comment */
    LETTER_MISSED,     /* to the department: nobody answered, or a message was left */
    LETTER_COPY,       /* to the visitor: their transcript */
    LETTER_REPLY,      /* to the visitor: an agent's answer */
    LETTER_FORWARD,    /* to anybody: chosen lines */
    LETTER_TEST,       /* to an administrator: the relay works */
    LETTER_DIGEST,     /* to the department: many notices of one kind */
    LETTER_INVITATION, /* to an agent: the link to choose the first password */
    LETTER_RESET,      /* to an agent: the link to choose another */
    LETTER_TASK,       /* to an agent: a task of his is due */
    LETTER_MENTION,    /* to an agent: a note speaks to him, which he has not read */
    LETTER_COUNT
};

/* "transcript", …: the template's file name; and back, false if it is none. */
const char *letter_word(enum letter letter);
bool letter_parse(struct span word, enum letter *letter);

enum letter_part { PART_SUBJECT, PART_TEXT, PART_HTML, PART_COUNT };
const char *letter_part_word(enum letter_part part); /* "subject", "txt", "html" */

/* The names that all letters' templates may use; the manual's table is made from it. */
const struct tmpl_schema *letter_schema(void);

/* The template that is built in, from etc/mail/<tag>/<letter>.<part>. */
struct span letter_builtin(enum tongue tongue, enum letter letter, enum letter_part part);

/*
 * All templates of all languages: the built-in ones, until others are put in their place.  One
 * thread.  letterset_put() refuses as tmpl_parse() does and then keeps what was there.
 */
struct letterset;
struct letterset *letterset_new(void);
void letterset_free(struct letterset *set);
err_t letterset_put(struct letterset *set, enum tongue tongue, enum letter letter,
                    enum letter_part part, struct span text, struct fault *f) MUST_CHECK;

/* What stands in the set; *builtin: nothing was put in its place.  Borrowed until the next put. */
struct span letterset_text(const struct letterset *set, enum tongue tongue, enum letter letter,
                           enum letter_part part, bool *builtin);

/* Who spoke a line. */
enum speaker { SPEAKER_VISITOR, SPEAKER_AGENT, SPEAKER_SYSTEM };

/* A public line of the chat.  A system line's text is already in the reader's language. */
struct letter_line {
    int64_t at_ms;
    enum speaker speaker;
    struct span name; /* may be empty: "Visitor", "Agent" */
    struct span text;
};

/* What a letter is about.  All borrowed; what is not known or does not apply stays zero. */
struct letter_facts {
    struct span portal, department; /* to the visitor: the one entered by */
    struct span number;             /* the conversation's short number */
    struct span visitor, email, phone, question, page, title, referrer, browser, ip;
    struct span agent;        /* who held it, blocked, or was rated; to whom a link goes */
    struct span inviter;      /* the administrator who sends a link */
    struct span task;         /* LETTER_TASK: what is to be done, until until_ms */
    struct span author, note; /* LETTER_MENTION: who wrote it, and what */
    struct span reply_to;     /* where Reply to this letter goes; empty: not to whom it is about */
    struct span link;   /* of an account, or to the conversation in the console; not for subjects */
    struct span reason; /* of the block, or why it was missed, in the reader's language */
    struct span outcome; /* how the chat ended, in the reader's language */
    struct span comment;
    struct span message;   /* LETTER_REPLY, LETTER_FORWARD: what the agent writes */
    struct span signature; /* LETTER_REPLY: what he has set to stand below it */
    unsigned rating;       /* 1 to 5; 0: none */
    int64_t began_ms, ended_ms, at_ms, until_ms; /* 0: not known; until 0: for good */
    bool left;       /* LETTER_MISSED: a message was left, nobody rang */
    bool draft;      /* LETTER_REPLY: what its writer begins with, not the mail: letter_draft() */
    size_t left_out; /* lines that the caller itself left out */
    const struct letter_line *lines;
    size_t nlines;
    enum letter about; /* the letter; LETTER_DIGEST: what each item would have been */
    const struct letter_facts *items; /* LETTER_DIGEST */
    size_t nitems;
};

/* About how much of a mail a letter of these facts takes as one item of a digest. */
size_t letter_item_bytes(const struct letter_facts *facts);
#define DIGEST_ITEMS_MAX 500
#define DIGEST_ITEMS_MAX_BYTES (2u << 20)

/* One letter, filled in.  letter_fini(). */
struct letter_text {
    struct buf subject; /* one line, at most LETTER_SUBJECT_MAX_BYTES, cut at a character */
    struct buf text, html;
};
#define LETTER_SUBJECT_MAX_BYTES 400
#define LETTER_PART_MAX_BYTES (3u << 20)

/*
 * Fill a letter.  Lines that do not fit into LETTER_PART_MAX_BYTES are left out from the middle,
 * and the letter says how many.
 *
 * zone   for all times in it.
 * out    zero; the caller frees it with letter_fini() in every case.
 */
void letter_fill(const struct letterset *set, enum tongue tongue, enum letter letter,
                 const struct letter_facts *facts, struct zone *zone, struct letter_text *out);
void letter_fini(struct letter_text *t);

/* A letter with templates of its own in place of some of the set's. */
struct letter_form {
    const struct letterset *set;
    enum tongue tongue;
    enum letter letter;
    const struct tmpl *own[PART_COUNT]; /* NULL: the set's */
};
void letter_form_fill(const struct letter_form *form, const struct letter_facts *facts,
                      struct zone *zone, struct letter_text *out);

/*
 * What the writer of an answer begins with, and what the mail has beside what is written: by the
 * form's text.  A template says with the name `draft` what is of the first; one that does not know
 * it has all in the mail, and leaves nothing to begin with, as does one whose HTML names the
 * visitor before the message, and so greets by itself.
 *
 * form   of LETTER_REPLY.
 * facts  their message and draft do not matter.
 * out    zero; letter_draft_fini() in every case.
 * Cost: a few times that of filling the letter.
 */
struct letter_draft {
    struct buf opening, closing; /* before and after what is written, and the writer's to change */
    struct buf above, below;     /* of the mail's text, before and after all that */
    bool greets;                 /* the template has a greeting of its own in the mail */
};
void letter_draft(const struct letter_form *form, const struct letter_facts *facts,
                  struct zone *zone, struct letter_draft *out);
void letter_draft_fini(struct letter_draft *draft);

/* Facts for a preview: every name of the schema has a value in some letter.  Static. */
void letter_sample(enum tongue tongue, enum letter letter, struct letter_facts *out);

/* Sentences that letters need, in the reader's language.  Static. */
enum phrase {
    PHRASE_VISITOR,   /* the name of a visitor who gave none */
    PHRASE_NUMBER,    /* likewise, "Visitor #%s" by the chat's number: phrase_fill() */
    PHRASE_AGENT,     /* likewise */
    PHRASE_JOINED,    /* "%s joined the chat": phrase_fill() */
    PHRASE_GOES_ON,   /* of one that was opened again, by the number before: phrase_fill() */
    PHRASE_NOTE,      /* stands behind a name */
    PHRASE_END_AGENT, /* how a chat ended */
    PHRASE_END_VISITOR,
    PHRASE_END_IDLE,
    PHRASE_END_GONE,
    PHRASE_END_BLOCKED,
    PHRASE_END_OTHER,
    PHRASE_MISS_WAIT, /* why one was missed */
    PHRASE_MISS_LEFT, /* the visitor gave up waiting */
    PHRASE_MISS_NOBODY,
    PHRASE_MISS_OTHER,
    PHRASE_COUNT
};
const char *phrase(enum tongue tongue, enum phrase which);
/* One with a gap, and what stands in it, appended. */
void phrase_fill(enum tongue tongue, enum phrase which, struct span value, struct buf *out);

/* --- what an attempt means -----------------------------------------------------------------------
 */

/* What happened to the session as a whole. */
enum smtp_trouble {
    TROUBLE_NONE,
    TROUBLE_CONNECT,  /* no connection, or no name */
    TROUBLE_GREETING, /* the server would not serve: 4xx or 5xx before any mail */
    TROUBLE_HELLO,    /* it refuses the name by which we greet it */
    TROUBLE_DROPPED,  /* the connection broke, or nothing came in time */
    TROUBLE_NO_TLS,   /* STARTTLS is required and not offered, or refused */
    TROUBLE_CERT,     /* the certificate does not check */
    TROUBLE_TLS,      /* the handshake failed otherwise */
    TROUBLE_INJECTED, /* bytes came after STARTTLS's 220: an attack; nothing it said counts */
    TROUBLE_LOGIN,    /* user or password refused, or authentication demanded */
    TROUBLE_LIMIT,    /* the session's own deadline passed */
    TROUBLE_WORKER,   /* our worker died */
    TROUBLE_CONFIG,   /* the relay's settings cannot be used */
    TROUBLE_COUNT
};
const char *trouble_word(enum smtp_trouble trouble); /* "connect", … on the worker's pipe */
bool trouble_parse(struct span word, enum smtp_trouble *trouble);
const char *trouble_text(enum smtp_trouble trouble); /* for the outbox page, English */

/* What one attempt showed for one recipient.  A code of 0: the server never said. */
struct smtp_fate {
    enum smtp_trouble trouble;
    int mail_code;   /* to MAIL FROM */
    int rcpt_code;   /* to RCPT TO */
    int data_code;   /* to DATA or the final dot, whichever came last */
    bool body_ended; /* our own code has handed over the last byte of the body */
    bool hello;      /* what was refused is the name by which we greeted: reply_blames_hello() */
};

/*
 * Is this refusal (4xx, 5xx) of a mail or recipient about the name given with EHLO?  Servers put it
 * off until they know whom a mail is for (Postfix's smtpd_delay_reject).
 */
bool reply_blames_hello(int code, struct span text);

/* What the mail's history adds. */
struct mail_history {
    uint32_t attempts; /* with this one; at least 1 */
    int64_t created_ms;
    bool uncertain;  /* an earlier attempt was ambiguous */
    uint32_t jitter; /* random */
};

enum verdict {
    VERDICT_SENT,
    VERDICT_RETRY,     /* certainly not taken: again at due_ms */
    VERDICT_AMBIGUOUS, /* may have been taken: once more at due_ms, same bytes, marked */
    VERDICT_DOUBTFUL,  /* may have been taken, for the second time: stop, a person decides */
    VERDICT_REFUSED,   /* refused for good */
    VERDICT_GAVE_UP    /* certainly not taken, and too old */
};
struct judgement {
    enum verdict verdict;
    int64_t due_ms; /* VERDICT_RETRY, VERDICT_AMBIGUOUS */
};

#define MAIL_RETRY_MIN_MS (60 * INT64_C(1000))
#define MAIL_UNTOUCHED_MAX_MS (5 * 60 * INT64_C(1000)) /* the relay never heard of the mail */
#define MAIL_RETRY_MAX_MS (4 * 3600 * INT64_C(1000))
#define MAIL_GIVE_UP_MS (5 * 24 * 3600 * INT64_C(1000))

/*
 * Decide what an attempt means for one recipient.
 * RFC 5321 4.2.1: 2xx done, 4xx again, 5xx never; but 530 and 535 at MAIL are our login's fault,
 * 552 at RCPT is "too many recipients" (4.5.3.1.10), one about EHLO is no mail's, and success
 * counts only if the whole body was given. RFC 1047: a connection lost after the final dot leaves
 * it open whether the mail was taken.
 */
struct judgement mail_judge(const struct smtp_fate *fate, const struct mail_history *history,
                            int64_t now_ms);

/* How long to wait after that many attempts: 1 min doubling to 4 h, each spread by a quarter. */
int64_t mail_backoff_ms(uint32_t attempts, uint32_t jitter);

/*
 * Why a mail waits, failed or was left: a short stable word, so that those which the same remedy
 * heals can be found and tried again together.  "code-550" is the server's refusal of the mail
 * itself; a trouble of the session has its own word; these are our own.
 */
enum mail_cause {
    CAUSE_SWITCH_OFF,
    CAUSE_NO_DEPARTMENT, /* whose switch it was */
    CAUSE_NO_FROM,
    CAUSE_ADDRESS,  /* one that was saved cannot be used */
    CAUSE_SETTINGS, /* they cannot be read */
    CAUSE_ERASED,
    CAUSE_COMPOSE,
    CAUSE_ANSWER_LOST,
    CAUSE_DOUBTFUL, /* the answer was lost twice */
    CAUSE_REFUSED,  /* without a code */
    CAUSE_NO_RECIPIENT,
    CAUSE_LINK,    /* that it holds is of no use any more */
    CAUSE_TASK,    /* nobody is to be reminded of it any more */
    CAUSE_MENTION, /* likewise */
    CAUSE_COUNT
};
const char *cause_word(enum mail_cause cause);
const char *cause_text(enum mail_cause cause); /* English, for the manual */

/* The cause that one recipient's fate leaves behind; "" for what was sent. */
void mail_cause_of(const struct smtp_fate *fate, enum verdict verdict,
                   char out[MAIL_CAUSE_MAX_BYTES]);

/*
 * How long the whole relay rests after that many sessions in a row with this trouble.  0: go on.
 * A refused login rests for long: each try counts towards locking the account.
 */
int64_t relay_rest_ms(enum smtp_trouble trouble, uint32_t in_a_row, uint32_t jitter);

/* --- what is wrong with a relay
 * --------------------------------------------------------------------- */

/* What was noticed on the way, beside replies. */
enum smtp_fact {
    FACT_REACHED, /* a connection was made */
    FACT_GREETED, /* 2xx came */
    FACT_NO_NAME, /* why none was made */
    FACT_REFUSED,
    FACT_UNREACHABLE,
    FACT_TIMEOUT,
    FACT_NOT_TLS,  /* what came instead of a handshake is not TLS */
    FACT_STARTTLS, /* offered */
    FACT_AUTH,     /* offered; its text: the mechanisms */
    FACT_LOGIN_TRIED,
    FACT_CERT_NAME, /* why the certificate was refused; its text: the names that it is for */
    FACT_CERT_EXPIRED,
    FACT_CERT_EARLY,
    FACT_CERT_UNKNOWN,
    FACT_LOGIN_SET, /* of the settings */
    FACT_COUNT
};
const char *fact_word(enum smtp_fact fact);
bool fact_parse(struct span word, enum smtp_fact *fact);

/* All that is known of one attempt with one mail to one receiver.  Borrowed. */
struct smtp_evidence {
    struct span host;
    unsigned port;
    unsigned facts; /* BIT(FACT_…) */
    struct span names, mechanisms;
    enum smtp_trouble trouble;
    struct span said;                    /* with the trouble */
    int mail_code, rcpt_code, data_code; /* as in struct smtp_fate */
    struct span mail_reply, rcpt_reply, data_reply;
    bool body_ended;
};

/*
 * What is wrong and what to do next.
 *
 * code    a stable word: deskbell-protocol(7) lists them, and the console has a sentence for each.
 * text    plain English.
 * reply   what the server said when it went wrong; borrowed from the evidence, may be empty.
 */
struct diagnosis {
    const char *code;
    char text[1024];
    struct span reply;
};
void smtp_diagnose(const struct smtp_evidence *e, struct diagnosis *out);

/* The codes, some more than once, for tests; NULL at the end. */
const char *diagnosis_code(size_t i);
/* --- floods --------------------------------------------------------------------------------------
 */

/*
 * So many notices of one kind for one department go singly in a window; those above wait for its
 * end and go as one digest, which counts in the next.
 */
#define FLOOD_MAX 20
#define FLOOD_WINDOW_MS (10 * 60 * INT64_C(1000))

/* Of one kind and department. */
struct flood {
    int64_t began_ms; /* of the last window; 0: there was none */
    uint32_t count;   /* mails that went out in it */
    bool held;        /* others wait already, and this one must not go before them */
};
struct flood_verdict {
    bool hold;
    int64_t window_ms; /* it counts in the window that began then */
    int64_t due_ms;    /* when that window ends: what is held now waits until then */
};
struct flood_verdict flood_judge(const struct flood *flood, int64_t now_ms);

/* When the window began that is open at now_ms: the last one, or one that begins now. */
int64_t flood_window_ms(int64_t began_ms, int64_t now_ms);

/* --- relays
 * ---------------------------------------------------------------------------------------- */

#define RELAY_LOGIN_MAX_BYTES 255 /* the library's PLAIN mechanism copies into a fixed buffer */

/*
 * Can these settings be used?  Without TLS only "localhost" and 127.0.0.0/8; IPv6 literals are
 * not possible; user and password at most RELAY_LOGIN_MAX_BYTES, without NUL, CR, LF.
 * A token in the password's place: only with TLS, even on loopback, at most
 * RELAY_TOKEN_MAX_BYTES, visible ASCII.
 * ERR_INVAL with the field ("host", "port", "auth", "user", "password") and what is wrong.
 */
struct relay_check {
    struct span host, user, password;
    unsigned port;
    bool tls, token;
};
err_t relay_check(const struct relay_check *r, struct fault *f) MUST_CHECK;

/*
 * The address for envelope and headers: its domain in ASCII, its local part in quotes where that
 * lacks them.  ERR_INVAL as mailbox_check().
 */
err_t mail_address(struct span addr, struct buf *out, struct fault *f) MUST_CHECK;

/*
 * Addresses as people write them, appended: one or a normalised list, with domains of other scripts
 * in these, and without quotes that nobody would type.  What mail_address() makes of that is the
 * same again; whatever it is not stays as it is.
 */
void mail_address_show(struct span addrs, struct buf *out);

#endif
