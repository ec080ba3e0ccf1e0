/*
 * A session in its file: a head that the parent writes before the attempts are noted, then the
 * worker's events.  Text, one line each, so that a half-written end can be told and left out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/id.h"
#include "dispatcher_int.h"

void tripfile_format(const struct trip *s, const char *boot, struct buf *out)
{
    buf_addf(out, "session 1 %s\n", boot);
    for (size_t i = 0; i < s->nmails; i++) {
        const struct trip_mail *m = &s->mails[i];

        buf_addf(out, "for %" PRIu64 " %u %" PRId64 " %d\n", m->id, m->attempts, m->created_ms,
                 m->uncertain);
        for (size_t r = 0; r < m->nlegs; r++)
            buf_addf(out, "to %s\n", m->legs[r].addr);
    }
    buf_add_str(out, "go\n");
}

static bool line_next(struct span *in, struct span *line)
{
    const char *end = in->len > 0 ? memchr(in->p, '\n', in->len) : NULL;

    if (end == NULL)
        return false;
    *line = (struct span){in->p, (size_t)(end - in->p)};
    in->len -= line->len + 1;
    in->p = end + 1;
    return true;
}

static bool line_starts(struct span line, const char *word, struct span *rest)
{
    size_t len = strlen(word);

    if (line.len <= len || memcmp(line.p, word, len) != 0 || line.p[len] != ' ')
        return false;
    *rest = (struct span){line.p + len + 1, line.len - len - 1};
    return true;
}

static err_t head_add_mail(struct trip *s, struct span rest)
{
    struct trip_mail m = {0};
    char text[128];
    int uncertain = 0;

    if (s->nmails == JOB_MAILS_MAX || rest.len >= sizeof(text))
        return ERR_CORRUPT;
    memcpy(text, rest.p, rest.len);
    text[rest.len] = '\0';
    if (sscanf(text, "%" SCNu64 " %u %" SCNd64 " %d", &m.id, &m.attempts, &m.created_ms,
               &uncertain) != 4 ||
        m.id == 0 || m.attempts == 0)
        return ERR_CORRUPT;
    m.uncertain = uncertain != 0;
    s->mails[s->nmails++] = m;
    return ERR_OK;
}

static err_t head_add_leg(struct trip *s, struct span addr)
{
    if (s->nmails == 0)
        return ERR_CORRUPT;
    struct trip_mail *m = &s->mails[s->nmails - 1];

    m->legs = xrealloc(m->legs, (m->nlegs + 1) * sizeof(*m->legs));
    m->legs[m->nlegs++] = (struct leg){.addr = span_dup(addr)};
    return ERR_OK;
}

static void apply_events(struct span bytes, struct trip *s)
{
    struct span line;
    struct worker_event e;

    while (line_next(&bytes, &line))
        if (worker_event_parse(line, &e) == ERR_OK)
            trip_apply(s, &e);
}

void tripfile_replay(struct span bytes, struct trip *s)
{
    struct span line;

    while (line_next(&bytes, &line))
        if (span_is(line, "go"))
            break;
    apply_events(bytes, s);
}

err_t tripfile_parse(struct span bytes, const char *boot, struct trip *s, bool *same_boot)
{
    struct span line, rest;
    err_t err = ERR_OK;
    bool whole = false;

    *s = (struct trip){.mails = xcalloc(JOB_MAILS_MAX, sizeof(*s->mails))};
    if (!line_next(&bytes, &line) || !line_starts(line, "session 1", &rest))
        return ERR_CORRUPT;
    *same_boot = span_is(rest, boot);
    while (!whole && err == ERR_OK && line_next(&bytes, &line)) {
        if (line_starts(line, "for", &rest))
            err = head_add_mail(s, rest);
        else if (line_starts(line, "to", &rest))
            err = head_add_leg(s, rest);
        else if (span_is(line, "go"))
            whole = true;
        else
            err = ERR_CORRUPT;
    }
    if (err != ERR_OK || !whole)
        return ERR_CORRUPT;
    apply_events(bytes, s);
    return ERR_OK;
}

static void text_set(char **to, struct span text)
{
    free(*to);
    *to = span_dup(text);
}

void trip_apply(struct trip *s, const struct worker_event *e)
{
    struct trip_mail *m = e->mail < s->nmails ? &s->mails[e->mail] : NULL;

    if (e->type == EVENT_TROUBLE) {
        s->trouble = e->trouble;
        text_set(&s->trouble_text, e->text);
    } else if (e->type == EVENT_OVER) {
        s->over = true;
    } else if (m == NULL) {
        return;
    } else if (e->type == EVENT_MAIL) {
        m->mail_code = e->code;
        text_set(&m->mail_reply, e->text);
    } else if (e->type == EVENT_RCPT && e->rcpt < m->nlegs) {
        m->legs[e->rcpt].code = e->code;
        text_set(&m->legs[e->rcpt].reply, e->text);
    } else if (e->type == EVENT_END) {
        m->ended = true;
    } else if (e->type == EVENT_DATA) {
        m->data_code = e->code;
        text_set(&m->data_reply, e->text);
    }
}

void trip_free(struct trip *s)
{
    for (size_t i = 0; i < s->nmails; i++) {
        struct trip_mail *m = &s->mails[i];

        for (size_t r = 0; r < m->nlegs; r++) {
            free(m->legs[r].addr);
            free(m->legs[r].reply);
        }
        free(m->legs);
        free(m->mail_reply);
        free(m->data_reply);
    }
    free(s->mails);
    free(s->trouble_text);
    free(s->path);
    buf_fini(&s->in);
    *s = (struct trip){0};
}
