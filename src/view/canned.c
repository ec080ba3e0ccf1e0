/* Canned replies as JSON. */
#include "view_int.h"

const char *view_canned_scope(const struct canned *c)
{
    return c->agent != 0 ? "own" : c->dept != 0 ? "department" : "portal";
}

void view_canned(struct jw *j, const struct view *v, const struct reader *r, const struct canned *c)
{
    unsigned rights = audience_canned(r, c->agent, c->dept);

    jw_obj(j);
    jw_k_id(j, "canned", c->id);
    jw_k_str(j, "scope", view_canned_scope(c));
    jw_k_id(j, "agent", c->agent);
    jw_k_id(j, "department", c->dept);
    jw_k_str(j, "title", c->title);
    jw_k_str(j, "shortcut", c->shortcut);
    jw_k_str(j, "text", c->text);
    jw_k_str(j, "lang", c->lang == LANG_ANY ? "any" : lang_word(c->lang));
    jw_k_int(j, "version", c->version);
    jw_k_id(j, "by", c->by);
    jw_k_str(j, "by_name", core_agent_name(v->core, c->by));
    jw_k_int(j, "changed_ms", c->changed_ms);
    jw_k_bool(j, "edit", (rights & BIT(CANNED_EDIT)) != 0);
    jw_obj_end(j);
}
