/*
 * A desk with a secret: departments, people, conversations and what belongs to them, which somebody
 * else may not come to know; every word that is secret has "hush" in it.  The rows are the ways to
 * look, one and more for each command.
 */
#ifndef API_SIGHT_H
#define API_SIGHT_H

#include "api_world.h"

enum { SHOWS = 1 /* to a member of the department it shows what is secret */ };

/*
 * Holes: $C each of the secret conversations in turn; $D, $V the secret departments; $A its agent;
 * $T, $U tasks, of his and of nobody; $K, $O canned replies, the department's and his own; $B a
 * block; $W, $Y saved views, the department's and his own; $M a mail; $S a session; $R a token of
 * his; $X an id that nothing has, for the words that need one beside.
 */
struct row {
    const char *verb, *args;
    unsigned flags;
};
extern const struct row sight_rows[];
extern const size_t sight_rows_count;

/* What an agent of another department may be, as settings. */
extern const char *const sight_kinds[];
extern const size_t sight_kinds_count;

/* An active, an ended and a missed one, and one that came from a department that outsiders see. */
enum { CHATS = 4 };

struct scene {
    struct world *w;
    uint64_t sales, hush, priv, boss, boss_conn, out, out_conn, hush1, hush_conn, vera, hana;
    char out_cookie[64], hush_cookie[64], boss_cookie[64], hush_code[CODE_TEXT],
        sales_code[CODE_TEXT];
    char chats[CHATS][ID_TEXT], task[ID_TEXT], pool[ID_TEXT], canned[ID_TEXT], own[ID_TEXT],
        view[ID_TEXT], own_view[ID_TEXT], block[ID_TEXT], mail[ID_TEXT], session[ID_TEXT],
        token[ID_TEXT], mention[ID_TEXT];
    unsigned number; /* of commands */
};

void scene_open(struct world *w, struct scene *s);
/* A command that must succeed. */
json_t *say(struct scene *s, uint64_t conn, const char *fmt, ...) PRINTF_LIKE(3, 4);
void keep(const json_t *answer, const char *key, char to[ID_TEXT]);
/* A visitor of the secret department rings, and is left waiting; or is answered, with a line, a
 * note and a tag. */
uint64_t hush_ring(struct scene *s, const char *code, char chat[ID_TEXT]);
void hush_chat(struct scene *s, char chat[ID_TEXT], uint64_t *visitor);
/* Who is no member becomes this, and has a new connection. */
void outsider_becomes(struct scene *s, const char *kind);

/* The words with their holes filled by what is secret, or by an id that nothing has. */
void fill_in(const struct scene *s, const char *from, size_t chat, bool there, char *to,
             size_t cap);
/* The row's answer as text, without what differs in any case; the caller frees it. */
char *answer_of(struct scene *s, uint64_t conn, const struct row *row, size_t chat, bool there);
/* Ids that were asked for may stand in what refuses them: all are the one that nothing has. */
void hide_ids(const struct scene *s, char *text, size_t chat);
bool says_hush(const char *text);
/* How many conversations a row is tried on. */
size_t chats_of(const struct row *row);

/* api_sight_ask.c */

/* Is what is there told from what is not, over this connection?  Then it is printed. */
bool row_shows(struct scene *s, uint64_t conn, const struct row *row, size_t chat);

struct route;
/*
 * What a route answers to a row's arguments, as "STATUS BODY", by the cookie or token that the
 * world has; NULL: they have not all that its path needs.  The caller frees it.
 */
char *reply_of(struct scene *s, const struct route *rt, const struct row *row, size_t chat,
               bool there);
/* Without the times at which it was answered. */
void hide_clock(char *text);

/* An API token. */
struct key {
    char id[ID_TEXT], auth[80];
};
void key_make(struct scene *s, uint64_t agent, const char *permissions, struct key *key);
void key_end(struct scene *s, const struct key *key);
uint64_t key_conn(struct scene *s, const struct key *key);
/* All that the agent could give to one, but these; words joined by commas. */
const char *permissions_of(const struct scene *s, uint64_t agent, uint32_t but, char words[300]);

/*
 * What is said in `a`, whose own name is `key`, and not under the same name in `b`: how much of it.
 * Of a token that asks nothing is looked at, nor at what is false or nothing.
 */
unsigned answer_more_than(const json_t *a, const char *key, const json_t *b);
/* An answer, with the file in it where it is one; how long a chat has taken by now is left out. */
json_t *answer_opened(const char *text);

#endif
