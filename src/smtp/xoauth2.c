/*
 * XOAUTH2, the login by a token, for which the library has no plug-in: this program is its own, see
 * plugin.c.  The library makes the lines of a login in 2 KB, and tokens are longer; so it says an
 * empty first answer, and the true one takes its place on the way into TLS.
 *
 * https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
 */
#include <dlfcn.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <auth-client.h>

#include "smtp_int.h"

#define SAID "AUTH XOAUTH2 =\r\n" /* RFC 4954 section 4: the first answer is empty */
#define MEANT "AUTH XOAUTH2 "

/* One session a process.  Empty: there is no token, or it was said. */
static struct buf login;

void xoauth2_set(struct span user, struct span token)
{
    struct buf clear = {0};

    buf_addf(&clear, "user=%.*s\001auth=Bearer %.*s\001\001", (int)user.len, user.p, (int)token.len,
             token.p);
    char *base64 = xmalloc(4 * ((clear.len + 2) / 3) + 1);
    int len =
        EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)clear.p, (int)clear.len);
    buf_add_str(&login, MEANT);
    buf_add(&login, base64, (size_t)len);
    buf_add_str(&login, "\r\n");
    explicit_bzero(clear.p, clear.len);
    explicit_bzero(base64, (size_t)len);
    buf_fini(&clear);
    free(base64);
}

void xoauth2_forget(void)
{
    if (login.len > 0)
        explicit_bzero(login.p, login.len);
    buf_fini(&login);
}

/*
 * In the place of OpenSSL's, for the library and for the bridge.  Whatever is said before a mail
 * is of our own making, so nobody else's text can be taken for the line; and it is said once.
 */
__attribute__((visibility("default"))) int SSL_write(SSL *ssl, const void *bytes, int len)
{
    int (*next)(SSL *, const void *, int);
    void *found = dlsym(RTLD_NEXT, "SSL_write");

    ensure(found != NULL);
    memcpy(&next, &found, sizeof(next)); /* a function's address, by way of POSIX's void * */
    if (login.len == 0 || (size_t)len != strlen(SAID) || memcmp(bytes, SAID, strlen(SAID)) != 0)
        return next(ssl, bytes, len);
    int n = next(ssl, login.p, (int)login.len); /* whole: one record holds it */
    if (n <= 0)
        return n; /* tried again with the same bytes */
    ensure((size_t)n == login.len);
    xoauth2_forget();
    return len;
}

/*
 * Empty first; and empty to what is wrong with a token, which the server says in a challenge: it
 * refuses the login only then.
 */
static const char *response(void *ctx, const char *challenge, int *len, auth_interact_t interact,
                            void *arg)
{
    (void)ctx;
    (void)challenge;
    (void)interact;
    (void)arg;
    *len = 0;
    return "";
}

/* What the library looks for in a plug-in; its package has no header for it. */
struct plugin {
    const char *mechanism, *about;
    int (*init)(void *ctx);
    void (*destroy)(void *ctx);
    const char *(*response)(void *ctx, const char *challenge, int *len, auth_interact_t interact,
                            void *arg);
    int flags, strength;
    void (*encode)(void), (*decode)(void);
};

extern const struct plugin sasl_client;
__attribute__((visibility("default"))) const struct plugin sasl_client = {
    .mechanism = "XOAUTH2", .about = "a bearer token", .response = response};
