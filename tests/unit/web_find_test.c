/* The table of files: found by exact path, in order, with what a browser needs to know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "deskbell/web.h"

static void every_file_is_found_by_its_path_and_by_nothing_else(void **state)
{
    size_t i = 0;

    (void)state;
    for (const struct web_file *wf; (wf = web_at(i)) != NULL; i++) {
        struct span path = span_of(wf->path);

        assert_ptr_equal(web_find(path), wf);
        assert_ptr_not_equal(web_find((struct span){path.p, path.len - 1}), wf);
        assert_true(path.len > 0 && path.p[0] == '/');
        if (i > 0)
            assert_true(strcmp(web_at(i - 1)->path, wf->path) < 0);
    }
    assert_true(i > 0);
    assert_null(web_find(SPAN_NONE));
    assert_null(web_find(SPAN_LIT("/console/../robots.txt")));
    assert_null(web_find(SPAN_LIT("/zzz")));
}

static void every_file_has_a_type_a_tag_and_a_packed_copy_that_is_smaller(void **state)
{
    (void)state;
    for (size_t i = 0; web_at(i) != NULL; i++) {
        const struct web_file *wf = web_at(i);
        size_t len = strlen(wf->etag);

        assert_non_null(strchr(wf->type, '/'));
        assert_true(len > 10 && wf->etag[0] == '"' && wf->etag[len - 1] == '"');
        assert_true(wf->bytes.len > 0);
        if (wf->gzip.len > 0) {
            assert_true(wf->gzip.len < wf->bytes.len);
            assert_memory_equal(wf->gzip.p, "\x1f\x8b\x08", 3);
        }
    }
}

static void only_pages_get_the_policy_of_pages(void **state)
{
    (void)state;
    for (size_t i = 0; web_at(i) != NULL; i++) {
        const struct web_file *wf = web_at(i);
        bool page = strncmp(wf->type, "text/html", 9) == 0;
        bool demo = strncmp(wf->path, "/demo", 5) == 0;

        assert_int_equal(wf->csp, !page ? WEB_CSP_NOTHING : demo ? WEB_CSP_DEMO : WEB_CSP_PAGE);
        assert_false(page && wf->immutable);
        assert_true(wf->cross_origin == (strncmp(wf->path, "/w/", 3) == 0));
    }
}

static void the_widget_is_served_pinned_and_unpinned_with_its_hash(void **state)
{
    char path[128];
    const struct web_file *pinned, *moving = web_find(SPAN_LIT("/w/deskbell.js"));

    (void)state;
    snprintf(path, sizeof(path), "/w/%s/deskbell.js", web_widget_version());
    pinned = web_find(span_of(path));
    assert_non_null(pinned);
    assert_non_null(moving);
    assert_true(pinned->immutable);
    assert_false(moving->immutable);
    assert_string_equal(pinned->etag, moving->etag);
    assert_int_equal(strlen(web_widget_integrity()), strlen("sha384-") + 64);
    snprintf(path, sizeof(path), "/w/%s/core.ja.js", web_widget_version());
    assert_non_null(web_find(span_of(path)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_found_by_its_path_and_by_nothing_else),
        cmocka_unit_test(every_file_has_a_type_a_tag_and_a_packed_copy_that_is_smaller),
        cmocka_unit_test(only_pages_get_the_policy_of_pages),
        cmocka_unit_test(the_widget_is_served_pinned_and_unpinned_with_its_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
