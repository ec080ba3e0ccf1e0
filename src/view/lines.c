/* The lines of conversations as JSON: what visitors see of them, and what agents do. */
#include "view_int.h"

static const char *by_word(const struct rec *rec)
{
    switch (rec->who.kind) {
    case BY_VISITOR:
        return "visitor";
    case BY_AGENT:
        return "agent";
    default:
        return "system";
    }
}

/* Accepting is the agent's, also where routing did it for him. */
static uint64_t line_agent(const struct rec *rec)
{
    if (rec_agent(rec) != 0)
        return rec_agent(rec);
    return rec->who.kind == BY_AGENT ? rec->who.id : 0;
}

static const char *line_name(const struct view *v, const struct conv *cv, const struct rec *rec)
{
    if (rec->type == REC_CONV_CAME_BACK && rec->transfer.agent != 0)
        return core_agent_name(v->core, rec->transfer.agent);
    if (rec->who.kind == BY_VISITOR)
        return cv->name;
    if (rec->who.kind == BY_AGENT)
        return core_agent_name(v->core, rec->who.id);
    if (rec->type == REC_CONV_ACCEPTED)
        return core_agent_name(v->core, rec->hold.agent);
    return view_entry_name(v, cv);
}

static const char *visitor_kind(const struct rec *rec)
{
    switch (rec->type) {
    case REC_CONV_RANG:
    case REC_CONV_LEFT:
    case REC_CONV_LEFT_MORE:
    case REC_CONV_MESSAGE:
        return "message";
    case REC_CONV_ACCEPTED:
    case REC_CONV_ASSIGNED:
        return "joined";
    case REC_CONV_EDITED:
        return rec->edit.removed ? "removed" : "edited";
    case REC_CONV_RETURNED:
        return "returned";
    case REC_CONV_TRANSFERRED:
        return "transferred";
    case REC_CONV_CAME_BACK:
        return rec->transfer.agent != 0 ? "joined" : "returned";
    case REC_CONV_ENDED:
        return "ended";
    default:
        return NULL;
    }
}

/* Said or written by somebody: a line that can be forwarded. */
bool view_line_has_words(const struct rec *rec)
{
    switch (rec->type) {
    case REC_CONV_RANG:
        return body_get(rec->body, BODY_QUESTION).len > 0;
    case REC_CONV_LEFT:
    case REC_CONV_LEFT_MORE:
    case REC_CONV_MESSAGE:
    case REC_CONV_NOTE:
    case REC_CONV_MAILED:
        return body_get(rec->body, BODY_TEXT).len > 0;
    default:
        return false;
    }
}

static struct span line_text(const struct rec *rec)
{
    switch (rec->type) {
    case REC_CONV_RANG:
        return body_get(rec->body, BODY_QUESTION);
    case REC_CONV_COPY_ASKED:
        return body_get(rec->body, BODY_EMAIL);
    case REC_CONV_TRANSFERRED: /* the note is agents' alone */
    case REC_CONV_CAME_BACK:
        return SPAN_NONE;
    default:
        return body_get(rec->body, BODY_TEXT);
    }
}

/* Who hands on, and where to, is nothing that a visitor is told. */
static const char *visitor_by(const struct rec *rec)
{
    if (rec->type == REC_CONV_TRANSFERRED || rec->type == REC_CONV_EDITED)
        return "system";
    if (rec->type == REC_CONV_ACCEPTED || rec->type == REC_CONV_ASSIGNED ||
        (rec->type == REC_CONV_CAME_BACK && rec->transfer.agent != 0))
        return "agent";
    return by_word(rec);
}

static const char *visitor_name(const struct view *v, const struct conv *cv, const struct rec *rec)
{
    if (rec->type == REC_CONV_TRANSFERRED || rec->type == REC_CONV_EDITED)
        return view_entry_name(v, cv);
    if (rec->type == REC_CONV_ASSIGNED)
        return core_agent_name(v->core, rec->hold.agent);
    return line_name(v, cv, rec);
}

/* Whose name visitor_name() gives. */
static uint64_t name_agent(const struct rec *rec)
{
    if (rec->type == REC_CONV_CAME_BACK)
        return rec->transfer.agent;
    if (rec->type == REC_CONV_ASSIGNED ||
        (rec->type == REC_CONV_ACCEPTED && rec->who.kind != BY_AGENT))
        return rec->hold.agent;
    return rec->who.id;
}

/* Of whoever is named, while he works here. */
static void visitor_picture(struct jw *j, const struct view *v, const struct rec *rec)
{
    bool named = strcmp(visitor_by(rec), "agent") == 0;
    const struct agent *ag = named ? core_agent(v->core, name_agent(rec)) : NULL;

    if (ag != NULL && ag->enabled)
        picture_write(j, ag);
}

/* Likewise for colleagues, who also learn that he is gone. */
static void agent_picture(struct jw *j, const struct view *v, uint64_t agent)
{
    const struct agent *ag = core_agent_ever(v->core, agent);

    if (ag == NULL)
        return;
    picture_write(j, ag);
    if (ag->deleted || !ag->enabled)
        jw_k_bool(j, "gone", true);
}

/* That its author has changed it since, or taken it back. */
static void edited_write(struct jw *j, const struct rec *rec)
{
    int64_t edited_ms = body_time_ms(rec->body, BODY_EDITED_MS);

    if (edited_ms == 0)
        return;
    jw_k_int(j, "edited_ms", edited_ms);
    if (body_get(rec->body, BODY_TEXT).len == 0)
        jw_k_bool(j, "removed", true);
}

bool view_visitor_line(struct jw *j, const struct view *v, const struct conv *cv,
                       const struct rec *rec)
{
    const char *kind = visitor_kind(rec);
    struct span text = line_text(rec), id = body_get(rec->body, BODY_CLIENT_ID);

    if (rec->n == 0 || kind == NULL)
        return false;
    jw_k_int(j, "n", rec->n);
    jw_k_str(j, "kind", kind);
    jw_k_str(j, "by", visitor_by(rec));
    jw_k_str(j, "name", visitor_name(v, cv, rec));
    visitor_picture(j, v, rec);
    if (text.len > 0)
        jw_k_span(j, "text", text);
    if (rec->type == REC_CONV_EDITED)
        jw_k_int(j, "line", rec->edit.n);
    edited_write(j, rec);
    if (rec_why(rec) != WHY_NONE && rec->type != REC_CONV_CAME_BACK)
        jw_k_str(j, "why", why_word(rec_why(rec)));
    jw_k_int(j, "time_ms", rec->time_ms);
    /* Ids are the authors' own: another's could be taken for one's own. */
    if (id.len > 0 && rec->who.kind == BY_VISITOR)
        jw_k_span(j, "id", id);
    return true;
}

static const char *agent_kind(const struct rec *rec)
{
    switch (rec->type) {
    case REC_CONV_RANG:
        return rec->ring.previous_number != 0 ? "goes-on" : "rang";
    case REC_CONV_REOPENED:
        return "reopened";
    case REC_CONV_TIMED:
        return "timed";
    case REC_CONV_LEFT:
    case REC_CONV_LEFT_MORE:
        return "left";
    case REC_CONV_OFFERED:
        return "offered";
    case REC_CONV_OFFER_OVER:
        return "offer-over";
    case REC_CONV_RUNG:
        return "rung";
    case REC_CONV_RUNG_OUT:
        return "rung-out";
    case REC_CONV_RULED:
        return "ruled";
    case REC_CONV_RELAXED:
        return "relaxed";
    case REC_CONV_NOTE:
        return "note";
    case REC_CONV_FEEDBACK:
        return "feedback";
    case REC_CONV_COPY_ASKED:
        return "copy-asked";
    case REC_CONV_MAILED:
        return "mail";
    case REC_CONV_FORWARDED:
        return "forwarded";
    case REC_CONV_READDRESSED:
        return "readdressed";
    case REC_CONV_ASSIGNED:
        return "assigned";
    case REC_CONV_TAGGED:
        return "tagged";
    case REC_CONV_UNTAGGED:
        return "untagged";
    case REC_CONV_CAME_BACK:
        return "came-back";
    case REC_CONV_OVERFLOWED:
        return "overflowed";
    case REC_CONV_QUEUED:
        return "queued";
    case REC_CONV_MOVED:
        return "moved";
    case REC_CONV_MISSED:
        return "missed";
    case REC_CONV_BOXED:
        return "boxed";
    case REC_CONV_GIVEN:
        return "given";
    case REC_CONV_VISITOR_GONE:
        return "visitor-gone";
    case REC_CONV_VISITOR_BACK:
        return "visitor-back";
    case REC_CONV_END_UNDONE:
        return "end-undone";
    case REC_CONV_SEEN:
    case REC_CONV_ENDING: /* the head tells */
        return NULL;
    default:
        return visitor_kind(rec);
    }
}

/* The trace: which line, and what stood there before. */
static void edit_write(struct jw *j, const struct rec *rec)
{
    struct span was = body_get(rec->body, BODY_WAS);

    if (rec->type != REC_CONV_EDITED)
        return;
    jw_k_int(j, "line", rec->edit.seq);
    if (was.len > 0)
        jw_k_span(j, "was", was);
}

static void transfer_write(struct jw *j, const struct view *v, const struct rec *rec)
{
    struct span note = body_get(rec->body, BODY_NOTE);

    jw_k_id(j, "department", rec->transfer.dept);
    jw_k_str(j, "department_name", view_dept_name(v, rec->transfer.dept));
    if (rec->transfer.agent != 0)
        jw_k_str(j, "to", core_agent_name(v->core, rec->transfer.agent));
    if (note.len > 0)
        jw_k_span(j, "note", note);
}

/* At whom it came to ring: how many, and the first by name. */
static void rung_write(struct jw *j, const struct view *v, const struct rec *rec)
{
    uint64_t agents[RUNG_MAX];
    size_t n = rec->type == REC_CONV_RUNG ? rec_rung(rec, agents) : 0;

    if (n == 0)
        return;
    jw_k_int(j, "count", (int64_t)n);
    jw_key(j, "names");
    jw_arr(j);
    for (size_t i = 0; i < n && i < OTHERS_MAX; i++)
        jw_str(j, core_agent_name(v->core, agents[i]));
    jw_arr_end(j);
}

/* Whom a note mentions, by their names now; of its change, whom it mentions since. */
static void mentions_write(struct jw *j, const struct view *v, const struct rec *rec)
{
    uint64_t agents[MENTIONS_PER_LINE_MAX];
    size_t n = body_mentions(rec->body, agents);

    if (n == 0)
        return;
    jw_key(j, "mentions");
    jw_arr(j);
    for (size_t i = 0; i < n; i++) {
        jw_obj(j);
        jw_k_id(j, "id", agents[i]);
        jw_k_str(j, "name", core_agent_name(v->core, agents[i]));
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

bool view_agent_line(struct jw *j, const struct view *v, const struct conv *cv,
                     const struct rec *rec)
{
    const char *kind = agent_kind(rec);
    struct span text = line_text(rec), id = body_get(rec->body, BODY_CLIENT_ID);
    uint64_t agent = line_agent(rec);

    if (kind == NULL)
        return false;
    jw_k_int(j, "seq", rec->seq);
    jw_k_int(j, "n", rec->n);
    jw_k_str(j, "kind", kind);
    jw_k_str(j, "by", rec->type == REC_CONV_ACCEPTED ? "agent" : by_word(rec));
    if (agent != 0)
        jw_k_id(j, "agent", agent);
    jw_k_str(j, "name",
             rec->who.kind == BY_SYSTEM && agent != 0 ? core_agent_name(v->core, agent)
                                                      : line_name(v, cv, rec));
    agent_picture(j, v, agent);
    if (text.len > 0)
        jw_k_span(j, "text", text);
    edit_write(j, rec);
    edited_write(j, rec);
    mentions_write(j, v, rec);
    rung_write(j, v, rec);
    if (rec->type == REC_CONV_RULED) {
        jw_k_int(j, "rule", rec->ruled.rule);
        jw_k_span(j, "skills", rec->ruled.skills);
    }
    if (rec->type == REC_CONV_TRANSFERRED || rec->type == REC_CONV_CAME_BACK ||
        rec->type == REC_CONV_OVERFLOWED || rec->type == REC_CONV_MOVED)
        transfer_write(j, v, rec);
    if (rec->type == REC_CONV_ACCEPTED && rec->hold.dept != 0) {
        jw_k_id(j, "department", rec->hold.dept);
        jw_k_str(j, "department_name", view_dept_name(v, rec->hold.dept));
    }
    if (rec->type == REC_CONV_ASSIGNED || rec->type == REC_CONV_REOPENED ||
        rec->type == REC_CONV_TIMED || (rec->type == REC_CONV_GIVEN && rec->hold.agent != 0))
        jw_k_str(j, "to", core_agent_name(v->core, rec_agent(rec)));
    if (rec->type == REC_CONV_TIMED) {
        jw_k_int(j, "ms", rec->timed.ms);
        jw_k_int(j, "was_ms", rec->timed.was_ms);
    }
    if (rec->type == REC_CONV_BOXED)
        view_boxed(j, rec);
    if (rec->type == REC_CONV_MAILED || rec->type == REC_CONV_FORWARDED ||
        rec->type == REC_CONV_READDRESSED)
        view_addresses(j, "email", body_get(rec->body, BODY_EMAIL));
    if (rec->type == REC_CONV_READDRESSED)
        view_addresses(j, "instead_of", body_get(rec->body, BODY_INSTEAD));
    if (rec_why(rec) != WHY_NONE)
        jw_k_str(j, "why", why_word(rec_why(rec)));
    if (rec->type == REC_CONV_FEEDBACK && rec->feedback.rating != 0)
        jw_k_int(j, "rating", rec->feedback.rating);
    jw_k_int(j, "time_ms", rec->time_ms);
    if (id.len > 0)
        jw_k_span(j, "id", id);
    return true;
}
