/* The permissions of API tokens as words, and which commands a token cannot give at all. */
#include "core_int.h"

const char *token_permission_word(unsigned bit)
{
    if (bit < PERM_COUNT)
        return permission_word((enum permission)bit);
    if (bit < 32 && BIT(bit) == TOKEN_ADMIN)
        return "admin";
    return bit < 32 && BIT(bit) == TOKEN_SELF ? "self" : NULL;
}

err_t token_refuse(struct fault *f, err_t err, const char *field, uint32_t needs)
{
    unsigned bit = 0;

    while (bit < 31 && (needs & BIT(bit)) == 0)
        bit++;
    return fault_refuse_with(f, err, field, REFUSE_TOKEN_LACKS,
                             VALUES(OF_STR(token_permission_word(bit))));
}

static bool word_take(struct span word, uint32_t *permissions)
{
    for (unsigned bit = 0; bit < 32; bit++)
        if (token_permission_word(bit) != NULL && span_is(word, token_permission_word(bit))) {
            *permissions |= BIT(bit);
            return true;
        }
    return false;
}

static err_t word_refuse(const char *field, struct fault *f)
{
    struct buf all = {0};

    for (unsigned bit = 0; bit < 32; bit++)
        if (token_permission_word(bit) != NULL)
            buf_addf(&all, "%s%s", all.len > 0 ? ", " : "", token_permission_word(bit));
    fault_refuse_with(f, ERR_INVAL, field, REFUSE_WORD, VALUES(OF_BYTES(all.p, all.len)));
    buf_fini(&all);
    return ERR_INVAL;
}

err_t token_permissions_parse(struct span words, const char *field, uint32_t *permissions,
                              struct fault *f)
{
    uint32_t got = 0;

    while (words.len > 0) {
        const char *comma = memchr(words.p, ',', words.len);
        size_t len = comma != NULL ? (size_t)(comma - words.p) : words.len;

        if (!word_take(span_trim((struct span){words.p, len}), &got))
            return word_refuse(field, f);
        words.p += len + (comma != NULL);
        words.len -= len + (comma != NULL);
    }
    *permissions = got;
    return ERR_OK;
}

/* Who has a token must not be able to stay when it ends, nor to keep out whom it belongs to. */
static bool for_sessions_alone(enum cmd_type type)
{
    return type == CMD_AGENT_PASSWORD || type == CMD_SESSION_OPEN || type == CMD_SESSION_CLOSE ||
           type == CMD_SESSION_END || type == CMD_FACTOR_SET || type == CMD_FACTOR_USE ||
           type == CMD_FACTOR_REMOVE || type == CMD_TOKEN_ADD || type == CMD_TOKEN_REMOVE;
}

static const struct session *token_of(const struct plan *p)
{
    const struct xsession *x =
        p->who.kind == BY_AGENT && p->who.session != 0 ? xsession_find(p->k, p->who.session) : NULL;

    return x != NULL && x->s.is_token ? &x->s : NULL;
}

err_t token_may_ask(struct plan *p)
{
    if (token_of(p) == NULL || !for_sessions_alone(p->cmd->type))
        return ERR_OK;
    return plan_refuse(p, ERR_DENIED, NULL, REFUSE_FOR_SESSIONS);
}

/* What needs no right over anything but oneself needs `self`. */
err_t token_may_do(struct plan *p)
{
    const struct session *token = token_of(p);

    if (token == NULL || p->asked || p->out->nrecs == 0 || (token->permissions & TOKEN_SELF) != 0)
        return ERR_OK;
    return token_refuse(&p->out->fault, ERR_DENIED, NULL, TOKEN_SELF);
}
