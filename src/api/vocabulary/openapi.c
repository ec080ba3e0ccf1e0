/*
 * The routes of REST, and the document that describes them (OpenAPI 3.1), made from the same tables
 * that requests go by: it cannot say anything else than what is done.  The schemas in it are made
 * by schema.c.
 */
#include "api_int.h"

static const struct route routes[] = {
    {API_POST, "session", "session.open", AS_DOOR, {0}},
    {API_POST, "password", "password.set", AS_DOOR, {0}},
    {API_POST, "password/ask", "password.ask", AS_DOOR, {0}},
    {API_GET, "session", "session.show", AS_SELF, {0}},
    {API_DELETE, "session", "session.close", AS_SELF, {0}},
    {API_POST, "session/password", "password.change", AS_SELF, {0}},
    {API_POST, "factor/begin", "factor.begin", AS_DOOR, {0}},
    {API_POST, "factor", "factor.set", AS_DOOR, {0}},
    {API_POST, "session/factor/begin", "factor.begin", AS_SELF, {0}},
    {API_POST, "session/factor", "factor.set", AS_SELF, {0}},
    {API_POST, "session/factor/remove", "factor.remove", AS_SELF, {0}},
    {API_POST, "agents/*/factor-reset", "factor.reset", AS_AGENT, {"agent"}},
    {API_GET, "sessions", "session.list", AS_AGENT, {0}},
    {API_POST, "sessions/end", "session.end", AS_AGENT, {0}},
    {API_DELETE, "sessions/*", "session.end", AS_AGENT, {"session"}},
    {API_GET, "tokens", "token.list", AS_AGENT, {0}},
    {API_POST, "tokens", "token.add", AS_SELF, {0}},
    {API_DELETE, "tokens/*", "token.remove", AS_AGENT, {"token"}},
    {API_POST, "command", NULL, AS_AGENT, {0}},
    {API_GET, "departments", "department.list", AS_AGENT, {0}},
    {API_POST, "departments", "department.add", AS_AGENT, {0}},
    {API_GET, "departments/*", "department.show", AS_AGENT, {"department"}},
    {API_PATCH, "departments/*", "department.set", AS_AGENT, {"department"}},
    {API_DELETE, "departments/*", "department.remove", AS_AGENT, {"department"}},
    {API_POST, "departments/*/hours", "hours.show", AS_AGENT, {"department"}},
    {API_GET, "departments/*/seen", "department.seen", AS_AGENT, {"department"}},
    {API_PUT, "departments/*/agents/*", "member.set", AS_AGENT, {"department", "agent"}},
    {API_DELETE, "departments/*/agents/*", "member.remove", AS_AGENT, {"department", "agent"}},
    {API_GET, "departments/*/explain", "route.explain", AS_AGENT, {"department"}},
    {API_GET, "agents", "agent.list", AS_AGENT, {0}},
    {API_POST, "agents", "agent.add", AS_AGENT, {0}},
    {API_GET, "agents/*", "agent.show", AS_AGENT, {"agent"}},
    {API_PATCH, "agents/*", "agent.set", AS_AGENT, {"agent"}},
    {API_DELETE, "agents/*", "agent.remove", AS_AGENT, {"agent"}},
    {API_PUT, "agents/*/role/*", "agent.role", AS_AGENT, {"agent", "role"}},
    {API_PUT, "agents/*/picture", "picture.set", AS_AGENT, {"agent"}, .raw = true},
    {API_DELETE, "agents/*/picture", "picture.remove", AS_AGENT, {"agent"}},
    {API_GET, "agents/*/explain", "agent.explain", AS_AGENT, {"agent"}},
    {API_GET, "roles", "role.list", AS_AGENT, {0}},
    {API_POST, "roles", "role.add", AS_AGENT, {0}},
    {API_PATCH, "roles/*", "role.set", AS_AGENT, {"role"}},
    {API_DELETE, "roles/*", "role.remove", AS_AGENT, {"role"}},
    {API_GET, "agents/*/work", "agent.work", AS_AGENT, {"agent"}},
    {API_POST, "agents/*/disable", "agent.disable", AS_AGENT, {"agent"}},
    {API_POST, "agents/*/link", "agent.link", AS_AGENT, {"agent"}},
    {API_GET, "portal", "portal.show", AS_AGENT, {0}},
    {API_PATCH, "portal", "portal.set", AS_AGENT, {0}},
    {API_GET, "portal/steps", "portal.steps", AS_AGENT, {0}},
    {API_GET, "blocks", "block.list", AS_AGENT, {0}},
    {API_POST, "blocks", "block.add", AS_AGENT, {0}},
    {API_DELETE, "blocks/*", "block.remove", AS_AGENT, {"block"}},
    {API_GET, "canned", "canned.list", AS_AGENT, {0}},
    {API_POST, "canned", "canned.add", AS_AGENT, {0}},
    {API_GET, "canned/*", "canned.show", AS_AGENT, {"canned"}},
    {API_PATCH, "canned/*", "canned.set", AS_AGENT, {"canned"}},
    {API_DELETE, "canned/*", "canned.remove", AS_AGENT, {"canned"}},
    {API_GET, "canned-find", "canned.find", AS_AGENT, {0}},
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
    {API_GET, "search", "search", AS_AGENT, {0}},
    {API_GET, "conversations/*", "conversation.read", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/mail", "conversation.mail", AS_AGENT, {"conversation"}},
    {API_GET, "conversations/*/mail-draft", "mail.draft", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/forward", "conversation.forward", AS_AGENT, {"conversation"}},
    {API_GET, "conversations/*/candidates", "conversation.candidates", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/assign", "conversation.assign", AS_AGENT, {"conversation"}},
    {API_GET, "conversations/*/export", "conversation.export", AS_AGENT, {"conversation"}},
    {API_POST, "exports", "conversation.export", AS_AGENT, {0}},
    {API_POST, "conversations/*/box", "conversation.box", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/reopen", "conversation.reopen", AS_AGENT, {"conversation"}},
    {API_PUT, "conversations/*/time", "conversation.time", AS_AGENT, {"conversation"}},
    {API_GET, "conversations/*/reach", "conversation.reach", AS_AGENT, {"conversation"}},
    {API_GET, "conversations/*/targets", "conversation.targets", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/transfer", "conversation.transfer", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/take-back", "conversation.take-back", AS_AGENT, {"conversation"}},
    {API_PUT, "conversations/*/draft", "draft.save", AS_AGENT, {"conversation"}},
    {API_GET, "drafts", "draft.list", AS_AGENT, {0}},
    {API_POST, "conversations/*/end", "chat.end", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/undo-end", "chat.undo-end", AS_AGENT, {"conversation"}},
    {API_PATCH, "conversations/*/lines/*", "line.edit", AS_AGENT, {"conversation", "line"}},
    {API_DELETE, "conversations/*/lines/*", "line.remove", AS_AGENT, {"conversation", "line"}},
    {API_POST, "conversations/*/tags", "conversation.tag", AS_AGENT, {"conversation"}},
    {API_POST, "conversations/*/untag", "conversation.untag", AS_AGENT, {"conversation"}},
    {API_GET, "tags", "tag.list", AS_AGENT, {0}},
    {API_GET, "views", "view.list", AS_AGENT, {0}},
    {API_POST, "views", "view.add", AS_AGENT, {0}},
    {API_GET, "views/*", "view.show", AS_AGENT, {"view"}},
    {API_PATCH, "views/*", "view.set", AS_AGENT, {"view"}},
    {API_DELETE, "views/*", "view.remove", AS_AGENT, {"view"}},
    {API_GET, "views/*/conversations", "list.read", AS_AGENT, {"view"}},
    {API_GET, "tasks", "task.list", AS_AGENT, {0}},
    {API_GET, "tasks/*", "task.show", AS_AGENT, {"task"}},
    {API_PATCH, "tasks/*", "task.set", AS_AGENT, {"task"}},
    {API_DELETE, "tasks/*", "task.remove", AS_AGENT, {"task"}},
    {API_POST, "tasks/*/done", "task.done", AS_AGENT, {"task"}},
    {API_POST, "tasks/*/reopen", "task.reopen", AS_AGENT, {"task"}},
    {API_POST, "conversations/*/tasks", "task.add", AS_AGENT, {"conversation"}},
    {API_GET, "conversations/*/task-candidates", "task.candidates", AS_AGENT, {"conversation"}},
    {API_GET, "mentions", "mention.list", AS_AGENT, {0}},
    {API_POST, "mentions/read", "mention.read", AS_AGENT, {0}},
    {API_GET, "floor", "floor.show", AS_AGENT, {0}},
    {API_GET, "reports/time", "report.time", AS_AGENT, {0}},
    {API_GET, "settings", "settings", AS_AGENT, {0}},
    {API_GET, "status", "status", AS_AGENT, {0}},
    {.path = NULL},
};

const struct route *route_first(void)
{
    return routes;
}

bool route_asks_self(const struct route *rt)
{
    return rt->as == AS_SELF && rt->method == API_GET;
}

static bool is_path_arg(const struct route *rt, const char *word)
{
    for (size_t i = 0; i < PATH_ARGS_MAX && rt->args[i] != NULL; i++)
        if (strcmp(rt->args[i], word) == 0)
            return true;
    return false;
}

static void parameter_write(struct jw *j, const struct arg *a, bool in_path)
{
    jw_obj(j);
    jw_k_str(j, "name", arg_word(a->name));
    jw_k_str(j, "in", in_path ? "path" : "query");
    jw_k_bool(j, "required", in_path || a->needed);
    jw_k_str(j, "description", a->help);
    jw_key(j, "schema");
    schema_arg(j, a);
    jw_obj_end(j);
}

static void parameters_write(struct jw *j, const struct route *rt, const struct verb *verb)
{
    jw_key(j, "parameters");
    jw_arr(j);
    for (const struct arg *a = verb->args; a != NULL && a->help != NULL; a++) {
        bool in_path = is_path_arg(rt, arg_word(a->name));

        if (in_path || rt->method == API_GET)
            parameter_write(j, a, in_path);
    }
    jw_arr_end(j);
}

/* {"content":{"application/json":{"schema":…}}}: what stands in it is written between. */
static void content_begin(struct jw *j, const char *key)
{
    jw_key(j, key);
    jw_obj(j);
    if (strcmp(key, "200") == 0)
        jw_k_str(j, "description", "done");
    jw_key(j, "content");
    jw_obj(j);
    jw_key(j, "application/json");
    jw_obj(j);
    jw_key(j, "schema");
}

static void content_end(struct jw *j)
{
    jw_obj_end(j);
    jw_obj_end(j);
    jw_obj_end(j);
}

/*
 * A body has exactly the fields that the command takes and the path does not say; or it is the
 * bytes of a picture.
 */
static void body_write(struct jw *j, const struct route *rt, const struct verb *verb)
{
    if (rt->raw) {
        jw_key(j, "requestBody");
        jw_raw(j, SPAN_LIT("{\"required\":true,\"content\":{\"image/png\":{},\"image/jpeg\":{},"
                           "\"image/webp\":{}}}"));
        return;
    }
    content_begin(j, "requestBody");
    schema_fields(j, verb, NULL, rt->args);
    content_end(j);
}

/* The one route for all: any of an agent's commands by its name. */
static void command_write(struct jw *j)
{
    const struct verb *verb;

    content_begin(j, "requestBody");
    jw_obj(j);
    jw_key(j, "oneOf");
    jw_arr(j);
    for (size_t at = 0; (verb = verb_next(&at)) != NULL;)
        if ((verb->as & AS_AGENT) != 0)
            schema_ref(j, "agent", verb, "");
    jw_arr_end(j);
    jw_obj_end(j);
    content_end(j);
}

static void answer_write(struct jw *j, const struct verb *verb)
{
    content_begin(j, "200");
    jw_obj(j);
    jw_k_str(j, "type", "object");
    jw_key(j, "required");
    jw_raw(j, SPAN_LIT("[\"ok\",\"pos\"]"));
    jw_key(j, "properties");
    jw_obj(j);
    jw_key(j, "re");
    jw_raw(j, SPAN_LIT("{\"type\":\"string\"}"));
    jw_key(j, "pos");
    jw_raw(j, SPAN_LIT("{\"type\":\"string\"}"));
    jw_key(j, "ok");
    if (verb != NULL)
        schema_answer(j, verb);
    else
        jw_raw(j, SPAN_LIT("{\"type\":\"object\"}"));
    jw_obj_end(j);
    jw_obj_end(j);
    content_end(j);
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
    jw_raw(j, rt->as == AS_DOOR ? SPAN_LIT("[]")
              : rt->as == AS_SELF && !route_asks_self(rt)
                  ? SPAN_LIT("[{\"session\":[]}]")
                  : SPAN_LIT("[{\"session\":[]},{\"token\":[]}]"));
    if (verb != NULL) {
        parameters_write(j, rt, verb);
        if (rt->method == API_POST || rt->method == API_PUT || rt->method == API_PATCH)
            body_write(j, rt, verb);
    } else {
        command_write(j);
    }
    jw_key(j, "responses");
    jw_obj(j);
    answer_write(j, verb);
    if (route_asks_self(rt)) {
        jw_key(j, "204");
        jw_raw(j, SPAN_LIT("{\"description\":\"nobody is signed in\"}"));
    }
    jw_key(j, "default");
    jw_raw(j, SPAN_LIT("{\"$ref\":\"#/components/responses/Problem\"}"));
    jw_obj_end(j);
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

static void components_write(struct jw *j, const char *cookie)
{
    jw_key(j, "components");
    jw_obj(j);
    jw_key(j, "securitySchemes");
    jw_obj(j);
    jw_key(j, "session");
    jw_obj(j);
    jw_k_str(j, "type", "apiKey");
    jw_k_str(j, "in", "cookie");
    jw_k_str(j, "name", cookie);
    jw_obj_end(j);
    jw_key(j, "token");
    jw_raw(j, SPAN_LIT("{\"type\":\"http\",\"scheme\":\"bearer\"}"));
    jw_obj_end(j);
    jw_key(j, "responses");
    jw_raw(j, SPAN_LIT("{\"Problem\":{\"description\":\"refused\",\"content\":{"
                       "\"application/problem+json\":{\"schema\":{\"type\":\"object\","
                       "\"required\":[\"type\",\"title\",\"status\",\"code\"],"
                       "\"properties\":{\"type\":{\"type\":\"string\"},"
                       "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
                       "\"detail\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},"
                       "\"field\":{\"type\":\"string\"},"
                       "\"reason\":{\"type\":\"string\"},"
                       "\"values\":{\"type\":\"object\"},"
                       "\"faults\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
                       "\"retry_ms\":{\"type\":\"integer\"}}}}}}}"));
    jw_key(j, "schemas");
    schemas_write(j);
    jw_obj_end(j);
}

void openapi_write(struct jw *j, const struct api *api, const char *cookie)
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
    components_write(j, cookie);
    jw_obj_end(j);
}
