/*
 * Templates of mails: whether a text can be one, and what the dispatcher says of those in force and
 * of drafts.  Only it knows all of them: those in its folder stand between ours and the built-in.
 */
#include "api_int.h"
#include "deskbell/mail.h"

#define TEMPLATE_ASK_MS 10000

static const struct {
    enum arg_name arg;
    enum template_part part;
} drafts[] = {
    {ARG_SUBJECT, TEMPLATE_SUBJECT}, {ARG_TEXT, TEMPLATE_TEXT}, {ARG_HTML, TEMPLATE_HTML}};

err_t template_check(struct span text, const char *field, struct fault *f)
{
    struct tmpl *t = NULL;
    err_t err = tmpl_parse(text, letter_schema(), &t, f);

    if (err != ERR_OK)
        return fault_move(f, err, field);
    tmpl_free(t);
    return ERR_OK;
}

static err_t ask_check(const struct call *c, struct fault *f)
{
    const struct api *api = c->api;
    enum template_kind kind;
    enum lang lang;
    enum refusal why;
    err_t err = rights_may(api->env.core, &c->who, ACT_ADMIN, NULL, &why);

    if (err != ERR_OK)
        return action_refuse(f, err, NULL, why, ACT_ADMIN);
    if (!template_kind_parse(c->arg[ARG_KIND].s, &kind))
        return fault_refuse(f, ERR_INVAL, "kind", REFUSE_TEMPLATE_KIND);
    if (!lang_parse(c->arg[ARG_LANG].s, &lang))
        return fault_refuse_with(f, ERR_INVAL, "lang", REFUSE_WORD, VALUES(OF_STR("en, ja")));
    if (c->arg[ARG_DEPARTMENT].has && core_dept(api->env.core, c->arg[ARG_DEPARTMENT].id) == NULL)
        return fault_refuse(f, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
    for (size_t i = 0; i < COUNT_OF(drafts); i++) {
        const struct arg_value *draft = &c->arg[drafts[i].arg];

        if (draft->has &&
            (err = template_check(draft->s, template_part_word(drafts[i].part), f)) != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static void ask_fields(struct jw *j, const struct call *c)
{
    jw_k_span(j, "kind", c->arg[ARG_KIND].s);
    jw_k_span(j, "lang", c->arg[ARG_LANG].s);
    jw_k_id(j, "department", c->arg[ARG_DEPARTMENT].id);
    for (size_t i = 0; i < COUNT_OF(drafts); i++)
        if (c->arg[drafts[i].arg].has)
            jw_k_span(j, template_part_word(drafts[i].part), c->arg[drafts[i].arg].s);
}

static void template_ask(struct call *c, const char *what)
{
    struct fault f = {0};

    if (ask_check(c, &f) != ERR_OK)
        call_fail(c, &f);
    else
        ask_dispatcher(c, what, TEMPLATE_ASK_MS, ask_fields);
}

void run_template_show(struct call *c)
{
    template_ask(c, "template");
}

void run_template_preview(struct call *c)
{
    template_ask(c, "preview");
}
