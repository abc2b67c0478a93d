/*
 * Processor time by owner, in ticks of the time base: what its strands have had, and of others' the turns at whose ends
 * its code was running, which are only looked at while turns have ends (contain/).
 */
#ifndef KERNEL_STRAND_USAGE_H
#define KERNEL_STRAND_USAGE_H

#include <stdint.h>

#include "arch/ppc/types.h"
#include "kernel/owner.h"

struct strand;

/* So far; what the strand "idle" has is nobody's. Busy. */
uint64_t usage_of_strand(const struct strand *strand);
uint64_t usage_of_owner(owner_t owner);

/* A strand goes, or an owner begins. */
void usage_ended(const struct strand *strand);
void usage_begin(owner_t owner);

/* At the end of a turn of so many ticks: what code was interrupted. */
void usage_sample(vaddr_t code, uint32_t ticks);

#endif
