/*
 * Stores that earlier versions wrote: each opens, loads into the rules, and says what it said then.
 * They are in tests/fixtures/store, packed, with what they say as text; make.py there tells how
 * they were made.  `store_old_test print NAME` prints the text of one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "deskbell/check.h"
#include "store_help.h"
#include "store_int.h"

static const char *const olds[] = {"first", "second", "third", "fourth"};

#define TEXT_MAX_BYTES (1u << 20)

struct said {
    struct store *st;
    struct core *core;
    struct buf out;
};

static void unpack(const char *name, const struct place *p)
{
    struct buf tar = {0};
    int status = -1;
    pid_t pid;

    buf_addf(&tar, "%s/tests/fixtures/store/%s.tar.xz", getenv("TOP_SRCDIR"), name);
    assert_int_equal(mkdir(p->store, 0700), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        execlp("tar", "tar", "-C", p->store, "--no-same-owner", "-xJf", tar.p, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    buf_fini(&tar);
}

/* things by the names that people gave them */

static const char *dept_name(const struct said *s, uint64_t id)
{
    const struct dept *d = core_dept(s->core, id);

    return d != NULL ? d->name : id == 0 ? "-" : "(deleted)";
}

static const char *agent_name(const struct said *s, uint64_t id)
{
    const struct agent *ag = core_agent(s->core, id);

    return ag != NULL ? ag->name : id == 0 ? "-" : "(deleted)";
}

static void say_portal(struct said *s)
{
    const struct portal *p = core_portal(s->core);

    buf_addf(&s->out, "portal %s from=%s relay=%s:%u number=%llu next=%llu\n", p->name, p->from,
             p->relay_host, p->relay_port, (unsigned long long)p->conv_number,
             (unsigned long long)core_next_pos(s->core));
}

/* Deleted ones are in their rows alone. */
static void say_depts(struct said *s)
{
    struct key first = key_typed(OBJ_DEPT, 0);
    struct cursor cur;
    struct txn tx;
    err_t err;

    assert_int_equal(txn_begin_read(&tx, s->st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, TABLE_SETTING), ERR_OK);
    for (err = cursor_seek(&cur, &first, false); err == ERR_OK && cur.key.p[0] == OBJ_DEPT;
         err = cursor_next(&cur)) {
        uint64_t id = cursor_key_u64(&cur, 1);
        const struct dept *now = core_dept(s->core, id);
        struct dept *d;

        assert_int_equal(dept_decode(id, cur.payload, &d), ERR_OK);
        buf_addf(&s->out, "department %s %s queue=%u origins=%s missed=%d:%s", d->name,
                 d->type == DEPT_PUBLIC ? "public" : "private", d->queue_max, d->origins,
                 d->mail[MAILSET_MISSED].on, d->mail[MAILSET_MISSED].addrs);
        if (now == NULL)
            buf_add_str(&s->out, " deleted\n");
        else
            buf_addf(&s->out, " waiting=%u active=%u completed=%llu missed=%llu mean=%u\n",
                     now->waiting_count, now->active_count,
                     (unsigned long long)now->completed_count,
                     (unsigned long long)now->missed_count, now->wait_mean_ms);
        dept_free(d);
    }
    cursor_close(&cur);
    txn_end_read(&tx);
}

static void say_agents(struct said *s)
{
    for (uint64_t id = 0; core_next_agent(s->core, &id);) {
        const struct agent *ag = core_agent(s->core, id);

        buf_addf(&s->out, "agent %s <%s> %s capacity=%u %s active=%u offered=%u password=%d in",
                 ag->name, ag->email, role_word(ag->role), ag->capacity,
                 agent_status_word(ag->status), ag->active_count, ag->offer_count,
                 ag->password[0] != '\0');
        for (size_t i = 0; i < ag->nmembers; i++)
            if (core_dept(s->core, ag->members[i].dept) != NULL)
                buf_addf(&s->out, " %s:%d%d", dept_name(s, ag->members[i].dept),
                         ag->members[i].chat, ag->members[i].notify);
        buf_add_char(&s->out, '\n');
    }
    for (uint64_t id = 0; core_next_block(s->core, &id);) {
        const struct block *b = core_block(s->core, id);
        char text[IPADDR_TEXT];

        ipaddr_format(&b->prefix.addr, text);
        buf_addf(&s->out, "block %s/%u by %s chat=%d: %s\n", text, b->prefix.bits,
                 agent_name(s, b->by), b->conv != 0, b->reason);
    }
}

/* What agents keep for themselves, and for each other. */
static void say_kept(struct said *s)
{
    for (uint64_t id = 0; core_next_role(s->core, &id);) {
        const struct custom_role *r = core_role(s->core, id);

        buf_addf(&s->out, "role %s v%u: %x\n", r->name, r->version, r->permissions);
    }
    for (uint64_t id = 0; core_next_agent(s->core, &id);)
        for (uint64_t token = 0; core_next_token_of(s->core, id, &token);) {
            const struct session *t = core_session(s->core, token);

            buf_addf(&s->out, "token %s of %s: %x until=%lld\n", t->name, agent_name(s, id),
                     t->permissions, (long long)t->until_ms);
        }
    for (uint64_t id = 0; core_next_canned(s->core, &id);) {
        const struct canned *c = core_canned(s->core, id);

        buf_addf(&s->out, "canned %s of %s in %s lang=%d /%s v%u: %s\n", c->title,
                 agent_name(s, c->agent), dept_name(s, c->dept), (int)c->lang, c->shortcut,
                 c->version, c->text);
    }
    for (uint64_t id = 0; core_next_saved(s->core, &id);) {
        const struct saved *v = core_saved(s->core, id);

        buf_addf(&s->out, "view %s of %s in %s: %s %s of %s tag=%s v%u\n", v->name,
                 agent_name(s, v->agent), dept_name(s, v->dept), list_word((enum list)v->shows[0]),
                 v->shows[1] != 0 ? filter_word((enum filter)v->shows[1]) : "-",
                 dept_name(s, v->of), v->tag, v->version);
    }
    for (uint64_t id = 0; core_next_task(s->core, &id);) {
        const struct task *t = core_task(s->core, id);

        buf_addf(&s->out, "task %s for %s in #%llu due=%d done=%d v%u\n", t->title,
                 agent_name(s, t->agent), (unsigned long long)t->conv, t->due_ms != 0, t->done,
                 t->version);
    }
}

static bool say_line(void *arg, const struct rec *rec)
{
    struct said *s = arg;
    struct span text = body_get(rec->body, BODY_TEXT);

    buf_addf(&s->out, "  %u %s n=%u by=%d+%lld %.*s\n", rec->seq, rec_word(rec->type), rec->n,
             (int)rec->who.kind, (long long)(rec->time_ms % 1000), (int)text.len,
             text.len > 0 ? text.p : "");
    return true;
}

static void say_conv(struct said *s, const char *list, const struct conv *cv)
{
    uint64_t next = cv->last_pos;
    char ip[IPADDR_TEXT];

    ipaddr_format(&cv->ip, ip);
    buf_addf(&s->out, "%s #%llu %s why=%s of %s by %s rating=%u mailed=%u from %s: %s <%s> %s\n",
             list, (unsigned long long)cv->number, conv_state_word(cv->state), why_word(cv->why),
             dept_name(s, cv->dept), agent_name(s, cv->agent), cv->rating, cv->mailed_count, ip,
             cv->name, cv->email, cv->question);
    for (size_t i = 0; i < cv->ntags; i++)
        buf_addf(&s->out, "  tag %s\n", cv->tags[i].text);
    while (next != 0)
        assert_int_equal(store_walk_conv(s->st, next, 100, say_line, s, &next), ERR_OK);
}

static void say_stored(struct said *s, enum list list, const uint64_t *depts, size_t ndepts)
{
    struct stored_list want = {.list = list, .depts = depts, .ndepts = ndepts};
    struct list_page page;
    uint64_t after = 0;
    bool more = true;

    while (more) {
        assert_int_equal(store_list(s->st, &want, after, 100, &page), ERR_OK);
        for (size_t i = 0; i < page.n; i++) {
            struct list_row *row = &page.rows[i];
            uint64_t by_number;
            struct conv *cv;

            assert_int_equal(conv_decode(row->id, row->image, &cv), ERR_OK);
            assert_int_equal(store_find_number(s->st, cv->number, &by_number), ERR_OK);
            assert_int_equal(by_number, row->id);
            say_conv(s, list_word(list), cv);
            conv_free(cv);
            after = row->place;
        }
        more = page.more;
        list_page_fini(&page);
    }
}

static void say_convs(struct said *s)
{
    struct key first = key_typed(OBJ_DEPT, 0);
    uint64_t depts[10], ids[100];
    struct ipprefix range;
    struct addr_at at = {.id = 0};
    struct cursor cur;
    size_t ndepts = 0, n;
    struct fault f;
    struct txn tx;

    for (uint64_t id = 0; core_next_conv(s->core, &id);)
        say_conv(s, "open", core_conv(s->core, id));
    assert_int_equal(txn_begin_read(&tx, s->st), ERR_OK);
    assert_int_equal(cursor_open(&cur, &tx, TABLE_SETTING), ERR_OK);
    for (err_t err = cursor_seek(&cur, &first, false); err == ERR_OK && cur.key.p[0] == OBJ_DEPT;
         err = cursor_next(&cur))
        depts[ndepts++] = cursor_key_u64(&cur, 1);
    cursor_close(&cur);
    txn_end_read(&tx);
    say_stored(s, LIST_COMPLETED, depts, ndepts);
    say_stored(s, LIST_MISSED, depts, ndepts);
    assert_int_equal(ipprefix_parse(SPAN_LIT("192.0.2.0/26"), &range, &f), ERR_OK);
    assert_int_equal(store_list_addr(s->st, &range, &at, ids, 100, &n), ERR_OK);
    buf_addf(&s->out, "ended from 192.0.2.0/26: %zu\n", n);
}

static void say_mail(struct said *s, uint64_t id)
{
    struct mail_view v;

    assert_int_equal(mail_read(s->st, id, &v), ERR_OK);
    buf_addf(&s->out, "mail %llu %s %s of %s attempts=%u uncertain=%d cause=%s bytes=%zu: %s\n",
             (unsigned long long)id, mail_kind_word(v.order.kind), mail_state_word(v.state),
             dept_name(s, v.order.dept), v.attempts, v.uncertain, v.cause, v.bytes, v.subject);
    for (size_t i = 0; i < v.nrcpts; i++)
        buf_addf(&s->out, "  to %s %s %d %s\n", v.rcpts[i].addr, mail_state_word(v.rcpts[i].state),
                 v.rcpts[i].code, v.rcpts[i].reply);
    mail_view_fini(&v);
}

static void say_outbox(struct said *s)
{
    struct mail_want want = {.state = -1};
    struct relay_row relays[4];
    struct mail_counts counts;
    uint64_t cursor = 0, ids[100];
    size_t n;

    do {
        assert_int_equal(mail_list(s->st, &want, &cursor, ids, 100, &n), ERR_OK);
        for (size_t i = 0; i < n; i++)
            say_mail(s, ids[i]);
    } while (cursor != 0);
    assert_int_equal(mail_count(s->st, &counts), ERR_OK);
    buf_add_str(&s->out, "mails");
    for (int i = 0; i < MAILST_COUNT; i++)
        buf_addf(&s->out, " %s=%llu", mail_state_word((enum mail_state)i),
                 (unsigned long long)counts.states[i]);
    buf_add_char(&s->out, '\n');
    assert_int_equal(mail_relays(s->st, relays, 4, &n), ERR_OK);
    for (size_t i = 0; i < n; i++)
        buf_addf(&s->out, "relay of %s rests: %s refused=%d\n", dept_name(s, relays[i].dept),
                 relays[i].trouble, relays[i].refused);
}

static void say_all(struct said *s)
{
    say_portal(s);
    say_depts(s);
    say_agents(s);
    say_kept(s);
    say_convs(s);
    say_outbox(s);
}

static void load(struct said *s, bool images)
{
    struct fault f = {0};

    if (!images) {
        struct store *st = s->st;
        MDB_val key = {10, (void *)(uintptr_t) "checkpoint"};
        MDB_txn *txn;

        assert_int_equal(mdb_txn_begin(st->env, NULL, 0, &txn), 0);
        int rc = mdb_del(txn, st->dbis[TABLE_META], &key, NULL);

        assert_true(rc == 0 || rc == MDB_NOTFOUND); /* a step may have left them out already */
        assert_int_equal(mdb_txn_commit(txn), 0);
    }
    buf_reset(&s->out);
    core_free(s->core);
    if (store_load(s->st, &s->core, &f) != ERR_OK)
        fail_msg("store_load: %s", f.what);
    say_all(s);
}

static void compare(const char *name, const struct buf *said)
{
    struct buf path = {0};
    char *text = xcalloc(1, TEXT_MAX_BYTES), *line = text, *now = said->p;
    FILE *in;

    buf_addf(&path, "%s/tests/fixtures/store/%s.txt", getenv("TOP_SRCDIR"), name);
    in = fopen(path.p, "re");
    assert_non_null(in);
    assert_true(fread(text, 1, TEXT_MAX_BYTES - 1, in) > 1000);
    fclose(in);
    if (strcmp(text, said->p) != 0) {
        while (strcspn(line, "\n") == strcspn(now, "\n") &&
               strncmp(line, now, strcspn(line, "\n") + 1) == 0) {
            line += strcspn(line, "\n") + 1;
            now += strcspn(now, "\n") + 1;
        }
        fail_msg("%s said\n%.*s\nand says\n%.*s", name, (int)strcspn(line, "\n"), line,
                 (int)strcspn(now, "\n"), now);
    }
    free(text);
    buf_fini(&path);
}

static void said_open(struct said *s, struct place *p, const char *name)
{
    *s = (struct said){.out = {.limit_bytes = TEXT_MAX_BYTES}};
    place_make(p);
    unpack(name, p);
    place_open(p);
    s->st = p->st;
    load(s, true);
}

static void said_close(struct said *s, struct place *p)
{
    core_free(s->core);
    buf_fini(&s->out);
    place_remove(p);
}

static void on_finding(void *arg, const struct check_finding *f)
{
    (void)arg;
    fail_msg("%s %s %s: %s", check_kind_word(f->kind), f->table, f->key, f->what);
}

static void check(struct store *st)
{
    struct check_report r;

    assert_int_equal(store_check(st, false, on_finding, NULL, &r, NULL), ERR_OK);
    assert_int_equal(r.found, 0);
}

/* From its images, and from the whole of its journal. */
static void what_an_earlier_version_stored_is_all_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(olds); i++) {
        struct place p;
        struct said s;

        said_open(&s, &p, olds[i]);
        compare(olds[i], &s.out);
        check(s.st);
        load(&s, false);
        compare(olds[i], &s.out);
        said_close(&s, &p);
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_earlier_version_stored_is_all_there),
    };

    crypto_init();
    if (argc == 3 && strcmp(argv[1], "print") == 0) {
        struct place p;
        struct said s;

        said_open(&s, &p, argv[2]);
        fputs(s.out.p, stdout);
        said_close(&s, &p);
        return 0;
    }
    if (sizeof(void *) != 8 || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return 77; /* LMDB's files are those of one word size and byte order */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
