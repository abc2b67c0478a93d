/*
 * Memory that one analysis after another uses, so that it need not be found and given back for each.
 * All zero at first; whoever owns it frees `bytes` in the end.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_SCRATCH_H
#define ARCH_PPC_CODE_ANALYSIS_SCRATCH_H

#include <stddef.h>
#include <stdlib.h>

struct scratch {
    void *bytes;
    size_t size;
};

/* At least `size` bytes; what they held stays. NULL: there is no memory, and it is as before. */
static inline void *scratch_room(struct scratch *scratch, size_t size)
{
    size_t grown = size > 2 * scratch->size ? size : 2 * scratch->size;
    void *bytes;

    if (size <= scratch->size)
        return scratch->bytes;
    bytes = realloc(scratch->bytes, grown);
    if (bytes != NULL)
        *scratch = (struct scratch){bytes, grown};
    return bytes;
}

#endif
