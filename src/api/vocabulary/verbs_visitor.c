/* The vocabulary's first part: what visitors say. */
#include "api_int.h"
#include "deskbell/mailbox.h"

/* Over HTTP a visitor shows whose he is with each command. */
#define PROOF                                                                                      \
    MAY_ID(CHAT, "the conversation, over HTTP"),                                                   \
        MAY_WORD(TOKEN, 64, "what shows that it is one's own")
#define PAGE_ARG MAY(PAGE, URL, 0, URL_MAX_BYTES, "address of the page that the visitor is on")
#define TITLE_ARG MAY(TITLE, CUT, 0, TITLE_MAX_CODEPOINTS, "the page's title")
#define DOOR_ARGS                                                                                  \
    PAGE_ARG, TITLE_ARG, MAY(REFERRER, URL, 0, URL_MAX_BYTES, "address that led to the page"),     \
        MAY(LANG, RAW, 2, 8, "the visitor's language")
#define PERSON_ARGS                                                                                \
    MAY(NAME, LINE, 0, NAME_MAX_CODEPOINTS, "the visitor's name"),                                 \
        MAY(EMAIL, MAILBOX, 0, MAILBOX_MAX_BYTES, "the visitor's e-mail address"),                 \
        MAY(PHONE, LINE, 0, PHONE_MAX_CODEPOINTS, "the visitor's telephone number")

/* How the conversation stands, for its visitor. */
#define STATE_ROWS                                                                                 \
    HAS("chat", ID), HAS("number", NUMBER), HAS("state", TEXT), MAYBE("place", NUMBER),            \
        MAYBE("eta_ms", NUMBER), MAYBE("agent", TEXT), MAYBE("picture", TEXT), MAYBE("why", TEXT), \
        HAS("n", NUMBER), HAS("seen", NUMBER), HAS("rated", FLAG), HAS("commented", FLAG),         \
        HAS("copied", FLAG), HAS("may_copy", FLAG), MAYBE("handed", FLAG),                         \
        MAYBE("reopened", FLAG), MAYBE("goes_on", FLAG)
#define LINES_ROWS HAS_THINGS("lines", visitor_line), HAS("more", FLAG)

const struct verb visitor_verbs[] = {
    COMMAND("chat.start", AS_VISITOR, CHAT_START, run_chat_start,
            .args = ARGS(PERSON_ARGS,
                         MAY(QUESTION, TEXT, 0, TEXT_MAX_CODEPOINTS, "what it is about"), DOOR_ARGS,
                         MAY_ID(PREVIOUS, "the missed conversation that this one rings again for"),
                         MAY_WORD(PREVIOUS_TOKEN, 64, "that one's token")),
            .answer = SHAPE(STATE_ROWS, HAS("token", TEXT))),
    QUERY("chat.resume", AS_VISITOR, run_chat_resume,
          .args = ARGS(MUST_ID(CHAT, "the conversation"),
                       MUST_WORD(TOKEN, 64, "what shows that it is one's own"),
                       MAY(N, INT, 0, INT32_MAX, "the last line that the client has")),
          .answer = SHAPE(STATE_ROWS, MAYBE("token", TEXT), HAS("got", NUMBER),
                          MAYBE_THINGS("earlier", earlier), LINES_ROWS)),
    QUERY("chat.read", AS_VISITOR, run_chat_read,
          .args = ARGS(PROOF, MUST(BEFORE, INT, 1, INT32_MAX, "lines before this one"), MAX_ARG),
          .answer = SHAPE(LINES_ROWS)),
    COMMAND("chat.send", AS_VISITOR, CHAT_SEND, run_visitor_command,
            .args = ARGS(PROOF, MUST(TEXT, TEXT, 1, TEXT_MAX_CODEPOINTS, "the line")),
            .answer = SHAPE(HAS("n", NUMBER))),
    QUERY("chat.typing", AS_VISITOR, run_visitor_typing, .args = ARGS(PROOF)),
    COMMAND("chat.seen", AS_VISITOR, CHAT_SEEN, run_visitor_command,
            .args = ARGS(PROOF, MUST(N, INT, 0, INT32_MAX, "the last line that was seen"))),
    QUERY("chat.got", AS_VISITOR, run_chat_got,
          .args = ARGS(PROOF, MUST(N, INT, 0, INT32_MAX, "the last line that has come"))),
    QUERY("chat.page", AS_VISITOR, run_chat_page,
          .args = ARGS(PROOF, MUST(PAGE, URL, 0, URL_MAX_BYTES, "its address"), TITLE_ARG)),
    COMMAND("chat.end", AS_VISITOR, CHAT_END, run_visitor_command, .args = ARGS(PROOF)),
    COMMAND("chat.feedback", AS_VISITOR, CHAT_FEEDBACK, run_visitor_command,
            .args = ARGS(PROOF, MAY(RATING, INT, 1, 5, "1 to 5"),
                         MAY(COMMENT, TEXT, 1, COMMENT_MAX_CODEPOINTS, "in words"))),
    COMMAND("chat.copy", AS_VISITOR, CHAT_COPY, run_chat_copy,
            .args = ARGS(PROOF, MAY(EMAIL, MAILBOX, 0, MAILBOX_MAX_BYTES, "where it goes to"))),
    COMMAND("chat.leave-message", AS_VISITOR, CHAT_LEAVE_MESSAGE, run_chat_leave_message,
            .args = ARGS(PROOF, MUST(TEXT, TEXT, 1, TEXT_MAX_CODEPOINTS, "the message"),
                         PERSON_ARGS, DOOR_ARGS),
            .answer = SHAPE(STATE_ROWS, HAS("token", TEXT))),

    QUERY("ping", AS_VISITOR | AS_AGENT | AS_CONTROL, run_ping),
};
const size_t visitor_verbs_count = COUNT_OF(visitor_verbs);
