/* The objects in answers, one table each: what src/view writes, as the OpenAPI document has it. */
#include "api_int.h"

static const struct shape shape_passed = {
    "Passed", false,
    SHAPE(HAS("offline", NUMBER), HAS("status", NUMBER), HAS("full", NUMBER), HAS("asked", NUMBER),
          HAS("busier", NUMBER), HAS("unmet", NUMBER), HAS("rung", NUMBER), HAS("skill", NUMBER))};

const struct shape shape_rung = {"Rung", false, SHAPE(HAS("agent", ID), HAS("name", TEXT))};

static const struct shape shape_other = {
    "PassedOver", false,
    SHAPE(HAS("agent", ID), HAS("name", TEXT), HAS("why", TEXT), MAYBE("lacks", TEXT))};

static const struct shape shape_handed = {
    "Handed", false,
    SHAPE(HAS("department", ID), HAS("department_name", TEXT), MAYBE("agent", ID),
          MAYBE("agent_name", TEXT), HAS("by", ID), HAS("by_name", TEXT), HAS("from_name", TEXT),
          HAS("note", TEXT), HAS("until_ms", NUMBER))};

const struct shape shape_draft = {
    "Draft", false,
    SHAPE(HAS("conversation", ID), HAS("kind", TEXT), HAS("version", NUMBER), HAS("text", TEXT))};

static const struct shape shape_time = {"HandlingTime", false,
                                        SHAPE(HAS("agent", ID), HAS("name", TEXT),
                                              HAS("ms", NUMBER), MAYBE("since_ms", NUMBER),
                                              MAYBE("corrected", FLAG))};

const struct shape shape_worked = {
    "WorkedTime", false,
    SHAPE(MAYBE("agent", ID), MAYBE("name", TEXT), MAYBE("department", ID),
          MAYBE("department_name", TEXT), HAS("conversations", NUMBER), HAS("ms", NUMBER),
          HAS("average_ms", NUMBER), HAS("corrected", NUMBER), HAS("corrected_ms", NUMBER))};

static const struct shape shape_ending = {
    "Ending", false, SHAPE(HAS("by", ID), HAS("by_name", TEXT), HAS("until_ms", NUMBER))};
static const struct shape shape_box = {
    "Box", false,
    SHAPE(HAS("is", TEXT), MAYBE("given", ID), MAYBE("given_name", TEXT), MAYBE("time_ms", NUMBER),
          MAYBE("by", ID), MAYBE("by_name", TEXT), MAYBE("how", TEXT), MAYBE("chat", ID),
          MAYBE("number", NUMBER))};

const struct shape shape_head = {
    "Head", false,
    SHAPE(HAS("conversation", ID), HAS("number", NUMBER), HAS("state", TEXT), HAS("department", ID),
          HAS("entry", ID), HAS("agent", ID_OR_NULL), HAS("name", TEXT), HAS("email", TEXT),
          HAS("phone", TEXT), HAS("question", TEXT), HAS("page", TEXT), HAS("title", TEXT),
          HAS("referrer", TEXT), HAS("browser", TEXT), HAS("lang", TEXT), MAYBE("ip", TEXT),
          HAS("rang_ms", NUMBER), HAS("since_ms", NUMBER), HAS("spoke_ms", NUMBER),
          MAYBE("ended_ms", NUMBER), MAYBE("wait_until_ms", NUMBER), MAYBE("why", TEXT),
          HAS("unreplied", FLAG), HAS("visitor_here", FLAG), HAS("n", NUMBER), HAS("seq", NUMBER),
          HAS("seen_visitor", NUMBER), HAS("seen_agent", NUMBER), MAYBE("rating", NUMBER),
          HAS("last", TEXT), HAS("tags", TEXTS), HAS_THINGS("times", time),
          HAS_THING("passed", passed), HAS("how", TEXT), MAYBE("rings_count", NUMBER),
          MAYBE_THINGS("rings", rung), MAYBE("rule", NUMBER), MAYBE("skills", TEXT),
          MAYBE("strict_until_ms", NUMBER), HAS_THINGS("others", other),
          MAYBE_THING("handed", handed), MAYBE_THING("ending", ending), MAYBE_THING("box", box),
          MAYBE("previous", ID), MAYBE("previous_number", NUMBER), MAYBE("next", ID),
          MAYBE("next_number", NUMBER), HAS("blocked", FLAG), MAYBE("block", ID),
          MAYBE("block_prefix", TEXT), MAYBE("same_address", NUMBER), HAS("may", TEXTS),
          MAYBE("mail_not", TEXT), HAS("pos", POS))};

static const struct shape shape_mentioned = {"Mentioned", false,
                                             SHAPE(HAS("id", ID), HAS("name", TEXT))};

const struct shape shape_line = {
    "Line", false,
    SHAPE(HAS("seq", NUMBER), HAS("n", NUMBER), HAS("kind", TEXT), HAS("by", TEXT),
          MAYBE("agent", ID), HAS("name", TEXT), MAYBE("picture", TEXT), MAYBE("gone", FLAG),
          MAYBE("text", TEXT), MAYBE("email", TEXT), MAYBE("instead_of", TEXT),
          MAYBE("department", ID), MAYBE("department_name", TEXT), MAYBE("to", TEXT),
          MAYBE("names", TEXTS), MAYBE("count", NUMBER), MAYBE("rule", NUMBER),
          MAYBE("skills", TEXT), MAYBE("note", TEXT), MAYBE("box", TEXT), MAYBE("how", TEXT),
          MAYBE("line", NUMBER), MAYBE("was", TEXT), MAYBE("edited_ms", NUMBER),
          MAYBE("removed", FLAG), MAYBE("ms", NUMBER), MAYBE("was_ms", NUMBER), MAYBE("why", TEXT),
          MAYBE("rating", NUMBER), HAS("time_ms", NUMBER), MAYBE("id", TEXT),
          MAYBE_THINGS("mentions", mentioned))};

const struct shape shape_visitor_line = {
    "VisitorLine", false,
    SHAPE(HAS("n", NUMBER), HAS("kind", TEXT), HAS("by", TEXT), HAS("name", TEXT),
          MAYBE("picture", TEXT), MAYBE("text", TEXT), MAYBE("line", NUMBER),
          MAYBE("edited_ms", NUMBER), MAYBE("removed", FLAG), MAYBE("why", TEXT),
          HAS("time_ms", NUMBER), MAYBE("id", TEXT))};

const struct shape shape_earlier = {"EarlierChat", false,
                                    SHAPE(HAS("chat", ID), HAS_THINGS("lines", visitor_line))};

static const struct shape shape_recipient = {"Recipient", false,
                                             SHAPE(HAS("address", TEXT), HAS("state", TEXT),
                                                   MAYBE("code", NUMBER), MAYBE("reply", TEXT),
                                                   MAYBE("replaced_by", ID))};

static const struct shape shape_attempt = {
    "Attempt", false, SHAPE(HAS("time_ms", NUMBER), HAS("state", TEXT), HAS("cause", TEXT))};

#define MAIL_ROWS                                                                                  \
    HAS("id", ID), HAS("kind", TEXT), HAS("conversation", ID_OR_NULL), MAYBE("agent", ID),         \
        MAYBE("number", NUMBER), HAS("department", ID_OR_NULL), HAS("state", TEXT),                \
        HAS("uncertain", FLAG), HAS("attempts", NUMBER), HAS("created_ms", NUMBER),                \
        MAYBE("due_ms", NUMBER), MAYBE("relay_rests", TEXT), MAYBE("settled_ms", NUMBER),          \
        MAYBE("awaited_ms", NUMBER), MAYBE("notices", NUMBER), MAYBE("digest", ID),                \
        MAYBE("digest_state", TEXT), HAS("from", TEXT), HAS("cc", TEXT), HAS("subject", TEXT),     \
        HAS("message_id", TEXT), HAS("cause", TEXT), HAS("reason", TEXT), HAS("bytes", NUMBER),    \
        HAS("kept", FLAG), MAYBE("replaces", ID), MAYBE("instead_of", TEXT),                       \
        HAS_THINGS("to", recipient)

const struct shape shape_mail = {"Mail", false, SHAPE(MAIL_ROWS)};
const struct shape shape_mail_whole = {"MailWhole", false,
                                       SHAPE(MAIL_ROWS, HAS_THINGS("tries", attempt))};

#define STATES(has)                                                                                \
    has("queued", NUMBER), has("sending", NUMBER), has("deferred", NUMBER), has("sent", NUMBER),   \
        has("failed", NUMBER), has("uncertain", NUMBER), has("suppressed", NUMBER),                \
        has("cancelled", NUMBER), has("held", NUMBER), has("folded", NUMBER)

const struct shape shape_cause = {"Cause", false,
                                  SHAPE(HAS("cause", TEXT), STATES(MAYBE), HAS("retry", NUMBER))};

const struct shape shape_outbox = {"Outbox", false,
                                   SHAPE(STATES(HAS), MAYBE("oldest_due_ms", NUMBER),
                                         HAS("late", FLAG), HAS("refused", NUMBER),
                                         MAYBE("refused_by", TEXT))};

static const struct shape shape_membership = {
    "Membership", false,
    SHAPE(HAS("department", ID), HAS("chat", FLAG), HAS("notify", FLAG), HAS("tier", NUMBER))};

static const struct shape shape_alerts = {"Alerts", false,
                                          SHAPE(HAS("volume", NUMBER), HAS("tone", TEXT),
                                                HAS("quiet", TEXT), HAS("tasks", TEXT),
                                                HAS("mentions", TEXT))};

const struct shape shape_me = {
    "Me", false,
    SHAPE(HAS("id", ID), HAS("name", TEXT), MAYBE("picture", TEXT), HAS("email", TEXT),
          HAS("role", TEXT), HAS("scope", TEXT), HAS("lang", TEXT), HAS("zone", TEXT),
          HAS_THING("alerts", alerts), HAS("keys", TEXT), HAS("status", TEXT),
          MAYBE("status_why", TEXT), HAS("capacity", NUMBER), HAS("load", NUMBER),
          HAS("permissions", TEXTS), HAS("outbox", FLAG), HAS_THINGS("departments", membership))};

const struct shape shape_portal_short = {
    "PortalShort", false, SHAPE(HAS("name", TEXT), HAS("lang", TEXT), HAS("zone", TEXT))};

const struct shape shape_colleague = {
    "Colleague", false,
    SHAPE(HAS("id", ID), HAS("name", TEXT), MAYBE("picture", TEXT), HAS("status", TEXT),
          HAS("load", NUMBER), HAS("capacity", NUMBER), HAS("departments", IDS))};

const struct shape shape_dept_short = {"DepartmentShort", false,
                                       SHAPE(HAS("id", ID), HAS("name", TEXT), HAS("type", TEXT),
                                             HAS("door", TEXT), HAS("waiting", NUMBER),
                                             HAS("active", NUMBER))};

const struct shape shape_passed_agent = {"PassedAgent", false,
                                         SHAPE(HAS("agent", ID), HAS("name", TEXT),
                                               HAS("why", TEXT), HAS("load", NUMBER),
                                               HAS("capacity", NUMBER), MAYBE("lacks", TEXT))};

const struct shape shape_target_dept = {"TargetDepartment", false,
                                        SHAPE(HAS("id", ID), HAS("name", TEXT), HAS("type", TEXT),
                                              HAS("there", NUMBER), HAS("free", NUMBER),
                                              HAS("waiting", NUMBER), MAYBE("lacks", TEXT))};

const struct shape shape_target_agent = {
    "TargetAgent", false,
    SHAPE(HAS("id", ID), HAS("name", TEXT), HAS("status", TEXT), HAS("load", NUMBER),
          HAS("capacity", NUMBER), MAYBE("department", ID), MAYBE("department_name", TEXT),
          MAYBE("lacks", TEXT))};

const struct shape shape_dept_name = {"DepartmentName", false,
                                      SHAPE(HAS("department", ID), HAS("name", TEXT))};

const struct shape shape_role = {"Role", false,
                                 SHAPE(HAS("role", ID), HAS("name", TEXT),
                                       HAS("permissions", TEXTS), HAS("agents", NUMBER),
                                       HAS("version", NUMBER), HAS("by", ID_OR_NULL),
                                       HAS("by_name", TEXT), HAS("changed_ms", NUMBER))};

const struct shape shape_permission = {
    "Permission", false,
    SHAPE(HAS("permission", TEXT), HAS("actions", TEXTS), HAS("for_all", FLAG))};

const struct shape shape_offer = {"Offer", false,
                                  SHAPE(HAS("conversation", ID), HAS("until_ms", NUMBER),
                                        HAS("expires_in_ms", NUMBER), HAS_THING("head", head))};

const struct shape shape_notice = {
    "Notice", false, SHAPE(HAS("code", TEXT), HAS("text", TEXT), MAYBE("about", TEXT))};

#define DEPT_ROWS                                                                                  \
    HAS("id", ID), HAS("code", TEXT), HAS_SETTINGS(dept_settings), HAS("version", NUMBER),         \
        HAS("door", TEXT), HAS("waiting", NUMBER), HAS("active", NUMBER),                          \
        HAS("completed", NUMBER), HAS("missed", NUMBER)

static const struct shape shape_dept_agent = {"DepartmentAgent", false,
                                              SHAPE(HAS("agent", ID), HAS("name", TEXT),
                                                    HAS("email", TEXT), HAS("chat", FLAG),
                                                    HAS("notify", FLAG), HAS("tier", NUMBER))};

const struct shape shape_dept = {"Department", false, SHAPE(DEPT_ROWS)};
static const struct shape shape_rule_doubt = {
    "RuleDoubt", false, SHAPE(HAS("rule", NUMBER), HAS("why", TEXT), MAYBE("skills", TEXT))};
const struct shape shape_dept_whole = {
    "DepartmentWhole", false,
    SHAPE(DEPT_ROWS, HAS("templates", TEXTS), HAS_THINGS("rule_doubts", rule_doubt),
          MAYBE("embed", TEXT), HAS_THINGS("agents", dept_agent))};

static const struct shape shape_link_mail = {"LinkMail", false,
                                             SHAPE(HAS("mail", ID), HAS("at_ms", NUMBER),
                                                   HAS("until_ms", NUMBER), MAYBE("kind", TEXT),
                                                   MAYBE("state", TEXT), MAYBE("reason", TEXT))};

const struct shape shape_agent = {
    "Agent", false,
    SHAPE(HAS("id", ID), HAS_SETTINGS(agent_settings), HAS("version", NUMBER),
          MAYBE("picture", TEXT), HAS("status", TEXT), HAS("connected", FLAG), HAS("load", NUMBER),
          HAS("tasks", NUMBER), HAS("has_password", FLAG), HAS("factor", FLAG),
          HAS("factor_needed", FLAG), MAYBE("factor_ms", NUMBER), MAYBE("recovery_left", NUMBER),
          HAS("link", FLAG), MAYBE_THING("link_mail", link_mail), MAYBE("custom_role", ID),
          MAYBE("custom_role_name", TEXT), HAS_THINGS("departments", membership))};

const struct shape shape_portal = {
    "Portal", false,
    SHAPE(HAS_SETTINGS(portal_settings), HAS("version", NUMBER), HAS("templates", TEXTS))};

const struct shape shape_block = {
    "Block", false,
    SHAPE(HAS("id", ID), MAYBE("prefix", TEXT), HAS("reason", TEXT), HAS("by", ID_OR_NULL),
          HAS("by_name", TEXT), HAS("conversation", ID_OR_NULL), HAS("department", ID_OR_NULL),
          HAS("since_ms", NUMBER), HAS("until_ms", NUMBER))};

const struct shape shape_canned = {
    "Canned", false,
    SHAPE(HAS("canned", ID), HAS("scope", TEXT), HAS("agent", ID_OR_NULL),
          HAS("department", ID_OR_NULL), HAS("title", TEXT), HAS("shortcut", TEXT),
          HAS("text", TEXT), HAS("lang", TEXT), HAS("version", NUMBER), HAS("by", ID_OR_NULL),
          HAS("by_name", TEXT), HAS("changed_ms", NUMBER), HAS("edit", FLAG))};

const struct shape shape_session = {"Session", false,
                                    SHAPE(HAS("session", ID), HAS("since_ms", NUMBER),
                                          HAS("until_ms", NUMBER), HAS("used_ms", NUMBER),
                                          HAS("browser", TEXT), MAYBE("ip", TEXT),
                                          HAS("current", FLAG), HAS("here", FLAG))};

const struct shape shape_token = {"Token", false,
                                  SHAPE(HAS("token", ID), HAS("agent", ID), HAS("name", TEXT),
                                        HAS("permissions", TEXTS), HAS("since_ms", NUMBER),
                                        HAS("until_ms", NUMBER), MAYBE("used_ms", NUMBER),
                                        HAS("expired", FLAG), HAS("cut", FLAG))};
const struct shape shape_task = {
    "Task", false,
    SHAPE(HAS("task", ID), HAS("conversation", ID_OR_NULL), MAYBE("number", NUMBER),
          MAYBE("visitor", TEXT), HAS("title", TEXT), HAS("agent", ID_OR_NULL),
          HAS("agent_name", TEXT), MAYBE("due_ms", NUMBER), HAS("done", FLAG),
          HAS("by", ID_OR_NULL), HAS("by_name", TEXT), HAS("made_ms", NUMBER),
          MAYBE("done_ms", NUMBER), MAYBE("done_by_name", TEXT), HAS("version", NUMBER),
          HAS("edit", FLAG))};

const struct shape shape_mention = {
    "Mention", false,
    SHAPE(HAS("mention", ID), HAS("conversation", ID), HAS("number", NUMBER), HAS("visitor", TEXT),
          HAS("line", NUMBER), HAS("by", ID_OR_NULL), HAS("by_name", TEXT), HAS("text", TEXT),
          HAS("made_ms", NUMBER), HAS("read", FLAG), MAYBE("read_ms", NUMBER))};

const struct shape shape_saved = {
    "View", false,
    SHAPE(HAS("view", ID), HAS("name", TEXT), HAS("scope", TEXT), HAS("agent", ID_OR_NULL),
          HAS("department", ID_OR_NULL), HAS("list", TEXT), HAS("filter", TEXT),
          HAS("of", ID_OR_NULL), HAS("tag", TEXT), HAS("version", NUMBER), HAS("by", ID_OR_NULL),
          HAS("by_name", TEXT), HAS("changed_ms", NUMBER), HAS("edit", FLAG), MAYBE("text", TEXT),
          MAYBE("contact", TEXT), MAYBE("held_by", ID_OR_NULL), MAYBE("state", TEXT),
          MAYBE("rating", NUMBER), MAYBE("since_days", NUMBER), MAYBE("since_ms", NUMBER),
          MAYBE("before_ms", NUMBER), MAYBE("count", NUMBER))};

const struct shape shape_candidate = {"Candidate", false,
                                      SHAPE(HAS("id", ID), HAS("name", TEXT), HAS("status", TEXT))};

const struct shape shape_tag_count = {"TagCount", false,
                                      SHAPE(HAS("tag", TEXT), HAS("count", NUMBER))};

const struct shape shape_setting = {"Setting", false,
                                    SHAPE(HAS("name", TEXT), HAS("type", TEXT), HAS("min", NUMBER),
                                          HAS("max", NUMBER), MAYBE("words", TEXTS),
                                          HAS("help", TEXT))};

const struct shape shape_placeholder = {
    "Placeholder", false, SHAPE(HAS("name", TEXT), HAS("list", FLAG), MAYBE("in", TEXT))};

const struct shape shape_finding = {"Finding", false,
                                    SHAPE(HAS("kind", TEXT), HAS("table", TEXT), HAS("key", TEXT),
                                          HAS("what", TEXT), HAS("mendable", FLAG))};

static const struct shape shape_part = {"Part", false, SHAPE(HAS("text", TEXT), HAS("hit", FLAG))};

const struct shape shape_found = {"Found", false,
                                  SHAPE(HAS_THING("head", head), MAYBE("field", TEXT),
                                        MAYBE_THING("line", line), HAS("cut", FLAG),
                                        HAS_THINGS("parts", part))};

const struct shape shape_search_state = {"SearchState", false,
                                         SHAPE(HAS("position", POS), HAS("records", NUMBER),
                                               HAS("lag_ms", NUMBER), HAS("behind", FLAG),
                                               HAS("bytes", NUMBER), HAS("trouble", TEXT))};

/* The dispatcher's. */

static const struct shape shape_inherited = {"Inherited", true,
                                             SHAPE(HAS("text", TEXT), HAS("from", TEXT))};

const struct shape shape_template = {"Template", true,
                                     SHAPE(HAS("text", TEXT), HAS("from", TEXT),
                                           MAYBE("passed_over", FLAG),
                                           MAYBE_THING("inherited", inherited))};

const struct shape shape_told = {"Told", true, SHAPE(HAS("by", TEXT), HAS("text", TEXT))};

const struct shape shape_diagnosis = {"Diagnosis", true,
                                      SHAPE(HAS("code", TEXT), HAS("text", TEXT),
                                            MAYBE("host", TEXT), MAYBE("port", NUMBER),
                                            MAYBE("reply", TEXT))};

/* The live floor. */

#define FLOOR_CONV                                                                                 \
    HAS("conversation", ID), HAS("number", NUMBER), HAS("name", TEXT), HAS("state", TEXT),         \
        HAS("department", ID)

static const struct shape shape_floor_chat = {"FloorChat", false,
                                              SHAPE(FLOOR_CONV, MAYBE("waits_since_ms", NUMBER))};

static const struct shape shape_floor_wait = {
    "FloorWait", false,
    SHAPE(FLOOR_CONV, HAS("rang_ms", NUMBER), HAS("until_ms", NUMBER), MAYBE("offered_to", ID),
          MAYBE("rings_count", NUMBER), MAYBE("offer_until_ms", NUMBER))};

static const struct shape shape_floor_agent = {
    "FloorAgent", false,
    SHAPE(HAS("id", ID), HAS("name", TEXT), HAS("status", TEXT), MAYBE("status_why", TEXT),
          MAYBE("since_ms", NUMBER), HAS("load", NUMBER), HAS("offers", NUMBER),
          HAS("capacity", NUMBER), HAS("departments", IDS), HAS_THINGS("chats", floor_chat),
          MAYBE("waits_since_ms", NUMBER))};

static const struct shape shape_floor_dept = {
    "FloorDepartment", false,
    SHAPE(HAS("id", ID), HAS("name", TEXT), HAS("type", TEXT), HAS("door", TEXT),
          MAYBE("opens_ms", NUMBER), HAS("waiting", NUMBER), HAS("active", NUMBER),
          MAYBE("waits_since_ms", NUMBER), HAS("here", NUMBER), HAS("places", NUMBER),
          HAS("free_places", NUMBER))};

const struct shape shape_floor = {
    "Floor", false,
    SHAPE(HAS("now_ms", NUMBER), HAS("waiting", NUMBER), HAS("active", NUMBER),
          HAS_THINGS("agents", floor_agent), HAS("agents_left_out", NUMBER), HAS("here", NUMBER),
          HAS("available", NUMBER), HAS("busy", NUMBER), HAS("away", NUMBER), HAS("places", NUMBER),
          HAS("free_places", NUMBER), HAS_THINGS("departments", floor_dept),
          HAS_THINGS("queue", floor_wait), HAS("queue_left_out", NUMBER))};

const struct shape *const *shapes_all(size_t *count)
{
    static const struct shape *const all[] = {
        &shape_agent,        &shape_attempt,     &shape_block,        &shape_box,
        &shape_candidate,    &shape_canned,      &shape_cause,        &shape_colleague,
        &shape_dept,         &shape_dept_agent,  &shape_dept_name,    &shape_dept_short,
        &shape_dept_whole,   &shape_diagnosis,   &shape_draft,        &shape_ending,
        &shape_time,         &shape_finding,     &shape_floor,        &shape_floor_agent,
        &shape_floor_chat,   &shape_floor_dept,  &shape_floor_wait,   &shape_found,
        &shape_handed,       &shape_head,        &shape_inherited,    &shape_line,
        &shape_link_mail,    &shape_mail,        &shape_mail_whole,   &shape_alerts,
        &shape_me,           &shape_membership,  &shape_mention,      &shape_mentioned,
        &shape_notice,       &shape_offer,       &shape_other,        &shape_outbox,
        &shape_part,         &shape_passed,      &shape_passed_agent, &shape_permission,
        &shape_placeholder,  &shape_portal,      &shape_portal_short, &shape_recipient,
        &shape_role,         &shape_rule_doubt,  &shape_rung,         &shape_saved,
        &shape_search_state, &shape_session,     &shape_setting,      &shape_tag_count,
        &shape_target_agent, &shape_target_dept, &shape_task,         &shape_template,
        &shape_token,        &shape_told,        &shape_visitor_line, &shape_earlier,
        &shape_worked,
    };

    *count = COUNT_OF(all);
    return all;
}
