/* See cache.h. QEMU needs none of this, processors do. */
#include "arch/ppc/cache.h"

#include <stdint.h>

#define CACHE_LINE 32

void cache_publish_code(const void *start, size_t size)
{
    uintptr_t first = (uintptr_t)start & ~(uintptr_t)(CACHE_LINE - 1);
    uintptr_t end = (uintptr_t)start + size;

    for (uintptr_t line = first; line < end; line += CACHE_LINE)
        __asm__ volatile("dcbst 0, %0" : : "r"(line) : "memory");
    __asm__ volatile("sync" : : : "memory");
    for (uintptr_t line = first; line < end; line += CACHE_LINE)
        __asm__ volatile("icbi 0, %0" : : "r"(line) : "memory");
    __asm__ volatile("sync\n\tisync" : : : "memory");
}
