/* The end: something the kernel relies on does not hold. */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include "arch/ppc/frame.h"

/* Prints the sentence and a backtrace on the console, tells the link port, and stops. Any context. */
void panic(const char *sentence, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The same for an exception nobody may survive; registers are printed too. */
void panic_trap(const struct trap_frame *frame) __attribute__((noreturn));

#endif
