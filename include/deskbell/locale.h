/*
 * Languages, time zones and international domains.  Everything that needs ICU is behind this
 * header; it knows nothing of mails or conversations.
 */
#ifndef DESKBELL_LOCALE_H
#define DESKBELL_LOCALE_H

#include "deskbell/span.h"

/* The languages that the product speaks.  A new one needs its templates and a row in locale.c. */
enum tongue { TONGUE_EN, TONGUE_JA, TONGUE_COUNT };

/* From a tag such as "ja", "ja-JP" or "en_GB"; TONGUE_EN for everything unknown or empty. */
enum tongue tongue_of(struct span tag);

/* "en", "ja".  Static. */
const char *tongue_tag(enum tongue tongue);

/*
 * The text as it is compared when somebody looks for words in it: case, width and compatibility
 * forms go (NFKC_Casefold of Unicode), and katakana becomes hiragana.  Valid UTF-8; appends to out.
 * What is found in a folded text by a folded word is what people take for the same.
 * Cost: some 20 ns a character.
 */
void text_fold(struct span text, struct buf *out);

/* Katakana as the hiragana of the same sound; any other code point as it is. */
static inline uint32_t kana_fold(uint32_t c)
{
    bool is_katakana = (c >= 0x30A1 && c <= 0x30F6) || c == 0x30FD || c == 0x30FE;

    return is_katakana ? c - 0x60 : c;
}

#define ZONE_NAME_MAX_BYTES 64
#define ZONE_ABBREV_BYTES 32 /* with its NUL */

/*
 * Is this the name of a time zone, such as "Asia/Tokyo" or "UTC"?  Case counts.  Names and times
 * are those of the system's tz database; without one ICU's own, which are as old as it is.
 */
bool zone_is_known(struct span name);

/*
 * A time zone, for one thread at a time.
 * ERR_INVAL when zone_is_known() says no; *zone is untouched then.  About 50 us.
 */
struct zone;
err_t zone_open(struct span name, struct zone **zone) MUST_CHECK;
void zone_close(struct zone *zone); /* NULL does nothing */

/* Local time minus UTC at that moment, in milliseconds, summer time included. */
int64_t zone_offset_ms(struct zone *zone, int64_t wall_ms);

/* A moment as the wall clock and the calendar there show it. */
struct civil {
    int year, month, day; /* Gregorian; month and day from 1 */
    int hour, minute, second;
};
struct civil zone_civil(struct zone *zone, int64_t wall_ms);

/* "JST", "CET", "EST" where people use such a name, otherwise "GMT+9", "GMT-3", "UTC". */
void zone_abbrev(struct zone *zone, int64_t wall_ms, char out[ZONE_ABBREV_BYTES]);

/*
 * For people, in their language: "2026-11-23 15:04 JST" and 「2026年11月23日 15:04」 (Japanese
 * readers expect no zone for their own, so it follows in parentheses only where it is not JST).
 */
void zone_format_moment(struct zone *zone, enum tongue tongue, int64_t wall_ms, struct buf *out);

/* "15:04": for the lines of one day. */
void zone_format_clock(struct zone *zone, int64_t wall_ms, struct buf *out);

/* "2026-11-23" and 「2026年11月23日」. */
void zone_format_day(struct zone *zone, enum tongue tongue, int64_t wall_ms, struct buf *out);

/*
 * The domain of an address as the mail system needs it: IDNA 2008 (UTS 46, non-transitional),
 * lower case; "例え.jp" becomes "xn--r8jz45g.jp".  An address literal "[192.0.2.7]" stays as it
 * is.  Appends to out.
 * ERR_INVAL for labels that are empty, too long or not allowed; out is unchanged.
 */
err_t domain_to_ascii(struct span domain, struct buf *out) MUST_CHECK;

/*
 * The same backwards, for people's eyes: "xn--r8jz45g.jp" becomes "例え.jp".  A domain that
 * domain_to_ascii() would not bring back is appended as it is.
 */
void domain_show(struct span domain, struct buf *out);

/* domain_to_ascii() for the part of a bare address after its last "@"; the local part is kept. */
err_t address_to_ascii(struct span addr, struct buf *out) MUST_CHECK;

#endif
