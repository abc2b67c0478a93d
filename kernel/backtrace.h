/*
 * Who called whom, by the back chain that every frame of the PowerPC ABI has
 * (System V ABI supplement, 3-15). Reads only what is mapped. Any context.
 */
#ifndef KERNEL_BACKTRACE_H
#define KERNEL_BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

#define BACKTRACE_MAX 32

struct backtrace {
    size_t n;
    bool
        interrupted; /* the first is an instruction that was not finished; all others are returned to */
    vaddr_t code[BACKTRACE_MAX];
};

/* From an exception's frame. */
void backtrace_take(const struct trap_frame *frame, struct backtrace *trace);

/* From the caller of this function. */
void backtrace_here(struct backtrace *trace);

/*
 * Whether any procedure that has not returned, however far out, on the stack of any strand, is in size bytes of code at start, or in the
 * body of a patch on something there.
 */
bool backtrace_passes(vaddr_t start, size_t size);

/* Whether a strand that does not run will return to there. */
struct strand;
bool backtrace_strand_passes(const struct strand *strand, vaddr_t start, size_t size);

/* Whether any strand was preempted in that code, or when it was about to go there. */
bool backtrace_stopped_in(vaddr_t start, size_t size);

/*
 * The stack frame of who called the owner of the one at `stack`, and where it is returned to; 0: there is none, or an exception's
 * frame comes next.
 */
vaddr_t backtrace_outer(vaddr_t stack, vaddr_t *returns);

/* Where the procedure begins, or the code that stands for one, that an address is in; in the body of a patch, its site. 0: none. */
vaddr_t backtrace_function(vaddr_t address);

/* The next frame outside of the one at `stack` that is returned to at this address; 0: there is none. */
vaddr_t backtrace_find(vaddr_t stack, vaddr_t code);

/* "0x01001234 kernel!domain_create+0x54", one a line; of code that dispatches an event also for what it is. */
void backtrace_print(FILE *out, const struct backtrace *trace);

/*
 * "kernel!domain_create+0x54", "hello!domain_init+0x8", in code that dispatches an event
 * "udp!event:udp_arrived+0x20", in the body of a patch "hello!domain_init+0x8 patched+0x14", or "?" in text, which is cut
 * to size.
 */
void backtrace_name(vaddr_t address, char *text, size_t size);

#endif
