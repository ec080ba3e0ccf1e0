/* How long the server is waited for.  One session a process. */
#ifndef SMTP_PATIENCE_H
#define SMTP_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * From now on the process ends by SIGALRM when what is waited for takes too long, or, once there is
 * a connection, the connection does.
 *
 * limit_ms  all that comes before the end of the last mail has this time together, and no step of
 *           it more than half.
 * dot_ms    so long the answer to the end of each mail is awaited, beyond the limit, too.
 */
void patience_begin(int64_t limit_ms, int64_t dot_ms);

/* The connection that ends: both its ends hear of it, and the library sees it closed. */
void patience_watch(int fd);

/* What is waited for now, in the place of what was: a step of so long; an answer to a mail's end.
 */
void patience_wait(int64_t ms);
void patience_wait_dot(void);

/* What the last of these has been given; what is left until the limit, 0 at least. */
int64_t patience_given_ms(void);
int64_t patience_left_ms(void);

/* Has it ended the connection? */
bool patience_is_over(void);

#endif
