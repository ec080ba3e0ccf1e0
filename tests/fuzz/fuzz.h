/* What each fuzz target offers: libFuzzer's entry, which the corpus driver calls as well. */
#ifndef DESKBELL_FUZZ_H
#define DESKBELL_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
