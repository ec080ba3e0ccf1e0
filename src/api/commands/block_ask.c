/*
 * Which blocks are asked for first: those that reach further than they may seem to whoever types
 * them, or to whoever has a visitor before him.
 */
#include "api_int.h"

#define COUNTED_MAX 100000 /* chats that a block would end */
#define WIDE_V4_BITS (96 + 16)
#define WIDE_V6_BITS 32

/* Of no subscriber: whoever is seen with one is one's own colleague, or a proxy that hides others.
 */
static const char *const private[] = {
    "10.0.0.0/8",    "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
    "100.64.0.0/10", "::1",           "fc00::/7",       "fe80::/10",
};

static bool is_wide(const struct ipprefix *p)
{
    struct ipprefix v4;

    ensure(ipprefix_parse(SPAN_LIT("0.0.0.0/0"), &v4, NULL) == ERR_OK);
    return p->bits < (ipprefix_meets(p, &v4) ? WIDE_V4_BITS : WIDE_V6_BITS);
}

static bool is_private(const struct ipprefix *p)
{
    for (size_t i = 0; i < COUNT_OF(private); i++) {
        struct ipprefix q;

        ensure(ipprefix_parse(span_of(private[i]), &q, NULL) == ERR_OK);
        if (ipprefix_meets(p, &q))
            return true;
    }
    return false;
}

static bool is_proxy(const struct api_config *conf, const struct ipprefix *p)
{
    for (size_t i = 0; i < conf->nproxies; i++)
        if (ipprefix_meets(p, &conf->proxies[i]))
            return true;
    return false;
}

/* An operator has no address. */
static bool is_own(const struct call *c, const struct ipprefix *p)
{
    return c->as == AS_AGENT && ipprefix_has(p, &c->ip);
}

static size_t chats_from(const struct call *c, const struct ipprefix *p)
{
    return core_open_from(c->api->env.core, p, COUNTED_MAX);
}

/* A block that reaches further than it may seem is not made by the first word. */
err_t block_ask(const struct call *c, const struct ipprefix *p, struct fault *f)
{
    enum refusal why = is_wide(p)                         ? REFUSE_BLOCK_WIDE
                       : is_own(c, p)                     ? REFUSE_BLOCK_OWN
                       : is_proxy(&c->api->env.config, p) ? REFUSE_BLOCK_PROXY
                       : is_private(p)                    ? REFUSE_BLOCK_PRIVATE
                                                          : REFUSE_NONE;
    char text[IPADDR_TEXT];

    if (why == REFUSE_NONE || c->arg[ARG_CONFIRM].i != 0 ||
        rights_may(c->api->env.core, &c->who, ACT_ADMIN, NULL, NULL) != ERR_OK)
        return ERR_OK;
    ipprefix_format(p, text);
    return fault_refuse_with(f, ERR_CONFIRM, "prefix", why,
                             VALUES(OF_STR(text), OF_INT(chats_from(c, p))));
}

/* Who may block need not see the address, so it is not in the question. */
err_t block_ask_visitor(const struct call *c, const struct conv *cv, struct fault *f)
{
    struct ipprefix p;
    enum refusal why;

    ipprefix_of(&cv->ip, &p);
    why = is_own(c, &p)                       ? REFUSE_VISITOR_OWN
          : is_proxy(&c->api->env.config, &p) ? REFUSE_VISITOR_PROXY
          : is_private(&p)                    ? REFUSE_VISITOR_PRIVATE
                                              : REFUSE_NONE;
    if (why == REFUSE_NONE || c->arg[ARG_CONFIRM].i != 0 ||
        rights_may(c->api->env.core, &c->who, ACT_BLOCK, cv, NULL) != ERR_OK)
        return ERR_OK;
    return fault_refuse_with(f, ERR_CONFIRM, "conversation", why,
                             VALUES(OF_INT(chats_from(c, &p))));
}
