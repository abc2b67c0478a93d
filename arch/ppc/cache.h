/*
 * Making stored words visible to instruction fetch (PEM, chapter 5): dcbst,
 * sync, icbi, sync, isync over the range. Any context.
 */
#ifndef ARCH_PPC_CACHE_H
#define ARCH_PPC_CACHE_H

#include <stddef.h>

/* The same when it was stored through one address and will be executed at another. */
void cache_publish_alias(const void *stored, const void *executed, size_t size);

void cache_publish_code(const void *start, size_t size);

#endif
