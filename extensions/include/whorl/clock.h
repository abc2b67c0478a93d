/* Time, from the processor's time base. Any context. */
#ifndef WHORL_CLOCK_H
#define WHORL_CLOCK_H

#include <stdint.h>
#include <whorl/interface.h>

/* Ticks of the time base, and how many of them make a second. */
EVENT uint64_t clock_ticks(void);
EVENT uint32_t clock_frequency(void);

/* Microseconds since the machine was started or restarted. */
EVENT uint64_t clock_microseconds(void);

/* Ticks as microseconds, rounded down. */
EVENT uint64_t clock_to_microseconds(uint64_t ticks);

#endif
