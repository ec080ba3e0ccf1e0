/*
 * What a search wants: arguments and the filters typed among the words come to the same, and names
 * are looked up among those that the asker may know.  What the index says a conversation has been
 * is compared here with what it is.
 */
#include "commands/search.h"
#include "deskbell/locale.h"

#define STATES_ALL states_bits(STATES_ANY)

static bool refuse(struct call *c, const struct fault *f)
{
    call_fail(c, f);
    return false;
}

/* An argument, or else what was typed. */
static struct span value_of(const struct call *c, const struct searching *s, enum arg_name arg,
                            enum search_filter filter)
{
    return c->arg[arg].has ? c->arg[arg].s : search_query_filter(s->query, filter);
}

static bool state_take(struct call *c, struct searching *s)
{
    struct span word = value_of(c, s, ARG_STATE, SEARCH_STATE);
    enum states states = STATES_ANY;
    bool fine = word.len == 0 || states_parse(word, &states);

    s->states = states_bits(states);
    if (fine)
        return true;
    call_refuse_with(c, ERR_INVAL, "state", REFUSE_WORD,
                     VALUES(OF_STR("open, waiting, active, ended, missed")));
    return false;
}

static bool rating_take(struct call *c, struct searching *s)
{
    struct span word = search_query_filter(s->query, SEARCH_RATING);

    s->want.rating = (unsigned)c->arg[ARG_RATING].i;
    if (c->arg[ARG_RATING].has || word.len == 0)
        return true;
    if (word.len == 1 && word.p[0] >= '1' && word.p[0] <= '5') {
        s->want.rating = (unsigned)(word.p[0] - '0');
        return true;
    }
    call_refuse_with(c, ERR_INVAL, "rating", REFUSE_WORD, VALUES(OF_STR("1, 2, 3, 4, 5")));
    return false;
}

static bool order_take(struct call *c, struct searching *s)
{
    struct span word = c->arg[ARG_ORDER].s;

    s->by_relevance = span_is(word, "relevance");
    if (word.len == 0 || s->by_relevance || span_is(word, "newest"))
        return true;
    call_refuse_with(c, ERR_INVAL, "order", REFUSE_WORD, VALUES(OF_STR("newest, relevance")));
    return false;
}

/* days */

/* Of the last so many days: which they are is seen anew each time. */
static void days_take(const struct call *c, struct searching *s)
{
    int64_t from_ms = api_now(c->api) - c->arg[ARG_SINCE_DAYS].i * DAY_MS;

    if (c->arg[ARG_SINCE_DAYS].i > 0 && from_ms > s->want.from_ms)
        s->want.from_ms = from_ms;
}

static bool time_take(struct call *c, const struct searching *s, enum arg_name arg,
                      enum search_filter filter, int64_t *ms)
{
    struct span word = search_query_filter(s->query, filter);

    *ms = c->arg[arg].i;
    if (c->arg[arg].has || word.len == 0 || day_parse(c->api, word, ms))
        return true;
    call_refuse(c, ERR_INVAL, search_filter_word(filter), REFUSE_SEARCH_DAY);
    return false;
}

/* names */

/* One of several whose name has the words: the one that is named exactly so, or the only one. */
struct named {
    struct span words;
    uint64_t id;
    unsigned exact, part;
};

static void name_look(struct named *n, uint64_t id, const char *name, const char *other)
{
    bool exact =
        span_is_nocase(n->words, name) || (other != NULL && span_is_nocase(n->words, other));

    if (!exact && (n->exact > 0 || !search_has_words(span_of(name), n->words)))
        return;
    if (exact && n->exact == 0)
        n->part = 0;
    n->exact += exact;
    n->part += !exact;
    n->id = id;
}

static bool name_settle(struct call *c, const struct named *n, enum search_filter filter,
                        uint64_t *id)
{
    const char *field = search_filter_word(filter);
    unsigned has = n->exact + n->part;

    if (has == 1) {
        *id = n->id;
        return true;
    }
    if (has == 0)
        call_refuse_with(c, ERR_INVAL, field, REFUSE_SEARCH_NOBODY, VALUES(OF_SPAN(n->words)));
    else
        call_refuse_with(c, ERR_INVAL, field, REFUSE_SEARCH_SEVERAL,
                         VALUES(OF_INT(has), OF_SPAN(n->words)));
    return false;
}

static bool agent_take(struct call *c, struct searching *s, const struct reader *r)
{
    const struct core *k = c->api->env.core;
    struct named n = {.words = search_query_filter(s->query, SEARCH_AGENT)};

    s->want.agent = c->arg[ARG_AGENT].id;
    if (c->arg[ARG_AGENT].has || n.words.len == 0)
        return true;
    if (span_is_nocase(n.words, "me") && r->agent != NULL) {
        s->want.agent = r->agent->id;
        return true;
    }
    for (uint64_t id = 0; core_next_agent(k, &id);) {
        const struct agent *ag = core_agent(k, id);

        if (audience_knows_agent(r, ag))
            name_look(&n, id, ag->name, ag->email);
    }
    return name_settle(c, &n, SEARCH_AGENT, &s->want.agent);
}

static bool dept_take(struct call *c, struct searching *s, const struct reader *r)
{
    struct named n = {.words = search_query_filter(s->query, SEARCH_DEPARTMENT)};

    s->want.dept = c->arg[ARG_DEPARTMENT].id;
    if (c->arg[ARG_DEPARTMENT].has || n.words.len == 0)
        return true;
    for (uint64_t id = 0; audience_next_dept(r, &id);) {
        const struct dept *d = audience_dept(r, id);

        if (d != NULL && !d->deleted)
            name_look(&n, id, d->name, NULL);
    }
    return name_settle(c, &n, SEARCH_DEPARTMENT, &s->want.dept);
}

/* all of it */

/* Where this reader's can be: more than that is not even looked for. */
static void scope_take(struct searching *s, const struct reader *r)
{
    struct list_want all = {.list = LIST_ALL};

    s->want.all = r->kind == READER_ALL;
    if (s->want.all)
        return;
    for (uint64_t id = 0; audience_next_list_dept(r, &all, &id);)
        id_list_add(&s->depts, id);
    s->want.depts = s->depts.ids;
    s->want.ndepts = s->depts.n;
    s->want.self = r->agent != NULL ? r->agent->id : 0;
}

/* Open ones are few, and none of them is older than the oldest. */
static void states_narrow(const struct api *api, struct searching *s)
{
    const struct core *k = api->env.core;

    s->want.ended = s->states == BIT(CONV_ENDED);
    s->want.missed = s->states == BIT(CONV_MISSED);
    if ((s->states & ~states_bits(STATES_OPEN)) != 0)
        return;
    s->nowhere = true;
    for (uint64_t id = 0; core_next_conv(k, &id);) {
        const struct conv *cv = core_conv(k, id);

        if ((BIT(cv->state) & s->states) == 0)
            continue;
        if (s->nowhere || cv->number < s->want.least)
            s->want.least = cv->number;
        s->nowhere = false;
    }
}

static bool is_empty(const struct searching *s)
{
    const struct search_want *w = &s->want;

    return !search_query_has_text(s->query) && w->dept == 0 && w->agent == 0 && w->rating == 0 &&
           w->tag == 0 && w->from_ms == 0 && w->to_ms == 0 && s->states == STATES_ALL;
}

/* An argument goes before what was typed, as everywhere. */
static bool wanted_tag_take(struct call *c, struct searching *s)
{
    struct span word = search_query_filter(s->query, SEARCH_TAG);
    struct buf key = {0};

    if (c->arg[ARG_TAG].has || word.len == 0)
        return tag_take(c, &s->want.tag);
    tag_key(word, &key);
    if (key.len > 0)
        s->want.tag = tag_hash(buf_span(&key));
    else
        call_refuse(c, ERR_INVAL, "tag", REFUSE_EMPTY);
    buf_fini(&key);
    return s->want.tag != 0;
}

static bool contact_take(struct call *c, struct searching *s)
{
    struct span words = value_of(c, s, ARG_CONTACT, SEARCH_CONTACT);
    struct fault f = {0};

    if (words.len == 0 || search_query_contact(s->query, words, &f) == ERR_OK)
        return true;
    return refuse(c, &f);
}

static void words_ask(struct call *c, enum arg_name arg, const char *words)
{
    c->arg[arg] = (struct arg_value){.has = words[0] != '\0', .s = span_of(words)};
}

static void number_ask(struct call *c, enum arg_name arg, int64_t i)
{
    c->arg[arg] = (struct arg_value){.has = i != 0, .i = i};
}

void search_saved_ask(struct call *c, const struct saved *v)
{
    words_ask(c, ARG_TEXT, v->text);
    words_ask(c, ARG_CONTACT, v->contact);
    words_ask(c, ARG_TAG, v->tag);
    words_ask(c, ARG_STATE, states_word((enum states)v->shows[SHOWS_STATES]));
    number_ask(c, ARG_RATING, v->shows[SHOWS_RATING]);
    number_ask(c, ARG_SINCE_DAYS, v->shows[SHOWS_DAYS]);
    number_ask(c, ARG_SINCE_MS, v->since_ms);
    number_ask(c, ARG_BEFORE_MS, v->before_ms);
    c->arg[ARG_DEPARTMENT] = (struct arg_value){.has = v->of != 0, .id = v->of};
    c->arg[ARG_AGENT] = (struct arg_value){.has = v->held_by != 0, .id = v->held_by};
}

bool search_view_take(struct call *c)
{
    static const enum arg_name not_with[] = {
        ARG_TEXT,   ARG_CONTACT, ARG_DEPARTMENT, ARG_AGENT,     ARG_STATE,
        ARG_RATING, ARG_TAG,     ARG_SINCE_MS,   ARG_BEFORE_MS, ARG_SINCE_DAYS};
    const struct saved *v = saved_take_alone(c, not_with, COUNT_OF(not_with));

    if (v == NULL)
        return false;
    if (v->shows[SHOWS_SEARCH] == 0) {
        call_refuse(c, ERR_INVAL, "view", REFUSE_VIEW_LIST);
        return false;
    }
    search_saved_ask(c, v);
    return true;
}

bool search_want_take(struct call *c, struct searching *s)
{
    struct reader r = reader_of(c->api->env.core, &c->who);
    struct fault f = {0};

    if (search_query_parse(c->arg[ARG_TEXT].s, &s->query, &f) != ERR_OK)
        return refuse(c, &f);
    s->want.query = s->query;
    if (!contact_take(c, s) || !wanted_tag_take(c, s) || !state_take(c, s) || !rating_take(c, s) ||
        !order_take(c, s) || !time_take(c, s, ARG_SINCE_MS, SEARCH_SINCE, &s->want.from_ms) ||
        !time_take(c, s, ARG_BEFORE_MS, SEARCH_BEFORE, &s->want.to_ms) || !agent_take(c, s, &r) ||
        !dept_take(c, s, &r))
        return false;
    days_take(c, s);
    if (is_empty(s)) {
        call_refuse(c, ERR_INVAL, "text", REFUSE_SEARCH_EMPTY);
        return false;
    }
    scope_take(s, &r);
    states_narrow(c->api, s);
    return true;
}

bool search_want_fits(const struct searching *s, const struct reader *r, const struct conv *cv)
{
    const struct search_want *w = &s->want;

    return audience_sees(r, cv) && (BIT(cv->state) & s->states) != 0 &&
           (w->dept == 0 || cv->dept == w->dept) && (w->agent == 0 || cv->agent == w->agent) &&
           (w->rating == 0 || cv->rating == w->rating) &&
           (w->tag == 0 || conv_has_tag(cv, w->tag)) && cv->rang_ms >= w->from_ms &&
           (w->to_ms == 0 || cv->rang_ms < w->to_ms);
}
