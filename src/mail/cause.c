/*
 * The words for why mails wait or failed.  Pure: it names what others have found out.
 */
#include <stdio.h>

#include "deskbell/mail.h"

/* One row a cause: its word in rows and on the wire, and what it means. */
static const struct {
    const char *word, *text;
} causes[CAUSE_COUNT] = {
    [CAUSE_SWITCH_OFF] = {"switch-off", "its switch is off"},
    [CAUSE_NO_DEPARTMENT] = {"no-department", "the department is gone"},
    [CAUSE_NO_FROM] = {"no-from", "no From address is set, neither here nor for all"},
    [CAUSE_ADDRESS] = {"address", "a saved address cannot be used"},
    [CAUSE_SETTINGS] = {"settings", "the settings cannot be read"},
    [CAUSE_ERASED] = {"erased", "what it is about was erased"},
    [CAUSE_COMPOSE] = {"compose", "it cannot be composed"},
    [CAUSE_ANSWER_LOST] = {"answer-lost", "the answer was lost, it may arrive twice"},
    [CAUSE_DOUBTFUL] = {"doubtful", "the answer was lost twice; it may have arrived"},
    [CAUSE_REFUSED] = {"refused", "the relay refused it without a code"},
    [CAUSE_NO_RECIPIENT] = {"no-recipient", "no recipient is left"},
    [CAUSE_LINK] = {"link", "its link is of no use any more"},
    [CAUSE_MENTION] = {"mention", "it was read, is gone, or is not to be told to its agent"},
    [CAUSE_TASK] = {"task", "the task is done, somebody else's, or not to be told to its agent"},
};

const char *cause_word(enum mail_cause cause)
{
    ensure((unsigned)cause < CAUSE_COUNT);
    return causes[cause].word;
}

const char *cause_text(enum mail_cause cause)
{
    ensure((unsigned)cause < CAUSE_COUNT);
    return causes[cause].text;
}

/* The server's refusal of this mail to this recipient; 0: it refused neither. */
static int refusal(const struct smtp_fate *fate)
{
    const int codes[] = {fate->mail_code, fate->rcpt_code, fate->data_code};

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i] >= 400 && codes[i] <= 599)
            return codes[i];
    return 0;
}

void mail_cause_of(const struct smtp_fate *fate, enum verdict verdict,
                   char out[MAIL_CAUSE_MAX_BYTES])
{
    int code = refusal(fate);
    const char *word = cause_word(CAUSE_REFUSED);

    if (verdict == VERDICT_SENT)
        word = "";
    else if (verdict == VERDICT_AMBIGUOUS)
        word = cause_word(CAUSE_ANSWER_LOST);
    else if (verdict == VERDICT_DOUBTFUL)
        word = cause_word(CAUSE_DOUBTFUL);
    else if (fate->trouble == TROUBLE_LOGIN || fate->trouble == TROUBLE_INJECTED)
        word = trouble_word(fate->trouble);
    else if (fate->hello)
        word = trouble_word(TROUBLE_HELLO);
    else if (fate->mail_code == 530 || fate->mail_code == 535)
        word = trouble_word(TROUBLE_LOGIN); /* said at MAIL by servers that let the login pass */
    else if (code == 0 && fate->trouble != TROUBLE_NONE)
        word = trouble_word(fate->trouble);
    if (code != 0 && word == cause_word(CAUSE_REFUSED))
        snprintf(out, MAIL_CAUSE_MAX_BYTES, "code-%d", code);
    else
        snprintf(out, MAIL_CAUSE_MAX_BYTES, "%s", word);
}
