/* What the files of this folder share: where templates stand among the tags of settings. */
#ifndef DESKBELL_SETTINGS_INT_H
#define DESKBELL_SETTINGS_INT_H

#include "core_int.h"

/* Their tags have room for nine languages and as many parts. */
#define TEMPLATE_TAG 2000
#define TEMPLATE_TAGS 100 /* a kind */
#define LANG_TAGS 10      /* a language */

/* What the object has, as a field; false: it has no setting of this tag. */
bool setting_put_kept(enum obj_type type, const void *object, unsigned tag, struct buf *b);

/* The text with this tag; empty where there is none.  all may be NULL.  Borrowed. */
struct span templates_read(const struct templates *all, unsigned tag);
/* Sets it; *all is there while it holds a text. */
void templates_set(struct templates **all, unsigned tag, struct span text);
void templates_free(struct templates *all); /* may be NULL */

/*
 * Keys of the console, as "accept=Alt+KeyB end=": which actions there are is the console's affair.
 * norm: the kept form.  ERR_INVAL with a fault that names the setting.
 */
err_t keys_normalise(const struct setting *st, struct span text, struct buf *norm, struct fault *f);

#endif
