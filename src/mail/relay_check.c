/* Are a relay's settings fit for SMTP?  Looks nothing up. */
#include "deskbell/host.h"
#include "deskbell/mail.h"
#include "deskbell/mailbox.h"

static bool login_is_plain(struct span s)
{
    if (s.len > RELAY_LOGIN_MAX_BYTES)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] == '\0' || s.p[i] == '\r' || s.p[i] == '\n')
            return false;
    return true;
}

/* Nothing that could end a field of XOAUTH2, and begin another. */
static bool token_is_plain(struct span s)
{
    if (s.len > RELAY_TOKEN_MAX_BYTES)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return false;
    return true;
}

static err_t token_check(const struct relay_check *r, struct fault *f)
{
    if (!r->tls)
        return fault_refuse(f, ERR_INVAL, "auth", REFUSE_TOKEN_TLS);
    if (!span_is_line(r->user, RELAY_LOGIN_MAX_BYTES))
        return span_refuse(r->user, true, f, "user");
    if (!token_is_plain(r->password))
        return fault_refuse_with(f, ERR_INVAL, "password", REFUSE_TOKEN_FORM,
                                 VALUES(OF_INT(RELAY_TOKEN_MAX_BYTES)));
    return ERR_OK;
}

err_t relay_check(const struct relay_check *r, struct fault *f)
{
    enum refusal why;

    if (r->host.len == 0)
        return fault_refuse(f, ERR_INVAL, "host", REFUSE_RELAY_NONE);
    if ((why = host_why(r->host)) != REFUSE_NONE)
        return fault_refuse(f, ERR_INVAL, "host", why);
    if (r->port == 0 || r->port > 65535)
        return fault_refuse_with(f, ERR_INVAL, "port", REFUSE_RANGE,
                                 VALUES(OF_INT(1), OF_INT(65535), OF_INT(r->port)));
    if (!r->tls && !host_is_loopback(r->host))
        return fault_refuse(f, ERR_INVAL, "host", REFUSE_TLS_NEEDED);
    if (!login_is_plain(r->user))
        return fault_refuse_with(f, ERR_INVAL, "user", REFUSE_LOGIN_FORM,
                                 VALUES(OF_INT(RELAY_LOGIN_MAX_BYTES)));
    if (r->token) {
        err_t err = token_check(r, f);

        if (err != ERR_OK)
            return err;
    } else if (!login_is_plain(r->password)) {
        return fault_refuse_with(f, ERR_INVAL, "password", REFUSE_LOGIN_FORM,
                                 VALUES(OF_INT(RELAY_LOGIN_MAX_BYTES)));
    }
    if (r->password.len > 0 && r->user.len == 0)
        return fault_refuse(f, ERR_INVAL, "user", REFUSE_PASSWORD_ALONE);
    return ERR_OK;
}
