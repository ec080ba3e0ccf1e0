/*
 * WebSocket as bytes (RFC 6455, version 13, no extensions): the handshake's key, frames in and out,
 * and messages put together from fragments.  The server's side only.  No sockets.
 */
#ifndef DESKBELL_WS_H
#define DESKBELL_WS_H

#include "deskbell/http.h"
#include "deskbell/span.h"

enum ws_opcode { WS_CONT = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/* Close codes that we send (RFC 6455 section 7.4.1 and the IANA registry). */
#define WS_CODE_NORMAL 1000
#define WS_CODE_GOING_AWAY 1001
#define WS_CODE_PROTOCOL 1002
#define WS_CODE_UNSUPPORTED 1003
#define WS_CODE_NONE 1005 /* never on the wire: a close frame without a code */
#define WS_CODE_UTF8 1007
#define WS_CODE_POLICY 1008
#define WS_CODE_TOOBIG 1009
#define WS_CODE_INTERNAL 1011
#define WS_CODE_RESTART 1012
#define WS_CODE_LATER 1013
#define WS_CODE_UNUSED 4408 /* ours: nothing was begun on it in time */

#define WS_ACCEPT_TEXT 29
#define WS_HEADER_MAX_BYTES 14
#define WS_CONTROL_MAX_BYTES 125

/*
 * Check the headers of an upgrade (GET, HTTP/1.1, version 13, a key of 16 bytes in base64) and
 * compute Sec-WebSocket-Accept.  ERR_MALFORMED with a fault; ERR_VERSION for another version,
 * which is answered 426 with Sec-WebSocket-Version: 13.
 */
err_t ws_handshake(const struct http_request *rq, char accept[WS_ACCEPT_TEXT],
                   struct fault *f) MUST_CHECK;

/* What one connection may send. */
struct ws_limits {
    uint32_t message_max_bytes;
    uint32_t fragments_max;
};

/*
 * The reading end.  Zero-initialise; .message owns memory only while a message of several pieces is
 * on its way (ws_reader_fini() frees it).
 */
struct ws_reader {
    struct buf message;
    uint32_t fragments;
    uint64_t left_bytes; /* of the data frame whose payload is arriving */
    uint32_t utf8;       /* state of the UTF-8 check across pieces */
    uint8_t mask[4], mask_at;
    uint8_t opcode; /* of the message being put together; 0: none */
    bool in_frame;  /* inside of a data frame's payload */
    bool fin;
};

/* What came.  `data` is borrowed from the input or from the reader until the next call. */
struct ws_event {
    enum ws_opcode opcode; /* TEXT and BINARY: a whole message; PING, PONG; CLOSE */
    struct span data;      /* unmasked; for CLOSE the reason, valid UTF-8 */
    unsigned code;         /* of a CLOSE: WS_CODE_NONE without one */
};

/*
 * Take bytes from the front of `in` (they are unmasked in place) until something whole is there.
 * *used says how many were taken, also with ERR_AGAIN; what is left must be given again, followed
 * by more.  At most WS_HEADER_MAX_BYTES + WS_CONTROL_MAX_BYTES are ever left with ERR_AGAIN.
 *
 * ERR_OK         ev is filled.
 * ERR_AGAIN      nothing whole yet.
 * ERR_MALFORMED  a broken rule of the protocol, ERR_INVAL bad UTF-8, ERR_TOOBIG over a limit:
 *                close with ws_code_of(err).  Said before waiting for the bytes of the frame.
 */
err_t ws_read(struct ws_reader *r, const struct ws_limits *lim, char *in, size_t len, size_t *used,
              struct ws_event *ev) MUST_CHECK;
void ws_reader_fini(struct ws_reader *r);

/* The close code for an error of ws_read(): 1002, 1007 or 1009. */
unsigned ws_code_of(err_t err);

/* The header of an unfragmented, unmasked frame of that many payload bytes; returns its length. */
size_t ws_header_write(char out[WS_HEADER_MAX_BYTES], enum ws_opcode opcode, uint64_t len);

/* A whole close frame; the reason is cut at a code point to fit. */
size_t ws_close_write(char out[2 + WS_CONTROL_MAX_BYTES], unsigned code, struct span reason);

/* May a peer send this code in a close frame? */
bool ws_code_is_valid(unsigned code);

/* XOR with a mask that starts at mask[at & 3]; eight bytes at a time. */
void ws_mask(char *p, size_t len, const uint8_t mask[4], unsigned at);

#endif
