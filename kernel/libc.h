/* The kernel's side of newlib. */
#ifndef KERNEL_LIBC_H
#define KERNEL_LIBC_H

/* Makes newlib ready. Called once, before anything prints. */
void libc_initialize(void);

/* Frees what newlib keeps for the next number it prints or reads. */
void libc_trim(void);

#endif
