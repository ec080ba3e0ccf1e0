/*
 * Which templates a letter is filled from: the department's own, else the portal's, else a file of
 * the operator's folder, else the built-in one; for each part by itself.  Shows them, and fills
 * them with a sample, for whoever edits them.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "deskbell/log.h"
#include "dispatcher_int.h"

#define PREVIEW_MAX_BYTES (400u << 10) /* an answer has its limits */

_Static_assert((int)TEMPLATE_SUBJECT == (int)PART_SUBJECT, "one order of parts");
_Static_assert((int)TEMPLATE_TEXT == (int)PART_TEXT, "one order of parts");
_Static_assert((int)TEMPLATE_HTML == (int)PART_HTML, "one order of parts");

/* Each file that is there takes the built-in one's place. */
void templates_load(struct dispatcher *d)
{
    for (int g = 0; g < TONGUE_COUNT; g++)
        for (int l = 0; l < LETTER_COUNT; l++)
            for (int p = 0; p < PART_COUNT; p++) {
                char path[512], text[TMPL_MAX_BYTES + 1];
                struct fault f = {0};
                int len = snprintf(path, sizeof(path), "%s/%s/%s.%s", d->templates,
                                   tongue_tag((enum tongue)g), letter_word((enum letter)l),
                                   letter_part_word((enum letter_part)p));
                int fd = len < (int)sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

                if (fd < 0)
                    continue;
                ssize_t n = read(fd, text, sizeof(text));
                close(fd);
                if (n < 0 ||
                    letterset_put(d->letters, (enum tongue)g, (enum letter)l, (enum letter_part)p,
                                  (struct span){text, (size_t)n}, &f) != ERR_OK)
                    log_error("template.refused", "file=%s why=%s", log_quote(path, strlen(path)),
                              log_quote(f.what, strlen(f.what)));
            }
}

static struct span stored_text(const struct templates *all, const struct letter_form *form,
                               enum letter_part part)
{
    enum template_kind kind;
    enum lang lang;

    if (!template_kind_parse(span_of(letter_word(form->letter)), &kind) ||
        !lang_parse(span_of(tongue_tag(form->tongue)), &lang))
        return SPAN_NONE;
    return template_get(all, kind, lang, (enum template_part)part);
}

/* A stored one that does not parse any more (its names are another version's) is passed over. */
static const struct tmpl *stored_find(struct dispatcher *d, uint64_t dept,
                                      const struct templates *all, const struct letter_form *form,
                                      enum letter_part part)
{
    struct span text = stored_text(all, form, part);
    const struct tmpl *t = NULL;
    struct fault f = {0};

    if (text.len == 0)
        return NULL;
    if (tmpl_cache_find(d->templates_parsed, text, letter_schema(), &t, &f) != ERR_OK &&
        f.what[0] != '\0')
        log_error("template.passed-over", "department=%" PRIu64 " kind=%s lang=%s part=%s why=%s",
                  dept, letter_word(form->letter), tongue_tag(form->tongue),
                  template_part_word((enum template_part)part), log_quote(f.what, strlen(f.what)));
    return t;
}

void templates_pick(struct dispatcher *d, const struct portal *portal, const struct dept *dept,
                    struct letter_form *form)
{
    form->set = d->letters;
    for (enum letter_part part = 0; part < PART_COUNT; part++) {
        form->own[part] = NULL;
        if (dept != NULL)
            form->own[part] = stored_find(d, dept->id, dept->templates, form, part);
        if (form->own[part] == NULL)
            form->own[part] = stored_find(d, 0, portal->templates, form, part);
    }
}

/* questions */

/* What a question is about, out of its fields and the store. */
struct subject {
    struct letter_form form;
    struct portal *portal;
    struct dept *dept; /* NULL: for all */
};

static void subject_fini(struct subject *s)
{
    if (s->dept != NULL)
        dept_free(s->dept);
    if (s->portal != NULL)
        portal_free(s->portal);
}

static err_t subject_read(struct dispatcher *d, const json_t *fields, struct subject *s,
                          struct fault *f)
{
    uint64_t dept = question_id(fields, "department");
    err_t err;

    s->form.tongue = tongue_of(question_text(fields, "lang"));
    if (!letter_parse(question_text(fields, "kind"), &s->form.letter))
        return fault_refuse(f, ERR_INVAL, "kind", REFUSE_TEMPLATE_KIND);
    if ((err = portal_read(d, &s->portal)) == ERR_OK && dept != 0)
        err = dept_read(d, dept, &s->dept);
    if (err != ERR_OK)
        return fault_refuse(f, err, NULL, REFUSE_SETTINGS_UNREAD);
    templates_pick(d, s->portal, s->dept, &s->form);
    return ERR_OK;
}

static json_t *text_json(const char *from, struct span text)
{
    return json_pack("{s:s, s:o}", "from", from, "text", json_stringn(text.p, text.len));
}

/* One part: the text in force and whose it is; where that is the asker's own, what is under it. */
static json_t *part_json(const struct subject *s, enum letter_part part)
{
    struct span text[] = {
        s->dept != NULL ? stored_text(s->dept->templates, &s->form, part) : SPAN_NONE,
        stored_text(s->portal->templates, &s->form, part),
    };
    bool builtin, own_dept = text[0].len > 0, own_portal = text[1].len > 0;
    struct span under = letterset_text(s->form.set, s->form.tongue, s->form.letter, part, &builtin);
    json_t *below = text_json(builtin ? "builtin" : "file", under), *top;

    if (own_portal) {
        top = text_json("portal", text[1]);
        if (s->dept == NULL)
            json_object_set(top, "inherited", below);
        json_decref(below);
        below = top;
    }
    if (own_dept) {
        top = text_json("department", text[0]);
        json_object_set(top, "inherited", below);
        json_decref(below);
        below = top;
    }
    /* In force is the first that parses; one that does not is still shown, to be mended. */
    json_object_set_new(below, "passed_over",
                        json_boolean((own_dept || own_portal) && s->form.own[part] == NULL));
    return below;
}

void template_show(struct dispatcher *d, const struct question *q, const json_t *fields)
{
    struct subject s = {0};
    struct fault f = {0};

    if (subject_read(d, fields, &s, &f) != ERR_OK) {
        question_refuse(d, q, &f);
    } else {
        json_t *ok = json_object();

        for (enum letter_part part = 0; part < PART_COUNT; part++)
            json_object_set_new(ok, template_part_word((enum template_part)part),
                                part_json(&s, part));
        question_answer(d, q, ok);
    }
    subject_fini(&s);
}

/* Drafts take the place of what is stored; an empty one means none of its own. */
static err_t drafts_parse(struct dispatcher *d, const json_t *fields, struct subject *s,
                          struct tmpl *drafts[PART_COUNT], struct fault *f)
{
    for (enum letter_part part = 0; part < PART_COUNT; part++) {
        const char *word = template_part_word((enum template_part)part);

        if (json_object_get(fields, word) == NULL)
            continue;
        if (question_text(fields, word).len == 0) {
            s->form.own[part] =
                s->dept != NULL ? stored_find(d, 0, s->portal->templates, &s->form, part) : NULL;
            continue;
        }
        err_t err = tmpl_parse(question_text(fields, word), letter_schema(), &drafts[part], f);
        if (err != ERR_OK)
            return fault_move(f, err, word);
        s->form.own[part] = drafts[part];
    }
    return ERR_OK;
}

/* An answer as its writer sends it who leaves what they were given to begin with as it is. */
static void preview_message(const struct subject *s, struct letter_facts *facts, struct zone *zone,
                            struct buf *message)
{
    struct letter_draft draft = {0};

    if (s->form.letter != LETTER_REPLY)
        return;
    letter_draft(&s->form, facts, zone, &draft);
    buf_add_span(message, buf_span(&draft.opening));
    buf_add_span(message, facts->message);
    buf_add_span(message, buf_span(&draft.closing));
    facts->message = buf_span(message);
    letter_draft_fini(&draft);
}

static err_t preview_fill(const struct subject *s, struct letter_text *out, struct fault *f)
{
    struct letter_facts facts;
    struct buf message = {0};
    struct zone *zone = NULL;

    letter_sample(s->form.tongue, s->form.letter, &facts);
    facts.portal = span_of(s->portal->name);
    facts.department = span_of(s->dept != NULL ? s->dept->name : s->portal->name);
    if (zone_open(span_of(s->portal->zone), &zone) != ERR_OK)
        ensure(zone_open(SPAN_LIT("UTC"), &zone) == ERR_OK);
    preview_message(s, &facts, zone, &message);
    letter_form_fill(&s->form, &facts, zone, out);
    buf_fini(&message);
    zone_close(zone);
    if (out->text.full || out->html.full || out->text.len + out->html.len > PREVIEW_MAX_BYTES)
        return fault_refuse(f, ERR_TOOBIG, NULL, REFUSE_ANSWER_LONG);
    return ERR_OK;
}

static json_t *buf_json(const struct buf *b)
{
    return json_stringn(b->p != NULL ? b->p : "", b->len);
}

void template_preview(struct dispatcher *d, const struct question *q, const json_t *fields)
{
    struct subject s = {0};
    struct tmpl *drafts[PART_COUNT] = {NULL};
    struct letter_text out = {0};
    struct fault f = {0};

    if (subject_read(d, fields, &s, &f) != ERR_OK ||
        drafts_parse(d, fields, &s, drafts, &f) != ERR_OK || preview_fill(&s, &out, &f) != ERR_OK)
        question_refuse(d, q, &f);
    else
        question_answer(d, q,
                        json_pack("{s:o, s:o, s:o}", "subject", buf_json(&out.subject), "text",
                                  buf_json(&out.text), "html", buf_json(&out.html)));
    letter_fini(&out);
    for (enum letter_part part = 0; part < PART_COUNT; part++)
        tmpl_free(drafts[part]);
    subject_fini(&s);
}
