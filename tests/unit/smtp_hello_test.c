/* By which name the server is greeted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "deskbell/host.h"
#include "hello.h"

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage own = {.ss_family = AF_UNIX};
    struct sockaddr_in *in = (struct sockaddr_in *)&own;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&own;

    if (text != NULL && inet_pton(AF_INET, text, &in->sin_addr) == 1)
        own.ss_family = AF_INET;
    else if (text != NULL && inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
        own.ss_family = AF_INET6;
    return own;
}

static void a_full_name_goes_before_an_address(void **state)
{
    static const struct {
        const char *name, *canonical, *own, *hello;
    } rows[] = {
        {"chat.example.org", "", "192.0.2.7", "chat.example.org"},
        {"chat.example.org", "other.example.org", "192.0.2.7", "chat.example.org"},
        {"chat", "chat.example.org", "192.0.2.7", "chat.example.org"},
        {"chat", "chat", "192.0.2.7", "[192.0.2.7]"},
        {"chat", "", "2001:db8::7", "[IPv6:2001:db8::7]"},
        {"chat", "", "::ffff:192.0.2.7", "[192.0.2.7]"},
        {"", "", "127.0.0.1", "[127.0.0.1]"},
        {"chat", "localhost.localdomain", "192.0.2.7", "[192.0.2.7]"},
        {"LOCALHOST.localdomain", "", "::1", "[IPv6:::1]"},
        {"192.0.2.9", "192.0.2.9", "192.0.2.7", "[192.0.2.7]"},
        {"my_machine.example.org", "", "192.0.2.7", "[192.0.2.7]"},
        {"chat.example.org.", "", "192.0.2.7", "[192.0.2.7]"},
        {"a.example\r\nMAIL", "", "192.0.2.7", "[192.0.2.7]"},
        {"chat", "", NULL, "[127.0.0.1]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sockaddr_storage own = address_of(rows[i].own);
        struct buf out = {0};

        hello_pick(span_of(rows[i].name), span_of(rows[i].canonical), &own, &out);
        assert_string_equal(out.p, rows[i].hello);
        buf_fini(&out);
    }
}

static void whatever_this_machine_is_called_it_has_a_greeting(void **state)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct buf out = {0};

    (void)state;
    hello_find(fd, &out);
    assert_true(host_is_greeting(buf_span(&out)));
    close(fd);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_name_goes_before_an_address),
        cmocka_unit_test(whatever_this_machine_is_called_it_has_a_greeting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
