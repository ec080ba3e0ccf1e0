/*
 * The state as rows: an image of each thing, and back.  What place.c can make again is not written.
 */
#include <stdlib.h>

#include "image_int.h"

struct portal_kept {
    uint64_t last_pos, next_pos, last_id, conv_number;
    int64_t time_ms;
    struct changed changed;
};

static const struct field portal_fields[] = {
    F(KTAG_FIELDS, U64, struct portal_kept, last_pos),
    F(KTAG_FIELDS + 1, U64, struct portal_kept, next_pos),
    F(KTAG_FIELDS + 2, U64, struct portal_kept, last_id),
    F(KTAG_FIELDS + 3, U64, struct portal_kept, conv_number),
    F(KTAG_FIELDS + 4, I64, struct portal_kept, time_ms),
    F(KTAG_FIELDS + 185, U32, struct portal_kept, changed.version),
};
static const struct field dept_fields[] = {
    F(KTAG_FIELDS, U64, struct xdept, last_pos),
    F(KTAG_FIELDS + 1, BOOL, struct xdept, d.deleted),
    F(KTAG_FIELDS + 2, U64, struct xdept, d.completed_count),
    F(KTAG_FIELDS + 3, U64, struct xdept, d.missed_count),
    F(KTAG_FIELDS + 4, U32, struct xdept, d.wait_mean_ms),
    F(KTAG_FIELDS + 5, BOOL, struct xdept, d.hours.shut),
    F(KTAG_FIELDS + 6, I64, struct xdept, d.hours.look_ms),
    F(KTAG_FIELDS + 7, I64, struct xdept, d.hours.opens_ms),
    F(KTAG_FIELDS + 120, U64, struct xdept, d.answered_count),
    F(KTAG_FIELDS + 121, U64, struct xdept, d.put_away_count),
    F(KTAG_FIELDS + 185, U32, struct xdept, changed.version),
};

static const struct field agent_fields[] = {
    F(KTAG_FIELDS, U64, struct xagent, last_pos),
    F(KTAG_FIELDS + 1, U64, struct xagent, a.email_hash),
    F(KTAG_FIELDS + 2, BOOL, struct xagent, a.deleted),
    F(KTAG_FIELDS + 3, I64, struct xagent, a.link_until_ms),
    E(KTAG_FIELDS + 4, struct xagent, a.status, STATUS_AWAY + 1),
    F(KTAG_FIELDS + 5, BOOL, struct xagent, a.connected),
    F(KTAG_FIELDS + 6, I64, struct xagent, a.gone_ms),
    F(KTAG_FIELDS + 7, I64, struct xagent, a.idle_since_ms),
    F(KTAG_FIELDS + 8, U32, struct xagent, a.lapsed_count),
    F(KTAG_FIELDS + 9, I64, struct xagent, a.link_ms),
    F(KTAG_FIELDS + 10, U64, struct xagent, a.link_mail),
    E(KTAG_FIELDS + 11, struct xagent, a.status_why, WHY_COUNT),
    F(KTAG_FIELDS + 12, I64, struct xagent, a.status_ms),
    F(KTAG_FIELDS + 13, U64, struct xagent, a.offered_pos),
    F(KTAG_FIELDS + 14, BOOL, struct xagent, a.anonymised),
    F(KTAG_FIELDS + 15, U64, struct xagent, a.custom_role),
    F(KTAG_FIELDS + 30, STR, struct xagent, a.factor),
    F(KTAG_FIELDS + 31, I64, struct xagent, a.factor_ms),
    F(KTAG_FIELDS + 32, I64, struct xagent, a.factor_step),
    F(KTAG_FIELDS + 170, U64, struct xagent, a.picture[0]),
    F(KTAG_FIELDS + 171, U64, struct xagent, a.picture[1]),
    F(KTAG_FIELDS + 172, U64, struct xagent, a.picture_pos),
    F(KTAG_FIELDS + 185, U32, struct xagent, changed.version),
};

static const struct field conv_fields[] = {
    F(KTAG_FIELDS, U64, struct xconv, c.number),
    F(KTAG_FIELDS + 1, U64, struct xconv, c.dept),
    F(KTAG_FIELDS + 2, U64, struct xconv, c.entry),
    E(KTAG_FIELDS + 3, struct xconv, c.state, CONV_STATE_COUNT),
    E(KTAG_FIELDS + 4, struct xconv, c.why, WHY_COUNT),
    F(KTAG_FIELDS + 5, U64, struct xconv, c.agent),
    E(KTAG_FIELDS + 6, struct xconv, c.lang, LANG_COUNT),
    F(KTAG_FIELDS + 7, I64, struct xconv, c.rang_ms),
    F(KTAG_FIELDS + 8, I64, struct xconv, c.since_ms),
    F(KTAG_FIELDS + 9, I64, struct xconv, c.returned_ms),
    F(KTAG_FIELDS + 10, I64, struct xconv, c.offer_until_ms),
    F(KTAG_FIELDS + 11, I64, struct xconv, c.wait_until_ms),
    F(KTAG_FIELDS + 12, I64, struct xconv, c.spoke_ms),
    F(KTAG_FIELDS + 13, I64, struct xconv, c.ended_ms),
    F(KTAG_FIELDS + 14, U64, struct xconv, c.last_pos),
    F(KTAG_FIELDS + 15, U32, struct xconv, c.seq),
    F(KTAG_FIELDS + 16, U32, struct xconv, c.n),
    F(KTAG_FIELDS + 17, U32, struct xconv, c.seen_visitor),
    F(KTAG_FIELDS + 18, U32, struct xconv, c.seen_agent),
    F(KTAG_FIELDS + 19, U32, struct xconv, c.message_count),
    F(KTAG_FIELDS + 20, BOOL, struct xconv, c.visitor_last),
    F(KTAG_FIELDS + 21, BOOL, struct xconv, c.visitor_here),
    F(KTAG_FIELDS + 22, I64, struct xconv, c.visitor_gone_ms),
    F(KTAG_FIELDS + 23, U8, struct xconv, c.rating),
    F(KTAG_FIELDS + 24, BOOL, struct xconv, c.commented),
    F(KTAG_FIELDS + 25, BOOL, struct xconv, c.copy_asked),
    F(KTAG_FIELDS + 26, BOOL, struct xconv, c.greeted),
    F(KTAG_FIELDS + 27, U64, struct xconv, c.previous),
    F(KTAG_FIELDS + 28, STR, struct xconv, c.name),
    F(KTAG_FIELDS + 29, STR, struct xconv, c.email),
    F(KTAG_FIELDS + 30, STR, struct xconv, c.phone),
    F(KTAG_FIELDS + 31, STR, struct xconv, c.question),
    F(KTAG_FIELDS + 32, STR, struct xconv, c.page),
    F(KTAG_FIELDS + 33, STR, struct xconv, c.title),
    F(KTAG_FIELDS + 34, STR, struct xconv, c.referrer),
    F(KTAG_FIELDS + 35, STR, struct xconv, c.agent_string),
    F(KTAG_FIELDS + 36, STR, struct xconv, c.last_text),
    F(KTAG_FIELDS + 37, BOOL, struct xconv, doomed),
    F(KTAG_FIELDS + 38, BOOL, struct xconv, left_more),
    F(KTAG_FIELDS + 39, U32, struct xconv, c.mailed_count),
    F(KTAG_FIELDS + 40, BOOL, struct xconv, c.unanswered),
    F(KTAG_FIELDS + 41, I64, struct xconv, c.feedback_until_ms),
    F(KTAG_FIELDS + 42, U32, struct xconv, c.feedback_count),
    F(KTAG_FIELDS + 43, U64, struct xconv, c.handed_by),
    F(KTAG_FIELDS + 44, U64, struct xconv, c.handed_dept),
    F(KTAG_FIELDS + 45, U64, struct xconv, c.handed_to),
    F(KTAG_FIELDS + 46, STR, struct xconv, c.handed_note),
    F(KTAG_FIELDS + 60, I64, struct xconv, c.ending_ms),
    F(KTAG_FIELDS + 61, U64, struct xconv, c.ending_by),
    F(KTAG_FIELDS + 130, U32, struct xconv, c.last_seq),
    F(KTAG_FIELDS + 70, U32, struct xconv, c.rounds),
    F(KTAG_FIELDS + 71, U64, struct xconv, c.overflow),
    F(KTAG_FIELDS + 72, U64, struct xconv, c.offered_by),
    E(KTAG_FIELDS + 90, struct xconv, c.box, BOX_COUNT),
    F(KTAG_FIELDS + 91, U64, struct xconv, c.box_by),
    F(KTAG_FIELDS + 92, U64, struct xconv, c.box_conv),
    F(KTAG_FIELDS + 93, U64, struct xconv, c.box_number),
    F(KTAG_FIELDS + 94, I64, struct xconv, c.box_ms),
    F(KTAG_FIELDS + 95, BOOL, struct xconv, c.box_mailed),
    F(KTAG_FIELDS + 96, U64, struct xconv, c.given),
    E(KTAG_FIELDS + 73, struct xconv, c.how, CHOSEN_COUNT),
    F(KTAG_FIELDS + 74, U64, struct xconv, c.met),
    F(KTAG_FIELDS + 75, U64, struct xconv, c.spoke_by),
    F(KTAG_FIELDS + 76, I64, struct xconv, c.queued_ms),
    F(KTAG_FIELDS + 77, BOOL, struct xconv, c.left),
    F(KTAG_FIELDS + 150, U64, struct xconv, c.previous_number),
    F(KTAG_FIELDS + 151, U64, struct xconv, c.next),
    F(KTAG_FIELDS + 152, U64, struct xconv, c.next_number),
    F(KTAG_FIELDS + 153, BOOL, struct xconv, c.timed),
    F(KTAG_FIELDS + 154, U64, struct xconv, c.timed_by),
    F(KTAG_FIELDS + 155, I64, struct xconv, c.timed_ms),
};

/* writing */

static struct span bytes_of(const void *p, size_t len)
{
    return (struct span){p, len};
}

void numbers_put(struct buf *b, unsigned tag, const uint64_t *numbers, size_t n)
{
    uint8_t be[8 * 8];

    ensure(n <= 8);
    for (size_t i = 0; i < n; i++)
        be64_put(be + 8 * i, numbers[i]);
    tlv_put_item(b, tag, bytes_of(be, 8 * n));
}

static void portal_image(const struct core *k, struct buf *out)
{
    const struct portal_kept kept = {
        .last_pos = k->portal_last_pos,
        .next_pos = k->next_pos,
        .last_id = k->last_id,
        .conv_number = k->portal.conv_number,
        .time_ms = k->time_ms,
        .changed = k->portal_changed,
    };

    settings_put_all(OBJ_PORTAL, &k->portal, out);
    changed_image(&kept.changed, out);
    fields_put(out, portal_fields, COUNT_OF(portal_fields), &kept);
}

static void dept_image(const struct xdept *x, struct buf *out)
{
    settings_put_all(OBJ_DEPT, &x->d, out);
    tlv_put_str(out, KTAG_CODE, x->d.code);
    changed_image(&x->changed, out);
    fields_put(out, dept_fields, COUNT_OF(dept_fields), x);
}

static void agent_image(const struct xagent *x, struct buf *out)
{
    const struct agent *ag = &x->a;

    settings_put_all(OBJ_AGENT, ag, out);
    changed_image(&x->changed, out);
    tlv_put_str(out, KTAG_PASSWORD, ag->password);
    if (ag->link_until_ms != 0)
        tlv_put_span(out, KTAG_LINK_HASH, bytes_of(ag->link_hash, HASH_BYTES));
    for (size_t i = 0; i < ag->nmembers; i++)
        numbers_put(out, KTAG_MEMBER,
                    (uint64_t[]){ag->members[i].dept, ag->members[i].chat,
                                 ag->members[i].notify | (uint64_t)ag->members[i].tier << 1},
                    3);
    for (size_t i = 0; i < x->ndone; i++)
        numbers_put(out, KTAG_DONE, (uint64_t[]){x->done[i].dept, x->done[i].count}, 2);
    for (size_t i = 0; i < KNOWN_FROM_MAX && ag->known_from[i] != 0; i++)
        tlv_put_u64(out, KTAG_KNOWN_FROM, ag->known_from[i]);
    for (size_t i = 0; i < ag->nrecovery; i++)
        tlv_put_u64(out, KTAG_RECOVERY, ag->recovery[i]);
    fields_put(out, agent_fields, COUNT_OF(agent_fields), x);
}

static void conv_image(const struct xconv *x, struct buf *out)
{
    const struct conv *cv = &x->c;
    uint64_t passed[PASSED_COUNT], time[TIME_NUMBERS];

    for (size_t i = 0; i < PASSED_COUNT; i++)
        passed[i] = cv->passed[i];
    tlv_put_span(out, KTAG_IP, bytes_of(cv->ip.b, sizeof(cv->ip.b)));
    for (size_t i = 0; i < cv->nasked; i++)
        tlv_put_u64(out, KTAG_ASKED, cv->asked[i]);
    ring_image(cv, out);
    numbers_put(out, KTAG_PASSED, passed, PASSED_COUNT);
    conv_tags_put(cv, KTAG_TAG, out);
    for (size_t i = 0; i < cv->ntimes; i++) {
        conv_time_numbers(&cv->times[i], time);
        numbers_put(out, KTAG_TIME, time, TIME_NUMBERS);
    }
    for (size_t i = 0; i < cv->nothers; i++)
        numbers_put(out, KTAG_OTHER, (uint64_t[]){cv->others[i].agent, cv->others[i].why}, 2);
    /* Oldest first, so that the ring starts over at its beginning when it is read. */
    for (uint32_t i = 0; cv->recent != NULL && i < cv->recent->count; i++) {
        uint32_t at = (cv->recent->next + i) % cv->recent->count;
        const struct recent_item *r = &cv->recent->items[at];

        numbers_put(out, KTAG_RECENT, (uint64_t[]){r->cid, r->chash, r->pos, r->n, r->seq}, 5);
    }
    fields_put(out, conv_fields, COUNT_OF(conv_fields), x);
}

bool core_image(const struct core *k, enum obj_type type, uint64_t id, struct buf *out)
{
    const void *x = NULL;

    switch (type) {
    case OBJ_PORTAL:
        portal_image(k, out);
        return true;
    case OBJ_DEPT:
        if ((x = xdept_find(k, id)) != NULL)
            dept_image(x, out);
        break;
    case OBJ_AGENT:
        if ((x = xagent_find(k, id)) != NULL)
            agent_image(x, out);
        break;
    case OBJ_SESSION:
        if ((x = xsession_find(k, id)) != NULL)
            session_image(x, out);
        break;
    case OBJ_BLOCK:
        if ((x = xblock_find(k, id)) != NULL)
            block_image(x, out);
        break;
    case OBJ_CONV:
        if ((x = xconv_find(k, id)) != NULL)
            conv_image(x, out);
        break;
    case OBJ_CANNED:
        if ((x = xcanned_find(k, id)) != NULL)
            canned_image(x, out);
        break;
    case OBJ_ROLE:
        if ((x = xrole_find(k, id)) != NULL)
            role_image(x, out);
        break;
    case OBJ_TASK:
        if ((x = xtask_find(k, id)) != NULL)
            task_image(x, out);
        break;
    case OBJ_SAVED:
        if ((x = xsaved_find(k, id)) != NULL)
            saved_image(x, out);
        break;
    case OBJ_MENTION:
        if ((x = xmention_find(k, id)) != NULL)
            mention_image(x, out);
        break;
    case OBJ_NONE:
        break;
    }
    return x != NULL;
}

/* reading */

bool numbers_take(const struct tlv *t, uint64_t *numbers, size_t n)
{
    if (t->bytes.len != 8 * n)
        return false;
    for (size_t i = 0; i < n; i++)
        numbers[i] = be64_get((const uint8_t *)t->bytes.p + 8 * i);
    return true;
}

static bool text_take(const struct tlv *t, char *to, size_t cap)
{
    if (t->bytes.len >= cap || memchr(t->bytes.p, '\0', t->bytes.len) != NULL)
        return false;
    memcpy(to, t->bytes.p, t->bytes.len);
    to[t->bytes.len] = '\0';
    return true;
}

bool raw_take(const struct tlv *t, void *to, size_t len)
{
    if (t->bytes.len != len)
        return false;
    memcpy(to, t->bytes.p, len);
    return true;
}

static bool dept_take(void *object, const struct tlv *t)
{
    struct xdept *x = object;

    return t->tag != KTAG_CODE ? changed_take(&x->changed, t)
                               : text_take(t, x->d.code, sizeof(x->d.code));
}

static bool portal_take(void *object, const struct tlv *t)
{
    return changed_take(&((struct portal_kept *)object)->changed, t);
}

static bool known_from_take(struct agent *ag, const struct tlv *t)
{
    uint64_t from;
    bool bad = false;
    size_t n = 0;

    while (n < KNOWN_FROM_MAX && ag->known_from[n] != 0)
        n++;
    from = tlv_u64(t, &bad);
    if (bad || from == 0 || n == KNOWN_FROM_MAX)
        return false;
    ag->known_from[n] = from;
    return true;
}

/* Memberships stand in order of the department; seats are made when the core adopts it. */
static bool agent_take(void *object, const struct tlv *t)
{
    struct xagent *x = object;
    struct agent *ag = &x->a;
    uint64_t v[3];
    bool bad = false;

    switch (t->tag) {
    case KTAG_PASSWORD:
        return text_take(t, ag->password, sizeof(ag->password));
    case KTAG_LINK_HASH:
        return raw_take(t, ag->link_hash, HASH_BYTES);
    case KTAG_MEMBER:
        if (!numbers_take(t, v, 3) || v[2] >> 1 >= TIERS_MAX ||
            (ag->nmembers > 0 && v[0] <= ag->members[ag->nmembers - 1].dept))
            return false;
        ag->members = xrealloc(ag->members, (ag->nmembers + 1) * sizeof(*ag->members));
        ag->members[ag->nmembers++] = (struct member){.dept = v[0],
                                                      .chat = v[1] != 0,
                                                      .notify = (v[2] & 1) != 0,
                                                      .tier = (uint8_t)(v[2] >> 1)};
        return true;
    case KTAG_DONE:
        if (!numbers_take(t, v, 2))
            return false;
        agent_done(x, v[0])->count = v[1];
        return true;
    case KTAG_KNOWN_FROM:
        return known_from_take(ag, t);
    case KTAG_RECOVERY:
        if (ag->nrecovery == RECOVERY_CODES)
            return false;
        ag->recovery[ag->nrecovery++] = tlv_u64(t, &bad);
        return !bad;
    default:
        return changed_take(&x->changed, t);
    }
}

static bool recent_take(struct conv *cv, const struct tlv *t)
{
    uint64_t v[5];

    if (!numbers_take(t, v, 5) || v[3] > UINT32_MAX || v[4] > UINT32_MAX)
        return false;
    if (cv->recent != NULL && cv->recent->count == RECENT_MAX)
        return false;
    recent_push(
        cv,
        &(struct recent_item){
            .cid = v[0], .chash = v[1], .pos = v[2], .n = (uint32_t)v[3], .seq = (uint32_t)v[4]});
    return true;
}

static bool other_take(struct conv *cv, const struct tlv *t)
{
    uint64_t v[2];

    if (!numbers_take(t, v, 2) || v[1] >= PASSED_COUNT || cv->nothers == OTHERS_MAX)
        return false;
    cv->others = xrealloc(cv->others, (cv->nothers + 1) * sizeof(*cv->others));
    cv->others[cv->nothers++] = (struct passed_agent){v[0], (enum passed)v[1]};
    return true;
}

static bool conv_take(void *object, const struct tlv *t)
{
    struct xconv *x = object;
    struct conv *cv = &x->c;
    uint64_t time[TIME_NUMBERS], passed[PASSED_COUNT] = {0};
    size_t n;
    bool bad = false;

    switch (t->tag) {
    case KTAG_IP:
        return raw_take(t, cv->ip.b, sizeof(cv->ip.b));
    case KTAG_ASKED:
        if (cv->nasked >= AGENTS_MAX)
            return false;
        cv->asked = xrealloc(cv->asked, (cv->nasked + 1) * sizeof(*cv->asked));
        cv->asked[cv->nasked++] = tlv_u64(t, &bad);
        return !bad;
    case KTAG_PASSED:
        /* Those that were written before there were more reasons have fewer. */
        n = t->bytes.len / 8;
        if (n < PASSED_UNMET || n > PASSED_COUNT || !numbers_take(t, passed, n))
            return false;
        for (size_t i = 0; i < PASSED_COUNT; i++)
            cv->passed[i] = (uint32_t)passed[i];
        return true;
    case KTAG_OTHER:
        return other_take(cv, t);
    case KTAG_RECENT:
        return recent_take(cv, t);
    case KTAG_TIME:
        return numbers_take(t, time, TIME_NUMBERS) && conv_time_take(cv, time);
    case KTAG_TAG:
        return conv_tag_take(cv, t->bytes);
    default:
        return ring_take(cv, t);
    }
}

/* An image that was cut off at a field's end still has its number missing. */
err_t conv_decode_x(uint64_t id, struct span image, struct xconv **out)
{
    struct xconv *x = xconv_new(id);
    err_t err = fields_read(image, conv_fields, COUNT_OF(conv_fields), conv_take, x);

    if (err == ERR_OK && (x->c.last_pos == 0 || x->c.dept == 0 || x->c.seq == 0))
        err = ERR_CORRUPT;
    if (err != ERR_OK) {
        xconv_free(x);
        return err;
    }
    *out = x;
    return ERR_OK;
}

err_t conv_decode(uint64_t id, struct span image, struct conv **conv)
{
    struct xconv *x;
    err_t err = conv_decode_x(id, image, &x);

    if (err == ERR_OK)
        *conv = &x->c;
    return err;
}

err_t dept_decode(uint64_t id, struct span image, struct dept **dept)
{
    struct xdept *x = xdept_new(id);
    err_t err = settings_apply(OBJ_DEPT, &x->d, image) ? ERR_OK : ERR_CORRUPT;

    if (err == ERR_OK)
        err = fields_read(image, dept_fields, COUNT_OF(dept_fields), dept_take, x);
    if (err == ERR_OK && (x->last_pos == 0 || x->d.code[0] == '\0'))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        dept_free(&x->d);
    else
        *dept = &x->d;
    return err;
}

err_t agent_decode(uint64_t id, struct span image, struct agent **agent)
{
    struct xagent *x = xagent_new(id);
    err_t err = settings_apply(OBJ_AGENT, &x->a, image) ? ERR_OK : ERR_CORRUPT;

    if (err == ERR_OK)
        err = fields_read(image, agent_fields, COUNT_OF(agent_fields), agent_take, x);
    if (err == ERR_OK && x->last_pos == 0)
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        xagent_free(x);
    else
        *agent = &x->a;
    return err;
}

static err_t portal_read(struct span image, struct portal *portal, struct portal_kept *kept)
{
    err_t err;

    portal_init(portal);
    *kept = (struct portal_kept){0};
    err = settings_apply(OBJ_PORTAL, portal, image) ? ERR_OK : ERR_CORRUPT;
    if (err == ERR_OK)
        err = fields_read(image, portal_fields, COUNT_OF(portal_fields), portal_take, kept);
    if (err == ERR_OK && kept->next_pos == 0)
        err = ERR_CORRUPT;
    if (err != ERR_OK) {
        portal_clear(portal);
        changed_fini(&kept->changed);
    } else {
        portal->conv_number = kept->conv_number;
    }
    return err;
}

err_t portal_decode(struct span image, struct portal **portal)
{
    struct portal *p = xmalloc(sizeof(*p));
    struct portal_kept kept = {0};
    err_t err = ERR_OK;

    if (image.len == 0)
        portal_init(p);
    else
        err = portal_read(image, p, &kept);
    changed_fini(&kept.changed);
    if (err != ERR_OK)
        free(p);
    else
        *portal = p;
    return err;
}

err_t portal_adopt(struct core *k, struct span image)
{
    struct portal portal;
    struct portal_kept kept;
    err_t err = portal_read(image, &portal, &kept);

    if (err != ERR_OK)
        return err;
    portal_clear(&k->portal);
    changed_fini(&k->portal_changed);
    k->portal = portal;
    k->portal_changed = kept.changed;
    k->portal_last_pos = kept.last_pos;
    k->next_pos = kept.next_pos;
    k->last_id = kept.last_id;
    k->time_ms = kept.time_ms;
    return ERR_OK;
}
