/* Inside the room of pictures: what each decoder takes and gives. */
#ifndef PICTURE_INT_H
#define PICTURE_INT_H

#include "deskbell/picture.h"

/* Pixels of four bytes, red, green, blue and how much covers; no gaps between rows. */
struct image {
    uint32_t width, height;
    uint8_t *rgba;   /* own */
    unsigned camera; /* how it was held: Exif's orientation, 1 to 8 */
};

/* Who reads: the bytes, and where a refusal goes. */
struct source {
    struct span in;
    const char *field;
    struct fault *f;
};

/* Each by its own first bytes; on success im->rgba is the caller's. */
bool png_is(struct span in);
bool jpeg_is(struct span in);
bool webp_is(struct span in);
err_t png_read(const struct source *s, struct image *im) MUST_CHECK;
err_t jpeg_read(const struct source *s, struct image *im) MUST_CHECK;
err_t webp_read(const struct source *s, struct image *im) MUST_CHECK;

/* Are width and height such as may be decoded?  Before anything is. */
err_t size_check(const struct source *s, uint32_t width, uint32_t height) MUST_CHECK;
err_t picture_refuse(const struct source *s, enum refusal why);

#endif
