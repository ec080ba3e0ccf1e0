/*
 * The state against the journal: all of it is replayed, and held against what a start would have,
 * against the rows of conversations that are over, and against the settings that the dispatcher
 * reads.  A conversation is let go of as soon as its row was found right.
 */
#include <stdlib.h>

#include "check/check_int.h"

static const char *obj_word(enum obj_type type)
{
    static const char *const words[] = {
        [OBJ_NONE] = "thing",        [OBJ_PORTAL] = "portal",       [OBJ_DEPT] = "department",
        [OBJ_AGENT] = "agent",       [OBJ_SESSION] = "session",     [OBJ_BLOCK] = "block",
        [OBJ_CONV] = "conversation", [OBJ_CANNED] = "canned reply", [OBJ_ROLE] = "custom role",
        [OBJ_TASK] = "task",         [OBJ_SAVED] = "saved view",    [OBJ_MENTION] = "mention"};

    return words[type];
}

static bool conv_is_over(const struct conv *cv)
{
    return cv->state == CONV_ENDED || cv->state == CONV_MISSED;
}

/* Is there something since this record?  The portal is always there, conversations have rows. */
static bool rec_begins(const struct rec *rec)
{
    switch ((enum obj_type)rec->obj_type) {
    case OBJ_NONE:
    case OBJ_PORTAL:
    case OBJ_CONV:
        return false;
    case OBJ_DEPT:
        return rec->type == REC_DEPT_CREATED;
    case OBJ_AGENT:
        return rec->type == REC_AGENT_CREATED;
    case OBJ_SESSION:
        return rec->type == REC_SESSION_OPENED || rec->type == REC_TOKEN_ADDED;
    case OBJ_BLOCK:
        return rec->type == REC_BLOCK_ADDED;
    case OBJ_CANNED:
        return rec->type == REC_CANNED_ADDED;
    case OBJ_ROLE:
        return rec->type == REC_ROLE_ADDED;
    case OBJ_TASK:
        return rec->type == REC_TASK_ADDED;
    case OBJ_SAVED:
        return rec->type == REC_VIEW_ADDED;
    case OBJ_MENTION:
        return rec->type == REC_MENTION_ADDED;
    }
    return false;
}

static void obj_add(struct check *ck, const struct rec *rec)
{
    if (!rec_begins(rec))
        return;
    if (ck->nobjs == ck->objs_cap) {
        ck->objs_cap = ck->objs_cap == 0 ? 64 : 2 * ck->objs_cap;
        ck->objs = xrealloc(ck->objs, ck->objs_cap * sizeof(ck->objs[0]));
    }
    ck->objs[ck->nobjs++] = (struct check_obj){rec->obj_type, rec->obj};
}

static void conv_add(struct check *ck, uint64_t id)
{
    if (ck->nconvs == ck->convs_cap) {
        ck->convs_cap = ck->convs_cap == 0 ? 64 : 2 * ck->convs_cap;
        ck->convs = xrealloc(ck->convs, ck->convs_cap * sizeof(ck->convs[0]));
    }
    ck->convs[ck->nconvs++] = id;
}

/* what a start would have */

/* Counters are told by name: they are what people see. */
static bool counts_differ(struct check *ck, uint64_t id)
{
    const struct dept *a = core_dept(ck->journal, id), *b = core_dept(ck->start, id);
    struct key key = key_typed(OBJ_DEPT, id);

    if (a == NULL || b == NULL ||
        (a->completed_count == b->completed_count && a->missed_count == b->missed_count &&
         a->answered_count == b->answered_count && a->put_away_count == b->put_away_count))
        return false;
    check_say(ck, CHECK_COUNT, TABLE_IMAGE, key_span(&key), true,
              "department %s counts %llu completed and %llu missed, the journal %llu and %llu",
              a->name, (unsigned long long)b->completed_count, (unsigned long long)b->missed_count,
              (unsigned long long)a->completed_count, (unsigned long long)a->missed_count);
    return true;
}

static void obj_compare(struct check *ck, enum obj_type type, uint64_t id)
{
    struct key key = key_typed((uint8_t)type, id);
    bool in_journal, at_start;

    buf_reset(&ck->mem);
    buf_reset(&ck->mem2);
    in_journal = core_image(ck->journal, type, id, &ck->mem);
    at_start = core_image(ck->start, type, id, &ck->mem2);
    if (in_journal == at_start && span_eq(buf_span(&ck->mem), buf_span(&ck->mem2)))
        return;
    ck->images = true;
    if (type == OBJ_DEPT && counts_differ(ck, id))
        return;
    check_say(ck, CHECK_IMAGE, TABLE_IMAGE, key_span(&key), true,
              !at_start     ? "the images have no such %s, the journal does"
              : !in_journal ? "the images have a %s that the journal does not lead to"
                            : "the %s is another by the images than by the journal",
              obj_word(type));
}

static int obj_order(const void *a, const void *b)
{
    const struct check_obj *x = a, *y = b;

    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

bool check_knows(const struct check *ck, enum obj_type type, uint64_t id)
{
    struct check_obj obj = {type, id};

    return ck->nobjs > 0 && bsearch(&obj, ck->objs, ck->nobjs, sizeof(obj), obj_order) != NULL;
}

/* Both are at the same position. */
static void states_compare(struct check *ck)
{
    ck->compared = true;
    obj_compare(ck, OBJ_PORTAL, 0);
    for (size_t i = 0; i < ck->nobjs; i++)
        obj_compare(ck, ck->objs[i].type, ck->objs[i].id);
    for (uint64_t id = 0; core_next_conv(ck->journal, &id);)
        if (!conv_is_over(core_conv(ck->journal, id)))
            obj_compare(ck, OBJ_CONV, id);
    for (uint64_t id = 0; core_next_conv(ck->start, &id);)
        if (core_conv(ck->journal, id) == NULL)
            obj_compare(ck, OBJ_CONV, id);
}

/* rows of conversations that are over */

/* Is an image what the journal leads to?  One of an earlier version may be written otherwise. */
static bool conv_image_is(struct check *ck, uint64_t id, struct span image)
{
    bool same;

    buf_reset(&ck->mem);
    (void)core_image(ck->journal, OBJ_CONV, id, &ck->mem);
    if (span_eq(image, buf_span(&ck->mem)))
        return true;
    if (core_conv(ck->start, id) != NULL || core_adopt(ck->start, OBJ_CONV, id, image) != ERR_OK)
        return false;
    buf_reset(&ck->mem2);
    same = core_image(ck->start, OBJ_CONV, id, &ck->mem2) &&
           span_eq(buf_span(&ck->mem), buf_span(&ck->mem2));
    core_evict(ck->start, id);
    return same;
}

static err_t conv_row_read(struct txn *tx, uint64_t id, struct conv_row *row)
{
    struct key key = key_u64(id);
    struct span payload;
    err_t err = txn_get(tx, TABLE_CONV, &key, &payload);

    return err == ERR_OK ? conv_row_decode(payload, row) : err;
}

/* The record at `pos` was folded: if the row ends with it, they say the same. */
static void conv_compare(struct check *ck, struct txn *tx, uint64_t id, uint64_t pos)
{
    const struct conv *cv = core_conv(ck->journal, id);
    struct conv_row row;
    struct key key = key_u64(id);
    bool placed;

    if (cv == NULL || !conv_is_over(cv) || conv_row_read(tx, id, &row) != ERR_OK ||
        row.last_pos != pos)
        return;
    placed = row.dept == cv->dept && row.end_pos <= pos &&
             row.list == (cv->state == CONV_ENDED ? LIST_COMPLETED : LIST_MISSED);
    if (placed && conv_image_is(ck, id, row.image)) {
        core_evict(ck->journal, id);
        return;
    }
    check_say(ck, CHECK_CONV, TABLE_CONV, key_span(&key), true,
              "the row of conversation %llu says otherwise than its records",
              (unsigned long long)cv->number);
    conv_add(ck, id);
}

static void conv_missing(struct check *ck, struct txn *tx, const struct conv *cv)
{
    struct key key = key_u64(cv->id);
    struct conv_row row;
    err_t err = conv_row_read(tx, cv->id, &row);

    if (!conv_is_over(cv) || (err == ERR_OK && row.last_pos >= cv->last_pos))
        return; /* told already, if it says otherwise */
    if (err == ERR_NOTFOUND)
        check_say(ck, CHECK_CONV, TABLE_CONV, key_span(&key), true,
                  "conversation %llu is over, but its row is missing",
                  (unsigned long long)cv->number);
    else if (err == ERR_OK)
        check_say(ck, CHECK_CONV, TABLE_CONV, key_span(&key), true,
                  "the row of conversation %llu ends with record %llu, the journal with %llu",
                  (unsigned long long)cv->number, (unsigned long long)row.last_pos,
                  (unsigned long long)cv->last_pos);
    conv_add(ck, cv->id); /* else the row for itself was told */
}

/* the replay */

/*
 * Bring back a conversation whose row was right and that went on.  False: not to be folded, either
 * because a record before it was lost, or because the row is ahead already.
 */
static bool conv_is_there(struct check *ck, struct txn *tx, const struct rec *rec)
{
    struct conv_row row;

    if (rec->type == REC_CONV_RANG || rec->type == REC_CONV_LEFT ||
        core_conv(ck->journal, rec->obj) != NULL)
        return true;
    return conv_row_read(tx, rec->obj, &row) == ERR_OK && row.last_pos < rec->pos &&
           core_adopt(ck->journal, OBJ_CONV, rec->obj, row.image) == ERR_OK;
}

static bool conv_is_ahead(struct txn *tx, const struct rec *rec)
{
    struct conv_row row;

    return conv_row_read(tx, rec->obj, &row) == ERR_OK && row.last_pos >= rec->pos;
}

static void record_fold(struct check *ck, struct txn *tx, const struct rec *rec)
{
    struct key key = key_u64(rec->pos);
    bool conv = rec->obj_type == OBJ_CONV;
    const struct conv *cv;

    if ((conv && !conv_is_there(ck, tx, rec)) || !core_may_fold(ck->journal, rec)) {
        if (!conv || !conv_is_ahead(tx, rec))
            check_say(ck, CHECK_JOURNAL, TABLE_JOURNAL, key_span(&key), false,
                      "the record does not follow from those before it");
        core_set_next_pos(ck->journal, rec->pos + 1);
        return;
    }
    cv = conv ? core_conv(ck->journal, rec->obj) : NULL;
    if (conv && rec->prev != (cv != NULL ? cv->last_pos : 0))
        check_say(ck, CHECK_JOURNAL, TABLE_JOURNAL, key_span(&key), false,
                  "the record says that it comes after record %llu", (unsigned long long)rec->prev);
    obj_add(ck, rec);
    core_set_next_pos(ck->journal, rec->pos);
    core_fold(ck->journal, rec);
    if (conv)
        conv_compare(ck, tx, rec->obj, rec->pos);
}

static void record_look(struct check *ck, struct txn *tx, const struct cursor *cur)
{
    uint64_t pos = cursor_key_u64(cur, 0);
    struct key key = key_u64(pos);
    struct span body = SPAN_NONE;
    struct rec rec;

    if (!ck->compared && pos >= core_next_pos(ck->start))
        states_compare(ck);
    if (pos != ck->pos + 1)
        check_say(ck, CHECK_JOURNAL, TABLE_JOURNAL, key_span(&key), false,
                  "%llu records before this one are missing",
                  (unsigned long long)(pos - ck->pos - 1));
    ck->pos = pos;
    ck->report->records++;
    if (txn_get(tx, TABLE_BODY, &key, &body) != ERR_OK)
        body = SPAN_NONE;
    if (cur->err == ERR_OK && rec_decode(pos, cur->payload, body, &rec) == ERR_OK)
        record_fold(ck, tx, &rec);
    else
        core_set_next_pos(ck->journal, pos + 1); /* told as a row */
}

/* settings */

static bool change_eq(struct check *ck, const struct change *a, const struct change *b)
{
    return a->i == b->i && span_eq(buf_span(&ck->mem2), b->s);
}

/* Both are given by a getter whose texts may live in the same place. */
#define SETTINGS_EQ(kind, a, b, same)                                                              \
    do {                                                                                           \
        size_t count_;                                                                             \
        const struct setting *table_ = kind##_settings(&count_);                                   \
        for (size_t i_ = 0; i_ < count_ && (same); i_++) {                                         \
            struct change x_, y_;                                                                  \
            kind##_setting_get((a), &table_[i_], &x_);                                             \
            buf_reset(&ck->mem2);                                                                  \
            buf_add_span(&ck->mem2, x_.s);                                                         \
            kind##_setting_get((b), &table_[i_], &y_);                                             \
            (same) = change_eq(ck, &x_, &y_);                                                      \
        }                                                                                          \
    } while (0)

static bool setting_is(struct check *ck, enum obj_type type, uint64_t id, struct span row)
{
    struct span now = buf_span(&ck->mem);
    struct portal *p[2];
    struct dept *d[2];
    struct agent *ag[2];
    bool same = false;

    if (type == OBJ_PORTAL && portal_decode(row, &p[0]) == ERR_OK) {
        same = portal_decode(now, &p[1]) == ERR_OK;
        if (same) {
            SETTINGS_EQ(portal, p[0], p[1], same);
            portal_free(p[1]);
        }
        portal_free(p[0]);
    } else if (type == OBJ_DEPT && dept_decode(id, row, &d[0]) == ERR_OK) {
        same = dept_decode(id, now, &d[1]) == ERR_OK;
        if (same) {
            same = d[0]->deleted == d[1]->deleted;
            SETTINGS_EQ(dept, d[0], d[1], same);
            dept_free(d[1]);
        }
        dept_free(d[0]);
    } else if (type == OBJ_AGENT && agent_decode(id, row, &ag[0]) == ERR_OK) {
        same = agent_decode(id, now, &ag[1]) == ERR_OK;
        if (same) {
            same = ag[0]->deleted == ag[1]->deleted;
            SETTINGS_EQ(agent, ag[0], ag[1], same);
            agent_free(ag[1]);
        }
        agent_free(ag[0]);
    }
    return same;
}

static void setting_compare(struct check *ck, struct txn *tx, enum obj_type type, uint64_t id)
{
    struct key key = key_typed((uint8_t)type, id);
    struct span row = SPAN_NONE;
    err_t err = txn_get(tx, TABLE_SETTING, &key, &row);

    buf_reset(&ck->mem);
    (void)core_image(ck->journal, type, id, &ck->mem);
    if (err == ERR_NOTFOUND && type != OBJ_PORTAL)
        check_say(ck, CHECK_SETTING, TABLE_SETTING, key_span(&key), true,
                  "the %s has no row for the dispatcher", obj_word(type));
    else if ((err == ERR_OK || err == ERR_NOTFOUND) && !setting_is(ck, type, id, row))
        check_say(ck, CHECK_SETTING, TABLE_SETTING, key_span(&key), true,
                  "the dispatcher reads another %s than the journal leads to", obj_word(type));
    else
        return;
    ck->settings = true;
}

/* What came meanwhile, and then what must be there, of one moment. */
static err_t state_finish(struct check *ck)
{
    struct key from = key_u64(ck->pos + 1);
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, ck->st);

    if (err != ERR_OK)
        return err;
    if (cursor_open(&cur, &tx, TABLE_JOURNAL) == ERR_OK)
        for (err = cursor_seek(&cur, &from, false); err == ERR_OK; err = cursor_next(&cur))
            record_look(ck, &tx, &cur);
    cursor_close(&cur);
    if (!ck->compared)
        states_compare(ck);
    for (uint64_t id = 0; core_next_conv(ck->journal, &id);)
        conv_missing(ck, &tx, core_conv(ck->journal, id));
    setting_compare(ck, &tx, OBJ_PORTAL, 0);
    for (size_t i = 0; i < ck->nobjs; i++)
        if (ck->objs[i].type == OBJ_DEPT || ck->objs[i].type == OBJ_AGENT)
            setting_compare(ck, &tx, ck->objs[i].type, ck->objs[i].id);
    err = tx.err;
    txn_end_read(&tx);
    return err;
}

err_t check_state(struct check *ck)
{
    struct load_left left = {0};
    err_t err = load_state(ck->st, &ck->start, &left, ck->fault);

    if (err != ERR_OK)
        return err;
    if (left.images) {
        check_say(ck, CHECK_IMAGE, left.table, key_span(&left.key), true,
                  "a start cannot use this, and replays the whole journal instead");
        ck->images = ck->settings = true;
    }
    ck->journal = core_new();
    if ((err = check_walk(ck, TABLE_JOURNAL, record_look)) != ERR_OK ||
        (err = state_finish(ck)) != ERR_OK)
        return err;
    if (ck->nobjs > 0)
        qsort(ck->objs, ck->nobjs, sizeof(ck->objs[0]), obj_order);
    return ERR_OK;
}
