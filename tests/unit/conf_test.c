/* deskbell.conf: good and bad lines, the defaults, reloads, and the documents against the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "deskbell/conf.h"

static void the_defaults_are_those_of_the_table(void **state)
{
    struct config cfg;
    size_t count;
    const struct conf_option *options = conf_options(&count);

    (void)state;
    assert_int_equal(conf_parse(SPAN_NONE, "f", &cfg, NULL), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        struct buf value = {0};

        conf_value(&cfg, options[i].key, &value);
        print_message("  %s\n", options[i].key);
        if (value.len > 0 && value.p[0] != '/') /* paths are filled in */
            assert_memory_equal(value.p, options[i].fallback, value.len);
        buf_fini(&value);
    }
    assert_int_equal(cfg.nlisten, 1);
    assert_string_equal(cfg.listen[0], "127.0.0.1:8070");
    assert_int_equal(cfg.map_size, (uint64_t)16 << 30);
    assert_int_equal(cfg.log_level, LOG_LVL_INFO);
    assert_true(cfg.dispatcher);
    conf_fini(&cfg);
}

static void every_option_is_whole(void **state)
{
    size_t count;
    const struct conf_option *options = conf_options(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        print_message("  %s\n", options[i].key);
        assert_true(strlen(options[i].help) > 20);
        assert_int_equal(options[i].help[strlen(options[i].help) - 1], '.');
        assert_true(options[i].fallback[0] != '\0');
        assert_true(options[i].range[0] != '\0' && options[i].type != NULL);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(options[i].key, options[k].key);
    }
}

static void values_are_read(void **state)
{
    static const char text[] = "\xef\xbb\xbf# a comment, after a byte order mark\n"
                               "\n"
                               "  listen=  *:80 ,[::1]:8070, 192.0.2.1:0\r\n"
                               "public_url = https://chat.example.org/\n"
                               "trusted_proxies = 127.0.0.1, 10.0.0.0/8\n"
                               "proxy_protocol = yes\n"
                               "state_dir = /srv/d b\n"
                               "map_size = 2G\n"
                               "dispatcher = no\n"
                               "smtp_hello = [IPv6:2001:db8::1]\n"
                               "log_level = trace\n"
                               "portal_name = Caf\xc3\xa9 # 1 = good\n"
                               "portal_lang = ja\n"
                               "portal_zone = Asia/Tokyo"; /* and no LF at the end */
    struct config cfg;

    (void)state;
    assert_int_equal(conf_parse(span_of(text), "f", &cfg, NULL), ERR_OK);
    assert_int_equal(cfg.nlisten, 3);
    assert_string_equal(cfg.listen[0], "*:80");
    assert_string_equal(cfg.listen[1], "[::1]:8070");
    assert_string_equal(cfg.listen[2], "192.0.2.1:0");
    assert_string_equal(cfg.public_url, "https://chat.example.org");
    assert_string_equal(cfg.smtp_hello, "[IPv6:2001:db8::1]");
    assert_int_equal(cfg.ntrusted_proxies, 2);
    assert_int_equal(cfg.trusted_proxies[1].bits, 104);
    assert_true(cfg.proxy_protocol);
    assert_string_equal(cfg.state_dir, "/srv/d b");
    assert_string_equal(cfg.control_socket, "/srv/d b/control.sock");
    assert_int_equal(cfg.map_size, (uint64_t)2 << 30);
    assert_false(cfg.dispatcher);
    assert_int_equal(cfg.log_level, LOG_LVL_TRACE);
    assert_string_equal(cfg.portal_name, "Caf\xc3\xa9 # 1 = good");
    assert_string_equal(cfg.portal_lang, "ja");
    assert_string_equal(cfg.portal_zone, "Asia/Tokyo");
    conf_fini(&cfg);
}

static void wrong_lines_are_refused_with_line_option_and_expectation(void **state)
{
    static const struct {
        struct span text;
        const char *says;
    } rows[] = {
        {SPAN_LIT("listen"), "f:1: expected name = value, not \"listen\""},
        {SPAN_LIT("= 3"), "f:1: there is no such option"},
        {SPAN_LIT("\n\nport = 80"), "f:3: port: there is no such option; do you mean portal_name"},
        {SPAN_LIT("Listen = 127.0.0.1:80"), "f:1: Listen: there is no such option"},
        {SPAN_LIT("map_size = 1G\nmap_size = 1G"), "f:2: map_size: it is set already, in line 1"},
        {SPAN_LIT("listen ="), "f:1: listen: expected addresses with ports"},
        {SPAN_LIT("listen = 8070"), "f:1: listen: expected addresses with ports"},
        {SPAN_LIT("listen = localhost:8070"), "not \"localhost:8070\""},
        {SPAN_LIT("listen = 127.0.0.1:8070,"), "not \"\""},
        {SPAN_LIT("listen = 127.0.0.1:65536"), "not \"127.0.0.1:65536\""},
        {SPAN_LIT("listen = 127.0.0.1:"), "not \"127.0.0.1:\""},
        {SPAN_LIT("listen = ::1:8070"), "not \"::1:8070\""},
        {SPAN_LIT("listen = [127.0.0.1]:8070"), "not \"[127.0.0.1]:8070\""},
        {SPAN_LIT("trusted_proxies = 10.0.0.1/8"), "the prefix is 10.0.0.0/8"},
        {SPAN_LIT("trusted_proxies = 10.0.0.0/8, proxy"), "\"proxy\" is not an IP address"},
        {SPAN_LIT("proxy_protocol = true"), "expected yes or no, not \"true\""},
        {SPAN_LIT("threads = 0"), "expected a number from 1 to 64, not \"0\""},
        {SPAN_LIT("threads = 65"), "expected a number from 1 to 64, not \"65\""},
        {SPAN_LIT("threads = -1"), "expected a number from 1 to 64, not \"-1\""},
        {SPAN_LIT("threads = 2x"), "expected a number from 1 to 64, not \"2x\""},
        {SPAN_LIT("threads = 18446744073709551618"), "expected a number from 1 to 64"},
        {SPAN_LIT("map_size = 63M"), "expected a size from 64M to 16T, not \"63M\""},
        {SPAN_LIT("map_size = 17T"), "expected a size from 64M to 16T, not \"17T\""},
        {SPAN_LIT("map_size = 1g"), "expected a size from 64M to 16T, not \"1g\""},
        {SPAN_LIT("map_size = G"), "expected a size from 64M to 16T, not \"G\""},
        {SPAN_LIT("map_size = 999999999999999T"), "expected a size from 64M to 16T"},
        {SPAN_LIT("log_level = loud"),
         "log_level: expected error, warn, info, debug or trace, not \"loud\""},
        {SPAN_LIT("state_dir = var"), "state_dir: expected an absolute path, not \"var\""},
        {SPAN_LIT("smtp_hello = mail"), "smtp_hello: expected a full name such as"},
        {SPAN_LIT("smtp_hello = 192.0.2.1"), "smtp_hello: expected a full name such as"},
        {SPAN_LIT("strict_transport_days = 1"), "strict_transport_days: it needs a public_url"},
        {SPAN_LIT("strict_transport_days = 1\npublic_url = http://x.example"),
         "strict_transport_days: it needs a public_url"},
        {SPAN_LIT("public_url = https://x.example/desk"), "without a path"},
        {SPAN_LIT("portal_name ="), "portal_name: expected text of 1 to 100 characters"},
        {SPAN_LIT("portal_lang = fr"), "portal_lang: expected en or ja, not \"fr\""},
        {SPAN_LIT("map_size = 1G\0"), "f:1: the line has a control character"},
        {SPAN_LIT("map_size = 1G\rlisten = x"), "f:1: the line has a control character"},
        {SPAN_LIT("portal_name = a\xff"), "f:1: the line has a control character or is not UTF-8"},
        {SPAN_LIT("control_socket = "
                  "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
         "f: control_socket: the path of a socket has at most 107 bytes, this one has 144"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config cfg;
        struct fault f;
        struct buf line = {0};

        print_message("  %s\n", rows[i].says);
        assert_int_not_equal(conf_parse(rows[i].text, "f", &cfg, &f), ERR_OK);
        buf_addf(&line, "%s: %s", f.field, f.what);
        if (strstr(line.p, rows[i].says) == NULL)
            fail_msg("says: %s", line.p);
        buf_fini(&line);
    }
}

static err_t url_set(const char *url, struct config *cfg, struct fault *f)
{
    struct buf text = {0};
    err_t err;

    buf_addf(&text, "public_url = %s", url);
    err = conf_parse(buf_span(&text), "f", cfg, f);
    buf_fini(&text);
    return err;
}

static void a_url_has_a_host_and_perhaps_a_port(void **state)
{
    static const char *const good[] = {
        "https://chat.example.org", "http://localhost:1", "https://192.0.2.1:8443",
        "https://[2001:db8::1]",    "http://[::1]:65535", "https://x.example:443/",
    };
    static const char *const bad[] = {
        "chat.example.org",
        "https://",
        "https://u@x.example",
        "https://x.example/?a",
        "https://x.example:99999",
        "https://x.example:0",
        "https://x.example:",
        "https://x.example:44a",
        "https://:443",
        "https://chat..example",
        "https://-x.example",
        "https://192.0.2.256",
        "https://[192.0.2.1]",
        "https://[::1",
        "https://[::1]443",
        "https://[::1]:0",
        "https:///",
    };
    struct config cfg;
    struct fault f;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(url_set(good[i], &cfg, &f), ERR_OK);
        conf_fini(&cfg);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        print_message("  %s\n", bad[i]);
        assert_int_not_equal(url_set(bad[i], &cfg, &f), ERR_OK);
        assert_non_null(strstr(f.what, "a URL such as"));
    }
}

static void an_overlong_line_is_refused(void **state)
{
    struct buf text = {0};
    struct config cfg;
    struct fault f;

    (void)state;
    buf_add_str(&text, "listen = ");
    for (int i = 0; i < 9000; i++)
        buf_add_char(&text, 'x');
    assert_int_equal(conf_parse(buf_span(&text), "f", &cfg, &f), ERR_INVAL);
    assert_string_equal(f.field, "f:1");
    buf_fini(&text);
}

static void a_file_that_is_not_there_is_an_error_only_if_it_was_named(void **state)
{
    struct config cfg;
    struct fault f;

    (void)state;
    assert_int_equal(conf_load("/nowhere/deskbell.conf", &cfg, &f), ERR_NOTFOUND);
    assert_string_equal(f.field, "/nowhere/deskbell.conf");
    assert_non_null(strstr(f.what, "No such file"));
    assert_int_equal(conf_load("/", &cfg, &f), ERR_IO);
}

static void name_add(void *arg, const char *key)
{
    buf_addf(arg, "%s ", key);
}

static void a_reload_takes_over_what_may_change_and_names_the_rest(void **state)
{
    struct config cfg, fresh;
    struct buf names = {0};

    (void)state;
    assert_int_equal(
        conf_parse(SPAN_LIT("state_dir = /a\nlog_level = warn\nthreads = 3"), "f", &cfg, NULL),
        ERR_OK);
    assert_int_equal(conf_parse(SPAN_LIT("state_dir = /b\nlog_level = debug\nthreads = 3\n"
                                         "trusted_proxies = 10.0.0.0/8\n"
                                         "public_url = http://x.example"),
                                "f", &fresh, NULL),
                     ERR_OK);
    conf_reload(&cfg, &fresh, name_add, &names);
    conf_fini(&fresh);
    assert_string_equal(names.p, "state_dir control_socket ");
    assert_string_equal(cfg.state_dir, "/a");
    assert_int_equal(cfg.log_level, LOG_LVL_DEBUG);
    assert_int_equal(cfg.ntrusted_proxies, 1);
    assert_string_equal(cfg.public_url, "http://x.example");
    conf_fini(&cfg);
    buf_fini(&names);
}

static void a_long_path_keeps_its_end_and_line(void **state)
{
    char path[2 * sizeof(((struct fault *)0)->field)];
    struct config cfg;
    struct fault f;

    (void)state;
    memset(path, 'a', sizeof(path));
    strcpy(path + sizeof(path) - sizeof("/etc/deskbell.conf"), "/etc/deskbell.conf");
    assert_int_equal(conf_parse(SPAN_LIT("\nx"), path, &cfg, &f), ERR_INVAL);
    assert_memory_equal(f.field, "...", 3);
    assert_non_null(strstr(f.field, "/etc/deskbell.conf:2"));
}

/* A file of the source tree; the caller frees. */
static char *source_read(const char *name)
{
    const char *top = getenv("TOP_SRCDIR");
    struct buf path = {0}, text = {0};
    char chunk[4096];
    size_t n;

    buf_addf(&path, "%s/%s", top != NULL ? top : ".", name);
    FILE *file = fopen(path.p, "r");
    if (file == NULL)
        fail_msg("cannot read %s", path.p);
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buf_add(&text, chunk, n);
    fclose(file);
    buf_fini(&path);
    return buf_take(&text);
}

static void sample_and_manual_are_those_of_the_table(void **state)
{
    static const struct {
        const char *name;
        void (*make)(struct buf *out);
    } rows[] = {{"etc/deskbell.conf", conf_sample}, {"src/conf/deskbell.conf.5", conf_manual}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf want = {0};
        char *is = source_read(rows[i].name);

        rows[i].make(&want);
        print_message("  %s (if it differs: make conf-docs)\n", rows[i].name);
        assert_string_equal(is, want.p);
        buf_fini(&want);
        free(is);
    }
}

static void the_sample_with_every_line_in_force_is_the_default(void **state)
{
    char *sample = source_read("etc/deskbell.conf");
    struct config cfg, dflt;
    struct fault f;
    struct buf names = {0};

    (void)state;
    for (char *p = sample; (p = strchr(p, '#')) != NULL; p++)
        if (p[1] >= 'a' && p[1] <= 'z')
            *p = ' ';
    if (conf_parse(span_of(sample), "f", &cfg, &f) != ERR_OK)
        fail_msg("%s: %s", f.field, f.what);
    assert_int_equal(conf_parse(SPAN_NONE, "f", &dflt, NULL), ERR_OK);
    conf_reload(&cfg, &dflt, name_add, &names);
    assert_int_equal(names.len, 0);
    conf_fini(&cfg);
    conf_fini(&dflt);
    buf_fini(&names);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_those_of_the_table),
        cmocka_unit_test(every_option_is_whole),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(wrong_lines_are_refused_with_line_option_and_expectation),
        cmocka_unit_test(a_url_has_a_host_and_perhaps_a_port),
        cmocka_unit_test(an_overlong_line_is_refused),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error_only_if_it_was_named),
        cmocka_unit_test(a_reload_takes_over_what_may_change_and_names_the_rest),
        cmocka_unit_test(a_long_path_keeps_its_end_and_line),
        cmocka_unit_test(sample_and_manual_are_those_of_the_table),
        cmocka_unit_test(the_sample_with_every_line_in_force_is_the_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
