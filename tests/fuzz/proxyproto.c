/* PROXY headers.  Promise: the same header, whether it comes whole or byte by byte. */
#include "deskbell/proxyproto.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = {(const char *)data, size};
    struct proxyproto pp, slow_pp;
    size_t used = 0, slow_used = 0;
    err_t err = proxyproto_parse(in, &pp, &used), slow = ERR_AGAIN;

    for (size_t n = 0; n <= size && slow == ERR_AGAIN; n++)
        slow = proxyproto_parse((struct span){in.p, n}, &slow_pp, &slow_used);
    ensure(err == slow);
    if (err != ERR_OK)
        return 0;
    ensure(used <= size && used <= PROXYPROTO_MAX_BYTES && used == slow_used);
    ensure(pp.local == slow_pp.local);
    if (!pp.local)
        ensure(memcmp(&pp.source, &slow_pp.source, sizeof(pp.source)) == 0);
    return 0;
}
