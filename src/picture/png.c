/* PNG: its chunks are walked first, for what the library would pass over, and then decoded. */
#include <png.h>
#include <stdlib.h>

#include "picture_int.h"

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define SIGNATURE_BYTES 8
#define CHUNK_BYTES 12 /* length, type, checksum */

bool png_is(struct span in)
{
    return in.len >= SIGNATURE_BYTES && memcmp(in.p, SIGNATURE, SIGNATURE_BYTES) == 0;
}

static uint32_t be32(const char *p)
{
    const uint8_t *u = (const uint8_t *)p;

    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* To its end, where nothing may follow; the size stands in the first chunk. */
static err_t chunks_check(const struct source *s)
{
    struct span rest = {s->in.p + SIGNATURE_BYTES, s->in.len - SIGNATURE_BYTES};
    bool first = true;

    while (rest.len >= CHUNK_BYTES) {
        size_t len = be32(rest.p);
        const char *type = rest.p + 4;
        err_t err = ERR_OK;

        if (len > rest.len - CHUNK_BYTES || first != (memcmp(type, "IHDR", 4) == 0))
            break;
        if (first && len < 8)
            break;
        if (first)
            err = size_check(s, be32(rest.p + 8), be32(rest.p + 12));
        else if (memcmp(type, "acTL", 4) == 0)
            err = picture_refuse(s, REFUSE_PICTURE_MOVES);
        if (err != ERR_OK)
            return err;
        first = false;
        rest.p += CHUNK_BYTES + len;
        rest.len -= CHUNK_BYTES + len;
        if (memcmp(type, "IEND", 4) == 0)
            return rest.len == 0 ? ERR_OK : picture_refuse(s, REFUSE_PICTURE_MORE);
    }
    return picture_refuse(s, REFUSE_PICTURE_BROKEN);
}

err_t png_read(const struct source *s, struct image *im)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    uint8_t *rgba = NULL;
    bool right;
    err_t err = chunks_check(s);

    if (err != ERR_OK)
        return err;
    right = png_image_begin_read_from_memory(&png, s->in.p, s->in.len) != 0;
    if (right) {
        png.format = PNG_FORMAT_RGBA;
        rgba = xmalloc(PNG_IMAGE_SIZE(png));
        right = png_image_finish_read(&png, NULL, rgba, 0, NULL) != 0;
    }
    png_image_free(&png);
    if (!right) {
        free(rgba);
        return picture_refuse(s, REFUSE_PICTURE_BROKEN);
    }
    *im = (struct image){.width = png.width, .height = png.height, .rgba = rgba, .camera = 1};
    return ERR_OK;
}
