/* How an address goes onto the wire, and how people see it.  Looks nothing up. */
#include "deskbell/mail.h"
#include "deskbell/mailbox.h"

err_t mail_address(struct span addr, struct buf *out, struct fault *f)
{
    struct buf ascii = {.limit_bytes = 1024};
    err_t err = mailbox_check(addr, f);

    if (err == ERR_OK) {
        err = address_to_ascii(addr, &ascii);
        if (err != ERR_OK)
            (void)fault_refuse_with(f, err, NULL, REFUSE_ADDRESS_DOMAIN_UNKNOWN,
                                    VALUES(OF_BYTES(addr.p, addr.len < 100 ? addr.len : 100)));
    }
    if (err == ERR_OK && mailbox_lacks_quotes(addr)) {
        const char *at = memchr(ascii.p, '@', ascii.len);
        struct buf quoted = {.limit_bytes = 1024};

        buf_addf(&quoted, "\"%.*s\"%s", (int)(at - ascii.p), ascii.p, at);
        buf_fini(&ascii);
        ascii = quoted;
    }
    /* Once more: a label may have grown, and what goes onto the wire is what must be right. */
    if (err == ERR_OK)
        err = mailbox_check_wire(buf_span(&ascii), f);
    if (err == ERR_OK)
        buf_add_span(out, buf_span(&ascii));
    buf_fini(&ascii);
    return err;
}

/* The local part without its quotes, where mail_address() would put them there again. */
static struct span local_bare(struct span addr, size_t at)
{
    struct span bare = {addr.p + 1, at > 2 ? at - 2 : 0};
    struct buf plain = {.limit_bytes = 1024};
    bool good;

    if (at < 3 || addr.p[0] != '"' || addr.p[at - 1] != '"')
        return (struct span){addr.p, at};
    buf_add_span(&plain, bare);
    buf_add(&plain, addr.p + at, addr.len - at);
    good =
        mailbox_check(buf_span(&plain), NULL) == ERR_OK && mailbox_lacks_quotes(buf_span(&plain));
    buf_fini(&plain);
    return good ? bare : (struct span){addr.p, at};
}

void mail_address_show(struct span addrs, struct buf *out)
{
    struct span addr;

    for (bool first = true; mailbox_list_next(&addrs, &addr); first = false) {
        const char *at = addr.len > 0 ? memrchr(addr.p, '@', addr.len) : NULL;

        if (!first)
            buf_add_str(out, ", ");
        if (at == NULL) {
            buf_add_span(out, addr);
            continue;
        }
        size_t len = (size_t)(at - addr.p);

        buf_add_span(out, local_bare(addr, len));
        buf_add_char(out, '@');
        domain_show((struct span){at + 1, addr.len - len - 1}, out);
    }
}
