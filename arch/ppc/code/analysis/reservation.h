/*
 * Where a reservation is held that a stwcx. needs: control may get from there to one without coming to a lwarx. What
 * is executed there must not store to memory that the reservation is for, nor come to another lwarx or stwcx..
 * Calls are taken to leave reservations alone; outside of the procedure nobody needs one.
 *
 * Portable; pure.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_RESERVATION_H
#define ARCH_PPC_CODE_ANALYSIS_RESERVATION_H

#include "arch/ppc/code/analysis/flow.h"

/*
 * held[i] is made true for every word i of a flow before which one is held; held[] is false throughout at first. Words that the flow
 * does not get to are taken as if control went through them one after another, from each to the next
 * branch that is always taken.
 */
void reservation_find(const struct flow *flow, bool held[]);

/* The same of words of which nothing else is known, from the first on. */
bool reservation_is_held(const uint32_t words[], size_t n);

#endif
