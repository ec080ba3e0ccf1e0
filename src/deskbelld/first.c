/*
 * The first start (DEP-1): one public department with the portal's name, one administrator, a
 * one-time link.  Made by ordinary commands, as an operator would give them.
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

static void keep_id(void *arg, const struct cmd *cmd, const struct answer *a)
{
    uint64_t *id = arg;

    if (a->err == ERR_OK)
        *id = a->id;
    else
        log_error("first.refused", "command=%s field=%s what=%s", cmd_word(cmd->type),
                  a->fault != NULL ? a->fault->field : "",
                  a->fault != NULL ? log_quote(a->fault->what, strlen(a->fault->what)) : "");
}

static uint64_t command(struct gateway *g, struct cmd *cmd)
{
    uint64_t id = 0;

    cmd->who = operator_;
    turn_command(g->turn, cmd, gateway_now(g), keep_id, &id);
    return id;
}

static void set_portal(struct gateway *g)
{
    struct change changes[] = {
        change_of(portal_settings, "name", g->conf.portal_name),
        change_of(portal_settings, "lang", g->conf.portal_lang),
        change_of(portal_settings, "zone", g->conf.portal_zone),
    };

    command(g, &(struct cmd){.type = CMD_PORTAL_SET,
                             .set = {.changes = changes, .nchanges = COUNT_OF(changes)}});
}

static uint64_t add_department(struct gateway *g)
{
    uint8_t random[CODE_BYTES];
    char code[CODE_TEXT];
    struct change changes[] = {
        change_of(dept_settings, "name", g->conf.portal_name),
        change_of(dept_settings, "type", "public"),
        change_of(dept_settings, "lang", g->conf.portal_lang),
    };

    random_fill(random, sizeof(random));
    b64url_encode(code, random, sizeof(random));
    return command(g, &(struct cmd){.type = CMD_DEPT_ADD,
                                    .dept_add = {.changes = changes,
                                                 .nchanges = COUNT_OF(changes),
                                                 .code = span_of(code)}});
}

static uint64_t add_administrator(struct gateway *g, uint64_t dept)
{
    struct member member = {.dept = dept, .chat = true, .notify = true};
    struct change changes[] = {
        change_of(agent_settings, "name", "Administrator"),
        change_of(agent_settings, "email", FIRST_ADMIN_EMAIL),
        change_of(agent_settings, "role", "admin"),
        change_of(agent_settings, "lang", g->conf.portal_lang),
    };

    return command(g, &(struct cmd){.type = CMD_AGENT_ADD,
                                    .agent_add = {.changes = changes,
                                                  .nchanges = COUNT_OF(changes),
                                                  .members = &member,
                                                  .nmembers = dept != 0 ? 1 : 0}});
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

void first_start(struct gateway *g)
{
    uint8_t token[KEY_BYTES], hash[HASH_BYTES];
    char link[LINK_TEXT];
    struct buf text = {0};

    if (core_next_pos(g->core) > 1)
        return;
    set_portal(g);
    uint64_t dept = add_department(g), agent = add_administrator(g, dept);
    random_fill(token, sizeof(token));
    b64url_encode(link, token, sizeof(token));
    hash_bytes(hash, (struct span){(const char *)token, sizeof(token)}, NULL);
    command(g, &(struct cmd){.type = CMD_AGENT_LINK,
                             .agent_link = {.agent = agent,
                                            .link.hash = {(const char *)hash, sizeof(hash)},
                                            .link.until_ms = gateway_now(g) + LINK_MS}});
    buf_add_str(&text, "This is the first start.  Set the administrator's password within 24 "
                       "hours here:\n    ");
    gateway_url(g, &text);
    buf_addf(&text,
             "/console/#link=%s\nThen sign in as %s.  A new link: deskbellctl agent link %s\n",
             link, FIRST_ADMIN_EMAIL, FIRST_ADMIN_EMAIL);
    turn_hold(g->turn, print_link, buf_take(&text));
}
