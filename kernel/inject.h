/* Fault injection: making an allocation fail that would not, to see what happens then. */
#ifndef KERNEL_INJECT_H
#define KERNEL_INJECT_H

#include <stdbool.h>

/* The n-th allocation from now on fails, of whatever kind of memory; 0: none does. */
void inject_set(unsigned n);

/* How many allocations are still to come until the one that fails; 0: none will. */
unsigned inject_left(void);

/* For allocators: whether this is the one. */
extern unsigned inject_countdown;

static inline bool inject_failure(void)
{
    return __builtin_expect(inject_countdown != 0, 0) && --inject_countdown == 0;
}

#endif
