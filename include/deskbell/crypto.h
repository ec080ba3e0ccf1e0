/* Randomness, hashes, passwords, sealed secrets and base64url.  Built on libsodium. */
#ifndef DESKBELL_CRYPTO_H
#define DESKBELL_CRYPTO_H

#include "deskbell/span.h"

#define KEY_BYTES 32
#define HASH_BYTES 32
#define PASSWORD_HASH_BYTES 128 /* with its NUL */

/* Once, before anything else here.  ensure()s that the library starts. */
void crypto_init(void);

/* len bytes from the system's generator: for keys and tokens. */
void random_fill(void *out, size_t len);

/* BLAKE2b; `key` may be NULL, otherwise KEY_BYTES. */
void hash_bytes(uint8_t out[HASH_BYTES], struct span in, const uint8_t *key);

/* First eight bytes of hash_bytes(), for fingerprints of commands and addresses. */
uint64_t hash_u64(struct span in, const uint8_t *key);

/* Constant time. */
bool bytes_equal(const void *a, const void *b, size_t len);

/* Base64url without padding (RFC 4648 section 5).  out gets a NUL: 4*((len+2)/3)+1 bytes. */
void b64url_encode(char *out, const void *in, size_t len);

/* ERR_INVAL for anything that b64url_encode() does not write, ERR_TOOBIG over cap. */
err_t b64url_decode(struct span in, void *out, size_t cap, size_t *len) MUST_CHECK;

/*
 * argon2id, 19 MiB, 2 passes: about 25 ms of CPU, so never on the event loop.
 * password_verify() is false for a wrong password and for a hash that is not one; a NULL hash costs
 * the same time and is false (an unknown user must not be told apart by time).
 */
void password_hash(char out[PASSWORD_HASH_BYTES], struct span password);
bool password_verify(const char *hash, struct span password);
bool password_needs_rehash(const char *hash);

/*
 * What the holder of one key puts away for himself: `seal` appends BOX_OVERHEAD bytes more than
 * what it is given, `open` appends what was; ERR_CORRUPT where it was not made with this key.
 */
#define BOX_OVERHEAD 40
void box_seal(struct buf *out, struct span secret, const uint8_t key[KEY_BYTES]);
err_t box_open(struct buf *out, struct span boxed, const uint8_t key[KEY_BYTES]) MUST_CHECK;

/*
 * Sealed secrets: anyone with the public key can seal, only the owner of the secret key can open.
 * seal adds SEAL_OVERHEAD bytes.
 */
#define SEAL_OVERHEAD 48
void seal_keypair(uint8_t public_key[KEY_BYTES], uint8_t secret_key[KEY_BYTES]);
void seal(struct buf *out, struct span secret, const uint8_t public_key[KEY_BYTES]);
err_t seal_open(struct buf *out, struct span sealed, const uint8_t public_key[KEY_BYTES],
                const uint8_t secret_key[KEY_BYTES]) MUST_CHECK; /* ERR_CORRUPT */

/*
 * A key file of exactly `len` bytes, mode 0600, made with random bytes if it is not there.
 * ERR_IO, ERR_CORRUPT for a wrong size, ERR_DENIED where others may read it.
 */
err_t key_file_load(const char *path, uint8_t *key, size_t len) MUST_CHECK;

#endif
