/* See picture_help.h: PNG and WebP by their simple ways, JPEG by hand for what is tried on it. */
#include "picture_help.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <zlib.h>

#define PNG_HEAD_BYTES 33

static uint8_t *pixels(uint32_t width, uint32_t height)
{
    static const uint8_t colours[4][4] = {
        {255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}};
    uint8_t *p = xmalloc((size_t)width * height * 4);

    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            memcpy(p + ((size_t)y * width + x) * 4,
                   colours[(y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0)], 4);
    return p;
}

void picture_png(struct buf *out, uint32_t width, uint32_t height)
{
    uint8_t *p = pixels(width, height);

    picture_png_of(out, width, height, p);
    free(p);
}

void picture_png_of(struct buf *out, uint32_t width, uint32_t height, const uint8_t *p)
{
    png_image png = {.version = PNG_IMAGE_VERSION, .width = width, .height = height};
    png_alloc_size_t len = 0;
    char *bytes;

    png.format = PNG_FORMAT_RGBA;
    ensure(png_image_write_to_memory(&png, NULL, &len, 0, p, 0, NULL));
    bytes = xmalloc(len);
    ensure(png_image_write_to_memory(&png, bytes, &len, 0, p, 0, NULL));
    buf_add(out, bytes, len);
    free(bytes);
}

static void put_be32(uint8_t *out, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(n >> 8 * (3 - i));
}

void png_chunk_put(struct buf *png, const char *type, struct span bytes)
{
    struct buf whole = {0};
    uint8_t number[4];
    uLong sum = crc32(crc32(0, NULL, 0), (const uint8_t *)type, 4);

    sum = bytes.len > 0 ? crc32(sum, (const uint8_t *)bytes.p, (uInt)bytes.len) : sum;
    buf_add(&whole, png->p, PNG_HEAD_BYTES);
    put_be32(number, (uint32_t)bytes.len);
    buf_add(&whole, number, 4);
    buf_add(&whole, type, 4);
    buf_add_span(&whole, bytes);
    put_be32(number, (uint32_t)sum);
    buf_add(&whole, number, 4);
    buf_add(&whole, png->p + PNG_HEAD_BYTES, png->len - PNG_HEAD_BYTES);
    buf_fini(png);
    *png = whole;
}

/* Little-endian: one entry, the orientation. */
static void exif_write(struct jpeg_compress_struct *jpeg, unsigned camera)
{
    uint8_t exif[] = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0";

    exif[24] = (uint8_t)camera;
    jpeg_write_marker(jpeg, JPEG_APP0 + 1, exif, sizeof(exif));
}

void picture_jpeg(struct buf *out, uint32_t width, uint32_t height, unsigned camera, bool waves)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    uint8_t *p = pixels(width, height);
    unsigned char *bytes = NULL;
    unsigned long len = 0;

    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, &len);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = 4;
    jpeg.in_color_space = JCS_EXT_RGBA;
    jpeg_set_defaults(&jpeg);
    if (waves)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    if (camera != 0)
        exif_write(&jpeg, camera);
    while (jpeg.next_scanline < height) {
        JSAMPROW row = p + (size_t)jpeg.next_scanline * width * 4;

        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    buf_add(out, bytes, len);
    free(bytes);
    free(p);
}

void picture_webp(struct buf *out, uint32_t width, uint32_t height)
{
    uint8_t *p = pixels(width, height), *bytes = NULL;
    size_t len = WebPEncodeRGBA(p, (int)width, (int)height, (int)width * 4, 90, &bytes);

    ensure(len > 0);
    buf_add(out, bytes, len);
    WebPFree(bytes);
    free(p);
}

char picture_shows(struct span webp, bool right, bool below)
{
    int width, height;
    uint8_t *p = WebPDecodeRGBA((const uint8_t *)webp.p, webp.len, &width, &height);
    const uint8_t *at;
    char shows = '?';

    if (p == NULL)
        return shows;
    at = p + ((size_t)(below ? height * 3 / 4 : height / 4) * (size_t)width +
              (size_t)(right ? width * 3 / 4 : width / 4)) *
                 4;
    if (at[0] > 200)
        shows = at[1] > 200 && at[2] > 200 ? 'w' : at[1] < 60 && at[2] < 60 ? 'r' : '?';
    else if (at[0] < 60)
        shows = at[1] > 200 && at[2] < 60 ? 'g' : at[1] < 60 && at[2] > 200 ? 'b' : '?';
    WebPFree(p);
    return shows;
}
