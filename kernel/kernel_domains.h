/* The kernel's own domains: one for each of its interfaces, SpinPublic, SpinPrivate, Debug. */
#ifndef KERNEL_KERNEL_DOMAINS_H
#define KERNEL_KERNEL_DOMAINS_H

#include "domains/domain.h"

/* Makes them and registers the last three, the last two for the privileged only. Called once. */
void kernel_domains_initialize(void);

#endif
