/* Folding, units, questions and where they stand in texts: by table, and by hostile input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "search_int.h"

/* What of a text stands in the index, with a bar between. */
static int token_note(void *arg, struct span token, size_t from, size_t to)
{
    struct buf *out = arg;

    assert_true(from < to);
    if (out->len > 0)
        buf_add_char(out, '|');
    buf_add_span(out, token);
    return 0;
}

static void tokens_of(struct span text, struct buf *out)
{
    struct units u = {0};

    buf_reset(out);
    units_take(&u, text);
    for (size_t i = 0; i < u.n; i++)
        assert_int_equal(unit_tokens(&u, &u.all[i], token_note, out), 0);
    units_fini(&u);
}

static void texts_are_cut_into_words_pairs_and_signs(void **state)
{
    static const struct {
        const char *text, *tokens;
    } rows[] = {
        {"Hello, World", "hello|world"},
        {"don't", "don|t"},
        {"hanako@example.com", "hanako|example|com"},
        {"order-1804", "order|1804"},
        /* scripts without spaces: each two letters, and the last one */
        {"包装", "包装|装"},
        {"包装できますか", "包装|装で|でき|きま|ます|すか|か"},
        {"箱", "箱"},
        {"iPhone15の箱", "iphone15|の箱|箱"},
        {"สวัสดี", "สว|วั|ัส|สด|ดี|ี"},
        /* one script, in whatever form it was typed */
        {"ギフト", "ぎふ|ふと|と"},
        {"ぎふと", "ぎふ|ふと|と"},
        {"ｷﾞﾌﾄ", "ぎふ|ふと|と"},
        {"サーバー", "さー|ーば|ばー|ー"},
        {"ァヶ", "ぁゖ|ゖ"}, /* the first and the last of them */
        {"ＡＢＣ１２", "abc12"},
        {"が", "が"},
        {"か\xe3\x82\x99", "が"}, /* with a mark of its own */
        {"は ば ぱ", "は|ば|ぱ"},
        {"・", ""},
        /* case and accents */
        {"Café CAFE\xcc\x81", "cafe|cafe"},
        {"Straße", "strasse"},
        {"Ångström", "angstrom"},
        {"ЁЛКА", "елка"},
        {"Ελλάδα", "ελλαδα"},
        {"أَهْلًا", "اهلا"},
        {"한국어 도움", "한국어|도움"},
        {"नमस्ते", "नमस्ते"}, /* these marks are letters */
        /* signs */
        {"👍🏽 ok", "👍|ok"}, /* of whatever colour */
        {"❤️", "❤"},
        {"a😀b", "a|😀|b"},
        {"", ""},
        {"!?… — 。、", ""},
        {"ab\xe2\x80\x8d"
         "cd",
         "abcd"}, /* what nobody sees parts nothing */
    };
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tokens_of(span_of(rows[i].text), &out);
        if (!span_is(buf_span(&out), rows[i].tokens))
            fail_msg("%s: %.*s, not %s", rows[i].text, (int)out.len, out.p, rows[i].tokens);
    }
    buf_fini(&out);
}

static void a_word_without_end_is_cut_and_a_long_run_is_not(void **state)
{
    struct buf text = {0}, out = {0};
    size_t bars = 0;

    (void)state;
    for (int i = 0; i < 5000; i++)
        buf_add_char(&text, 'x');
    tokens_of(buf_span(&text), &out);
    assert_int_equal(out.len, TOKEN_LETTERS_MAX);
    buf_reset(&text);
    for (int i = 0; i < 1000; i++)
        buf_add_str(&text, "語");
    tokens_of(buf_span(&text), &out);
    for (size_t i = 0; i < out.len; i++)
        bars += out.p[i] == '|';
    assert_int_equal(bars, 999);
    /* A letter under a thousand marks. */
    buf_reset(&text);
    buf_add_char(&text, 'e');
    for (int i = 0; i < 1000; i++)
        buf_add_str(&text, "\xcc\x81");
    tokens_of(buf_span(&text), &out);
    assert_int_equal(out.p[0], 'e');
    buf_fini(&text);
    buf_fini(&out);
}

static struct search_query *query(const char *text)
{
    struct search_query *q = NULL;
    struct fault f = {0};

    if (search_query_parse(span_of(text), &q, &f) != ERR_OK)
        fail_msg("%s: %s", text, f.what);
    return q;
}

static void what_is_asked_for_is_found_where_it_stands(void **state)
{
    static const struct {
        const char *query, *text, *marked; /* NULL: it is not there */
    } rows[] = {
        {"gift", "A Gift for you", "Gift"},
        {"wrap", "free wrapping", "wrap"},
        {"wrap", "unwrap", NULL},
        {"\"wrap\"", "free wrapping", NULL},
        {"\"free wrapping\"", "it is FREE  wrapping!", "FREE  wrapping"},
        {"\"free wrapping\"", "free, and wrapping", NULL},
        {"ok", "okay", NULL}, /* two letters are a whole word */
        {"ok", "OK then", "OK"},
        {"包装", "贈り物の包装できますか", "包装"},
        {"ギフト包装", "このぎふと包装は", "ぎふと包装"},
        {"包装紙", "包装と装紙", NULL}, /* its pairs are there, and it is not */
        {"ｷﾞﾌﾄ", "ギフト", "ギフト"},
        {"iphone15の", "iPhone15の箱", "iPhone15の"},
        {"15の箱", "iPhone15の箱", NULL}, /* a word is found by its beginning */
        {"の箱15", "木の箱15個", "の箱15"},
        {"の箱15", "箱の箱の箱15個", "の箱15"}, /* what comes before a word is its run's end */
        {"cafe", "Le Café", "Café"},
        {"hanako@example", "to hanako@example.com", "hanako@example"},
        {"😀", "so 😀 it is", "😀"},
        {"مرحبا", "مَرْحَبًا بكم", "مَرْحَبًا"},
        {"1804", "order-1804 please", "1804"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct search_query *q = query(rows[i].query);
        struct units u = {0};
        struct mark m;
        size_t next;
        bool found;

        units_take(&u, span_of(rows[i].text));
        assert_int_equal(q->nterms, 1);
        found = term_find(&q->terms[0], &u, 0, &m, &next);
        if (found != (rows[i].marked != NULL))
            fail_msg("%s in %s", rows[i].query, rows[i].text);
        if (found && !span_is((struct span){rows[i].text + m.from, m.to - m.from}, rows[i].marked))
            fail_msg("%s in %s: %.*s", rows[i].query, rows[i].text, (int)(m.to - m.from),
                     rows[i].text + m.from);
        assert_int_equal(term_has(&q->terms[0], &u), found);
        units_fini(&u);
        search_query_free(q);
    }
}

static void a_question_has_words_phrases_exclusions_and_filters(void **state)
{
    struct search_query *q =
        query("gift \"two words\" -blue agent:ann department:\"Order desk\" since:7d http://x.org");

    (void)state;
    assert_int_equal(q->nterms, 4);
    assert_false(q->terms[0].exact);
    assert_true(q->terms[1].exact);
    assert_int_equal(q->terms[1].u.n, 2);
    assert_true(q->terms[2].without);
    assert_int_equal(q->terms[3].u.n, 3); /* what looks like a filter and is none */
    assert_true(search_query_has_text(q));
    assert_true(span_is(search_query_filter(q, SEARCH_AGENT), "ann"));
    assert_true(span_is(search_query_filter(q, SEARCH_DEPARTMENT), "Order desk"));
    assert_true(span_is(search_query_filter(q, SEARCH_SINCE), "7d"));
    assert_int_equal(search_query_filter(q, SEARCH_STATE).len, 0);
    search_query_free(q);

    q = query("ギフト　包装\xe2\x80\x9cお急ぎ\xe2\x80\x9d"); /* a wide blank, and curled quotes */
    assert_int_equal(q->nterms, 3);
    assert_true(q->terms[2].exact);
    search_query_free(q);
}

static void what_cannot_be_asked_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *query, *field;
        enum refusal why;
    } rows[] = {
        {"a", "text", REFUSE_SEARCH_SHORT},
        {"箱", "text", REFUSE_SEARCH_SHORT},
        {"a b c", "text", REFUSE_SEARCH_SHORT},
        {"\"a\"", "text", REFUSE_SEARCH_SHORT},
        {"a -blue", "text", REFUSE_SEARCH_SHORT},
        {"agent:", "agent", REFUSE_EMPTY},
        {"agent:\"  \"", "agent", REFUSE_EMPTY},
        {"state:open state:ended", "state", REFUSE_TWICE},
        {"q1 q2 q3 q4 q5 q6 q7 q8 q9 q10 q11 q12 q13 q14 q15 q16 q17", "text", REFUSE_SEARCH_WORDS},
    };
    static const char *const empty[] = {"", "   ", "　", "\"\"", "-", "- -", "!!!", "---", "\""};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct search_query *q = NULL;
        struct fault f = {0};

        if (search_query_parse(span_of(rows[i].query), &q, &f) != ERR_INVAL ||
            f.refusal != rows[i].why || strcmp(f.field, rows[i].field) != 0)
            fail_msg("%s: %s %s", rows[i].query, f.field, f.what);
        assert_null(q);
    }
    for (size_t i = 0; i < COUNT_OF(empty); i++) {
        struct search_query *q = query(empty[i]);

        assert_int_equal(q->nterms, 0);
        search_query_free(q);
    }
}

static void the_index_is_asked_for_what_narrows_it_down(void **state)
{
    static const uint64_t depts[] = {4, 9};
    static const struct {
        const char *query;
        struct search_want want;
        const char *expression;
    } rows[] = {
        {"gift wrap", {.all = true}, "\"gift\"* AND \"wrap\"*"},
        {"ok \"gift\"", {.all = true}, "\"ok\" AND \"gift\""},
        {"包装紙", {.all = true}, "\"包装\" AND \"装紙\""},
        {"gift 箱", {.all = true}, "\"gift\"*"},
        {"gift -blue -青い -赤い箱", {.all = true}, "\"gift\"* NOT \"blue\"* NOT \"青い\""},
        {"", {.all = true}, "\"\001c0\""},
        {"gift", {.all = true, .dept = 4, .agent = 7}, "\"gift\"* AND \"\001d4\" AND \"\001k7\""},
        {"gift",
         {.depts = depts, .ndepts = 2, .self = 7},
         "\"gift\"* AND (\"\001d4\" OR \"\001d9\" OR \"\001k7\")"},
        {"",
         {.self = 7, .missed = true, .rating = 1},
         "\"\001r1\" AND \"\001m0\" AND (\"\001k7\")"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct search_want want = rows[i].want;
        struct search_query *q = query(rows[i].query);
        struct buf out = {0};

        want.query = q;
        want_expression(&want, &out);
        if (!span_is(buf_span(&out), rows[i].expression))
            fail_msg("%s: %.*s", rows[i].query, (int)out.len, out.p);
        buf_fini(&out);
        search_query_free(q);
    }
}

/* Valid UTF-8 out of what questions and texts are made of. */
static void random_text(uint64_t *seed, struct buf *out)
{
    static const char *const bits[] = {"a",
                                       "Z",
                                       "9",
                                       " ",
                                       "　",
                                       "\"",
                                       "-",
                                       ":",
                                       "agent:",
                                       "since:",
                                       "包",
                                       "装",
                                       "ギ",
                                       "ﾞ",
                                       "゛",
                                       "é",
                                       "\xcc\x81",
                                       "👍",
                                       "🏽",
                                       "\xe2\x80\x8d",
                                       "ا",
                                       "َ",
                                       "Ａ",
                                       "ß",
                                       "ﷺ",
                                       "\t",
                                       "\n",
                                       "*",
                                       "(",
                                       "^",
                                       "NEAR",
                                       "OR",
                                       "NOT",
                                       "\xe2\x80\x9c",
                                       "ัี",
                                       "한",
                                       "ᅡ",
                                       "\xf0\x9f\x87\xaf",
                                       "\xf3\xa0\x81\x81"};

    buf_reset(out);
    for (unsigned n = 0; n < 40; n++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        buf_add_str(out, bits[(*seed >> 33) % COUNT_OF(bits)]);
        if ((*seed >> 40) % 17 == 0)
            break;
    }
}

/* What a text is asked for by its own words is in it, and no question does harm. */
static void anything_at_all_may_be_asked_and_looked_at(void **state)
{
    struct buf text = {0}, ask = {0};
    struct units u = {0};
    uint64_t seed = 7;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct search_query *q = NULL;
        struct fault f = {0};

        random_text(&seed, &text);
        random_text(&seed, &ask);
        units_take(&u, buf_span(&text));
        for (size_t i = 0; i < u.nletters; i++)
            assert_true(u.letters[i].from < u.letters[i].to && u.letters[i].to <= text.len);
        if (search_query_parse(buf_span(&ask), &q, &f) != ERR_OK) {
            assert_int_not_equal(f.refusal, REFUSE_NONE);
            continue;
        }
        for (size_t i = 0; i < q->nterms; i++) {
            struct mark m;

            for (size_t at = 0; term_find(&q->terms[i], &u, at, &m, &at);)
                assert_true(m.from < m.to && m.to <= text.len);
        }
        search_query_free(q);
    }
    units_fini(&u);
    buf_fini(&text);
    buf_fini(&ask);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_cut_into_words_pairs_and_signs),
        cmocka_unit_test(a_word_without_end_is_cut_and_a_long_run_is_not),
        cmocka_unit_test(what_is_asked_for_is_found_where_it_stands),
        cmocka_unit_test(a_question_has_words_phrases_exclusions_and_filters),
        cmocka_unit_test(what_cannot_be_asked_is_refused_with_a_reason),
        cmocka_unit_test(the_index_is_asked_for_what_narrows_it_down),
        cmocka_unit_test(anything_at_all_may_be_asked_and_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
