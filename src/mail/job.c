/* Jobs and events as bytes.  No sockets and no SMTP: see worker.h. */
#include "deskbell/worker.h"

#include <stdlib.h>

#include "deskbell/id.h"
#include "deskbell/tlv.h"

enum job_tag {
    JOB_HOST = 1,
    JOB_PORT,
    JOB_TLS,
    JOB_USER,
    JOB_PASSWORD,
    JOB_CA_FILE,
    JOB_HELLO,
    JOB_LIMIT,
    JOB_MAIL,
    JOB_DIALOGUE,
    JOB_AUTH,
    JOB_DOT
};

enum mail_tag { MAIL_FROM = 1, MAIL_RCPT, MAIL_BYTES };

#define RCPTS_MAX 200

void job_encode(const struct job *job, struct buf *out)
{
    tlv_put_span(out, JOB_HOST, job->host);
    tlv_put_u64(out, JOB_PORT, job->port);
    tlv_put_u64(out, JOB_TLS, (uint64_t)job->tls);
    tlv_put_span(out, JOB_USER, job->user);
    tlv_put_span(out, JOB_PASSWORD, job->password);
    tlv_put_span(out, JOB_CA_FILE, job->ca_file);
    tlv_put_span(out, JOB_HELLO, job->hello);
    tlv_put_u64(out, JOB_LIMIT, (uint64_t)job->limit_ms);
    tlv_put_u64(out, JOB_DOT, (uint64_t)job->dot_ms);
    tlv_put_u64(out, JOB_AUTH, job->token);
    if (job->dialogue)
        tlv_put_u64(out, JOB_DIALOGUE, 1);
    for (size_t i = 0; i < job->nmails; i++) {
        const struct job_mail *m = &job->mails[i];
        struct buf item = {0};

        tlv_put_span(&item, MAIL_FROM, m->from);
        for (size_t r = 0; r < m->nrcpts; r++)
            tlv_put_item(&item, MAIL_RCPT, m->rcpts[r]);
        tlv_put_span(&item, MAIL_BYTES, m->bytes);
        ensure(!item.full);
        tlv_put_item(out, JOB_MAIL, buf_span(&item));
        buf_fini(&item);
    }
    ensure(!out->full);
}

static err_t mail_decode(struct span in, struct job_mail *m)
{
    struct span *rcpts = xcalloc(RCPTS_MAX, sizeof(*rcpts));
    struct tlv f;
    err_t err;

    *m = (struct job_mail){.rcpts = rcpts};
    while ((err = tlv_next(&in, &f)) == ERR_OK) {
        if (f.tag == MAIL_FROM)
            m->from = f.bytes;
        else if (f.tag == MAIL_BYTES)
            m->bytes = f.bytes;
        else if (f.tag == MAIL_RCPT && m->nrcpts < RCPTS_MAX)
            rcpts[m->nrcpts++] = f.bytes;
        else if (f.tag == MAIL_RCPT)
            return ERR_TOOBIG;
    }
    if (err != ERR_NOTFOUND)
        return err;
    return m->from.len > 0 && m->nrcpts > 0 && m->bytes.len > 0 ? ERR_OK : ERR_CORRUPT;
}

static err_t field_decode(struct job *job, const struct tlv *f)
{
    uint64_t number;
    bool bad = false;

    switch (f->tag) {
    case JOB_HOST:
        job->host = f->bytes;
        break;
    case JOB_PORT:
        job->port = (unsigned)tlv_u64(f, &bad);
        break;
    case JOB_TLS:
        number = tlv_u64(f, &bad);
        bad = bad || number > JOB_TLS_DIRECT;
        job->tls = bad ? JOB_TLS_STARTTLS : (enum job_tls)number;
        break;
    case JOB_USER:
        job->user = f->bytes;
        break;
    case JOB_PASSWORD:
        job->password = f->bytes;
        break;
    case JOB_CA_FILE:
        job->ca_file = f->bytes;
        break;
    case JOB_HELLO:
        job->hello = f->bytes;
        break;
    case JOB_LIMIT:
        job->limit_ms = (int64_t)tlv_u64(f, &bad);
        break;
    case JOB_DOT:
        job->dot_ms = (int64_t)tlv_u64(f, &bad);
        break;
    case JOB_DIALOGUE:
        job->dialogue = tlv_u64(f, &bad) != 0;
        break;
    case JOB_AUTH:
        job->token = tlv_bool(f, &bad);
        break;
    case JOB_MAIL:
        if (job->nmails == JOB_MAILS_MAX)
            return ERR_TOOBIG;
        return mail_decode(f->bytes, &job->mails[job->nmails++]);
    }
    return bad ? ERR_CORRUPT : ERR_OK;
}

err_t job_decode(struct span in, struct job *job)
{
    struct job got = {.mails = xcalloc(JOB_MAILS_MAX, sizeof(*got.mails))};
    struct tlv f;
    err_t err;

    while ((err = tlv_next(&in, &f)) == ERR_OK)
        if ((err = field_decode(&got, &f)) != ERR_OK)
            break;
    if (err == ERR_NOTFOUND)
        err = got.nmails > 0 && got.limit_ms > 0 && got.dot_ms > 0 ? ERR_OK : ERR_CORRUPT;
    if (err != ERR_OK) {
        job_fini(&got);
        return err;
    }
    *job = got;
    return ERR_OK;
}

void job_fini(struct job *job)
{
    for (size_t i = 0; i < job->nmails; i++)
        free((void *)job->mails[i].rcpts); /* ours since mail_decode() */
    free(job->mails);
    *job = (struct job){0};
}

static const char *const event_words[] = {
    [EVENT_TROUBLE] = "trouble", [EVENT_MAIL] = "mail", [EVENT_RCPT] = "rcpt",
    [EVENT_END] = "end",         [EVENT_DATA] = "data", [EVENT_OVER] = "over",
    [EVENT_LINE] = "line",       [EVENT_FACT] = "fact",
};

static const char *const by_words[] = {
    [LINE_CLIENT] = "client", [LINE_SERVER] = "server", [LINE_NOTE] = "note"};

const char *line_by_word(enum line_by by)
{
    ensure((unsigned)by < COUNT_OF(by_words));
    return by_words[by];
}

static bool has_mail(enum worker_event_type type)
{
    return type == EVENT_MAIL || type == EVENT_RCPT || type == EVENT_END || type == EVENT_DATA;
}

static size_t text_max(enum worker_event_type type)
{
    return type == EVENT_LINE || type == EVENT_FACT ? LINE_MAX_BYTES : REPLY_MAX_BYTES;
}

/* The character at the front: how many bytes it has, 1 for one that is not UTF-8. */
static size_t char_len(struct span s)
{
    size_t n = 1;

    while (n < 4 && n < s.len && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n++;
    return span_is_utf8((struct span){s.p, n}) ? n : 1;
}

static void text_write(struct span text, size_t max, struct buf *out)
{
    size_t room = max;

    while (text.len > 0) {
        size_t n = char_len(text);
        struct span c = {text.p, n};

        if (n > room)
            return;
        if (text.p[0] == '\t')
            c = SPAN_LIT(" ");
        else if (!span_is_utf8(c))
            c = SPAN_LIT("?");
        if (span_is_line(c, 1)) {
            buf_add_span(out, c);
            room -= c.len;
        }
        text.p += n;
        text.len -= n;
    }
}

void worker_event_format(const struct worker_event *e, struct buf *out)
{
    buf_add_str(out, event_words[e->type]);
    if (e->type == EVENT_TROUBLE)
        buf_addf(out, " %s", trouble_word(e->trouble));
    else if (e->type == EVENT_LINE)
        buf_addf(out, " %s", line_by_word(e->by));
    else if (e->type == EVENT_FACT)
        buf_addf(out, " %s", fact_word(e->fact));
    else if (has_mail(e->type))
        buf_addf(out, " %zu", e->mail);
    if (e->type == EVENT_RCPT)
        buf_addf(out, " %zu", e->rcpt);
    if (e->type == EVENT_MAIL || e->type == EVENT_RCPT || e->type == EVENT_DATA)
        buf_addf(out, " %d", e->code);
    if (e->text.len > 0)
        buf_add_char(out, ' ');
    text_write(e->text, text_max(e->type), out);
    buf_add_char(out, '\n');
}

/* The next word of a line; false at its end. */
static bool word_next(struct span *line, struct span *word)
{
    size_t n = 0;

    while (n < line->len && line->p[n] != ' ')
        n++;
    if (n == 0)
        return false;
    *word = (struct span){line->p, n};
    line->p += n < line->len ? n + 1 : n;
    line->len -= n < line->len ? n + 1 : n;
    return true;
}

static bool number_next(struct span *line, size_t max, size_t *out)
{
    struct span word;
    size_t value = 0;

    if (!word_next(line, &word) || word.len > 6)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.p[i] < '0' || word.p[i] > '9')
            return false;
        value = value * 10 + (size_t)(word.p[i] - '0');
    }
    *out = value;
    return value <= max;
}

static bool by_parse(struct span word, enum line_by *by)
{
    for (size_t i = 0; i < COUNT_OF(by_words); i++)
        if (span_is(word, by_words[i])) {
            *by = (enum line_by)i;
            return true;
        }
    return false;
}

err_t worker_event_parse(struct span line, struct worker_event *e)
{
    struct worker_event got = {0};
    struct span word;
    size_t type = 0, code = 0;

    if (line.len > EVENT_MAX_BYTES || !word_next(&line, &word))
        return ERR_CORRUPT;
    while (type < COUNT_OF(event_words) && !span_is(word, event_words[type]))
        type++;
    if (type == COUNT_OF(event_words))
        return ERR_CORRUPT;
    got.type = (enum worker_event_type)type;

    if (got.type == EVENT_TROUBLE) {
        if (!word_next(&line, &word) || !trouble_parse(word, &got.trouble))
            return ERR_CORRUPT;
    } else if (got.type == EVENT_LINE) {
        if (!word_next(&line, &word) || !by_parse(word, &got.by))
            return ERR_CORRUPT;
    } else if (got.type == EVENT_FACT) {
        if (!word_next(&line, &word) || !fact_parse(word, &got.fact))
            return ERR_CORRUPT;
    } else if (has_mail(got.type) && !number_next(&line, JOB_MAILS_MAX - 1, &got.mail)) {
        return ERR_CORRUPT;
    }
    if (got.type == EVENT_RCPT && !number_next(&line, RCPTS_MAX - 1, &got.rcpt))
        return ERR_CORRUPT;
    if (got.type == EVENT_MAIL || got.type == EVENT_RCPT || got.type == EVENT_DATA) {
        if (!number_next(&line, 999, &code))
            return ERR_CORRUPT;
        got.code = (int)code;
    }
    got.text = line;
    *e = got;
    return ERR_OK;
}
