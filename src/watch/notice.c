/*
 * Degraded states of the gateway: told to every console when they begin, change or end, and kept
 * for those who come meanwhile.  What they are about is for those who may know of everything: a
 * department's name may be none for the others.
 */
#include "watch_int.h"

enum news { NEWS_NONE, NEWS_ABOUT, NEWS_WHOLE };

static enum news notice_set(struct watch *w, const char *code, const char *text, const char *about,
                            bool on)
{
    struct notice *n = NULL;

    for (size_t i = 0; i < w->nnotices && n == NULL; i++)
        if (strcmp(w->notices[i].code, code) == 0)
            n = &w->notices[i];
    if (!on && n == NULL)
        return NEWS_NONE;
    if (on && n != NULL && strcmp(n->about, about) == 0)
        return NEWS_NONE;
    if (on && n == NULL) {
        w->notices = xrealloc(w->notices, (w->nnotices + 1) * sizeof(*w->notices));
        w->notices[w->nnotices++] = (struct notice){xstrdup(code), xstrdup(text), xstrdup(about)};
    } else if (on) {
        free(n->about);
        n->about = xstrdup(about);
        return NEWS_ABOUT;
    } else {
        free(n->code);
        free(n->text);
        free(n->about);
        *n = w->notices[--w->nnotices];
    }
    return NEWS_WHOLE;
}

static void notice_tell(struct watch *w, const struct notice *n, bool on, const struct id_list *ids)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    jw_obj(&j);
    jw_k_str(&j, "ev", "notice");
    jw_k_str(&j, "code", n->code);
    jw_k_str(&j, "text", n->text);
    if (n->about[0] != '\0')
        jw_k_str(&j, "about", n->about);
    jw_k_bool(&j, "on", on);
    jw_obj_end(&j);
    watch_send_now(w, ids->ids, ids->n, buf_span(&b));
    buf_fini(&b);
}

void watch_notice(struct watch *w, const char *code, const char *text, const char *about, bool on)
{
    const struct notice whole = {(char *)code, (char *)text, (char *)about};
    const struct notice bare = {(char *)code, (char *)text, (char *)""};
    enum news news = notice_set(w, code, text, about, on);
    struct id_list all = {0}, others = {0};
    uint64_t agent;
    void *value;

    if (news == NEWS_NONE)
        return;
    for (size_t at = 0; map_next(&w->agents, &at, &agent, &value);)
        agent_conns(value, true,
                    reader_of_agent(w->env.core, agent).kind == READER_ALL ? &all : &others);
    notice_tell(w, &whole, on, &all);
    if (news == NEWS_WHOLE)
        notice_tell(w, &bare, on, &others);
    id_list_fini(&all);
    id_list_fini(&others);
}

size_t watch_notice_count(const struct watch *w)
{
    return w->nnotices;
}

void watch_notices_write(struct jw *j, const struct watch *w, const struct reader *r)
{
    jw_key(j, "notices");
    jw_arr(j);
    for (size_t i = 0; i < w->nnotices; i++) {
        jw_obj(j);
        jw_k_str(j, "code", w->notices[i].code);
        jw_k_str(j, "text", w->notices[i].text);
        if (r->kind == READER_ALL && w->notices[i].about[0] != '\0')
            jw_k_str(j, "about", w->notices[i].about);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}
