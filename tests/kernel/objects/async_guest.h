/* What async_guest offers to suites: handlers that do as little or as much as they should not, and strands of its own. */
#ifndef TESTS_KERNEL_OBJECTS_ASYNC_GUEST_H
#define TESTS_KERNEL_OBJECTS_ASYNC_GUEST_H

#include <whorl/event.h>
#include <whorl/lock.h>
#include <whorl/strand.h>

struct async_guest {
    procedure_t note, rest, fault, spin, leave; /* handlers of void(int) */
    volatile unsigned *n;                       /* how often note ran, and rest began */
    __typeof__(event_install) *install;         /* its own calls */
    __typeof__(event_intrinsic) *intrinsic;
    __typeof__(event_uninstall) *uninstall;
    __typeof__(event_destroy) *destroy;
    status_t (*begin)(strand_t **strand); /* a strand of its own that counts in *turns and yields */
    volatile unsigned *turns;
    volatile bool *stop;
    procedure_t swallow; /* a handler of strand_block and the like that does nothing; */
    procedure_t filter;  /* and a filter; */
    volatile unsigned *n_swallowed;
    strand_t *volatile *swallowed; /* and the latest one */
};

#endif
