/* IP addresses and prefixes as text and as sixteen bytes. */
#include "deskbell/ipaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

const struct ipaddr ipaddr_nobody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static bool ipaddr_is_v4(const struct ipaddr *a)
{
    return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

err_t ipaddr_parse(struct span s, struct ipaddr *out)
{
    char text[INET6_ADDRSTRLEN];
    struct ipaddr a;

    if (s.len == 0 || s.len >= sizeof(text) || memchr(s.p, '\0', s.len) != NULL)
        return ERR_INVAL;
    memcpy(text, s.p, s.len);
    text[s.len] = '\0';
    memcpy(a.b, mapped, sizeof(mapped));
    if (inet_pton(AF_INET, text, a.b + 12) != 1 && inet_pton(AF_INET6, text, a.b) != 1)
        return ERR_INVAL;
    *out = a;
    return ERR_OK;
}

err_t ipaddr_from_sockaddr(const struct sockaddr *sa, struct ipaddr *out)
{
    struct sockaddr_in6 in6;
    struct sockaddr_in in;

    switch (sa->sa_family) {
    case AF_INET:
        memcpy(&in, sa, sizeof(in));
        memcpy(out->b, mapped, sizeof(mapped));
        memcpy(out->b + 12, &in.sin_addr, 4);
        return ERR_OK;
    case AF_INET6:
        memcpy(&in6, sa, sizeof(in6));
        memcpy(out->b, &in6.sin6_addr, 16);
        return ERR_OK;
    default:
        return ERR_INVAL;
    }
}

void ipaddr_format(const struct ipaddr *a, char out[IPADDR_TEXT])
{
    if (ipaddr_is_v4(a))
        ensure(inet_ntop(AF_INET, a->b + 12, out, IPADDR_TEXT) != NULL);
    else
        ensure(inet_ntop(AF_INET6, a->b, out, IPADDR_TEXT) != NULL);
}

/* "0" to "128" without sign or leading zero. */
static bool bits_parse(struct span s, unsigned *bits)
{
    unsigned v = 0;

    if (s.len == 0 || s.len > 3 || (s.len > 1 && s.p[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (unsigned)(s.p[i] - '0');
    }
    *bits = v;
    return true;
}

static struct ipaddr ipaddr_mask(const struct ipaddr *a, unsigned bits)
{
    struct ipaddr m = {{0}};

    memcpy(m.b, a->b, bits / 8);
    if (bits % 8 != 0)
        m.b[bits / 8] = a->b[bits / 8] & (uint8_t)(0xff << (8 - bits % 8));
    return m;
}

err_t ipprefix_parse(struct span s, struct ipprefix *out, struct fault *f)
{
    const char *slash = s.len > 0 ? memchr(s.p, '/', s.len) : NULL;
    struct span host = slash != NULL ? (struct span){s.p, (size_t)(slash - s.p)} : s;
    int shown = s.len < IPADDR_TEXT ? (int)s.len : IPADDR_TEXT;
    struct ipprefix p = {.bits = 128};
    unsigned bits;

    if (ipaddr_parse(host, &p.addr) != ERR_OK)
        return fault_refuse_with(f, ERR_INVAL, NULL, REFUSE_IP_FORM, VALUES(OF_BYTES(s.p, shown)));
    if (slash != NULL) {
        struct span tail = {slash + 1, s.len - host.len - 1};
        bool v4 = memchr(host.p, ':', host.len) == NULL;

        if (!bits_parse(tail, &bits) || bits > (v4 ? 32 : 128))
            return fault_refuse_with(f, ERR_INVAL, NULL, REFUSE_IP_LENGTH,
                                     VALUES(OF_BYTES(s.p, shown), OF_INT(v4 ? 32 : 128)));
        p.bits = (uint8_t)(v4 ? bits + 96 : bits);
    }
    struct ipaddr low = ipaddr_mask(&p.addr, p.bits);
    if (memcmp(&low, &p.addr, sizeof(low)) != 0) {
        char want[IPADDR_TEXT];

        p.addr = low;
        ipprefix_format(&p, want);
        return fault_refuse_with(f, ERR_INVAL, NULL, REFUSE_IP_BITS,
                                 VALUES(OF_BYTES(s.p, shown), OF_STR(want)));
    }
    *out = p;
    return ERR_OK;
}

void ipprefix_format(const struct ipprefix *p, char out[IPADDR_TEXT])
{
    bool v4 = p->bits >= 96 && ipaddr_is_v4(&p->addr);
    size_t len;

    if (v4)
        ipaddr_format(&p->addr, out);
    else
        ensure(inet_ntop(AF_INET6, p->addr.b, out, IPADDR_TEXT) != NULL);
    len = strlen(out);
    if (p->bits < 128)
        snprintf(out + len, IPADDR_TEXT - len, "/%d", v4 ? p->bits - 96 : p->bits);
}

void ipprefix_of(const struct ipaddr *a, struct ipprefix *out)
{
    out->bits = ipaddr_is_v4(a) ? 128 : 64;
    out->addr = ipaddr_mask(a, out->bits);
}

bool ipprefix_has(const struct ipprefix *p, const struct ipaddr *a)
{
    struct ipaddr low = ipaddr_mask(a, p->bits);

    return memcmp(&low, &p->addr, sizeof(low)) == 0;
}

bool ipprefix_meets(const struct ipprefix *p, const struct ipprefix *q)
{
    return p->bits <= q->bits ? ipprefix_has(p, &q->addr) : ipprefix_has(q, &p->addr);
}
