/* The operator, whose line is the control socket: nothing is lost on it. */
#include "sim.h"

struct operator_answer {
    err_t err;
    uint64_t id;
};

static void keep_operator_answer(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct operator_answer *oa = arg;

    (void)cmd;
    oa->err = a->err;
    oa->id = a->id;
}

void operator_command(struct sim *s, struct cmd *cmd, err_t *err, uint64_t *id)
{
    struct operator_answer oa = {0};

    cmd->who.kind = BY_OPERATOR;
    cmd->cid = sim_mix(999, ++s->operator_number);
    turn_command(s->turn, cmd, s->told.now_ms, keep_operator_answer, &oa);
    *err = oa.err;
    *id = oa.id;
}

static err_t try_set(struct sim *s, enum obj_type type, uint64_t id, const char *name, int64_t i,
                     const char *text)
{
    size_t count;
    const struct setting *table = type == OBJ_PORTAL ? portal_settings(&count)
                                  : type == OBJ_DEPT ? dept_settings(&count)
                                                     : agent_settings(&count);
    struct change change = {
        .setting = setting_find(table, count, span_of(name)), .i = i, .s = span_of(text)};
    struct cmd cmd = {.type = type == OBJ_PORTAL ? CMD_PORTAL_SET
                              : type == OBJ_DEPT ? CMD_DEPT_SET
                                                 : CMD_AGENT_SET,
                      .set = {.id = id, .changes = &change, .nchanges = 1}};
    uint64_t made;
    err_t err;

    operator_command(s, &cmd, &err, &made);
    return err == ERR_READONLY || err == ERR_NOTFOUND ? ERR_OK : err;
}

void sim_set(struct sim *s, enum obj_type type, uint64_t id, const char *name, int64_t i,
             const char *text)
{
    err_t err = try_set(s, type, id, name, i, text);

    if (err != ERR_OK)
        sim_fail(s, "%s: %s", name, err_code(err));
}

/* The last public department stays one. */
static void set_type(struct sim *s, uint64_t dept, enum dept_type type)
{
    err_t err = try_set(s, OBJ_DEPT, dept, "type", type, NULL);
    size_t open = 0;

    if (err != ERR_OK && err != ERR_CONFLICT)
        sim_fail(s, "type: %s", err_code(err));
    for (uint64_t id = 0; core_next_dept(s->core, &id);)
        open += core_dept(s->core, id)->type == DEPT_PUBLIC;
    if (open == 0)
        sim_fail(s, "no public department is left");
}

/* The longest first, so that each fits what was set before. */
static void set_pauses(struct sim *s, uint64_t dept)
{
    int64_t max_ms = (int64_t)sim_roll(s, 30000);

    sim_set(s, OBJ_DEPT, dept, "pause_ms", 0, NULL);
    sim_set(s, OBJ_DEPT, dept, "pause_max_ms", max_ms, NULL);
    sim_set(s, OBJ_DEPT, dept, "pause_ms", (int64_t)sim_roll(s, (uint64_t)max_ms / 3 + 1), NULL);
}

/* To any of them or none; a circle is refused. */
static void set_overflow(struct sim *s, uint64_t dept)
{
    size_t count;
    const struct setting *table = dept_settings(&count);
    struct change change = {.setting = setting_find(table, count, SPAN_LIT("overflow"))};
    struct cmd cmd = {.type = CMD_DEPT_SET, .set = {.id = dept, .changes = &change, .nchanges = 1}};
    uint64_t id;
    err_t err;

    change.i = sim_chance(s, 80) ? (int64_t)s->depts[sim_roll(s, s->ndepts)] : 0;
    operator_command(s, &cmd, &err, &id);
    for (uint64_t to = (uint64_t)change.i; err == ERR_OK && to != 0;
         to = core_dept(s->core, to)->overflow)
        if (to == dept)
            sim_fail(s, "RTE-6: department %llu goes on to itself", (unsigned long long)dept);
    sim_set(s, OBJ_DEPT, dept, "overflow_ms", (int64_t)sim_roll(s, 40000), NULL);
}

uint64_t operator_add_dept(struct sim *s)
{
    size_t count;
    const struct setting *table = dept_settings(&count);
    uint8_t raw[CODE_BYTES];
    char code[CODE_TEXT];
    struct change name = {.setting = setting_find(table, count, SPAN_LIT("name")),
                          .s = SPAN_LIT("Dept")};
    struct cmd cmd = {.type = CMD_DEPT_ADD, .dept_add = {.changes = &name, .nchanges = 1}};
    uint64_t id;
    err_t err;

    for (size_t i = 0; i < sizeof(raw); i++)
        raw[i] = (uint8_t)sim_roll(s, 256);
    b64url_encode(code, raw, sizeof(raw));
    cmd.dept_add.code = span_of(code);
    operator_command(s, &cmd, &err, &id);
    if (err != ERR_OK)
        return 0;
    sim_set(s, OBJ_DEPT, id, "offer_ms", 3000 + (int64_t)sim_roll(s, 20000), NULL);
    sim_set(s, OBJ_DEPT, id, "wait_ms", 20000 + (int64_t)sim_roll(s, 200000), NULL);
    sim_set(s, OBJ_DEPT, id, "transfer_ms", 2000 + (int64_t)sim_roll(s, 40000), NULL);
    sim_set(s, OBJ_DEPT, id, "idle_ms", (int64_t)sim_roll(s, 3) * 60000, NULL);
    set_pauses(s, id);
    sim_set(s, OBJ_DEPT, id, "last_agent", sim_chance(s, 60), NULL);
    sim_set(s, OBJ_DEPT, id, "left_routed", sim_chance(s, 60), NULL);
    sim_set(s, OBJ_DEPT, id, "queue_max", (int64_t)sim_roll(s, 8), NULL);
    sim_set(s, OBJ_DEPT, id, "greeting.en", 0, sim_chance(s, 50) ? "Welcome" : "");
    if (s->ndepts > 0 && sim_chance(s, 40))
        set_overflow(s, id);
    return id;
}

void operator_set_member(struct sim *s, uint64_t agent, uint64_t dept, bool chat)
{
    struct cmd cmd = {
        .type = CMD_MEMBER_SET,
        .member = {.agent = agent, .dept = dept, .chat = chat, .tier = (uint8_t)sim_roll(s, 3)}};
    uint64_t id;
    err_t err;

    operator_command(s, &cmd, &err, &id);
}

static void change_agent(struct sim *s, uint64_t agent)
{
    struct cmd remove = {.type = CMD_MEMBER_REMOVE,
                         .member = {.agent = agent, .dept = s->depts[sim_roll(s, s->ndepts)]}};
    uint64_t id;
    err_t err;

    switch (sim_roll(s, 7)) {
    case 0:
        if (sim_chance(s, 30)) {
            picture_step(s, agent);
            break;
        }
        sim_set(s, OBJ_AGENT, agent, "capacity", 1 + (int64_t)sim_roll(s, 4), NULL);
        break;
    case 1:
        if (sim_chance(s, 70))
            sim_set(s, OBJ_AGENT, agent, "enabled", 1, NULL);
        else
            leaver_disable(s, agent);
        break;
    case 2:
        sim_set(s, OBJ_AGENT, agent, "role", sim_chance(s, 70) ? 0 : (int64_t)sim_roll(s, 4), NULL);
        break;
    case 3:
        sim_set(s, OBJ_AGENT, agent, "scope", (int64_t)sim_roll(s, 3), NULL);
        break;
    case 4:
        if (sim_chance(s, 50)) {
            roles_step(s, agent);
            break;
        }
        sim_set(s, OBJ_AGENT, agent, "permissions", 0,
                sim_chance(s, 50) ? "reply,note,end,block,transfer,assign" : "note");
        break;
    case 5:
        operator_command(s, &remove, &err, &id);
        break;
    default:
        operator_set_member(s, agent, s->depts[sim_roll(s, s->ndepts)], sim_chance(s, 80));
        break;
    }
}

static void mail_link(struct sim *s, uint64_t agent)
{
    static const uint8_t hash[HASH_BYTES] = {1};
    struct cmd cmd = {.type = CMD_AGENT_LINK,
                      .agent_link = {.agent = agent,
                                     .link.hash = {(const char *)hash, sizeof(hash)},
                                     .link.secret = SPAN_LIT("sealed"),
                                     .link.until_ms = s->told.now_ms + 60000}};
    uint64_t id;
    err_t err;

    operator_command(s, &cmd, &err, &id);
}

static void change_hours(struct sim *s, uint64_t dept)
{
    const struct dept *d = core_dept(s->core, dept);
    char week[80] = "";

    if (d == NULL)
        return;
    if (sim_chance(s, 20)) {
        sim_set(s, OBJ_PORTAL, 0, "zone", 0, sim_zone(s));
        return;
    }
    if (sim_chance(s, 20))
        sim_set(s, OBJ_DEPT, dept, "hours.zone", 0, sim_chance(s, 50) ? sim_zone(s) : "");
    if (sim_chance(s, 70))
        sim_hours(s, d, week, sizeof(week));
    sim_set(s, OBJ_DEPT, dept, "hours.week", 0, week);
}

/* Afterwards nobody who could be moved is left behind, and nobody moved where it was refused. */
static void move_queue(struct sim *s, uint64_t from, uint64_t to)
{
    struct cmd move = {.type = CMD_QUEUE_MOVE, .queue = {.from = from, .to = to}};
    unsigned long moved = s->did.moved;
    err_t err;
    uint64_t id;

    operator_command(s, &move, &err, &id);
    if (err != ERR_OK && s->did.moved != moved)
        sim_fail(s, "a queue was moved that could not be: %s", err_code(err));
    for (id = 0; err == ERR_OK && core_next_conv(s->core, &id);) {
        const struct conv *cv = core_conv(s->core, id);

        if (cv->state == CONV_WAITING && cv->dept == from && cv->handed_dept == 0)
            sim_fail(s, "%llu stays in a queue that was moved", (unsigned long long)id);
    }
}

static void change_dept(struct sim *s, size_t at)
{
    struct cmd remove = {.type = CMD_DEPT_REMOVE, .dept = s->depts[at]};
    uint64_t id;
    err_t err;

    switch (sim_roll(s, 10)) {
    case 0:
        sim_set(s, OBJ_DEPT, s->depts[at], "enabled", sim_chance(s, 75), NULL);
        break;
    case 1:
        set_type(s, s->depts[at], sim_chance(s, 15) ? DEPT_PRIVATE : DEPT_PUBLIC);
        break;
    case 2:
        sim_set(s, OBJ_DEPT, s->depts[at], "auto_accept", sim_chance(s, 30), NULL);
        sim_set(s, OBJ_DEPT, s->depts[at], "last_agent", sim_chance(s, 60), NULL);
        sim_set(s, OBJ_DEPT, s->depts[at], "left_routed", sim_chance(s, 80), NULL);
        break;
    case 3:
        sim_set(s, OBJ_DEPT, s->depts[at], "queue_max", (int64_t)sim_roll(s, 10), NULL);
        break;
    case 4:
        sim_set(s, OBJ_DEPT, s->depts[at], "idle_ms", (int64_t)sim_roll(s, 3) * 30000, NULL);
        sim_set(s, OBJ_DEPT, s->depts[at], "offer_ms", 3000 + (int64_t)sim_roll(s, 20000), NULL);
        sim_set(s, OBJ_DEPT, s->depts[at], "wait_ms", 20000 + (int64_t)sim_roll(s, 200000), NULL);
        sim_set(s, OBJ_DEPT, s->depts[at], "transfer_ms", 2000 + (int64_t)sim_roll(s, 40000), NULL);
        sim_set(s, OBJ_DEPT, s->depts[at], "strategy", (int64_t)sim_roll(s, 4), NULL);
        set_pauses(s, s->depts[at]);
        break;
    case 5:
        sim_set(s, OBJ_PORTAL, 0, "transfer_between", sim_chance(s, 80), NULL);
        sim_set(s, OBJ_PORTAL, 0, "grace_ms", (int64_t)sim_roll(s, 40000), NULL);
        sim_set(s, OBJ_PORTAL, 0, "from", 0, "chat@example.com"); /* from here on mails can go */
        mail_link(s, s->clients[at].id);
        break;
    case 6:
        change_hours(s, s->depts[at]);
        set_overflow(s, s->depts[at]);
        break;
    case 8:
        skill_step(s, at);
        break;
    case 7:
        move_queue(s, s->depts[at], s->depts[sim_roll(s, s->ndepts)]);
        break;
    default:
        if (!sim_chance(s, 20))
            break;
        operator_command(s, &remove, &err, &id);
        if (err != ERR_OK || (id = operator_add_dept(s)) == 0)
            break;
        s->depts[at] = id;
        for (unsigned i = 0; i < SIM_AGENTS; i++)
            if (sim_chance(s, 60))
                operator_set_member(s, s->clients[i].id, id, true);
        break;
    }
}

/* Some canned reply from `from` on; 0: there is none. */
static uint64_t some_canned(const struct sim *s, uint64_t from)
{
    uint64_t id = from;

    if (core_next_canned(s->core, &id))
        return id;
    id = 0;
    return core_next_canned(s->core, &id) ? id : 0;
}

/* Add one, or edit or remove one that somebody saw as some version. */
static void change_canned(struct sim *s)
{
    struct cmd cmd = {.type = CMD_CANNED_ADD,
                      .canned = {.title = SPAN_LIT("Hours"), .lang = (enum lang)sim_roll(s, 3)}};
    uint64_t id = some_canned(s, s->depts[0] + sim_roll(s, 1000000)), made;
    uint32_t was;
    char text[24];
    err_t err;

    snprintf(text, sizeof(text), "text %u", (unsigned)sim_roll(s, 5));
    cmd.canned.text = span_of(text);
    if (id == 0 || sim_chance(s, 40)) {
        if (sim_chance(s, 40))
            cmd.canned.dept = s->depts[sim_roll(s, s->ndepts)];
        else if (sim_chance(s, 50))
            cmd.canned.agent = s->clients[sim_roll(s, SIM_AGENTS)].id;
        operator_command(s, &cmd, &err, &made);
        return;
    }
    was = core_canned(s->core, id)->version;
    cmd.type = sim_chance(s, 20) ? CMD_CANNED_REMOVE : CMD_CANNED_SET;
    cmd.canned.canned = id;
    cmd.canned.version = (uint32_t)sim_roll(s, was + 2);
    operator_command(s, &cmd, &err, &made);
    if (err == ERR_OK && cmd.canned.version != 0 && cmd.canned.version != was)
        sim_fail(s, "CNV-5: a change made for version %u was taken at version %u",
                 cmd.canned.version, was);
}

/* Each canned reply is somebody's who is there. */
void rules_of_canned(struct sim *s)
{
    uint64_t id = 0;

    while (core_next_canned(s->core, &id)) {
        const struct canned *c = core_canned(s->core, id);

        if ((c->agent != 0 && core_agent(s->core, c->agent) == NULL) ||
            (c->dept != 0 && core_dept(s->core, c->dept) == NULL))
            sim_fail(s, "CNV-5: canned reply %llu is nobody's", (unsigned long long)id);
    }
}

/* Add a saved view, or change or remove one that somebody saw as some version. */
static void change_view(struct sim *s)
{
    struct cmd cmd = {.type = CMD_VIEW_ADD,
                      .saved = {.shows = {(uint32_t)sim_roll(s, LIST_COUNT)}}};
    bool search = sim_chance(s, 30);
    uint64_t id = s->depts[0] + sim_roll(s, 1000000), made;
    uint32_t was;
    char name[24];
    err_t err;

    snprintf(name, sizeof(name), "view %u", (unsigned)sim_roll(s, 5));
    cmd.saved.name = span_of(name);
    if (search) {
        cmd.saved.shows[SHOWS_LIST] = LIST_ALL;
        cmd.saved.shows[SHOWS_SEARCH] = 1;
        cmd.saved.shows[SHOWS_STATES] = (uint32_t)sim_roll(s, STATES_COUNT);
        cmd.saved.text = SPAN_LIT("gift wrap");
        cmd.saved.before_ms = (int64_t)sim_roll(s, 1000);
    }
    if (sim_chance(s, 50) || !core_next_saved(s->core, &id)) {
        if (sim_chance(s, 50))
            cmd.saved.dept = s->depts[sim_roll(s, s->ndepts)];
        else
            cmd.saved.agent = s->clients[sim_roll(s, SIM_AGENTS)].id;
        operator_command(s, &cmd, &err, &made);
        return;
    }
    was = core_saved(s->core, id)->version;
    cmd.type = sim_chance(s, 20) ? CMD_VIEW_REMOVE : CMD_VIEW_SET;
    cmd.saved.view = id;
    cmd.saved.version = (uint32_t)sim_roll(s, was + 2);
    operator_command(s, &cmd, &err, &made);
    if (err == ERR_OK && cmd.saved.version != 0 && cmd.saved.version != was)
        sim_fail(s, "CNV-1: a change made for version %u was taken at version %u",
                 cmd.saved.version, was);
}

/* Each saved view is somebody's who is there, and nobody has two of a name. */
void rules_of_views(struct sim *s)
{
    for (uint64_t id = 0; core_next_saved(s->core, &id);) {
        const struct saved *v = core_saved(s->core, id);
        uint64_t owner = v->agent != 0 ? v->agent : v->dept;

        if ((v->agent != 0 && core_agent(s->core, v->agent) == NULL) ||
            (v->dept != 0 && core_dept(s->core, v->dept) == NULL))
            sim_fail(s, "CNV-1: saved view %llu is nobody's", (unsigned long long)id);
        for (uint64_t other = id; core_next_saved_of(s->core, owner, &other);)
            if (strcmp(core_saved(s->core, other)->name, v->name) == 0)
                sim_fail(s, "CNV-1: saved views %llu and %llu have one name",
                         (unsigned long long)id, (unsigned long long)other);
    }
}

void operator_step(struct sim *s)
{
    uint64_t block = 0, id;
    err_t err;

    if (sim_chance(s, 10))
        change_canned(s);
    if (sim_chance(s, 10))
        change_view(s);
    if (sim_chance(s, 3))
        leaver_remove(s, &s->clients[sim_roll(s, SIM_AGENTS)]);
    if (sim_chance(s, 40))
        change_agent(s, s->clients[sim_roll(s, SIM_AGENTS)].id);
    else if (sim_chance(s, 60))
        change_dept(s, sim_roll(s, s->ndepts));
    else if (core_next_block(s->core, &block)) {
        struct cmd cmd = {.type = CMD_BLOCK_REMOVE, .block = block};

        operator_command(s, &cmd, &err, &id);
    } else if (sim_chance(s, 20)) {
        struct cmd cmd = {.type = CMD_BLOCK_ADD, .block_add.until_ms = s->told.now_ms + 60000};

        cmd.block_add.prefix.addr.b[10] = cmd.block_add.prefix.addr.b[11] = 0xff;
        cmd.block_add.prefix.addr.b[12] = 192;
        cmd.block_add.prefix.addr.b[15] = (uint8_t)(sim_roll(s, 4) * 2);
        cmd.block_add.prefix.bits = 127;
        operator_command(s, &cmd, &err, &id);
    }
}

uint64_t operator_add_agent(struct sim *s, unsigned index)
{
    size_t count;
    const struct setting *table = agent_settings(&count);
    char email[40];
    struct change changes[] = {
        {.setting = setting_find(table, count, SPAN_LIT("name")), .s = SPAN_LIT("Agent")},
        {.setting = setting_find(table, count, SPAN_LIT("email"))},
        {.setting = setting_find(table, count, SPAN_LIT("capacity")),
         .i = 1 + (int64_t)sim_roll(s, 3)},
        {.setting = setting_find(table, count, SPAN_LIT("permissions")), .s = SPAN_LIT("block")},
    };
    struct cmd cmd = {.type = CMD_AGENT_ADD,
                      .agent_add = {.changes = changes, .nchanges = COUNT_OF(changes)}};
    uint64_t id;
    err_t err;

    snprintf(email, sizeof(email), "agent%u@example.com", index);
    changes[1].s = span_of(email);
    operator_command(s, &cmd, &err, &id);
    if (err != ERR_OK)
        sim_fail(s, "no agent: %s", err_code(err));
    return id;
}
