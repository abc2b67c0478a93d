/*
 * The kernel's text, or a stretch of it, as analyses for patches see it: procedures as kernel/event/code_source.h has them,
 * words without patches and splices, and pointers of the kernel's own data only. Private to site.h.
 *
 * Main line only.
 */
#ifndef KERNEL_PATCH_SITE_SOURCE_H
#define KERNEL_PATCH_SITE_SOURCE_H

#include "arch/ppc/code/analysis/source.h"

struct site_source {
    struct code_source source;
    vaddr_t start, end;
};

/* It must stay where it is. */
void site_source_open(struct site_source *source, vaddr_t start, vaddr_t end);

/* How many words of the kernel's initialized data point to start or behind it, but before end; for struct flow_terms. */
uint32_t site_source_pointers(void *context, vaddr_t start, vaddr_t end);

#endif
