/* The control socket: lines, their limits, and the socket file. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "edge_world.h"

static char dir[64], path[96];

static int folder_make(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/edge-control-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/socket", dir);
    return 0;
}

static int folder_remove(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void control_world(struct world *w)
{
    struct edge_conf conf = {.control_path = path};

    world_start(w, &conf);
}

static void lines_go_both_ways(void **state)
{
    struct world w;
    struct client cl;
    struct stat st;

    (void)state;
    control_world(&w);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_true(client_open_unix(&cl, path));
    client_say(&cl, "{\"a\":1}\n\n{\"b\":2}\r\n{\"c\"");
    world_until(&w, client_has(&cl, "{\"b\":2}\n"));
    assert_true(world_logged(&w, "line {\"a\":1}"));
    assert_true(world_logged(&w, "line {\"b\":2}"));
    client_say(&cl, ":3}\nd\n");
    world_until(&w, client_has(&cl, "{\"c\":3}\nd\n"));
    assert_int_equal(w.nlines, 4);
    w.last = w.lines[0];
    client_close(&cl);
    world_until(&w, world_logged(&w, "gone"));
    world_end(&w);
    assert_int_not_equal(stat(path, &st), 0);
}

static void many_lines_at_once_all_arrive_in_order(void **state)
{
    struct buf in = {0};
    struct world w;
    struct client cl;

    (void)state;
    for (int i = 0; i < 500; i++)
        buf_addf(&in, "%d\n", i);
    control_world(&w);
    assert_true(client_open_unix(&cl, path));
    client_send(&cl, in.p, in.len);
    world_until(&w, client_has(&cl, "\n499\n"));
    assert_true(span_eq(buf_span(&cl.in), buf_span(&in)));
    client_close(&cl);
    buf_fini(&in);
    world_end(&w);
}

static void an_operator_gets_in_when_visitors_have_filled_the_house(void **state)
{
    struct edge_conf conf = {.control_path = path, .conns_max = 2};
    struct client visitors[3], operator;
    struct edge_stats stats;
    struct world w;

    (void)state;
    world_start(&w, &conf);
    for (int i = 0; i < 3; i++) {
        client_open(&visitors[i], &w);
        if (i < 2)
            client_upgrade(&visitors[i], &w, "/ws");
    }
    world_until(&w, (edge_stats(w.edge, &stats), stats.accept_paused));
    assert_true(client_open_unix(&operator, path));
    client_say(&operator, "status\n");
    world_until(&w, client_has(&operator, "status\n"));
    client_close(&operator);
    for (int i = 0; i < 3; i++)
        client_close(&visitors[i]);
    world_end(&w);
}

static void a_line_has_its_limit(void **state)
{
    struct buf in = {0};
    struct world w;
    struct client cl;

    (void)state;
    control_world(&w);
    for (int over = 0; over <= 1; over++) {
        size_t sent = 0;

        buf_reset(&in);
        while (in.len < CONTROL_LINE_MAX_BYTES + (size_t)over)
            buf_add_char(&in, 'x');
        buf_add_char(&in, '\n');
        assert_true(client_open_unix(&cl, path));
        while (sent < in.len && !cl.eof) {
            ssize_t n = send(cl.fd, in.p + sent, in.len - sent, MSG_NOSIGNAL);

            if (n > 0)
                sent += (size_t)n;
            event_base_loop(w.base, EVLOOP_NONBLOCK);
            client_read(&cl);
        }
        world_until(&w, (client_read(&cl), cl.eof || cl.in.len == in.len));
        assert_int_equal(cl.in.len, over ? 0 : in.len);
        client_close(&cl);
    }
    assert_int_equal(w.nlines, 1);
    buf_fini(&in);
    world_end(&w);
}

static void a_socket_file_that_nobody_answers_at_is_replaced(void **state)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    struct world w;
    struct client cl;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    memcpy(sun.sun_path, path, strlen(path) + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
    close(fd);
    control_world(&w);
    assert_true(client_open_unix(&cl, path));
    client_say(&cl, "x\n");
    world_until(&w, client_has(&cl, "x\n"));
    client_close(&cl);
    world_end(&w);
}

static void a_second_gateway_is_refused(void **state)
{
    struct edge_conf conf = {.control_path = path};
    struct edge_handler h;
    struct fault f = {.err = ERR_OK};
    struct edge *second = NULL;
    struct world w;

    (void)state;
    control_world(&w);
    memset(&h, 0xff, sizeof(h));
    assert_int_equal(edge_start(w.base, &conf, &h, &second, &f), ERR_EXISTS);
    assert_non_null(strstr(f.what, path));
    assert_int_equal(access(path, F_OK), 0);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_go_both_ways),
        cmocka_unit_test(many_lines_at_once_all_arrive_in_order),
        cmocka_unit_test(an_operator_gets_in_when_visitors_have_filled_the_house),
        cmocka_unit_test(a_line_has_its_limit),
        cmocka_unit_test(a_socket_file_that_nobody_answers_at_is_replaced),
        cmocka_unit_test(a_second_gateway_is_refused),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
