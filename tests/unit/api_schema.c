/* See api_schema.h. */
#include "api_schema.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "../../src/api/api_int.h"

#define PLACE 300
#define CHECKED_MAX 300

static json_t *document, *checked;

static void document_load(struct world *w)
{
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (document != NULL)
        return;
    openapi_write(&j, w->api, "deskbell");
    document = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    checked = json_object();
    buf_fini(&b);
}

void schema_fini(void)
{
    json_decref(document);
    json_decref(checked);
    document = checked = NULL;
}

static bool type_is(const json_t *v, const char *type)
{
    return (strcmp(type, "object") == 0 && json_is_object(v)) ||
           (strcmp(type, "array") == 0 && json_is_array(v)) ||
           (strcmp(type, "string") == 0 && json_is_string(v)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
           (strcmp(type, "null") == 0 && json_is_null(v));
}

static void check_type(const char *at, const json_t *type, const json_t *v)
{
    bool right = json_is_string(type) && type_is(v, json_string_value(type));

    for (size_t i = 0; i < json_array_size(type); i++)
        right = right || type_is(v, json_string_value(json_array_get(type, i)));
    if (type != NULL && !right)
        fail_msg("%s is not of the type that the document says", at);
}

static void check_pattern(const char *at, const json_t *pattern, const json_t *v)
{
    regex_t re;

    if (pattern == NULL || !json_is_string(v))
        return;
    assert_int_equal(regcomp(&re, json_string_value(pattern), REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&re, json_string_value(v), 0, NULL, 0) != 0)
        fail_msg("%s: %s is not of the form that the document says", at, json_string_value(v));
    regfree(&re);
}

static void check_enum(const char *at, const json_t *words, const json_t *v)
{
    bool among = words == NULL;

    for (size_t i = 0; i < json_array_size(words); i++)
        among = among || json_equal(json_array_get(words, i), v);
    if (!among)
        fail_msg("%s is none of the words of the document", at);
}

static void check_limits(const char *at, const json_t *schema, const json_t *v)
{
    const json_t *low = json_object_get(schema, "minimum"),
                 *high = json_object_get(schema, "maximum");

    if (json_is_integer(v) && ((low != NULL && json_integer_value(v) < json_integer_value(low)) ||
                               (high != NULL && json_integer_value(v) > json_integer_value(high))))
        fail_msg("%s is out of the document's limits", at);
}

/* "#/components/schemas/Head" */
static const json_t *resolve(const json_t *schema)
{
    const json_t *ref = json_object_get(schema, "$ref"), *found = document;
    char path[200];
    char *part, *rest;

    if (ref == NULL)
        return schema;
    snprintf(path, sizeof(path), "%s", json_string_value(ref));
    part = strtok_r(path, "/", &rest);
    assert_string_equal(part, "#");
    for (int i = 0; i < 2; i++)
        found = json_object_get(found, strtok_r(NULL, "/", &rest));
    found = json_object_get(found, rest);
    if (found == NULL)
        fail_msg("the document has no %s", json_string_value(ref));
    return found;
}

static void check(const char *at, const json_t *schema, const json_t *v);

static void check_object(const char *at, const json_t *schema, const json_t *v)
{
    const json_t *properties = json_object_get(schema, "properties"),
                 *more = json_object_get(schema, "additionalProperties"),
                 *required = json_object_get(schema, "required");
    const char *key;
    json_t *member;
    char place[PLACE];

    for (size_t i = 0; i < json_array_size(required); i++)
        if (json_object_get(v, json_string_value(json_array_get(required, i))) == NULL)
            fail_msg("%s has no %s", at, json_string_value(json_array_get(required, i)));
    json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
        const json_t *of = json_object_get(properties, key);

        snprintf(place, sizeof(place), "%s.%s", at, key);
        if (of == NULL && json_is_object(more))
            of = more;
        if (of != NULL)
            check(place, of, member);
        else if (json_is_false(more))
            fail_msg("%s is not in the document", place);
    }
}

static void check(const char *at, const json_t *schema, const json_t *v)
{
    char place[PLACE];

    schema = resolve(schema);
    check_type(at, json_object_get(schema, "type"), v);
    check_pattern(at, json_object_get(schema, "pattern"), v);
    check_enum(at, json_object_get(schema, "enum"), v);
    check_limits(at, schema, v);
    if (json_is_object(v))
        check_object(at, schema, v);
    for (size_t i = 0; i < json_array_size(v); i++) {
        snprintf(place, sizeof(place), "%s[%zu]", at, i);
        check(place, json_object_get(schema, "items"), json_array_get(v, i));
    }
}

static const json_t *schema_of(const char *name)
{
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");

    return json_object_get(schemas, name);
}

static const char *sender(struct world *w, uint64_t conn)
{
    static const char *const words[] = {
        [CLIENT_VISITOR] = "visitor", [CLIENT_AGENT] = "agent", [CLIENT_CONTROL] = "operator"};
    const struct client *client = client_find(w->api, conn);

    return client != NULL ? words[client->kind] : NULL;
}

static void check_ok(const char *who, const char *word, const json_t *ok)
{
    char name[100];

    snprintf(name, sizeof(name), "%s.%s.answer", who, word);
    if (schema_of(name) == NULL)
        fail_msg("the document has no %s", name);
    check(name, schema_of(name), ok);
    json_object_set_new(checked, name, json_true());
}

void schema_check_answer(struct world *w, uint64_t conn, const char *said, const json_t *answer)
{
    json_t *root = json_loads(said, 0, NULL);
    const char *word = json_string_value(json_object_get(root, "do")), *who = sender(w, conn);
    const json_t *ok = json_object_get(answer, "ok");

    document_load(w);
    if (ok != NULL && word != NULL && who != NULL)
        check_ok(who, word, ok);
    json_decref(root);
}

/* Does "/agents/{agent}" fit "/agents/4711"? */
static bool path_fits(const char *pattern, const char *path)
{
    while (*pattern != 0 && *path != 0 && *path != '?') {
        if (*pattern == '{') {
            pattern = strchr(pattern, '}') + 1;
            path += strcspn(path, "/?");
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *pattern == 0 && (*path == 0 || *path == '?');
}

static const json_t *operation_find(enum api_method method, const char *path)
{
    static const char *const methods[] = {[API_GET] = "get",
                                          [API_POST] = "post",
                                          [API_PUT] = "put",
                                          [API_PATCH] = "patch",
                                          [API_DELETE] = "delete"};
    const char *pattern;
    json_t *operations;

    if (strncmp(path, "/api/v1/", 8) != 0)
        return NULL;
    json_object_foreach (json_object_get(document, "paths"), pattern, operations)
        if (path_fits(pattern, path + 7))
            return json_object_get(operations, methods[method]);
    return NULL;
}

void schema_check_reply(struct world *w, enum api_method method, const char *path, const char *body,
                        const struct sent *s)
{
    const json_t *op, *schema = NULL;
    json_t *root, *asked;
    char *text = xstrdup(body != NULL ? body : "");
    const char *word;

    document_load(w);
    for (char *p = text; *p != 0; p++) /* as request() has it */
        if (*p == '\'')
            *p = '"';
    asked = json_loads(text, 0, NULL);
    word = json_string_value(json_object_get(asked, "do"));
    free(text);
    op = s->status == 200 && s->text != NULL ? operation_find(method, path) : NULL;
    root = op != NULL ? json_loads(s->text, 0, NULL) : NULL;
    if (root != NULL) {
        schema = json_object_get(json_object_get(op, "responses"), "200");
        schema = json_object_get(json_object_get(schema, "content"), "application/json");
        check(path, json_object_get(schema, "schema"), root);
        if (strcmp(json_string_value(json_object_get(op, "operationId")), "command") == 0)
            check_ok("agent", word, json_object_get(root, "ok"));
    }
    json_decref(root);
    json_decref(asked);
}

bool schema_was_checked(const char *who, const char *word)
{
    char name[100];

    snprintf(name, sizeof(name), "%s.%s.answer", who, word);
    return json_object_get(checked, name) != NULL;
}
