/* Text as it is compared when somebody looks for words in it. */
#include <stdlib.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "deskbell/locale.h"

/* All of it at once: ICU normalises UTF-16 only, in which a text has no more units than bytes. */
void text_fold(struct span text, struct buf *out)
{
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&code);
    int32_t cap = (int32_t)text.len + 1, nin = 0, n, bytes = 0;
    UChar *in, *folded;
    char *utf8;

    ensure(U_SUCCESS(code) && text.len < INT32_MAX / 64);
    if (text.len == 0)
        return;
    in = xmalloc((size_t)cap * sizeof(*in));
    u_strFromUTF8(in, cap, &nin, text.p, (int32_t)text.len, &code);
    ensure(U_SUCCESS(code)); /* it is valid UTF-8 */
    cap = nin * 2 + 64;
    folded = xmalloc((size_t)cap * sizeof(*folded));
    n = unorm2_normalize(form, in, nin, folded, cap, &code);
    if (code == U_BUFFER_OVERFLOW_ERROR) { /* few letters become more than two */
        code = U_ZERO_ERROR;
        cap = n + 1;
        folded = xrealloc(folded, (size_t)cap * sizeof(*folded));
        n = unorm2_normalize(form, in, nin, folded, cap, &code);
    }
    ensure(U_SUCCESS(code));
    for (int32_t i = 0; i < n; i++)
        folded[i] = (UChar)kana_fold(folded[i]);
    utf8 = xmalloc((size_t)n * 3 + 1);
    u_strToUTF8(utf8, n * 3 + 1, &bytes, folded, n, &code);
    ensure(U_SUCCESS(code));
    buf_add(out, utf8, (size_t)bytes);
    free(utf8);
    free(folded);
    free(in);
}
