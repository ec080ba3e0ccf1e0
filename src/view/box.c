/* Missed conversations as JSON: where they lie, who is to answer them, and who has. */
#include "view_int.h"

err_t view_list_to_answer(const struct view *v, uint64_t email, uint64_t *ids, size_t max,
                          size_t *n)
{
    return store_list_to_answer(v->store, email, ids, max, n);
}

bool view_sees(const struct view *v, const struct reader *r, uint64_t conv)
{
    struct conv_ref ref;
    bool sees;

    if (conv == 0 || conv_open(v, conv, &ref) != ERR_OK)
        return false;
    sees = audience_sees(r, ref.cv);
    conv_done(&ref);
    return sees;
}

/* Where a missed one lies, who put it there, and who is to answer it. */
void view_box(struct jw *j, const struct view *v, const struct conv *cv, unsigned may)
{
    enum box box = conv_box(cv);
    uint64_t given = core_given(v->core, cv);

    if (box == BOX_NONE)
        return;
    jw_key(j, "box");
    jw_obj(j);
    jw_k_str(j, "is", box_word(box));
    if (given != 0) {
        jw_k_id(j, "given", given);
        jw_k_str(j, "given_name", core_agent_name(v->core, given));
    }
    if (cv->box_ms != 0)
        jw_k_int(j, "time_ms", cv->box_ms);
    if (cv->box_by != 0) {
        jw_k_id(j, "by", cv->box_by);
        jw_k_str(j, "by_name", core_agent_name(v->core, cv->box_by));
    }
    if (box == BOX_ANSWERED)
        jw_k_str(j, "how",
                 cv->box_conv != 0                       ? "chat"
                 : cv->box_mailed || cv->box == BOX_NONE ? "mail"
                                                         : "hand");
    if ((may & MAY_SEE_ANSWER) != 0) {
        jw_k_id(j, "chat", cv->box_conv);
        jw_k_int(j, "number", (int64_t)cv->box_number);
    }
    jw_obj_end(j);
}

void view_boxed(struct jw *j, const struct rec *rec)
{
    jw_k_str(j, "box", box_word(rec->box.box));
    jw_k_str(j, "how", rec->box.conv != 0 ? "chat" : rec->box.mailed ? "mail" : "hand");
}
