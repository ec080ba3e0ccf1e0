/* The live floor as people read it: in short, who is there, the queues, and who waits in them. */
#include <inttypes.h>
#include <stdio.h>

#include "ctl_int.h"

static const struct column agent_columns[] = {
    {"AGENT", "name", CELL_TEXT},      {"STATUS", "status", CELL_TEXT},
    {"SINCE", "since", CELL_TEXT},     {"LOAD", "load", CELL_TEXT},
    {"OFFERS", "offers", CELL_NUMBER}, {"WAITS", "waits", CELL_TEXT},
    {"CHATS", "chats", CELL_TEXT},     {NULL, NULL, 0},
};
static const struct column dept_columns[] = {
    {"DEPARTMENT", "name", CELL_TEXT},
    {"DOOR", "door", CELL_TEXT},
    {"WAITING", "waiting", CELL_NUMBER},
    {"LONGEST", "waits", CELL_TEXT},
    {"ACTIVE", "active", CELL_NUMBER},
    {"HERE", "here", CELL_NUMBER},
    {"FREE", "free_places", CELL_NUMBER},
    {"OF", "places", CELL_NUMBER},
    {NULL, NULL, 0},
};
static const struct column queue_columns[] = {
    {"NUMBER", "number", CELL_NUMBER},       {"VISITOR", "name", CELL_TEXT},
    {"DEPARTMENT", "department", CELL_TEXT}, {"WAITS", "waits", CELL_TEXT},
    {"OFFERED TO", "offered", CELL_TEXT},    {NULL, NULL, 0},
};

static int64_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* "2:31" until now; "" where it never began. */
static void put_since(json_t *row, const char *key, int64_t now_ms, int64_t since_ms)
{
    int64_t s = now_ms > since_ms ? (now_ms - since_ms) / 1000 : 0;
    char text[32] = "";

    if (since_ms != 0 && s < 3600)
        snprintf(text, sizeof(text), "%" PRId64 ":%02" PRId64, s / 60, s % 60);
    else if (since_ms != 0)
        snprintf(text, sizeof(text), "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60,
                 s % 60);
    json_object_set_new(row, key, json_string(text));
}

/* The name of whoever has this id in a list of the answer. */
static const char *name_in(const json_t *list, const json_t *id)
{
    const json_t *row;
    size_t i;

    json_array_foreach (list, i, row)
        if (id != NULL && json_equal(json_object_get(row, "id"), id))
            return json_string_value(json_object_get(row, "name"));
    return "";
}

static void agents_print(json_t *floor, int64_t now_ms)
{
    json_t *row, *chat;
    size_t i, at;

    json_array_foreach (json_object_get(floor, "agents"), i, row) {
        struct buf chats = {0};
        char load[48];

        snprintf(load, sizeof(load), "%" PRId64 "/%" PRId64, number(row, "load"),
                 number(row, "capacity"));
        json_array_foreach (json_object_get(row, "chats"), at, chat)
            buf_addf(&chats, "%s#%" PRId64, at > 0 ? " " : "", number(chat, "number"));
        json_object_set_new(row, "load", json_string(load));
        json_object_set_new(row, "chats", json_string(chats.len > 0 ? chats.p : ""));
        put_since(row, "since", now_ms, number(row, "since_ms"));
        put_since(row, "waits", now_ms, number(row, "waits_since_ms"));
        buf_fini(&chats);
    }
    print_rows(json_object_get(floor, "agents"), agent_columns);
}

static void depts_print(json_t *floor, int64_t now_ms)
{
    json_t *row;
    size_t i;

    json_array_foreach (json_object_get(floor, "departments"), i, row)
        put_since(row, "waits", now_ms, number(row, "waits_since_ms"));
    print_rows(json_object_get(floor, "departments"), dept_columns);
}

static void queue_print(json_t *floor, int64_t now_ms)
{
    const json_t *agents = json_object_get(floor, "agents");
    const json_t *depts = json_object_get(floor, "departments");
    json_t *row;
    size_t i;

    json_array_foreach (json_object_get(floor, "queue"), i, row) {
        const char *dept = name_in(depts, json_object_get(row, "department"));
        const char *agent = name_in(agents, json_object_get(row, "offered_to"));

        json_object_set_new(row, "department", json_string(dept));
        if (number(row, "rings_count") > 0)
            json_object_set_new(row, "offered",
                                json_sprintf("%" PRId64 " at once", number(row, "rings_count")));
        else
            json_object_set_new(row, "offered", json_string(agent));
        put_since(row, "waits", now_ms, number(row, "rang_ms"));
    }
    print_rows(json_object_get(floor, "queue"), queue_columns);
}

static void left_out_print(const json_t *floor, const char *key, const char *what)
{
    if (number(floor, key) > 0)
        printf("… and %" PRId64 " more %s\n", number(floor, key), what);
}

enum ctl_exit ctl_run_floor_show(struct ctl *c, const struct ctl_cmd *cmd, int argc, char **argv)
{
    json_t *ok;
    enum ctl_exit ex = ctl_call(c, cmd->word, json_object(), &ok);

    (void)argc;
    (void)argv;
    if (ex != EXIT_DONE)
        return ex;
    json_t *floor = json_object_get(ok, "floor");
    int64_t now_ms = number(floor, "now_ms");

    if (c->opt.json) {
        print_json(floor);
    } else {
        printf("%" PRId64 " wait, %" PRId64 " run; %" PRId64 " here: %" PRId64
               " available, %" PRId64 " busy, %" PRId64 " away; %" PRId64 " of %" PRId64
               " places free\n\n",
               number(floor, "waiting"), number(floor, "active"), number(floor, "here"),
               number(floor, "available"), number(floor, "busy"), number(floor, "away"),
               number(floor, "free_places"), number(floor, "places"));
        queue_print(floor, now_ms); /* names before agents_print() puts texts in their place */
        left_out_print(floor, "queue_left_out", "who wait");
        putchar('\n');
        agents_print(floor, now_ms);
        left_out_print(floor, "agents_left_out", "agents");
        putchar('\n');
        depts_print(floor, now_ms);
    }
    json_decref(ok);
    return EXIT_DONE;
}
