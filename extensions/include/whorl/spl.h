/*
 * Processor priority level: with it high, no interrupt arrives. In SpinPrivate, since
 * who forgets to restore it stops the machine. Any context.
 */
#ifndef WHORL_SPL_H
#define WHORL_SPL_H

#include <stdint.h>

typedef uint32_t spl_t;

/* Raises it and returns what it was. */
spl_t spl_high(void);

/* Makes it what it was when spl_high returned that value. */
void spl_restore(spl_t before);

#endif
