/* Who may have handlers of the strand events, and for which strands. */
#ifndef KERNEL_EVENT_STRAND_EVENTS_H
#define KERNEL_EVENT_STRAND_EVENTS_H

#include <stdbool.h>
#include <whorl/strand.h>

/* From now on the kernel decides that. */
void strand_events_initialize(void);

/* A guard: whether a strand belongs to an owner. Functional. */
EVENT bool strand_is_of(void *owner, strand_t *strand);

#endif
