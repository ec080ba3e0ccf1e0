/*
 * A mail's first claim: by the settings of this moment it gets its sender, its recipients and its
 * bytes, once and for good, so that every later attempt sends the same.  It makes them; schedule.c
 * puts them into the store, many mails at a time.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "deskbell/compose.h"
#include "deskbell/crypto.h"
#include "deskbell/log.h"
#include "deskbell/mailbox.h"
#include "dispatcher_int.h"

#define SETTING_WAIT_MS (60 * INT64_C(1000)) /* until something missing is looked for again */
#define SUPPRESS_MAX 1000                    /* held mails, in one transaction */

/* Which switch and which letter a kind of mail goes by. */
struct sort {
    enum letter letter;
    enum mail_setting setting; /* MAILSET_COUNT: to an address of its own, no switch */
    bool to_visitor;
    bool personal; /* a person wrote it */
};
static const struct sort kinds[MAIL_KIND_COUNT] = {
    [MAIL_TRANSCRIPT] = {LETTER_TRANSCRIPT, MAILSET_TRANSCRIPT, false, false},
    [MAIL_BLOCK] = {LETTER_BLOCK, MAILSET_BLOCK, false, false},
    [MAIL_FEEDBACK] = {LETTER_FEEDBACK, MAILSET_FEEDBACK, false, false},
    [MAIL_MISSED] = {LETTER_MISSED, MAILSET_MISSED, false, false},
    [MAIL_COPY] = {LETTER_COPY, MAILSET_COUNT, true, false},
    [MAIL_REPLY] = {LETTER_REPLY, MAILSET_COUNT, true, true},
    [MAIL_FORWARD] = {LETTER_FORWARD, MAILSET_COUNT, false, true},
    [MAIL_INVITATION] = {LETTER_INVITATION, MAILSET_COUNT, false, false},
    [MAIL_RESET] = {LETTER_RESET, MAILSET_COUNT, false, false},
    [MAIL_TASK] = {LETTER_TASK, MAILSET_COUNT, false, false},
    [MAIL_MENTION] = {LETTER_MENTION, MAILSET_COUNT, false, false},
};
static const struct sort test_sort = {LETTER_TEST, MAILSET_COUNT, false, false};

/* One mail on its way to being frozen. */
struct draft {
    struct dispatcher *d;
    const struct mail_view *view;
    const struct sort *sort;
    struct portal *portal;
    struct dept *dept; /* whose settings count; NULL: it is gone */
    struct zone *zone;
    struct reminder reminder; /* MAIL_TASK, MAIL_MENTION */
    struct buf from, to, cc, reply_to, message_id, thread_id, bytes;
    struct story story;
    struct digest digest; /* a held mail's: it carries them all */
    struct letter_text letter;
    enum mail_cause cause; /* why it cannot be sent now */
    char why[160];
};

static enum freeze_end put_off(struct draft *dr, enum freeze_end end, enum mail_cause cause,
                               const char *fmt, ...) PRINTF_LIKE(4, 5);

static enum freeze_end put_off(struct draft *dr, enum freeze_end end, enum mail_cause cause,
                               const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(dr->why, sizeof(dr->why), fmt, ap);
    va_end(ap);
    dr->cause = cause;
    return end;
}

static void draft_fini(struct draft *dr)
{
    story_fini(&dr->story);
    digest_fini(&dr->digest);
    reminder_fini(&dr->reminder);
    letter_fini(&dr->letter);
    buf_fini(&dr->from);
    buf_fini(&dr->to);
    buf_fini(&dr->cc);
    buf_fini(&dr->reply_to);
    buf_fini(&dr->message_id);
    buf_fini(&dr->thread_id);
    buf_fini(&dr->bytes);
    zone_close(dr->zone);
    if (dr->dept != NULL)
        dept_free(dr->dept);
    if (dr->portal != NULL)
        portal_free(dr->portal);
}

/* settings */

/* To an address of its own, by no switch. */
static bool goes_outside(const struct draft *dr)
{
    return dr->sort->setting == MAILSET_COUNT;
}

/* Of something that an agent has not done or seen; see reminder_find(). */
static bool reminds(const struct mail_order *order)
{
    return order->kind == MAIL_TASK || order->kind == MAIL_MENTION;
}

/* A person gave it an address of its own, in place of one that it was not sent to. */
static bool is_readdressed(const struct draft *dr)
{
    return dr->view->order.replaces != 0;
}

/* What goes outside speaks for the department that they entered by. */
static err_t settings_read(struct draft *dr)
{
    const struct mail_order *order = &dr->view->order;
    uint64_t id = goes_outside(dr) ? order->entry : order->dept;
    err_t err = portal_read(dr->d, &dr->portal);

    if (err == ERR_OK && reminds(order) &&
        (err = reminder_find(dr->d, order, &dr->reminder)) == ERR_OK)
        id = dr->reminder.entry;
    if (err != ERR_OK)
        return err;
    err = dept_read(dr->d, id, &dr->dept);
    if (err == ERR_NOTFOUND)
        err = ERR_OK;
    if (dr->reminder.zone.len > 0 && zone_open(buf_span(&dr->reminder.zone), &dr->zone) == ERR_OK)
        return err;
    if (zone_open(span_of(dr->portal->zone), &dr->zone) != ERR_OK)
        ensure(zone_open(SPAN_LIT("UTC"), &dr->zone) == ERR_OK);
    return err;
}

/* A normalised list with every domain in ASCII.  A bad one was let in by nobody, but is named. */
static err_t list_to_wire(struct draft *dr, struct span list, struct buf *out)
{
    struct span addr;
    struct fault f = {0};
    err_t err = ERR_OK;

    while (err == ERR_OK && mailbox_list_next(&list, &addr)) {
        if (out->len > 0)
            buf_add_str(out, ", ");
        err = mail_address(addr, out, &f);
    }
    if (err != ERR_OK)
        put_off(dr, FREEZE_DEFERRED, CAUSE_ADDRESS, "an address cannot be used: %.120s", f.what);
    return err;
}

static struct span setting_addrs(const struct dept *dept, enum mail_setting which)
{
    if (dept == NULL || !dept->mail[which].on)
        return SPAN_NONE;
    return span_of(dept->mail[which].addrs);
}

bool notice_is_off(struct dispatcher *d, enum mail_kind kind, uint64_t id)
{
    struct buf image = {0};
    struct dept *dept = NULL;
    err_t err = store_read_setting(d->store, OBJ_DEPT, id, &image);
    bool off = err == ERR_NOTFOUND;

    if (err == ERR_OK && dept_decode(id, buf_span(&image), &dept) == ERR_OK) {
        off = setting_addrs(dept, kinds[kind].setting).len == 0;
        dept_free(dept);
    }
    buf_fini(&image);
    return off;
}

/* Sender and recipients.  FREEZE_DONE: go on. */
static enum freeze_end addresses_find(struct draft *dr)
{
    enum mail_setting setting = dr->sort->setting;
    struct span from = setting_addrs(dr->dept, MAILSET_FROM);
    struct span to = dr->view->order.to;

    if (setting != MAILSET_COUNT && !is_readdressed(dr)) {
        enum mail_cause cause = dr->dept == NULL ? CAUSE_NO_DEPARTMENT : CAUSE_SWITCH_OFF;

        to = setting_addrs(dr->dept, setting);
        if (to.len == 0)
            return put_off(dr, FREEZE_SUPPRESSED, cause, "%s", cause_text(cause));
    }
    if (reminds(&dr->view->order) && !dr->reminder.holds) {
        enum mail_cause over = dr->view->order.kind == MAIL_TASK ? CAUSE_TASK : CAUSE_MENTION;

        return put_off(dr, FREEZE_SUPPRESSED, over, "%s", cause_text(over));
    }
    if (reminds(&dr->view->order) && !is_readdressed(dr))
        to = buf_span(&dr->reminder.to);
    if (from.len == 0)
        from = span_of(dr->portal->from);
    if (from.len == 0)
        return put_off(dr, FREEZE_DEFERRED, CAUSE_NO_FROM, "%s", cause_text(CAUSE_NO_FROM));
    if (list_to_wire(dr, from, &dr->from) != ERR_OK || list_to_wire(dr, to, &dr->to) != ERR_OK)
        return FREEZE_DEFERRED;
    /* The copies of a readdressed one went or go with the first. */
    if (dr->sort->to_visitor && !is_readdressed(dr) &&
        list_to_wire(dr, setting_addrs(dr->dept, MAILSET_COPY), &dr->cc) != ERR_OK)
        return FREEZE_DEFERRED;
    return FREEZE_DONE;
}

/* the text */

/* All that is held, or the one that is left as the letter that it would have been. */
static err_t digest_read(struct draft *dr, int64_t now_ms, enum letter *letter)
{
    struct letter_facts *facts = &dr->story.facts;
    struct digest *dg = &dr->digest;
    struct digest_of of = {.head = dr->view->id,
                           .order = &dr->view->order,
                           .letter = *letter,
                           .tongue = dr->story.tongue,
                           .portal = facts->portal,
                           .department = facts->department,
                           .now_ms = now_ms};
    err_t err = digest_collect(dr->d, &of, dg);

    if (err != ERR_OK)
        return err;
    if (dg->n == 1 && !dg->stories[0].brief) {
        *facts = dg->items[0];
        return ERR_OK;
    }
    if (dg->n == 1) /* once more, with what it says by itself */
        return story_read(dr->d, &dr->view->order, &dr->story);
    facts->about = *letter;
    facts->items = dg->items;
    facts->nitems = dg->n;
    *letter = LETTER_DIGEST;
    return ERR_OK;
}

/*
 * Who reads a notice and answers means the visitor, if they gave an address.  Not of a block: whom
 * somebody has just blocked gets no answer by a slip.  The letter says where Reply goes.
 */
static void reply_find(struct draft *dr)
{
    enum mail_setting setting = dr->sort->setting;
    struct letter_facts *facts = &dr->story.facts;

    if ((setting == MAILSET_TRANSCRIPT || setting == MAILSET_FEEDBACK ||
         setting == MAILSET_MISSED) &&
        mail_address(facts->email, &dr->reply_to, NULL) == ERR_OK)
        facts->reply_to = facts->email;
}

static err_t letter_write(struct draft *dr, int64_t now_ms)
{
    const struct mail_order *order = &dr->view->order;
    enum letter letter = dr->sort->letter;
    struct story *s = &dr->story;
    err_t err = ERR_OK;

    s->tongue = tongue_of(span_of(lang_word(order->lang)));
    s->facts.about = letter;
    s->facts.portal = span_of(dr->portal->name);
    s->facts.department = span_of(dr->dept != NULL ? dr->dept->name : dr->portal->name);
    if (dr->sort == &test_sort) {
        s->facts.email = order->to;
        s->facts.at_ms = dr->view->created_ms;
    } else if (dr->view->state == MAILST_HELD) {
        err = digest_read(dr, now_ms, &letter);
    } else {
        err = story_read(dr->d, order, s);
    }
    if (err != ERR_OK)
        return err;
    if (letter != LETTER_DIGEST)
        reply_find(dr);
    struct letter_form form = {.tongue = s->tongue, .letter = letter};
    templates_pick(dr->d, dr->portal, dr->dept, &form);
    letter_form_fill(&form, &s->facts, dr->zone, &dr->letter);
    if (dr->letter.text.full || dr->letter.html.full)
        return ERR_TOOBIG;
    return ERR_OK;
}

/* "<word-number.hash@domain>": the same whenever it is made, and not to be guessed by outsiders. */
static void id_make(struct draft *dr, const char *word, uint64_t number, struct buf *out)
{
    struct buf text = {0};
    size_t at = dr->from.len;

    while (at > 0 && dr->from.p[at - 1] != '@')
        at--;
    buf_addf(&text, "%s-%" PRIu64, word, number);
    uint64_t hash = hash_u64(buf_span(&text), dr->d->id_key);
    /* An address literal would need quoting here; no other installation has this hash. */
    const char *domain = dr->from.p[at] == '[' ? "deskbell.invalid" : dr->from.p + at;
    buf_addf(out, "<%s.%016" PRIx64 "@%s>", text.p, hash, domain);
    buf_fini(&text);
}

/* A visitor's name stands beside the address where an agent has seen both. */
static struct span to_name(const struct draft *dr)
{
    if (mail_has_link(dr->view->order.kind) || (reminds(&dr->view->order) && !is_readdressed(dr)))
        return dr->story.facts.agent;
    if (!dr->sort->to_visitor || !dr->sort->personal || is_readdressed(dr))
        return SPAN_NONE;
    return dr->story.facts.visitor;
}

static err_t message_compose(struct draft *dr, int64_t now_ms)
{
    struct fault f = {0};

    id_make(dr, "mail", dr->view->id, &dr->message_id);
    /* A digest is of many chats, and so in the thread of none. */
    if (dr->view->order.conv != 0 && dr->digest.n <= 1)
        id_make(dr, "chat", dr->view->order.conv, &dr->thread_id);
    struct mail_content content = {
        .from_name = dr->story.facts.department,
        .from = buf_span(&dr->from),
        .to_name = to_name(dr),
        .to = buf_span(&dr->to),
        .cc = buf_span(&dr->cc),
        .reply_to = buf_span(&dr->reply_to),
        .subject = buf_span(&dr->letter.subject),
        .text = buf_span(&dr->letter.text),
        .html = buf_span(&dr->letter.html),
        .language = span_of(tongue_tag(dr->story.tongue)),
        .date_ms = now_ms,
        .offset_ms = zone_offset_ms(dr->zone, now_ms),
        .message_id = buf_span(&dr->message_id),
        .in_reply_to = buf_span(&dr->thread_id), /* of no mail: it holds a chat's mails together */
        .references = buf_span(&dr->thread_id),
        .automatic = !dr->sort->personal,
    };
    dr->bytes.limit_bytes = COMPOSE_MAX_BYTES;
    err_t err = compose_message(&content, &dr->bytes, &f);
    if (err != ERR_OK)
        put_off(dr, FREEZE_FAILED, CAUSE_COMPOSE, "it cannot be composed: %.40s: %.80s", f.field,
                f.what);
    return err;
}

/* writing it down */

static bool rcpts_have(const struct span *rcpts, size_t n, struct span addr)
{
    for (size_t i = 0; i < n; i++)
        if (span_eq(rcpts[i], addr))
            return true;
    return false;
}

/* Hand over what the draft has made.  The buffers move; the spans point into them. */
static void fresh_take(struct draft *dr, struct fresh *out)
{
    size_t n = 0;

    *out = (struct fresh){.from = dr->from,
                          .to = dr->to,
                          .cc = dr->cc,
                          .subject = dr->letter.subject,
                          .message_id = dr->message_id,
                          .bytes = dr->bytes};
    if (mail_has_link(dr->view->order.kind))
        secret_seal(dr->d, buf_span(&out->bytes), &out->sealed);
    dr->from = dr->to = dr->cc = dr->letter.subject = dr->message_id = dr->bytes = (struct buf){0};

    const struct span lists[] = {buf_span(&out->to), buf_span(&out->cc)};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct span addr, rest = lists[i];

        while (n < COUNT_OF(out->rcpts) && mailbox_list_next(&rest, &addr))
            if (!rcpts_have(out->rcpts, n, addr))
                out->rcpts[n++] = addr;
    }
    out->fz = (struct mail_frozen){
        .from = buf_span(&out->from),
        .cc = buf_span(&out->cc),
        .subject = buf_span(&out->subject),
        .message_id = buf_span(&out->message_id),
        .rcpts = out->rcpts,
        .nrcpts = n,
        .bytes = out->sealed.len > 0 ? buf_span(&out->sealed) : buf_span(&out->bytes),
        .sealed = out->sealed.len > 0,
    };
    if (dr->digest.n > 1) {
        out->ngathered = dr->digest.n - 1;
        out->gathered = xcalloc(out->ngathered, sizeof(*out->gathered));
        memcpy(out->gathered, dr->digest.ids + 1, out->ngathered * sizeof(*out->gathered));
    }
}

void fresh_fini(struct fresh *f)
{
    buf_fini(&f->from);
    buf_fini(&f->to);
    buf_fini(&f->cc);
    buf_fini(&f->subject);
    buf_fini(&f->message_id);
    secret_wipe(&f->bytes);
    buf_fini(&f->sealed);
    free(f->gathered);
}

/* The reason stays out of the log: it may name an address. */
static enum freeze_end settle_end(struct draft *dr, enum freeze_end end, int64_t now_ms)
{
    bool old = now_ms - dr->view->created_ms >= MAIL_GIVE_UP_MS;
    struct mail_result res = {.id = dr->view->id, .reason = span_of(dr->why)};
    err_t err;

    if (end == FREEZE_SUPPRESSED)
        res.state = MAILST_SUPPRESSED;
    else if (end == FREEZE_FAILED || old)
        res.state = MAILST_FAILED;
    else
        res.state = dr->view->state == MAILST_HELD ? MAILST_HELD : MAILST_DEFERRED;
    if (end == FREEZE_DEFERRED && !old)
        res.due_ms = now_ms + SETTING_WAIT_MS;
    snprintf(res.cause, sizeof(res.cause), "%s", cause_word(dr->cause));
    err = dr->view->state == MAILST_HELD && end == FREEZE_SUPPRESSED
              ? outbox_settle_held(dr->d->store, dr->view->order.kind, dr->view->order.dept, &res,
                                   now_ms, SUPPRESS_MAX)
              : outbox_settle(dr->d->store, &res, 1, now_ms);
    if (err != ERR_OK) {
        log_error("mail.unsettled", "mail=%" PRIu64 " err=%s", res.id, err_code(err));
        return FREEZE_FAILED;
    }
    if (end == FREEZE_SUPPRESSED)
        log_info("mail.suppressed", "mail=%" PRIu64, res.id);
    else
        log_warn(res.state == MAILST_FAILED ? "mail.failed" : "mail.waits", "mail=%" PRIu64,
                 res.id);
    return end;
}

enum freeze_end mail_freeze(struct dispatcher *d, const struct mail_view *view, int64_t now_ms,
                            struct fresh *out)
{
    struct draft dr = {.d = d, .view = view};
    enum freeze_end end = FREEZE_DONE;
    err_t err;

    ensure((unsigned)view->order.kind < MAIL_KIND_COUNT);
    dr.sort = &kinds[view->order.kind];
    if ((err = settings_read(&dr)) != ERR_OK) {
        end = put_off(&dr, FREEZE_DEFERRED, CAUSE_SETTINGS, "the settings cannot be read: %s",
                      err_text(err));
    } else {
        end = addresses_find(&dr);
    }
    if (end == FREEZE_DONE) {
        if ((err = letter_write(&dr, now_ms)) == ERR_OK)
            err = message_compose(&dr, now_ms);
        if (err == ERR_NOTFOUND)
            put_off(&dr, FREEZE_FAILED, CAUSE_ERASED, "%s", cause_text(CAUSE_ERASED));
        else if (err != ERR_OK && dr.why[0] == '\0')
            put_off(&dr, FREEZE_FAILED, CAUSE_COMPOSE, "%s", err_text(err));
        /* The store's own trouble passes; what the mail is about does not change any more. */
        if (err != ERR_OK)
            end = err == ERR_IO || err == ERR_FULL ? FREEZE_DEFERRED : FREEZE_FAILED;
    }
    if (end == FREEZE_DONE)
        fresh_take(&dr, out);
    else
        end = settle_end(&dr, end, now_ms);
    draft_fini(&dr);
    return end;
}

/* No sender, or an address that cannot be used: the setting, or the field, that is to blame. */
static err_t address_fault(const struct draft *dr, uint64_t dept, struct fault *f)
{
    if (dr->from.len == 0)
        return fault_refuse(f, ERR_CONFLICT, dept != 0 ? "mail.from.addresses" : "from",
                            REFUSE_NO_FROM_ANY);
    return fault_refuse_with(f, ERR_CONFLICT, "to", REFUSE_DISPATCHER_SAYS,
                             VALUES(OF_STR(dr->why)));
}

err_t test_freeze(struct dispatcher *d, uint64_t dept, struct span to, int64_t now_ms,
                  struct fresh *out, struct fault *f)
{
    struct mail_view view = {.created_ms = now_ms};
    struct draft dr = {.d = d, .view = &view, .sort = &test_sort};
    err_t err;

    view.order = (struct mail_order){.dept = dept, .entry = dept, .to = to};
    random_fill(&view.id, sizeof(view.id));
    if ((err = settings_read(&dr)) != ERR_OK) {
        fault_refuse(f, err, NULL, REFUSE_SETTINGS_UNREAD);
    } else if (dept != 0 && dr.dept == NULL) {
        err = fault_refuse(f, ERR_NOTFOUND, "department", REFUSE_DEPARTMENT_UNKNOWN);
    } else if (addresses_find(&dr) != FREEZE_DONE) {
        err = address_fault(&dr, dept, f);
    } else {
        view.order.lang = dr.dept != NULL ? dr.dept->lang : dr.portal->lang;
        if ((err = letter_write(&dr, now_ms)) == ERR_OK)
            err = message_compose(&dr, now_ms);
        if (err != ERR_OK)
            fault_refuse_with(f, err, NULL, REFUSE_DISPATCHER_SAYS,
                              VALUES(OF_STR(dr.why[0] != '\0' ? dr.why : err_text(err))));
    }
    if (err == ERR_OK)
        fresh_take(&dr, out);
    draft_fini(&dr);
    return err;
}
