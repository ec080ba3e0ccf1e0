/*
 * From the journal into the index: what was said in a conversation, by whom it was taken, and what
 * became of it.  Conversations are known to the index by their short numbers, which are small and
 * rise; a record names the id, so what number that is stays at hand while a conversation is open.
 */
#include <stdlib.h>

#include "deskbell/map.h"
#include "search_int.h"

#define FOLLOW_RECORDS 1000
#define NUMBERS_MAX 200000          /* at hand; more and they are looked up again */
#define GATHER_MAX_BYTES (8u << 20) /* of texts in one transaction */
#define QUIET_RECORDS 5000          /* without any, until the place is written all the same */
#define WALK_RECORDS 4096

/* What one record adds to a conversation, in the order in which they come. */
struct piece {
    uint64_t number;
    size_t order, at, len;
    uint64_t edited; /* these words go instead: by the record at this position; 0 */
};

struct project {
    struct store *st;
    struct map numbers; /* of conversations by their ids */
    struct buf text;
    struct piece *pieces;
    size_t n, cap;
    uint64_t written; /* the place that the file has */
    struct index_at at;
};

struct project *project_new(struct store *st)
{
    struct project *p = xcalloc(1, sizeof(*p));

    p->st = st;
    return p;
}

static void numbers_forget(struct project *p)
{
    map_fini(&p->numbers);
}

void project_free(struct project *p)
{
    if (p == NULL)
        return;
    numbers_forget(p);
    buf_fini(&p->text);
    free(p->pieces);
    free(p);
}

/* numbers: kept as pointers that are none */

static void number_keep(struct project *p, uint64_t conv, uint64_t number)
{
    if (p->numbers.used == NUMBERS_MAX)
        numbers_forget(p);
    map_put(&p->numbers, conv, (void *)(uintptr_t)number);
}

static bool number_rec(void *arg, const struct rec *rec)
{
    uint64_t *number = arg;

    if (rec->type == REC_CONV_RANG || rec->type == REC_CONV_LEFT)
        *number = rec->ring.number;
    return *number == 0;
}

/* 0: it has none, for its beginning cannot be read. */
static uint64_t number_of(struct project *p, const struct rec *rec)
{
    uint64_t number = (uint64_t)(uintptr_t)map_find(&p->numbers, rec->obj), pos = rec->prev;

    (void)number_rec(&number, rec);
    while (number == 0 && pos != 0)
        if (store_walk_conv(p->st, pos, WALK_RECORDS, number_rec, &number, &pos) != ERR_OK)
            break;
    if (number != 0)
        number_keep(p, rec->obj, number);
    return number;
}

/* pieces */

/* What would look like a word of ours is none. */
static void text_add(struct project *p, struct span text)
{
    size_t at = p->text.len;

    if (text.len == 0)
        return;
    buf_add_span(&p->text, text);
    for (size_t i = at; i < p->text.len; i++)
        if (p->text.p[i] == OWN_MARK)
            p->text.p[i] = ' ';
    buf_add_char(&p->text, '\n');
}

static void own_add(struct project *p, enum own_word kind, uint64_t id)
{
    own_word_put(&p->text, kind, id);
    buf_add_char(&p->text, ' ');
}

static void facts_add(struct project *p, const struct rec *rec)
{
    switch (rec->type) {
    case REC_CONV_RANG:
    case REC_CONV_LEFT:
        own_add(p, OWN_ANY, 0);
        own_add(p, OWN_DEPT, rec->ring.dept);
        break;
    case REC_CONV_TRANSFERRED:
    case REC_CONV_CAME_BACK:
    case REC_CONV_MOVED:
        own_add(p, OWN_DEPT, rec->transfer.dept);
        break;
    case REC_CONV_ACCEPTED:
        if (rec->hold.dept != 0)
            own_add(p, OWN_DEPT, rec->hold.dept);
        own_add(p, OWN_AGENT, rec_agent(rec));
        break;
    case REC_CONV_ASSIGNED:
        own_add(p, OWN_AGENT, rec_agent(rec));
        break;
    case REC_CONV_ENDED:
        own_add(p, OWN_ENDED, 0);
        break;
    case REC_CONV_MISSED:
        own_add(p, OWN_MISSED, 0);
        break;
    case REC_CONV_TAGGED:
        own_add(p, OWN_TAG, tag_hash(body_get(rec->body, BODY_KEY)));
        break;
    case REC_CONV_FEEDBACK:
        if (rec->feedback.rating != 0)
            own_add(p, OWN_RATING, rec->feedback.rating);
        break;
    default:
        break;
    }
}

static void piece_add(struct project *p, uint64_t number, size_t at, uint64_t edited)
{
    if (p->n == p->cap) {
        p->cap = p->cap == 0 ? 1024 : 2 * p->cap;
        p->pieces = xrealloc(p->pieces, p->cap * sizeof(*p->pieces));
    }
    p->pieces[p->n] = (struct piece){number, p->n, at, p->text.len - at, edited};
    p->n++;
}

static uint64_t rec_mark(const struct rec *rec)
{
    struct buf b = {0};
    uint64_t mark;

    buf_addf(&b, "%llu %d %lld %llu %llu", (unsigned long long)rec->pos, (int)rec->type,
             (long long)rec->time_ms, (unsigned long long)rec->obj, (unsigned long long)rec->prev);
    mark = hash_u64(buf_span(&b), NULL);
    buf_fini(&b);
    return mark;
}

/* All that a record has for the index. */
static void words_add(struct project *p, const struct rec *rec)
{
    enum search_field field;
    struct span text;

    facts_add(p, rec);
    text_add(p, rec_words(rec));
    for (size_t i = 0; rec_person(rec, i, &field, &text); i++)
        text_add(p, text);
}

static bool gather_rec(void *arg, const struct rec *rec)
{
    struct project *p = arg;
    size_t at = p->text.len;
    bool edited = rec->type == REC_CONV_EDITED;
    uint64_t number;

    if (rec->obj_type != OBJ_CONV)
        return true;
    if (edited)
        text_add(p, body_get(rec->body, BODY_WAS));
    else
        words_add(p, rec);
    if (p->text.len == at)
        return true;
    if ((number = number_of(p, rec)) != 0)
        piece_add(p, number, at, edited ? rec->pos : 0);
    if (rec->type == REC_CONV_ENDED || rec->type == REC_CONV_MISSED)
        map_del(&p->numbers, rec->obj);
    return true;
}

static int piece_order(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;

    if (x->number != y->number)
        return x->number > y->number ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

static bool again_rec(void *arg, const struct rec *rec)
{
    words_add(arg, rec);
    return true;
}

/*
 * What a line said before it was changed is forgotten, and then all that the conversation says is
 * put in once more: the index does not know which words stand elsewhere in it, too.
 */
static err_t edited_put(struct project *p, struct index *ix, size_t from, size_t to)
{
    uint64_t number = p->pieces[from].number, pos = 0;
    size_t at = p->text.len;
    err_t err = ERR_OK;

    for (size_t i = from; err == ERR_OK && i < to; i++) {
        const struct piece *piece = &p->pieces[i];

        if (piece->edited == 0)
            continue;
        pos = piece->edited;
        err = index_forget(ix, number, (struct span){p->text.p + piece->at, piece->len});
    }
    while (err == ERR_OK && pos != 0)
        err = store_walk_conv(p->st, pos, WALK_RECORDS, again_rec, p, &pos);
    if (err == ERR_OK && p->text.len > at)
        err = index_put(ix, number, (struct span){p->text.p + at, p->text.len - at});
    p->text.len = at;
    return err;
}

/* All of one conversation at once, for the index writes what is in order the fastest. */
static err_t pieces_put(struct project *p, struct index *ix)
{
    struct buf one = {0};
    err_t err = ERR_OK;

    if (p->n > 0)
        qsort(p->pieces, p->n, sizeof(*p->pieces), piece_order);
    for (size_t i = 0; err == ERR_OK && i < p->n;) {
        uint64_t number = p->pieces[i].number;
        bool edited = false;
        size_t from = i;

        buf_reset(&one);
        for (; i < p->n && p->pieces[i].number == number; i++) {
            edited = edited || p->pieces[i].edited != 0;
            if (p->pieces[i].edited == 0)
                buf_add(&one, p->text.p + p->pieces[i].at, p->pieces[i].len);
        }
        if (edited)
            err = edited_put(p, ix, from, i);
        if (err == ERR_OK && one.len > 0)
            err = index_put(ix, number, buf_span(&one));
    }
    buf_fini(&one);
    return err;
}

static err_t gather(struct project *p, size_t max, const struct index_at *at, bool *more)
{
    size_t n = 0;
    err_t err = ERR_OK;

    p->at = *at;
    p->n = 0;
    buf_reset(&p->text);
    for (*more = true; err == ERR_OK && *more && n < max && p->text.len < GATHER_MAX_BYTES;
         n += FOLLOW_RECORDS) {
        uint64_t last = p->at.pos;

        err = store_follow(p->st, last, FOLLOW_RECORDS, gather_rec, p, &last, more);
        p->at.pos = last;
    }
    return err;
}

/* 0: it cannot be read, now and later. */
static uint64_t mark_at(struct store *st, uint64_t pos)
{
    struct buf mem = {0};
    struct rec rec;
    uint64_t mark = store_read_rec(st, pos, &rec, &mem) == ERR_OK ? rec_mark(&rec) : 0;

    buf_fini(&mem);
    return mark;
}

err_t project_run(struct project *p, struct index *ix, size_t max, struct index_at *at, bool *more)
{
    err_t err = gather(p, max, at, more);

    if (p->written == 0)
        p->written = at->pos;
    if (err != ERR_OK || p->at.pos == at->pos)
        return err;
    if (p->n == 0 && p->at.pos - p->written < QUIET_RECORDS) {
        *at = p->at;
        return ERR_OK;
    }
    p->at.mark = mark_at(p->st, p->at.pos);
    if ((err = index_begin(ix)) != ERR_OK)
        return err;
    if ((err = pieces_put(p, ix)) == ERR_OK)
        err = index_commit(ix, &p->at);
    else
        index_abort(ix);
    if (err == ERR_OK) {
        *at = p->at;
        p->written = at->pos;
    }
    return err;
}

bool project_fits(struct store *st, const struct index_at *at)
{
    uint64_t last;

    if (store_last_pos(st, &last) != ERR_OK || at->pos > last)
        return false;
    return at->pos == 0 || mark_at(st, at->pos) == at->mark;
}
