/*
 * deskbell.conf into a struct: one option table with type, default, range, unit, whether it can be
 * reloaded, and help.  Everything runs on the defaults without a file.  It reads the file and
 * checks values; it opens nothing else.
 */
#ifndef DESKBELL_CONF_H
#define DESKBELL_CONF_H

#include "deskbell/ipaddr.h"
#include "deskbell/log.h"

#define CONF_ITEMS_MAX 64
#define SOCKET_PATH_MAX_BYTES 107 /* what sun_path holds beside its NUL */

/*
 * The default file, SYSCONFDIR/deskbell/deskbell.conf, is read where no other is named and it is
 * there.  Strings are never NULL; the paths that the file leaves out are filled in.
 */
struct config {
    char **listen; /* "127.0.0.1:8070", … */
    size_t nlisten;
    char *state_dir;      /* /var/lib/deskbell, or at home for who may not write there */
    char *control_socket; /* state_dir/control.sock unless set */
    char *user, *dispatcher_user, *smtp_user; /* of the programs, where root starts them */
    char *public_url; /* "" : made from what each request calls the gateway */
    struct ipprefix *trusted_proxies;
    size_t ntrusted_proxies;
    char *proxy_header; /* "x-forwarded-for" or "forwarded" */
    bool proxy_protocol;
    enum log_level log_level;
    unsigned max_connections, connections_per_address;
    unsigned strict_transport_days; /* 0: nothing is told */
    unsigned chats_per_address, messages_left_per_hour;
    uint64_t visitor_space_per_hour; /* bytes */
    unsigned chats_per_hour, messages_per_minute, commands_per_minute, sign_ins_per_minute;
    bool dispatcher;          /* start and supervise it */
    char *dispatcher_program; /* beside this program, in the build tree, or where it is installed */
    char *smtp_ca_file;       /* "": the system's */
    char *smtp_hello;         /* "": this machine's name or address */
    unsigned mail_keep;       /* days after a mail's end; 0: for ever */
    struct ipprefix *metrics_from;
    size_t nmetrics_from;
    uint64_t map_size, free_space_min, ballast;    /* bytes */
    unsigned threads;                              /* of the blocking pool */
    char *portal_name, *portal_lang, *portal_zone; /* first start only */
    bool demo;                                     /* serve the demo site at /demo/ */
};

/*
 * Read and check a file.  path NULL: the default file, or the built-in defaults without one.
 * ERR_INVAL  a wrong line: fault.field is "FILE:LINE", fault.what names the key and what was
 *            expected.  ERR_NOTFOUND, ERR_IO for the file.  *conf is set only on ERR_OK.
 */
err_t conf_load(const char *path, struct config *conf, struct fault *f) MUST_CHECK;

/*
 * The same from text, for tests; `name` stands for the file in faults.
 */
err_t conf_parse(struct span text, const char *name, struct config *conf,
                 struct fault *f) MUST_CHECK;

/* Frees what a load or a parse has put into it; it may be loaded again. */
void conf_fini(struct config *conf);

/*
 * Take over into `now` what of `next` can change while running; `next` may be freed afterwards.
 * Options that differ and cannot be changed are told to fn, one by one, and stay.
 */
void conf_reload(struct config *now, const struct config *next,
                 void (*fn)(void *arg, const char *key), void *arg);

/* The table, in the order of the manual. */
struct conf_option {
    const char *key, *type, *fallback, *range, *help;
    bool reloadable, list;
};
const struct conf_option *conf_options(size_t *count);

/* An option's value as it would be written in the file; `key` is one of the table's. */
void conf_value(const struct config *conf, const char *key, struct buf *out);

/* The annotated sample file, and the manual page deskbell.conf(5). */
void conf_sample(struct buf *out);
void conf_manual(struct buf *out);

#endif
