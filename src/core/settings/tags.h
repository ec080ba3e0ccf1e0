/*
 * Tags of settings that the code speaks of by name, and an agent's texts that are his own.  All
 * others stand in the tables of settings.c alone; on disk they are for ever.
 */
#ifndef SETTINGS_TAGS_H
#define SETTINGS_TAGS_H

#include "deskbell/record.h"

#define TAG_CODE 1    /* in a department's creation: its code */
#define TAG_TEXTS 2   /* in an agent's changes: which of agent_texts */
#define TAG_EMAIL 3   /* in an agent's changes: the address's fingerprint */
#define TAG_CHANGED 4 /* in changes: the tags of those that say something new, two bytes each */
#define TAG_ROLE 13   /* two of an agent's settings, in their table */
#define TAG_PERMISSIONS 15
#define TAG_PHONE 12     /* an agent's, which go into the body as his name does */
#define TAG_SIGNATURE 30 /* likewise, with the next three */
#define TAG_EXTENSION 32
#define TAG_MOBILE 33
#define TAG_NOTE 34
#define TAG_ZONE 31  /* an agent's, in their table */
#define TAG_QUIET 82 /* likewise, with the next */
#define TAG_KEYS 83
#define TAG_HOURS 70 /* a department's settings of hours, in their table */
#define HOURS_TAGS 5
/* The texts of an agent's settings that are people's own: they stand in a record's body, which can
 * be erased; which of them were set stands with the record, by bits of their place here. */
enum {
    AGENT_TEXT_NAME,
    AGENT_TEXT_EMAIL,
    AGENT_TEXT_PHONE,
    AGENT_TEXT_SIGNATURE,
    AGENT_TEXT_EXTENSION,
    AGENT_TEXT_MOBILE,
    AGENT_TEXT_NOTE,
    AGENT_TEXTS
};
extern const struct agent_text {
    unsigned tag;
    enum body_tag body;
    size_t offset; /* in struct agent */
} agent_texts[AGENT_TEXTS];

#endif
