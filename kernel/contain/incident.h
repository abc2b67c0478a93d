/*
 * What happened, from the exception to where it is reported: a few records, for it happens faster than it can be printed. Private to
 * kernel/contain/.
 */
#ifndef KERNEL_CONTAIN_INCIDENT_H
#define KERNEL_CONTAIN_INCIDENT_H

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

struct domain;
struct incident;

/* Where it was cut off. */
enum cut {
    CUT_CALL,    /* the call that fault_contain made */
    CUT_EVENT,   /* a part of an event */
    CUT_PLAIN,   /* a call by another procedure */
    CUT_PATCH,   /* a patch, whose own report says what happened */
    CUT_NOTHING, /* found by the kernel that the domain called; or nowhere */
};

/* With registers and stack as they are: before anything is unwound. NULL: there is no room. frame may be NULL. Interrupts off. */
struct incident *incident_begin(const struct trap_frame *frame);

/* How it ended. domain NULL: nobody goes into quarantine for it; `reason` NULL: a fault. incident may be NULL. */
void incident_end(struct incident *incident, struct domain *domain, enum cut cut, vaddr_t at,
                  const char *reason);
void incident_drop(struct incident *incident);

/*
 * The same for the fault of a domain that goes into quarantine, cut off as part of an event, in a few instructions: there are no patches, r1 is on the strand's
 * stack, which has `end`. NULL: there is no room. The other says where it goes on.
 */
struct incident *incident_take(const struct trap_frame *frame, struct domain *domain, vaddr_t end);
void incident_goes_on(struct incident *incident, vaddr_t at);

/* What fault_latest is to say. */
void incident_is_latest(const struct trap_frame *frame);

/*
 * Prints those that happened where output goes the same way as that of who calls this; those that go to the console; or all. What is
 * sent to somebody else is said by the strand that does so, when it has time for that.
 */
void incidents_report(void);
void incidents_report_console(void);
void incidents_flush(void);

#endif
