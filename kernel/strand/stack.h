/*
 * Stacks of strands: on one run of pages, from below, a guard page that is not mapped, STRAND_RESERVE, the stack, and the strand's record.
 * Private to this folder.
 */
#ifndef KERNEL_STRAND_STACK_H
#define KERNEL_STRAND_STACK_H

#include "kernel/strand/strand.h"

/* So many pages are needed for a stack of that size; and so many bytes the strand's are. */
size_t stack_pages(size_t stack_size);
size_t stack_bytes(const struct strand *strand);

/* Sets only stack_start and stack_end. Those of the default size are kept for the next strands. ERR_NO_MEMORY. Busy. */
status_t stack_take(size_t n_pages, struct strand **strand);
void stack_give(struct strand *strand);

#endif
