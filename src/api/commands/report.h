/* A report of time as its parts share it: what is wanted, who may see what of it, and the sums. */
#ifndef API_REPORT_H
#define API_REPORT_H

#include "api_int.h"

/* Whose time the asker may see: all, that of these departments, and his own. */
struct report_sight {
    bool all;
    uint64_t self;
    struct id_list depts; /* ascending */
};
void report_sight_take(struct report_sight *s, const struct reader *r);
bool report_sight_is(const struct report_sight *a, const struct report_sight *b);

/* Of an agent in a department; 0: of all that there are. */
struct report_sum {
    uint64_t agent, dept;
    uint64_t convs;     /* that he, or somebody who may be seen, had a part in */
    uint64_t corrected; /* parts whose time was corrected by hand */
    int64_t ms, corrected_ms;
    size_t next; /* of those with the same key; 0: no more */
};

struct report_sums {
    struct map at; /* places in all, from 1 on */
    struct report_sum *all;
    size_t n, cap;
    size_t rows; /* of one agent in one department */
};

struct report_want {
    int64_t since_ms, before_ms;
    uint64_t dept, agent; /* 0: any */
    bool csv;             /* as a table, too */
};

/* Add a conversation, with those parts of it that are wanted and may be seen. */
void report_add(struct report_sums *sums, const struct report_want *want,
                const struct report_sight *sight, const struct conv_worked *w);
/* In the order of agents, and of departments. */
void report_sort(struct report_sums *sums);
/* Answer with what there is, sorted, with the names that this reader may know. */
void report_answer(struct call *c, const struct report_want *want, struct report_sums *sums,
                   const struct reader *r, int64_t took_ms);
void report_sums_fini(struct report_sums *sums);

#endif
