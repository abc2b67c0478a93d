/* See kernel_calls.h. */
#include "kernel/kernel_calls.h"

#include <stdint.h>

#include "arch/ppc/image.h"

/* As tools/calls writes it: a count, the records by rising address and one behind them, the sites. */
static const struct {
    uint32_t n;
    struct record {
        vaddr_t procedure;
        uint32_t first;
    } records[];
} *const image = (const void *)kernel_calls_start;

size_t kernel_calls(vaddr_t procedure, const vaddr_t **sites)
{
    const vaddr_t *all = (const vaddr_t *)&image->records[image->n + 1];
    size_t low = 0, high = image->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (image->records[middle].procedure < procedure)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == image->n || image->records[low].procedure != procedure)
        return 0;
    *sites = all + image->records[low].first;
    return image->records[low + 1].first - image->records[low].first;
}
