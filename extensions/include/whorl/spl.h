/*
 * Processor priority level: with it high, no interrupt arrives. In SpinPrivate, since
 * who forgets to restore it stops the machine. Any context.
 */
#ifndef WHORL_SPL_H
#define WHORL_SPL_H

#include <stdint.h>
#include <whorl/interface.h>

typedef uint32_t spl_t;

/* Raises it and returns what it was. */
EVENT spl_t spl_high(void);

/* Makes it what it was when spl_high returned that value. */
EVENT void spl_restore(spl_t before);

#endif
