/*
 * TLS for the worker's one session, whether the library speaks it after STARTTLS or the bridge from
 * the start.  What the library would decide for itself is decided here: version, trust, name, SNI.
 */
#include <stdlib.h>
#include <time.h>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "deskbell/host.h"
#include "deskbell/ipaddr.h"
#include "smtp_int.h"

/* One session a process: the callbacks' state can be the process's. */
static struct {
    char name[HOST_MAX_BYTES + 1];
    SSL_CTX *ctx; /* held until the process ends */
    bool name_is_address, begun, up;
    int verify_error;
} tls;

/* what is told of it */

#define NAMES_MAX 8

static void date_write(const ASN1_TIME *at, struct buf *out)
{
    char text[32] = "?";
    struct tm tm;

    if (ASN1_TIME_to_tm(at, &tm) == 1)
        (void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
    buf_add_str(out, text);
}

static void name_write(const X509_NAME *name, struct buf *out)
{
    char text[256];

    X509_NAME_oneline(name, text, sizeof(text));
    buf_add_str(out, text);
}

/* The names that it is for, by its extension. */
static void names_write(const X509 *cert, struct buf *out)
{
    size_t from = out->len;
    GENERAL_NAMES *all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(all) && i < NAMES_MAX; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

        if (name->type != GEN_DNS)
            continue;
        buf_addf(out, "%s%.*s", out->len > from ? ", " : "", ASN1_STRING_length(name->d.dNSName),
                 (const char *)ASN1_STRING_get0_data(name->d.dNSName));
    }
    GENERAL_NAMES_free(all);
}

static void cert_note(const X509 *cert)
{
    struct buf text = {0};

    buf_add_str(&text, "certificate of ");
    name_write(X509_get_subject_name(cert), &text);
    buf_add_str(&text, " for ");
    names_write(cert, &text);
    dialogue_note("%s", text.p);
    buf_reset(&text);
    buf_add_str(&text, "certificate issued by ");
    name_write(X509_get_issuer_name(cert), &text);
    buf_add_str(&text, ", valid from ");
    date_write(X509_get0_notBefore(cert), &text);
    buf_add_str(&text, " to ");
    date_write(X509_get0_notAfter(cert), &text);
    dialogue_note("%s", text.p);
    buf_fini(&text);
}

static void refusal_tell(const X509 *cert, int error)
{
    static const struct {
        int error;
        enum smtp_fact fact;
    } rows[] = {
        {X509_V_ERR_HOSTNAME_MISMATCH, FACT_CERT_NAME},
        {X509_V_ERR_IP_ADDRESS_MISMATCH, FACT_CERT_NAME},
        {X509_V_ERR_CERT_HAS_EXPIRED, FACT_CERT_EXPIRED},
        {X509_V_ERR_CERT_NOT_YET_VALID, FACT_CERT_EARLY},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, FACT_CERT_UNKNOWN},
        {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, FACT_CERT_UNKNOWN},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, FACT_CERT_UNKNOWN},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, FACT_CERT_UNKNOWN},
        {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, FACT_CERT_UNKNOWN},
        {X509_V_ERR_CERT_UNTRUSTED, FACT_CERT_UNKNOWN},
    };
    struct buf names = {0};

    cert_note(cert);
    dialogue_note("certificate refused: %s", X509_verify_cert_error_string(error));
    names_write(cert, &names);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].error == error)
            dialogue_fact(rows[i].fact, buf_span(&names));
    buf_fini(&names);
}

static void success_tell(const SSL *ssl)
{
    const X509 *cert = SSL_get0_peer_certificate(ssl);

    dialogue_note("%s with %s", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
    if (cert != NULL)
        cert_note(cert);
}

/* what OpenSSL calls */

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
    if ((where & SSL_CB_HANDSHAKE_DONE) != 0 && !tls.up) { /* again with each ticket of 1.3 */
        tls.up = true;
        success_tell(ssl);
    }
}

static int tls_on_verify(int ok, X509_STORE_CTX *store)
{
    if (!ok) {
        tls.verify_error = X509_STORE_CTX_get_error(store);
        refusal_tell(X509_STORE_CTX_get0_cert(store), tls.verify_error);
    }
    return ok;
}

SSL_CTX *tls_context(const struct job *job, const char **why)
{
    SSL_CTX *ctx = tls.ctx = SSL_CTX_new(TLS_client_method());
    struct ipaddr addr;

    ensure(ctx != NULL && job->host.len < sizeof(tls.name));
    memcpy(tls.name, job->host.p, job->host.len);
    tls.name_is_address = ipaddr_parse(job->host, &addr) == ERR_OK;

    ensure(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
    if (job->tls == JOB_TLS_STARTTLS) /* the library's */
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
