/*
 * Floods of notices: which of the due mails go by themselves and which wait, and what a digest is
 * made of.  The rule is mail's; what a digest says is put together here, item by item, and written
 * by freeze.c like any other letter.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "deskbell/log.h"
#include "dispatcher_int.h"

#define HELD_WHY "too many of its kind just now: it waits for a digest"
#define IDS_STEP 100

/* Only notices to the department: a mailbox must get every transcript. */
static bool kind_gathers(enum mail_kind kind)
{
    return kind == MAIL_BLOCK || kind == MAIL_FEEDBACK || kind == MAIL_MISSED;
}

int64_t digest_window(struct dispatcher *d, const struct mail_order *order, int64_t now_ms)
{
    struct mail_group g;

    if (!kind_gathers(order->kind) || order->to.len > 0 ||
        outbox_read_group(d->store, order->kind, order->dept, &g) != ERR_OK)
        return 0;
    return flood_window_ms(g.began_ms, now_ms);
}

/* holding */

/* A group as it stands while a page is gone through. */
struct group {
    enum mail_kind kind;
    uint64_t dept;
    struct flood flood; /* .held is each mail's own */
    uint64_t head;      /* held, and so are others behind it */
    bool asked, off;    /* its switch */
    size_t nheld;
};

struct page_groups {
    struct group groups[DIGEST_PAGE_MAX];
    size_t n;
};

static struct group *group_find(struct dispatcher *d, struct page_groups *gs,
                                const struct due_mail *m)
{
    struct mail_group g;

    for (size_t i = 0; i < gs->n; i++)
        if (gs->groups[i].kind == m->kind && gs->groups[i].dept == m->dept)
            return &gs->groups[i];
    if (outbox_read_group(d->store, m->kind, m->dept, &g) != ERR_OK)
        return NULL;
    gs->groups[gs->n] = (struct group){.kind = m->kind,
                                       .dept = m->dept,
                                       .flood = {.began_ms = g.began_ms, .count = g.count},
                                       .head = g.head};
    return &gs->groups[gs->n++];
}

/* What nobody wants is not held, but suppressed at once. */
static bool group_is_off(struct dispatcher *d, struct group *g)
{
    if (!g->asked)
        g->off = notice_is_off(d, g->kind, g->dept);
    g->asked = true;
    return g->off;
}

static void group_count(struct group *g, const struct flood_verdict *v)
{
    g->flood.count = v->window_ms == g->flood.began_ms ? g->flood.count + 1 : 1;
    g->flood.began_ms = v->window_ms;
}

/* The first of a held group has fallen due: may its digest go, or is the window's number full? */
static void head_judge(struct dispatcher *d, struct group *g, struct due_mail *m, int64_t now_ms)
{
    struct flood_verdict v = flood_judge(&g->flood, now_ms);

    if (!v.hold) {
        group_count(g, &v);
        return;
    }
    struct mail_result res = {
        .id = m->at.id, .state = MAILST_HELD, .due_ms = v.due_ms, .reason = SPAN_LIT(HELD_WHY)};
    err_t err = outbox_settle(d->store, &res, 1, now_ms);

    if (err != ERR_OK)
        log_error("mail.unsettled", "mail=%" PRIu64 " err=%s", m->at.id, err_code(err));
    m->at.id = 0;
}

/* True: it waits until *due_ms. */
static bool single_judge(struct dispatcher *d, struct group *g, const struct due_mail *m,
                         int64_t now_ms, int64_t *due_ms)
{
    struct flood flood = g->flood;

    flood.held = g->head != 0 && m->at.id > g->head;
    struct flood_verdict v = flood_judge(&flood, now_ms);

    if (v.hold && !m->alone && !group_is_off(d, g)) {
        *due_ms = v.due_ms;
        g->head = g->head != 0 ? g->head : m->at.id;
        g->nheld++;
        return true;
    }
    group_count(g, &v);
    return false;
}

static void holds_write(struct dispatcher *d, const struct page_groups *gs,
                        const struct mail_hold *holds, size_t n)
{
    err_t err = outbox_hold(d->store, holds, n, SPAN_LIT(HELD_WHY));

    if (err != ERR_OK) {
        log_error("mail.not-held", "mails=%zu err=%s", n, err_code(err));
        return;
    }
    for (size_t i = 0; i < gs->n; i++)
        if (gs->groups[i].nheld > 0)
            log_info("mail.held", "department=%" PRIu64 " kind=%s mails=%zu", gs->groups[i].dept,
                     mail_kind_word(gs->groups[i].kind), gs->groups[i].nheld);
}

void digest_hold(struct dispatcher *d, struct due_mail *page, size_t n, int64_t now_ms)
{
    static struct page_groups gs; /* one look at a time */
    struct mail_hold holds[DIGEST_PAGE_MAX];
    size_t nholds = 0;

    ensure(n <= DIGEST_PAGE_MAX);
    gs.n = 0;
    for (size_t i = 0; i < n; i++) {
        struct due_mail *m = &page[i];
        struct group *g;
        int64_t due_ms;

        if (m->frozen || m->addressed || !kind_gathers(m->kind) ||
            (g = group_find(d, &gs, m)) == NULL)
            continue;
        if (m->state == MAILST_HELD) {
            head_judge(d, g, m, now_ms);
        } else if (single_judge(d, g, m, now_ms, &due_ms)) {
            holds[nholds++] = (struct mail_hold){m->at.id, due_ms};
            m->at.id = 0; /* not due any more */
        }
    }
    if (nholds > 0)
        holds_write(d, &gs, holds, nholds);
}

/* a digest */

static void digest_add(struct digest *dg, const struct story *s, uint64_t id)
{
    if (dg->n == dg->cap) {
        dg->cap = dg->cap > 0 ? 2 * dg->cap : 16;
        dg->stories = xrealloc(dg->stories, dg->cap * sizeof(*dg->stories));
        dg->items = xrealloc(dg->items, dg->cap * sizeof(*dg->items));
        dg->ids = xrealloc(dg->ids, dg->cap * sizeof(*dg->ids));
    }
    dg->stories[dg->n] = *s;
    dg->items[dg->n] = s->facts; /* its lines and texts do not move with the story */
    dg->ids[dg->n++] = id;
}

/* A notice that will never say anything: on record as that, and the digest goes without it. */
static void item_fail(struct dispatcher *d, uint64_t id, err_t why, int64_t now_ms)
{
    struct mail_result res = {
        .id = id, .state = MAILST_FAILED, .reason = span_of(story_trouble(why))};
    err_t err = outbox_settle(d->store, &res, 1, now_ms);

    if (err != ERR_OK)
        log_error("mail.unsettled", "mail=%" PRIu64 " err=%s", id, err_code(err));
    else
        log_warn("mail.failed", "mail=%" PRIu64, id);
}

static bool trouble_passes(err_t err)
{
    return err == ERR_IO || err == ERR_FULL;
}

/* One held notice.  False: the digest is full without it. */
static bool item_take(struct digest *dg, struct dispatcher *d, uint64_t id,
                      const struct digest_of *of, err_t *err)
{
    struct story s = {.tongue = of->tongue, .brief = of->order->kind != MAIL_MISSED};
    struct mail_view v;

    if ((*err = mail_read(d->store, id, &v)) != ERR_OK) {
        log_error("mail.unreadable", "mail=%" PRIu64 " err=%s", id, err_code(*err));
        *err = trouble_passes(*err) ? *err : ERR_OK; /* stays held, and is listed as bad */
        return true;
    }
    s.facts.portal = of->portal;
    s.facts.department = of->department;
    *err = story_read(d, &v.order, &s);
    mail_view_fini(&v);
    if (*err != ERR_OK) {
        story_fini(&s);
        if (trouble_passes(*err) || id == of->head)
            return false;
        item_fail(d, id, *err, of->now_ms);
        *err = ERR_OK;
        return true;
    }
    s.facts.about = of->letter;
    size_t bytes = letter_item_bytes(&s.facts);
    if (dg->n > 0 && dg->bytes + bytes > DIGEST_ITEMS_MAX_BYTES) {
        story_fini(&s);
        return false;
    }
    dg->bytes += bytes;
    digest_add(dg, &s, id);
    return dg->n < DIGEST_ITEMS_MAX;
}

err_t digest_collect(struct dispatcher *d, const struct digest_of *of, struct digest *dg)
{
    uint64_t ids[IDS_STEP], after = 0;
    size_t n = 0;
    err_t err;

    /* The mail that carries the digest is its first item, whichever place it has. */
    bool more = item_take(dg, d, of->head, of, &err);

    while (err == ERR_OK && more) {
        err = outbox_held(d->store, of->order->kind, of->order->dept, after, ids, IDS_STEP, &n);
        if (err != ERR_OK || n == 0)
            break;
        for (size_t i = 0; i < n && more && err == ERR_OK; i++)
            if (ids[i] != of->head)
                more = item_take(dg, d, ids[i], of, &err);
        after = ids[n - 1];
    }
    return err;
}

void digest_fini(struct digest *dg)
{
    for (size_t i = 0; i < dg->n; i++)
        story_fini(&dg->stories[i]);
    free(dg->stories);
    free(dg->items);
    free(dg->ids);
    *dg = (struct digest){0};
}
