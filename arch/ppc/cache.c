/* See cache.h. QEMU needs none of this, processors do. */
#include "arch/ppc/cache.h"

#include <stdint.h>

#define CACHE_LINE 32

void cache_publish_alias(const void *stored, const void *executed, size_t size)
{
    uintptr_t offset = (uintptr_t)stored % CACHE_LINE;
    uintptr_t data = (uintptr_t)stored - offset, code = (uintptr_t)executed - offset;

    for (uintptr_t at = 0; at < offset + size; at += CACHE_LINE)
        __asm__ volatile("dcbst 0, %0" : : "r"(data + at) : "memory");
    __asm__ volatile("sync" : : : "memory");
    for (uintptr_t at = 0; at < offset + size; at += CACHE_LINE)
        __asm__ volatile("icbi 0, %0" : : "r"(code + at) : "memory");
    __asm__ volatile("sync\n\tisync" : : : "memory");
}

void cache_publish_code(const void *start, size_t size)
{
    cache_publish_alias(start, start, size);
}
