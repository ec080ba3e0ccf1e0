/*
 * A gateway without its edge: the real core, turn and store, which fill the outbox for the tests of
 * the dispatcher.  It is moved by words, so that a test says what happens in a line:
 *
 *   portal KEY VALUE         department KEY VALUE      secret PASSWORD       agent NAME
 *   chat COUNT NAME EMAIL TEXT REPLY                   (each whole, to its end; the last is "it")
 *   open NAME EMAIL TEXT     left NAME EMAIL TEXT      missed NAME EMAIL TEXT
 *   feedback RATING COMMENT  copy EMAIL                block REASON
 *   retry ID                 cancel ID                 remove
 *   another NAME             (a second department; from here on everything is about it)
 *   dept_secret PASSWORD     leave COUNT NAME EMAIL TEXT                     (so many messages)
 *   chats COUNT NAME EMAIL TEXT                        (each with an agent, to its end)
 *   retry_cause CAUSE        retry_all
 *   readdress ID OLD NEW     (one of its recipients)
 *   link WHO TEXT MS         (a one-time link by mail: from "operator", "agent" or the "door")
 *   mail TEXT                password                  disable               (of the agent)
 */
#ifndef BARE_GATEWAY_H
#define BARE_GATEWAY_H

#include "deskbell/outbox.h"
#include "deskbell/turn.h"

struct gateway {
    int64_t (*now_ms)(void *arg); /* set before gateway_open() */
    void *arg;
    struct store *st;
    struct core *k;
    struct turn *t;
    const struct batch *batch; /* given by the turn, not committed yet */
    uint64_t dept, agent, conv;
    unsigned visitors;
    err_t err;
    char what[sizeof(struct fault) + 64]; /* why the last one failed */
    uint64_t id;                          /* that it made */
};

/* Open the store as the gateway, with one department; .what says why not. */
err_t gateway_open(struct gateway *w, const char *dir) MUST_CHECK;
void gateway_close(struct gateway *w);

/* Do what these fields say; durable when this returns.  ERR_INVAL for words that it does not know.
 */
err_t gateway_obey(struct gateway *w, const struct span *f, size_t n) MUST_CHECK;

#endif
