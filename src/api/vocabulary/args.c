/*
 * From JSON to the fields of one command: strict JSON, depth, known fields, types and limits.
 * What a value means together with others is the command's business, or core's.
 */
#include <stdlib.h>

#include "api_int.h"
#include "deskbell/locale.h"
#include "deskbell/mailbox.h"

/* Nesting is bounded before the parser sees it.  Brackets within strings do not count. */
bool json_depth_ok(struct span text, unsigned max)
{
    unsigned depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max)
                return false;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

static struct span json_span(const json_t *v)
{
    return (struct span){json_string_value(v), json_string_length(v)};
}

static err_t need_type(struct fault *f, const char *key, bool right, const char *what)
{
    return right ? ERR_OK : fault_refuse_with(f, ERR_INVAL, key, REFUSE_TYPE, VALUES(OF_STR(what)));
}

static err_t id_take(const char *key, const json_t *v, uint64_t *id, struct fault *f)
{
    err_t err = need_type(f, key, json_is_string(v), "an id, as a string of digits,");

    if (err != ERR_OK)
        return err;
    if (id_parse(json_span(v), id) != ERR_OK)
        return fault_refuse(f, ERR_INVAL, key, REFUSE_ID);
    return ERR_OK;
}

static err_t length_check(const char *key, struct span s, int64_t min, int64_t max, bool in_bytes,
                          struct fault *f)
{
    size_t n = in_bytes ? s.len : span_codepoints(s);

    if ((int64_t)n > max)
        return fault_refuse_with(f, ERR_INVAL, key,
                                 in_bytes ? REFUSE_TOO_LONG_BYTES : REFUSE_TOO_LONG,
                                 VALUES(OF_INT(max), OF_INT(n)));
    if ((int64_t)n < min && min == 1)
        return fault_refuse(f, ERR_INVAL, key, REFUSE_EMPTY);
    if ((int64_t)n < min)
        return fault_refuse_with(f, ERR_INVAL, key, REFUSE_TOO_SHORT, VALUES(OF_INT(min)));
    return ERR_OK;
}

/*
 * Core knows the form of an address only; whether a domain can be written in ASCII is the locale's
 * to say.  What has not the form is left to core, which names it.
 */
static err_t domains_check(const char *key, struct span list, struct fault *f)
{
    struct span addr;
    err_t err = ERR_OK;

    while (err == ERR_OK && mailbox_list_next(&list, &addr)) {
        struct buf ascii = {0};

        if (mailbox_check(addr, NULL) == ERR_OK && address_to_ascii(addr, &ascii) != ERR_OK)
            err = fault_refuse_with(f, ERR_INVAL, key, REFUSE_ADDRESS_DOMAIN_UNKNOWN,
                                    VALUES(OF_BYTES(addr.p, (int)addr.len)));
        buf_fini(&ascii);
    }
    return err;
}

static err_t text_take(const struct arg *a, const json_t *v, struct arg_value *out, struct fault *f)
{
    const char *key = arg_word(a->name);
    enum arg_type type = a->type;
    err_t err = need_type(f, key, json_is_string(v), "a string");

    if (err != ERR_OK)
        return err;
    struct span s = json_span(v);
    bool in_bytes = type == ARGT_RAW || type == ARGT_URL || type == ARGT_SECRET;

    if (type == ARGT_URL && s.len > (size_t)a->max)
        s = SPAN_NONE;
    if (type == ARGT_CUT)
        s = span_head(s, (size_t)a->max);
    if (type != ARGT_TEXT && type != ARGT_SECRET)
        s = span_trim(s);
    err = length_check(key, s, a->min, a->max, in_bytes, f);
    if (err != ERR_OK)
        return err;
    bool several = type == ARGT_TEXT;
    if (type != ARGT_SECRET && !(several ? span_is_text(s, s.len) : span_is_line(s, s.len)))
        return span_refuse(s, !several, f, key);
    out->s = s;
    return type == ARGT_MAILBOX ? domains_check(key, s, f) : ERR_OK;
}

static err_t ids_take(struct call *c, const char *key, const json_t *v, int64_t max,
                      struct fault *f)
{
    err_t err = need_type(f, key, json_is_array(v), "a list of ids");
    size_t n = json_array_size(v);

    if (err != ERR_OK)
        return err;
    if ((int64_t)n > max)
        return fault_refuse_with(f, ERR_INVAL, key, REFUSE_TOO_MANY,
                                 VALUES(OF_INT(max), OF_INT(n)));
    c->ids = xcalloc(n + 1, sizeof(*c->ids));
    c->nids = n;
    for (size_t i = 0; i < n; i++)
        if ((err = id_take(key, json_array_get(v, i), &c->ids[i], f)) != ERR_OK)
            return err;
    return ERR_OK;
}

static err_t seqs_take(struct call *c, const char *key, const json_t *v, int64_t max,
                       struct fault *f)
{
    err_t err = need_type(f, key, json_is_array(v), "a list of lines' numbers");
    size_t n = json_array_size(v);

    if (err != ERR_OK)
        return err;
    if (n == 0 || (int64_t)n > max)
        return fault_refuse_with(f, ERR_INVAL, key, REFUSE_HOW_MANY,
                                 VALUES(OF_INT(max), OF_INT(n)));
    c->ids = xcalloc(n, sizeof(*c->ids));
    c->nids = n;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(v, i);

        err = need_type(f, key, json_is_integer(item) && json_integer_value(item) > 0,
                        "a list of lines' numbers");
        if (err != ERR_OK)
            return err;
        c->ids[i] = (uint64_t)json_integer_value(item);
    }
    ids_sort_up(c->ids, n);
    return ERR_OK;
}

/* A membership: an id, or {"department": id, "chat": bool, "notify": bool}. */
static err_t member_take(const json_t *v, struct member *m, struct fault *f)
{
    const char *key;
    json_t *field;

    *m = (struct member){.chat = true, .notify = true};
    if (json_is_string(v))
        return id_take("departments", v, &m->dept, f);
    if (!json_is_object(v))
        return fault_refuse_with(f, ERR_INVAL, "departments", REFUSE_TYPE,
                                 VALUES(OF_STR("a list of ids or of memberships")));
    json_object_foreach ((json_t *)(uintptr_t)v, key, field) {
        err_t err;

        if (strcmp(key, "department") == 0)
            err = id_take("departments", field, &m->dept, f);
        else if (strcmp(key, "chat") == 0 && json_is_boolean(field))
            m->chat = json_is_true(field), err = ERR_OK;
        else if (strcmp(key, "notify") == 0 && json_is_boolean(field))
            m->notify = json_is_true(field), err = ERR_OK;
        else
            err = fault_refuse(f, ERR_INVAL, "departments", REFUSE_MEMBERSHIP);
        if (err != ERR_OK)
            return err;
    }
    return m->dept != 0 ? ERR_OK : fault_refuse(f, ERR_INVAL, "departments", REFUSE_MEMBERSHIP);
}

static err_t members_take(struct call *c, const json_t *v, struct fault *f)
{
    err_t err = need_type(f, "departments", json_is_array(v), "a list");
    size_t n = json_array_size(v);

    if (err != ERR_OK)
        return err;
    if (n > DEPTS_MAX)
        return fault_refuse_with(f, ERR_INVAL, "departments", REFUSE_TOO_MANY,
                                 VALUES(OF_INT(DEPTS_MAX), OF_INT(n)));
    c->members = xcalloc(n + 1, sizeof(*c->members));
    c->nmembers = n;
    for (size_t i = 0; i < n; i++)
        if ((err = member_take(json_array_get(v, i), &c->members[i], f)) != ERR_OK)
            return err;
    return ERR_OK;
}

static err_t int_take(const char *key, const json_t *v, int64_t min, int64_t max, int64_t *out,
                      struct fault *f)
{
    err_t err = need_type(f, key, json_is_integer(v), "a whole number");

    if (err != ERR_OK)
        return err;
    int64_t i = json_integer_value(v);
    if (i < min || i > max)
        return fault_refuse_with(f, ERR_INVAL, key, REFUSE_RANGE,
                                 VALUES(OF_INT(min), OF_INT(max), OF_INT(i)));
    *out = i;
    return ERR_OK;
}

/* Lines that the dispatcher tells: [{"by": "client", "text": "…"}, …]. */
static err_t told_take(const char *key, const json_t *v, struct fault *f)
{
    err_t err = need_type(f, key, json_is_array(v), "a list of lines");
    size_t n = json_array_size(v);

    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        const json_t *line = json_array_get(v, i);

        err = need_type(f, key,
                        json_is_string(json_object_get(line, "by")) &&
                            json_is_string(json_object_get(line, "text")),
                        "a list of lines with by and text");
    }
    return err;
}

static err_t arg_take(struct call *c, const struct arg *a, const json_t *v, struct fault *f)
{
    struct arg_value *out = &c->arg[a->name];
    const char *key = arg_word(a->name);
    err_t err;

    switch (a->type) {
    case ARGT_CURSOR:
        err = json_is_null(v) ? ERR_OK : id_take(key, v, &out->id, f);
        break;
    case ARGT_ID:
        err = id_take(key, v, &out->id, f);
        break;
    case ARGT_IDS:
        err = ids_take(c, key, v, a->max, f);
        break;
    case ARGT_SEQS:
        err = seqs_take(c, key, v, a->max, f);
        break;
    case ARGT_MEMBERS:
        err = members_take(c, v, f);
        break;
    case ARGT_INT:
        err = int_take(key, v, a->min, a->max, &out->i, f);
        break;
    case ARGT_BOOL:
        err = need_type(f, key, json_is_boolean(v), "true or false");
        out->i = json_is_true(v);
        break;
    case ARGT_TOLD:
        err = told_take(key, v, f);
        out->json = v;
        break;
    case ARGT_OBJECT:
        err = need_type(f, key, json_is_object(v), "an object");
        out->json = v;
        break;
    default:
        err = text_take(a, v, out, f);
    }
    out->has = err == ERR_OK;
    return err;
}

/* settings */

static err_t word_take(const struct setting *st, const json_t *v, struct change *ch,
                       struct fault *f)
{
    char all[160] = "";

    for (int64_t i = 0; st->words[i] != NULL; i++) {
        if (json_is_string(v) && span_is(json_span(v), st->words[i])) {
            ch->i = i;
            return ERR_OK;
        }
        size_t len = strlen(all);
        snprintf(all + len, sizeof(all) - len, "%s%s", i > 0 ? ", " : "", st->words[i]);
    }
    return fault_refuse_with(f, ERR_INVAL, st->name, REFUSE_WORD, VALUES(OF_STR(all)));
}

static err_t dept_take(const struct setting *st, const json_t *v, struct change *ch,
                       struct fault *f)
{
    uint64_t id = 0;
    err_t err = ERR_OK;

    if (!json_is_string(v) || json_string_length(v) > 0)
        err = id_take(st->name, v, &id, f);
    ch->i = (int64_t)id;
    return err;
}

/* Core looks again; but it stops at the first that is wrong. */
static err_t setting_sound(const struct change *ch, struct fault *f)
{
    struct change kept;
    struct buf norm = {0};
    err_t err = setting_check(ch, &norm, &kept, f);

    buf_fini(&norm);
    return err;
}

static err_t setting_take(struct call *c, const struct setting *st, const json_t *v,
                          struct fault *f)
{
    struct change *ch = &c->changes[c->nchanges];
    err_t err;

    *ch = (struct change){.setting = st};
    switch (st->type) {
    case SET_BOOL:
        err = need_type(f, st->name, json_is_boolean(v), "true or false");
        ch->i = json_is_true(v);
        break;
    case SET_INT:
    case SET_MS:
        err = int_take(st->name, v, st->min, st->max, &ch->i, f);
        break;
    case SET_ENUM:
        err = word_take(st, v, ch, f);
        break;
    case SET_DEPT:
        err = dept_take(st, v, ch, f);
        break;
    case SET_ZONE: /* core knows its shape only; which zones there are is the locale's to say */
        err = need_type(f, st->name, json_is_string(v), "a string");
        ch->s = json_span(v);
        if (err == ERR_OK && (ch->s.len > 0 || st->min > 0) && !zone_is_known(ch->s))
            err = fault_refuse(f, ERR_INVAL, st->name, REFUSE_NO_ZONE);
        break;
    case SET_MAILBOX:
    case SET_MAILBOXES:
        err = need_type(f, st->name, json_is_string(v), "a string");
        ch->s = json_span(v);
        if (err == ERR_OK)
            err = domains_check(st->name, ch->s, f);
        break;
    case SET_TEMPLATE_LINE: /* likewise: what can be filled in is for the mails to say */
    case SET_TEMPLATE:
        err = need_type(f, st->name, json_is_string(v), "a string");
        ch->s = json_span(v);
        if (err == ERR_OK)
            err = template_check(ch->s, st->name, f);
        break;
    case SET_SECRET:
        err = fault_refuse(f, ERR_DENIED, st->name, REFUSE_SECRET);
        break;
    default:
        err = need_type(f, st->name, json_is_string(v), "a string");
        ch->s = json_span(v);
    }
    if (err == ERR_OK)
        err = setting_sound(ch, f);
    if (err == ERR_OK)
        c->nchanges++;
    return err;
}

/* A value out of a query or a path, as the JSON that the field expects.  NULL: no such field. */
json_t *arg_from_text(const struct verb *verb, const char *name, struct span text)
{
    const struct arg *a = verb_arg(verb, name);
    uint64_t id;

    if (a == NULL)
        return NULL;
    if (a->type == ARGT_INT && span_is(text, "0"))
        return json_integer(0);
    if (a->type == ARGT_INT && id_parse(text, &id) == ERR_OK)
        return json_integer((json_int_t)id);
    if (a->type == ARGT_BOOL && (span_is(text, "true") || span_is(text, "false")))
        return json_boolean(span_is(text, "true"));
    return json_stringn(text.p, text.len); /* what is not right is found with the others */
}

/* envelope */

static err_t field_take(struct call *c, const char *key, const json_t *v, struct fault *f)
{
    const struct arg *a = verb_arg(c->verb, key);

    if (a != NULL)
        return arg_take(c, a, v, f);
    if (c->verb->settings != NULL) {
        size_t n;
        const struct setting *all = c->verb->settings(&n), *st = setting_find(all, n, span_of(key));

        if (st != NULL)
            return setting_take(c, st, v, f);
    }
    return fault_refuse_with(f, ERR_MALFORMED, key, REFUSE_NO_FIELD, VALUES(OF_STR(c->verb->word)));
}

/* Whoever filled in a form learns at once of all that is wrong in it. */
static void fault_keep(struct call *c, const struct fault *f)
{
    if (c->nfaults == FAULTS_MAX)
        return;
    c->faults = xrealloc(c->faults, (c->nfaults + 1) * sizeof(*c->faults));
    c->faults[c->nfaults++] = *f;
}

static err_t fields_take(struct call *c, struct fault *f)
{
    const char *key;
    json_t *v;

    if (c->verb->settings != NULL)
        c->changes = xcalloc(json_object_size(c->root), sizeof(*c->changes));
    json_object_foreach (c->root, key, v) {
        if (strcmp(key, "id") == 0 || strcmp(key, "do") == 0)
            continue;
        err_t err = field_take(c, key, v, f);
        if (err == ERR_MALFORMED)
            return err;
        if (err != ERR_OK)
            fault_keep(c, f);
    }
    for (const struct arg *a = c->verb->args; a != NULL && a->help != NULL; a++)
        if (a->needed && !c->arg[a->name].has &&
            json_object_get(c->root, arg_word(a->name)) == NULL) {
            fault_refuse_with(f, ERR_INVAL, arg_word(a->name), REFUSE_NEEDED,
                              VALUES(OF_STR(c->verb->word)));
            fault_keep(c, f);
        }
    if (c->nfaults == 0)
        return ERR_OK;
    *f = c->faults[0];
    return f->err;
}

static err_t id_field_take(struct call *c, struct fault *f)
{
    const json_t *v = json_object_get(c->root, "id");
    struct span s = json_span(v);

    if (v == NULL)
        return ERR_OK;
    if (!json_is_string(v) || s.len == 0 || s.len > CLIENT_ID_MAX_BYTES)
        return fault_refuse_with(f, ERR_MALFORMED, "id", REFUSE_CLIENT_ID,
                                 VALUES(OF_INT(CLIENT_ID_MAX_BYTES)));
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] < 0x21 || s.p[i] > 0x7e)
            return fault_refuse_with(f, ERR_MALFORMED, "id", REFUSE_CLIENT_ID,
                                     VALUES(OF_INT(CLIENT_ID_MAX_BYTES)));
    c->id = s;
    return ERR_OK;
}

/* The content without the id, with its keys in order: the same however it was written down. */
static uint64_t content_hash(const json_t *root)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)root);
    char *text;

    json_object_del(copy, "id");
    text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
    ensure(text != NULL);
    uint64_t h = hash_u64(span_of(text), NULL);
    free(text);
    json_decref(copy);
    return h;
}

/* Ids are far above the short numbers that people see. */
#define NUMBERS_END UINT64_C(1000000000000)

void call_number_take(struct call *c)
{
    struct arg_value *conv = &c->arg[ARG_CONVERSATION];
    uint64_t id;

    if (conv->has && conv->id < NUMBERS_END &&
        store_find_number(c->api->env.store, conv->id, &id) == ERR_OK)
        conv->id = id;
}

err_t call_take(struct call *c, json_t *root, struct fault *f)
{
    err_t err;

    c->root = root;
    if (!json_is_object(root))
        return fault_refuse(f, ERR_MALFORMED, NULL, REFUSE_NO_OBJECT);
    if ((err = id_field_take(c, f)) != ERR_OK)
        return err;
    const json_t *word = json_object_get(root, "do");
    if (!json_is_string(word))
        return fault_refuse(f, ERR_MALFORMED, "do", REFUSE_NO_COMMAND);
    c->verb = verb_find(json_span(word), c->as);
    if (c->verb == NULL)
        return fault_refuse(f, ERR_MALFORMED, "do", REFUSE_COMMAND_UNKNOWN);
    if ((err = fields_take(c, f)) != ERR_OK)
        return err;
    if (c->as == AS_CONTROL)
        call_number_take(c);
    if (c->id.len > 0)
        c->chash = content_hash(root);
    return ERR_OK;
}

json_t *json_strict(struct span text, struct fault *f)
{
    json_error_t je;
    json_t *root;

    if (!json_depth_ok(text, JSON_DEPTH_MAX)) {
        fault_refuse_with(f, ERR_MALFORMED, NULL, REFUSE_NESTED, VALUES(OF_INT(JSON_DEPTH_MAX)));
        return NULL;
    }
    root = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, &je);
    if (root == NULL)
        fault_refuse_with(f, ERR_MALFORMED, NULL, REFUSE_NOT_JSON, VALUES(OF_INT(je.position)));
    return root;
}

err_t call_parse(struct call *c, struct span text, struct fault *f)
{
    json_t *root = json_strict(text, f);

    return root != NULL ? call_take(c, root, f) : f->err;
}

void call_fini(struct call *c)
{
    json_decref(c->root);
    free(c->changes);
    free(c->ids);
    free(c->members);
    free(c->faults);
}
