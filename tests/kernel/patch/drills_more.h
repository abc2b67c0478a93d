/* Further drills, of what tests/kernel/poison has none for. See tests/kernel/poison/drills.h. */
#ifndef TESTS_KERNEL_PATCH_DRILLS_MORE_H
#define TESTS_KERNEL_PATCH_DRILLS_MORE_H

#include "tests/kernel/poison/drills.h"

/* libfdt, zlib and the C library; the running kernel: domains, events, memory. */
extern const struct drill drills_of_libraries[], drills_of_system[];

#endif
