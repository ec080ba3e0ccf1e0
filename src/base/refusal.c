/* The table of refusals: codes, sentences, and the names of the values in them. */
#include "deskbell/refusal.h"

#include "base_int.h"

static const struct {
    const char *code, *sentence;
} refusals[REFUSAL_COUNT] = {[REFUSE_NONE] = {"", ""},
#define X(name, code, sentence) [REFUSE_##name] = {code, sentence},
                             REFUSAL_TABLE(X)
#undef X
};

const char *refusal_code(enum refusal refusal)
{
    ensure(refusal > REFUSE_NONE && refusal < REFUSAL_COUNT);
    return refusals[refusal].code;
}

const char *refusal_sentence(enum refusal refusal)
{
    ensure((unsigned)refusal < REFUSAL_COUNT);
    return refusals[refusal].sentence;
}

enum refusal refusal_find(const char *code)
{
    for (unsigned r = REFUSE_NONE + 1; r < REFUSAL_COUNT; r++)
        if (strcmp(refusals[r].code, code) == 0)
            return (enum refusal)r;
    return REFUSE_NONE;
}

/* Braces stand in sentences for themselves, too: a name is of small letters and underscores. */
bool refusal_name_at(struct span text, struct span *name)
{
    size_t len = 1;

    if (text.len == 0 || text.p[0] != '{')
        return false;
    while (len < text.len && ((text.p[len] >= 'a' && text.p[len] <= 'z') || text.p[len] == '_'))
        len++;
    if (len == 1 || len == text.len || text.p[len] != '}')
        return false;
    *name = (struct span){text.p + 1, len - 1};
    return true;
}

bool refusal_value_name(enum refusal refusal, size_t n, struct span *name)
{
    struct span text = span_of(refusal_sentence(refusal));

    for (; text.len > 0; text = (struct span){text.p + 1, text.len - 1})
        if (refusal_name_at(text, name) && n-- == 0)
            return true;
    return false;
}
