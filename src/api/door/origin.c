/*
 * Where the gateway is for browsers: which pages are its own (the Origin of a request), which are a
 * department's websites, and under which name the session's cookie is kept there.
 */
#include "api_int.h"

#include <strings.h>

#define HOST_PREFIX "__Host-" /* RFC 6265bis section 4.1.3.2 */

static bool is_same(struct span a, struct span b)
{
    return a.len == b.len && a.len > 0 && strncasecmp(a.p, b.p, a.len) == 0;
}

/* Of a URL: scheme, host, and the port unless it is the scheme's own, as browsers write it. */
static struct span url_origin(const char *url)
{
    bool https = strncmp(url, "https:", 6) == 0;
    const char *host = strstr(url, "://");
    struct span own = span_of(url), port = https ? SPAN_LIT(":443") : SPAN_LIT(":80");
    const char *path = host != NULL ? strchr(host + 3, '/') : NULL;

    if (path != NULL)
        own.len = (size_t)(path - url);
    if (own.len > port.len && memcmp(own.p + own.len - port.len, port.p, port.len) == 0)
        own.len -= port.len;
    return own;
}

/*
 * Is the host an address, or this machine?  No name of somebody's can be turned on us there, so who
 * opens the gateway so (a tunnel, a test) may sign in whatever its public URL is.
 */
static bool is_bare(struct span host)
{
    bool v6 = host.len > 0 && host.p[0] == '[';
    const char *end = host.len > 0 ? memchr(host.p, v6 ? ']' : ':', host.len) : NULL;
    struct span name = {host.p, end != NULL ? (size_t)(end - host.p) : host.len};
    struct ipaddr ip;

    if (v6)
        name = (struct span){name.p + 1, name.len - 1};
    return span_is_nocase(name, "localhost") || ipaddr_parse(name, &ip) == ERR_OK;
}

bool origin_is_own(const struct api *api, struct span origin, struct span host)
{
    const struct api_config *cf = &api->env.config;
    static const char *const schemes[] = {"http://", "https://"};

    if (is_same(origin, url_origin(api->env.view->public_url)))
        return true;
    for (size_t i = 0; i < cf->norigins; i++)
        if (span_is_nocase(origin, cf->origins[i]))
            return true;
    for (size_t i = 0; i < COUNT_OF(schemes) && (!cf->has_url || is_bare(host)); i++) {
        struct span scheme = span_of(schemes[i]);

        if (origin.len > scheme.len && memcmp(origin.p, scheme.p, scheme.len) == 0 &&
            is_same((struct span){origin.p + scheme.len, origin.len - scheme.len}, host))
            return true;
    }
    return false;
}

/* Once for each, and no more than there is room for until the next reload. */
static bool is_told(struct api *api, struct span origin)
{
    uint64_t hash = hash_u64(origin, NULL);

    for (size_t i = 0; i < api->norigins_told; i++)
        if (api->origins_told[i] == hash)
            return true;
    if (api->norigins_told == ORIGINS_TOLD_MAX)
        return true;
    api->origins_told[api->norigins_told++] = hash;
    return false;
}

err_t origin_refuse(struct api *api, struct span origin, struct span host, enum refusal why,
                    struct fault *f)
{
    const char *set = api->env.config.has_url
                          ? "public_url to where browsers find the gateway"
                          : "public_url, or let the proxy pass on Host with its port";

    if (origin.len > 0 && !is_told(api, origin)) /* a program that sends none has nothing to set */
        log_info("origin.refused", "origin=%s host=%s set=%s", log_quote(origin.p, origin.len),
                 log_quote(host.p != NULL ? host.p : "", host.len), log_quote(set, strlen(set)));
    return fault_refuse(f, ERR_DENIED, NULL, why);
}

bool origin_may_visit(const struct api *api, const struct dept *d, struct span origin,
                      struct span host)
{
    const char *at = d->origins;

    if (at[0] == 0 || origin_is_own(api, origin, host))
        return true;
    while (*at != 0) {
        size_t n = strcspn(at, " ");

        if (n == origin.len && strncasecmp(at, origin.p, n) == 0)
            return true;
        at += n;
        at += strspn(at, " ");
    }
    return false;
}

bool is_https(const struct api *api, bool secure)
{
    return secure || strncmp(api->env.view->public_url, "https://", 8) == 0;
}

const char *api_cookie(const struct api *api, bool secure)
{
    return is_https(api, secure) ? HOST_PREFIX API_COOKIE : API_COOKIE;
}

const char *api_device_cookie(const struct api *api, bool secure)
{
    return is_https(api, secure) ? HOST_PREFIX API_DEVICE_COOKIE : API_DEVICE_COOKIE;
}
