/* Languages, and domains in the spelling of the mail system.  Time zones are in zone.c. */
#include <unicode/uidna.h>

#include "deskbell/locale.h"

static const char *const tongue_tags[TONGUE_COUNT] = {[TONGUE_EN] = "en", [TONGUE_JA] = "ja"};

enum tongue tongue_of(struct span tag)
{
    for (int i = 0; i < TONGUE_COUNT; i++) {
        size_t len = strlen(tongue_tags[i]);

        if (tag.len < len || (tag.len > len && tag.p[len] != '-' && tag.p[len] != '_'))
            continue;
        if (span_is_nocase((struct span){tag.p, len}, tongue_tags[i]))
            return (enum tongue)i;
    }
    return TONGUE_EN;
}

const char *tongue_tag(enum tongue tongue)
{
    ensure((unsigned)tongue < TONGUE_COUNT);
    return tongue_tags[tongue];
}

static UIDNA *idna_open(void)
{
    UErrorCode code = U_ZERO_ERROR;
    UIDNA *idna =
        uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE |
                            UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ,
                        &code);

    ensure(U_SUCCESS(code)); /* fails only for want of memory or of the library's own data */
    return idna;
}

err_t domain_to_ascii(struct span domain, struct buf *out)
{
    char ascii[256];
    UErrorCode code = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;

    if (domain.len == 0 || domain.len > 1024)
        return ERR_INVAL;
    if (domain.p[0] == '[') {
        buf_add_span(out, domain);
        return ERR_OK;
    }

    UIDNA *idna = idna_open();
    int32_t len = uidna_nameToASCII_UTF8(idna, domain.p, (int32_t)domain.len, ascii,
                                         (int32_t)sizeof(ascii), &info, &code);
    uidna_close(idna);
    if (U_FAILURE(code) || info.errors != 0 || len <= 0 || (size_t)len > sizeof(ascii))
        return ERR_INVAL;
    buf_add(out, ascii, (size_t)len);
    return ERR_OK;
}

/* Into *out, which is empty; false: it has no other form. */
static bool domain_to_unicode(struct span domain, struct buf *out)
{
    char text[1024];
    UErrorCode code = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    struct buf back = {.limit_bytes = 256};
    UIDNA *idna;
    bool same;

    if (domain.len > 255 || memmem(domain.p, domain.len, "xn--", 4) == NULL)
        return false;
    idna = idna_open();
    int32_t len = uidna_nameToUnicodeUTF8(idna, domain.p, (int32_t)domain.len, text,
                                          (int32_t)sizeof(text), &info, &code);
    uidna_close(idna);
    if (U_FAILURE(code) || info.errors != 0 || len <= 0 || (size_t)len > sizeof(text))
        return false;
    buf_add(out, text, (size_t)len);
    same = domain_to_ascii(buf_span(out), &back) == ERR_OK && span_eq(buf_span(&back), domain);
    buf_fini(&back);
    return same;
}

void domain_show(struct span domain, struct buf *out)
{
    struct buf text = {.limit_bytes = 1024};

    buf_add_span(out,
                 domain.len > 0 && domain_to_unicode(domain, &text) ? buf_span(&text) : domain);
    buf_fini(&text);
}

err_t address_to_ascii(struct span addr, struct buf *out)
{
    struct buf domain = {.limit_bytes = 256};
    size_t at = addr.len;

    while (at > 0 && addr.p[at - 1] != '@')
        at--;
    if (at < 2)
        return ERR_INVAL;

    err_t err = domain_to_ascii((struct span){addr.p + at, addr.len - at}, &domain);
    if (err == ERR_OK) {
        buf_add(out, addr.p, at);
        buf_add_span(out, buf_span(&domain));
    }
    buf_fini(&domain);
    return err;
}
