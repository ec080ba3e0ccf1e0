/* What came of an attempt, for each recipient, written into the store.  The verdict is mail's. */
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/crypto.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

static uint32_t jitter(void)
{
    uint32_t value;

    random_fill(&value, sizeof(value));
    return value;
}

/* One mail's result in the making: over its recipients the least settled counts. */
struct outcome {
    struct mail_result result;
    struct mail_rcpt *rcpts;
    char reason[200];
    char cause[MAIL_CAUSE_MAX_BYTES]; /* of the recipient that the reason is about */
    bool again, ambiguous, doubtful, refused, gave_up;
};

static enum mail_state rcpt_state(struct outcome *o, const struct judgement *j)
{
    switch (j->verdict) {
    case VERDICT_SENT:
        return MAILST_SENT;
    case VERDICT_RETRY:
        o->again = true;
        break;
    case VERDICT_AMBIGUOUS:
        o->again = o->ambiguous = true;
        break;
    case VERDICT_DOUBTFUL:
        o->doubtful = true;
        return MAILST_FAILED;
    case VERDICT_REFUSED:
        o->refused = true;
        return MAILST_FAILED;
    case VERDICT_GAVE_UP:
        o->gave_up = true;
        return MAILST_FAILED;
    }
    if (o->result.due_ms == 0 || j->due_ms < o->result.due_ms)
        o->result.due_ms = j->due_ms;
    return j->verdict == VERDICT_AMBIGUOUS ? MAILST_UNCERTAIN : MAILST_DEFERRED;
}

/* The sentence on the outbox page: what is wrong, then the server's own words. */
static void reason_set(struct outcome *o, const char *what, const char *words)
{
    if (o->reason[0] != '\0')
        return; /* the first recipient's tells enough */
    struct buf text = {0};

    buf_addf(&text, "%s%s%s", what, words[0] != '\0' ? ": " : "", words);
    struct span all = span_cut(buf_span(&text), sizeof(o->reason) - 1);

    snprintf(o->reason, sizeof(o->reason), "%.*s", (int)all.len, all.p);
    buf_fini(&text);
}

static const char *words_of(const struct trip *s, const struct trip_mail *m, const struct leg *leg)
{
    if (leg->code >= 400 && leg->reply != NULL)
        return leg->reply;
    if (m->data_code >= 400 && m->data_reply != NULL)
        return m->data_reply;
    if (m->mail_code >= 400 && m->mail_reply != NULL)
        return m->mail_reply;
    if (s->trouble_text != NULL && s->trouble != TROUBLE_NONE)
        return s->trouble_text;
    return m->data_reply != NULL ? m->data_reply : "";
}

/* The first step that was refused, as far as the server said so; NULL: none was. */
static const char *refusal_of(const struct trip_mail *m, const struct leg *leg, int *code)
{
    const struct {
        int code;
        const char *reply;
    } steps[] = {
        {m->mail_code, m->mail_reply}, {leg->code, leg->reply}, {m->data_code, m->data_reply}};

    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if (steps[i].code >= 400) {
            *code = steps[i].code;
            return steps[i].reply != NULL ? steps[i].reply : "";
        }
    return NULL;
}

static struct smtp_fate fate_of(const struct trip *s, const struct trip_mail *m,
                                const struct leg *leg)
{
    int code = 0;
    const char *refusal = refusal_of(m, leg, &code);

    return (struct smtp_fate){.trouble = s->trouble,
                              .mail_code = m->mail_code,
                              .rcpt_code = leg->code,
                              .data_code = m->data_code,
                              .body_ended = m->ended,
                              .hello =
                                  refusal != NULL && reply_blames_hello(code, span_of(refusal))};
}

/* What put one recipient's mail off: its own refusal goes before what the session came to. */
static const char *delay_of(const struct trip *s, const struct smtp_fate *fate)
{
    bool ours = s->trouble == TROUBLE_LOGIN || s->trouble == TROUBLE_INJECTED;

    if (fate->hello)
        return trouble_text(TROUBLE_HELLO);
    if (s->trouble == TROUBLE_NONE ||
        (!ours && (fate->mail_code >= 400 || fate->rcpt_code >= 400 || fate->data_code >= 400)))
        return "the relay refused it for now";
    return trouble_text(s->trouble);
}

static const char *what_of(const struct trip *s, const struct smtp_fate *fate,
                           const struct judgement *j)
{
    switch (j->verdict) {
    case VERDICT_SENT:
        return "taken";
    case VERDICT_REFUSED:
        return "the relay refused it";
    case VERDICT_GAVE_UP:
        return "given up after five days";
    case VERDICT_AMBIGUOUS:
        return "the answer was lost, it may arrive twice";
    case VERDICT_DOUBTFUL:
        return "the answer was lost twice; it may have arrived, look before trying again";
    case VERDICT_RETRY:
        break;
    }
    return delay_of(s, fate);
}

static int last_code(const struct trip_mail *m, const struct leg *leg)
{
    if (leg->code >= 400 || m->data_code == 0)
        return leg->code != 0 ? leg->code : m->mail_code;
    return m->data_code;
}

static void outcome_make(const struct trip *s, const struct trip_mail *m, int64_t now_ms,
                         struct outcome *o)
{
    struct mail_history history = {.attempts = m->attempts,
                                   .created_ms = m->created_ms,
                                   .uncertain = m->uncertain,
                                   .jitter = jitter()};

    *o = (struct outcome){.result = {.id = m->id, .nrcpts = m->nlegs}};
    o->rcpts = xcalloc(m->nlegs, sizeof(*o->rcpts));
    for (size_t i = 0; i < m->nlegs; i++) {
        struct smtp_fate fate = fate_of(s, m, &m->legs[i]);
        struct judgement j = mail_judge(&fate, &history, now_ms);
        const char *words = words_of(s, m, &m->legs[i]);

        o->rcpts[i] = (struct mail_rcpt){.addr = m->legs[i].addr,
                                         .state = rcpt_state(o, &j),
                                         .code = last_code(m, &m->legs[i]),
                                         .reply = (char *)words};
        if (j.verdict != VERDICT_SENT) {
            if (o->reason[0] == '\0')
                mail_cause_of(&fate, j.verdict, o->cause);
            reason_set(o, what_of(s, &fate, &j), words);
        }
    }
    if (o->reason[0] == '\0')
        reason_set(o, "taken", m->data_reply != NULL ? m->data_reply : "");
    o->result.rcpts = o->rcpts;
    o->result.reason = span_of(o->reason);
    memcpy(o->result.cause, o->cause, sizeof(o->result.cause));
    o->result.uncertain = o->ambiguous || o->doubtful;
    o->result.state = o->again ? (o->ambiguous ? MAILST_UNCERTAIN : MAILST_DEFERRED)
                      : o->doubtful || o->refused || o->gave_up ? MAILST_FAILED
                                                                : MAILST_SENT;
}

static void outcome_log(const struct outcome *o, const struct trip_mail *m)
{
    enum mail_state state = o->result.state;

    if (state == MAILST_SENT)
        log_info("mail.sent", "mail=%llu attempts=%u", (unsigned long long)m->id, m->attempts);
    else if (state == MAILST_FAILED)
        log_warn("mail.failed", "mail=%llu attempts=%u uncertain=%d", (unsigned long long)m->id,
                 m->attempts, o->result.uncertain);
    else
        log_info("mail.deferred", "mail=%llu attempts=%u uncertain=%d", (unsigned long long)m->id,
                 m->attempts, o->result.uncertain);
}

/* Has the server said its last word about this mail? */
static bool is_answered(const struct trip_mail *m)
{
    return m->data_code >= 200 && m->data_code != 354;
}

err_t trip_settle(struct dispatcher *d, struct trip *s, bool final, int64_t now_ms)
{
    struct outcome outcomes[JOB_MAILS_MAX];
    struct mail_result results[JOB_MAILS_MAX];
    size_t which[JOB_MAILS_MAX], n = 0;
    err_t err = ERR_OK;

    for (size_t i = 0; i < s->nmails; i++) {
        if (s->mails[i].settled || (!final && !is_answered(&s->mails[i])))
            continue;
        outcome_make(s, &s->mails[i], now_ms, &outcomes[n]);
        results[n] = outcomes[n].result;
        results[n].reason = span_of(outcomes[n].reason); /* its final place */
        which[n++] = i;
    }
    if (n > 0)
        err = outbox_settle(d->store, results, n, now_ms);
    for (size_t i = 0; i < n; i++) {
        if (err == ERR_OK) {
            s->mails[which[i]].settled = true;
            outcome_log(&outcomes[i], &s->mails[which[i]]);
        }
        free(outcomes[i].rcpts);
    }
    return err;
}

err_t settle_lost(struct dispatcher *d, const struct mail_view *view, int64_t now_ms)
{
    struct trip s = {.trouble = TROUBLE_WORKER, .nmails = 1};
    struct trip_mail m = {.id = view->id,
                          .attempts = view->attempts > 0 ? view->attempts : 1,
                          .created_ms = view->created_ms,
                          .uncertain = view->uncertain,
                          .mail_code = 250,
                          .ended = true};
    err_t err;

    m.legs = xcalloc(view->nrcpts + 1, sizeof(*m.legs));
    for (size_t i = 0; i < view->nrcpts; i++)
        if (mail_rcpt_waits(&view->rcpts[i]))
            m.legs[m.nlegs++] = (struct leg){.addr = view->rcpts[i].addr, .code = 250};
    s.mails = &m;
    err = trip_settle(d, &s, true, now_ms);
    free(m.legs); /* the addresses are the view's */
    return err;
}
