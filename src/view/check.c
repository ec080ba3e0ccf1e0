/* What a check of the store has found, as JSON. */
#include "view_int.h"

void view_check_begin(struct jw *j)
{
    jw_obj(j);
    jw_key(j, "findings");
    jw_arr(j);
}

void view_check_finding(struct jw *j, const struct check_finding *f)
{
    jw_obj(j);
    jw_k_str(j, "kind", check_kind_word(f->kind));
    jw_k_str(j, "table", f->table);
    jw_k_str(j, "key", f->key);
    jw_k_foreign(j, "what", f->what);
    jw_k_bool(j, "mendable", f->mendable);
    jw_obj_end(j);
}

void view_check_end(struct jw *j, const struct check_report *r)
{
    jw_arr_end(j);
    jw_k_int(j, "rows", (int64_t)r->rows);
    jw_k_int(j, "records", (int64_t)r->records);
    jw_k_int(j, "found", (int64_t)r->found);
    jw_k_int(j, "mendable", (int64_t)r->mendable);
    jw_k_bool(j, "mended", r->mended);
    jw_obj_end(j);
}
