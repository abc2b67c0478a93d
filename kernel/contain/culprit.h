/*
 * Who is to blame for an exception, and where he was called: the innermost frame that is a domain's, and the nearest outside of it that is not.
 *
 * Found from the back chain, which every frame has, and LR; nothing is analysed. Any context; private to kernel/contain/.
 */
#ifndef KERNEL_CONTAIN_CULPRIT_H
#define KERNEL_CONTAIN_CULPRIT_H

#include <stdbool.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

#include "kernel/event/resume.h"

struct domain;
struct boundary;

/* A stack, as far as it may be read. */
struct stack_area {
    vaddr_t low, high;
    bool exceptions; /* the exception stack */
};

/* The one that an address is on: of the current strand or of exceptions. False: neither. */
bool stack_area(vaddr_t stack, struct stack_area *area);

/* The r1 of the caller of who has one, on a stack; 0: there is none, or it is damaged. */
static inline vaddr_t stack_outer(const struct stack_area *area, vaddr_t stack)
{
    vaddr_t size = area->high - area->low - 4, outer;

    if (stack % 4 != 0 || stack - area->low >= size)
        return 0;
    outer = *(const vaddr_t *)stack;
    return outer > stack && outer % 4 == 0 && outer - area->low < size ? outer : 0;
}

/* The domain whose text an address is in, whether that executes or not; NULL: none's. In the body of a patch, its site counts. */
struct domain *culprit_at(vaddr_t address);

/* That which an instruction that executes is of: it may be a copy of the domain's, in a routine of an event. */
struct domain *culprit_executing(vaddr_t pc);

struct culprit {
    struct domain *domain;
    bool copied; /* it is code of the domain's that was copied into a routine, at srr0 */
    struct resume_part part;
    bool on_area; /* r1 is on a stack, `area` */
    struct stack_area area;
    vaddr_t returns; /* where he was called from, and r1 there; 0: not known */
    vaddr_t stack;
    struct boundary
        *boundary; /* the innermost that can be gone to from here; NULL: none (contain.c) */
};

/* False: nobody, but `area` is filled. */
bool culprit_find(const struct trap_frame *frame, struct culprit *culprit);

/* A procedure whose text does not execute was called, or data: all registers are as its caller left them. */
bool culprit_is_entered(const struct trap_frame *frame);

#endif
