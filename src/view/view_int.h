/* Inside view: what its files share. */
#ifndef VIEW_INT_H
#define VIEW_INT_H

#include "deskbell/limits.h"
#include "deskbell/view.h"

/* manage.c: an agent's departments, with what he does there: a field. */
void members_write(struct jw *j, const struct agent *ag);

/* mail.c: one address or a normalised list, as people write them: a field. */
void view_addresses(struct jw *j, const char *key, struct span addrs);

#endif
