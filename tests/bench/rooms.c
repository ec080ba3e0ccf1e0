/* See rooms.h. */
#include "rooms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void rooms_die(const char *what)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    exit(2);
}

/* what the rooms call */

static void *frame_new(void *arg, struct span text)
{
    (void)arg;
    return span_dup(text);
}

static void frame_unref(void *arg, void *frame)
{
    (void)arg;
    free(frame);
}

static void frame_send(void *arg, uint64_t conn, void *frame, bool durable)
{
    struct rooms *r = arg;

    (void)conn;
    (void)frame;
    (void)durable;
    r->nsent++;
}

static void conn_close(void *arg, uint64_t conn, unsigned code, const char *reason)
{
    (void)arg;
    (void)conn;
    (void)code;
    rooms_die(reason);
}

static void conn_rank(void *arg, uint64_t conn, enum watch_rank rank)
{
    (void)arg;
    (void)conn;
    (void)rank;
}

static void line_send(void *arg, uint64_t conn, struct span line)
{
    struct rooms *r = arg;

    (void)conn;
    free(r->answer);
    r->answer = span_dup(line);
}

static void reply_send(void *arg, uint64_t conn, const struct api_reply *reply)
{
    struct rooms *r = arg;

    line_send(arg, conn, reply->body);
    for (size_t i = 0; i < reply->nheaders; i++) {
        const char *value = strchr(reply->headers[i].value.p, '=');

        if (strcmp(reply->headers[i].name, "Set-Cookie") != 0 || value == NULL)
            continue;
        snprintf(r->cookie, sizeof(r->cookie), "%.*s", (int)strcspn(value + 1, ";"), value + 1);
        break; /* the session's is the first */
    }
}

static int64_t told_now(void *arg)
{
    return ((struct rooms *)arg)->now_ms;
}

static bool work_now(void *arg, void (*fn)(void *ctx), void (*done)(void *ctx), void *ctx)
{
    (void)arg;
    fn(ctx);
    done(ctx);
    return true;
}

static void journal_submit(void *arg, const struct batch *batch)
{
    ((struct rooms *)arg)->batch = batch;
}

static err_t journal_read_conv(void *arg, uint64_t id, struct buf *image)
{
    return store_read_conv(((struct rooms *)arg)->store, id, image);
}

static void on_record(void *arg, const struct rec *rec)
{
    struct rooms *r = arg;

    if (r->watch != NULL)
        watch_on_record(r->watch, rec);
}

/* set-up */

void rooms_open(struct rooms *r, struct store_options opt, const struct turn_options *turn)
{
    struct fault f = {0};

    opt.dir = r->dir;
    if (mkdtemp(r->dir) == NULL || store_open(&opt, &r->store, &f) != ERR_OK)
        rooms_die("no store");
    if (store_load(r->store, &r->core, &f) != ERR_OK)
        rooms_die("an empty store does not load");
    r->turn =
        turn_new(r->core,
                 &(struct turn_ops){.journal = {r, journal_submit, journal_read_conv, NULL, NULL},
                                    .arg = r,
                                    .on_record = on_record},
                 turn);
    turn_restart(r->turn, r->now_ms, 1000);
}

void rooms_doors(struct rooms *r)
{
    r->view = (struct view){.core = r->core,
                            .store = r->store,
                            .now_ms = told_now,
                            .arg = r,
                            .public_url = "https://chat.example.com",
                            .base = "/w/",
                            .integrity = ""};
    r->watch = watch_new(
        &(struct watch_env){.core = r->core,
                            .turn = r->turn,
                            .view = &r->view,
                            .out = {r, frame_new, frame_unref, frame_send, conn_close, conn_rank}});
    r->api = api_new(&(struct api_env){.core = r->core,
                                       .turn = r->turn,
                                       .store = r->store,
                                       .view = &r->view,
                                       .watch = r->watch,
                                       .out = {r, reply_send, line_send, NULL},
                                       .config = {.rates = {.chats_per_hour = 1u << 20,
                                                            .chats_per_address = 1u << 20,
                                                            .left_per_hour = 1u << 20,
                                                            .stored_per_hour = UINT64_C(1) << 38,
                                                            .messages_per_minute = 1u << 28,
                                                            .sign_ins_per_minute = 1u << 20,
                                                            .commands_per_minute = 1u << 28}},
                                       .arg = r,
                                       .now_ms = told_now,
                                       .work = work_now});
}

void rooms_close(struct rooms *r)
{
    struct buf cmd = {0};

    turn_free(r->turn);
    api_free(r->api);
    watch_free(r->watch);
    core_free(r->core);
    store_close(r->store);
    free(r->answer);
    buf_addf(&cmd, "rm -rf '%s'", r->dir);
    if (system(cmd.p) != 0)
        rooms_die(r->dir);
    buf_fini(&cmd);
}
