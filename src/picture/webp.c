/* WebP: of a large one no more pixels are made than are needed. */
#include <stdlib.h>
#include <webp/decode.h>

#include "picture_int.h"

#define RIFF_BYTES 12
#define ENOUGH (2 * PICTURE_SIDE) /* of the shorter side: what is drawn is half of it */

bool webp_is(struct span in)
{
    return in.len >= RIFF_BYTES && memcmp(in.p, "RIFF", 4) == 0 && memcmp(in.p + 8, "WEBP", 4) == 0;
}

static uint32_t le32(const char *p)
{
    const uint8_t *u = (const uint8_t *)p;

    return (uint32_t)u[3] << 24 | (uint32_t)u[2] << 16 | (uint32_t)u[1] << 8 | u[0];
}

/* What the head says of its length is all there is. */
static err_t length_check(const struct source *s)
{
    size_t len = le32(s->in.p + 4) + (size_t)8;

    if (s->in.len > len)
        return picture_refuse(s, REFUSE_PICTURE_MORE);
    return s->in.len == len ? ERR_OK : picture_refuse(s, REFUSE_PICTURE_BROKEN);
}

/* Proportions to a pixel; the middle is cut out of it anyway. */
static void scale_choose(WebPDecoderConfig *c)
{
    int width = c->input.width, height = c->input.height;
    int less = width < height ? width : height;

    if (less <= ENOUGH)
        return;
    c->options.use_scaling = 1;
    c->options.scaled_width = (int)((int64_t)width * ENOUGH / less);
    c->options.scaled_height = (int)((int64_t)height * ENOUGH / less);
}

err_t webp_read(const struct source *s, struct image *im)
{
    const uint8_t *bytes = (const uint8_t *)s->in.p;
    WebPDecoderConfig c;
    err_t err = length_check(s);

    if (err != ERR_OK)
        return err;
    if (!WebPInitDecoderConfig(&c) || WebPGetFeatures(bytes, s->in.len, &c.input) != VP8_STATUS_OK)
        return picture_refuse(s, REFUSE_PICTURE_BROKEN);
    if ((err = size_check(s, (uint32_t)c.input.width, (uint32_t)c.input.height)) != ERR_OK)
        return err;
    if (c.input.has_animation)
        return picture_refuse(s, REFUSE_PICTURE_MOVES);
    scale_choose(&c);
    c.output.colorspace = MODE_RGBA;
    if (WebPDecode(bytes, s->in.len, &c) != VP8_STATUS_OK) {
        WebPFreeDecBuffer(&c.output);
        return picture_refuse(s, REFUSE_PICTURE_BROKEN);
    }
    *im = (struct image){
        .width = (uint32_t)c.output.width, .height = (uint32_t)c.output.height, .camera = 1};
    im->rgba = xmalloc((size_t)im->width * im->height * 4);
    for (uint32_t y = 0; y < im->height; y++)
        memcpy(im->rgba + (size_t)y * im->width * 4,
               c.output.u.RGBA.rgba + (size_t)y * (size_t)c.output.u.RGBA.stride,
               (size_t)im->width * 4);
    WebPFreeDecBuffer(&c.output);
    return ERR_OK;
}
