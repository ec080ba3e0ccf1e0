/* The template engine: strict when parsing, unable to fail when filling in. */
#include <stdlib.h>

#include "deskbell/mail.h"

#define INDENT_MAX_BYTES 64 /* at the start of the line that a value stands on */

enum op_type { OP_TEXT, OP_VALUE, OP_OPEN, OP_OPEN_NOT, OP_CLOSE };

/* A template is a flat run of these; a section's two ends know each other's index. */
struct op {
    enum op_type type;
    size_t start, len; /* OP_TEXT: of tmpl.text */
    const struct tmpl_name *name;
    size_t other; /* OP_OPEN, OP_OPEN_NOT: index of its OP_CLOSE, and the reverse */
};

struct tmpl {
    char *text;
    size_t len;
    struct op *ops;
    size_t nops, cap;
};

struct parser {
    struct span text;
    size_t at; /* of the tag that is being looked at */
    const struct tmpl_schema *schema;
    struct tmpl *t;
    size_t open[TMPL_DEPTH_MAX]; /* indices of open sections */
    size_t open_at[TMPL_DEPTH_MAX];
    size_t depth;
    struct fault *fault;
};

void tmpl_free(struct tmpl *t)
{
    if (t == NULL)
        return;
    free(t->text);
    free(t->ops);
    free(t);
}

struct span tmpl_text(const struct tmpl *t)
{
    return (struct span){t->text, t->len};
}

static struct op *op_add(struct tmpl *t, enum op_type type)
{
    if (t->nops == t->cap) {
        t->cap = t->cap > 0 ? t->cap * 2 : 32;
        t->ops = xrealloc(t->ops, t->cap * sizeof(*t->ops));
    }
    t->ops[t->nops] = (struct op){.type = type};
    return &t->ops[t->nops++];
}

/* The fault for something at this byte: line and column as an editor shows them. */
static err_t parse_fail(struct parser *p, size_t at, enum refusal why, struct span name)
{
    unsigned line = 1, column = 1;
    struct refusal_value place[REFUSAL_VALUES_MAX + 1] = {OF_INT(0)};
    struct span unused;

    for (size_t i = 0; i < at && i < p->text.len; i++) {
        if (p->text.p[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)p->text.p[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    place[0].i = line;
    place[1] = (struct refusal_value)OF_INT(column);
    if (refusal_value_name(why, 2, &unused))
        place[2] = (struct refusal_value)OF_BYTES(name.p, name.len < 48 ? name.len : 48);
    return fault_refuse_with(p->fault, why == REFUSE_TEMPLATE_DEEP ? ERR_TOOBIG : ERR_INVAL, NULL,
                             why, place);
}

/* A name is found where it stands: everywhere, or inside the list that it belongs to. */
static const struct tmpl_name *name_find(const struct parser *p, struct span word)
{
    for (size_t i = 0; i < p->schema->count; i++) {
        const struct tmpl_name *name = &p->schema->names[i];
        bool here = name->in == NULL;

        for (size_t d = 0; d < p->depth && !here; d++) {
            const struct op *open = &p->t->ops[p->open[d]];

            here = open->type == OP_OPEN && strcmp(open->name->name, name->in) == 0;
        }
        if (here && span_is(word, name->name))
            return name;
    }
    return NULL;
}

static err_t parse_open(struct parser *p, enum op_type type, struct span word)
{
    const struct tmpl_name *name = name_find(p, word);

    if (name == NULL)
        return parse_fail(p, p->at, REFUSE_TEMPLATE_NAME, word);
    /* A list inside itself would cost its length squared, and say nothing new. */
    for (size_t d = 0; d < p->depth; d++)
        if (name->type == TMPL_LIST && p->t->ops[p->open[d]].name == name)
            return parse_fail(p, p->at, REFUSE_TEMPLATE_AGAIN, word);
    if (p->depth == TMPL_DEPTH_MAX)
        return parse_fail(p, p->at, REFUSE_TEMPLATE_DEEP, SPAN_NONE);
    op_add(p->t, type)->name = name;
    p->open[p->depth] = p->t->nops - 1;
    p->open_at[p->depth] = p->at;
    p->depth++;
    return ERR_OK;
}

static err_t parse_close(struct parser *p, struct span word)
{
    if (p->depth == 0)
        return parse_fail(p, p->at, REFUSE_TEMPLATE_UNOPENED, word);

    size_t open = p->open[p->depth - 1];
    if (!span_is(word, p->t->ops[open].name->name))
        return parse_fail(p, p->at, REFUSE_TEMPLATE_CROSSED, word);
    op_add(p->t, OP_CLOSE)->other = open;
    p->t->ops[open].other = p->t->nops - 1;
    p->depth--;
    return ERR_OK;
}

static err_t parse_value(struct parser *p, struct span word)
{
    const struct tmpl_name *name = name_find(p, word);

    if (name == NULL)
        return parse_fail(p, p->at, REFUSE_TEMPLATE_NAME, word);
    if (name->type == TMPL_LIST)
        return parse_fail(p, p->at, REFUSE_TEMPLATE_LIST, word);
    op_add(p->t, OP_VALUE)->name = name;
    return ERR_OK;
}

static void text_add(struct parser *p, size_t start, size_t end)
{
    if (end <= start)
        return;
    struct op *op = op_add(p->t, OP_TEXT);
    op->start = start;
    op->len = end - start;
}

/*
 * Does the tag from `start` to `end` stand alone on its line?  Then the text before it ends at
 * *line_start, and the text after it goes on at *line_end.
 */
static bool tag_is_alone(struct span text, size_t start, size_t end, size_t *line_start,
                         size_t *line_end)
{
    size_t a = start, b = end;

    while (a > 0 && (text.p[a - 1] == ' ' || text.p[a - 1] == '\t'))
        a--;
    while (b < text.len && (text.p[b] == ' ' || text.p[b] == '\t' || text.p[b] == '\r'))
        b++;
    if ((a > 0 && text.p[a - 1] != '\n') || (b < text.len && text.p[b] != '\n'))
        return false;
    *line_start = a;
    *line_end = b < text.len ? b + 1 : b;
    return true;
}

static size_t find_pair(struct span text, size_t from, char c)
{
    for (size_t i = from; i + 1 < text.len; i++)
        if (text.p[i] == c && text.p[i + 1] == c)
            return i;
    return text.len;
}

static err_t parse_all(struct parser *p)
{
    size_t done = 0; /* text up to here is in the ops */

    for (;;) {
        size_t start = find_pair(p->text, done, '{');
        if (start == p->text.len)
            break;
        size_t end = find_pair(p->text, start, '}');

        p->at = start;
        if (end == p->text.len)
            return parse_fail(p, start, REFUSE_TEMPLATE_ENDLESS, SPAN_NONE);

        struct span word = span_trim((struct span){p->text.p + start + 2, end - start - 2});
        char sigil = word.len > 0 ? word.p[0] : '\0';
        bool section = sigil == '#' || sigil == '^' || sigil == '/';
        size_t text_end = start, next = end + 2;

        if (section) {
            word = span_trim((struct span){word.p + 1, word.len - 1});
            (void)tag_is_alone(p->text, start, end + 2, &text_end, &next);
        }
        text_add(p, done, text_end);
        done = next;

        err_t err = sigil == '#'   ? parse_open(p, OP_OPEN, word)
                    : sigil == '^' ? parse_open(p, OP_OPEN_NOT, word)
                    : sigil == '/' ? parse_close(p, word)
                                   : parse_value(p, word);
        if (err != ERR_OK)
            return err;
    }
    text_add(p, done, p->text.len);
    if (p->depth > 0)
        return parse_fail(p, p->open_at[p->depth - 1], REFUSE_TEMPLATE_UNCLOSED,
                          span_of(p->t->ops[p->open[p->depth - 1]].name->name));
    return ERR_OK;
}

/* How many bytes at the front are sound. */
static size_t utf8_len(struct span text)
{
    size_t len = 0;

    while (len < text.len) {
        size_t n = 1;

        while (len + n < text.len && ((unsigned char)text.p[len + n] & 0xc0) == 0x80)
            n++;
        if (!span_is_utf8((struct span){text.p + len, n}))
            break;
        len += n;
    }
    return len;
}

err_t tmpl_parse(struct span text, const struct tmpl_schema *schema, struct tmpl **out,
                 struct fault *f)
{
    if (text.len > TMPL_MAX_BYTES)
        return fault_refuse_with(f, ERR_TOOBIG, NULL, REFUSE_TEMPLATE_LONG,
                                 VALUES(OF_INT(TMPL_MAX_BYTES)));
    text = span_unmarked(text);
    struct tmpl *t = xcalloc(1, sizeof(*t));
    t->text = span_dup(text);
    t->len = text.len;
    struct parser p = {.text = {t->text, text.len}, .schema = schema, .t = t, .fault = f};
    size_t sound = utf8_len(text);

    err_t err =
        sound < text.len ? parse_fail(&p, sound, REFUSE_TEMPLATE_TEXT, SPAN_NONE) : parse_all(&p);
    if (err != ERR_OK) {
        tmpl_free(t);
        return err;
    }
    *out = t;
    return ERR_OK;
}

/* filling in */

struct fill {
    const struct tmpl *t;
    const struct tmpl_values *scopes[TMPL_DEPTH_MAX + 1];
    size_t nscopes;
    enum tmpl_escape escape;
    struct buf *out;
};

/* The innermost value of that name; NULL if none was given. */
static const struct tmpl_value *value_find(const struct fill *fill, const char *name)
{
    for (size_t s = fill->nscopes; s > 0; s--) {
        const struct tmpl_values *scope = fill->scopes[s - 1];

        for (size_t i = 0; i < scope->count; i++)
            if (strcmp(scope->values[i].name, name) == 0)
                return &scope->values[i];
    }
    return NULL;
}

/* How many blanks and marks of quoting the line at the end of `out` begins with. */
static struct span line_indent(const struct buf *out)
{
    size_t start = out->len, n = 0;

    while (start > 0 && out->p[start - 1] != '\n')
        start--;
    while (start + n < out->len && (out->p[start + n] == ' ' || out->p[start + n] == '>'))
        n++;
    return n > 0 ? (struct span){out->p + start, n} : SPAN_NONE;
}

/* `text` has gone through buf_add_text(), here and below. */
static void fill_plain(struct buf *out, struct span text)
{
    char indent[INDENT_MAX_BYTES];
    struct span start = line_indent(out);
    size_t width = start.len < sizeof(indent) ? start.len : sizeof(indent);

    if (width > 0)
        memcpy(indent, start.p, width); /* `out` moves while it grows */
    for (size_t i = 0; i < text.len; i++) {
        buf_add_char(out, text.p[i]);
        if (text.p[i] == '\n')
            buf_add(out, indent, width);
    }
}

static void fill_html(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.p[i]) {
        case '&':
            buf_add_str(out, "&amp;");
            break;
        case '<':
            buf_add_str(out, "&lt;");
            break;
        case '>':
            buf_add_str(out, "&gt;");
            break;
        case '"':
            buf_add_str(out, "&quot;");
            break;
        case '\'':
            buf_add_str(out, "&#39;");
            break;
        case '\n':
            buf_add_str(out, "<br>\n");
            break;
        default:
            buf_add_char(out, text.p[i]);
        }
    }
}

static void fill_value(struct fill *fill, struct span text)
{
    struct buf clean = {0};

    switch (fill->escape) {
    case TMPL_PLAIN:
        buf_add_text(&clean, text);
        fill_plain(fill->out, buf_span(&clean));
        break;
    case TMPL_HTML:
        buf_add_text(&clean, text);
        fill_html(fill->out, buf_span(&clean));
        break;
    case TMPL_SUBJECT:
        buf_add_line(fill->out, text);
        break;
    }
    buf_fini(&clean);
}

static void fill_ops(struct fill *fill, size_t from, size_t to);

/* Recursion is as deep as the template's sections, and those are limited by the parser. */
static void fill_section(struct fill *fill, size_t open)
{
    const struct op *op = &fill->t->ops[open];
    const struct tmpl_value *v = value_find(fill, op->name->name);
    size_t count = v == NULL ? 0 : op->name->type == TMPL_LIST ? v->nitems : v->text.len > 0;

    if (op->type == OP_OPEN_NOT) {
        if (count == 0)
            fill_ops(fill, open + 1, op->other);
        return;
    }
    for (size_t i = 0; i < count && !fill->out->full; i++) {
        bool list = op->name->type == TMPL_LIST;

        if (list)
            fill->scopes[fill->nscopes++] = &v->items[i];
        fill_ops(fill, open + 1, op->other);
        if (list)
            fill->nscopes--;
    }
}

static void fill_ops(struct fill *fill, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct op *op = &fill->t->ops[i];

        if (op->type == OP_TEXT) {
            buf_add(fill->out, fill->t->text + op->start, op->len);
        } else if (op->type == OP_VALUE) {
            const struct tmpl_value *v = value_find(fill, op->name->name);

            if (v != NULL)
                fill_value(fill, v->text);
        } else {
            fill_section(fill, i);
            i = op->other;
        }
    }
}

void tmpl_render(const struct tmpl *t, const struct tmpl_values *values, enum tmpl_escape escape,
                 struct buf *out)
{
    struct fill fill = {.t = t, .scopes = {values}, .nscopes = 1, .escape = escape, .out = out};

    fill_ops(&fill, 0, t->nops);
}
