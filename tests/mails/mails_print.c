/*
 * Writes the mails of a corpus: every conversation as every kind of letter, joined as the
 * dispatcher joins them.
 *
 * usage: mails_print CORPUS DATE_MS [KIND...]
 *
 * CORPUS has one JSON object a line.  On stdout each mail is a line "mail ID KIND BYTES" with its
 * bytes behind it, or a line "refused ID KIND" where the visitor's address cannot have mail.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "deskbell/compose.h"
#include "deskbell/mail.h"

#define BEGAN_MS INT64_C(1795413840000)
#define LINES_MAX 300

static struct span member(const json_t *chat, const char *name)
{
    json_t *value = json_object_get(chat, name);

    if (!json_is_string(value))
        return SPAN_NONE;
    return (struct span){json_string_value(value), json_string_length(value)};
}

/* Lines are pairs: "v" for the visitor's or "a" for the agent's, and what is said. */
static size_t lines_read(const json_t *chat, enum tongue tongue, struct buf *joined,
                         struct letter_line *lines)
{
    json_t *said = json_object_get(chat, "lines"), *pair;
    struct span agent = member(chat, "agent");
    size_t i, n = 0;

    json_array_foreach (said, i, pair) {
        json_t *text = json_array_get(pair, 1);
        bool by_agent = span_is(span_of(json_string_value(json_array_get(pair, 0))), "a");
        int64_t at_ms = BEGAN_MS + (int64_t)(i + 1) * 47000;

        ensure(n + 2 <= LINES_MAX && json_is_string(text));
        if (by_agent && joined->len == 0) {
            phrase_fill(tongue, PHRASE_JOINED,
                        agent.len > 0 ? agent : span_of(phrase(tongue, PHRASE_AGENT)), joined);
            lines[n++] = (struct letter_line){at_ms, SPEAKER_SYSTEM, SPAN_NONE, buf_span(joined)};
        }
        lines[n++] = (struct letter_line){at_ms,
                                          by_agent ? SPEAKER_AGENT : SPEAKER_VISITOR,
                                          by_agent ? agent : member(chat, "visitor"),
                                          {json_string_value(text), json_string_length(text)}};
    }
    return n;
}

static void facts_read(const json_t *chat, enum tongue tongue, struct letter_facts *f)
{
    *f = (struct letter_facts){
        .portal = member(chat, "portal"),
        .department = member(chat, "department"),
        .number = member(chat, "id"),
        .visitor = member(chat, "visitor"),
        .email = member(chat, "email"),
        .phone = member(chat, "phone"),
        .question = member(chat, "question"),
        .page = member(chat, "page"),
        .title = member(chat, "title"),
        .referrer = member(chat, "referrer"),
        .browser = member(chat, "browser"),
        .ip = SPAN_LIT("192.0.2.77"),
        .agent = member(chat, "agent"),
        .reason = span_of(phrase(tongue, PHRASE_MISS_WAIT)),
        .outcome = span_of(phrase(tongue, PHRASE_END_VISITOR)),
        .comment = member(chat, "comment"),
        .message = member(chat, "message"),
        .rating = (unsigned)json_integer_value(json_object_get(chat, "rating")),
        .began_ms = BEGAN_MS,
        .ended_ms = BEGAN_MS + 900000,
        .at_ms = BEGAN_MS + 960000,
    };
}

static bool is_to_visitor(enum letter letter)
{
    return letter == LETTER_COPY || letter == LETTER_REPLY;
}

/* An answer quotes the visitor; people's lines are what can be chosen for forwarding. */
static size_t lines_choose(enum letter letter, const struct letter_line *all, size_t n,
                           struct letter_line *lines)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (letter == LETTER_REPLY     ? all[i].speaker == SPEAKER_VISITOR
            : letter == LETTER_FORWARD ? all[i].speaker != SPEAKER_SYSTEM
                                       : true)
            lines[kept++] = all[i];
    return kept;
}

static void mail_write(struct span id, enum letter letter, const struct letter_facts *facts,
                       const struct letter_text *text, enum tongue tongue, int64_t date_ms)
{
    struct buf to = {0}, message_id = {0}, thread = {0}, bytes = {0};
    struct fault f = {0};
    err_t err = ERR_OK;

    if (is_to_visitor(letter))
        err = mail_address(facts->email, &to, &f);
    else
        buf_add_str(&to, "desk@example.com, log@example.com");
    if (err != ERR_OK) {
        printf("refused %.*s %s\n", (int)id.len, id.p, letter_word(letter));
        return;
    }
    buf_addf(&message_id, "<mail-%.*s-%d.0123456789abcdef@example.com>", (int)id.len, id.p, letter);
    buf_addf(&thread, "<chat-%.*s.fedcba9876543210@example.com>", (int)id.len, id.p);
    struct mail_content content = {
        .from_name = facts->department,
        .from = SPAN_LIT("chat@example.com"),
        .to_name = letter == LETTER_REPLY ? facts->visitor : SPAN_NONE,
        .to = buf_span(&to),
        .cc = letter == LETTER_COPY ? SPAN_LIT("boss@example.com") : SPAN_NONE,
        .subject = buf_span(&text->subject),
        .text = buf_span(&text->text),
        .html = buf_span(&text->html),
        .language = span_of(tongue_tag(tongue)),
        .date_ms = date_ms,
        .offset_ms = 9 * 3600 * 1000,
        .message_id = buf_span(&message_id),
        .in_reply_to = buf_span(&thread),
        .references = buf_span(&thread),
        .automatic = letter != LETTER_REPLY && letter != LETTER_FORWARD,
    };
    if (compose_message(&content, &bytes, &f) != ERR_OK) {
        fprintf(stderr, "mails_print: %.*s: %s: %s\n", (int)id.len, id.p, f.field, f.what);
        exit(1);
    }
    printf("mail %.*s %s %zu\n", (int)id.len, id.p, letter_word(letter), bytes.len);
    ensure(fwrite(bytes.p, 1, bytes.len, stdout) == bytes.len);
    buf_fini(&to);
    buf_fini(&message_id);
    buf_fini(&thread);
    buf_fini(&bytes);
}

static bool is_of_chats(enum letter letter)
{
    return letter <= LETTER_FORWARD || letter == LETTER_DIGEST;
}

static bool is_wanted(enum letter letter, char **kinds, int nkinds)
{
    for (int i = 0; i < nkinds; i++)
        if (strcmp(kinds[i], letter_word(letter)) == 0)
            return true;
    return nkinds == 0;
}

static void chat_write(const json_t *chat, const struct letterset *set, int64_t date_ms,
                       char **kinds, int nkinds)
{
    static struct letter_line all[LINES_MAX], lines[LINES_MAX];
    enum tongue tongue = tongue_of(member(chat, "lang"));
    struct buf joined = {0};
    struct zone *zone = NULL;
    struct letter_facts facts, items[2]; /* of a digest: this chat twice */

    facts_read(chat, tongue, &facts);
    size_t n = lines_read(chat, tongue, &joined, all);
    facts.lines = lines;
    ensure(zone_open(SPAN_LIT("Asia/Tokyo"), &zone) == ERR_OK);
    for (int l = 0; l < LETTER_COUNT; l++) {
        struct letter_text text = {0};

        if (!is_of_chats((enum letter)l) || !is_wanted((enum letter)l, kinds, nkinds))
            continue;
        facts.nlines = lines_choose((enum letter)l, all, n, lines);
        facts.items = l == LETTER_DIGEST ? items : NULL;
        facts.nitems = l == LETTER_DIGEST ? COUNT_OF(items) : 0;
        facts.about = LETTER_MISSED;
        for (size_t i = 0; i < facts.nitems; i++) {
            items[i] = facts;
            items[i].nitems = 0;
        }
        letter_fill(set, tongue, (enum letter)l, &facts, zone, &text);
        mail_write(facts.number, (enum letter)l, &facts, &text, tongue, date_ms);
        letter_fini(&text);
    }
    zone_close(zone);
    buf_fini(&joined);
}

int main(int argc, char **argv)
{
    FILE *in = argc >= 3 ? fopen(argv[1], "r") : NULL;
    struct letterset *set = letterset_new();
    json_error_t error;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;

    if (in == NULL) {
        fprintf(stderr, "usage: mails_print CORPUS DATE_MS [KIND...]\n");
        return 2;
    }
    while ((len = getline(&line, &cap, in)) > 0) {
        json_t *chat = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, &error);

        if (chat == NULL) {
            fprintf(stderr, "mails_print: %s\n", error.text);
            return 1;
        }
        chat_write(chat, set, strtoll(argv[2], NULL, 10), argv + 3, argc - 3);
        json_decref(chat);
    }
    free(line);
    fclose(in);
    letterset_free(set);
    return fflush(stdout) == 0 ? 0 : 1;
}
