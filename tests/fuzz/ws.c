/*
 * WebSocket frames.  The first byte says how many bytes come at a time.  Promises: the same events
 * whether the bytes come whole or in pieces, limits kept, and text that is valid UTF-8.
 */
#include <stdlib.h>

#include "deskbell/ws.h"
#include "fuzz.h"

static const struct ws_limits limits = {2000, 8};

static void event_note(struct buf *out, err_t err, const struct ws_event *ev)
{
    buf_addf(out, "%d;", err);
    if (err != ERR_OK)
        return;
    ensure(ev->data.len <= limits.message_max_bytes);
    if (ev->opcode == WS_TEXT && (ev->data.len == 0 || memchr(ev->data.p, 0, ev->data.len) == NULL))
        ensure(span_is_utf8(ev->data));
    if (ev->opcode == WS_CLOSE)
        ensure(ev->code == WS_CODE_NONE || ws_code_is_valid(ev->code));
    buf_addf(out, "%d:%zu:", (int)ev->opcode, ev->data.len);
    buf_add_span(out, ev->data);
}

static void run(const uint8_t *data, size_t size, size_t step, struct buf *out)
{
    struct ws_reader r = {0};
    struct buf held = {0};
    err_t err = ERR_AGAIN;

    for (size_t at = 0; at < size && err == ERR_AGAIN; at += step) {
        buf_add(&held, data + at, size - at < step ? size - at : step);
        do {
            char *copy = xmalloc(held.len + 1);
            struct ws_event ev;
            size_t used;

            if (held.len > 0)
                memcpy(copy, held.p, held.len);
            err = ws_read(&r, &limits, copy, held.len, &used, &ev);
            ensure(used <= held.len);
            if (err != ERR_AGAIN)
                event_note(out, err, &ev);
            else
                ensure(held.len - used <= WS_HEADER_MAX_BYTES + WS_CONTROL_MAX_BYTES);
            memmove(held.p != NULL ? held.p : copy, copy + used, held.len - used);
            held.len -= used;
            free(copy);
        } while (err == ERR_OK);
    }
    buf_fini(&held);
    ws_reader_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0}, pieces = {0};

    if (size < 1)
        return 0;
    run(data + 1, size - 1, size, &whole);
    run(data + 1, size - 1, (size_t)data[0] + 1, &pieces);
    ensure(span_eq(buf_span(&whole), buf_span(&pieces)));
    buf_fini(&whole);
    buf_fini(&pieces);
    return 0;
}
