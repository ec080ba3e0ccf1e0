/* The composed message: strict about its bytes, and read back by another parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gmime/gmime.h>

#include "deskbell/compose.h"

#define T0 INT64_C(1795413840000) /* Mon, 23 Nov 2026 06:04:00 UTC */

static struct mail_content sample(void)
{
    return (struct mail_content){
        .from_name = SPAN_LIT("営業部"),
        .from = SPAN_LIT("sales@example.com"),
        .to = SPAN_LIT("a@example.com, b@example.com"),
        .cc = SPAN_LIT("c@example.com"),
        .subject = SPAN_LIT("チャット記録 42：山田 花子様"),
        .text = SPAN_LIT("こんにちは\n. 一つ目\n"),
        .html = SPAN_LIT("<p>こんにちは</p>\n"),
        .language = SPAN_LIT("ja"),
        .date_ms = T0,
        .offset_ms = 9 * 3600 * 1000,
        .message_id = SPAN_LIT("<42.1@example.com>"),
        .in_reply_to = SPAN_LIT("<c42@example.com>"),
        .references = SPAN_LIT("<c42@example.com>"),
        .automatic = true,
    };
}

/* What every mail's bytes must be like, whatever is in it. */
static void assert_strict(struct span s)
{
    size_t line = 0, run = 0;
    bool head = true, after_cr = false;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];

        assert_true(c != 0 && c < 0x7f && (c >= ' ' || c == '\r' || c == '\n' || c == '\t'));
        assert_int_equal(c == '\n', after_cr); /* LF after each CR and nowhere else */
        after_cr = c == '\r';
        if (c == '\n') {
            if (line == 0)
                head = false;
            line = run = 0;
        } else if (c != '\r') {
            line++;
            run = c == ' ' ? 0 : run + 1;
            assert_in_range(line, 1, 998);
            if (head && run > 75 && memchr(s.p + i + 1 - run, '?', run) != NULL)
                fail_msg("an encoded word over 75 characters");
        }
    }
    assert_false(head);
}

static GMimeMessage *compose_and_parse(const struct mail_content *m, struct buf *bytes)
{
    struct fault f = {0};

    if (compose_message(m, bytes, &f) != ERR_OK)
        fail_msg("%s: %s", f.field, f.what);
    assert_strict(buf_span(bytes));

    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes->p, bytes->len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

    assert_non_null(message);
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

static char *part_text(GMimeMessage *message, int which)
{
    GMimeObject *body = g_mime_message_get_mime_part(message);
    GMimeObject *part =
        GMIME_IS_MULTIPART(body) ? g_mime_multipart_get_part(GMIME_MULTIPART(body), which) : body;

    assert_true(GMIME_IS_TEXT_PART(part));
    return g_mime_text_part_get_text(GMIME_TEXT_PART(part));
}

static void a_japanese_mail_reads_back_as_it_was(void **state)
{
    struct mail_content m = sample();
    struct buf bytes = {0};
    GMimeMessage *message = compose_and_parse(&m, &bytes);
    char *text = part_text(message, 0), *html = part_text(message, 1);

    (void)state;
    assert_string_equal(g_mime_message_get_subject(message), "チャット記録 42：山田 花子様");
    InternetAddressList *from = g_mime_message_get_from(message);
    InternetAddress *sender = internet_address_list_get_address(from, 0);
    assert_string_equal(internet_address_get_name(sender), "営業部");
    assert_string_equal(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(sender)),
                        "sales@example.com");
    assert_int_equal(internet_address_list_length(g_mime_message_get_to(message)), 2);
    assert_int_equal(internet_address_list_length(g_mime_message_get_cc(message)), 1);
    assert_string_equal(g_mime_message_get_message_id(message), "42.1@example.com");
    assert_string_equal(text, "こんにちは\r\n. 一つ目\r\n");
    assert_string_equal(html, "<p>こんにちは</p>\r\n");
    assert_non_null(strstr(bytes.p, "\r\nDate: Mon, 23 Nov 2026 15:04:00 +0900\r\n"));
    assert_non_null(strstr(bytes.p, "\r\nAuto-Submitted: auto-generated\r\n"));
    assert_non_null(strstr(bytes.p, "\r\nReferences: <c42@example.com>\r\n"));
    assert_non_null(strstr(bytes.p, "multipart/alternative"));
    g_free(text);
    g_free(html);
    g_object_unref(message);
    buf_fini(&bytes);
}

static void subjects_of_every_kind_come_back(void **state)
{
    static const char *const rows[] = {
        "plain",
        "a plain subject that is rather long and has to be folded somewhere, because it is long",
        "=?UTF-8?B?44GC?= is what I typed",
        "日本語の長い件名は、途中に空白がないので、どこかで必ず分けられなければならない。そうでしょ"
        "う",
        "emoji 👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦 and "
        "العربية",
        "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "0",
        "quote \" backslash \\ <angle> (paren), comma; semi:",
        "é",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mail_content m = sample();
        struct buf bytes = {0};

        print_message("  %s\n", rows[i]);
        m.subject = m.from_name = m.to_name = span_of(rows[i]);
        m.to = SPAN_LIT("a@example.com");
        GMimeMessage *message = compose_and_parse(&m, &bytes);
        assert_string_equal(g_mime_message_get_subject(message), rows[i]);
        InternetAddressList *from = g_mime_message_get_from(message);
        assert_int_equal(internet_address_list_length(from), 1);
        assert_string_equal(internet_address_get_name(internet_address_list_get_address(from, 0)),
                            rows[i]);
        g_object_unref(message);
        buf_fini(&bytes);
    }
}

static void nothing_in_a_name_becomes_a_header(void **state)
{
    static const char *const rows[] = {
        "x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com\n\nbody",
        "x\r\n\r\n--boundary",        "x\" <evil@example.com>, \"y",
        "x\x01\x1b[31m\x7f",          "日本\r\nBcc: evil@example.com",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mail_content m = sample();
        struct buf bytes = {0};

        m.subject = m.from_name = m.to_name = span_of(rows[i]);
        m.to = SPAN_LIT("a@example.com");
        GMimeMessage *message = compose_and_parse(&m, &bytes);
        assert_null(strstr(bytes.p, "\nBcc:"));
        assert_null(g_mime_message_get_bcc(message)
                        ? internet_address_list_get_address(g_mime_message_get_bcc(message), 0)
                        : NULL);
        assert_int_equal(internet_address_list_length(g_mime_message_get_from(message)), 1);
        assert_int_equal(internet_address_list_length(g_mime_message_get_to(message)), 1);
        g_object_unref(message);
        buf_fini(&bytes);
    }
}

static void bodies_of_every_kind_come_back_in_seven_bits(void **state)
{
    char *word = g_strnfill(100 * 1024, 'x'), *dots = g_strdup(".\n..\n.\r\n-- \nend \n");
    const struct {
        const char *what, *text, *back, *encoding;
    } rows[] = {
        {"ASCII", "hello\nworld\n", "hello\r\nworld\r\n", "7bit"},
        {"dots and trailing blanks", dots, ".\r\n..\r\n.\r\n-- \r\nend \r\n", "7bit"},
        {"From at a line's start", "a\nFrom here\n", "a\r\nFrom here\r\n", "base64"},
        {"From elsewhere", " From here\nFromage\n", " From here\r\nFromage\r\n", "7bit"},
        {"a lone CR is a line end", "a\rb\n", "a\r\nb\r\n", "7bit"},
        {"one accent", "a very long plain sentence, and then caf\xc3\xa9 \nx", NULL,
         "quoted-printable"},
        {"Japanese", "こんにちは", "こんにちは", "base64"},
        {"a word of 100 KB", word, NULL, "quoted-printable"},
        {"controls", "\x1b[0m a longer text around it, so that it is mostly plain\n", NULL,
         "quoted-printable"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mail_content m = sample();
        struct buf bytes = {0};

        print_message("  %s\n", rows[i].what);
        m.text = span_of(rows[i].text);
        m.html = SPAN_NONE;
        GMimeMessage *message = compose_and_parse(&m, &bytes);
        GMimePart *part = GMIME_PART(g_mime_message_get_mime_part(message));
        const char *got = g_mime_content_encoding_to_string(g_mime_part_get_content_encoding(part));
        char *text = part_text(message, 0);

        assert_string_equal(got, rows[i].encoding);
        if (rows[i].back != NULL)
            assert_string_equal(text, rows[i].back);
        g_free(text);
        g_object_unref(message);
        buf_fini(&bytes);
    }
    g_free(word);
    g_free(dots);
}

static void reply_goes_where_it_is_said_and_else_to_the_sender(void **state)
{
    struct mail_content m = sample();
    struct buf bytes = {0};

    (void)state;
    assert_int_equal(compose_message(&m, &bytes, NULL), ERR_OK);
    assert_null(strstr(bytes.p, "\nReply-To:"));
    buf_reset(&bytes);
    m.reply_to = SPAN_LIT("\"a..b\"@docomo.ne.jp");
    assert_int_equal(compose_message(&m, &bytes, NULL), ERR_OK);
    assert_non_null(strstr(bytes.p, "\r\nReply-To: \"a..b\"@docomo.ne.jp\r\n"));
    buf_fini(&bytes);
}

static void what_cannot_be_a_mail_is_refused_by_field(void **state)
{
    static const struct {
        size_t offset;
        const char *value, *field;
    } rows[] = {
        {offsetof(struct mail_content, from), "a@b\r\nBcc: c@d", "from"},
        {offsetof(struct mail_content, from), "", "from"},
        {offsetof(struct mail_content, from), "a@例え.jp", "from"},
        {offsetof(struct mail_content, to), "", "to"},
        {offsetof(struct mail_content, to), "a@example.com, b c@example.com", "to"},
        {offsetof(struct mail_content, cc), "<c@example.com>", "cc"},
        {offsetof(struct mail_content, reply_to), "v@example.com, w@example.com", "reply_to"},
        {offsetof(struct mail_content, reply_to), "v@b\r\nBcc: c@d", "reply_to"},
        {offsetof(struct mail_content, reply_to), "a..b@example.com", "reply_to"},
        {offsetof(struct mail_content, text), "", "text"},
        {offsetof(struct mail_content, text), "\xff", "text"},
        {offsetof(struct mail_content, html), "\xed\xa0\x80", "html"},
        {offsetof(struct mail_content, subject), "\xc0\xaf", "subject"},
        {offsetof(struct mail_content, message_id), "", "message_id"},
        {offsetof(struct mail_content, message_id), "<a@b>\r\nX: y", "message_id"},
        {offsetof(struct mail_content, message_id), "<ab>", "message_id"},
        {offsetof(struct mail_content, references), "<a@b> <c", "references"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mail_content m = sample();
        struct buf bytes = {0};
        struct fault f = {0};

        print_message("  %s\n", rows[i].field);
        *(struct span *)((char *)&m + rows[i].offset) = span_of(rows[i].value);
        assert_int_equal(compose_message(&m, &bytes, &f), ERR_INVAL);
        assert_string_equal(f.field, rows[i].field);
        assert_true(f.what[0] != '\0');
        assert_int_equal(bytes.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_japanese_mail_reads_back_as_it_was),
        cmocka_unit_test(subjects_of_every_kind_come_back),
        cmocka_unit_test(nothing_in_a_name_becomes_a_header),
        cmocka_unit_test(bodies_of_every_kind_come_back_in_seven_bits),
        cmocka_unit_test(reply_goes_where_it_is_said_and_else_to_the_sender),
        cmocka_unit_test(what_cannot_be_a_mail_is_refused_by_field),
    };

    return cmocka_run_group_tests_name("compose_message", tests, NULL, NULL);
}
