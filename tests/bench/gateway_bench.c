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
/* what peers do */

static void line_send(struct bench *b, size_t pair, char by)
{
    static const char pad[TEXT_BYTES] = "................................................"
                                        "...................................................";
    struct peer *p = by == 'v' ? &b->visitors[pair] : &b->agents[b->pairs[pair].agent];

    b->nflying++;

    if (by == 'v')
        peer_sendf(b, p, "{\"id\":\"m%llu\",\"do\":\"chat.send\",\"text\":\"#v#%zu#%lld#%.60s\"}",
                   (unsigned long long)++b->next_id, pair, (long long)now_ns(), pad);
    else
        peer_sendf(b, p,
                   "{\"id\":\"m%llu\",\"do\":\"chat.send\",\"conversation\":\"%s\","
                   "\"text\":\"#a#%zu#%lld#%.60s\"}",
                   (unsigned long long)++b->next_id, b->pairs[pair].conv, pair, (long long)now_ns(),
                   pad);
}

/* A line of the other side has arrived: note how long it took, and answer it. */
static bool on_line(struct bench *b, const char *text, char from)
{
    const char mark[] = {'#', from, '#', '\0'};
    const char *at = strstr(text, mark);
    char *end;

    if (at == NULL)
        return false;

    size_t pair = strtoull(at + 3, &end, 10);
    int64_t sent = strtoll(end + 1, NULL, 10);

    /* A row of a list or a head repeats the last line: only the line itself counts. */
    if (pair >= PAIRS_MAX ||
        (strstr(text, "\"line\"") == NULL && strstr(text, "\"chat.line\"") == NULL))
        return true;
    b->nflying--;
    if (b->nsamples < SAMPLES_MAX)
        b->samples_ns[b->nsamples++] = now_ns() - sent;
    if (b->running)
        line_send(b, pair, from == 'v' ? 'a' : 'v');
    return true;
}

static void on_visitor(struct bench *b, struct peer *p, const char *text)
{
    struct pair *pr = &b->pairs[p->index];

    if (on_line(b, text, 'a') || pr->started || strstr(text, "\"re\"") == NULL)
        return;

    json_t *root = json_loads(text, 0, NULL);
    json_t *chat = json_object_get(json_object_get(root, "ok"), "chat");

    if (chat == NULL) {
        fprintf(stderr, "gateway_bench: the visitor was told %s\n", text);
        exit(2);
    }
    snprintf(pr->conv, sizeof(pr->conv), "%s", json_string_value(chat));
    pr->started = true;
    b->nstarted++;
    json_decref(root);
}

/* Answer the next message that was left, by e-mail. */
static void mail_send(struct bench *b, struct peer *p)
{
    if (b->nasked == DRAIN_MAILS)
        return;
    peer_sendf(b, p,
               "{\"id\":\"e%llu\",\"do\":\"conversation.mail\",\"conversation\":\"%s\","
               "\"text\":\"Yes, it is in stock.\"}",
               (unsigned long long)++b->next_id, b->left[b->nasked]);
    b->nasked++;
}

static void on_agent(struct bench *b, struct peer *p, const char *text)
{
    if (on_line(b, text, 'v'))
        return;

    json_t *root = json_loads(text, 0, NULL);
    const char *ev = json_string_value(json_object_get(root, "ev"));
    const char *re = json_string_value(json_object_get(root, "re"));

    if (ev != NULL && strcmp(ev, "offer") == 0) {
        const char *conv = json_string_value(json_object_get(root, "conversation"));

        peer_sendf(b, p, "{\"id\":\"o%s\",\"do\":\"offer.accept\",\"conversation\":\"%s\"}", conv,
                   conv);
        peer_sendf(b, p,
                   "{\"id\":\"s%s\",\"do\":\"subscribe\",\"topic\":\"conversation\","
                   "\"conversation\":\"%s\",\"seq\":0}",
                   conv, conv);
    } else if (re != NULL && json_object_get(root, "ok") == NULL) {
        fprintf(stderr, "gateway_bench: an agent was told %s\n", text);
        exit(2);
    } else if (re != NULL && re[0] == 's' && re[1] != 't') {
        for (size_t i = 0; i < PAIRS_MAX; i++)
            if (b->pairs[i].started && !b->pairs[i].ready &&
                strcmp(b->pairs[i].conv, re + 1) == 0) {
                b->pairs[i].agent = p->index;
                b->pairs[i].ready = true;
                b->nready++;
            }
    } else if (re != NULL && strcmp(re, "status") == 0) {
        b->nopen++;
    } else if (re != NULL && re[0] == 'e') {
        b->nmailed++;
        mail_send(b, p);
    }
    json_decref(root);
}

static void ring_send(struct bench *b, struct peer *p)
{
    char body[200];
    int len =
        snprintf(body, sizeof(body),
                 "{\"id\":\"r%llu\",\"do\":\"%s\",\"name\":\"Visitor\","
                 "\"email\":\"v@example.com\",\"%s\":\"Is it in stock?\"}",
                 (unsigned long long)++b->next_id, b->drains ? "chat.leave-message" : "chat.start",
                 b->drains ? "text" : "question");

    buf_addf(&p->out,
             "POST /w/%s/command HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n"
             "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
             b->code, b->host, b->host, len, body);
    peer_flush(b, p);
}

static void left_take(struct bench *b, const char *body)
{
    const char *id = strstr(body, "\"chat\":\"");

    if (id == NULL || sscanf(id + 8, "%23[0-9]", b->left[b->nrung]) != 1)
        die("an answer without a conversation");
}

/* Takes one whole answer of HTTP/1.1 off the front; false: there is none yet. */
static bool ring_take(struct bench *b, struct peer *p)
{
    char *end = p->in.len > 0 ? strstr(p->in.p, "\r\n\r\n") : NULL;
    char *length = end != NULL ? strcasestr(p->in.p, "content-length:") : NULL;

    if (length == NULL || length > end)
        return false;

    size_t whole = (size_t)(end + 4 - p->in.p) + strtoull(length + 15, NULL, 10);

    if (p->in.len < whole)
        return false;
    if (strncmp(p->in.p, "HTTP/1.1 200", 12) == 0) {
        if (b->drains && b->nrung < DRAIN_MAILS)
            left_take(b, end);
        b->nrung++;
    } else if (b->nrefused++ == 0)
        fprintf(stderr, "gateway_bench: refused: %.*s\n", (int)whole, p->in.p);
    memmove(p->in.p, p->in.p + whole, p->in.len - whole);
    p->in.len -= whole;
    p->in.p[p->in.len] = '\0';
    return true;
}

static void on_frame(struct bench *b, struct peer *p, int opcode, char *text, size_t len)
{
    char after = text[len];

    if (opcode == 9) {
        peer_send(b, p, 10, text, len);
        return;
    }
    if (opcode == 8) {
        fprintf(stderr, "gateway_bench: the gateway closes with %d\n",
                len >= 2 ? (uint8_t)text[0] << 8 | (uint8_t)text[1] : 0);
        exit(2);
    }
    text[len] = '\0';
    if (p->kind == PEER_VISITOR)
        on_visitor(b, p, text);
    else
        on_agent(b, p, text);
    text[len] = after;
}

static void peer_opened(struct bench *b, struct peer *p)
{
    p->open = true;
    if (p->kind == PEER_VISITOR) {
        peer_sendf(b, p,
                   "{\"id\":\"v%llu\",\"do\":\"chat.start\",\"name\":\"Visitor\","
                   "\"email\":\"v@example.com\",\"question\":\"Is it in stock?\"}",
                   (unsigned long long)++b->next_id);
        return;
    }
    peer_sendf(b, p, "{\"id\":\"st\",\"do\":\"subscribe\",\"topic\":\"me\"}");
    peer_sendf(b, p, "{\"id\":\"status\",\"do\":\"agent.status\",\"status\":\"available\"}");
}

/* Whole frames off the front of what has arrived. */
static void peer_pump(struct bench *b, struct peer *p)
{
    size_t at = 0;

    if (p->kind == PEER_RING) {
        while (ring_take(b, p))
            if (b->running)
                ring_send(b, p);
        return;
    }
    if (!p->open) {
        char *end = strstr(p->in.p, "\r\n\r\n");

        if (end == NULL)
            return;
        if (strncmp(p->in.p, "HTTP/1.1 101", 12) != 0) {
            fprintf(stderr, "gateway_bench: no WebSocket: %s\n", p->in.p);
            exit(2);
        }
        at = (size_t)(end + 4 - p->in.p);
        peer_opened(b, p);
    }
    while (p->in.len - at >= 2) {
        uint8_t *f = (uint8_t *)p->in.p + at;
        size_t head = f[1] == 127 ? 10 : f[1] == 126 ? 4 : 2, len = f[1];

        if (p->in.len - at < head)
            break;
        if (f[1] == 126)
            len = (size_t)f[2] << 8 | f[3];
        if (f[1] == 127)
            len = (size_t)f[7] << 16 | (size_t)f[8] << 8 | f[9];
        if (p->in.len - at < head + len)
            break;
        on_frame(b, p, f[0] & 15, (char *)f + head, len);
        at += head + len;
    }
    memmove(p->in.p, p->in.p + at, p->in.len - at);
    p->in.len -= at;
}

static void loop_once(struct bench *b)
{
    struct epoll_event evs[256];
    int n = epoll_wait(b->epoll, evs, COUNT_OF(evs), 20);

    for (int i = 0; i < n; i++) {
        struct peer *p = evs[i].data.ptr;
        char chunk[65536];

        if (evs[i].events & EPOLLOUT)
            peer_flush(b, p);
        if (!(evs[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
            continue;

        ssize_t got = read(p->fd, chunk, sizeof(chunk));

        if (got == 0 || (got < 0 && errno != EAGAIN))
            die("a connection was closed");
        if (got > 0) {
            buf_add(&p->in, chunk, (size_t)got);
            peer_pump(b, p);
        }
    }
}

static void loop_until(struct bench *b, const size_t *count, size_t wanted, const char *what)
{
    int64_t until = now_ns() + WAIT_MS * INT64_C(1000000);

    while (*count < wanted) {
        loop_once(b);
        if (now_ns() > until) {
            fprintf(stderr, "gateway_bench: %s: %zu of %zu\n", what, *count, wanted);
            exit(2);
        }
    }
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

static void run_for(struct bench *b, int64_t ms)
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
        line_send(b, i, 'v');
    run_for(b, ms);
    come_to_rest(b);
    return (double)(now_ns() - start) / 1e9;
}

/* What was measured of the pairs: percent 99 of the way of a message, in microseconds. */
static double measure_pairs(struct bench *b, size_t n)
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

/* the drain */

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
static void measure_drain(struct bench *b)
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
