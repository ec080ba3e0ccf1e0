/*
 * Drafts: what an agent has typed and not sent, kept for his other windows and for later.  Of two
 * windows that write at once neither gets its way: the later one is told what stands there, and
 * keeps its own words until somebody chooses.  They rest on no record; see draft.h.
 */
#include "api_int.h"
#include "deskbell/draft.h"

#define OLD_MS (30 * 24 * 3600 * INT64_C(1000)) /* then one gives way where there are too many */

/* As they are now, on the disk or not yet; none at all where there are none. */
static err_t drafts_get(struct api *api, uint64_t agent, uint64_t conv, struct buf *mem,
                        struct drafts *d)
{
    struct span value;
    err_t err = turn_read_row(api->env.turn, ROW_DRAFT, agent, conv, &value);

    *d = (struct drafts){0};
    buf_reset(mem);
    if (err == ERR_OK)
        buf_add_span(mem, value);
    else if ((err = store_read_drafts(api->env.store, agent, conv, mem)) == ERR_NOTFOUND)
        return ERR_OK;
    return err == ERR_OK ? drafts_decode(buf_span(mem), d) : err;
}

/* In place of what there was; told to the agent's other windows. */
static err_t drafts_put(const struct call *c, uint64_t conv, struct drafts *d, enum draft_kind kind,
                        struct span text, struct fault *f)
{
    struct draft *one = &d->of[kind];
    struct buf value = {0};
    int64_t now_ms = api_now(c->api);
    err_t err;

    one->version = now_ms > one->version ? now_ms : one->version + 1;
    one->text = text;
    drafts_encode(d, &value);
    err = turn_row(c->api->env.turn, ROW_DRAFT, c->who.id, conv, buf_span(&value), f);
    if (err == ERR_OK)
        watch_draft(c->api->env.watch, &(struct draft_told){.agent = c->who.id,
                                                            .conv = conv,
                                                            .but = c->conn_id,
                                                            .kind = draft_kind_word(kind),
                                                            .version = one->version,
                                                            .text = text});
    buf_fini(&value);
    return err;
}

static bool kind_take(struct call *c, enum draft_kind *kind)
{
    if (draft_kind_parse(c->arg[ARG_KIND].s, kind))
        return true;
    call_refuse_with(c, ERR_INVAL, "kind", REFUSE_WORD, VALUES(OF_STR("reply, note, mail")));
    return false;
}

static int64_t newest(const struct drafts *d)
{
    int64_t version = 0;

    for (unsigned k = 0; k < DRAFT_KIND_COUNT; k++)
        if (d->of[k].version > version)
            version = d->of[k].version;
    return version;
}

/* Room for one more conversation's: the oldest gives way if nobody has touched it for long. */
static err_t room_make(const struct call *c, struct fault *f)
{
    int64_t oldest_ms = INT64_MAX;
    uint64_t conv = 0, oldest = 0;
    size_t n = 0;
    struct buf mem = {0};
    struct drafts d;
    err_t err = ERR_OK;

    for (; store_next_drafts(c->api->env.store, c->who.id, &conv, &mem) == ERR_OK; n++) {
        if (drafts_decode(buf_span(&mem), &d) == ERR_OK && newest(&d) < oldest_ms) {
            oldest_ms = newest(&d);
            oldest = conv;
        }
        buf_reset(&mem);
    }
    buf_fini(&mem);
    if (n < DRAFTS_MAX)
        return ERR_OK;
    if (oldest_ms > api_now(c->api) - OLD_MS)
        err = fault_refuse_with(f, ERR_FULL, NULL, REFUSE_DRAFTS_FULL, VALUES(OF_INT(DRAFTS_MAX)));
    else
        err = turn_row(c->api->env.turn, ROW_DRAFT, c->who.id, oldest, SPAN_NONE, f);
    return err;
}

static void saved(struct call *c, bool kept, const struct draft *d)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_k_bool(&j, "kept", kept);
    jw_k_int(&j, "version", d->version);
    if (!kept)
        jw_k_span(&j, "text", d->text);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

static err_t draft_save(struct call *c, uint64_t conv, enum draft_kind kind, struct drafts *d,
                        struct fault *f)
{
    struct draft *one = &d->of[kind];
    struct span text = c->arg[ARG_TEXT].s;
    err_t err = ERR_OK;

    if (span_eq(one->text, text)) { /* as it is: also where it was saved and nobody heard of that */
        saved(c, true, one);
        return ERR_OK;
    }
    if (one->version != c->arg[ARG_VERSION].i) {
        saved(c, false, one);
        return ERR_OK;
    }
    if (newest(d) == 0)
        err = room_make(c, f);
    if (err == ERR_OK)
        err = drafts_put(c, conv, d, kind, text, f);
    if (err == ERR_OK)
        saved(c, true, text.len > 0 ? one : &(struct draft){0});
    return err;
}

void run_draft_save(struct call *c)
{
    uint64_t conv = c->arg[ARG_CONVERSATION].id;
    struct fault f = {0};
    struct buf mem = {0};
    struct conv_ref ref;
    enum draft_kind kind;
    struct drafts d;
    err_t err;

    if (!self_may(c) || !kind_take(c, &kind) || !conv_take(c, ACT_SEE, &ref))
        return;
    conv_done(&ref);
    err = drafts_get(c->api, c->who.id, conv, &mem, &d);
    if (err == ERR_OK)
        err = draft_save(c, conv, kind, &d, &f);
    else
        fault_refuse(&f, err, NULL, REFUSE_UNREADABLE);
    if (err != ERR_OK)
        call_fail(c, &f);
    buf_fini(&mem);
}

void draft_sent(const struct call *c, uint64_t conv, enum draft_kind kind)
{
    struct fault f = {0};
    struct buf mem = {0};
    struct drafts d;

    if (drafts_get(c->api, c->who.id, conv, &mem, &d) == ERR_OK && d.of[kind].text.len > 0 &&
        drafts_put(c, conv, &d, kind, SPAN_NONE, &f) != ERR_OK)
        log_debug("draft.stays", "error=%s", err_code(f.err)); /* it was sent all the same */
    buf_fini(&mem);
}

static void drafts_rows(struct jw *j, uint64_t conv, const struct drafts *d)
{
    for (enum draft_kind k = DRAFT_REPLY; k < DRAFT_KIND_COUNT; k++) {
        if (d->of[k].text.len == 0)
            continue;
        jw_obj(j);
        jw_k_id(j, "conversation", conv);
        jw_k_str(j, "kind", draft_kind_word(k));
        jw_k_int(j, "version", d->of[k].version);
        jw_k_span(j, "text", d->of[k].text);
        jw_obj_end(j);
    }
}

void drafts_write(struct jw *j, const struct call *c, uint64_t conv)
{
    struct buf mem = {0};
    struct drafts d;

    if (c->who.kind != BY_AGENT)
        return;
    jw_key(j, "drafts");
    jw_arr(j);
    if (drafts_get(c->api, c->who.id, conv, &mem, &d) == ERR_OK)
        drafts_rows(j, conv, &d);
    jw_arr_end(j);
    buf_fini(&mem);
}

/* A page of one's own, in order of the conversation. */
void run_draft_list(struct call *c)
{
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : LINES_MAX;
    uint64_t conv = c->arg[ARG_CURSOR].id;
    struct buf b = {0}, mem = {0}, own = {0};
    struct jw j = {.b = &b};
    struct drafts d;
    size_t n = 0;

    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (; n < max && store_next_drafts(c->api->env.store, c->who.id, &conv, &mem) == ERR_OK; n++) {
        buf_reset(&mem);
        if (drafts_get(c->api, c->who.id, conv, &own, &d) == ERR_OK)
            drafts_rows(&j, conv, &d);
    }
    jw_arr_end(&j);
    jw_k_id(&j, "cursor", n == max ? conv : 0);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
    buf_fini(&mem);
    buf_fini(&own);
}
