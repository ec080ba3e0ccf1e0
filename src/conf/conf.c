/* The file: its lines, its defaults, and what a reload may change. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_int.h"
#include "deskbell/fd.h"

#define FILE_MAX_BYTES (1u << 20)
#define LINE_MAX_BYTES 8192
#define OPTIONS_MAX 64
#define STATE_DIR "/var/lib/deskbell"

static const struct option *option_find(struct span key)
{
    for (size_t i = 0; i < options_count; i++)
        if (span_is(key, options[i].key))
            return &options[i];
    return NULL;
}

static void conf_defaults(struct config *cfg)
{
    for (size_t i = 0; i < options_count; i++) {
        err_t err = option_set(cfg, &options[i], span_of(options[i].dflt), NULL);
        ensure(err == ERR_OK);
    }
}

/* What looks most like a key that nobody knows: the option with the longest common beginning. */
static const char *option_like(struct span key)
{
    const char *like = NULL;
    size_t best = 2;

    for (size_t i = 0; i < options_count; i++) {
        size_t same = 0;

        while (same < key.len && options[i].key[same] == key.p[same])
            same++;
        if (same > best) {
            best = same;
            like = options[i].key;
        }
    }
    return like;
}

/* One line that is neither empty nor a comment.  seen has the line of each option's value. */
static err_t line_apply(struct config *cfg, struct span line, unsigned number, unsigned *seen,
                        struct fault *f)
{
    const char *eq = memchr(line.p, '=', line.len);
    const struct option *opt;

    if (eq == NULL)
        return fault_set(f, ERR_INVAL, NULL, "expected name = value, not \"%.*s\"",
                         (int)(line.len < 60 ? line.len : 60), line.p);
    struct span key = span_trim((struct span){line.p, (size_t)(eq - line.p)});
    struct span value = span_trim((struct span){eq + 1, line.len - (size_t)(eq - line.p) - 1});

    if ((opt = option_find(key)) == NULL) {
        char *word = span_dup(key);
        const char *like = option_like(key);

        fault_set(f, ERR_INVAL, word, "there is no such option%s%s",
                  like != NULL ? "; do you mean " : "", like != NULL ? like : "");
        free(word);
        return ERR_INVAL;
    }
    if (seen[opt - options] != 0)
        return fault_set(f, ERR_INVAL, opt->key, "it is set already, in line %u",
                         seen[opt - options]);
    seen[opt - options] = number;
    return option_set(cfg, opt, value, f);
}

/* All lines; *number is the one that is wrong, or 0.  The fault's field is the option's key. */
static err_t lines_apply(struct config *cfg, struct span text, unsigned *number, struct fault *f)
{
    unsigned *seen = xcalloc(options_count, sizeof(*seen));
    err_t err = ERR_OK;

    for (*number = 1; err == ERR_OK && text.len > 0; ++*number) {
        const char *lf = memchr(text.p, '\n', text.len);
        struct span line = {text.p, lf != NULL ? (size_t)(lf - text.p) : text.len};
        size_t used = line.len + (lf != NULL ? 1 : 0);

        text.p += used;
        text.len -= used;
        if (line.len > 0 && line.p[line.len - 1] == '\r')
            line.len--;
        if (line.len > LINE_MAX_BYTES)
            err = fault_set(f, ERR_INVAL, NULL, "the line is longer than %d bytes", LINE_MAX_BYTES);
        else if (!span_is_text(line, line.len))
            err = fault_set(f, ERR_INVAL, NULL, "the line has a control character or is not UTF-8");
        line = span_trim(line);
        if (err == ERR_OK && line.len > 0 && line.p[0] != '#')
            err = line_apply(cfg, line, *number, seen, f);
        if (err != ERR_OK)
            break;
    }
    if (err == ERR_OK)
        *number = 0;
    free(seen);
    return err;
}

static char *path_join(const char *dir, const char *name)
{
    struct buf b = {0};

    buf_addf(&b, "%s/%s", dir, name);
    return buf_take(&b);
}

/* A system's daemon keeps its state in /var/lib; whoever just tries deskbell out, at home. */
static char *state_dir_default(void)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (geteuid() == 0 || access(STATE_DIR, X_OK) == 0)
        return xstrdup(STATE_DIR);
    if (xdg != NULL && xdg[0] == '/')
        return path_join(xdg, "deskbell");
    if (home != NULL && home[0] == '/')
        return path_join(home, ".local/state/deskbell");
    return xstrdup(STATE_DIR);
}

/*
 * The dispatcher stands beside the running program, in the build tree one directory further, or
 * where it was installed.
 */
static char *dispatcher_default(void)
{
    static const char *const beside[] = {"deskbell-dispatcher",
                                         "../dispatcher/deskbell-dispatcher"};
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n > 0) {
        self[n] = '\0';
        *strrchr(self, '/') = '\0';
        for (size_t i = 0; i < COUNT_OF(beside); i++) {
            char *path = path_join(self, beside[i]);

            if (access(path, X_OK) == 0)
                return path;
            free(path);
        }
    }
    return xstrdup(DESKBELL_LIBEXECDIR "/deskbell-dispatcher");
}

/* Fill in a path that the file has left out. */
static void path_complete(char **path, char *dflt)
{
    if ((*path)[0] == '\0') {
        free(*path);
        *path = dflt;
    } else {
        free(dflt);
    }
}

static err_t conf_complete(struct config *cfg, struct fault *f)
{
    path_complete(&cfg->state_dir, state_dir_default());
    path_complete(&cfg->control_socket, path_join(cfg->state_dir, "control.sock"));
    path_complete(&cfg->dispatcher_program, dispatcher_default());
    if (cfg->strict_transport_days > 0 && strncmp(cfg->public_url, "https://", 8) != 0)
        return fault_set(f, ERR_INVAL, "strict_transport_days",
                         "it needs a public_url that begins with https://");
    if (strlen(cfg->control_socket) > SOCKET_PATH_MAX_BYTES)
        return fault_set(f, ERR_INVAL, "control_socket",
                         "the path of a socket has at most %d bytes, this one has %zu",
                         SOCKET_PATH_MAX_BYTES, strlen(cfg->control_socket));
    return ERR_OK;
}

/*
 * Say where: the field becomes "FILE:LINE", and the option's key comes first in what is wrong.  A
 * path that is too long for the field loses its beginning.
 */
static void fault_locate(struct fault *f, const char *name, unsigned line)
{
    struct fault inner = *f;
    char number[16] = "";
    size_t len = strlen(name), room;

    if (line != 0)
        snprintf(number, sizeof(number), ":%u", line);
    room = sizeof(f->field) - 1 - strlen(number);
    if (len > room) {
        char tail[sizeof(f->field)];

        snprintf(tail, sizeof(tail), "...%s%s", name + len - (room - 3), number);
        fault_set(f, inner.err, tail, "%s%s%s", inner.field, inner.field[0] != '\0' ? ": " : "",
                  inner.what);
        return;
    }
    char where[sizeof(f->field)];
    snprintf(where, sizeof(where), "%s%s", name, number);
    fault_set(f, inner.err, where, "%s%s%s", inner.field, inner.field[0] != '\0' ? ": " : "",
              inner.what);
}

err_t conf_parse(struct span text, const char *name, struct config *conf, struct fault *f)
{
    struct config fresh = {0};
    struct fault inner = {0};
    unsigned line;
    err_t err;

    conf_defaults(&fresh);
    err = lines_apply(&fresh, span_unmarked(text), &line, &inner);
    if (err == ERR_OK)
        err = conf_complete(&fresh, &inner);
    if (err != ERR_OK) {
        conf_fini(&fresh);
        fault_locate(&inner, name, line);
        if (f != NULL)
            *f = inner;
        return err;
    }
    *conf = fresh;
    return ERR_OK;
}

/* The whole file; ERR_NOTFOUND if it is not there. */
static err_t text_read(const char *path, struct buf *out, struct fault *f)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0)
        return fault_set(f, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, NULL,
                         "the file cannot be read: %s", strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return fault_set(f, ERR_IO, NULL, "this is not a file");
    }

    bool all = fd_read(fd, out);
    int saved = errno;

    close(fd);
    if (!all)
        return fault_set(f, ERR_IO, NULL, "the file cannot be read: %s", strerror(saved));
    if (out->full)
        return fault_set(f, ERR_INVAL, NULL, "the file is larger than 1M");
    return ERR_OK;
}

err_t conf_load(const char *path, struct config *conf, struct fault *f)
{
    const char *name = path != NULL ? path : DESKBELL_SYSCONFDIR "/deskbell/deskbell.conf";
    struct buf text = {.limit_bytes = FILE_MAX_BYTES};
    struct fault inner = {0};
    err_t err;

    err = text_read(name, &text, &inner);
    if (err == ERR_OK || (err == ERR_NOTFOUND && path == NULL)) {
        err = conf_parse(buf_span(&text), name, conf, f);
    } else {
        fault_locate(&inner, name, 0);
        if (f != NULL)
            *f = inner;
    }
    buf_fini(&text);
    return err;
}

void conf_fini(struct config *conf)
{
    for (size_t i = 0; i < options_count; i++)
        option_fini(conf, &options[i]);
}

void conf_reload(struct config *now, const struct config *next,
                 void (*fn)(void *arg, const char *key), void *arg)
{
    struct buf x = {0}, y = {0};

    for (size_t i = 0; i < options_count; i++) {
        buf_reset(&x);
        buf_reset(&y);
        option_format(now, &options[i], &x);
        option_format(next, &options[i], &y);
        if (span_eq(buf_span(&x), buf_span(&y)))
            continue;
        if (options[i].reloadable)
            ensure(option_set(now, &options[i], buf_span(&y), NULL) == ERR_OK);
        else
            fn(arg, options[i].key);
    }
    buf_fini(&x);
    buf_fini(&y);
}

void conf_value(const struct config *conf, const char *key, struct buf *out)
{
    const struct option *opt = option_find(span_of(key));

    ensure(opt != NULL);
    option_format(conf, opt, out);
}

const struct conf_option *conf_options(size_t *count)
{
    static const char *const types[KIND_COUNT] = {
        [KIND_BOOL] = "yes/no",   [KIND_UINT] = "number",    [KIND_SIZE] = "size",
        [KIND_LEVEL] = "word",    [KIND_LINE] = "text",      [KIND_PATH] = "path",
        [KIND_URL] = "URL",       [KIND_ADDRESSES] = "list", [KIND_PREFIXES] = "list",
        [KIND_GREETING] = "name",
    };
    static struct conf_option rows[OPTIONS_MAX];
    static char ranges[OPTIONS_MAX][96];

    ensure(options_count <= OPTIONS_MAX);
    for (size_t i = 0; i < options_count && rows[i].key == NULL; i++) {
        const struct option *opt = &options[i];
        struct buf range = {0};

        option_expects(opt, &range);
        snprintf(ranges[i], sizeof(ranges[i]), "%s", range.p);
        buf_fini(&range);
        rows[i] = (struct conf_option){
            .key = opt->key,
            .type = types[opt->kind],
            .fallback = opt->dflt_doc != NULL ? opt->dflt_doc : opt->dflt,
            .range = ranges[i],
            .help = opt->help,
            .reloadable = opt->reloadable,
            .list = opt->kind == KIND_ADDRESSES || opt->kind == KIND_PREFIXES,
        };
    }
    *count = options_count;
    return rows;
}
