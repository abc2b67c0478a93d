/*
 * Asynchronous bindings: what is asked of them when they are made, and how the dispatcher hands raises to them.
 */
#ifndef KERNEL_EVENT_ASYNC_H
#define KERNEL_EVENT_ASYNC_H

#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

struct binding_wish;
struct bond;
struct event;
struct procedure_type;

/* The options alone. ERR_TYPE. */
status_t async_check_options(const struct binding_wish *wish);

/*
 * After its handler has been taken and the calls of the event were found: begins its strand. ERR_TYPE: a call passes an address of the caller's frame, or
 * results would be missed; ERR_NO_MEMORY, ERR_QUOTA.
 */
status_t async_begin(const struct procedure_type *procedure, const struct event *event,
                     struct bond *bond);

/* Of struct dispatch_binding: `deferred`. Any context. */
void event_defer(void *binding, uint32_t words[], size_t n);

#endif
