/*
 * Mails that take an agent a one-time link: what they say, and whether the link is still worth
 * sending.  Agents have at most one link; the newest is in the agent's row.
 */
#include <string.h>

#include "deskbell/crypto.h"
#include "dispatcher_int.h"

bool mail_has_link(enum mail_kind kind)
{
    return kind == MAIL_INVITATION || kind == MAIL_RESET;
}

static err_t agent_read(struct dispatcher *d, uint64_t id, struct agent **agent)
{
    struct buf image = {0};
    err_t err = store_read_setting(d->store, OBJ_AGENT, id, &image);

    if (err == ERR_OK)
        err = agent_decode(id, buf_span(&image), agent);
    buf_fini(&image);
    return err;
}

static err_t link_read(struct dispatcher *d, const struct mail_order *order, struct rec *rec,
                       struct buf *mem)
{
    err_t err = store_read_rec(d->store, order->cause, rec, mem);

    if (err == ERR_OK && (rec->type != REC_AGENT_LINK || rec->obj != order->agent))
        err = ERR_CORRUPT;
    return err;
}

static enum freeze_end link_judge(const struct rec *rec, const struct agent *ag, int64_t now_ms,
                                  const char **why)
{
    if (ag->deleted || !ag->enabled)
        *why = "the account is disabled or gone";
    else if (ag->link_until_ms == 0)
        *why = "the link was used, or the account has another address since";
    else if (!bytes_equal(ag->link_hash, rec->link.hash, HASH_BYTES))
        *why = "a newer link was made";
    if (**why != '\0')
        return FREEZE_SUPPRESSED;
    if (now_ms < rec->link.until_ms)
        return FREEZE_DONE;
    *why = "the link has run out: send a new one";
    return FREEZE_FAILED;
}

enum freeze_end link_check(struct dispatcher *d, const struct mail_order *order, int64_t now_ms,
                           const char **why)
{
    struct agent *ag = NULL;
    struct buf mem = {0};
    struct rec rec;
    enum freeze_end end = FREEZE_DEFERRED;
    err_t err = link_read(d, order, &rec, &mem);

    *why = "";
    if (err == ERR_OK && (err = agent_read(d, order->agent, &ag)) == ERR_OK)
        end = link_judge(&rec, ag, now_ms, why);
    else
        *why = err_text(err);
    if (err == ERR_NOTFOUND || err == ERR_CORRUPT)
        end = FREEZE_FAILED;
    if (ag != NULL)
        agent_free(ag);
    buf_fini(&mem);
    return end;
}

err_t account_read(struct dispatcher *d, const struct mail_order *order, struct story *s)
{
    struct letter_facts *f = &s->facts;
    struct agent *ag = NULL, *by = NULL;
    struct buf mem = {0}, link = {0};
    struct rec rec;
    err_t err = link_read(d, order, &rec, &mem);

    if (err == ERR_OK)
        err = agent_read(d, order->agent, &ag);
    if (err == ERR_OK)
        err = secret_open(d, order->secret, &link);
    if (err == ERR_OK && !span_is_line(buf_span(&link), link.len))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        goto out;
    f->agent = story_keep(s, span_of(ag->name));
    f->email = story_keep(s, order->to);
    f->link = story_keep(s, buf_span(&link));
    f->at_ms = rec.time_ms;
    f->until_ms = rec.link.until_ms;
    if (rec.who.kind == BY_AGENT && agent_read(d, rec.who.id, &by) == ERR_OK) {
        f->inviter = story_keep(s, span_of(by->name));
        agent_free(by);
    }
out:
    if (ag != NULL)
        agent_free(ag);
    secret_wipe(&link);
    buf_fini(&mem);
    return err;
}
