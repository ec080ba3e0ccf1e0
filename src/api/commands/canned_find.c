/*
 * Words in canned replies, as fast as somebody types.  The gateway looks, not the console: there
 * may be ten thousand.  Each text is folded once, by the first look after it was written, and the
 * folded form kept beside the core, which knows no scripts; a look is then a search of bytes.
 */
#include <stdlib.h>

#include "api_int.h"
#include "deskbell/locale.h"

#define FOUND_MAX 50
#define FOUND_DEFAULT 20
#define WORDS_MAX 16

/* Shortcut, title and text, one after the other, each with a line's end. */
struct folded {
    uint64_t id;
    uint32_t version;
    size_t shortcut_len, title_len; /* with their line's ends */
    struct span all;
    char bytes[];
};

/* One of them: borrowed from the core for as long as none of them changes. */
struct entry {
    uint64_t owner;
    const struct canned *c;
    struct folded *f;
};

/* All of them, by owner and id, as of a stamp of the core's. */
struct canned_index {
    uint64_t stamp;
    struct entry *entries;
    size_t n;
};

static struct folded *fold_new(const struct canned *c)
{
    struct buf b = {0};
    size_t shortcut_len, title_len;
    struct folded *f;

    text_fold(span_of(c->shortcut), &b);
    buf_add_char(&b, '\n');
    shortcut_len = b.len;
    text_fold(span_of(c->title), &b);
    buf_add_char(&b, '\n');
    title_len = b.len - shortcut_len;
    text_fold(span_of(c->text), &b);
    f = xmalloc(sizeof(*f) + b.len);
    memcpy(f->bytes, b.p, b.len);
    f->id = c->id;
    f->version = c->version;
    f->shortcut_len = shortcut_len;
    f->title_len = title_len;
    f->all = (struct span){f->bytes, b.len};
    buf_fini(&b);
    return f;
}

static int entry_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    return (x->f->id > y->f->id) - (x->f->id < y->f->id);
}

/* The first of this owner, or of one after it. */
static size_t owner_at(const struct canned_index *ix, uint64_t owner)
{
    return id_place(ix->entries, ix->n, sizeof(ix->entries[0]), owner);
}

static void entries_free(struct entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(entries[i].f);
    free(entries);
}

/* What was folded before and is as it was is taken over. */
static void index_fill(struct canned_index *ix, const struct core *k)
{
    struct map before = {0};
    struct entry *old = ix->entries;
    size_t nold = ix->n, cap = 0;

    for (size_t i = 0; i < nold; i++)
        map_put(&before, old[i].f->id, &old[i]);
    ix->entries = NULL;
    ix->n = 0;
    for (uint64_t id = 0; core_next_canned(k, &id);) {
        const struct canned *c = core_canned(k, id);
        struct entry *was = map_find(&before, id), now = {.c = c};

        if (was != NULL && was->f->version == c->version) {
            now.f = was->f;
            was->f = NULL;
        } else {
            now.f = fold_new(c);
        }
        now.owner = c->agent != 0 ? c->agent : c->dept;
        if (ix->n == cap) {
            cap = cap != 0 ? 2 * cap : 64;
            ix->entries = xrealloc(ix->entries, cap * sizeof(*ix->entries));
        }
        ix->entries[ix->n++] = now;
    }
    if (ix->n > 0)
        qsort(ix->entries, ix->n, sizeof(*ix->entries), entry_order);
    entries_free(old, nold);
    map_fini(&before);
}

static const struct canned_index *index_get(struct api *api)
{
    const struct core *k = api->env.core;

    if (api->canned == NULL)
        api->canned = xcalloc(1, sizeof(*api->canned));
    else if (api->canned->stamp == core_canned_stamp(k))
        return api->canned;
    index_fill(api->canned, k);
    api->canned->stamp = core_canned_stamp(k);
    return api->canned;
}

void canned_index_fini(struct api *api)
{
    if (api->canned == NULL)
        return;
    entries_free(api->canned->entries, api->canned->n);
    free(api->canned);
}

/* what is looked for */

struct found {
    const struct canned *c;
    unsigned rank; /* the lower the better */
};

struct look {
    const struct api *api;
    const struct canned_index *ix;
    const struct reader *r;
    const struct conv *cv; /* NULL: in no conversation */
    struct span words[WORDS_MAX], whole;
    size_t nwords;
    struct found found[FOUND_MAX];
    size_t nfound, max, count, all;
};

static bool has(struct span text, struct span word)
{
    return word.len == 0 || memmem(text.p, text.len, word.p, word.len) != NULL;
}

static bool has_all(struct span text, const struct look *l)
{
    for (size_t i = 0; i < l->nwords; i++)
        if (!has(text, l->words[i]))
            return false;
    return true;
}

static bool begins(struct span text, struct span with)
{
    return with.len == 0 || (text.len >= with.len && memcmp(text.p, with.p, with.len) == 0);
}

enum place { AT_SHORTCUT, SHORTCUT_BEGINS, TITLE_BEGINS, IN_TITLE, IN_TEXT };

static enum place place_of(const struct folded *f, const struct look *l)
{
    const struct span shortcut = {f->all.p, f->shortcut_len - 1};
    const struct span title = {f->all.p + f->shortcut_len, f->title_len - 1};

    if (l->whole.len > 0 && span_eq(shortcut, l->whole))
        return AT_SHORTCUT;
    if (l->whole.len > 0 && begins(shortcut, l->whole))
        return SHORTCUT_BEGINS;
    if (begins(title, l->whole))
        return TITLE_BEGINS;
    return has_all(title, l) ? IN_TITLE : IN_TEXT;
}

/* Where it was found, then whether its language is the visitor's, then how near its owner is. */
static unsigned rank_of(const struct canned *c, const struct folded *f, const struct look *l)
{
    unsigned owner = c->agent != 0 ? 0 : c->dept != 0 ? 1 : 2;
    bool foreign = l->cv != NULL && c->lang != LANG_ANY && c->lang != l->cv->lang;

    return (unsigned)place_of(f, l) * 8 + foreign * 4u + owner;
}

static bool goes_before(const struct found *a, const struct found *b)
{
    int order;

    if (a->rank != b->rank)
        return a->rank < b->rank;
    order = strcmp(a->c->title, b->c->title);
    return order != 0 ? order < 0 : a->c->id < b->c->id;
}

/* Among the best so far, if it is one of them. */
static void found_put(struct look *l, const struct found *f)
{
    size_t at = l->nfound;

    l->count++;
    while (at > 0 && goes_before(f, &l->found[at - 1]))
        at--;
    if (at == l->max)
        return;
    if (l->nfound < l->max)
        l->nfound++;
    memmove(&l->found[at + 1], &l->found[at], (l->nfound - 1 - at) * sizeof(l->found[0]));
    l->found[at] = *f;
}

static void look_in(struct look *l, uint64_t agent, uint64_t dept)
{
    const struct canned_index *ix = l->ix;
    uint64_t owner = agent != 0 ? agent : dept;

    if (audience_canned(l->r, agent, dept) == 0)
        return;
    for (size_t i = owner_at(ix, owner); i < ix->n && ix->entries[i].owner == owner; i++) {
        const struct entry *e = &ix->entries[i];

        l->all++;
        if (has_all(e->f->all, l))
            found_put(l, &(struct found){e->c, rank_of(e->c, e->f, l)});
    }
}

/*
 * In a conversation those of its department, which is not the asker's where he holds it as an
 * administrator or it is shared; else of all that are his.
 */
static void look_all(struct look *l)
{
    if (l->r->agent != NULL)
        look_in(l, l->r->agent->id, 0);
    look_in(l, 0, 0);
    if (l->cv != NULL && audience_dept(l->r, l->cv->dept) != NULL) {
        look_in(l, 0, l->cv->dept);
        return;
    }
    for (uint64_t id = 0; audience_next_dept(l->r, &id);)
        look_in(l, 0, id);
}

/* Folded, and apart at its blanks.  Borrows from mem. */
static void words_take(struct look *l, struct span text, struct buf *mem)
{
    struct span rest;

    text_fold(text, mem);
    l->whole = span_trim(buf_span(mem));
    for (rest = l->whole; rest.len > 0 && l->nwords < WORDS_MAX;) {
        const char *end = memchr(rest.p, ' ', rest.len);
        struct span word = {rest.p, end != NULL ? (size_t)(end - rest.p) : rest.len};

        l->words[l->nwords++] = word;
        rest = span_trim((struct span){rest.p + word.len, rest.len - word.len});
    }
}

/* What stands for {department.name}: never the name of a private one. */
static void values_write(struct jw *j, const struct look *l)
{
    const struct dept *entry = l->cv != NULL ? core_entry(l->api->env.core, l->cv) : NULL;

    if (entry != NULL && entry->title[l->cv->lang][0] != '\0')
        jw_k_str(j, "department_name", entry->title[l->cv->lang]);
    else if (entry != NULL)
        jw_k_str(j, "department_name", entry->name);
}

static void found_write(struct call *c, const struct look *l)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_key(&j, "rows");
    jw_arr(&j);
    for (size_t i = 0; i < l->nfound && b.len < ROWS_BYTES; i++)
        view_canned(&j, c->api->env.view, l->r, l->found[i].c);
    jw_arr_end(&j);
    jw_k_int(&j, "count", (int64_t)l->count);
    jw_k_int(&j, "all", (int64_t)l->all);
    values_write(&j, l);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&b);
}

void run_canned_find(struct call *c)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);
    struct look l = {.api = c->api, .r = &r, .max = FOUND_DEFAULT};
    struct conv_ref ref = {0};
    struct buf mem = {0};
    uint64_t agent, dept;

    if (c->arg[ARG_SCOPE].has && !canned_owner_take(c, &agent, &dept))
        return;
    if (c->arg[ARG_CONVERSATION].has && !conv_take(c, ACT_SEE, &ref))
        return;
    l.cv = ref.cv;
    if (c->arg[ARG_MAX].has)
        l.max = c->arg[ARG_MAX].i < FOUND_MAX ? (size_t)c->arg[ARG_MAX].i : FOUND_MAX;
    words_take(&l, c->arg[ARG_TEXT].s, &mem);
    l.ix = index_get(c->api);
    if (c->arg[ARG_SCOPE].has)
        look_in(&l, agent, dept);
    else
        look_all(&l);
    found_write(c, &l);
    if (ref.cv != NULL)
        conv_done(&ref);
    buf_fini(&mem);
}
