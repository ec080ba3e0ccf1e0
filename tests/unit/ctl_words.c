/* See ctl_words.h. */
#include "ctl_words.h"

#include "../../src/api/api_int.h"

static const struct verb *verb_of(const char *word)
{
    return verb_find(span_of(word), AS_CONTROL);
}

bool word_is_known(const char *word)
{
    return verb_of(word) != NULL;
}

bool word_has_field(const char *word, const char *field)
{
    size_t n = 0;
    const struct verb *verb = verb_of(word);
    const struct setting *all = verb->settings != NULL ? verb->settings(&n) : NULL;

    return verb_arg(verb, field) != NULL || setting_find(all, n, span_of(field)) != NULL;
}

bool word_has_settings(const char *word)
{
    return verb_of(word)->settings != NULL;
}

const char *word_needs(const char *word, size_t *at)
{
    const struct verb *verb = verb_of(word);

    for (; verb->args != NULL && verb->args[*at].help != NULL; (*at)++)
        if (verb->args[*at].needed)
            return arg_word(verb->args[(*at)++].name);
    return NULL;
}
