/* Tasks as rows, and back. */
#include "core_int.h"

#define F(t, k, member, ...)                                                                       \
    {                                                                                              \
        .tag = TAG_KEPT + (t), .kind = KIND_##k, .offset = offsetof(struct xtask, member),         \
        __VA_ARGS__                                                                                \
    }

/* Tags are stable for ever. */
static const struct field task_fields[] = {
    F(100, U64, last_pos),     F(101, U64, t.conv),    F(102, U64, t.agent),
    F(103, STR, t.title),      F(104, I64, t.due_ms),  F(105, BOOL, t.reminded),
    F(106, BOOL, t.done),      F(107, U64, t.by),      F(108, U64, t.done_by),
    F(109, I64, t.made_ms),    F(110, I64, t.done_ms), F(111, U32, t.version),
    F(112, U64, t.changed_by),
};

#undef F

void task_image(const struct xtask *x, struct buf *out)
{
    fields_put(out, task_fields, COUNT_OF(task_fields), x);
}

err_t task_decode(uint64_t id, struct span image, struct task **task)
{
    struct xtask *x;
    err_t err = task_decode_x(id, image, &x);

    if (err == ERR_OK)
        *task = &x->t;
    return err;
}

void task_free(struct task *task)
{
    if (task != NULL)
        xtask_free(container_of(task, struct xtask, t));
}

err_t task_decode_x(uint64_t id, struct span image, struct xtask **out)
{
    struct xtask *x = xtask_new(id);
    err_t err = fields_read(image, task_fields, COUNT_OF(task_fields), NULL, x);

    if (err == ERR_OK && (x->last_pos == 0 || x->t.conv == 0 || x->t.version == 0))
        err = ERR_CORRUPT;
    if (err != ERR_OK)
        xtask_free(x);
    else
        *out = x;
    return err;
}
