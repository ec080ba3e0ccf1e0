/*
 * The PROXY protocol, versions 1 (a line of text) and 2 (binary).  Fields behind the addresses are
 * skipped; nothing here decides whether the sender may be believed.
 */
#include "deskbell/proxyproto.h"

#define V1_MAX_BYTES 107
#define V2_HEAD_BYTES 16

static const char v2_mark[12] = "\r\n\r\n\0\r\nQUIT\n";

/* Does what has come so far agree with the mark? */
static bool begins(struct span in, const char *mark, size_t len)
{
    return memcmp(in.p, mark, in.len < len ? in.len : len) == 0;
}

static bool word_next(struct span *rest, struct span *word)
{
    const char *sp = memchr(rest->p, ' ', rest->len);

    *word = *rest;
    if (sp != NULL)
        word->len = (size_t)(sp - rest->p);
    rest->p += word->len;
    rest->len -= word->len;
    if (sp != NULL) {
        rest->p++;
        rest->len--;
    }
    return word->len > 0;
}

static bool port_parse(struct span s, uint16_t *port)
{
    unsigned long v = 0;

    if (s.len == 0 || s.len > 5 || (s.len > 1 && s.p[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (unsigned long)(s.p[i] - '0');
    }
    *port = (uint16_t)v;
    return v <= 65535;
}

static bool address_parse(struct span s, bool v6, struct ipaddr *a)
{
    return (memchr(s.p, ':', s.len) != NULL) == v6 && ipaddr_parse(s, a) == ERR_OK;
}

static err_t v1_parse(struct span line, struct proxyproto *out)
{
    struct span family, source, dest, sport, dport;
    struct ipaddr to;
    uint16_t to_port;

    line.p += 6;
    line.len -= 6;
    if (!word_next(&line, &family))
        return ERR_MALFORMED;
    if (span_is(family, "UNKNOWN")) {
        *out = (struct proxyproto){.local = true};
        return ERR_OK;
    }

    bool v6 = span_is(family, "TCP6");

    if (!v6 && !span_is(family, "TCP4"))
        return ERR_MALFORMED;
    if (!word_next(&line, &source) || !word_next(&line, &dest) || !word_next(&line, &sport) ||
        !word_next(&line, &dport) || line.len > 0)
        return ERR_MALFORMED;

    struct proxyproto pp = {.local = false};

    if (!address_parse(source, v6, &pp.source) || !address_parse(dest, v6, &to) ||
        !port_parse(sport, &pp.port) || !port_parse(dport, &to_port))
        return ERR_MALFORMED;
    *out = pp;
    return ERR_OK;
}

static err_t v1_read(struct span in, struct proxyproto *out, size_t *used)
{
    size_t seen = in.len < V1_MAX_BYTES ? in.len : V1_MAX_BYTES;
    const char *lf = memchr(in.p, '\n', seen);

    if (lf == NULL)
        return seen < V1_MAX_BYTES ? ERR_AGAIN : ERR_MALFORMED;

    struct span line = {in.p, (size_t)(lf - in.p)};

    if (line.len < 7 || line.p[line.len - 1] != '\r')
        return ERR_MALFORMED;
    line.len--;

    err_t err = v1_parse(line, out);

    if (err == ERR_OK)
        *used = line.len + 2;
    return err;
}

static err_t v2_read(struct span in, struct proxyproto *out, size_t *used)
{
    const uint8_t *b = (const uint8_t *)in.p;

    if (in.len < V2_HEAD_BYTES)
        return ERR_AGAIN;

    unsigned command = b[12] & 0x0f, family = b[13];
    size_t len = (size_t)b[14] << 8 | b[15];
    struct proxyproto pp = {.local = true};

    if (b[12] >> 4 != 2 || command > 1)
        return ERR_MALFORMED;
    if (V2_HEAD_BYTES + len > PROXYPROTO_MAX_BYTES)
        return ERR_TOOBIG;
    if (command == 1 && ((family == 0x11 && len < 12) || (family == 0x21 && len < 36)))
        return ERR_MALFORMED;
    if (in.len < V2_HEAD_BYTES + len)
        return ERR_AGAIN;
    if (command == 1 && family == 0x11) {
        static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

        pp.local = false;
        memcpy(pp.source.b, mapped, 12);
        memcpy(pp.source.b + 12, b + 16, 4);
        pp.port = (uint16_t)(b[24] << 8 | b[25]);
    } else if (command == 1 && family == 0x21) {
        pp.local = false;
        memcpy(pp.source.b, b + 16, 16);
        pp.port = (uint16_t)(b[48] << 8 | b[49]);
    }
    *out = pp;
    *used = V2_HEAD_BYTES + len;
    return ERR_OK;
}

err_t proxyproto_parse(struct span in, struct proxyproto *out, size_t *used)
{
    if (in.len == 0)
        return ERR_AGAIN;
    if (begins(in, v2_mark, sizeof(v2_mark)))
        return v2_read(in, out, used);
    if (begins(in, "PROXY ", 6))
        return in.len < 6 ? ERR_AGAIN : v1_read(in, out, used);
    return ERR_MALFORMED;
}
