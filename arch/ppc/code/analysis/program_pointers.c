/*
 * Words of initialized data that point to code: found once, when the first flow asks for them, and sorted
 * when it matters which they are.
 */
#include <stdlib.h>

#include "arch/ppc/code/analysis/program_private.h"

static bool is_code(const struct program *p, vaddr_t address)
{
    return p->n_nodes != 0 && address >= p->nodes[0].procedure.start &&
           address < p->nodes[p->n_nodes - 1].procedure.end;
}

static bool add_pointer(struct program *p, vaddr_t pointer)
{
    if (p->n_pointers == p->pointers_size) {
        uint32_t size = p->pointers_size * 2 + 64;
        vaddr_t *larger = realloc(p->pointers, size * sizeof(p->pointers[0]));

        if (larger == NULL)
            return false;
        p->pointers = larger;
        p->pointers_size = size;
    }
    p->pointers[p->n_pointers++] = pointer;
    return true;
}

int program_compare_addresses(const void *one, const void *other)
{
    const vaddr_t *a = one, *b = other;

    return (*a > *b) - (*a < *b);
}

/* False, and nothing is remembered, if there is no memory. */
static bool find_pointers(struct program *p)
{
    uint32_t cursor = 0, value;
    bool room = add_pointer(p, 0);

    while (room && p->source->pointer(p->source->context, &cursor, &value))
        room = !is_code(p, value) || add_pointer(p, value);
    if (room)
        return true;
    free(p->pointers);
    p->pointers = NULL;
    p->n_pointers = p->pointers_size = 0;
    return false;
}

/* The number of those below an address. */
static uint32_t count_below(const struct program *p, vaddr_t address)
{
    uint32_t low = 0, high = p->n_pointers;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (p->pointers[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const vaddr_t *program_pointers_to(struct program *p, vaddr_t start, vaddr_t end, uint32_t *n)
{
    uint32_t below;

    if (p->pointers == NULL && !find_pointers(p))
        return NULL;
    if (!p->pointers_sorted)
        qsort(p->pointers, p->n_pointers, sizeof(p->pointers[0]), program_compare_addresses);
    p->pointers_sorted = true;
    below = count_below(p, start);
    *n = count_below(p, end) - below;
    return p->pointers + below;
}

/* Without memory there are as many as there can be: what depends on their number is then not known. */
uint32_t program_pointers_between(void *context, vaddr_t start, vaddr_t end)
{
    struct program *p = context;
    uint32_t n = 0;

    if (p->pointers == NULL && !find_pointers(p))
        return 0x10000000;
    for (uint32_t i = 0; i < p->n_pointers; i++)
        n += p->pointers[i] - start < end - start;
    return n;
}
