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

/* Small numbers; a table that has one for each page keeps 16 bits. */
typedef uint32_t owner_t;

#define OWNER_NOBODY 0
#define OWNER_KERNEL 1
#define OWNERS_MAX 1024
#define OWNER_UNLIMITED ((size_t)1 << 31) /* a quota that no memory exhausts */

/* Of pages only: how they are held by the one they are charged to. */
#define OWNER_HEAP (OWNERS_MAX + 0)      /* pieces of malloc, or the first page of a large one */
#define OWNER_HEAP_REST (OWNERS_MAX + 1) /* the other pages of a large one */
#define OWNER_IMAGE (OWNERS_MAX + 2)     /* text and data of a domain */

struct owner {
    size_t left;          /* of the quota, in bytes: not charged to it by anybody */
    size_t quota;         /* bytes it may have in all */
    const char *name;     /* NULL: not in use */
    size_t n_image_pages; /* charged for its text and data */
};

extern struct owner owners[OWNERS_MAX];

void owner_initialize(void);

/* A new owner without memory. name stays the caller's. ERR_NO_MEMORY: too many. */
status_t owner_create(const char *name, size_t quota, owner_t *owner);

/* Releases everything the owner still holds, but for the pages of images. */
void owner_release(owner_t owner);

/* The same, then the owner. */
void owner_destroy(owner_t owner);

/* Pages of domain text: whose they are. */
void owner_set_code(vaddr_t first, size_t n_pages, owner_t owner);

/* Whose code an address is; the kernel's if it is no domain's. */
owner_t owner_of_code(vaddr_t address);

/* Charges bytes; false, and nothing changed, if the quota does not allow it. */
static inline bool owner_charge(owner_t owner, size_t size)
{
    if (size > owners[owner].left)
        return false;
    owners[owner].left -= size;
    return true;
}

static inline void owner_discharge(owner_t owner, size_t size)
{
    owners[owner].left += size;
}

/* All that is charged to it, in bytes. */
static inline size_t owner_holds(owner_t owner)
{
    return owners[owner].quota - owners[owner].left;
}

#endif
