/* The desk with a secret, asked: by whom, over which way, and whether the answer tells of it. */
#include "api_sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/api/api_int.h"

/* From a little before where they part, for long ones are cut. */
static void differ_print(const struct row *row, const char *there, const char *absent)
{
    size_t at = 0;

    while (there[at] != '\0' && there[at] == absent[at])
        at++;
    at = there[at] == '\0' || at < 60 ? 0 : at - 60;
    print_message("%s %s:\n  %s\nelse\n  %s\n", row->verb, row->args, there + at, absent + at);
}

bool row_shows(struct scene *s, uint64_t conn, const struct row *row, size_t chat)
{
    char *there = answer_of(s, conn, row, chat, true);
    char *absent = answer_of(s, conn, row, chat, false);
    bool leaks;

    hide_ids(s, there, chat);
    leaks = (says_hush(there) && strstr(row->args, "hush") == NULL) || strcmp(there, absent) != 0;
    if (leaks)
        differ_print(row, there, absent);
    free(there);
    free(absent);
    return leaks;
}

/* over HTTP */

/* Its path with what it takes out of the arguments; false: they have not all that it needs. */
static bool path_of(const struct route *rt, json_t *args, char *path, size_t cap)
{
    size_t n = (size_t)snprintf(path, cap, "/api/v1/"), arg = 0;

    for (const char *at = rt->path; *at != '\0'; at++) {
        const char *value;

        if (*at != '*') {
            path[n++] = *at;
            continue;
        }
        value = json_string_value(json_object_get(args, rt->args[arg]));
        if (value == NULL)
            return false;
        n += (size_t)snprintf(path + n, cap - n, "%s", value);
        json_object_del(args, rt->args[arg++]);
    }
    path[n] = '\0';
    return true;
}

static void query_add(json_t *args, char *path, size_t cap)
{
    const char *key, *sign = "?";
    json_t *value;

    json_object_foreach (args, key, value) {
        size_t n = strlen(path);

        if (json_is_string(value) && strchr(json_string_value(value), ' ') == NULL)
            snprintf(path + n, cap - n, "%s%s=%s", sign, key, json_string_value(value));
        else if (json_is_integer(value))
            snprintf(path + n, cap - n, "%s%s=%lld", sign, key,
                     (long long)json_integer_value(value));
        sign = strlen(path) > n ? "&" : sign;
    }
}

char *reply_of(struct scene *s, const struct route *rt, const struct row *row, size_t chat,
               bool there)
{
    char words[500], path[500], *body = NULL, *text = NULL;
    const struct sent *reply;
    json_t *args;

    words[0] = '{';
    fill_in(s, row->args, chat, there, words + 1, sizeof(words) - 2);
    strcat(words, "}");
    for (char *at = words; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    args = json_loads(words, 0, NULL);
    assert_non_null(args);
    if (path_of(rt, args, path, sizeof(path))) {
        if (rt->method == API_GET)
            query_add(args, path, sizeof(path));
        else
            body = json_dumps(args, 0);
        if (rt->word == NULL) {
            free(body);
            json_object_set_new(args, "do", json_string(row->verb));
            body = json_dumps(args, 0);
        }
        reply = request(s->w, rt->method, path, body);
        assert_int_not_equal(reply->status, 429);
        text = xmalloc(strlen(reply->text) + 20);
        sprintf(text, "%d %s", reply->status, reply->text);
        world_advance(s->w, 400);
    }
    free(body);
    json_decref(args);
    return text;
}

/* Without the times at which it was answered. */
void hide_clock(char *text)
{
    static const char *const clocks[] = {
        "\"now_ms\":", "\"took_ms\":", "\"pos\":", "\"since_ms\":", "\"before_ms\":"};

    for (size_t i = 0; i < COUNT_OF(clocks); i++)
        for (char *at = text; (at = strstr(at, clocks[i])) != NULL;)
            for (at += strlen(clocks[i]); (*at >= '0' && *at <= '9') || *at == '"'; at++)
                *at = '0';
}

/* by API tokens */

void key_make(struct scene *s, uint64_t agent, const char *permissions, struct key *key)
{
    json_t *a = say(s, OPERATOR, "'do':'token.add','agent':'%llu','name':'t','permissions':'%s'",
                    (unsigned long long)agent, permissions);

    snprintf(key->id, sizeof(key->id), "%s", ok_text(a, "token"));
    snprintf(key->auth, sizeof(key->auth), "Bearer %s", ok_text(a, "secret"));
}

void key_end(struct scene *s, const struct key *key)
{
    say(s, OPERATOR, "'do':'token.remove','token':'%s'", key->id);
}

uint64_t key_conn(struct scene *s, const struct key *key)
{
    uint64_t conn;
    err_t err;

    s->w->auth = key->auth;
    conn = agent_conn(s->w, NULL, &err);
    s->w->auth = NULL;
    assert_int_equal(err, ERR_OK);
    return conn;
}

const char *permissions_of(const struct scene *s, uint64_t agent, uint32_t but, char words[300])
{
    uint32_t all = agent_token_permissions(core_agent(s->w->core, agent)) & ~but;

    words[0] = '\0';
    for (unsigned bit = 0; bit < 32; bit++)
        if ((all & BIT(bit)) != 0 && token_permission_word(bit) != NULL)
            snprintf(words + strlen(words), 300 - strlen(words), "%s%s",
                     words[0] != '\0' ? "," : "", token_permission_word(bit));
    return words;
}

/* what is in an answer */

static bool has_leaf(const json_t *in, const char *key, const char *in_key, const json_t *leaf)
{
    const char *k;
    json_t *v;
    size_t i;

    json_object_foreach ((json_t *)in, k, v)
        if (has_leaf(v, key, k, leaf))
            return true;
    json_array_foreach (in, i, v)
        if (has_leaf(v, key, in_key, leaf))
            return true;
    return strcmp(key, in_key) == 0 && json_equal(in, leaf);
}

unsigned answer_more_than(const json_t *a, const char *key, const json_t *b)
{
    unsigned more = 0;
    const char *k;
    json_t *v;
    size_t i;

    json_object_foreach ((json_t *)a, k, v)
        more += strcmp(k, "token") != 0 ? answer_more_than(v, k, b) : 0;
    json_array_foreach (a, i, v)
        more += answer_more_than(v, key, b);
    if (json_is_object(a) || json_is_array(a) || json_is_null(a) || json_is_false(a))
        return more;
    if (json_is_integer(a) && json_integer_value(a) == 0) /* a sum of nothing */
        return more;
    more += !has_leaf(b, key, "", a);
    if (more != 0)
        print_message("    %s alone: %s\n", key, json_string_value(a));
    return more;
}

json_t *answer_opened(const char *text)
{
    json_t *a = json_loads(text, 0, NULL), *ok = json_object_get(a, "ok"), *file;

    if ((file = json_loads(json_string_value(json_object_get(ok, "text")) != NULL
                               ? json_string_value(json_object_get(ok, "text"))
                               : "",
                           0, NULL)) != NULL)
        json_object_set_new(ok, "text", file);
    else if (json_object_get(ok, "begun") != NULL) {
        const char *csv = json_string_value(json_object_get(ok, "text"));

        json_object_set_new(ok, "text", json_stringn(csv, (size_t)(strrchr(csv, ',') - csv)));
    }
    return a;
}
