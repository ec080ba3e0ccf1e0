/* Prints the manual of the settings, out of their tables and of what a new object has. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core_int.h"
#include "deskbell/duration.h"

static const char head[] =
    ".\\\" Made from the tables in src/core/settings/settings.c: make settings-docs\n"
    ".Dd November 29, 2026\n"
    ".Dt DESKBELL-SETTINGS 7\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm deskbell-settings\n"
    ".Nd settings of the portal, of departments and of agents\n"
    ".Sh DESCRIPTION\n"
    "They are kept in the store and take effect at once.\n"
    "They are set in the console, with\n"
    ".Xr deskbellctl 1\n"
    ".Pq Ic portal set , department set , agent set ,\n"
    "or over\n"
    ".Xr deskbell-protocol 7 .\n"
    "All settings of one call are checked before any is saved.\n"
    "What is read before the store can be, such as where the gateway listens, is in\n"
    ".Xr deskbell.conf 5 .\n"
    ".Sh TYPES\n"
    "At a prompt each is a text.\n"
    "Over the wire it has the JSON form that is given here.\n"
    ".Bl -tag -width template-line\n"
    ".It bool\n"
    "yes, on, true or 1, and their opposites; true or false.\n"
    ".It int\n"
    "A number; a number.\n"
    ".It ms\n"
    "A duration: 90s, 5m, 2h, 1d, or milliseconds; a number of milliseconds.\n"
    ".It enum\n"
    "One of the words; a string.\n"
    ".It words\n"
    "Some of the words, joined by commas; a string.\n"
    ".It line\n"
    "Text of one line; a string.\n"
    "Control characters, line separators and what turns the direction of text\n"
    ".Pq U+2028 to U+202E, U+2066 to U+2069\n"
    "are refused.\n"
    ".It text\n"
    "The same of several lines.\n"
    ".It mailbox , mailboxes\n"
    "One address, or several with commas, semicolons, or what Japanese writes in their place\n"
    "between them; a string.\n"
    "Dots at the ends of what stands before @, or several in a row, are taken as carriers gave\n"
    "them out, and go out in quotes; domains of other scripts are written as they are.\n"
    ".It origins\n"
    "Origins such as https://www.example.org, joined by commas or blanks; a string.\n"
    ".It colour\n"
    "#rrggbb; a string.\n"
    ".It zone\n"
    "A name of the time zone database, such as Asia/Tokyo; a string.\n"
    ".It hours\n"
    "Days with their hours, such as\n"
    ".Li mon-fri 09:00-12:00,13:00-18:00; sat 10:00-26:00 ;\n"
    "a string.\n"
    "Days that are not there are closed.\n"
    "What goes on past midnight is counted on: 26:00 is 02:00 of the next day.\n"
    "A span belongs to the day that it begins on.\n"
    "Where clocks are put forward over its start or end, that is the moment at which they are;\n"
    "where they show a time twice, it begins at the first and ends at the second.\n"
    ".It days\n"
    "The same by date, such as\n"
    ".Li 2026-12-24 09:00-12:00; 2026-12-28 closed ;\n"
    "a string.\n"
    ".It holidays\n"
    "Dates with their names, one a line, such as\n"
    ".Li 2026-11-23 Labour Thanksgiving Day ,\n"
    "or of each year\n"
    ".Li 01-01 New Year's Day ;\n"
    "a string.\n"
    ".It keys\n"
    "Actions of the console with keys of one's own, such as\n"
    ".Li accept=Alt+KeyB find=F2 end= ;\n"
    "a string.\n"
    "A key is named by its place, as KeyboardEvent.code does; before it may stand Ctrl+, Alt+ and\n"
    "Shift+, in this order, and without Ctrl or Alt only function keys are taken.\n"
    "Nothing: no key.\n"
    "Actions that are not there have the keys that the console begins with.\n"
    ".It host\n"
    "A host's name or address; a string.\n"
    ".It secret\n"
    "Set by a command of its own and never shown again: true where there is one, else false.\n"
    ".It template-line , template\n"
    "The text of a template; a string.\n"
    "Empty: the next in line holds.\n"
    ".El\n";

static const char tail[] =
    ".Sh TEMPLATES\n"
    "The portal and each department have the texts of their mails as settings, too, named\n"
    ".Sm off\n"
    ".Li template. Ar KIND . Ar LANG . Ar PART ,\n"
    ".Sm on\n"
    "where the part is subject, text or html:\n"
    ".Ic deskbellctl template .\n"
    ".Sh SEE ALSO\n"
    ".Xr deskbellctl 1 ,\n"
    ".Xr deskbell.conf 5 ,\n"
    ".Xr deskbell-protocol 7\n";

static bool is_template(const struct setting *st)
{
    return st->type == SET_TEMPLATE || st->type == SET_TEMPLATE_LINE;
}

static void duration_print(int64_t ms)
{
    char text[DURATION_TEXT];

    duration_format(ms, text);
    fputs(text, stdout);
}

/* What it takes: the words, or the range. */
static void range_print(const struct setting *st)
{
    switch (st->type) {
    case SET_ENUM:
    case SET_WORDS:
        for (size_t i = 0; st->words[i] != NULL && (int64_t)i <= st->max; i++)
            printf("%s%s", i == 0 ? "" : st->type == SET_ENUM ? " | " : ", ", st->words[i]);
        return;
    case SET_INT:
        printf("int, %" PRId64 " to %" PRId64, st->min, st->max);
        return;
    case SET_MS:
        printf("ms, ");
        duration_print(st->min);
        printf(" to ");
        duration_print(st->max);
        return;
    case SET_LINE:
    case SET_TEXT:
        printf("%s, %" PRId64 " to %" PRId64 " characters", setting_type_word(st->type), st->min,
               st->max);
        return;
    case SET_MAILBOXES:
    case SET_ORIGINS:
    case SET_DAYS:
    case SET_HOLIDAYS:
        printf("%s, at most %" PRId64, setting_type_word(st->type), st->max);
        return;
    default:
        fputs(setting_type_word(st->type), stdout);
        return;
    }
}

static void default_print(const struct setting *st, const struct change *now)
{
    switch (st->type) {
    case SET_BOOL:
        printf("The default is %s.\n", now->i != 0 ? "on" : "off");
        break;
    case SET_ENUM:
        printf("The default is %s.\n", st->words[now->i]);
        break;
    case SET_INT:
        printf("The default is %" PRId64 ".\n", now->i);
        break;
    case SET_MS:
        printf("The default is ");
        duration_print(now->i);
        printf(".\n");
        break;
    default:
        if (now->s.len > 0)
            printf("The default is %.*s.\n", (int)now->s.len, now->s.p);
        break;
    }
}

/* Help texts are one line, and begin small, for the console's forms. */
static void setting_print(const struct setting *st, const struct change *now)
{
    if (is_template(st))
        return;
    printf(".It Cm %s Pq ", st->name);
    range_print(st);
    printf("\n%c%s.\n", toupper((unsigned char)st->help[0]), st->help + 1);
    default_print(st, now);
}

static void section_begin(const char *title, const char *what)
{
    printf(".Sh %s\n%s\n.Bl -tag -width Ds\n", title, what);
}

static void portal_print(void)
{
    struct portal p;
    struct change now;
    size_t n;
    const struct setting *st = portal_settings(&n);

    portal_init(&p);
    section_begin("PORTAL", "What holds for all departments.");
    for (size_t i = 0; i < n; i++) {
        portal_setting_get(&p, &st[i], &now);
        setting_print(&st[i], &now);
    }
    printf(".El\n");
    portal_clear(&p);
}

static void departments_print(void)
{
    struct xdept *x = xdept_new(1);
    struct change now;
    size_t n;
    const struct setting *st = dept_settings(&n);

    section_begin("DEPARTMENT", "Of each department.");
    for (size_t i = 0; i < n; i++) {
        dept_setting_get(&x->d, &st[i], &now);
        setting_print(&st[i], &now);
    }
    printf(".El\n");
    dept_free(&x->d);
}

static void agents_print(void)
{
    struct xagent *x = xagent_new(1);
    struct change now;
    size_t n;
    const struct setting *st = agent_settings(&n);

    section_begin("AGENT", "Of each agent.");
    for (size_t i = 0; i < n; i++) {
        agent_setting_get(&x->a, &st[i], &now);
        setting_print(&st[i], &now);
    }
    printf(".El\n");
    xagent_free(x);
}

int main(void)
{
    fputs(head, stdout);
    portal_print();
    departments_print();
    agents_print();
    fputs(tail, stdout);
    return EXIT_SUCCESS;
}
