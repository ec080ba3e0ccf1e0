/*
 * The vocabulary as JSON schemas: what each command takes and what it answers, and the objects that
 * stand in answers.  For the OpenAPI document.
 */
#include "api_int.h"

static void schema_limits(struct jw *j, const char *type, const char *low, int64_t min,
                          const char *high, int64_t max)
{
    jw_k_str(j, "type", type);
    if (min > 0)
        jw_k_int(j, low, min);
    if (max > 0)
        jw_k_int(j, high, max);
}

#define ID_SCHEMA "{\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,18}$\"}"
#define SEQ_SCHEMA "{\"type\":\"integer\",\"minimum\":1}"
#define MEMBER_SCHEMA                                                                              \
    "{\"type\":\"object\",\"required\":[\"department\"],\"properties\":{"                          \
    "\"department\":" ID_SCHEMA ",\"chat\":{\"type\":\"boolean\"},"                                \
    "\"notify\":{\"type\":\"boolean\"}}}"

static void list_schema(struct jw *j, const struct arg *a, struct span item)
{
    schema_limits(j, "array", "minItems", a->min, "maxItems", a->max);
    jw_key(j, "items");
    jw_raw(j, item);
}

void schema_arg(struct jw *j, const struct arg *a)
{
    if (a->type == ARGT_ID || a->type == ARGT_CURSOR) {
        jw_raw(j, SPAN_LIT(ID_SCHEMA));
        return;
    }
    jw_obj(j);
    switch (a->type) {
    case ARGT_IDS:
        list_schema(j, a, SPAN_LIT(ID_SCHEMA));
        break;
    case ARGT_SEQS:
        list_schema(j, a, SPAN_LIT(SEQ_SCHEMA));
        break;
    case ARGT_MEMBERS:
        list_schema(j, a, SPAN_LIT("{\"anyOf\":[" ID_SCHEMA "," MEMBER_SCHEMA "]}"));
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

/* settings */

static void words_write(struct jw *j, const char *const *words)
{
    jw_key(j, "enum");
    jw_arr(j);
    for (size_t i = 0; words[i] != NULL; i++)
        jw_str(j, words[i]);
    jw_arr_end(j);
}

/* shown: as it stands in an answer, where of a secret is said no more than whether there is one. */
static void setting_write(struct jw *j, const struct setting *st, bool shown)
{
    jw_key(j, st->name);
    jw_obj(j);
    if (st->type == SET_BOOL || (shown && st->type == SET_SECRET))
        jw_k_str(j, "type", "boolean");
    else if (st->type == SET_INT || st->type == SET_MS)
        schema_limits(j, "integer", "minimum", st->min, "maximum", st->max);
    else
        jw_k_str(j, "type", "string");
    if (st->type == SET_ENUM)
        words_write(j, st->words);
    jw_k_str(j, "description", st->help);
    jw_obj_end(j);
}

static bool is_template(const struct setting *st)
{
    return st->type == SET_TEMPLATE_LINE || st->type == SET_TEMPLATE;
}

/* what commands take */

static bool is_among(const char *word, const char *const *words)
{
    for (size_t i = 0; i < PATH_ARGS_MAX && words != NULL && words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static void taken_required(struct jw *j, const struct verb *verb, const char *word,
                           const char *const *but)
{
    jw_key(j, "required");
    jw_arr(j);
    if (word != NULL)
        jw_str(j, "do");
    for (const struct arg *a = verb->args; a != NULL && a->help != NULL; a++)
        if (a->needed && !is_among(arg_word(a->name), but))
            jw_str(j, arg_word(a->name));
    jw_arr_end(j);
}

static void word_write(struct jw *j, const char *word)
{
    jw_key(j, "do");
    jw_obj(j);
    jw_k_str(j, "const", word);
    jw_obj_end(j);
    jw_key(j, "id");
    jw_raw(j, SPAN_LIT("{\"type\":\"string\"}"));
}

void schema_fields(struct jw *j, const struct verb *verb, const char *word, const char *const *but)
{
    size_t n = 0;
    const struct setting *st = verb->settings != NULL ? verb->settings(&n) : NULL;

    jw_obj(j);
    jw_k_str(j, "type", "object");
    jw_k_bool(j, "additionalProperties", false);
    taken_required(j, verb, word, but);
    jw_key(j, "properties");
    jw_obj(j);
    if (word != NULL)
        word_write(j, word);
    for (const struct arg *a = verb->args; a != NULL && a->help != NULL; a++) {
        if (is_among(arg_word(a->name), but))
            continue;
        jw_key(j, arg_word(a->name));
        schema_arg(j, a);
    }
    for (size_t i = 0; i < n; i++)
        if (st[i].type != SET_SECRET)
            setting_write(j, &st[i], false);
    jw_obj_end(j);
    jw_obj_end(j);
}

/* what they answer */

static void row_write(struct jw *j, const struct shape_row *row)
{
    static const struct span plain[] = {
        [SHAPE_TEXT] = SPAN_LIT("{\"type\":\"string\"}"),
        [SHAPE_NUMBER] = SPAN_LIT("{\"type\":\"integer\"}"),
        [SHAPE_NUMBER_OR_NULL] = SPAN_LIT("{\"type\":[\"integer\",\"null\"]}"),
        [SHAPE_FLAG] = SPAN_LIT("{\"type\":\"boolean\"}"),
        [SHAPE_ID] = SPAN_LIT(ID_SCHEMA),
        [SHAPE_ID_OR_NULL] =
            SPAN_LIT("{\"type\":[\"string\",\"null\"],\"pattern\":\"^[1-9][0-9]{0,18}$\"}"),
        [SHAPE_POS] = SPAN_LIT("{\"type\":\"string\",\"pattern\":\"^[0-9]{1,19}$\"}"),
        [SHAPE_TEXTS] = SPAN_LIT("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"),
        [SHAPE_IDS] = SPAN_LIT("{\"type\":\"array\",\"items\":" ID_SCHEMA "}"),
        [SHAPE_NUMBERS] =
            SPAN_LIT("{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}"),
    };
    struct buf ref = {0};

    jw_key(j, row->name);
    if (row->of == NULL) {
        jw_raw(j, plain[row->type]);
        return;
    }
    buf_addf(&ref,
             row->type == SHAPE_THINGS
                 ? "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}}"
                 : "{\"$ref\":\"#/components/schemas/%s\"}",
             row->of->name);
    jw_raw(j, buf_span(&ref));
    buf_fini(&ref);
}

static void shown_settings(struct jw *j, settings_fn *settings, bool names)
{
    size_t n;
    const struct setting *st = settings(&n);

    for (size_t i = 0; i < n; i++) {
        if (is_template(&st[i]))
            continue;
        if (names)
            jw_str(j, st[i].name);
        else
            setting_write(j, &st[i], true);
    }
}

static void rows_write(struct jw *j, const struct shape_row *rows, bool open)
{
    jw_obj(j);
    jw_k_str(j, "type", "object");
    jw_k_bool(j, "additionalProperties", open);
    jw_key(j, "required");
    jw_arr(j);
    for (const struct shape_row *row = rows; row != NULL && row->name != NULL; row++) {
        if (row->settings != NULL)
            shown_settings(j, row->settings, true);
        else if (!row->maybe)
            jw_str(j, row->name);
    }
    jw_arr_end(j);
    jw_key(j, "properties");
    jw_obj(j);
    for (const struct shape_row *row = rows; row != NULL && row->name != NULL; row++) {
        if (row->settings != NULL)
            shown_settings(j, row->settings, false);
        else
            row_write(j, row);
    }
    jw_obj_end(j);
    jw_obj_end(j);
}

void schema_answer(struct jw *j, const struct verb *verb)
{
    rows_write(j, verb->answer, verb->open);
}

/* all of them */

static void name_of(struct buf *b, const char *who, const struct verb *verb, const char *what)
{
    buf_addf(b, "%s.%s%s", who, verb->word, what);
}

void schema_ref(struct jw *j, const char *who, const struct verb *verb, const char *what)
{
    struct buf b = {0};

    buf_add_str(&b, "#/components/schemas/");
    name_of(&b, who, verb, what);
    jw_obj(j);
    jw_k_span(j, "$ref", buf_span(&b));
    jw_obj_end(j);
    buf_fini(&b);
}

static void verb_schemas(struct jw *j, const char *who, const struct verb *verb)
{
    struct buf name = {0};

    name_of(&name, who, verb, "");
    jw_key(j, name.p);
    schema_fields(j, verb, verb->word, NULL);
    if (!verb->silent) {
        buf_add_str(&name, ".answer");
        jw_key(j, name.p);
        schema_answer(j, verb);
    }
    buf_fini(&name);
}

void schemas_write(struct jw *j)
{
    static const struct {
        unsigned as;
        const char *who;
    } senders[] = {{AS_VISITOR, "visitor"}, {AS_AGENT, "agent"}, {AS_CONTROL, "operator"}};
    size_t n;
    const struct shape *const *shapes = shapes_all(&n);
    const struct verb *verb;

    jw_obj(j);
    for (size_t i = 0; i < n; i++) {
        jw_key(j, shapes[i]->name);
        rows_write(j, shapes[i]->rows, shapes[i]->open);
    }
    for (size_t i = 0; i < COUNT_OF(senders); i++)
        for (size_t at = 0; (verb = verb_next(&at)) != NULL;)
            if ((verb->as & senders[i].as) != 0)
                verb_schemas(j, senders[i].who, verb);
    jw_obj_end(j);
}
