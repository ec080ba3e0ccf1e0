/* The fields of what the gateway asks, read the same way by all who answer. */
#include <jansson.h>

#include "deskbell/id.h"
#include "dispatcher_int.h"

struct span question_text(const json_t *fields, const char *name)
{
    const json_t *v = json_object_get(fields, name);

    return json_is_string(v) ? (struct span){json_string_value(v), json_string_length(v)}
                             : SPAN_NONE;
}

uint64_t question_id(const json_t *fields, const char *name)
{
    uint64_t id = 0;

    return id_parse(question_text(fields, name), &id) == ERR_OK ? id : 0;
}
