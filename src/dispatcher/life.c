/*
 * What a dispatcher has beside its store, whoever moves it: made at its start, let go at its end.
 * Where store, clocks and workers come from is dispatch.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "deskbell/crypto.h"
#include "dispatcher_int.h"

static err_t dir_make(struct dispatcher *d, struct fault *f)
{
    struct buf path = {0};

    buf_addf(&path, "%s/dispatch", d->conf.state_dir);
    d->trip_dir = buf_take(&path);
    if (mkdir(d->trip_dir, 0700) != 0 && errno != EEXIST)
        return fault_set(f, ERR_IO, "state_dir", "%s: %s", d->trip_dir, strerror(errno));
    return ERR_OK;
}

/* A key of its own for Message-IDs, out of the one that only this program may read. */
static err_t id_key_make(struct dispatcher *d, struct fault *f)
{
    uint8_t secret_key[KEY_BYTES];
    err_t err = store_unseal_key(d->store, secret_key);

    if (err != ERR_OK)
        return fault_set(f, err, "state_dir", "the dispatcher's key cannot be read");
    hash_bytes(d->id_key, SPAN_LIT("message-id"), secret_key);
    explicit_bzero(secret_key, sizeof(secret_key));
    return ERR_OK;
}

void dispatcher_init(struct dispatcher *d)
{
    TAILQ_INIT(&d->trips);
    TAILQ_INIT(&d->alarms);
}

err_t dispatcher_open(struct dispatcher *d, struct fault *f)
{
    err_t err = id_key_make(d, f);

    if (err != ERR_OK || (err = dir_make(d, f)) != ERR_OK)
        return err;
    life_begin(d);
    d->boot_number = hash_u64(span_of(d->boot), NULL) | 1;
    d->letters = letterset_new();
    d->templates_parsed = tmpl_cache_new();
    templates_load(d);
    return ERR_OK;
}

void dispatcher_close(struct dispatcher *d)
{
    trip_stop_all(d);
    life_end(d);
    alarm_clear(d, &d->again);
    relay_fini(&d->relay);
    relays_free(d);
    letterset_free(d->letters);
    tmpl_cache_free(d->templates_parsed);
    free(d->trip_dir);
}
