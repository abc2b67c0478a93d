/* Asks for stacks that are too large, and for none at all.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static void nothing(void *closure)
{
    (void)closure;
}

static bool refuses(size_t size, unsigned priority)
{
    struct strand_options options = {.stack_size = size, .priority = priority};
    strand_t *strand = NULL;

    return strand_create(nothing, NULL, &options, &strand) != OK && strand == NULL;
}

status_t hostile_act(void)
{
    strand_t *strand = NULL;

    if (!refuses(STRAND_STACK_MAX + 1, 0) || !refuses(0x7fffffff, 0) || !refuses(0xfffff001, 0) ||
        !refuses(SIZE_MAX, 0) || !refuses(0, STRAND_PRIORITY_MAX + 1) || !refuses(0, 0xffffffff) ||
        strand_create((void (*)(void *))opaque(0x70000000), NULL, NULL, &strand) == OK ||
        strand != NULL)
        __asm__ volatile("trap");
    return OK;
}
