/* Chats that are over and are opened again: as what, by whom, where not, and what the new one is.
 */
#include "core_world.h"

struct shop {
    uint64_t ann, bob, help, chat;
};

static struct shop shop_open(struct world *w)
{
    struct shop s = {.ann = world_agent(w, "ann", SALES)};

    s.bob = world_agent_idle(w, "bob", SALES);
    s.help = world_dept(w, "Help", "public");
    s.chat = world_ring(w, SALES);
    world_advance(w, 5000);
    world_accept(w, s.ann, s.chat);
    world_say(w, visitor_(s.chat), s.chat, "hello");
    world_say(w, agent_(s.ann), s.chat, "hi");
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), s.chat).err, ERR_OK);
    assert_state(w, s.chat, CONV_ENDED);
    w->nmails = 0;
    return s;
}

static struct world_answer reopen(struct world *w, struct principal who, uint64_t chat,
                                  uint64_t agent)
{
    return world_do(
        w, &(struct cmd){.type = CMD_CONV_REOPEN, .who = who, .conv = chat, .assign.agent = agent});
}

static void assert_refused(struct world_answer a, err_t err, enum refusal why)
{
    assert_int_equal(a.err, err);
    assert_int_equal(a.fault.refusal, why);
    assert_int_equal(a.nrecs, 0);
}

static void same(const struct conv *cv, const struct conv *copy)
{
    assert_int_equal(cv->previous_number, copy->previous_number);
    assert_int_equal(cv->next, copy->next);
    assert_int_equal(cv->next_number, copy->next_number);
    assert_int_equal(cv->entry, copy->entry);
}

static void it_goes_on_as_a_new_one_that_he_has(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint32_t mean_ms = core_dept(w->k, SALES)->wait_mean_ms;
    struct world_answer a = reopen(w, agent_(s.ann), s.chat, s.ann);
    const struct conv *cv, *old = world_conv(w, s.chat);

    assert_int_equal(a.err, ERR_OK);
    assert_true(a.id != s.chat);
    cv = world_conv(w, a.id);
    assert_int_equal(cv->state, CONV_ACTIVE);
    assert_int_equal(cv->agent, s.ann);
    assert_int_equal(cv->how, CHOSEN_HAND);
    assert_int_equal(cv->dept, SALES);
    assert_int_equal(cv->entry, SALES);
    assert_int_equal(cv->previous, s.chat);
    assert_int_equal(cv->previous_number, old->number);
    assert_int_equal(cv->number, old->number + 1);
    assert_false(cv->visitor_last || cv->visitor_here);
    assert_string_equal(cv->name, old->name);
    assert_string_equal(cv->email, old->email);
    assert_memory_equal(&cv->ip, &old->ip, sizeof(cv->ip));
    assert_string_equal(cv->question, "");
    assert_int_equal(old->next, a.id);
    assert_int_equal(old->next_number, cv->number);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 1);
    assert_int_equal(core_dept(w->k, SALES)->wait_mean_ms, mean_ms); /* nobody has waited */
    assert_int_equal(w->nmails, 0);
    world_assert_replays(w);
    world_assert_kept(w, same);
}

static void it_goes_on_in_the_department_that_had_it_last(void **state)
{
    struct world *w = *state;
    struct shop s = {.ann = world_agent(w, "ann", SALES)};
    uint64_t back = world_dept(w, "Back office", "private"), carl = world_agent(w, "carl", back);
    struct world_answer a;

    s.chat = world_ring(w, SALES);
    world_accept(w, s.ann, s.chat);
    assert_int_equal(world_do(w, &(struct cmd){.type = CMD_CONV_TRANSFER,
                                               .who = agent_(s.ann),
                                               .conv = s.chat,
                                               .transfer.dept = back})
                         .err,
                     ERR_OK);
    world_accept(w, carl, s.chat);
    world_conv_cmd(w, CMD_CHAT_END, agent_(carl), s.chat);
    a = reopen(w, agent_(carl), s.chat, carl);
    assert_int_equal(a.err, ERR_OK);
    assert_int_equal(world_conv(w, a.id)->dept, back);
    assert_int_equal(world_conv(w, a.id)->entry, SALES);
    world_assert_replays(w);
}

/* As one that was left: nobody's silence ends it, and he comes to it whenever he does. */
static void it_waits_for_its_visitor(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t chat = reopen(w, agent_(s.ann), s.chat, s.ann).id;

    assert_true(world_conv(w, chat)->left);
    world_say(w, agent_(s.ann), chat, "one thing more");
    world_advance(w, 3600 * 1000);
    assert_state(w, chat, CONV_ACTIVE);
    assert_int_equal(world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(chat), chat).err, ERR_OK);
    assert_false(world_conv(w, chat)->left);
    assert_int_equal(world_say(w, visitor_(chat), chat, "yes?").err, ERR_OK);
    world_advance(w, core_dept(w->k, SALES)->idle_ms);
    assert_state(w, chat, CONV_ENDED);
    world_assert_replays(w);
}

static void what_he_writes_meanwhile_can_go_by_mail(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    struct cmd cmd = {.type = CMD_CONV_MAIL, .line.text = SPAN_LIT("one thing more")};
    struct world_answer a;

    assert_int_equal(world_set(w, OBJ_PORTAL, 0, "from", "desk@example.com", NULL), ERR_OK);
    cmd.who = agent_(s.ann);
    cmd.conv = reopen(w, agent_(s.ann), s.chat, s.ann).id;
    a = world_do(w, &cmd);
    assert_int_equal(a.err, world_conv(w, s.chat)->email[0] != '\0' ? ERR_OK : ERR_CONFLICT);
    world_conv_cmd(w, CMD_CHAT_CONNECT, visitor_(cmd.conv), cmd.conv);
    assert_int_equal(world_do(w, &cmd).fault.refusal, REFUSE_NOT_OVER);
}

static void beyond_his_capacity_as_by_hand(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t other;

    world_set_agent(w, s.ann, "capacity", "1");
    other = world_ring(w, SALES);
    world_accept(w, s.ann, other);
    assert_int_equal(reopen(w, agent_(s.ann), s.chat, s.ann).err, ERR_OK);
    assert_int_equal(world_agent_of(w, s.ann)->active_count, 2);
}

static void once_while_it_goes_on_and_again_after(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t chat = reopen(w, agent_(s.ann), s.chat, s.ann).id, again;

    assert_refused(reopen(w, agent_(s.ann), s.chat, s.ann), ERR_CONFLICT, REFUSE_REOPENED);
    world_conv_cmd(w, CMD_CHAT_END, agent_(s.ann), chat);
    again = reopen(w, agent_(s.ann), s.chat, s.ann).id;
    assert_int_equal(world_conv(w, s.chat)->next, again);
    assert_int_equal(world_conv(w, again)->previous, s.chat);
    assert_int_equal(world_conv(w, chat)->next, 0);
}

static void what_is_not_over_or_was_missed_is_refused(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);
    uint64_t open = world_ring(w, SALES);

    assert_refused(reopen(w, operator_(), open, s.ann), ERR_CONFLICT, REFUSE_REOPEN_OPEN);
    world_conv_cmd(w, CMD_CHAT_END, operator_(), open);
    assert_state(w, open, CONV_MISSED);
    assert_refused(reopen(w, operator_(), open, s.ann), ERR_CONFLICT, REFUSE_REOPEN_MISSED);
    assert_refused(reopen(w, visitor_(s.chat), s.chat, s.ann), ERR_DENIED, REFUSE_FOR_AGENTS);
    assert_refused(reopen(w, operator_(), 12345, s.ann), ERR_NOTFOUND, REFUSE_CONVERSATION_UNKNOWN);
}

static void a_department_that_takes_no_chats_refuses_and_closed_hours_do_not(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    world_set(w, OBJ_DEPT, SALES, "chat_on", "no", NULL);
    assert_refused(reopen(w, agent_(s.ann), s.chat, s.ann), ERR_CONFLICT, REFUSE_DEPARTMENT_OFF);
    world_set(w, OBJ_DEPT, SALES, "chat_on", "yes", NULL);
    world_set(w, OBJ_DEPT, SALES, "enabled", "no", NULL);
    assert_refused(reopen(w, agent_(s.ann), s.chat, s.ann), ERR_CONFLICT, REFUSE_DEPARTMENT_OFF);
    world_set(w, OBJ_DEPT, SALES, "enabled", "yes", NULL);
    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_DEPT_REMOVE, .who = operator_(), .dept = SALES}).err,
        ERR_OK);
    assert_refused(reopen(w, operator_(), s.chat, s.ann), ERR_CONFLICT, REFUSE_DEPARTMENT_UNKNOWN);
}

static void a_blocked_visitors_stays_over(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    assert_int_equal(
        world_do(w, &(struct cmd){.type = CMD_BLOCK_ADD, .who = operator_(), .conv = s.chat}).err,
        ERR_OK);
    assert_refused(reopen(w, agent_(s.ann), s.chat, s.ann), ERR_CONFLICT, REFUSE_VISITOR_BLOCKED);
}

static void for_another_it_needs_the_right_to_assign(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    world_set_agent(w, s.ann, "role", "custom");
    world_set_agent(w, s.ann, "permissions", "reply,end");
    assert_refused(reopen(w, agent_(s.ann), s.chat, s.bob), ERR_DENIED, REFUSE_NO_PERMISSION);
    assert_refused(reopen(w, operator_(), s.chat, 999), ERR_NOTFOUND, REFUSE_AGENT_UNKNOWN);
    assert_refused(reopen(w, operator_(), s.chat, s.bob), ERR_CONFLICT, REFUSE_AGENT_GONE);
    world_connect(w, s.bob);
    assert_int_equal(reopen(w, operator_(), s.chat, s.bob).err, ERR_OK);
    assert_int_equal(world_agent_of(w, s.bob)->active_count, 1);
}

static void without_the_right_to_end_or_reply_nobody_does(void **state)
{
    struct world *w = *state;
    struct shop s = shop_open(w);

    world_set_agent(w, s.ann, "role", "custom");
    world_set_agent(w, s.ann, "permissions", "reply,assign");
    assert_refused(reopen(w, agent_(s.ann), s.chat, s.ann), ERR_DENIED, REFUSE_NO_PERMISSION);
    world_set_agent(w, s.ann, "permissions", "end,assign");
    assert_refused(reopen(w, agent_(s.ann), s.chat, s.ann), ERR_CONFLICT, REFUSE_AGENT_NO_REPLY);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(it_goes_on_as_a_new_one_that_he_has),
        T(it_goes_on_in_the_department_that_had_it_last),
        T(it_waits_for_its_visitor),
        T(what_he_writes_meanwhile_can_go_by_mail),
        T(beyond_his_capacity_as_by_hand),
        T(once_while_it_goes_on_and_again_after),
        T(what_is_not_over_or_was_missed_is_refused),
        T(a_department_that_takes_no_chats_refuses_and_closed_hours_do_not),
        T(a_blocked_visitors_stays_over),
        T(for_another_it_needs_the_right_to_assign),
        T(without_the_right_to_end_or_reply_nobody_does),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
