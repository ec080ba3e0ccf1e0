/* The life of answers, and who is to be answered when what he asked for takes a while. */
#include "api_int.h"

static const uint8_t answer_next[] = {
    [ANSWER_OWED] = BIT(ANSWER_PUT_OFF) | BIT(ANSWER_HELD) | BIT(ANSWER_OUT),
    [ANSWER_PUT_OFF] = BIT(ANSWER_OWED) | BIT(ANSWER_TAKEN_BACK) | BIT(ANSWER_LOST),
    [ANSWER_TAKEN_BACK] = 0,
    [ANSWER_HELD] = BIT(ANSWER_OUT) | BIT(ANSWER_LOST),
    [ANSWER_OUT] = 0,
    [ANSWER_LOST] = 0,
};

void answer_set_state(enum answer_state *state, enum answer_state to)
{
    ensure(to < COUNT_OF(answer_next));
    ensure(answer_next[*state] & BIT(to));
    *state = to;
}

void later_init(struct later *l, struct call *c)
{
    answer_set_state(&c->state, ANSWER_PUT_OFF);
    *l = (struct later){.api = c->api,
                        .via = c->via,
                        .as = c->as,
                        .conn_id = c->conn_id,
                        .who = c->who,
                        .ip = c->ip,
                        .secure = c->secure,
                        .id = span_dup(c->id),
                        .host = span_dup(c->host),
                        .browser = span_dup(c->browser),
                        .state = ANSWER_PUT_OFF};
}

void later_take_back(struct later *l, struct call *c)
{
    answer_set_state(&l->state, ANSWER_TAKEN_BACK);
    answer_set_state(&c->state, ANSWER_OWED);
}

void later_lose(struct later *l)
{
    answer_set_state(&l->state, ANSWER_LOST);
}

void later_fini(struct later *l)
{
    ensure(l->state != ANSWER_PUT_OFF && l->state != ANSWER_OWED);
    free(l->id);
    free(l->host);
    free(l->browser);
}

void later_call(struct later *l, struct call *c)
{
    answer_set_state(&l->state, ANSWER_OWED);
    *c = (struct call){.api = l->api,
                       .via = l->via,
                       .as = l->as,
                       .conn_id = l->conn_id,
                       .who = l->who,
                       .ip = l->ip,
                       .secure = l->secure,
                       .id = span_of(l->id),
                       .host = span_of(l->host),
                       .browser = span_of(l->browser),
                       .later = l};
}
