/* The vocabulary's fifth part: what agents keep about a conversation beside its words. */
#include "api_int.h"

#define BOTH (AS_AGENT | AS_CONTROL)

#define UNCHANGED MAYBE("unchanged", FLAG)
#define CONV MUST_ID(CONVERSATION, "the conversation")

#define TASK_ARG MUST_ID(TASK, "the task")
#define TITLE_ARG(may) may(TITLE, LINE, 1, TASK_TITLE_MAX_CODEPOINTS, "what is to be done")
#define ASSIGNEE_ARG(left_out)                                                                     \
    MAY(AGENT, CURSOR, 0, 0, "whose; null: nobody's; left out: " left_out)
#define DUE_ARG MAY(DUE_MS, INT, 0, INT64_MAX, "when it is due; 0: at no time")
#define VERSION_ARG MAY(VERSION, INT, 1, UINT32_MAX, "refused if it has another by now")

#define VIEW_ARG MUST_ID(VIEW, "the saved view")
#define SHOWS_ARGS                                                                                 \
    MAY(FILTER, RAW, 0, 32, "open, unreplied, replied; empty: none"),                              \
        MAY(OF, CURSOR, 0, 0, "conversations of this department alone; null: of any"),             \
        MAY(TAG, LINE, 0, TAG_MAX_CODEPOINTS, "with this tag alone; empty: any"),                  \
        MAY(TEXT, LINE, 0, SEARCH_TEXT_MAX_CODEPOINTS, "of a search: its words"),                  \
        MAY(CONTACT, LINE, 0, SEARCH_TEXT_MAX_CODEPOINTS, "of a search: words of the visitor's"),  \
        MAY(HELD_BY, CURSOR, 0, 0, "of a search: this agent's alone; null: anybody's"),            \
        MAY(STATE, RAW, 0, 32, "of a search: open, waiting, active, ended, missed; empty: any"),   \
        MAY(RATING, INT, 0, 5, "of a search: that the visitor gave; 0: any, or none"),             \
        MAY(SINCE_DAYS, INT, 0, SEARCH_DAYS_MAX,                                                   \
            "of a search: begun in the last so many days; 0: at any time"),                        \
        MAY(SINCE_MS, INT, 0, INT64_MAX, "of a search: begun then or later; 0: at any time"),      \
        MAY(BEFORE_MS, INT, 0, INT64_MAX, "of a search: begun before then; 0: at any time")
#define VIEW_NAME_ARG(may) may(NAME, LINE, 1, SAVED_NAME_MAX_CODEPOINTS, "what it is called")
#define OWN_LINE MUST(LINE, INT, 1, UINT32_MAX, "the line's number (seq)")

const struct verb work_verbs[] = {
    COMMAND("line.edit", AS_AGENT, LINE_EDIT, run_line_edit,
            .args = ARGS(CONV, OWN_LINE, MUST(TEXT, TEXT, 1, TEXT_MAX_CODEPOINTS, "the words"),
                         MAY(MENTIONS, IDS, 0, MENTIONS_PER_LINE_MAX,
                             "agents whom a note mentions; left out: as it was")),
            .answer = SHAPE(MAYBE("seq", NUMBER), UNCHANGED)),
    COMMAND("line.remove", AS_AGENT, LINE_REMOVE, run_line_edit, .args = ARGS(CONV, OWN_LINE),
            .answer = SHAPE(MAYBE("seq", NUMBER), UNCHANGED)),
    COMMAND("view.add", BOTH, VIEW_ADD, run_view_add,
            .args = ARGS(VIEW_NAME_ARG(MUST), MUST_WORD(LIST, 32, "which list, or search"),
                         SHOWS_ARGS, MUST_WORD(SCOPE, 16, "own or department"),
                         MAY_ID(AGENT, "whose own; left out: of whoever asks"),
                         MAY_ID(DEPARTMENT, "whose members have it")),
            .answer = SHAPE(HAS("view", ID), MAYBE("version", NUMBER))),
    COMMAND("view.set", BOTH, VIEW_SET, run_view_set,
            .args = ARGS(VIEW_ARG, VERSION_ARG, VIEW_NAME_ARG(MAY),
                         MAY_WORD(LIST, 32, "which list, or search"), SHOWS_ARGS),
            .answer = SHAPE(HAS("view", ID), MAYBE("version", NUMBER), UNCHANGED)),
    COMMAND("view.remove", BOTH, VIEW_REMOVE, run_view_remove, .args = ARGS(VIEW_ARG, VERSION_ARG),
            .answer = SHAPE(HAS("view", ID))),
    QUERY("view.show", BOTH, run_view_show, .args = ARGS(VIEW_ARG),
          .answer = SHAPE(HAS_THING("view", saved))),
    QUERY("view.list", BOTH, run_view_list,
          .args = ARGS(MAY_WORD(SCOPE, 16, "own or department; left out: both"),
                       MAY_ID(AGENT, "whose own"), MAY_ID(DEPARTMENT, "whose members have it"),
                       PAGE_ARGS),
          .answer = SHAPE(HAS_THINGS("rows", saved), HAS("cursor", ID_OR_NULL))),

    COMMAND("conversation.tag", BOTH, CONV_TAG, run_conv_tag, .args = ARGS(CONV, TAG_ARG(MUST)),
            .answer = SHAPE(HAS("tags", TEXTS), UNCHANGED)),
    COMMAND("conversation.untag", BOTH, CONV_UNTAG, run_conv_tag, .args = ARGS(CONV, TAG_ARG(MUST)),
            .answer = SHAPE(HAS("tags", TEXTS), UNCHANGED)),
    QUERY("tag.list", BOTH, run_tag_list,
          .args = ARGS(MAY(TEXT, LINE, 0, TAG_MAX_CODEPOINTS, "with this in them"), MAX_ARG),
          .answer = SHAPE(HAS_THINGS("rows", tag_count), HAS("more", FLAG))),

    COMMAND("task.add", BOTH, TASK_ADD, run_task_add,
            .args = ARGS(CONV, TITLE_ARG(MUST), ASSIGNEE_ARG("oneself"), DUE_ARG),
            .answer = SHAPE(HAS("task", ID), MAYBE("version", NUMBER))),
    COMMAND("task.set", BOTH, TASK_SET, run_task_set,
            .args =
                ARGS(TASK_ARG, VERSION_ARG, TITLE_ARG(MAY), ASSIGNEE_ARG("whose it is"), DUE_ARG),
            .answer = SHAPE(HAS("task", ID), MAYBE("version", NUMBER), UNCHANGED)),
    COMMAND("task.done", BOTH, TASK_DONE, run_task_command, .args = ARGS(TASK_ARG, VERSION_ARG),
            .answer = SHAPE(HAS("task", ID), MAYBE("version", NUMBER), UNCHANGED)),
    COMMAND("task.reopen", BOTH, TASK_REOPEN, run_task_command, .args = ARGS(TASK_ARG, VERSION_ARG),
            .answer = SHAPE(HAS("task", ID), MAYBE("version", NUMBER), UNCHANGED)),
    COMMAND("task.remove", BOTH, TASK_REMOVE, run_task_command, .args = ARGS(TASK_ARG, VERSION_ARG),
            .answer = SHAPE(HAS("task", ID), MAYBE("version", NUMBER), UNCHANGED)),
    QUERY("task.show", BOTH, run_task_show, .args = ARGS(TASK_ARG),
          .answer = SHAPE(HAS_THING("task", task))),
    QUERY("task.list", BOTH, run_task_list,
          .args = ARGS(MAY_ID(CONVERSATION, "about this one"), ASSIGNEE_ARG("one's own"),
                       MAY_WORD(STATE, 16, "open, overdue or done; left out: all"), PAGE_ARGS),
          .answer = SHAPE(HAS_THINGS("rows", task), HAS("cursor", ID_OR_NULL))),
    COMMAND("mention.read", AS_AGENT, MENTION_READ, run_mention_read,
            .args =
                ARGS(MAY_ID(MENTION, "this one"),
                     MAY_ID(CONVERSATION, "those in this one; with neither: all"),
                     MAY(LINE, INT, 1, UINT32_MAX, "of the conversation: up to this line (seq)")),
            .answer = SHAPE(HAS("unread", NUMBER), UNCHANGED)),
    QUERY("mention.list", BOTH, run_mention_list,
          .args = ARGS(MAY_ID(AGENT, "whose; left out: one's own"),
                       MAY_WORD(STATE, 16, "unread; left out: all"), PAGE_ARGS),
          .answer =
              SHAPE(HAS_THINGS("rows", mention), HAS("cursor", ID_OR_NULL), HAS("unread", NUMBER))),
    QUERY("task.candidates", BOTH, run_task_candidates,
          .args = ARGS(CONV, MAY(TEXT, LINE, 0, NAME_MAX_CODEPOINTS, "with this in their names"),
                       MAX_ARG),
          .answer = SHAPE(HAS_THINGS("agents", candidate), HAS("more", FLAG))),
};
const size_t work_verbs_count = COUNT_OF(work_verbs);
