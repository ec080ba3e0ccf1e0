/*
 * A visitor's key to his conversation: its id and a keyed hash of it.  Nothing of it is stored; who
 * has the store's secret can make all of them, and nobody else any.
 */
#include "api_int.h"

#include "deskbell/tlv.h"

static void token_bytes(const struct api *api, uint64_t conv, uint8_t out[TOKEN_BYTES])
{
    static const char what[] = "visitor-token";
    uint8_t in[sizeof(what) + 8], mac[HASH_BYTES];

    memcpy(in, what, sizeof(what));
    be64_put(in + sizeof(what), conv);
    hash_bytes(mac, (struct span){(const char *)in, sizeof(in)}, api->secret);
    be64_put(out, conv);
    memcpy(out + 8, mac, TOKEN_MAC_BYTES);
}

void token_make(const struct api *api, uint64_t conv, char out[TOKEN_TEXT])
{
    uint8_t bytes[TOKEN_BYTES];

    token_bytes(api, conv, bytes);
    b64url_encode(out, bytes, sizeof(bytes));
}

bool token_read(const struct api *api, struct span token, uint64_t *conv)
{
    uint8_t right[TOKEN_BYTES], given[TOKEN_BYTES];
    size_t len;

    if (b64url_decode(token, given, sizeof(given), &len) != ERR_OK || len != sizeof(given))
        return false;
    token_bytes(api, be64_get(given), right);
    if (!bytes_equal(right, given, sizeof(right)))
        return false;
    *conv = be64_get(given);
    return true;
}

bool token_is(const struct api *api, uint64_t conv, struct span token)
{
    uint64_t its;

    return token_read(api, token, &its) && its == conv;
}

struct span token_offered(struct span protocols)
{
    const size_t n = sizeof(TOKEN_PROTOCOL) - 1;

    while (protocols.len > 0) {
        const char *comma = memchr(protocols.p, ',', protocols.len);
        size_t len = comma != NULL ? (size_t)(comma - protocols.p) : protocols.len;
        struct span one = span_trim((struct span){protocols.p, len});

        if (one.len > n && memcmp(one.p, TOKEN_PROTOCOL, n) == 0)
            return (struct span){one.p + n, one.len - n};
        if (comma == NULL)
            break;
        protocols = (struct span){comma + 1, protocols.len - len - 1};
    }
    return SPAN_NONE;
}
