/* The vocabulary's third part: what administrators and operators set up, ask and try. */
#include "api_int.h"

#define BOTH (AS_AGENT | AS_CONTROL)

#define DEPT MUST_ID(DEPARTMENT, "the department")
#define AGENT MUST_ID(AGENT, "the agent")
#define MAY_DEPT MAY_ID(DEPARTMENT, "the department whose own it is; left out: the portal's")
#define TEMPLATE_ARGS MUST_WORD(KIND, 32, "which mail"), MUST(LANG, RAW, 2, 8, "en or ja"), MAY_DEPT

/* What a change answers: the ids that it was called with. */
#define UNCHANGED MAYBE("unchanged", FLAG)
#define ROLE_ARG MUST_ID(ROLE, "the custom role")
#define PERMISSIONS_ARG                                                                            \
    MAY(PERMISSIONS, RAW, 0, 500, "words with commas between them: reply,note,...")
#define ROLE_VERSION MAY(VERSION, INT, 1, UINT32_MAX, "refused if it has another by now")
#define SEEN_VERSION                                                                               \
    MAY(VERSION, INT, 1, UINT32_MAX,                                                               \
        "that was seen: refused where one of these settings was changed since")
#define VERSION_IS HAS("version", NUMBER)
#define WORK_ARGS                                                                                  \
    MAY_ID(CHATS_TO, "who takes over the chats"),                                                  \
        MAY_FLAG(CHATS_BACK, "or they go back to their queues"),                                   \
        MAY_ID(TASKS_TO, "who takes over the open tasks"),                                         \
        MAY_FLAG(TASKS_BACK, "or they are nobody's"),                                              \
        MAY_FLAG(DRY_RUN, "say what would be, and leave it")
/* What a dry run says. */
#define WOULD                                                                                      \
    MAYBE("dry_run", FLAG), MAYBE("taken_over", NUMBER), MAYBE("back", NUMBER),                    \
        MAYBE("offers", NUMBER), MAYBE("sessions", NUMBER), MAYBE("canned", NUMBER),               \
        MAYBE("tasks_taken_over", NUMBER), MAYBE("tasks_back", NUMBER)
#define PICTURE_BASE64_MAX (PICTURE_MAX_BYTES / 3 * 4 + 4)
#define LIST_OF(shape) SHAPE(HAS_THINGS("rows", shape), HAS("cursor", ID_OR_NULL))

const struct verb admin_verbs[] = {
    QUERY("portal.show", BOTH, run_portal_show, .answer = SHAPE(HAS_THING("portal", portal))),
    QUERY("portal.steps", BOTH, run_portal_steps,
          .answer = SHAPE(HAS("named", FLAG), HAS("from", FLAG), HAS("mailed", FLAG),
                          HAS("agents", NUMBER), HAS("invited", NUMBER),
                          HAS("department", ID_OR_NULL), HAS("seen", FLAG), HAS("chats", NUMBER))),
    COMMAND("portal.set", BOTH, PORTAL_SET, run_set, .args = ARGS(SEEN_VERSION),
            .settings = portal_settings, .answer = SHAPE(VERSION_IS, UNCHANGED)),
    QUERY("department.list", BOTH, run_dept_list, .args = ARGS(PAGE_ARGS), .answer = LIST_OF(dept)),
    QUERY("department.show", BOTH, run_dept_show, .args = ARGS(DEPT),
          .answer = SHAPE(HAS_THING("department", dept_whole))),
    COMMAND("department.add", BOTH, DEPT_ADD, run_dept_add,
            .args = ARGS(MAY(AGENTS, IDS, 0, AGENTS_MAX, "its first agents")),
            .settings = dept_settings, .answer = SHAPE(HAS("department", ID), HAS("code", TEXT))),
    COMMAND("department.set", BOTH, DEPT_SET, run_set, .args = ARGS(DEPT, SEEN_VERSION),
            .settings = dept_settings,
            .answer = SHAPE(HAS("department", ID), VERSION_IS, UNCHANGED)),
    QUERY("hours.show", BOTH, run_hours_show, .args = ARGS(DEPT), .settings = dept_settings,
          .answer = SHAPE(HAS("now_ms", NUMBER), HAS("zone", TEXT), HAS("open", FLAG),
                          HAS("takes", FLAG), MAYBE("closes_ms", NUMBER),
                          MAYBE("chats_until_ms", NUMBER), MAYBE("opens_ms", NUMBER))),
    QUERY("department.seen", BOTH, run_dept_seen, .args = ARGS(DEPT),
          .answer = SHAPE(HAS("department", ID), HAS("since_ms", NUMBER), MAYBE("origin", TEXT),
                          MAYBE("seen_ms", NUMBER), MAYBE("refused_origin", TEXT),
                          MAYBE("refused_ms", NUMBER))),
    COMMAND("department.remove", BOTH, DEPT_REMOVE, run_dept_remove, .args = ARGS(DEPT),
            .answer = SHAPE(HAS("department", ID))),
    QUERY("agent.list", BOTH, run_agent_list, .args = ARGS(PAGE_ARGS), .answer = LIST_OF(agent)),
    QUERY("agent.show", BOTH, run_agent_show, .args = ARGS(AGENT),
          .answer = SHAPE(HAS_THING("agent", agent))),
    COMMAND("agent.add", BOTH, AGENT_ADD, run_agent_add,
            .args = ARGS(MAY(DEPARTMENTS, MEMBERS, 0, DEPTS_MAX, "ids, or memberships"),
                         MAY_FLAG(INVITE, "mail a one-time link to set the password")),
            .settings = agent_settings, .answer = SHAPE(HAS("agent", ID), MAYBE("mailed", FLAG))),
    COMMAND("agent.set", BOTH, AGENT_SET, run_set, .args = ARGS(AGENT, SEEN_VERSION),
            .settings = agent_settings, .answer = SHAPE(HAS("agent", ID), VERSION_IS, UNCHANGED)),
    QUERY("agent.work", BOTH, run_agent_work,
          .args = ARGS(AGENT, MAY(TEXT, LINE, 0, NAME_MAX_CODEPOINTS, "with this in their names"),
                       MAY_WORD(KIND, 8, "who could go on with the chats, or the tasks"),
                       MAY_ID(CHATS_TO, "of the tasks, if this agent takes the chats"), MAX_ARG),
          .answer = SHAPE(HAS("agent", ID), HAS("name", TEXT), HAS("chats", NUMBER),
                          HAS("offers", NUMBER), HAS("handed", NUMBER), HAS("sessions", NUMBER),
                          HAS("canned", NUMBER), HAS("tasks", NUMBER), HAS("last_admin", FLAG),
                          HAS_THINGS("alone_in", dept_name), HAS_THINGS("agents", target_agent),
                          HAS("more", FLAG))),
    COMMAND("agent.disable", BOTH, AGENT_DISABLE, run_agent_end, .args = ARGS(AGENT, WORK_ARGS),
            .answer = SHAPE(HAS("agent", ID), UNCHANGED, WOULD)),
    COMMAND("agent.remove", BOTH, AGENT_REMOVE, run_agent_end,
            .args = ARGS(AGENT, WORK_ARGS,
                         MAY_FLAG(ANONYMISE, "another name takes the place of his, everywhere")),
            .answer = SHAPE(HAS("agent", ID), WOULD)),
    COMMAND("agent.role", BOTH, AGENT_ROLE, run_agent_role,
            .args = ARGS(AGENT, MUST_ID(ROLE, "the custom role that it is to have")),
            .answer = SHAPE(HAS("agent", ID), UNCHANGED)),
    COMMAND("picture.set", BOTH, PICTURE_SET, run_picture_set,
            .args = ARGS(AGENT, MAY(PICTURE, RAW, 1, PICTURE_BASE64_MAX,
                                    "a PNG, JPEG or WebP, in base64url")),
            .answer = SHAPE(HAS("agent", ID), MAYBE("picture", TEXT), UNCHANGED)),
    COMMAND("picture.remove", BOTH, PICTURE_REMOVE, run_picture_remove, .args = ARGS(AGENT),
            .answer = SHAPE(HAS("agent", ID), UNCHANGED)),
    QUERY("role.list", BOTH, run_role_list,
          .answer = SHAPE(HAS_THINGS("rows", role), HAS_THINGS("permissions", permission))),
    COMMAND("role.add", BOTH, ROLE_ADD, run_role_add,
            .args = ARGS(MUST(NAME, LINE, 1, NAME_MAX_CODEPOINTS, "its name"), PERMISSIONS_ARG),
            .answer = SHAPE(HAS("role", ID), MAYBE("version", NUMBER))),
    COMMAND("role.set", BOTH, ROLE_SET, run_role_set,
            .args = ARGS(ROLE_ARG, MAY(NAME, LINE, 1, NAME_MAX_CODEPOINTS, "another name"),
                         PERMISSIONS_ARG, ROLE_VERSION),
            .answer = SHAPE(HAS("role", ID), MAYBE("version", NUMBER), UNCHANGED)),
    COMMAND("role.remove", BOTH, ROLE_REMOVE, run_role_remove, .args = ARGS(ROLE_ARG, ROLE_VERSION),
            .answer = SHAPE(HAS("role", ID))),
    COMMAND("agent.link", BOTH, AGENT_LINK, run_agent_link,
            .args = ARGS(AGENT, MAY_FLAG(MAIL, "send it to the agent's address")),
            .answer = SHAPE(MAYBE("link", TEXT), MAYBE("agent", ID), MAYBE("mailed", FLAG),
                            HAS("until_ms", NUMBER))),
    COMMAND("member.set", BOTH, MEMBER_SET, run_member_set,
            .args = ARGS(DEPT, AGENT, MAY_FLAG(CHAT, "takes its chats"),
                         MAY_FLAG(NOTIFY, "is told of what is missed"),
                         MAY(TIER, INT, 1, TIERS_MAX, "with strategy tiers: the lower first")),
            .answer = SHAPE(HAS("department", ID), HAS("agent", ID), UNCHANGED)),
    COMMAND("member.remove", BOTH, MEMBER_REMOVE, run_member_remove, .args = ARGS(DEPT, AGENT),
            .answer = SHAPE(HAS("department", ID), HAS("agent", ID), UNCHANGED)),

    QUERY("settings", BOTH, run_settings,
          .answer = SHAPE(HAS_THINGS("portal", setting), HAS_THINGS("department", setting),
                          HAS_THINGS("agent", setting), HAS_THINGS("placeholders", placeholder))),
    QUERY("status", BOTH, run_status,
          .answer =
              SHAPE(HAS("version", TEXT), HAS("started_ms", NUMBER), HAS("now_ms", NUMBER),
                    HAS("position", POS), HAS("read_only", FLAG), HAS("departments", NUMBER),
                    HAS("without_from", NUMBER), HAS("agents", NUMBER), HAS("agents_here", NUMBER),
                    HAS("waiting", NUMBER), HAS("active", NUMBER), HAS("blocks", NUMBER),
                    HAS("connections", NUMBER), HAS("websockets", NUMBER), HAS("dispatcher", FLAG),
                    MAYBE_THING("outbox", outbox), HAS_THING("search", search_state),
                    HAS_THINGS("notices", notice))),

    QUERY("mail.test", BOTH, run_mail_test,
          .args = ARGS(MUST_WORD(TO, 4000, "an address"), MAY_DEPT), .open = true,
          .answer = SHAPE(MAYBE("outcome", TEXT), MAYBE_THING("diagnosis", diagnosis),
                          MAYBE_THINGS("lines", told))),
    QUERY("relay.password", BOTH, run_relay_password,
          .args = ARGS(MUST(PASSWORD, SECRET, 0, RELAY_TOKEN_MAX_BYTES, "or token; empty: none"),
                       MAY_DEPT)),
    QUERY("template.show", BOTH, run_template_show, .args = ARGS(TEMPLATE_ARGS), .open = true,
          .answer = SHAPE(MAYBE_THING("subject", template), MAYBE_THING("text", template),
                          MAYBE_THING("html", template))),
    QUERY("template.preview", BOTH, run_template_preview,
          .args =
              ARGS(TEMPLATE_ARGS, MAY(SUBJECT, LINE, 0, TEMPLATE_SUBJECT_MAX_CODEPOINTS, "a draft"),
                   MAY(TEXT, TEXT, 0, TEMPLATE_MAX_CODEPOINTS, "a draft"),
                   MAY(HTML, TEXT, 0, TEMPLATE_MAX_CODEPOINTS, "a draft")),
          .open = true,
          .answer = SHAPE(MAYBE("subject", TEXT), MAYBE("text", TEXT), MAYBE("html", TEXT))),

    QUERY("backup", AS_CONTROL, run_backup,
          .args = ARGS(MUST_WORD(TO, 4000, "a new directory"),
                       MAY_FLAG(WITHOUT_KEYS, "the keys stay where they are")),
          .answer = SHAPE(HAS("to", TEXT), HAS("keys", TEXTS))),
    QUERY("check", AS_CONTROL, run_check,
          .answer =
              SHAPE(HAS_THINGS("findings", finding), HAS("rows", NUMBER), HAS("records", NUMBER),
                    HAS("found", NUMBER), HAS("mendable", NUMBER), HAS("mended", FLAG))),
    QUERY("log.level", AS_CONTROL, run_log_level,
          .args = ARGS(MUST_WORD(LEVEL, 16, "error, warn, info, debug or trace"))),
    QUERY("dispatcher.attach", AS_CONTROL, run_dispatcher_attach),
    QUERY("dispatcher.tell", AS_CONTROL, run_dispatcher_tell,
          .args = ARGS(MUST_ID(ASK, "what was asked"),
                       MUST(LINES, TOLD, 0, 0, "what happened meanwhile")),
          .silent = true),
    QUERY("dispatcher.answer", AS_CONTROL, run_dispatcher_answer,
          .args = ARGS(MUST_ID(ASK, "what was asked"), MAY(OK, OBJECT, 0, 0, "the answer"),
                       MAY(ERROR, OBJECT, 0, 0, "or why there is none"))),
};
const size_t admin_verbs_count = COUNT_OF(admin_verbs);
