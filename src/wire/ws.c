/*
 * WebSocket frames and messages, the server's side.  Payloads are taken as they come, so that a
 * connection keeps nothing but an unfinished message; limits are met before the bytes they are
 * about.
 */
#include <openssl/evp.h>

#include "deskbell/ws.h"

#define KEY_TEXT_BYTES 24

static bool is_key(struct span key)
{
    if (key.len != KEY_TEXT_BYTES || key.p[22] != '=' || key.p[23] != '=')
        return false;
    for (size_t i = 0; i < 22; i++) {
        char c = key.p[i];
        bool word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

        if (!word && c != '+' && c != '/')
            return false;
    }
    return true;
}

err_t ws_handshake(const struct http_request *rq, char accept[WS_ACCEPT_TEXT], struct fault *f)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 section 1.3 */
    struct span key = http_header_find(rq, "Sec-WebSocket-Key");
    unsigned char in[KEY_TEXT_BYTES + sizeof(guid) - 1], digest[20];

    if (rq->method != HTTP_GET || rq->minor == 0 || rq->content_length > 0)
        return fault_refuse(f, ERR_MALFORMED, "method", REFUSE_UPGRADE_REQUEST);
    if (!rq->upgrade_ws)
        return fault_refuse(f, ERR_MALFORMED, "Upgrade", REFUSE_UPGRADE);
    if (!span_is(http_header_find(rq, "Sec-WebSocket-Version"), "13"))
        return fault_refuse(f, ERR_VERSION, "Sec-WebSocket-Version", REFUSE_UPGRADE_VERSION);
    if (!is_key(key))
        return fault_refuse(f, ERR_MALFORMED, "Sec-WebSocket-Key", REFUSE_UPGRADE_KEY);
    memcpy(in, key.p, KEY_TEXT_BYTES);
    memcpy(in + KEY_TEXT_BYTES, guid, sizeof(guid) - 1);
    ensure(EVP_Digest(in, sizeof(in), digest, NULL, EVP_sha1(), NULL) == 1);
    EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest));
    return ERR_OK;
}

void ws_mask(char *p, size_t len, const uint8_t mask[4], unsigned at)
{
    uint8_t turned[8];
    uint64_t wide, word;

    for (unsigned i = 0; i < 8; i++)
        turned[i] = mask[(at + i) & 3];
    memcpy(&wide, turned, 8);
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        word ^= wide;
        memcpy(p, &word, 8);
    }
    for (size_t i = 0; i < len; i++)
        p[i] = (char)(p[i] ^ turned[i]);
}

/*
 * UTF-8 across pieces (RFC 3629 section 4).  The state holds how many bytes are to come and between
 * which bounds the next one lies; 0 is the end of a character.
 */
#define UTF8_STATE(more, low, high) ((uint32_t)(more) << 16 | (uint32_t)(low) << 8 | (high))

static uint32_t utf8_lead(unsigned char c)
{
    if (c >= 0xc2 && c <= 0xdf)
        return UTF8_STATE(1, 0x80, 0xbf);
    if (c == 0xe0)
        return UTF8_STATE(2, 0xa0, 0xbf);
    if (c == 0xed)
        return UTF8_STATE(2, 0x80, 0x9f);
    if (c >= 0xe1 && c <= 0xef)
        return UTF8_STATE(2, 0x80, 0xbf);
    if (c == 0xf0)
        return UTF8_STATE(3, 0x90, 0xbf);
    if (c >= 0xf1 && c <= 0xf3)
        return UTF8_STATE(3, 0x80, 0xbf);
    if (c == 0xf4)
        return UTF8_STATE(3, 0x80, 0x8f);
    return 0;
}

static bool utf8_step(uint32_t *state, const char *p, size_t len)
{
    uint32_t st = *state;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];

        if (st == 0) {
            uint64_t word;

            while (len - i >= 8) {
                memcpy(&word, p + i, 8);
                if ((word & 0x8080808080808080u) != 0)
                    break;
                i += 8;
            }
            if (i == len)
                break;
            c = (unsigned char)p[i];
            if (c < 0x80)
                continue;
            if ((st = utf8_lead(c)) == 0)
                return false;
            continue;
        }
        if (c < (st >> 8 & 0xff) || c > (st & 0xff))
            return false;
        st = st >> 16 == 1 ? 0 : UTF8_STATE((st >> 16) - 1, 0x80, 0xbf);
    }
    *state = st;
    return true;
}

bool ws_code_is_valid(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

unsigned ws_code_of(err_t err)
{
    switch (err) {
    case ERR_OK:
        return WS_CODE_NORMAL;
    case ERR_MALFORMED:
        return WS_CODE_PROTOCOL;
    case ERR_INVAL:
        return WS_CODE_UTF8;
    case ERR_TOOBIG:
        return WS_CODE_TOOBIG;
    case ERR_UNSUPPORTED:
        return WS_CODE_UNSUPPORTED;
    default:
        return WS_CODE_INTERNAL;
    }
}

/* A frame's header as it was read. */
struct ws_head {
    uint8_t opcode;
    bool fin;
    uint8_t mask[4];
    uint64_t len;
    size_t bytes;
};

/* RFC 6455 section 5.2.  ERR_AGAIN while it is not complete. */
static err_t head_parse(const char *in, size_t len, struct ws_head *h)
{
    const uint8_t *b = (const uint8_t *)in;
    size_t extra = 0;

    if (len < 2)
        return ERR_AGAIN;
    h->fin = (b[0] & 0x80) != 0;
    h->opcode = b[0] & 0x0f;
    h->len = b[1] & 0x7f;
    if ((b[0] & 0x70) != 0 || (b[1] & 0x80) == 0)
        return ERR_MALFORMED; /* an extension that was not agreed on, or no mask */
    if ((h->opcode > WS_BINARY && h->opcode < WS_CLOSE) || h->opcode > WS_PONG)
        return ERR_MALFORMED;
    if (h->opcode >= WS_CLOSE && (!h->fin || h->len > WS_CONTROL_MAX_BYTES))
        return ERR_MALFORMED;
    if (h->len >= 126)
        extra = h->len == 126 ? 2 : 8;
    h->bytes = 2 + extra + 4;
    if (len < h->bytes)
        return ERR_AGAIN;
    if (extra > 0) {
        h->len = 0;
        for (size_t i = 0; i < extra; i++)
            h->len = h->len << 8 | b[2 + i];
        /* The shortest form is demanded, and the top bit of the long one is zero. */
        if (h->len < 126 || (extra == 8 && (h->len <= 0xffff || h->len >> 63 != 0)))
            return ERR_MALFORMED;
    }
    memcpy(h->mask, in + 2 + extra, 4);
    return ERR_OK;
}

static err_t close_read(struct span data, struct ws_event *ev)
{
    uint32_t utf8 = 0;

    ev->opcode = WS_CLOSE;
    ev->code = WS_CODE_NONE;
    ev->data = SPAN_NONE;
    if (data.len == 0)
        return ERR_OK;
    if (data.len == 1)
        return ERR_MALFORMED;
    ev->code = (unsigned)(uint8_t)data.p[0] << 8 | (uint8_t)data.p[1];
    if (!ws_code_is_valid(ev->code))
        return ERR_MALFORMED;
    ev->data = (struct span){data.p + 2, data.len - 2};
    if (!utf8_step(&utf8, ev->data.p, ev->data.len) || utf8 != 0)
        return ERR_INVAL;
    return ERR_OK;
}

/* A control frame is taken whole; it is small. */
static err_t control_read(const struct ws_head *h, char *in, size_t len, size_t *used,
                          struct ws_event *ev)
{
    if (len < h->bytes + h->len)
        return ERR_AGAIN;

    struct span data = {in + h->bytes, (size_t)h->len};

    ws_mask(in + h->bytes, data.len, h->mask, 0);
    *used += h->bytes + data.len;
    if (h->opcode == WS_CLOSE)
        return close_read(data, ev);
    *ev = (struct ws_event){.opcode = h->opcode, .data = data};
    return ERR_OK;
}

/* Begin a data frame, if rules and limits allow it. */
static err_t data_begin(struct ws_reader *r, const struct ws_limits *lim, const struct ws_head *h)
{
    if ((h->opcode == WS_CONT) != (r->opcode != 0))
        return ERR_MALFORMED;
    if (r->fragments >= lim->fragments_max)
        return ERR_TOOBIG;
    if (h->len > lim->message_max_bytes - r->message.len)
        return ERR_TOOBIG;
    if (r->opcode == 0) {
        r->opcode = h->opcode;
        r->utf8 = 0;
        r->message.limit_bytes = lim->message_max_bytes;
    }
    r->fragments++;
    r->in_frame = true;
    r->fin = h->fin;
    r->left_bytes = h->len;
    r->mask_at = 0;
    memcpy(r->mask, h->mask, 4);
    return ERR_OK;
}

static void message_end(struct ws_reader *r, struct span data, struct ws_event *ev)
{
    *ev = (struct ws_event){.opcode = r->opcode, .data = data};
    r->opcode = 0;
    r->fragments = 0;
}

/* Take what is there of a data frame's payload.  ERR_OK at the end of a message. */
static err_t data_read(struct ws_reader *r, char *in, size_t len, size_t *used, struct ws_event *ev)
{
    size_t n = len < r->left_bytes ? len : (size_t)r->left_bytes;

    ws_mask(in, n, r->mask, r->mask_at);
    r->mask_at = (uint8_t)((r->mask_at + n) & 3);
    r->left_bytes -= n;
    *used += n;
    if (r->opcode == WS_TEXT && !utf8_step(&r->utf8, in, n))
        return ERR_INVAL;
    r->in_frame = r->left_bytes > 0;

    bool whole = !r->in_frame && r->fin;

    if (whole && r->opcode == WS_TEXT && r->utf8 != 0)
        return ERR_INVAL;
    if (whole && r->message.len == 0) {
        message_end(r, (struct span){in, n}, ev);
        return ERR_OK;
    }
    buf_add(&r->message, in, n);
    ensure(!r->message.full);
    if (!whole)
        return ERR_AGAIN;
    message_end(r, buf_span(&r->message), ev);
    return ERR_OK;
}

err_t ws_read(struct ws_reader *r, const struct ws_limits *lim, char *in, size_t len, size_t *used,
              struct ws_event *ev)
{
    *used = 0;
    if (r->opcode == 0 && r->message.p != NULL)
        ws_reader_fini(r); /* the last message has been handed out */
    for (;;) {
        struct ws_head h;
        err_t err;

        if (!r->in_frame) {
            if ((err = head_parse(in + *used, len - *used, &h)) != ERR_OK)
                return err;
            if (h.opcode >= WS_CLOSE)
                return control_read(&h, in + *used, len - *used, used, ev);
            if ((err = data_begin(r, lim, &h)) != ERR_OK)
                return err;
            *used += h.bytes;
        }
        err = data_read(r, in + *used, len - *used, used, ev);
        if (err != ERR_AGAIN || r->in_frame)
            return err;
    }
}

void ws_reader_fini(struct ws_reader *r)
{
    buf_fini(&r->message);
}

size_t ws_header_write(char out[WS_HEADER_MAX_BYTES], enum ws_opcode opcode, uint64_t len)
{
    size_t n = 2, extra = len < 126 ? 0 : len <= 0xffff ? 2 : 8;

    out[0] = (char)(0x80 | opcode);
    out[1] = (char)(extra == 0 ? len : extra == 2 ? 126 : 127);
    for (size_t i = extra; i > 0; i--)
        out[n++] = (char)(len >> (8 * (i - 1)));
    return n;
}

size_t ws_close_write(char out[2 + WS_CONTROL_MAX_BYTES], unsigned code, struct span reason)
{
    if (code == WS_CODE_NONE)
        return ws_header_write(out, WS_CLOSE, 0);
    if (reason.len > WS_CONTROL_MAX_BYTES - 2) {
        reason.len = WS_CONTROL_MAX_BYTES - 2;
        while (reason.len > 0 && ((unsigned char)reason.p[reason.len] & 0xc0) == 0x80)
            reason.len--;
    }

    size_t n = ws_header_write(out, WS_CLOSE, 2 + reason.len);

    out[n++] = (char)(code >> 8);
    out[n++] = (char)code;
    if (reason.len > 0)
        memcpy(out + n, reason.p, reason.len);
    return n + reason.len;
}
