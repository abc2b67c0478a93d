/*
 * What is to happen when an event is raised, as a plan: what the loop walks and the compiler compiles. A
 * plan is made anew whenever something changes and never changes itself, but for the counters that it points to.
 *
 * The meaning of a plan, which both forms have in common:
 *
 *   for each binding in order:
 *       for each of its guards in order, evaluated now: if it says no, go on to the next binding
 *       run the handler, and then the post procedures of its guards, in order
 *       if it has a part in the result, that is the event's result so far
 *       if it cancels: leave the loop
 *   if nothing fired that has a part in the result (of an event without result: nothing at all): the default handler's
 *       result if there is one, else the default result if there is one
 *
 * Guards and handlers get the event's arguments as they are when their turn comes: only filters change
 * them, for all that come after. A struct is passed as a pointer to a copy, the raiser's, which by the ABI a callee may
 * write. Guards and filters, linear ones too, get that one: what a filter leaves there is what all that come after
 * see. Handlers that are no filters, post procedures and the result handler get copies of their own that are
 * as the raiser's is then; but not who cannot write into it or is the last to see it, so what the raiser's copy
 * is afterwards is unknown.
 *
 * A guard that equals the one before it (same procedure, closure and passing) need not be evaluated again if
 * nothing between them can have written memory or changed arguments: guards are functional.
 *
 * What is contained and cut off: a guard has said no (but one whose answer does not depend on what it loads need not load it); a handler counts as if its guard had, and what a filter has changed
 * of arguments that are no structs is undone; a post procedure is passed over; a default or result handler makes the result
 * the default result if there is one, else what `returns_status` says, as it is when all that would have answered were cut off.
 *
 * With a result handler: it is called for each handler that has a part in the result (of an event without result:
 * each), before the next one of those runs, as soon as it is known whether there is one (`last`), so after its guards
 * were evaluated. What runs in between and has no part is no reason to call it: exactly one call has `last` set.
 */
#ifndef ARCH_PPC_CODE_DISPATCH_DISPATCH_H
#define ARCH_PPC_CODE_DISPATCH_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/code/dispatch/facts.h"
#include "arch/ppc/code/dispatch/signature.h"
#include "arch/ppc/types.h"

/* A procedure with what it gets. */
struct target {
    vaddr_t procedure; /* where to call it */
    uint32_t closure;
    uint8_t passing; /* enum passing */
    bool
        contained; /* it is no code of the kernel's: a fault in it, or its being cut off, is survived */
    const struct facts *facts; /* NULL: only what the ABI says, and it must be called */
};

/* Whether it is given pointers to structs and nothing proves that it leaves alone what they point to. */
static inline bool target_may_write_structs(const struct target *target)
{
    return target->passing != PASS_NOTHING && target->passing != PASS_CLOSURE &&
           (target->facts == NULL || !target->facts->leaf || target->facts->stores);
}

struct dispatch_guard {
    struct target guard; /* procedure 0: none, there is only a post procedure */
    struct target post;  /* procedure 0: none */
};

struct dispatch_binding {
    struct target handler;
    const struct dispatch_guard *guards; /* in the order in which they are asked */
    uint16_t n_guards;
    bool cancel;
    bool
        async; /* the handler is who puts the words into a queue: linear, with a closure, and leaves structs alone */
    uint32_t ephemeral_ticks;           /* of the time base; 0: no deadline */
    struct ephemeral_record *ephemeral; /* of one with a deadline */
    bool filter;     /* passing is POINTERS or WORDS, and what it leaves there are the arguments */
    bool has_result; /* its result has a part in the event's */
    bool intrinsic;
    uint32_t *counter; /* incremented when it fires; NULL */
    void *binding;     /* whose part of code this is, for comments */
};

struct dispatch {
    struct signature signature;
    const struct dispatch_binding *bindings;
    size_t n;
    struct target default_handler; /* procedure 0: none */
    bool has_default;
    const uint8_t *default_value; /* result_size bytes of the default result, if there is one */
    struct target
        result_handler; /* procedure 0: none; passing: NOTHING, CLOSURE, or (CLOSURE_)ARGUMENTS for
                                     the full form */
    bool
        returns_status; /* a raise that nobody answers, since all who would have were cut off, returns ERR_FAULT; else 0 */
    bool
        identified; /* SPRG1 says who raised it: it is to be so again when the intrinsic handler is called */
};

/* What a raise that nobody answers returns in r3, if there is no default result. */
static inline uint32_t dispatch_unanswered(const struct dispatch *plan)
{
    return plan->returns_status ? (uint32_t)ERR_FAULT : 0;
}

#endif
