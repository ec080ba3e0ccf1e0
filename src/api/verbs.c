/*
 * The vocabulary: one row a command, for each kind of sender that may use it.  deskbell-protocol(7)
 * lists the same rows, and a test holds the two together.
 */
#include "api_int.h"

/* Fields of a row. */
#define A(name) ARG_BIT(name)

/* Over HTTP a visitor shows whose he is with each command. */
#define V (A(CHAT) | A(TOKEN))
#define START_FIELDS                                                                               \
    (A(NAME) | A(EMAIL) | A(PHONE) | A(QUESTION) | A(PAGE) | A(TITLE) | A(REFERRER) | A(LANG))
#define LEAVE_FIELDS                                                                               \
    (A(NAME) | A(EMAIL) | A(PHONE) | A(TEXT) | A(PAGE) | A(TITLE) | A(REFERRER) | A(LANG))
#define LIST_FIELDS (A(LIST) | A(FILTER) | A(DEPARTMENT) | A(MAX))

#define VISITOR(word, type, may, must, run)                                                        \
    {                                                                                              \
        word, AS_VISITOR, (may) | (must), must, run, CMD_##type, NULL, false                       \
    }
#define AGENT(word, type, may, must, run)                                                          \
    {                                                                                              \
        word, AS_AGENT, (may) | (must), must, run, CMD_##type, NULL, false                         \
    }
#define ADMIN(word, type, may, must, run, settings)                                                \
    {                                                                                              \
        word, AS_AGENT | AS_CONTROL, (may) | (must), must, run, CMD_##type, settings, false        \
    }
#define CONTROL(word, type, may, must, run)                                                        \
    {                                                                                              \
        word, AS_CONTROL, (may) | (must), must, run, CMD_##type, NULL, false                       \
    }

/* CMD_COUNT: a question, or something that is not one command of the core's. */
static const struct verb verbs[] = {
    VISITOR("chat.start", CHAT_START, START_FIELDS | A(PREVIOUS) | A(PREVIOUS_TOKEN), 0,
            run_chat_start),
    VISITOR("chat.resume", COUNT, A(N), V, run_chat_resume),
    VISITOR("chat.read", COUNT, V | A(MAX), A(BEFORE), run_chat_read),
    VISITOR("chat.send", CHAT_SEND, V, A(TEXT), run_visitor_command),
    {"chat.typing", AS_VISITOR, V, 0, run_visitor_typing, CMD_COUNT, NULL, true},
    VISITOR("chat.seen", CHAT_SEEN, V, A(N), run_visitor_command),
    VISITOR("chat.page", COUNT, V | A(TITLE), A(PAGE), run_chat_page),
    VISITOR("chat.end", CHAT_END, V, 0, run_visitor_command),
    VISITOR("chat.feedback", CHAT_FEEDBACK, V | A(RATING) | A(COMMENT), 0, run_visitor_command),
    VISITOR("chat.copy", CHAT_COPY, V, A(EMAIL), run_visitor_command),
    VISITOR("chat.leave-message", CHAT_LEAVE_MESSAGE, V | LEAVE_FIELDS, A(TEXT),
            run_chat_leave_message),

    {"ping", AS_VISITOR | AS_AGENT | AS_CONTROL, 0, 0, run_ping, CMD_COUNT, NULL, false},

    AGENT("subscribe", COUNT, LIST_FIELDS | A(CONVERSATION) | A(SEQ), A(TOPIC), run_subscribe),
    AGENT("unsubscribe", COUNT, LIST_FIELDS | A(CONVERSATION) | A(SEQ), A(TOPIC), run_unsubscribe),
    AGENT("offer.accept", OFFER_ACCEPT, 0, A(CONVERSATION), run_conv_command),
    AGENT("offer.decline", OFFER_DECLINE, A(REASON), A(CONVERSATION), run_conv_command),
    AGENT("conversation.pick", CONV_PICK, 0, A(CONVERSATION), run_conv_command),
    AGENT("chat.send", CHAT_SEND, 0, A(CONVERSATION) | A(TEXT), run_conv_command),
    {"chat.typing", AS_AGENT, A(CONVERSATION), A(CONVERSATION), run_agent_typing, CMD_COUNT, NULL,
     true},
    AGENT("conversation.mail", CONV_MAIL, 0, A(CONVERSATION) | A(TEXT), run_conv_command),
    AGENT("conversation.forward", CONV_FORWARD, A(COVER) | A(WITH_NOTES),
          A(CONVERSATION) | A(TO) | A(LINES), run_conv_forward),
    AGENT("chat.seen", CHAT_SEEN, 0, A(CONVERSATION) | A(N), run_conv_command),

    ADMIN("conversation.note", CONV_NOTE, 0, A(CONVERSATION) | A(TEXT), run_conv_command, NULL),
    ADMIN("chat.end", CHAT_END, 0, A(CONVERSATION), run_conv_command, NULL),
    ADMIN("agent.status", AGENT_STATUS, A(AGENT), A(STATUS), run_agent_status, NULL),
    ADMIN("list.read", COUNT, LIST_FIELDS | A(CURSOR), A(LIST), run_list_read, NULL),
    ADMIN("conversation.read", COUNT, A(BEFORE) | A(MAX), A(CONVERSATION), run_conv_read, NULL),
    ADMIN("mail.list", COUNT, A(CONVERSATION) | A(STATE) | A(CAUSE) | A(CURSOR) | A(MAX), 0,
          run_mail_list, NULL),
    ADMIN("mail.causes", COUNT, 0, 0, run_mail_causes, NULL),
    ADMIN("mail.show", COUNT, 0, A(MAIL), run_mail_show, NULL),
    ADMIN("mail.source", COUNT, A(OFFSET), A(MAIL), run_mail_source, NULL),
    ADMIN("mail.retry", COUNT, A(MAIL) | A(CAUSE) | A(ALL), 0, run_mail_request, NULL),
    ADMIN("mail.readdress", MAIL_READDRESS, A(ADDRESS), A(MAIL) | A(TO), run_mail_readdress, NULL),
    ADMIN("mail.cancel", COUNT, 0, A(MAIL), run_mail_request, NULL),
    ADMIN("mail.test", COUNT, A(DEPARTMENT), A(TO), run_mail_test, NULL),
    ADMIN("relay.password", COUNT, A(DEPARTMENT), A(RELAY_PASSWORD), run_relay_password, NULL),
    ADMIN("template.show", COUNT, A(DEPARTMENT), A(KIND) | A(LANG), run_template_show, NULL),
    ADMIN("template.preview", COUNT,
          A(DEPARTMENT) | A(DRAFT_SUBJECT) | A(DRAFT_TEXT) | A(DRAFT_HTML), A(KIND) | A(LANG),
          run_template_preview, NULL),
    ADMIN("block.add", BLOCK_ADD, A(CONVERSATION) | A(PREFIX) | A(REASON) | A(UNTIL_MS), 0,
          run_block_add, NULL),
    ADMIN("block.remove", BLOCK_REMOVE, 0, A(BLOCK), run_block_remove, NULL),
    ADMIN("block.list", COUNT, A(CURSOR) | A(MAX), 0, run_block_list, NULL),

    ADMIN("portal.show", COUNT, 0, 0, run_portal_show, NULL),
    ADMIN("portal.set", PORTAL_SET, 0, 0, run_set, portal_settings),
    ADMIN("department.list", COUNT, A(CURSOR) | A(MAX), 0, run_dept_list, NULL),
    ADMIN("department.show", COUNT, 0, A(DEPARTMENT), run_dept_show, NULL),
    ADMIN("department.add", DEPT_ADD, A(AGENTS), 0, run_dept_add, dept_settings),
    ADMIN("department.set", DEPT_SET, 0, A(DEPARTMENT), run_set, dept_settings),
    ADMIN("department.remove", DEPT_REMOVE, 0, A(DEPARTMENT), run_remove, NULL),
    ADMIN("agent.list", COUNT, A(CURSOR) | A(MAX), 0, run_agent_list, NULL),
    ADMIN("agent.show", COUNT, 0, A(AGENT), run_agent_show, NULL),
    ADMIN("agent.add", AGENT_ADD, A(DEPARTMENTS) | A(INVITE), 0, run_agent_add, agent_settings),
    ADMIN("agent.set", AGENT_SET, 0, A(AGENT), run_set, agent_settings),
    ADMIN("agent.remove", AGENT_REMOVE, 0, A(AGENT), run_remove, NULL),
    ADMIN("agent.link", AGENT_LINK, A(BY_MAIL), A(AGENT), run_agent_link, NULL),
    ADMIN("member.set", MEMBER_SET, A(MAY_CHAT) | A(MAY_NOTIFY), A(AGENT) | A(DEPARTMENT),
          run_member_set, NULL),
    ADMIN("member.remove", MEMBER_REMOVE, 0, A(AGENT) | A(DEPARTMENT), run_member_remove, NULL),
    ADMIN("settings", COUNT, 0, 0, run_settings, NULL),
    ADMIN("status", COUNT, 0, 0, run_status, NULL),

    CONTROL("backup", COUNT, 0, A(TO), run_backup),
    CONTROL("check", COUNT, 0, 0, run_check),
    CONTROL("log.level", COUNT, 0, A(LEVEL), run_log_level),
    CONTROL("dispatcher.attach", COUNT, 0, 0, run_dispatcher_attach),
    {"dispatcher.tell", AS_CONTROL, A(ASK) | A(TOLD), A(ASK) | A(TOLD), run_dispatcher_tell,
     CMD_COUNT, NULL, true},
    CONTROL("dispatcher.answer", COUNT, A(OK) | A(ERROR), A(ASK), run_dispatcher_answer),

    {"session.open", AS_DOOR, A(EMAIL) | A(PASSWORD), A(EMAIL) | A(PASSWORD), run_session_open,
     CMD_COUNT, NULL, false},
    {"password.set", AS_DOOR, A(LINK) | A(NEW_PASSWORD), A(LINK) | A(NEW_PASSWORD), run_password,
     CMD_COUNT, NULL, false},
    {"password.ask", AS_DOOR, A(EMAIL), A(EMAIL), run_password_ask, CMD_COUNT, NULL, false},
    {"session.show", AS_SELF, 0, 0, run_session_show, CMD_COUNT, NULL, false},
    {"session.close", AS_SELF, 0, 0, run_session_close, CMD_COUNT, NULL, false},
};

const struct verb *verb_find(struct span word, unsigned as)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if ((verbs[i].as & as) != 0 && span_is(word, verbs[i].word))
            return &verbs[i];
    return NULL;
}

size_t api_words(const struct api_word **words)
{
    static struct api_word all[COUNT_OF(verbs)];
    size_t n = 0;

    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if ((verbs[i].as & (AS_VISITOR | AS_AGENT | AS_CONTROL)) == 0)
            continue; /* has a route of its own, and no name on the wire */
        all[n++] = (struct api_word){.word = verbs[i].word,
                                     .visitor = (verbs[i].as & AS_VISITOR) != 0,
                                     .agent = (verbs[i].as & AS_AGENT) != 0,
                                     .control = (verbs[i].as & AS_CONTROL) != 0};
    }
    *words = all;
    return n;
}
