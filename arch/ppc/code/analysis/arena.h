/*
 * Memory of a fixed size for an analysis where nothing may be allocated: pieces one behind another. Only the latest can grow where it
 * is; what is freed is free again when all is, by setting `used` to 0. No arena at all: the heap.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_ARENA_H
#define ARCH_PPC_CODE_ANALYSIS_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct arena {
    uint8_t *bytes; /* aligned as ARENA_HEAD */
    size_t size, used;
};

#define ARENA_HEAD 8 /* bytes in front of a piece, with its size; also how pieces are aligned */

static inline size_t *arena_size_of(void *piece)
{
    return (size_t *)((uint8_t *)piece - ARENA_HEAD);
}

static inline bool arena_is_latest(const struct arena *arena, void *piece)
{
    return (uint8_t *)piece + *arena_size_of(piece) == arena->bytes + arena->used;
}

static inline void *arena_take(struct arena *arena, size_t size)
{
    uint8_t *piece = arena->bytes + arena->used + ARENA_HEAD;

    if (arena->size - arena->used < ARENA_HEAD || size > arena->size - arena->used - ARENA_HEAD)
        return NULL;
    *arena_size_of(piece) = size;
    arena->used += ARENA_HEAD + size;
    return piece;
}

/* As realloc. */
static inline void *arena_resize(struct arena *arena, void *piece, size_t size)
{
    size_t rounded = (size + ARENA_HEAD - 1) & ~(size_t)(ARENA_HEAD - 1), before;
    void *moved;

    if (arena == NULL)
        return realloc(piece, size);
    if (piece == NULL)
        return arena_take(arena, rounded);
    before = *arena_size_of(piece);
    if (arena_is_latest(arena, piece)) {
        arena->used -= before;
        if (rounded > arena->size - arena->used) {
            arena->used += before;
            return NULL;
        }
        *arena_size_of(piece) = rounded;
        arena->used += rounded;
        return piece;
    }
    moved = arena_take(arena, rounded);
    if (moved != NULL)
        memcpy(moved, piece, before < rounded ? before : rounded);
    return moved;
}

static inline void arena_free(struct arena *arena, void *piece)
{
    if (arena == NULL)
        free(piece);
    else if (piece != NULL && arena_is_latest(arena, piece))
        arena->used -= *arena_size_of(piece) + ARENA_HEAD;
}

#endif
