/* The vocabulary's second part: what agents do with conversations, lists, mails and blocks. */
#include "api_int.h"
#include "deskbell/mailbox.h"
#include "deskbell/search.h"

#define CONV MUST_ID(CONVERSATION, "the conversation")
#define LINE_ARG MUST(TEXT, TEXT, 1, TEXT_MAX_CODEPOINTS, "the words")
#define DRAFT_ARG MAY_FLAG(DRAFT, "the draft that it was typed as is deleted")
#define SEEN_ARG MUST(N, INT, 0, INT32_MAX, "the last public line that was seen")
#define LIST_ARGS                                                                                  \
    MAY_WORD(FILTER, 32, "open, unreplied or replied"), MAY_ID(DEPARTMENT, "of this one alone"),   \
        TAG_ARG(MAY), MAX_ARG
#define TOPIC_ARGS                                                                                 \
    MUST_WORD(TOPIC, 32, "me, list, conversation, floor or tasks"),                                \
        MAY_WORD(LIST, 32, "which list"), LIST_ARGS, MAY_ID(CONVERSATION, "which conversation"),   \
        MAY(SEQ, INT, 0, INT32_MAX, "the last line that the client has")
#define MAIL_ARG MUST_ID(MAIL, "the mail")

#define TOKEN_ARGS                                                                                 \
    MUST(NAME, LINE, 1, NAME_MAX_CODEPOINTS, "what it is for"),                                    \
        MAY(PERMISSIONS, RAW, 0, 200, "words joined by commas; left out: to see alone"),           \
        MAY(UNTIL_MS, INT, 0, INT64_MAX, "0: for good; left out: 90 days from now")
#define TOKEN_ROWS HAS("token", ID), MAYBE("secret", TEXT), HAS("until_ms", NUMBER)

#define FACTOR_ARGS                                                                                \
    MUST(TICKET, RAW, 1, 200, "what the beginning has given"),                                     \
        MUST(CODE, RAW, 1, 16, "a first code")
#define FACTOR_ROWS                                                                                \
    HAS("ticket", TEXT), HAS("secret", TEXT), HAS("uri", TEXT), HAS("qr_size", NUMBER),            \
        HAS("qr_path", TEXT)

#define UNCHANGED MAYBE("unchanged", FLAG)
#define LIST_ROWS                                                                                  \
    HAS_THINGS("rows", head), MAYBE("count", NUMBER), MAYBE("tag", ID), HAS("cursor", ID_OR_NULL)
#define CONV_ROWS                                                                                  \
    HAS_THING("head", head), HAS_THINGS("lines", line), HAS("more", FLAG),                         \
        HAS_THINGS("mails", mail), HAS("got", NUMBER), MAYBE_THINGS("drafts", draft)
#define ME_ROWS                                                                                    \
    HAS_THING("agent", me), HAS_THING("portal", portal_short),                                     \
        HAS_THINGS("departments", dept_short), HAS_THINGS("agents", colleague),                    \
        HAS_THINGS("offers", offer), HAS("counts", NUMBERS), HAS_THINGS("notices", notice),        \
        HAS("now_ms", NUMBER)

/* What agents and operators both may say. */
#define BOTH (AS_AGENT | AS_CONTROL)

const struct verb agent_verbs[] = {
    QUERY("subscribe", AS_AGENT, run_subscribe, .args = ARGS(TOPIC_ARGS),
          .answer = SHAPE(
              MAYBE_THING("agent", me), MAYBE_THING("portal", portal_short),
              MAYBE_THINGS("departments", dept_short), MAYBE_THINGS("agents", colleague),
              MAYBE_THINGS("offers", offer), MAYBE("counts", NUMBERS),
              MAYBE_THINGS("notices", notice), MAYBE("now_ms", NUMBER), MAYBE_THINGS("rows", head),
              MAYBE("count", NUMBER), MAYBE("tag", ID), MAYBE("cursor", ID_OR_NULL),
              MAYBE_THING("head", head), MAYBE_THINGS("lines", line), MAYBE("more", FLAG),
              MAYBE_THINGS("mails", mail), MAYBE("got", NUMBER), MAYBE_THINGS("drafts", draft),
              MAYBE_THING("floor", floor), MAYBE_THING("token", token))),
    QUERY("floor.show", BOTH, run_floor_show, .answer = SHAPE(HAS_THING("floor", floor))),
    COMMAND("queue.move", BOTH, QUEUE_MOVE, run_queue_move,
            .args = ARGS(MUST_ID(DEPARTMENT, "whose queue"), MUST_ID(TO, "to this department's")),
            .answer = SHAPE(HAS("department", ID), UNCHANGED)),
    QUERY("unsubscribe", AS_AGENT, run_unsubscribe, .args = ARGS(TOPIC_ARGS)),
    COMMAND("offer.accept", AS_AGENT, OFFER_ACCEPT, run_conv_command, .args = ARGS(CONV)),
    COMMAND("offer.decline", AS_AGENT, OFFER_DECLINE, run_conv_command,
            .args = ARGS(CONV, MAY(TEXT, TEXT, 0, REASON_MAX_CODEPOINTS, "why; it is not kept"))),
    COMMAND("conversation.pick", AS_AGENT, CONV_PICK, run_conv_command, .args = ARGS(CONV)),
    COMMAND("chat.send", AS_AGENT, CHAT_SEND, run_conv_command,
            .args = ARGS(CONV, LINE_ARG, DRAFT_ARG),
            .answer = SHAPE(HAS("n", NUMBER), HAS("seq", NUMBER))),
    QUERY("chat.typing", AS_AGENT, run_agent_typing, .args = ARGS(CONV)),
    QUERY("chat.got", AS_AGENT, run_chat_taken,
          .args = ARGS(CONV, MUST(N, INT, 0, INT32_MAX, "the last public line that has come"))),
    COMMAND("conversation.mail", AS_AGENT, CONV_MAIL, run_conv_command,
            .args = ARGS(CONV, LINE_ARG, DRAFT_ARG), .answer = SHAPE(HAS("seq", NUMBER))),
    QUERY("draft.save", AS_AGENT, run_draft_save,
          .args = ARGS(CONV, MUST_WORD(KIND, 32, "reply, note or mail"),
                       MUST(TEXT, TEXT, 0, DRAFT_MAX_CODEPOINTS, "the words; empty: none any more"),
                       MAY(VERSION, INT, 0, INT64_MAX, "of the one that it takes the place of")),
          .answer = SHAPE(HAS("kept", FLAG), HAS("version", NUMBER), MAYBE("text", TEXT))),
    QUERY("draft.list", AS_AGENT, run_draft_list, .args = ARGS(PAGE_ARGS),
          .answer = SHAPE(HAS_THINGS("rows", draft), HAS("cursor", ID_OR_NULL))),
    QUERY("mail.draft", AS_AGENT, run_mail_draft, .args = ARGS(CONV), .open = true,
          .answer = SHAPE(MAYBE("opening", TEXT), MAYBE("closing", TEXT), MAYBE("above", TEXT),
                          MAYBE("below", TEXT), MAYBE("greets", FLAG))),
    COMMAND("conversation.forward", AS_AGENT, CONV_FORWARD, run_conv_forward,
            .args = ARGS(CONV, MUST_WORD(TO, 4000, "the address"),
                         MUST(LINES, SEQS, 1, FORWARD_LINES_MAX, "numbers (seq) of the lines"),
                         MAY(TEXT, TEXT, 0, TEXT_MAX_CODEPOINTS, "a covering note"),
                         MAY_FLAG(WITH_NOTES, "private notes may be among the lines")),
            .answer = SHAPE(HAS("seq", NUMBER))),
    COMMAND("chat.seen", AS_AGENT, CHAT_SEEN, run_conv_command, .args = ARGS(CONV, SEEN_ARG)),

    QUERY("conversation.targets", BOTH, run_conv_targets,
          .args = ARGS(CONV, MAY(TEXT, LINE, 0, NAME_MAX_CODEPOINTS, "with this in their names"),
                       MAX_ARG),
          .answer =
              SHAPE(HAS_THINGS("departments", target_dept), HAS_THINGS("agents", target_agent),
                    HAS("more", FLAG), HAS("transfer_ms", NUMBER))),
    COMMAND("conversation.transfer", BOTH, CONV_TRANSFER, run_conv_transfer,
            .args = ARGS(CONV, MAY_ID(AGENT, "to this agent"),
                         MAY_ID(DEPARTMENT, "to this department, or to the agent in it"),
                         MAY_ID(HOLDER, "who has it, as far as one knows"),
                         MAY(TEXT, TEXT, 0, TEXT_MAX_CODEPOINTS, "a note for whoever takes it")),
            .answer = SHAPE(HAS("seq", NUMBER))),
    COMMAND("conversation.take-back", BOTH, CONV_TAKE_BACK, run_conv_command, .args = ARGS(CONV)),
    QUERY("conversation.candidates", BOTH, run_conv_candidates,
          .args = ARGS(CONV, MAY(TEXT, LINE, 0, NAME_MAX_CODEPOINTS, "with this in their names"),
                       MAX_ARG),
          .answer = SHAPE(HAS_THINGS("agents", target_agent), HAS("more", FLAG))),
    COMMAND("conversation.assign", BOTH, CONV_ASSIGN, run_conv_assign,
            .args = ARGS(CONV, MAY_ID(AGENT, "to this agent; left out, of a missed one: to nobody"),
                         MAY_ID(HOLDER, "from whom it is taken; left out: nobody has it"))),
    COMMAND("conversation.reopen", BOTH, CONV_REOPEN, run_conv_reopen,
            .args = ARGS(CONV, MAY_ID(AGENT, "whose it is to be; left out: one's own")),
            .answer = SHAPE(HAS("conversation", ID), MAYBE("number", NUMBER))),
    COMMAND("conversation.time", BOTH, CONV_TIME, run_conv_time,
            .args = ARGS(CONV, MAY_ID(AGENT, "whose; left out: one's own"),
                         MUST(SECONDS, INT, 0, INT32_MAX, "that it was in his hands, by now")),
            .answer = SHAPE(UNCHANGED)),
    QUERY("conversation.reach", BOTH, run_conv_reach, .args = ARGS(CONV),
          .answer = SHAPE(HAS("here", FLAG), HAS("email", FLAG))),
    COMMAND("conversation.box", BOTH, CONV_BOX, run_conv_box,
            .args = ARGS(CONV, MUST_WORD(BOX, 32, "to-answer, answered or put-away"),
                         MAY_WORD(WAS, 32, "only if it lies there still")),
            .answer = SHAPE(UNCHANGED)),
    COMMAND("conversation.note", BOTH, CONV_NOTE, run_conv_command,
            .args = ARGS(CONV, LINE_ARG, DRAFT_ARG,
                         MAY(MENTIONS, IDS, 0, MENTIONS_PER_LINE_MAX, "agents whom it mentions")),
            .answer = SHAPE(HAS("seq", NUMBER))),
    COMMAND("chat.end", BOTH, CHAT_END, run_conv_command,
            .args = ARGS(CONV, MAY_FLAG(UNDO, "it may be undone for 10 seconds"))),
    COMMAND("chat.undo-end", AS_AGENT, CHAT_UNDO_END, run_conv_command, .args = ARGS(CONV)),
    COMMAND("agent.status", BOTH, AGENT_STATUS, run_agent_status,
            .args = ARGS(MUST_WORD(STATUS, 32, "available, busy, away or offline"),
                         MAY_ID(AGENT, "whose; left out: one's own"))),
    QUERY("agent.explain", BOTH, run_agent_explain,
          .args = ARGS(MAY_ID(AGENT, "whose rights; left out: one's own"),
                       MUST_WORD(ACTION, 32, "what it wants to do: reply, assign, ..."),
                       MAY_ID(CONVERSATION, "with which conversation")),
          .answer =
              SHAPE(HAS("agent", ID), HAS("name", TEXT), HAS("action", TEXT), HAS("may", FLAG),
                    MAYBE("why", TEXT), MAYBE("what", TEXT), HAS("role", TEXT),
                    MAYBE("custom_role_name", TEXT), HAS("scope", TEXT), HAS("enabled", FLAG),
                    MAYBE("permission", TEXT), MAYBE("has_permission", FLAG), HAS("by", TEXTS),
                    MAYBE("conversation", ID), MAYBE("number", NUMBER), MAYBE("state", TEXT),
                    MAYBE("department", ID), MAYBE("department_name", TEXT), MAYBE("member", FLAG),
                    MAYBE("chat", FLAG))),
    QUERY("route.explain", BOTH, run_route_explain,
          .args = ARGS(MUST_ID(DEPARTMENT, "where a chat would ring"),
                       MAY_ID(CONVERSATION, "of which visitor; left out: one whom nobody knows")),
          .answer = SHAPE(HAS("agent", ID_OR_NULL), HAS("name", TEXT), HAS("how", TEXT),
                          HAS("door", TEXT), HAS("waiting", NUMBER), HAS("passed", NUMBERS),
                          HAS_THINGS("others", passed_agent), MAYBE("rings_count", NUMBER),
                          MAYBE_THINGS("rings", rung), MAYBE("rule", NUMBER), MAYBE("skills", TEXT),
                          MAYBE("strict_ms", NUMBER))),
    QUERY("list.read", BOTH, run_list_read,
          .args = ARGS(MAY_WORD(LIST, 32, "which list"), LIST_ARGS,
                       MAY_ID(VIEW, "the list of this saved view, instead of the others"),
                       MAY(CURSOR, CURSOR, 0, 0, "where to go on")),
          .answer = SHAPE(LIST_ROWS)),
    QUERY("search", BOTH, run_search,
          .args =
              ARGS(MAY(TEXT, LINE, 0, SEARCH_TEXT_MAX_CODEPOINTS, "words, and filters among them"),
                   MAY(CONTACT, LINE, 1, SEARCH_TEXT_MAX_CODEPOINTS,
                       "words of the visitor's name, address or telephone"),
                   MAY_ID(DEPARTMENT, "in this one"), MAY_ID(AGENT, "this one's"),
                   MAY_WORD(STATE, 32, "open, waiting, active, ended or missed"),
                   MAY(RATING, INT, 1, 5, "that the visitor gave"), TAG_ARG(MAY),
                   MAY(SINCE_MS, INT, 0, INT64_MAX, "begun then or later"),
                   MAY(BEFORE_MS, INT, 0, INT64_MAX, "begun before then"),
                   MAY(SINCE_DAYS, INT, 0, SEARCH_DAYS_MAX, "begun in the last so many days"),
                   MAY_ID(VIEW, "what this saved view asks, instead of all of these"),
                   MAY_WORD(ORDER, 32, "newest or relevance"), PAGE_ARGS),
          .answer = SHAPE(HAS_THINGS("rows", found), HAS("cursor", ID_OR_NULL),
                          HAS("partial", FLAG), HAS("behind", FLAG), HAS("took_ms", NUMBER))),
    QUERY("report.time", BOTH, run_report_time,
          .args = ARGS(MAY_WORD(SINCE, 16, "of what ended on this day or later; 7d: 7 days ago"),
                       MAY(SINCE_MS, INT, 0, INT64_MAX, "the same, as a moment"),
                       MAY_WORD(BEFORE, 16, "and before this day; left out: until now"),
                       MAY(BEFORE_MS, INT, 0, INT64_MAX, "the same, as a moment"),
                       MAY_ID(DEPARTMENT, "in this one"), MAY_ID(AGENT, "this one's"),
                       MAY_WORD(FORMAT, 32, "json, or csv: as a table, too")),
          .answer =
              SHAPE(HAS("since_ms", NUMBER), HAS("before_ms", NUMBER), HAS_THINGS("rows", worked),
                    HAS_THINGS("agents", worked), HAS_THINGS("departments", worked),
                    HAS_THING("total", worked), MAYBE("text", TEXT), HAS("took_ms", NUMBER))),
    QUERY("conversation.export", BOTH, run_conv_export,
          .args =
              ARGS(MAY_ID(CONVERSATION, "this one, with its lines"),
                   MAY(CONVERSATIONS, IDS, 0, EXPORT_MAX, "or these"),
                   MAY_WORD(FORMAT, 32, "json or csv"),
                   MAY_FLAG(EACH, "with all lines, not the conversations alone"),
                   MAY(AFTER, INT, 0, INT32_MAX, "of the first one only what is behind this line"),
                   MAY_FLAG(BEGUN, "something of the file is there already"),
                   MAY_FLAG(LAST, "the file ends with these")),
          .answer = SHAPE(HAS("text", TEXT), HAS("done", NUMBER), HAS("after", NUMBER),
                          HAS("rows", NUMBER), HAS("begun", FLAG))),
    QUERY("conversation.read", BOTH, run_conv_read,
          .args = ARGS(CONV, MAY(BEFORE, INT, 1, INT32_MAX, "lines before this one"), MAX_ARG),
          .answer = SHAPE(CONV_ROWS)),

    QUERY("mail.list", BOTH, run_mail_list,
          .args = ARGS(
              MAY_ID(CONVERSATION, "of this one alone"), MAY_WORD(STATE, 32, "in this state alone"),
              MAY_WORD(CAUSE, MAIL_CAUSE_MAX_BYTES - 1, "with this cause alone"), PAGE_ARGS),
          .answer = SHAPE(HAS_THINGS("rows", mail), HAS("cursor", ID_OR_NULL))),
    QUERY("mail.causes", BOTH, run_mail_causes, .answer = SHAPE(HAS_THINGS("rows", cause))),
    QUERY("mail.show", BOTH, run_mail_show, .args = ARGS(MAIL_ARG),
          .answer = SHAPE(HAS_THING("mail", mail_whole))),
    QUERY("mail.source", BOTH, run_mail_source,
          .args = ARGS(MAIL_ARG, MAY(OFFSET, INT, 0, INT32_MAX, "in bytes, where to begin")),
          .answer = SHAPE(HAS("text", TEXT), HAS("next", NUMBER_OR_NULL), HAS("bytes", NUMBER))),
    QUERY("mail.retry", BOTH, run_mail_request,
          .args = ARGS(MAY_ID(MAIL, "one mail"),
                       MAY_WORD(CAUSE, MAIL_CAUSE_MAX_BYTES - 1, "all of one cause"),
                       MAY_FLAG(ALL, "all but doubtful ones")),
          .answer = SHAPE(MAYBE("mail", ID), HAS("meant", NUMBER))),
    COMMAND("mail.readdress", BOTH, MAIL_READDRESS, run_mail_readdress,
            .args = ARGS(MAIL_ARG, MUST_WORD(TO, 4000, "the new address"),
                         MAY_WORD(ADDRESS, 1000, "the recipient that it takes the place of")),
            .answer = SHAPE(HAS("mail", ID), HAS("seq", NUMBER))),
    QUERY("mail.cancel", BOTH, run_mail_request, .args = ARGS(MAIL_ARG),
          .answer = SHAPE(HAS("mail", ID), HAS("meant", NUMBER))),

    COMMAND("block.add", BOTH, BLOCK_ADD, run_block_add,
            .args = ARGS(MAY_ID(CONVERSATION, "its visitor's address"),
                         MAY_WORD(PREFIX, 64, "or an address or CIDR range"),
                         MAY(TEXT, TEXT, 0, REASON_MAX_CODEPOINTS, "the reason"),
                         MAY(UNTIL_MS, INT, 0, INT64_MAX, "until when; 0: for good"),
                         MAY_FLAG(CONFIRM, "also where it is asked for")),
            .answer = SHAPE(HAS("block", ID), UNCHANGED)),
    COMMAND("block.remove", BOTH, BLOCK_REMOVE, run_block_remove,
            .args = ARGS(MUST_ID(BLOCK, "the block")),
            .answer = SHAPE(HAS("block", ID), UNCHANGED)),
    QUERY("block.list", BOTH, run_block_list, .args = ARGS(PAGE_ARGS),
          .answer = SHAPE(HAS_THINGS("rows", block), HAS("cursor", ID_OR_NULL))),

    QUERY("session.open", AS_DOOR, run_session_open,
          .args = ARGS(MUST(EMAIL, MAILBOX, 0, MAILBOX_MAX_BYTES, "the agent's address"),
                       MUST(PASSWORD, SECRET, 0, 1000, "the agent's password"),
                       MAY(CODE, LINE, 0, 32, "of the second factor, or a recovery code")),
          .answer = SHAPE(ME_ROWS)),
    QUERY("factor.begin", AS_DOOR, run_factor_begin_door,
          .args = ARGS(MUST(EMAIL, MAILBOX, 0, MAILBOX_MAX_BYTES, "the agent's address"),
                       MUST(PASSWORD, SECRET, 0, 1000, "the agent's password")),
          .answer = SHAPE(FACTOR_ROWS)),
    QUERY("factor.set", AS_DOOR, run_factor_set, .args = ARGS(FACTOR_ARGS),
          .answer = SHAPE(HAS("recovery", TEXTS))),
    QUERY("factor.begin", AS_SELF, run_factor_begin,
          .args = ARGS(MUST(CURRENT, SECRET, 0, 1000, "the present password")),
          .answer = SHAPE(FACTOR_ROWS)),
    QUERY("factor.set", AS_SELF, run_factor_set, .args = ARGS(FACTOR_ARGS),
          .answer = SHAPE(HAS("recovery", TEXTS))),
    QUERY("factor.remove", AS_SELF, run_factor_remove,
          .args = ARGS(MUST(CURRENT, SECRET, 0, 1000, "the present password"))),
    COMMAND("factor.reset", BOTH, FACTOR_REMOVE, run_factor_reset,
            .args = ARGS(MUST_ID(AGENT, "whose")), .answer = SHAPE(HAS("agent", ID), UNCHANGED)),
    QUERY("password.set", AS_DOOR, run_password,
          .args = ARGS(MUST_WORD(LINK, 128, "the one-time link's token"),
                       MUST(PASSWORD, SECRET, 10, 1000, "the new password")),
          .answer = SHAPE(ME_ROWS)),
    QUERY("password.change", AS_SELF, run_password_change,
          .args = ARGS(MUST(CURRENT, SECRET, 0, 1000, "the present password"),
                       MUST(PASSWORD, SECRET, 10, 1000, "the new one"))),
    QUERY("password.ask", AS_DOOR, run_password_ask,
          .args = ARGS(MUST(EMAIL, MAILBOX, 0, MAILBOX_MAX_BYTES, "the agent's address"))),
    QUERY("session.show", AS_SELF, run_session_show,
          .answer = SHAPE(ME_ROWS, MAYBE_THING("token", token))),
    QUERY("session.close", AS_SELF, run_session_close),

    QUERY("session.list", BOTH, run_session_list,
          .args = ARGS(MAY_ID(AGENT, "whose; left out: one's own")),
          .answer = SHAPE(HAS_THINGS("rows", session))),
    COMMAND("session.end", BOTH, SESSION_END, run_session_end,
            .args = ARGS(MAY_ID(SESSION, "this one"), MAY_FLAG(ALL, "all but the one that asks"),
                         MAY_ID(AGENT, "whose; left out: one's own")),
            .answer = SHAPE(UNCHANGED)),

    COMMAND("token.add", AS_SELF, TOKEN_ADD, run_token_add,
            .args = ARGS(MUST(CURRENT, SECRET, 0, 1000, "the present password"), TOKEN_ARGS),
            .answer = SHAPE(TOKEN_ROWS)),
    COMMAND("token.add", AS_CONTROL, TOKEN_ADD, run_token_add,
            .args = ARGS(MUST_ID(AGENT, "whose it is to be"), TOKEN_ARGS),
            .answer = SHAPE(TOKEN_ROWS)),
    QUERY("token.list", BOTH, run_token_list,
          .args = ARGS(MAY_ID(AGENT, "whose; left out: one's own")),
          .answer = SHAPE(HAS_THINGS("rows", token), HAS("permissions", TEXTS))),
    COMMAND("token.remove", BOTH, TOKEN_REMOVE, run_token_remove,
            .args = ARGS(MUST_ID(TOKEN, "the API token")), .answer = SHAPE(HAS("token", ID))),
};
const size_t agent_verbs_count = COUNT_OF(agent_verbs);
