/* The texts of mails that the portal or a department has of its own: memory only where there are.
 */
#include <stdlib.h>

#include "settings_int.h"

static char **place_of(struct templates *all, unsigned tag)
{
    unsigned at = tag - TEMPLATE_TAG;

    return &all->text[at / TEMPLATE_TAGS][at % TEMPLATE_TAGS / LANG_TAGS][at % LANG_TAGS];
}

struct span template_get(const struct templates *t, enum template_kind kind, enum lang lang,
                         enum template_part part)
{
    return t != NULL && t->text[kind][lang][part] != NULL ? span_of(t->text[kind][lang][part])
                                                          : SPAN_NONE;
}

struct span templates_read(const struct templates *all, unsigned tag)
{
    unsigned at = tag - TEMPLATE_TAG;

    return template_get(all, at / TEMPLATE_TAGS, at % TEMPLATE_TAGS / LANG_TAGS, at % LANG_TAGS);
}

size_t templates_bytes(const struct templates *t)
{
    size_t bytes = 0;

    for (enum template_kind k = 0; t != NULL && k < TEMPLATE_KIND_COUNT; k++)
        for (enum lang l = 0; l < LANG_COUNT; l++)
            for (enum template_part p = 0; p < TEMPLATE_PART_COUNT; p++)
                bytes += template_get(t, k, l, p).len;
    return bytes;
}

void templates_free(struct templates *t)
{
    for (enum template_kind k = 0; t != NULL && k < TEMPLATE_KIND_COUNT; k++)
        for (enum lang l = 0; l < LANG_COUNT; l++)
            for (enum template_part p = 0; p < TEMPLATE_PART_COUNT; p++)
                free(t->text[k][l][p]);
    free(t);
}

void templates_set(struct templates **all, unsigned tag, struct span text)
{
    char **at;

    if (*all == NULL && text.len == 0)
        return;
    if (*all == NULL)
        *all = xcalloc(1, sizeof(**all));
    at = place_of(*all, tag);
    free(*at);
    *at = text.len > 0 ? span_dup(text) : NULL;
    if (templates_bytes(*all) == 0) {
        templates_free(*all);
        *all = NULL;
    }
}
