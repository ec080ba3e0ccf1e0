/* Messages while the outbox rests, and while the dispatcher drains it into a sink. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway_client.h"

static void sink_start(struct bench *b)
{
    char at[32];

    b->sink_port = free_port();
    snprintf(at, sizeof(at), "127.0.0.1:%u", b->sink_port);
    b->sink = fork();
    if (b->sink == 0) {
        if (getuid() == 0)
            execl("/usr/sbin/smtp-sink", "smtp-sink", "-u", "nobody", at, "1000", (char *)NULL);
        else
            execl("/usr/sbin/smtp-sink", "smtp-sink", at, "1000", (char *)NULL);
        perror("smtp-sink");
        _exit(2);
    }
}

static uint64_t outbox_waiting(struct bench *b)
{
    json_t *ok = control_ask(b, "\"do\":\"status\""), *o = json_object_get(ok, "outbox");
    json_int_t n = 0;

    for (size_t i = 0; i < 3; i++)
        n += json_integer_value(
            json_object_get(o, (const char *[]){"queued", "deferred", "sending"}[i]));
    json_decref(ok);
    return (uint64_t)n;
}

static void relay_set(struct bench *b, uint16_t port)
{
    json_decref(control_ask(b,
                            "\"do\":\"portal.set\",\"from\":\"bench@example.com\","
                            "\"relay_host\":\"127.0.0.1\",\"relay_port\":%u,"
                            "\"relay_tls\":\"none\"",
                            port));
}

static void outbox_wait(struct bench *b, uint64_t wanted)
{
    int64_t until = now_ns() + 5 * WAIT_MS * INT64_C(1000000);

    while (outbox_waiting(b) != wanted) {
        run_for(b, 200);
        if (now_ns() > until)
            die("the outbox does not come to rest");
    }
}

/*
 * As many messages left as mails are wanted, whose notices are off; each is then answered by
 * e-mail, to a relay that nobody answers for.
 */
static void outbox_fill(struct bench *b)
{
    b->left = xcalloc(DRAIN_MAILS, sizeof(b->left[0]));
    b->running = true;
    for (size_t i = 0; i < RING_CONNS; i++) {
        peer_open(b, &b->rings[i], PEER_RING, i);
        ring_send(b, &b->rings[i]);
    }
    while (b->nrung < DRAIN_MAILS && b->nrefused == 0)
        loop_once(b);
    b->running = false;
    if (b->nrefused > 0)
        exit(2);
    for (size_t i = 0; i < RING_CONNS; i++)
        close(b->rings[i].fd);
    outbox_wait(b, 0);
    relay_set(b, free_port());
    for (size_t i = 0; i < 10 * AGENTS; i++)
        mail_send(b, &b->agents[i % AGENTS]);
    while (b->nmailed < DRAIN_MAILS)
        loop_once(b);
    outbox_wait(b, DRAIN_MAILS);
}

/*
 * 100,000 mails wait for a relay that rests, for nobody answers there; then one takes all of them.
 * Both times the same pairs talk.
 */
void measure_drain(struct bench *b)
{
    sink_start(b);
    relay_set(b, b->sink_port);
    outbox_fill(b);
    printf("%zu mails wait, and rest\n", (size_t)outbox_waiting(b));

    double rest = measure_pairs(b, DRAIN_PAIRS);

    relay_set(b, b->sink_port);

    uint64_t before = outbox_waiting(b);
    int64_t start = now_ns();
    double drain = measure_pairs(b, DRAIN_PAIRS), seconds = (double)(now_ns() - start) / 1e9;
    uint64_t after = outbox_waiting(b);

    if (after == 0)
        die("the outbox was empty before the end");
    printf("drained %8.0f mails/s meanwhile; p99 of messages %.2f times that at rest\n",
           (double)(before - after) / seconds, drain / rest);
}
