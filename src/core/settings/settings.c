/*
 * What can be set, in three tables, and the moving of values between structs, fields and text by
 * them.  Whether a value is acceptable is settings_check.c's affair.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core_int.h"
#include "settings_int.h"

/* Where and as what a value stands in its struct. */
enum slot {
    SLOT_BOOL,
    SLOT_U16,
    SLOT_U32,
    SLOT_U64,
    SLOT_ENUM,
    SLOT_STR,
    SLOT_COLOUR,
    SLOT_TEMPLATE
};

static const char *const words_lang[] = {"en", "ja", NULL};
static const char *const words_dept_type[] = {"public", "private", NULL};
static const char *const words_offline[] = {"form", "hide", NULL};
static const char *const words_need[] = {"no", "ask", "must", NULL};
static const char *const words_strategy[] = {"least-busy", "round-robin", "tiers", "ring-all",
                                             NULL};
static const char *const words_tls[] = {"none", "starttls", "tls", NULL};
static const char *const words_auth[] = {"password", "xoauth2", NULL};
static const char *const words_role[] = {"agent", "admin", "light", "custom", NULL};
static const char *const words_tone[] = {"chime", "bell", "wood", NULL};
static const char *const words_task_mail[] = {"no", "away", "always", NULL};
static const char *const words_scope[] = {"all", "own", "team", NULL};
static const char *const words_permission[] = {"reply",     "assign", "end",  "share",    "block",
                                               "see_ip",    "outbox", "note", "transfer", "canned",
                                               "supervise", "export", NULL};

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)

#define TEMPLATE_ROW(X, kind, lang, part, type, max, name, what)                                   \
    X(TEMPLATE_TAG + TEMPLATE_TAGS * (kind) + LANG_TAGS * (lang) + (part), "template." name, type, \
      0, max, NULL, SLOT_TEMPLATE, templates, what "; empty: the next in line")
#define TEMPLATE_PARTS(X, kind, lang, name, what)                                                  \
    TEMPLATE_ROW(X, kind, lang, TEMPLATE_SUBJECT, SET_TEMPLATE_LINE,                               \
                 TEMPLATE_SUBJECT_MAX_CODEPOINTS, name ".subject", "subject of " what)             \
    TEMPLATE_ROW(X, kind, lang, TEMPLATE_TEXT, SET_TEMPLATE, TEMPLATE_MAX_CODEPOINTS,              \
                 name ".text", "plain text of " what)                                              \
    TEMPLATE_ROW(X, kind, lang, TEMPLATE_HTML, SET_TEMPLATE, TEMPLATE_MAX_CODEPOINTS,              \
                 name ".html", "HTML of " what)
#define TEMPLATE_LANGS(X, kind, word, what)                                                        \
    TEMPLATE_PARTS(X, kind, LANG_EN, word ".en", what ", English")                                 \
    TEMPLATE_PARTS(X, kind, LANG_JA, word ".ja", what ", Japanese")
#define TEMPLATE_ROWS(X)                                                                           \
    TEMPLATE_LANGS(X, TEMPLATE_TRANSCRIPT, "transcript", "transcripts")                            \
    TEMPLATE_LANGS(X, TEMPLATE_BLOCK, "block", "block notices")                                    \
    TEMPLATE_LANGS(X, TEMPLATE_FEEDBACK, "feedback", "ratings and comments")                       \
    TEMPLATE_LANGS(X, TEMPLATE_MISSED, "missed", "missed chats")                                   \
    TEMPLATE_LANGS(X, TEMPLATE_COPY, "copy", "visitors' transcripts")                              \
    TEMPLATE_LANGS(X, TEMPLATE_REPLY, "reply", "answers by e-mail")                                \
    TEMPLATE_LANGS(X, TEMPLATE_FORWARD, "forward", "forwarded lines")                              \
    TEMPLATE_LANGS(X, TEMPLATE_TEST, "test", "test mails")                                         \
    TEMPLATE_LANGS(X, TEMPLATE_DIGEST, "digest", "digests of many notices")
#define ACCOUNT_TEMPLATE_ROWS(X)                                                                   \
    TEMPLATE_LANGS(X, TEMPLATE_INVITATION, "invitation", "agents' invitations")                    \
    TEMPLATE_LANGS(X, TEMPLATE_RESET, "reset", "links to a new password")                          \
    TEMPLATE_LANGS(X, TEMPLATE_TASK, "task", "tasks that are due")                                 \
    TEMPLATE_LANGS(X, TEMPLATE_MENTION, "mention", "mentions in notes")

/* tag (stable for ever, from 10 on), name, type, min, max, words, slot, member, help */
#define PORTAL_ROWS(X)                                                                             \
    X(10, "name", SET_LINE, 1, NAME_MAX_CODEPOINTS, NULL, SLOT_STR, name,                          \
      "the organisation, as visitors and agents read it")                                          \
    X(11, "lang", SET_ENUM, 0, LANG_COUNT - 1, words_lang, SLOT_ENUM, lang, "default language")    \
    X(12, "zone", SET_ZONE, 1, 64, NULL, SLOT_STR, zone, "time zone of mails: an IANA name")       \
    X(160, "skills", SET_LINE, 0, 1000, NULL, SLOT_STR, skills,                                    \
      "skills that agents may have and rules may name, with commas between them")                  \
    X(13, "from", SET_MAILBOX, 0, 1, NULL, SLOT_STR, from,                                         \
      "From address of departments without one of their own")                                      \
    X(14, "relay_host", SET_HOST, 1, 253, NULL, SLOT_STR, relay_host,                              \
      "SMTP server that takes our mail")                                                           \
    X(15, "relay_port", SET_INT, 1, 65535, NULL, SLOT_U16, relay_port, "its port")                 \
    X(16, "relay_tls", SET_ENUM, 0, 2, words_tls, SLOT_ENUM, relay_tls,                            \
      "none (loopback only), starttls, or tls: from the start, as on port 465")                    \
    X(17, "relay_user", SET_LINE, 0, 200, NULL, SLOT_STR, relay_user,                              \
      "name to authenticate with; empty: none")                                                    \
    X(18, "relay_secret", SET_SECRET, 0, RELAY_SECRET_MAX_BYTES, NULL, SLOT_STR, relay_secret,     \
      "its password or token, sealed for the dispatcher")                                          \
    X(19, "grace_ms", SET_MS, 0, 10 * MINUTE_MS, NULL, SLOT_U32, grace_ms,                         \
      "chats of an agent without connection stay this long")                                       \
    X(20, "visitor_grace_ms", SET_MS, SECOND_MS, 24 * HOUR_MS, NULL, SLOT_U32, visitor_grace_ms,   \
      "a chat whose visitor has no connection goes on this long")                                  \
    X(21, "relay_auth", SET_ENUM, 0, 1, words_auth, SLOT_ENUM, relay_auth,                         \
      "what the server gets: the password, or a token by XOAUTH2, only with TLS")                  \
    X(22, "transfer_between", SET_BOOL, 0, 1, NULL, SLOT_BOOL, transfer_between,                   \
      "chats may be handed on to another department")                                              \
    X(30, "factor_roles", SET_WORDS, 0, ROLE_CUSTOM + 1, words_role, SLOT_U32, factor_roles,       \
      "who needs a second factor to sign in")                                                      \
    TEMPLATE_ROWS(X)                                                                               \
    ACCOUNT_TEMPLATE_ROWS(X)

#define MAIL_ROWS(X, tag, word, which, what)                                                       \
    X(tag, "mail." word ".on", SET_BOOL, 0, 1, NULL, SLOT_BOOL, mail[which].on, "switch: " what)   \
    X(tag + 1, "mail." word ".addresses", (which) == MAILSET_FROM ? SET_MAILBOX : SET_MAILBOXES,   \
      0, MAILBOX_LIST_MAX, NULL, SLOT_STR, mail[which].addrs, "address list: " what)

#define LABEL_ROW(X, tag, word, field, lang, name, what)                                           \
    X(tag, "label." word, SET_LINE, 0, NAME_MAX_CODEPOINTS, NULL, SLOT_STR, label[field][lang],    \
      "how the " what " is asked for, " name "; empty: the first language's")
#define LABEL_ROWS(X, tag, word, field, what)                                                      \
    LABEL_ROW(X, tag, word ".en", field, LANG_EN, "English", what)                                 \
    LABEL_ROW(X, tag + 1, word ".ja", field, LANG_JA, "Japanese", what)

#define DEPT_ROWS(X)                                                                               \
    X(10, "name", SET_LINE, 1, NAME_MAX_CODEPOINTS, NULL, SLOT_STR, name,                          \
      "name, as visitors and agents read it")                                                      \
    X(11, "description", SET_TEXT, 0, DEPT_DESCRIPTION_MAX_CODEPOINTS, NULL, SLOT_STR,             \
      description, "for agents")                                                                   \
    X(12, "type", SET_ENUM, 0, 1, words_dept_type, SLOT_ENUM, type,                                \
      "public: visitors reach it by its code; private: agents only")                               \
    X(13, "enabled", SET_BOOL, 0, 1, NULL, SLOT_BOOL, enabled, "off: takes no new chats")          \
    X(14, "chat_on", SET_BOOL, 0, 1, NULL, SLOT_BOOL, chat_on, "off: no chat in this department")  \
    X(15, "lang", SET_ENUM, 0, LANG_COUNT - 1, words_lang, SLOT_ENUM, lang,                        \
      "its first language: of its mails, and of visitors with one that it does not speak")         \
    X(90, "languages", SET_WORDS, 1, LANG_COUNT, words_lang, SLOT_U32, languages,                  \
      "those that it speaks, of which visitors read their own")                                    \
    X(16, "greeting.en", SET_TEXT, 0, 1000, NULL, SLOT_STR, greeting[LANG_EN],                     \
      "first line of each chat, English; empty: the first language's")                             \
    X(17, "greeting.ja", SET_TEXT, 0, 1000, NULL, SLOT_STR, greeting[LANG_JA],                     \
      "first line of each chat, Japanese; empty: the first language's")                            \
    X(18, "offline_text.en", SET_TEXT, 0, 1000, NULL, SLOT_STR, offline_text[LANG_EN],             \
      "over the offline form, English; empty: the first language's")                               \
    X(19, "offline_text.ja", SET_TEXT, 0, 1000, NULL, SLOT_STR, offline_text[LANG_JA],             \
      "over the offline form, Japanese; empty: the first language's")                              \
    X(20, "offline", SET_ENUM, 0, 1, words_offline, SLOT_ENUM, offline,                            \
      "what the widget shows when nobody is there: the form, or nothing")                          \
    X(21, "colour", SET_COLOUR, 7, 7, NULL, SLOT_COLOUR, colour, "of the widget: #rrggbb")         \
    X(22, "at_start", SET_BOOL, 0, 1, NULL, SLOT_BOOL, at_start,                                   \
      "the bubble stands at the line's start instead of its end")                                  \
    X(23, "fields.name", SET_ENUM, 0, 2, words_need, SLOT_ENUM, fields[FIELD_NAME],                \
      "is the visitor's name asked for")                                                           \
    X(24, "fields.email", SET_ENUM, 0, 2, words_need, SLOT_ENUM, fields[FIELD_EMAIL],              \
      "is the visitor's e-mail address asked for")                                                 \
    X(25, "fields.phone", SET_ENUM, 0, 2, words_need, SLOT_ENUM, fields[FIELD_PHONE],              \
      "is the visitor's phone number asked for")                                                   \
    X(26, "fields.question", SET_ENUM, 0, 2, words_need, SLOT_ENUM, fields[FIELD_QUESTION],        \
      "is the question asked for")                                                                 \
    LABEL_ROWS(X, 91, "name", FIELD_NAME, "name")                                                  \
    LABEL_ROWS(X, 93, "email", FIELD_EMAIL, "e-mail address")                                      \
    LABEL_ROWS(X, 95, "phone", FIELD_PHONE, "phone number")                                        \
    LABEL_ROWS(X, 97, "question", FIELD_QUESTION, "question")                                      \
    X(27, "origins", SET_ORIGINS, 0, ORIGINS_MAX, NULL, SLOT_STR, origins,                         \
      "websites that may show the widget; empty: any")                                             \
    X(28, "strategy", SET_ENUM, 0, STRATEGY_RING_ALL, words_strategy, SLOT_ENUM, strategy,         \
      "how an agent is chosen")                                                                    \
    X(160, "rules", SET_TEXT, 0, RULES_MAX_CODEPOINTS, NULL, SLOT_STR, rules,                      \
      "which skills a chat wants, one rule a line: lang:ja page:*/billing* strict:60s -> skill, "  \
      "skill; a value between slashes is a regular expression")                                    \
    X(29, "queue_max", SET_INT, 0, QUEUE_MAX, NULL, SLOT_U32, queue_max,                           \
      "so many visitors may wait")                                                                 \
    X(30, "offer_ms", SET_MS, SECOND_MS, 10 * MINUTE_MS, NULL, SLOT_U32, offer_ms,                 \
      "an agent has so long to accept")                                                            \
    X(31, "wait_ms", SET_MS, SECOND_MS, 24 * HOUR_MS, NULL, SLOT_U32, wait_ms,                     \
      "a visitor waits so long, then the chat is missed")                                          \
    X(32, "idle_ms", SET_MS, 0, 24 * HOUR_MS, NULL, SLOT_U32, idle_ms,                             \
      "a silent chat ends after this; 0: never")                                                   \
    X(33, "auto_accept", SET_BOOL, 0, 1, NULL, SLOT_BOOL, auto_accept,                             \
      "chats are accepted for the agent at once")                                                  \
    X(34, "show_eta", SET_BOOL, 0, 1, NULL, SLOT_BOOL, show_eta,                                   \
      "visitors see how long it may take")                                                         \
    X(35, "title.en", SET_LINE, 0, NAME_MAX_CODEPOINTS, NULL, SLOT_STR, title[LANG_EN],            \
      "over the widget, English; empty: the first language's")                                     \
    X(36, "title.ja", SET_LINE, 0, NAME_MAX_CODEPOINTS, NULL, SLOT_STR, title[LANG_JA],            \
      "over the widget, Japanese; empty: the first language's")                                    \
    X(37, "transfer_ms", SET_MS, SECOND_MS, HOUR_MS, NULL, SLOT_U32, transfer_ms,                  \
      "a chat handed on waits so long for a taker, then it comes back")                            \
    X(38, "pause_ms", SET_MS, 0, 10 * MINUTE_MS, NULL, SLOT_U32, pause_ms,                         \
      "before agents who were asked for a chat are asked again; doubles with each round")          \
    X(39, "pause_max_ms", SET_MS, 0, HOUR_MS, NULL, SLOT_U32, pause_max_ms,                        \
      "the pause between rounds grows no longer than this")                                        \
    X(52, "overflow", SET_DEPT, 0, INT64_MAX, NULL, SLOT_U64, overflow,                            \
      "department whose agents are asked as well for chats that wait; empty: none")                \
    X(53, "overflow_ms", SET_MS, 0, 24 * HOUR_MS, NULL, SLOT_U32, overflow_ms,                     \
      "a chat waits so long, then that department's agents are asked as well")                     \
    X(55, "left_routed", SET_BOOL, 0, 1, NULL, SLOT_BOOL, left_routed,                             \
      "what is left while nobody is there waits for an agent once it opens")                       \
    X(54, "last_agent", SET_BOOL, 0, 1, NULL, SLOT_BOOL, last_agent,                               \
      "who comes back is offered first to the agent whom he spoke with last")                      \
    MAIL_ROWS(X, 40, "from", MAILSET_FROM, "From of this department's mail")                       \
    MAIL_ROWS(X, 42, "transcript", MAILSET_TRANSCRIPT, "what was said, at a chat's end")           \
    MAIL_ROWS(X, 44, "block", MAILSET_BLOCK, "an agent blocked a visitor's address")               \
    MAIL_ROWS(X, 46, "feedback", MAILSET_FEEDBACK, "a visitor rated or commented")                 \
    MAIL_ROWS(X, 48, "missed", MAILSET_MISSED, "a chat request was not answered")                  \
    MAIL_ROWS(X, 50, "copy", MAILSET_COPY, "Cc of mails to visitors")                              \
    X(60, "relay.own", SET_BOOL, 0, 1, NULL, SLOT_BOOL, relay.own,                                 \
      "its mails go through a server of its own; off: the portal's")                               \
    X(61, "relay.host", SET_HOST, 0, 253, NULL, SLOT_STR, relay.host,                              \
      "SMTP server that takes its mail")                                                           \
    X(62, "relay.port", SET_INT, 1, 65535, NULL, SLOT_U16, relay.port, "its port")                 \
    X(63, "relay.tls", SET_ENUM, 0, 2, words_tls, SLOT_ENUM, relay.tls,                            \
      "none (loopback only), starttls, or tls: from the start, as on port 465")                    \
    X(64, "relay.user", SET_LINE, 0, 200, NULL, SLOT_STR, relay.user,                              \
      "name to authenticate with; empty: none")                                                    \
    X(65, "relay.secret", SET_SECRET, 0, RELAY_SECRET_MAX_BYTES, NULL, SLOT_STR, relay.secret,     \
      "its password or token, sealed for the dispatcher")                                          \
    X(66, "relay.auth", SET_ENUM, 0, 1, words_auth, SLOT_ENUM, relay.auth,                         \
      "what the server gets: the password, or a token by XOAUTH2, only with TLS")                  \
    X(TAG_HOURS, "hours.week", SET_HOURS, 0, 1000, NULL, SLOT_STR, hours.week,                     \
      "business hours, outside of which it is offline; empty: always open")                        \
    X(TAG_HOURS + 1, "hours.zone", SET_ZONE, 0, 64, NULL, SLOT_STR, hours.zone,                    \
      "time zone of its hours: an IANA name; empty: the portal's")                                 \
    X(TAG_HOURS + 2, "hours.holidays", SET_HOLIDAYS, 0, HOLIDAYS_MAX, NULL, SLOT_STR,              \
      hours.holidays, "days on which it is closed")                                                \
    X(TAG_HOURS + 3, "hours.days", SET_DAYS, 0, HOURS_DAYS_MAX, NULL, SLOT_STR, hours.days,        \
      "single days with hours of their own, which go before week and holidays")                    \
    X(TAG_HOURS + 4, "hours.last_chat_ms", SET_MS, 0, 4 * HOUR_MS, NULL, SLOT_U32,                 \
      hours.last_chat_ms, "so long before closing no new chat begins")                             \
    TEMPLATE_ROWS(X)

#define AGENT_ROWS(X)                                                                              \
    X(10, "name", SET_LINE, 1, NAME_MAX_CODEPOINTS, NULL, SLOT_STR, name,                          \
      "name, as visitors and colleagues read it")                                                  \
    X(11, "email", SET_MAILBOX, 1, 1, NULL, SLOT_STR, email, "address; signs in with it")          \
    X(TAG_PHONE, "phone", SET_LINE, 0, PHONE_MAX_CODEPOINTS, NULL, SLOT_STR, phone,                \
      "phone number")                                                                              \
    X(TAG_EXTENSION, "extension", SET_LINE, 0, EXTENSION_MAX_CODEPOINTS, NULL, SLOT_STR,           \
      extension, "extension of the phone")                                                         \
    X(TAG_MOBILE, "mobile", SET_LINE, 0, PHONE_MAX_CODEPOINTS, NULL, SLOT_STR, mobile,             \
      "mobile number")                                                                             \
    X(TAG_NOTE, "note", SET_TEXT, 0, AGENT_NOTE_MAX_CODEPOINTS, NULL, SLOT_STR, note,              \
      "about the agent, for administrators alone")                                                 \
    X(TAG_ROLE, "role", SET_ENUM, 0, ROLE_CUSTOM, words_role, SLOT_ENUM, role,                     \
      "agent, admin, light (sees only) or custom (has the permissions)")                           \
    X(14, "scope", SET_ENUM, 0, SCOPE_OWN_TEAM_UNASSIGNED, words_scope, SLOT_ENUM, scope,          \
      "which conversations, in the agent's departments")                                           \
    X(TAG_PERMISSIONS, "permissions", SET_WORDS, 0, PERM_COUNT, words_permission, SLOT_U32,        \
      permissions,                                                                                 \
      "of a custom role; for others block, see_ip, outbox, canned, supervise, export count")       \
    X(16, "enabled", SET_BOOL, 0, 1, NULL, SLOT_BOOL, enabled,                                     \
      "off: cannot sign in, and sessions end at once")                                             \
    X(17, "lang", SET_ENUM, 0, LANG_COUNT - 1, words_lang, SLOT_ENUM, lang, "of the console")      \
    X(18, "capacity", SET_INT, 1, CAPACITY_MAX, NULL, SLOT_U32, capacity,                          \
      "so many chats at once, as far as routing goes")                                             \
    X(160, "skills", SET_LINE, 0, 1000, NULL, SLOT_STR, skills,                                    \
      "skills of the portal that the agent has, with commas between them")                         \
    X(TAG_SIGNATURE, "signature", SET_TEXT, 0, SIGNATURE_MAX_CODEPOINTS, NULL, SLOT_STR,           \
      signature, "below answers by e-mail; empty: name and department")                            \
    X(TAG_ZONE, "zone", SET_ZONE, 0, 64, NULL, SLOT_STR, zone,                                     \
      "time zone of the console: an IANA name; empty: the browser's")                              \
    X(80, "alerts.volume", SET_INT, 1, 100, NULL, SLOT_U32, alerts.volume,                         \
      "of the console's sounds, in percent")                                                       \
    X(81, "alerts.tone", SET_ENUM, 0, TONE_COUNT - 1, words_tone, SLOT_ENUM, alerts.tone,          \
      "what they sound like")                                                                      \
    X(TAG_QUIET, "alerts.quiet", SET_HOURS, 0, 1000, NULL, SLOT_STR, alerts.quiet,                 \
      "hours with neither sound nor notices on the desktop, in the agent's zone; empty: none")     \
    X(90, "alerts.tasks", SET_ENUM, 0, TASK_MAIL_COUNT - 1, words_task_mail, SLOT_ENUM,            \
      alerts.tasks, "are tasks that are due told by mail; away: where no console is open")         \
    X(180, "alerts.mentions", SET_ENUM, 0, TASK_MAIL_COUNT - 1, words_task_mail, SLOT_ENUM,        \
      alerts.mentions, "are unread mentions told by mail; away: where no console is open")         \
    X(181, "alerts.mentions_ms", SET_MS, 1000, 24 * 3600 * 1000, NULL, SLOT_U32,                   \
      alerts.mentions_ms, "so long they are unread before that")                                   \
    X(TAG_KEYS, "keys", SET_KEYS, 0, KEYS_MAX, NULL, SLOT_STR, keys,                               \
      "keys of the console that are the agent's own")

#define SETTING(tag, name, type, min, max, words, slot, member, help)                              \
    {tag, name, type, min, max, words, false, help},
#define PORTAL_PLACE(tag, name, type, min, max, words, slot, member, help)                         \
    {slot, tag, offsetof(struct portal, member)},
#define DEPT_PLACE(tag, name, type, min, max, words, slot, member, help)                           \
    {slot, tag, offsetof(struct dept, member)},
#define AGENT_PLACE(tag, name, type, min, max, words, slot, member, help)                          \
    {slot, tag, offsetof(struct agent, member)},

struct place {
    enum slot slot;
    uint16_t tag;
    size_t offset;
};

const char *setting_type_word(enum setting_type type)
{
    static const char *const types[] = {[SET_BOOL] = "bool",
                                        [SET_INT] = "int",
                                        [SET_MS] = "ms",
                                        [SET_ENUM] = "enum",
                                        [SET_LINE] = "line",
                                        [SET_TEXT] = "text",
                                        [SET_MAILBOX] = "mailbox",
                                        [SET_MAILBOXES] = "mailboxes",
                                        [SET_ORIGINS] = "origins",
                                        [SET_COLOUR] = "colour",
                                        [SET_ZONE] = "zone",
                                        [SET_HOURS] = "hours",
                                        [SET_DAYS] = "days",
                                        [SET_HOLIDAYS] = "holidays",
                                        [SET_HOST] = "host",
                                        [SET_SECRET] = "secret",
                                        [SET_DEPT] = "department",
                                        [SET_WORDS] = "words",
                                        [SET_KEYS] = "keys",
                                        [SET_TEMPLATE_LINE] = "template-line",
                                        [SET_TEMPLATE] = "template"};

    return types[type];
}

static const struct setting portal_table[] = {PORTAL_ROWS(SETTING)};
static const struct place portal_places[] = {PORTAL_ROWS(PORTAL_PLACE)};
static const struct setting dept_table[] = {DEPT_ROWS(SETTING)};
static const struct place dept_places[] = {DEPT_ROWS(DEPT_PLACE)};
static const struct setting agent_table[] = {AGENT_ROWS(SETTING)};
static const struct place agent_places[] = {AGENT_ROWS(AGENT_PLACE)};

_Static_assert(sizeof(enum lang) == sizeof(unsigned), "enums are written as unsigned");
_Static_assert(COUNT_OF(words_permission) == PERM_COUNT + 1, "a word for each");

const struct setting *portal_settings(size_t *count)
{
    *count = COUNT_OF(portal_table);
    return portal_table;
}

const struct setting *dept_settings(size_t *count)
{
    *count = COUNT_OF(dept_table);
    return dept_table;
}

const struct setting *agent_settings(size_t *count)
{
    *count = COUNT_OF(agent_table);
    return agent_table;
}

const struct setting *setting_find(const struct setting *table, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++)
        if (span_is(name, table[i].name))
            return &table[i];
    return NULL;
}

static const struct setting *table_of(enum obj_type type, size_t *count,
                                      const struct place **places)
{
    switch (type) {
    case OBJ_PORTAL:
        *places = portal_places;
        return portal_settings(count);
    case OBJ_DEPT:
        *places = dept_places;
        return dept_settings(count);
    default:
        ensure(type == OBJ_AGENT);
        *places = agent_places;
        return agent_settings(count);
    }
}

/* Take a value out of its slot. */
static void slot_get(const struct place *pl, const void *object, int64_t *i, struct span *s)
{
    const char *at = (const char *)object + pl->offset;

    *i = 0;
    *s = SPAN_NONE;
    switch (pl->slot) {
    case SLOT_BOOL:
        *i = *(const bool *)(const void *)at;
        break;
    case SLOT_U16:
        *i = *(const uint16_t *)(const void *)at;
        break;
    case SLOT_U32:
        *i = *(const uint32_t *)(const void *)at;
        break;
    case SLOT_U64:
        *i = (int64_t) * (const uint64_t *)(const void *)at;
        break;
    case SLOT_ENUM:
        *i = *(const unsigned *)(const void *)at;
        break;
    case SLOT_STR:
        *s = span_of(*(char *const *)(const void *)at);
        break;
    case SLOT_COLOUR:
        *s = span_of(at);
        break;
    case SLOT_TEMPLATE:
        *s = templates_read(*(struct templates *const *)(const void *)at, pl->tag);
        break;
    }
}

static void slot_set(const struct place *pl, void *object, int64_t i, struct span s)
{
    char *at = (char *)object + pl->offset;

    switch (pl->slot) {
    case SLOT_BOOL:
        *(bool *)(void *)at = i != 0;
        break;
    case SLOT_U16:
        *(uint16_t *)(void *)at = (uint16_t)i;
        break;
    case SLOT_U32:
        *(uint32_t *)(void *)at = (uint32_t)i;
        break;
    case SLOT_U64:
        *(uint64_t *)(void *)at = (uint64_t)i;
        break;
    case SLOT_ENUM:
        *(unsigned *)(void *)at = (unsigned)i;
        break;
    case SLOT_STR:
        str_set((char **)(void *)at, s);
        break;
    case SLOT_COLOUR:
        snprintf(at, 8, "%.*s", (int)s.len, s.p != NULL ? s.p : "");
        break;
    case SLOT_TEMPLATE:
        templates_set((struct templates **)(void *)at, pl->tag, s);
        break;
    }
}

static bool slot_is_text(enum slot slot)
{
    return slot == SLOT_STR || slot == SLOT_COLOUR || slot == SLOT_TEMPLATE;
}

/* One value as a field.  Numbers always have eight bytes, so that a zero is written, too. */
static void field_put(struct buf *b, unsigned tag, bool text, int64_t i, struct span s)
{
    uint8_t be[8];

    be64_put(be, (uint64_t)i);
    tlv_put_item(b, tag, text ? s : (struct span){(const char *)be, sizeof(be)});
}

void setting_put(struct buf *b, const struct change *c)
{
    enum setting_type type = c->setting->type;
    bool number = type == SET_BOOL || type == SET_INT || type == SET_MS || type == SET_ENUM ||
                  type == SET_WORDS || type == SET_DEPT;

    field_put(b, c->setting->tag, !number, c->i, c->s);
}

bool setting_put_kept(enum obj_type type, const void *object, unsigned tag, struct buf *b)
{
    const struct place *places;
    size_t count;
    const struct setting *table = table_of(type, &count, &places);
    int64_t i;
    struct span s;

    for (size_t at = 0; at < count; at++) {
        if (table[at].tag != tag)
            continue;
        slot_get(&places[at], object, &i, &s);
        field_put(b, tag, slot_is_text(places[at].slot), i, s);
        return true;
    }
    return false;
}

void settings_put_all(enum obj_type type, const void *object, struct buf *b)
{
    const struct place *places;
    size_t count;
    const struct setting *table = table_of(type, &count, &places);
    int64_t i;
    struct span s;

    for (size_t at = 0; at < count; at++) {
        slot_get(&places[at], object, &i, &s);
        if (places[at].slot == SLOT_TEMPLATE && s.len == 0)
            continue; /* so it begins, and always will */
        field_put(b, table[at].tag, slot_is_text(places[at].slot), i, s);
    }
}

/* A number from a row may be out of range where the row is damaged: then it is refused. */
static bool field_apply(const struct setting *st, const struct place *pl, void *object,
                        struct span bytes)
{
    int64_t i = 0;
    bool words = st->type == SET_WORDS;

    if (!slot_is_text(pl->slot)) {
        if (bytes.len != 8)
            return false;
        i = (int64_t)be64_get((const uint8_t *)bytes.p);
        if (words ? i < 0 || i >= (int64_t)BIT(PERM_COUNT) : i < st->min || i > st->max)
            return false;
    } else if (!span_is_utf8(bytes)) {
        return false;
    }
    slot_set(pl, object, i, bytes);
    return true;
}

bool settings_apply(enum obj_type type, void *object, struct span fields)
{
    const struct place *places;
    size_t count;
    const struct setting *table = table_of(type, &count, &places);
    bool sound = true;
    struct tlv f;
    err_t err;

    while ((err = tlv_next(&fields, &f)) == ERR_OK)
        for (size_t at = 0; at < count; at++)
            if (table[at].tag == f.tag && !field_apply(&table[at], &places[at], object, f.bytes))
                sound = false;
    return sound && err == ERR_NOTFOUND;
}

/* Copy all settings (and nothing else) of one object to another that is zero. */
void object_copy(enum obj_type type, const void *from, void *to)
{
    struct buf b = {0};

    settings_put_all(type, from, &b);
    ensure(settings_apply(type, to, buf_span(&b)));
    buf_fini(&b);
}

void object_clear(enum obj_type type, void *object)
{
    const struct place *places;
    size_t count;

    (void)table_of(type, &count, &places);
    for (size_t at = 0; at < count; at++) {
        void *slot = (char *)object + places[at].offset;

        if (places[at].slot == SLOT_STR) {
            free(*(char **)slot);
            *(char **)slot = NULL;
        } else if (places[at].slot == SLOT_TEMPLATE) {
            templates_free(*(struct templates **)slot);
            *(struct templates **)slot = NULL;
        }
    }
}

/* The words of a set, joined by commas. */
static struct span words_text(const struct setting *st, int64_t bits)
{
    static _Thread_local char text[256]; /* the check reads settings beside the loop */
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; st->words[i] != NULL; i++)
        if ((bits & (int64_t)BIT(i)) != 0)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? "," : "",
                                    st->words[i]);
    return (struct span){text, len};
}

static void setting_get(enum obj_type type, const void *object, const struct setting *st,
                        struct change *out)
{
    const struct place *places;
    size_t count;
    const struct setting *table = table_of(type, &count, &places);

    ensure(st >= table && st < table + count);
    out->setting = st;
    slot_get(&places[st - table], object, &out->i, &out->s);
    if (st->type == SET_WORDS)
        out->s = words_text(st, out->i);
    if (st->type == SET_SECRET) {
        out->i = out->s.len > 0;
        out->s = SPAN_NONE;
    }
}

void portal_setting_get(const struct portal *p, const struct setting *st, struct change *out)
{
    setting_get(OBJ_PORTAL, p, st, out);
}

void dept_setting_get(const struct dept *d, const struct setting *st, struct change *out)
{
    setting_get(OBJ_DEPT, d, st, out);
}

void agent_setting_get(const struct agent *ag, const struct setting *st, struct change *out)
{
    setting_get(OBJ_AGENT, ag, st, out);
}
