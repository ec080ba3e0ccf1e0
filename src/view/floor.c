/*
 * The live floor as a supervisor has it: everybody whom he knows with status, load and chats, the
 * queues, and who waits in them.  One object, the same as answer and as event; what is too much for
 * a page is counted and left out.
 */
#include "view_int.h"

#include <stdlib.h>

#include "deskbell/id.h"

#define FLOOR_AGENTS_MAX 300
#define FLOOR_CHATS_MAX 20
#define FLOOR_QUEUE_MAX 100

/* What the people of a department have room for. */
struct room {
    uint64_t dept;
    uint32_t here, places, free_places;
};

struct floor {
    struct jw *j;
    const struct view *v;
    const struct reader *r;
    struct room *rooms; /* by department, in order of id */
    size_t nrooms;
    uint32_t here, available, busy, away, places, free_places;
    size_t shown, left_out;
};

static enum agent_status status_of(const struct agent *ag)
{
    return ag->connected ? ag->status : STATUS_OFFLINE;
}

static uint32_t free_of(const struct agent *ag)
{
    uint32_t load = ag->active_count + ag->offer_count;

    return status_of(ag) == STATUS_AVAILABLE && load < ag->capacity ? ag->capacity - load : 0;
}

static struct room *room_find(struct floor *fl, uint64_t dept)
{
    size_t at = id_place(fl->rooms, fl->nrooms, sizeof(fl->rooms[0]), dept);

    return at < fl->nrooms && fl->rooms[at].dept == dept ? &fl->rooms[at] : NULL;
}

static void rooms_make(struct floor *fl)
{
    size_t cap = 0;

    for (uint64_t id = 0; audience_next_dept(fl->r, &id);) {
        if (audience_dept(fl->r, id)->deleted)
            continue;
        if (fl->nrooms == cap) {
            cap = cap != 0 ? 2 * cap : 16;
            fl->rooms = xrealloc(fl->rooms, cap * sizeof(*fl->rooms));
        }
        fl->rooms[fl->nrooms++] = (struct room){.dept = id};
    }
}

static void agent_count(struct floor *fl, const struct agent *ag)
{
    enum agent_status status = status_of(ag);

    fl->here += status != STATUS_OFFLINE;
    fl->available += status == STATUS_AVAILABLE;
    fl->busy += status == STATUS_BUSY;
    fl->away += status == STATUS_AWAY;
    fl->places += status == STATUS_AVAILABLE || status == STATUS_BUSY ? ag->capacity : 0;
    fl->free_places += free_of(ag);
    for (size_t i = 0; i < ag->nmembers; i++) {
        struct room *room = ag->members[i].chat ? room_find(fl, ag->members[i].dept) : NULL;

        if (room == NULL || status == STATUS_OFFLINE)
            continue;
        room->here++;
        room->places += ag->capacity;
        room->free_places += free_of(ag);
    }
}

static void conv_fields(struct jw *j, const struct conv *cv)
{
    jw_k_id(j, "conversation", cv->id);
    jw_k_int(j, "number", (int64_t)cv->number);
    jw_k_str(j, "name", cv->name);
    jw_k_str(j, "state", conv_state_word(cv->state));
    jw_k_id(j, "department", cv->dept);
}

/* Since when the visitor of a chat waits for an answer; 0: he does not. */
static int64_t waits_since(const struct conv *cv)
{
    return cv->state == CONV_ACTIVE && cv->visitor_last ? cv->spoke_ms : 0;
}

static void chats_write(struct floor *fl, const struct agent *ag)
{
    struct jw *j = fl->j;
    const struct conv *cv;
    int64_t longest = 0;
    size_t shown = 0;

    jw_key(j, "chats");
    jw_arr(j);
    for (size_t at = 0; (cv = core_held_at(fl->v->core, ag->id, at)) != NULL; at++) {
        int64_t since = waits_since(cv);

        if (cv->state != CONV_ACTIVE || !audience_sees(fl->r, cv))
            continue;
        if (since != 0 && (longest == 0 || since < longest))
            longest = since;
        if (++shown > FLOOR_CHATS_MAX)
            continue;
        jw_obj(j);
        conv_fields(j, cv);
        if (since != 0)
            jw_k_int(j, "waits_since_ms", since);
        jw_obj_end(j);
    }
    jw_arr_end(j);
    if (longest != 0)
        jw_k_int(j, "waits_since_ms", longest);
}

static void agent_write(struct floor *fl, const struct agent *ag)
{
    struct jw *j = fl->j;

    jw_obj(j);
    jw_k_id(j, "id", ag->id);
    jw_k_str(j, "name", ag->name);
    jw_k_str(j, "status", agent_status_word(status_of(ag)));
    if (ag->status_why != WHY_NONE)
        jw_k_str(j, "status_why", why_word(ag->status_why));
    if (ag->connected ? ag->status_ms != 0 : ag->gone_ms != 0)
        jw_k_int(j, "since_ms", ag->connected ? ag->status_ms : ag->gone_ms);
    jw_k_int(j, "load", ag->active_count);
    jw_k_int(j, "offers", ag->offer_count);
    jw_k_int(j, "capacity", ag->capacity);
    jw_key(j, "departments");
    jw_arr(j);
    for (size_t i = 0; i < ag->nmembers; i++)
        if (audience_dept(fl->r, ag->members[i].dept) != NULL)
            jw_id(j, ag->members[i].dept);
    jw_arr_end(j);
    chats_write(fl, ag);
    jw_obj_end(j);
}

/* Those who are there or hold chats come first. */
static void agents_write(struct floor *fl)
{
    jw_key(fl->j, "agents");
    jw_arr(fl->j);
    for (int round = 0; round < 2; round++)
        for (uint64_t id = 0; core_next_agent(fl->v->core, &id);) {
            const struct agent *ag = core_agent(fl->v->core, id);
            bool first = ag->connected || ag->active_count > 0;

            if (!ag->enabled || first != (round == 0) || !audience_knows_agent(fl->r, ag))
                continue;
            agent_count(fl, ag);
            if (fl->shown < FLOOR_AGENTS_MAX) {
                agent_write(fl, ag);
                fl->shown++;
            } else {
                fl->left_out++;
            }
        }
    jw_arr_end(fl->j);
    jw_k_int(fl->j, "agents_left_out", (int64_t)fl->left_out);
}

static void depts_write(struct floor *fl)
{
    struct jw *j = fl->j;

    jw_key(j, "departments");
    jw_arr(j);
    for (size_t i = 0; i < fl->nrooms; i++) {
        const struct room *room = &fl->rooms[i];
        const struct dept *d = audience_dept(fl->r, room->dept);
        const struct conv *head = core_queue_at(fl->v->core, d->id, 0);

        jw_obj(j);
        jw_k_id(j, "id", d->id);
        jw_k_str(j, "name", d->name);
        jw_k_str(j, "type", d->type == DEPT_PUBLIC ? "public" : "private");
        jw_k_str(j, "door", view_door(fl->v, d));
        if (d->hours.shut && d->hours.opens_ms != 0)
            jw_k_int(j, "opens_ms", d->hours.opens_ms);
        jw_k_int(j, "waiting", d->waiting_count);
        jw_k_int(j, "active", d->active_count);
        if (head != NULL)
            jw_k_int(j, "waits_since_ms", head->rang_ms);
        jw_k_int(j, "here", room->here);
        jw_k_int(j, "places", room->places);
        jw_k_int(j, "free_places", room->free_places);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

/* Of each queue what comes next, in its order. */
static void queue_write(struct floor *fl)
{
    struct jw *j = fl->j;
    const struct conv *cv;
    size_t shown = 0, left_out = 0;

    jw_key(j, "queue");
    jw_arr(j);
    for (size_t i = 0; i < fl->nrooms; i++)
        for (size_t at = 0; (cv = core_queue_at(fl->v->core, fl->rooms[i].dept, at)) != NULL;
             at++) {
            if (shown == FLOOR_QUEUE_MAX) {
                left_out += audience_dept(fl->r, fl->rooms[i].dept)->waiting_count - at;
                break;
            }
            if (!audience_sees(fl->r, cv))
                continue;
            shown++;
            jw_obj(j);
            conv_fields(j, cv);
            jw_k_int(j, "rang_ms", cv->rang_ms);
            jw_k_int(j, "until_ms", cv->wait_until_ms);
            if (cv->state == CONV_OFFERED) {
                if (conv_rings(cv))
                    jw_k_int(j, "rings_count", (int64_t)cv->nrung);
                else
                    jw_k_id(j, "offered_to", cv->agent);
                jw_k_int(j, "offer_until_ms", cv->offer_until_ms);
            }
            jw_obj_end(j);
        }
    jw_arr_end(j);
    jw_k_int(j, "queue_left_out", (int64_t)left_out);
}

void view_floor(struct jw *j, const struct view *v, const struct reader *r)
{
    struct floor fl = {.j = j, .v = v, .r = r};
    uint32_t waiting = 0, active = 0;

    rooms_make(&fl);
    for (size_t i = 0; i < fl.nrooms; i++) {
        waiting += audience_dept(r, fl.rooms[i].dept)->waiting_count;
        active += audience_dept(r, fl.rooms[i].dept)->active_count;
    }
    jw_obj(j);
    jw_k_int(j, "now_ms", view_now(v));
    jw_k_int(j, "waiting", waiting);
    jw_k_int(j, "active", active);
    agents_write(&fl);
    jw_k_int(j, "here", fl.here);
    jw_k_int(j, "available", fl.available);
    jw_k_int(j, "busy", fl.busy);
    jw_k_int(j, "away", fl.away);
    jw_k_int(j, "places", fl.places);
    jw_k_int(j, "free_places", fl.free_places);
    depts_write(&fl);
    queue_write(&fl);
    jw_obj_end(j);
    free(fl.rooms);
}
