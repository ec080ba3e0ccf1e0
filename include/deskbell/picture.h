/*
 * Pictures that people send, checked and made anew: whatever came goes through a decoder and is
 * drawn as one square, so that nothing of the file itself is ever given to anybody else.
 */
#ifndef DESKBELL_PICTURE_H
#define DESKBELL_PICTURE_H

#include "deskbell/refusal.h"
#include "deskbell/span.h"

#define PICTURE_SIDE 256      /* pixels, of what is made */
#define PICTURE_SIDE_MAX 4096 /* of what comes */
#define PICTURE_SIDE_MIN 16   /* likewise: below, nobody is to be seen */
#define PICTURE_SCANS_MAX 64  /* of a progressive JPEG: each costs as much as a whole one */
#define PICTURE_TYPE "image/webp"

/*
 * A PNG, JPEG or WebP into a WebP of PICTURE_SIDE squared, appended to out: its middle, turned as
 * the camera held it.  Names, dates, places and whatever else stood in the file are left behind.
 *
 * Told by the bytes alone.  What is refused is looked at before memory is taken for the pixels:
 * ERR_INVAL with picture-kind (none of the three), picture-moves (more than one frame),
 * picture-small, picture-more (something follows its end), picture-broken (cut off, or it cannot be
 * decoded); ERR_TOOBIG with picture-pixels.  out is as it was then.
 *
 * field   what the fault names.
 *
 * Off the event loop: up to a quarter of a second of CPU and 64 MiB (a PNG of PICTURE_SIDE_MAX
 * squared), some 10 ms for a usual one.  Any thread.
 */
err_t picture_make(struct span in, const char *field, struct buf *out, struct fault *f) MUST_CHECK;

#endif
