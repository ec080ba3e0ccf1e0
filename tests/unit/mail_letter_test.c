/* The letters: that every template parses, and that what they say is whole and harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "deskbell/mail.h"

#define T0 INT64_C(1795413840000) /* 2026-11-23 15:04 in Tokyo */

static struct zone *tokyo(void)
{
    struct zone *zone = NULL;

    assert_int_equal(zone_open(SPAN_LIT("Asia/Tokyo"), &zone), ERR_OK);
    return zone;
}

static const struct letter_line three_lines[] = {
    {T0, SPEAKER_VISITOR, SPAN_LIT("山田 花子"), SPAN_LIT("こんにちは\n見積もりの件です")},
    {T0 + 60000, SPEAKER_AGENT, SPAN_LIT("鈴木"), SPAN_LIT("<b>はい</b> & 承知しました")},
    {T0 + 86400000, SPEAKER_SYSTEM, SPAN_LIT(""), SPAN_LIT("お客様が終了")},
};

static struct letter_facts facts_sample(void)
{
    return (struct letter_facts){
        .portal = SPAN_LIT("Example"),
        .department = SPAN_LIT("営業"),
        .number = SPAN_LIT("42"),
        .visitor = SPAN_LIT("山田 花子"),
        .email = SPAN_LIT("hanako@example.com"),
        .question = SPAN_LIT("見積もり"),
        .ip = SPAN_LIT("192.0.2.7"),
        .agent = SPAN_LIT("鈴木"),
        .inviter = SPAN_LIT("田中"),
        .task = SPAN_LIT("Call back"),
        .author = SPAN_LIT("田中"),
        .note = SPAN_LIT("@佐藤 確認してください"),
        .link = SPAN_LIT("https://chat.example.com/console/#link=abc_-1"),
        .reason = SPAN_LIT("spam"),
        .outcome = SPAN_LIT("お客様が終了"),
        .comment = SPAN_LIT("とても<良い>"),
        .message = SPAN_LIT("お返事です\n二行目"),
        .rating = 4,
        .began_ms = T0,
        .ended_ms = T0 + 120000,
        .at_ms = T0,
        .lines = three_lines,
        .nlines = COUNT_OF(three_lines),
    };
}

static void every_builtin_template_parses(void **state)
{
    (void)state;
    for (int g = 0; g < TONGUE_COUNT; g++)
        for (int l = 0; l < LETTER_COUNT; l++)
            for (int p = 0; p < PART_COUNT; p++) {
                struct tmpl *t = NULL;
                struct fault f = {0};
                struct span text =
                    letter_builtin((enum tongue)g, (enum letter)l, (enum letter_part)p);

                if (tmpl_parse(text, letter_schema(), &t, &f) != ERR_OK)
                    fail_msg("%s/%s.%s: %s", tongue_tag((enum tongue)g),
                             letter_word((enum letter)l), letter_part_word((enum letter_part)p),
                             f.what);
                tmpl_free(t);
            }
}

static void a_transcript_reads_well_in_japanese(void **state)
{
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts facts = facts_sample();
    struct letter_text out = {0};

    (void)state;
    letter_fill(set, TONGUE_JA, LETTER_TRANSCRIPT, &facts, zone, &out);
    assert_string_equal(out.subject.p, "[営業] チャット記録 42：山田 花子様");
    assert_non_null(strstr(out.text.p, "\n開始：   2026年11月23日 15:04\n"));
    assert_non_null(strstr(out.text.p, "\n終了：   2026年11月23日 15:06（お客様が終了）\n"));
    assert_non_null(strstr(out.text.p, "\n[2026年11月23日]\n\n15:04  山田 花子\n"
                                       "       こんにちは\n       見積もりの件です\n\n"
                                       "15:05  鈴木\n       <b>はい</b> & 承知しました\n"));
    assert_non_null(strstr(out.text.p, "\n[2026年11月24日]\n\n15:04  * お客様が終了\n"));
    assert_non_null(strstr(out.html.p, "&lt;b&gt;はい&lt;/b&gt; &amp; 承知しました"));
    assert_null(strstr(out.html.p, "<b>"));
    assert_null(strstr(out.text.p, "192.0.2.7"));
    letter_fini(&out);
    zone_close(zone);
    letterset_free(set);
}

static void every_letter_names_what_it_is_about_in_both_languages(void **state)
{
    static const struct {
        enum letter letter;
        const char *en, *ja, *text;
    } rows[] = {
        {LETTER_TRANSCRIPT, "[営業] Chat 42 with 山田 花子", "[営業] チャット記録 42：山田 花子様",
         "hanako@example.com"},
        {LETTER_BLOCK, "[営業] Address blocked: 192.0.2.7",
         "[営業] 訪問者をブロックしました：192.0.2.7", "spam"},
        {LETTER_FEEDBACK, "[営業] Feedback on chat 42: 4 of 5",
         "[営業] チャット42の評価：5点満点中4点", "★★★★☆"},
        {LETTER_MISSED, "[営業] Missed chat with 山田 花子",
         "[営業] 山田 花子様のチャットに応答できませんでした", "見積もり"},
        {LETTER_REPLY, "Re: Your chat with 営業 (42)", "Re: 営業とのチャットについて（42）",
         "お返事です"},
        {LETTER_FORWARD, "Fwd: Chat 42 with 営業", "Fwd: 営業とのチャット（42）", "お返事です"},
        {LETTER_TEST, "[営業] Test mail", "[営業] テストメール", "hanako@example.com"},
        {LETTER_INVITATION, "田中 invites you to Example", "田中さんからExampleへの招待",
         "https://chat.example.com/console/#link=abc_-1"},
        {LETTER_RESET, "Choose a new password for Example", "Exampleのパスワードの再設定",
         "https://chat.example.com/console/#link=abc_-1"},
        {LETTER_MENTION, "田中 mentions you in a note on chat #42",
         "田中さんからのメンション：チャット #42", "@佐藤"},
        {LETTER_TASK, "Task due: Call back", "期限のタスク：Call back", "Call back"},
        {LETTER_COPY, "Your chat with 営業 (42)", "営業とのチャットの控え（42）", "こんにちは"},
    };
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts facts = facts_sample();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int g = 0; g < TONGUE_COUNT; g++) {
            struct letter_text out = {0};

            letter_fill(set, (enum tongue)g, rows[i].letter, &facts, zone, &out);
            assert_string_equal(out.subject.p, g == TONGUE_JA ? rows[i].ja : rows[i].en);
            assert_non_null(strstr(out.text.p, rows[i].text));
            assert_non_null(strstr(out.html.p, rows[i].text));
            assert_null(strstr(out.text.p, "{{"));
            assert_null(strstr(out.html.p, "{{"));
            assert_null(strstr(out.html.p, "src="));
            letter_fini(&out);
        }
    zone_close(zone);
    letterset_free(set);
}

static void an_answer_stands_above_the_quoted_words_of_the_visitor(void **state)
{
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts facts = facts_sample();
    struct letter_text out = {0};
    const char *answer, *quoted;

    (void)state;
    facts.nlines = 1;
    facts.message = SPAN_LIT("<i>Yes</i>\nSecond");
    letter_fill(set, TONGUE_EN, LETTER_REPLY, &facts, zone, &out);
    answer = strstr(out.text.p, "<i>Yes</i>\nSecond\n\n");
    quoted = strstr(out.text.p, "\n> こんにちは\n> 見積もりの件です\n");
    assert_non_null(answer);
    assert_non_null(quoted);
    assert_true(answer < quoted);
    assert_non_null(strstr(out.html.p, "&lt;i&gt;Yes&lt;/i&gt;<br>"));
    letter_fini(&out);
    zone_close(zone);
    letterset_free(set);
}

static void a_link_stays_out_of_the_subject(void **state)
{
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts facts = facts_sample();
    struct letter_text out = {0};

    (void)state;
    assert_int_equal(letterset_put(set, TONGUE_EN, LETTER_RESET, PART_SUBJECT,
                                   SPAN_LIT("Open {{link}} now"), NULL),
                     ERR_OK);
    letter_fill(set, TONGUE_EN, LETTER_RESET, &facts, zone, &out);
    assert_string_equal(out.subject.p, "Open  now");
    assert_non_null(strstr(out.html.p, "href=\"https://chat.example.com/console/#link=abc_-1\""));
    letter_fini(&out);
    zone_close(zone);
    letterset_free(set);
}

/* As in the console: by the best that is known of them, in subject and first sentence. */
static void a_visitor_without_a_name_is_told_by_address_or_number(void **state)
{
    static const struct {
        enum tongue tongue;
        enum letter letter;
        const char *email, *subject, *first;
    } rows[] = {
        {TONGUE_EN, LETTER_MISSED, "jo@example.net", "[Sales] Message from jo@example.net",
         "jo@example.net left a message"},
        {TONGUE_EN, LETTER_MISSED, "", "[Sales] Message from Visitor #42",
         "Visitor #42 left a message"},
        {TONGUE_EN, LETTER_TRANSCRIPT, "jo@example.net", "[Sales] Chat 42 with jo@example.net",
         "jo@example.net chatted with Sales."},
        {TONGUE_EN, LETTER_TRANSCRIPT, "", "[Sales] Chat 42 with Visitor #42",
         "Visitor #42 chatted with Sales."},
        {TONGUE_EN, LETTER_FEEDBACK, "jo@example.net", NULL, "jo@example.net gave feedback"},
        {TONGUE_EN, LETTER_FEEDBACK, "", NULL, "Visitor #42 gave feedback"},
        {TONGUE_JA, LETTER_MISSED, "jo@example.net",
         "[Sales] お客様（jo@example.net）からのメッセージ",
         "担当者の不在中に、お客様（jo@example.net）から"},
        {TONGUE_JA, LETTER_MISSED, "", "[Sales] お客様 #42からのメッセージ",
         "担当者の不在中に、お客様 #42から"},
        {TONGUE_JA, LETTER_TRANSCRIPT, "", "[Sales] チャット記録 42：お客様 #42",
         "Salesでのお客様 #42とのチャット"},
        {TONGUE_JA, LETTER_FEEDBACK, "jo@example.net", NULL, "お客様（jo@example.net）から、"},
    };
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct letter_facts facts = {.department = SPAN_LIT("Sales"),
                                           .number = SPAN_LIT("42"),
                                           .email = span_of(rows[i].email),
                                           .left = true};
        struct letter_text out = {0};

        letter_fill(set, rows[i].tongue, rows[i].letter, &facts, zone, &out);
        if (rows[i].subject != NULL)
            assert_string_equal(out.subject.p, rows[i].subject);
        assert_memory_equal(out.text.p, rows[i].first, strlen(rows[i].first));
        letter_fini(&out);
    }
    zone_close(zone);
    letterset_free(set);
}

static void a_name_that_portal_and_department_share_is_said_once(void **state)
{
    static const struct {
        const char *portal;
        enum tongue tongue;
        enum letter letter;
        const char *end;
    } rows[] = {
        {"Example", TONGUE_EN, LETTER_COPY, "-- \nExample, 営業\n"},
        {"営業", TONGUE_EN, LETTER_COPY, "-- \n営業\n"},
        {"Example", TONGUE_JA, LETTER_COPY, "-- \nExample 営業\n"},
        {"営業", TONGUE_JA, LETTER_COPY, "-- \n営業\n"},
        {"営業", TONGUE_EN, LETTER_REPLY, "-- \n営業. Chat 42\n"},
        {"営業", TONGUE_JA, LETTER_FORWARD, "-- \n営業\n"},
        {"", TONGUE_EN, LETTER_COPY, "-- \n営業\n"},
    };
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts facts = facts_sample();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct letter_text out = {0};
        const char *end;

        facts.portal = span_of(rows[i].portal);
        letter_fill(set, rows[i].tongue, rows[i].letter, &facts, zone, &out);
        end = strstr(out.text.p, "-- \n");
        assert_non_null(end);
        assert_string_equal(end, rows[i].end);
        letter_fini(&out);
    }
    zone_close(zone);
    letterset_free(set);
}

/* A visitor's text must not be able to look like a line of somebody else. */
static void a_line_cannot_pretend_to_be_another(void **state)
{
    static const struct letter_line line[] = {
        {T0, SPEAKER_VISITOR, SPAN_LIT("x"), SPAN_LIT("hi\n15:05  Agent\n       I will pay")}};
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts facts = {.lines = line, .nlines = 1};
    struct letter_text out = {0};

    (void)state;
    facts.question = SPAN_LIT("q\n15:05  Agent\n       I will pay");
    letter_fill(set, TONGUE_EN, LETTER_TRANSCRIPT, &facts, zone, &out);
    assert_null(strstr(out.text.p, "\n15:05"));
    letter_fini(&out);
    zone_close(zone);
    letterset_free(set);
}

static void an_endless_chat_loses_its_middle_and_says_so(void **state)
{
    enum { N = 2000 };
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_line *lines = xcalloc(N, sizeof(*lines));
    char *word = xmalloc(16000);
    struct letter_facts facts = {.lines = lines, .nlines = N};
    struct letter_text out = {0};
    size_t left_out = 0;

    (void)state;
    memset(word, '&', 16000);
    for (size_t i = 0; i < N; i++)
        lines[i] = (struct letter_line){
            T0 + (int64_t)i * 60000, SPEAKER_VISITOR, SPAN_LIT("v"), {word, 16000}};
    lines[0].text = SPAN_LIT("the very first");
    lines[N - 1].text = SPAN_LIT("the very last");

    letter_fill(set, TONGUE_EN, LETTER_TRANSCRIPT, &facts, zone, &out);
    assert_true(out.text.len < LETTER_PART_MAX_BYTES && out.html.len < LETTER_PART_MAX_BYTES);
    assert_false(out.text.full || out.html.full);
    assert_non_null(strstr(out.text.p, "the very first"));
    assert_non_null(strstr(out.text.p, "the very last"));
    const char *said = strstr(out.text.p, "lines from the middle");
    assert_non_null(said);
    while (said[-1] != '(')
        said--;
    assert_int_equal(sscanf(said, "%zu", &left_out), 1);
    assert_in_range(left_out, N - 60, N - 3);
    letter_fini(&out);
    free(word);
    free(lines);
    zone_close(zone);
    letterset_free(set);
}

static void a_subject_is_one_line_and_cut_at_a_character(void **state)
{
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_text out = {0};
    struct buf name = {0};

    (void)state;
    for (int i = 0; i < 200; i++)
        buf_add_str(&name, "漢");
    buf_add_str(&name, "\r\nBcc: x@example.com");
    struct letter_facts facts = {.visitor = SPAN_LIT("a\r\nBcc: x@example.com"),
                                 .department = buf_span(&name)};
    letter_fill(set, TONGUE_EN, LETTER_TRANSCRIPT, &facts, zone, &out);
    assert_true(out.subject.len <= LETTER_SUBJECT_MAX_BYTES);
    assert_true(out.subject.len > LETTER_SUBJECT_MAX_BYTES - 4);
    assert_true(span_is_utf8(buf_span(&out.subject)));
    assert_true(span_is_line(buf_span(&out.subject), LETTER_SUBJECT_MAX_BYTES));
    buf_fini(&name);
    letter_fini(&out);
    zone_close(zone);
    letterset_free(set);
}

static void a_template_can_be_replaced_and_a_wrong_one_cannot(void **state)
{
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts facts = facts_sample();
    struct letter_text out = {0};
    struct fault f = {0};

    (void)state;
    assert_int_equal(letterset_put(set, TONGUE_EN, LETTER_COPY, PART_SUBJECT,
                                   SPAN_LIT("Copy of {{number}}"), &f),
                     ERR_OK);
    assert_int_equal(letterset_put(set, TONGUE_EN, LETTER_COPY, PART_SUBJECT,
                                   SPAN_LIT("Copy for {{visitors}}"), &f),
                     ERR_INVAL);
    assert_string_equal(f.what, "line 1, column 10: unknown name \"visitors\"");
    letter_fill(set, TONGUE_EN, LETTER_COPY, &facts, zone, &out);
    assert_string_equal(out.subject.p, "Copy of 42");
    letter_fini(&out);
    zone_close(zone);
    letterset_free(set);
}

static void a_digest_says_all_of_each_item_and_nothing_of_another(void **state)
{
    static const struct {
        enum letter about;
        const char *en, *ja;
    } rows[] = {
        {LETTER_MISSED, "[営業] 2 missed visitors", "[営業] 未対応の訪問者：2件"},
        {LETTER_FEEDBACK, "[営業] 2 feedback notices", "[営業] 訪問者のフィードバック：2件"},
        {LETTER_BLOCK, "[営業] 2 address blocks", "[営業] IPアドレスのブロック：2件"},
    };
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts items[] = {facts_sample(),
                                   {.at_ms = T0,
                                    .visitor = SPAN_LIT("次郎"),
                                    .link = SPAN_LIT("https://x.example/#/all?c=2")}};
    struct letter_facts facts = {.portal = SPAN_LIT("Example"),
                                 .department = SPAN_LIT("営業"),
                                 .items = items,
                                 .nitems = COUNT_OF(items)};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int g = 0; g < TONGUE_COUNT; g++) {
            struct letter_text out = {0};

            facts.about = items[0].about = items[1].about = rows[i].about;
            letter_fill(set, (enum tongue)g, LETTER_DIGEST, &facts, zone, &out);
            assert_string_equal(out.subject.p, g == TONGUE_JA ? rows[i].ja : rows[i].en);
            assert_null(strstr(out.text.p, "{{"));
            assert_null(strstr(out.html.p, "{{"));

            /* The second item knows little; what the first knows must not show through. */
            char *second = strstr(strstr(out.text.p, "\n-----") + 1, "\n-----");

            assert_non_null(strstr(second, "次郎"));
            assert_non_null(strstr(second, "https://x.example/#/all?c=2"));
            assert_null(strstr(out.subject.p, "x.example"));
            assert_null(strstr(second, "山田"));
            assert_null(strstr(second, "192.0.2.7"));
            *second = '\0';
            assert_non_null(strstr(out.text.p, "山田 花子"));
            assert_non_null(strstr(out.text.p, "hanako@example.com"));
            assert_non_null(strstr(out.text.p, "42"));
            assert_true((strstr(out.text.p, "見積もりの件です") != NULL) ==
                        (rows[i].about == LETTER_MISSED));
            assert_true((strstr(out.html.p, "<b>") == NULL));
            if (rows[i].about == LETTER_FEEDBACK)
                assert_non_null(strstr(out.text.p, "    とても<良い>"));
            if (rows[i].about == LETTER_BLOCK)
                assert_non_null(strstr(out.text.p, "spam"));
            letter_fini(&out);
        }
    zone_close(zone);
    letterset_free(set);
}

static void the_fullest_digest_fits_into_a_letter(void **state)
{
    enum { TEXT_BYTES = 3000 };
    static char text[TEXT_BYTES + 1];
    struct letterset *set = letterset_new();
    struct zone *zone = tokyo();
    struct letter_facts *items = xcalloc(DIGEST_ITEMS_MAX, sizeof(*items));
    struct letter_facts facts = {.about = LETTER_MISSED, .items = items};
    struct letter_text out = {0};
    size_t bytes = 0;

    (void)state;
    memset(text, '"', TEXT_BYTES);
    while (facts.nitems < DIGEST_ITEMS_MAX) {
        struct letter_facts item = facts_sample();

        item.about = LETTER_MISSED;
        item.question = (struct span){text, facts.nitems % 10 == 0 ? TEXT_BYTES : 1};
        if (bytes + letter_item_bytes(&item) > DIGEST_ITEMS_MAX_BYTES)
            break;
        bytes += letter_item_bytes(&item);
        items[facts.nitems++] = item;
    }
    letter_fill(set, TONGUE_JA, LETTER_DIGEST, &facts, zone, &out);
    assert_true(facts.nitems > 100);
    assert_false(out.text.full || out.html.full);
    assert_true(out.html.len < 2 * DIGEST_ITEMS_MAX_BYTES);
    letter_fini(&out);
    free(items);
    zone_close(zone);
    letterset_free(set);
}

static void a_letter_can_have_parts_of_its_own(void **state)
{
    struct letterset *set = letterset_new();
    struct tmpl *own = NULL;
    struct zone *zone = tokyo();
    struct letter_facts facts = facts_sample();
    struct letter_text out = {0};
    bool builtin;

    (void)state;
    assert_int_equal(tmpl_parse(SPAN_LIT("{{number}}: own"), letter_schema(), &own, NULL), ERR_OK);
    struct letter_form form = {.set = set, .tongue = TONGUE_JA, .letter = LETTER_COPY};
    form.own[PART_SUBJECT] = own;
    letter_form_fill(&form, &facts, zone, &out);
    assert_string_equal(out.subject.p, "42: own");
    assert_non_null(strstr(out.text.p, "見積もりの件です"));
    assert_true(span_eq(letterset_text(set, TONGUE_JA, LETTER_COPY, PART_SUBJECT, &builtin),
                        letter_builtin(TONGUE_JA, LETTER_COPY, PART_SUBJECT)));
    assert_true(builtin);
    assert_int_equal(
        letterset_put(set, TONGUE_JA, LETTER_COPY, PART_SUBJECT, SPAN_LIT("file"), NULL), ERR_OK);
    assert_true(
        span_is(letterset_text(set, TONGUE_JA, LETTER_COPY, PART_SUBJECT, &builtin), "file"));
    assert_false(builtin);
    letter_fini(&out);
    tmpl_free(own);
    zone_close(zone);
    letterset_free(set);
}

static void a_stored_template_is_parsed_once_and_what_is_wrong_is_told_once(void **state)
{
    struct tmpl_cache *cache = tmpl_cache_new();
    const struct tmpl *first = NULL, *again = NULL, *other = NULL;
    struct fault f = {0};

    (void)state;
    assert_int_equal(tmpl_cache_find(cache, SPAN_LIT("a {{visitor}}"), letter_schema(), &first, &f),
                     ERR_OK);
    assert_int_equal(tmpl_cache_find(cache, SPAN_LIT("{{gone}}"), letter_schema(), &other, &f),
                     ERR_INVAL);
    assert_string_equal(f.what, "line 1, column 1: unknown name \"gone\"");
    f = (struct fault){0};
    assert_int_equal(tmpl_cache_find(cache, SPAN_LIT("{{gone}}"), letter_schema(), &other, &f),
                     ERR_INVAL);
    assert_string_equal(f.what, "");
    assert_null(other);
    /* Many others push out the one that nobody asks for, and no other. */
    for (int i = 0; i < 3 * TMPL_CACHE_MAX; i++) {
        char text[32];

        snprintf(text, sizeof(text), "number %d", i);
        assert_int_equal(tmpl_cache_find(cache, span_of(text), letter_schema(), &other, &f),
                         ERR_OK);
        assert_true(span_is(tmpl_text(other), text));
        assert_int_equal(
            tmpl_cache_find(cache, SPAN_LIT("a {{visitor}}"), letter_schema(), &again, &f), ERR_OK);
        assert_ptr_equal(again, first);
    }
    assert_int_equal(tmpl_cache_find(cache, SPAN_LIT("{{gone}}"), letter_schema(), &other, &f),
                     ERR_INVAL);
    assert_string_not_equal(f.what, "");
    tmpl_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_builtin_template_parses),
        cmocka_unit_test(a_transcript_reads_well_in_japanese),
        cmocka_unit_test(every_letter_names_what_it_is_about_in_both_languages),
        cmocka_unit_test(a_digest_says_all_of_each_item_and_nothing_of_another),
        cmocka_unit_test(the_fullest_digest_fits_into_a_letter),
        cmocka_unit_test(an_answer_stands_above_the_quoted_words_of_the_visitor),
        cmocka_unit_test(a_link_stays_out_of_the_subject),
        cmocka_unit_test(a_visitor_without_a_name_is_told_by_address_or_number),
        cmocka_unit_test(a_name_that_portal_and_department_share_is_said_once),
        cmocka_unit_test(a_line_cannot_pretend_to_be_another),
        cmocka_unit_test(an_endless_chat_loses_its_middle_and_says_so),
        cmocka_unit_test(a_subject_is_one_line_and_cut_at_a_character),
        cmocka_unit_test(a_template_can_be_replaced_and_a_wrong_one_cannot),
        cmocka_unit_test(a_letter_can_have_parts_of_its_own),
        cmocka_unit_test(a_stored_template_is_parsed_once_and_what_is_wrong_is_told_once),
    };

    return cmocka_run_group_tests_name("mail_letter", tests, NULL, NULL);
}
