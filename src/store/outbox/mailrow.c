/*
 * The codec of the outbox's rows.  It reads and writes bytes and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/tlv.h"
#include "outbox/outbox_int.h"

static const char *const state_words[] = {
    [MAILST_QUEUED] = "queued",
    [MAILST_SENDING] = "sending",
    [MAILST_DEFERRED] = "deferred",
    [MAILST_SENT] = "sent",
    [MAILST_FAILED] = "failed",
    [MAILST_UNCERTAIN] = "uncertain",
    [MAILST_SUPPRESSED] = "suppressed",
    [MAILST_CANCELLED] = "cancelled",
    [MAILST_HELD] = "held",
    [MAILST_FOLDED] = "folded",
};
_Static_assert(COUNT_OF(state_words) == MAILST_COUNT, "each state has a word");

const char *mail_state_word(enum mail_state state)
{
    return (size_t)state < MAILST_COUNT ? state_words[state] : NULL;
}

bool mail_state_is_settled(unsigned state)
{
    return queue_is_ended(&mail_queue, state);
}

bool mail_rcpt_waits(const struct mail_rcpt *r)
{
    return r->state != MAILST_SENT && r->state != MAILST_FAILED && r->state != MAILST_CANCELLED;
}

uint64_t mail_relay_dept(enum mail_kind kind, uint64_t dept, uint64_t entry)
{
    return kind == MAIL_COPY ? entry : dept;
}

/* outbox */

enum outbox_tag { OUTBOX_ORDER = 1, OUTBOX_CREATED };

void outbox_row_encode(struct span order, int64_t created_ms, struct buf *out)
{
    tlv_put_span(out, OUTBOX_ORDER, order);
    tlv_put_i64(out, OUTBOX_CREATED, created_ms);
}

err_t outbox_row_decode(struct span in, struct outbox_row *row)
{
    struct span order = SPAN_NONE;
    struct tlv f;
    bool bad = false;
    err_t err;

    row->created_ms = 0;
    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        if (f.tag == OUTBOX_ORDER)
            order = f.bytes;
        else if (f.tag == OUTBOX_CREATED)
            row->created_ms = tlv_i64(&f, &bad);
    }
    if (err != ERR_NOTFOUND || bad)
        return ERR_CORRUPT;
    return mail_order_decode(order, &row->order);
}

/* what the dispatcher keeps of a mail */

/* Beside the queue's. */
enum mail_row_tag {
    MAILROW_UNCERTAIN = 2,
    MAILROW_CANCEL = 3,
    MAILROW_REASON = 7,
    MAILROW_RCPT = 8,
    MAILROW_ALONE = 9,
    MAILROW_NOTICES = 10,
    MAILROW_DIGEST = 11,
    MAILROW_TRY = 13
};

enum rcpt_tag { RCPT_ADDR = 1, RCPT_STATE, RCPT_CODE, RCPT_REPLY, RCPT_REPLACED_BY };
enum try_tag { TRY_AT = 1, TRY_STATE, TRY_CAUSE };

void mail_fields_encode(const struct mail_row *row, struct buf *out)
{
    struct buf item = {0};

    tlv_put_u64(out, MAILROW_UNCERTAIN, row->uncertain);
    tlv_put_u64(out, MAILROW_CANCEL, row->cancel);
    tlv_put_str(out, MAILROW_REASON, row->reason);
    tlv_put_u64(out, MAILROW_ALONE, row->alone);
    tlv_put_u64(out, MAILROW_NOTICES, row->notices);
    tlv_put_u64(out, MAILROW_DIGEST, row->digest);
    for (size_t i = 0; i < row->nrcpts; i++) {
        const struct mail_rcpt *r = &row->rcpts[i];

        buf_reset(&item);
        tlv_put_str(&item, RCPT_ADDR, r->addr);
        tlv_put_u64(&item, RCPT_STATE, r->state);
        tlv_put_i64(&item, RCPT_CODE, r->code);
        tlv_put_str(&item, RCPT_REPLY, r->reply);
        tlv_put_u64(&item, RCPT_REPLACED_BY, r->replaced_by);
        tlv_put_item(out, MAILROW_RCPT, buf_span(&item));
    }
    for (size_t i = 0; i < row->ntries; i++) {
        const struct mail_try *t = &row->tries[i];

        buf_reset(&item);
        tlv_put_i64(&item, TRY_AT, t->at_ms);
        tlv_put_u64(&item, TRY_STATE, t->state);
        tlv_put_str(&item, TRY_CAUSE, t->cause);
        tlv_put_item(out, MAILROW_TRY, buf_span(&item));
    }
    buf_fini(&item);
}

static bool state_decode(const struct tlv *f, enum mail_state *state)
{
    bool bad = false;
    uint64_t v = tlv_u64(f, &bad);

    if (bad || v >= MAILST_COUNT)
        return false;
    *state = (enum mail_state)v;
    return true;
}

static err_t rcpt_decode(struct span in, struct mail_rcpt *r)
{
    struct span addr = SPAN_NONE, reply = SPAN_NONE;
    struct tlv f;
    bool bad = false;
    err_t err;

    *r = (struct mail_rcpt){0};
    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum rcpt_tag)f.tag) {
        case RCPT_ADDR:
            addr = f.bytes;
            break;
        case RCPT_STATE:
            bad = !state_decode(&f, &r->state) || bad;
            break;
        case RCPT_CODE:
            r->code = (int)tlv_i64(&f, &bad);
            break;
        case RCPT_REPLY:
            reply = f.bytes;
            break;
        case RCPT_REPLACED_BY:
            r->replaced_by = tlv_u64(&f, &bad);
            break;
        }
    }
    if (err != ERR_NOTFOUND || bad || addr.len == 0)
        return ERR_CORRUPT;
    r->addr = span_dup(addr);
    r->reply = span_dup(reply);
    return ERR_OK;
}

/* A word of ours, cut to its place. */
static void cause_take(const struct tlv *f, char cause[MAIL_CAUSE_MAX_BYTES])
{
    snprintf(cause, MAIL_CAUSE_MAX_BYTES, "%.*s", (int)f->bytes.len, f->bytes.p);
}

static bool mail_row_add_try(struct mail_row *row, struct span in)
{
    struct mail_try t = {0};
    struct tlv f;
    bool bad = row->ntries == MAIL_TRIES_MAX;
    err_t err;

    while (!bad && (err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum try_tag)f.tag) {
        case TRY_AT:
            t.at_ms = tlv_i64(&f, &bad);
            break;
        case TRY_STATE:
            bad = !state_decode(&f, &t.state) || bad;
            break;
        case TRY_CAUSE:
            cause_take(&f, t.cause);
            break;
        }
    }
    if (bad || err != ERR_NOTFOUND)
        return false;
    row->tries[row->ntries++] = t;
    return true;
}

static err_t mail_row_add_rcpt(struct mail_row *row, struct span in)
{
    struct mail_rcpt r;
    err_t err = row->nrcpts < MAIL_RCPTS_MAX ? rcpt_decode(in, &r) : ERR_CORRUPT;

    if (err != ERR_OK)
        return err;
    row->rcpts = xrealloc(row->rcpts, (row->nrcpts + 1) * sizeof(row->rcpts[0]));
    row->rcpts[row->nrcpts++] = r;
    return ERR_OK;
}

err_t mail_row_decode(struct span in, struct mail_row *row)
{
    struct span reason = SPAN_NONE;
    struct tlv f;
    bool bad = false;
    err_t err;

    *row = (struct mail_row){0};
    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        if (queue_job_take(&mail_queue, &f, &row->job, &bad))
            continue;
        switch ((enum mail_row_tag)f.tag) {
        case MAILROW_UNCERTAIN:
            row->uncertain = tlv_bool(&f, &bad);
            break;
        case MAILROW_CANCEL:
            row->cancel = tlv_bool(&f, &bad);
            break;
        case MAILROW_REASON:
            reason = f.bytes;
            break;
        case MAILROW_RCPT:
            bad = mail_row_add_rcpt(row, f.bytes) != ERR_OK || bad;
            break;
        case MAILROW_ALONE:
            row->alone = tlv_bool(&f, &bad);
            break;
        case MAILROW_NOTICES:
            row->notices = (uint32_t)tlv_u64(&f, &bad);
            break;
        case MAILROW_DIGEST:
            row->digest = tlv_u64(&f, &bad);
            break;
        case MAILROW_TRY:
            bad = !mail_row_add_try(row, f.bytes) || bad;
            break;
        }
    }
    row->reason = span_dup(reason);
    if (err == ERR_NOTFOUND && !bad)
        return ERR_OK;
    mail_row_fini(row);
    return ERR_CORRUPT;
}

static void rcpts_free(struct mail_rcpt *rcpts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(rcpts[i].addr);
        free(rcpts[i].reply);
    }
    free(rcpts);
}

void mail_row_fini(struct mail_row *row)
{
    free(row->reason);
    rcpts_free(row->rcpts, row->nrcpts);
    *row = (struct mail_row){0};
}

void mail_view_fini(struct mail_view *v)
{
    free((char *)v->order.to.p);
    free((char *)v->order.secret.p);
    free((char *)v->order.instead.p);
    free(v->from);
    free(v->cc);
    free(v->subject);
    free(v->message_id);
    free(v->reason);
    rcpts_free(v->rcpts, v->nrcpts);
    *v = (struct mail_view){0};
}

/* what the gateway asks for */

enum request_tag {
    REQUEST_KIND = 1,
    REQUEST_MAIL,
    REQUEST_CAUSE,
    REQUEST_STAGE,
    REQUEST_NEXT,
    REQUEST_LAST
};

void mail_request_encode(const struct mail_request *rq, struct buf *out)
{
    tlv_put_u64(out, REQUEST_KIND, rq->kind);
    tlv_put_u64(out, REQUEST_MAIL, rq->mail);
    tlv_put_str(out, REQUEST_CAUSE, rq->cause);
    tlv_put_u64(out, REQUEST_STAGE, rq->stage);
    tlv_put_u64(out, REQUEST_NEXT, rq->next);
    tlv_put_u64(out, REQUEST_LAST, rq->last);
}

err_t mail_request_decode(struct span in, struct mail_request *rq)
{
    struct mail_request got = {0};
    uint64_t kind = 0;
    struct tlv f;
    bool bad = false;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum request_tag)f.tag) {
        case REQUEST_KIND:
            kind = tlv_u64(&f, &bad);
            break;
        case REQUEST_MAIL:
            got.mail = tlv_u64(&f, &bad);
            break;
        case REQUEST_CAUSE:
            cause_take(&f, got.cause);
            break;
        case REQUEST_STAGE:
            got.stage = (unsigned)tlv_u64(&f, &bad);
            break;
        case REQUEST_NEXT:
            got.next = tlv_u64(&f, &bad);
            break;
        case REQUEST_LAST:
            got.last = tlv_u64(&f, &bad);
            break;
        }
    }
    if (err != ERR_NOTFOUND || bad || kind > MAILREQ_RETRY_ALL)
        return ERR_CORRUPT;
    got.kind = (enum mail_request_kind)kind;
    *rq = got;
    return ERR_OK;
}

/* relays that rest */

enum relay_tag { RELAY_REST = 1, RELAY_REFUSED, RELAY_TROUBLE };

void relay_row_encode(const struct relay_row *row, struct buf *out)
{
    tlv_put_i64(out, RELAY_REST, row->rest_until_ms);
    tlv_put_u64(out, RELAY_REFUSED, row->refused);
    tlv_put_str(out, RELAY_TROUBLE, row->trouble);
}

err_t relay_row_decode(struct span in, struct relay_row *row)
{
    struct tlv f;
    bool bad = false;
    err_t err;

    *row = (struct relay_row){0};
    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum relay_tag)f.tag) {
        case RELAY_REST:
            row->rest_until_ms = tlv_i64(&f, &bad);
            break;
        case RELAY_REFUSED:
            row->refused = tlv_bool(&f, &bad);
            break;
        case RELAY_TROUBLE:
            cause_take(&f, row->trouble);
            break;
        }
    }
    return err == ERR_NOTFOUND && !bad ? ERR_OK : ERR_CORRUPT;
}

/* frozen mails */

enum frozen_tag {
    FROZEN_FROM = 1,
    FROZEN_CC,
    FROZEN_SUBJECT,
    FROZEN_MESSAGE_ID,
    FROZEN_RCPT,
    FROZEN_BYTES,
    FROZEN_SEALED
};

void mail_frozen_encode(const struct mail_frozen *fz, struct buf *out)
{
    tlv_put_span(out, FROZEN_FROM, fz->from);
    tlv_put_span(out, FROZEN_CC, fz->cc);
    tlv_put_span(out, FROZEN_SUBJECT, fz->subject);
    tlv_put_span(out, FROZEN_MESSAGE_ID, fz->message_id);
    for (size_t i = 0; i < fz->nrcpts; i++)
        tlv_put_item(out, FROZEN_RCPT, fz->rcpts[i]);
    tlv_put_span(out, FROZEN_BYTES, fz->bytes);
    tlv_put_u64(out, FROZEN_SEALED, fz->sealed);
}

static err_t frozen_fields(struct span in, struct mail_frozen *fz, struct span *rcpts)
{
    struct tlv f;
    bool bad = false;
    err_t err;

    *fz = (struct mail_frozen){0};
    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        switch ((enum frozen_tag)f.tag) {
        case FROZEN_FROM:
            fz->from = f.bytes;
            break;
        case FROZEN_CC:
            fz->cc = f.bytes;
            break;
        case FROZEN_SUBJECT:
            fz->subject = f.bytes;
            break;
        case FROZEN_MESSAGE_ID:
            fz->message_id = f.bytes;
            break;
        case FROZEN_RCPT:
            if (fz->nrcpts == MAIL_RCPTS_MAX)
                return ERR_CORRUPT;
            if (rcpts != NULL)
                rcpts[fz->nrcpts] = f.bytes;
            fz->nrcpts++;
            break;
        case FROZEN_BYTES:
            fz->bytes = f.bytes;
            break;
        case FROZEN_SEALED:
            fz->sealed = tlv_bool(&f, &bad);
            break;
        }
    }
    return err == ERR_NOTFOUND && !bad ? ERR_OK : ERR_CORRUPT;
}

err_t mail_frozen_peek(struct span in, struct mail_frozen *fz)
{
    return frozen_fields(in, fz, NULL);
}

/* One block holds the array of spans and then the row that they point into: once it has grown to
 * both, it no longer moves. */
err_t mail_frozen_decode(struct span in, struct mail_frozen *fz, struct buf *mem)
{
    struct mail_frozen got;
    err_t err = frozen_fields(in, &got, NULL);

    if (err != ERR_OK)
        return err;

    size_t head = got.nrcpts * sizeof(struct span);

    for (size_t i = 0; i < got.nrcpts; i++)
        buf_add(mem, &(struct span){NULL, 0}, sizeof(struct span));
    buf_add_span(mem, in);
    if (mem->full)
        return ERR_TOOBIG;

    struct span *rcpts = (struct span *)(void *)mem->p;

    err = frozen_fields((struct span){mem->p + head, in.len}, fz, rcpts);
    fz->rcpts = rcpts;
    return err;
}
