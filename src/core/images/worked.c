/* Of a conversation's image who had a part in it and for how long, without making all of it. */
#include "image_int.h"
#include "state/times.h"

static const struct field worked_fields[] = {
    F(KTAG_FIELDS + 13, I64, struct conv_worked, ended_ms),
};

static bool worked_take(void *object, const struct tlv *t)
{
    struct conv_worked *w = object;
    uint64_t numbers[TIME_NUMBERS];

    if (t->tag != KTAG_TIME)
        return true;
    if (t->bytes.len != sizeof(numbers) || w->n == COUNT_OF(w->parts))
        return false;
    for (size_t i = 0; i < TIME_NUMBERS; i++)
        numbers[i] = be64_get((const uint8_t *)t->bytes.p + 8 * i);
    return conv_time_read(numbers, &w->parts[w->n++]);
}

err_t conv_worked(struct span image, struct conv_worked *w)
{
    w->ended_ms = 0;
    w->n = 0;
    return fields_read(image, worked_fields, COUNT_OF(worked_fields), worked_take, w);
}
