/*
 * Compose one message and write it to stdout.  Stdin holds eight fields, each ended by a NUL: the
 * name of From, its address, the name of To, To, Cc, subject, text, HTML.
 */
#include <stdio.h>

#include "deskbell/compose.h"

int main(void)
{
    static char in[4 << 20];
    struct buf out = {0};
    struct fault f = {0};
    struct span field[8];
    size_t len = fread(in, 1, sizeof(in) - 1, stdin), at = 0;

    for (size_t i = 0; i < COUNT_OF(field); i++) {
        field[i] = span_of(in + at);
        at += field[i].len + 1;
        if (at > len) {
            fprintf(stderr, "compose_print: eight fields are expected\n");
            return 2;
        }
    }
    struct mail_content m = {
        .from_name = field[0],
        .from = field[1],
        .to_name = field[2],
        .to = field[3],
        .cc = field[4],
        .subject = field[5],
        .text = field[6],
        .html = field[7],
        .date_ms = INT64_C(1795413840000),
        .message_id = SPAN_LIT("<1@example.com>"),
    };
    if (compose_message(&m, &out, &f) != ERR_OK) {
        fprintf(stderr, "compose_print: %s: %s\n", f.field, f.what);
        return 1;
    }
    size_t written = fwrite(out.p, 1, out.len, stdout);
    int code = written == out.len && fflush(stdout) == 0 ? 0 : 1;
    buf_fini(&out);
    return code;
}
