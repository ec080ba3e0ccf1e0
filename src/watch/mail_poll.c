/*
 * What becomes of the mails of watched conversations: the dispatcher writes it into the store, so
 * it is looked at now and then, a bounded number of conversations at a time.
 */
#include "watch_int.h"

#define MAIL_LOOKS_MAX 200 /* conversations whose mails are looked at in one tick */

struct telling {
    struct watch *w;
    uint64_t conv;
    const struct id_list *ids;
};

static void mail_tell(void *arg, struct span mail)
{
    const struct telling *t = arg;
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_k_str(&j, "ev", "mail");
    jw_k_id(&j, "conversation", t->conv);
    jw_key(&j, "mail");
    jw_raw(&j, mail);
    jw_obj_end(&j);
    watch_send(t->w, t->ids->ids, t->ids->n, buf_span(&b));
    buf_fini(&b);
}

/* Who sees a conversation sees what became of its mails. */
static void readers_collect(const struct watch *w, const struct track *tr, const struct conv *cv,
                            struct id_list *ids)
{
    const struct sub *s;

    TAILQ_FOREACH (s, &tr->watchers, track_link) {
        struct principal who = watcher_who(s->conn);

        if (rights_may(w->env.core, &who, ACT_SEE, cv, NULL) == ERR_OK)
            id_list_add(ids, s->conn->id);
    }
}

/* All of them, where any has changed: they are few. */
static void mails_show(struct watch *w, struct track *tr)
{
    struct id_list ids = {0};
    struct conv_ref ref;
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (conv_open(w->env.view, tr->conv, &ref) != ERR_OK)
        return;
    view_mails(&j, w->env.view, tr->conv);
    uint64_t hash = hash_u64(buf_span(&b), NULL);
    if (hash != tr->mail_hash) {
        tr->mail_hash = hash;
        readers_collect(w, tr, ref.cv, &ids);
        if (ids.n > 0)
            view_mails_each(w->env.view, tr->conv, mail_tell,
                            &(struct telling){.w = w, .conv = tr->conv, .ids = &ids});
    }
    buf_fini(&b);
    id_list_fini(&ids);
    conv_done(&ref);
}

void mails_poll(struct watch *w)
{
    struct track *first = NULL, *tr;

    for (unsigned i = 0; i < MAIL_LOOKS_MAX; i++) {
        tr = TAILQ_FIRST(&w->watched);
        if (tr == NULL || tr == first)
            return;
        if (first == NULL)
            first = tr;
        TAILQ_REMOVE(&w->watched, tr, watched_link);
        TAILQ_INSERT_TAIL(&w->watched, tr, watched_link);
        mails_show(w, tr);
    }
}
