/*
 * The handlers of asynchronous bindings: a queue of copied arguments, and a strand that calls the handler once for each,
 * in the order in which they were put there. At most one call is under way at a time.
 *
 * A deferral belongs to a bond and is closed with it; what waits then is dropped, and a call that is under way ends first. Its memory stays
 * until its strand has ended and no raise can come to it any more.
 *
 * Queues are changed with interrupts off. Who waits here is known by capability only, and looks by himself now and then: whoever is
 * cut off while he waits leaves nothing behind.
 */
#ifndef KERNEL_EVENT_DEFERRAL_H
#define KERNEL_EVENT_DEFERRAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/event.h>

#include "arch/ppc/code/dispatch/dispatch.h"
#include "kernel/owner.h"

struct domain;
struct deferral;

struct deferral_terms {
    const struct signature *signature;
    struct dispatch_binding handler; /* without guards */
    uint64_t pointers;               /* 1 << n: word n of the arguments is a pointer */
    struct domain *payer;            /* whose strand it is; NULL: the kernel */
    const char *event, *handler_name;
};

/* With its strand. ERR_NO_MEMORY, ERR_QUOTA. */
status_t deferral_create(const struct deferral_terms *terms, struct deferral **deferral);

void deferral_close(struct deferral *deferral);

void deferral_counts(const struct deferral *deferral, struct event_counts *counts, size_t *pending);

/* How many there were so far. Interrupts off. */
/* How many raises there were so far. Interrupts off. */
uint64_t deferral_raised(const struct deferral *deferral);

/*
 * Whether so many are completed, or will never be; if not, waits for a while, after which it may be closed. ERR_STATE: the caller is
 * called by it, so they cannot be. Interrupts off; they are on as `interrupts` says while it waits.
 */
status_t deferral_await(struct deferral *deferral, uint64_t raised, uint32_t interrupts,
                        bool *completed);

/* A raise, with the event's words of arguments; a struct is an address. Any context. */
void deferral_put(struct deferral *deferral, const uint32_t words[]);

/* What had frames below an address of the current strand's stack was unwound. */
void deferral_unwound(vaddr_t stack);

#endif
