/* The room's own: what embed.py writes. */
#ifndef DESKBELL_WEB_INT_H
#define DESKBELL_WEB_INT_H

#include "deskbell/web.h"

/* In the order of their paths, as bytes. */
extern const struct web_file web_files[];
extern const size_t web_files_count;

extern const char web_version[];
extern const char web_integrity[];

#endif
