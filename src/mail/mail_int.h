/* What the files of src/mail share. */
#ifndef MAIL_INT_H
#define MAIL_INT_H

#include "deskbell/mail.h"

/* The templates of etc/mail as they were at build time; see builtin.sh. */
struct builtin_template {
    const char *tongue, *letter, *part, *text;
};
extern const struct builtin_template builtin_templates[];
extern const size_t builtin_template_count;

#endif
