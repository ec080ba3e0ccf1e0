/*
 * The command table: one row a command.  --help, `help NOUN`, the completion and the manual's list
 * are all made from or held against it.  It says what is called, not how.
 */
#include "ctl_int.h"

static const struct column dept_columns[] = {
    {"ID", "id", CELL_TEXT},
    {"NAME", "name", CELL_TEXT},
    {"TYPE", "type", CELL_TEXT},
    {"ENABLED", "enabled", CELL_BOOL},
    {"CHAT", "chat_on", CELL_BOOL},
    {"DOOR", "door", CELL_TEXT},
    {"WAITING", "waiting", CELL_NUMBER},
    {"ACTIVE", "active", CELL_NUMBER},
    {"CODE", "code", CELL_TEXT},
    {NULL, NULL, 0},
};

static const struct column agent_columns[] = {
    {"ID", "id", CELL_TEXT},
    {"NAME", "name", CELL_TEXT},
    {"EMAIL", "email", CELL_TEXT},
    {"ROLE", "role", CELL_TEXT},
    {"ENABLED", "enabled", CELL_BOOL},
    {"STATUS", "status", CELL_TEXT},
    {"HERE", "connected", CELL_BOOL},
    {"LOAD", "load", CELL_NUMBER},
    {"CAPACITY", "capacity", CELL_NUMBER},
    {NULL, NULL, 0},
};

static const struct column block_columns[] = {
    {"ID", "id", CELL_TEXT},
    {"ADDRESS", "prefix", CELL_TEXT},
    {"SINCE", "since_ms", CELL_TIME},
    {"UNTIL", "until_ms", CELL_TIME},
    {"BY", "by_name", CELL_TEXT},
    {"REASON", "reason", CELL_TEXT},
    {NULL, NULL, 0},
};

static const struct column conv_columns[] = {
    {"NUMBER", "number", CELL_TEXT},
    {"ID", "conversation", CELL_TEXT},
    {"STATE", "state", CELL_TEXT},
    {"RANG", "rang_ms", CELL_TIME},
    {"DEPARTMENT", "department", CELL_TEXT},
    {"AGENT", "agent", CELL_TEXT},
    {"NAME", "name", CELL_TEXT},
    {"WHY", "why", CELL_TEXT},
    {NULL, NULL, 0},
};

static const struct column mail_columns[] = {
    {"ID", "id", CELL_TEXT},
    {"CREATED", "created_ms", CELL_TIME},
    {"KIND", "kind", CELL_TEXT},
    {"STATE", "state", CELL_TEXT},
    {"TRIES", "attempts", CELL_NUMBER},
    {"NEXT", "due_ms", CELL_TIME},
    {"TO", "to", CELL_LIST},
    {"CAUSE", "cause", CELL_TEXT},
    {"REASON", "reason", CELL_TEXT},
    {NULL, NULL, 0},
};

static const struct column template_columns[] = {
    {"KIND", "kind", CELL_TEXT},
    {"LANG", "lang", CELL_TEXT},
    {"PART", "part", CELL_TEXT},
    {"OF", "of", CELL_TEXT},
    {NULL, NULL, 0},
};

static const struct column cause_columns[] = {
    {"CAUSE", "cause", CELL_TEXT},
    {"DEFERRED", "deferred", CELL_NUMBER},
    {"UNCERTAIN", "uncertain", CELL_NUMBER},
    {"FAILED", "failed", CELL_NUMBER},
    {"SUPPRESSED", "suppressed", CELL_NUMBER},
    {"RETRY", "retry", CELL_NUMBER},
    {NULL, NULL, 0},
};

static const struct column holiday_columns[] = {
    {"DATE", "date", CELL_TEXT},
    {"NAME", "name", CELL_TEXT},
    {NULL, NULL, 0},
};

static const struct column member_columns[] = {
    {"AGENT", "agent", CELL_TEXT},
    {"NAME", "name", CELL_TEXT},
    {"CHAT", "chat", CELL_BOOL},
    {"NOTIFY", "notify", CELL_BOOL},
    {NULL, NULL, 0},
};
const struct column *const ctl_member_columns = member_columns;
const struct column *const ctl_mail_columns = mail_columns;

const struct ctl_cmd ctl_cmds[] = {
    {"status", "show", "", 0, 0, .word = "status", .run = ctl_run_status,
     .help = "the gateway's state in short"},

    {"department", "list", "", 0, 0, .word = "department.list", .columns = dept_columns,
     .help = "departments with code, door and load"},
    {"department", "show", "DEPARTMENT", 1, 1, .word = "department.show",
     .arg = {{ARG_DEPT, "department"}}, .object = "department", .run = ctl_run_dept_show,
     .help = "all settings of a department, and its agents"},
    {"department", "add", "NAME [SETTING=VALUE ...]", 1, -1, .word = "department.add",
     .arg = {{ARG_TEXT, "name"}, {ARG_SETTINGS, "department"}},
     .help = "create a department; agents=EMAIL,EMAIL names its first agents"},
    {"department", "set", "DEPARTMENT SETTING=VALUE ...", 2, -1, .word = "department.set",
     .arg = {{ARG_DEPT, "department"}, {ARG_SETTINGS, "department"}},
     .help = "change settings; all are checked before any is saved"},
    {"department", "enable", "DEPARTMENT", 1, 1, .word = "department.set",
     .arg = {{ARG_DEPT, "department"}}, .preset = "{\"enabled\":true}", .help = "take chats again"},
    {"department", "disable", "DEPARTMENT", 1, 1, .word = "department.set",
     .arg = {{ARG_DEPT, "department"}}, .preset = "{\"enabled\":false}",
     .help = "take no new chats; running ones go on"},
    {"department", "remove", "DEPARTMENT", 1, 1, .word = "department.remove",
     .arg = {{ARG_DEPT, "department"}}, .run = ctl_run_dept_remove,
     .help = "delete a department for good"},
    {"department", "embed", "DEPARTMENT", 1, 1, .word = "department.show",
     .arg = {{ARG_DEPT, "department"}}, .run = ctl_run_dept_embed,
     .help = "print the script tag for the website"},

    {"hours", "show", "DEPARTMENT", 1, 1, .word = "hours.show", .run = ctl_run_hours_show,
     .help = "a department's business hours, and what they say of now"},
    {"hours", "set", "DEPARTMENT SETTING=VALUE ...", 2, -1, .run = ctl_run_hours_set,
     .help = "week=\"mon-fri 09:00-18:00\", zone=Asia/Tokyo, days=\"2026-12-24 closed\", ..."},
    {"holiday", "list", "DEPARTMENT", 1, 1, .columns = holiday_columns, .run = ctl_run_holiday_list,
     .help = "the days on which a department is closed"},
    {"holiday", "add", "DEPARTMENT DATE [NAME ...]", 2, -1, .run = ctl_run_holiday_add,
     .help = "add one: DATE is 2026-12-31, or 12-31 for each year"},
    {"holiday", "remove", "DEPARTMENT DATE", 2, 2, .run = ctl_run_holiday_remove,
     .help = "be open on that day, as the week says"},
    {"holiday", "import", "DEPARTMENT FILE", 2, 2, .run = ctl_run_holiday_import,
     .help = "add those of a calendar file (iCalendar), read from FILE or standard input (-)"},

    {"agent", "list", "", 0, 0, .word = "agent.list", .columns = agent_columns,
     .help = "agents, their state and load"},
    {"agent", "show", "AGENT", 1, 1, .word = "agent.show", .arg = {{ARG_AGENT, "agent"}},
     .object = "agent", .run = ctl_run_agent_show,
     .help = "all settings of an agent, and its departments"},
    {"agent", "add", "NAME EMAIL [SETTING=VALUE ...]", 2, -1, .word = "agent.add",
     .arg = {{ARG_TEXT, "name"}, {ARG_TEXT, "email"}, {ARG_SETTINGS, "agent"}},
     .help = "create an agent; departments=NAME,NAME; invite=yes sends an invitation by mail"},
    {"agent", "set", "AGENT SETTING=VALUE ...", 2, -1, .word = "agent.set",
     .arg = {{ARG_AGENT, "agent"}, {ARG_SETTINGS, "agent"}},
     .help = "change settings; all are checked before any is saved"},
    {"agent", "enable", "AGENT", 1, 1, .word = "agent.set", .arg = {{ARG_AGENT, "agent"}},
     .preset = "{\"enabled\":true}", .help = "let an agent sign in again"},
    {"agent", "disable", "AGENT", 1, 1, .word = "agent.set", .arg = {{ARG_AGENT, "agent"}},
     .preset = "{\"enabled\":false}",
     .help = "end the agent's sessions; chats go back to the queue"},
    {"agent", "remove", "AGENT", 1, 1, .word = "agent.remove", .arg = {{ARG_AGENT, "agent"}},
     .confirm = "Delete agent %s for good? What was said stays.",
     .help = "delete an agent for good"},
    {"agent", "link", "AGENT", 1, 1, .word = "agent.link", .arg = {{ARG_AGENT, "agent"}},
     .object = "link", .help = "make a one-time link to set the password, good for 24 hours"},
    {"agent", "invite", "AGENT", 1, 1, .word = "agent.link", .arg = {{ARG_AGENT, "agent"}},
     .preset = "{\"mail\":true}",
     .help = "mail an agent a one-time link: an invitation, or to choose a new password"},

    {"member", "list", "DEPARTMENT", 1, 1, .word = "department.show",
     .arg = {{ARG_DEPT, "department"}}, .columns = member_columns, .object = "agents",
     .run = ctl_run_dept_show, .help = "the agents of a department"},
    {"member", "set", "AGENT DEPARTMENT [chat=no] [notify=no]", 2, 4, .word = "member.set",
     .arg = {{ARG_AGENT, "agent"}, {ARG_DEPT, "department"}, {ARG_OPTIONS, "chat notify"}},
     .help = "put an agent into a department, or change access there"},
    {"member", "remove", "AGENT DEPARTMENT", 2, 2, .word = "member.remove",
     .arg = {{ARG_AGENT, "agent"}, {ARG_DEPT, "department"}},
     .help = "take an agent out of a department; running chats stay"},

    {"portal", "show", "", 0, 0, .word = "portal.show", .object = "portal",
     .help = "the organisation's name, language, zone, and the mail relay"},
    {"portal", "set", "SETTING=VALUE ...", 1, -1, .word = "portal.set",
     .arg = {{ARG_SETTINGS, "portal"}}, .help = "change them"},
    {"relay", "password", "[FILE] [DEPARTMENT]", 0, 2, .word = "relay.password",
     .run = ctl_run_relay_password,
     .help = "set the relay's password, read from FILE or from standard input (-)"},
    {"relay", "test", "ADDRESS [DEPARTMENT]", 1, 2, .word = "mail.test", .run = ctl_run_relay_test,
     .help = "send a test mail, show what is said, and say what is wrong"},

    {"template", "list", "[DEPARTMENT]", 0, 1, .word = "portal.show", .columns = template_columns,
     .run = ctl_run_template_list,
     .help = "templates of mails that were set, of a department and of the portal"},
    {"template", "show", "KIND LANG PART [DEPARTMENT]", 3, 4, .word = "template.show",
     .run = ctl_run_template_show, .help = "the template in force: PART is subject, text or html"},
    {"template", "set", "KIND LANG PART FILE [DEPARTMENT]", 4, 5, .run = ctl_run_template_set,
     .help = "take a template from FILE or standard input (-)"},
    {"template", "remove", "KIND LANG PART [DEPARTMENT]", 3, 4, .run = ctl_run_template_remove,
     .help = "go back to the next in line: the portal's, a file's, the built-in one"},
    {"template", "preview", "KIND LANG [DEPARTMENT]", 2, 3, .word = "template.preview",
     .run = ctl_run_template_preview, .help = "such a mail about a chat that never was"},

    {"block", "list", "", 0, 0, .word = "block.list", .columns = block_columns,
     .help = "blocked addresses"},
    {"block", "add", "ADDRESS[/BITS]|conversation=ID [for=DURATION] [reason=TEXT]", 1, 3,
     .word = "block.add", .run = ctl_run_block_add,
     .help = "refuse visitors from an address or range, or from where a conversation came"},
    {"block", "remove", "BLOCK", 1, 1, .word = "block.remove", .arg = {{ARG_BLOCK, "block"}},
     .help = "let them in again; BLOCK is an id, or the address as listed"},

    {"conversation", "list", "[LIST] [max=N]", 0, 2, .word = "list.read",
     .arg = {{ARG_TEXT, "list"}, {ARG_OPTIONS, "max cursor"}}, .preset = "{\"list\":\"all\"}",
     .columns = conv_columns, .help = "all, unassigned, completed, missed or blocked ones"},
    {"conversation", "show", "CONVERSATION", 1, 1, .word = "conversation.read",
     .arg = {{ARG_CONV, "conversation"}}, .run = ctl_run_conv_show,
     .help = "a conversation's head, its newest lines and its mails"},

    {"search", "find", "WORD ... [order=ORDER] [max=N]", 1, -1, .word = "search",
     .arg = {{ARG_TEXT, "text"}, {ARG_OPTIONS, "order max cursor"}}, .run = ctl_run_search,
     .help = "conversations by what was said in them, newest first or by relevance"},

    {"outbox", "list", "[state=STATE] [cause=CAUSE] [max=N]", 0, 4, .word = "mail.list",
     .arg = {{ARG_OPTIONS, "state cause max cursor"}}, .columns = mail_columns,
     .help = "mails, newest first"},
    {"outbox", "causes", "", 0, 0, .word = "mail.causes", .columns = cause_columns,
     .help = "why mails wait or have failed, and how many for each cause"},
    {"outbox", "show", "MAIL", 1, 1, .word = "mail.show", .arg = {{ARG_ID, "mail"}},
     .object = "mail", .run = ctl_run_outbox_show,
     .help = "one mail, with the server's answers and the newest attempts"},
    {"outbox", "source", "MAIL [FILE]", 1, 2, .word = "mail.source", .run = ctl_run_outbox_source,
     .help = "the message as it goes out, to FILE or standard output"},
    {"outbox", "retry", "MAIL|cause=CAUSE|all", 1, 1, .word = "mail.retry",
     .run = ctl_run_outbox_retry,
     .help = "make a deferred or failed mail due now, or all of a cause, or all"},
    {"outbox", "readdress", "MAIL TO [ADDRESS]", 2, 3, .word = "mail.readdress",
     .arg = {{ARG_ID, "mail"}, {ARG_TEXT, "to"}, {ARG_TEXT, "address"}},
     .help = "send it to another address, in place of the one that it has not reached"},
    {"outbox", "cancel", "MAIL", 1, 1, .word = "mail.cancel", .arg = {{ARG_ID, "mail"}},
     .confirm = "Never send mail %s?", .help = "give a mail up that waits or has failed"},

    {"backup", "make", "DIRECTORY [without_keys=yes]", 1, 2, .word = "backup",
     .arg = {{ARG_TEXT, "to"}, {ARG_OPTIONS, "without_keys"}}, .run = ctl_run_backup_make,
     .help = "copy everything while the gateway runs; DIRECTORY must not exist yet"},
    {"backup", "restore", "DIRECTORY", 1, 1, .word = NULL, .run = ctl_run_backup_restore,
     .help = "check a backup and put it in place of a state directory that does not exist"},

    {"check", "show", "", 0, 0, .word = "check", .run = ctl_run_check,
     .help = "read the whole store while the gateway runs, and say what differs"},
    {"check", "files", "", 0, 0, .word = NULL, .run = ctl_run_check_files,
     .help = "the same on the files, with or without a gateway"},
    {"check", "rebuild", "", 0, 0, .word = NULL, .run = ctl_run_check_files,
     .help = "and mend what the journal can make again; the gateway must not run"},

    {"log", "level", "LEVEL", 1, 1, .word = "log.level", .arg = {{ARG_TEXT, "level"}},
     .help = "error, warn, info, debug or trace, until the next reload"},
    {"settings", "list", "[portal|department|agent]", 0, 1, .word = "settings",
     .run = ctl_run_settings, .help = "every setting with type, range and meaning"},
    {"help", "show", "[NOUN]", 0, 1, .word = NULL, .run = ctl_run_help, .help = "this help"},
    {"completion", "bash", "", 0, 0, .word = NULL, .run = ctl_run_completion,
     .help = "print the completion for bash: eval \"$(deskbellctl completion bash)\""},
    {"completion", "names", "department|agent|setting [NOUN]", 1, 2, .word = NULL,
     .run = ctl_run_completion_names,
     .help = "what the completion puts in: names, addresses, or a noun's settings, one a line"},
};

const size_t ctl_cmds_count = COUNT_OF(ctl_cmds);
