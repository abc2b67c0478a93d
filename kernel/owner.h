/*
 * Owners: to whom memory is charged. The kernel is one, every domain is one. An
 * owner has a quota; what it holds counts against it, and what it still holds
 * when it goes is released.
 *
 * Main line only.
 */
#ifndef KERNEL_OWNER_H
#define KERNEL_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/types.h"

/* Small numbers, so that a table can have one for each page. */
typedef uint16_t owner_t;

#define OWNER_NOBODY 0
#define OWNER_KERNEL 1
#define OWNERS_MAX 1024

/* Of pages only: how they are held by the one they are charged to. */
#define OWNER_HEAP (OWNERS_MAX + 0)      /* pieces of malloc, or the first page of a large one */
#define OWNER_HEAP_REST (OWNERS_MAX + 1) /* the other pages of a large one */
#define OWNER_IMAGE (OWNERS_MAX + 2)     /* text and data of a domain */

struct owner {
    const char *name; /* NULL: not in use */
    size_t n_pages;   /* held, those of its image included */
    size_t n_bytes;   /* of heap held, with what the allocator adds */
    size_t quota;     /* bytes of both together */
};

extern struct owner owners[OWNERS_MAX];

void owner_initialize(void);

/* A new owner without memory. name stays the caller's. ERR_NO_MEMORY: too many. */
status_t owner_create(const char *name, size_t quota, owner_t *owner);

/* Releases everything the owner still holds, then the owner. */
void owner_destroy(owner_t owner);

/* Pages of domain text: whose they are. */
void owner_set_code(vaddr_t first, size_t n_pages, owner_t owner);

/* Whose code an address is; the kernel's if it is no domain's. */
owner_t owner_of_code(vaddr_t address);

/* Whether size more bytes are within the quota. */
static inline bool owner_may_have(owner_t owner, size_t size)
{
    const struct owner *o = &owners[owner];

    return size <= o->quota - (o->n_pages * 4096u + o->n_bytes);
}

#endif
