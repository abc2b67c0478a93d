/* What an owner has and may have, for commands. */
#ifndef KERNEL_QUOTA_PRINT_H
#define KERNEL_QUOTA_PRINT_H

#include "kernel/quota.h"

/* A line for each, memory first: "strands                3 of 64". */
void quota_print(owner_t owner);

/* All on one line: "memory 4096 of 33554432, strands 3 of 64, ...". */
void quota_print_line(owner_t owner);

#endif
