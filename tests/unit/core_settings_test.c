/* Settings: what is taken, what is refused and by which name, and that nothing is half-saved. */
#include "core_world.h"
#include "deskbell/tlv.h"

static const struct value {
    const char *name, *text;
    err_t err;
    const char *what; /* part of the fault */
} dept_values[] = {
    {"name", "Support", ERR_OK, NULL},
    {"name", "  ", ERR_INVAL, "must not be empty"},
    {"name", "two\nlines", ERR_INVAL, "one line"},
    {"description", "two\nlines", ERR_OK, NULL},
    {"type", "private", ERR_OK, NULL},
    {"type", "secret", ERR_INVAL, "public, private"},
    {"enabled", "maybe", ERR_INVAL, "on or off"},
    {"offer_ms", "30s", ERR_OK, NULL},
    {"offer_ms", "1ms", ERR_INVAL, "from 1000 to 600000 ms"},
    {"offer_ms", "soon", ERR_INVAL, "a time such as"},
    {"wait_ms", "4m", ERR_OK, NULL},
    {"queue_max", "0", ERR_OK, NULL},
    {"queue_max", "10001", ERR_INVAL, "from 0 to 10000"},
    {"queue_max", "many", ERR_INVAL, "a number"},
    {"queue_max", "", ERR_INVAL, "a number"},
    {"queue_max", "-1", ERR_INVAL, "a number"},
    {"queue_max", "1e3", ERR_INVAL, "a number"},
    {"relay.port", "587", ERR_OK, NULL},
    {"relay.port", "0", ERR_INVAL, "from 1 to 65535"},
    {"relay.port", "65536", ERR_INVAL, "from 1 to 65535"},
    {"relay.port", "99999999999999999999", ERR_INVAL, "a number"},
    {"relay.port", "25x", ERR_INVAL, "a number"},
    {"relay.port", "-25", ERR_INVAL, "a number"},
    {"relay.host", "mail.example.com", ERR_OK, NULL},
    {"relay.host", "192.0.2.25", ERR_OK, NULL},
    {"relay.host", "", ERR_OK, NULL},
    {"relay.host", "a..b", ERR_INVAL, "a dot"},
    {"relay.host", "-x", ERR_INVAL, "hyphen"},
    {"relay.host", "mail.example.com:25", ERR_INVAL, "port"},
    {"relay.host", "::1", ERR_INVAL, "IPv6"},
    {"relay.host", "300.1.1.1", ERR_INVAL, "IPv4"},
    {"relay.host", "mail.example.com\r\n", ERR_INVAL, "no host name"},
    {"colour", "#00ff7f", ERR_OK, NULL},
    {"colour", "green", ERR_INVAL, "looks like #2457c5"},
    {"colour", "#00ff7g", ERR_INVAL, "looks like #2457c5"},
    {"origins", "https://www.example.com  http://localhost:8080", ERR_OK, NULL},
    {"origins", "", ERR_OK, NULL},
    {"origins", "www.example.com", ERR_INVAL, "www.example.com: an origin looks like"},
    {"origins", "https://www.example.com/path", ERR_INVAL, "an origin looks like"},
    {"origins", "https://www.example.com:0", ERR_INVAL, "an origin looks like"},
    {"origins", "https://[::1]:8443", ERR_OK, NULL},
    {"origins", "https://[::1", ERR_INVAL, "an origin looks like"},
    {"origins", "https://a..b", ERR_INVAL, "https://a..b: an origin looks like"},
    {"origins", "https://ok.example https://-x", ERR_INVAL, "https://-x: an origin looks like"},
    {"origins", "https://www.example.com:65536", ERR_INVAL, "an origin looks like"},
    {"origins", "https://user@www.example.com", ERR_INVAL, "an origin looks like"},
    {"name", "Sales\xe2\x80\xae", ERR_INVAL, "character 6, U+202E"},
    {"fields.email", "ask", ERR_OK, NULL},
    {"fields.email", "perhaps", ERR_INVAL, "no, ask, must"},
    {"mail.from.addresses", "a@example.com, b@example.com", ERR_INVAL, "exactly one"},
    {"pause_ms", "10m", ERR_INVAL, NULL}, /* longer than it may grow */
    {"pause_ms", "121s", ERR_INVAL, NULL},
    {"pause_max_ms", "61m", ERR_INVAL, NULL},
    {"pause_max_ms", "9999", ERR_INVAL, NULL},
    {"pause_max_ms", "10s", ERR_OK, NULL},
    {"pause_ms", "0", ERR_OK, NULL},
    {"pause_max_ms", "0", ERR_OK, NULL},
    {"pause_ms", "1", ERR_INVAL, NULL},
    {"mail.transcript.addresses", "a@example.com, b@example.com", ERR_OK, NULL},
    {"mail.transcript.addresses", "a@example.com, b@@example.com", ERR_INVAL, "b@@example.com"},
    {"mail.transcript.addresses", "a@\xe4\xbe\x8b\xe3\x81\x88.jp", ERR_OK, NULL},
    {"mail.transcript.addresses", "a@example.com, Ann <ann@example.com>", ERR_INVAL,
     "\"Ann <ann@example.com>\": give the bare address"},
    {"mail.from.addresses", "Sales <sales@example.com>", ERR_INVAL, "give the bare address"},
    {"mail.from.addresses", "sales@example.com\r\nBcc: x@example.com", ERR_INVAL,
     "control character"},
    {"mail.transcript.addresses", "", ERR_OK, NULL},
    {"mail.transcript.on", "on", ERR_INVAL, "must have an address"},
};

static const struct value agent_values[] = {
    {"alerts.volume", "1", ERR_OK, NULL},
    {"alerts.volume", "100", ERR_OK, NULL},
    {"alerts.volume", "0", ERR_INVAL, "from 1 to 100"},
    {"alerts.volume", "101", ERR_INVAL, "from 1 to 100"},
    {"alerts.tone", "bell", ERR_OK, NULL},
    {"alerts.tone", "siren", ERR_INVAL, "chime, bell, wood"},
    {"alerts.quiet", "mon-fri 22:00-31:00", ERR_OK, NULL},
    {"alerts.quiet", "", ERR_OK, NULL},
    {"alerts.tasks", "always", ERR_OK, NULL},
    {"alerts.tasks", "sometimes", ERR_INVAL, "no, away, always"},
    {"alerts.mentions", "always", ERR_OK, NULL},
    {"alerts.mentions", "sometimes", ERR_INVAL, "no, away, always"},
    {"alerts.quiet", "at night", ERR_INVAL, NULL},
    {"alerts.quiet", "mon 22:00-21:00", ERR_INVAL, NULL},
    {"keys", "", ERR_OK, NULL},
    {"keys", " accept=Alt+KeyB  end= \t find=F2 end-next=Ctrl+Alt+Shift+Digit1 ", ERR_OK, NULL},
    {"keys", "a= b=", ERR_OK, NULL},
    {"keys", "accept", ERR_INVAL, "accept: an action"},
    {"keys", "=Alt+KeyB", ERR_INVAL, "=Alt+KeyB: an action"},
    {"keys", "Accept=Alt+KeyB", ERR_INVAL, "an action"},
    {"keys", "accept=KeyB", ERR_INVAL, "an action"},
    {"keys", "accept=Shift+KeyB", ERR_INVAL, "an action"},
    {"keys", "accept=Alt+", ERR_INVAL, "an action"},
    {"keys", "accept=Alt+Ctrl+KeyB", ERR_INVAL, "an action"},
    {"keys", "accept=Alt+Alt+KeyB", ERR_INVAL, "an action"},
    {"keys", "accept=Alt+/", ERR_INVAL, "an action"},
    {"keys", "accept=Alt+KeyB\nend=", ERR_INVAL, "an action"},
    {"keys", "accept=F", ERR_INVAL, "an action"},
    {"keys", "accept=Fx", ERR_INVAL, "an action"},
    {"keys", "accept=Shift+F12", ERR_OK, NULL},
    {"keys", "accept=Alt+KeyB end=Alt+KeyB", ERR_INVAL, "Alt+KeyB would do both accept and end"},
    {"keys", "accept=Alt+KeyB accept=", ERR_INVAL, "accept is there twice"},
};

/* Set it; where that is refused, what the fault says is looked at, and its field is the caller's.
 */
static err_t set_value(struct world *w, enum obj_type type, uint64_t id, const struct value *v,
                       struct fault *f)
{
    err_t err;

    print_message("  %s = %s\n", v->name, v->text);
    err = world_set(w, type, id, v->name, v->text, f);
    assert_int_equal(err, v->err);
    if (err != ERR_OK && v->what != NULL && strstr(f->what, v->what) == NULL)
        fail_msg("the fault says: %s", f->what);
    return err;
}

static void agent_settings_table(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent_idle(w, "ann", SALES);

    for (size_t i = 0; i < COUNT_OF(agent_values); i++) {
        struct fault f = {0};

        if (set_value(w, OBJ_AGENT, ann, &agent_values[i], &f) != ERR_OK)
            assert_string_equal(f.field, agent_values[i].name);
    }
}

static void department_settings_table(void **state)
{
    struct world *w = *state;

    world_dept(w, "Help", "public");
    for (size_t i = 0; i < COUNT_OF(dept_values); i++) {
        struct fault f = {0};

        if (set_value(w, OBJ_DEPT, SALES, &dept_values[i], &f) == ERR_OK)
            continue;
        if (strcmp(dept_values[i].name, "mail.transcript.on") == 0)
            assert_string_equal(f.field, "mail.transcript.addresses");
        else if (strcmp(dept_values[i].name, "pause_ms") == 0)
            assert_string_equal(f.field, "pause_max_ms");
        else
            assert_string_equal(f.field, dept_values[i].name);
    }
}

static const struct setting *dept_setting(const char *name)
{
    size_t count;
    const struct setting *table = dept_settings(&count);

    return setting_find(table, count, span_of(name));
}

static void one_bad_value_saves_nothing(void **state)
{
    struct world *w = *state;
    struct change changes[] = {
        {.setting = dept_setting("name"), .s = SPAN_LIT("Changed")},
        {.setting = dept_setting("mail.from.addresses"), .s = SPAN_LIT("sales@example.com")},
        {.setting = dept_setting("mail.from.on"), .i = 1},
        {.setting = dept_setting("mail.missed.addresses"),
         .s = SPAN_LIT("boss@example.com, not an address")},
        {.setting = dept_setting("mail.missed.on"), .i = 1},
    };
    struct cmd cmd = {.type = CMD_DEPT_SET,
                      .who = operator_(),
                      .set = {.id = SALES, .changes = changes, .nchanges = COUNT_OF(changes)}};
    struct world_answer a = world_do(w, &cmd);

    assert_int_equal(a.err, ERR_INVAL);
    assert_string_equal(a.fault.field, "mail.missed.addresses");
    assert_non_null(strstr(a.fault.what, "not an address"));
    assert_string_equal(core_dept(w->k, SALES)->name, "Sales");
    assert_string_equal(core_dept(w->k, SALES)->mail[MAILSET_FROM].addrs, "");
    changes[3].s = SPAN_LIT(" boss@example.com ,desk@example.com");
    assert_int_equal(world_do(w, &cmd).err, ERR_OK);
    assert_string_equal(core_dept(w->k, SALES)->name, "Changed");
    assert_string_equal(core_dept(w->k, SALES)->mail[MAILSET_MISSED].addrs,
                        "boss@example.com, desk@example.com");
}

static void mail_needs_a_from_address_and_keeps_it(void **state)
{
    struct world *w = *state;
    struct fault f;

    assert_int_equal(
        world_set(w, OBJ_DEPT, SALES, "mail.missed.addresses", "boss@example.com", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "mail.missed.on", "on", &f), ERR_INVAL);
    assert_string_equal(f.field, "mail.missed.on");
    assert_non_null(strstr(f.what, "no From address"));
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "chat@example.com", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "mail.missed.on", "on", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "", &f), ERR_CONFLICT);
    assert_string_equal(f.field, "from");
    assert_non_null(strstr(f.what, "Sales"));
    /* Off keeps the addresses. */
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "mail.missed.on", "off", NULL), ERR_OK);
    assert_string_equal(core_dept(w->k, SALES)->mail[MAILSET_MISSED].addrs, "boss@example.com");
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "", NULL), ERR_OK);
}

static void relay_without_tls_is_for_this_machine_only(void **state)
{
    static const struct {
        const char *host, *tls;
        err_t err;
    } rows[] = {
        {"localhost", "none", ERR_OK},
        {"127.0.0.2", "none", ERR_OK},
        {"mail.example.com", "none", ERR_INVAL},
        {"192.0.2.1", "none", ERR_INVAL},
        {"mail.example.com", "starttls", ERR_OK},
        {"mail.example.com", "tls", ERR_OK},
        {"localhost.example.com", "none", ERR_INVAL},
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault f;

        print_message("  %s, %s\n", rows[i].host, rows[i].tls);
        assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_tls", "starttls", NULL), ERR_OK);
        assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_host", rows[i].host, NULL), ERR_OK);
        assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_tls", rows[i].tls, &f), rows[i].err);
    }
}

static void a_token_for_the_relay_needs_tls(void **state)
{
    struct world *w = *state;
    struct fault f;

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_auth", "xoauth2", &f), ERR_INVAL);
    assert_string_equal(f.field, "relay_auth");
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_tls", "starttls", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_auth", "xoauth2", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_tls", "none", &f), ERR_INVAL);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_auth", "password", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_tls", "none", NULL), ERR_OK);

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "relay.tls", "none", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "relay.auth", "xoauth2", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "relay.host", "localhost", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "relay.own", "on", &f), ERR_INVAL);
    assert_string_equal(f.field, "relay.auth");
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "relay.tls", "tls", NULL), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "relay.own", "on", NULL), ERR_OK);
}

static void departments_relay_is_checked_while_it_is_its_own(void **state)
{
    static const struct {
        const char *host, *tls, *field;
    } rows[] = {
        {"localhost", "none", NULL},
        {"127.0.0.2", "none", NULL},
        {"mail.example.com", "tls", NULL},
        {"mail.example.com", "starttls", NULL},
        {"", "starttls", "relay.host"},
        {"mail.example.com", "none", "relay.tls"},
        {"mail example com", "tls", "relay.host"},
    };
    struct world *w = *state;
    size_t count;
    const struct setting *table = dept_settings(&count);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *const names[] = {"relay.tls", "relay.host", "relay.own"};
        const char *const values[] = {rows[i].tls, rows[i].host, "on"};
        struct change changes[COUNT_OF(names)];

        print_message("  %s, %s\n", rows[i].host, rows[i].tls);
        for (size_t k = 0; k < COUNT_OF(names); k++)
            assert_int_equal(setting_parse(setting_find(table, count, span_of(names[k])),
                                           span_of(values[k]), &changes[k], NULL),
                             ERR_OK);
        struct cmd cmd = {.type = CMD_DEPT_SET,
                          .who = operator_(),
                          .set = {.id = SALES, .changes = changes, .nchanges = COUNT_OF(names)}};
        struct world_answer a = world_do(w, &cmd);
        assert_int_equal(a.err, rows[i].field != NULL ? ERR_INVAL : ERR_OK);
        if (rows[i].field != NULL)
            assert_string_equal(a.fault.field, rows[i].field);
        /* All of it or nothing. */
        assert_int_equal(core_dept(w->k, SALES)->relay.own, rows[i].field == NULL);
        assert_int_equal(world_set(w, OBJ_DEPT, SALES, "relay.own", "off", NULL), ERR_OK);
    }
}

static void same_value_again_changes_nothing(void **state)
{
    struct world *w = *state;
    size_t before = w->nlog;

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "name", "Sales", NULL), ERR_OK);
    assert_int_equal(w->nlog, before);
}

static void every_setting_has_its_own_name_and_tag_and_a_help_text(void **state)
{
    const struct setting *(*tables[])(size_t *) = {portal_settings, dept_settings, agent_settings};

    (void)state;
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        size_t count;
        const struct setting *table = tables[t](&count);

        for (size_t i = 0; i < count; i++) {
            assert_true((table[i].tag >= 10 && table[i].tag < 1000) || table[i].tag >= 2000);
            assert_true(table[i].help[0] != '\0');
            assert_ptr_equal(setting_find(table, count, span_of(table[i].name)), &table[i]);
            for (size_t j = 0; j < i; j++)
                assert_int_not_equal(table[i].tag, table[j].tag);
        }
    }
}

static void defaults_are_those_of_the_manual(void **state)
{
    static const struct {
        const char *name;
        int64_t i;
    } rows[] = {
        {"enabled", 1},
        {"chat_on", 1},
        {"offer_ms", 20000},
        {"wait_ms", 240000},
        {"idle_ms", 600000},
        {"queue_max", 50},
        {"auto_accept", 0},
        {"fields.name", NEED_ASK},
        {"fields.email", NEED_MUST},
        {"fields.phone", NEED_NO},
        {"fields.question", NEED_ASK},
        {"mail.missed.on", 0},
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct change c;

        dept_setting_get(core_dept(w->k, SALES), dept_setting(rows[i].name), &c);
        assert_int_equal(c.i, rows[i].i);
    }
    assert_int_equal(core_portal(w->k)->grace_ms, 30000);
    assert_int_equal(core_portal(w->k)->visitor_grace_ms, 900000);
}

static void secret_is_never_given_back(void **state)
{
    struct world *w = *state;
    size_t count;
    const struct setting *table = portal_settings(&count);
    const struct setting *secret = setting_find(table, count, SPAN_LIT("relay_secret"));
    struct change c;

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "relay_secret", "c2VhbGVk", NULL), ERR_OK);
    portal_setting_get(core_portal(w->k), secret, &c);
    assert_int_equal(c.i, 1);
    assert_int_equal(c.s.len, 0);
}

static void private_departments_are_not_found_by_their_code(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];

    world_dept(w, "Help", "public");
    strcpy(code, core_dept(w->k, SALES)->code);
    assert_ptr_equal(core_dept_by_code(w->k, span_of(code)), core_dept(w->k, SALES));
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "type", "private", NULL), ERR_OK);
    assert_null(core_dept_by_code(w->k, span_of(code)));
    assert_int_equal(world_try_ring(w, SALES).err, ERR_NOTFOUND);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "type", "public", NULL), ERR_OK);
    assert_string_equal(core_dept(w->k, SALES)->code, code);
    assert_ptr_equal(core_dept_by_code(w->k, span_of(code)), core_dept(w->k, SALES));
    assert_null(core_dept_by_code(w->k, SPAN_LIT("")));
    assert_null(core_dept_by_code(w->k, SPAN_LIT("no code at all, and far too long for one")));
}

static void running_chats_go_on_when_the_type_changes(void **state)
{
    struct world *w = *state;
    uint64_t ann = world_agent(w, "ann", SALES), chat = world_ring(w, SALES);

    world_dept(w, "Help", "public");
    world_accept(w, ann, chat);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "type", "private", NULL), ERR_OK);
    assert_int_equal(world_say(w, visitor_(chat), chat, "still there?").err, ERR_OK);
}

static void one_public_department_stays(void **state)
{
    struct world *w = *state;
    uint64_t help = world_dept(w, "Help", "public");
    struct cmd remove = {.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = SALES};
    struct fault f = {0};

    world_dept(w, "Billing", "private");
    assert_int_equal(world_do(w, &remove).err, ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, help, "type", "private", &f), ERR_CONFLICT);
    assert_int_equal(f.refusal, REFUSE_LAST_PUBLIC);
    assert_string_equal(f.field, "type");
    remove.dept = help;
    assert_int_equal(world_do(w, &remove).fault.refusal, REFUSE_LAST_PUBLIC);
    assert_int_equal(world_set(w, OBJ_DEPT, help, "enabled", "no", NULL), ERR_OK);
    world_dept(w, "Shop", "public");
    assert_int_equal(world_do(w, &remove).err, ERR_OK);
}

static void code_of_a_deleted_department_is_never_given_out_again(void **state)
{
    struct world *w = *state;
    char code[CODE_TEXT];
    struct change name = {.setting = dept_setting("name"), .s = SPAN_LIT("Again")};
    struct cmd remove = {.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = SALES};
    struct cmd add = {
        .type = CMD_DEPT_ADD, .who = operator_(), .dept_add = {.changes = &name, .nchanges = 1}};

    world_dept(w, "Help", "public");
    strcpy(code, core_dept(w->k, SALES)->code);
    assert_int_equal(world_do(w, &remove).err, ERR_OK);
    assert_null(core_dept_by_code(w->k, span_of(code)));
    assert_null(core_dept(w->k, SALES));
    add.dept_add.code = span_of(code);
    assert_int_equal(world_do(w, &add).err, ERR_EXISTS);
}

static void department_is_made_with_its_agents_as_one_command(void **state)
{
    struct world *w = *state;
    uint64_t ids[] = {world_agent_idle(w, "ann", 0), world_agent_idle(w, "bob", 0), 0};
    struct change name = {.setting = dept_setting("name"), .s = SPAN_LIT("Team")};
    struct cmd add = {.type = CMD_DEPT_ADD,
                      .who = operator_(),
                      .dept_add = {.changes = &name,
                                   .nchanges = 1,
                                   .agents = ids,
                                   .nagents = 2,
                                   .code = SPAN_LIT("AAAAAAAAAAAAAAAAAAAAAA")}};
    struct world_answer a;

    add.dept_add.nagents = 3;
    ids[2] = 12345;
    a = world_do(w, &add);
    assert_int_equal(a.err, ERR_INVAL);
    assert_string_equal(a.fault.field, "agents");
    assert_non_null(strstr(a.fault.what, "12345"));
    ids[2] = ids[0]; /* named twice is once */
    a = world_do(w, &add);
    assert_int_equal(a.err, ERR_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_agent_of(w, ids[i])->nmembers, 1);
        assert_int_equal(world_agent_of(w, ids[i])->members[0].dept, a.id);
    }
}

/* How many fields of templates are in a department's image. */
static size_t image_templates(struct world *w)
{
    struct buf b = {0};
    struct tlv f;
    size_t n = 0;

    assert_true(core_image(w->k, OBJ_DEPT, SALES, &b));
    struct span fields = buf_span(&b);
    while (tlv_next(&fields, &f) == ERR_OK)
        n += f.tag >= dept_setting("template.transcript.en.subject")->tag;
    buf_fini(&b);
    return n;
}

static void template_is_kept_and_costs_nothing_before_and_after(void **state)
{
    struct world *w = *state;

    assert_null(core_dept(w->k, SALES)->templates);
    assert_int_equal(image_templates(w), 0);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "template.missed.ja.text", "名前\n", NULL),
                     ERR_OK);
    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "template.copy.en.subject", " A chat ", NULL),
                     ERR_OK);
    world_restart(w, 0);
    const struct templates *t = core_dept(w->k, SALES)->templates;
    assert_true(span_is(template_get(t, TEMPLATE_MISSED, LANG_JA, TEMPLATE_TEXT), "名前\n"));
    assert_int_equal(template_get(t, TEMPLATE_MISSED, LANG_EN, TEMPLATE_TEXT).len, 0);
    assert_int_equal(image_templates(w), 1);
    t = core_portal(w->k)->templates;
    assert_true(span_is(template_get(t, TEMPLATE_COPY, LANG_EN, TEMPLATE_SUBJECT), "A chat"));

    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "template.missed.ja.text", "", NULL), ERR_OK);
    assert_int_equal(image_templates(w), 0);
    world_restart(w, 0);
    assert_null(core_dept(w->k, SALES)->templates);
}

static void template_has_its_limits(void **state)
{
    struct world *w = *state;
    char *text = xmalloc(3 * TEMPLATE_MAX_CODEPOINTS + 4);
    struct fault f = {0};
    char name[64];
    size_t fit = TEMPLATES_MAX_BYTES / (3 * TEMPLATE_MAX_CODEPOINTS), n = 0;

    for (size_t i = 0; i <= TEMPLATE_MAX_CODEPOINTS; i++)
        memcpy(text + 3 * i, "あ", 4);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "template.copy.en.html", text, &f), ERR_INVAL);
    assert_string_equal(f.field, "template.copy.en.html");
    assert_non_null(strstr(f.what, "at most 16000"));
    text[3 * TEMPLATE_MAX_CODEPOINTS] = '\0';
    for (enum template_kind k = 0; k < TEMPLATE_KIND_COUNT && n < fit; k++, n++) {
        snprintf(name, sizeof(name), "template.%s.en.html", template_kind_word(k));
        assert_int_equal(world_set(w, OBJ_DEPT, SALES, name, text, &f), ERR_OK);
    }
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "template.copy.ja.html", text, &f),
                     n == fit ? ERR_TOOBIG : ERR_OK);
    text[3 * TEMPLATE_SUBJECT_MAX_CODEPOINTS] = '\0';
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "template.copy.en.subject", text, &f), ERR_OK);
    assert_int_equal(world_set(w, OBJ_DEPT, SALES, "template.copy.en.subject", "two\nlines", &f),
                     ERR_INVAL);
    assert_non_null(strstr(f.what, "one line"));
    free(text);
}

/* Each kind, language and part has its own place, which its setting's name says. */
static void every_template_has_its_own_setting(void **state)
{
    struct world *w = *state;
    char name[64];

    for (enum template_kind k = 0; k < TEMPLATE_KIND_COUNT; k++)
        for (enum lang l = 0; l < LANG_COUNT; l++)
            for (enum template_part p = 0; p < TEMPLATE_PART_COUNT; p++) {
                enum template_kind parsed;

                snprintf(name, sizeof(name), "template.%s.%s.%s", template_kind_word(k),
                         lang_word(l), template_part_word(p));
                assert_true((dept_setting(name) != NULL) == (k < TEMPLATE_INVITATION));
                assert_int_equal(world_set(w, OBJ_PORTAL, 0, name, name, NULL), ERR_OK);
                const struct templates *t = core_portal(w->k)->templates;
                assert_true(span_is(template_get(t, k, l, p), name));
                assert_true(template_kind_parse(span_of(template_kind_word(k)), &parsed));
                assert_int_equal(parsed, k);
            }
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(department_settings_table),
        T(agent_settings_table),
        T(one_bad_value_saves_nothing),
        T(mail_needs_a_from_address_and_keeps_it),
        T(relay_without_tls_is_for_this_machine_only),
        T(a_token_for_the_relay_needs_tls),
        T(departments_relay_is_checked_while_it_is_its_own),
        T(same_value_again_changes_nothing),
        T(every_setting_has_its_own_name_and_tag_and_a_help_text),
        T(defaults_are_those_of_the_manual),
        T(secret_is_never_given_back),
        T(private_departments_are_not_found_by_their_code),
        T(running_chats_go_on_when_the_type_changes),
        T(one_public_department_stays),
        T(code_of_a_deleted_department_is_never_given_out_again),
        T(department_is_made_with_its_agents_as_one_command),
        T(template_is_kept_and_costs_nothing_before_and_after),
        T(template_has_its_limits),
        T(every_template_has_its_own_setting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
