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
        return fault_set(f, ERR_INVAL, "auth", "a token is sent with TLS only");
    if (!span_is_line(r->user, RELAY_LOGIN_MAX_BYTES))
        return fault_set(f, ERR_INVAL, "user", "control characters are not possible");
    if (!token_is_plain(r->password))
        return fault_set(f, ERR_INVAL, "password",
                         "a token of at most %d bytes of visible ASCII is expected",
                         RELAY_TOKEN_MAX_BYTES);
    return ERR_OK;
}

err_t relay_check(const struct relay_check *r, struct fault *f)
{
    const char *why;

    if (r->host.len == 0)
        return fault_set(f, ERR_INVAL, "host", "no relay is set");
    if ((why = host_why(r->host)) != NULL)
        return fault_set(f, ERR_INVAL, "host", "a host name or an IPv4 address is expected: %s",
                         why);
    if (r->port == 0 || r->port > 65535)
        return fault_set(f, ERR_INVAL, "port", "1 to 65535 is expected");
    if (!r->tls && !host_is_loopback(r->host))
        return fault_set(f, ERR_INVAL, "host",
                         "without TLS only localhost and 127.0.0.0/8 are possible");
    if (!login_is_plain(r->user))
        return fault_set(f, ERR_INVAL, "user", "at most %d bytes on one line are expected",
                         RELAY_LOGIN_MAX_BYTES);
    if (r->token) {
        err_t err = token_check(r, f);

        if (err != ERR_OK)
            return err;
    } else if (!login_is_plain(r->password)) {
        return fault_set(f, ERR_INVAL, "password", "at most %d bytes on one line are expected",
                         RELAY_LOGIN_MAX_BYTES);
    }
    if (r->password.len > 0 && r->user.len == 0)
        return fault_set(f, ERR_INVAL, "user", "there is a password without a user");
    return ERR_OK;
}
