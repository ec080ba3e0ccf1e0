/*
 * What a full outbox costs: the dispatcher's own memory and the gateway's answers with 1,000 and
 * with 1,000,000 queued mails, and what a retry of 100,000 does to those who write meanwhile.  The
 * real programs, on real files; the relay cannot be reached.  A first real mail is made through the
 * gateway, all the others are its copies.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "deskbell/outbox.h"

#define ASKS 200
#define RETRIED 100000
#define ROWS_PER_COMMIT 1000
#define STEP 500
#define WAIT_S 300

struct bench {
    char dir[200], conf[220], socket[220], host[32];
    const char *gateway_program, *dispatcher_program;
    pid_t gateway, dispatcher;
    int control;
    char line[1 << 20];
    size_t len;
};

static struct bench the_bench;

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static int64_t wall_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* programs */

static pid_t program_start(const struct bench *b, const char *program)
{
    pid_t pid;

    fflush(NULL); /* or the child would say it once more */
    if ((pid = fork()) != 0)
        return pid;
    if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
        _exit(2);
    execl(program, program, "-c", b->conf, (char *)NULL);
    _exit(2);
}

static void program_stop(pid_t *pid)
{
    if (*pid > 0) {
        kill(*pid, SIGTERM);
        waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}

static void clean_up(void)
{
    char command[256];

    program_stop(&the_bench.dispatcher);
    program_stop(&the_bench.gateway);
    if (the_bench.dir[0] == '\0')
        return;
    snprintf(command, sizeof(command), "rm -rf '%s'", the_bench.dir);
    if (system(command) != 0)
        fprintf(stderr, "%s stays behind\n", the_bench.dir);
}

static unsigned free_port(void)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(sin);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *)&sin, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&sin, &len) != 0)
        die("a free port");
    close(fd);
    return ntohs(sin.sin_port);
}

static void conf_write(struct bench *b)
{
    FILE *out = fopen(b->conf, "w");

    if (out == NULL)
        die(b->conf);
    snprintf(b->host, sizeof(b->host), "127.0.0.1:%u", free_port());
    fprintf(out,
            "listen = %s\nstate_dir = %s/state\ncontrol_socket = %s\ndispatcher = no\n"
            "log_level = warn\nuser = root\n",
            b->host, b->dir, b->socket);
    fclose(out);
}

/* asking */

static void gateway_open(struct bench *b)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int64_t until = now_ns() + WAIT_S * INT64_C(1000000000);

    b->gateway = program_start(b, b->gateway_program);
    snprintf(sun.sun_path, sizeof(sun.sun_path), "%.100s", b->socket);
    b->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while (connect(b->control, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
        if (now_ns() > until)
            die(b->socket);
        pause_ms(5);
    }
}

static void gateway_close(struct bench *b)
{
    close(b->control);
    program_stop(&b->gateway);
}

/* One command, its answer's object; the caller's.  How long it took goes to *ns. */
static json_t *ask(struct bench *b, const char *fields, int64_t *ns)
{
    static unsigned id;
    char command[600];
    int n = snprintf(command, sizeof(command), "{\"id\":\"bench-%u\",%s}\n", id++, fields);
    int64_t began = now_ns();
    json_t *answer, *ok;

    if (write(b->control, command, (size_t)n) != n)
        die("control socket");
    for (b->len = 0; b->len == 0 || b->line[b->len - 1] != '\n';) {
        ssize_t got = read(b->control, b->line + b->len, sizeof(b->line) - b->len);

        if (got <= 0)
            die("the gateway's answer");
        b->len += (size_t)got;
    }
    if (ns != NULL)
        *ns = now_ns() - began;
    answer = json_loadb(b->line, b->len, 0, NULL);
    ok = json_incref(json_object_get(answer, "ok"));
    if (ok == NULL) {
        fprintf(stderr, "%s: %.*s", fields, (int)b->len, b->line);
        exit(2);
    }
    json_decref(answer);
    return ok;
}

static long long outbox_count(struct bench *b, const char *state)
{
    json_t *ok = ask(b, "\"do\":\"status\"", NULL);
    long long n = json_integer_value(json_object_get(json_object_get(ok, "outbox"), state));

    json_decref(ok);
    return n;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void report(const char *what, int64_t *ns, size_t n)
{
    qsort(ns, n, sizeof(ns[0]), by_number);
    printf("  %-44s median %7.2f ms   worst %7.2f ms   (%zu)\n", what, (double)ns[n / 2] / 1e6,
           (double)ns[n - 1] / 1e6, n);
}

static void measure_asks(struct bench *b)
{
    static const char *const commands[] = {
        "\"do\":\"status\"",
        "\"do\":\"mail.list\"",
        "\"do\":\"mail.list\",\"state\":\"queued\"",
        "\"do\":\"mail.list\",\"state\":\"failed\"",
        "\"do\":\"mail.list\",\"cause\":\"connect\"",
        "\"do\":\"mail.causes\"",
    };
    int64_t ns[ASKS];

    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        for (size_t k = 0; k < ASKS; k++)
            json_decref(ask(b, commands[i], &ns[k]));
        report(commands[i], ns, ASKS);
    }
}

/* filling */

static uint64_t leave_message(struct bench *b)
{
    static const char body[] = "{\"id\":\"bench-0123456789abcdef\",\"do\":\"chat.leave-message\","
                               "\"email\":\"x@example.com\",\"text\":\"Please call me\"}";
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    json_t *ok = ask(b, "\"do\":\"department.list\"", NULL), *row, *mails;
    char request[600], set[400];
    int fd = socket(AF_INET, SOCK_STREAM, 0), n;

    row = json_array_get(json_object_get(ok, "rows"), 0);
    json_decref(ask(b,
                    "\"do\":\"portal.set\",\"from\":\"a@example.com\",\"relay_tls\":\"none\","
                    "\"relay_host\":\"127.0.0.1\",\"relay_port\":1",
                    NULL));
    snprintf(set, sizeof(set),
             "\"do\":\"department.set\",\"department\":\"%s\",\"mail.missed.on\":true,"
             "\"mail.missed.addresses\":\"m@example.com\",\"mail.transcript.on\":true,"
             "\"mail.transcript.addresses\":\"t@example.com\"",
             json_string_value(json_object_get(row, "id")));
    json_decref(ask(b, set, NULL));
    n = snprintf(request, sizeof(request),
                 "POST /w/%s/command HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                 "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
                 json_string_value(json_object_get(row, "code")), b->host, sizeof(body) - 1, body);
    json_decref(ok);
    sin.sin_port = htons((uint16_t)atoi(strchr(b->host, ':') + 1));
    if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
        write(fd, request, (size_t)n) != n)
        die("leaving a message");
    while (read(fd, b->line, sizeof(b->line)) > 0)
        ;
    close(fd);
    ok = ask(b, "\"do\":\"mail.list\"", NULL);
    mails = json_object_get(ok, "rows");
    if (json_array_size(mails) != 1)
        die("the first mail");
    uint64_t id =
        strtoull(json_string_value(json_object_get(json_array_get(mails, 0), "id")), NULL, 10);
    json_decref(ok);
    return id;
}

static struct store *store_take(const struct bench *b, enum store_role role)
{
    char path[256];
    struct store_options so = {.dir = path, .role = role};
    struct store *st;
    struct fault f = {0};

    snprintf(path, sizeof(path), "%s/state", b->dir);
    if (store_open(&so, &st, &f) != ERR_OK) {
        fprintf(stderr, "%s: %s\n", f.field, f.what);
        exit(2);
    }
    return st;
}

static void must(err_t err, const char *what)
{
    if (err == ERR_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, err_text(err));
    exit(2);
}

/* Copies of the mail, up to `count` in all. */
static void fill(struct bench *b, uint64_t first, size_t count)
{
    struct store *st = store_take(b, STORE_GATEWAY);
    struct batch_row *rows = xcalloc(ROWS_PER_COMMIT, sizeof(*rows));
    struct buf order = {0};
    struct mail_view m;

    must(mail_read(st, first, &m), "the first mail");
    m.order.kind = MAIL_TRANSCRIPT; /* a flood of notices would be held, and wait for a digest */
    mail_order_encode(&m.order, &order);
    for (size_t at = 1; at < count;) {
        struct batch batch = {.rows = rows};

        for (; at < count && batch.nrows < ROWS_PER_COMMIT; at++)
            rows[batch.nrows++] =
                (struct batch_row){ROW_MAIL, first + 16 * at, 0, buf_span(&order)};
        must(store_commit(st, &batch, wall_ms()), "filling");
    }
    mail_view_fini(&m);
    buf_fini(&order);
    free(rows);
    store_close(st);
}

/* As if each had been tried once and the relay not reached; due in an hour. */
static void put_off(struct bench *b, size_t count)
{
    struct store *st = store_take(b, STORE_DISPATCHER);
    struct mail_result *results = xcalloc(STEP, sizeof(*results));
    uint64_t *ids = xcalloc(STEP, sizeof(*ids));
    int64_t now_ms = wall_ms();
    size_t n = STEP;

    for (size_t done = 0; done < count && n > 0; done += n) {
        must(outbox_due(st, now_ms, ids, STEP, &n), "due mails");
        must(outbox_begin(st, ids, n, &(struct lease){1, 60000}), "beginning");
        for (size_t i = 0; i < n; i++)
            results[i] = (struct mail_result){.id = ids[i],
                                              .state = MAILST_DEFERRED,
                                              .due_ms = now_ms + 3600000,
                                              .reason = SPAN_LIT("the relay cannot be reached"),
                                              .cause = "connect"};
        must(outbox_settle(st, results, n, now_ms), "putting off");
    }
    free(results);
    free(ids);
    store_close(st);
}

/* measuring */

static long anonymous_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = -1;

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    FILE *in = fopen(path, "r");
    if (in == NULL)
        die(path);
    while (fgets(line, sizeof(line), in) != NULL)
        if (sscanf(line, "Anonymous: %ld", &kb) == 1)
            break;
    fclose(in);
    return kb;
}

/* Until it has taken every mail over and tried the first ones; the worst wait for a writer. */
static void measure_queue(struct bench *b, size_t count)
{
    int64_t until = now_ns() + WAIT_S * INT64_C(1000000000), began = now_ns(), ns[ASKS];
    char set[80];
    size_t n = 0, at = 0;

    b->dispatcher = program_start(b, b->dispatcher_program);
    while (outbox_count(b, "deferred") == 0 ||
           outbox_count(b, "queued") + outbox_count(b, "deferred") < (long long)count) {
        snprintf(set, sizeof(set), "\"do\":\"portal.set\",\"name\":\"bench %zu\"", at);
        json_decref(ask(b, set, &ns[at % ASKS]));
        n = ++at < ASKS ? at : ASKS;
        if (now_ns() > until)
            die("taking over");
    }
    printf("  taken over in %.1f s; the dispatcher's own memory: %ld kB\n",
           (double)(now_ns() - began) / 1e9, anonymous_kb(b->dispatcher));
    if (n > 0)
        report("a durable command meanwhile (the last ones)", ns, n);
    program_stop(&b->dispatcher);
}

static void measure_retry(struct bench *b)
{
    int64_t *ns = xcalloc(1000000, sizeof(*ns)), began, until;
    char set[80];
    size_t n = 0;

    gateway_open(b);
    b->dispatcher = program_start(b, b->dispatcher_program);
    pause_ms(500);
    for (; n < ASKS; n++) {
        snprintf(set, sizeof(set), "\"do\":\"portal.set\",\"name\":\"before %zu\"", n);
        json_decref(ask(b, set, &ns[n]));
    }
    report("a durable command before", ns, n);
    json_t *ok = ask(b, "\"do\":\"mail.retry\",\"cause\":\"connect\"", &ns[0]);
    printf("  a retry of %lld is taken in %.2f ms\n",
           (long long)json_integer_value(json_object_get(ok, "meant")), (double)ns[0] / 1e6);
    json_decref(ok);
    began = now_ns();
    until = began + WAIT_S * INT64_C(1000000000);
    for (n = 0; n < 1000000 && now_ns() < until; n++) {
        snprintf(set, sizeof(set), "\"do\":\"portal.set\",\"name\":\"while %zu\"", n);
        json_decref(ask(b, set, &ns[n]));
        ok = ask(b, "\"do\":\"mail.causes\"", NULL);
        const json_t *left = json_array_get(json_object_get(ok, "rows"), 0);
        /* Those that were tried anew since have it again, but are few. */
        bool over = json_integer_value(json_object_get(left, "retry")) < 1000;
        json_decref(ok);
        if (over)
            break;
    }
    printf("  it was carried out in %.1f s\n", (double)(now_ns() - began) / 1e9);
    report("a durable command meanwhile", ns, n + 1);
    program_stop(&b->dispatcher);
    gateway_close(b);
    free(ns);
}

static void begin(struct bench *b, const char *folder)
{
    snprintf(b->dir, sizeof(b->dir), "%s/outbox-bench.XXXXXX", folder);
    if (mkdtemp(b->dir) == NULL)
        die(b->dir);
    snprintf(b->conf, sizeof(b->conf), "%s/conf", b->dir);
    snprintf(b->socket, sizeof(b->socket), "%s/control", b->dir);
    conf_write(b);
}

static void bench_count(struct bench *b, const char *folder, size_t count)
{
    uint64_t first;

    printf("%zu queued mails\n", count);
    fflush(stdout);
    begin(b, folder);
    gateway_open(b);
    first = leave_message(b);
    gateway_close(b);
    fill(b, first, count);
    gateway_open(b);
    measure_asks(b);
    measure_queue(b, count);
    gateway_close(b);
    clean_up();
}

static void bench_retry(struct bench *b, const char *folder)
{
    uint64_t first;

    printf("%d deferred mails of one cause\n", RETRIED);
    fflush(stdout);
    begin(b, folder);
    gateway_open(b);
    first = leave_message(b);
    gateway_close(b);
    fill(b, first, RETRIED);
    put_off(b, RETRIED);
    measure_retry(b);
    clean_up();
}

int main(int argc, char **argv)
{
    struct bench *b = &the_bench;
    const char *folder = argc > 3 ? argv[3] : "/tmp";

    if (argc < 3) {
        fprintf(stderr, "usage: outbox_bench DESKBELLD DISPATCHER [DIRECTORY [MAILS]]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    atexit(clean_up);
    b->gateway_program = argv[1];
    b->dispatcher_program = argv[2];
    bench_count(b, folder, 1000);
    bench_count(b, folder, argc > 4 ? (size_t)atol(argv[4]) : 1000000);
    bench_retry(b, folder);
    b->dir[0] = '\0';
    return 0;
}
