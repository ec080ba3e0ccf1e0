/* Sentences that letters put together from, in the languages of the product. */
#include "deskbell/mail.h"

static const char *const phrases[PHRASE_COUNT][TONGUE_COUNT] = {
    [PHRASE_VISITOR] = {"Visitor", "お客様"},
    [PHRASE_NUMBER] = {"Visitor #%s", "お客様 #%s"},
    [PHRASE_AGENT] = {"Agent", "担当者"},
    [PHRASE_JOINED] = {"%s joined the chat", "%sがチャットに参加しました"},
    [PHRASE_GOES_ON] = {"This goes on from chat #%s", "チャット #%s の続きです"},
    [PHRASE_NOTE] = {" (note)", "（メモ）"},
    [PHRASE_END_AGENT] = {"ended by the agent", "担当者が終了"},
    [PHRASE_END_VISITOR] = {"ended by the visitor", "お客様が終了"},
    [PHRASE_END_IDLE] = {"ended after a long silence", "やり取りがないため自動で終了"},
    [PHRASE_END_GONE] = {"the connection was lost", "接続が切れたため終了"},
    [PHRASE_END_BLOCKED] = {"ended by a block", "ブロックにより終了"},
    [PHRASE_END_OTHER] = {"ended by the system", "システムにより終了"},
    [PHRASE_MISS_WAIT] = {"nobody answered in time", "時間内に応答できませんでした"},
    [PHRASE_MISS_LEFT] = {"the visitor stopped waiting", "お客様が待つのをやめました"},
    [PHRASE_MISS_NOBODY] = {"nobody was there", "対応できる担当者がいませんでした"},
    [PHRASE_MISS_OTHER] = {"the department could not answer", "部門が応答できませんでした"},
};

const char *phrase(enum tongue tongue, enum phrase which)
{
    ensure((unsigned)tongue < TONGUE_COUNT && (unsigned)which < PHRASE_COUNT);
    return phrases[which][tongue];
}

void phrase_fill(enum tongue tongue, enum phrase which, struct span value, struct buf *out)
{
    const char *text = phrase(tongue, which);
    const char *gap = strstr(text, "%s");

    ensure(gap != NULL);
    buf_add(out, text, (size_t)(gap - text));
    buf_add_span(out, value);
    buf_add_str(out, gap + 2);
}
