/* The kernel's side of newlib. */
#ifndef KERNEL_LIBC_H
#define KERNEL_LIBC_H

/* Makes newlib ready. Called once, before anything prints. */
void libc_initialize(void);

/* Frees what newlib keeps for the next number it prints or reads. */
void libc_trim(void);

struct _reent;

/* The library's state of a strand that begins, and of one that ends: what it has allocated is freed. */
void libc_begin_strand(struct _reent *reent);
void libc_end_strand(struct _reent *reent);

#endif
