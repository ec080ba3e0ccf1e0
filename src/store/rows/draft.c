/* Rows of drafts: their value, and reading them back.  Whose a draft is, is its key's to say. */
#include "deskbell/draft.h"
#include "deskbell/tlv.h"
#include "store_int.h"

static const char *const words[DRAFT_KIND_COUNT] = {"reply", "note", "mail"};

const char *draft_kind_word(enum draft_kind kind)
{
    return kind < DRAFT_KIND_COUNT ? words[kind] : NULL;
}

bool draft_kind_parse(struct span word, enum draft_kind *kind)
{
    for (enum draft_kind k = DRAFT_REPLY; k < DRAFT_KIND_COUNT; k++) {
        if (span_is(word, words[k])) {
            *kind = k;
            return true;
        }
    }
    return false;
}

/* Two fields a kind: its version, and its text. */
void drafts_encode(const struct drafts *d, struct buf *out)
{
    for (unsigned k = 0; k < DRAFT_KIND_COUNT; k++) {
        if (d->of[k].text.len == 0)
            continue;
        tlv_put_i64(out, 2 * k + 1, d->of[k].version);
        tlv_put_span(out, 2 * k + 2, d->of[k].text);
    }
}

err_t drafts_decode(struct span in, struct drafts *d)
{
    struct drafts read = {0};
    struct tlv t;
    bool bad = false;
    err_t err;

    while ((err = tlv_next(&in, &t)) == ERR_OK) {
        unsigned k = (t.tag - 1) / 2;

        if (t.tag == 0 || k >= DRAFT_KIND_COUNT)
            continue;
        if (t.tag % 2 != 0)
            read.of[k].version = tlv_i64(&t, &bad);
        else
            read.of[k].text = t.bytes;
    }
    if (err != ERR_NOTFOUND || bad)
        return ERR_CORRUPT;
    *d = read;
    return ERR_OK;
}

/* The row at this key or, with `next`, the first one after it of the same agent. */
static err_t drafts_read(struct store *st, uint64_t agent, uint64_t *conv, bool next,
                         struct buf *value)
{
    struct key key = key_u64x2(agent, *conv + next);
    struct cursor cur;
    struct txn tx;
    err_t err = txn_begin_read(&tx, st);

    if (err != ERR_OK)
        return err;
    if ((err = cursor_open(&cur, &tx, TABLE_DRAFT)) == ERR_OK) {
        err = cursor_seek(&cur, &key, false);
        while (err == ERR_OK && cur.err != ERR_OK && next)
            err = cursor_next(&cur); /* reported, and nobody's words any more */
        if (err == ERR_OK && (cursor_key_u64(&cur, 0) != agent ||
                              (!next && (cur.err != ERR_OK || cursor_key_u64(&cur, 8) != *conv))))
            err = ERR_NOTFOUND;
        if (err == ERR_OK) {
            *conv = cursor_key_u64(&cur, 8);
            buf_add_span(value, cur.payload);
        }
        cursor_close(&cur);
    }
    txn_end_read(&tx);
    return err;
}

err_t store_read_drafts(struct store *st, uint64_t agent, uint64_t conv, struct buf *value)
{
    return drafts_read(st, agent, &conv, false, value);
}

err_t store_next_drafts(struct store *st, uint64_t agent, uint64_t *conv, struct buf *value)
{
    return drafts_read(st, agent, conv, true, value);
}

void drafts_forget(struct txn *tx, uint64_t agent)
{
    struct key key = key_u64x2(agent, 0);
    struct cursor cur;
    uint64_t conv = 0;
    bool found = true;

    while (found && tx->err == ERR_OK) {
        found = cursor_open(&cur, tx, TABLE_DRAFT) == ERR_OK &&
                cursor_seek(&cur, &key, false) == ERR_OK && cursor_key_u64(&cur, 0) == agent;
        conv = found ? cursor_key_u64(&cur, 8) : 0;
        cursor_close(&cur);
        key = key_u64x2(agent, conv);
        if (found)
            txn_del(tx, TABLE_DRAFT, &key);
    }
}
