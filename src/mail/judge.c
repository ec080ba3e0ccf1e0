/*
 * What a delivery attempt means, and how long to wait for the next.  Pure: the worker reports, the
 * dispatcher carries out.
 */
#include <ctype.h>

#include "deskbell/backoff.h"
#include "deskbell/mail.h"

/* One row a trouble: the word on the worker's pipe, and the sentence on the outbox page. */
static const struct {
    const char *word, *text;
} troubles[TROUBLE_COUNT] = {
    [TROUBLE_NONE] = {"none", ""},
    [TROUBLE_CONNECT] = {"connect", "the relay cannot be reached"},
    [TROUBLE_GREETING] = {"greeting", "the relay does not accept mail now"},
    [TROUBLE_HELLO] = {"hello",
                       "the relay does not accept the name by which this machine greets it"},
    [TROUBLE_DROPPED] = {"dropped", "the relay broke the connection or did not answer in time"},
    [TROUBLE_NO_TLS] = {"no-tls", "the relay offers no TLS, which is required"},
    [TROUBLE_CERT] = {"certificate", "the relay's certificate does not check"},
    [TROUBLE_TLS] = {"tls", "the TLS handshake with the relay failed"},
    [TROUBLE_INJECTED] = {"injected", "bytes came after the relay's answer to STARTTLS: an attack"},
    [TROUBLE_LOGIN] = {"login", "the relay refused user or password"},
    [TROUBLE_LIMIT] = {"limit", "the session took too long and was ended"},
    [TROUBLE_WORKER] = {"worker", "the session ended by a fault of our own"},
    [TROUBLE_CONFIG] = {"config", "the relay's settings cannot be used"},
};

const char *trouble_word(enum smtp_trouble trouble)
{
    ensure((unsigned)trouble < TROUBLE_COUNT);
    return troubles[trouble].word;
}

const char *trouble_text(enum smtp_trouble trouble)
{
    ensure((unsigned)trouble < TROUBLE_COUNT);
    return troubles[trouble].text;
}

bool trouble_parse(struct span word, enum smtp_trouble *trouble)
{
    for (int i = 0; i < TROUBLE_COUNT; i++) {
        if (span_is(word, troubles[i].word)) {
            *trouble = (enum smtp_trouble)i;
            return true;
        }
    }
    return false;
}

int64_t mail_backoff_ms(uint32_t attempts, uint32_t jitter)
{
    static const struct backoff schedule = {MAIL_RETRY_MIN_MS, MAIL_RETRY_MAX_MS};

    return backoff_ms(&schedule, attempts, jitter);
}

static int64_t at_most(int64_t ms, int64_t max_ms)
{
    return ms < max_ms ? ms : max_ms;
}

int64_t relay_rest_ms(enum smtp_trouble trouble, uint32_t in_a_row, uint32_t jitter)
{
    switch (trouble) {
    case TROUBLE_NONE:
        return 0;
    case TROUBLE_LOGIN:
    case TROUBLE_INJECTED:
    case TROUBLE_CONFIG:
        /* Like the fourth failure at once: 8 minutes, then doubling. */
        return mail_backoff_ms(in_a_row + 3, jitter);
    default:
        /* One look in five minutes does not burden a dead relay; mails go soon after its return. */
        return at_most(mail_backoff_ms(in_a_row > 0 ? in_a_row : 1, jitter), MAIL_UNTOUCHED_MAX_MS);
    }
}

enum sort { SORT_GOOD, SORT_AGAIN, SORT_NEVER, SORT_OPEN };

static bool code_is(int code, int class)
{
    return code / 100 == class;
}

bool reply_blames_hello(int code, struct span text)
{
    static const char *const words[] = {"HELO", "EHLO"};
    const size_t len = 4;

    if (!code_is(code, 4) && !code_is(code, 5))
        return false;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        for (size_t at = 0; at + len <= text.len; at++)
            if (span_is_nocase((struct span){text.p + at, len}, words[i]) &&
                (at == 0 || !isalnum((unsigned char)text.p[at - 1])) &&
                (at + len == text.len || !isalnum((unsigned char)text.p[at + len])))
                return true;
    return false;
}

/*
 * The steps of one mail in their order: the first that went wrong decides.  A body that was given
 * whole shows that the steps before it went well, even where their answers were never told.
 */
static enum sort fate_sort(const struct smtp_fate *fate)
{
    /* Nothing that such a server said about any mail can be believed. */
    if (fate->trouble == TROUBLE_INJECTED)
        return SORT_AGAIN;
    if (fate->mail_code == 530 || fate->mail_code == 535)
        return SORT_AGAIN;
    if (code_is(fate->mail_code, 5))
        return fate->hello ? SORT_AGAIN : SORT_NEVER;
    if (!code_is(fate->mail_code, 2) && !(fate->mail_code == 0 && fate->body_ended))
        return SORT_AGAIN;

    if (fate->rcpt_code == 552)
        return SORT_AGAIN;
    if (code_is(fate->rcpt_code, 5))
        return fate->hello ? SORT_AGAIN : SORT_NEVER;
    if (!code_is(fate->rcpt_code, 2) && !(fate->rcpt_code == 0 && fate->body_ended))
        return SORT_AGAIN;

    if (code_is(fate->data_code, 5))
        return fate->hello ? SORT_AGAIN : SORT_NEVER;
    if (code_is(fate->data_code, 4))
        return SORT_AGAIN;
    if (!fate->body_ended)
        return SORT_AGAIN; /* also where the server says 250 to a mail that it cannot have */
    return code_is(fate->data_code, 2) ? SORT_GOOD : SORT_OPEN;
}

struct judgement mail_judge(const struct smtp_fate *fate, const struct mail_history *history,
                            int64_t now_ms)
{
    int64_t wait_ms = mail_backoff_ms(history->attempts, history->jitter);
    int64_t due_ms =
        now_ms + (fate->mail_code == 0 ? at_most(wait_ms, MAIL_UNTOUCHED_MAX_MS) : wait_ms);
    bool old = now_ms - history->created_ms >= MAIL_GIVE_UP_MS;

    switch (fate_sort(fate)) {
    case SORT_GOOD:
        return (struct judgement){.verdict = VERDICT_SENT};
    case SORT_NEVER:
        return (struct judgement){.verdict = VERDICT_REFUSED};
    case SORT_OPEN:
        /* A third copy must never leave: two is what RFC 1047's window costs at most. */
        if (history->uncertain || old)
            return (struct judgement){.verdict = VERDICT_DOUBTFUL};
        return (struct judgement){.verdict = VERDICT_AMBIGUOUS, .due_ms = due_ms};
    case SORT_AGAIN:
        break;
    }
    if (old)
        return (struct judgement){.verdict = VERDICT_GAVE_UP};
    return (struct judgement){.verdict = VERDICT_RETRY, .due_ms = due_ms};
}
