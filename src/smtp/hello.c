/*
 * Many servers take mail only from who greets them by a full name.  A machine's own name is often
 * its first part alone, and the name service may know the rest; an address literal is right where
 * nobody does.
 */
#include "hello.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include "deskbell/host.h"

/* "localhost.localdomain" is everybody's. */
static bool is_full_name(struct span s)
{
    static const char everybody[] = "localhost.";
    const size_t len = sizeof(everybody) - 1;

    return s.len > 0 && s.p[0] != '[' && host_is_greeting(s) &&
           !(s.len >= len && span_is_nocase((struct span){s.p, len}, everybody));
}

static void literal_write(const struct sockaddr_storage *own, struct buf *out)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)own;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)own;
    const struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
    const uint8_t *mapped = in6->sin6_addr.s6_addr + 12;
    char text[INET6_ADDRSTRLEN] = "";
    bool v6 = own->ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);

    if (v6)
        (void)inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
    else if (own->ss_family == AF_INET6)
        (void)inet_ntop(AF_INET, mapped, text, sizeof(text));
    else
        (void)inet_ntop(AF_INET, own->ss_family == AF_INET ? &in->sin_addr : &loopback, text,
                        sizeof(text));
    buf_addf(out, "[%s%s]", v6 ? "IPv6:" : "", text);
}

void hello_pick(struct span name, struct span canonical, const struct sockaddr_storage *own,
                struct buf *out)
{
    if (is_full_name(name))
        buf_add_span(out, name);
    else if (is_full_name(canonical))
        buf_add_span(out, canonical);
    else
        literal_write(own, out);
}

void hello_find(int fd, struct buf *out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME}, *all = NULL;
    struct sockaddr_storage own = {.ss_family = AF_UNSPEC};
    char name[HOST_MAX_BYTES + 1] = "";
    socklen_t len = sizeof(own);
    struct span canonical = SPAN_NONE;

    (void)gethostname(name, sizeof(name) - 1); /* of 64 bytes at most; nothing else can go wrong */
    if (getsockname(fd, (struct sockaddr *)&own, &len) != 0)
        own.ss_family = AF_UNSPEC;
    if (name[0] != '\0' && !is_full_name(span_of(name)) &&
        getaddrinfo(name, NULL, &hints, &all) == 0)
        canonical = span_of(all->ai_canonname);
    hello_pick(span_of(name), canonical, &own, out);
    if (all != NULL)
        freeaddrinfo(all);
}
