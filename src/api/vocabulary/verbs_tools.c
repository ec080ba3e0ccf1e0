/* The vocabulary's fourth part: what an agent reaches for while he writes. */
#include "api_int.h"

#define BOTH (AS_AGENT | AS_CONTROL)

#define UNCHANGED MAYBE("unchanged", FLAG)
#define CANNED_ARG MUST_ID(CANNED, "the canned reply")
#define TITLE_ARG(may) may(TITLE, LINE, 1, CANNED_TITLE_MAX_CODEPOINTS, "what it is found by")
#define TEXT_ARG(may) may(TEXT, TEXT, 1, TEXT_MAX_CODEPOINTS, "the words, with {placeholders}")
#define SHORTCUT_ARG                                                                               \
    MAY(SHORTCUT, LINE, 0, SHORTCUT_MAX_CODEPOINTS, "one word, typed behind a slash")
#define LANG_ARG MAY_WORD(LANG, 8, "en, ja or any")
#define VERSION_ARG MAY(VERSION, INT, 1, UINT32_MAX, "refused if it has another by now")
#define OWNER_ARGS                                                                                 \
    MAY_ID(DEPARTMENT, "with scope department: which"),                                            \
        MAY_ID(AGENT, "with scope own: whose; left out: one's own")
#define SCOPE_HELP "own, department or portal"

const struct verb tools_verbs[] = {
    COMMAND("canned.add", BOTH, CANNED_ADD, run_canned_add,
            .args = ARGS(MUST_WORD(SCOPE, 16, SCOPE_HELP), OWNER_ARGS, TITLE_ARG(MUST),
                         TEXT_ARG(MUST), SHORTCUT_ARG, LANG_ARG),
            .answer = SHAPE(HAS("canned", ID), MAYBE("version", NUMBER))),
    COMMAND("canned.set", BOTH, CANNED_SET, run_canned_set,
            .args = ARGS(CANNED_ARG, VERSION_ARG, TITLE_ARG(MAY), TEXT_ARG(MAY), SHORTCUT_ARG,
                         LANG_ARG),
            .answer = SHAPE(HAS("canned", ID), MAYBE("version", NUMBER), UNCHANGED)),
    COMMAND("canned.remove", BOTH, CANNED_REMOVE, run_canned_remove,
            .args = ARGS(CANNED_ARG, VERSION_ARG), .answer = SHAPE(HAS("canned", ID))),
    QUERY("canned.show", BOTH, run_canned_show, .args = ARGS(CANNED_ARG),
          .answer = SHAPE(HAS_THING("canned", canned))),
    QUERY("canned.list", BOTH, run_canned_list,
          .args = ARGS(MAY_WORD(SCOPE, 16, SCOPE_HELP "; left out: all"), OWNER_ARGS, PAGE_ARGS),
          .answer = SHAPE(HAS_THINGS("rows", canned), HAS("cursor", ID_OR_NULL))),
    QUERY("canned.find", BOTH, run_canned_find,
          .args = ARGS(MAY(TEXT, LINE, 0, 200, "words that all stand in it"),
                       MAY_ID(CONVERSATION, "for which it is meant"),
                       MAY_WORD(SCOPE, 16, SCOPE_HELP "; left out: all"), OWNER_ARGS, MAX_ARG),
          .answer = SHAPE(HAS_THINGS("rows", canned), HAS("count", NUMBER), HAS("all", NUMBER),
                          MAYBE("department_name", TEXT))),
};
const size_t tools_verbs_count = COUNT_OF(tools_verbs);
