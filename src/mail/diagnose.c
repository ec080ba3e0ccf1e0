/*
 * What went wrong with a relay, and what to do about it: one table, read from its top, in which the
 * first row that fits decides.  It explains an attempt to a person; what happens to a mail is
 * judge.c's.
 */
#include <stdio.h>
#include <strings.h>

#include "deskbell/mail.h"

static const char *const fact_words[FACT_COUNT] = {
    [FACT_REACHED] = "reached",
    [FACT_GREETED] = "greeted",
    [FACT_NO_NAME] = "no-name",
    [FACT_REFUSED] = "refused",
    [FACT_UNREACHABLE] = "unreachable",
    [FACT_TIMEOUT] = "timeout",
    [FACT_NOT_TLS] = "not-tls",
    [FACT_STARTTLS] = "starttls",
    [FACT_AUTH] = "auth",
    [FACT_LOGIN_TRIED] = "login-tried",
    [FACT_CERT_NAME] = "cert-name",
    [FACT_CERT_EXPIRED] = "cert-expired",
    [FACT_CERT_EARLY] = "cert-early",
    [FACT_CERT_UNKNOWN] = "cert-unknown",
    [FACT_LOGIN_SET] = "login-set",
};

const char *fact_word(enum smtp_fact fact)
{
    ensure((unsigned)fact < FACT_COUNT);
    return fact_words[fact];
}

bool fact_parse(struct span word, enum smtp_fact *fact)
{
    for (unsigned i = 0; i < FACT_COUNT; i++)
        if (span_is(word, fact_words[i])) {
            *fact = (enum smtp_fact)i;
            return true;
        }
    return false;
}

/* Where it ended. */
enum step { STEP_SESSION, STEP_MAIL, STEP_RCPT, STEP_DATA, STEP_SENT };

#define F(name) BIT(FACT_##name)
#define T(name) BIT(TROUBLE_##name)
#define S(name) BIT(STEP_##name)

/*
 * One row; what is left out fits everything.
 *
 * enhanced   "x.2.2": an enhanced status code (RFC 3463) with any first digit.
 * words      any of them stands in the reply, in any case, parted by '|'.
 * text       {host}, {port}, {names}, {mechanisms} and {reply} are filled in.
 */
struct row {
    const char *code;
    unsigned step, trouble, facts, without, port;
    int class, reply; /* of the reply code: its first digit, or all of it */
    const char *enhanced, *words;
    const char *text;
};

static const struct row rows[] = {
    {"sent", .step = S(SENT),
     .text = "The mail server took the test mail.  If it does not arrive, look into the spam "
             "folder of the receiver."},

    /* before any mail */
    {"injected", .trouble = T(INJECTED),
     .text = "Something between here and {host} put its own words into the connection before it "
             "was encrypted.  Nothing was sent.  Ask whoever runs the network, or use TLS from the "
             "start (port 465)."},
    {"config", .trouble = T(CONFIG), .text = "The relay's settings cannot be used: {reply}."},
    {"name-unknown", .trouble = T(CONNECT), .facts = F(NO_NAME),
     .text = "The name {host} is not known.  Check its spelling, and whether this machine's name "
             "service works."},
    {"connection-refused", .trouble = T(CONNECT), .facts = F(REFUSED),
     .text = "Nobody listens at {host} on port {port}.  Check the port: 587 for STARTTLS, 465 for "
             "TLS from the start."},
    {"connection-timeout", .trouble = T(CONNECT), .facts = F(TIMEOUT),
     .text = "{host} does not answer on port {port}.  A firewall may be in the way; many networks "
             "block port 25: try port 587 or 465."},
    {"connection-timeout", .trouble = T(LIMIT), .without = F(REACHED),
     .text = "{host} does not answer on port {port}.  A firewall may be in the way; many networks "
             "block port 25: try port 587 or 465."},
    {"unreachable", .trouble = T(CONNECT), .facts = F(UNREACHABLE),
     .text = "There is no way from this machine to {host}.  Check this machine's network, and that "
             "the name is the right one."},
    {"connection-failed", .trouble = T(CONNECT),
     .text = "No connection to {host} on port {port} could be made: {reply}."},
    {"cert-name", .trouble = T(CERT), .facts = F(CERT_NAME),
     .text = "The certificate is not for {host} but for {names}.  Set the relay's host to a name "
             "that the certificate has."},
    {"cert-expired", .trouble = T(CERT), .facts = F(CERT_EXPIRED),
     .text = "The certificate of {host} has expired.  Whoever runs the server has to renew it; "
             "check also that this machine's clock is right."},
    {"cert-early", .trouble = T(CERT), .facts = F(CERT_EARLY),
     .text = "The certificate of {host} is not valid yet.  Check this machine's clock."},
    {"cert-unknown", .trouble = T(CERT), .facts = F(CERT_UNKNOWN),
     .text = "The certificate of {host} comes from an authority that is not known here.  If it is "
             "your own, name its certificate's file in the option smtp_ca_file of deskbell.conf."},
    {"cert-other", .trouble = T(CERT),
     .text = "The certificate of {host} does not check: {reply}."},
    {"not-tls", .trouble = T(TLS), .facts = F(NOT_TLS),
     .text = "{host} does not speak TLS from the start on port {port}.  Choose STARTTLS, or the "
             "port for TLS from the start, mostly 465."},
    {"tls-failed", .trouble = T(TLS),
     .text = "Encryption with {host} could not be agreed on: {reply}.  The server has to offer TLS "
             "1.2 (for TLS from the start 1.2 or 1.3)."},
    {"starttls-refused", .trouble = T(NO_TLS), .facts = F(STARTTLS),
     .text =
         "{host} offers STARTTLS and then refuses it: {reply}.  Ask whoever runs the server, or "
         "use TLS from the start (port 465)."},
    {"starttls-missing", .trouble = T(NO_TLS),
     .text =
         "{host} does not offer STARTTLS on port {port}, so nothing was sent.  Use the port for "
         "submission (587), or TLS from the start (465)."},
    {"login-later", .trouble = T(GREETING), .facts = F(LOGIN_TRIED),
     .text = "{host} cannot check the login now: {reply}.  Try again later."},
    {"greeting-refused", .trouble = T(GREETING),
     .text = "{host} does not want to talk to this machine: {reply}.  Ask whoever runs it whether "
             "this machine's address is blocked."},
    {"hello-refused", .trouble = T(HELLO),
     .text = "{host} does not accept the name by which this machine greets it: {reply}.  Set the "
             "option smtp_hello of deskbell.conf to this machine's full name, as DNS has it."},
    {"login-needed", .trouble = T(LOGIN), .without = F(LOGIN_SET),
     .text = "{host} demands a login, and none is set.  Set the relay's user and password."},
    {"login-missing", .trouble = T(LOGIN), .without = F(AUTH),
     .text =
         "{host} demands a login but offers none on port {port} with this encryption.  Use port "
         "587 with STARTTLS or 465 with TLS from the start."},
    {"login-mechanism", .trouble = T(LOGIN), .without = F(LOGIN_TRIED),
     .text = "{host} offers logins that cannot be used here ({mechanisms}).  A password needs "
             "PLAIN, LOGIN or CRAM-MD5, and many providers offer an app password for that; a token "
             "needs XOAUTH2.  Which of both is sent is a setting of the relay's."},
    {"login-refused", .trouble = T(LOGIN),
     .text = "{host} refuses the user name or the password: {reply}.  Set both again; some "
             "providers want an app password here, and a token runs out after about an hour."},
    {"tls-first-expected", .trouble = T(DROPPED) | T(LIMIT), .facts = F(REACHED),
     .without = F(GREETED), .port = 465,
     .text =
         "{host} says nothing on port 465, because it waits for TLS.  Choose TLS from the start "
         "(tls), not STARTTLS."},
    {"silent", .trouble = T(DROPPED) | T(LIMIT), .facts = F(REACHED), .without = F(GREETED),
     .text = "{host} was reached on port {port} but did not greet.  If that port is for TLS from "
             "the start, choose that; else a firewall or an overloaded server may be the cause."},
    {"too-slow", .trouble = T(LIMIT),
     .text = "{host} did not finish in time.  Try again; if it stays so, the server is overloaded "
             "or a firewall swallows what is said."},
    {"dropped", .trouble = T(DROPPED),
     .text =
         "{host} broke the connection off, or stopped answering, before it had taken the mail.  "
         "Try again; if it stays so, look into the server's log."},
    {"worker", .trouble = T(WORKER),
     .text = "The process that talks to the server has died.  The dispatcher's log says more."},

    /* a mail */
    {"greylisted", .class = 4, .words = "greylist|graylist|grey-list|gray-list",
     .text = "The server puts off mails from senders that it does not know yet ({reply}).  That is "
             "ordinary: real mails are tried again.  Repeat the test in some minutes."},
    {"mailbox-full", .step = S(RCPT) | S(DATA), .enhanced = "x.2.2",
     .text = "The receiver's mailbox is full: {reply}."},
    {"mailbox-full", .step = S(RCPT) | S(DATA), .words = "quota|mailbox full|mailbox is full",
     .text = "The receiver's mailbox is full: {reply}."},
    {"too-big", .enhanced = "x.3.4", .text = "The mail is too large for the server: {reply}."},
    {"too-big", .step = S(MAIL) | S(DATA), .reply = 552,
     .text = "The mail is too large for the server: {reply}."},
    {"relay-denied", .step = S(RCPT), .class = 5, .words = "relay",
     .text = "{host} does not pass mail on to other domains for us: {reply}.  Set a login, or have "
             "this machine allowed there."},
    {"recipient-unknown", .step = S(RCPT), .class = 5, .enhanced = "x.1.1",
     .text = "The receiver's address does not exist: {reply}.  Check its spelling."},
    {"recipient-unknown", .step = S(RCPT), .class = 5,
     .words = "user unknown|unknown user|no such user|does not exist|unknown in",
     .text = "The receiver's address does not exist: {reply}.  Check its spelling."},
    {"spam", .step = S(DATA), .class = 5, .enhanced = "x.7.1",
     .text = "The server refuses the mail for its content or its sender: {reply}.  Check the From "
             "domain's SPF and DKIM, and whether this machine is on a blocklist."},
    {"spam", .class = 5,
     .words = "spam|blocklist|block list|blacklist|reputation|policy|dmarc|dkim",
     .text = "The server refuses the mail for its content or its sender: {reply}.  Check the From "
             "domain's SPF and DKIM, and whether this machine is on a blocklist."},
    {"sender-refused", .step = S(MAIL), .class = 5,
     .text = "The server does not take mails from this From address: {reply}.  Set one that the "
             "login may send for."},
    {"recipient-refused", .step = S(RCPT), .class = 5,
     .text = "The server refuses this receiver: {reply}."},
    {"message-refused", .step = S(DATA), .class = 5,
     .text = "The server refuses the mail: {reply}."},
    {"later", .class = 4,
     .text =
         "The server cannot take the mail now: {reply}.  Real mails are tried again; repeat the "
         "test in some minutes."},
    {"unclear", .text = "The server's behaviour fits nothing known.  The dialogue shows what it "
                        "said."},
};

/* The reply that decided, and at which step. */
struct reply {
    enum step step;
    int code;
    struct span text;
};

static bool is_refusal(int code)
{
    return code >= 400;
}

static struct reply reply_find(const struct smtp_evidence *e)
{
    bool ours = e->trouble == TROUBLE_LOGIN || e->trouble == TROUBLE_INJECTED ||
                e->trouble == TROUBLE_HELLO;

    if (ours)
        return (struct reply){STEP_SESSION, 0, e->said};
    if (is_refusal(e->mail_code))
        return (struct reply){STEP_MAIL, e->mail_code, e->mail_reply};
    if (is_refusal(e->rcpt_code))
        return (struct reply){STEP_RCPT, e->rcpt_code, e->rcpt_reply};
    if (is_refusal(e->data_code))
        return (struct reply){STEP_DATA, e->data_code, e->data_reply};
    if (e->data_code / 100 == 2 && e->body_ended)
        return (struct reply){STEP_SENT, e->data_code, e->data_reply};
    return (struct reply){STEP_SESSION, 0, e->said};
}

/* "x.2.2" against the beginning of "5.2.2 full". */
static bool enhanced_fits(const char *wanted, struct span text)
{
    size_t len = strlen(wanted);

    if (text.len < len || (text.len > len && text.p[len] != ' '))
        return false;
    return text.p[0] >= '2' && text.p[0] <= '5' && memcmp(text.p + 1, wanted + 1, len - 1) == 0;
}

static bool has_word(struct span text, const char *words)
{
    for (const char *w = words; *w != '\0';) {
        size_t len = strcspn(w, "|");

        for (size_t i = 0; i + len <= text.len; i++)
            if (strncasecmp(text.p + i, w, len) == 0)
                return true;
        w += len;
        w += *w == '|';
    }
    return false;
}

static bool row_fits(const struct row *r, const struct smtp_evidence *e, const struct reply *reply)
{
    if (r->step != 0 && (r->step & BIT(reply->step)) == 0)
        return false;
    if (r->trouble != 0 && (reply->step != STEP_SESSION || (r->trouble & BIT(e->trouble)) == 0))
        return false;
    if ((r->facts & ~e->facts) != 0 || (r->without & e->facts) != 0)
        return false;
    if (r->port != 0 && r->port != e->port)
        return false;
    if ((r->class != 0 && reply->code / 100 != r->class) ||
        (r->reply != 0 && reply->code != r->reply))
        return false;
    if (r->enhanced != NULL && !enhanced_fits(r->enhanced, reply->text))
        return false;
    return r->words == NULL || has_word(reply->text, r->words);
}

static void value_add(struct buf *out, struct span name, const struct smtp_evidence *e,
                      const struct reply *reply)
{
    if (span_is(name, "host"))
        buf_add_span(out, e->host);
    else if (span_is(name, "port"))
        buf_addf(out, "%u", e->port);
    else if (span_is(name, "names"))
        buf_add_span(out, e->names.len > 0 ? e->names : SPAN_LIT("another name"));
    else if (span_is(name, "mechanisms"))
        buf_add_span(out, e->mechanisms);
    else if (span_is(name, "reply") && reply->text.len > 0)
        buf_add_span(out, reply->text);
    else if (span_is(name, "reply"))
        buf_add_str(out, "it said nothing");
    else
        ensure(!"every name in the table has a value");
}

void smtp_diagnose(const struct smtp_evidence *e, struct diagnosis *out)
{
    const struct reply reply = reply_find(e);
    const struct row *r = rows;
    struct buf text = {0};

    while (!row_fits(r, e, &reply))
        r++; /* the last one fits everything */
    for (const char *p = r->text; *p != '\0'; p++) {
        size_t len = *p == '{' ? strcspn(p, "}") : 0;

        if (len > 0) {
            value_add(&text, (struct span){p + 1, len - 1}, e, &reply);
            p += len;
        } else {
            buf_add_char(&text, *p);
        }
    }
    *out = (struct diagnosis){.code = r->code, .reply = reply.text};
    snprintf(out->text, sizeof(out->text), "%s", text.p);
    buf_fini(&text);
}

const char *diagnosis_code(size_t i)
{
    return i < COUNT_OF(rows) ? rows[i].code : NULL;
}
