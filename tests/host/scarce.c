/* See scarce.h. */
#include "tests/host/scarce.h"

#include <stdbool.h>
#include <stddef.h>

long scarce_left = SCARCE_FOREVER;
long scarce_blocks;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

static bool is_granted(void)
{
    if (scarce_left == 0)
        return false;
    if (scarce_left > 0)
        scarce_left--;
    return true;
}

void *__wrap_malloc(size_t size)
{
    void *block = is_granted() ? __real_malloc(size) : NULL;

    scarce_blocks += block != NULL;
    return block;
}

void *__wrap_calloc(size_t n, size_t size)
{
    void *block = is_granted() ? __real_calloc(n, size) : NULL;

    scarce_blocks += block != NULL;
    return block;
}

void *__wrap_realloc(void *block, size_t size)
{
    void *moved = is_granted() ? __real_realloc(block, size) : NULL;

    scarce_blocks += moved != NULL && block == NULL;
    return moved;
}

void __wrap_free(void *block)
{
    scarce_blocks -= block != NULL;
    __real_free(block);
}
