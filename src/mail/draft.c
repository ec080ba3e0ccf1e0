/*
 * Where an answer by mail begins: greeting and signature stand in its writer's hand, not around
 * what is written.  They are found by filling the template twice, with two messages, and looking
 * where the results part.
 */
#include "deskbell/mail.h"

/* Two words that begin differently, and so do texts that differ by them alone. */
static const struct span words[] = {{"1", 1}, {"2", 1}};

struct pair {
    struct letter_text text[COUNT_OF(words)];
};

static void pair_fini(struct pair *p)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        letter_fini(&p->text[i]);
}

/* The letter with each of the words in the place of one fact, which is one of `facts`. */
static void pair_fill(struct pair *p, const struct letter_form *form, struct letter_facts *facts,
                      struct span *fact, struct zone *zone)
{
    const struct span was = *fact;

    *p = (struct pair){0};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        *fact = words[i];
        letter_form_fill(form, facts, zone, &p->text[i]);
    }
    *fact = was;
}

/* Where two texts part: at the word's first place; their length if it is in neither. */
static size_t part_at(const struct buf *a, const struct buf *b)
{
    size_t n = a->len < b->len ? a->len : b->len, i = 0;

    while (i < n && a->p[i] == b->p[i])
        i++;
    return i;
}

static size_t blank_end(const char *p, size_t len)
{
    while (len > 0 && strchr(" \t\n", p[len - 1]) != NULL)
        len--;
    return len;
}

/* What stands before and after the word; a word that is nowhere has everything before it. */
static void pair_split(const struct pair *p, struct buf *before, struct buf *after)
{
    const struct buf *a = &p->text[0].text;
    size_t at = part_at(a, &p->text[1].text);
    size_t next = at < a->len ? at + words[0].len : at;

    buf_add(before, a->p, at);
    buf_add(after, a->p + next, blank_end(a->p + next, a->len - next));
}

/* Does the HTML name the visitor before the message? */
static bool html_greets(const struct pair *mail, const struct letter_form *form,
                        struct letter_facts *facts, struct zone *zone)
{
    size_t message = part_at(&mail->text[0].html, &mail->text[1].html);
    struct pair named;

    facts->message = words[0];
    pair_fill(&named, form, facts, &facts->visitor, zone);
    size_t name = part_at(&named.text[0].html, &named.text[1].html);
    pair_fini(&named);
    return name < message;
}

void letter_draft(const struct letter_form *form, const struct letter_facts *facts,
                  struct zone *zone, struct letter_draft *out)
{
    struct letter_facts mine = *facts;
    struct pair mail, draft;

    mine.draft = false;
    pair_fill(&mail, form, &mine, &mine.message, zone);
    pair_split(&mail, &out->above, &out->below);
    mine.draft = true;
    pair_fill(&draft, form, &mine, &mine.message, zone);
    mine.draft = false;

    bool known = !span_eq(buf_span(&mail.text[0].text), buf_span(&draft.text[0].text));
    out->greets = html_greets(&mail, form, &mine, zone) ||
                  (!known && blank_end(out->above.p, out->above.len) > 0);
    if (known && !out->greets)
        pair_split(&draft, &out->opening, &out->closing);
    pair_fini(&mail);
    pair_fini(&draft);
}

void letter_draft_fini(struct letter_draft *draft)
{
    buf_fini(&draft->opening);
    buf_fini(&draft->closing);
    buf_fini(&draft->above);
    buf_fini(&draft->below);
}
