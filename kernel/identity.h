/*
 * Who is asking? A domain reaches the procedures that must know (interfaces made
 * with IDENTIFIED_INTERFACE) only through a veneer of its own, which the linker
 * wrote and which says so in SPRG1; a call that is a jump, or through a pointer,
 * goes the same way. A procedure reads it first of all, before it calls anything.
 */
#ifndef KERNEL_IDENTITY_H
#define KERNEL_IDENTITY_H

#include "arch/ppc/registers.h"
#include "kernel/owner.h"

static inline owner_t identity_calling(void)
{
    owner_t identity;

    __asm__ volatile("mfspr %0, %1" : "=r"(identity) : "i"(SPR_SPRG1));
    return identity;
}

#endif
