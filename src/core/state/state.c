/*
 * The state as a whole: making and freeing it, and finding things in it.  What follows from a
 * change is place.c's affair, what has to be written down again dirty.c's.
 */
#include <ctype.h>
#include <stdlib.h>

#include "core_int.h"
#include "rules/rules.h"

static char *empty(void)
{
    return xstrdup("");
}

void portal_init(struct portal *p)
{
    *p = (struct portal){
        .name = xstrdup("deskbell"),
        .lang = LANG_EN,
        .zone = xstrdup("UTC"),
        .skills = empty(),
        .from = empty(),
        .relay_host = xstrdup("localhost"),
        .relay_port = 25,
        .relay_tls = RELAY_NONE,
        .relay_user = empty(),
        .relay_secret = empty(),
        .grace_ms = 30 * 1000,
        .visitor_grace_ms = 15 * 60 * 1000,
        .transfer_between = true,
    };
}

void portal_clear(struct portal *p)
{
    object_clear(OBJ_PORTAL, p);
}

struct xdept *xdept_new(uint64_t id)
{
    struct xdept *x = xcalloc(1, sizeof(*x));
    struct dept *d = &x->d;

    d->id = id;
    d->name = empty();
    d->description = empty();
    d->origins = empty();
    d->rules = empty();
    d->hours =
        (struct dept_hours){.week = empty(), .zone = empty(), .holidays = empty(), .days = empty()};
    d->enabled = d->chat_on = true;
    d->show_eta = true;
    d->offline = OFFLINE_FORM;
    strcpy(d->colour, "#2457c5");
    d->fields[FIELD_NAME] = NEED_ASK;
    d->fields[FIELD_EMAIL] = NEED_MUST;
    d->fields[FIELD_QUESTION] = NEED_ASK;
    d->queue_max = 50;
    d->offer_ms = 20 * 1000;
    d->wait_ms = 4 * 60 * 1000;
    d->idle_ms = 10 * 60 * 1000;
    d->transfer_ms = 2 * 60 * 1000;
    d->overflow_ms = 60 * 1000;
    d->pause_ms = 10 * 1000;
    d->pause_max_ms = 2 * 60 * 1000;
    d->languages = BIT(LANG_COUNT) - 1;
    for (size_t i = 0; i < LANG_COUNT; i++) {
        for (size_t field = 0; field < FIELD_COUNT; field++)
            d->label[field][i] = empty();
        d->greeting[i] = empty();
        d->offline_text[i] = empty();
        d->title[i] = empty();
    }
    for (size_t i = 0; i < MAILSET_COUNT; i++)
        d->mail[i].addrs = empty();
    d->relay = (struct dept_relay){
        .host = empty(), .port = 587, .tls = RELAY_STARTTLS, .user = empty(), .secret = empty()};
    return x;
}

void dept_free(struct dept *dept)
{
    if (dept == NULL)
        return;
    object_clear(OBJ_DEPT, dept);
    rules_free(container_of(dept, struct xdept, d)->rules);
    changed_fini(&container_of(dept, struct xdept, d)->changed);
    free(container_of(dept, struct xdept, d));
}

struct xagent *xagent_new(uint64_t id)
{
    struct xagent *x = xcalloc(1, sizeof(*x));
    char **const texts[] = {&x->a.name,      &x->a.email,     &x->a.phone,  &x->a.factor,
                            &x->a.signature, &x->a.extension, &x->a.mobile, &x->a.note,
                            &x->a.zone,      &x->a.keys,      &x->a.skills, &x->a.alerts.quiet};

    x->a.id = id;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        *texts[i] = empty();
    x->a.alerts.volume = 60;
    x->a.alerts.tasks = x->a.alerts.mentions = TASK_MAIL_AWAY;
    x->a.alerts.mentions_ms = 5 * 60 * 1000;
    x->a.enabled = true;
    x->a.capacity = 3;
    return x;
}

void xagent_free(struct xagent *x)
{
    for (size_t i = 0; i < x->a.nmembers && x->seats != NULL; i++)
        seat_free(x->seats[i]);
    free(x->seats);
    free(x->a.members);
    free(x->done);
    changed_fini(&x->changed);
    object_clear(OBJ_AGENT, &x->a);
    free(x->a.factor);
    free(x);
}

void agent_free(struct agent *agent)
{
    if (agent != NULL)
        xagent_free(container_of(agent, struct xagent, a));
}

void portal_free(struct portal *portal)
{
    if (portal == NULL)
        return;
    portal_clear(portal);
    free(portal);
}

struct xsession *xsession_new(uint64_t id)
{
    struct xsession *x = xcalloc(1, sizeof(*x));

    x->s.id = id;
    x->s.name = empty();
    x->s.browser = empty();
    return x;
}

void xsession_free(struct xsession *x)
{
    free(x->s.name);
    free(x->s.browser);
    free(x);
}

struct xconv *xconv_new(uint64_t id)
{
    struct xconv *x = xcalloc(1, sizeof(*x));
    struct conv *cv = &x->c;
    char **texts[] = {&cv->name,      &cv->email,       &cv->phone,    &cv->question,
                      &cv->page,      &cv->title,       &cv->referrer, &cv->agent_string,
                      &cv->last_text, &cv->handed_note, &cv->skills};

    cv->id = id;
    x->pool = -1;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        *texts[i] = empty();
    return x;
}

void xconv_free(struct xconv *x)
{
    struct conv *cv = &x->c;
    char *texts[] = {cv->name,      cv->email,       cv->phone,    cv->question,
                     cv->page,      cv->title,       cv->referrer, cv->agent_string,
                     cv->last_text, cv->handed_note, cv->skills};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
    free(cv->asked);
    free(cv->rung);
    free(cv->times);
    conv_tags_free(cv);
    free(cv->others);
    free(cv->recent);
    free(x);
}

void conv_free(struct conv *cv)
{
    if (cv != NULL)
        xconv_free(container_of(cv, struct xconv, c));
}

struct core *core_new(void)
{
    struct core *k = xcalloc(1, sizeof(*k));

    portal_init(&k->portal);
    k->next_pos = 1;
    return k;
}

void core_set_zones(struct core *k, const struct core_zones *zones)
{
    k->zones = *zones;
}

void core_free(struct core *k)
{
    struct onode *n;

    if (k == NULL)
        return;
    while ((n = otree_first(&k->convs)) != NULL)
        core_drop_conv(k, container_of(n, struct xconv, by_id));
    while ((n = otree_first(&k->sessions)) != NULL)
        core_drop_session(k, container_of(n, struct xsession, by_id));
    while ((n = otree_first(&k->blocks)) != NULL)
        core_drop_block(k, container_of(n, struct xblock, by_id));
    while ((n = otree_first(&k->roles)) != NULL)
        core_drop_role(k, container_of(n, struct xrole, by_id));
    while ((n = otree_first(&k->canned)) != NULL)
        core_drop_canned(k, container_of(n, struct xcanned, by_id));
    while ((n = otree_first(&k->tasks)) != NULL)
        core_drop_task(k, container_of(n, struct xtask, by_id));
    while ((n = otree_first(&k->saved)) != NULL)
        core_drop_saved(k, container_of(n, struct xsaved, by_id));
    while ((n = otree_first(&k->mentions)) != NULL)
        core_drop_mention(k, container_of(n, struct xmention, by_id));
    while ((n = otree_first(&k->agents)) != NULL) {
        otree_del(&k->agents, n);
        xagent_free(container_of(n, struct xagent, by_id));
    }
    while ((n = otree_first(&k->depts)) != NULL) {
        otree_del(&k->depts, n);
        dept_free(&container_of(n, struct xdept, by_id)->d);
    }
    portal_clear(&k->portal);
    changed_fini(&k->portal_changed);
    free(k->dirty.p);
    free(k->through.p);
    free(k);
}

/* finding */

#define FIND(kind, tree)                                                                           \
    struct x##kind *x##kind##_find(const struct core *k, uint64_t id)                              \
    {                                                                                              \
        struct onode *n = otree_find(&k->tree, id, 0, 0);                                          \
        return n != NULL ? container_of(n, struct x##kind, by_id) : NULL;                          \
    }
FIND(dept, depts)
FIND(agent, agents)
FIND(session, sessions)
FIND(block, blocks)
FIND(conv, convs)
#undef FIND

const struct portal *core_portal(const struct core *k)
{
    return &k->portal;
}

const struct dept *core_dept(const struct core *k, uint64_t id)
{
    const struct xdept *x = xdept_find(k, id);

    return x != NULL && !x->d.deleted ? &x->d : NULL;
}

/* Anything that is not a code is the same miss as an unknown one. */
const struct dept *core_dept_by_code(const struct core *k, struct span code)
{
    uint8_t raw[CODE_BYTES];
    struct onode *n;
    size_t len;

    if (b64url_decode(code, raw, sizeof(raw), &len) != ERR_OK || len != CODE_BYTES)
        return NULL;
    n = otree_find(&k->codes, be64_get(raw), be64_get(raw + 8), 0);
    return n != NULL ? &container_of(n, struct xdept, by_code)->d : NULL;
}

const struct dept *core_entry(const struct core *k, const struct conv *cv)
{
    return conv_entry(k, cv);
}

const struct agent *core_agent(const struct core *k, uint64_t id)
{
    const struct xagent *x = xagent_find(k, id);

    return x != NULL && !x->a.deleted ? &x->a : NULL;
}

const char *core_agent_name(const struct core *k, uint64_t id)
{
    const struct xagent *x = xagent_find(k, id);

    return x != NULL ? x->a.name : "";
}

const struct agent *core_agent_ever(const struct core *k, uint64_t id)
{
    const struct xagent *x = xagent_find(k, id);

    return x != NULL ? &x->a : NULL;
}

bool core_agent_is_anonymised(const struct core *k, uint64_t id)
{
    const struct xagent *x = xagent_find(k, id);

    return x != NULL && x->a.anonymised;
}

uint64_t email_fingerprint(struct span email)
{
    struct buf b = {0};
    uint64_t h;

    for (size_t i = 0; i < email.len; i++)
        buf_add_char(&b,
                     (char)(email.p[i] >= 'A' && email.p[i] <= 'Z' ? email.p[i] + 32 : email.p[i]));
    h = hash_u64(buf_span(&b), NULL);
    buf_fini(&b);
    return h;
}

const struct agent *core_agent_by_email(const struct core *k, struct span email)
{
    struct onode *n = otree_find(&k->emails, email_fingerprint(email), 0, 0);

    return n != NULL ? &container_of(n, struct xagent, by_email)->a : NULL;
}

const struct agent *core_agent_by_link(const struct core *k, const uint8_t hash[HASH_BYTES],
                                       int64_t now_ms)
{
    struct onode *n = otree_at_least(&k->links, be64_get(hash), be64_get(hash + 8), 0);

    for (; n != NULL && n->key[0] == be64_get(hash); n = otree_next(n)) {
        const struct agent *ag = &container_of(n, struct xagent, by_link)->a;

        if (bytes_equal(ag->link_hash, hash, HASH_BYTES))
            return now_ms < ag->link_until_ms ? ag : NULL;
    }
    return NULL;
}

const struct session *core_session_by_token(const struct core *k, const uint8_t hash[HASH_BYTES])
{
    struct onode *n = otree_at_least(&k->tokens, be64_get(hash), be64_get(hash + 8), 0);

    for (; n != NULL && n->key[0] == be64_get(hash); n = otree_next(n)) {
        const struct session *s = &container_of(n, struct xsession, by_token)->s;

        if (bytes_equal(s->token_hash, hash, HASH_BYTES))
            return s;
    }
    return NULL;
}

const struct session *core_session(const struct core *k, uint64_t id)
{
    const struct xsession *x = xsession_find(k, id);

    return x != NULL ? &x->s : NULL;
}

bool core_next_session_of(const struct core *k, uint64_t agent, uint64_t *id)
{
    const struct xagent *x = xagent_find(k, agent);
    const struct onode *n = x != NULL ? otree_at_least(&x->sessions, *id + 1, 0, 0) : NULL;

    if (n != NULL)
        *id = n->key[0];
    return n != NULL;
}

bool core_next_token_of(const struct core *k, uint64_t agent, uint64_t *id)
{
    const struct xagent *x = xagent_find(k, agent);
    const struct onode *n = x != NULL ? otree_at_least(&x->tokens, *id + 1, 0, 0) : NULL;

    if (n != NULL)
        *id = n->key[0];
    return n != NULL;
}

const struct conv *core_conv(const struct core *k, uint64_t id)
{
    const struct xconv *x = xconv_find(k, id);

    return x != NULL ? &x->c : NULL;
}

const struct block *core_block(const struct core *k, uint64_t id)
{
    const struct xblock *x = xblock_find(k, id);

    return x != NULL ? &x->b : NULL;
}

void ip_key(const struct ipaddr *ip, uint64_t key[2])
{
    key[0] = be64_get(ip->b);
    key[1] = be64_get(ip->b + 8);
}

/* Look for the address under each length of prefix that is in use, the longest first. */
const struct block *core_block_match(const struct core *k, const struct ipaddr *ip, int64_t now_ms)
{
    uint64_t key[2], masked[2];

    ip_key(ip, key);
    for (unsigned bits = 129; bits-- > 0;) {
        struct onode *n;

        if (k->block_bits[bits] == 0)
            continue;
        masked[0] = bits >= 64 ? key[0] : bits == 0 ? 0 : key[0] & ~(UINT64_MAX >> bits);
        masked[1] = bits == 128 ? key[1] : bits <= 64 ? 0 : key[1] & ~(UINT64_MAX >> (bits - 64));
        n = otree_at_least(&k->prefixes, masked[0], masked[1], (uint64_t)bits << 56);
        for (; n != NULL && n->key[0] == masked[0] && n->key[1] == masked[1] &&
               n->key[2] >> 56 == bits;
             n = otree_next(n)) {
            const struct block *b = &container_of(n, struct xblock, by_prefix)->b;

            if (b->until_ms == 0 || now_ms < b->until_ms)
                return b;
        }
    }
    return NULL;
}

const struct conv *core_held_at(const struct core *k, uint64_t agent, size_t at)
{
    const struct xagent *x = xagent_find(k, agent);
    const struct onode *n = x != NULL ? otree_at(&x->held, at) : NULL;

    return n != NULL ? &container_of(n, struct xconv, held)->c : NULL;
}

const struct conv *core_queue_at(const struct core *k, uint64_t dept, size_t at)
{
    const struct xdept *x = xdept_find(k, dept);
    const struct onode *n = x != NULL ? otree_at(&x->queue, at) : NULL;

    return n != NULL ? &container_of(n, struct xconv, queue)->c : NULL;
}

size_t core_open_from(const struct core *k, const struct ipprefix *from, size_t max)
{
    uint64_t key[2];
    struct onode *n;
    size_t count = 0;

    ip_key(&from->addr, key);
    n = otree_at_least(&k->ips, key[0], key[1], 0);
    for (; n != NULL && ipprefix_has(from, &container_of(n, struct xconv, by_ip)->c.ip) &&
           count < max;
         count++)
        n = otree_next(n);
    return count;
}

#define NEXT(kind, tree, skip)                                                                     \
    bool core_next_##kind(const struct core *k, uint64_t *id)                                      \
    {                                                                                              \
        struct onode *n = otree_at_least(&k->tree, *id + 1, 0, 0);                                 \
        while (n != NULL && (skip))                                                                \
            n = otree_next(n);                                                                     \
        if (n != NULL)                                                                             \
            *id = n->key[0];                                                                       \
        return n != NULL;                                                                          \
    }
NEXT(dept, depts, container_of(n, struct xdept, by_id)->d.deleted)
NEXT(agent, agents, container_of(n, struct xagent, by_id)->a.deleted)
NEXT(block, blocks, false)
NEXT(conv, convs, false)
#undef NEXT

uint64_t core_next_pos(const struct core *k)
{
    return k->next_pos;
}

void core_set_next_pos(struct core *k, uint64_t pos)
{
    ensure(pos > 0);
    k->next_pos = pos;
}

int64_t core_time(const struct core *k)
{
    return k->time_ms;
}

/* coming and going */

void core_add_dept(struct core *k, struct xdept *x)
{
    otree_put(&k->depts, &x->by_id, x->d.id, 0, 0);
    pools_set(k, x);
    dept_index_code(k, x);
    dept_index_due(k, x);
}

void core_add_agent(struct core *k, struct xagent *x)
{
    otree_put(&k->agents, &x->by_id, x->a.id, 0, 0);
    agent_index_email(k, x);
    agent_index_link(k, x);
    agent_index_picture(k, x);
    agent_place(k, x);
}

void core_add_session(struct core *k, struct xsession *x)
{
    const struct session *s = &x->s;
    struct xagent *ag = xagent_find(k, s->agent);

    otree_put(&k->sessions, &x->by_id, s->id, 0, 0);
    otree_put(&k->tokens, &x->by_token, be64_get(s->token_hash), be64_get(s->token_hash + 8),
              s->id);
    if (!s->is_token)
        otree_put(&k->dues, &x->due, (uint64_t)s->until_ms, DUE_SESSION, s->id);
    if (ag != NULL)
        otree_put(s->is_token ? &ag->tokens : &ag->sessions, &x->of_agent, s->id, 0, 0);
}

void core_drop_session(struct core *k, struct xsession *x)
{
    struct xagent *ag = xagent_find(k, x->s.agent);

    otree_del(&k->sessions, &x->by_id);
    otree_del(&k->tokens, &x->by_token);
    otree_del(&k->dues, &x->due);
    if (ag != NULL)
        otree_del(x->s.is_token ? &ag->tokens : &ag->sessions, &x->of_agent);
    xsession_free(x);
}

void core_add_block(struct core *k, struct xblock *x)
{
    const struct block *b = &x->b;
    uint64_t key[2];

    ensure(b->id < (uint64_t)1 << 56);
    ip_key(&b->prefix.addr, key);
    otree_put(&k->blocks, &x->by_id, b->id, 0, 0);
    otree_put(&k->prefixes, &x->by_prefix, key[0], key[1], (uint64_t)b->prefix.bits << 56 | b->id);
    k->block_bits[b->prefix.bits]++;
    if (b->until_ms != 0)
        otree_put(&k->dues, &x->due, (uint64_t)b->until_ms, DUE_BLOCK, b->id);
}

void core_drop_block(struct core *k, struct xblock *x)
{
    otree_del(&k->blocks, &x->by_id);
    otree_del(&k->prefixes, &x->by_prefix);
    otree_del(&k->dues, &x->due);
    k->block_bits[x->b.prefix.bits]--;
    free(x->b.reason);
    free(x);
}

void core_add_conv(struct core *k, struct xconv *x)
{
    otree_put(&k->convs, &x->by_id, x->c.id, 0, 0);
    if (conv_is_open(&x->c)) {
        x->pool = conv_find_pool(k, &x->c);
        asked_index(k, x);
        ring_index(x);
    }
    conv_link(k, x);
}

void core_drop_conv(struct core *k, struct xconv *x)
{
    conv_unlink(k, x);
    asked_forget(x);
    otree_del(&k->convs, &x->by_id);
    xconv_free(x);
}

void core_evict(struct core *k, uint64_t conv)
{
    struct xconv *x = xconv_find(k, conv);

    if (x != NULL && !conv_is_open(&x->c) && !x->through)
        core_drop_conv(k, x);
}
