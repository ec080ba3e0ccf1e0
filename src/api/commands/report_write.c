/* A report of time as it is answered: its sums with names, and as a table for spreadsheets. */
#include "commands/report.h"

struct writing {
    const struct api *api;
    const struct reader *reader;
    const struct report_sums *sums;
};

static const char *dept_name(const struct writing *w, uint64_t id)
{
    const struct dept *d = audience_dept(w->reader, id);

    return d != NULL ? d->name : "";
}

static int64_t average(const struct report_sum *sum)
{
    return sum->convs > 0 ? sum->ms / (int64_t)sum->convs : 0;
}

static void sum_write(struct jw *j, const struct writing *w, const struct report_sum *sum)
{
    jw_obj(j);
    if (sum->agent != 0) {
        jw_k_id(j, "agent", sum->agent);
        jw_k_str(j, "name", core_agent_name(w->api->env.core, sum->agent));
    }
    if (sum->dept != 0) {
        jw_k_id(j, "department", sum->dept);
        jw_k_str(j, "department_name", dept_name(w, sum->dept));
    }
    jw_k_int(j, "conversations", (int64_t)sum->convs);
    jw_k_int(j, "ms", sum->ms);
    jw_k_int(j, "average_ms", average(sum));
    jw_k_int(j, "corrected", (int64_t)sum->corrected);
    jw_k_int(j, "corrected_ms", sum->corrected_ms);
    jw_obj_end(j);
}

/* Those with an agent, or with a department, or with both. */
static void sums_write(struct jw *j, const char *key, const struct writing *w, bool agent,
                       bool dept)
{
    jw_key(j, key);
    jw_arr(j);
    for (size_t i = 0; i < w->sums->n; i++) {
        const struct report_sum *sum = &w->sums->all[i];

        if ((sum->agent != 0) == agent && (sum->dept != 0) == dept)
            sum_write(j, w, sum);
    }
    jw_arr_end(j);
}

/* In whole seconds, as exports have it; sums of sums are the spreadsheet's to make. */
static void table_write(struct buf *b, const struct writing *w)
{
    buf_add_str(b, "\xef\xbb\xbf" /* else some spreadsheets read the system's letters */
                   "agent,department,conversations,handling s,average s,corrected,corrected s,"
                   "agent id,department id\r\n");
    for (size_t i = 0; i < w->sums->n; i++) {
        const struct report_sum *sum = &w->sums->all[i];

        if (sum->agent == 0 || sum->dept == 0)
            continue;
        csv_cell(b, span_of(core_agent_name(w->api->env.core, sum->agent)));
        buf_add_char(b, ',');
        csv_cell(b, span_of(dept_name(w, sum->dept)));
        buf_addf(b, ",%llu,%lld,%lld,%llu,%lld,id:%llu,id:%llu\r\n", (unsigned long long)sum->convs,
                 (long long)(sum->ms / 1000), (long long)(average(sum) / 1000),
                 (unsigned long long)sum->corrected, (long long)(sum->corrected_ms / 1000),
                 (unsigned long long)sum->agent, (unsigned long long)sum->dept);
    }
}

void report_answer(struct call *c, const struct report_want *want, struct report_sums *sums,
                   const struct reader *r, int64_t took_ms)
{
    static const struct report_sum none = {0};
    const struct writing w = {.api = c->api, .reader = r, .sums = sums};
    struct buf b = {0}, table = {0};
    struct jw j = {.b = &b};

    report_sort(sums);
    jw_obj(&j);
    jw_k_int(&j, "since_ms", want->since_ms);
    jw_k_int(&j, "before_ms", want->before_ms);
    sums_write(&j, "rows", &w, true, true);
    sums_write(&j, "agents", &w, true, false);
    sums_write(&j, "departments", &w, false, true);
    jw_key(&j, "total");
    sum_write(&j, &w, sums->n > 0 ? &sums->all[0] : &none);
    if (want->csv) {
        table_write(&table, &w);
        jw_k_span(&j, "text", buf_span(&table));
    }
    jw_k_int(&j, "took_ms", took_ms);
    jw_obj_end(&j);
    call_ok_now(c, buf_span(&b));
    buf_fini(&table);
    buf_fini(&b);
}
