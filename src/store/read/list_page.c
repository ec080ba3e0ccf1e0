/*
 * Pages of stored lists.  A page is one walk in one transaction: the place where each department's
 * part of the list goes on stands in a heap, and the newest end of them is taken until there are
 * enough.  Who sees every department reads one index over all of them.
 */
#include <stdlib.h>

#include "deskbell/heap.h"
#include "deskbell/tlv.h"
#include "store_int.h"

#define PAGE_BYTES (512u << 10) /* of images: then the page is over */

/* Where a part of the list goes on: the newest end that was not taken yet. */
struct part {
    struct heap_node node;
    struct key prefix;
    bool upward; /* the oldest end first */
    uint64_t place, conv;
};

static struct part *part_of(const struct heap_node *node)
{
    return container_of(node, struct part, node);
}

/* No two ends have the same place. */
static bool part_before(const struct heap_node *a, const struct heap_node *b)
{
    return part_of(a)->upward ? part_of(a)->place < part_of(b)->place
                              : part_of(a)->place > part_of(b)->place;
}

struct pages {
    struct txn tx;
    struct cursor cur;
    enum table table;
    struct part *parts;
    size_t nparts;
    struct heap heap;
};

/* Go to the first of this part that stands behind `after`; 0: to its first.  False: none. */
static bool part_seek(struct pages *pg, struct part *p, uint64_t after)
{
    struct key key = p->prefix;
    err_t err;

    be64_put(key.bytes + key.len, after == 0 ? 0 : (p->upward ? after : ~after) + 1);
    key.len += 8;
    for (err = cursor_seek(&pg->cur, &key, false); err == ERR_OK; err = cursor_next(&pg->cur)) {
        if (pg->cur.key.len != key.len ||
            memcmp(pg->cur.key.p, p->prefix.bytes, p->prefix.len) != 0)
            return false;
        if (pg->cur.err == ERR_OK && pg->cur.payload.len >= 8) {
            p->conv = be64_get((const uint8_t *)pg->cur.payload.p);
            p->place = cursor_key_u64(&pg->cur, p->prefix.len);
            p->place = p->upward ? p->place : ~p->place;
            return true;
        }
    }
    return false;
}

/* One list, or of all both completed and missed ones: of each department, or of all in one. */
static void parts_make(struct pages *pg, const struct stored_list *want)
{
    static const enum list stored[] = {LIST_COMPLETED, LIST_MISSED, LIST_TO_ANSWER, LIST_ANSWERED,
                                       LIST_PUT_AWAY};
    size_t ndepts = want->depts != NULL ? want->ndepts : 1;

    pg->parts = xcalloc(2 * ndepts + 1, sizeof(pg->parts[0]));
    for (size_t l = 0; l < COUNT_OF(stored); l++) {
        if (want->list != stored[l] && (want->list != LIST_ALL || l >= 2))
            continue;
        for (size_t i = 0; i < ndepts; i++) {
            struct part *p = &pg->parts[pg->nparts++];

            p->upward = list_is_upward(stored[l]);
            if (want->tag != 0) {
                p->prefix = key_typed2((uint8_t)stored[l], want->tag,
                                       want->depts != NULL ? want->depts[i] : 0);
            } else if (want->depts != NULL) {
                p->prefix = key_typed((uint8_t)stored[l], want->depts[i]);
            } else {
                p->prefix.bytes[0] = (uint8_t)stored[l];
                p->prefix.len = 1;
            }
        }
    }
}

/* A row that is not right has no image; whoever opens the conversation reports it. */
static void page_add(struct pages *pg, const struct part *p, struct list_page *page)
{
    struct list_row *row = &page->rows[page->n++];
    struct key key = key_u64(p->conv);
    struct span payload;
    struct conv_row got;

    *row = (struct list_row){.id = p->conv, .place = p->place};
    if (txn_get(&pg->tx, TABLE_CONV, &key, &payload) != ERR_OK ||
        conv_row_decode(payload, &got) != ERR_OK)
        return;
    row->image.len = got.image.len;
    buf_add_span(&page->mem, got.image);
}

static void pages_walk(struct pages *pg, uint64_t after, size_t max, struct list_page *page)
{
    struct heap_node *node;

    for (size_t i = 0; i < pg->nparts; i++)
        if (part_seek(pg, &pg->parts[i], after))
            heap_push(&pg->heap, &pg->parts[i].node);
    while ((node = heap_first(&pg->heap)) != NULL && page->n < max && page->mem.len < PAGE_BYTES) {
        struct part *p = part_of(node);

        page_add(pg, p, page);
        if (part_seek(pg, p, p->place))
            heap_fix(&pg->heap, node);
        else
            heap_remove(&pg->heap, node);
    }
    page->more = node != NULL;
}

err_t store_list(struct store *st, const struct stored_list *want, uint64_t after, size_t max,
                 struct list_page *page)
{
    struct pages pg = {.table = want->tag != 0        ? TABLE_TAGGED
                                : want->depts != NULL ? TABLE_LIST
                                                      : TABLE_LIST_ALL};
    size_t at = 0;
    err_t err = txn_begin_read(&pg.tx, st);

    if (err != ERR_OK)
        return err;
    *page = (struct list_page){.mem.limit_bytes = SIZE_MAX};
    page->rows = xcalloc(max + 1, sizeof(page->rows[0]));
    heap_init(&pg.heap, part_before);
    parts_make(&pg, want);
    if (cursor_open(&pg.cur, &pg.tx, pg.table) == ERR_OK)
        pages_walk(&pg, after, max, page);
    cursor_close(&pg.cur);
    err = pg.tx.err;
    txn_end_read(&pg.tx);
    heap_fini(&pg.heap);
    free(pg.parts);
    for (size_t i = 0; i < page->n; i++) {
        page->rows[i].image.p = page->mem.p + at;
        at += page->rows[i].image.len;
    }
    if (err != ERR_OK)
        list_page_fini(page);
    return err;
}

void list_page_fini(struct list_page *page)
{
    buf_fini(&page->mem);
    free(page->rows);
    *page = (struct list_page){0};
}
