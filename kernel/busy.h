/*
 * The kernel's own operations are not preempted: what domains, events, patches, and all that these stand on, look like in the middle of a
 * change is seen by nobody else, and who is found inside of what when it is asked stays there. Interrupts stay on; a switch to another strand that is due is
 * made up for at the end. Short work on what interrupts handlers use too, and the heap, turn interrupts off instead.
 *
 *     vaddr_t before = busy_begin();
 *     ...
 *     busy_end(before);
 *
 * or, at the beginning of a procedure that is busy until it returns, BUSY. So are all procedures of interfaces that have to do with what strands
 * share, and the commands of the shell.
 *
 * What is busy may not wait. It calls code of domains in between only where the state is whole; if that may wait (domain_init), between
 * busy_suspend and busy_resume, and all it relies on is looked at again afterwards.
 *
 * Noted is the frame of who became busy first. Who unwinds the stack beyond it says so, and it is over.
 */
#ifndef KERNEL_BUSY_H
#define KERNEL_BUSY_H

#include <stdbool.h>

#include "arch/ppc/types.h"
#include "kernel/running.h"

#define kernel_busy \
    (running.busy) /* a stack address of the strand that runs; 0: it may be preempted */
#define busy_switch_due (running.switch_due)

/* Switches to who is to run instead; not while interrupts are off. */
void busy_switch(void);

/* … its part that only interrupts being on leads to. */
void busy_switch_now(void);

/* Below the frames of all that is further out, and above those of what is called from here. */
static inline __attribute__((always_inline)) vaddr_t busy_place(void)
{
    vaddr_t place;

    __asm__ volatile("addi %0, 1, -8" : "=r"(place));
    return place;
}

static inline __attribute__((always_inline)) vaddr_t busy_begin(void)
{
    vaddr_t before = kernel_busy;

    if (before == 0)
        kernel_busy = busy_place();
    __asm__ volatile("" : : : "memory");
    return before;
}

static inline __attribute__((always_inline)) void busy_end(vaddr_t before)
{
    __asm__ volatile("" : : : "memory");
    kernel_busy = before;
    if (before == 0 && __builtin_expect(busy_switch_due, false))
        busy_switch();
}

static inline __attribute__((always_inline)) void busy_leave(const vaddr_t *before)
{
    busy_end(*before);
}

#define BUSY vaddr_t busy_before __attribute__((cleanup(busy_leave))) = busy_begin()

static inline vaddr_t busy_suspend(void)
{
    vaddr_t before = kernel_busy;

    busy_end(0);
    return before;
}

static inline void busy_resume(vaddr_t before)
{
    kernel_busy = before;
    __asm__ volatile("" : : : "memory");
}

/* What had frames of the running strand's stack below an address was unwound. */
static inline void busy_unwound(vaddr_t stack)
{
    if (kernel_busy < stack)
        kernel_busy = 0;
}

#endif
