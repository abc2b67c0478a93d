/*
 * Springboards in use: see arch/ppc/code/patch/springboard_code.h. The memory is what the exception vectors leave
 * free of pages 1 and 2, which is room for some 660. The gaps of page 0 are of no use: it is not mapped when translation is on, so
 * that null faults, and without translation nothing runs that can be patched. Words that are not in use trap.
 *
 * Main line only, unless said otherwise.
 */
#ifndef KERNEL_PATCH_SPRINGBOARD_H
#define KERNEL_PATCH_SPRINGBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <whorl/status.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"

/* After trap_initialize and mmu_initialize. */
void springboard_initialize(void);

/* A way to a target: *slot is where an absolute branch is to go. ERR_NO_MEMORY: all are in use. */
status_t springboard_take(vaddr_t target, vaddr_t *slot);

/* Leads it elsewhere, in one step for whoever takes it. */
void springboard_lead(vaddr_t slot, vaddr_t target);

/* At once: nobody is ever inside. */
void springboard_give(vaddr_t slot);

/* Slots in use, and all. */
size_t springboard_used(void);
size_t springboard_capacity(void);

/* The target of the slot that an address lies in; false: it is none that is in use. Any context. */
bool springboard_at(vaddr_t address, vaddr_t *slot, vaddr_t *target);

/* For the prompt: every run of bytes in the pages and what it is. */
void springboard_print_map(FILE *out);

/* Before anything else that an exception does: brings who was interrupted in a springboard to its target. */
void springboard_interrupted(struct trap_frame *frame);

#endif
