/* Which decoder, whether it may be as large, and the square that is made of what it gave. */
#include "picture_int.h"

#include <stdlib.h>
#include <webp/encode.h>

#define QUALITY 82

static const struct {
    bool (*is)(struct span in);
    err_t (*read)(const struct source *s, struct image *im);
} kinds[] = {{png_is, png_read}, {jpeg_is, jpeg_read}, {webp_is, webp_read}};

err_t picture_refuse(const struct source *s, enum refusal why)
{
    return fault_refuse(s->f, ERR_INVAL, s->field, why);
}

err_t size_check(const struct source *s, uint32_t width, uint32_t height)
{
    uint32_t more = width > height ? width : height, less = width > height ? height : width;

    if (more > PICTURE_SIDE_MAX)
        return fault_refuse_with(s->f, ERR_TOOBIG, s->field, REFUSE_PICTURE_PIXELS,
                                 VALUES(OF_INT(PICTURE_SIDE_MAX), OF_INT(more)));
    if (less < PICTURE_SIDE_MIN)
        return fault_refuse_with(s->f, ERR_INVAL, s->field, REFUSE_PICTURE_SMALL,
                                 VALUES(OF_INT(PICTURE_SIDE_MIN), OF_INT(less)));
    return ERR_OK;
}

/*
 * Where a pixel of the upright square stands in the picture as it came: Exif's eight ways are a
 * swap of the axes and a mirror of either.
 */
struct mapping {
    bool swap, mirror_x, mirror_y;
};

static struct mapping mapping_of(unsigned camera)
{
    static const struct mapping ways[] = {
        {false, false, false}, {false, true, false}, {false, true, true}, {false, false, true},
        {true, false, false},  {true, false, true},  {true, true, true},  {true, true, false}};

    return ways[camera - 1];
}

/* The mean of a box of pixels; what is seen through counts for its colour as little as it covers.
 */
static void box_mean(const struct image *im, const uint32_t from[2], const uint32_t to[2],
                     uint8_t *out)
{
    uint64_t sum[3] = {0}, cover = 0, n = 0;

    for (uint32_t y = from[1]; y < to[1]; y++)
        for (uint32_t x = from[0]; x < to[0]; x++, n++) {
            const uint8_t *p = im->rgba + ((size_t)y * im->width + x) * 4;

            for (int i = 0; i < 3; i++)
                sum[i] += (uint64_t)p[i] * p[3];
            cover += p[3];
        }
    for (int i = 0; i < 3; i++)
        out[i] = (uint8_t)(cover > 0 ? (sum[i] + cover / 2) / cover : 0);
    out[3] = (uint8_t)((cover + n / 2) / n);
}

/* The middle of the picture: a box of it for each pixel, at least one pixel wide. */
static void square_draw(const struct image *im, uint8_t *out)
{
    uint32_t side = im->width < im->height ? im->width : im->height;
    uint32_t off[2] = {(im->width - side) / 2, (im->height - side) / 2};
    struct mapping m = mapping_of(im->camera);

    for (uint32_t y = 0; y < PICTURE_SIDE; y++)
        for (uint32_t x = 0; x < PICTURE_SIDE; x++) {
            uint32_t at[2] = {m.swap ? y : x, m.swap ? x : y}, from[2], to[2];

            if (m.mirror_x)
                at[0] = PICTURE_SIDE - 1 - at[0];
            if (m.mirror_y)
                at[1] = PICTURE_SIDE - 1 - at[1];
            for (int i = 0; i < 2; i++) {
                from[i] = off[i] + at[i] * side / PICTURE_SIDE;
                to[i] = off[i] + (at[i] + 1) * side / PICTURE_SIDE;
                to[i] = to[i] > from[i] ? to[i] : from[i] + 1;
            }
            box_mean(im, from, to, out + ((size_t)y * PICTURE_SIDE + x) * 4);
        }
}

err_t picture_make(struct span in, const char *field, struct buf *out, struct fault *f)
{
    const struct source s = {in, field, f};
    struct image im = {0};
    uint8_t *square, *webp = NULL;
    size_t kind = 0, len;
    err_t err;

    while (kind < COUNT_OF(kinds) && !kinds[kind].is(in))
        kind++;
    if (kind == COUNT_OF(kinds))
        return picture_refuse(&s, REFUSE_PICTURE_KIND);
    if ((err = kinds[kind].read(&s, &im)) != ERR_OK)
        return err;
    square = xmalloc((size_t)PICTURE_SIDE * PICTURE_SIDE * 4);
    square_draw(&im, square);
    free(im.rgba);
    len = WebPEncodeRGBA(square, PICTURE_SIDE, PICTURE_SIDE, PICTURE_SIDE * 4, QUALITY, &webp);
    free(square);
    ensure(len > 0); /* it fails where memory does */
    buf_add(out, webp, len);
    WebPFree(webp);
    return ERR_OK;
}
