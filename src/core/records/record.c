/*
 * The encoding of records, by one table for the head and one for each family of types.  What a
 * record means is fold's affair.
 */
#include "core_int.h"

/* Stable for ever; a new one goes to the end. */
enum rec_tag {
    RTAG_TYPE = 1,
    RTAG_VERSION,
    RTAG_TIME,
    RTAG_WHO_KIND,
    RTAG_WHO_ID,
    RTAG_WHO_SESSION,
    RTAG_OBJ,
    RTAG_PREV,
    RTAG_N,
    RTAG_SEQ,
    RTAG_CID,
    RTAG_CHASH,
    RTAG_HEAD_LAST = RTAG_CHASH,
    RTAG_AGENT,
    RTAG_DEPT,
    RTAG_CONV,
    RTAG_NUMBER,
    RTAG_WHY,
    RTAG_VALUE, /* what the family makes of it */
    RTAG_UNTIL,
    RTAG_BYTES, /* likewise */
    RTAG_UNANSWERED,
    RTAG_SINCE,
    RTAG_OTHERS,
    RTAG_MET,
    RTAG_RUNG,
    RTAG_ENTRY,
    RTAG_FROM_NUMBER,
    RTAG_TIMED,
    RTAG_HOLDER,
    RTAG_AT,
    RTAG_LAST = RTAG_AT
};

#define F(t, k, member, ...)                                                                       \
    {                                                                                              \
        .tag = RTAG_##t, .kind = KIND_##k, .offset = offsetof(struct rec, member), __VA_ARGS__     \
    }

/* The row of a tag is found by its number. */
static const struct field head_fields[] = {
    F(TYPE, ENUM, type),    F(VERSION, U32, version),
    F(TIME, I64, time_ms),  F(WHO_KIND, ENUM, who.kind, .limit = BY_VISITOR + 1),
    F(WHO_ID, U64, who.id), F(WHO_SESSION, U64, who.session),
    F(OBJ, U64, obj),       F(PREV, U64, prev),
    F(N, U32, n),           F(SEQ, U32, seq),
    F(CID, U64, cid),       F(CHASH, U64, chash),
};
_Static_assert(COUNT_OF(head_fields) == RTAG_HEAD_LAST, "a row for each tag of the head");

/* In the order of their tags: so they are written. */
static const struct field set_fields[] = {F(BYTES, FIELDS, set.fields)};
static const struct field password_fields[] = {F(BYTES, SPAN, password.hash)};
static const struct field link_fields[] = {
    F(VALUE, ENUM, link.mail, .is_signed = true, .limit = MAIL_KIND_COUNT),
    F(UNTIL, I64, link.until_ms),
    F(BYTES, HASH, link.hash, .needed = true),
};
static const struct field member_fields[] = {
    F(DEPT, U64, member.dept),
    F(VALUE, ACCESS, member),
};
static const struct field status_fields[] = {
    F(WHY, ENUM, status.why, .limit = WHY_COUNT),
    F(VALUE, ENUM, status.status, .is_signed = true, .limit = STATUS_AWAY + 1),
    F(SINCE, I64, status.since_ms),
};
static const struct field session_fields[] = {
    F(AGENT, U64, session.agent),
    F(VALUE, U64, session.from),
    F(UNTIL, I64, session.until_ms),
    F(BYTES, HASH, session.hash, .needed = true),
};
static const struct field token_fields[] = {
    F(AGENT, U64, token.agent),
    F(VALUE, U32, token.permissions),
    F(UNTIL, I64, token.until_ms),
    F(BYTES, HASH, token.hash, .needed = true),
};
static const struct field factor_fields[] = {
    F(NUMBER, I64, factor.step),
    F(VALUE, FIELDS, factor.recovery),
    F(BYTES, SPAN, factor.secret),
};
static const struct field factor_use_fields[] = {
    F(NUMBER, I64, factor_use.step),
    F(VALUE, U64, factor_use.code),
};
static const struct field closed_fields[] = {F(AGENT, U64, closed.agent)};
static const struct field block_fields[] = {
    F(DEPT, U64, block.dept),
    F(CONV, U64, block.conv),
    F(UNTIL, I64, block.until_ms),
    F(BYTES, PREFIX, block.prefix, .needed = true),
};
static const struct field hours_fields[] = {
    F(NUMBER, I64, hours.opens_ms),
    F(VALUE, BOOL, hours.shut, .is_signed = true),
    F(UNTIL, I64, hours.look_ms),
};
static const struct field ring_fields[] = {
    F(DEPT, U64, ring.dept),
    F(CONV, U64, ring.previous),
    F(NUMBER, U64, ring.number),
    F(VALUE, ENUM, ring.lang, .is_signed = true, .limit = LANG_COUNT),
    F(UNTIL, I64, ring.until_ms),
    F(BYTES, MARK, ring.here, .limit = 'h'),
    F(UNANSWERED, BOOL, ring.unanswered),
    F(MET, U64, ring.met),
    F(ENTRY, U64, ring.entry),
    F(FROM_NUMBER, U64, ring.previous_number),
    F(TIMED, BOOL, ring.timed),
};
static const struct field offer_fields[] = {
    F(AGENT, U64, offer.agent),
    F(DEPT, U64, offer.dept),
    F(VALUE, ENUM, offer.how, .is_signed = true, .limit = CHOSEN_COUNT),
    F(UNTIL, I64, offer.until_ms),
    F(BYTES, COUNTS, offer.passed, .limit = PASSED_COUNT),
    F(OTHERS, FIELDS, offer.others),
    F(RUNG, FIELDS, offer.rung),
};
static const struct field hold_fields[] = {
    F(AGENT, U64, hold.agent),
    F(DEPT, U64, hold.dept),
    F(WHY, ENUM, hold.why, .limit = WHY_COUNT),
    F(UNTIL, I64, hold.until_ms),
};
static const struct field ruled_fields[] = {
    F(NUMBER, U32, ruled.rule, .needed = true),
    F(UNTIL, I64, ruled.until_ms),
    F(BYTES, SPAN, ruled.skills),
};
static const struct field transfer_fields[] = {
    F(AGENT, U64, transfer.agent),
    F(DEPT, U64, transfer.dept),
    F(WHY, ENUM, transfer.why, .limit = WHY_COUNT),
    F(UNTIL, I64, transfer.until_ms),
};
static const struct field box_fields[] = {
    F(AGENT, U64, box.agent),
    F(CONV, U64, box.conv),
    F(NUMBER, U64, box.number),
    F(VALUE, ENUM, box.box, .is_signed = true, .limit = BOX_COUNT),
    F(BYTES, MARK, box.mailed, .limit = 'm'),
};
static const struct field reopen_fields[] = {
    F(AGENT, U64, reopen.agent),
    F(CONV, U64, reopen.conv, .needed = true),
    F(NUMBER, U64, reopen.number),
};
static const struct field timed_fields[] = {
    F(AGENT, U64, timed.agent, .needed = true),
    F(VALUE, I64, timed.ms),
    F(UNTIL, I64, timed.was_ms),
};
static const struct field line_fields[] = {F(VALUE, BOOL, line.at_home, .is_signed = true)};
static const struct field seen_fields[] = {F(VALUE, U32, seen.n, .is_signed = true)};
static const struct field feedback_fields[] = {
    F(AGENT, U64, feedback.agent),
    F(VALUE, U8, feedback.rating, .is_signed = true, .limit = 6),
    F(UNTIL, I64, feedback.until_ms),
    F(BYTES, MARK, feedback.commented, .limit = 'c'),
};
static const struct field forward_fields[] = {
    F(VALUE, BOOL, forward.with_notes, .is_signed = true),
    F(BYTES, FIELDS, forward.lines),
};
static const struct field readdress_fields[] = {F(NUMBER, U64, readdress.mail)};
static const struct field canned_fields[] = {
    F(AGENT, U64, canned.agent),
    F(DEPT, U64, canned.dept),
    F(VALUE, ENUM, canned.lang, .is_signed = true, .limit = LANG_ANY + 1),
};
static const struct field task_fields[] = {
    F(AGENT, U64, task.agent),  F(CONV, U64, task.conv),
    F(NUMBER, U64, task.was),   F(VALUE, BOOL, task.done, .is_signed = true),
    F(UNTIL, I64, task.due_ms), F(DEPT, U64, task.dept),
    F(ENTRY, U64, task.entry),  F(HOLDER, U64, task.holder),
    F(AT, U64, task.at),
};

static const struct field mention_fields[] = {
    F(AGENT, U64, mention.agent, .needed = true),
    F(CONV, U64, mention.conv, .needed = true),
    F(NUMBER, U64, mention.pos, .needed = true),
    F(VALUE, U32, mention.seq),
    F(UNTIL, I64, mention.due_ms),
    F(DEPT, U64, mention.dept),
    F(ENTRY, U64, mention.entry),
    F(HOLDER, U64, mention.holder),
    F(AT, U64, mention.at),
};

static const struct field saved_fields[] = {
    F(AGENT, U64, saved.agent),     F(DEPT, U64, saved.dept),
    F(NUMBER, U64, saved.of),       F(VALUE, U64, saved.held_by),
    F(UNTIL, I64, saved.before_ms), F(BYTES, COUNTS, saved.shows, .limit = SHOWS_COUNT),
    F(SINCE, I64, saved.since_ms),
};
static const struct field edit_fields[] = {
    F(NUMBER, U64, edit.pos, .needed = true),
    F(VALUE, U32, edit.seq),
    F(UNTIL, U32, edit.n),
    F(BYTES, MARK, edit.removed, .limit = 'r'),
};

static const struct field role_fields[] = {
    F(VALUE, U32, role.permissions, .is_signed = true),
    F(BYTES, SPAN, role.name),
};
static const struct field picture_fields[] = {
    F(CONV, U64, picture.was),
    F(NUMBER, U64, picture.name[0]),
    F(VALUE, U64, picture.name[1]),
};
static const struct field pick_fields[] = {F(NUMBER, U64, pick.role, .needed = true)};

#undef F

enum family {
    FAMILY_NONE,
    FAMILY_SET,
    FAMILY_PASSWORD,
    FAMILY_LINK,
    FAMILY_MEMBER,
    FAMILY_STATUS,
    FAMILY_SESSION,
    FAMILY_CLOSED,
    FAMILY_BLOCK,
    FAMILY_HOURS,
    FAMILY_RING,
    FAMILY_OFFER,
    FAMILY_HOLD,
    FAMILY_LINE,
    FAMILY_SEEN,
    FAMILY_FEEDBACK,
    FAMILY_FORWARD,
    FAMILY_READDRESS,
    FAMILY_TRANSFER,
    FAMILY_CANNED,
    FAMILY_TOKEN,
    FAMILY_ROLE,
    FAMILY_PICK,
    FAMILY_BOX,
    FAMILY_FACTOR,
    FAMILY_FACTOR_USE,
    FAMILY_TASK,
    FAMILY_SAVED,
    FAMILY_EDIT,
    FAMILY_REOPEN,
    FAMILY_PICTURE,
    FAMILY_RULED,
    FAMILY_TIMED,
    FAMILY_MENTION
};

#define FIELDS(table)                                                                              \
    {                                                                                              \
        table, COUNT_OF(table)                                                                     \
    }
static const struct {
    const struct field *fields;
    size_t n;
} families[] = {
    [FAMILY_SET] = FIELDS(set_fields),           [FAMILY_PASSWORD] = FIELDS(password_fields),
    [FAMILY_LINK] = FIELDS(link_fields),         [FAMILY_MEMBER] = FIELDS(member_fields),
    [FAMILY_STATUS] = FIELDS(status_fields),     [FAMILY_SESSION] = FIELDS(session_fields),
    [FAMILY_CLOSED] = FIELDS(closed_fields),     [FAMILY_BLOCK] = FIELDS(block_fields),
    [FAMILY_HOURS] = FIELDS(hours_fields),       [FAMILY_RING] = FIELDS(ring_fields),
    [FAMILY_OFFER] = FIELDS(offer_fields),       [FAMILY_HOLD] = FIELDS(hold_fields),
    [FAMILY_SEEN] = FIELDS(seen_fields),         [FAMILY_FEEDBACK] = FIELDS(feedback_fields),
    [FAMILY_FORWARD] = FIELDS(forward_fields),   [FAMILY_READDRESS] = FIELDS(readdress_fields),
    [FAMILY_TRANSFER] = FIELDS(transfer_fields), [FAMILY_CANNED] = FIELDS(canned_fields),
    [FAMILY_TOKEN] = FIELDS(token_fields),       [FAMILY_ROLE] = FIELDS(role_fields),
    [FAMILY_PICK] = FIELDS(pick_fields),         [FAMILY_BOX] = FIELDS(box_fields),
    [FAMILY_FACTOR] = FIELDS(factor_fields),     [FAMILY_FACTOR_USE] = FIELDS(factor_use_fields),
    [FAMILY_TASK] = FIELDS(task_fields),         [FAMILY_LINE] = FIELDS(line_fields),
    [FAMILY_RULED] = FIELDS(ruled_fields),       [FAMILY_SAVED] = FIELDS(saved_fields),
    [FAMILY_EDIT] = FIELDS(edit_fields),         [FAMILY_REOPEN] = FIELDS(reopen_fields),
    [FAMILY_PICTURE] = FIELDS(picture_fields),   [FAMILY_TIMED] = FIELDS(timed_fields),
    [FAMILY_MENTION] = FIELDS(mention_fields),
};
#undef FIELDS

/* By the type's number. */
static const struct {
    enum obj_type obj;
    enum family family;
    const char *word; /* NULL: no such type */
} rec_types[] = {
#define X(name, number, obj, family, word) [number] = {obj, FAMILY_##family, word},
    REC_TABLE(X)
#undef X
};

_Static_assert(sizeof(struct rec) == offsetof(struct rec, offer) + sizeof(struct rec_offer),
               "the largest payload comes first");

const char *rec_word(enum rec_type type)
{
    return (size_t)type < COUNT_OF(rec_types) ? rec_types[type].word : NULL;
}

bool rec_type_is_known(unsigned number)
{
    return rec_word(number) != NULL;
}

enum obj_type rec_obj_type(enum rec_type type)
{
    return rec_type_is_known(type) ? rec_types[type].obj : OBJ_NONE;
}

static enum family rec_family(const struct rec *rec)
{
    return rec_type_is_known(rec->type) ? rec_types[rec->type].family : FAMILY_NONE;
}

/* Where a record has this field of its family; NULL: its family has none. */
static const void *rec_field(const struct rec *rec, enum rec_tag tag)
{
    enum family family = rec_family(rec);

    for (size_t i = 0; i < families[family].n; i++)
        if (families[family].fields[i].tag == (unsigned)tag)
            return (const char *)rec + families[family].fields[i].offset;
    return NULL;
}

uint64_t rec_agent(const struct rec *rec)
{
    const uint64_t *agent = rec_field(rec, RTAG_AGENT);

    return agent != NULL ? *agent : 0;
}

enum why rec_why(const struct rec *rec)
{
    const enum why *why = rec_field(rec, RTAG_WHY);

    return why != NULL ? *why : WHY_NONE;
}

void rec_encode(const struct rec *rec, struct buf *out)
{
    enum family family = rec_family(rec);

    fields_put(out, head_fields, COUNT_OF(head_fields), rec);
    fields_put(out, families[family].fields, families[family].n, rec);
    buf_add_span(out, rec->unknown);
}

/*
 * A field of the payload, whose type stands before it.  One that the family does not have is passed
 * over: a new field gets a new tag.  *seen: the rows that were there.
 */
static bool payload_take(struct rec *rec, const struct tlv *f, unsigned *seen)
{
    enum family family = rec_family(rec);

    for (size_t i = 0; i < families[family].n; i++)
        if (families[family].fields[i].tag == f->tag) {
            *seen |= BIT(i);
            return field_take(&families[family].fields[i], f, rec);
        }
    return true;
}

/* Is everything there that fold takes for granted?  Each value was looked at when it was read. */
static bool rec_is_whole(const struct rec *rec, unsigned seen)
{
    enum family family = rec_family(rec);

    if (rec->obj == 0 && rec->obj_type != OBJ_PORTAL)
        return false;
    for (size_t i = 0; i < families[family].n; i++)
        if (families[family].fields[i].needed && (seen & BIT(i)) == 0)
            return false;
    switch (rec->type) {
    case REC_FACTOR_SET:
        return rec->factor.secret.len > 0 && rec->factor.secret.len <= FACTOR_MAX_BYTES;
    case REC_AGENT_PASSWORD:
        return rec->password.hash.len < PASSWORD_HASH_BYTES;
    case REC_VIEW_ADDED:
    case REC_VIEW_SET:
        return shows_are_sound(rec->saved.shows);
    case REC_CONV_BOXED:
        return rec->box.box != BOX_NONE;
    case REC_AGENT_LINK:
        return rec->link.mail == 0 || rec->link.mail == MAIL_INVITATION ||
               rec->link.mail == MAIL_RESET;
    default:
        return true;
    }
}

/* What only a newer program understands is no damage. */
static bool rec_is_newer(const struct rec *rec)
{
    return !rec_type_is_known(rec->type) || rec->version > REC_VERSION;
}

const struct agent_text agent_texts[AGENT_TEXTS] = {
    [AGENT_TEXT_NAME] = {10, BODY_NAME, offsetof(struct agent, name)},
    [AGENT_TEXT_EMAIL] = {11, BODY_EMAIL, offsetof(struct agent, email)},
    [AGENT_TEXT_PHONE] = {TAG_PHONE, BODY_PHONE, offsetof(struct agent, phone)},
    [AGENT_TEXT_SIGNATURE] = {TAG_SIGNATURE, BODY_SIGNATURE, offsetof(struct agent, signature)},
    [AGENT_TEXT_EXTENSION] = {TAG_EXTENSION, BODY_EXTENSION, offsetof(struct agent, extension)},
    [AGENT_TEXT_MOBILE] = {TAG_MOBILE, BODY_MOBILE, offsetof(struct agent, mobile)},
    [AGENT_TEXT_NOTE] = {TAG_NOTE, BODY_NOTE, offsetof(struct agent, note)},
};

static bool says_who(unsigned tag)
{
    bool does = tag == TAG_EMAIL || tag == TAG_ZONE || tag == TAG_QUIET || tag == TAG_KEYS;

    for (size_t i = 0; i < AGENT_TEXTS; i++) /* in the oldest records */
        does = does || tag == agent_texts[i].tag;
    return does;
}

bool rec_forget(const struct rec *rec, struct buf *out)
{
    struct span fields = rec->set.fields;
    struct rec left = *rec;
    struct buf kept = {0};
    bool some = false;
    struct tlv f;

    if (rec->type != REC_AGENT_CREATED && rec->type != REC_AGENT_SET)
        return false;
    while (tlv_next(&fields, &f) == ERR_OK) {
        if (says_who(f.tag))
            some = true;
        else
            tlv_put_item(&kept, f.tag, f.bytes);
    }
    left.set.fields = buf_span(&kept);
    if (some)
        rec_encode(&left, out);
    buf_fini(&kept);
    return some;
}

err_t rec_decode(uint64_t pos, struct span bytes, struct span body, struct rec *rec)
{
    struct rec r = {.pos = pos, .body = body};
    struct span rest = bytes, before = bytes;
    unsigned seen = 0;
    bool bad = false;
    struct tlv f;
    err_t err;

    while ((err = tlv_next(&rest, &f)) == ERR_OK) {
        if (f.tag > RTAG_LAST) {
            r.unknown = before;
            break;
        }
        if (f.tag <= RTAG_HEAD_LAST)
            bad = !field_take(&head_fields[f.tag - 1], &f, &r) || bad;
        else
            bad = !payload_take(&r, &f, &seen) || bad;
        before = rest;
    }
    if ((err != ERR_OK && err != ERR_NOTFOUND) || !fields_are_sound(rest))
        return ERR_CORRUPT;
    if (rec_is_newer(&r))
        return ERR_VERSION;
    r.obj_type = rec_obj_type(r.type);
    if (bad || !rec_is_whole(&r, seen) || !fields_are_sound(body))
        return ERR_CORRUPT;
    *rec = r;
    return ERR_OK;
}

bool rec_peek(struct span bytes, enum rec_type *type)
{
    struct tlv f;
    bool bad = false;
    uint64_t number;

    if (tlv_next(&bytes, &f) != ERR_OK || f.tag != RTAG_TYPE)
        return false;
    number = tlv_u64(&f, &bad);
    if (bad || number > UINT32_MAX)
        return false;
    *type = (enum rec_type)number;
    return true;
}

#define LINE_TAG 1

void rec_put_lines(const uint64_t *seqs, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        tlv_put_u64(out, LINE_TAG, seqs[i]);
}

static size_t numbers_get(struct span bytes, uint64_t *numbers, size_t max)
{
    struct tlv f;
    bool bad = false;
    size_t n = 0;

    while (n < max && tlv_next(&bytes, &f) == ERR_OK)
        if (f.tag == LINE_TAG)
            numbers[n++] = tlv_u64(&f, &bad);
    return bad ? 0 : n;
}

size_t rec_lines(const struct rec *rec, uint64_t *seqs)
{
    return numbers_get(rec->forward.lines, seqs, FORWARD_LINES_MAX);
}

/* A field each, by the reason. */
void rec_put_others(const struct passed_agent *others, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        tlv_put_u64(out, others[i].why + 1, others[i].agent);
}

size_t rec_others(const struct rec *rec, struct passed_agent *others)
{
    struct span bytes = rec->offer.others;
    struct tlv f;
    bool bad = false;
    size_t n = 0;

    while (n < OTHERS_MAX && tlv_next(&bytes, &f) == ERR_OK)
        if (f.tag >= 1 && f.tag <= PASSED_COUNT)
            others[n++] = (struct passed_agent){tlv_u64(&f, &bad), (enum passed)(f.tag - 1)};
    return bad ? 0 : n;
}

void rec_put_rung(const uint64_t *agents, size_t n, struct buf *out)
{
    rec_put_lines(agents, n, out);
}

size_t rec_rung(const struct rec *rec, uint64_t *agents)
{
    return numbers_get(rec->offer.rung, agents, RUNG_MAX);
}
