/* See store_damage.h. */
#include "store_damage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct check_finding found[CHECK_FINDINGS_MAX];
size_t nfound;

static void on_finding(void *arg, const struct check_finding *f)
{
    (void)arg;
    assert_true(nfound < COUNT_OF(found));
    found[nfound++] = *f;
}

struct check_report check(struct store *st, bool rebuild)
{
    struct check_report r;
    struct fault f = {0};

    nfound = 0;
    if (store_check(st, rebuild, on_finding, NULL, &r, &f) != ERR_OK)
        fail_msg("store_check: %s", f.what);
    assert_int_equal(nfound, r.found);
    return r;
}

void assert_clean(struct store *st)
{
    struct check_report r = check(st, false);

    if (r.found > 0)
        fail_msg("%s %s %s: %s", check_kind_word(found[0].kind), found[0].table, found[0].key,
                 found[0].what);
    assert_true(r.rows > 100 && r.records > 10);
}

/* The first agent who can be, in the newest chat. */
static void mention(struct world *w)
{
    uint64_t conv = w->convs[w->nconvs - 1];
    size_t at = 0;

    while (at < AGENTS && core_may_mention(w->core, core_conv(w->core, conv),
                                           core_agent(w->core, w->agents[at]), NULL) != ERR_OK)
        at++;
    assert_true(at < AGENTS);
    must(w, (struct cmd){
                .type = CMD_CONV_NOTE,
                .who = {.kind = BY_OPERATOR},
                .conv = conv,
                .line = {.text = SPAN_LIT("look"), .mentions = &w->agents[at], .nmentions = 1}});
}

/* One of each that people keep, and programs, which the generator makes none of. */
static void keep(struct world *w)
{
    const struct principal operator= {.kind = BY_OPERATOR};
    uint8_t hash[HASH_BYTES] = {7};

    must(w, (struct cmd){.type = CMD_ROLE_ADD,
                         .who = operator,
                         .role = {.name = SPAN_LIT("Writers"), .permissions = SPAN_LIT("reply")}});
    must(w, (struct cmd){.type = CMD_TOKEN_ADD,
                         .who = operator,
                         .token_add = {.agent = w->agents[0],
                                       .hash = {(const char *)hash, sizeof(hash)},
                                       .name = SPAN_LIT("Till"),
                                       .permissions = BIT(PERM_REPLY)}});
    must(w, (struct cmd){.type = CMD_CANNED_ADD,
                         .who = operator,
                         .canned = {.title = SPAN_LIT("Hours"), .text = SPAN_LIT("At nine.")}});
    must(w, (struct cmd){.type = CMD_VIEW_ADD,
                         .who = operator,
                         .saved = {.dept = w->depts[0], .name = SPAN_LIT("All")}});
    must(w, (struct cmd){.type = CMD_TASK_ADD,
                         .who = operator,
                         .conv = w->convs[w->nconvs - 1],
                         .task = {.title = SPAN_LIT("call back")}});
    mention(w);
}

struct world *busy(uint64_t seed)
{
    struct world *w = world_new(seed);

    for (int i = 0; i < 600; i++)
        step(w);
    keep(w);
    make_durable(w);
    return w;
}

void hit_raw(struct store *st, const struct hit *h)
{
    MDB_val key = {h->key.len, (void *)(uintptr_t)h->key.bytes},
            value = {h->value.len, (void *)(uintptr_t)h->value.p};
    MDB_txn *txn;

    assert_int_equal(mdb_txn_begin(st->env, NULL, 0, &txn), 0);
    if (h->value.len > 0)
        assert_int_equal(mdb_put(txn, st->dbis[h->table], &key, &value, 0), 0);
    else
        assert_int_equal(mdb_del(txn, st->dbis[h->table], &key, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

void hit_step(struct txn *tx, void *arg)
{
    const struct hit *h = arg;

    txn_put(tx, h->table, &h->key, h->value);
}

/* The nth row of a table: its key and payload. */
void row_at(struct store *st, enum table table, struct key from, struct key *key,
            struct buf *payload)
{
    struct cursor cur;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, table), ERR_OK);
    assert_int_equal(cursor_seek(&cur, &from, false), ERR_OK);
    assert_int_equal(cur.err, ERR_OK);
    key->len = cur.key.len;
    memcpy(key->bytes, cur.key.p, key->len);
    buf_reset(payload);
    buf_add_span(payload, cur.payload);
    cursor_close(&cur);
    txn_end_read(&tx);
}

void dump_table(struct store *st, enum table table, struct buf *out)
{
    struct key first = {.len = 1};
    struct cursor cur;
    struct txn tx;

    assert_int_equal(txn_begin_read(&tx, st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, table), ERR_OK);
    for (err_t err = cursor_seek(&cur, &first, false); err == ERR_OK; err = cursor_next(&cur)) {
        /* One of a portal that was never set says what is so without it. */
        if (table == TABLE_SETTING && cur.key.p[0] == OBJ_PORTAL)
            continue;
        buf_add_span(out, cur.key);
        /* Counters in the settings' rows are of the time when they were written. */
        if (table != TABLE_SETTING)
            buf_add_span(out, cur.payload);
    }
    cursor_close(&cur);
    txn_end_read(&tx);
}

void dump_all(struct store *st, struct buf *out)
{
    static const enum table tables[] = {
        TABLE_CONV,        TABLE_LIST,    TABLE_LIST_ALL, TABLE_MILESTONE, TABLE_ADDR,
        TABLE_NUMBER,      TABLE_SETTING, TABLE_OUTBOX,   TABLE_CONV_MAIL, TABLE_REPEAT,
        TABLE_REPEAT_TIME, TABLE_JOURNAL, TABLE_BODY,     TABLE_TAGGED,    TABLE_TAG_COUNT};

    buf_reset(out);
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        dump_table(st, tables[i], out);
}

/* Is it found, as this kind in this table, mended, and then all as before? */
void assert_mended(struct world *w, const struct buf *before, enum check_kind kind,
                   enum table table)
{
    struct buf after = {.limit_bytes = 1u << 25};
    struct check_report r = check(w->p.st, false);
    bool named = false;
    struct core *k;

    for (size_t i = 0; i < nfound; i++)
        named = named || (found[i].kind == kind && strcmp(found[i].table, table_name(table)) == 0);
    if (!named)
        fail_msg("damage of %s is not found as %s", table_name(table), check_kind_word(kind));
    assert_true(r.mendable > 0 && !r.mended);
    r = check(w->p.st, true);
    assert_true(r.mended);
    assert_clean(w->p.st);
    dump_all(w->p.st, &after);
    if (after.len != before->len || memcmp(after.p, before->p, after.len) != 0)
        fail_msg("what was mended in %s is another than before", table_name(table));
    k = load_and_compare(w);
    assert_true(core_digest(k) == core_digest(w->core));
    core_free(k);
    w->p.st->nbad = 0;
    buf_fini(&after);
}
