/* The protocol page and the tables of the code say the same. */
#include "api_world.h"

#include "../../src/api/api_int.h"
#include "deskbell/mail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *page;

static int page_read(void **state)
{
    const char *top = getenv("TOP_SRCDIR");
    char path[4096];
    FILE *f;
    long n;

    (void)state;
    snprintf(path, sizeof(path), "%s/src/deskbelld/deskbell-protocol.7", top != NULL ? top : "..");
    if ((f = fopen(path, "r")) == NULL)
        return -1;
    fseek(f, 0, SEEK_END);
    n = ftell(f);
    rewind(f);
    page = xcalloc(1, (size_t)n + 1);
    if (fread(page, 1, (size_t)n, f) != (size_t)n)
        return -1;
    fclose(f);
    return 0;
}

static int page_free(void **state)
{
    (void)state;
    free(page);
    return 0;
}

/* Between two headings. */
static char *section(const char *from, const char *to)
{
    const char *a = strstr(page, from), *b = to != NULL ? strstr(page, to) : page + strlen(page);

    assert_non_null(a);
    assert_non_null(b);
    assert_true(a < b);
    return xstrndup(a, (size_t)(b - a));
}

static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        bool before = at > text && (isalnum((unsigned char)at[-1]) || strchr(".-_/", at[-1]));
        bool after = isalnum((unsigned char)at[n]) || at[n] == '-' || at[n] == '_' ||
                     (at[n] == '.' && isalnum((unsigned char)at[n + 1]));
        if (!before && !after)
            return true;
        /* ".It Li department.list , .set" says several at once. */
        if (!after && at[-1] == '.' && at - text > 1 && at[-2] == ' ')
            return true;
    }
    return false;
}

static void every_error_code_stands_on_the_page_with_its_status(void **state)
{
    char *codes = section(".Ss Error codes", ".Ss Reasons");
    size_t rows = 0;

    (void)state;
    for (err_t e = ERR_OK + 1; e < ERR_COUNT; e++) {
        char row[64];

        snprintf(row, sizeof(row), ".It %s Ta %d Ta ", err_code(e), err_http_status(e));
        print_message("  %s\n", row);
        assert_non_null(strstr(codes, row));
    }
    for (const char *at = codes; (at = strstr(at, "\n.It ")) != NULL; at++)
        rows++;
    assert_int_equal(rows, (size_t)ERR_COUNT - 1 + 1); /* and the heading */
    free(codes);
}

static void every_command_stands_on_the_page_where_its_sender_is(void **state)
{
    const struct api_word *words;
    size_t n = api_words(&words);
    char *visitors = section(".Sh VISITORS", ".Sh AGENTS");
    char *agents = section(".Sh AGENTS", ".Sh SEE ALSO");

    (void)state;
    for (size_t i = 0; i < n; i++) {
        print_message("  %s\n", words[i].word);
        if (words[i].visitor)
            assert_true(has_word(visitors, words[i].word));
        if (words[i].agent || words[i].control)
            assert_true(has_word(agents, words[i].word));
    }
    free(visitors);
    free(agents);
}

/* Does the list of fields have this one?  Each stands after a blank. */
static bool has_field(struct span list, const char *field)
{
    size_t len = strlen(field);

    for (size_t i = 0; i + len < list.len; i++)
        if (list.p[i] == ' ' && memcmp(list.p + i + 1, field, len) == 0 &&
            (i + 1 + len == list.len || list.p[i + 1 + len] == ' '))
            return true;
    return false;
}

static size_t count_fields(struct span list)
{
    size_t n = 0;

    for (size_t i = 0; i < list.len; i++)
        n += list.p[i] == ' ';
    return n;
}

/* "\n.It Li WORD Ar NEEDED … Op Ar OPTIONAL …": what stands after both. */
static void item_fields(const char *part, const char *word, struct span *needed,
                        struct span *optional)
{
    char head[80];
    const char *at, *end, *op;

    snprintf(head, sizeof(head), "\n.It Li %s", word);
    for (at = strstr(part, head); at != NULL; at = strstr(at + 1, head))
        if (at[strlen(head)] == ' ' || at[strlen(head)] == '\n')
            break;
    if (at == NULL)
        fail_msg("no list of commands has %s", word);
    at += strlen(head);
    end = strchr(at, '\n');
    op = strstr(at, " Op Ar");
    if (op == NULL || op > end)
        op = end;
    *needed = strncmp(at, " Ar", 3) == 0 ? (struct span){at + 3, (size_t)(op - at) - 3} : SPAN_NONE;
    *optional = op < end ? (struct span){op + 6, (size_t)(end - op) - 6} : SPAN_NONE;
}

/* Over HTTP all of a visitor's commands take these two, and the page says so once. */
static bool is_proof(const struct verb *verb, const struct arg *a)
{
    return (verb->as & AS_VISITOR) != 0 && !a->needed &&
           (a->name == ARG_CHAT || a->name == ARG_TOKEN);
}

static void assert_fields(const char *part, const char *word, const struct verb *verb)
{
    struct span needed, optional;
    size_t nneeded = verb->settings != NULL, noptional = 0;

    print_message("  %s\n", word);
    item_fields(part, word, &needed, &optional);
    for (const struct arg *a = verb->args; a != NULL && a->help != NULL; a++) {
        if (is_proof(verb, a))
            continue;
        if (!has_field(a->needed ? needed : optional, arg_word(a->name)))
            fail_msg("%s: the page does not say of %s that it %s", word, arg_word(a->name),
                     a->needed ? "is needed" : "may be left out");
        nneeded += a->needed;
        noptional += !a->needed;
    }
    if (verb->settings != NULL)
        assert_true(has_field(needed, "settings"));
    assert_int_equal(count_fields(needed), nneeded);
    assert_int_equal(count_fields(optional), noptional);
}

/* Which fields each command takes, and which of them it needs. */
static void every_command_on_the_page_takes_the_fields_that_it_says(void **state)
{
    char *visitors = section(".Sh VISITORS", ".Sh AGENTS");
    char *agents = section(".Sh AGENTS", ".Ss Answers");
    const struct verb *verb;

    (void)state;
    for (size_t at = 0; (verb = verb_next(&at)) != NULL;) {
        if ((verb->as & AS_VISITOR) != 0)
            assert_fields(visitors, verb->word, verb);
        if ((verb->as & (AS_AGENT | AS_CONTROL)) != 0)
            assert_fields(agents, verb->word, verb);
    }
    for (const struct route *rt = route_first(); rt->path != NULL; rt++) {
        char word[80];

        if ((rt->as & AS_DOOR) == 0)
            continue;
        snprintf(word, sizeof(word), "POST /api/v1/%s", rt->path);
        assert_fields(agents, word, verb_find(span_of(rt->word), rt->as));
    }
    free(visitors);
    free(agents);
}

/* ".It Li NAME" and the fields after Ar in a list of commands: all of them are ones we take. */
static void every_command_on_the_page_is_one_of_ours(void **state)
{
    const struct api_word *words;
    size_t n = api_words(&words);
    char *parts[] = {section(".Sh VISITORS", ".Sh AGENTS"),
                     section(".Sh AGENTS", ".Sh ADMINISTRATORS")};

    (void)state;
    for (size_t p = 0; p < COUNT_OF(parts); p++) {
        char *from = strstr(parts[p], ".Ss Commands"), *to;

        assert_non_null(from);
        to = strstr(from, ".Ss Events");
        assert_non_null(to);
        *to = 0;
        for (char *at = from; (at = strstr(at, "\n.It Li ")) != NULL; at++) {
            struct span word = {at + 8, strcspn(at + 8, " \n")};
            bool ours = false;

            for (size_t i = 0; i < n; i++)
                ours |=
                    span_is(word, words[i].word) && (p == 0 ? words[i].visitor : words[i].agent);
            print_message("  %.*s\n", (int)word.len, word.p);
            assert_true(ours);
        }
        free(parts[p]);
    }
}

/* "METHOD, METHOD /api/v1/PATH Ta …", a star being ID, or LIST. */
static void every_route_stands_on_the_page(void **state)
{
    static const char *const methods[] = {[API_GET] = "GET",
                                          [API_POST] = "POST",
                                          [API_PUT] = "PUT",
                                          [API_PATCH] = "PATCH",
                                          [API_DELETE] = "DELETE"};
    char *part = section(".Ss HTTP routes", ".Sh SEE ALSO");

    (void)state;
    for (const struct route *rt = route_first(); rt->path != NULL; rt++) {
        struct buf b = {0};
        char *line, *start;

        if (rt->as != AS_AGENT || rt->word == NULL)
            continue; /* sessions and the one route for all have sections of their own */
        buf_add_str(&b, " /api/v1/");
        for (const char *p = rt->path; *p != 0; p++) {
            if (*p == '*')
                buf_add_str(&b, strcmp(rt->args[0], "list") == 0 ? "LIST" : "ID");
            else
                buf_add_char(&b, *p);
        }
        buf_add_str(&b, " Ta ");
        print_message("  %s%s\n", methods[rt->method], b.p);
        line = strstr(part, b.p);
        assert_non_null(line);
        for (start = line; *start != '\n'; start--)
            ;
        line = xstrndup(start, (size_t)(line - start));
        assert_non_null(strstr(line, methods[rt->method]));
        free(line);
        buf_fini(&b);
    }
    free(part);
}

static void settings_are_told_with_everything_a_form_needs(void **state)
{
    struct world *w = *state;
    json_t *a = operator_ask(w, "{'id':'s','do':'settings'}");
    static const struct {
        const char *key;
        const struct setting *(*table)(size_t *count);
    } tables[] = {
        {"portal", portal_settings}, {"department", dept_settings}, {"agent", agent_settings}};

    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        const json_t *rows = json_object_get(json_object_get(a, "ok"), tables[t].key);
        size_t n;
        const struct setting *st = tables[t].table(&n);

        assert_int_equal(json_array_size(rows), n);
        for (size_t i = 0; i < n; i++) {
            const json_t *row = json_array_get(rows, i);

            assert_string_equal(json_string_value(json_object_get(row, "name")), st[i].name);
            assert_true(json_string_length(json_object_get(row, "type")) > 0);
            assert_true(json_string_length(json_object_get(row, "help")) > 0);
            assert_int_equal(json_integer_value(json_object_get(row, "max")), st[i].max);
            assert_int_equal(json_array_size(json_object_get(row, "words")) > 0,
                             st[i].words != NULL);
        }
    }
}

/* The page tells the templates' settings all at once. */
static const char *setting_as_told(const struct setting *st)
{
    bool template = st->type == SET_TEMPLATE || st->type == SET_TEMPLATE_LINE;

    return template ? "template.KIND.LANG.PART" : st->name;
}

/* A form can be made from the page alone. */
static void every_setting_and_word_stands_on_the_page(void **state)
{
    static const struct setting *(*const tables[])(size_t *) = {portal_settings, dept_settings,
                                                                agent_settings};
    static const char *const ends[] = {".Em department", ".Em agent", ".Sh SEE ALSO"};
    static const char *const begins[] = {".Em portal", ".Em department", ".Em agent"};
    char *words = section(".Sh WORDS", ".Sh SETTINGS");
    const char *settings = strstr(page, ".Sh SETTINGS");

    (void)state;
    assert_non_null(settings);
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        const char *from = strstr(settings, begins[t]), *to = strstr(settings, ends[t]);
        char *part = xstrndup(from, (size_t)(to - from));
        size_t count;
        const struct setting *rows = tables[t](&count);

        for (size_t i = 0; i < count; i++)
            if (!has_word(part, setting_as_told(&rows[i])))
                fail_msg("the setting %s is not on the page", rows[i].name);
        free(part);
    }
    settings = strstr(settings, "Templates of mails are");
    assert_non_null(settings);
    for (enum template_kind k = 0; k < TEMPLATE_KIND_COUNT; k++)
        assert_true(has_word(settings, template_kind_word(k)));
    for (enum why why = WHY_NONE; why < WHY_COUNT; why++)
        if (!has_word(words, why_word(why)))
            fail_msg("the reason %s is not on the page", why_word(why));
    for (enum permission perm = 0; perm < PERM_COUNT; perm++)
        if (!has_word(words, permission_word(perm)))
            fail_msg("the permission %s is not on the page", permission_word(perm));
    free(words);
}

static void every_metric_stands_on_the_page_with_what_it_says(void **state)
{
    char *part = section(".Sh METRICS", ".Sh SETTINGS");
    const struct api_metric *all;
    size_t n = api_metrics(&all), on_page = 0;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct buf line = {0};

        buf_addf(&line, ".It Li %s , No %s\n%s\n", all[i].name, all[i].type, all[i].help);
        if (strstr(part, line.p) == NULL)
            fail_msg("the metric %s is not on the page as it is", all[i].name);
        buf_fini(&line);
    }
    for (const char *at = part; (at = strstr(at, ".It Li ")) != NULL; at++)
        on_page++;
    assert_int_equal(on_page, n);
    free(part);
}

static void every_cause_of_a_waiting_mail_stands_on_the_page(void **state)
{
    char *words = section(".It causes of mails", ".Sh METRICS");

    (void)state;
    for (int c = 0; c < CAUSE_COUNT; c++)
        if (!has_word(words, cause_word((enum mail_cause)c)))
            fail_msg("the cause %s is not on the page", cause_word((enum mail_cause)c));
    for (int t = TROUBLE_NONE + 1; t < TROUBLE_COUNT; t++)
        if (!has_word(words, trouble_word((enum smtp_trouble)t)))
            fail_msg("the trouble %s is not on the page", trouble_word((enum smtp_trouble)t));
    free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_stands_on_the_page_with_what_it_says),
        cmocka_unit_test(every_cause_of_a_waiting_mail_stands_on_the_page),
        cmocka_unit_test(every_error_code_stands_on_the_page_with_its_status),
        cmocka_unit_test(every_command_stands_on_the_page_where_its_sender_is),
        cmocka_unit_test(every_command_on_the_page_is_one_of_ours),
        cmocka_unit_test(every_command_on_the_page_takes_the_fields_that_it_says),
        cmocka_unit_test(every_route_stands_on_the_page),
        cmocka_unit_test(every_setting_and_word_stands_on_the_page),
        cmocka_unit_test_setup_teardown(settings_are_told_with_everything_a_form_needs, world_open,
                                        world_close),
    };

    return cmocka_run_group_tests(tests, page_read, page_free);
}
