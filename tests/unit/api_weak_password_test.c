/* Which passwords are refused because anybody tries them first, and which are not. */
#include "api_world.h"

#include <string.h>

#include "../../src/api/api_int.h"

static const struct agent ann = {.name = (char *)(uintptr_t) "Ann Kobayashi",
                                 .email = (char *)(uintptr_t) "ann.kobayashi@example.com"};

static const char *why(const char *password)
{
    static struct fault f;

    f.what[0] = '\0';
    if (password_check(span_of(password), &ann, "Bellshop", &f) == ERR_OK)
        return "";
    assert_int_equal(f.err, ERR_INVAL);
    assert_string_equal(f.field, "password");
    return f.what;
}

static void what_anybody_tries_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *password, *part;
    } rows[] = {
        {"1234567890", "row"},
        {"0987654321", "row"},
        {"1111111111", "row"},
        {"abababababab", "row"},
        {"qwertyuiop", "row"},
        {"QwertyUiop123", "row"},
        {"asdfghjkl123", "row"},
        {"1qaz2wsx3edc", "row"},
        {"1q2w3e4r5t6y", "row"},
        {"qazwsxedcrfv", "row"},
        {"abcdefghij", "row"},
        {"asdf1234qwer", "row"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaa", "row"},
        {"09012345679", "row"},
        {"2719463058", "digits"},
        {"271828182845904", "digits"},
        {"password12", "commonest"},
        {"Password2026!", "commonest"},
        {"p@ssw0rd!!!", "commonest"},
        {"P4$$w0rd2026", "commonest"},
        {"123password123", "commonest"},
        {"passwordpassword", "commonest"},
        {"welcome2026", "commonest"},
        {"iloveyou123", "commonest"},
        {"i love you 1", "commonest"},
        {"letmein1234", "commonest"},
        {"administrator", "commonest"},
        {"changeme2026", "commonest"},
        {"sakura12345", "commonest"},
        {"Aishiteru1!", "commonest"},
        {"adminadmin1", "commonest"},
        {"trustno1trustno1", "commonest"},
        {"ann.kobayashi", "own name"},
        {"Ann Kobayashi1", "own name"},
        {"ann.kobayashi@example.com", "own name"},
        {"Bellshop2026", "own name"},
        {"2026-bellshop", "own name"},
        {"Bellshop1234567", "own name"},
        {"kobayashi12", "own name"},
        {"annkobayashi", "own name"},
        {"AnnKobayashi2026", "own name"},
        {"１２３４５６７８９０", "row"},
        {"ｐａｓｓｗｏｒｄ１２３", "commonest"},
        {"ＢＥＬＬＳＨＯＰ２０２６", "own name"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strstr(why(rows[i].password), rows[i].part) == NULL)
            fail_msg("%s: \"%s\" has no %s", rows[i].password, why(rows[i].password), rows[i].part);
}

static void others_are_taken(void **state)
{
    static const char *const rows[] = {
        "a long enough password",   "correct horse battery",
        "quite another password",   "gq7$Kd01!mZx",
        "my password is long",      "Sendai-Morioka-Aomori",
        "赤い椅子はいつ届きますか", "ann.kobayashi drinks tea",
        "2718281828459045235360",   "tr0ubador&3x",
        "fpwm-2kq9-zzva",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (why(rows[i])[0] != '\0')
            fail_msg("%s: %s", rows[i], why(rows[i]));
}

static void a_link_takes_none_of_them_and_stays(void **state)
{
    struct world *w = *state;
    char body[200], link[64];
    const struct sent *s;
    json_t *a;

    a = operator_ask(w, "{'id':'aa','do':'agent.add','name':'B','email':'b@example.com'}");
    a = operator_ask(w, "{'id':'ll','do':'agent.link','agent':'%s'}", ok_text(a, "agent"));
    snprintf(link, sizeof(link), "%s", strstr(ok_text(a, "link"), "#link=") + 6);
    snprintf(body, sizeof(body), "{'link':'%s','password':'1234567890'}", link);
    s = request(w, API_POST, "/api/v1/password", body);
    assert_int_equal(s->status, 400);
    assert_non_null(strstr(s->text, "\"field\":\"password\""));
    snprintf(body, sizeof(body), "{'link':'%s','password':'gq7$Kd01!mZx'}", link);
    assert_int_equal(request(w, API_POST, "/api/v1/password", body)->status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_anybody_tries_is_refused_with_the_reason),
        cmocka_unit_test(others_are_taken),
        cmocka_unit_test_setup_teardown(a_link_takes_none_of_them_and_stays, world_open,
                                        world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
