/*
 * Alarms: timers that call a procedure when a time has come, once or periodically. An alarm_t * is a capability; it belongs to the domain
 * that created it and goes with it.
 *
 * Handlers run one after another on a strand of the kernel's, "alarms", above the priority of all extensions, in the order of their times.
 * They may not wait (<whorl/strand.h>), and what they leave locked is unlocked. One that does not return in time is cut off like any other call; one that
 * faults is not called any more. All together get half of the processor at most. Not for handlers of interrupts.
 */
#ifndef WHORL_ALARM_H
#define WHORL_ALARM_H

#include <stdint.h>
#include <whorl/interface.h>
#include <whorl/status.h>

typedef struct alarm_capability alarm_t;

typedef void alarm_handler_t(void *closure);

/* ERR_BAD_ARGUMENT: handler is no code; ERR_STATE: its domain has not been started, or goes; ERR_QUOTA, ERR_NO_MEMORY. */
EVENT status_t alarm_create(alarm_handler_t *handler, void *closure, alarm_t **alarm);

/*
 * The first time in so many microseconds, then every period; period 0: once. Also of one that runs: it begins anew. Periods are counted
 * from the time that was due, so that they do not drift; those that passed while the handler ran are called once, and counted.
 * ERR_STATE: the domain of the handler is gone.
 */
EVENT status_t alarm_start(alarm_t *alarm, uint64_t microseconds, uint64_t period);

/* It is not called any more, unless its handler runs already. */
EVENT status_t alarm_stop(alarm_t *alarm);

/* How often its handler was called, and how many periods were passed over. Either may be NULL. */
EVENT status_t alarm_count(alarm_t *alarm, uint64_t *called, uint64_t *missed);

EVENT status_t alarm_destroy(alarm_t *alarm);

#endif
