/*
 * Images and the position that they speak up to.  A checkpoint is written in slices, several
 * batches one after the other, and counts with the last of them: until then each image that a slice
 * changes is kept beside it as it was, so that a start finds all of them as they were at the
 * checkpoint before.
 */
#include "store_int.h"

static struct key checkpoint_key(void)
{
    return key_word("checkpoint");
}

err_t checkpoint_read(struct txn *tx, uint64_t *pos)
{
    struct key key = checkpoint_key();
    err_t err = txn_get_u64(tx, TABLE_META, &key, pos);

    if (err == ERR_NOTFOUND || err == ERR_CORRUPT) {
        *pos = 0;
        return ERR_OK;
    }
    return err;
}

/* Keep it as it was.  If that cannot be read there is no use in the rest: the journal has all. */
static void image_keep(struct txn *tx, const struct key *key, struct buf *mem)
{
    struct key meta = checkpoint_key();
    struct span payload = SPAN_NONE;
    uint64_t pos = 0;
    err_t err = checkpoint_read(tx, &pos);

    if (err != ERR_OK || pos == 0 || txn_has(tx, TABLE_IMAGE_WAS, key))
        return;
    err = txn_get(tx, TABLE_IMAGE, key, &payload);
    if (err != ERR_OK && err != ERR_NOTFOUND) {
        txn_put_u64(tx, TABLE_META, &meta, 0);
        return;
    }
    buf_reset(mem);
    buf_add_span(mem, payload);
    txn_put(tx, TABLE_IMAGE_WAS, key, buf_span(mem));
}

void checkpoint_image(struct txn *tx, const struct key *key, struct span image, bool last,
                      struct buf *mem)
{
    if (!last)
        image_keep(tx, key, mem);
    if (image.len > 0)
        txn_put(tx, TABLE_IMAGE, key, image);
    else
        txn_del(tx, TABLE_IMAGE, key);
}

void checkpoint_close(struct txn *tx, uint64_t pos)
{
    struct key key = checkpoint_key();

    txn_put_u64(tx, TABLE_META, &key, pos);
    txn_clear(tx, TABLE_IMAGE_WAS);
}

/* the images of the checkpoint, in the order of their keys */

err_t images_open(struct images *im, struct txn *tx)
{
    struct key first = key_typed(0, 0);
    err_t err;

    *im = (struct images){0};
    if ((err = cursor_open(&im->now, tx, TABLE_IMAGE)) == ERR_OK)
        err = im->now_err = cursor_seek(&im->now, &first, false);
    if (err == ERR_OK || err == ERR_NOTFOUND)
        err = cursor_open(&im->was, tx, TABLE_IMAGE_WAS);
    if (err == ERR_OK)
        err = im->was_err = cursor_seek(&im->was, &first, false);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

void images_close(struct images *im)
{
    cursor_close(&im->now);
    cursor_close(&im->was);
}

static int span_order(struct span a, struct span b)
{
    int by = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

    return by != 0 ? by : (a.len > b.len) - (a.len < b.len);
}

/* Take what stands at a cursor, and go on from there. */
static void images_take(struct images *im, struct cursor *cur, err_t *at)
{
    im->key.len = cur->key.len <= KEY_MAX_BYTES ? cur->key.len : KEY_MAX_BYTES;
    memcpy(im->key.bytes, cur->key.p, im->key.len);
    im->image = cur->payload;
    im->err = cur->err;
    *at = cursor_next(cur);
}

err_t images_next(struct images *im)
{
    for (;;) {
        bool now = im->now_err == ERR_OK, was = im->was_err == ERR_OK;
        int order = now && was ? span_order(im->now.key, im->was.key) : now ? -1 : 1;

        if (!now && im->now_err != ERR_NOTFOUND)
            return im->now_err;
        if (!was && im->was_err != ERR_NOTFOUND)
            return im->was_err;
        if (!now && !was)
            return ERR_NOTFOUND;
        if (order == 0)
            im->now_err = cursor_next(&im->now); /* it is of a later time */
        if (order < 0)
            images_take(im, &im->now, &im->now_err);
        else
            images_take(im, &im->was, &im->was_err);
        if (order < 0 || im->err != ERR_OK || im->image.len > 0)
            return ERR_OK; /* else there was none then */
    }
}
