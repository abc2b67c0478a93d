/*
 * A counting patch on every procedure of the kernel that accepts one, as long as the domain is there that asks for
 * it. Whatever is run meanwhile works as it does without.
 */
#ifndef TESTS_KERNEL_EVERYTHING_EVERYTHING_H
#define TESTS_KERNEL_EVERYTHING_EVERYTHING_H

#include "kernel/patch/patch.h"

/* Says how many there are, and which are refused, for which reason. ERR_FAILED: too many of them. */
status_t everything_patch(enum patch_mode mode);

/* Says how many calls there were; ends with "the kernel's text is as it was" if it is, when all patches are gone. */
void everything_end(void);

#endif
