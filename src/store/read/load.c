/*
 * The start: images into the core, then the journal's rest.  If an image is not right, or the core
 * refuses it, all of the journal is replayed instead.  A record that is not right is left out.
 * Either is reported, and neither ends the start.
 */
#include "deskbell/log.h"
#include "deskbell/tlv.h"
#include "store_int.h"

#define IMAGE_KEY_BYTES 9

struct load {
    struct txn tx;
    struct core *core;
    struct fault *fault;
    uint64_t checkpoint; /* images speak up to here; 0: there are none to use */
    bool misled;         /* by an ended conversation's image */
    bool again;          /* all images were left out */
    struct load_left *left;
    size_t images, records, skipped;
};

/*
 * Keys are in the order of enum obj_type, which is the order that the core asks for.  ERR_CORRUPT:
 * one is not right, and was reported.
 */
static err_t load_images(struct load *ld)
{
    struct images im;
    err_t err = images_open(&im, &ld->tx);

    while (err == ERR_OK && (err = images_next(&im)) == ERR_OK) {
        err = im.err;
        if (err == ERR_OK && im.key.len != IMAGE_KEY_BYTES)
            err = ERR_CORRUPT;
        if (err == ERR_OK)
            err = core_adopt(ld->core, (enum obj_type)im.key.bytes[0], be64_get(im.key.bytes + 1),
                             im.image);
        if (err != ERR_OK) {
            store_report_bad(ld->tx.st, TABLE_IMAGE,
                             (struct span){(const char *)im.key.bytes, im.key.len}, err);
            *ld->left = (struct load_left){.table = TABLE_IMAGE, .key = im.key};
            err = ERR_CORRUPT;
            break;
        }
        ld->images++;
    }
    images_close(&im);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

/*
 * Ended conversations have their rows as they were at the checkpoint: nothing came after it yet.
 * ERR_NOTFOUND, or ERR_CORRUPT and the like, which was reported.
 */
static err_t load_adopt_conv(struct load *ld, uint64_t id)
{
    struct key key = key_u64(id);
    struct span payload;
    struct conv_row row;
    err_t err = txn_get(&ld->tx, TABLE_CONV, &key, &payload);

    if (err == ERR_OK && (err = conv_row_decode(payload, &row)) == ERR_OK)
        err = core_adopt(ld->core, OBJ_CONV, id, row.image);
    if (err != ERR_OK && err != ERR_NOTFOUND)
        store_report_bad(ld->tx.st, TABLE_CONV, (struct span){(const char *)key.bytes, key.len},
                         err);
    return err;
}

/*
 * Can this be folded?  Not if a record that it stands on had to be left out.  If it is an image
 * that is not right, the whole journal may know better.
 */
static bool load_may_fold(struct load *ld, const struct rec *rec)
{
    if (rec->obj_type == OBJ_CONV && rec->type != REC_CONV_RANG && rec->type != REC_CONV_LEFT &&
        core_conv(ld->core, rec->obj) == NULL) {
        err_t err = load_adopt_conv(ld, rec->obj);

        ld->misled = err != ERR_OK && err != ERR_NOTFOUND && ld->checkpoint != 0;
        if (ld->misled)
            *ld->left = (struct load_left){.table = TABLE_CONV, .key = key_u64(rec->obj)};
        if (err != ERR_OK)
            return false;
    }
    return core_may_fold(ld->core, rec);
}

/* ERR_VERSION stops the start: a newer program wrote this, and going on would lose what it meant.
 */
static err_t load_record(struct load *ld, const struct cursor *cur)
{
    uint64_t pos = cursor_key_u64(cur, 0);
    struct key key = key_u64(pos);
    struct span body = SPAN_NONE;
    struct rec rec;
    err_t err = cur->err;

    if (txn_get(&ld->tx, TABLE_BODY, &key, &body) != ERR_OK)
        body = SPAN_NONE;
    if (err == ERR_OK && (err = rec_decode(pos, cur->payload, body, &rec)) != ERR_OK)
        store_report_bad(ld->tx.st, TABLE_JOURNAL, cur->key, err);
    if (err == ERR_VERSION)
        return fault_set(ld->fault, err, "journal", "record %llu was written by a newer version",
                         (unsigned long long)pos);
    if (err == ERR_OK && !load_may_fold(ld, &rec)) {
        if (ld->misled)
            return ERR_CORRUPT;
        store_report_bad(ld->tx.st, TABLE_JOURNAL, cur->key, ERR_CORRUPT);
        err = ERR_CORRUPT;
    }
    if (err != ERR_OK) {
        ld->skipped++;
        core_set_next_pos(ld->core, pos + 1);
        return ERR_OK;
    }
    if (pos != core_next_pos(ld->core))
        core_set_next_pos(ld->core, pos);
    core_fold(ld->core, &rec);
    ld->records++;
    return ERR_OK;
}

static err_t load_journal(struct load *ld)
{
    struct key first = key_u64(ld->checkpoint + 1);
    struct cursor cur;
    err_t err = cursor_open(&cur, &ld->tx, TABLE_JOURNAL);

    if (err != ERR_OK)
        return err;
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur))
        if ((err = load_record(ld, &cur)) != ERR_OK)
            break;
    cursor_close(&cur);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

static void ignore_object(void *arg, enum obj_type type, uint64_t id, bool gone)
{
    (void)arg;
    (void)type;
    (void)id;
    (void)gone;
}

/*
 * All rows that go with their batch are durable, for so is the batch.  Only what the dispatcher
 * reads of a thing whose image was not right may have the same fault: then it is written anew.
 */
static void load_finish(struct load *ld)
{
    uint64_t id = 0;

    if (!ld->again)
        core_drain_through(ld->core, ignore_object, NULL);
    while (core_next_conv(ld->core, &id))
        core_evict(ld->core, id);
}

/* Images, if there are any to use, and what came after.  ERR_CORRUPT: not by these images. */
static err_t load_from(struct load *ld)
{
    err_t err = ERR_OK;

    ld->core = core_new();
    ld->images = ld->records = ld->skipped = 0;
    if (ld->checkpoint != 0)
        err = load_images(ld);
    core_set_next_pos(ld->core, ld->checkpoint + 1);
    if (err == ERR_OK)
        err = load_journal(ld);
    if (err == ERR_OK)
        load_finish(ld);
    return err;
}

static err_t load_in(struct load *ld)
{
    err_t err = checkpoint_read(&ld->tx, &ld->checkpoint);

    if (err != ERR_OK)
        return err;
    if ((err = load_from(ld)) != ERR_CORRUPT || ld->checkpoint == 0)
        return err;
    log_error("store.images-left-out", "checkpoint=%llu", (unsigned long long)ld->checkpoint);
    core_free(ld->core);
    ld->checkpoint = 0;
    ld->misled = false;
    ld->again = ld->left->images = true;
    return load_from(ld);
}

err_t store_load(struct store *st, struct core **k, struct fault *f)
{
    struct load_left left;
    err_t err = load_state(st, k, &left, f);

    if (err == ERR_OK)
        log_info("store.loaded", "images=%zu records=%zu left-out=%zu next=%llu", left.nimages,
                 left.nrecords, left.nskipped, (unsigned long long)core_next_pos(*k));
    return err;
}

err_t load_state(struct store *st, struct core **k, struct load_left *left, struct fault *f)
{
    struct load ld = {.fault = f, .left = left};
    err_t err = txn_begin_read(&ld.tx, st);

    if (err != ERR_OK)
        return fault_set(f, err, "store", "it cannot be read");
    if (f != NULL)
        *f = (struct fault){0};
    *left = (struct load_left){0};
    err = load_in(&ld);
    txn_end_read(&ld.tx);
    if (err != ERR_OK) {
        core_free(ld.core);
        return f != NULL && f->err != ERR_OK ? err : fault_set(f, err, "store", "reading failed");
    }
    *k = ld.core;
    left->nimages = ld.images;
    left->nrecords = ld.records;
    left->nskipped = ld.skipped;
    return ERR_OK;
}
