/* Inside view: what its files share. */
#ifndef VIEW_INT_H
#define VIEW_INT_H

#include "deskbell/limits.h"
#include "deskbell/view.h"

/* manage.c: an agent's departments, with what he does there: a field. */
void members_write(struct jw *j, const struct agent *ag);

/* people.c: the name of an agent's picture: a field, if there is one.  NULL: of nobody. */
void picture_write(struct jw *j, const struct agent *ag);

/* conv.c: a department's name; that of the one by which a visitor came */
const char *view_dept_name(const struct view *v, uint64_t id);
const char *view_entry_name(const struct view *v, const struct conv *cv);

/* mail.c: one address or a normalised list, as people write them: a field. */
void view_addresses(struct jw *j, const char *key, struct span addrs);

/* box.c: where a missed one lies: a field, `box`; and of the record that put it there: fields. */
void view_box(struct jw *j, const struct view *v, const struct conv *cv, unsigned may);
void view_boxed(struct jw *j, const struct rec *rec);
/* Does the reader see the later chat that has answered it? */
bool view_sees(const struct view *v, const struct reader *r, uint64_t conv);

#endif
