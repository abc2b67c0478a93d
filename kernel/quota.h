/*
 * How much of what is not memory a domain may have (memory: kernel/owner.h). What it asks for beyond that is refused with ERR_QUOTA, and a sentence that says
 * so; who goes on asking, QUOTA_REFUSALS times in a row without anything granted between, is cut off (kernel/contain/). So is, for memory, who goes on calling malloc.
 * The kernel has no quotas. Of what is marked (p), the privileged have none unless they are given some; nor are they cut off for asking for memory.
 *
 * Any context.
 */
#ifndef KERNEL_QUOTA_H
#define KERNEL_QUOTA_H

#include <stdbool.h>
#include <stdint.h>
#include <whorl/status.h>

#include "kernel/owner.h"

#define QUOTA_REFUSALS 1000
#define QUOTA_UNLIMITED UINT32_MAX

enum quota {
    QUOTA_STRANDS,      /* 64 (p) */
    QUOTA_LOCKS,        /* mutexes, conditions, semaphores, alarms; 4096 (p) */
    QUOTA_BINDINGS,     /* 4096, imposed guards too (p) */
    QUOTA_PATCHES,      /* 4096; only the privileged patch */
    QUOTA_SPRINGBOARDS, /* 256 */
    QUOTA_CALL_MS, /* processor time of one call on a strand of others, in milliseconds; 2000 (p) */
    QUOTA_RUN_MS,  /* … that a strand of its own takes without waiting or yielding; 10000 (p) */
    QUOTA_TOTAL_MS, /* … in all; unlimited */
    N_QUOTAS,
};

/*
 * Counts one more; ERR_QUOTA with a sentence ("the domain NAME has 64 strands, which is its quota"). ERR_STATE: what it has is being taken away: its code
 * may have been on the way here when that began. So who makes something asks in the same busy section.
 */
status_t quota_take(owner_t owner, enum quota quota);
void quota_give(owner_t owner, enum quota quota);

uint32_t quota_used(owner_t owner, enum quota quota);
uint32_t quota_limit(owner_t owner, enum quota quota);
void quota_set(owner_t owner, enum quota quota, uint32_t limit);

/* What is charged to one passes to another, whatever their quotas are. */
void quota_move(owner_t from, owner_t to, enum quota quota);

/* "strands", as `quota` calls it. */
const char *quota_name(enum quota quota);

/* A new owner, or one that has become known. */
void quota_begin(owner_t owner, bool privileged);

/* It was refused something for the QUOTA_REFUSALS-th time in a row: "its quota of 64 strands". */
void quota_exhausted(owner_t owner, size_t limit, const char *what);

#endif
