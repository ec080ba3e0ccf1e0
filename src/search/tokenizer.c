/*
 * The tokenizer that FTS5 calls: our units for texts, and what a question has made of them as it
 * is.  Words of our own, which say what a conversation is, begin with a character that no text has.
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "search_int.h"

struct tokenizer {
    struct units u; /* used again for each text: one connection, one thread at a time */
};

static int tokenizer_create(void *arg, const char **args, int n, Fts5Tokenizer **out)
{
    (void)arg;
    (void)args;
    (void)n;
    *out = (Fts5Tokenizer *)xcalloc(1, sizeof(struct tokenizer));
    return SQLITE_OK;
}

static void tokenizer_delete(Fts5Tokenizer *t)
{
    struct tokenizer *tk = (struct tokenizer *)t;

    units_fini(&tk->u);
    free(tk);
}

struct told {
    void *ctx;
    int (*fn)(void *ctx, int flags, const char *p, int len, int from, int to);
    size_t base;
};

static int token_pass(void *arg, struct span token, size_t from, size_t to)
{
    struct told *t = arg;

    return t->fn(t->ctx, 0, token.p, (int)token.len, (int)(t->base + from), (int)(t->base + to));
}

static int text_pass(struct tokenizer *tk, struct told *t, struct span text)
{
    int rc = SQLITE_OK;

    units_take(&tk->u, text);
    for (size_t i = 0; rc == SQLITE_OK && i < tk->u.n; i++)
        rc = unit_tokens(&tk->u, &tk->u.all[i], token_pass, t);
    return rc;
}

static size_t find_byte(struct span s, size_t at, char c)
{
    while (at < s.len && s.p[at] != c)
        at++;
    return at;
}

static int tokenizer_run(Fts5Tokenizer *t, void *ctx, int flags, const char *p, int len,
                         int (*fn)(void *, int, const char *, int, int, int))
{
    struct span all = {p, (size_t)len};
    struct told told = {.ctx = ctx, .fn = fn};
    int rc = SQLITE_OK;

    if ((flags & FTS5_TOKENIZE_QUERY) != 0)
        return all.len > 0 ? fn(ctx, 0, p, len, 0, len) : SQLITE_OK;
    for (size_t at = 0; rc == SQLITE_OK && at < all.len;) {
        size_t end = find_byte(all, at, OWN_MARK);

        told.base = at;
        rc = text_pass((struct tokenizer *)t, &told, (struct span){p + at, end - at});
        if (rc != SQLITE_OK || end == all.len)
            break;
        at = find_byte(all, end, ' ');
        rc = fn(ctx, 0, p + end, (int)(at - end), (int)end, (int)at);
    }
    return rc;
}

/* How FTS5 gives its functions: by a pointer that is bound to a statement. */
static fts5_api *api_get(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    fts5_api *api = NULL;

    if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_pointer(stmt, 1, &api, "fts5_api_ptr", NULL);
        sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    return api;
}

err_t tokenizer_register(sqlite3 *db)
{
    fts5_tokenizer tokenizer = {tokenizer_create, tokenizer_delete, tokenizer_run};
    fts5_api *api = api_get(db);

    if (api == NULL || api->xCreateTokenizer(api, "deskbell", NULL, &tokenizer, NULL) != SQLITE_OK)
        return ERR_UNSUPPORTED; /* an SQLite without full text */
    return ERR_OK;
}
