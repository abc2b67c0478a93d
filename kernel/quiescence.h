/*
 * Quiescence: code that was replaced, or whose domain goes, is given back when everybody who was called from it has
 * returned. One mechanism for domains, routines of events, and whatever else is changed while it runs.
 *
 * What is retired may still go to domains that are destroyed then or later, but to none that was made later. So a
 * domain that is destroyed waits for everything that was retired before and is not left; for nothing else.
 * The rule needs no lists of who uses whom. Its price: who never returns from retired code keeps every
 * domain that is destroyed meanwhile.
 *
 * Busy, so that who is found inside stays there, and nobody else comes in; what an interrupt handler calls is over before anything here is asked.
 */
#ifndef KERNEL_QUIESCENCE_H
#define KERNEL_QUIESCENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ppc/types.h"

/* Whether a procedure of this code has been called and has not returned. */
bool quiescence_is_running(vaddr_t start, size_t size);

struct retired {
    struct retired *next;
    uint32_t number;                          /* rises; set by quiescence_retire */
    bool (*is_left)(struct retired *retired); /* may it be given back now? */
    void (*release)(struct retired *retired); /* frees it, `retired` included */
};

/* To be released when it is left, which may be at once. */
void quiescence_retire(struct retired *retired);

/* Releases what has been left meanwhile. Called before each command, each load, and by whoever needs memory. */
void quiescence_collect(void);

#endif
