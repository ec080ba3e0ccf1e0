/* What comes in is checked by its bytes, and what goes out is another file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <webp/decode.h>

#include "deskbell/picture.h"
#include "picture_help.h"

static void assert_square(struct span made, const char *quarters)
{
    int width, height;

    assert_true(WebPGetInfo((const uint8_t *)made.p, made.len, &width, &height));
    assert_int_equal(width, PICTURE_SIDE);
    assert_int_equal(height, PICTURE_SIDE);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(picture_shows(made, i % 2 == 1, i >= 2), quarters[i]);
}

static void assert_makes(struct span in, const char *quarters)
{
    struct buf out = {0};
    struct fault f = {0};

    assert_int_equal(picture_make(in, "picture", &out, &f), ERR_OK);
    assert_square(buf_span(&out), quarters);
    buf_fini(&out);
}

static void assert_refuses(struct span in, err_t err, enum refusal why)
{
    struct buf out = {0};
    struct fault f = {0};

    assert_int_equal(picture_make(in, "picture", &out, &f), err);
    assert_int_equal(f.refusal, why);
    assert_string_equal(f.field, "picture");
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

static void each_kind_becomes_a_square_of_its_middle(void **state)
{
    static const uint32_t sizes[][2] = {{256, 256}, {300, 200},  {200, 301},
                                        {16, 16},   {1500, 700}, {40, 4096}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct buf png = {0}, jpeg = {0}, waves = {0}, webp = {0};

        picture_png(&png, sizes[i][0], sizes[i][1]);
        picture_jpeg(&jpeg, sizes[i][0], sizes[i][1], 0, false);
        picture_jpeg(&waves, sizes[i][0], sizes[i][1], 0, true);
        picture_webp(&webp, sizes[i][0], sizes[i][1]);
        assert_makes(buf_span(&png), "rgbw");
        assert_makes(buf_span(&jpeg), "rgbw");
        assert_makes(buf_span(&waves), "rgbw");
        assert_makes(buf_span(&webp), "rgbw");
        buf_fini(&png);
        buf_fini(&jpeg);
        buf_fini(&waves);
        buf_fini(&webp);
    }
}

/* As Exif 2.3 has them: what stands in the first row and column of the file. */
static void it_is_turned_as_the_camera_was_held(void **state)
{
    static const char *const upright[] = {"rgbw", "grwb", "wbgr", "bwrg",
                                          "rbgw", "brwg", "wgbr", "gwrb"};

    (void)state;
    for (unsigned camera = 1; camera <= 8; camera++) {
        struct buf jpeg = {0};

        picture_jpeg(&jpeg, 320, 200, camera, false);
        assert_makes(buf_span(&jpeg), upright[camera - 1]);
        buf_fini(&jpeg);
    }
}

static void what_stood_in_the_file_stays_behind(void **state)
{
    struct buf png = {0}, jpeg = {0}, out = {0};
    struct fault f;

    (void)state;
    picture_png(&png, 64, 64);
    png_chunk_put(&png, "tEXt", SPAN_LIT("Comment\0<script>alert(1)</script>"));
    assert_int_equal(picture_make(buf_span(&png), "picture", &out, &f), ERR_OK);
    assert_null(memmem(out.p, out.len, "script", 6));
    buf_reset(&out);
    picture_jpeg(&jpeg, 64, 64, 1, false);
    assert_non_null(memmem(jpeg.p, jpeg.len, "Exif", 4));
    assert_int_equal(picture_make(buf_span(&jpeg), "picture", &out, &f), ERR_OK);
    assert_null(memmem(out.p, out.len, "Exif", 4));
    assert_null(memmem(out.p, out.len, "EXIF", 4));
    buf_fini(&png);
    buf_fini(&jpeg);
    buf_fini(&out);
}

static void what_is_seen_through_stays_so(void **state)
{
    static const uint8_t clear[16 * 16 * 4];
    struct buf in = {0}, out = {0};
    WebPBitstreamFeatures features;
    struct fault f;

    (void)state;
    picture_png(&in, 64, 64);
    assert_int_equal(picture_make(buf_span(&in), "picture", &out, &f), ERR_OK);
    assert_int_equal(WebPGetFeatures((const uint8_t *)out.p, out.len, &features), VP8_STATUS_OK);
    assert_false(features.has_alpha);
    buf_reset(&in);
    buf_reset(&out);
    picture_png_of(&in, 16, 16, clear);
    assert_int_equal(picture_make(buf_span(&in), "picture", &out, &f), ERR_OK);
    assert_int_equal(WebPGetFeatures((const uint8_t *)out.p, out.len, &features), VP8_STATUS_OK);
    assert_true(features.has_alpha);
    buf_fini(&in);
    buf_fini(&out);
}

static void none_of_the_three_is_refused(void **state)
{
    static const char *const others[] = {"",
                                         "x",
                                         "GIF89a\x01",
                                         "BM",
                                         "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
                                         "%PDF-1.7",
                                         "\x89PNG\r\n\x1a",
                                         "RIFF\1\1\1\1WAVE",
                                         "\xff\xd8"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_refuses(span_of(others[i]), ERR_INVAL, REFUSE_PICTURE_KIND);
}

static void its_size_is_looked_at_before_its_pixels(void **state)
{
    struct buf b = {0};

    (void)state;
    picture_png(&b, PICTURE_SIDE_MAX + 1, 16);
    assert_refuses(buf_span(&b), ERR_TOOBIG, REFUSE_PICTURE_PIXELS);
    buf_reset(&b);
    picture_jpeg(&b, 16, PICTURE_SIDE_MAX + 1, 0, false);
    assert_refuses(buf_span(&b), ERR_TOOBIG, REFUSE_PICTURE_PIXELS);
    buf_reset(&b);
    picture_webp(&b, PICTURE_SIDE_MAX + 1, 16);
    assert_refuses(buf_span(&b), ERR_TOOBIG, REFUSE_PICTURE_PIXELS);
    buf_reset(&b);
    picture_png(&b, 300, PICTURE_SIDE_MIN - 1);
    assert_refuses(buf_span(&b), ERR_INVAL, REFUSE_PICTURE_SMALL);
    buf_reset(&b);
    picture_png(&b, 64, 64);
    memcpy(b.p + 16, "\x7f\xff\xff\xff\x7f\xff\xff\xff", 8); /* says so, with nothing behind it */
    assert_refuses(buf_span(&b), ERR_TOOBIG, REFUSE_PICTURE_PIXELS);
    buf_fini(&b);
}

static void what_moves_is_refused(void **state)
{
    struct buf png = {0}, webp = {0}, small = {0};
    /* An extended WebP of 64 by 64 that says it moves, and one frame. */
    static const char moving[] = "VP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x3f\0\0"
                                 "ANIM\x06\0\0\0\0\0\0\0\0";
    uint8_t len[4] = {0};

    (void)state;
    picture_png(&png, 64, 64);
    png_chunk_put(&png, "acTL", (struct span){"\0\0\0\1\0\0\0\0", 8});
    assert_refuses(buf_span(&png), ERR_INVAL, REFUSE_PICTURE_MOVES);
    picture_webp(&small, 64, 64);
    buf_add(&webp, "RIFF", 4);
    len[0] = (uint8_t)(sizeof(moving) + 4);
    buf_add(&webp, len, 4);
    buf_add(&webp, "WEBP", 4);
    buf_add(&webp, moving, sizeof(moving));
    assert_refuses(buf_span(&webp), ERR_INVAL, REFUSE_PICTURE_MOVES);
    buf_fini(&png);
    buf_fini(&webp);
    buf_fini(&small);
}

/* Whatever comes first, what another program would find behind it never gets there. */
static void nothing_may_follow_its_end(void **state)
{
    struct buf kinds[3] = {{0}};

    (void)state;
    picture_png(&kinds[0], 64, 64);
    picture_jpeg(&kinds[1], 64, 64, 0, false);
    picture_webp(&kinds[2], 64, 64);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        buf_add_str(&kinds[i], "<script>alert(1)</script>");
        assert_refuses(buf_span(&kinds[i]), ERR_INVAL, REFUSE_PICTURE_MORE);
        buf_fini(&kinds[i]);
    }
}

static void what_is_cut_off_anywhere_is_refused(void **state)
{
    struct buf kinds[4] = {{0}};

    (void)state;
    picture_png(&kinds[0], 64, 64);
    picture_jpeg(&kinds[1], 64, 64, 1, false);
    picture_jpeg(&kinds[2], 64, 64, 0, true);
    picture_webp(&kinds[3], 64, 64);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (size_t len = 13; len < kinds[i].len; len++)
            assert_refuses((struct span){kinds[i].p, len}, ERR_INVAL, REFUSE_PICTURE_BROKEN);
        buf_fini(&kinds[i]);
    }
}

/* Any byte may be another: it is refused, or drawn, and the sanitizers look on. */
static void damage_ends_in_a_refusal_or_a_picture(void **state)
{
    struct buf kinds[3] = {{0}}, out = {0};
    struct fault f;

    (void)state;
    picture_png(&kinds[0], 40, 40);
    picture_jpeg(&kinds[1], 40, 40, 6, true);
    picture_webp(&kinds[2], 40, 40);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (size_t at = 0; at < kinds[i].len; at++) {
            char was = kinds[i].p[at];

            kinds[i].p[at] = (char)(was ^ (1 << at % 8));
            buf_reset(&out);
            if (picture_make(buf_span(&kinds[i]), "picture", &out, &f) != ERR_OK)
                assert_int_equal(out.len, 0);
            else
                assert_true(out.len > 0);
            kinds[i].p[at] = was;
        }
        buf_fini(&kinds[i]);
    }
    buf_fini(&out);
}

/* Progressive ones may have as many passes as they like to say. */
static void a_jpeg_of_too_many_passes_is_refused(void **state)
{
    struct buf jpeg = {0}, many = {0};
    const char *scan, *end;

    (void)state;
    picture_jpeg(&jpeg, 64, 64, 0, true);
    end = jpeg.p + jpeg.len - 2;
    scan = memmem(jpeg.p, jpeg.len, "\xff\xda", 2);
    while (true) { /* the last one: it refines, and may come again */
        const char *next = memmem(scan + 2, (size_t)(end - scan - 2), "\xff\xda", 2);

        if (next == NULL)
            break;
        scan = next;
    }
    buf_add(&many, jpeg.p, (size_t)(end - jpeg.p));
    for (int i = 0; i < 2 * PICTURE_SCANS_MAX; i++)
        buf_add(&many, scan, (size_t)(end - scan));
    buf_add(&many, end, 2);
    assert_refuses(buf_span(&many), ERR_INVAL, REFUSE_PICTURE_BROKEN);
    buf_fini(&jpeg);
    buf_fini(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_becomes_a_square_of_its_middle),
        cmocka_unit_test(it_is_turned_as_the_camera_was_held),
        cmocka_unit_test(what_stood_in_the_file_stays_behind),
        cmocka_unit_test(what_is_seen_through_stays_so),
        cmocka_unit_test(none_of_the_three_is_refused),
        cmocka_unit_test(its_size_is_looked_at_before_its_pixels),
        cmocka_unit_test(what_moves_is_refused),
        cmocka_unit_test(nothing_may_follow_its_end),
        cmocka_unit_test(what_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(damage_ends_in_a_refusal_or_a_picture),
        cmocka_unit_test(a_jpeg_of_too_many_passes_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
