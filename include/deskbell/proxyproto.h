/*
 * The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt): who is behind the proxy that
 * opened this connection.  Bytes only; whether the proxy may be believed is the edge's business.
 */
#ifndef DESKBELL_PROXYPROTO_H
#define DESKBELL_PROXYPROTO_H

#include "deskbell/ipaddr.h"
#include "deskbell/span.h"

#define PROXYPROTO_MAX_BYTES 1024 /* version 2 with its extra fields; version 1 has 107 */

struct proxyproto {
    bool local; /* LOCAL or UNKNOWN: the proxy speaks for itself (a health check) */
    struct ipaddr source;
    uint16_t port;
};

/*
 * ERR_OK         out is filled and *used bytes belong to the header.
 * ERR_AGAIN      more is needed.
 * ERR_MALFORMED  this is no PROXY header, or a broken one.  ERR_TOOBIG over PROXYPROTO_MAX_BYTES.
 */
err_t proxyproto_parse(struct span in, struct proxyproto *out, size_t *used) MUST_CHECK;

#endif
