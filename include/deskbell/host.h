/* Names of hosts as people type them into a settings page.  Nothing is looked up. */
#ifndef DESKBELL_HOST_H
#define DESKBELL_HOST_H

#include "deskbell/span.h"

#define HOST_MAX_BYTES 253

/*
 * REFUSE_NONE, or why this is neither a host name (RFC 1123 section 2.1: labels of 1 to 63 letters,
 * digits and inner hyphens, in all at most HOST_MAX_BYTES, no dot at the end) nor an IPv4 address.
 * A name whose last label has digits only must be an address, because resolvers take it for one.
 */
enum refusal host_why(struct span host);

/*
 * Can a mail server be greeted by it (RFC 5321 section 4.1.1.1)?  A full name, of more than one
 * part and no address, or an address literal: "[192.0.2.1]", "[IPv6:2001:db8::1]".
 */
bool host_is_greeting(struct span name);

/* "localhost" or 127.0.0.0/8, by its spelling: what a name resolves to today may change. */
bool host_is_loopback(struct span host);

#endif
