/* Host names: their form, and whether they mean this machine. */
#include "deskbell/host.h"

#include <ctype.h>

#include "deskbell/ipaddr.h"

#define LABEL_MAX_BYTES 63

static enum refusal label_why(struct span s)
{
    if (s.len == 0)
        return REFUSE_HOST_DOTS;
    if (s.len > LABEL_MAX_BYTES)
        return REFUSE_HOST_LABEL;
    if (s.p[0] == '-' || s.p[s.len - 1] == '-')
        return REFUSE_HOST_HYPHEN;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.p[i] >= 0x80 || (!isalnum((unsigned char)s.p[i]) && s.p[i] != '-'))
            return REFUSE_HOST_CHARACTER;
    return REFUSE_NONE;
}

enum refusal host_why(struct span host)
{
    struct span label = SPAN_NONE;
    struct ipaddr addr;
    bool digits = true;
    enum refusal why;

    if (host.len == 0)
        return REFUSE_HOST_EMPTY;
    if (host.len > HOST_MAX_BYTES)
        return REFUSE_HOST_LONG;
    if (memchr(host.p, ':', host.len) != NULL)
        return REFUSE_HOST_PORT;
    for (size_t start = 0; start <= host.len; start += label.len + 1) {
        const char *dot = memchr(host.p + start, '.', host.len - start);

        label.p = host.p + start;
        label.len = dot != NULL ? (size_t)(dot - label.p) : host.len - start;
        if ((why = label_why(label)) != REFUSE_NONE)
            return why;
    }
    for (size_t i = 0; i < label.len; i++)
        digits = digits && isdigit((unsigned char)label.p[i]);
    return digits && ipaddr_parse(host, &addr) != ERR_OK ? REFUSE_HOST_DIGITS : REFUSE_NONE;
}

static bool literal_is_good(struct span s)
{
    static const char tag[] = "IPv6:";
    const size_t tag_len = sizeof(tag) - 1;
    struct ipaddr addr;

    if (s.len < 3 || s.p[0] != '[' || s.p[s.len - 1] != ']')
        return false;
    s = (struct span){s.p + 1, s.len - 2};
    bool v6 = s.len > tag_len && span_is_nocase((struct span){s.p, tag_len}, tag);
    if (v6)
        s = (struct span){s.p + tag_len, s.len - tag_len};
    return ipaddr_parse(s, &addr) == ERR_OK && v6 == (memchr(s.p, ':', s.len) != NULL);
}

bool host_is_greeting(struct span name)
{
    struct ipaddr addr;

    if (name.len > 0 && name.p[0] == '[')
        return literal_is_good(name);
    return host_why(name) == REFUSE_NONE && memchr(name.p, '.', name.len) != NULL &&
           ipaddr_parse(name, &addr) != ERR_OK;
}

bool host_is_loopback(struct span host)
{
    struct ipprefix loopback;
    struct ipaddr addr;

    if (span_is_nocase(host, "localhost"))
        return true;
    ensure(ipprefix_parse(SPAN_LIT("127.0.0.0/8"), &loopback, NULL) == ERR_OK);
    return ipaddr_parse(host, &addr) == ERR_OK && ipprefix_has(&loopback, &addr);
}
