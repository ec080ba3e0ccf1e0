/* Disabling and deleting agents: what they have open, who goes on with it, what would be lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_int.h"

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s != NULL ? s : "";
}

/* The agent's work; the answer is the caller's. */
static enum ctl_exit call_work(struct ctl *c, const char *word, json_t **ok)
{
    char *id;
    enum ctl_exit ex = resolve_agent(c, word, &id);

    if (ex != EXIT_DONE)
        return ex;
    ex = ctl_call(c, "agent.work", json_pack("{s:s s:i}", "agent", id, "max", 1), ok);
    free(id);
    return ex;
}

/* What is open, which option says to whom it goes, and what that is called on the wire. */
static const struct heritage {
    const char *what, *option, *nobody, *to, *back;
} heritages[] = {{"chats", "to=", "queue", "chats_to", "chats_back"},
                 {"tasks", "tasks=", "nobody", "tasks_to", "tasks_back"}};

static enum ctl_exit take_option(struct ctl *c, const char *arg, bool removes, json_t *fields)
{
    char *id;
    enum ctl_exit ex;

    for (size_t i = 0; i < COUNT_OF(heritages); i++) {
        const struct heritage *h = &heritages[i];
        size_t len = strlen(h->option);

        if (strncmp(arg, h->option, len) != 0)
            continue;
        if (strcmp(arg + len, h->nobody) == 0) {
            json_object_set_new(fields, h->back, json_true());
            return EXIT_DONE;
        }
        if ((ex = resolve_agent(c, arg + len, &id)) == EXIT_DONE)
            json_object_set_new(fields, h->to, json_string(id));
        free(ex == EXIT_DONE ? id : NULL);
        return ex;
    }
    if (removes && (strcmp(arg, "anonymise=yes") == 0 || strcmp(arg, "anonymise=no") == 0)) {
        json_object_set_new(fields, "anonymise", json_boolean(arg[10] == 'y'));
        return EXIT_DONE;
    }
    ctl_complain("to=AGENT, to=queue, tasks=AGENT or tasks=nobody%s was expected, not \"%s\"",
                 removes ? ", or anonymise=yes," : "", arg);
    return EXIT_USAGE;
}

/* What happens to others: to the portal, and to departments that would have nobody. */
static void add_warnings(struct buf *b, const json_t *work)
{
    const json_t *dept;
    size_t i;

    if (json_is_true(json_object_get(work, "last_admin")))
        buf_add_str(b, "\nThis is the last administrator: nobody could manage the portal from the "
                       "console.");
    json_array_foreach (json_object_get(work, "alone_in"), i, dept)
        buf_addf(b, "\nNobody else has access to chats in %s.", text_of(dept, "name"));
}

static enum ctl_exit confirm_remove(const struct ctl *c, const json_t *work, const json_t *fields)
{
    bool anonymise = json_is_true(json_object_get(fields, "anonymise"));
    struct buf b = {0};
    enum ctl_exit ex;

    buf_addf(
        &b,
        "Delete agent %s for good?  Open chats: %lld, open tasks: %lld, sessions: %lld, canned "
        "replies of his own: %lld.  What was said stays%s.",
        text_of(work, "name"), (long long)number_of(work, "chats"),
        (long long)number_of(work, "tasks"), (long long)number_of(work, "sessions"),
        (long long)number_of(work, "canned"), anonymise ? ", under another name" : "");
    add_warnings(&b, work);
    ex = ctl_confirm(c, b.p);
    buf_fini(&b);
    return ex;
}

/* Disabling can be taken back, so it is not asked for: but it is said. */
static void warn_disable(const struct ctl *c, const json_t *work)
{
    struct buf b = {0};

    add_warnings(&b, work);
    if (b.len > 0 && !c->opt.quiet)
        fprintf(stderr, "%s\n", b.p + 1);
    buf_fini(&b);
}

static enum ctl_exit end_ask(const struct ctl *c, const json_t *work, const json_t *fields,
                             bool removes)
{
    for (size_t i = 0; i < COUNT_OF(heritages); i++) {
        const struct heritage *h = &heritages[i];
        bool said =
            json_object_get(fields, h->to) != NULL || json_object_get(fields, h->back) != NULL;

        if (number_of(work, h->what) > 0 && !said) {
            ctl_complain("%s has open %s (%lld): say %sAGENT for who takes them over, or %s%s",
                         text_of(work, "name"), h->what, (long long)number_of(work, h->what),
                         h->option, h->option, h->nobody);
            return EXIT_CONFLICT;
        }
    }
    if (c->opt.dry_run)
        return EXIT_DONE;
    if (removes)
        return confirm_remove(c, work, fields);
    warn_disable(c, work);
    return EXIT_DONE;
}

enum ctl_exit ctl_run_agent_end(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    bool removes = strcmp(cmd->verb, "remove") == 0;
    json_t *fields = json_object(), *work = NULL, *ok;
    enum ctl_exit ex = call_work(c, argv[0], &work);

    for (int i = 1; i < argc && ex == EXIT_DONE; i++)
        ex = take_option(c, argv[i], removes, fields);
    if (ex == EXIT_DONE)
        ex = end_ask(c, work, fields, removes);
    if (ex == EXIT_DONE) {
        json_object_set(fields, "agent", json_object_get(work, "agent"));
        if (c->opt.dry_run)
            json_object_set_new(fields, "dry_run", json_true());
        ex = ctl_call(c, cmd->word, json_incref(fields), &ok);
    }
    json_decref(fields);
    json_decref(work);
    if (ex != EXIT_DONE)
        return ex;
    if (c->opt.json)
        print_json(ok);
    else if (json_is_true(json_object_get(ok, "unchanged")))
        puts("unchanged");
    else if (!c->opt.quiet)
        print_object(ok);
    json_decref(ok);
    return EXIT_DONE;
}
