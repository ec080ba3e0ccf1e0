/*
 * The routes of REST, and the document that describes them (OpenAPI 3.1), made from the same tables
 * that requests go by: it cannot say anything else than what is done.
 */
#include "api_int.h"

static const struct route routes[] = {
    {API_POST, "session", "session.open", AS_DOOR, {0}},
    {API_POST, "password", "password.set", AS_DOOR, {0}},
    {API_POST, "password/ask", "password.ask", AS_DOOR, {0}},
    {API_GET, "session", "session.show", AS_SELF, {0}},
    {API_DELETE, "session", "session.close", AS_SELF, {0}},
    {API_POST, "command", NULL, AS_AGENT, {0}},
    {API_GET, "departments", "department.list", AS_AGENT, {0}},
    {API_POST, "departments", "department.add", AS_AGENT, {0}},
    {API_GET, "departments/*", "department.show", AS_AGENT, {"department"}},
    {API_PATCH, "departments/*", "department.set", AS_AGENT, {"department"}},
    {API_DELETE, "departments/*", "department.remove", AS_AGENT, {"department"}},
    {API_PUT, "departments/*/agents/*", "member.set", AS_AGENT, {"department", "agent"}},
    {API_DELETE, "departments/*/agents/*", "member.remove", AS_AGENT, {"department", "agent"}},
    {API_GET, "agents", "agent.list", AS_AGENT, {0}},
    {API_POST, "agents", "agent.add", AS_AGENT, {0}},
    {API_GET, "agents/*", "agent.show", AS_AGENT, {"agent"}},
    {API_PATCH, "agents/*", "agent.set", AS_AGENT, {"agent"}},
    {API_DELETE, "agents/*", "agent.remove", AS_AGENT, {"agent"}},
    {API_POST, "agents/*/link", "agent.link", AS_AGENT, {"agent"}},
    {API_GET, "portal", "portal.show", AS_AGENT, {0}},
    {API_PATCH, "portal", "portal.set", AS_AGENT, {0}},
    {API_GET, "blocks", "block.list", AS_AGENT, {0}},
    {API_POST, "blocks", "block.add", AS_AGENT, {0}},
    {API_DELETE, "blocks/*", "block.remove", AS_AGENT, {"block"}},
    {API_GET, "mails", "mail.list", AS_AGENT, {0}},
    {API_GET, "mails/*", "mail.show", AS_AGENT, {"mail"}},
    {API_GET, "mails/*/source", "mail.source", AS_AGENT, {"mail"}},
    {API_POST, "mails/*/retry", "mail.retry", AS_AGENT, {"mail"}},
    {API_POST, "mails/*/readdress", "mail.readdress", AS_AGENT, {"mail"}},
    {API_POST, "mails/*/cancel", "mail.cancel", AS_AGENT, {"mail"}},
    {API_GET, "mail-causes", "mail.causes", AS_AGENT, {0}},
    {API_POST, "mail-retry", "mail.retry", AS_AGENT, {0}},
    {API_PUT, "relay-password", "relay.password", AS_AGENT, {0}},
    {API_POST, "mail-test", "mail.test", AS_AGENT, {0}},
    {API_GET, "templates", "template.show", AS_AGENT, {0}},
    {API_POST, "template-preview", "template.preview", AS_AGENT, {0}},
    {API_GET, "lists/*", "list.read", AS_AGENT, {"list"}},
    {API_GET, "conversations/*", "conversation.read", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/mail", "conversation.mail", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/forward", "conversation.forward", AS_AGENT, {"conversation"}},
    {API_GET, "settings", "settings", AS_AGENT, {0}},
    {API_GET, "status", "status", AS_AGENT, {0}},
    {.path = NULL},
};

const struct route *route_first(void)
{
    return routes;
}

static void schema_limits(struct jw *j, const char *type, const char *low, int64_t min,
                          const char *high, int64_t max)
{
    jw_k_str(j, "type", type);
    if (min > 0)
        jw_k_int(j, low, min);
    if (max > 0)
        jw_k_int(j, high, max);
}

static void id_schema(struct jw *j)
{
    jw_k_str(j, "type", "string");
    jw_k_str(j, "pattern", "^[1-9][0-9]{0,18}$");
}

static void seq_schema(struct jw *j)
{
    schema_limits(j, "integer", "minimum", 1, "maximum", INT32_MAX);
}

static void member_schema(struct jw *j)
{
    jw_k_str(j, "type", "object");
    jw_key(j, "required");
    jw_raw(j, SPAN_LIT("[\"department\"]"));
    jw_key(j, "properties");
    jw_raw(j, SPAN_LIT("{\"department\":{\"type\":\"string\"},\"chat\":{\"type\":\"boolean\"},"
                       "\"notify\":{\"type\":\"boolean\"}}"));
}

static void list_schema(struct jw *j, void (*item)(struct jw *), int64_t max)
{
    jw_k_str(j, "type", "array");
    jw_k_int(j, "maxItems", max);
    jw_key(j, "items");
    jw_obj(j);
    item(j);
    jw_obj_end(j);
}

static void arg_schema(struct jw *j, const struct arg_info *a)
{
    jw_obj(j);
    switch (a->type) {
    case ARGT_ID:
    case ARGT_CURSOR:
        id_schema(j);
        break;
    case ARGT_IDS:
        list_schema(j, id_schema, a->max);
        break;
    case ARGT_SEQS:
        list_schema(j, seq_schema, a->max);
        break;
    case ARGT_MEMBERS:
        list_schema(j, member_schema, a->max);
        break;
    case ARGT_INT:
        schema_limits(j, "integer", "minimum", a->min, "maximum", a->max);
        break;
    case ARGT_BOOL:
        jw_k_str(j, "type", "boolean");
        break;
    case ARGT_TOLD:
        jw_k_str(j, "type", "array");
        break;
    case ARGT_OBJECT:
        jw_k_str(j, "type", "object");
        break;
    default:
        schema_limits(j, "string", "minLength", a->min, "maxLength", a->max);
    }
    jw_obj_end(j);
}

static void setting_schema(struct jw *j, const struct setting *st)
{
    jw_key(j, st->name);
    jw_obj(j);
    if (st->type == SET_BOOL)
        jw_k_str(j, "type", "boolean");
    else if (st->type == SET_INT || st->type == SET_MS)
        schema_limits(j, "integer", "minimum", st->min, "maximum", st->max);
    else
        jw_k_str(j, "type", "string");
    if (st->type == SET_ENUM) {
        jw_key(j, "enum");
        jw_arr(j);
        for (size_t i = 0; st->words[i] != NULL; i++)
            jw_str(j, st->words[i]);
        jw_arr_end(j);
    }
    jw_k_str(j, "description", st->help);
    jw_obj_end(j);
}

static bool is_path_arg(const struct route *rt, const char *word)
{
    for (size_t i = 0; i < PATH_ARGS_MAX && rt->args[i] != NULL; i++)
        if (strcmp(rt->args[i], word) == 0)
            return true;
    return false;
}

static void parameter_write(struct jw *j, const struct arg_info *a, bool in_path)
{
    jw_obj(j);
    jw_k_str(j, "name", a->word);
    jw_k_str(j, "in", in_path ? "path" : "query");
    if (in_path)
        jw_k_bool(j, "required", true);
    jw_key(j, "schema");
    arg_schema(j, a);
    jw_obj_end(j);
}

static void parameters_write(struct jw *j, const struct route *rt, const struct verb *verb)
{
    jw_key(j, "parameters");
    jw_arr(j);
    for (unsigned i = 0; i < ARG_COUNT; i++) {
        const struct arg_info *a = arg_info(i);
        bool in_path = is_path_arg(rt, a->word);

        if ((verb->may & (1ULL << i)) != 0 && (in_path || rt->method == API_GET))
            parameter_write(j, a, in_path);
    }
    jw_arr_end(j);
}

static void required_write(struct jw *j, const struct route *rt, const struct verb *verb)
{
    jw_key(j, "required");
    jw_arr(j);
    for (unsigned i = 0; i < ARG_COUNT; i++)
        if ((verb->must & (1ULL << i)) != 0 && !is_path_arg(rt, arg_info(i)->word))
            jw_str(j, arg_info(i)->word);
    jw_arr_end(j);
}

/* A body has exactly the fields that the command takes. */
static void body_write(struct jw *j, const struct route *rt, const struct verb *verb)
{
    size_t n = 0;
    const struct setting *st = verb->settings != NULL ? verb->settings(&n) : NULL;

    jw_key(j, "requestBody");
    buf_add_str(j->b, "{\"content\":{\"application/json\":{\"schema\":");
    j->comma = false;
    jw_obj(j);
    jw_k_str(j, "type", "object");
    jw_k_bool(j, "additionalProperties", false);
    required_write(j, rt, verb);
    jw_key(j, "properties");
    jw_obj(j);
    for (unsigned i = 0; i < ARG_COUNT; i++) {
        if ((verb->may & (1ULL << i)) == 0 || is_path_arg(rt, arg_info(i)->word))
            continue;
        jw_key(j, arg_info(i)->word);
        arg_schema(j, arg_info(i));
    }
    for (size_t i = 0; i < n; i++)
        if (st[i].type != SET_SECRET)
            setting_schema(j, &st[i]);
    jw_obj_end(j);
    jw_obj_end(j);
    buf_add_str(j->b, "}}}");
    j->comma = true;
}

static void operation_write(struct jw *j, const struct route *rt)
{
    static const char *const methods[] = {[API_GET] = "get",
                                          [API_POST] = "post",
                                          [API_PUT] = "put",
                                          [API_PATCH] = "patch",
                                          [API_DELETE] = "delete"};
    const struct verb *verb = rt->word != NULL ? verb_find(span_of(rt->word), rt->as) : NULL;

    jw_key(j, methods[rt->method]);
    jw_obj(j);
    jw_k_str(j, "operationId", rt->word != NULL ? rt->word : "command");
    jw_key(j, "security");
    jw_raw(j, rt->as == AS_DOOR ? SPAN_LIT("[]") : SPAN_LIT("[{\"session\":[]}]"));
    if (verb != NULL) {
        parameters_write(j, rt, verb);
        if (rt->method == API_POST || rt->method == API_PUT || rt->method == API_PATCH)
            body_write(j, rt, verb);
    } else {
        jw_key(j, "requestBody");
        jw_raw(j, SPAN_LIT("{\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\","
                           "\"required\":[\"do\"],\"properties\":{\"do\":{\"type\":\"string\"},"
                           "\"id\":{\"type\":\"string\"}}}}}}"));
    }
    jw_key(j, "responses");
    jw_raw(j, SPAN_LIT("{\"200\":{\"$ref\":\"#/components/responses/Answer\"},"
                       "\"default\":{\"$ref\":\"#/components/responses/Problem\"}}"));
    jw_obj_end(j);
}

/* "/departments/{department}/agents/{agent}" */
static void path_write(struct jw *j, const struct route *rt)
{
    struct buf b = {0};
    size_t n = 0;

    buf_add_char(&b, '/');
    for (const char *p = rt->path; *p != 0; p++) {
        if (*p == '*')
            buf_addf(&b, "{%s}", rt->args[n++]);
        else
            buf_add_char(&b, *p);
    }
    jw_key(j, b.p);
    buf_fini(&b);
}

static void components_write(struct jw *j)
{
    jw_key(j, "components");
    jw_raw(
        j,
        SPAN_LIT(
            "{\"securitySchemes\":{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\","
            "\"name\":\"" API_COOKIE "\"}},"
            "\"responses\":{\"Answer\":{\"description\":\"done\",\"content\":{"
            "\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"ok\",\"pos\"],"
            "\"properties\":{\"re\":{\"type\":\"string\"},\"ok\":{\"type\":\"object\"},"
            "\"pos\":{\"type\":\"string\"}}}}}},"
            "\"Problem\":{\"description\":\"refused\",\"content\":{\"application/problem+json\":{"
            "\"schema\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"code\"],"
            "\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
            "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
            "\"code\":{\"type\":\"string\"},\"field\":{\"type\":\"string\"},"
            "\"retry_ms\":{\"type\":\"integer\"}}}}}}}}"));
}

void openapi_write(struct jw *j, const struct api *api)
{
    jw_obj(j);
    jw_k_str(j, "openapi", "3.1.0");
    jw_key(j, "info");
    jw_obj(j);
    jw_k_str(j, "title", "deskbell");
    jw_k_str(j, "version", api->env.config.version);
    jw_obj_end(j);
    jw_key(j, "servers");
    jw_raw(j, SPAN_LIT("[{\"url\":\"/api/v1\"}]"));
    jw_key(j, "paths");
    jw_obj(j);
    for (const struct route *rt = routes; rt->path != NULL; rt++) {
        bool first = true;

        for (const struct route *o = routes; o < rt; o++)
            first = first && strcmp(o->path, rt->path) != 0;
        if (!first)
            continue; /* went out with the first of its path */
        path_write(j, rt);
        jw_obj(j);
        for (const struct route *o = rt; o->path != NULL; o++)
            if (strcmp(o->path, rt->path) == 0)
                operation_write(j, o);
        jw_obj_end(j);
    }
    jw_obj_end(j);
    components_write(j);
    jw_obj_end(j);
}
