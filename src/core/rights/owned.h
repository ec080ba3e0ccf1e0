/* What is an agent's own, or a department's: why somebody may not edit it. */
#ifndef CORE_OWNED_H
#define CORE_OWNED_H

#include "core_int.h"

#define OWNED_USE BIT(0)
#define OWNED_EDIT BIT(1)

/*
 * `rights`: what the reader may do with it, `without_token`: what he could if no API token lacked
 * anything; `other`: the reason where it is none of those that all owned things have.
 *
 * ERR_OK; ERR_DENIED with the reason; ERR_NOTFOUND where it may not even be used, as of an owner
 * who is not there.
 */
err_t owned_may_edit(const struct reader *r, uint64_t agent, unsigned rights,
                     unsigned without_token, enum refusal other, enum refusal *why) MUST_CHECK;

#endif
