/*
 * What visitors cause to be stored: how much of the disk their commands may take in an hour, by
 * address and all together.  An estimate, on the side of more: the texts of a command, and what
 * stands around them.
 */
#include "api_int.h"

#define UNIT_BYTES 256
#define ADDRESS_SHARE 32 /* one of so many of what there is */

/* Measured: a conversation's first record with its image, its places in lists and its mail. */
#define CHAT_BYTES 5120
#define RECORD_BYTES 512

static bool begins_chat(enum cmd_type type)
{
    return type == CMD_CHAT_START || type == CMD_CHAT_LEAVE_MESSAGE;
}

/* A chat's texts stand in its record and in its image. */
static unsigned units_of(const struct call *c, const struct cmd *cmd)
{
    size_t bytes = 0;

    for (size_t i = 0; i < COUNT_OF(c->arg); i++)
        bytes += c->arg[i].s.len;
    bytes = begins_chat(cmd->type) ? CHAT_BYTES + 2 * bytes : RECORD_BYTES + bytes;
    return (unsigned)(bytes / UNIT_BYTES + 1);
}

/* An agent is there, who can end it. */
static bool is_attended(const struct call *c, const struct cmd *cmd)
{
    const struct conv *cv = core_conv(c->api->env.core, cmd->conv);

    return cv != NULL && cv->state == CONV_ACTIVE;
}

bool space_take(struct call *c, const struct cmd *cmd)
{
    struct rate *rate = &c->api->rate;
    unsigned all = (unsigned)(c->api->env.config.rates.stored_per_hour / UNIT_BYTES);
    unsigned units = units_of(c, cmd), share = all / ADDRESS_SHARE;
    int64_t now = api_now(c->api), retry_ms;
    struct fault f;

    if (!rate_take_many(rate, rate_key_ip("space", &c->ip), units, share, HOUR_MS, now, &retry_ms))
        fault_refuse(&f, ERR_RATE, NULL, REFUSE_SPACE_ADDRESS);
    else if (!rate_take_many(rate, rate_key_id("space-all", 0), units, all, HOUR_MS, now,
                             &retry_ms) &&
             !is_attended(c, cmd))
        fault_refuse(&f, ERR_RATE, NULL, REFUSE_SPACE_ALL);
    else
        return true;
    call_fail_retry(c, &f, retry_ms);
    return false;
}
