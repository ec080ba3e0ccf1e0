/* The name by which the server is greeted. */
#ifndef SMTP_HELLO_H
#define SMTP_HELLO_H

#include <sys/socket.h>

#include "deskbell/span.h"

/*
 * RFC 5321 section 4.1.4: the machine's full name, and where it has none, the address from which it
 * speaks, in brackets.
 *
 * name       as the machine calls itself.
 * canonical  as the name service does; "" if it knows none.
 * own        our end of the connection; any family, but others than the internet's give
 *            "[127.0.0.1]".
 */
void hello_pick(struct span name, struct span canonical, const struct sockaddr_storage *own,
                struct buf *out);

/* The same for this machine and this socket.  Asks the name service where the name has no dot. */
void hello_find(int fd, struct buf *out);

#endif
