/* What a command is given as NAME=VALUE: each name once in a table, with how its value is taken. */
#include <stdlib.h>

#include "ctl_int.h"

enum ctl_exit pair_text(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    json_t *text = json_string(value);

    (void)c;
    if (text == NULL) {
        ctl_complain("%s: this is not valid UTF-8", name);
        return EXIT_USAGE;
    }
    json_object_set_new(fields, name, text);
    return EXIT_DONE;
}

enum ctl_exit pair_number(struct ctl *c, const char *name, const char *value, json_t *fields)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    (void)c;
    if (*value == '\0' || *end != '\0') {
        ctl_complain("%s: a number was expected, not \"%s\"", name, value);
        return EXIT_USAGE;
    }
    json_object_set_new(fields, name, json_integer(number));
    return EXIT_DONE;
}

static void complain(const struct pair *pairs, const char *word)
{
    struct buf names = {0};

    for (; pairs->name != NULL; pairs++)
        buf_addf(&names, " %s", pairs->name);
    ctl_complain("NAME=VALUE was expected with one of these:%s, not \"%s\"", names.p, word);
    buf_fini(&names);
}

static enum ctl_exit pair_take(struct ctl *c, const struct pair *pairs, const char *word,
                               json_t *fields)
{
    const char *eq = strchr(word, '=');

    for (const struct pair *one = pairs; one->name != NULL && eq != NULL; one++)
        if (strlen(one->name) == (size_t)(eq - word) &&
            strncmp(one->name, word, (size_t)(eq - word)) == 0)
            return one->take(c, one->name, eq + 1, fields);
    complain(pairs, word);
    return EXIT_USAGE;
}

enum ctl_exit pairs_take(struct ctl *c, const struct pair *pairs, int argc, char **argv,
                         json_t *fields)
{
    enum ctl_exit ex = EXIT_DONE;

    for (int i = 0; i < argc && ex == EXIT_DONE; i++)
        ex = pair_take(c, pairs, argv[i], fields);
    if (ex != EXIT_DONE)
        json_decref(fields);
    return ex;
}
