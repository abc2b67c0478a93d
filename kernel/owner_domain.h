/* Whose an address is, as a domain, in a few instructions. Any context. */
#ifndef KERNEL_OWNER_DOMAIN_H
#define KERNEL_OWNER_DOMAIN_H

#include <stddef.h>

#include "domains/domain.h"
#include "kernel/owner.h"

/* Owners have their names from their domains: it is the last member of one. NULL: the kernel. */
static inline struct domain *owner_domain(owner_t owner)
{
    return owner == OWNER_KERNEL
               ? NULL
               : (struct domain *)(owners[owner].name - offsetof(struct domain, name));
}

#endif
