/*
 * Backups.  The gateway makes them, and may not be allowed to read the dispatcher's key; whoever
 * calls this program may be.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl_int.h"
#include "deskbell/conf.h"
#include "deskbell/fd.h"

#define KEY_MAX_BYTES 4096
#define DISPATCHER_KEY "dispatcher.key"

static bool list_has(const json_t *list, const char *word)
{
    const json_t *one;
    size_t i;

    json_array_foreach (list, i, one)
        if (strcmp(json_string_value(one), word) == 0)
            return true;
    return false;
}

/* Into a file that is not there yet. */
static bool key_copy(const char *from_path, const char *to_path)
{
    struct buf bytes = {.limit_bytes = KEY_MAX_BYTES};
    int from = open(from_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), to = -1;
    bool good = from >= 0 && fd_read(from, &bytes);

    if (good)
        to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    good = good && to >= 0 && fd_write(to, buf_span(&bytes)) && fsync(to) == 0;
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    if (bytes.p != NULL)
        explicit_bzero(bytes.p, bytes.len);
    buf_fini(&bytes);
    return good;
}

/* What the gateway was not allowed to read. */
static bool key_add(const struct ctl *c, const char *to_dir)
{
    struct buf from = {0}, to = {0};
    struct config conf;
    struct fault f = {0};

    if (conf_load(c->opt.conf_path, &conf, &f) != ERR_OK)
        return false;
    buf_addf(&from, "%s/" DISPATCHER_KEY, conf.state_dir);
    buf_addf(&to, "%s/" DISPATCHER_KEY, to_dir);

    bool good = key_copy(from.p, to.p);

    conf_fini(&conf);
    buf_fini(&from);
    buf_fini(&to);
    return good;
}

static void held_print(const json_t *keys, bool without, const char *to)
{
    printf("%s is made", to);
    if (without)
        puts(", without the keys.\nKeep gateway.key and " DISPATCHER_KEY
             " of the state directory elsewhere, and put them into it before it is restored.");
    else if (list_has(keys, DISPATCHER_KEY))
        puts(", and holds the keys.\nWhoever has it can read the passwords of relays, and speak "
             "as any visitor.");
    else
        puts(", and holds gateway.key: whoever has it can speak as any visitor.\nIt "
             "lacks " DISPATCHER_KEY
             ", which opens the passwords of relays; root may copy it there.");
}

enum ctl_exit ctl_run_backup_make(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *fields = json_object(), *ok, *keys;
    enum ctl_exit ex = args_to_fields(c, cmd, argc, argv, fields);
    bool without = json_is_true(json_object_get(fields, "without_keys"));

    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    if ((ex = ctl_call(c, cmd->word, fields, &ok)) != EXIT_DONE)
        return ex;
    keys = json_object_get(ok, "keys");
    if (!without && !list_has(keys, DISPATCHER_KEY) && key_add(c, argv[0]))
        json_array_append_new(keys, json_string(DISPATCHER_KEY));
    if (c->opt.json)
        print_json(ok);
    else if (!c->opt.quiet)
        held_print(keys, without, argv[0]);
    json_decref(ok);
    return EXIT_DONE;
}

enum ctl_exit ctl_run_backup_restore(struct ctl *c, const struct ctl_cmd *cmd, int argc,
                                     char **argv)
{
    char restore[] = "--restore";
    char *args[] = {restore, argv[0], NULL};

    (void)cmd;
    (void)argc;
    return ctl_run_gateway(c, args);
}
