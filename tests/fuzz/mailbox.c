/*
 * Lists of addresses.  Promises: what is taken is a fixed point, holds good addresses only and no
 * control character; what is refused leaves the output alone and is told in one line.
 */
#include <stdlib.h>

#include "deskbell/mailbox.h"
#include "fuzz.h"

static void list_take_apart(struct span list)
{
    struct span addr;
    size_t n = 0;

    while (mailbox_list_next(&list, &addr)) {
        ensure(mailbox_check(addr, NULL) == ERR_OK);
        n++;
    }
    ensure(n >= 1 && n <= MAILBOX_LIST_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = {(const char *)data, size};
    struct buf once = {0}, twice = {0};
    struct fault f = {0};

    if (mailbox_list_normalise(in, "to", &once, &f) != ERR_OK) {
        ensure(once.len == 0 && f.what[0] != '\0');
        ensure(span_is_line(span_of(f.what), sizeof(f.what)));
    } else {
        ensure(span_is_line(buf_span(&once), once.len));
        list_take_apart(buf_span(&once));
        ensure(mailbox_list_normalise(buf_span(&once), "to", &twice, &f) == ERR_OK);
        ensure(span_eq(buf_span(&once), buf_span(&twice)));
    }
    buf_fini(&once);
    buf_fini(&twice);
    return 0;
}
