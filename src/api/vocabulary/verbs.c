/* The vocabulary as one: finding commands and their arguments in the tables of its parts. */
#include "api_int.h"

static const char *const arg_words[] = {
#define X(name, word) word,
    ARG_NAMES(X)
#undef X
};

const char *arg_word(enum arg_name name)
{
    ensure(name < ARG_COUNT);
    return arg_words[name];
}

const struct verb *verb_next(size_t *at)
{
    const struct {
        const struct verb *verbs;
        size_t n;
    } parts[] = {
        {visitor_verbs, visitor_verbs_count}, {agent_verbs, agent_verbs_count},
        {tools_verbs, tools_verbs_count},     {work_verbs, work_verbs_count},
        {admin_verbs, admin_verbs_count},
    };
    size_t i = (*at)++;

    for (size_t p = 0; p < COUNT_OF(parts); i -= parts[p++].n)
        if (i < parts[p].n)
            return &parts[p].verbs[i];
    return NULL;
}

const struct verb *verb_find(struct span word, unsigned as)
{
    const struct verb *verb;

    for (size_t at = 0; (verb = verb_next(&at)) != NULL;)
        if ((verb->as & as) != 0 && span_is(word, verb->word))
            return verb;
    return NULL;
}

const struct arg *verb_arg(const struct verb *verb, const char *word)
{
    for (const struct arg *a = verb->args; a != NULL && a->help != NULL; a++)
        if (strcmp(arg_words[a->name], word) == 0)
            return a;
    return NULL;
}

#define WORDS_MAX 200

size_t api_words(const struct api_word **words)
{
    static struct api_word all[WORDS_MAX];
    const struct verb *verb;
    size_t n = 0;

    for (size_t at = 0; (verb = verb_next(&at)) != NULL;) {
        if ((verb->as & (AS_VISITOR | AS_AGENT | AS_CONTROL)) == 0)
            continue; /* has a route of its own, and no name on the wire */
        ensure(n < WORDS_MAX);
        all[n++] = (struct api_word){.word = verb->word,
                                     .visitor = (verb->as & AS_VISITOR) != 0,
                                     .agent = (verb->as & AS_AGENT) != 0,
                                     .control = (verb->as & AS_CONTROL) != 0};
    }
    *words = all;
    return n;
}
