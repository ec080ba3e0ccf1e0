/* An agent's picture out of a file; which files are one is the gateway's to say. */
#include <stdlib.h>

#include "ctl_int.h"
#include "deskbell/crypto.h"
#include "deskbell/limits.h"

static enum ctl_exit picture_read(const char *path, json_t *fields)
{
    struct buf bytes = {0};
    enum ctl_exit ex = input_read(path, PICTURE_MAX_BYTES, &bytes);
    char *text;

    if (ex == EXIT_DONE && bytes.full) {
        ctl_complain("%s: a picture has at most %u bytes", path, PICTURE_MAX_BYTES);
        ex = EXIT_USAGE;
    }
    if (ex == EXIT_DONE) {
        text = xmalloc(bytes.len / 3 * 4 + 5);
        b64url_encode(text, bytes.p, bytes.len);
        json_object_set_new(fields, "picture", json_string(text));
        free(text);
    }
    buf_fini(&bytes);
    return ex;
}

enum ctl_exit ctl_run_agent_picture(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    bool removes = strcmp(argv[1], "remove=yes") == 0;
    json_t *fields = json_object();
    enum ctl_exit ex = removes ? EXIT_DONE : picture_read(argv[1], fields);
    char *id = NULL;

    (void)argc;
    if (ex == EXIT_DONE)
        ex = resolve_agent(c, argv[0], &id);
    if (ex != EXIT_DONE) {
        json_decref(fields);
        return ex;
    }
    json_object_set_new(fields, "agent", json_string(id));
    free(id);
    return ctl_say(c, removes ? "picture.remove" : cmd->word, fields);
}
