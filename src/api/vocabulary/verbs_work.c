/* The vocabulary's fifth part: what agents keep about a conversation beside its words. */
#include "api_int.h"

#define BOTH (AS_AGENT | AS_CONTROL)

#define UNCHANGED MAYBE("unchanged", FLAG)
#define CONV MUST_ID(CONVERSATION, "the conversation")

const struct verb work_verbs[] = {
    COMMAND("conversation.tag", BOTH, CONV_TAG, run_conv_tag, .args = ARGS(CONV, TAG_ARG(MUST)),
            .answer = SHAPE(HAS("tags", TEXTS), UNCHANGED)),
    COMMAND("conversation.untag", BOTH, CONV_UNTAG, run_conv_tag, .args = ARGS(CONV, TAG_ARG(MUST)),
            .answer = SHAPE(HAS("tags", TEXTS), UNCHANGED)),
    QUERY("tag.list", BOTH, run_tag_list,
          .args = ARGS(MAY(TEXT, LINE, 0, TAG_MAX_CODEPOINTS, "with this in them"), MAX_ARG),
          .answer = SHAPE(HAS_THINGS("rows", tag_count), HAS("more", FLAG))),
};
const size_t work_verbs_count = COUNT_OF(work_verbs);
