/* Pictures for tests: four quarters of four colours, written by the libraries that read them. */
#ifndef PICTURE_HELP_H
#define PICTURE_HELP_H

#include <stdint.h>

#include "deskbell/span.h"

/* red, green / blue, white, from the upper left; each appends a whole file. */
void picture_png(struct buf *out, uint32_t width, uint32_t height);
void picture_png_of(struct buf *out, uint32_t width, uint32_t height, const uint8_t *rgba);
void picture_jpeg(struct buf *out, uint32_t width, uint32_t height, unsigned camera, bool waves);
void picture_webp(struct buf *out, uint32_t width, uint32_t height);

/* A chunk of this type and bytes, with its checksum, behind the head of a PNG. */
void png_chunk_put(struct buf *png, const char *type, struct span bytes);

/* What a square shows in the middle of a quarter: 'r', 'g', 'b', 'w', or '?'. */
char picture_shows(struct span webp, bool right, bool below);

#endif
