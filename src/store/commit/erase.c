/*
 * Forgetting what people's records said of them: their bodies, which stand apart for this, and what
 * little of them stands in the records.
 */
#include "store_int.h"

/*
 * The records before this one, of the same object, keep what they did and lose their words.  In the
 * transaction of the record that says so, so that no start finds them again.  O(those records).
 */
void bodies_erase(struct txn *tx, uint64_t pos)
{
    struct rec rec;
    struct buf left = {0};
    bool itself = true;

    while (pos != 0 && tx->err == ERR_OK) {
        struct key key = key_u64(pos);
        struct span bytes;

        /* What cannot be read is reported by whoever reads it for its own sake. */
        if (txn_get(tx, TABLE_JOURNAL, &key, &bytes) != ERR_OK ||
            rec_decode(pos, bytes, SPAN_NONE, &rec) != ERR_OK || rec.prev >= pos)
            break;
        pos = rec.prev;
        buf_reset(&left);
        if (!itself && rec_forget(&rec, &left))
            txn_put(tx, TABLE_JOURNAL, &key, buf_span(&left));
        if (!itself)
            txn_del(tx, TABLE_BODY, &key);
        itself = false;
    }
    buf_fini(&left);
}
