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

bool token_is(const struct api *api, uint64_t conv, struct span token)
{
    uint8_t right[TOKEN_BYTES], given[TOKEN_BYTES];
    size_t len;

    if (b64url_decode(token, given, sizeof(given), &len) != ERR_OK || len != sizeof(given))
        return false;
    token_bytes(api, conv, right);
    return bytes_equal(right, given, sizeof(right));
}
