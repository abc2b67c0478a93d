/*
 * malloc and its kin over the heap, in place of newlib's own: for the kernel,
 * and, under identified_ names, for domains, to which it is charged. The library's own
 * procedures that return memory to free are here too, since they must know for whom. (What the C library keeps for itself: libc.c.)
 */
#include "kernel/heap.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/identity.h"
#include "kernel/interface.h"

static void *zeroed(owner_t owner, size_t n, size_t size)
{
    size_t bytes;
    void *piece;

    if (__builtin_mul_overflow(n, size, &bytes))
        return heap_no_memory();
    piece = heap_allocate(bytes, owner);
    return piece == NULL ? NULL : memset(piece, 0, bytes);
}

static void *resized(owner_t owner, void *piece, size_t size)
{
    size_t old;
    void *moved;

    if (piece == NULL)
        return heap_allocate(size, owner);
    old = heap_size(piece, owner);
    if (size != 0 && size <= old && size > old / 2)
        return piece;
    moved = heap_allocate(size, owner);
    if (moved == NULL)
        return NULL;
    memcpy(moved, piece, size < old ? size : old);
    heap_free(piece, owner);
    return moved;
}

static void *aligned(owner_t owner, size_t alignment, size_t size)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0)
        return heap_no_memory();
    return heap_allocate_aligned(size, owner, alignment);
}

static char *copied(owner_t owner, const char *text, size_t length)
{
    char *copy = heap_allocate(length + 1, owner);

    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

static int formatted(owner_t owner, char **text, const char *format, va_list arguments)
{
    va_list again;
    int n;

    va_copy(again, arguments);
    n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    *text = n < 0 ? NULL : heap_allocate((size_t)n + 1, owner);
    if (*text == NULL)
        return -1;
    return vsnprintf(*text, (size_t)n + 1, format, arguments);
}

/* ---- for the kernel ---- */

void *malloc(size_t size)
{
    return heap_allocate(size, OWNER_KERNEL);
}

void free(void *piece)
{
    heap_free(piece, OWNER_KERNEL);
}

void *calloc(size_t n, size_t size)
{
    return zeroed(OWNER_KERNEL, n, size);
}

void *realloc(void *piece, size_t size)
{
    return resized(OWNER_KERNEL, piece, size);
}

char *strdup(const char *text)
{
    return copied(OWNER_KERNEL, text, strlen(text));
}

/* ---- for domains ---- */

static EVENT void *identified_malloc(size_t size)
{
    return heap_allocate(size, identity_calling());
}

static EVENT void identified_free(void *piece)
{
    heap_free(piece, identity_calling());
}

static EVENT void *identified_calloc(size_t n, size_t size)
{
    return zeroed(identity_calling(), n, size);
}

static EVENT void *identified_realloc(void *piece, size_t size)
{
    return resized(identity_calling(), piece, size);
}

static EVENT void *identified_memalign(size_t alignment, size_t size)
{
    return aligned(identity_calling(), alignment, size);
}

static EVENT void *identified_aligned_alloc(size_t alignment, size_t size)
{
    return aligned(identity_calling(), alignment, size);
}

static EVENT size_t identified_malloc_usable_size(void *piece)
{
    owner_t owner = identity_calling();

    return piece == NULL ? 0 : heap_size(piece, owner);
}

static EVENT char *identified_strdup(const char *text)
{
    owner_t owner = identity_calling();

    return copied(owner, text, strlen(text));
}

static EVENT char *identified_strndup(const char *text, size_t most)
{
    owner_t owner = identity_calling();

    return copied(owner, text, strnlen(text, most));
}

static EVENT int identified_vasprintf(char **text, const char *format, va_list arguments)
{
    return formatted(identity_calling(), text, format, arguments);
}

static EVENT int identified_asprintf(char **text, const char *format, ...)
{
    owner_t owner = identity_calling();
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = formatted(owner, text, format, arguments);
    va_end(arguments);
    return n;
}

IDENTIFIED_INTERFACE(CStdlib, malloc, free, calloc, realloc, memalign, aligned_alloc,
                     malloc_usable_size, strdup, strndup, vasprintf, asprintf);
