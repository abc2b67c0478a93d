/*
 * Making stored words visible to instruction fetch (PEM, chapter 5): dcbst,
 * sync, icbi, sync, isync over the range. Any context.
 */
#ifndef ARCH_PPC_CACHE_H
#define ARCH_PPC_CACHE_H

#include <stddef.h>

void cache_publish_code(const void *start, size_t size);

#endif
