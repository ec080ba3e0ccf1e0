/*
 * The whole gateway over real sockets: durable messages a second between pairs of visitor and
 * agent, how long each takes to the other side, and chat requests a second; each beside a bare file
 * on the same disk in the same run, that gets as many lines before each fdatasync as are under way.
 * With "drain": the same messages while the outbox rests, and while the dispatcher drains it.
 * Arguments: the deskbelld to be measured, a directory on the disk, and "drain" or nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway_client.h"

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}
/* the raw bound */

/*
 * Some syncs more, each of as many lines as are under way at a time; between slices of the
 * measuring, for disks change their mind by the second.
 */
static void syncs_add(struct bench *b, size_t lines)
{
    static char bytes[PAIRS_MAX * RAW_LINE_BYTES];

    ensure(lines <= PAIRS_MAX);
    memset(bytes, 'x', sizeof(bytes));
    for (size_t i = 0; i < SYNCS_PER_SLICE; i++) {
        ssize_t len = (ssize_t)(lines * RAW_LINE_BYTES);
        int64_t start = now_ns();

        if (write(b->raw, bytes, (size_t)len) != len || fdatasync(b->raw) != 0)
            die("fdatasync");
        ensure(b->nsyncs < COUNT_OF(b->syncs_ns));
        b->syncs_ns[b->nsyncs++] = now_ns() - start;
    }
}

/* Lines a second that the bare file takes in such batches. */
static double raw_rate(const struct bench *b, size_t lines)
{
    double ns = 0;

    for (size_t i = 0; i < b->nsyncs; i++)
        ns += (double)b->syncs_ns[i];
    return (double)(lines * b->nsyncs) * 1e9 / ns;
}

static double percentile_us(int64_t *ns, size_t count, unsigned percent)
{
    qsort(ns, count, sizeof(ns[0]), by_value);
    return (double)ns[count * percent / 100] / 1e3;
}
/* set-up */

static void agent_sign_in(struct bench *b, size_t index, const char *dept)
{
    json_t *ok = control_ask(b,
                             "\"do\":\"agent.add\",\"name\":\"Agent %zu\","
                             "\"email\":\"a%zu@example.com\",\"capacity\":%d,"
                             "\"departments\":[\"%s\"]",
                             index, index, CHATS_PER_AGENT, dept);
    char *agent = text_of(ok, "agent");
    json_t *made = control_ask(b, "\"do\":\"agent.link\",\"agent\":\"%s\"", agent);
    char *link = text_of(made, "link"), *token = strstr(link, "link=");
    struct buf rq = {0};
    char body[300];
    int len = snprintf(body, sizeof(body), "{\"link\":\"%s\",\"password\":\"a long password\"}",
                       token != NULL ? token + 5 : link);

    buf_addf(&rq,
             "POST /api/v1/password HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n"
             "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
             b->host, b->host, len, body);

    char *answer = http_ask(b, rq.p), *cookie = strcasestr(answer, "set-cookie: ");

    if (cookie == NULL) {
        fprintf(stderr, "gateway_bench: no session: %s\n", answer);
        exit(2);
    }
    cookie += 12;
    cookie[strcspn(cookie, ";\r")] = '\0';
    peer_open(b, &b->agents[index], PEER_AGENT, index);
    peer_upgrade(b, &b->agents[index], "/api/v1/ws", cookie);
    buf_fini(&rq);
    free(answer);
    free(link);
    free(agent);
    json_decref(made);
    json_decref(ok);
}

static void set_up(struct bench *b)
{
    json_t *ok = control_ask(b, "\"do\":\"department.add\",\"name\":\"Bench\",\"type\":\"public\","
                                "\"queue_max\":10000,\"wait_ms\":3600000,\"offer_ms\":60000");
    char *dept = text_of(ok, "department"), *code = text_of(ok, "code");

    snprintf(b->code, sizeof(b->code), "%s", code);
    for (size_t i = 0; i < AGENTS; i++)
        agent_sign_in(b, i, dept);
    loop_until(b, &b->nopen, AGENTS, "agents that are available");
    free(dept);
    free(code);
    json_decref(ok);
}

static void pairs_make(struct bench *b, size_t n)
{
    char path[100];

    snprintf(path, sizeof(path), "/w/%s/ws", b->code);
    for (size_t i = b->nready; i < n; i++) {
        peer_open(b, &b->visitors[i], PEER_VISITOR, i);
        peer_upgrade(b, &b->visitors[i], path, NULL);
        if (i % 50 == 49)
            loop_until(b, &b->nready, i - 20, "pairs");
    }
    loop_until(b, &b->nready, n, "pairs");
}

/* measuring */

void run_for(struct bench *b, int64_t ms)
{
    int64_t until = now_ns() + ms * 1000000;

    while (now_ns() < until)
        loop_once(b);
}

/* Let what is under way arrive, so that nothing waits while the disk is asked for itself. */
static void come_to_rest(struct bench *b)
{
    int64_t until = now_ns() + WAIT_MS * INT64_C(1000000);

    b->running = false;
    while (b->nflying > 0 && now_ns() < until)
        loop_once(b);
    if (b->nflying > 0)
        die("lines were lost");
}

/* What the gateway has used of the processors so far. */
static double cpu_us(const struct bench *b)
{
    unsigned long user = 0, kernel = 0;
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)b->pid);

    FILE *in = fopen(path, "r");

    if (in == NULL || fscanf(in, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                             &user, &kernel) != 2)
        die(path);
    fclose(in);
    return (double)(user + kernel) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static double slice(struct bench *b, size_t n, int64_t ms)
{
    int64_t start = now_ns();

    b->running = true;
    for (size_t i = 0; i < n; i++)
        if (b->pairs[i].nlines < PAIR_LINES_MAX)
            line_send(b, i, 'v');
    while (b->nflying > 0 && now_ns() < start + ms * 1000000)
        loop_once(b);
    come_to_rest(b);
    return (double)(now_ns() - start) / 1e9;
}

/* What was measured of the pairs: percent 99 of the way of a message, in microseconds. */
double measure_pairs(struct bench *b, size_t n)
{
    double seconds = 0, cpu;

    pairs_make(b, n);
    slice(b, n, MEASURE_MS / SLICES); /* warm */
    b->nsamples = b->nsyncs = 0;
    cpu = cpu_us(b);
    for (size_t i = 0; i < SLICES; i++) {
        syncs_add(b, n);
        seconds += slice(b, n, MEASURE_MS / SLICES);
    }

    cpu = cpu_us(b) - cpu;

    size_t count = b->nsamples;
    double p50 = percentile_us(b->samples_ns, count, 50);
    double p99 = percentile_us(b->samples_ns, count, 99);
    double sync50 = percentile_us(b->syncs_ns, b->nsyncs, 50);
    double sync99 = percentile_us(b->syncs_ns, b->nsyncs, 99);
    double rate = (double)count / seconds, raw = raw_rate(b, n);

    printf("%5zu pairs  gateway %8.0f messages/s  p50 %7.0f us  p99 %7.0f us  cpu %3.0f us each\n",
           n, rate, p50, p99, cpu / (double)count);
    printf("  by %4zu    file %8.0f lines/s     p50 %7.0f us  p99 %7.0f us\n", n, raw, sync50,
           sync99);
    printf("            ratio %8.2f                %7.2f         %7.2f syncs\n", rate / raw,
           p50 / sync50, p99 / sync99);
    fflush(stdout);
    return p99;
}

static void measure_rings(struct bench *b)
{
    b->nsyncs = 0;
    for (size_t i = 0; i < SLICES; i++)
        syncs_add(b, RING_CONNS);
    b->running = true;
    for (size_t i = 0; i < RING_CONNS; i++) {
        peer_open(b, &b->rings[i], PEER_RING, i);
        ring_send(b, &b->rings[i]);
    }

    int64_t start = now_ns(), until = start + MEASURE_MS * INT64_C(1000000);

    while (now_ns() < until && b->nrung + b->nrefused < RINGS_MAX)
        loop_once(b);

    double seconds = (double)(now_ns() - start) / 1e9;

    b->running = false;
    double rate = (double)b->nrung / seconds, raw = raw_rate(b, RING_CONNS);

    printf("%5d conns  gateway %8.0f chat requests/s, %zu taken, %zu refused\n", RING_CONNS, rate,
           b->nrung, b->nrefused);
    printf("  by %4d    file %8.0f lines/s\n            ratio %8.2f\n", RING_CONNS, raw,
           rate / raw);
}

static int remove_one(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
    (void)sb;
    (void)type;
    (void)ftw;
    return remove(path);
}

static struct bench the_bench;

/* Also when something went wrong: no gateway and no files stay. */
static void clean_up(void)
{
    if (the_bench.pid > 0)
        gateway_stop(&the_bench);
    if (the_bench.sink > 0) {
        kill(the_bench.sink, SIGTERM);
        waitpid(the_bench.sink, NULL, 0);
    }
    nftw(the_bench.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {1, 100, PAIRS_MAX};
    struct bench *b = &the_bench;
    struct rlimit files = {4096, 4096};
    struct buf path = {0};

    if (argc < 2) {
        fprintf(stderr, "usage: gateway_bench DESKBELLD [DIRECTORY [drain]]\n");
        return 2;
    }
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    snprintf(b->dir, sizeof(b->dir), "%s/gateway-bench.XXXXXX", argc > 2 ? argv[2] : "/tmp");
    if (mkdtemp(b->dir) == NULL || (b->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
        die(b->dir);
    atexit(clean_up);
    b->samples_ns = xcalloc(SAMPLES_MAX, sizeof(b->samples_ns[0]));
    buf_addf(&path, "%s/raw", b->dir);
    if ((b->raw = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
        die(path.p);
    buf_fini(&path);
    b->drains = argc > 3 && strcmp(argv[3], "drain") == 0;
    gateway_start(b, argv[1]);
    control_open(b);
    set_up(b);
    if (b->drains) {
        measure_drain(b);
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        (void)measure_pairs(b, sizes[i]);
    measure_rings(b);
    return 0;
}
