/* What may be said: the help, and the shell's completion, both made from the command table. */
#include <stdio.h>
#include <stdlib.h>

#include "ctl_int.h"

enum ctl_exit ctl_run_help(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    struct guess g = {.typed = argc > 0 ? argv[0] : ""};
    char meant[GUESS_TEXT];
    bool found = false;

    (void)c;
    (void)cmd;
    if (argc == 0)
        puts("usage: deskbellctl [--json] [--yes] [--quiet] [--watch[=DURATION]] [--socket PATH | "
             "-c FILE] NOUN VERB "
             "[ARGUMENT ...]\n");
    for (size_t i = 0; i < ctl_cmds_count; i++) {
        char call[96];

        guess_look(&g, ctl_cmds[i].noun);
        if (argc > 0 && strcmp(argv[0], ctl_cmds[i].noun) != 0)
            continue;
        found = true;
        snprintf(call, sizeof(call), "%s %s %s", ctl_cmds[i].noun, ctl_cmds[i].verb,
                 ctl_cmds[i].args);
        printf("  %-60s %s\n", call, ctl_cmds[i].help);
    }
    if (found)
        return EXIT_DONE;
    ctl_complain("there is nothing called \"%s\"%s (deskbellctl help shows all)", argv[0],
                 guess_text(&g, meant));
    return EXIT_USAGE;
}

/* names, for the completion */

static enum ctl_exit names_print(const json_t *rows, void *arg)
{
    json_t *row;
    size_t i;

    json_array_foreach ((json_t *)rows, i, row) {
        const char *name = json_string_value(json_object_get(row, arg));

        if (name != NULL) {
            print_text(name);
            putchar('\n');
        }
    }
    return EXIT_DONE;
}

enum ctl_exit ctl_run_completion_names(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                       char **argv)
{
    static const struct {
        const char *what, *word;
        char key[8];
    } lists[] = {{"department", "department.list", "name"},
                 {"agent", "agent.list", "email"},
                 {"role", "role.list", "name"},
                 {"view", "view.list", "name"}};
    json_t *ok;
    enum ctl_exit ex;

    (void)cmd;
    for (size_t i = 0; argc == 1 && i < COUNT_OF(lists); i++)
        if (strcmp(argv[0], lists[i].what) == 0)
            return ctl_pages(c, lists[i].word, json_object(), names_print, (char *)lists[i].key);
    if (argc == 2 && strcmp(argv[0], "setting") == 0) {
        if ((ex = ctl_call(c, "settings", json_object(), &ok)) != EXIT_DONE)
            return ex;
        ex = names_print(json_object_get(ok, argv[1]), (char[]){"name"});
        json_decref(ok);
        return ex;
    }
    ctl_complain("department, agent, or setting and a noun was expected");
    return EXIT_USAGE;
}

/* the completion */

/*
 * The line is taken apart here and not by the shell, which would part an address at its "@"; what
 * it puts in is what follows the last such mark.
 */
static const char completion_head[] =
    "_deskbellctl()\n"
    "{\n"
    "    local line=${COMP_LINE:0:COMP_POINT} noun= verb= n=0 i what= cur= words=\n"
    "    local -a said all run=(deskbellctl)\n"
    "    read -a said <<<\"$line\"\n"
    "    [[ $line == *[[:blank:]] ]] || { cur=${said[-1]}; unset 'said[-1]'; }\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < ${#said[@]}; i++)); do\n"
    "        case ${said[i]} in\n"
    "        -c | -s | --config | --socket)\n"
    "            if ((i + 1 == ${#said[@]})); then\n"
    "                mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "                return\n"
    "            fi\n"
    "            run+=(\"${said[i]}\" \"${said[++i]}\") ;;\n"
    "        -*) ;;\n"
    "        *)\n"
    "            if ((n == 0)); then noun=${said[i]}; elif ((n == 1)); then verb=${said[i]}; fi\n"
    "            ((++n)) ;;\n"
    "        esac\n"
    "    done\n"
    "    if ((n == 0)) && [[ $cur == -* ]]; then\n"
    "        noun=-\n"
    "    fi\n"
    "    case $n:$noun:$verb in\n"
    "    0:-:) words='--config --socket --json --yes --quiet --watch --dry-run --help --version'\n"
    "        ;;\n";

static const char completion_tail[] =
    "    esac\n"
    "    case $what in\n"
    "    '') mapfile -t all < <(printf '%s\\n' $words) ;;\n"
    "    setting) mapfile -t all < <(\"${run[@]}\" completion names setting \"$noun\" 2>/dev/null "
    "|\n"
    "        sed 's/$/=/') ;;\n"
    "    *) mapfile -t all < <(\"${run[@]}\" completion names \"$what\" 2>/dev/null) ;;\n"
    "    esac\n"
    "    local marks=\n"
    "    [[ $cur == *[@:=]* ]] && marks=${cur%\"${cur##*[@:=]}\"}\n"
    "    for i in \"${all[@]}\"; do\n"
    "        if [[ -n $i && $i == \"$cur\"* ]]; then\n"
    "            printf -v i %q \"$i\"\n"
    "            COMPREPLY+=(\"${i#\"$marks\"}\")\n"
    "        fi\n"
    "    done\n"
    "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null\n"
    "}\n"
    "complete -o default -F _deskbellctl deskbellctl\n";

/* The places of a command where a department or an agent is named, then what may stand anywhere. */
static void arguments_print(const struct ctl_cmd *cmd)
{
    char words[128], *rest = NULL;
    struct buf options = {0};
    bool settings = false;
    size_t at = 2;

    snprintf(words, sizeof(words), "%s", cmd->args);
    for (char *w = strtok_r(words, " [", &rest); w != NULL; w = strtok_r(NULL, " [", &rest), at++) {
        size_t len = strcspn(w, "=]");

        if (w[len] == '=' && w[0] >= 'a')
            buf_addf(&options, "%.*s= ", (int)len, w);
        settings = settings || strncmp(w, "SETTING=", 8) == 0;
        w[len] = '\0';
        if (strcmp(w, "DEPARTMENT") == 0 || strcmp(w, "AGENT") == 0)
            printf("    %zu:%s:%s) what=%s ;;\n", at, cmd->noun, cmd->verb,
                   w[0] == 'D' ? "department" : "agent");
        else if (strchr(w, '|') != NULL && w[0] >= 'a')
            for (char *one = w, *next; one != NULL; one = next) {
                if ((next = strchr(one, '|')) != NULL)
                    *next++ = '\0';
                buf_addf(&options, "%s ", one);
            }
    }
    if (settings)
        printf("    *:%s:%s) what=setting ;;\n", cmd->noun, cmd->verb);
    else if (options.len > 0)
        printf("    *:%s:%s) words='%s' ;;\n", cmd->noun, cmd->verb, options.p);
    buf_fini(&options);
}

enum ctl_exit ctl_run_completion(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    (void)c;
    (void)cmd;
    (void)argc;
    (void)argv;
    fputs(completion_head, stdout);
    printf("    0:*) words='");
    for (size_t i = 0; i < ctl_cmds_count; i++)
        if (i == 0 || strcmp(ctl_cmds[i].noun, ctl_cmds[i - 1].noun) != 0)
            printf("%s ", ctl_cmds[i].noun);
    puts("' ;;");
    for (size_t i = 0; i < ctl_cmds_count; i++) {
        if (i == 0 || strcmp(ctl_cmds[i].noun, ctl_cmds[i - 1].noun) != 0)
            printf("    1:%s:*) words='", ctl_cmds[i].noun);
        printf("%s ", ctl_cmds[i].verb);
        if (i + 1 == ctl_cmds_count || strcmp(ctl_cmds[i].noun, ctl_cmds[i + 1].noun) != 0)
            puts("' ;;");
    }
    for (size_t i = 0; i < ctl_cmds_count; i++)
        arguments_print(&ctl_cmds[i]);
    fputs(completion_tail, stdout);
    return EXIT_DONE;
}
