/* See turn_world.h. */
#include "turn_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* the core */

static struct conv *fake_conv(const struct core *k, uint64_t id)
{
    for (size_t i = 0; i < k->nconvs; i++)
        if (k->convs[i].id == id)
            return (struct conv *)&k->convs[i];
    return NULL;
}

const struct conv *core_conv(const struct core *k, uint64_t id)
{
    return fake_conv(k, id);
}

uint64_t core_next_pos(const struct core *k)
{
    return k->next_pos;
}

static void out_add(const struct core *k, struct out *out, enum rec_type type,
                    enum obj_type obj_type, uint64_t obj)
{
    out->recs = xrealloc(out->recs, (out->nrecs + 1) * sizeof(out->recs[0]));
    out->recs[out->nrecs] = (struct rec){.pos = k->next_pos + out->nrecs,
                                         .type = type,
                                         .version = REC_VERSION,
                                         .obj_type = obj_type,
                                         .obj = obj};
    out->nrecs++;
}

err_t core_decide(const struct core *k, const struct cmd *cmd, int64_t now_ms, struct out *out)
{
    (void)now_ms;
    switch (cmd->type) {
    case CMD_CHAT_START:
        out->id = k->next_pos + 100;
        out_add(k, out, REC_CONV_RANG, OBJ_CONV, out->id);
        out->recs[0].ring.number = k->next_pos;
        return ERR_OK;
    case CMD_CHAT_SEND:
        out_add(k, out, REC_CONV_MESSAGE, OBJ_CONV, cmd->conv);
        out->recs[0].body = cmd->line.text;
        out->recs[0].cid = cmd->cid;
        out->recs[0].chash = cmd->chash;
        out->n = 7;
        return ERR_OK;
    case CMD_CHAT_END:
        out_add(k, out, REC_CONV_SEEN, OBJ_CONV, cmd->conv);
        out_add(k, out, REC_CONV_ENDED, OBJ_CONV, cmd->conv);
        out->mails = xrealloc(out->mails, 2 * sizeof(out->mails[0]));
        out->mails[0] = (struct mail_order){.kind = MAIL_TRANSCRIPT, .conv = cmd->conv, .cause = 1};
        out->mails[1] = (struct mail_order){
            .kind = MAIL_COPY, .conv = cmd->conv, .cause = 1, .to = SPAN_LIT("v@example.org")};
        out->nmails = 2;
        return ERR_OK;
    case CMD_CHAT_FEEDBACK:
        if (fake_conv(k, cmd->conv) == NULL)
            return fault_set(&out->fault, ERR_NOTFOUND, "conversation", "no such");
        if (cmd->feedback.rating == 0)
            return fault_set(&out->fault, ERR_INVAL, "rating", "1 to 5");
        out_add(k, out, REC_CONV_FEEDBACK, OBJ_CONV, cmd->conv);
        return ERR_OK;
    case CMD_DEPT_SET:
        out_add(k, out, REC_DEPT_SET, OBJ_DEPT, cmd->set.id);
        out->id = cmd->set.id;
        return ERR_OK;
    default:
        return fault_set(&out->fault, ERR_UNSUPPORTED, NULL, "not in this script");
    }
}

bool core_settle(const struct core *k, int64_t now_ms, struct out *out)
{
    struct core *me = (struct core *)k;

    (void)now_ms;
    if (k->settles_left == 0)
        return false;
    me->settles_left--;
    me->settles_made++;
    out_add(k, out, REC_AGENT_STATUS, OBJ_AGENT, 1);
    return true;
}

int64_t core_time(const struct core *k)
{
    return k->time_ms;
}

int64_t core_deadline(const struct core *k)
{
    return k->deadline;
}

void core_fold(struct core *k, const struct rec *rec)
{
    struct conv *cv;

    assert_int_equal(rec->pos, k->next_pos);
    k->next_pos++;
    if (rec->cid != 0) {
        k->last_cid = rec->cid;
        k->last_chash = rec->chash;
        k->last_pos = rec->pos;
    }
    if (rec->obj_type == OBJ_DEPT) {
        k->through[k->nthrough++] = rec->obj;
        k->dirty[k->ndirty++] = rec->obj;
    }
    if (rec->obj_type != OBJ_CONV)
        return;
    if (rec->type == REC_CONV_RANG) {
        assert_true(k->nconvs < CONVS_MAX);
        k->convs[k->nconvs++] = (struct conv){.id = rec->obj, .state = CONV_WAITING};
    }
    cv = fake_conv(k, rec->obj);
    if (cv == NULL)
        return;
    cv->last_pos = rec->pos;
    if (rec->type == REC_CONV_ENDED)
        cv->state = CONV_ENDED;
    if (cv->state == CONV_ENDED) {
        k->through[k->nthrough++] = rec->obj;
        k->dirty[k->ndirty++] = rec->obj;
    }
}

void core_restart(const struct core *k, int64_t now_ms, struct out *out)
{
    (void)now_ms;
    out_add(k, out, REC_AGENT_GONE, OBJ_AGENT, 1);
}

void core_set_floor(struct core *k, int64_t now_ms, int64_t min_ms)
{
    (void)now_ms;
    (void)min_ms;
    k->restarted = true;
}

err_t core_repeat(const struct core *k, const struct cmd *cmd, uint32_t *n, uint32_t *seq,
                  uint64_t *pos)
{
    if (cmd->cid != k->last_cid)
        return ERR_NOTFOUND;
    if (cmd->chash != k->last_chash)
        return ERR_REUSED;
    *n = 7;
    *seq = 8;
    *pos = k->last_pos;
    return ERR_OK;
}

uint64_t core_needs_conv(const struct core *k, const struct cmd *cmd, size_t at)
{
    (void)k;
    return at == 0 ? cmd->conv : 0;
}

bool core_image(const struct core *k, enum obj_type type, uint64_t id, struct buf *out)
{
    if (type == OBJ_CONV && fake_conv(k, id) == NULL)
        return false;
    buf_addf(out, "%d:%llu@%llu", (int)type, (unsigned long long)id,
             type == OBJ_CONV ? (unsigned long long)fake_conv(k, id)->last_pos : 0);
    return true;
}

err_t core_adopt(struct core *k, enum obj_type type, uint64_t id, struct span image)
{
    unsigned long long last = 0;
    char text[64];

    assert_int_equal(type, OBJ_CONV);
    assert_true(image.len < sizeof(text));
    memcpy(text, image.p, image.len);
    text[image.len] = '\0';
    if (strchr(text, '@') == NULL)
        return ERR_CORRUPT;
    last = strtoull(strchr(text, '@') + 1, NULL, 10);
    k->convs[k->nconvs++] = (struct conv){.id = id, .state = CONV_ENDED, .last_pos = last};
    return ERR_OK;
}

size_t core_dirty_count(const struct core *k)
{
    return k->ndirty;
}

void core_drain_dirty(struct core *k, size_t max, core_obj_fn *fn, void *arg)
{
    for (; k->ndirty > 0 && max > 0; max--) {
        uint64_t id = k->dirty[0];

        k->ndirty--;
        memmove(k->dirty, k->dirty + 1, k->ndirty * sizeof(k->dirty[0]));
        fn(arg, id >= 100 ? OBJ_CONV : OBJ_DEPT, id, id >= 100);
    }
}

void core_drain_through(struct core *k, core_obj_fn *fn, void *arg)
{
    for (size_t i = 0; i < k->nthrough; i++)
        if (i == 0 || k->through[i] != k->through[i - 1])
            fn(arg, k->through[i] >= 100 ? OBJ_CONV : OBJ_DEPT, k->through[i], false);
    k->nthrough = 0;
}

void core_evict(struct core *k, uint64_t id)
{
    struct conv *cv = fake_conv(k, id);

    if (cv != NULL && cv->state == CONV_ENDED)
        *cv = k->convs[--k->nconvs];
}

void out_reset(struct out *out)
{
    out->nrecs = out->nmails = 0;
    out->id = out->n = out->seq = 0;
    out->unchanged = false;
    out->fault = (struct fault){0};
}

void out_fini(struct out *out)
{
    free(out->recs);
    free(out->mails);
}

/* the journal, and what the test sees */

static void say(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct world *w, const char *fmt, ...)
{
    size_t len = strlen(w->log);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->log + len, sizeof(w->log) - len, fmt, ap);
    va_end(ap);
}

static void fake_submit(void *arg, const struct batch *b)
{
    struct world *w = arg;

    assert_null(w->under_way);
    w->under_way = b;
    say(w, "submit(%zu) ", b->nrecs);
}

static err_t fake_read(struct world *w, enum row_kind kind, uint64_t a, struct buf *out)
{
    for (size_t i = w->nrows; i > 0; i--)
        if (w->rows[i - 1].kind == kind && w->rows[i - 1].a == a) {
            buf_add(out, w->rows[i - 1].value, w->rows[i - 1].len);
            return ERR_OK;
        }
    return ERR_NOTFOUND;
}

static err_t fake_read_conv(void *arg, uint64_t id, struct buf *image)
{
    return fake_read(arg, ROW_CONV, id, image);
}

static err_t fake_read_repeat(void *arg, uint64_t cid, struct buf *value)
{
    return fake_read(arg, ROW_REPEAT, cid, value);
}

static void fake_stop(void *arg)
{
    struct world *w = arg;

    /* As a thread would that still writes: all of it must be there to be read. */
    for (size_t i = 0; w->under_way != NULL && i < w->under_way->nrecs; i++)
        say(w, "rec:%llu ", (unsigned long long)w->under_way->recs[i].pos);
    w->under_way = NULL;
    say(w, "stop ");
}

void finish(struct world *w, err_t err)
{
    const struct batch *b = w->under_way;

    assert_non_null(b);
    w->under_way = NULL;
    for (size_t i = 0; err == ERR_OK && i < b->nrows; i++) {
        struct row *r = &w->rows[w->nrows++];

        assert_true(w->nrows <= COUNT_OF(w->rows));
        *r = (struct row){b->rows[i].kind, b->rows[i].a, b->rows[i].b, NULL, b->rows[i].value.len};
        r->value = span_dup(b->rows[i].value);
    }
    say(w, "durable ");
    turn_durable(w->turn, err, w->now_ms);
}

const struct row *find_row(const struct world *w, enum row_kind kind, uint64_t a)
{
    for (size_t i = w->nrows; i > 0; i--)
        if (w->rows[i - 1].kind == kind && w->rows[i - 1].a == a)
            return &w->rows[i - 1];
    return NULL;
}

size_t count_rows(const struct world *w, enum row_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < w->nrows; i++)
        n += w->rows[i].kind == kind;
    return n;
}

struct note {
    struct world *w;
    char text[16];
};

static void on_held(void *arg, bool durable)
{
    struct note *n = arg;

    say(n->w, "%s%s ", durable ? "out:" : "gone:", n->text);
    free(n);
}

void hold(struct world *w, const char *text)
{
    struct note *n = xcalloc(1, sizeof(*n));

    n->w = w;
    snprintf(n->text, sizeof(n->text), "%s", text);
    turn_hold(w->turn, on_held, n);
}

static void on_record(void *arg, const struct rec *rec)
{
    struct world *w = arg;
    char text[16];

    snprintf(text, sizeof(text), "%d", (int)rec->pos);
    say(w, "fold:%s ", text);
    hold(w, text);
}

static void on_lost(void *arg, err_t err)
{
    struct world *w = arg;

    w->lost_err = err;
    say(w, "lost ");
}

static void on_mail(void *arg)
{
    say(arg, "mail ");
}

static int world_new_with(void **state, const struct turn_options *opt)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct turn_ops ops = {.journal = {.arg = w,
                                       .submit = fake_submit,
                                       .read_conv = fake_read_conv,
                                       .read_repeat = fake_read_repeat,
                                       .stop = fake_stop},
                           .arg = w,
                           .on_record = on_record,
                           .on_lost = on_lost,
                           .on_mail = on_mail};

    w->core.next_pos = 1;
    w->core.deadline = INT64_MAX;
    w->core.time_ms = 900;
    w->now_ms = 1000;
    w->turn = turn_new(&w->core, &ops, opt);
    *state = w;
    return 0;
}

int world_new(void **state)
{
    return world_new_with(state, NULL);
}

int world_new_often(void **state)
{
    return world_new_with(state, &(struct turn_options){.checkpoint_records = 2});
}

int world_new_slices(void **state)
{
    return world_new_with(state,
                          &(struct turn_options){.checkpoint_records = 10, .slice_images = 4});
}

int world_free(void **state)
{
    struct world *w = *state;

    turn_free(w->turn);
    for (size_t i = 0; i < w->nrows; i++)
        free(w->rows[i].value);
    free(w);
    return 0;
}

static void on_answer(void *arg, const struct cmd *cmd, const struct answer *a)
{
    struct world *w = arg;

    (void)cmd;
    w->answer_err = a->err;
    w->answer_id = a->id;
    w->answer_pos = a->pos;
    w->answer_repeated = a->repeated;
    w->answer_fault = a->fault != NULL ? *a->fault : (struct fault){0};
    assert_int_equal(a->err != ERR_OK, a->fault != NULL);
    if (a->fault != NULL)
        assert_int_equal(a->fault->err, a->err);
}

err_t command(struct world *w, struct cmd cmd)
{
    turn_command(w->turn, &cmd, w->now_ms, on_answer, w);
    return w->answer_err;
}

void pass(struct world *w)
{
    turn_pass_end(w->turn, w->now_ms);
}

uint64_t start_chat(struct world *w)
{
    assert_int_equal(command(w, (struct cmd){.type = CMD_CHAT_START}), ERR_OK);
    return w->answer_id;
}

uint64_t ended_chat(struct world *w)
{
    uint64_t id = start_chat(w);

    assert_int_equal(command(w, (struct cmd){.type = CMD_CHAT_END, .conv = id}), ERR_OK);
    pass(w);
    finish(w, ERR_OK);
    pass(w);
    assert_null(core_conv(&w->core, id));
    w->log[0] = '\0';
    return id;
}
