/*
 * Is data.mdb as long as its newest meta page says?  LMDB maps the file without asking, and whoever
 * then touches a page that is not there dies of SIGBUS.  The file is read here and not mapped.
 *
 * A right file may be shorter, too: a page that one transaction takes and gives up again is never
 * written.  Such a page stands in the list of free pages, so that is looked through where the file
 * is short, and there only.
 *
 * The layout is LMDB's 0.9, in the machine's own byte order (mdb.c: MDB_page, MDB_meta, MDB_node).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_int.h"

#define META_MAGIC 0xbeefc0deu
#define META_VERSION 1
#define METAS 2
#define PAGE_BYTES_MIN 256u
#define PAGE_BYTES_MAX (64u << 10)
#define PAGE_BRANCH 0x01
#define PAGE_LEAF 0x02
#define PAGE_META 0x08
#define NODE_BIG 0x01 /* the value stands on pages of its own */
#define NODE_HEAD_BYTES 8
#define DEPTH_MAX 32
#define LOOKS_MAX 4 /* while a gateway writes, what was read may be of two states */

struct page_head {
    size_t number;
    uint16_t pad, flags, lower, upper;
};

struct tree_head {
    uint32_t page_bytes; /* of the first tree: of the whole file */
    uint16_t flags, depth;
    size_t branches, leaves, overflows, entries, root;
};

struct meta {
    struct page_head head;
    uint32_t magic, version;
    void *address;
    size_t map_bytes;
    struct tree_head trees[METAS]; /* of free pages, of tables */
    size_t last_page, txn;
};

struct pages {
    int fd;
    struct meta meta;
    size_t page_bytes, have; /* pages that are there as a whole */
    size_t free_beyond;      /* pages that are not, and are free */
};

static bool bytes_read(int fd, void *to, size_t len, off_t at)
{
    ssize_t n;

    do
        n = pread(fd, to, len, at);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)len;
}

static bool meta_is_good(const struct meta *m)
{
    uint32_t bytes = m->trees[0].page_bytes;

    return (m->head.flags & PAGE_META) != 0 && m->magic == META_MAGIC &&
           m->version == META_VERSION && bytes >= PAGE_BYTES_MIN && bytes <= PAGE_BYTES_MAX &&
           (bytes & (bytes - 1)) == 0;
}

/* The newer of the two, as LMDB picks it. */
static bool meta_read(struct pages *p)
{
    struct meta second;

    if (!bytes_read(p->fd, &p->meta, sizeof(p->meta), 0) || !meta_is_good(&p->meta))
        return false;
    p->page_bytes = p->meta.trees[0].page_bytes;
    if (!bytes_read(p->fd, &second, sizeof(second), (off_t)p->page_bytes) || !meta_is_good(&second))
        return false;
    if (second.txn > p->meta.txn)
        p->meta = second;
    return true;
}

/* A list of free pages: how many they are, and their numbers. */
static bool list_count(struct pages *p, const uint8_t *list, size_t len)
{
    size_t n, number;

    if (len < sizeof(n))
        return false;
    memcpy(&n, list, sizeof(n));
    if (n > len / sizeof(n) - 1)
        return false;
    for (size_t i = 1; i <= n; i++) {
        memcpy(&number, list + i * sizeof(number), sizeof(number));
        p->free_beyond += number >= p->have && number <= p->meta.last_page;
    }
    return true;
}

static bool big_list_count(struct pages *p, size_t page, size_t len)
{
    off_t at = (off_t)(page * p->page_bytes + sizeof(struct page_head));
    bool good;

    if (page >= p->have || len > (p->have - page) * p->page_bytes)
        return false;

    uint8_t *list = xmalloc(len + 1);

    good = bytes_read(p->fd, list, len, at) && list_count(p, list, len);
    free(list);
    return good;
}

/* Two halves whose order is the machine's. */
static uint32_t node_low(const uint16_t head[4])
{
    bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

    return (uint32_t)head[little ? 1 : 0] << 16 | head[little ? 0 : 1];
}

static bool page_count(struct pages *p, size_t number, unsigned depth);

static bool node_count(struct pages *p, const uint8_t *page, size_t at, unsigned depth)
{
    const struct page_head *ph = (const void *)page;
    uint16_t head[4]; /* a low number in two halves, flags, bytes of the key */
    size_t number;

    if (at + NODE_HEAD_BYTES > p->page_bytes)
        return false;
    memcpy(head, page + at, sizeof(head));

    size_t len = node_low(head), data = at + NODE_HEAD_BYTES + head[3];

    if ((ph->flags & PAGE_BRANCH) != 0) {
        number = len;
        if (sizeof(number) > 4)
            number |= (size_t)head[2] << 16 << 16;
        return page_count(p, number, depth + 1);
    }
    if ((head[2] & NODE_BIG) == 0)
        return data + len <= p->page_bytes && list_count(p, page + data, len);
    if (data + sizeof(number) > p->page_bytes)
        return false;
    memcpy(&number, page + data, sizeof(number));
    return big_list_count(p, number, len);
}

/* What stands below a page of the tree of free pages.  False: it cannot be read. */
static bool page_count(struct pages *p, size_t number, unsigned depth)
{
    uint8_t *page;
    uint16_t at;
    bool good;

    if (depth >= DEPTH_MAX || number >= p->have)
        return false;
    page = xmalloc(p->page_bytes);
    good = bytes_read(p->fd, page, p->page_bytes, (off_t)(number * p->page_bytes));

    const struct page_head *ph = (const void *)page;

    good = good && (ph->flags & (PAGE_BRANCH | PAGE_LEAF)) != 0 && ph->lower >= sizeof(*ph) &&
           ph->lower <= p->page_bytes;
    for (size_t i = sizeof(*ph); good && i + sizeof(at) <= ph->lower; i += sizeof(at)) {
        memcpy(&at, page + i, sizeof(at));
        good = node_count(p, page, at, depth);
    }
    free(page);
    return good;
}

/* Is each page that is not there a free one?  *bytes: the file's size. */
static bool pages_are_there(struct pages *p, off_t *bytes)
{
    struct stat sb;
    size_t root = p->meta.trees[0].root;

    if (fstat(p->fd, &sb) != 0)
        return false;
    *bytes = sb.st_size;
    p->have = (size_t)sb.st_size / p->page_bytes;
    p->free_beyond = 0;
    if (p->meta.last_page < p->have)
        return true;
    return root != SIZE_MAX && page_count(p, root, 0) &&
           p->free_beyond == p->meta.last_page + 1 - p->have;
}

err_t pages_check(const char *path, struct fault *f)
{
    struct pages p = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
    struct stat sb = {0};
    off_t bytes = 0;
    size_t txn = 0;
    err_t err = ERR_OK;

    if (p.fd < 0 || fstat(p.fd, &sb) != 0)
        err =
            fault_set(f, store_err(errno), "store", "data.mdb cannot be read: %s", strerror(errno));
    for (int looks = 0; err == ERR_OK; looks++) {
        if (!meta_read(&p)) {
            err = fault_set(f, ERR_CORRUPT, "store",
                            "data.mdb, of %llu bytes, does not begin as a store does",
                            (unsigned long long)sb.st_size);
        } else if (pages_are_there(&p, &bytes)) {
            break;
        } else if (looks > 0 && (p.meta.txn == txn || looks == LOOKS_MAX)) {
            err = fault_set(f, ERR_CORRUPT, "store",
                            "data.mdb has %llu bytes and needs %llu: its end is missing",
                            (unsigned long long)bytes,
                            (unsigned long long)(p.meta.last_page + 1) * p.page_bytes);
        }
        txn = p.meta.txn;
    }
    if (p.fd >= 0)
        close(p.fd);
    return err;
}
