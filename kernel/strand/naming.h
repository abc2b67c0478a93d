/* Numbers of strands, and names of those that are given none. Private to this folder. */
#ifndef KERNEL_STRAND_NAMING_H
#define KERNEL_STRAND_NAMING_H

#include <stdint.h>

struct strand;

/* The next one: 1, 2, … Busy. */
uint32_t naming_number(void);

/* Copied and cut; NULL: that of its domain, and the latest number, which is its own. Busy. */
void naming_put(struct strand *strand, const char *name);

#endif
