/* See offline.h. */
#include "offline.h"

#include <stdio.h>

#include "deskbell/log.h"
#include "deskbell/search.h"
#include "deskbell/view.h"

#define CHECK_ANSWER_MAX_BYTES (1u << 20)

void complain(const struct fault *f)
{
    fprintf(stderr, "deskbelld: %s%s%s\n", f->field, f->field[0] != '\0' ? ": " : "",
            f->what[0] != '\0' ? f->what : err_text(f->err));
}

int offline_restore(const char *from, const struct config *conf)
{
    struct fault f = {0};

    struct backup_keys made;

    if (store_restore(from, conf->state_dir, &made, &f) != ERR_OK) {
        complain(&f);
        return EXIT_START;
    }
    printf("restored to %s\n", conf->state_dir);
    if (made.gateway)
        puts("The backup has no gateway.key: there is a new one, and visitors who are in a chat "
             "cannot go on with it.");
    if (made.dispatcher)
        puts("The backup has no dispatcher.key: there is a new one, and the passwords of relays "
             "have to be set again.");
    return EXIT_RAN;
}

struct offline {
    bool json;
    struct buf b;
    struct jw j;
};

static void on_finding(void *arg, const struct check_finding *f)
{
    struct offline *o = arg;

    if (o->json)
        view_check_finding(&o->j, f);
    else
        printf("%s %s %s: %s%s\n", check_kind_word(f->kind), f->table, f->key, f->what,
               f->mendable ? "" : " (cannot be mended)");
}

static void report_print(struct offline *o, const struct check_report *r)
{
    if (o->json) {
        view_check_end(&o->j, r);
        puts(o->b.p);
        return;
    }
    printf("%llu rows and %llu records: ", (unsigned long long)r->rows,
           (unsigned long long)r->records);
    if (r->found == 0)
        puts("all is right");
    else if (r->mended)
        printf("%llu found, %llu mended\n", (unsigned long long)r->found,
               (unsigned long long)r->mendable);
    else
        printf("%llu found, %llu can be mended\n", (unsigned long long)r->found,
               (unsigned long long)r->mendable);
}

/* It is made again out of the same journal, beside everything else. */
static void index_drop(const struct config *conf, bool json)
{
    search_remove(conf->state_dir);
    if (!json)
        puts("The search index is thrown away: the gateway makes it again while it runs.");
}

int offline_check(const struct config *conf, bool rebuild, bool json)
{
    struct store_options so = {.dir = conf->state_dir,
                               .role = rebuild ? STORE_GATEWAY : STORE_READER,
                               .map_bytes = conf->map_size,
                               .free_min_bytes = conf->free_space_min,
                               .ballast_bytes = conf->ballast};
    struct offline o = {.json = json, .b = {.limit_bytes = CHECK_ANSWER_MAX_BYTES}};
    struct check_report r;
    struct store *st = NULL;
    struct fault f = {0};
    err_t err;

    o.j.b = &o.b;
    if (json)
        view_check_begin(&o.j);
    if ((err = store_open(&so, &st, &f)) == ERR_OK &&
        (err = store_check(st, rebuild, on_finding, &o, &r, &f)) == ERR_OK)
        report_print(&o, &r);
    else
        complain(&f);
    store_close(st);
    if (err == ERR_OK && rebuild)
        index_drop(conf, json);
    buf_fini(&o.b);
    if (err != ERR_OK)
        return EXIT_START;
    return r.found == 0 || (r.mended && r.mendable == r.found) ? EXIT_RAN : EXIT_DIFFERS;
}
