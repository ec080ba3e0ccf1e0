/*
 * The first start (DEP-1): one public department with the portal's name, one administrator, a
 * one-time link.  Made by ordinary commands, as an operator would give them.  Which start it is the
 * state says: whatever cut an earlier one off, the next makes what is missing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/log.h"
#include "gateway.h"

#define FIRST_ADMIN_EMAIL "admin@localhost"
#define LINK_MS (24 * 3600 * 1000)
#define LINK_TEXT 44

static const struct principal operator_ = {.kind = BY_OPERATOR};

static struct change change_of(const struct setting *(*table)(size_t *), const char *name,
                               const char *text)
{
    size_t count;
    const struct setting *rows = table(&count);
    const struct setting *st = setting_find(rows, count, span_of(name));
    struct change ch;
    struct fault f = {0};

    ensure(st != NULL);
    if (setting_parse(st, span_of(text), &ch, &f) != ERR_OK) {
        log_error("first.refused", "key=%s what=%s", name, log_quote(f.what, strlen(f.what)));
        ch = (struct change){.setting = st, .s = SPAN_LIT("")};
    }
    return ch;
}

struct outcome {
    bool done;
    uint64_t id;
};

static void keep_outcome(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct outcome *o = arg;

    o->done = a->err == ERR_OK;
    o->id = a->id;
    if (!o->done)
        log_error("first.refused", "command=%s field=%s what=%s", cmd_word(cmd->type),
                  a->fault != NULL ? a->fault->field : "",
                  a->fault != NULL ? log_quote(a->fault->what, strlen(a->fault->what)) : "");
}

static bool command(struct gateway *g, struct cmd *cmd, uint64_t *id)
{
    struct outcome o = {false, 0};

    cmd->who = operator_;
    turn_command(g->turn, cmd, gateway_now(g), keep_outcome, &o);
    if (o.done && id != NULL)
        *id = o.id;
    return o.done;
}

static void set_portal(struct gateway *g)
{
    struct change changes[] = {
        change_of(portal_settings, "name", g->conf.portal_name),
        change_of(portal_settings, "lang", g->conf.portal_lang),
        change_of(portal_settings, "zone", g->conf.portal_zone),
    };

    command(g,
            &(struct cmd){.type = CMD_PORTAL_SET,
                          .set = {.changes = changes, .nchanges = COUNT_OF(changes)}},
            NULL);
}

static uint64_t add_department(struct gateway *g)
{
    uint8_t random[CODE_BYTES];
    char code[CODE_TEXT];
    uint64_t dept = 0;
    struct change changes[] = {
        change_of(dept_settings, "name", g->conf.portal_name),
        change_of(dept_settings, "type", "public"),
        change_of(dept_settings, "lang", g->conf.portal_lang),
    };

    random_fill(random, sizeof(random));
    b64url_encode(code, random, sizeof(random));
    command(
        g,
        &(struct cmd){
            .type = CMD_DEPT_ADD,
            .dept_add = {.changes = changes, .nchanges = COUNT_OF(changes), .code = span_of(code)}},
        &dept);
    return dept;
}

static uint64_t add_administrator(struct gateway *g, uint64_t dept)
{
    struct member member = {.dept = dept, .chat = true, .notify = true};
    uint64_t agent = 0;
    struct change changes[] = {
        change_of(agent_settings, "name", "Administrator"),
        change_of(agent_settings, "email", FIRST_ADMIN_EMAIL),
        change_of(agent_settings, "role", "admin"),
        change_of(agent_settings, "lang", g->conf.portal_lang),
    };

    command(g,
            &(struct cmd){.type = CMD_AGENT_ADD,
                          .agent_add = {.changes = changes,
                                        .nchanges = COUNT_OF(changes),
                                        .members = &member,
                                        .nmembers = dept != 0 ? 1 : 0}},
            &agent);
    return agent;
}

static void print_link(void *arg, bool durable)
{
    char *text = arg;

    if (durable) {
        fputs(text, stdout);
        fflush(stdout);
    }
    free(text);
}

/* The first of those who may administrate; *can: one of them has a password. */
static const struct agent *administrator(const struct gateway *g, bool *can)
{
    const struct agent *first = NULL;

    *can = false;
    for (uint64_t id = 0; core_next_agent(g->core, &id);) {
        const struct agent *ag = core_agent(g->core, id);

        if (ag == NULL || ag->role != ROLE_ADMIN || !ag->enabled)
            continue;
        if (first == NULL)
            first = ag;
        *can = *can || ag->password[0] != '\0';
    }
    return first;
}

static void give_link(struct gateway *g, const struct agent *ag, const char *why)
{
    uint8_t token[KEY_BYTES], hash[HASH_BYTES];
    char link[LINK_TEXT];
    struct buf text = {0};

    random_fill(token, sizeof(token));
    b64url_encode(link, token, sizeof(token));
    hash_bytes(hash, (struct span){(const char *)token, sizeof(token)}, NULL);
    buf_addf(&text, "%s  Set the administrator's password within 24 hours here:\n    ", why);
    gateway_url(g, &text);
    buf_addf(&text,
             "/console/#link=%s\nThen sign in as %s.  A new link: deskbellctl agent link %s\n",
             link, ag->email, ag->email);
    if (command(g,
                &(struct cmd){.type = CMD_AGENT_LINK,
                              .agent_link = {.agent = ag->id,
                                             .link.hash = {(const char *)hash, sizeof(hash)},
                                             .link.until_ms = gateway_now(g) + LINK_MS}},
                NULL))
        turn_hold(g->turn, print_link, buf_take(&text));
    buf_fini(&text);
}

/* What there is not yet of all that a first start makes; it may have been cut off anywhere. */
static const struct agent *make_first(struct gateway *g)
{
    uint64_t dept = 0, agent;

    if (core_next_pos(g->core) <= 1)
        set_portal(g);
    if (!core_next_dept(g->core, &dept))
        dept = add_department(g);
    agent = add_administrator(g, dept);
    return agent != 0 ? core_agent(g->core, agent) : NULL;
}

void first_start(struct gateway *g)
{
    bool can;
    const struct agent *ag = administrator(g, &can);
    const char *why = "The administrator has no password yet.";

    g->first_waits = false;
    if (can)
        return;
    if (turn_is_readonly(g->turn)) {
        g->first_waits = true;
        log_error("first.no-space", "administrator=%s again=when-there-is-space",
                  ag != NULL ? "without-password" : "none");
        return;
    }
    if (ag == NULL) {
        why = "This is the first start.";
        ag = make_first(g);
    }
    if (ag != NULL)
        give_link(g, ag, why);
}
