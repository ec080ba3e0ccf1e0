/*
 * The check as a whole: what is looked at in which order, how tables are walked, and how findings
 * are told.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "check/check_int.h"
#include "deskbell/clock.h"
#include "deskbell/tlv.h"

#define WALK_ROWS 5000
#define WALK_MS 20

const char *check_kind_word(enum check_kind kind)
{
    static const char *const words[CHECK_KIND_COUNT] = {
        [CHECK_ROW] = "row",       [CHECK_JOURNAL] = "journal",   [CHECK_IMAGE] = "image",
        [CHECK_COUNT] = "counter", [CHECK_CONV] = "conversation", [CHECK_SETTING] = "setting",
        [CHECK_INDEX] = "index",
    };

    return words[kind];
}

struct span key_span(const struct key *key)
{
    return (struct span){(const char *)key->bytes, key->len};
}

/* Integers are told as people know them: most keys are one, or a type before one. */
static void key_text(struct span key, char *to, size_t cap)
{
    const uint8_t *p = (const uint8_t *)key.p;
    bool word = key.len > 0 && key.len != 8 && key.len != 9 && key.len != 16 && key.len != 17;
    size_t n = 0;

    if (key.len == 8)
        snprintf(to, cap, "%llu", (unsigned long long)be64_get(p));
    else if (key.len == 9)
        snprintf(to, cap, "%u/%llu", p[0], (unsigned long long)be64_get(p + 1));
    else if (key.len == 16)
        snprintf(to, cap, "%llu/%llu", (unsigned long long)be64_get(p),
                 (unsigned long long)be64_get(p + 8));
    for (size_t i = 0; i < key.len && word; i++)
        word = p[i] >= ' ' && p[i] < 0x7f;
    if (word)
        snprintf(to, cap, "%.*s", (int)key.len, key.p);
    else if (key.len == 0 || key.len == 17 || key.len < 8 || (key.len > 9 && key.len != 16))
        for (to[0] = '\0'; n < key.len && 2 * n + 2 < cap; n++)
            snprintf(to + 2 * n, cap - 2 * n, "%02x", p[n]);
}

void check_say(struct check *ck, enum check_kind kind, enum table table, struct span key,
               bool mendable, const char *what, ...)
{
    struct check_finding f = {.kind = kind, .table = table_name(table), .mendable = mendable};
    va_list ap;

    va_start(ap, what);
    vsnprintf(f.what, sizeof(f.what), what, ap);
    va_end(ap);
    key_text(key, f.key, sizeof(f.key));
    ck->report->kinds[kind]++;
    ck->report->found++;
    ck->report->mendable += mendable;
    if (ck->report->found <= CHECK_FINDINGS_MAX && ck->fn != NULL)
        ck->fn(ck->arg, &f);
}

/* One transaction's worth of a walk; *next is where the next goes on. */
static err_t walk_part(struct check *ck, enum table table, struct key *next, bool *over,
                       check_row_fn *fn)
{
    int64_t until_ms = clock_mono_ms() + WALK_MS;
    struct cursor cur;
    struct key after = *next;
    struct txn tx;
    err_t err = txn_begin_read(&tx, ck->st);
    size_t n = 0;

    if (err != ERR_OK)
        return err;
    if (cursor_open(&cur, &tx, table) == ERR_OK)
        for (err = cursor_seek(&cur, next, false); err == ERR_OK; err = cursor_next(&cur)) {
            if (cur.key.len == after.len && memcmp(cur.key.p, after.bytes, after.len) == 0)
                continue; /* the last one of the part before */
            if (n == WALK_ROWS || (n > 0 && clock_mono_ms() >= until_ms))
                break;
            n++;
            ck->report->rows++;
            next->len = cur.key.len <= KEY_MAX_BYTES ? cur.key.len : KEY_MAX_BYTES;
            memcpy(next->bytes, cur.key.p, next->len);
            fn(ck, &tx, &cur);
        }
    cursor_close(&cur);
    *over = err == ERR_NOTFOUND;
    if (tx.err != ERR_OK)
        err = tx.err;
    txn_end_read(&tx);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

err_t check_walk(struct check *ck, enum table table, check_row_fn *fn)
{
    struct key next = {.len = 1};
    bool over = table_is_missing(ck->st, table);
    err_t err = ERR_OK;

    while (err == ERR_OK && !over)
        err = walk_part(ck, table, &next, &over, fn);
    return err;
}

static err_t check_all(struct check *ck)
{
    err_t err;

    if ((err = check_rows(ck)) != ERR_OK || (err = check_state(ck)) != ERR_OK)
        return err;
    if ((err = check_indexes(ck)) != ERR_OK || (err = check_tagged(ck)) != ERR_OK)
        return err;
    return check_queue(ck);
}

err_t store_check(struct store *st, bool rebuild, check_fn *fn, void *arg, struct check_report *r,
                  struct fault *f)
{
    struct check ck = {.st = st, .fn = fn, .arg = arg, .report = r, .fault = f};
    err_t err;

    ensure(!rebuild || st->role == STORE_GATEWAY);
    *r = (struct check_report){0};
    if (f != NULL)
        *f = (struct fault){0};
    ck.mem.limit_bytes = ck.mem2.limit_bytes = SIZE_MAX;
    err = check_all(&ck);
    if (err == ERR_OK && rebuild && r->mendable > 0) {
        err = check_mend(&ck);
        r->mended = err == ERR_OK;
    }
    core_free(ck.journal);
    core_free(ck.start);
    free(ck.objs);
    free(ck.convs);
    buf_fini(&ck.mem);
    buf_fini(&ck.mem2);
    if (err != ERR_OK && (f == NULL || f->err == ERR_OK))
        return fault_set(f, err, "store", "reading it failed: %s", err_text(err));
    return err;
}
