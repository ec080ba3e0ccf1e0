/* From words on the command line to a command's fields; asks the gateway where a name is given. */
#include <stdio.h>
#include <stdlib.h>

#include "ctl_int.h"
#include "deskbell/duration.h"
#include "deskbell/ipaddr.h"

static bool is_number(const char *s)
{
    return *s != '\0' && strspn(s, "0123456789") == strlen(s);
}

/* Does the member of a row read as the word that was typed? */
typedef bool word_fn(const char *value, const char *word);

/* Names and addresses are the same in any letter case: of ASCII alone, in every locale. */
static bool same_word(const char *value, const char *word)
{
    return span_is_nocase(span_of(value), word);
}

/* 192.0.2.7, 192.0.2.7/32 and ::ffff:192.0.2.7 are one; so is each spelling of 2001:db8::1. */
static bool same_range(const char *value, const char *word)
{
    struct ipprefix a, b;
    struct fault f;
    char texts[2][IPADDR_TEXT];

    if (ipprefix_parse(span_of(value), &a, &f) != ERR_OK ||
        ipprefix_parse(span_of(word), &b, &f) != ERR_OK)
        return false;
    ipprefix_format(&a, texts[0]);
    ipprefix_format(&b, texts[1]);
    return strcmp(texts[0], texts[1]) == 0;
}

/* Look for the one row of a list whose member `key` reads as `word`. */
static enum ctl_exit find_row(struct ctl *c, const char *list, const char *key, const char *noun,
                              const char *word, word_fn *same, char **id)
{
    struct guess g = {.typed = word};
    char meant[GUESS_TEXT];
    json_t *rows, *row;
    size_t i, hits = 0;
    enum ctl_exit ex = ctl_rows(c, list, json_object(), &rows);

    *id = NULL;
    if (ex != EXIT_DONE)
        return ex;
    json_array_foreach (rows, i, row) {
        const char *value = json_string_value(json_object_get(row, key));
        const json_t *id_of = json_object_get(row, "id");
        const char *row_id = json_string_value(id_of != NULL ? id_of : json_object_get(row, noun));

        if (value == NULL || row_id == NULL)
            continue;
        guess_look(&g, value);
        if (same(value, word) && ++hits == 1)
            *id = xstrdup(row_id);
    }
    if (hits > 1)
        ctl_complain("%zu %ss are called \"%s\"; name one by its id", hits, noun, word);
    else if (hits == 0)
        ctl_complain("there is no %s \"%s\"%s (deskbellctl %s list shows all)", noun, word,
                     guess_text(&g, meant), noun);
    json_decref(rows);
    if (hits == 1)
        return EXIT_DONE;
    free(*id);
    *id = NULL;
    return hits > 1 ? EXIT_USAGE : EXIT_NOTFOUND;
}

enum ctl_exit resolve_dept(struct ctl *c, const char *word, char **id)
{
    if (is_number(word) && strlen(word) > 12) { /* an id; a department may well be called "42" */
        *id = xstrdup(word);
        return EXIT_DONE;
    }
    return find_row(c, "department.list", "name", "department", word, same_word, id);
}

enum ctl_exit resolve_agent(struct ctl *c, const char *word, char **id)
{
    if (is_number(word)) {
        *id = xstrdup(word);
        return EXIT_DONE;
    }
    return find_row(c, "agent.list", "email", "agent", word, same_word, id);
}

enum ctl_exit resolve_view(struct ctl *c, const char *word, char **id)
{
    if (is_number(word)) {
        *id = xstrdup(word);
        return EXIT_DONE;
    }
    return find_row(c, "view.list", "name", "view", word, same_word, id);
}

/* "a,b" as a JSON list of ids. */
static enum ctl_exit set_ids(struct ctl *c, json_t *fields, const char *field, const char *words,
                             enum ctl_exit (*resolve)(struct ctl *, const char *, char **))
{
    char *copy = xstrdup(words), *save = NULL;
    json_t *ids = json_array();
    enum ctl_exit ex = EXIT_DONE;

    for (char *w = strtok_r(copy, ",", &save); w != NULL; w = strtok_r(NULL, ",", &save)) {
        char *id;

        while (*w == ' ')
            w++;
        ex = resolve(c, w, &id);
        if (ex != EXIT_DONE)
            break;
        json_array_append_new(ids, json_string(id));
        free(id);
    }
    json_object_set_new(fields, field, ids);
    free(copy);
    return ex;
}

static enum ctl_exit bool_value(const char *name, const char *word, json_t **value)
{
    static const char *const yes[] = {"yes", "on", "true", "1"};
    static const char *const no[] = {"no", "off", "false", "0"};

    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (same_word(word, yes[i]) || same_word(word, no[i])) {
            *value = json_boolean(same_word(word, yes[i]));
            return EXIT_DONE;
        }
    }
    ctl_complain("%s: yes or no was expected, not \"%s\"", name, word);
    return EXIT_USAGE;
}

/* By the type that the gateway's table gives; the range is the gateway's to check. */
static enum ctl_exit typed_value(const char *name, const char *type, const char *word,
                                 json_t **value)
{
    int64_t ms;

    if (strcmp(type, "bool") == 0)
        return bool_value(name, word, value);
    if (strcmp(type, "ms") == 0 && duration_parse(span_of(word), &ms)) {
        *value = json_integer(ms);
        return EXIT_DONE;
    }
    if (strcmp(type, "int") == 0 || strcmp(type, "ms") == 0) {
        char *end;
        long long n = strtoll(word, &end, 10);

        if (end == word || *end != '\0') {
            ctl_complain("%s: a %s was expected, not \"%s\"", name,
                         strcmp(type, "ms") == 0 ? "duration such as 90s or 5m" : "number", word);
            return EXIT_USAGE;
        }
        *value = json_integer(n);
        return EXIT_DONE;
    }
    *value = json_string(word);
    if (*value == NULL) {
        ctl_complain("%s: this is not valid UTF-8", name);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static const char *setting_type(const json_t *table, const char *name)
{
    size_t i;
    json_t *row;

    json_array_foreach (table, i, row) {
        const char *n = json_string_value(json_object_get(row, "name"));

        if (n != NULL && strcmp(n, name) == 0)
            return json_string_value(json_object_get(row, "type"));
    }
    return NULL;
}

static enum ctl_exit setting_unknown(const json_t *table, const char *table_name, const char *name)
{
    struct guess g = {.typed = name};
    char meant[GUESS_TEXT];
    json_t *row;
    size_t i;

    json_array_foreach ((json_t *)table, i, row) {
        const char *known = json_string_value(json_object_get(row, "name"));

        if (known != NULL)
            guess_look(&g, known);
    }
    ctl_complain("there is no setting \"%s\"%s (deskbellctl settings list %s shows all)", name,
                 guess_text(&g, meant), table_name);
    return EXIT_USAGE;
}

enum ctl_exit settings_as_set(struct ctl *c, const char *table_name, json_t *object)
{
    char text[DURATION_TEXT];
    json_t *tables, *row;
    size_t i;
    enum ctl_exit ex = ctl_call(c, "settings", json_object(), &tables);

    if (ex != EXIT_DONE)
        return ex;
    json_array_foreach (json_object_get(tables, table_name), i, row) {
        const char *name = json_string_value(json_object_get(row, "name"));
        const char *type = json_string_value(json_object_get(row, "type"));
        json_t *value = name != NULL ? json_object_get(object, name) : NULL;

        if (type == NULL || strcmp(type, "ms") != 0 || !json_is_integer(value))
            continue;
        duration_format(json_integer_value(value), text);
        json_object_set_new(object, name, json_string(text));
    }
    json_decref(tables);
    return EXIT_DONE;
}

/* Split NAME=VALUE; *name is the caller's to free. */
static enum ctl_exit split_pair(const char *pair, char **name, const char **value)
{
    const char *eq = strchr(pair, '=');

    if (eq == NULL || eq == pair) {
        ctl_complain("SETTING=VALUE was expected, not \"%s\"", pair);
        return EXIT_USAGE;
    }
    *name = xstrndup(pair, (size_t)(eq - pair));
    *value = eq + 1;
    return EXIT_DONE;
}

static enum ctl_exit set_dept(struct ctl *c, json_t *fields, const char *name, const char *word)
{
    char *id = NULL;
    enum ctl_exit ex = resolve_dept(c, word, &id);

    if (ex == EXIT_DONE)
        json_object_set_new(fields, name, json_string(id != NULL ? id : word));
    free(id);
    return ex;
}

enum ctl_exit settings_to_fields(struct ctl *c, const char *table_name, int argc, char **argv,
                                 json_t *fields)
{
    json_t *tables = NULL;
    enum ctl_exit ex = EXIT_DONE;

    if (argc > 0)
        ex = ctl_call(c, "settings", json_object(), &tables);
    for (int i = 0; i < argc && ex == EXIT_DONE; i++) {
        const char *value;
        char *name;
        json_t *typed = NULL;

        ex = split_pair(argv[i], &name, &value);
        if (ex != EXIT_DONE)
            break;
        const char *type = setting_type(json_object_get(tables, table_name), name);
        if (strcmp(name, "agents") == 0) {
            ex = set_ids(c, fields, name, value, resolve_agent);
        } else if (strcmp(name, "departments") == 0) {
            ex = set_ids(c, fields, name, value, resolve_dept);
        } else if (strcmp(name, "version") == 0) { /* of the command's, as the next */
            ex = typed_value(name, "int", value, &typed);
            if (ex == EXIT_DONE)
                json_object_set_new(fields, name, typed);
        } else if (strcmp(name, "invite") == 0) {
            ex = bool_value(name, value, &typed);
            if (ex == EXIT_DONE)
                json_object_set_new(fields, name, typed);
        } else if (type == NULL) {
            ex = setting_unknown(json_object_get(tables, table_name), table_name, name);
        } else if (strcmp(type, "department") == 0 && *value != '\0') {
            ex = set_dept(c, fields, name, value);
        } else {
            ex = typed_value(name, type, value, &typed);
            if (ex == EXIT_DONE)
                json_object_set_new(fields, name, typed);
        }
        free(name);
    }
    json_decref(tables);
    return ex;
}

/* NAME=VALUE of the command itself; `names` lists the ones it knows, joined by blanks. */
static enum ctl_exit set_options(struct ctl *c, const char *names, int argc, char **argv,
                                 json_t *fields)
{
    for (int i = 0; i < argc; i++) {
        const char *value;
        char *name, pattern[64], known[80];
        json_t *typed;
        enum ctl_exit ex = split_pair(argv[i], &name, &value);

        if (ex != EXIT_DONE)
            return ex;
        snprintf(pattern, sizeof(pattern), " %s ", name);
        snprintf(known, sizeof(known), " %s ", names);
        if (strstr(known, pattern) == NULL) {
            ctl_complain("unknown option \"%s\"; known are: %s", name, names);
            free(name);
            return EXIT_USAGE;
        }
        if (strcmp(name, "view") == 0) {
            char *id = NULL;

            ex = resolve_view(c, value, &id);
            typed = ex == EXIT_DONE ? json_string(id) : NULL;
            free(id);
        } else if (strcmp(name, "chat") == 0 || strcmp(name, "notify") == 0 ||
                   strcmp(name, "without_keys") == 0)
            ex = bool_value(name, value, &typed);
        else
            ex = typed_value(name,
                             strcmp(name, "max") == 0 || strcmp(name, "seconds") == 0 ||
                                     strcmp(name, "version") == 0 || strcmp(name, "tier") == 0
                                 ? "int"
                                 : "line",
                             value, &typed);
        if (ex == EXIT_DONE)
            json_object_set_new(fields, name, typed);
        free(name);
        if (ex != EXIT_DONE)
            return ex;
    }
    if (json_object_get(fields, "view") != NULL) /* which has its own */
        json_object_del(fields, "list");
    return EXIT_DONE;
}

static enum ctl_exit set_one(struct ctl *c, const struct arg *arg, const char *word, json_t *fields)
{
    char *id = NULL;
    enum ctl_exit ex = EXIT_DONE;

    switch (arg->kind) {
    case ARG_DEPT:
        ex = resolve_dept(c, word, &id);
        break;
    case ARG_AGENT:
        ex = resolve_agent(c, word, &id);
        break;
    case ARG_ROLE:
        if (!is_number(word))
            ex = find_row(c, "role.list", "name", "role", word, same_word, &id);
        break;
    case ARG_VIEW:
        ex = resolve_view(c, word, &id);
        break;
    case ARG_BLOCK:
        if (!is_number(word))
            ex = find_row(c, "block.list", "prefix", "block", word, same_range, &id);
        break;
    case ARG_ID:
        if (!is_number(word)) {
            ctl_complain("%s: an id was expected, not \"%s\"", arg->field, word);
            ex = EXIT_USAGE;
        }
        break;
    default:
        break;
    }
    if (ex != EXIT_DONE)
        return ex;
    json_t *value = json_string(id != NULL ? id : word);
    free(id);
    if (value == NULL) {
        ctl_complain("%s: this is not valid UTF-8", arg->field);
        return EXIT_USAGE;
    }
    json_object_set_new(fields, arg->field, value);
    return EXIT_DONE;
}

/* Then an optional argument can be told from NAME=VALUE only by that it has no "=". */
static bool takes_pairs(const struct ctl_cmd *cmd)
{
    for (size_t i = 0; i < COUNT_OF(cmd->arg); i++)
        if (cmd->arg[i].kind == ARG_SETTINGS || cmd->arg[i].kind == ARG_OPTIONS)
            return true;
    return false;
}

enum ctl_exit args_to_fields(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv,
                             json_t *fields)
{
    enum ctl_exit ex = EXIT_DONE;
    int at = 0;

    for (size_t i = 0; i < COUNT_OF(cmd->arg) && cmd->arg[i].kind != ARG_END; i++) {
        const struct arg *arg = &cmd->arg[i];

        if (arg->kind == ARG_SETTINGS)
            return settings_to_fields(c, arg->field, argc - at, argv + at, fields);
        if (arg->kind == ARG_OPTIONS)
            return set_options(c, arg->field, argc - at, argv + at, fields);
        if (at < argc && !(at >= cmd->nargs_min && takes_pairs(cmd) && strchr(argv[at], '=')))
            ex = set_one(c, arg, argv[at++], fields);
        if (ex != EXIT_DONE)
            return ex;
    }
    return EXIT_DONE;
}
