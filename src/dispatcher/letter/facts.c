/*
 * What a letter is about: the journal, read backwards from the cause of the mail, and the rows of
 * department, portal and agents.  It decides nothing about sending.
 */
#include <stdlib.h>

#include "deskbell/id.h"
#include "deskbell/limits.h"
#include "dispatcher_int.h"

#define WALK_STEP 500
#define QUOTED_LINES_MAX 20
#define TEXT_KEPT_MAX_BYTES (16u << 20) /* of one conversation; a letter takes less */

struct span story_keep(struct story *s, struct span text)
{
    if (text.len == 0 || s->bytes + text.len > TEXT_KEPT_MAX_BYTES)
        return SPAN_NONE;
    if (s->ntexts == s->texts_cap) {
        s->texts_cap = s->texts_cap > 0 ? 2 * s->texts_cap : 64;
        s->texts = xrealloc(s->texts, s->texts_cap * sizeof(*s->texts));
    }
    char *copy = span_dup(text);

    s->texts[s->ntexts++] = copy;
    s->bytes += text.len;
    return (struct span){copy, text.len};
}

static struct span keep_str(struct story *s, const char *text)
{
    return story_keep(s, span_of(text));
}

const char *story_trouble(err_t err)
{
    return err == ERR_NOTFOUND ? "what it is about was erased" : err_text(err);
}

void story_fini(struct story *s)
{
    for (size_t i = 0; i < s->ntexts; i++)
        free(s->texts[i]);
    free(s->texts);
    free(s->lines);
    *s = (struct story){0};
}

static void line_add(struct story *s, struct letter_line line)
{
    if (s->nlines == s->cap) {
        s->cap = s->cap > 0 ? 2 * s->cap : 64;
        s->lines = xrealloc(s->lines, s->cap * sizeof(*s->lines));
    }
    s->lines[s->nlines++] = line;
}

/* agents' names, few a chat */

struct names {
    uint64_t id[32];
    struct span name[32];
    size_t count;
};

static struct agent *agent_read(struct dispatcher *d, uint64_t id)
{
    struct buf image = {0};
    struct agent *agent = NULL;

    if (id == 0 || store_read_setting(d->store, OBJ_AGENT, id, &image) != ERR_OK ||
        agent_decode(id, buf_span(&image), &agent) != ERR_OK)
        agent = NULL;
    buf_fini(&image);
    return agent;
}

static struct span agent_signature(struct dispatcher *d, struct story *s, uint64_t id)
{
    struct agent *agent = agent_read(d, id);
    struct span signature = agent != NULL ? keep_str(s, agent->signature) : SPAN_NONE;

    agent_free(agent);
    return signature;
}

static struct span agent_name(struct dispatcher *d, struct story *s, struct names *names,
                              uint64_t id)
{
    struct agent *agent;
    struct span name = SPAN_NONE;

    for (size_t i = 0; i < names->count; i++)
        if (names->id[i] == id)
            return names->name[i];
    if ((agent = agent_read(d, id)) != NULL)
        name = keep_str(s, agent->name);
    agent_free(agent);
    if (names->count < COUNT_OF(names->id)) {
        names->id[names->count] = id;
        names->name[names->count++] = name;
    }
    return name;
}

/* records */

struct walk {
    struct dispatcher *d;
    struct story *s;
    struct names names;
    uint64_t chosen[FORWARD_LINES_MAX]; /* MAIL_FORWARD: these lines alone */
    size_t nchosen;
    bool with_notes;
    struct span house; /* the department that speaks, for lines of nobody in particular */
};

/*
 * The form that follows a missed chat begins with the question already asked.  A message that says
 * it again, alone or with more behind it, is enough.
 */
static bool is_said_again(const struct story *s, struct span question)
{
    for (size_t i = 0; i < s->nlines; i++) {
        struct span text = s->lines[i].text;

        if (s->lines[i].speaker != SPEAKER_VISITOR || text.len < question.len ||
            memcmp(text.p, question.p, question.len) != 0)
            continue;
        if (text.len == question.len || strchr(" \r\n", text.p[question.len]) != NULL)
            return true;
    }
    return false;
}

/* As people write it. */
static struct span keep_address(struct story *s, struct span addr)
{
    struct buf shown = {0};

    mail_address_show(addr, &shown);
    struct span kept = story_keep(s, buf_span(&shown));
    buf_fini(&shown);
    return kept;
}

static void take_visitor(struct story *s, const struct rec *rec)
{
    struct letter_facts *f = &s->facts;
    char number[ID_TEXT];
    struct span message = body_get(rec->body, BODY_TEXT);

    id_format(rec->ring.number, number);
    f->number = rec->ring.number != 0 ? keep_str(s, number) : SPAN_NONE;
    f->visitor = story_keep(s, body_get(rec->body, BODY_NAME));
    f->email = keep_address(s, body_get(rec->body, BODY_EMAIL));
    f->phone = story_keep(s, body_get(rec->body, BODY_PHONE));
    f->question = story_keep(s, body_get(rec->body, BODY_QUESTION));
    if (f->question.len == 0)
        f->question = story_keep(s, message);
    if (f->question.len > 0 && is_said_again(s, f->question))
        f->question = SPAN_NONE;
    f->page = story_keep(s, body_get(rec->body, BODY_PAGE));
    f->title = story_keep(s, body_get(rec->body, BODY_TITLE));
    f->referrer = story_keep(s, body_get(rec->body, BODY_REFERRER));
    f->browser = story_keep(s, body_get(rec->body, BODY_AGENT_STRING));
    f->began_ms = rec->time_ms;
    f->left = rec->type == REC_CONV_LEFT;
}

static void take_message(struct walk *w, const struct rec *rec)
{
    struct letter_line line = {.at_ms = rec->time_ms};
    struct span text = body_get(rec->body, BODY_TEXT);

    if (text.len == 0 || w->s->brief)
        return; /* erased, or not wanted */
    line.text = story_keep(w->s, text);
    if (line.text.len == 0) {
        w->s->facts.left_out++;
        return;
    }
    if (rec->who.kind == BY_VISITOR) {
        line.speaker = SPEAKER_VISITOR; /* named at the end of the walk: the name comes last */
    } else {
        line.speaker = SPEAKER_AGENT;
        line.name =
            rec->who.kind == BY_AGENT ? agent_name(w->d, w->s, &w->names, rec->who.id) : w->house;
    }
    line_add(w->s, line);
}

static void take_joined(struct walk *w, const struct rec *rec)
{
    struct span name = agent_name(w->d, w->s, &w->names, rec->hold.agent);
    struct buf text = {0};

    if (w->s->facts.agent.len == 0)
        w->s->facts.agent = name; /* backwards: the last who had it comes first */
    if (w->s->brief)
        return;
    phrase_fill(w->s->tongue, PHRASE_JOINED,
                name.len > 0 ? name : span_of(phrase(w->s->tongue, PHRASE_AGENT)), &text);
    line_add(w->s, (struct letter_line){.at_ms = rec->time_ms,
                                        .speaker = SPEAKER_SYSTEM,
                                        .text = story_keep(w->s, buf_span(&text))});
    buf_fini(&text);
}

/* The walk goes backwards: this comes last, and stands first. */
static void take_goes_on(struct walk *w, const struct rec *rec)
{
    char number[ID_TEXT];
    struct buf text = {0};

    if (rec->ring.previous_number == 0 || w->s->brief)
        return;
    id_format(rec->ring.previous_number, number);
    phrase_fill(w->s->tongue, PHRASE_GOES_ON, span_of(number), &text);
    line_add(w->s, (struct letter_line){.at_ms = rec->time_ms,
                                        .speaker = SPEAKER_SYSTEM,
                                        .text = story_keep(w->s, buf_span(&text))});
    buf_fini(&text);
}

static enum phrase end_phrase(enum why why)
{
    switch (why) {
    case WHY_AGENT:
        return PHRASE_END_AGENT;
    case WHY_VISITOR:
        return PHRASE_END_VISITOR;
    case WHY_IDLE:
        return PHRASE_END_IDLE;
    case WHY_GONE:
        return PHRASE_END_GONE;
    case WHY_BLOCKED:
        return PHRASE_END_BLOCKED;
    default:
        return PHRASE_END_OTHER;
    }
}

static enum phrase miss_phrase(enum why why)
{
    switch (why) {
    case WHY_WAIT:
        return PHRASE_MISS_WAIT;
    case WHY_VISITOR:
    case WHY_GONE:
        return PHRASE_MISS_LEFT;
    case WHY_NOBODY:
        return PHRASE_MISS_NOBODY;
    default:
        return PHRASE_MISS_OTHER;
    }
}

static bool is_chosen(const struct walk *w, const struct rec *rec)
{
    if (rec->type == REC_CONV_NOTE && !w->with_notes)
        return false;
    for (size_t i = 0; i < w->nchosen; i++)
        if (w->chosen[i] == rec->seq)
            return true;
    return false;
}

static void note_name(struct walk *w, struct letter_line *line)
{
    struct buf name = {0};

    buf_add_span(&name, line->name);
    buf_add_str(&name, phrase(w->s->tongue, PHRASE_NOTE));
    line->name = story_keep(w->s, buf_span(&name));
    buf_fini(&name);
}

/* A line that an agent chose to forward. */
static void take_chosen(struct walk *w, const struct rec *rec)
{
    struct letter_line line = {.at_ms = rec->time_ms, .speaker = SPEAKER_VISITOR};
    enum body_tag tag = rec->type == REC_CONV_RANG ? BODY_QUESTION : BODY_TEXT;

    if (!is_chosen(w, rec))
        return;
    line.text = story_keep(w->s, body_get(rec->body, tag));
    if (line.text.len == 0)
        return; /* erased */
    if (rec->who.kind != BY_VISITOR) {
        line.speaker = SPEAKER_AGENT;
        line.name =
            rec->who.kind == BY_AGENT ? agent_name(w->d, w->s, &w->names, rec->who.id) : w->house;
    }
    if (rec->type == REC_CONV_NOTE)
        note_name(w, &line);
    line_add(w->s, line);
}

static bool walk_on_chosen(void *arg, const struct rec *rec)
{
    struct walk *w = arg;

    switch (rec->type) {
    case REC_CONV_RANG:
    case REC_CONV_LEFT:
        take_visitor(w->s, rec);
        take_chosen(w, rec);
        break;
    case REC_CONV_MESSAGE:
    case REC_CONV_LEFT_MORE:
    case REC_CONV_NOTE:
    case REC_CONV_MAILED:
        take_chosen(w, rec);
        break;
    default:
        break;
    }
    return true;
}

/* Newest first.  What was said later than the letter's cause is not in the walk. */
static bool walk_on_rec(void *arg, const struct rec *rec)
{
    struct walk *w = arg;
    struct letter_facts *f = &w->s->facts;

    switch (rec->type) {
    case REC_CONV_RANG:
    case REC_CONV_LEFT:
        take_visitor(w->s, rec);
        take_goes_on(w, rec);
        if (rec->type == REC_CONV_LEFT &&
            f->ended_ms == 0) { /* it is kept until somebody is there */
            f->reason = span_of(phrase(w->s->tongue, miss_phrase(WHY_NOBODY)));
            f->ended_ms = rec->time_ms;
        }
        break;
    case REC_CONV_MESSAGE:
    case REC_CONV_LEFT_MORE:
        take_message(w, rec);
        break;
    case REC_CONV_ACCEPTED:
    case REC_CONV_ASSIGNED:
        take_joined(w, rec);
        break;
    case REC_CONV_ENDED:
        f->ended_ms = rec->time_ms;
        f->outcome = span_of(phrase(w->s->tongue, end_phrase(rec->hold.why)));
        break;
    case REC_CONV_MISSED:
        f->reason = span_of(phrase(w->s->tongue, miss_phrase(rec->hold.why)));
        f->ended_ms = rec->time_ms;
        break;
    default: /* notes and the rest are not for mails */
        break;
    }
    return true;
}

static err_t walk_all(struct walk *w, uint64_t from)
{
    err_t err = ERR_OK;

    while (from != 0 && err == ERR_OK)
        err = store_walk_conv(w->d->store, from, WALK_STEP,
                              w->nchosen > 0 ? walk_on_chosen : walk_on_rec, w, &from);
    return err;
}

/* An answer quotes what the visitor said last. */
static void lines_quote(struct story *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->nlines; i++) {
        if (s->lines[i].speaker != SPEAKER_VISITOR)
            continue;
        if (n < QUOTED_LINES_MAX)
            s->lines[n++] = s->lines[i]; /* newest first */
        else
            s->facts.left_out++;
    }
    s->nlines = n;
}

/*
 * Whom a visitor's lines stand under, as in the console: by the best that is known.  No address
 * goes with forwarded lines that they did not give as a name.
 */
static struct span line_name(struct story *s, enum mail_kind kind)
{
    const struct letter_facts *f = &s->facts;
    struct buf numbered = {0};

    if (f->visitor.len > 0)
        return f->visitor;
    if (f->email.len > 0 && kind != MAIL_FORWARD)
        return f->email;
    if (f->number.len == 0)
        return SPAN_NONE;
    phrase_fill(s->tongue, PHRASE_NUMBER, f->number, &numbered);
    struct span kept = story_keep(s, buf_span(&numbered));
    buf_fini(&numbered);
    return kept;
}

static void lines_finish(struct story *s, enum mail_kind kind)
{
    const struct span name = line_name(s, kind);

    for (size_t i = 0; i < s->nlines / 2; i++) {
        struct letter_line swap = s->lines[i];

        s->lines[i] = s->lines[s->nlines - 1 - i];
        s->lines[s->nlines - 1 - i] = swap;
    }
    for (size_t i = 0; i < s->nlines; i++)
        if (s->lines[i].speaker == SPEAKER_VISITOR)
            s->lines[i].name = name;
    s->facts.lines = s->lines;
    s->facts.nlines = s->nlines;
}

/* the cause */

static void take_block(struct walk *w, const struct rec *rec)
{
    struct letter_facts *f = &w->s->facts;
    char text[IPADDR_TEXT];

    ipprefix_format(&rec->block.prefix, text);
    f->ip = keep_str(w->s, text);
    f->reason = story_keep(w->s, body_get(rec->body, BODY_TEXT));
    f->until_ms = rec->block.until_ms;
    f->agent =
        rec->who.kind == BY_AGENT ? agent_name(w->d, w->s, &w->names, rec->who.id) : SPAN_NONE;
}

/*
 * The cause itself, and where the conversation's records are found from: a block's record stands in
 * another row of records, so that the conversation's own image has to say.
 */
static err_t cause_read(struct walk *w, const struct mail_order *order, uint64_t *from)
{
    struct letter_facts *f = &w->s->facts;
    struct buf mem = {0}, image = {0};
    struct conv *cv = NULL;
    const uint64_t at = order->story != 0 ? order->story : order->cause;
    struct rec rec;
    err_t err = store_read_rec(w->d->store, at, &rec, &mem);

    if (err != ERR_OK)
        goto out;
    f->at_ms = rec.time_ms;
    *from = at;
    if (rec.type == REC_CONV_FEEDBACK) {
        f->rating = rec.feedback.rating;
        f->comment = story_keep(w->s, body_get(rec.body, BODY_TEXT));
    }
    if (rec.type == REC_CONV_MAILED) {
        f->message = story_keep(w->s, body_get(rec.body, BODY_TEXT));
        f->agent = agent_name(w->d, w->s, &w->names, rec.who.id);
        f->signature = agent_signature(w->d, w->s, rec.who.id);
        if (f->message.len == 0)
            err = ERR_NOTFOUND; /* erased */
    }
    if (rec.type == REC_CONV_FORWARDED) {
        f->message = story_keep(w->s, body_get(rec.body, BODY_TEXT));
        f->agent = agent_name(w->d, w->s, &w->names, rec.who.id);
        w->nchosen = rec_lines(&rec, w->chosen);
        w->with_notes = rec.forward.with_notes;
    }
    if (rec.obj_type != OBJ_CONV) {
        *from = 0;
        if (store_read_conv(w->d->store, order->conv, &image) == ERR_OK &&
            conv_decode(order->conv, buf_span(&image), &cv) == ERR_OK) {
            *from = cv->last_pos;
            conv_free(cv);
        }
    }
    if (rec.type == REC_BLOCK_ADDED)
        take_block(w, &rec);
out:
    buf_fini(&mem);
    buf_fini(&image);
    return err;
}

/* Into the console, for those who work there. */
static void take_link(struct dispatcher *d, const struct mail_order *order, struct story *s)
{
    struct buf url = {0};
    char conv[ID_TEXT];

    if (d->conf.public_url == NULL || d->conf.public_url[0] == '\0' || order->conv == 0)
        return;
    id_format(order->conv, conv);
    buf_addf(&url, "%s/console/#/%s?c=%s", d->conf.public_url,
             order->kind == MAIL_MISSED  ? "missed"
             : order->kind == MAIL_BLOCK ? "all"
                                         : "completed",
             conv);
    s->facts.link = story_keep(s, buf_span(&url));
    buf_fini(&url);
}

err_t story_read(struct dispatcher *d, const struct mail_order *order, struct story *s)
{
    struct walk w = {.d = d, .s = s, .house = s->facts.department};
    struct span cause_agent, cause_reason;
    uint64_t from = 0;
    err_t err;

    if (mail_has_link(order->kind))
        return account_read(d, order, s);
    if (order->kind == MAIL_TASK || order->kind == MAIL_MENTION)
        return task_read(d, order, s);
    if ((err = cause_read(&w, order, &from)) != ERR_OK)
        return err;
    cause_agent = s->facts.agent;
    cause_reason = s->facts.reason;
    if ((err = walk_all(&w, from)) != ERR_OK)
        return err;
    if (order->kind == MAIL_BLOCK) { /* who blocked and why, not who had the chat */
        s->facts.agent = cause_agent;
        s->facts.reason = cause_reason;
    }
    if (order->kind == MAIL_REPLY) {
        s->facts.agent = cause_agent; /* who answers, not who had the chat */
        lines_quote(s);
    }
    if (order->kind == MAIL_FORWARD && s->nlines == 0)
        return ERR_NOTFOUND; /* erased */
    if (order->kind == MAIL_TRANSCRIPT || order->kind == MAIL_BLOCK ||
        order->kind == MAIL_FEEDBACK || order->kind == MAIL_MISSED)
        take_link(d, order, s);
    lines_finish(s, order->kind);
    return ERR_OK;
}

err_t story_read_answer(struct dispatcher *d, uint64_t from, uint64_t agent, struct story *s)
{
    struct walk w = {.d = d, .s = s, .house = s->facts.department};
    err_t err = walk_all(&w, from);

    if (err != ERR_OK)
        return err;
    s->facts.agent = agent_name(d, s, &w.names, agent);
    s->facts.signature = agent_signature(d, s, agent);
    lines_quote(s);
    lines_finish(s, MAIL_REPLY);
    return ERR_OK;
}
