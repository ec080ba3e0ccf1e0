/*
 * Tags: put to conversations and taken away, and which are in use.  Those in use are met on what
 * the asker may see: all that is open, the newest that are over, and then one that is older of each
 * other tag that the store counts.  How many have each is exact.
 */
#include <stdlib.h>

#include "api_int.h"
#include "deskbell/locale.h"
#include "deskbell/map.h"

#define OVER_LOOKS_MAX 500 /* conversations that are over, for one answer */
#define TAGS_DEFAULT 50
#define OLDER_MAX 500      /* tags that only older ones have, for one answer */
#define OLDER_LOOKS_MAX 20 /* at those that have one of them */
#define IN_USE_MAX 5000    /* different ones */
#define COUNTS_MAX 20000   /* that the store looks up for one answer */

/* Between its words there is one blank, whatever there was. */
void tag_key(struct span text, struct buf *out)
{
    struct buf folded = {0};
    bool blank = false;
    size_t at = out->len;

    text_fold(text, &folded);
    for (size_t i = 0; i < folded.len; i++) {
        if (folded.p[i] == ' ' || folded.p[i] == '\t') {
            blank = out->len > at;
            continue;
        }
        if (blank)
            buf_add_char(out, ' ');
        blank = false;
        buf_add_char(out, folded.p[i]);
    }
    buf_fini(&folded);
}

bool tag_take(struct call *c, uint64_t *hash)
{
    struct buf key = {0};

    *hash = 0;
    if (!c->arg[ARG_TAG].has)
        return true;
    tag_key(c->arg[ARG_TAG].s, &key);
    if (key.len > 0)
        *hash = tag_hash(buf_span(&key));
    else
        call_refuse(c, ERR_INVAL, "tag", REFUSE_EMPTY);
    buf_fini(&key);
    return *hash != 0;
}

/* As they are now, which may be later than the command where it is a repeated one. */
static void tags_answer(struct jw *j, const struct call *c, const struct answer *a)
{
    struct conv_ref ref;

    jw_key(j, "tags");
    jw_arr(j);
    if (conv_open(c->api->env.view, c->arg[ARG_CONVERSATION].id, &ref) == ERR_OK) {
        for (size_t i = 0; i < ref.cv->ntags; i++)
            jw_str(j, ref.cv->tags[i].text);
        conv_done(&ref);
    }
    jw_arr_end(j);
    if (a->unchanged)
        jw_k_bool(j, "unchanged", true);
}

void run_conv_tag(struct call *c)
{
    struct buf key = {0};
    struct cmd cmd;

    tag_key(c->arg[ARG_TAG].s, &key);
    call_cmd(c, &cmd);
    cmd.conv = c->arg[ARG_CONVERSATION].id;
    cmd.tag = (struct cmd_tag){.text = c->arg[ARG_TAG].s, .key = buf_span(&key)};
    call_command(c, &cmd, tags_answer);
    buf_fini(&key);
}

/* those in use */

struct used {
    char *text; /* as it is written where it was met first: the newest */
    char *key;
    uint64_t hash;
    uint64_t count, open; /* of those met; at the end of all, and of the open ones */
};

struct in_use {
    struct span part; /* of the key */
    struct map at;    /* places in all, from 1 on, by hash */
    struct map other; /* met, and without the part */
    struct used *all;
    size_t n, cap;
};

static bool key_has(const char *key, struct span part)
{
    size_t len = strlen(key);

    for (size_t i = 0; i + part.len <= len; i++)
        if (memcmp(key + i, part.p, part.len) == 0)
            return true;
    return false;
}

static void used_add(struct in_use *u, const struct conv_tag *tag)
{
    size_t at = (size_t)(uintptr_t)map_find(&u->at, tag->hash);

    if (at != 0) {
        u->all[at - 1].count++;
        return;
    }
    if (u->part.len > 0 && !key_has(tag->key, u->part)) {
        map_put(&u->other, tag->hash, u);
        return;
    }
    if (u->n == IN_USE_MAX)
        return;
    if (u->n == u->cap) {
        u->cap = u->cap != 0 ? 2 * u->cap : 64;
        u->all = xrealloc(u->all, u->cap * sizeof(*u->all));
    }
    u->all[u->n++] = (struct used){
        .text = xstrdup(tag->text), .key = xstrdup(tag->key), .hash = tag->hash, .count = 1};
    map_put(&u->at, tag->hash, (void *)(uintptr_t)u->n);
}

static void conv_add(struct in_use *u, const struct conv *cv)
{
    for (size_t i = 0; i < cv->ntags; i++)
        used_add(u, &cv->tags[i]);
}

static void open_add(struct in_use *u, const struct call *c, const struct reader *r)
{
    const struct list_want all = {.list = LIST_ALL};
    struct id_list ids = {0};

    watch_list_open(c->api->env.watch, &all, r, &ids);
    ids_sort_down(ids.ids, ids.n);
    for (size_t i = 0; i < ids.n; i++)
        conv_add(u, core_conv(r->core, ids.ids[i]));
    id_list_fini(&ids);
}

/* One of the store is as it is in memory, where it has changed a moment ago.  NULL: not to be seen.
 * *own is to be freed. */
static const struct conv *row_conv(const struct reader *r, const struct list_row *row,
                                   struct conv **own)
{
    const struct conv *cv = core_conv(r->core, row->id);

    *own = NULL;
    if (cv == NULL && conv_decode(row->id, row->image, own) == ERR_OK)
        cv = *own;
    return cv != NULL && !conv_open_now(cv) && audience_sees(r, cv) ? cv : NULL;
}

static void row_add(struct in_use *u, const struct reader *r, const struct list_row *row)
{
    struct conv *own;
    const struct conv *cv = row_conv(r, row, &own);

    if (cv != NULL)
        conv_add(u, cv);
    conv_free(own);
}

static void over_add(struct in_use *u, const struct call *c, const struct reader *r,
                     const struct stored_list *list)
{
    struct list_page page;

    if (store_list(c->api->env.store, list, 0, OVER_LOOKS_MAX, &page) != ERR_OK)
        return;
    for (size_t i = 0; i < page.n; i++)
        row_add(u, r, &page.rows[i]);
    list_page_fini(&page);
}

/* How it is written there. */
static void row_name(struct in_use *u, const struct reader *r, const struct list_row *row,
                     uint64_t hash)
{
    struct conv *own;
    const struct conv *cv = row_conv(r, row, &own);

    for (size_t i = 0; cv != NULL && i < cv->ntags; i++)
        if (cv->tags[i].hash == hash)
            used_add(u, &cv->tags[i]);
    conv_free(own);
}

static bool is_met(const struct in_use *u, uint64_t hash)
{
    return map_find(&u->at, hash) != NULL || map_find(&u->other, hash) != NULL;
}

/* A tag that was not met, if the reader may see one that has it: nearly always the first. */
static void older_one(struct in_use *u, const struct call *c, const struct reader *r,
                      const struct stored_list *list)
{
    const struct list_want want = {.list = LIST_ALL, .tag = list->tag};
    size_t had = u->n;
    struct list_page page;
    uint64_t over;

    if (view_count_tagged(c->api->env.view, r, &want, &over) != ERR_OK || over == 0)
        return;
    for (size_t max = 1; max <= OLDER_LOOKS_MAX && !is_met(u, list->tag); max *= OLDER_LOOKS_MAX) {
        if (store_list(c->api->env.store, list, 0, max, &page) != ERR_OK)
            return;
        for (size_t i = 0; i < page.n && !is_met(u, list->tag); i++)
            row_name(u, r, &page.rows[i], list->tag);
        list_page_fini(&page);
    }
    if (u->n > had)
        u->all[had].count = over;
}

static void older_add(struct in_use *u, const struct call *c, const struct reader *r,
                      const struct stored_list *over)
{
    struct stored_list list = *over;
    size_t n = IN_USE_MAX;
    uint64_t *tags = xcalloc(n, sizeof(tags[0]));

    if (store_tags(c->api->env.store, tags, &n) == ERR_OK)
        for (size_t i = 0, looks = 0; i < n && looks < OLDER_MAX; i++) {
            list.tag = tags[i];
            if (is_met(u, tags[i]))
                continue;
            older_one(u, c, r, &list);
            looks++;
        }
    free(tags);
}

/* What is over, in the departments that the reader sees something of. */
static void stored_add(struct in_use *u, const struct call *c, const struct reader *r)
{
    struct stored_list list = {.list = LIST_ALL};
    const struct list_want all = {.list = LIST_ALL};
    struct id_list depts = {0};

    for (uint64_t id = 0; r->kind != READER_ALL && audience_next_list_dept(r, &all, &id);)
        id_list_add(&depts, id);
    list.depts = depts.ids;
    list.ndepts = depts.n;
    if (r->kind == READER_ALL || depts.n > 0) {
        over_add(u, c, r, &list);
        older_add(u, c, r, &list);
    }
    id_list_fini(&depts);
}

static int used_order(const void *a, const void *b)
{
    const struct used *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : strcmp(x->key, y->key);
}

static void part_count(void *arg, const struct count_part *part)
{
    (void)part;
    ++*(size_t *)arg;
}

/* As many of the most met as cost no more than that; which of them are shown is another matter. */
static size_t counted_most(const struct in_use *u, const struct reader *r, size_t max)
{
    const struct list_want all = {.list = LIST_ALL};
    size_t parts = 0, most;

    audience_count_parts(r, &all, part_count, &parts);
    most = parts > 0 ? COUNTS_MAX / parts : u->n;
    most = most > max ? most : max;
    return most < u->n ? most : u->n;
}

/* Out of the counts that are kept, instead of what was met. */
static void count_all(struct in_use *u, const struct view *v, const struct reader *r, size_t max)
{
    size_t n = counted_most(u, r, max);

    for (size_t i = 0; i < n; i++) {
        const struct list_want want = {.list = LIST_ALL, .tag = u->all[i].hash};
        uint64_t over;

        if (view_count_tagged(v, r, &want, &over) == ERR_OK)
            u->all[i].count = u->all[i].open + over;
    }
    if (n > 0)
        qsort(u->all, n, sizeof(u->all[0]), used_order);
}

static void used_write(struct jw *j, const struct in_use *u, size_t max)
{
    jw_key(j, "rows");
    jw_arr(j);
    for (size_t i = 0; i < u->n && i < max; i++) {
        jw_obj(j);
        jw_k_str(j, "tag", u->all[i].text);
        jw_k_int(j, "count", (int64_t)u->all[i].count);
        jw_obj_end(j);
    }
    jw_arr_end(j);
    jw_k_bool(j, "more", u->n > max);
}

static void in_use_fini(struct in_use *u)
{
    for (size_t i = 0; i < u->n; i++) {
        free(u->all[i].text);
        free(u->all[i].key);
    }
    free(u->all);
    map_fini(&u->at);
    map_fini(&u->other);
}

void run_tag_list(struct call *c)
{
    const struct reader r = reader_of(c->api->env.core, &c->who);
    struct buf part = {0}, b = {0};
    struct jw j = {.b = &b};
    struct in_use u = {0};
    size_t max = c->arg[ARG_MAX].has ? (size_t)c->arg[ARG_MAX].i : TAGS_DEFAULT;

    tag_key(c->arg[ARG_TEXT].s, &part);
    u.part = buf_span(&part);
    open_add(&u, c, &r);
    for (size_t i = 0; i < u.n; i++)
        u.all[i].open = u.all[i].count;
    stored_add(&u, c, &r);
    if (u.n > 0)
        qsort(u.all, u.n, sizeof(u.all[0]), used_order);
    count_all(&u, c->api->env.view, &r, max);
    jw_obj(&j);
    used_write(&j, &u, max);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    in_use_fini(&u);
    buf_fini(&b);
    buf_fini(&part);
}
