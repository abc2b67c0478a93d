/*
 * Who runs, and what keeps the shortest ways from strand to strand from being taken. In one place, so that they (strand/switch.S, strand/semaphore.c) reach all
 * of it from one address. They are open while `busy` and `unusual` are 0; everything else is done by the scheduler, which looks closer.
 */
#ifndef KERNEL_RUNNING_H
#define KERNEL_RUNNING_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/ppc/types.h"

struct strand;

struct running {
    struct strand *strand;
    vaddr_t busy; /* kernel/busy.h */
    union {
        struct {
            volatile bool switch_due; /* kernel/busy.h */
            bool endless_turn;        /* it is nobody's, or the decrementer comes after its end */
            volatile bool
                events_watched; /* the strand events are more than their intrinsic handlers */
        };
        volatile uint32_t unusual;
    };
    struct strand *turn_of; /* whose turn it is; NULL: nobody's, the idle strand runs */
    uint32_t
        turn_began; /* the lower word of the time base then; earlier if it is only the rest of one */
    uint32_t since;        /* … when the strand got the processor, or at a tick after that */
    struct strand *chosen; /* to be resumed or unblocked, while that is raised */
    struct strand *dead;   /* those whose memory can be given back */
    struct strand
        *fp_owner; /* whose floating-point registers are in the processor; NULL: nobody's */
};
extern struct running running __attribute__((aligned(64)));

#define strand_current (running.strand)

#endif
