/* The heap against a plain array, under pushes, removals and changed keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deskbell/heap.h"

#define ITEMS 200
#define STEPS 20000

struct item {
    unsigned key;
    struct heap_node node;
};

static bool item_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct item *x = container_of((struct heap_node *)a, struct item, node);
    const struct item *y = container_of((struct heap_node *)b, struct item, node);

    return x->key != y->key ? x->key < y->key : x < y;
}

static struct item *smallest(struct item *items)
{
    struct item *best = NULL;

    for (size_t i = 0; i < ITEMS; i++)
        if (heap_has(&items[i].node) && (best == NULL || item_before(&items[i].node, &best->node)))
            best = &items[i];
    return best;
}

static unsigned step_random(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void the_first_is_always_the_smallest(void **state)
{
    static struct item items[ITEMS];
    struct heap h;
    unsigned seed = 7;

    (void)state;
    heap_init(&h, item_before);
    for (int step = 0; step < STEPS; step++) {
        struct item *it = &items[step_random(&seed) % ITEMS];
        unsigned key = step_random(&seed) % 1000;

        if (!heap_has(&it->node)) {
            it->key = key;
            heap_push(&h, &it->node);
        } else if (key % 2 == 0) {
            heap_remove(&h, &it->node);
            assert_false(heap_has(&it->node));
        } else {
            it->key = key;
            heap_fix(&h, &it->node);
        }
        struct item *want = smallest(items);
        assert_ptr_equal(heap_first(&h), want != NULL ? &want->node : NULL);
    }
    heap_fini(&h);
}

static void popping_sorts(void **state)
{
    static struct item items[ITEMS];
    struct heap h;
    unsigned seed = 3, last = 0, count = 0;
    struct heap_node *node;

    (void)state;
    heap_init(&h, item_before);
    assert_null(heap_pop(&h));
    for (size_t i = 0; i < ITEMS; i++) {
        items[i].key = step_random(&seed) % 50;
        heap_push(&h, &items[i].node);
    }
    while ((node = heap_pop(&h)) != NULL) {
        struct item *it = container_of(node, struct item, node);

        assert_true(it->key >= last);
        last = it->key;
        count++;
    }
    assert_int_equal(count, ITEMS);
    heap_fini(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_always_the_smallest),
        cmocka_unit_test(popping_sorts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
