/* IP addresses and prefixes; IPv4 is kept as ::ffff:a.b.c.d, so that one order serves both. */
#ifndef DESKBELL_IPADDR_H
#define DESKBELL_IPADDR_H

#include <sys/socket.h>

#include "deskbell/span.h"

#define IPADDR_TEXT 64 /* with prefix and NUL */

struct ipaddr {
    uint8_t b[16];
};

/* Nobody's address (all ones), for who has none: no socket can have it. */
extern const struct ipaddr ipaddr_nobody;

struct ipprefix {
    struct ipaddr addr; /* bits below the prefix are zero */
    uint8_t bits;       /* 0 to 128, counted in the mapped form: 1.2.3.4 has 128 */
};

/*
 * An address from text or from a socket, and as text: IPv4 with dots, IPv6 in its shortest form.
 * ERR_INVAL  no address, or a socket of another family; *out is as before.
 */
err_t ipaddr_parse(struct span s, struct ipaddr *out) MUST_CHECK;
err_t ipaddr_from_sockaddr(const struct sockaddr *sa, struct ipaddr *out) MUST_CHECK;
void ipaddr_format(const struct ipaddr *a, char out[IPADDR_TEXT]);

/* "192.0.2.7", "192.0.2.0/24", "2001:db8::/64".  ERR_INVAL also for bits set below the prefix. */
err_t ipprefix_parse(struct span s, struct ipprefix *out, struct fault *f) MUST_CHECK;
void ipprefix_format(const struct ipprefix *p, char out[IPADDR_TEXT]);

/* What one subscriber has: an IPv4 address alone, of an IPv6 one its /64. */
void ipprefix_of(const struct ipaddr *a, struct ipprefix *out);
bool ipprefix_has(const struct ipprefix *p, const struct ipaddr *a);
bool ipprefix_meets(const struct ipprefix *p, const struct ipprefix *q); /* one has the other */

#endif
