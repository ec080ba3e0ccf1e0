/* Handling time, for the files of core. */
#ifndef CORE_TIMES_H
#define CORE_TIMES_H

#include "deskbell/domain.h"

const struct conv_time *conv_time_find(const struct conv *cv, uint64_t agent); /* NULL: never had */
/* After each record: whose time runs from then on. */
void conv_times_follow(struct conv *cv, int64_t now_ms);
void conv_time_set(struct conv *cv, uint64_t agent, int64_t ms, int64_t now_ms);
/* One as the numbers of its field in an image; and back, false: they cannot be one. */
#define TIME_NUMBERS 4
void conv_time_numbers(const struct conv_time *t, uint64_t numbers[TIME_NUMBERS]);
bool conv_time_read(const uint64_t numbers[TIME_NUMBERS], struct conv_time *t);
bool conv_time_take(struct conv *cv, const uint64_t numbers[TIME_NUMBERS]);

#endif
