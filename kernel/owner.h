/*
 * Owners: to whom memory is charged. The kernel is one, every domain is one. An
 * owner has a quota; what it holds counts against it, and what it still holds
 * when it goes is released. Who goes on asking for more is cut off: see
 * kernel/quota.h, where all else is counted that an owner may have.
 *
 * Charging and discharging: any context, interrupts off where others may do it meanwhile.
 */
#ifndef KERNEL_OWNER_H
#define KERNEL_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/layout.h"
#include "arch/ppc/types.h"

/* Small numbers; a table that has one for each page keeps 16 bits. */
typedef uint32_t owner_t;

#define OWNER_NOBODY 0
#define OWNER_KERNEL 1
#define OWNERS_MAX 1024
#define OWNER_UNLIMITED ((size_t)1 << 30) /* a quota that no memory exhausts */
#define OWNER_REFUSED ((int32_t)OWNER_UNLIMITED)

/* Of pages only: how they are held by the one they are charged to. */
#define OWNER_HEAP (OWNERS_MAX + 0)      /* pieces of malloc, or the first page of a large one */
#define OWNER_HEAP_REST (OWNERS_MAX + 1) /* the other pages of a large one */
#define OWNER_IMAGE (OWNERS_MAX + 2)     /* text and data of a domain */

struct owner {
    int32_t
        left; /* of the quota, in bytes: not charged to it by anybody; less OWNER_REFUSED if it was refused something */
    size_t quota;         /* bytes it may have in all */
    const char *name;     /* NULL: not in use */
    size_t n_image_pages; /* charged for its text and data */
    uint32_t refusals;    /* in a row, nothing granted between */
    bool privileged;      /* is not cut off for asking for memory */
    bool ends; /* is in quarantine, or leaves: nothing is made for it any more (kernel/quota.h) */
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

/* Of pages of domain text, OWNER_NOBODY for the rest. For owner_of_code alone. */
extern uint16_t code_owners[(DOMAIN_CODE_END - DOMAIN_CODE_BASE) / PAGE_SIZE];

/* Whose code an address is; the kernel's if it is no domain's. */
static inline owner_t owner_of_code(vaddr_t address)
{
    vaddr_t page = (address - DOMAIN_CODE_BASE) / PAGE_SIZE;
    owner_t owner =
        page < sizeof code_owners / sizeof code_owners[0] ? code_owners[page] : OWNER_NOBODY;

    return owner == OWNER_NOBODY ? OWNER_KERNEL : owner;
}

/* Says how much it may have. ERR_BAD_ARGUMENT: it has more than that. */
status_t owner_set_quota(owner_t owner, size_t quota);

/* Charges bytes; false, and nothing changed, if the quota does not allow it; which is counted. */
bool owner_charge(owner_t owner, size_t size);

/* Something that is no memory was refused or granted, see kernel/quota.h. False: it is the one refusal too many. */
bool owner_refused(owner_t owner);
void owner_granted(owner_t owner);

/*
 * The same for a few bytes, without a second look: false also after a refusal, so that what is granted next is seen
 * by owner_charge, and whoever is not refused anything does not pay for the count of refusals.
 */
static inline bool owner_charge_at_once(owner_t owner, size_t size)
{
    if ((int32_t)size > owners[owner].left)
        return false;
    owners[owner].left -= (int32_t)size;
    return true;
}

static inline void owner_discharge(owner_t owner, size_t size)
{
    owners[owner].left += (int32_t)size;
}

/* All that is charged to it, in bytes. */
static inline size_t owner_holds(owner_t owner)
{
    const struct owner *o = &owners[owner];

    return o->quota - (size_t)(o->left + (o->refusals != 0 ? OWNER_REFUSED : 0));
}

#endif
