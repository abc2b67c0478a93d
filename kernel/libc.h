/* The kernel's side of newlib. */
#ifndef KERNEL_LIBC_H
#define KERNEL_LIBC_H

struct _reent;

/* Frees what newlib keeps for the next number that the strand which calls prints or reads. */
void libc_trim(void);

/*
 * newlib's state of a strand, its `own_reent`: made new, whatever was there; and, when it does not run any more, wherever it was, what newlib
 * has allocated for it is freed.
 */
void libc_begin_strand(struct _reent *reent);
void libc_end_strand(struct _reent *reent);

#endif
