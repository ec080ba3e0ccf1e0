/*
 * TLS for the worker's one session, whether the library speaks it after STARTTLS or the bridge from
 * the start.  What the library would decide for itself is decided here: version, trust, name, SNI.
 */
#include <stdlib.h>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "deskbell/host.h"
#include "deskbell/ipaddr.h"
#include "worker_int.h"

/* One session a process: the callbacks' state can be the process's. */
static struct {
    char name[HOST_MAX_BYTES + 1];
    bool name_is_address, begun, up;
    int verify_error;
} tls;

static void tls_on_info(const SSL *ssl, int where, int ret)
{
    (void)ret;
    if ((where & SSL_CB_HANDSHAKE_START) != 0) {
        tls.begun = true;
        /* The library never asks for a name; OpenSSL's callback has a const that its setter lacks.
         */
        if (!tls.name_is_address)
            (void)SSL_set_tlsext_host_name((SSL *)(uintptr_t)ssl, tls.name);
    }
    if ((where & SSL_CB_HANDSHAKE_DONE) != 0)
        tls.up = true;
}

static int tls_on_verify(int ok, X509_STORE_CTX *store)
{
    if (!ok)
        tls.verify_error = X509_STORE_CTX_get_error(store);
    return ok;
}

SSL_CTX *tls_context(const struct job *job, const char **why)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    struct ipaddr addr;

    ensure(ctx != NULL && job->host.len < sizeof(tls.name));
    memcpy(tls.name, job->host.p, job->host.len);
    tls.name_is_address = ipaddr_parse(job->host, &addr) == ERR_OK;

    ensure(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
    if (job->tls == RELAY_STARTTLS) /* the library's */
        ensure(SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) == 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, tls_on_verify);
    SSL_CTX_set_info_callback(ctx, tls_on_info);

    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (tls.name_is_address)
        ensure(X509_VERIFY_PARAM_set1_ip_asc(param, tls.name) == 1);
    else
        ensure(X509_VERIFY_PARAM_set1_host(param, tls.name, 0) == 1);

    if (job->ca_file.len == 0) {
        ensure(SSL_CTX_set_default_verify_paths(ctx) == 1);
        return ctx;
    }
    char *path = span_dup(job->ca_file);
    int loaded = SSL_CTX_load_verify_locations(ctx, path, NULL);
    free(path);
    if (loaded != 1) {
        *why = "the CA file cannot be read";
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

bool tls_was_begun(void)
{
    return tls.begun;
}

bool tls_is_up(void)
{
    return tls.up;
}

const char *tls_verify_error(void)
{
    return tls.verify_error == X509_V_OK ? NULL : X509_verify_cert_error_string(tls.verify_error);
}
