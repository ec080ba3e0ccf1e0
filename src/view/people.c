/*
 * Agents, departments and the portal as agents see them, and what a widget knows of its department:
 * the short forms.  What administrators see of all is in manage.c.
 */
#include "view_int.h"

int64_t view_now(const struct view *v)
{
    return v->now_ms(v->arg);
}

/* agents */

void view_permissions(struct jw *j, uint32_t set)
{
    jw_arr(j);
    for (unsigned p = 0; p < PERM_COUNT; p++)
        if ((set & BIT(p)) != 0)
            jw_str(j, permission_word(p));
    jw_arr_end(j);
}

void picture_write(struct jw *j, const struct agent *ag)
{
    char name[PICTURE_NAME];

    if (ag == NULL || ag->picture_pos == 0)
        return;
    picture_name_format(ag->picture, name);
    jw_k_str(j, "picture", name);
}

void members_write(struct jw *j, const struct agent *ag)
{
    jw_key(j, "departments");
    jw_arr(j);
    for (size_t i = 0; i < ag->nmembers; i++) {
        jw_obj(j);
        jw_k_id(j, "department", ag->members[i].dept);
        jw_k_bool(j, "chat", ag->members[i].chat);
        jw_k_bool(j, "notify", ag->members[i].notify);
        jw_k_int(j, "tier", ag->members[i].tier + 1);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}

static void alerts_write(struct jw *j, const struct alerts *a)
{
    jw_key(j, "alerts");
    jw_obj(j);
    jw_k_int(j, "volume", a->volume);
    jw_k_str(j, "tone", tone_word(a->tone));
    jw_k_str(j, "quiet", a->quiet);
    jw_k_str(j, "tasks", task_mail_word(a->tasks));
    jw_k_str(j, "mentions", task_mail_word(a->mentions));
    jw_obj_end(j);
}

void view_me_agent(struct jw *j, const struct view *v, const struct agent *ag)
{
    struct principal who = {.kind = BY_AGENT, .id = ag->id};
    enum refusal why;

    jw_obj(j);
    jw_k_id(j, "id", ag->id);
    jw_k_str(j, "name", ag->name);
    picture_write(j, ag);
    jw_k_str(j, "email", ag->email);
    jw_k_str(j, "role", role_word(ag->role));
    jw_k_str(j, "scope", scope_word(ag->scope));
    jw_k_str(j, "lang", lang_word(ag->lang));
    jw_k_str(j, "zone", ag->zone);
    alerts_write(j, &ag->alerts);
    jw_k_str(j, "keys", ag->keys);
    jw_k_str(j, "status", agent_status_word(ag->status));
    if (ag->status_why != WHY_NONE)
        jw_k_str(j, "status_why", why_word(ag->status_why));
    jw_k_int(j, "capacity", ag->capacity);
    jw_k_int(j, "load", ag->active_count);
    jw_key(j, "permissions");
    view_permissions(j, ag->role == ROLE_ADMIN ? BIT(PERM_COUNT) - 1 : ag->permissions);
    jw_k_bool(j, "outbox", rights_may(v->core, &who, ACT_SEE_OUTBOX, NULL, &why) == ERR_OK);
    members_write(j, ag);
    jw_obj_end(j);
}

/* Who has no connection is away for everybody else, whatever he chose. */
void view_colleague(struct jw *j, const struct agent *ag)
{
    jw_obj(j);
    jw_k_id(j, "id", ag->id);
    jw_k_str(j, "name", ag->name);
    picture_write(j, ag);
    jw_k_str(j, "status", agent_status_word(ag->connected ? ag->status : STATUS_OFFLINE));
    jw_k_int(j, "load", ag->active_count);
    jw_k_int(j, "capacity", ag->capacity);
    jw_key(j, "departments");
    jw_arr(j);
    for (size_t i = 0; i < ag->nmembers; i++)
        jw_id(j, ag->members[i].dept);
    jw_arr_end(j);
    jw_obj_end(j);
}

/* departments and the portal */

/* A chat that will wait is taken, too; what matters to a page is whether a form is of use. */
const char *view_door(const struct view *v, const struct dept *d)
{
    enum dept_door door = core_door(v->core, d);

    if (door == DOOR_BUSY)
        door = DOOR_OPEN;
    else if (door == DOOR_OFFLINE && !d->hours.shut && d->waiting_count > 0 &&
             d->waiting_count - d->left_waiting >= d->queue_max)
        door = DOOR_BUSY;
    return door_word(door);
}

void view_me_dept(struct jw *j, const struct view *v, const struct dept *d)
{
    jw_obj(j);
    jw_k_id(j, "id", d->id);
    jw_k_str(j, "name", d->name);
    jw_k_str(j, "type", d->type == DEPT_PUBLIC ? "public" : "private");
    jw_k_str(j, "door", view_door(v, d));
    jw_k_int(j, "waiting", d->waiting_count);
    jw_k_int(j, "active", d->active_count);
    jw_obj_end(j);
}

void view_portal(struct jw *j, const struct view *v)
{
    const struct portal *p = core_portal(v->core);

    jw_obj(j);
    jw_k_str(j, "name", p->name);
    jw_k_str(j, "lang", lang_word(p->lang));
    jw_k_str(j, "zone", p->zone);
    jw_obj_end(j);
}

/* What stands there for who reads each language; for what is missing, without. */
static void lang_texts(struct jw *j, const char *key, const struct dept *d, char *const *texts,
                       const char *without)
{
    jw_key(j, key);
    jw_obj(j);
    for (enum lang lang = 0; lang < LANG_COUNT; lang++) {
        const char *text = dept_text(d, texts, lang);

        jw_k_str(j, lang_word(lang), text[0] != '\0' ? text : without);
    }
    jw_obj_end(j);
}

/* Its first one stands first. */
static void languages(struct jw *j, const struct dept *d)
{
    jw_key(j, "languages");
    jw_arr(j);
    jw_str(j, lang_word(d->lang));
    for (enum lang lang = 0; lang < LANG_COUNT; lang++)
        if (lang != d->lang && dept_speaks(d, lang))
            jw_str(j, lang_word(lang));
    jw_arr_end(j);
}

/* The fields, without braces: the body of an answer, or part of an event. */
void view_status(struct jw *j, const struct view *v, const struct dept *d)
{
    static const char *const fields[FIELD_COUNT] = {[FIELD_NAME] = "name",
                                                    [FIELD_EMAIL] = "email",
                                                    [FIELD_PHONE] = "phone",
                                                    [FIELD_QUESTION] = "question"};
    static const char *const needs[] = {"no", "ask", "must"};

    jw_k_str(j, "door", view_door(v, d));
    if (d->hours.shut && d->hours.opens_ms != 0)
        jw_k_int(j, "opens_ms", d->hours.opens_ms);
    jw_k_str(j, "name", d->name);
    jw_k_str(j, "lang", lang_word(d->lang));
    languages(j, d);
    jw_k_str(j, "offline", d->offline == OFFLINE_HIDE ? "hide" : "form");
    jw_k_str(j, "colour", d->colour);
    jw_k_bool(j, "at_start", d->at_start);
    lang_texts(j, "title", d, d->title, d->name);
    lang_texts(j, "text", d, d->offline_text, "");
    lang_texts(j, "greeting", d, d->greeting, "");
    jw_key(j, "fields");
    jw_obj(j);
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        jw_k_str(j, fields[i], needs[d->fields[i] % COUNT_OF(needs)]);
    jw_obj_end(j);
    jw_key(j, "labels");
    jw_obj(j);
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        lang_texts(j, fields[i], d, d->label[i], "");
    jw_obj_end(j);
    jw_k_str(j, "base", v->base);
}
