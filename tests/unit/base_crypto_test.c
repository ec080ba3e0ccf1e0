/* Hashes, passwords, sealed secrets, base64url and key files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deskbell/crypto.h"

static void base64url_follows_rfc_4648(void **state)
{
    static const struct {
        const char *plain, *text;
    } rows[] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xfe\xfb", "__77"},
        {"\xfb\xff", "-_8"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[64], plain[64];
        size_t len;

        b64url_encode(text, rows[i].plain, strlen(rows[i].plain));
        assert_string_equal(text, rows[i].text);
        assert_int_equal(b64url_decode(span_of(text), plain, strlen(rows[i].plain), &len), ERR_OK);
        assert_int_equal(len, strlen(rows[i].plain));
        assert_memory_equal(plain, rows[i].plain, len);
    }
}

static void base64url_is_refused_where_nobody_would_write_it_so(void **state)
{
    static const char *const bad[] = {"Zg==", "Zh", "Zm9", "Z", "Zm9v\n", "+/==", "Zm 9v", "Zm9vY"};
    char out[64];
    size_t len = 99;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        print_message("  %s\n", bad[i]);
        assert_int_equal(b64url_decode(span_of(bad[i]), out, sizeof(out), &len), ERR_INVAL);
    }
    assert_int_equal(b64url_decode(SPAN_LIT("Zm9vYg"), out, 3, &len), ERR_TOOBIG);
    assert_int_equal(len, 99);
}

static void hashes_depend_on_every_byte_and_the_key(void **state)
{
    uint8_t key[KEY_BYTES] = {1}, a[HASH_BYTES], b[HASH_BYTES];

    (void)state;
    hash_bytes(a, SPAN_LIT("abc"), NULL);
    /* BLAKE2b-256 of "abc", from the reference implementation. */
    static const uint8_t known[] = {0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72};
    assert_memory_equal(a, known, sizeof(known));
    assert_true(hash_u64(SPAN_LIT("abc"), NULL) == 0xbddd813c63423972u);
    hash_bytes(b, SPAN_LIT("abd"), NULL);
    assert_false(bytes_equal(a, b, HASH_BYTES));
    hash_bytes(b, SPAN_LIT("abc"), key);
    assert_false(bytes_equal(a, b, HASH_BYTES));
    hash_bytes(b, SPAN_LIT("abc"), NULL);
    assert_true(bytes_equal(a, b, HASH_BYTES));
    hash_bytes(b, SPAN_NONE, NULL);
    assert_false(bytes_equal(a, b, HASH_BYTES));
}

static void passwords_verify_and_nothing_else_does(void **state)
{
    char hash[PASSWORD_HASH_BYTES], overlong[300];

    (void)state;
    password_hash(hash, SPAN_LIT("correct horse"));
    assert_memory_equal(hash, "$argon2id$", 10);
    assert_true(password_verify(hash, SPAN_LIT("correct horse")));
    assert_false(password_verify(hash, SPAN_LIT("correct horsf")));
    assert_false(password_verify(hash, SPAN_NONE));
    assert_false(password_verify(NULL, SPAN_LIT("correct horse")));
    assert_false(password_verify("", SPAN_LIT("")));
    assert_false(password_verify("plain", SPAN_LIT("plain")));
    memset(overlong, 'a', sizeof(overlong) - 1);
    overlong[sizeof(overlong) - 1] = '\0';
    assert_false(password_verify(overlong, SPAN_LIT("a")));
    assert_false(password_needs_rehash(hash));
    assert_true(password_needs_rehash("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA"));
    assert_true(password_needs_rehash(overlong));
}

static void sealed_secrets_open_with_the_right_key_only(void **state)
{
    uint8_t pub[KEY_BYTES], sec[KEY_BYTES], pub2[KEY_BYTES], sec2[KEY_BYTES];
    struct buf sealed = {0}, open = {0};

    (void)state;
    seal_keypair(pub, sec);
    seal_keypair(pub2, sec2);
    seal(&sealed, SPAN_LIT("swordfish"), pub);
    assert_int_equal(sealed.len, 9 + SEAL_OVERHEAD);
    assert_int_equal(seal_open(&open, buf_span(&sealed), pub, sec), ERR_OK);
    assert_true(span_is(buf_span(&open), "swordfish"));
    buf_reset(&open);
    assert_int_equal(seal_open(&open, buf_span(&sealed), pub2, sec2), ERR_CORRUPT);
    for (size_t i = 0; i < sealed.len; i++) {
        sealed.p[i] ^= 1;
        assert_int_equal(seal_open(&open, buf_span(&sealed), pub, sec), ERR_CORRUPT);
        sealed.p[i] ^= 1;
    }
    for (size_t len = 0; len < sealed.len; len++)
        assert_int_equal(seal_open(&open, (struct span){sealed.p, len}, pub, sec), ERR_CORRUPT);
    assert_int_equal(open.len, 0);
    buf_fini(&sealed);
    buf_fini(&open);
}

static void a_key_file_is_made_once_and_guarded(void **state)
{
    char dir[] = "/tmp/deskbell-crypto-XXXXXX", path[64], gone[80];
    uint8_t a[KEY_BYTES] = {0}, b[KEY_BYTES] = {0};
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/key", dir);
    snprintf(gone, sizeof(gone), "%s/none/key", dir);
    assert_int_equal(key_file_load(path, a, KEY_BYTES), ERR_OK);
    assert_int_equal(key_file_load(path, b, KEY_BYTES), ERR_OK);
    assert_memory_equal(a, b, KEY_BYTES);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(key_file_load(path, b, KEY_BYTES - 1), ERR_CORRUPT);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(key_file_load(path, b, KEY_BYTES), ERR_DENIED);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 5), 0);
    assert_int_equal(key_file_load(path, b, KEY_BYTES), ERR_CORRUPT);
    assert_int_equal(key_file_load(gone, b, KEY_BYTES), ERR_IO);
    assert_memory_equal(a, b, KEY_BYTES); /* untouched by what failed */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0); /* no half-made file stays behind */
}

static int start_crypto(void **state)
{
    (void)state;
    crypto_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url_follows_rfc_4648),
        cmocka_unit_test(base64url_is_refused_where_nobody_would_write_it_so),
        cmocka_unit_test(hashes_depend_on_every_byte_and_the_key),
        cmocka_unit_test(passwords_verify_and_nothing_else_does),
        cmocka_unit_test(sealed_secrets_open_with_the_right_key_only),
        cmocka_unit_test(a_key_file_is_made_once_and_guarded),
    };

    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
