/*
 * Procedures of a linked image run on the host from their entry on, with random contents of all registers, along ways that are chosen at random: a
 * conditional branch goes either way, a jump table anywhere that it leads, what is loaded from elsewhere than the stack is anything. Calls clobber all that the
 * ABI lets them; but routines that save and restore registers are run. So every instruction is come to as it can be, as far as what its
 * caller will want again is concerned.
 */
#ifndef TESTS_WANDER_H
#define TESTS_WANDER_H

#include "arch/ppc/code/analysis/flow.h"
#include "tests/host/machine.h"

#define WANDER_STACK 0x20000000u
#define WANDER_STACK_SIZE 0x200000u

#define WANDER_REMEMBERED 256

struct wander {
    struct machine machine; /* as it is now */
    struct machine entry;   /* as it was at entry */
    const struct flow *flow;
    const struct code_source *source;
    /* Before an instruction; or behind a call, before it has returned. */
    void (*arrive)(struct wander *wander, vaddr_t pc, bool called);
    void *context;
    uint32_t seed;
    struct remembered {
        vaddr_t key; /* odd; 0: none */
        bool returns;
    } remembered[WANDER_REMEMBERED];
    bool returned; /* with everything as its caller wants it */
};

/* From the start, at most so many instructions. NULL, or what is wrong with the procedure. */
const char *wander(struct wander *wander, unsigned n_steps);

void wander_open(void);
void wander_close(void);

#endif
