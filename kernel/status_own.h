/*
 * Where kernel/status.c, which is part of programs without strands, too, keeps the sentence of who calls: one place for
 * each strand.
 */
#ifndef KERNEL_STATUS_OWN_H
#define KERNEL_STATUS_OWN_H

#define STATUS_OWN_MAX 256 /* bytes, the final zero included */

/* Functional: guards may call status_explain. */
char *status_own(void) __attribute__((noinline));

#endif
