/* Waiting without work: the processor naps until something happens. Main line only. */
#ifndef KERNEL_IDLE_H
#define KERNEL_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#define IDLE_FOREVER UINT64_MAX

/* Arms the clock's interrupt; called once. */
void idle_initialize(void);

/*
 * Returns when wanted() is true, or at the time base's deadline, or at any
 * interrupt between; the caller looks again. wanted must not wait itself.
 */
void idle_until(uint64_t deadline, bool (*wanted)(void));

/* The decrementer's interrupt. */
void idle_wake(void);

#endif
