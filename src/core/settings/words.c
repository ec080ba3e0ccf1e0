/* The words on the wire for the enums of the domain, and back.  One table an enum. */
#include "core_int.h"

static const char *const lang_words[] = {"en", "ja"};
static const char *const mail_setting_words[] = {"from",     "transcript", "block",
                                                 "feedback", "missed",     "copy"};
static const char *const role_words[] = {"agent", "admin", "light", "custom"};
static const char *const tone_words[] = {"chime", "bell", "wood"};
static const char *const task_mail_words[] = {"no", "away", "always"};
static const char *const scope_words[] = {"all", "own", "team"};
static const char *const status_words[] = {"offline", "available", "busy", "away"};
static const char *const conv_state_words[] = {"left",   "waiting", "offered",
                                               "active", "ended",   "missed"};
static const char *const why_words[] = {
    [WHY_NONE] = "none",      [WHY_AGENT] = "agent",       [WHY_VISITOR] = "visitor",
    [WHY_IDLE] = "idle",      [WHY_GONE] = "gone",         [WHY_WAIT] = "wait",
    [WHY_NOBODY] = "nobody",  [WHY_DECLINED] = "declined", [WHY_LAPSED] = "lapsed",
    [WHY_STATUS] = "status",  [WHY_BLOCKED] = "blocked",   [WHY_DEPT] = "dept",
    [WHY_TOOBIG] = "too-big", [WHY_BACK] = "back",
};
static const char *const chosen_words[] = {"none", "least-busy", "turn", "tier",    "named",
                                           "hand", "back",       "last", "ring-all"};
static const char *const stand_words[] = {"none", "offline", "status", "full", "free"};
static const char *const mail_kind_words[] = {"transcript", "block", "feedback", "missed",
                                              "copy",       "reply", "forward",  "invitation",
                                              "reset",      "task",  "mention"};
static const char *const template_kind_words[] = {
    "transcript", "block",  "feedback",   "missed", "copy", "reply",  "forward",
    "test",       "digest", "invitation", "reset",  "task", "mention"};
static const char *const template_part_words[] = {"subject", "text", "html"};
static const char *const door_words[] = {"open", "busy", "offline", "closed"};
static const char *const action_words[] = {
    "see",  "reply", "note",   "assign",     "transfer",  "end",   "share", "forward",
    "pick", "block", "see_ip", "see_outbox", "supervise", "admin", "export"};
static const char *const permission_words[] = {"reply",    "assign", "end",       "share",
                                               "block",    "see_ip", "outbox",    "note",
                                               "transfer", "canned", "supervise", "export"};
static const char *const list_words[] = {"all",       "mine",     "unassigned",
                                         "completed", "missed",   "blocked",
                                         "to-answer", "answered", "put-away"};
static const char *const box_words[] = {
    [BOX_TO_ANSWER] = "to-answer", [BOX_ANSWERED] = "answered", [BOX_PUT_AWAY] = "put-away"};
static const char *const filter_words[] = {
    [FILTER_OPEN] = "open", [FILTER_UNREPLIED] = "unreplied", [FILTER_REPLIED] = "replied"};

static const struct {
    const char *word;
    unsigned bits;
} states_words[] = {
    [STATES_ANY] = {"", BIT(CONV_STATE_COUNT) - 1},
    [STATES_OPEN] = {"open",
                     BIT(CONV_LEFT) | BIT(CONV_WAITING) | BIT(CONV_OFFERED) | BIT(CONV_ACTIVE)},
    [STATES_WAITING] = {"waiting", BIT(CONV_LEFT) | BIT(CONV_WAITING) | BIT(CONV_OFFERED)},
    [STATES_ACTIVE] = {"active", BIT(CONV_ACTIVE)},
    [STATES_ENDED] = {"ended", BIT(CONV_ENDED)},
    [STATES_MISSED] = {"missed", BIT(CONV_MISSED)},
};

enum repeats { IN_CONV, IN_STORE };

static const struct {
    enum cmd_type type;
    enum repeats repeats;
    const char *word;
} cmd_words[] = {
#define X(name, payload, repeats, word) {CMD_##name, repeats, word},
    CMD_TABLE(X)
#undef X
};

_Static_assert(COUNT_OF(lang_words) == LANG_COUNT, "a word for each");
_Static_assert(COUNT_OF(tone_words) == TONE_COUNT, "a word for each");
_Static_assert(COUNT_OF(task_mail_words) == TASK_MAIL_COUNT, "a word for each");
_Static_assert(COUNT_OF(mail_setting_words) == MAILSET_COUNT, "a word for each");
_Static_assert(COUNT_OF(conv_state_words) == CONV_STATE_COUNT, "a word for each");
_Static_assert(COUNT_OF(why_words) == WHY_COUNT, "a word for each");
_Static_assert(COUNT_OF(mail_kind_words) == MAIL_KIND_COUNT, "a word for each");
_Static_assert(COUNT_OF(template_kind_words) == TEMPLATE_KIND_COUNT, "a word for each");
_Static_assert(COUNT_OF(template_part_words) == TEMPLATE_PART_COUNT, "a word for each");
_Static_assert(COUNT_OF(action_words) == ACT_COUNT, "a word for each");
_Static_assert(COUNT_OF(permission_words) == PERM_COUNT, "a word for each");
_Static_assert(COUNT_OF(list_words) == LIST_COUNT, "a word for each");
_Static_assert(COUNT_OF(box_words) == BOX_COUNT, "a word for each");
_Static_assert(COUNT_OF(filter_words) == FILTER_COUNT, "a word for each");
_Static_assert(COUNT_OF(cmd_words) == CMD_COUNT, "a word for each");

#define WORD(table, i) ((size_t)(i) < COUNT_OF(table) ? (table)[i] : NULL)

const char *lang_word(enum lang lang)
{
    return WORD(lang_words, lang);
}

bool lang_parse(struct span word, enum lang *lang)
{
    for (size_t i = 0; i < COUNT_OF(lang_words); i++)
        if (span_is(word, lang_words[i])) {
            *lang = (enum lang)i;
            return true;
        }
    return false;
}

const char *states_word(enum states states)
{
    ensure(states < STATES_COUNT);
    return states_words[states].word;
}

bool states_parse(struct span word, enum states *states)
{
    for (unsigned i = STATES_OPEN; i < STATES_COUNT; i++)
        if (span_is_nocase(word, states_words[i].word)) {
            *states = (enum states)i;
            return true;
        }
    return false;
}

unsigned states_bits(enum states states)
{
    ensure(states < STATES_COUNT);
    return states_words[states].bits;
}

bool dept_speaks(const struct dept *d, enum lang lang)
{
    return (d->languages & BIT(lang)) != 0;
}

const char *dept_text(const struct dept *d, char *const texts[LANG_COUNT], enum lang lang)
{
    return dept_speaks(d, lang) && texts[lang][0] != '\0' ? texts[lang] : texts[d->lang];
}

const char *mail_setting_word(enum mail_setting which)
{
    return WORD(mail_setting_words, which);
}

const char *role_word(enum role role)
{
    return WORD(role_words, role);
}

const char *task_mail_word(enum task_mail mail)
{
    return WORD(task_mail_words, mail);
}

const char *tone_word(enum tone tone)
{
    return WORD(tone_words, tone);
}

const char *scope_word(enum scope scope)
{
    return WORD(scope_words, scope);
}

const char *agent_status_word(enum agent_status status)
{
    return WORD(status_words, status);
}

const char *conv_state_word(enum conv_state state)
{
    return WORD(conv_state_words, state);
}

const char *box_word(enum box box)
{
    return WORD(box_words, box);
}

bool box_parse(struct span word, enum box *box)
{
    for (size_t i = BOX_TO_ANSWER; i < COUNT_OF(box_words); i++)
        if (span_is(word, box_words[i])) {
            *box = (enum box)i;
            return true;
        }
    return false;
}

const char *why_word(enum why why)
{
    return WORD(why_words, why);
}

const char *chosen_word(enum chosen how)
{
    return WORD(chosen_words, how);
}

const char *stand_word(enum stand stand)
{
    return WORD(stand_words, stand);
}

const char *mail_kind_word(enum mail_kind kind)
{
    return WORD(mail_kind_words, kind);
}

const char *template_kind_word(enum template_kind kind)
{
    return WORD(template_kind_words, kind);
}

bool template_kind_parse(struct span word, enum template_kind *kind)
{
    for (size_t i = 0; i < COUNT_OF(template_kind_words); i++)
        if (span_is(word, template_kind_words[i])) {
            *kind = (enum template_kind)i;
            return true;
        }
    return false;
}

const char *template_part_word(enum template_part part)
{
    return WORD(template_part_words, part);
}

const char *door_word(enum dept_door door)
{
    return WORD(door_words, door);
}

const char *action_word(enum action action)
{
    return WORD(action_words, action);
}

const char *permission_word(enum permission perm)
{
    return WORD(permission_words, perm);
}

const char *list_word(enum list list)
{
    return WORD(list_words, list);
}

const char *filter_word(enum filter filter)
{
    return WORD(filter_words, filter);
}

bool filter_parse(struct span word, enum filter *filter)
{
    for (size_t i = FILTER_OPEN; i < COUNT_OF(filter_words); i++)
        if (span_is(word, filter_words[i])) {
            *filter = (enum filter)i;
            return true;
        }
    return false;
}

bool list_parse(struct span word, enum list *list)
{
    for (size_t i = 0; i < COUNT_OF(list_words); i++)
        if (span_is(word, list_words[i])) {
            *list = (enum list)i;
            return true;
        }
    return false;
}

const char *cmd_word(enum cmd_type type)
{
    return (size_t)type < CMD_COUNT ? cmd_words[type].word : NULL;
}

bool cmd_is_in_conv(enum cmd_type type)
{
    return (size_t)type < CMD_COUNT && cmd_words[type].repeats == IN_CONV;
}

bool cmd_parse(struct span word, enum cmd_type *type)
{
    for (size_t i = 0; i < COUNT_OF(cmd_words); i++)
        if (span_is(word, cmd_words[i].word)) {
            *type = cmd_words[i].type;
            return true;
        }
    return false;
}
