/*
 * Questions that the dispatcher answers: what is not durable, and what only it can know.  Each goes
 * out under a number of its own and ends once: answered, too late, or with the dispatcher gone.
 */
#include "api_int.h"

#define ASKS_MAX 16
#define ASK_ANSWER_MAX_BYTES (512u << 10)

/* One question under way; owns what it holds. */
struct ask {
    struct later l;
    uint64_t id;
    uint64_t conn; /* the dispatcher's that was asked */
    int64_t until_ms;
    TAILQ_ENTRY(ask) entry;
};

static struct ask *ask_find(const struct call *c)
{
    struct ask *a;

    TAILQ_FOREACH (a, &c->api->asks, entry) {
        if (a->id == c->arg[ARG_ASK].id && a->conn == c->conn_id)
            return a;
    }
    return NULL;
}

static void ask_free(struct api *api, struct ask *a)
{
    TAILQ_REMOVE(&api->asks, a, entry);
    api->nasks--;
    later_fini(&a->l);
    free(a);
}

static void ask_fail(struct api *api, struct ask *a, const struct fault *f)
{
    struct call c;

    later_call(&a->l, &c);
    call_fail(&c, f);
    ask_free(api, a);
}

void ask_dispatcher(struct call *c, const char *what, int64_t limit_ms, ask_body_fn *body)
{
    struct api *api = c->api;
    /* The newest: an older one may be a process that is about to end. */
    const struct client *to = TAILQ_LAST(&api->dispatchers, client_list);
    struct buf b = {.limit_bytes = CONTROL_LINE_MAX_BYTES};
    struct jw j = {.b = &b};
    struct ask *a;

    if (to == NULL) {
        call_refuse(c, ERR_UNREACH, NULL, REFUSE_DISPATCHER_NONE);
        return;
    }
    if (api->nasks == ASKS_MAX) {
        call_refuse(c, ERR_BUSY, NULL, REFUSE_NONE);
        return;
    }
    jw_obj(&j);
    jw_k_str(&j, "ev", "ask");
    jw_k_id(&j, "ask", api->last_ask + 1);
    jw_k_str(&j, "what", what);
    body(&j, c);
    jw_obj_end(&j);
    if (b.full) {
        buf_fini(&b);
        call_refuse(c, ERR_TOOBIG, NULL, REFUSE_NONE);
        return;
    }

    a = xcalloc(1, sizeof(*a));
    later_init(&a->l, c);
    a->id = ++api->last_ask;
    a->conn = to->id;
    a->until_ms = api_now(api) + limit_ms;
    TAILQ_INSERT_TAIL(&api->asks, a, entry);
    api->nasks++;
    api->env.out.send_line(api->env.out.arg, to->id, buf_span(&b));
    buf_fini(&b);
}

void asks_tick(struct api *api)
{
    struct ask *a, *next;
    struct fault f;

    fault_refuse(&f, ERR_TIMEOUT, NULL, REFUSE_DISPATCHER_SILENT);
    TAILQ_FOREACH_SAFE (a, &api->asks, entry, next) {
        if (a->until_ms <= api_now(api))
            ask_fail(api, a, &f);
    }
}

int64_t asks_deadline(const struct api *api)
{
    const struct ask *a;
    int64_t at = INT64_MAX;

    TAILQ_FOREACH (a, &api->asks, entry) {
        if (a->until_ms < at)
            at = a->until_ms;
    }
    return at;
}

void asks_gone(struct api *api, uint64_t conn)
{
    struct ask *a, *next;
    struct fault f;

    fault_refuse(&f, ERR_UNREACH, NULL, REFUSE_DISPATCHER_AWAY);
    TAILQ_FOREACH_SAFE (a, &api->asks, entry, next) {
        if (a->conn == conn)
            ask_fail(api, a, &f);
    }
}

void asks_fini(struct api *api)
{
    struct ask *a;

    while ((a = TAILQ_FIRST(&api->asks)) != NULL) {
        later_lose(&a->l);
        ask_free(api, a);
    }
}

/* what the dispatcher says */

/* To an asker over HTTP, or without an id, nothing is shown while it lasts. */
void run_dispatcher_tell(struct call *c)
{
    const struct ask *a = ask_find(c);
    struct buf b = {0};
    struct jw j = {.b = &b};

    if (a == NULL || a->l.id[0] == '\0' || a->l.via == VIA_HTTP)
        return;
    char *lines = json_dumps(c->arg[ARG_LINES].json, JSON_COMPACT);
    ensure(lines != NULL);
    jw_obj(&j);
    jw_k_str(&j, "ev", "dialogue");
    jw_k_str(&j, "re", a->l.id);
    jw_key(&j, "lines");
    jw_raw(&j, span_of(lines));
    jw_obj_end(&j);
    if (a->l.via == VIA_WS)
        watch_send_now(c->api->env.watch, &a->l.conn_id, 1, buf_span(&b));
    else
        c->api->env.out.send_line(c->api->env.out.arg, a->l.conn_id, buf_span(&b));
    free(lines);
    buf_fini(&b);
}

static const char *member_text(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    return json_is_string(v) ? json_string_value(v) : "";
}

/* The dispatcher's refusals are of our table, too; of another version's, only the sentence is. */
static void fault_take(struct fault *f, err_t err, const json_t *error)
{
    struct refusal_value values[REFUSAL_VALUES_MAX + 1] = {{VALUE_NONE, 0, NULL, 0}};
    const json_t *told = json_object_get(error, "values");
    enum refusal why = refusal_find(member_text(error, "reason"));
    struct span name;

    if (why == REFUSE_NONE)
        why = REFUSE_DISPATCHER_SAYS;
    for (size_t i = 0; refusal_value_name(why, i, &name); i++) {
        char key[32];
        const json_t *v;

        snprintf(key, sizeof(key), "%.*s", (int)name.len, name.p);
        v = json_object_get(told, key);
        if (json_is_integer(v))
            values[i] = (struct refusal_value)OF_INT(json_integer_value(v));
        else
            values[i] = (struct refusal_value)OF_STR(v != NULL ? member_text(told, key)
                                                               : member_text(error, "text"));
    }
    fault_refuse_with(f, err, member_text(error, "field"), why, values);
}

static void answer_fail(struct api *api, struct ask *a, const json_t *error)
{
    const char *code = member_text(error, "code");
    err_t err = ERR_IO; /* also where the dispatcher's word is none of ours */
    struct fault f;

    for (int i = ERR_OK + 1; i < ERR_COUNT; i++)
        if (strcmp(err_code((err_t)i), code) == 0)
            err = (err_t)i;
    fault_take(&f, err, error);
    ask_fail(api, a, &f);
}

/* The dispatcher's object is the answer's. */
static void answer_pass(struct api *api, struct ask *a, const json_t *ok)
{
    char *text = json_dumps(ok, JSON_COMPACT);
    struct fault f;
    struct call c;

    ensure(text != NULL);
    if (strlen(text) > ASK_ANSWER_MAX_BYTES) {
        fault_refuse(&f, ERR_TOOBIG, NULL, REFUSE_ANSWER_LONG);
        ask_fail(api, a, &f);
    } else {
        if (strcmp(member_text(ok, "outcome"), "sent") == 0)
            api->mail_tried = true;
        later_call(&a->l, &c);
        call_ok_now(&c, span_of(text));
        ask_free(api, a);
    }
    free(text);
}

void run_dispatcher_answer(struct call *c)
{
    struct ask *a = ask_find(c);

    if (c->arg[ARG_OK].has == c->arg[ARG_ERROR].has) {
        call_refuse_with(c, ERR_INVAL, "ok", REFUSE_EITHER, VALUES(OF_STR("ok"), OF_STR("error")));
        return;
    }
    if (a == NULL) {
        call_refuse(c, ERR_NOTFOUND, "ask", REFUSE_NOBODY_WAITS);
        return;
    }
    if (c->arg[ARG_OK].has)
        answer_pass(c->api, a, c->arg[ARG_OK].json);
    else
        answer_fail(c->api, a, c->arg[ARG_ERROR].json);
    call_ok_now(c, SPAN_NONE);
}
