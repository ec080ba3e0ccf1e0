/*
 * A console that follows a list has what the list holds: whatever happens, in whatever order, to
 * whoever sees it by whatever right.  Consoles of several kinds subscribe to every list, keep what
 * they are told, and are held against the rules when all has come to rest.
 */
#include "api_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 8
#define STEPS 250
#define VISITORS 14
#define AGENTS 5
#define HELD_MAX 256

static const struct list_want wants[] = {
    {.list = LIST_ALL},
    {.list = LIST_ALL, .filter = FILTER_OPEN},
    {.list = LIST_ALL, .filter = FILTER_UNREPLIED},
    {.list = LIST_ALL, .filter = FILTER_REPLIED},
    {.list = LIST_MINE},
    {.list = LIST_MINE, .filter = FILTER_UNREPLIED},
    {.list = LIST_UNASSIGNED},
    {.list = LIST_BLOCKED},
    {.list = LIST_ALL, .filter = FILTER_OPEN, .dept = 1}, /* the first department's, in its place */
    {.list = LIST_UNASSIGNED, .dept = 1},
};

/* What one console has of one list. */
struct list_held {
    uint64_t ids[HELD_MAX];
    size_t n;
};

struct console {
    uint64_t agent, conn;
    struct list_held lists[COUNT_OF(wants)];
};

struct show {
    struct world *w;
    uint64_t seed, next;
    uint64_t dept[2];
    char code[2][CODE_TEXT];
    struct console consoles[AGENTS];
    uint64_t visitors[VISITORS];
    size_t looked;
};

static uint64_t pick(struct show *sh, uint64_t below)
{
    sh->seed ^= sh->seed << 13, sh->seed ^= sh->seed >> 7, sh->seed ^= sh->seed << 17;
    return (sh->seed >> 11) % below;
}

static struct list_want want_of(const struct show *sh, size_t i)
{
    struct list_want want = wants[i];

    if (want.dept != 0)
        want.dept = sh->dept[0];
    return want;
}

/* consoles */

static void held_put(struct list_held *l, uint64_t id)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->ids[i] == id)
            return;
    assert_true(l->n < HELD_MAX);
    l->ids[l->n++] = id;
}

static bool held_del(struct list_held *l, uint64_t id)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->ids[i] == id) {
            l->ids[i] = l->ids[--l->n];
            return true;
        }
    }
    return false;
}

static void subscribe(struct show *sh, struct console *c)
{
    struct buf b = {0};

    tell(sh->w, c->conn, "{'id':'me','do':'subscribe','topic':'me'}");
    for (size_t i = 0; i < COUNT_OF(wants); i++) {
        struct list_want want = want_of(sh, i);

        buf_reset(&b);
        buf_addf(&b, "{'id':'list-%zu','do':'subscribe','topic':'list','list':'%s','max':100", i,
                 list_word(want.list));
        if (want.filter != FILTER_NONE)
            buf_addf(&b, ",'filter':'%s'", filter_word(want.filter));
        if (want.dept != 0)
            buf_addf(&b, ",'department':'%llu'", (unsigned long long)want.dept);
        tell(sh->w, c->conn, "%s}", b.p);
    }
    buf_fini(&b);
}

static uint64_t id_in(const json_t *v, const char *key)
{
    uint64_t id = 0;
    const char *s = json_string_value(json_object_get(v, key));

    if (s != NULL)
        assert_int_equal(id_parse(span_of(s), &id), ERR_OK);
    return id;
}

static void snapshot_take(struct console *c, size_t list, const json_t *ok)
{
    const json_t *rows = json_object_get(ok, "rows");

    c->lists[list].n = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        held_put(&c->lists[list], id_in(json_array_get(rows, i), "conversation"));
}

static size_t list_of_event(const struct show *sh, const json_t *v)
{
    const char *list = json_string_value(json_object_get(v, "list"));
    const char *filter = json_string_value(json_object_get(v, "filter"));

    for (size_t i = 0; i < COUNT_OF(wants); i++) {
        struct list_want want = want_of(sh, i);
        const char *mine = filter_word(want.filter);

        if (strcmp(list_word(want.list), list) == 0 && want.dept == id_in(v, "department") &&
            (mine == NULL ? filter == NULL : filter != NULL && strcmp(mine, filter) == 0))
            return i;
    }
    fail_msg("a row of a list that nobody asked for");
    return 0;
}

static void frame_take(struct show *sh, struct console *c, const char *text)
{
    json_t *v = json_loads(text, 0, NULL);
    const char *ev = json_string_value(json_object_get(v, "ev"));
    const char *re = json_string_value(json_object_get(v, "re"));
    size_t list;

    assert_non_null(v);
    if (re != NULL && sscanf(re, "list-%zu", &list) == 1 && json_object_get(v, "ok") != NULL) {
        snapshot_take(c, list, json_object_get(v, "ok"));
    } else if (ev != NULL && strcmp(ev, "resync") == 0) {
        subscribe(sh, c);
    } else if (ev != NULL && strcmp(ev, "list") == 0) {
        struct list_held *l = &c->lists[list_of_event(sh, v)];
        uint64_t gone = id_in(v, "gone");

        if (gone != 0)
            held_del(l, gone);
        else
            held_put(l, id_in(json_object_get(v, "row"), "conversation"));
    }
    json_decref(v);
}

/* What was sent since the last time. */
static void look(struct show *sh)
{
    for (; sh->looked < sh->w->nsent; sh->looked++) {
        const struct sent s = sh->w->sent[sh->looked];

        for (size_t i = 0; i < AGENTS; i++)
            if (s.conn == sh->consoles[i].conn && s.text != NULL)
                frame_take(sh, &sh->consoles[i], s.text);
    }
}

static void come_to_rest(struct show *sh)
{
    sh->w->disk_stopped = false;
    for (unsigned i = 0; i < 6; i++) {
        world_run(sh->w);
        look(sh);
        world_advance(sh->w, 500);
        look(sh);
    }
}

/* Of what has ended consoles keep what they were told, and read the rest from the store. */
static bool is_followed(const struct list_want *want, const struct conv *cv)
{
    return want->list == LIST_BLOCKED || want->filter != FILTER_NONE || want->list == LIST_MINE ||
           want->list == LIST_UNASSIGNED || conv_open_now(cv);
}

static void compare(struct show *sh, struct console *c, size_t i)
{
    const struct agent *ag = core_agent(sh->w->core, c->agent);
    const struct reader r = reader_of_agent(sh->w->core, c->agent);
    struct list_want want = want_of(sh, i);
    struct list_held left = c->lists[i];

    for (uint64_t id = 0; core_next_conv(sh->w->core, &id);) {
        const struct conv *cv = core_conv(sh->w->core, id);
        bool has = held_del(&left, id), due = audience_in_list(&r, &want, cv);

        if (is_followed(&want, cv) && has != due)
            fail_msg("seed %llu: %s has %llu in %s %s: %d instead of %d",
                     (unsigned long long)sh->seed, ag->email, (unsigned long long)id,
                     list_word(want.list), want.filter != 0 ? filter_word(want.filter) : "", has,
                     due);
    }
    for (size_t n = 0; n < left.n; n++) { /* ended, and no longer in memory */
        struct conv_ref ref;

        assert_int_equal(conv_open(&sh->w->view, left.ids[n], &ref), ERR_OK);
        if (is_followed(&want, ref.cv))
            assert_true(audience_in_list(&r, &want, ref.cv));
        conv_done(&ref);
    }
}

/* what happens */

/* Mostly one that is this agent's, or offered to him. */
static uint64_t any_conv(struct show *sh, uint64_t agent)
{
    bool own = pick(sh, 6) > 0;
    uint64_t ids[HELD_MAX];
    size_t n = 0;

    for (uint64_t id = 0; core_next_conv(sh->w->core, &id) && n < HELD_MAX;)
        if (!own || core_conv(sh->w->core, id)->agent == agent)
            ids[n++] = id;
    return n > 0 ? ids[pick(sh, n)] : 1;
}

static void visitor_step(struct show *sh)
{
    uint64_t *conn = &sh->visitors[pick(sh, VISITORS)];
    unsigned long long id = ++sh->next;
    err_t err;

    if (*conn == 0) {
        sh->w->ip.b[15] = (uint8_t)(1 + pick(sh, 3));
        *conn = visitor_conn(sh->w, sh->code[pick(sh, 2)], &err);
        if (*conn != 0)
            tell(sh->w, *conn,
                 "{'id':'ring-%llu','do':'chat.start','name':'V','email':'v@example.com'}", id);
        return;
    }
    switch (pick(sh, 6)) {
    case 0:
        tell(sh->w, *conn, "{'id':'e%llu','do':'chat.end'}", id);
        break;
    case 1:
        api_on_gone(sh->w->api, *conn);
        *conn = 0;
        break;
    default:
        tell(sh->w, *conn, "{'id':'m%llu','do':'chat.send','text':'hello'}", id);
    }
}

static void agent_step(struct show *sh)
{
    static const char *const does[] = {"offer.accept",  "offer.accept",      "offer.accept",
                                       "offer.decline", "conversation.pick", "chat.end"};
    const struct console *c = &sh->consoles[pick(sh, AGENTS)];
    uint64_t conn = c->conn;
    unsigned long long id = ++sh->next, conv = any_conv(sh, c->agent);

    switch (pick(sh, 9)) {
    case 0:
    case 1:
    case 2:
        tell(sh->w, conn, "{'id':'t%llu','do':'chat.send','conversation':'%llu','text':'yes'}", id,
             conv);
        break;
    case 3:
        tell(sh->w, conn, "{'id':'s%llu','do':'agent.status','status':'%s'}", id,
             pick(sh, 4) > 0 ? "available" : "away");
        break;
    default:
        tell(sh->w, conn, "{'id':'d%llu','do':'%s','conversation':'%llu'}", id,
             does[pick(sh, COUNT_OF(does))], conv);
    }
}

static void operator_step(struct show *sh)
{
    const struct console *c = &sh->consoles[1 + pick(sh, AGENTS - 1)];
    unsigned long long id = ++sh->next, agent = c->agent, dept = sh->dept[pick(sh, 2)], block = 0;

    switch (pick(sh, 5)) {
    case 0:
        tell(sh->w, OPERATOR,
             "{'id':'%llu','do':'member.set','agent':'%llu','department':'%llu','chat':true}", id,
             agent, dept);
        break;
    case 1:
        tell(sh->w, OPERATOR,
             "{'id':'%llu','do':'member.remove','agent':'%llu','department':'%llu'}", id, agent,
             dept);
        break;
    case 2:
        tell(sh->w, OPERATOR, "{'id':'%llu','do':'agent.set','agent':'%llu','scope':'%s'}", id,
             agent, pick(sh, 2) == 0 ? "all" : "own");
        break;
    case 3:
        tell(sh->w, OPERATOR, "{'id':'%llu','do':'block.add','prefix':'::ffff:0.0.0.%u'}", id,
             (unsigned)(1 + pick(sh, 3)));
        break;
    default:
        for (uint64_t at = 0; core_next_block(sh->w->core, &at);)
            block = at;
        tell(sh->w, OPERATOR, "{'id':'%llu','do':'block.remove','block':'%llu'}", id, block);
    }
}

static void step(struct show *sh)
{
    uint64_t what = pick(sh, 20);

    if (what < 8)
        visitor_step(sh);
    else if (what < 15)
        agent_step(sh);
    else if (what == 15)
        operator_step(sh);
    else if (what == 16)
        sh->w->disk_stopped = !sh->w->disk_stopped;
    else if (what == 17)
        subscribe(sh, &sh->consoles[pick(sh, AGENTS)]);
    else if (what == 18)
        world_advance(sh->w, (int64_t)pick(sh, 900));
    else
        world_run(sh->w);
    look(sh);
}

static void show_open(struct show *sh)
{
    static const char *const kinds[AGENTS] = {",'role':'admin','capacity':3", ",'capacity':3",
                                              ",'scope':'own','capacity':3", ",'role':'light'",
                                              ",'capacity':2"};
    char cookie[64], email[32];

    sh->dept[0] = world_dept(sh->w, "Sales", sh->code[0]);
    sh->dept[1] = world_dept(sh->w, "Help", sh->code[1]);
    for (size_t i = 0; i < AGENTS; i++) {
        struct console *c = &sh->consoles[i];
        err_t err;

        snprintf(email, sizeof(email), "a%zu@example.com", i);
        c->agent = world_agent(sh->w, email, sh->dept[i % 2], kinds[i], cookie);
        c->conn = agent_conn(sh->w, cookie, &err);
        assert_int_equal(err, ERR_OK);
        subscribe(sh, c);
        tell(sh->w, c->conn, "{'id':'st','do':'agent.status','status':'available'}");
    }
    world_run(sh->w);
}

static void consoles_have_what_their_lists_hold(void **state)
{
    const char *more = getenv("SEEDS");
    uint64_t seeds = more != NULL ? strtoull(more, NULL, 10) : SEEDS;

    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct show *sh = xcalloc(1, sizeof(*sh));

        assert_int_equal(world_open(state), 0);
        sh->w = *state;
        sh->seed = seed * 0x9E3779B97F4A7C15ULL;
        api_configure(sh->w->api, &(struct api_config){.rates = {.chats_per_hour = 100000,
                                                                 .chats_per_address = 100000,
                                                                 .left_per_hour = 100000,
                                                                 .messages_per_minute = 1000000,
                                                                 .commands_per_minute = 1000000}});
        show_open(sh);
        for (unsigned i = 0; i < STEPS; i++) {
            step(sh);
            if (i % 50 != 49)
                continue;
            come_to_rest(sh);
            for (size_t a = 0; a < AGENTS; a++)
                for (size_t l = 0; l < COUNT_OF(wants); l++)
                    compare(sh, &sh->consoles[a], l);
        }
        free(sh);
        assert_int_equal(world_close(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(consoles_have_what_their_lists_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
