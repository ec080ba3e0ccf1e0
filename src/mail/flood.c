/*
 * When notices are too many to go one by one.  Pure: what went out lately is kept by the store, and
 * the dispatcher carries out.
 */
#include "deskbell/mail.h"

/* A clock that was set back by more than a window must not keep an old window open for ever. */
int64_t flood_window_ms(int64_t began_ms, int64_t now_ms)
{
    bool open =
        began_ms != 0 && now_ms < began_ms + FLOOD_WINDOW_MS && now_ms > began_ms - FLOOD_WINDOW_MS;

    return open ? began_ms : now_ms;
}

struct flood_verdict flood_judge(const struct flood *flood, int64_t now_ms)
{
    struct flood_verdict v = {.window_ms = flood_window_ms(flood->began_ms, now_ms)};
    uint32_t count = v.window_ms == flood->began_ms ? flood->count : 0;

    v.due_ms = v.window_ms + FLOOD_WINDOW_MS;
    v.hold = count >= FLOOD_MAX || flood->held;
    return v;
}
