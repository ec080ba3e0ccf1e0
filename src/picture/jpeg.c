/*
 * JPEG: the library makes a smaller picture out of a large one while it decodes.  It reports what
 * it finds wrong by a jump, whose only landing is here.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>
#include <setjmp.h>

#include "picture_int.h"

#define EIGHTHS 8
#define EXIF_HEAD "Exif\0"
#define EXIF_HEAD_BYTES 6
#define TIFF_HEAD_BYTES 8
#define ENTRY_BYTES 12
#define TAG_ORIENTATION 0x0112

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf landing;
    uint8_t *rgba;
};

bool jpeg_is(struct span in)
{
    return in.len >= 3 && memcmp(in.p, "\xff\xd8\xff", 3) == 0;
}

static void on_error(j_common_ptr jpeg)
{
    struct reader *r = jpeg->client_data;

    longjmp(r->landing, 1);
}

/* What the library would mend by guessing: a picture that was cut off. */
static void on_message(j_common_ptr jpeg, int level)
{
    int code = jpeg->err->msg_code;

    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER))
        on_error(jpeg);
}

static void on_progress(j_common_ptr jpeg)
{
    const struct reader *r = jpeg->client_data;

    if (r->jpeg.input_scan_number > PICTURE_SCANS_MAX)
        on_error(jpeg);
}

/* how the camera was held */

static unsigned number(const uint8_t *p, unsigned bytes, bool little)
{
    unsigned n = 0;

    for (unsigned i = 0; i < bytes; i++)
        n |= (unsigned)p[i] << 8 * (little ? i : bytes - 1 - i);
    return n;
}

static unsigned orientation(const uint8_t *tiff, size_t len)
{
    bool little = len >= TIFF_HEAD_BYTES && tiff[0] == 'I';
    size_t at = len >= TIFF_HEAD_BYTES ? number(tiff + 4, 4, little) : len;
    unsigned n = at < len && len - at > 2 ? number(tiff + at, 2, little) : 0;

    for (at += 2; n > 0 && at < len && len - at >= ENTRY_BYTES; n--, at += ENTRY_BYTES) {
        unsigned value = number(tiff + at + 8, 2, little);

        if (number(tiff + at, 2, little) == TAG_ORIENTATION)
            return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}

static unsigned camera_of(const struct jpeg_decompress_struct *jpeg)
{
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m != NULL; m = m->next)
        if (m->data_length > EXIF_HEAD_BYTES && memcmp(m->data, EXIF_HEAD, EXIF_HEAD_BYTES) == 0)
            return orientation(m->data + EXIF_HEAD_BYTES, m->data_length - EXIF_HEAD_BYTES);
    return 1;
}

/* decoding */

static void reader_init(struct reader *r, struct span in)
{
    r->jpeg.err = jpeg_std_error(&r->errors);
    r->jpeg.client_data = r;
    r->errors.error_exit = on_error;
    r->errors.emit_message = on_message;
    jpeg_create_decompress(&r->jpeg);
    r->progress.progress_monitor = on_progress;
    r->jpeg.progress = &r->progress;
    jpeg_mem_src(&r->jpeg, (const unsigned char *)in.p, in.len);
    jpeg_save_markers(&r->jpeg, JPEG_APP0 + 1, 0xffff);
}

/* As few eighths as leave enough to draw from. */
static void scale_choose(struct jpeg_decompress_struct *jpeg)
{
    unsigned less = jpeg->image_width < jpeg->image_height ? jpeg->image_width : jpeg->image_height;

    jpeg->scale_denom = EIGHTHS;
    jpeg->scale_num = 1;
    while (jpeg->scale_num < EIGHTHS && less * jpeg->scale_num / EIGHTHS < PICTURE_SIDE)
        jpeg->scale_num++;
}

static void rows_read(struct reader *r, struct image *im)
{
    jpeg_start_decompress(&r->jpeg);
    im->width = r->jpeg.output_width;
    im->height = r->jpeg.output_height;
    r->rgba = xmalloc((size_t)im->width * im->height * 4);
    while (r->jpeg.output_scanline < im->height) {
        JSAMPROW row = r->rgba + (size_t)r->jpeg.output_scanline * im->width * 4;

        jpeg_read_scanlines(&r->jpeg, &row, 1);
    }
    jpeg_finish_decompress(&r->jpeg);
}

static err_t reader_run(struct reader *r, const struct source *s, struct image *im)
{
    err_t err;

    jpeg_read_header(&r->jpeg, TRUE);
    if ((err = size_check(s, r->jpeg.image_width, r->jpeg.image_height)) != ERR_OK)
        return err;
    r->jpeg.out_color_space = JCS_EXT_RGBA; /* those of print shops cannot be, and are refused */
    scale_choose(&r->jpeg);
    *im = (struct image){.camera = camera_of(&r->jpeg)};
    rows_read(r, im);
    if (r->jpeg.src->bytes_in_buffer > 0)
        return picture_refuse(s, REFUSE_PICTURE_MORE);
    return ERR_OK;
}

err_t jpeg_read(const struct source *s, struct image *im)
{
    struct reader *r = xcalloc(1, sizeof(*r));
    err_t err;

    if (setjmp(r->landing) == 0) {
        reader_init(r, s->in);
        err = reader_run(r, s, im);
    } else {
        err = picture_refuse(s, REFUSE_PICTURE_BROKEN);
    }
    jpeg_destroy_decompress(&r->jpeg);
    if (err == ERR_OK)
        im->rgba = r->rgba;
    else
        free(r->rgba);
    free(r);
    return err;
}
