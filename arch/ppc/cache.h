/*
 * Making stored words visible to instruction fetch (PEM, chapter 5): dcbst,
 * sync, icbi, sync, isync over the range; and clearing memory by lines. Any context.
 */
#ifndef ARCH_PPC_CACHE_H
#define ARCH_PPC_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 32

/* The same when it was stored through one address and will be executed at another. */
static inline void cache_publish_alias(const void *stored, const void *executed, size_t size)
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

#define CACHE_CLEAR_LINE(at, n) \
    __asm__ volatile("dcbz %0, %1" : : "b"(at), "r"((n)*CACHE_LINE) : "memory")

/* Fills memory that begins at a line and is cached with zeros, of which a line takes one instruction (dcbz). Whole words. */
static inline __attribute__((always_inline)) void cache_clear(void *start, size_t size)
{
    uint8_t *at = start, *lines_end = at + size / CACHE_LINE * CACHE_LINE;

    for (; lines_end - at >= 8 * CACHE_LINE; at += 8 * CACHE_LINE) {
        CACHE_CLEAR_LINE(at, 0);
        CACHE_CLEAR_LINE(at, 1);
        CACHE_CLEAR_LINE(at, 2);
        CACHE_CLEAR_LINE(at, 3);
        CACHE_CLEAR_LINE(at, 4);
        CACHE_CLEAR_LINE(at, 5);
        CACHE_CLEAR_LINE(at, 6);
        CACHE_CLEAR_LINE(at, 7);
    }
    for (; at < lines_end; at += CACHE_LINE)
        CACHE_CLEAR_LINE(at, 0);
    for (; at < (uint8_t *)start + size; at += sizeof(uint32_t))
        *(volatile uint32_t *)at = 0;
}

static inline void cache_publish_code(const void *start, size_t size)
{
    cache_publish_alias(start, start, size);
}

#endif
