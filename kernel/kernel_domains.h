/* The kernel's own domains: one for each of its interfaces, SpinPublic, SpinPrivate, Debug. */
#ifndef KERNEL_KERNEL_DOMAINS_H
#define KERNEL_KERNEL_DOMAINS_H

#include "domains/domain.h"

/* Makes them and registers the last three, the last two for the privileged only. Called once. */
void kernel_domains_initialize(void);

/*
 * The kernel's types: of the files that have interfaces, and of all, which are read when somebody first asks;
 * NULL: no memory for that.
 */
const struct btf *kernel_types_public(void);
const struct btf *kernel_types_all(void);

/* What SpinPublic or SpinPrivate exports under a name; its type is among the public ones. */
bool kernel_interface_symbol(const char *name, const struct symbol **symbol);

#endif
