/*
 * What was asked and what was answered.  The library believes the first line of an answer, and goes
 * on or gives up as it likes; whether a mail was taken is decided by what stands here alone: a
 * whole answer to its own command.  Where lines begin and end is answer.c's.
 */
#include "course.h"

#include <stdio.h>

#include "answer.h"
#include "deskbell/crash.h"
#include "patience.h"
#include "redact.h"

#define VERB_BYTES 16   /* of what is said; the rest of a line is not looked at */
#define ASKED_MAX 256   /* a mail's recipients and what is said around them */
#define WORDS_BYTES 512 /* more than is told of an answer */

/* What was said, and not answered yet. */
struct asked {
    enum answer_to to;
    size_t mail, rcpt;
};

static struct {
    const struct job *job;
    struct answer_reader reader;
    char verb[VERB_BYTES]; /* of the line that is being said */
    size_t verb_len;
    struct asked asked[ASKED_MAX]; /* a ring */
    size_t first, n;
    size_t mails, rcpts; /* begun; of the last one */
    bool signing_in;     /* the server wants another line of the login */
    bool deaf;           /* what comes cannot be told apart any more, and counts no more */
    int refusals[TO_COUNT];
    char refusal[WORDS_BYTES], hello_refusal[WORDS_BYTES], hello_blame[WORDS_BYTES];
    char why[WORDS_BYTES];
} course;

/*
 * For people, and how long the answer is awaited: RFC 5321 section 4.5.3.2 where that says it.  The
 * answer to a mail's end has its own time.
 */
static const struct {
    const char *words;
    int64_t wait_s;
} steps[TO_COUNT] = {
    [TO_GREETING] = {"the connection", 300},
    [TO_HELLO] = {"EHLO", 300},
    [TO_STARTTLS] = {"STARTTLS", 300},
    [TO_AUTH] = {"the login", 300},
    [TO_MAIL] = {"MAIL FROM", 300},
    [TO_RCPT] = {"RCPT TO", 300},
    [TO_DATA] = {"DATA", 120},
    [TO_DOT] = {"the end of the mail", 0},
    [TO_QUIT] = {"QUIT", 2}, /* nothing hangs on it */
    [TO_OTHER] = {"a command", 300},
};
#define IDLE_S 300 /* where nothing was asked: a handshake */

/* what was asked */

static void ask(enum answer_to to, size_t mail, size_t rcpt)
{
    ensure(course.n < ASKED_MAX);
    course.asked[(course.first + course.n++) % ASKED_MAX] = (struct asked){to, mail, rcpt};
}

static const struct asked *asked_first(void)
{
    return course.n > 0 ? &course.asked[course.first] : NULL;
}

static void asked_drop(void)
{
    course.first = (course.first + 1) % ASKED_MAX;
    course.n--;
}

/* The one that was asked first has the time. */
static void wait_on(void)
{
    const struct asked *first = asked_first();

    if (first != NULL && first->to == TO_DOT)
        patience_wait_dot();
    else
        patience_wait((first != NULL ? steps[first->to].wait_s : IDLE_S) * 1000);
}

void course_open(const struct job *job)
{
    memset(&course, 0, sizeof(course));
    course.job = job;
}

void course_connect(void)
{
    course_open(course.job);
    ask(TO_GREETING, 0, 0);
    wait_on();
}

static bool verb_is(const char *verb)
{
    size_t len = strlen(verb);

    return course.verb_len >= len && span_is_nocase((struct span){course.verb, len}, verb);
}

static void line_ask(void)
{
    static const struct {
        const char *verb;
        enum answer_to to;
    } verbs[] = {{"EHLO ", TO_HELLO}, {"HELO ", TO_HELLO}, {"STARTTLS\r", TO_STARTTLS},
                 {"AUTH ", TO_AUTH},  {"MAIL ", TO_MAIL},  {"RCPT ", TO_RCPT},
                 {"DATA\r", TO_DATA}, {".\r", TO_DOT},     {"QUIT\r", TO_QUIT}};
    enum answer_to to = TO_OTHER;

    for (size_t i = 0; i < COUNT_OF(verbs) && to == TO_OTHER; i++)
        if (verb_is(verbs[i].verb))
            to = verbs[i].to;
    if (course.signing_in) /* the rest of a login's dialogue has no verb */
        to = TO_AUTH;
    if (to == TO_MAIL && patience_left_ms() == 0)
        worker_give_up(TROUBLE_LIMIT, SPAN_NONE); /* what is left goes in another session */
    if (to == TO_MAIL) {
        course.mails++;
        course.rcpts = 0;
    }
    ask(to, course.mails > 0 ? course.mails - 1 : 0, to == TO_RCPT ? course.rcpts++ : 0);
}

void course_say(struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.p[i] == '\n') {
            line_ask();
            course.verb_len = 0;
        } else if (course.verb_len < sizeof(course.verb)) {
            course.verb[course.verb_len++] = bytes.p[i];
        }
    }
    wait_on();
}

void course_give(size_t mail)
{
    ask(TO_DOT, mail, 0);
    wait_on();
}

/* for people */

/* Words without the login; takes the text. */
static void words_take(char words[WORDS_BYTES], struct buf *text)
{
    redact_blank(text->p, text->len); /* before it is cut, lest a part of a word stays */
    snprintf(words, WORDS_BYTES, "%s", text->p);
    buf_fini(text);
}

static void refusal_note(enum answer_to to, const struct answer *a)
{
    struct buf text = {0};

    buf_add_span(&text, a->line);
    words_take(course.refusal, &text);
    if (to == TO_HELLO && a->code >= 500)
        memcpy(course.hello_refusal, course.refusal, sizeof(course.refusal));
    else if (to >= TO_MAIL && to <= TO_DOT && reply_blames_hello(a->code, answer_text(a)))
        memcpy(course.hello_blame, course.refusal, sizeof(course.refusal));
}

void course_note_break(const char *why)
{
    struct buf text = {0};

    if (course.why[0] != '\0')
        return;
    buf_add_str(&text, why);
    words_take(course.why, &text);
}

static void answer_blame(enum answer_to to, struct span line, const char *what)
{
    struct buf text = {0};

    if (course.why[0] != '\0')
        return;
    buf_addf(&text, "the answer to %s %s: ", steps[to].words, what);
    buf_add_span(&text, line);
    words_take(course.why, &text);
}

const char *course_last_refusal(void)
{
    return course.refusal;
}

const char *course_hello_refusal(void)
{
    return course.hello_refusal;
}

const char *course_hello_blame(void)
{
    return course.hello_blame;
}

const char *course_break(void)
{
    const struct asked *waits = asked_first();
    struct span begun = answer_begun(&course.reader);
    char in_time[40] = "";

    if (patience_is_over())
        snprintf(in_time, sizeof(in_time), " in %lld s", (long long)patience_given_ms() / 1000);

    if (course.why[0] != '\0' || strncmp(course.refusal, "421", 3) == 0 || waits == NULL ||
        waits->to == TO_QUIT)
        return course.why[0] != '\0' ? course.why : course.refusal;
    if (begun.len > 0)
        answer_blame(waits->to, begun, "broke off");
    else
        snprintf(course.why, sizeof(course.why), "no answer to %s came%s", steps[waits->to].words,
                 in_time);
    return course.why;
}

int course_refusal(enum answer_to to)
{
    return course.refusals[to];
}

bool course_awaits_dot(void)
{
    for (size_t i = 0; i < course.n; i++)
        if (course.asked[(course.first + i) % ASKED_MAX].to == TO_DOT)
            return true;
    return false;
}

/* what was answered */

static void event_tell(enum worker_event_type type, const struct asked *asked,
                       const struct answer *a)
{
    struct buf text = {0};

    buf_add_span(&text, answer_text(a));
    redact_blank(text.p, text.len);
    worker_tell(&(struct worker_event){.type = type,
                                       .mail = asked->mail,
                                       .rcpt = asked->rcpt,
                                       .code = a->code,
                                       .text = buf_span(&text)});
    buf_fini(&text);
}

/*
 * After a refused login the library would try the next mechanism with the same password, and then
 * send without one.  Both can lock an account, so the session ends here.
 */
static void auth_follow(const struct answer *a)
{
    if (a->code >= 400)
        worker_give_up(a->code >= 500 ? TROUBLE_LOGIN : TROUBLE_GREETING, span_of(course.refusal));
    course.signing_in = a->code / 100 == 3;
}

static void mail_follow(const struct asked *asked, const struct answer *a)
{
    event_tell(EVENT_MAIL, asked, a);
    crash_point(CRASH_WORKER_MAIL);
    /* "Authentication required": every further mail of this session would be refused as well. */
    if (a->code == 530 || a->code == 535)
        worker_give_up(TROUBLE_LOGIN, span_of(course.refusal));
}

/*
 * RFC 3207 section 4: nothing may follow the answer before the handshake.  Whatever came with it in
 * clear would be taken for the answers to what we say inside TLS, so that a mail that was never
 * sent could look accepted.
 */
static void starttls_follow(const struct answer *a, size_t left)
{
    if (a->code / 100 == 2 && left > 0)
        worker_give_up(TROUBLE_INJECTED, SPAN_NONE);
}

/* A whole answer that says something. */
static void answer_follow(const struct asked *asked, const struct answer *a, size_t left)
{
    bool good = asked->to == TO_GREETING ? a->code == 220 : a->code < 400;

    course.refusals[asked->to] = good ? 0 : a->code;
    if (!good && asked->to != TO_QUIT)
        refusal_note(asked->to, a);
    if (asked->to == TO_STARTTLS)
        starttls_follow(a, left);
    else if (asked->to == TO_AUTH)
        auth_follow(a);
    else if (asked->to == TO_MAIL)
        mail_follow(asked, a);
    else if (asked->to == TO_RCPT)
        event_tell(EVENT_RCPT, asked, a);
    else if (asked->to == TO_DOT || (asked->to == TO_DATA && !good))
        event_tell(EVENT_DATA, asked, a);
}

/* x2x speaks of the connection (RFC 5321 section 4.2.1): "221 Bye" tells nothing of the mail. */
static bool is_of_connection(const struct asked *asked, const struct answer *a)
{
    return asked->to == TO_DOT && a->code / 10 == 22;
}

static void answer_come(const struct answer *a, size_t left)
{
    const struct asked *first = asked_first();
    struct asked asked;

    if (first == NULL) { /* 421 may come at any time; anything else answers what was not asked */
        if (a->code == 421) {
            refusal_note(TO_OTHER, a);
            return;
        }
        course.deaf = true;
        course_note_break("an answer came to nothing that was asked");
        return;
    }
    asked = *first;
    asked_drop();
    wait_on();
    if (a->garbled)
        course.deaf = true;
    if (a->code == 0)
        answer_blame(asked.to, a->line, a->garbled ? "is not one of SMTP" : "contradicts itself");
    else if (is_of_connection(&asked, a))
        answer_blame(asked.to, a->line, "is none to it");
    else
        answer_follow(&asked, a, left);
}

/*
 * Offers that the library takes by itself, without a switch.  With CHUNKING (RFC 3030) it sends a
 * body in as many BDAT as it was given in pieces, before it knows whether any recipient is left:
 * servers count each as an error then, and hang up on all mails of the session.  With
 * ENHANCEDSTATUSCODES (RFC 2034) it gives the session up where the lines of an answer do not all
 * bear the same.  What passes here is the library's own buffer, which it reads afterwards; the last
 * letter of the word is changed, for the others may have been read already.
 */
static void offer_hide(char *last)
{
    static const char *const words[] = {"CHUNKING", "ENHANCEDSTATUSCODES"};
    static const size_t at = 4; /* after the code and '-' or ' ' */
    const struct asked *first = asked_first();

    for (size_t i = 0; i < COUNT_OF(words) && first != NULL && first->to == TO_HELLO; i++)
        if (course.reader.len == at + strlen(words[i]) &&
            span_is_nocase((struct span){course.reader.line + at, strlen(words[i])}, words[i]))
            *last = 'X';
}

void course_hear(char *bytes, size_t len)
{
    if (len > 0 && asked_first() != NULL && asked_first()->to == TO_GREETING)
        crash_point(CRASH_WORKER_GREETED);
    if (len > 0 && course_awaits_dot())
        crash_point(CRASH_WORKER_ANSWERED);
    for (size_t i = 0; i < len && !course.deaf; i++) {
        struct answer a;

        if (answer_take(&course.reader, bytes[i], &a))
            answer_come(&a, len - i - 1);
        else
            offer_hide(&bytes[i]);
    }
}
