/*
 * The message: checked, given to GMime as finished headers and plain parts, and written out with
 * CR LF.  Header values are made in header.c.
 */
#include <gmime/gmime.h>

#include "compose_int.h"
#include "deskbell/mailbox.h"

#define LINE_MAX_BYTES 900 /* a 7-bit body's line; RFC 5321 allows 998 */

/* checks */

static err_t check_address(struct span addr, const char *field, struct fault *f)
{
    err_t err = mailbox_check_wire(addr, f);

    if (err != ERR_OK && f != NULL)
        snprintf(f->field, sizeof(f->field), "%s", field);
    return err;
}

static err_t check_list(struct span list, const char *field, struct fault *f)
{
    struct span addr;
    err_t err = ERR_OK;

    while (err == ERR_OK && mailbox_list_next(&list, &addr))
        err = check_address(addr, field, f);
    return err;
}

/* One or more of "<…@…>" between single blanks, nothing that could end the header. */
static bool ids_are_good(struct span ids)
{
    bool inside = false, at = false;

    for (size_t i = 0; i < ids.len; i++) {
        char c = ids.p[i];

        if (c == '<' && !inside) {
            inside = true;
            at = false;
        } else if (c == '>' && inside && at) {
            inside = false;
        } else if (c == ' ' && !inside) {
            continue;
        } else if (!inside || c <= ' ' || c >= 0x7f || c == '<' || c == '>') {
            return false;
        }
        at = at || c == '@';
    }
    return !inside;
}

static err_t check_content(const struct mail_content *m, struct fault *f)
{
    const struct {
        const char *field;
        struct span s;
    } texts[] = {{"from_name", m->from_name},
                 {"to_name", m->to_name},
                 {"subject", m->subject},
                 {"text", m->text},
                 {"html", m->html}};
    err_t err;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!span_is_utf8(texts[i].s))
            return fault_set(f, ERR_INVAL, texts[i].field, "this is not UTF-8");
    if (m->text.len > COMPOSE_MAX_BYTES / 4 || m->html.len > COMPOSE_MAX_BYTES / 4)
        return fault_set(f, ERR_TOOBIG, "text", "a part has at most %u bytes",
                         COMPOSE_MAX_BYTES / 4);
    if (m->text.len == 0 || m->to.len == 0)
        return fault_set(f, ERR_INVAL, m->to.len == 0 ? "to" : "text", "this may not be empty");
    if (m->message_id.len == 0 || !ids_are_good(m->message_id))
        return fault_set(f, ERR_INVAL, "message_id", "this is not an id");
    if (!ids_are_good(m->in_reply_to) || !ids_are_good(m->references))
        return fault_set(f, ERR_INVAL, "references", "this is not a list of ids");
    if ((err = check_address(m->from, "from", f)) != ERR_OK)
        return err;
    if (m->reply_to.len > 0 && (err = check_address(m->reply_to, "reply_to", f)) != ERR_OK)
        return err;
    if ((err = check_list(m->to, "to", f)) != ERR_OK)
        return err;
    return check_list(m->cc, "cc", f);
}

/* headers */

/* Give GMime a finished value, and empty it for the next. */
static void set_raw(GMimeObject *object, const char *name, struct buf *value)
{
    ensure(!value->full);
    g_mime_object_set_header(object, name, "x", NULL);
    GMimeHeader *header =
        g_mime_header_list_get_header(g_mime_object_get_header_list(object), name);
    ensure(header != NULL);
    g_mime_header_set_raw_value(header, value->p);
    buf_reset(value);
}

static void set_headers(GMimeObject *object, const struct mail_content *m)
{
    struct buf v = {0};
    struct span rest = m->to, only;

    header_mailbox(&v, 4, m->from_name, m->from);
    set_raw(object, "From", &v);
    if (m->reply_to.len > 0) {
        header_mailbox(&v, 8, SPAN_NONE, m->reply_to);
        set_raw(object, "Reply-To", &v);
    }
    if (mailbox_list_next(&rest, &only) && rest.len == 0)
        header_mailbox(&v, 2, m->to_name, only);
    else
        header_mailboxes(&v, 2, m->to);
    set_raw(object, "To", &v);
    if (m->cc.len > 0) {
        header_mailboxes(&v, 2, m->cc);
        set_raw(object, "Cc", &v);
    }
    header_text(&v, 7, m->subject);
    set_raw(object, "Subject", &v);
    header_date(&v, m->date_ms, m->offset_ms);
    set_raw(object, "Date", &v);
    header_ids(&v, 10, m->message_id);
    set_raw(object, "Message-ID", &v);
    if (m->in_reply_to.len > 0) {
        header_ids(&v, 11, m->in_reply_to);
        set_raw(object, "In-Reply-To", &v);
    }
    if (m->references.len > 0) {
        header_ids(&v, 10, m->references);
        set_raw(object, "References", &v);
    }
    if (m->automatic) {
        buf_add_str(&v, " auto-generated\n");
        set_raw(object, "Auto-Submitted", &v);
    }
    if (m->language.len > 0) {
        header_text(&v, 16, m->language);
        set_raw(object, "Content-Language", &v);
    }
    buf_fini(&v);
}

/* parts */

/* Mailboxes that are one file of mails would put a ">" before it (RFC 2049 section 3). */
static bool has_from_line(struct span s)
{
    static const char from[] = "From ";
    const size_t len = sizeof(from) - 1;

    for (size_t i = 0; i + len <= s.len; i++)
        if ((i == 0 || s.p[i - 1] == '\n') && memcmp(s.p + i, from, len) == 0)
            return true;
    return false;
}

/* How a text travels in 7 bits: as it is, quoted where most is ASCII, otherwise base64. */
static GMimeContentEncoding text_encoding(struct span s)
{
    size_t high = 0, line = 0, longest = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];

        high += c >= 0x80 || (c < ' ' && c != '\n' && c != '\t');
        line = c == '\n' ? 0 : line + 1;
        if (line > longest)
            longest = line;
    }
    if (has_from_line(s))
        return GMIME_CONTENT_ENCODING_BASE64;
    if (high == 0 && longest <= LINE_MAX_BYTES)
        return GMIME_CONTENT_ENCODING_7BIT;
    return high < s.len / 6 ? GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE
                            : GMIME_CONTENT_ENCODING_BASE64;
}

static void add_lines(struct buf *out, struct span s, const char *line_end)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '\r' && i + 1 < s.len && s.p[i + 1] == '\n')
            continue;
        if (s.p[i] == '\n' || s.p[i] == '\r')
            buf_add_str(out, line_end);
        else
            buf_add_char(out, s.p[i]);
    }
}

static GMimePart *part_new(const char *subtype, struct span text)
{
    struct buf lines = {0};

    add_lines(&lines, text, "\n");
    GMimeContentEncoding encoding = text_encoding(buf_span(&lines));
    if (encoding == GMIME_CONTENT_ENCODING_BASE64) {
        /* Base64 hides the line ends from the pass over the whole message: CR LF goes in here. */
        buf_reset(&lines);
        add_lines(&lines, text, "\r\n");
    }

    GMimePart *part = g_mime_part_new_with_type("text", subtype);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(lines.p, lines.len);
    GMimeDataWrapper *content =
        g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, encoding);
    g_object_unref(content);
    g_object_unref(stream);
    buf_fini(&lines);
    return part;
}

static GMimeObject *body_new(const struct mail_content *m)
{
    GMimePart *text = part_new("plain", m->text);

    if (m->html.len == 0)
        return GMIME_OBJECT(text);

    GMimePart *html = part_new("html", m->html);
    GMimeMultipart *both = g_mime_multipart_new_with_subtype("alternative");

    g_mime_multipart_add(both, GMIME_OBJECT(text));
    g_mime_multipart_add(both, GMIME_OBJECT(html));
    g_object_unref(text);
    g_object_unref(html);
    return GMIME_OBJECT(both);
}

err_t compose_message(const struct mail_content *m, struct buf *out, struct fault *f)
{
    static bool started;
    err_t err = check_content(m, f);

    if (err != ERR_OK)
        return err;
    if (!started) {
        g_mime_init();
        started = true;
    }

    GMimeMessage *message = g_mime_message_new(FALSE);
    GMimeObject *body = body_new(m);
    GMimeStream *stream = g_mime_stream_mem_new();
    struct buf bytes = {.limit_bytes = COMPOSE_MAX_BYTES};

    set_headers(GMIME_OBJECT(message), m);
    g_mime_message_set_mime_part(message, body);
    ensure(g_mime_object_write_to_stream(GMIME_OBJECT(message), NULL, stream) >= 0);
    GByteArray *written = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    add_lines(&bytes, (struct span){(const char *)written->data, written->len}, "\r\n");
    if (bytes.full) {
        err = fault_set(f, ERR_TOOBIG, "text", "a mail has at most %u bytes", COMPOSE_MAX_BYTES);
    } else {
        buf_add_span(out, buf_span(&bytes));
    }
    buf_fini(&bytes);
    g_object_unref(stream);
    g_object_unref(body);
    g_object_unref(message);
    return err;
}
