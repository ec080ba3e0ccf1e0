/* Shared by the store's tests; see store_help.h. */
#include "store_help.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "deskbell/tlv.h"

static void place_make_in(struct place *p, const char *base)
{
    *p = (struct place){{0}};
    snprintf(p->dir, sizeof(p->dir), "%s/deskbell-store.XXXXXX", base);
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->store, sizeof(p->store), "%s/store", p->dir);
}

void place_make(struct place *p)
{
    const char *tmp = getenv("TMPDIR");

    place_make_in(p, tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
}

void place_make_in_memory(struct place *p)
{
    place_make_in(p, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static void tree_remove(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *de;
    char child[512];

    while (dir != NULL && (de = readdir(dir)) != NULL) {
        if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
            continue;
        snprintf(child, sizeof(child), "%s/%s", path, de->d_name);
        if (unlink(child) != 0)
            tree_remove(child);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(path);
}

void place_remove(struct place *p)
{
    place_close(p);
    tree_remove(p->dir);
}

struct store_options place_options(const struct place *p, enum store_role role)
{
    return (struct store_options){.dir = p->store, .role = role, .ballast_bytes = 4096};
}

void place_open(struct place *p)
{
    struct store_options opt = place_options(p, STORE_GATEWAY);
    struct fault f = {0};

    if (store_open(&opt, &p->st, &f) != ERR_OK)
        fail_msg("store_open: %s", f.what);
}

void place_close(struct place *p)
{
    store_close(p->st);
    p->st = NULL;
}

/* batches */

static struct span maker_keep(struct maker *m, struct buf *b)
{
    m->bufs = xrealloc(m->bufs, (m->nbufs + 1) * sizeof(m->bufs[0]));
    m->bufs[m->nbufs++] = *b;
    m->batch.bytes += b->len;
    return buf_span(b);
}

static struct span maker_copy(struct maker *m, struct span s)
{
    struct buf b = {0};

    if (s.len == 0)
        return SPAN_NONE;
    buf_add_span(&b, s);
    return maker_keep(m, &b);
}

void maker_add_rec(struct maker *m, const struct rec *rec)
{
    struct batch *b = &m->batch;
    struct buf bytes = {0};

    rec_encode(rec, &bytes);
    b->recs = xrealloc(b->recs, (b->nrecs + 1) * sizeof(b->recs[0]));
    b->recs[b->nrecs++] =
        (struct batch_rec){rec->pos, maker_keep(m, &bytes), maker_copy(m, rec->body)};
}

static char message_char(uint64_t pos, size_t at)
{
    return (char)('a' + (pos * 31 + at * 7) % 26);
}

void maker_add_message(struct maker *m, uint64_t pos, uint64_t prev, uint64_t conv, size_t len)
{
    struct buf text = {0}, body = {0};

    for (size_t i = 0; i < len; i++)
        buf_add_char(&text, message_char(pos, i));
    tlv_put_span(&body, BODY_TEXT, buf_span(&text));
    maker_add_rec(m, &(struct rec){.pos = pos,
                                   .type = REC_CONV_MESSAGE,
                                   .version = REC_VERSION,
                                   .time_ms = (int64_t)pos,
                                   .obj_type = OBJ_CONV,
                                   .obj = conv,
                                   .prev = prev,
                                   .n = 1,
                                   .seq = 1,
                                   .body = buf_span(&body)});
    buf_fini(&text);
    buf_fini(&body);
}

void maker_add_ring(struct maker *m, uint64_t pos, uint64_t conv, uint64_t number)
{
    maker_add_rec(m, &(struct rec){.pos = pos,
                                   .type = REC_CONV_RANG,
                                   .version = REC_VERSION,
                                   .time_ms = (int64_t)pos,
                                   .obj_type = OBJ_CONV,
                                   .obj = conv,
                                   .seq = 1,
                                   .ring.dept = 1,
                                   .ring.number = number});
}

bool message_is(const struct rec *rec, uint64_t pos, size_t len)
{
    struct span text = body_get(rec->body, BODY_TEXT);

    if (rec->pos != pos || rec->type != REC_CONV_MESSAGE || text.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text.p[i] != message_char(pos, i))
            return false;
    return true;
}

void maker_add_row(struct maker *m, enum row_kind kind, uint64_t a, uint64_t b, struct span value)
{
    struct batch *to = &m->batch;

    to->rows = xrealloc(to->rows, (to->nrows + 1) * sizeof(to->rows[0]));
    to->rows[to->nrows++] = (struct batch_row){kind, a, b, maker_copy(m, value)};
}

void maker_add_mail(struct maker *m, uint64_t id, uint64_t conv, enum mail_kind kind)
{
    struct mail_order order = {.kind = kind, .dept = 1, .entry = 1, .conv = conv, .cause = id / 8};
    struct buf value = {0};

    mail_order_encode(&order, &value);
    maker_add_row(m, ROW_MAIL, id, 0, buf_span(&value));
    buf_fini(&value);
}

void maker_fini(struct maker *m)
{
    for (size_t i = 0; i < m->nbufs; i++)
        buf_fini(&m->bufs[i]);
    free(m->bufs);
    free(m->batch.recs);
    free(m->batch.rows);
    *m = (struct maker){{0}};
}

err_t maker_commit(struct maker *m, struct store *st, int64_t now_ms)
{
    err_t err = store_commit(st, &m->batch, now_ms);

    maker_fini(m);
    return err;
}

/* other processes */

struct part part_start(const char *name, const char *dir)
{
    struct part p;
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        execl("/proc/self/exe", "store-test", name, dir, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    p.fd = fds[0];
    return p;
}

bool part_line(struct part *p, char *line, size_t cap)
{
    size_t n = 0;
    char c;

    while (n + 1 < cap && read(p->fd, &c, 1) == 1 && c != '\n')
        line[n++] = c;
    line[n] = '\0';
    return n > 0;
}

int part_wait(struct part *p)
{
    int status = -1;

    close(p->fd);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    return status;
}

void part_kill(struct part *p)
{
    kill(p->pid, SIGKILL);
    part_wait(p);
}

int place_setup(void **state)
{
    struct place *p = xcalloc(1, sizeof(*p));

    place_make(p);
    place_open(p);
    *state = p;
    return 0;
}

int place_teardown(void **state)
{
    place_remove(*state);
    free(*state);
    return 0;
}

void place_put_mails(struct place *p, uint64_t conv, int64_t now_ms, uint64_t first_id, size_t n)
{
    struct maker m = {{0}};

    for (size_t i = 0; i < n; i++)
        maker_add_mail(&m, first_id + 8 * i, conv, MAIL_TRANSCRIPT);
    assert_int_equal(maker_commit(&m, p->st, now_ms), ERR_OK);
}

size_t place_due(struct place *p, int64_t now_ms, uint64_t *ids, size_t max)
{
    size_t n = 99;

    assert_int_equal(outbox_due(p->st, now_ms, ids, max, &n), ERR_OK);
    return n;
}
