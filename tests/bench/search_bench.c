/*
 * Searching in many conversations: how large the index is beside the texts, how long it takes to be
 * made, the first page of common and rare words, and what a message's way to the disk costs while
 * it is made.  Texts are made up, half English and half Japanese, of words as frequent as words
 * are.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "deskbell/clock.h"
#include "deskbell/search.h"
#include "deskbell/tlv.h"

#define LINES 8 /* of a conversation */
#define WORDS 30000
#define BATCH_CONVS 500
#define PROBES 2000
#define PAGE 50
#define T0_MS INT64_C(1800000000000)
#define EACH_MS 30000 /* between two conversations */

struct bench {
    char dir[64];
    struct store *st;
    struct search *s;
    uint64_t seed, pos, text_bytes, next_conv;
    char *english[WORDS], *japanese[WORDS];
    double weight[WORDS]; /* up to and with this word */
    struct batch batch;
    struct buf *bufs;
    size_t nbufs, bufs_cap, recs_cap;
};

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t draw(struct bench *b)
{
    b->seed = b->seed * 6364136223846793005u + 1442695040888963407u;
    return b->seed >> 20;
}

/* words, the first of them the most frequent (Zipf) */

static char *english_new(struct bench *b, unsigned rank)
{
    static const char *const parts[] = {"an",  "ber", "con", "de",  "el",  "fi",  "gra", "hor",
                                        "in",  "jo",  "ka",  "lu",  "mer", "no",  "or",  "pla",
                                        "qui", "re",  "sta", "ti",  "um",  "ver", "wa",  "xy",
                                        "ye",  "zo",  "th",  "ing", "s",   "al"};
    struct buf w = {0};

    for (unsigned n = 1 + (rank > 50) + (rank > 1000) + (unsigned)(draw(b) % 2); n > 0; n--)
        buf_add_str(&w, parts[draw(b) % COUNT_OF(parts)]);
    return buf_take(&w);
}

static void letter_add(struct buf *w, unsigned c)
{
    const char utf8[] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)),
                         (char)(0x80 | (c & 0x3f))};

    buf_add(w, utf8, sizeof(utf8));
}

/* Frequent ones are kana; of the rest each second letter is one of a few hundred kanji. */
static char *japanese_new(struct bench *b, unsigned rank)
{
    struct buf w = {0};

    for (unsigned n = 1 + (rank > 20) + (unsigned)(draw(b) % 2); n > 0; n--) {
        uint64_t d = draw(b) % 2000;

        if (rank < 60 || d % 3 == 0)
            letter_add(&w, 0x3042 + (unsigned)(d % 80));
        else if (rank % 5 == 0)
            letter_add(&w, 0x30A2 + (unsigned)(d % 80));
        else
            letter_add(&w, 0x4E00 + (unsigned)(d * d / 2000 * 5));
    }
    return buf_take(&w);
}

static void words_make(struct bench *b)
{
    double sum = 0;

    for (unsigned i = 0; i < WORDS; i++) {
        b->english[i] = english_new(b, i);
        b->japanese[i] = japanese_new(b, i);
        b->weight[i] = sum += 1.0 / (i + 2);
    }
}

static unsigned word_draw(struct bench *b)
{
    double at = (double)(draw(b) % (1u << 30)) / (1u << 30) * b->weight[WORDS - 1];
    unsigned low = 0, high = WORDS - 1;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (b->weight[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* About a hundred bytes. */
static void text_make(struct bench *b, bool english, struct buf *out)
{
    size_t len = 60 + draw(b) % 80;

    buf_reset(out);
    while (out->len < len) {
        buf_add_str(out, (english ? b->english : b->japanese)[word_draw(b)]);
        if (english)
            buf_add_char(out, ' ');
        else if (draw(b) % 8 == 0)
            buf_add_str(out, "、");
    }
    b->text_bytes += out->len;
}

/* records */

static struct span keep(struct bench *b, struct buf *from)
{
    if (b->nbufs == b->bufs_cap) {
        b->bufs_cap = b->bufs_cap == 0 ? 4096 : 2 * b->bufs_cap;
        b->bufs = xrealloc(b->bufs, b->bufs_cap * sizeof(*b->bufs));
    }
    b->bufs[b->nbufs++] = *from;
    return buf_span(from);
}

static void rec_add(struct bench *b, const struct rec *rec, struct buf *body)
{
    struct batch *batch = &b->batch;
    struct buf bytes = {0};

    rec_encode(rec, &bytes);
    if (batch->nrecs == b->recs_cap) {
        b->recs_cap = b->recs_cap == 0 ? 4096 : 2 * b->recs_cap;
        batch->recs = xrealloc(batch->recs, b->recs_cap * sizeof(*batch->recs));
    }
    batch->recs[batch->nrecs++] = (struct batch_rec){rec->pos, keep(b, &bytes), keep(b, body)};
}

static void commit(struct bench *b)
{
    if (store_commit(b->st, &b->batch, T0_MS) != ERR_OK)
        exit(1);
    for (size_t i = 0; i < b->nbufs; i++)
        buf_fini(&b->bufs[i]);
    b->nbufs = b->batch.nrecs = 0;
}

static uint64_t conv_id(uint64_t n)
{
    return (uint64_t)(T0_MS + (int64_t)n * EACH_MS) * 1000;
}

static struct rec rec_next(struct bench *b, enum rec_type type, uint64_t n, uint64_t *prev,
                           uint32_t *seq)
{
    struct rec rec = {.pos = ++b->pos,
                      .type = type,
                      .version = REC_VERSION,
                      .time_ms = T0_MS + (int64_t)n * EACH_MS,
                      .obj_type = OBJ_CONV,
                      .obj = conv_id(n),
                      .prev = *prev,
                      .n = *seq + 1,
                      .seq = *seq + 1};

    *prev = rec.pos;
    ++*seq;
    return rec;
}

static void conv_make(struct bench *b, uint64_t n)
{
    struct buf body = {0}, text = {0};
    uint64_t prev = 0;
    uint32_t seq = 0;
    bool english = n % 2 == 0;
    struct rec rec = rec_next(b, REC_CONV_RANG, n, &prev, &seq);

    rec.ring.dept = 1 + n % 20;
    rec.ring.number = n;
    text_make(b, english, &text);
    tlv_put_span(&body, BODY_QUESTION, buf_span(&text));
    buf_reset(&text);
    buf_addf(&text, "visitor%llu@example.com", (unsigned long long)(n % 300000));
    tlv_put_span(&body, BODY_EMAIL, buf_span(&text));
    tlv_put_span(&body, BODY_NAME, span_of(b->english[n % WORDS]));
    rec_add(b, &rec, &body);
    rec = rec_next(b, REC_CONV_ACCEPTED, n, &prev, &seq);
    rec.hold.agent = 1000 + n % 50;
    body = (struct buf){0};
    rec_add(b, &rec, &body);
    for (unsigned i = 1; i < LINES; i++) {
        rec = rec_next(b, REC_CONV_MESSAGE, n, &prev, &seq);
        body = (struct buf){0};
        text_make(b, english, &text);
        tlv_put_span(&body, BODY_TEXT, buf_span(&text));
        rec_add(b, &rec, &body);
    }
    rec = rec_next(b, REC_CONV_ENDED, n, &prev, &seq);
    body = (struct buf){0};
    rec_add(b, &rec, &body);
    buf_fini(&text);
}

static void fill(struct bench *b, uint64_t convs)
{
    for (uint64_t n = 1; n <= convs; n++) {
        conv_make(b, n);
        if (n % BATCH_CONVS == 0 || n == convs)
            commit(b);
    }
    b->next_conv = convs + 1;
}

/* what a message costs on its way to the disk */

static int by_time(const void *a, const void *c)
{
    double x = *(const double *)a, y = *(const double *)c;

    return (x > y) - (x < y);
}

/* Messages of one conversation, each a batch, a few of them in a second as people type. */
static void probe(struct bench *b, unsigned probes, double *p50, double *p99)
{
    double *times = xcalloc(probes, sizeof(*times));
    uint64_t prev = 0;
    uint32_t seq = 0;

    for (unsigned i = 0; i < probes; i++) {
        struct rec rec = rec_next(b, REC_CONV_SEEN, b->next_conv, &prev, &seq);
        struct buf body = {0};
        double from;

        rec_add(b, &rec, &body);
        from = now_ms();
        commit(b);
        times[i] = now_ms() - from;
        (void)poll(NULL, 0, 1);
    }
    b->next_conv++;
    qsort(times, probes, sizeof(*times), by_time);
    *p50 = times[probes / 2];
    *p99 = times[probes * 99 / 100];
    free(times);
}

/* asking */

static void ask(struct bench *b, const char *what, const char *text, struct search_want want)
{
    struct search_query *q = NULL;
    struct search_hit hits[2 * PAGE];
    struct fault f = {0};
    uint64_t next = 0;
    double best = 1e9, first = 0;
    size_t n = 0, shown = 0;

    if (search_query_parse(span_of(text), &q, &f) != ERR_OK) {
        printf("%s: %s\n", text, f.what);
        exit(1);
    }
    want.query = q;
    for (int round = 0; round < 3; round++) {
        double from = now_ms();

        shown = 0;
        if (search_find(b->s, &want, clock_mono_ms() + 10000, hits, COUNT_OF(hits), &n, &next) !=
            ERR_OK)
            exit(1);
        for (size_t i = 0; i < n && shown < PAGE && search_query_has_text(q); i++) {
            struct search_line line = {0};
            uint64_t last = hits[i].number * (LINES + 2);

            shown += search_look(b->st, q, last, &line) == ERR_OK;
            search_line_fini(&line);
        }
        if (round == 0)
            first = now_ms() - from;
        if (now_ms() - from < best)
            best = now_ms() - from;
    }
    printf("  %-28s %-24s %3zu found, %2zu shown  first %8.2f ms  again %8.2f ms\n", what, text, n,
           shown, first, best);
    search_query_free(q);
}

static void made(struct bench *b, struct search_status *st)
{
    do {
        (void)poll(NULL, 0, 20);
        search_status_get(b->s, st);
    } while (st->records > 0 || st->pos == 0);
}

static void ask_all(struct bench *b)
{
    struct buf two = {0};
    struct search_want all = {.all = true}, one = {.all = true, .agent = 1008},
                       some = {.all = true, .agent = 1008, .dept = 9};
    static uint64_t depts[] = {1, 3, 5, 7, 9};
    struct search_want own = {.depts = depts, .ndepts = COUNT_OF(depts), .self = 1012};

    ask(b, "the most frequent word", b->english[0], all);
    ask(b, "a frequent one", b->english[200], all);
    ask(b, "a beginning", "con", all);
    ask(b, "a longer beginning", "conb", all);
    ask(b, "a rare one", b->english[WORDS - 9], all);
    buf_addf(&two, "%s %s", b->english[30], b->english[31]);
    ask(b, "two frequent ones", two.p, all);
    ask(b, "frequent Japanese", b->japanese[25], all);
    ask(b, "rare Japanese", b->japanese[WORDS - 9], all);
    ask(b, "an agent's", b->english[200], one);
    ask(b, "an agent's, a department's", b->english[200], some);
    ask(b, "as an agent", b->english[200], own);
    ask(b, "no word, an agent's", "", one);
    ask(b, "an address", "visitor777@example.com", all);
    buf_fini(&two);
}

int main(int argc, char **argv)
{
    uint64_t convs = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    struct bench *b = xcalloc(1, sizeof(*b));
    double from, quiet50, quiet99, busy50, busy99;
    struct search_status st;
    struct fault f = {0};
    char command[100];

    crypto_init();
    b->seed = 1;
    snprintf(b->dir, sizeof(b->dir), "./search-bench.XXXXXX");
    if (mkdtemp(b->dir) == NULL ||
        store_open(&(struct store_options){.dir = b->dir}, &b->st, &f) != ERR_OK) {
        fprintf(stderr, "cannot open: %s\n", f.what);
        return 2;
    }
    words_make(b);
    from = now_ms();
    fill(b, convs);
    printf("%llu conversations, %llu records, %.0f MB of text (filled in %.0f s)\n",
           (unsigned long long)convs, (unsigned long long)b->pos, (double)b->text_bytes / 1e6,
           (now_ms() - from) / 1e3);
    probe(b, PROBES, &quiet50, &quiet99);
    from = now_ms();
    b->s = search_start(&(struct search_options){.store = b->st, .dir = b->dir});
    probe(b, PROBES, &busy50, &busy99);
    search_status_get(b->s, &st);
    printf("a commit: p50 %.2f ms, p99 %.2f ms; while the index is made (%s): p50 %.2f ms, p99 "
           "%.2f ms: %.2f times\n",
           quiet50, quiet99, st.records > 1000 ? "to the end of it" : "it was done before", busy50,
           busy99, busy99 / quiet99);
    made(b, &st);
    printf("made in %.1f s: %.0f texts a second, %.0f MB, %.2f of the texts\n",
           (now_ms() - from) / 1e3, (double)convs * LINES / ((now_ms() - from) / 1e3),
           (double)st.bytes / 1e6, (double)st.bytes / (double)b->text_bytes);
    ask_all(b);
    search_stop(b->s);
    store_close(b->st);
    snprintf(command, sizeof(command), "rm -rf '%s'", b->dir);
    return system(command) != 0;
}
