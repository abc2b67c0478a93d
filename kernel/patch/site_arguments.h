/*
 * In which general registers arguments of procedures are passed, by their types. What is passed may be read by what is installed
 * on a procedure, or replaces it, though not by the procedure itself. Procedures without a type, or with one that
 * no event can have, have nothing else run instead of them, but for variadic ones, of which all registers are taken.
 * Private to site.h.
 *
 * Main line only.
 */
#ifndef KERNEL_PATCH_SITE_ARGUMENTS_H
#define KERNEL_PATCH_SITE_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/types.h"

struct domain;
struct site_arguments;

/* Of a domain's procedures, NULL: the kernel's. ERR_NO_MEMORY. */
status_t site_arguments_open(struct domain *domain, struct site_arguments **arguments);
void site_arguments_close(struct site_arguments *arguments);

/* 1 << n is register n; of the procedure that starts at an address. False: it has no type. */
bool site_arguments_of(const struct site_arguments *arguments, vaddr_t start, uint32_t *registers);

#endif
