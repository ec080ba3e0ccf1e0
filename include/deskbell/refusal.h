/*
 * Why something is refused, as codes: what err_t sorts, these name.  A program goes by them, and
 * the console and the widget have words for each in every language.
 */
#ifndef DESKBELL_REFUSAL_H
#define DESKBELL_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span;

#define REFUSAL_VALUES_MAX 3

/*
 * enum suffix, code on the wire, the sentence in English with {names} of its values.  Codes and
 * names are part of the protocol: deskbell-protocol(7) lists them, and a test holds table, manual
 * and words together.
 */
#define REFUSAL_TABLE(X)                                                                           \
    /* values of any field */                                                                      \
    X(TYPE, "type", "{expected} is expected")                                                      \
    X(ID, "id", "an id is a string of digits")                                                     \
    X(EMPTY, "empty", "must not be empty")                                                         \
    X(TOO_LONG, "too-long", "at most {max} characters, this has {has}")                            \
    X(TOO_LONG_BYTES, "too-long-bytes", "at most {max} bytes, this has {has}")                     \
    X(TOO_SHORT, "too-short", "at least {min} characters are needed")                              \
    X(LENGTH, "length", "{min} to {max} characters are possible")                                  \
    X(ENCODING, "encoding", "must be UTF-8")                                                       \
    X(CONTROL, "control", "character {at}, {character}, is not possible")                          \
    X(ONE_LINE, "one-line",                                                                        \
      "must be one line, in which character {at}, {character}, is not possible")                   \
    X(CHARACTERS, "characters", "has a character that is not possible here")                       \
    X(TOO_MANY, "too-many", "at most {max}, these are {has}")                                      \
    X(HOW_MANY, "how-many", "1 to {max}, these are {has}")                                         \
    X(RANGE, "range", "from {min} to {max}, this is {has}")                                        \
    X(RANGE_MS, "range-ms", "from {min} to {max} ms, this is {has}")                               \
    X(WORD, "word", "one of {words} is expected")                                                  \
    X(WORD_NONE, "word-none", "{word} is none of the words possible here")                         \
    X(WORD_AMONG, "word-among", "{word} is none of: {words}")                                      \
    X(LANG_FIRST, "lang-first", "its first language, {lang}, is among those that it speaks")       \
    X(EITHER, "either", "either {first} or {second} is needed")                                    \
    X(NEEDED, "needed", "{command} needs it")                                                      \
    X(NO_FIELD, "no-field", "{command} has no such field")                                         \
    X(MEMBERSHIP, "membership", "a membership has department, chat and notify")                    \
    X(PAST, "past", "this time has passed")                                                        \
    /* settings */                                                                                 \
    X(NO_ZONE, "no-zone",                                                                          \
      "there is no such time zone; an IANA name such as Asia/Tokyo is expected")                   \
    X(HOURS_FORM, "hours-form", "{text}: hours look like 09:00-12:00, 13:00-18:00, or closed")     \
    X(HOURS_DAY, "hours-day", "{text}: a day is mon, tue, wed, thu, fri, sat or sun")              \
    X(HOURS_TIME, "hours-time",                                                                    \
      "{text}: a time looks like 09:00, or like 26:00 for 02:00 of the next day")                  \
    X(HOURS_START, "hours-start",                                                                  \
      "{text}: what begins at 24:00 or later belongs to the next day, and begins at 00:00 there")  \
    X(HOURS_ORDER, "hours-order",                                                                  \
      "{text}: the end must be later than the start; 02:00 of the next day is written 26:00")      \
    X(HOURS_LONG, "hours-long", "{text}: at most 24 hours in a row")                               \
    X(HOURS_OVERLAP, "hours-overlap", "{day}: {first} and {second} overlap")                       \
    X(HOURS_SPANS, "hours-spans", "{day}: at most {max} spans a day")                              \
    X(HOURS_TWICE, "hours-twice", "{day} is there twice")                                          \
    X(HOURS_NEVER, "hours-never", "no day has hours; to close it, disable the department")         \
    X(HOURS_SHORT, "hours-short", "{text}: no chat could begin in it, it is too short for that")   \
    X(HOURS_GAP, "hours-gap",                                                                      \
      "{date}: clocks are put forward in {zone} on that day and never show {time}")                \
    X(DATE_FORM, "date-form",                                                                      \
      "{text}: a date looks like 2026-12-31, that of each year like 12-31")                        \
    X(DATE_NONE, "date-none", "{text}: there is no such day")                                      \
    X(DATE_TWICE, "date-twice", "{date} is there twice")                                           \
    X(SKILL_TWICE, "skill-twice", "{skill} is there twice")                                        \
    X(SKILL_UNKNOWN, "skill-unknown", "the portal has no skill {skill}")                           \
    X(SKILL_USED, "skill-used", "rule {rule} of {department} names the skill {skill}")             \
    X(RULE_FORM, "rule-form", "rule {rule}: conditions, then ->, then skills")                     \
    X(RULE_CONDITION, "rule-condition", "rule {rule}: {said} is no condition")                     \
    X(RULE_STRICT, "rule-strict", "rule {rule}: {said} is no time of at most a day")               \
    X(RULE_PATTERN, "rule-pattern", "rule {rule}: character {at} of the expression: {why}")        \
    X(RULE_EXPRESSIONS, "rule-expressions", "rules have at most 8 regular expressions")            \
    X(RULE_LONG, "rule-long", "rule {rule} has more than 8 conditions")                            \
    X(RULES_MANY, "rules-many", "there are more than 20 rules")                                    \
    X(RULE_SKILL, "rule-skill", "rule {rule}: the portal has no skill {skill}")                    \
    X(RULE_FIELD, "rule-field", "rule {rule}: visitors are not asked for {field} here")            \
    X(RULE_LANGS, "rule-langs", "rule {rule}: nobody speaks two languages at once")                \
    X(RULE_CONTRADICTS, "rule-contradicts",                                                        \
      "rule {rule}: what it wants of {field} can never be so at once")                             \
    X(RULE_NEVER, "rule-never", "rule {rule} can never match: rule {before} takes all of it")      \
    X(OVERFLOW_CYCLE, "overflow-cycle", "a chat would go round in a circle: {chain}")              \
    X(SECRET, "secret", "a secret is set by a command of its own")                                 \
    X(CANNOT_SET, "cannot-set", "cannot be set")                                                   \
    X(OTHER_KIND, "other-kind", "a setting of another kind of object")                             \
    X(ORIGIN, "origin", "{origin}: an origin looks like https://www.example.com")                  \
    X(COLOUR, "colour", "a colour looks like #2457c5")                                             \
    X(KEYS, "keys", "{text}: an action and its keys look like accept=Alt+KeyA")                    \
    X(KEYS_WORD, "keys-word", "{action} is there twice")                                           \
    X(KEYS_TWICE, "keys-twice", "{keys} would do both {first} and {second}")                       \
    X(TEMPLATES_FULL, "templates-full", "all templates of one place have {max_kb} KB at most")     \
    X(TLS_NEEDED, "tls-needed",                                                                    \
      "none is possible for a server on this machine only; set starttls or tls")                   \
    X(TOKEN_TLS, "token-tls", "xoauth2 is possible with TLS only; set starttls or tls first")      \
    X(FROM_USED, "from-used", "department {department} sends its mail from it")                    \
    X(RELAY_HOST, "relay-host", "must be set while relay.own is on")                               \
    X(MAIL_ADDRESS, "mail-address", "must have an address while mail.{setting}.on is on")          \
    X(NO_FROM, "no-from",                                                                          \
      "there is no From address: switch mail.from.on on, or set the portal's from first")          \
    X(NO_FROM_ANY, "no-from-any",                                                                  \
      "no From address is set, neither for the department nor for all")                            \
    X(NO_FROM_PORTAL, "no-from-portal",                                                            \
      "no From address is set for the portal, so no mail can be sent")                             \
    /* host names */                                                                               \
    X(HOST_EMPTY, "host-empty", "a host name or an IPv4 address is expected: it is empty")         \
    X(HOST_LONG, "host-long",                                                                      \
      "a host name or an IPv4 address is expected: it is longer than 253 characters")              \
    X(HOST_PORT, "host-port",                                                                      \
      "a host name or an IPv4 address is expected: neither a port nor an IPv6 address is "         \
      "possible here")                                                                             \
    X(HOST_DOTS, "host-dots",                                                                      \
      "a host name or an IPv4 address is expected: it begins or ends with a dot, or has two "      \
      "in a row")                                                                                  \
    X(HOST_LABEL, "host-label",                                                                    \
      "a host name or an IPv4 address is expected: a part of it is longer than 63 characters")     \
    X(HOST_HYPHEN, "host-hyphen",                                                                  \
      "a host name or an IPv4 address is expected: a part of it begins or ends with a hyphen")     \
    X(HOST_CHARACTER, "host-character",                                                            \
      "a host name or an IPv4 address is expected: it has a character that no host name has")      \
    X(HOST_DIGITS, "host-digits",                                                                  \
      "a host name or an IPv4 address is expected: it is no IPv4 address")                         \
    /* e-mail addresses */                                                                         \
    X(ADDRESS_NONE, "address-none", "at least one address is needed")                              \
    X(ADDRESS_ONE, "address-one", "exactly one address is possible here")                          \
    X(ADDRESS_MANY, "address-many", "there are more than {max} addresses")                         \
    X(ADDRESS_EMPTY, "address-empty", "\"{address}\": the address is empty")                       \
    X(ADDRESS_LONG, "address-long", "\"{address}\": it is longer than 254 bytes")                  \
    X(ADDRESS_TEXT, "address-text", "\"{address}\": it has a control character or is not UTF-8")   \
    X(ADDRESS_QUOTE, "address-quote", "\"{address}\": a quote is not closed")                      \
    X(ADDRESS_BARE, "address-bare",                                                                \
      "\"{address}\": give the bare address, without a name and < >")                              \
    X(ADDRESS_QUOTED, "address-quoted", "\"{address}\": behind the closing quote there is no @")   \
    X(ADDRESS_BLANK, "address-blank",                                                              \
      "\"{address}\": there is a blank in it; addresses are separated by commas")                  \
    X(ADDRESS_SEMICOLON, "address-semicolon",                                                      \
      "\"{address}\": there is a semicolon in it; addresses are separated by commas")              \
    X(ADDRESS_AT, "address-at", "\"{address}\": there is no @ in it")                              \
    X(ADDRESS_ATS, "address-ats", "\"{address}\": there is more than one @")                       \
    X(ADDRESS_LOCAL_NONE, "address-local-none", "\"{address}\": nothing stands before @")          \
    X(ADDRESS_LOCAL_LONG, "address-local-long",                                                    \
      "\"{address}\": the part before @ is longer than 64 bytes")                                  \
    X(ADDRESS_LOCAL_ASCII, "address-local-ascii",                                                  \
      "\"{address}\": the part before @ has a character that is not ASCII")                        \
    X(ADDRESS_LOCAL_DOTS, "address-local-dots",                                                    \
      "\"{address}\": the part before @ has nothing but dots")                                     \
    X(ADDRESS_LOCAL_QUOTED, "address-local-quoted",                                                \
      "\"{address}\": the part before @ is longer than 64 bytes with the quotes that it needs")    \
    X(ADDRESS_WIRE_ASCII, "address-wire-ascii", "\"{address}\": the domain has to be ASCII here")  \
    X(ADDRESS_WIRE_QUOTES, "address-wire-quotes",                                                  \
      "\"{address}\": the part before @ has to stand in quotes here")                              \
    X(ADDRESS_LOCAL_CHARACTER, "address-local-character",                                          \
      "\"{address}\": the part before @ has a character that needs quotes")                        \
    X(ADDRESS_DOMAIN_NONE, "address-domain-none", "\"{address}\": nothing stands after @")         \
    X(ADDRESS_DOMAIN_DOT, "address-domain-dot",                                                    \
      "\"{address}\": the part after @ begins or ends with a dot, or has two in a row")            \
    X(ADDRESS_DOMAIN_LONG, "address-domain-long",                                                  \
      "\"{address}\": a part of the domain is longer than 63 characters")                          \
    X(ADDRESS_DOMAIN_HYPHEN, "address-domain-hyphen",                                              \
      "\"{address}\": a part of the domain begins or ends with a hyphen")                          \
    X(ADDRESS_DOMAIN_CHARACTER, "address-domain-character",                                        \
      "\"{address}\": the part after @ has a character that no domain has")                        \
    X(ADDRESS_DOMAIN_LOOKALIKE, "address-domain-lookalike",                                        \
      "\"{address}\": the part after @ has a blank, a mark or a dot that is not ASCII")            \
    X(ADDRESS_DOMAIN_DIGITS, "address-domain-digits",                                              \
      "\"{address}\": an IP address stands in brackets: [192.0.2.1]")                              \
    X(ADDRESS_BRACKET, "address-bracket", "\"{address}\": a bracket is not closed")                \
    X(ADDRESS_LITERAL, "address-literal",                                                          \
      "\"{address}\": what stands in brackets is not [192.0.2.1] or [IPv6:2001:db8::1]")           \
    X(ADDRESS_DOMAIN_UNKNOWN, "address-domain-unknown",                                            \
      "\"{address}\": there cannot be such a domain")                                              \
    /* network addresses */                                                                        \
    X(IP_FORM, "ip-form", "\"{text}\" is not an IP address or prefix such as 192.0.2.0/24")        \
    X(IP_LENGTH, "ip-length", "\"{text}\": the length after / is 0 to {max}")                      \
    X(IP_BITS, "ip-bits", "\"{text}\" has bits set behind the prefix; the prefix is {prefix}")     \
    /* templates */                                                                                \
    X(TEMPLATE_NAME, "template-name", "line {line}, column {column}: unknown name \"{name}\"")     \
    X(TEMPLATE_AGAIN, "template-again",                                                            \
      "line {line}, column {column}: this list is open already: \"{name}\"")                       \
    X(TEMPLATE_DEEP, "template-deep",                                                              \
      "line {line}, column {column}: sections are nested too deep")                                \
    X(TEMPLATE_UNOPENED, "template-unopened",                                                      \
      "line {line}, column {column}: this section is not open: \"{name}\"")                        \
    X(TEMPLATE_CROSSED, "template-crossed",                                                        \
      "line {line}, column {column}: another section has to be closed first, not \"{name}\"")      \
    X(TEMPLATE_LIST, "template-list",                                                              \
      "line {line}, column {column}: this is a list and needs {{#…}}: \"{name}\"")                 \
    X(TEMPLATE_ENDLESS, "template-endless", "line {line}, column {column}: this tag has no }}")    \
    X(TEMPLATE_TEXT, "template-text", "line {line}, column {column}: this is not UTF-8")           \
    X(TEMPLATE_UNCLOSED, "template-unclosed",                                                      \
      "line {line}, column {column}: this section is never closed: \"{name}\"")                    \
    X(TEMPLATE_LONG, "template-long", "a template has at most {max} bytes")                        \
    X(TEMPLATE_KIND, "template-kind", "there are no templates of this kind of mail")               \
    /* what is not there */                                                                        \
    X(AGENT_UNKNOWN, "agent-unknown", "there is no such agent")                                    \
    X(AGENT_NONE, "agent-none", "there is no agent {id}")                                          \
    X(DEPARTMENT_NONE, "department-none", "there is no department {id}")                           \
    X(DEPARTMENT_UNKNOWN, "department-unknown", "there is no such department")                     \
    X(CONVERSATION_UNKNOWN, "conversation-unknown", "there is no such conversation")               \
    X(NO_CHAT_TO_WRITE, "no-chat-to-write", "there is no chat of this id to write in")             \
    X(CHAT_UNKNOWN, "chat-unknown", "there is no such chat")                                       \
    X(MAIL_UNKNOWN, "mail-unknown", "there is no such mail")                                       \
    X(BLOCK_UNKNOWN, "block-unknown", "there is no such block")                                    \
    X(ROLE_UNKNOWN, "role-unknown", "there is no such custom role")                                \
    X(CANNED_UNKNOWN, "canned-unknown", "there is no such canned reply")                           \
    X(TASK_UNKNOWN, "task-unknown", "there is no such task")                                       \
    X(VIEW_UNKNOWN, "view-unknown", "there is no such saved view")                                 \
    X(MENTION_UNKNOWN, "mention-unknown", "there is no such mention")                              \
    X(LINE_UNKNOWN, "line-unknown", "there is no line {line}")                                     \
    X(LINE_NOTE, "line-note", "line {line} is a note: with_notes is needed")                       \
    X(LINE_EMPTY, "line-empty", "line {line} has no words to forward")                             \
    X(NOBODY_WAITS, "nobody-waits", "nobody waits for this")                                       \
    X(NO_CONVERSATION, "no-conversation", "this connection has no conversation yet")               \
    X(HAS_CONVERSATION, "has-conversation", "this connection has its conversation")                \
    /* who may */                                                                                  \
    X(ACCOUNT_DISABLED, "account-disabled", "this account is disabled")                            \
    X(FOR_AGENTS, "for-agents", "this is for agents")                                              \
    X(FOR_ADMINS, "for-admins", "this is for administrators")                                      \
    X(FOR_AGENT_ALONE, "for-agent-alone", "this is for the agent alone")                           \
    X(FOR_VISITORS, "for-visitors", "this is for visitors")                                        \
    X(LIGHT_AGENT, "light-agent", "a light agent sees, and does nothing")                          \
    X(NO_PERMISSION, "no-permission", "you lack the permission for this")                          \
    X(OUT_OF_SCOPE, "out-of-scope", "your scope does not reach this conversation")                 \
    X(NO_CHAT_ACCESS, "no-chat-access", "you have no chat access in its department")               \
    X(OUTBOX_ALL, "outbox-all", "the whole outbox is for administrators")                          \
    X(OWN_PAGES, "own-pages", "this is for the gateway's own pages")                               \
    X(OWN_ORIGIN, "own-origin", "the Origin of this request is not the gateway's own")             \
    X(OTHER_WEBSITE, "other-website", "this website is not among the department's")                \
    X(BLOCKED, "blocked", "blocked")                                                               \
    /* limits of time and number */                                                                \
    X(RATE_HOUR, "rate-hour", "at most {max} an hour")                                             \
    X(RATE_ATTEMPTS, "rate-attempts", "too many attempts")                                         \
    X(RATE_CHATS, "rate-chats", "too many chats from this address")                                \
    X(RATE_LINKS, "rate-links", "this agent was sent several links already")                       \
    X(COPIES_TO, "copies-to", "as many copies as one address gets in a day have gone to this one") \
    X(COPIES_OF, "copies-of", "this department has sent as many copies as it may in an hour")      \
    X(COPIES_ALL, "copies-all", "as many copies have been sent as may be in an hour")              \
    X(MESSAGES_HOUR, "messages-hour", "at most {max} messages an hour are taken here")             \
    X(SPACE_ADDRESS, "space-address", "your address has stored as much as it may in an hour")      \
    X(SPACE_ALL, "space-all", "visitors have stored as much as they may in an hour")               \
    X(CHATS_OPEN, "chats-open", "there are {max} chats from your address already")                 \
    X(AGENTS_FULL, "agents-full", "there are as many agents as there can be")                      \
    X(DEPARTMENTS_FULL, "departments-full", "there are as many departments as there can be")       \
    X(BLOCKS_FULL, "blocks-full", "there are as many blocks as there can be")                      \
    X(ROLES_FULL, "roles-full", "{max} custom roles are as many as there can be")                  \
    X(CANNED_FULL, "canned-full", "{max} canned replies are as many as there can be here")         \
    X(DRAFTS_FULL, "drafts-full", "an agent has drafts in {max} chats at most")                    \
    X(CANNED_FULL_BYTES, "canned-full-bytes", "canned replies have {max_mb} MB of texts at most")  \
    X(TASKS_FULL, "tasks-full", "{max} tasks are as many as there can be here")                    \
    X(VIEWS_FULL, "views-full", "{max} saved views are as many as there can be here")              \
    X(AGENT_TASKS_FULL, "agent-tasks-full", "{agent} cannot have more than {max} open tasks")      \
    X(LINES_FULL, "lines-full", "a conversation has at most {max} lines")                          \
    X(MAILED_FULL, "mailed-full", "at most {max} answers by e-mail are possible")                  \
    X(SUBSCRIPTIONS_FULL, "subscriptions-full", "too many subscriptions on this connection")       \
    /* accounts */                                                                                 \
    X(EMAIL_TAKEN, "email-taken", "agent {name} has this address")                                 \
    X(SHORTCUT_TAKEN, "shortcut-taken", "\"{title}\" has this shortcut already")                   \
    X(STALE, "stale", "{by} has changed it meanwhile: it is version {version} now")                \
    X(LAST_ADMIN, "last-admin", "this is the last administrator")                                  \
    X(LAST_PUBLIC, "last-public", "this is the last public department")                            \
    X(ROLE_TAKEN, "role-taken", "another custom role has this name")                               \
    X(VIEW_TAKEN, "view-taken", "another saved view here has this name")                           \
    X(ROLE_USED, "role-used", "agents have it ({agents}), {agent} among them")                     \
    X(PICTURE_KIND, "picture-kind", "this is no PNG, JPEG or WebP")                                \
    X(PICTURE_PIXELS, "picture-pixels", "at most {max} pixels wide and high, this has {has}")      \
    X(PICTURE_SMALL, "picture-small", "at least {min} pixels wide and high, this has {has}")       \
    X(PICTURE_MOVES, "picture-moves", "a picture that moves cannot be used")                       \
    X(PICTURE_MORE, "picture-more", "something follows the end of the picture")                    \
    X(PICTURE_BROKEN, "picture-broken", "the picture is cut off, or cannot be read")               \
    X(ONESELF, "oneself", "nobody disables or deletes his own account")                            \
    X(AGENT_HOLDS, "agent-holds",                                                                  \
      "{agent} has open chats ({chats}): say who takes them over, or that they go back")           \
    X(AGENT_TASKS, "agent-tasks",                                                                  \
      "{agent} has open tasks ({tasks}): say who takes them over, or that they are nobody's")      \
    X(QUEUE_SAME, "queue-same", "it is the department whose queue is to be moved")                 \
    X(AGENT_SAME, "agent-same", "{agent} is the one who is to be relieved of them")                \
    X(NOT_BOTH, "not-both", "{first} or {second}, not both")                                       \
    X(HASH, "hash", "a hash and a time to come are expected")                                      \
    X(LINK_OLD, "link-old", "this link was used already, or is too old")                           \
    X(SIGN_IN, "sign-in", "this address and password do not belong together")                      \
    X(TOKEN_WRONG, "token-wrong", "this API token is none, or was revoked")                        \
    X(TOKEN_EXPIRED, "token-expired", "this API token has run out")                                \
    X(TOKEN_LACKS, "token-lacks", "this API token lacks the permission {permission}")              \
    X(TOKEN_BEYOND, "token-beyond", "the agent does not have the permission {permission}")         \
    X(TOKEN_UNTIL, "token-until", "a time to come is expected, or 0 for a token without an end")   \
    X(TOKEN_UNKNOWN, "token-unknown", "there is no such API token")                                \
    X(TOKENS_FULL, "tokens-full", "{max} API tokens are as many as an agent can have")             \
    X(SESSION_UNKNOWN, "session-unknown", "there is no such session")                              \
    X(CODE_NEEDED, "code-needed", "the code of the second factor is needed as well")               \
    X(CODE_WRONG, "code-wrong", "this is not the code of the second factor")                       \
    X(CODE_USED, "code-used", "this code was used already: wait for the next one")                 \
    X(FACTOR_NEEDED, "factor-needed", "a second factor has to be set up first")                    \
    X(FACTOR_REQUIRED, "factor-required", "your role needs a second factor")                       \
    X(FACTOR_TICKET, "factor-ticket", "this set-up was begun too long ago, or by somebody else")   \
    X(FOR_SESSIONS, "for-sessions", "this is for whoever is signed in, not for an API token")      \
    X(NOT_PRESENT, "not-present", "this is not the present password")                              \
    X(LINK_GIVEN, "link-given", "an administrator has given another one")                          \
    X(PASSWORD_ROW, "password-row", "keys in a row, or the same again and again, are tried first") \
    X(PASSWORD_DIGITS, "password-digits", "digits alone are soon tried through")                   \
    X(PASSWORD_COMMON, "password-common",                                                          \
      "this is one of the commonest passwords, and tried first")                                   \
    X(PASSWORD_OWN, "password-own", "one's own name or address is tried first")                    \
    X(CODE_FORM, "code-form", "16 random bytes as base64url are expected")                         \
    X(CODE_TAKEN, "code-taken", "another department has or had this code")                         \
    X(BLOCKED_ALREADY, "blocked-already", "this address is blocked already")                       \
    X(BLOCK_WIDE, "block-wide", "{prefix} is a large range; it would end {chats} chats now")       \
    X(BLOCK_OWN, "block-own",                                                                      \
      "{prefix} is or holds your own address; it would end {chats} chats now")                     \
    X(BLOCK_PROXY, "block-proxy",                                                                  \
      "{prefix} is or holds a trusted proxy; it would end {chats} chats now")                      \
    X(BLOCK_PRIVATE, "block-private",                                                              \
      "{prefix} is or holds private addresses; it would end {chats} chats now")                    \
    X(VISITOR_OWN, "visitor-own",                                                                  \
      "the visitor's address is your own; it would end {chats} chats now")                         \
    X(VISITOR_PROXY, "visitor-proxy",                                                              \
      "the visitor's address is a trusted proxy's; it would end {chats} chats now")                \
    X(VISITOR_PRIVATE, "visitor-private",                                                          \
      "the visitor's address is a private one; it would end {chats} chats now")                    \
    X(ADDRESS_GONE, "address-gone", "its address is not known any more")                           \
    /* chats */                                                                                    \
    X(NOT_MISSED, "not-missed", "this conversation was not missed")                                \
    X(LEFT_ALREADY, "left-already", "a message was left here already")                             \
    X(FEEDBACK_EARLY, "feedback-early", "feedback is for a chat that has ended")                   \
    X(FEEDBACK_NONE, "feedback-none", "a rating or a comment is expected")                         \
    X(GIVEN_ALREADY, "given-already", "this was given already")                                    \
    X(COPY_EARLY, "copy-early", "a copy is for a chat that is over")                               \
    X(COPY_ALREADY, "copy-already", "a copy was asked for already")                                \
    X(DOOR_OFFLINE, "door-offline", "offline")                                                     \
    X(DOOR_CLOSED, "door-closed", "closed")                                                        \
    X(COPY_UNANSWERED, "copy-unanswered", "nobody has answered this chat: there is no copy")       \
    X(COPY_OTHER, "copy-other", "a copy goes to the address that was given in this chat")          \
    X(NOT_AVAILABLE, "not-available", "you were not available any more")                           \
    X(TAKEN_BY, "taken-by", "{agent} has already taken it")                                        \
    X(OFFERED_TO, "offered-to", "it is just being offered to {agent}")                             \
    X(OFFER_PASSED, "offer-passed", "the time to answer has passed")                               \
    X(WAITS_AGAIN, "waits-again", "the time to answer has passed; the visitor waits for the next") \
    X(VISITOR_LEFT, "visitor-left", "the visitor has left")                                        \
    X(VISITOR_BLOCKED, "visitor-blocked", "the visitor was blocked")                               \
    X(NOT_HERE, "not-here", "connect first: a chat needs you there")                               \
    X(WAITED_TOO_LONG, "waited-too-long", "the visitor waited too long")                           \
    X(NOT_TAKEN, "not-taken", "nobody has taken this chat yet")                                    \
    X(NOT_OVER, "not-over", "it is not over: answer in the chat")                                  \
    X(REOPEN_OPEN, "reopen-open", "it is not over: there is nothing to open again")                \
    X(REOPEN_MISSED, "reopen-missed", "it was missed: answer it among the missed ones")            \
    X(REOPENED, "reopened", "it was opened again already, and goes on as number {number}")         \
    X(TIME_NONE, "time-none", "{name} has not had this chat")                                      \
    X(BOX_MOVED, "box-moved", "{name} has put it elsewhere: it is {box} now")                      \
    X(NO_EMAIL, "no-email", "the visitor left no e-mail address")                                  \
    X(HOLDS_IT, "holds-it", "{agent} has this chat already")                                       \
    X(AGENT_DISABLED, "agent-disabled", "{agent} is disabled")                                     \
    X(AGENT_NO_REPLY, "agent-no-reply", "{agent} may not answer chats")                            \
    X(AGENT_NO_MEMBER, "agent-no-member", "{agent} is not in this department")                     \
    X(AGENT_NO_CHAT, "agent-no-chat", "{agent} has no chat access in this department")             \
    X(AGENT_AWAY, "agent-away", "{agent} is not available at the moment")                          \
    X(AGENT_NO_SKILL, "agent-no-skill", "{agent} lacks the skill {skill}")                         \
    X(AGENT_GONE, "agent-gone", "{agent} has no connection at the moment")                         \
    X(AGENT_NO_SIGHT, "agent-no-sight", "{agent} may not see this conversation")                   \
    X(HOLDER_NONE, "holder-none", "nobody has this chat any more")                                 \
    X(TRANSFER_BETWEEN, "transfer-between", "chats are not handed on to other departments here")   \
    X(DEPARTMENT_OFF, "department-off", "{department} takes no chats at the moment")               \
    X(NOBODY_THERE, "nobody-there", "nobody else has chat access in {department}")                 \
    X(HANDED_ALREADY, "handed-already", "it is being handed on already: take it back first")       \
    X(NOT_HANDED, "not-handed", "nobody is being asked to take it")                                \
    X(LINE_FIXED, "line-fixed", "line {line} is nothing that can be changed")                      \
    X(MENTION_LINE, "mention-line", "only a note can mention agents")                              \
    X(MENTION_ONESELF, "mention-oneself", "{agent} writes the note: nobody mentions himself")      \
    X(MENTIONS_MANY, "mentions-many", "a note mentions at most {max} agents, not {has}")           \
    X(LINE_OTHERS, "line-others", "others wrote it: only their own lines are theirs to change")    \
    X(LINE_REMOVED, "line-removed", "it is removed already")                                       \
    X(LINE_LATE, "line-late", "it was said more than {limit} minutes ago: it can only be removed") \
    X(ENDING_BY, "ending-by", "{agent} has just ended it, and may still undo that")                \
    X(END_STANDS, "end-stands", "it has ended: that cannot be undone any more")                    \
    /* mails */                                                                                    \
    X(MAIL_LINK, "mail-link", "it holds a one-time link, which is for its reader alone")           \
    X(MAIL_EARLY, "mail-early", "it is not composed yet")                                          \
    X(MAIL_GONE, "mail-gone", "its message is no longer kept")                                     \
    X(MAIL_STATE, "mail-state", "its present state does not allow this")                           \
    X(MAIL_WHICH, "mail-which", "one of mail, cause and all is needed")                            \
    X(MAIL_STATE_UNKNOWN, "mail-state-unknown", "there is no such state of a mail")                \
    X(RECIPIENT_UNKNOWN, "recipient-unknown",                                                      \
      "the mail has no such recipient that it was not sent to")                                    \
    X(RECIPIENT_WHICH, "recipient-which", "there are {has} of them: name one")                     \
    X(REPLACED_ALREADY, "replaced-already", "it is replaced already")                              \
    X(LINK_ANEW, "link-anew", "it holds an agent's link: send that anew")                          \
    X(DISPATCHER_NONE, "dispatcher-none",                                                          \
      "no dispatcher is attached to the gateway; is it running?")                                  \
    X(DISPATCHER_SILENT, "dispatcher-silent", "the dispatcher did not answer in time")             \
    X(DISPATCHER_AWAY, "dispatcher-away", "the dispatcher went away before it answered")           \
    X(DISPATCHER_SAYS, "dispatcher-says", "{text}")                                                \
    X(ANSWER_LONG, "answer-long", "the answer is too large to be shown")                           \
    X(RELAY_NONE, "relay-none", "no mail server is set")                                           \
    X(TOKEN_FORM, "token-form", "a token of at most {max} bytes of visible ASCII is expected")     \
    X(LOGIN_FORM, "login-form", "at most {max} bytes on one line are expected")                    \
    X(PASSWORD_ALONE, "password-alone", "there is a password without a user")                      \
    X(PASSWORD_SEALED, "password-sealed", "the relay's password cannot be opened: set it again")   \
    X(QUESTION_UNKNOWN, "question-unknown", "the dispatcher does not know how to answer this")     \
    X(TRIAL_BUSY, "trial-busy", "a test mail is on its way there already")                         \
    X(SETTINGS_UNREAD, "settings-unread", "the settings cannot be read")                           \
    /* searching */                                                                                \
    X(SEARCH_WORDS, "search-words", "at most {max} words can be looked for at once")               \
    X(SEARCH_SHORT, "search-short", "a word of two letters at least is needed")                    \
    X(SEARCH_EMPTY, "search-empty", "a word to look for, or a filter, is needed")                  \
    X(SEARCH_NOBODY, "search-nobody", "there is nobody and nothing by the name {name}")            \
    X(SEARCH_SEVERAL, "search-several", "{has} have {name} in their names: write more of it")      \
    X(SEARCH_DAY, "search-day", "a day as 2026-11-23 is expected, or a number of days as 7d")      \
    X(SPAN_EMPTY, "span-empty", "this span of time ends before it begins")                         \
    X(VIEW_SEARCH, "view-search", "this view is a search: search has what it finds")               \
    X(VIEW_LIST, "view-list", "this view is a list: list.read has it")                             \
    X(SEARCH_MAKING, "search-making", "the search index is being made; try again in a moment")     \
    X(SEARCH_BUSY, "search-busy", "too many searches wait already; try again in a moment")         \
    X(REPORT_FUTURE, "report-future", "a report's period begins in the past")                      \
    X(REPORT_BACKWARDS, "report-backwards", "this period ends before it begins")                   \
    X(REPORT_LONG, "report-long", "at most {max} days go into one report; here are {has}")         \
    X(REPORT_LARGE, "report-large",                                                                \
      "this has more than {max} rows; ask for a department, an agent or a shorter period")         \
    X(REPORT_BUSY, "report-busy", "the report could not be made just now; try again in a moment")  \
    /* the gateway and how it is spoken to */                                                      \
    X(PATH, "path", "an absolute path is expected")                                                \
    X(WEBSOCKET, "websocket", "subscriptions live on a WebSocket")                                 \
    X(NAMELESS, "nameless",                                                                        \
      "a trusted proxy passed this on, and who sent it cannot be told: {header}")                  \
    X(CLIENT_ID, "client-id", "1 to {max} printable ASCII characters without blanks are expected") \
    X(NO_OBJECT, "no-object", "one JSON object is expected")                                       \
    X(NO_COMMAND, "no-command", "the name of a command is expected")                               \
    X(COMMAND_UNKNOWN, "command-unknown", "there is no such command here")                         \
    X(NESTED, "nested", "nested deeper than {max}")                                                \
    X(NOT_JSON, "not-json", "not strict JSON, at byte {at}")                                       \
    X(CONTENT_TYPE, "content-type", "application/json is expected")                                \
    X(ESCAPE, "escape", "a bad escape in the query")                                               \
    X(TWICE, "twice", "given twice")                                                               \
    X(ROUTE, "route", "the route names it")                                                        \
    X(METHOD, "method", "offered here: {methods}")                                                 \
    X(ID_REUSED, "id-reused", "this id came with another command before")                          \
    X(UNREADABLE, "unreadable", "it cannot be read")                                               \
    X(STORE_CLOSED, "store-closed", "the store takes nothing at the moment")                       \
    X(DISK_BEHIND, "disk-behind", "more is waiting for the disk than it can take")                 \
    /* a request that cannot be taken as it is */                                                  \
    X(HEAD_LINE_LONG, "head-line-long", "line {line} is over {max} bytes")                         \
    X(HEAD_LONG, "head-long", "the head is over {max} bytes")                                      \
    X(HEAD_FIELDS, "head-fields", "over {max} header fields")                                      \
    X(HEAD_CR, "head-cr", "CR without LF in line {line}")                                          \
    X(HEAD_LF, "head-lf", "LF without CR in line {line}")                                          \
    X(HEAD_CONTROL, "head-control", "control character in line {line}")                            \
    X(HEAD_BLANK, "head-blank", "an empty line before the request")                                \
    X(HEAD_FOLDED, "head-folded", "line {line} is folded")                                         \
    X(HEAD_COLON, "head-colon", "no colon in line {line}")                                         \
    X(HEAD_NAME, "head-name", "a bad name in line {line}")                                         \
    X(HEAD_VALUE, "head-value", "a bad value in line {line}")                                      \
    X(REQUEST_LINE, "request-line", "expected: METHOD /path HTTP/1.1")                             \
    X(REQUEST_NONE, "request-none", "this is no HTTP request")                                     \
    X(REQUEST_METHOD, "request-method", "methods are {methods}")                                   \
    X(REQUEST_VERSION, "request-version", "expected HTTP/1.1")                                     \
    X(TARGET_SLASH, "target-slash", "it has to begin with /")                                      \
    X(TARGET_PATH, "target-path", "a bad character or escape in the path")                         \
    X(TARGET_ESCAPE, "target-escape", "an escaped slash or control character")                     \
    X(TARGET_SEGMENT, "target-segment", "an empty or dotted path segment")                         \
    X(TARGET_QUERY, "target-query", "a bad character or escape in the query")                      \
    X(CODING_BOTH, "coding-both", "not together with Content-Length, and not in HTTP/1.0")         \
    X(CODING, "coding", "send the body with a Content-Length")                                     \
    X(CONTENT_LENGTH, "content-length", "expected 1 to 18 digits")                                 \
    X(HEADER_AGAIN, "header-again", "it may be there only once")                                   \
    X(HOST_NONE, "host-none", "it is missing")                                                     \
    X(HOST_FORM, "host-form", "expected a host name or address")                                   \
    X(EXPECT, "expect", "only 100-continue can be expected")                                       \
    X(UPGRADE_REQUEST, "upgrade-request", "an upgrade is a GET of HTTP/1.1 without body")          \
    X(UPGRADE, "upgrade", "expected Upgrade: websocket")                                           \
    X(UPGRADE_VERSION, "upgrade-version", "expected 13")                                           \
    X(UPGRADE_KEY, "upgrade-key", "expected 16 bytes in base64")                                   \
    X(SUBPROTOCOL, "subprotocol", "expected {name}")                                               \
    X(BODY_LONG, "body-long", "a body has at most {max} bytes")                                    \
    X(TOO_SLOW, "too-slow", "{what} took too long")                                                \
    X(ADDRESS_CONNECTIONS, "address-connections", "too many connections from this address")        \
    X(ADDRESS_UNFINISHED, "address-unfinished", "too much is unfinished from this address")        \
    X(STOPPING, "stopping", "the gateway is stopping")

enum refusal {
    REFUSE_NONE, /* the error's own code says it all */
#define X(name, code, sentence) REFUSE_##name,
    REFUSAL_TABLE(X)
#undef X
        REFUSAL_COUNT
};

/* What a sentence is filled with: VALUES(OF_INT(max), OF_STR(name)), in the sentence's order. */
enum value_kind { VALUE_NONE, VALUE_INT, VALUE_TEXT };
struct refusal_value {
    enum value_kind kind;
    int64_t i;
    const char *p; /* borrowed for the call */
    size_t len;
};
#define OF_INT(n)                                                                                  \
    {                                                                                              \
        VALUE_INT, (int64_t)(n), NULL, 0                                                           \
    }
#define OF_BYTES(p, len)                                                                           \
    {                                                                                              \
        VALUE_TEXT, 0, p, (size_t)(len)                                                            \
    }
#define OF_STR(s) OF_BYTES(s, strlen(s))
#define OF_SPAN(s) OF_BYTES((s).p, (s).len)
#define VALUES(...)                                                                                \
    (const struct refusal_value[REFUSAL_VALUES_MAX + 1])                                           \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

/* "too-long"; static; not for REFUSE_NONE. */
const char *refusal_code(enum refusal refusal);

/* Back; REFUSE_NONE: there is no such code. */
enum refusal refusal_find(const char *code);

/* The name of the nth value in the sentence; false: there are fewer.  *name is static. */
bool refusal_value_name(enum refusal refusal, size_t n, struct span *name);

#endif
