/*
 * What procedures of public interfaces ask before they do anything.
 */
#ifndef KERNEL_SERVICE_H
#define KERNEL_SERVICE_H

/*
 * Who has so little stack left that it would overflow half-way through a change overflows here: a
 * fault leaves what it interrupts as it is then. On the stack of exceptions there is no telling.
 */
void service_expect_stack(void);

#endif
