/*
 * deskbellctl's table of commands, which its help and completion are made from, held against the
 * gateway's vocabulary: each row calls a command that there is, with fields that it takes and with
 * all that it needs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/ctl/ctl_int.h"
#include "ctl_words.h"

static bool among(const char *words, const char *field)
{
    size_t len = strlen(field);

    for (const char *at = words; (at = strstr(at, field)) != NULL; at++)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == 0))
            return true;
    return false;
}

static bool row_gives(const struct ctl_cmd *cmd, const char *field)
{
    json_t *preset = json_loads(cmd->preset != NULL ? cmd->preset : "{}", 0, NULL);
    bool gives = json_object_get(preset, field) != NULL;

    json_decref(preset);
    for (size_t i = 0; !gives && i < COUNT_OF(cmd->arg) && cmd->arg[i].kind != ARG_END; i++)
        gives = cmd->arg[i].kind == ARG_OPTIONS    ? among(cmd->arg[i].field, field)
                : cmd->arg[i].kind == ARG_SETTINGS ? word_has_field(cmd->word, field)
                                                   : strcmp(cmd->arg[i].field, field) == 0;
    return gives;
}

static void assert_has(const struct ctl_cmd *cmd, const char *field)
{
    if (!word_has_field(cmd->word, field))
        fail_msg("%s %s: %s has no field %s", cmd->noun, cmd->verb, cmd->word, field);
}

static void assert_fields(const struct ctl_cmd *cmd)
{
    json_t *preset = json_loads(cmd->preset != NULL ? cmd->preset : "{}", 0, NULL), *value;
    const char *key;

    assert_non_null(preset);
    json_object_foreach (preset, key, value)
        assert_has(cmd, key);
    json_decref(preset);
    for (size_t i = 0; i < COUNT_OF(cmd->arg) && cmd->arg[i].kind != ARG_END; i++) {
        char words[100], *rest;

        if (cmd->arg[i].kind == ARG_SETTINGS) {
            assert_true(word_has_settings(cmd->word));
            continue;
        }
        snprintf(words, sizeof(words), "%s", cmd->arg[i].field);
        for (char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
            assert_has(cmd, w);
    }
}

static void every_row_calls_a_command_with_fields_that_it_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ctl_cmds_count; i++) {
        const struct ctl_cmd *cmd = &ctl_cmds[i];
        const char *needed;

        if (cmd->word == NULL)
            continue;
        print_message("  %s %s\n", cmd->noun, cmd->verb);
        assert_true(word_is_known(cmd->word));
        assert_fields(cmd);
        for (size_t at = 0; cmd->run == NULL && (needed = word_needs(cmd->word, &at)) != NULL;)
            if (!row_gives(cmd, needed))
                fail_msg("%s %s: %s needs %s", cmd->noun, cmd->verb, cmd->word, needed);
    }
}

/* What is called an option in the help is one that the row takes. */
static void every_option_in_the_help_is_a_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < ctl_cmds_count; i++) {
        const struct ctl_cmd *cmd = &ctl_cmds[i];

        for (const char *at = cmd->args; cmd->run == NULL && (at = strchr(at, '[')) != NULL; at++) {
            char field[40];
            size_t len = strcspn(at + 1, "=] ");

            if (at[1 + len] != '=' || (at[1] >= 'A' && at[1] <= 'Z'))
                continue;
            snprintf(field, sizeof(field), "%.*s", (int)len, at + 1);
            print_message("  %s %s: %s\n", cmd->noun, cmd->verb, field);
            assert_true(row_gives(cmd, field));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_calls_a_command_with_fields_that_it_takes),
        cmocka_unit_test(every_option_in_the_help_is_a_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
