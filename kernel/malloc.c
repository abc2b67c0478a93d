/*
 * malloc and its kin over the heap, in place of newlib's own. Memory is charged to
 * who calls; what the C library asks for on a caller's behalf (strdup, asprintf)
 * is charged to that caller; what it keeps for itself (its tables of large
 * numbers, which come from _calloc_r) to the kernel.
 */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/heap.h"
#include "kernel/owner.h"

#define ALIGNMENT 8

static void *or_error(void *piece)
{
    if (piece == NULL)
        errno = ENOMEM;
    return piece;
}

static void *zeroed(owner_t owner, size_t n, size_t size)
{
    size_t bytes;
    void *piece;

    if (__builtin_mul_overflow(n, size, &bytes))
        return or_error(NULL);
    piece = heap_allocate(owner, bytes, ALIGNMENT);
    return or_error(piece == NULL ? NULL : memset(piece, 0, bytes));
}

static void *resized(owner_t owner, void *piece, size_t size)
{
    void *moved;

    if (piece == NULL)
        return or_error(heap_allocate(owner, size, ALIGNMENT));
    if (size != 0 && size <= heap_size(piece) && size > heap_size(piece) / 2)
        return piece;
    moved = heap_allocate(owner, size, ALIGNMENT);
    if (moved == NULL)
        return or_error(NULL);
    memcpy(moved, piece, size < heap_size(piece) ? size : heap_size(piece));
    heap_free(piece, owner);
    return moved;
}

void *malloc(size_t size)
{
    void *piece = heap_allocate(OWNER_CALLING(), size, ALIGNMENT);

    return piece != NULL ? piece : or_error(NULL);
}

void free(void *piece)
{
    if (piece != NULL)
        heap_free(piece, OWNER_CALLING());
}

void *calloc(size_t n, size_t size)
{
    return zeroed(OWNER_CALLING(), n, size);
}

void *realloc(void *piece, size_t size)
{
    return resized(OWNER_CALLING(), piece, size);
}

void *memalign(size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return or_error(NULL);
    return or_error(heap_allocate(OWNER_CALLING(), size, alignment));
}

size_t malloc_usable_size(void *piece)
{
    return piece == NULL ? 0 : heap_size(piece);
}

/* ---- what the C library itself calls ---- */

#define OWNER_BEHIND() owner_behind_library(__builtin_frame_address(0))

void *_malloc_r(struct _reent *reent, size_t size)
{
    (void)reent;
    return or_error(heap_allocate(OWNER_BEHIND(), size, ALIGNMENT));
}

void _free_r(struct _reent *reent, void *piece)
{
    (void)reent;
    if (piece != NULL)
        heap_free(piece, OWNER_KERNEL);
}

void *_calloc_r(struct _reent *reent, size_t n, size_t size)
{
    (void)reent;
    return zeroed(OWNER_KERNEL, n, size);
}

void *_realloc_r(struct _reent *reent, void *piece, size_t size)
{
    (void)reent;
    return resized(OWNER_BEHIND(), piece, size);
}
