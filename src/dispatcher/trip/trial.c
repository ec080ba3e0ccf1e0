/*
 * Test mails: one mail to one address by the settings of this moment, outside the outbox, with the
 * dialogue told as it goes and a diagnosis at its end.  How a worker runs is trip.c's.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "deskbell/id.h"
#include "deskbell/log.h"
#include "dispatcher_int.h"

#define TRIAL_LINES_MAX 600 /* the worker tells fewer */

/* One test mail, for as long as its worker runs. */
struct trial {
    struct dispatcher *d;
    struct question q;
    char *host; /* as it was, for the diagnosis */
    unsigned port, facts;
    char *names, *mechanisms;
    json_t *lines;
};

static void trial_free(struct trial *tr)
{
    free(tr->host);
    free(tr->names);
    free(tr->mechanisms);
    json_decref(tr->lines);
    free(tr);
}

static void line_add(struct trial *tr, const char *by, struct span text)
{
    if (json_array_size(tr->lines) == TRIAL_LINES_MAX)
        return;
    json_array_append_new(tr->lines,
                          json_pack("{s:s, s:o}", "by", by, "text",
                                    json_stringn(text.p != NULL ? text.p : "", text.len)));
    question_tell(tr->d, &tr->q, by, text);
}

static void text_set(char **to, struct span text)
{
    free(*to);
    *to = span_dup(text);
}

void trial_apply(struct trial *tr, const struct worker_event *e)
{
    if (e->type == EVENT_LINE) {
        line_add(tr, line_by_word(e->by), e->text);
        return;
    }
    tr->facts |= BIT(e->fact);
    if (e->fact == FACT_CERT_NAME)
        text_set(&tr->names, e->text);
    if (e->fact == FACT_AUTH)
        text_set(&tr->mechanisms, e->text);
}

/* the end */

static const char *outcome(const struct trip *t, const struct smtp_evidence *e)
{
    bool refused = e->mail_code / 100 == 5 || e->rcpt_code / 100 == 5 || e->data_code / 100 == 5;

    if (t->trouble == TROUBLE_LOGIN || t->trouble == TROUBLE_INJECTED ||
        t->trouble == TROUBLE_HELLO)
        return "failed";
    if (refused)
        return "refused";
    if (e->mail_code / 100 == 4 || e->rcpt_code / 100 == 4 || e->data_code / 100 == 4)
        return "deferred";
    return e->data_code / 100 == 2 && e->body_ended ? "sent" : "failed";
}

static void evidence_of(const struct trip *t, struct smtp_evidence *e)
{
    const struct trial *tr = t->trial;
    const struct trip_mail *m = &t->mails[0];
    const struct leg *leg = &m->legs[0];

    *e = (struct smtp_evidence){
        .host = span_of(tr->host),
        .port = tr->port,
        .facts = tr->facts,
        .names = span_of(tr->names),
        .mechanisms = span_of(tr->mechanisms),
        .trouble = t->trouble,
        .said = span_of(t->trouble_text),
        .mail_code = m->mail_code,
        .rcpt_code = leg->code,
        .data_code = m->data_code,
        .mail_reply = span_of(m->mail_reply),
        .rcpt_reply = span_of(leg->reply),
        .data_reply = span_of(m->data_reply),
        .body_ended = m->ended,
    };
}

void trial_finish(struct trip *t)
{
    struct trial *tr = t->trial;
    struct smtp_evidence e;
    struct diagnosis found;

    evidence_of(t, &e);
    smtp_diagnose(&e, &found);
    const char *how = outcome(t, &e);
    if (strcmp(how, "sent") == 0 && t->relay->in_a_row > 0) { /* whatever was wrong is over */
        relay_note(t->relay, TROUBLE_NONE, "", now_wall_ms(t->d));
        schedule_rescan(t->d);
    }
    log_info("relay.tested", "relay=%" PRIu64 " outcome=%s diagnosis=%s", t->relay->dept, how,
             found.code);
    json_t *ok =
        json_pack("{s:s, s:{s:s, s:s, s:s, s:i, s:s, s:s, s:s%}, s:O}", "outcome", how, "diagnosis",
                  "code", found.code, "text", found.text, "host", tr->host, "port", (int)tr->port,
                  "names", tr->names != NULL ? tr->names : "", "mechanisms",
                  tr->mechanisms != NULL ? tr->mechanisms : "", "reply",
                  found.reply.len > 0 ? found.reply.p : "", found.reply.len, "lines", tr->lines);
    question_answer(t->d, &tr->q, ok);
    trial_drop(t);
}

void trial_drop(struct trip *t)
{
    t->relay->on_trial = false;
    trial_free(t->trial);
    t->trial = NULL;
}

/* the beginning */

/* Why a test mail cannot go by it, at the setting that is to blame. */
static err_t relay_fault(const struct relay *r, struct fault *f)
{
    const char *sep = r->dept != 0 ? "." : "_";
    char field[32];

    if (r->host[0] == '\0') {
        snprintf(field, sizeof(field), "relay%shost", sep);
        return fault_refuse(f, ERR_CONFLICT, field, REFUSE_RELAY_NONE);
    }
    if (!r->usable) {
        snprintf(field, sizeof(field), "relay%s%.16s", sep,
                 strcmp(r->fault.field, "password") == 0 ? "secret" : r->fault.field);
        *f = r->fault;
        return fault_move(f, ERR_CONFLICT, field);
    }
    return r->on_trial ? fault_refuse(f, ERR_BUSY, NULL, REFUSE_TRIAL_BUSY) : ERR_OK;
}

/* The relay by the settings of now, and whether it can be tried. */
static err_t relay_choose(struct dispatcher *d, uint64_t dept, struct relay **out, struct fault *f)
{
    struct portal *portal = NULL;
    err_t err = portal_read(d, &portal);

    if (err != ERR_OK)
        return fault_refuse(f, err, NULL, REFUSE_SETTINGS_UNREAD);
    relay_refresh(d, portal);
    portal_free(portal);
    d->looks++; /* what an earlier look has read may be of yesterday */
    *out = relay_of(d, dept);
    return relay_fault(*out, f);
}

static err_t trial_start(struct dispatcher *d, const struct question *q, uint64_t dept,
                         struct span to, struct fault *f)
{
    struct fresh fresh = {0};
    struct relay *r = NULL;
    err_t err = relay_choose(d, dept, &r, f);

    if (err != ERR_OK)
        return err;
    if ((err = test_freeze(d, dept, to, now_wall_ms(d), &fresh, f)) != ERR_OK)
        return err;
    struct trial *tr = xcalloc(1, sizeof(*tr));
    tr->d = d;
    tr->q = *q;
    tr->host = xstrdup(r->host);
    tr->port = r->port;
    tr->facts = r->user[0] != '\0' ? BIT(FACT_LOGIN_SET) : 0;
    tr->lines = json_array();
    if (trip_start_trial(d, r, tr, &fresh.fz) == ERR_OK) {
        r->on_trial = true;
    } else {
        trial_free(tr);
        err = fault_refuse(f, ERR_IO, NULL, REFUSE_NONE);
    }
    fresh_fini(&fresh);
    return err;
}

void trial_answer(struct dispatcher *d, const struct question *q, const json_t *fields)
{
    const char *to = json_string_value(json_object_get(fields, "to"));
    const json_t *dept_field = json_object_get(fields, "department");
    uint64_t dept = 0;
    struct fault f = {0};
    err_t err = ERR_OK;

    if (to == NULL || (json_is_string(dept_field) &&
                       id_parse(span_of(json_string_value(dept_field)), &dept) != ERR_OK))
        err = fault_refuse(&f, ERR_MALFORMED, NULL, REFUSE_NONE);
    if (err == ERR_OK)
        err = trial_start(d, q, dept, span_of(to), &f);
    if (err != ERR_OK)
        question_refuse(d, q, &f);
}
