/*
 * What is sealed with this program's key: passwords of relays, links of agents, and the bytes of
 * mails that hold one.  What comes out of here in clear goes to no file and to no log.
 */
#include <string.h>

#include "deskbell/crypto.h"
#include "dispatcher_int.h"

err_t secret_open(struct dispatcher *d, struct span sealed, struct buf *clear)
{
    uint8_t public_key[KEY_BYTES], secret_key[KEY_BYTES];
    err_t err = store_unseal_key(d->store, secret_key);

    if (err == ERR_OK) {
        store_seal_key(d->store, public_key);
        err = seal_open(clear, sealed, public_key, secret_key);
    }
    explicit_bzero(secret_key, sizeof(secret_key));
    return err;
}

void secret_seal(struct dispatcher *d, struct span clear, struct buf *sealed)
{
    uint8_t public_key[KEY_BYTES];

    store_seal_key(d->store, public_key);
    seal(sealed, clear, public_key);
}

void secret_wipe(struct buf *clear)
{
    if (clear->p != NULL)
        explicit_bzero(clear->p, clear->len);
    buf_fini(clear);
}
