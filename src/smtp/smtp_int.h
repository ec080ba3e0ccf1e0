/* What the worker's files share: telling events, and TLS. */
#ifndef DISPATCHER_WORKER_INT_H
#define DISPATCHER_WORKER_INT_H

#include <openssl/ssl.h>

#include "deskbell/worker.h"

/*
 * Tell an event: first into the session's file, then to the parent.  A parent that is gone is no
 * reason to stop: the file holds what the next one needs.
 */
void worker_tell(const struct worker_event *e);

/* Tell what is wrong with the session and end the process: nothing that follows would count. */
void worker_give_up(enum smtp_trouble trouble, struct span text) __attribute__((noreturn));

/* Run one session.  Tells everything but EVENT_OVER. */
void smtp_run(const struct job *job);

/*
 * A client context for this server's name: the chain and the name verified by OpenSSL in the
 * handshake, SNI sent.  For STARTTLS TLS 1.2 only (the library deadlocks with 1.3), from the start
 * 1.2 or newer.  Lives until the process ends.
 * NULL with *why set if the CA file cannot be read.
 */
SSL_CTX *tls_context(const struct job *job, const char **why);

/* How far the handshake came, for the diagnosis: was it begun, did it succeed, why not. */
bool tls_was_begun(void);
bool tls_is_up(void);
const char *tls_verify_error(void); /* NULL: no certificate was refused */

/* dialogue.c: what is told of a session where the job asks for it; else all of it does nothing */

void dialogue_open(const struct job *job);
void dialogue_said(struct span bytes); /* as they passed; any part of any number of lines */
void dialogue_heard(struct span bytes);
void dialogue_body(struct span bytes); /* of a mail: its header is shown */
void dialogue_note(const char *fmt, ...) PRINTF_LIKE(1, 2);
void dialogue_fact(enum smtp_fact fact, struct span text);
void dialogue_errno(int error); /* of a connection that could not be made */
void dialogue_peer(int fd);     /* whom this socket is connected to */
void dialogue_close(void);      /* lines that were begun and not ended */

/* bridge.c */

/* Its end of the connection to the server. */
int bridge_net(void);

/*
 * TLS from the start, which the library lacks: connect, shake hands, and pass on what a listener
 * of our own on 127.0.0.1 gets, from this process alone.  The listener's port; gives up the
 * session with what is wrong.  `limit_ms` is for connection and handshake.
 */
unsigned bridge_open(const struct job *job, int64_t limit_ms);

/*
 * After the library's session: until what it said last has gone, or a second is over.  No thread is
 * left that could meet the process's end.  Nothing happens where no bridge was opened.
 */
void bridge_close(void);

/* plugin.c: which of the library's mechanisms it finds; before it looks for any. */
void plugin_choose(bool token);

/* xoauth2.c: what its mechanism says, once, inside TLS only. */
void xoauth2_set(struct span user, struct span token);
void xoauth2_forget(void);

#endif
