/* Waiting for input, or a time: the strand that does so leaves the processor to others, if it may wait, else
 * it naps. */
#ifndef KERNEL_IDLE_H
#define KERNEL_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/ppc/types.h"

#define IDLE_FOREVER UINT64_MAX

/*
 * Returns when wanted() is true, or at the time base's deadline, or at any
 * interrupt of a device between; the caller looks again. wanted must not wait itself.
 */
void idle_until(uint64_t deadline, bool (*wanted)(void));

/* A device has interrupted. Interrupts off. */
void idle_wake(void);

struct strand;

/* What had frames of a strand's stack below an address does not wait any more. */
void idle_unwound(const struct strand *strand, vaddr_t stack);

#endif
