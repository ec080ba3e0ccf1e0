/*
 * A command that changes nothing records nothing: each command there is, given twice.  What it can
 * come to the second time stands in its row, so that a new command needs a row of its own.
 */
#include "core_again_scene.h"

#define IP "192.0.2.7"

enum again {
    SAME,    /* taken, and told that it was so already */
    REFUSED, /* there is nothing left to do it to */
    ANEW     /* it is another one: a line, a link, a session */
};

static void taken(struct scene *s)
{
    assert_int_equal(world_accept(s->w, s->ann, s->chat).err, ERR_OK);
    assert_int_equal(world_say(s->w, visitor_(s->chat), s->chat, "hello").err, ERR_OK);
}

static void ended(struct scene *s)
{
    taken(s);
    assert_int_equal(world_say(s->w, agent_(s->ann), s->chat, "hi").err, ERR_OK);
    assert_int_equal(world_conv_cmd(s->w, CMD_CHAT_END, operator_(), s->chat).err, ERR_OK);
}

static void with_task(struct scene *s)
{
    struct cmd cmd = {.type = CMD_TASK_ADD,
                      .who = agent_(s->ann),
                      .conv = s->chat,
                      .task = {.agent = s->ann, .title = SPAN_LIT("call back")}};
    struct world_answer a;

    taken(s);
    a = world_do(s->w, &cmd);
    assert_int_equal(a.err, ERR_OK);
    s->task = a.id;
}

static void with_view(struct scene *s)
{
    struct cmd cmd = {.type = CMD_VIEW_ADD,
                      .who = agent_(s->ann),
                      .saved = {.agent = s->ann, .name = SPAN_LIT("VIP")}};
    struct world_answer a = world_do(s->w, &cmd);

    assert_int_equal(a.err, ERR_OK);
    s->view = a.id;
}

/* By the other one, of whom the commands are not. */
static void mentioned(struct scene *s)
{
    struct cmd cmd = {.type = CMD_CONV_NOTE,
                      .who = agent_(s->bob),
                      .conv = s->chat,
                      .line = {.text = SPAN_LIT("@ann"), .mentions = &s->ann, .nmentions = 1}};

    taken(s);
    assert_int_equal(world_do(s->w, &cmd).err, ERR_OK);
    s->mention = core_next_mention_of(s->w->k, s->ann, NULL)->id;
}

static void task_done(struct scene *s)
{
    with_task(s);
    assert_int_equal(
        world_do(s->w,
                 &(struct cmd){.type = CMD_TASK_DONE, .who = agent_(s->ann), .task.task = s->task})
            .err,
        ERR_OK);
}

static void tagged(struct scene *s)
{
    taken(s);
    assert_int_equal(world_do(s->w, &(struct cmd){.type = CMD_CONV_TAG,
                                                  .who = agent_(s->ann),
                                                  .conv = s->chat,
                                                  .tag = {SPAN_LIT("VIP"), SPAN_LIT("vip")}})
                         .err,
                     ERR_OK);
}

/* A note of hers. */
static void noted(struct scene *s)
{
    taken(s);
    assert_int_equal(world_do(s->w, &(struct cmd){.type = CMD_CONV_NOTE,
                                                  .who = agent_(s->ann),
                                                  .conv = s->chat,
                                                  .line.text = SPAN_LIT("words")})
                         .err,
                     ERR_OK);
    s->line = (struct rec){.type = REC_CONV_NOTE,
                           .pos = world_conv(s->w, s->chat)->last_pos,
                           .seq = world_conv(s->w, s->chat)->seq,
                           .who = agent_(s->ann),
                           .obj = s->chat,
                           .time_ms = s->w->now_ms,
                           .body = SPAN_LIT("\x01\x05words")};
}

static void colleague(struct scene *s)
{
    taken(s);
    world_connect(s->w, s->bob);
}

static void handed(struct scene *s)
{
    struct cmd cmd = {
        .type = CMD_CONV_TRANSFER, .who = agent_(s->ann), .conv = s->chat, .transfer.dept = SALES};

    taken(s);
    assert_int_equal(world_do(s->w, &cmd).err, ERR_OK);
}

static void ending(struct scene *s)
{
    struct cmd cmd = {
        .type = CMD_CHAT_END, .who = agent_(s->ann), .conv = s->chat, .end.undo = true};

    taken(s);
    assert_int_equal(world_do(s->w, &cmd).err, ERR_OK);
}

static void missed(struct scene *s)
{
    assert_int_equal(world_conv_cmd(s->w, CMD_CHAT_END, operator_(), s->chat).err, ERR_OK);
    assert_state(s->w, s->chat, CONV_MISSED);
}

/* Back in the queue, and for nobody's offer: to be taken by hand. */
static void waiting(struct scene *s)
{
    world_status(s->w, s->ann, STATUS_BUSY);
    assert_state(s->w, s->chat, CONV_WAITING);
    (void)world_agent(s->w, "cleo", s->help); /* in whose queue it could wait */
}

static const uint64_t one_line[] = {1};

static void ring_fill(const struct scene *s, struct cmd *cmd)
{
    (void)s;
    cmd->ring = (struct cmd_ring){
        .dept = SALES, .email = SPAN_LIT("v@example.com"), .text = SPAN_LIT("Please write.")};
    assert_int_equal(ipaddr_parse(SPAN_LIT(IP), &cmd->ring.ip), ERR_OK);
}

static uint64_t a_role(struct scene *s)
{
    struct cmd cmd = {.type = CMD_ROLE_ADD,
                      .who = operator_(),
                      .role = {.name = SPAN_LIT("Writers"), .permissions = SPAN_LIT("reply")}};

    return world_do(s->w, &cmd).id;
}

/* The settings, accounts and memberships of a command. */
static void fill_manage(struct scene *s, struct cmd *cmd)
{
    const struct cmd_link link = {.hash = hash_of(s), .until_ms = T0 + 1000000};

    switch (cmd->type) {
    case CMD_TASK_ADD:
        cmd->conv = s->chat;
        cmd->task = (struct cmd_task){.agent = s->ann, .title = SPAN_LIT("call back")};
        break;
    case CMD_TASK_SET:
    case CMD_TASK_DONE:
    case CMD_TASK_REOPEN:
    case CMD_TASK_REMOVE:
        cmd->task = (struct cmd_task){.task = s->task, .title = SPAN_LIT("write")};
        break;
    case CMD_VIEW_ADD:
    case CMD_VIEW_SET:
    case CMD_VIEW_REMOVE:
        cmd->saved = (struct cmd_saved){.agent = s->ann, .view = s->view, .name = SPAN_LIT("Open")};
        break;
    case CMD_PORTAL_SET:
        cmd->set = (struct cmd_set){.changes = &s->portal_name, .nchanges = 1};
        break;
    case CMD_DEPT_SET:
        cmd->set = (struct cmd_set){.id = SALES, .changes = &s->dept_name, .nchanges = 1};
        break;
    case CMD_AGENT_SET:
        cmd->set = (struct cmd_set){.id = s->ann, .changes = &s->agent_name, .nchanges = 1};
        break;
    case CMD_DEPT_ADD:
        cmd->dept_add = (struct cmd_dept_add){
            .changes = &s->dept_name, .nchanges = 1, .code = SPAN_LIT("AAAAAAAAAAAAAAAAAAAAAA")};
        break;
    case CMD_AGENT_ADD:
        cmd->agent_add = (struct cmd_agent_add){.changes = s->new_agent, .nchanges = 2};
        break;
    case CMD_QUEUE_MOVE:
        cmd->queue = (struct cmd_queue){.from = SALES, .to = s->help};
        break;
    case CMD_DEPT_REMOVE:
        cmd->dept = s->help;
        break;
    case CMD_AGENT_LINK:
        cmd->agent_link = (struct cmd_agent_link){.agent = s->ann, .link = link};
        break;
    case CMD_AGENT_PASSWORD:
        cmd->password = (struct cmd_password){.agent = s->ann, .hash = SPAN_LIT("$argon2id$x")};
        break;
    case CMD_AGENT_STATUS:
        cmd->status = (struct cmd_status){.agent = s->ann, .status = STATUS_AWAY};
        break;
    case CMD_MEMBER_SET:
        cmd->member = (struct cmd_member){.agent = s->ann, .dept = s->help, .notify = true};
        break;
    case CMD_AGENT_ROLE:
        cmd->agent_role = (struct cmd_agent_role){.agent = s->ann, .role = a_role(s)};
        break;
    case CMD_ROLE_ADD:
    case CMD_ROLE_SET:
        cmd->role = (struct cmd_role){.role = cmd->type == CMD_ROLE_SET ? a_role(s) : 0,
                                      .name = SPAN_LIT("Second line"),
                                      .permissions = SPAN_LIT("reply,note")};
        break;
    case CMD_ROLE_REMOVE:
        cmd->role.role = a_role(s);
        break;
    case CMD_MEMBER_REMOVE:
        cmd->member = (struct cmd_member){.agent = s->ann, .dept = SALES};
        break;
    case CMD_SESSION_OPEN:
        cmd->session_open = (struct cmd_session_open){
            .agent = s->ann, .hash = hash_of(s), .until_ms = T0 + 1000000};
        break;
    default:
        cmd->agent = cmd->type == CMD_AGENT_CONNECT ? s->bob : s->ann;
        break;
    }
}

/* What people say and do in a conversation. */
static void fill_talk(struct scene *s, struct cmd *cmd)
{
    cmd->conv = s->chat;
    switch (cmd->type) {
    case CMD_CHAT_SEND:
    case CMD_CONV_NOTE:
    case CMD_CONV_MAIL:
        cmd->line.text = SPAN_LIT("some words");
        break;
    case CMD_LINE_EDIT:
    case CMD_LINE_REMOVE:
        cmd->edit = (struct cmd_edit){.line = &s->line, .text = SPAN_LIT("other words")};
        break;
    case CMD_CONV_TAG:
    case CMD_CONV_UNTAG:
        cmd->tag = (struct cmd_tag){SPAN_LIT("VIP"), SPAN_LIT("vip")};
        break;
    case CMD_CONV_BOX:
        cmd->box.box = BOX_PUT_AWAY;
        break;
    case CMD_CONV_ASSIGN:
        cmd->assign = (struct cmd_assign){.agent = s->bob, .holder = s->ann};
        break;
    case CMD_CONV_TIME:
        cmd->time = (struct cmd_time){.agent = s->ann, .ms = 60000};
        break;
    case CMD_CONV_REOPEN:
        cmd->assign = (struct cmd_assign){.agent = s->ann};
        break;
    case CMD_CONV_TRANSFER:
        cmd->transfer.dept = SALES;
        break;
    case CMD_CHAT_SEEN:
        cmd->seen.n = 2;
        break;
    case CMD_CHAT_FEEDBACK:
        cmd->feedback = (struct cmd_feedback){.rating = 5, .comment = SPAN_LIT("thanks")};
        break;
    case CMD_CHAT_COPY:
        cmd->copy.to = SPAN_LIT("hanako@example.com");
        break;
    case CMD_CONV_FORWARD:
        cmd->forward = (struct cmd_forward){
            .to = SPAN_LIT("x@example.com"), .lines = one_line, .nlines = COUNT_OF(one_line)};
        break;
    case CMD_MAIL_READDRESS:
        cmd->readdress =
            (struct cmd_readdress){.to = SPAN_LIT("new@example.com"), .order = &s->order};
        break;
    default:
        break;
    }
}

static const uint64_t some_codes[RECOVERY_CODES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void with_factor(struct scene *s)
{
    struct cmd cmd = {
        .type = CMD_FACTOR_SET,
        .who = agent_(s->ann),
        .factor = {
            .agent = s->ann, .secret = SPAN_LIT("sealed"), .step = 3, .recovery = some_codes}};

    assert_int_equal(world_do(s->w, &cmd).err, ERR_OK);
}

static void fill(struct scene *s, struct cmd *cmd)
{
    switch (cmd->type) {
    case CMD_CHAT_START:
    case CMD_CHAT_LEAVE_MESSAGE:
        ring_fill(s, cmd);
        break;
    case CMD_BLOCK_ADD:
        assert_int_equal(ipprefix_parse(SPAN_LIT("198.51.100.7"), &cmd->block_add.prefix, NULL),
                         ERR_OK);
        break;
    case CMD_MENTION_READ:
        cmd->mention = (struct cmd_mention){.mentions = &s->mention, .nmentions = 1};
        break;
    case CMD_BLOCK_REMOVE:
        cmd->block = s->block;
        break;
    case CMD_SESSION_CLOSE:
        cmd->session = s->session;
        break;
    case CMD_SESSION_END:
        cmd->session_end = (struct cmd_session_end){.agent = s->bob, .session = s->session};
        break;
    case CMD_FACTOR_SET:
    case CMD_FACTOR_USE:
        cmd->factor = (struct cmd_factor){
            .agent = s->ann, .secret = SPAN_LIT("sealed"), .step = 7, .recovery = some_codes};
        break;
    case CMD_FACTOR_REMOVE:
        cmd->agent = s->ann;
        break;
    case CMD_PICTURE_SET:
    case CMD_PICTURE_REMOVE:
        cmd->picture = (struct cmd_picture){s->ann, {5, 6}, SPAN_LIT("the picture")};
        break;
    case CMD_SESSION_USE:
    case CMD_TOKEN_REMOVE:
        cmd->session = s->token;
        break;
    case CMD_TOKEN_ADD:
        cmd->token_add =
            (struct cmd_token_add){.agent = s->ann, .hash = hash_of(s), .name = SPAN_LIT("Till")};
        break;
    case CMD_CANNED_ADD:
    case CMD_CANNED_SET:
    case CMD_CANNED_REMOVE:
        cmd->canned = (struct cmd_canned){.canned = cmd->type == CMD_CANNED_ADD ? 0 : s->canned,
                                          .title = SPAN_LIT("Refund"),
                                          .shortcut = SPAN_LIT("refund"),
                                          .text = SPAN_LIT("It is on its way."),
                                          .lang = LANG_EN};
        break;
    default:
        if (cmd->type < CMD_CHAT_START)
            fill_manage(s, cmd);
        else
            fill_talk(s, cmd);
        break;
    }
}

enum by { OPERATOR, SYSTEM, ANN, VISITOR };

static const struct row {
    enum cmd_type type;
    enum by by;
    enum again again;
    void (*before)(struct scene *s); /* what has happened by then */
} rows[] = {
    {CMD_PORTAL_SET, OPERATOR, SAME, NULL},
    {CMD_DEPT_ADD, OPERATOR, REFUSED, NULL},
    {CMD_DEPT_SET, OPERATOR, SAME, NULL},
    {CMD_DEPT_REMOVE, OPERATOR, REFUSED, NULL},
    {CMD_QUEUE_MOVE, OPERATOR, SAME, waiting},
    {CMD_AGENT_ADD, OPERATOR, REFUSED, NULL},
    {CMD_AGENT_SET, OPERATOR, SAME, NULL},
    {CMD_AGENT_REMOVE, OPERATOR, REFUSED, NULL},
    {CMD_AGENT_DISABLE, OPERATOR, SAME, NULL},
    {CMD_AGENT_ROLE, OPERATOR, SAME, NULL},
    {CMD_ROLE_ADD, OPERATOR, REFUSED, NULL},
    {CMD_ROLE_SET, OPERATOR, SAME, NULL},
    {CMD_ROLE_REMOVE, OPERATOR, REFUSED, NULL},
    {CMD_PICTURE_SET, OPERATOR, SAME, NULL},
    {CMD_PICTURE_REMOVE, OPERATOR, SAME, NULL},
    {CMD_AGENT_LINK, OPERATOR, ANEW, NULL},
    {CMD_AGENT_PASSWORD, OPERATOR, ANEW, NULL},
    {CMD_AGENT_STATUS, ANN, SAME, NULL},
    {CMD_AGENT_CONNECT, SYSTEM, SAME, NULL},
    {CMD_AGENT_LEAVE, SYSTEM, SAME, NULL},
    {CMD_MEMBER_SET, OPERATOR, SAME, NULL},
    {CMD_MEMBER_REMOVE, OPERATOR, SAME, NULL},
    {CMD_SESSION_OPEN, SYSTEM, ANEW, NULL},
    {CMD_SESSION_CLOSE, OPERATOR, SAME, NULL},
    {CMD_SESSION_END, OPERATOR, REFUSED, NULL},
    {CMD_SESSION_USE, ANN, SAME, NULL},
    {CMD_TOKEN_ADD, ANN, ANEW, NULL},
    {CMD_TOKEN_REMOVE, ANN, REFUSED, NULL},
    {CMD_FACTOR_SET, ANN, ANEW, NULL},
    {CMD_FACTOR_USE, ANN, REFUSED, with_factor},
    {CMD_FACTOR_REMOVE, ANN, SAME, with_factor},
    {CMD_BLOCK_ADD, OPERATOR, REFUSED, NULL},
    {CMD_BLOCK_REMOVE, OPERATOR, REFUSED, NULL},
    {CMD_CANNED_ADD, OPERATOR, REFUSED, NULL},
    {CMD_CANNED_SET, OPERATOR, SAME, NULL},
    {CMD_CANNED_REMOVE, OPERATOR, REFUSED, NULL},
    {CMD_CHAT_START, VISITOR, ANEW, NULL},
    {CMD_CHAT_LEAVE_MESSAGE, VISITOR, ANEW, NULL},
    {CMD_CHAT_CONNECT, VISITOR, SAME, NULL},
    {CMD_CHAT_LEAVE, VISITOR, SAME, NULL},
    {CMD_CHAT_SEND, VISITOR, ANEW, taken},
    {CMD_CHAT_SEEN, VISITOR, SAME, taken},
    {CMD_CHAT_SEEN, ANN, SAME, taken},
    {CMD_CHAT_END, VISITOR, SAME, taken},
    {CMD_CHAT_UNDO_END, ANN, SAME, ending},
    {CMD_CHAT_FEEDBACK, VISITOR, ANEW, ended},
    {CMD_CHAT_COPY, VISITOR, REFUSED, ended},
    {CMD_OFFER_ACCEPT, ANN, SAME, NULL},
    {CMD_OFFER_DECLINE, ANN, REFUSED, NULL},
    {CMD_CONV_PICK, ANN, SAME, waiting},
    {CMD_CONV_NOTE, ANN, ANEW, taken},
    {CMD_CONV_MAIL, ANN, ANEW, missed},
    {CMD_CONV_BOX, ANN, SAME, missed},
    {CMD_CONV_FORWARD, ANN, ANEW, taken},
    {CMD_MAIL_READDRESS, OPERATOR, ANEW, ended},
    {CMD_CONV_TRANSFER, ANN, REFUSED, taken},
    {CMD_CONV_TAKE_BACK, ANN, REFUSED, handed},
    {CMD_CONV_ASSIGN, ANN, SAME, colleague},
    {CMD_CONV_REOPEN, ANN, REFUSED, ended},
    {CMD_CONV_TIME, ANN, SAME, taken},
    {CMD_LINE_EDIT, ANN, ANEW, noted},
    {CMD_LINE_REMOVE, ANN, ANEW, noted},
    {CMD_CONV_TAG, ANN, SAME, taken},
    {CMD_CONV_UNTAG, ANN, SAME, tagged},
    {CMD_TASK_ADD, ANN, ANEW, taken},
    {CMD_TASK_SET, ANN, SAME, with_task},
    {CMD_TASK_DONE, ANN, SAME, with_task},
    {CMD_TASK_REOPEN, ANN, SAME, task_done},
    {CMD_TASK_REMOVE, ANN, REFUSED, with_task},
    {CMD_MENTION_READ, ANN, SAME, mentioned},
    {CMD_VIEW_ADD, ANN, REFUSED, NULL},
    {CMD_VIEW_SET, ANN, SAME, with_view},
    {CMD_VIEW_REMOVE, ANN, REFUSED, with_view},
};

static struct principal who_of(const struct scene *s, const struct row *row)
{
    switch (row->by) {
    case OPERATOR:
        return operator_();
    case SYSTEM:
        return (struct principal){.kind = BY_SYSTEM};
    case ANN:
        return agent_(s->ann);
    default:
        return visitor_(
            row->type == CMD_CHAT_START || row->type == CMD_CHAT_LEAVE_MESSAGE ? 0 : s->chat);
    }
}

static void assert_row(const struct row *row)
{
    void *state;
    struct scene s;
    struct cmd cmd = {.type = row->type};
    struct world_answer a;

    print_message("  %s\n", cmd_word(row->type));
    assert_int_equal(world_setup(&state), 0);
    scene_open(state, &s);
    /* An offer that was declined goes to somebody else, as it does where there is a choice. */
    if (row->type == CMD_OFFER_DECLINE) {
        world_connect(s.w, s.bob);
        world_status(s.w, s.bob, STATUS_AVAILABLE);
    }
    if (row->type == CMD_CHAT_CONNECT)
        world_conv_cmd(s.w, CMD_CHAT_LEAVE, visitor_(s.chat), s.chat);
    if (row->before != NULL)
        row->before(&s);
    cmd.who = who_of(&s, row);
    fill(&s, &cmd);
    a = world_do(s.w, &cmd);
    assert_int_equal(a.err, ERR_OK);
    assert_false(a.unchanged);
    assert_true(a.nrecs > 0);
    a = world_do(s.w, &cmd);
    assert_int_equal(a.err == ERR_OK, row->again != REFUSED);
    assert_int_equal(a.unchanged, row->again == SAME);
    assert_int_equal(a.nrecs > 0, row->again == ANEW);
    assert_int_equal(world_teardown(&state), 0);
}

static void what_is_so_already_is_recorded_by_no_command(void **state)
{
    bool has_row[CMD_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row(&rows[i]);
        has_row[rows[i].type] = true;
    }
    for (unsigned i = 0; i < CMD_COUNT; i++)
        if (!has_row[i])
            fail_msg("no row for %s", cmd_word(i));
}

/* A mark below the one that stands is nothing new, either. */
static void marks_only_go_up(void **state)
{
    void *world;
    struct scene s;
    struct cmd cmd = {.type = CMD_CHAT_SEEN};

    (void)state;
    assert_int_equal(world_setup(&world), 0);
    scene_open(world, &s);
    taken(&s);
    cmd.who = visitor_(s.chat);
    fill(&s, &cmd);
    assert_int_equal(world_do(s.w, &cmd).nrecs, 1);
    for (; cmd.seen.n >= 0; cmd.seen.n--) {
        struct world_answer a = world_do(s.w, &cmd);

        assert_true(a.err == ERR_OK && a.unchanged && a.nrecs == 0);
    }
    assert_int_equal(world_conv(s.w, s.chat)->seen_visitor, 2);
    assert_int_equal(world_teardown(&world), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_so_already_is_recorded_by_no_command),
        cmocka_unit_test(marks_only_go_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
