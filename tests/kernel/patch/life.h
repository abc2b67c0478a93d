/* What patches take of the system, and whether it comes back. */
#ifndef TESTS_KERNEL_PATCH_LIFE_H
#define TESTS_KERNEL_PATCH_LIFE_H

#include <stdbool.h>
#include <stddef.h>

struct life {
    size_t heap_bytes, n_free_pages, code_bytes, n_springboards, n_patches;
};

/* After all that waits or is only remembered has been given back. */
void life_measure(struct life *life);

/* Checks that they are alike. */
bool life_compare(const struct life *before, const struct life *after);

/* n patches of all kinds inserted and removed, by one and by many; then everything is as before. */
void life_wear(unsigned n);

#endif
