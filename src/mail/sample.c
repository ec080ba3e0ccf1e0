/*
 * A chat that never was, for looking at templates: everything that a letter can say is in the
 * sample of that letter, and of no other; and what tends to go wrong in mails is, too (several
 * lines, markup, names of any script).
 */
#include "deskbell/mail.h"

#define BEGAN_MS INT64_C(1795413840000) /* 2026-11-23 06:04 UTC */
#define AT(minutes) (BEGAN_MS + (minutes)*INT64_C(60000))
#define DAY 1440 /* minutes: the chat goes on into a second day */

#define NOTE_AT 3 /* among the lines */

static const struct letter_line lines_en[] = {
    {AT(1), SPEAKER_SYSTEM, SPAN_LIT(""), SPAN_LIT("Ann Smith joined the chat")},
    {AT(2), SPEAKER_VISITOR, SPAN_LIT("Mary O'Neill"),
     SPAN_LIT("Hello!\nThe blue jacket in size M: when will you have it again?")},
    {AT(3), SPEAKER_AGENT, SPAN_LIT("Ann Smith"),
     SPAN_LIT("Let me look. Sizes S & L are here, <M> comes on Thursday.")},
    {AT(DAY), SPEAKER_AGENT, SPAN_LIT("Ann Smith (note)"),
     SPAN_LIT("Two are set aside until Friday.")},
    {AT(DAY + 4), SPEAKER_VISITOR, SPAN_LIT("Mary O'Neill"),
     SPAN_LIT("Then I will wait. Thank you!")},
};

static const struct letter_line lines_ja[] = {
    {AT(1), SPEAKER_SYSTEM, SPAN_LIT(""), SPAN_LIT("鈴木 一郎がチャットに参加しました")},
    {AT(2), SPEAKER_VISITOR, SPAN_LIT("山田 花子"),
     SPAN_LIT("こんにちは。\n青いジャケットのMサイズは、いつごろ入荷しますか。")},
    {AT(3), SPEAKER_AGENT, SPAN_LIT("鈴木 一郎"),
     SPAN_LIT("お調べします。S & Lは在庫がございます。<M>は木曜日の入荷予定です。")},
    {AT(DAY), SPEAKER_AGENT, SPAN_LIT("鈴木 一郎（メモ）"),
     SPAN_LIT("金曜日まで2着お取り置き済み。")},
    {AT(DAY + 4), SPEAKER_VISITOR, SPAN_LIT("山田 花子"),
     SPAN_LIT("では、入荷を待ちます。ありがとうございました。")},
};

static const struct letter_facts english = {
    .portal = SPAN_LIT("Example Ltd."),
    .department = SPAN_LIT("Sales"),
    .number = SPAN_LIT("1042"),
    .visitor = SPAN_LIT("Mary O'Neill"),
    .email = SPAN_LIT("mary@example.com"),
    .phone = SPAN_LIT("+44 20 7946 0123"),
    .question = SPAN_LIT("The blue jacket in size M:\nwhen will you have it again?"),
    .page = SPAN_LIT("https://shop.example.com/jackets/blue?size=M"),
    .title = SPAN_LIT("Blue jacket"),
    .referrer = SPAN_LIT("https://search.example/?q=blue+jacket"),
    .browser = SPAN_LIT("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    .ip = SPAN_LIT("192.0.2.7"),
    .agent = SPAN_LIT("Ann Smith"),
    .signature = SPAN_LIT("Ann Smith\nSales, Example Ltd"),
    .inviter = SPAN_LIT("Jo Brown"),
    .task = SPAN_LIT("Call back about the blue jacket"),
    .author = SPAN_LIT("Jo Brown"),
    .note = SPAN_LIT("@Ann Smith can you look at the order of the blue jacket?"),
    .link = SPAN_LIT("https://chat.example.com/console/#link=example"),
    .reason = SPAN_LIT("The same advertisement again and again"),
    .comment = SPAN_LIT("Quick and friendly.\nThe <size chart> could be clearer, though."),
    .message = SPAN_LIT("The blue jacket in size M is here now.\nShall we send it to you?"),
    .lines = lines_en,
    .nlines = COUNT_OF(lines_en),
};

static const struct letter_facts japanese = {
    .portal = SPAN_LIT("株式会社エグザンプル"),
    .department = SPAN_LIT("営業部"),
    .number = SPAN_LIT("1042"),
    .visitor = SPAN_LIT("山田 花子"),
    .email = SPAN_LIT("hanako@example.com"),
    .phone = SPAN_LIT("03-5550-0123"),
    .question = SPAN_LIT("青いジャケットのMサイズについて。\n次の入荷はいつごろでしょうか。"),
    .page = SPAN_LIT("https://shop.example.com/jackets/blue?size=M"),
    .title = SPAN_LIT("青いジャケット"),
    .referrer = SPAN_LIT("https://search.example/?q=blue+jacket"),
    .browser = SPAN_LIT("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    .ip = SPAN_LIT("192.0.2.7"),
    .agent = SPAN_LIT("鈴木 一郎"),
    .signature = SPAN_LIT("鈴木 一郎\n株式会社エグザンプル 営業部"),
    .inviter = SPAN_LIT("田中 恵"),
    .task = SPAN_LIT("青いジャケットの件で折り返し電話"),
    .author = SPAN_LIT("田中 恵"),
    .note = SPAN_LIT("@鈴木 一郎 青いジャケットの注文を確認してもらえますか。"),
    .link = SPAN_LIT("https://chat.example.com/console/#link=example"),
    .reason = SPAN_LIT("同じ広告の繰り返し"),
    .comment = SPAN_LIT("とても親切でした。\n<サイズ表>がもう少し見やすいと助かります。"),
    .message =
        SPAN_LIT("青いジャケットのMサイズが入荷いたしました。\nお送りしてよろしいでしょうか。"),
    .lines = lines_ja,
    .nlines = COUNT_OF(lines_ja),
};

/* What only some letters have, as facts.c of the dispatcher finds it, is taken from all others. */
static void sample_cut(enum letter letter, struct letter_facts *out)
{
    if (letter != LETTER_FEEDBACK) {
        out->rating = 0;
        out->comment = SPAN_NONE;
    }
    if (letter != LETTER_REPLY && letter != LETTER_FORWARD)
        out->message = SPAN_NONE;
    if (letter != LETTER_TASK)
        out->task = SPAN_NONE;
    if (letter != LETTER_MENTION)
        out->author = out->note = SPAN_NONE;
    if (letter != LETTER_REPLY)
        out->signature = SPAN_NONE;
    if (letter != LETTER_BLOCK)
        out->ip = SPAN_NONE;
    if (letter != LETTER_BLOCK && letter != LETTER_MISSED)
        out->reason = SPAN_NONE;
    if (letter == LETTER_FORWARD)
        out->left_out = 0;
}

/* Where a reader can go from it: notices lead into the console, and their Reply to the visitor. */
static void sample_ways(enum letter letter, struct letter_facts *out)
{
    if (letter == LETTER_TRANSCRIPT || letter == LETTER_FEEDBACK || letter == LETTER_MISSED)
        out->reply_to = out->email;
    if (out->reply_to.len > 0 || letter == LETTER_BLOCK || letter == LETTER_DIGEST ||
        letter == LETTER_TASK || letter == LETTER_MENTION)
        out->link = SPAN_LIT("https://chat.example.com/console/#/all?c=1042");
    else if (letter != LETTER_INVITATION && letter != LETTER_RESET)
        out->link = SPAN_NONE;
}

/*
 * The lines that go into a letter: chosen ones may be private notes, and are never what the gateway
 * says itself; an answer quotes the visitor alone; all others have what was said in the chat.
 */
static void sample_lines(enum tongue tongue, enum letter letter, struct letter_facts *out)
{
    static struct letter_line kept[TONGUE_COUNT][LETTER_COUNT][COUNT_OF(lines_en)];
    struct letter_line *mine = kept[tongue][letter];
    size_t n = 0;

    for (size_t i = 0; i < out->nlines; i++) {
        const struct letter_line *line = &out->lines[i];

        if ((i == NOTE_AT && letter != LETTER_FORWARD) ||
            (line->speaker == SPEAKER_SYSTEM && letter == LETTER_FORWARD) ||
            (line->speaker != SPEAKER_VISITOR && letter == LETTER_REPLY))
            continue;
        mine[n++] = *line;
    }
    out->lines = mine;
    out->nlines = n;
}

/* Two notices of missed chats, the second with little to say. */
static void sample_fold(enum tongue tongue, struct letter_facts *out)
{
    static struct letter_facts items[TONGUE_COUNT][2];

    items[tongue][0] = *out;
    items[tongue][0].about = LETTER_MISSED;
    items[tongue][1] = (struct letter_facts){.about = LETTER_MISSED,
                                             .number = SPAN_LIT("1043"),
                                             .question = SPAN_LIT("?"),
                                             .at_ms = AT(5)};
    out->about = LETTER_MISSED;
    out->items = items[tongue];
    out->nitems = COUNT_OF(items[tongue]);
}

void letter_sample(enum tongue tongue, enum letter letter, struct letter_facts *out)
{
    *out = tongue == TONGUE_JA ? japanese : english;
    out->outcome = span_of(phrase(tongue, PHRASE_END_VISITOR));
    out->began_ms = BEGAN_MS;
    out->at_ms = AT(2);
    out->ended_ms = AT(DAY + 5);
    out->until_ms = AT(8 * DAY);
    out->rating = 4;
    out->left_out = 3;
    out->about = letter;
    /* With a message left, a missed chat has one more thing to say; other letters do not. */
    out->left = letter == LETTER_MISSED;
    sample_cut(letter, out);
    sample_lines(tongue, letter, out);
    sample_ways(letter, out);
    if (letter == LETTER_MISSED)
        out->reason = span_of(phrase(tongue, PHRASE_MISS_NOBODY));
    if (letter == LETTER_DIGEST)
        sample_fold(tongue, out);
}
