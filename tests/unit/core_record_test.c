/*
 * Records as bytes.  The bytes are those of the first journals: what stands on disk stays readable,
 * and what is written can be read by the programs before.
 */
#include "core_world.h"

#include "../../src/core/core_int.h"
#include "deskbell/tlv.h"

#define HASH "0123456789abcdef0123456789abcdef"
#define PREFIX(n)                                                                                  \
    {                                                                                              \
        .addr.b = "0123456789abcdef", .bits = (n)                                                  \
    }
#define HEAD(name) .type = REC_##name, .version = 1, .time_ms = 5, .obj = 6

struct golden {
    struct rec rec;
    const char *hex;
};

static void assert_bytes(struct span b, const char *hex)
{
    char text[1000] = "";

    assert_true(b.len < sizeof(text) / 2);
    for (size_t i = 0; i < b.len; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned char)b.p[i]);
    assert_string_equal(text, hex);
}

/* Written as it always was; and read, and written again, the same. */
static void assert_golden(const struct golden *g)
{
    struct buf b = {0}, again = {0};
    struct rec out;

    rec_encode(&g->rec, &b);
    assert_bytes(buf_span(&b), g->hex);
    assert_int_equal(rec_decode(5, buf_span(&b), SPAN_NONE, &out), ERR_OK);
    assert_int_equal(out.type, g->rec.type);
    assert_int_equal(out.obj_type, rec_obj_type(g->rec.type));
    rec_encode(&out, &again);
    assert_bytes(buf_span(&again), g->hex);
    buf_fini(&b);
    buf_fini(&again);
}

static void a_head_is_written_as_ever(void **state)
{
    static const struct golden g = {
        {.type = REC_CONV_MESSAGE,
         .version = 1,
         .time_ms = T0,
         .who = {BY_AGENT, 3, 4},
         .obj = 6,
         .prev = 2,
         .n = 7,
         .seq = 8,
         .cid = UINT64_MAX,
         .chash = 9},
        "010138020101030680c0e285e36804010205010306010407010608010209"
        "01070a01080b0affffffffffffffffff010c0109",
    };
    struct buf b = {0};
    struct rec out;

    (void)state;
    assert_golden(&g);
    rec_encode(&g.rec, &b);
    assert_int_equal(rec_decode(5, buf_span(&b), SPAN_LIT("\x01\x01x"), &out), ERR_OK);
    assert_int_equal(out.pos, 5);
    assert_int_equal(out.time_ms, T0);
    assert_int_equal(out.who.kind, BY_AGENT);
    assert_int_equal(out.who.id, 3);
    assert_int_equal(out.who.session, 4);
    assert_int_equal(out.prev, 2);
    assert_int_equal(out.n, 7);
    assert_int_equal(out.seq, 8);
    assert_true(out.cid == UINT64_MAX);
    assert_int_equal(out.chash, 9);
    assert_true(span_is(body_get(out.body, BODY_TEXT), "x"));
    buf_fini(&b);
}

/* clang-format off */
static const struct golden golden[] = {
    {{HEAD(PORTAL_SET), .set.fields = SPAN_LIT("\x0a\x01x")},
     "01010102010103010a07010614030a0178"},
    {{HEAD(DEPT_CREATED), .set.fields = SPAN_LIT("\x01\x02" "AB\x0a\x01x")},
     "01010a02010103010a0701061407010241420a0178"},
    {{HEAD(DEPT_SET), .set.fields = SPAN_LIT("\x0a\x01x")},
     "01010b02010103010a07010614030a0178"},
    {{HEAD(DEPT_DELETED)}, "01010c02010103010a070106"},
    {{HEAD(DEPT_HOURS), .hours = {.shut = true, .look_ms = 300, .opens_ms = 300}},
     "01010d02010103010a0701061002d8041201021302d804"},
    {{HEAD(DEPT_HOURS), .hours = {.look_ms = 300}}, "01010d02010103010a0701061302d804"},
    {{HEAD(AGENT_CREATED), .set.fields = SPAN_LIT("\x02\x01\x07")},
     "01011402010103010a0701061403020107"},
    {{HEAD(AGENT_SET), .set.fields = SPAN_LIT("\x02\x01\x07")},
     "01011502010103010a0701061403020107"},
    {{HEAD(AGENT_DELETED)}, "01011602010103010a070106"},
    {{HEAD(AGENT_ANONYMISED)}, "01012602010103010a070106"},
    {{HEAD(AGENT_ROLE), .pick.role = 4000}, "01012502010103010a0701061002a01f"},
    {{HEAD(ROLE_ADDED), .role = {.permissions = 5, .name = SPAN_LIT("x")}},
     "01012d02010103010a07010612010a140178"},
    {{HEAD(ROLE_SET), .role = {.name = SPAN_LIT("x")}}, "01012e02010103010a070106140178"},
    {{HEAD(ROLE_REMOVED)}, "01012f02010103010a070106"},
    {{HEAD(AGENT_PASSWORD), .password.hash = SPAN_LIT("$argon2id$some")},
     "01011702010103010a070106140e246172676f6e32696424736f6d65"},
    {{HEAD(AGENT_LINK), .link = {.hash = HASH, .until_ms = 300}},
     "01011802010103010a0701061302d8041420303132333435363738396162"
     "6364656630313233343536373839616263646566"},
    {{HEAD(AGENT_LINK), .link = {.hash = HASH, .until_ms = 300, .mail = MAIL_INVITATION}},
     "01011802010103010a07010612010e1302d8041420303132333435363738"
     "3961626364656630313233343536373839616263646566"},
    {{HEAD(MEMBER_SET), .member = {.dept = 11, .chat = true, .notify = true}},
     "01011902010103010a0701060e010b120106"},
    {{HEAD(MEMBER_SET), .member = {.dept = 11, .chat = true}},
     "01011902010103010a0701060e010b120102"},
    {{HEAD(MEMBER_SET), .member = {.dept = 11, .notify = true}},
     "01011902010103010a0701060e010b120104"},
    {{HEAD(MEMBER_SET), .member = {.dept = 11}}, "01011902010103010a0701060e010b"},
    {{HEAD(MEMBER_REMOVED), .member = {.dept = 11}}, "01011a02010103010a0701060e010b"},
    {{HEAD(AGENT_STATUS), .status = {.status = STATUS_OFFLINE}}, "01011b02010103010a070106"},
    {{HEAD(AGENT_STATUS), .status = {.status = STATUS_AWAY, .why = WHY_LAPSED}},
     "01011b02010103010a070106110108120106"},
    {{HEAD(AGENT_CONNECTED)}, "01011c02010103010a070106"},
    {{HEAD(AGENT_GONE)}, "01011d02010103010a070106"},
    {{HEAD(SESSION_OPENED), .session = {.agent = 10, .hash = HASH, .until_ms = 300}},
     "01011e02010103010a0701060d010a1302d8041420303132333435363738"
     "3961626364656630313233343536373839616263646566"},
    {{HEAD(SESSION_OPENED), .session = {.agent = 10, .hash = HASH, .from = 77, .until_ms = 300}},
     "01011e02010103010a0701060d010a12014d1302d8041420303132333435363738"
     "3961626364656630313233343536373839616263646566"},
    {{HEAD(SESSION_CLOSED), .closed.agent = 10}, "01011f02010103010a0701060d010a"},
    {{HEAD(TOKEN_ADDED),
      .token = {.agent = 10, .hash = HASH, .permissions = 5, .until_ms = 300}},
     "01012002010103010a0701060d010a1201051302d8041420303132333435363738"
     "3961626364656630313233343536373839616263646566"},
    {{HEAD(FACTOR_SET), .factor = {.step = 5, .secret = SPAN_LIT("ab")}},
     "01012202010103010a07010610010a14026162"},
    {{HEAD(FACTOR_REMOVED)}, "01012302010103010a070106"},
    {{HEAD(FACTOR_USED), .factor_use = {.step = 5}}, "01012402010103010a07010610010a"},
    {{HEAD(FACTOR_USED), .factor_use = {.code = 7}}, "01012402010103010a070106120107"},
    {{HEAD(SESSION_USED)}, "01012102010103010a070106"},
    {{HEAD(BLOCK_ADDED),
     .block = {.conv = 12, .dept = 11, .until_ms = 300, .prefix = PREFIX(128)}},
     "01012802010103010a0701060e010b0f010c1302d8041411303132333435"
     "3637383961626364656680"},
    {{HEAD(BLOCK_ADDED), .block = {.prefix = PREFIX(0)}},
     "01012802010103010a070106141130313233343536373839616263646566"
     "00"},
    {{HEAD(BLOCK_REMOVED)}, "01012902010103010a070106"},
    {{HEAD(CANNED_ADDED), .canned = {.agent = 10}}, "01012a02010103010a0701060d010a"},
    {{HEAD(CANNED_ADDED), .canned = {.dept = 11, .lang = LANG_ANY}},
     "01012a02010103010a0701060e010b120104"},
    {{HEAD(CANNED_SET), .canned = {.lang = LANG_JA}}, "01012b02010103010a070106120102"},
    {{HEAD(CANNED_REMOVED), .canned = {.dept = 11}}, "01012c02010103010a0701060e010b"},
    {{HEAD(CONV_RANG),
     .ring = {.dept = 11, .number = 13, .previous = 12,
     .until_ms = 300, .lang = LANG_JA, .here = true}},
     "01013202010103010a0701060e010b0f010c10010d1201021302d8041401"
     "68"},
    {{HEAD(CONV_RANG), .ring = {.dept = 11, .number = 1300, .until_ms = 300}},
     "01013202010103010a0701060e010b1002940a1302d804"},
    {{HEAD(CONV_RANG), .ring = {.dept = 11, .number = 13, .met = 10}},
     "01013202010103010a0701060e010b10010d18010a"},
    {{HEAD(CONV_LEFT), .ring = {.dept = 11, .number = 13, .lang = LANG_JA}},
     "01013302010103010a0701060e010b10010d120102"},
    {{HEAD(CONV_OFFERED), .offer = {.agent = 10, .until_ms = 300, .passed = {1, 2, 3, 4, 5}}},
     "01013402010103010a0701060d010a1302d804140f010101020102030103"
     "040104050105"},
    {{HEAD(CONV_OFFERED),
     .offer = {.agent = 10, .until_ms = 300, .passed = {[PASSED_FULL] = 300}}},
     "01013402010103010a0701060d010a1302d80414040302ac02"},
    {{HEAD(CONV_OFFERED), .offer = {.agent = 10, .until_ms = 300}},
     "01013402010103010a0701060d010a1302d804"},
    {{HEAD(CONV_OFFER_OVER), .hold = {.agent = 10, .why = WHY_DECLINED}},
     "01013502010103010a0701060d010a110107"},
    {{HEAD(CONV_ACCEPTED), .hold = {.agent = 10}}, "01013602010103010a0701060d010a"},
    {{HEAD(CONV_RETURNED), .hold = {.agent = 10, .why = WHY_GONE, .until_ms = 300}},
     "01013702010103010a0701060d010a1101041302d804"},
    {{HEAD(CONV_MESSAGE)}, "01013802010103010a070106"},
    {{HEAD(CONV_MESSAGE), .line = {.at_home = true}}, "01013802010103010a070106120102"},
    {{HEAD(CONV_NOTE)}, "01013902010103010a070106"},
    {{HEAD(CONV_SEEN), .seen.n = 70000}, "01013a02010103010a0701061203e0c508"},
    {{HEAD(CONV_VISITOR_GONE)}, "01013b02010103010a070106"},
    {{HEAD(CONV_VISITOR_BACK)}, "01013c02010103010a070106"},
    {{HEAD(CONV_ENDED), .hold = {.agent = 10, .why = WHY_IDLE}},
     "01013d02010103010a0701060d010a110103"},
    {{HEAD(CONV_MISSED), .hold = {.why = WHY_WAIT}}, "01013e02010103010a070106110105"},
    {{HEAD(CONV_FEEDBACK), .feedback = {.agent = 10, .rating = 5, .commented = true}},
     "01013f02010103010a0701060d010a12010a140163"},
    {{HEAD(CONV_FEEDBACK), .feedback = {.agent = 10, .rating = 1, .until_ms = 3}},
     "01013f02010103010a0701060d010a120102130106"},
    {{HEAD(CONV_FEEDBACK), .feedback = {.agent = 10, .rating = 1}},
     "01013f02010103010a0701060d010a120102"},
    {{HEAD(CONV_COPY_ASKED)}, "01014002010103010a070106"},
    {{HEAD(CONV_LEFT_MORE)}, "01014102010103010a070106"},
    {{HEAD(CONV_MAILED)}, "01014202010103010a070106"},
    {{HEAD(CONV_FORWARDED),
     .forward = {.with_notes = true, .lines = SPAN_LIT("\x01\x01\x02\x01\x02\xac\x02")}},
     "01014302010103010a07010612010214070101020102ac02"},
    {{HEAD(CONV_READDRESSED), .readdress.mail = 4000}, "01014402010103010a0701061002a01f"},
    {{HEAD(CONV_TRANSFERRED), .transfer = {.agent = 5, .dept = 7, .until_ms = 9}},
     "01014502010103010a0701060d01050e0107130112"},
    {{HEAD(CONV_CAME_BACK), .transfer = {.agent = 5, .dept = 7, .why = WHY_WAIT}},
     "01014602010103010a0701060d01050e0107110105"},
    {{HEAD(CONV_ASSIGNED), .hold.agent = 5}, "01014702010103010a0701060d0105"},
    {{HEAD(CONV_ROUND)}, "01015002010103010a070106"},
    {{HEAD(MEMBER_SET), .member = {.dept = 7, .chat = true, .tier = 3}},
     "01011902010103010a0701060e010712011a"},
    {{HEAD(CONV_OVERFLOWED), .transfer.dept = 7}, "01015102010103010a0701060e0107"},
    {{HEAD(CONV_MOVED), .transfer = {.dept = 7, .until_ms = 9}},
     "01017c02010103010a0701060e0107130112"},
    {{HEAD(CONV_OFFERED), .offer = {.agent = 5, .dept = 7, .until_ms = 9}},
     "01013402010103010a0701060d01050e0107130112"},
    {{HEAD(CONV_OFFERED),
      .offer = {.agent = 5, .how = CHOSEN_TIER, .others = SPAN_LIT("\x04\x01\x09\x05\x01\x08")}},
     "01013402010103010a0701060d01051201061706040109050108"},
    {{HEAD(CONV_RUNG),
      .offer = {.how = CHOSEN_RING, .until_ms = 9, .rung = SPAN_LIT("\x01\x01\x05\x01\x01\x07")}},
     "0102a00102010103010a0701061201101301121906010105010107"},
    {{HEAD(CONV_RULED), .ruled = {.rule = 3, .until_ms = 9, .skills = SPAN_LIT("x")}},
     "0102a20102010103010a070106100103130112140178"},
    {{HEAD(CONV_RELAXED)}, "0102a30102010103010a070106"},
    {{HEAD(CONV_RUNG_OUT), .hold = {.agent = 5, .why = WHY_DECLINED}},
     "0102a10102010103010a0701060d0105110107"},
    {{HEAD(CONV_ACCEPTED), .hold = {.agent = 5, .dept = 7}},
     "01013602010103010a0701060d01050e0107"},
    {{HEAD(CONV_QUEUED), .hold = {.until_ms = 300}}, "01015202010103010a0701061302d804"},
    {{HEAD(CONV_ENDING), .hold = {.agent = 5, .why = WHY_AGENT, .until_ms = 10}},
     "01015a02010103010a0701060d0105110101130114"},
    {{HEAD(CONV_END_UNDONE), .hold = {.agent = 5, .why = WHY_VISITOR}},
     "01015b02010103010a0701060d0105110102"},
    {{HEAD(CONV_EDITED), .edit = {.pos = 5, .seq = 3, .n = 2}},
     "01028c0102010103010a070106100105120103130102"},
    {{HEAD(CONV_EDITED), .edit = {.pos = 5, .seq = 3, .removed = true}},
     "01028c0102010103010a070106100105120103140172"},
    {{HEAD(CONV_TAGGED)}, "01015402010103010a070106"},
    {{HEAD(VIEW_ADDED),
      .saved = {.agent = 5, .of = 11, .shows = {0, FILTER_UNREPLIED}}},
     "0102820102010103010a0701060d010510010b1403020102"},
    {{HEAD(VIEW_ADDED),
      .saved = {.agent = 5,
                .held_by = 6,
                .shows = {0, 0, 1, STATES_ENDED, 2, 7},
                .since_ms = 3,
                .before_ms = 4}},
     "0102820102010103010a0701060d0105120106130108140c030101040104050102060107160106"},
    {{HEAD(VIEW_SET), .saved = {.dept = 11, .shows = {LIST_MISSED}}},
     "0102830102010103010a0701060e010b1403010104"},
    {{HEAD(AGENT_PICTURE), .picture = {.name = {300, 7}, .was = 12}},
     "0102aa0102010103010a0701060f010c1002ac02120107"},
    {{HEAD(AGENT_PICTURE), .picture.was = 12}, "0102aa0102010103010a0701060f010c"},
    {{HEAD(VIEW_REMOVED), .saved = {.dept = 11}}, "0102840102010103010a0701060e010b"},
    {{HEAD(TASK_ADDED), .task = {.conv = 7, .agent = 5, .due_ms = 300}},
     "01016e02010103010a0701060d01050f01071302d804"},
    {{HEAD(TASK_SET), .task = {.conv = 7, .agent = 5, .was = 4}},
     "01016f02010103010a0701060d01050f0107100104"},
    {{HEAD(TASK_DONE), .task = {.conv = 7, .done = true}}, "01017002010103010a0701060f0107120102"},
    {{HEAD(TASK_DUE), .task.conv = 7}, "01017102010103010a0701060f0107"},
    {{HEAD(TASK_DUE), .task = {.conv = 7, .dept = 11, .entry = 12, .holder = 5, .at = 6}},
     "01017102010103010a0701060f01070e010b1a010c1d01051e0106"},
    {{HEAD(TASK_REMOVED), .task.conv = 7}, "01017202010103010a0701060f0107"},
    {{HEAD(MENTION_ADDED), .mention = {.agent = 5, .conv = 7, .pos = 9, .seq = 3}},
     "0102b40102010103010a0701060d01050f0107100109120103"},
    {{HEAD(MENTION_READ), .mention = {.agent = 5, .conv = 7, .pos = 9, .seq = 3}},
     "0102b50102010103010a0701060d01050f0107100109120103"},
    {{HEAD(MENTION_ADDED), .mention = {.agent = 5, .conv = 7, .pos = 9, .seq = 3, .due_ms = 300}},
     "0102b40102010103010a0701060d01050f01071001091201031302d804"},
    {{HEAD(MENTION_DUE),
      .mention = {.agent = 5, .conv = 7, .pos = 9, .dept = 11, .entry = 12, .holder = 5, .at = 6}},
     "0102b70102010103010a0701060d01050f01071001090e010b1a010c1d01051e0106"},
    {{HEAD(MENTION_REMOVED), .mention = {.agent = 5, .conv = 7, .pos = 9, .seq = 3}},
     "0102b60102010103010a0701060d01050f0107100109120103"},
    {{HEAD(CONV_UNTAGGED)}, "01015502010103010a070106"},
    {{HEAD(CONV_TIMED), .timed = {.agent = 5, .ms = 300, .was_ms = 300}},
     "0102970102010103010a0701060d01051202d8041302d804"},
    {{HEAD(CONV_LEFT), .ring = {.dept = 5, .timed = true}}, "01013302010103010a0701060e01051c0101"},
    {{HEAD(CONV_REOPENED), .reopen = {.agent = 5, .conv = 7, .number = 9}},
     "0102960102010103010a0701060d01050f0107100109"},
    {{HEAD(CONV_RANG), .ring = {.dept = 5, .entry = 3, .previous_number = 9}},
     "01013202010103010a0701060e01051a01031b0109"},
    {{HEAD(CONV_BOXED), .box = {.agent = 5, .box = BOX_ANSWERED, .mailed = true}},
     "01017802010103010a0701060d010512010414016d"},
    {{HEAD(CONV_BOXED), .box = {.agent = 5, .conv = 7, .number = 9, .box = BOX_PUT_AWAY}},
     "01017802010103010a0701060d01050f0107100109120106"},
    {{HEAD(CONV_GIVEN), .hold.agent = 5}, "01017902010103010a0701060d0105"},
};
/* clang-format on */

static void each_type_and_field_is_written_as_ever(void **state)
{
    static const enum rec_type types[] = {
#define X(name, number, obj, family, word) REC_##name,
        REC_TABLE(X)
#undef X
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(golden); i++) {
        print_message("  %s\n", rec_word(golden[i].rec.type));
        assert_golden(&golden[i]);
    }
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        size_t at = 0;

        while (at < COUNT_OF(golden) && golden[at].rec.type != types[i])
            at++;
        assert_true(at < COUNT_OF(golden));
    }
}

static void payloads_are_read_into_their_fields(void **state)
{
    const struct rec in[] = {
        {HEAD(CONV_OFFERED), .offer = {.agent = 10, .until_ms = 300, .passed = {1, 2, 3, 4, 5}}},
        {HEAD(BLOCK_ADDED), .block = {.conv = 12, .dept = 11, .prefix = PREFIX(128)}},
        {HEAD(MEMBER_SET), .member = {.dept = 11, .notify = true}},
        {HEAD(CONV_RANG), .ring = {.dept = 11, .previous = 12, .lang = LANG_JA, .here = true}},
        {HEAD(CONV_FEEDBACK), .feedback = {.agent = 10, .rating = 5, .commented = true}},
        {HEAD(AGENT_STATUS), .status = {.status = STATUS_AWAY, .why = WHY_LAPSED}},
        {HEAD(AGENT_LINK), .link = {.hash = HASH, .mail = MAIL_RESET}},
    };
    struct rec out[COUNT_OF(in)];
    struct buf b[COUNT_OF(in)] = {{0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(in); i++) {
        rec_encode(&in[i], &b[i]);
        assert_int_equal(rec_decode(5, buf_span(&b[i]), SPAN_NONE, &out[i]), ERR_OK);
    }
    assert_memory_equal(out[0].offer.passed, in[0].offer.passed, sizeof(in[0].offer.passed));
    assert_memory_equal(&out[1].block.prefix, &in[1].block.prefix, sizeof(struct ipprefix));
    assert_int_equal(out[1].block.conv, 12);
    assert_true(out[2].member.dept == 11 && !out[2].member.chat && out[2].member.notify);
    assert_true(out[3].ring.dept == 11 && out[3].ring.previous == 12 && out[3].ring.here);
    assert_int_equal(out[3].ring.lang, LANG_JA);
    assert_true(out[4].feedback.rating == 5 && out[4].feedback.commented);
    assert_int_equal(out[5].status.status, STATUS_AWAY);
    assert_memory_equal(out[6].link.hash, HASH, HASH_BYTES);
    assert_int_equal(out[6].link.mail, MAIL_RESET);
    /* What is asked of any record. */
    assert_int_equal(rec_agent(&out[0]), 10);
    assert_int_equal(rec_agent(&out[2]), 0);
    assert_int_equal(rec_agent(&out[4]), 10);
    assert_int_equal(rec_why(&out[4]), WHY_NONE);
    assert_int_equal(rec_why(&out[5]), WHY_LAPSED);
    for (size_t i = 0; i < COUNT_OF(in); i++)
        buf_fini(&b[i]);
}

static void fields_of_a_newer_writer_are_kept(void **state)
{
    struct rec in = {.type = REC_CONV_NOTE, .version = REC_VERSION, .obj = 6};
    struct buf b = {0}, again = {0};
    struct rec out;

    (void)state;
    rec_encode(&in, &b);
    tlv_put_str(&b, 240, "from tomorrow");
    tlv_put_u64(&b, 241, 7);
    assert_int_equal(rec_decode(5, buf_span(&b), SPAN_NONE, &out), ERR_OK);
    rec_encode(&out, &again);
    assert_true(span_eq(buf_span(&b), buf_span(&again)));
    buf_fini(&b);
    buf_fini(&again);
}

/* A tag that another family has means nothing here, whatever stands in it. */
static void fields_of_another_family_are_passed_over(void **state)
{
    const struct rec in = {HEAD(CONV_SEEN), .seen.n = 3};
    struct buf b = {0};
    struct rec out;

    (void)state;
    rec_encode(&in, &b);
    tlv_put_u64(&b, 17, 999); /* no such reason */
    assert_int_equal(rec_decode(5, buf_span(&b), SPAN_NONE, &out), ERR_OK);
    assert_int_equal(out.seen.n, 3);
    assert_int_equal(rec_why(&out), WHY_NONE);
    buf_fini(&b);
}

static void unknown_types_and_later_versions_are_told_apart_from_damage(void **state)
{
    static const struct {
        const char *what;
        unsigned type, version;
        uint64_t obj, why;
        int64_t value;
        const char *bytes;
        err_t err;
    } rows[] = {
        {"well", REC_CONV_NOTE, 1, 6, 0, 0, "", ERR_OK},
        {"unknown type", 999, 1, 6, 0, 0, "", ERR_VERSION},
        {"a gap between types", 2, 1, 6, 0, 0, "", ERR_VERSION},
        {"later version", REC_CONV_NOTE, 2, 6, 0, 0, "", ERR_VERSION},
        {"later version, with more of it", REC_AGENT_STATUS, 2, 6, 0, 9, "", ERR_VERSION},
        {"no object", REC_CONV_NOTE, 1, 0, 0, 0, "", ERR_CORRUPT},
        {"no such status", REC_AGENT_STATUS, 1, 6, 0, 4, "", ERR_CORRUPT},
        {"negative status", REC_AGENT_STATUS, 1, 6, 0, -1, "", ERR_CORRUPT},
        {"no such reason", REC_CONV_ENDED, 1, 6, WHY_COUNT, 0, "", ERR_CORRUPT},
        {"no such rating", REC_CONV_FEEDBACK, 1, 6, 0, 6, "", ERR_CORRUPT},
        {"no such language", REC_CONV_RANG, 1, 6, 0, LANG_COUNT, "", ERR_CORRUPT},
        {"too far seen", REC_CONV_SEEN, 1, 6, 0, INT64_C(1) << 32, "", ERR_CORRUPT},
        {"no hash", REC_SESSION_OPENED, 1, 6, 0, 0, "", ERR_CORRUPT},
        {"a factor without a secret", REC_FACTOR_SET, 1, 6, 0, 0, "", ERR_CORRUPT},
        {"a token without a hash", REC_TOKEN_ADDED, 1, 6, 0, 0, "", ERR_CORRUPT},
        {"short hash", REC_SESSION_OPENED, 1, 6, 0, 0, "abc", ERR_CORRUPT},
        {"a mail that is no link's", REC_AGENT_LINK, 1, 6, 0, MAIL_BLOCK, HASH, ERR_CORRUPT},
        {"no prefix", REC_BLOCK_ADDED, 1, 6, 0, 0, "", ERR_CORRUPT},
        {"short prefix", REC_BLOCK_ADDED, 1, 6, 0, 0, "abc", ERR_CORRUPT},
        {"too many bits", REC_BLOCK_ADDED, 1, 6, 0, 0, "0123456789abcdef\x81", ERR_CORRUPT},
        {"broken changes", REC_DEPT_SET, 1, 6, 0, 0, "\x0a\x7f", ERR_CORRUPT},
        {"broken counts", REC_CONV_OFFERED, 1, 6, 0, 0, "\x01\x7f", ERR_CORRUPT},
        {"broken lines", REC_CONV_FORWARDED, 1, 6, 0, 0, "\x01\x7f", ERR_CORRUPT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf b = {0};
        struct rec out;

        print_message("  %s\n", rows[i].what);
        tlv_put_u64(&b, 1, rows[i].type);
        tlv_put_u64(&b, 2, rows[i].version);
        tlv_put_u64(&b, 7, rows[i].obj);
        tlv_put_u64(&b, 17, rows[i].why);
        tlv_put_i64(&b, 18, rows[i].value);
        tlv_put_str(&b, 20, rows[i].bytes);
        assert_int_equal(rec_decode(5, buf_span(&b), SPAN_NONE, &out), rows[i].err);
        buf_fini(&b);
    }
}

static void truncated_record_never_reads_past_its_end(void **state)
{
    const struct rec in = {HEAD(AGENT_PASSWORD), .password.hash = SPAN_LIT("some bytes")};
    struct buf b = {0};

    (void)state;
    rec_encode(&in, &b);
    for (size_t len = 0; len < b.len; len++) {
        char *exact = xmalloc(len + 1); /* so that a sanitizer sees one byte too far */
        struct rec out;

        memcpy(exact, b.p, len);

        err_t err = rec_decode(5, (struct span){exact, len}, SPAN_NONE, &out);

        /* Cut between two fields, it reads as one that has no more of them. */
        assert_true(err == ERR_CORRUPT || (err == ERR_OK && len > 0) || err == ERR_VERSION);
        free(exact);
    }
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_written_as_ever),
        cmocka_unit_test(each_type_and_field_is_written_as_ever),
        cmocka_unit_test(payloads_are_read_into_their_fields),
        cmocka_unit_test(fields_of_a_newer_writer_are_kept),
        cmocka_unit_test(fields_of_another_family_are_passed_over),
        cmocka_unit_test(unknown_types_and_later_versions_are_told_apart_from_damage),
        cmocka_unit_test(truncated_record_never_reads_past_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
