/*
 * The branches of the kernel's text that lead to the start of one of its procedures, calls and tail calls, from
 * the table that is part of its image (tools/calls). As they were linked: each is a b or bl, relative. Branches that
 * the assembler has resolved may be missing: those of a procedure to itself, and to local symbols inside one file of a
 * library or of assembly.
 * Any context.
 */
#ifndef KERNEL_KERNEL_CALLS_H
#define KERNEL_KERNEL_CALLS_H

#include <stddef.h>

#include "arch/ppc/types.h"

/* How many lead to a procedure; where they are, by rising address, is in *sites if there are any. */
size_t kernel_calls(vaddr_t procedure, const vaddr_t **sites);

#endif
