/*
 * The course of a session: what was said and not answered yet, and what the answers were.  It sees
 * all that passes, tells what the server answered as soon as that is whole, and believes nothing
 * else.  One session a process.
 */
#ifndef SMTP_COURSE_H
#define SMTP_COURSE_H

#include "smtp_int.h"

/* What an answer is to. */
enum answer_to {
    TO_GREETING, /* to the connection */
    TO_HELLO,    /* EHLO, HELO */
    TO_STARTTLS,
    TO_AUTH, /* and each further line of a login */
    TO_MAIL,
    TO_RCPT,
    TO_DATA,
    TO_DOT, /* the end of a mail */
    TO_QUIT,
    TO_OTHER,
    TO_COUNT
};

/* Before anything else.  The job is borrowed for the session. */
void course_open(const struct job *job);

/* A connection was made, maybe to another of the server's addresses: it will be greeted. */
void course_connect(void);

/* What is said next, before it is on its way: commands, in any pieces. */
void course_say(struct span bytes);

/* A mail was given to its end: the dot is said next, unseen. */
void course_give(size_t mail);

/*
 * What the server has said, in any pieces, before the library reads it.  Ends the process where a
 * login is refused, or where something came in clear behind the answer to STARTTLS.
 * Offers that the library takes and must not are changed in place.
 */
void course_hear(char *bytes, size_t len);

/* A mail was given to its end, and its answer has not come. */
bool course_awaits_dot(void);

/* The code with which this step was refused last; 0: it was not. */
int course_refusal(enum answer_to to);

/* Why the session broke, as far as it is known here: the first that was noted counts. */
void course_note_break(const char *why);

/*
 * For people, as long as the session: what was refused last; how our name was refused, at EHLO and
 * HELO, or later, at a mail; why it broke, or what it still waited for.  "" if there is none.
 * Nothing of the login stands in it.
 */
const char *course_last_refusal(void);
const char *course_hello_refusal(void);
const char *course_hello_blame(void);
const char *course_break(void);

#endif
