/* What administrators do about the relays: try one with a test mail, set its password. */
#include "api_int.h"
#include "deskbell/mailbox.h"

static void test_fields(struct jw *j, const struct call *c)
{
    jw_k_span(j, "to", c->arg[ARG_TO].s);
    jw_k_id(j, "department", c->arg[ARG_DEPARTMENT].id);
}

static err_t test_check(struct call *c, int64_t *retry_ms, struct fault *f)
{
    const struct api *api = c->api;
    uint64_t key = rate_key_id("mail-test", c->who.id);
    enum refusal why;
    err_t err = rights_may(api->env.core, &c->who, ACT_ADMIN, NULL, &why);

    if (err != ERR_OK)
        return action_refuse(f, err, NULL, why, ACT_ADMIN);
    if ((err = mailbox_check(c->arg[ARG_TO].s, f)) != ERR_OK)
        return fault_move(f, err, "to");
    if (c->arg[ARG_DEPARTMENT].has && core_dept(api->env.core, c->arg[ARG_DEPARTMENT].id) == NULL)
        return fault_refuse(f, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
    if (!rate_take(&c->api->rate, key, MAIL_TESTS_PER_HOUR, 3600000, api_now(api), retry_ms))
        return fault_refuse_with(f, ERR_RATE, NULL, REFUSE_RATE_HOUR,
                                 VALUES(OF_INT(MAIL_TESTS_PER_HOUR)));
    return ERR_OK;
}

void run_mail_test(struct call *c)
{
    int64_t retry_ms = 0;
    struct fault f = {0};

    if (test_check(c, &retry_ms, &f) != ERR_OK)
        call_fail_retry(c, &f, retry_ms);
    else
        ask_dispatcher(c, "test", MAIL_TEST_MS, test_fields);
}

/* Sealed before anything else sees it: nobody but the dispatcher can read it from here on. */
void run_relay_password(struct call *c)
{
    bool own = c->arg[ARG_DEPARTMENT].has;
    size_t n;
    const struct setting *all = own ? dept_settings(&n) : portal_settings(&n);
    struct span name = own ? SPAN_LIT("relay.secret") : SPAN_LIT("relay_secret");
    struct change ch = {.setting = setting_find(all, n, name)};
    uint8_t key[KEY_BYTES];
    struct buf sealed = {0};
    char text[RELAY_SECRET_MAX_BYTES] = "";
    struct cmd cmd;

    ensure(ch.setting != NULL);
    if (c->arg[ARG_PASSWORD].s.len > 0) {
        store_seal_key(c->api->env.store, key);
        seal(&sealed, c->arg[ARG_PASSWORD].s, key);
        ensure(4 * ((sealed.len + 2) / 3) + 1 <= sizeof(text));
        b64url_encode(text, sealed.p, sealed.len);
        buf_fini(&sealed);
    }
    ch.s = span_of(text);
    c->cid = 0; /* sealing is different each time, so a repeat is not the same command */
    call_cmd(c, &cmd);
    cmd.type = own ? CMD_DEPT_SET : CMD_PORTAL_SET;
    cmd.set = (struct cmd_set){
        .id = c->arg[ARG_DEPARTMENT].id,
        .changes = &ch,
        .nchanges = 1,
    };
    call_command(c, &cmd, NULL);
}
