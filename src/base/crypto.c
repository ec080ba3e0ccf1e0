/* Randomness, hashes, passwords, sealed secrets, base64url and key files, on libsodium. */
#include "deskbell/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deskbell/fd.h"

#define PASSWORD_OPS 2
#define PASSWORD_MEM_BYTES (19u << 20)

/* The hash of 32 random bytes that nobody kept: it costs a stranger's sign-in the usual time. */
static const char nobody_hash[] = "$argon2id$v=19$m=19456,t=2,p=1$JaYOSnauwp7TMoBIdnjgUw$bhUoGb68+"
                                  "XrvH4m0ET6zZHgKMs1x7bByKCdsIoOhY7U";

_Static_assert(PASSWORD_HASH_BYTES == crypto_pwhash_STRBYTES, "the hash has libsodium's size");
_Static_assert(SEAL_OVERHEAD == crypto_box_SEALBYTES, "sealing adds what libsodium adds");
_Static_assert(KEY_BYTES == crypto_box_PUBLICKEYBYTES, "keys have libsodium's size");
_Static_assert(KEY_BYTES == crypto_box_SECRETKEYBYTES, "keys have libsodium's size");

void crypto_init(void)
{
    ensure(sodium_init() >= 0);
}

void random_fill(void *out, size_t len)
{
    randombytes_buf(out, len);
}

void hash_bytes(uint8_t out[HASH_BYTES], struct span in, const uint8_t *key)
{
    ensure(crypto_generichash(out, HASH_BYTES, (const unsigned char *)in.p, in.len, key,
                              key != NULL ? KEY_BYTES : 0) == 0);
}

uint64_t hash_u64(struct span in, const uint8_t *key)
{
    uint8_t hash[HASH_BYTES];
    uint64_t v = 0;

    hash_bytes(hash, in, key);
    for (int i = 0; i < 8; i++)
        v = v << 8 | hash[i];
    return v;
}

bool bytes_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

void b64url_encode(char *out, const void *in, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

    sodium_bin2base64(out, size, in, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

err_t b64url_decode(struct span in, void *out, size_t cap, size_t *len)
{
    const char *end;
    size_t n;

    if (in.len == 0) {
        *len = 0;
        return ERR_OK;
    }
    if (in.len % 4 == 1)
        return ERR_INVAL;
    if (in.len / 4 * 3 + (in.len % 4 * 3) / 4 > cap)
        return ERR_TOOBIG;
    if (sodium_base642bin(out, cap, in.p, in.len, NULL, &n, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        end != in.p + in.len)
        return ERR_INVAL;
    *len = n;
    return ERR_OK;
}

void password_hash(char out[PASSWORD_HASH_BYTES], struct span password)
{
    ensure(crypto_pwhash_str_alg(out, password.p != NULL ? password.p : "", password.len,
                                 PASSWORD_OPS, PASSWORD_MEM_BYTES,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0);
}

/* libsodium reads all of its 128 bytes, so a shorter string is copied into as many. */
static bool password_hash_copy(char out[PASSWORD_HASH_BYTES], const char *hash)
{
    size_t len = strnlen(hash, PASSWORD_HASH_BYTES);

    memset(out, 0, PASSWORD_HASH_BYTES);
    if (len == PASSWORD_HASH_BYTES)
        return false;
    memcpy(out, hash, len);
    return true;
}

bool password_verify(const char *hash, struct span password)
{
    char copy[PASSWORD_HASH_BYTES];

    if (!password_hash_copy(copy, hash != NULL ? hash : nobody_hash))
        return false;
    bool same =
        crypto_pwhash_str_verify(copy, password.p != NULL ? password.p : "", password.len) == 0;
    return same && hash != NULL;
}

bool password_needs_rehash(const char *hash)
{
    char copy[PASSWORD_HASH_BYTES];

    return !password_hash_copy(copy, hash) ||
           crypto_pwhash_str_needs_rehash(copy, PASSWORD_OPS, PASSWORD_MEM_BYTES) != 0;
}

void box_seal(struct buf *out, struct span secret, const uint8_t key[KEY_BYTES])
{
    size_t n = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret.len;
    uint8_t *bytes = xmalloc(n);

    _Static_assert(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES == BOX_OVERHEAD,
                   "as the header says");
    _Static_assert(crypto_secretbox_KEYBYTES == KEY_BYTES, "one kind of key");
    randombytes_buf(bytes, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(bytes + crypto_secretbox_NONCEBYTES, (const uint8_t *)secret.p,
                          secret.len, bytes, key);
    buf_add(out, bytes, n);
    free(bytes);
}

err_t box_open(struct buf *out, struct span boxed, const uint8_t key[KEY_BYTES])
{
    const uint8_t *bytes = (const uint8_t *)boxed.p;
    uint8_t *plain;
    err_t err = ERR_OK;

    if (boxed.len < BOX_OVERHEAD)
        return ERR_CORRUPT;
    plain = xmalloc(boxed.len);
    if (crypto_secretbox_open_easy(plain, bytes + crypto_secretbox_NONCEBYTES,
                                   boxed.len - crypto_secretbox_NONCEBYTES, bytes, key) != 0)
        err = ERR_CORRUPT;
    else
        buf_add(out, plain, boxed.len - BOX_OVERHEAD);
    sodium_memzero(plain, boxed.len);
    free(plain);
    return err;
}

void seal_keypair(uint8_t public_key[KEY_BYTES], uint8_t secret_key[KEY_BYTES])
{
    ensure(crypto_box_keypair(public_key, secret_key) == 0);
}

void seal(struct buf *out, struct span secret, const uint8_t public_key[KEY_BYTES])
{
    size_t len = secret.len + SEAL_OVERHEAD;
    unsigned char *sealed = xmalloc(len);

    ensure(crypto_box_seal(sealed, (const unsigned char *)secret.p, secret.len, public_key) == 0);
    buf_add(out, sealed, len);
    free(sealed);
}

err_t seal_open(struct buf *out, struct span sealed, const uint8_t public_key[KEY_BYTES],
                const uint8_t secret_key[KEY_BYTES])
{
    if (sealed.len < SEAL_OVERHEAD)
        return ERR_CORRUPT;
    size_t len = sealed.len - SEAL_OVERHEAD;
    unsigned char *open = xmalloc(len);
    err_t err = ERR_CORRUPT;

    if (crypto_box_seal_open(open, (const unsigned char *)sealed.p, sealed.len, public_key,
                             secret_key) == 0) {
        buf_add(out, open, len);
        err = ERR_OK;
    }
    sodium_memzero(open, len);
    free(open);
    return err;
}

/* So that the name of a new file survives a power cut, too. */
static err_t dir_sync(const char *path)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');

    snprintf(dir, sizeof(dir), "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
             slash == NULL ? "." : path);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ERR_IO;
    err_t err = fsync(fd) == 0 ? ERR_OK : ERR_IO;
    close(fd);
    return err;
}

/*
 * Made beside its place and linked into it: of two programs that start at once, the second finds
 * the first one's key, and nobody ever finds half a key.
 */
static err_t key_file_make(const char *path, size_t len)
{
    char tmp[PATH_MAX];
    uint8_t *key;
    err_t err = ERR_IO;
    int fd;

    if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int)sizeof(tmp))
        return ERR_IO;
    if ((fd = mkostemp(tmp, O_CLOEXEC)) < 0) /* mode 0600 */
        return ERR_IO;
    key = xmalloc(len);
    random_fill(key, len);
    if (fd_write(fd, (struct span){(const char *)key, len}) && fsync(fd) == 0 &&
        (link(tmp, path) == 0 || errno == EEXIST))
        err = dir_sync(path);
    sodium_memzero(key, len);
    free(key);
    close(fd);
    unlink(tmp);
    return err;
}

static err_t key_fd_read(int fd, uint8_t *key, size_t len)
{
    uint8_t *bytes;
    struct stat st;
    size_t got = 0;
    err_t err = ERR_OK;

    if (fstat(fd, &st) != 0)
        return ERR_IO;
    if ((st.st_mode & 077) != 0)
        return ERR_DENIED;
    if (!S_ISREG(st.st_mode) || st.st_size < 0 || (size_t)st.st_size != len)
        return ERR_CORRUPT;
    bytes = xmalloc(len);
    while (got < len) {
        ssize_t n = read(fd, bytes + got, len - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            err = ERR_IO;
            break;
        }
        got += (size_t)n;
    }
    if (err == ERR_OK)
        memcpy(key, bytes, len);
    sodium_memzero(bytes, len);
    free(bytes);
    return err;
}

err_t key_file_load(const char *path, uint8_t *key, size_t len)
{
    err_t err;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT) {
        if ((err = key_file_make(path, len)) != ERR_OK)
            return err;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (fd < 0)
        return errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_IO;
    err = key_fd_read(fd, key, len);
    close(fd);
    return err;
}
