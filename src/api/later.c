/* Who is to be answered when what he asked for takes a while. */
#include "api_int.h"

void later_init(struct later *l, const struct call *c)
{
    *l = (struct later){.api = c->api,
                        .via = c->via,
                        .as = c->as,
                        .conn_id = c->conn_id,
                        .who = c->who,
                        .ip = c->ip,
                        .secure = c->secure,
                        .id = span_dup(c->id),
                        .host = span_dup(c->host)};
}

void later_fini(struct later *l)
{
    free(l->id);
    free(l->host);
}

void later_call(const struct later *l, struct call *c)
{
    *c = (struct call){.api = l->api,
                       .via = l->via,
                       .as = l->as,
                       .conn_id = l->conn_id,
                       .who = l->who,
                       .ip = l->ip,
                       .secure = l->secure,
                       .id = span_of(l->id),
                       .host = span_of(l->host)};
}
