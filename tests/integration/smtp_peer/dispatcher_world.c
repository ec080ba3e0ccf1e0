/*
 * A gateway without its edge as a program, for the dispatcher's tests: the words of
 * tests/unit/bare_gateway.h as lines on stdin.  Fields are separated by tabs; each line is answered
 * by one line, "ok …" or "error …".  Three are answered by JSON in place of it:
 *
 *   mails                    relays
 *   count                    (queued, deferred, sending, failed, held mails)
 *
 * Usage: dispatcher_world STATE_DIR [DAYS_AGO].
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "bare_gateway.h"
#include "deskbell/clock.h"
#include "deskbell/crypto.h"
#include "deskbell/id.h"
#include "deskbell/log.h"

/* The world may live some days ago, so that its mails are old when the dispatcher finds them. */
static int64_t world_age_ms;

static int64_t world_now(void *arg)
{
    (void)arg;
    return clock_wall_ms() - world_age_ms;
}

static err_t count_mails(struct gateway *w)
{
    struct mail_counts c;
    err_t err = mail_count(w->st, &c);

    if (err == ERR_OK)
        printf("{\"queued\":%" PRIu64 ",\"deferred\":%" PRIu64 ",\"sending\":%" PRIu64
               ",\"failed\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"held\":%" PRIu64 "}\n",
               c.states[MAILST_QUEUED], c.states[MAILST_DEFERRED] + c.states[MAILST_UNCERTAIN],
               c.states[MAILST_SENDING], c.states[MAILST_FAILED], c.refused, c.states[MAILST_HELD]);
    return err;
}

static err_t print_relays(struct gateway *w)
{
    struct relay_row rows[8];
    size_t n = 0;
    err_t err = mail_relays(w->st, rows, COUNT_OF(rows), &n);

    if (err != ERR_OK)
        return err;
    putchar('[');
    for (size_t i = 0; i < n; i++)
        printf("%s{\"own\":%s,\"refused\":%s,\"rest_until_ms\":%" PRId64 ",\"trouble\":\"%s\"}",
               i > 0 ? "," : "", rows[i].dept != 0 ? "true" : "false",
               rows[i].refused ? "true" : "false", rows[i].rest_until_ms, rows[i].trouble);
    puts("]");
    return ERR_OK;
}

static json_t *mail_json(const struct mail_view *v)
{
    json_t *rcpts = json_array();
    char id[ID_TEXT];

    id_format(v->id, id);
    for (size_t i = 0; i < v->nrcpts; i++)
        json_array_append_new(rcpts, json_pack("{s:s s:s s:i s:s s:b}", "address", v->rcpts[i].addr,
                                               "state", mail_state_word(v->rcpts[i].state), "code",
                                               v->rcpts[i].code, "reply", v->rcpts[i].reply,
                                               "replaced", v->rcpts[i].replaced_by != 0));
    return json_pack(
        "{s:s s:I s:i s:s s:s s:s s:i s:b s:s s:s s:b s:i s:I s:s s:s s:s s:s s:s s:o}",
        "digest_state", v->digest != 0 ? mail_state_word(v->digest_state) : "", "digest",
        (json_int_t)v->digest, "notices", (int)v->notices, "id", id, "cause", v->cause,
        "tries_cause", v->ntries > 0 ? v->tries[v->ntries - 1].cause : "", "tries", (int)v->ntries,
        "kept", v->bytes > 0, "kind", mail_kind_word(v->order.kind), "state",
        mail_state_word(v->state), "uncertain", v->uncertain, "attempts", (int)v->attempts,
        "due_ms", (json_int_t)v->due_ms, "from", v->from, "cc", v->cc, "subject", v->subject,
        "message_id", v->message_id, "reason", v->reason, "recipients", rcpts);
}

static err_t print_mails(struct gateway *w)
{
    json_t *all = json_array();
    uint64_t cursor = 0, ids[200];
    size_t n = 0;
    err_t err;

    do {
        if ((err = mail_list(w->st, &(struct mail_want){.state = -1}, &cursor, ids, COUNT_OF(ids),
                             &n)) != ERR_OK)
            break;
        for (size_t i = 0; i < n; i++) {
            struct mail_view v;

            if ((err = mail_read(w->st, ids[i], &v)) != ERR_OK)
                break;
            json_array_append_new(all, mail_json(&v));
            mail_view_fini(&v);
        }
    } while (err == ERR_OK && cursor != 0);
    if (err == ERR_OK) {
        char *text = json_dumps(all, JSON_COMPACT);

        puts(text);
        free(text);
    }
    json_decref(all);
    return err;
}

static size_t split(char *line, struct span *f, size_t max)
{
    size_t n = 0;

    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; at != NULL && n < max; n++) {
        char *tab = strchr(at, '\t');

        if (tab != NULL)
            *tab = '\0';
        f[n] = span_of(at);
        at = tab != NULL ? tab + 1 : NULL;
    }
    return n;
}

static err_t obey(struct gateway *w, const struct span *f, size_t n)
{
    if (n == 1 && span_is(f[0], "mails"))
        return print_mails(w);
    if (n == 1 && span_is(f[0], "relays"))
        return print_relays(w);
    if (n == 1 && span_is(f[0], "count"))
        return count_mails(w);
    return gateway_obey(w, f, n);
}

int main(int argc, char **argv)
{
    struct gateway w = {.now_ms = world_now};
    char line[65536];
    err_t err;

    log_init("dispatcher_world", LOG_LVL_WARN);
    crypto_init();
    if (argc == 3)
        world_age_ms = atoi(argv[2]) * (24 * 3600 * INT64_C(1000));
    if (argc < 2 || argc > 3 || (err = gateway_open(&w, argv[1])) != ERR_OK) {
        fprintf(stderr, "dispatcher_world: cannot open: %s\n", w.what);
        return 1;
    }
    printf("ok\n");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        struct span f[8];
        size_t n = split(line, f, COUNT_OF(f));

        w.what[0] = '\0';
        err = obey(&w, f, n);
        if (err != ERR_OK)
            printf("error %s %s\n", err_code(err), w.what);
        else if (!span_is(f[0], "mails") && !span_is(f[0], "count") && !span_is(f[0], "relays"))
            printf("ok %" PRIu64 "\n", w.id);
        fflush(stdout);
    }
    gateway_close(&w);
    return 0;
}
