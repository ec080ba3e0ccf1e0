/*
 * Which settings of a thing were changed when, and by whom: two who change the same one at once are
 * told, and whoever changes another one is not.  Kept of what was changed since programs know it.
 */
#include "../images/image_int.h"
#include "settings_int.h"

static struct changed *changed_of(const struct core *k, enum obj_type type, uint64_t id,
                                  const void **object)
{
    struct xdept *d;
    struct xagent *ag;

    if (type == OBJ_PORTAL) {
        *object = &k->portal;
        return (struct changed *)&k->portal_changed;
    }
    if (type == OBJ_DEPT) {
        d = xdept_find(k, id);
        *object = d != NULL ? &d->d : NULL;
        return d != NULL ? &d->changed : NULL;
    }
    ag = xagent_find(k, id);
    *object = ag != NULL ? &ag->a : NULL;
    return ag != NULL ? &ag->changed : NULL;
}

static const struct changed_mark *mark_find(const struct changed *ch, unsigned tag)
{
    for (size_t i = 0; i < ch->n; i++)
        if (ch->mark[i].tag == tag)
            return &ch->mark[i];
    return NULL;
}

/* In the order of their tags, so that it is the same however it came about. */
static struct changed_mark *mark_place(struct changed *ch, unsigned tag)
{
    size_t at = 0;

    while (at < ch->n && ch->mark[at].tag < tag)
        at++;
    if (at == ch->n || ch->mark[at].tag != tag) {
        ch->mark = xrealloc(ch->mark, (ch->n + 1) * sizeof(*ch->mark));
        memmove(&ch->mark[at + 1], &ch->mark[at], (ch->n - at) * sizeof(*ch->mark));
        ch->n++;
    }
    return &ch->mark[at];
}

void changed_fini(struct changed *ch)
{
    free(ch->mark);
    *ch = (struct changed){0};
}

/* Does the field say something else than the object? */
static bool field_differs(enum obj_type type, const void *object, const struct tlv *f)
{
    struct buf now = {0};
    struct tlv is;
    struct span rest;
    bool differs = false;

    if (setting_put_kept(type, object, f->tag, &now)) {
        rest = buf_span(&now);
        differs = tlv_next(&rest, &is) != ERR_OK || !span_eq(is.bytes, f->bytes);
    }
    buf_fini(&now);
    return differs;
}

void changed_say(enum obj_type type, const void *before, struct buf *fields)
{
    struct span rest = buf_span(fields);
    struct buf tags = {0};
    struct tlv f;

    while (tlv_next(&rest, &f) == ERR_OK)
        if (field_differs(type, before, &f)) {
            buf_add_char(&tags, (char)(f.tag >> 8));
            buf_add_char(&tags, (char)(f.tag & 0xff));
        }
    if (tags.len > 0)
        tlv_put_item(fields, TAG_CHANGED, buf_span(&tags));
    buf_fini(&tags);
}

void changed_fold(struct changed *ch, const struct rec *rec)
{
    struct span fields = rec->set.fields;
    struct tlv f;

    while (tlv_next(&fields, &f) == ERR_OK) {
        const uint8_t *tags = (const uint8_t *)f.bytes.p;

        if (f.tag != TAG_CHANGED)
            continue;
        ch->version++;
        for (size_t i = 0; i + 1 < f.bytes.len; i += 2) {
            unsigned tag = (unsigned)tags[i] << 8 | tags[i + 1];

            *mark_place(ch, tag) =
                (struct changed_mark){.tag = (uint16_t)tag,
                                      .version = ch->version,
                                      .by = rec->who.kind == BY_AGENT ? rec->who.id : 0,
                                      .at_ms = rec->time_ms};
        }
    }
}

void changed_image(const struct changed *ch, struct buf *out)
{
    for (size_t i = 0; i < ch->n; i++)
        numbers_put(out, KTAG_CHANGED,
                    (uint64_t[]){ch->mark[i].tag, ch->mark[i].version, ch->mark[i].by,
                                 (uint64_t)ch->mark[i].at_ms},
                    4);
}

bool changed_take(struct changed *ch, const struct tlv *t)
{
    uint64_t v[4];

    if (t->tag != KTAG_CHANGED)
        return true;
    if (!numbers_take(t, v, 4) || v[0] > UINT16_MAX || v[1] > UINT32_MAX ||
        (ch->n > 0 && v[0] <= ch->mark[ch->n - 1].tag))
        return false;
    *mark_place(ch, (unsigned)v[0]) = (struct changed_mark){
        .tag = (uint16_t)v[0], .version = (uint32_t)v[1], .by = v[2], .at_ms = (int64_t)v[3]};
    return true;
}

uint32_t core_version(const struct core *k, enum obj_type type, uint64_t id)
{
    const void *object;
    const struct changed *ch = changed_of(k, type, id, &object);

    return ch != NULL ? ch->version + 1 : 0;
}

/* A change that says what is there already stands in nobody's way. */
static bool change_differs(enum obj_type type, const void *object, const struct change *in)
{
    struct buf norm = {0}, field = {0};
    struct span rest;
    struct change c = *in;
    struct tlv f;
    bool differs;

    if (setting_check(in, &norm, &c, NULL) != ERR_OK)
        c = *in;
    setting_put(&field, &c);
    rest = buf_span(&field);
    differs = tlv_next(&rest, &f) == ERR_OK && field_differs(type, object, &f);
    buf_fini(&norm);
    buf_fini(&field);
    return differs;
}

size_t core_overrun(const struct core *k, enum obj_type type, const struct cmd_set *set,
                    struct overrun *out, size_t max)
{
    const void *object;
    const struct changed *ch = changed_of(k, type, set->id, &object);
    size_t n = 0;

    for (size_t i = 0; ch != NULL && set->version != 0 && i < set->nchanges && n < max; i++) {
        const struct changed_mark *m = mark_find(ch, set->changes[i].setting->tag);

        if (m == NULL || m->version < set->version ||
            !change_differs(type, object, &set->changes[i]))
            continue;
        out[n++] = (struct overrun){set->changes[i].setting, m->by, m->at_ms};
    }
    return n;
}
