/*
 * What a durable batch costs, beside a bare append and fdatasync of the same bytes.  The two take
 * turns in the same run and directory, for disks are noisy neighbours.  Argument: a directory on
 * the disk to be measured; the present one without.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "deskbell/store.h"
#include "deskbell/tlv.h"

#define TEXT_BYTES 200
#define COMMITS 300
#define COMMITS_BIG 60

struct batch_mem {
    struct batch batch;
    struct buf bytes;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* `n` messages of a conversation each, as visitors write them. */
static void batch_make(struct batch_mem *m, uint64_t first, size_t n)
{
    static char text[TEXT_BYTES];
    struct buf body = {0};
    size_t *ends = xcalloc(2 * n, sizeof(ends[0]));

    memset(text, 'x', sizeof(text));
    tlv_put_span(&body, BODY_TEXT, (struct span){text, sizeof(text)});
    buf_reset(&m->bytes);
    m->batch.recs = xrealloc(m->batch.recs, n * sizeof(m->batch.recs[0]));
    m->batch.nrecs = n;
    for (size_t i = 0; i < n; i++) {
        struct rec rec = {.pos = first + i,
                          .type = REC_CONV_MESSAGE,
                          .version = REC_VERSION,
                          .time_ms = 1764000000000 + (int64_t)(first + i),
                          .who = {.kind = BY_VISITOR, .id = 1000 + i},
                          .obj_type = OBJ_CONV,
                          .obj = 1000 + i,
                          .prev = first > n ? first + i - n : 0,
                          .n = (uint32_t)(first / n) + 1,
                          .seq = (uint32_t)(first / n) + 1,
                          .cid = first * 0x9e3779b97f4a7c15,
                          .chash = (first + i) * 0xc2b2ae3d27d4eb4f};

        rec_encode(&rec, &m->bytes);
        ends[2 * i] = m->bytes.len;
        buf_add_span(&m->bytes, buf_span(&body));
        ends[2 * i + 1] = m->bytes.len;
    }
    for (size_t i = 0, at = 0; i < n; i++) {
        m->batch.recs[i] =
            (struct batch_rec){.pos = first + i,
                               .rec = {m->bytes.p + at, ends[2 * i] - at},
                               .body = {m->bytes.p + ends[2 * i], ends[2 * i + 1] - ends[2 * i]}};
        at = ends[2 * i + 1];
    }
    m->batch.bytes = m->bytes.len;
    free(ends);
    buf_fini(&body);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void report(const char *name, size_t n, int64_t *ns, size_t count, double *p50_us)
{
    int64_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += ns[i];
    qsort(ns, count, sizeof(ns[0]), by_value);
    *p50_us = (double)ns[count / 2] / 1e3;
    printf("%-10s %6zu %12.0f %10.0f %10.0f\n", name, n, (double)(n * count) * 1e9 / (double)total,
           *p50_us, (double)ns[count * 99 / 100] / 1e3);
}

static uint64_t measure(struct store *st, int raw, uint64_t pos, size_t n)
{
    size_t count = n >= 1000 ? COMMITS_BIG : COMMITS;
    int64_t *raw_ns = xcalloc(count, sizeof(raw_ns[0]));
    int64_t *store_ns = xcalloc(count, sizeof(store_ns[0]));
    struct batch_mem m = {.bytes = {.limit_bytes = 0}};
    double raw_us, store_us;

    for (size_t i = 0; i < count; i++, pos += n) {
        batch_make(&m, pos, n);

        int64_t start = now_ns();

        if (write(raw, m.bytes.p, m.bytes.len) != (ssize_t)m.bytes.len || fdatasync(raw) != 0)
            die("raw write");
        raw_ns[i] = now_ns() - start;
        start = now_ns();
        if (store_commit(st, &m.batch, 1) != ERR_OK)
            die("store_commit");
        store_ns[i] = now_ns() - start;
    }
    report("fdatasync", n, raw_ns, count, &raw_us);
    report("store", n, store_ns, count, &store_us);
    printf("%-10s %6zu %34.2f times the sync at p50\n", "ratio", n, store_us / raw_us);
    buf_fini(&m.bytes);
    free(m.batch.recs);
    free(raw_ns);
    free(store_ns);
    return pos;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {1, 10, 100, 1000};
    char dir[256], path[300];
    struct store *st;
    struct fault f = {0};
    uint64_t pos = 1;

    snprintf(dir, sizeof(dir), "%s/store-bench.XXXXXX", argc > 1 ? argv[1] : ".");
    if (mkdtemp(dir) == NULL)
        die(dir);
    snprintf(path, sizeof(path), "%s/raw", dir);

    int raw = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    snprintf(path, sizeof(path), "%s/store", dir);
    crypto_init();
    if (raw < 0 || store_open(&(struct store_options){.dir = path}, &st, &f) != ERR_OK)
        die("cannot open");
    printf("durable messages of %d bytes; microseconds for each batch\n", TEXT_BYTES);
    printf("%-10s %6s %12s %10s %10s\n", "", "batch", "messages/s", "p50", "p99");
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        pos = measure(st, raw, pos, sizes[i]);
    store_close(st);
    close(raw);

    static const char *const names[] = {"store/data.mdb",
                                        "store/lock.mdb",
                                        "store/gateway.key",
                                        "store/dispatcher.key",
                                        "store/gateway.lock",
                                        "store",
                                        "raw"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        remove(path);
    }
    return remove(dir) == 0 ? 0 : 2;
}
