/* Two agents, a chat, and one of each thing that a command can speak of. */
#include "core_again_scene.h"

static struct change change_of(const struct setting *table, size_t count, const char *name,
                               const char *text)
{
    struct change change;

    assert_int_equal(
        setting_parse(setting_find(table, count, span_of(name)), span_of(text), &change, NULL),
        ERR_OK);
    return change;
}

static void scene_set(struct scene *s)
{
    size_t np, nd, na;
    const struct setting *portal = portal_settings(&np), *dept = dept_settings(&nd),
                         *agent = agent_settings(&na);

    s->portal_name = change_of(portal, np, "name", "Shop");
    s->dept_name = change_of(dept, nd, "name", "Sales and more");
    s->agent_name = change_of(agent, na, "name", "Ann");
    s->new_agent[0] = change_of(agent, na, "name", "Carl");
    s->new_agent[1] = change_of(agent, na, "email", "carl@example.com");
}

struct span hash_of(const struct scene *s)
{
    return (struct span){(const char *)s->hash, sizeof(s->hash)};
}

/* Two agents and a chat that is offered to the first of them. */
void scene_open(struct world *w, struct scene *s)
{
    uint8_t hash[HASH_BYTES] = {9};
    struct cmd session = {
        .type = CMD_SESSION_OPEN,
        .session_open = {.hash = {(const char *)hash, sizeof(hash)}, .until_ms = T0 + 1000000}};
    struct cmd block = {.type = CMD_BLOCK_ADD, .who = operator_()};

    *s = (struct scene){.w = w, .hash = {7}};
    scene_set(s);
    s->help = world_dept(w, "Help", "public");
    s->ann = world_agent(w, "ann", SALES);
    s->bob = world_agent_idle(w, "bob", SALES);
    s->member = (struct member){.dept = s->help, .chat = true};
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "desk@example.com", NULL), ERR_OK);
    session.session_open.agent = s->bob;
    s->session = world_do(w, &session).id;
    s->token = world_do(w, &(struct cmd){.type = CMD_TOKEN_ADD,
                                         .who = operator_(),
                                         .token_add = {.agent = s->ann,
                                                       .hash = hash_of(s),
                                                       .name = SPAN_LIT("Reports")}})
                   .id;
    assert_int_equal(ipprefix_parse(SPAN_LIT("203.0.113.0/24"), &block.block_add.prefix, NULL),
                     ERR_OK);
    s->block = world_do(w, &block).id;
    s->canned = world_do(w, &(struct cmd){.type = CMD_CANNED_ADD,
                                          .who = operator_(),
                                          .canned = {.title = SPAN_LIT("Hours"),
                                                     .text = SPAN_LIT("Nine to five."),
                                                     .lang = LANG_ANY}})
                    .id;
    world_do(w, &(struct cmd){.type = CMD_PICTURE_SET,
                              .who = operator_(),
                              .picture = {s->ann, {1, 2}, SPAN_LIT("another")}});
    s->chat = world_ring(w, SALES);
    assert_offered(w, s->ann, s->chat);
    s->order = (struct mail_order){.kind = MAIL_TRANSCRIPT,
                                   .dept = SALES,
                                   .entry = SALES,
                                   .conv = s->chat,
                                   .cause = 1,
                                   .replaces = 99,
                                   .instead = SPAN_LIT("old@example.com")};
}
