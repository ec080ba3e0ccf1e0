/* Is an address fit for SMTP, and how does it go onto the wire?  Looks nothing up. */
#include "deskbell/mail.h"
#include "deskbell/mailbox.h"

err_t mail_address(struct span addr, struct buf *out, struct fault *f)
{
    struct buf ascii = {.limit_bytes = 1024};
    err_t err = mailbox_check(addr, f);

    if (err == ERR_OK) {
        err = address_to_ascii(addr, &ascii);
        if (err != ERR_OK)
            (void)fault_set(f, err, NULL, "%.*s: mail cannot go to this domain",
                            (int)(addr.len < 100 ? addr.len : 100), addr.p);
    }
    /* Once more: a label may have grown, and what goes onto the wire is what must be right. */
    if (err == ERR_OK)
        err = mailbox_check(buf_span(&ascii), f);
    if (err == ERR_OK)
        buf_add_span(out, buf_span(&ascii));
    buf_fini(&ascii);
    return err;
}
