/* The world of search_world.h. */
#include "search_world.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/clock.h"
#include "deskbell/tlv.h"

static void body_put(struct buf *body, enum body_tag tag, const char *text)
{
    if (text != NULL)
        tlv_put_span(body, tag, span_of(text));
}

static struct rec *rec_of(struct world *w, struct rec *rec, enum rec_type type, unsigned conv)
{
    *rec = (struct rec){.pos = ++w->pos,
                        .type = type,
                        .version = REC_VERSION,
                        .time_ms = (int64_t)w->pos,
                        .obj_type = OBJ_CONV,
                        .obj = CONV0 * (uint64_t)conv,
                        .prev = w->last[conv],
                        .n = 1,
                        .seq = ++w->seq[conv]};
    w->last[conv] = rec->pos;
    return rec;
}

void ring(struct world *w, unsigned conv, const char *name, const char *question)
{
    struct buf body = {0};
    struct rec rec;

    body_put(&body, BODY_NAME, name);
    body_put(&body, BODY_QUESTION, question);
    body_put(&body, BODY_EMAIL, "someone@example.org");
    rec_of(w, &rec, REC_CONV_RANG, conv);
    rec.ring.dept = 3;
    rec.ring.number = conv;
    rec.body = buf_span(&body);
    maker_add_rec(&w->m, &rec);
    buf_fini(&body);
}

void say(struct world *w, unsigned conv, enum rec_type type, const char *text)
{
    struct buf body = {0};
    struct rec rec;

    body_put(&body, BODY_TEXT, text);
    rec_of(w, &rec, type, conv);
    rec.body = buf_span(&body);
    maker_add_rec(&w->m, &rec);
    buf_fini(&body);
}

void change(struct world *w, unsigned conv, uint64_t pos, const char *was, const char *text)
{
    struct buf body = {0}, line = {0};
    struct rec rec;

    body_put(&body, BODY_WAS, was);
    body_put(&body, BODY_TEXT, text);
    rec_of(w, &rec, REC_CONV_EDITED, conv);
    rec.edit.pos = pos;
    rec.body = buf_span(&body);
    maker_add_rec(&w->m, &rec);
    assert_true(rec_rewrites(&rec, &pos, &line));
    maker_add_row(&w->m, ROW_BODY, pos, 0, buf_span(&line));
    buf_fini(&body);
    buf_fini(&line);
}

void happen(struct world *w, unsigned conv, enum rec_type type, uint64_t agent)
{
    struct rec rec;

    rec_of(w, &rec, type, conv);
    rec.hold.agent = agent;
    maker_add_rec(&w->m, &rec);
}

void hand_on(struct world *w, unsigned conv, uint64_t dept, const char *note)
{
    struct buf body = {0};
    struct rec rec;

    body_put(&body, BODY_NOTE, note);
    rec_of(w, &rec, REC_CONV_TRANSFERRED, conv);
    rec.transfer.dept = dept;
    rec.body = buf_span(&body);
    maker_add_rec(&w->m, &rec);
    buf_fini(&body);
}

void commit(struct world *w)
{
    assert_int_equal(maker_commit(&w->m, w->p.st, 1), ERR_OK);
    if (w->s != NULL)
        search_wake(w->s);
}

void begin(struct world *w)
{
    w->s = search_start(
        &(struct search_options){.store = w->p.st, .dir = w->p.store, .free_min_bytes = 1});
}

void end(struct world *w)
{
    search_stop(w->s);
    w->s = NULL;
}

/* Up to date; the thread runs by itself, so it is waited for. */
void follow(struct world *w)
{
    int64_t until_ms = clock_mono_ms() + WAIT_MS;
    struct search_status st;

    for (;;) {
        search_status_get(w->s, &st);
        if (st.records == 0 && st.pos == w->pos)
            return;
        if (clock_mono_ms() > until_ms)
            fail_msg("it stays at %llu: %s", (unsigned long long)st.pos,
                     search_trouble_word(st.trouble));
        (void)poll(NULL, 0, 2);
    }
}

struct search_query *query_new(const char *text)
{
    struct search_query *q = NULL;
    struct fault f = {0};

    if (search_query_parse(span_of(text), &q, &f) != ERR_OK)
        fail_msg("%s: %s", text, f.what);
    return q;
}

/* What is found and holds it, as numbers of conversations: "7 3". */
const char *find_want(struct world *w, const char *text, struct search_want want)
{
    static char out[4000];
    struct search_hit hits[400];
    struct search_query *q = query_new(text);
    uint64_t next = 1;
    size_t n, len = 0;

    want.query = q;
    out[0] = '\0';
    assert_int_equal(
        search_find(w->s, &want, clock_mono_ms() + WAIT_MS, hits, COUNT_OF(hits), &n, &next),
        ERR_OK);
    assert_int_equal(next, 0);
    for (size_t i = 0; i < n; i++) {
        struct search_line line = {0};

        assert_int_equal(hits[i].conv, hits[i].number * CONV0);
        if (search_look(w->p.st, q, w->last[hits[i].number], &line) == ERR_OK)
            len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%llu", len > 0 ? " " : "",
                                    (unsigned long long)hits[i].number);
        search_line_fini(&line);
    }
    search_query_free(q);
    return out;
}

const char *find(struct world *w, const char *text)
{
    return find_want(w, text, (struct search_want){.all = true});
}

void some_talk(struct world *w)
{
    ring(w, 1, "Mei", "Is gift wrapping free?");
    say(w, 1, REC_CONV_MESSAGE, "Yes, this week");
    ring(w, 2, "花子", "缶は一つずつ包装できますか。贈り物です");
    happen(w, 2, REC_CONV_ACCEPTED, 77);
    say(w, 2, REC_CONV_NOTE, "Ben: gift box is in the shelf");
    happen(w, 2, REC_CONV_ENDED, 77);
    ring(w, 3, "Tom", NULL);
    say(w, 3, REC_CONV_LEFT_MORE, "a wrap for a gift, no price");
    happen(w, 3, REC_CONV_MISSED, 0);
    commit(w);
}

int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    crypto_init();
    place_make_in_memory(&w->p);
    place_open(&w->p);
    *state = w;
    return 0;
}

int teardown(void **state)
{
    struct world *w = *state;

    search_stop(w->s);
    place_remove(&w->p);
    free(w);
    return 0;
}
