/*
 * The queue is Dmitry Vyukov's intrusive MPSC queue: a producer swaps itself in as the tail and
 * then links its predecessor to itself; between the two the chain has a gap, at which mpsc_pop()
 * stops.  Whoever closes the gap looks at `sleeping` afterwards, and the consumer looks at the
 * chain after setting it; all four are sequentially consistent, so one of them sees the other.
 */
#include "deskbell/mpsc.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

err_t mpsc_init(struct mpsc *q)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (fd < 0)
        return ERR_IO;
    q->fd = fd;
    atomic_init(&q->stub.next, NULL);
    atomic_init(&q->tail, &q->stub);
    atomic_init(&q->sleeping, true);
    q->head = &q->stub;
    return ERR_OK;
}

void mpsc_fini(struct mpsc *q)
{
    close(q->fd);
    q->fd = -1;
}

static void mpsc_link(struct mpsc *q, struct mpsc_node *node)
{
    struct mpsc_node *prev;

    atomic_store(&node->next, NULL);
    prev = atomic_exchange(&q->tail, node);
    atomic_store(&prev->next, node);
}

void mpsc_push(struct mpsc *q, struct mpsc_node *node)
{
    mpsc_link(q, node);
    if (atomic_load(&q->sleeping) && atomic_exchange(&q->sleeping, false))
        mpsc_wake(q);
}

void mpsc_wake(struct mpsc *q)
{
    uint64_t one = 1;

    while (write(q->fd, &one, sizeof(one)) < 0)
        ensure(errno == EINTR || errno == EAGAIN);
}

int mpsc_fd(const struct mpsc *q)
{
    return q->fd;
}

void mpsc_awake(struct mpsc *q)
{
    uint64_t count;

    atomic_store(&q->sleeping, false);
    while (read(q->fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
}

struct mpsc_node *mpsc_pop(struct mpsc *q)
{
    struct mpsc_node *head = q->head;
    struct mpsc_node *next = atomic_load(&head->next);

    if (head == &q->stub) {
        if (next == NULL)
            return NULL;
        q->head = head = next;
        next = atomic_load(&head->next);
    }
    if (next == NULL) {
        if (atomic_load(&q->tail) != head)
            return NULL; /* the gap */
        mpsc_link(q, &q->stub);
        next = atomic_load(&head->next);
        if (next == NULL)
            return NULL; /* somebody came between: the gap again */
    }
    q->head = next;
    return head;
}

/* Whether mpsc_pop() would give something. */
static bool mpsc_is_ready(struct mpsc *q)
{
    struct mpsc_node *head = q->head;

    return atomic_load(&head->next) != NULL || (head != &q->stub && atomic_load(&q->tail) == head);
}

bool mpsc_sleep(struct mpsc *q)
{
    atomic_store(&q->sleeping, true);
    if (!mpsc_is_ready(q))
        return true;
    atomic_store(&q->sleeping, false);
    return false;
}

void mpsc_wait(struct mpsc *q, int timeout_ms)
{
    struct pollfd pfd = {.fd = q->fd, .events = POLLIN};

    if (!mpsc_sleep(q))
        return;
    if (poll(&pfd, 1, timeout_ms) < 0)
        ensure(errno == EINTR);
    mpsc_awake(q);
}
