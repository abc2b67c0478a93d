/*
 * Unwinding watched from instruction to instruction: procedures are run in single steps, called with known contents in all registers that they must
 * keep; at an instruction that is to be judged, however deep, everything is unwound out to that call, and registers must be what they were there.
 */
#ifndef TESTS_KERNEL_UNWIND_WATCH_H
#define TESTS_KERNEL_UNWIND_WATCH_H

#define WATCH_PATTERN 0x5a5a1200
#define WATCH_CR 0x00a5c000

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

#include "arch/ppc/types.h"

struct watch {
    uint32_t share;   /* one in so many instructions of the kernel is judged */
    uint32_t outside; /* the same of those that are elsewhere, of all visits */
    unsigned visits;  /* so often, from wherever it is come to */
    uint32_t most;    /* after so many all goes on without steps; 0: there is no limit */
    bool
        damages; /* behind each that is judged, a word of the stack is overwritten, and it is done again */
    uint32_t n_steps, n_judged, n_places,
        n_outside; /* of the judged, those that are not in the kernel's text */
    uint32_t n_wrong, n_lost,
        n_stopped;    /* the last: of damaged ones, those that were not got over */
    uint32_t slowest; /* microseconds, of unwinding all */
    vaddr_t pc;       /* the first that was not right */
    const char *what;
};

/* False: no memory. */
bool watch_open(struct watch *watch);
void watch_close(void);

/* Adds to what is counted. False: it faulted. */
bool watch_run(void (*procedure)(void));

#endif

#endif
