/* What must hold of what agents keep about a chat beside its words: tags. */
#include "sim.h"

#define SIM_TAGS 3

void work_ask(struct sim *s, struct sim_request *rq)
{
    const struct shadow *sh = shadow_find(s, rq->conv);
    bool some = sh != NULL && sh->tags != 0;

    rq->type = sim_chance(s, some ? 40 : 90) ? CMD_CONV_TAG : CMD_CONV_UNTAG;
    rq->value =
        some && sim_chance(s, 70) ? __builtin_ctz(sh->tags) : (int64_t)sim_roll(s, SIM_TAGS);
    snprintf(rq->text, sizeof(rq->text), "tag %u", (unsigned)rq->value);
}

void work_fill(const struct sim_request *rq, struct cmd *cmd)
{
    cmd->tag = (struct cmd_tag){.text = span_of(rq->text), .key = span_of(rq->text)};
}

static unsigned tag_of(struct sim *s, const struct rec *rec)
{
    struct span key = body_get(rec->body, BODY_KEY);
    char copy[48];
    unsigned tag;

    snprintf(copy, sizeof(copy), "%.*s", (int)key.len, key.p);
    if (sscanf(copy, "tag %u", &tag) != 1 || tag >= SIM_TAGS)
        sim_fail(s, "CNV-5: a tag that nobody wrote: %s", copy);
    return BIT(tag);
}

void shadow_work(struct sim *s, struct shadow *sh, const struct rec *rec)
{
    bool put = rec->type == REC_CONV_TAGGED;

    if (!put && rec->type != REC_CONV_UNTAGGED)
        return;
    if (((sh->tags & tag_of(s, rec)) != 0) == put)
        sim_fail(s, "CNV-5: %llu: %s a second time", (unsigned long long)sh->id,
                 rec_word(rec->type));
    sh->tags ^= tag_of(s, rec);
    if (rec->n != 0)
        sim_fail(s, "CNV-5: a tag is no public line");
}

/* Whoever may write a note there; of chats that others hold not those who see their own alone. */
static void check_actor(struct sim *s, const struct rec *rec, const struct conv *cv)
{
    const struct agent *ag = core_agent(s->core, rec->who.id);
    bool held = cv->state == CONV_ACTIVE || cv->state == CONV_ENDED;
    bool own = cv->agent == rec->who.id || (cv->handed_dept != 0 && cv->handed_by == rec->who.id);

    if (rec->who.kind != BY_AGENT || ag == NULL || ag->role == ROLE_ADMIN)
        return;
    if (ag->role == ROLE_CUSTOM && (ag->permissions & BIT(PERM_NOTE)) == 0)
        sim_fail(s, "rights: %s without the permission", rec_word(rec->type));
    if (held && !own && ag->scope == SCOPE_OWN_UNASSIGNED)
        sim_fail(s, "rights: %s of a chat of others", rec_word(rec->type));
}

void rules_of_work(struct sim *s, const struct rec *rec, const struct shadow *sh)
{
    const struct conv *cv = core_conv(s->core, sh->id);
    unsigned tags = 0;
    char key[16];

    if (cv == NULL)
        return;
    for (unsigned i = 0; i < SIM_TAGS; i++) {
        snprintf(key, sizeof(key), "tag %u", i);
        tags |= conv_has_tag(cv, tag_hash(span_of(key))) ? BIT(i) : 0;
    }
    if (tags != sh->tags || cv->ntags != (size_t)__builtin_popcount(sh->tags))
        sim_fail(s, "CNV-5: %llu has other tags than its records say", (unsigned long long)sh->id);
    if (rec->type != REC_CONV_TAGGED && rec->type != REC_CONV_UNTAGGED)
        return;
    s->did.tagged += rec->type == REC_CONV_TAGGED;
    s->did.untagged += rec->type == REC_CONV_UNTAGGED;
    check_actor(s, rec, cv);
}
