/*
 * Degraded states of the gateway: told to every console when they begin, change or end, and kept
 * for those who come meanwhile.
 */
#include "watch_int.h"

/* False: it was so already. */
static bool notice_set(struct watch *w, const char *code, const char *text, const char *about,
                       bool on)
{
    struct notice *n = NULL;

    for (size_t i = 0; i < w->nnotices && n == NULL; i++)
        if (strcmp(w->notices[i].code, code) == 0)
            n = &w->notices[i];
    if (!on && n == NULL)
        return false;
    if (on && n != NULL && strcmp(n->about, about) == 0)
        return false;
    if (on && n == NULL) {
        w->notices = xrealloc(w->notices, (w->nnotices + 1) * sizeof(*w->notices));
        w->notices[w->nnotices++] = (struct notice){xstrdup(code), xstrdup(text), xstrdup(about)};
    } else if (on) {
        free(n->about);
        n->about = xstrdup(about);
    } else {
        free(n->code);
        free(n->text);
        free(n->about);
        *n = w->notices[--w->nnotices];
    }
    return true;
}

void watch_notice(struct watch *w, const char *code, const char *text, const char *about, bool on)
{
    struct id_list ids = {0};
    struct buf b = {0};
    struct jw j = {.b = &b};
    uint64_t key;
    void *value;

    if (!notice_set(w, code, text, about, on))
        return;
    for (size_t at = 0; map_next(&w->agents, &at, &key, &value);)
        agent_conns(value, true, &ids);
    jw_obj(&j);
    jw_k_str(&j, "ev", "notice");
    jw_k_str(&j, "code", code);
    jw_k_str(&j, "text", text);
    if (about[0] != '\0')
        jw_k_str(&j, "about", about);
    jw_k_bool(&j, "on", on);
    jw_obj_end(&j);
    watch_send_now(w, ids.ids, ids.n, buf_span(&b));
    buf_fini(&b);
    id_list_fini(&ids);
}

size_t watch_notice_count(const struct watch *w)
{
    return w->nnotices;
}

void watch_notices_write(struct jw *j, const struct watch *w)
{
    jw_key(j, "notices");
    jw_arr(j);
    for (size_t i = 0; i < w->nnotices; i++) {
        jw_obj(j);
        jw_k_str(j, "code", w->notices[i].code);
        jw_k_str(j, "text", w->notices[i].text);
        if (w->notices[i].about[0] != '\0')
            jw_k_str(j, "about", w->notices[i].about);
        jw_obj_end(j);
    }
    jw_arr_end(j);
}
