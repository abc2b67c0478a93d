/* See report.h. */
#include "arch/ppc/code/report.h"

#include "arch/ppc/code/print.h"

/* ---- disassembly ---- */

/* An area whose instructions are printed as they stand in the file. */
struct listing {
    const struct code_index *index;
    const struct code_area *area;
};

static bool name_target(void *context, uint32_t shown, char *text, size_t size)
{
    const struct listing *listing = context;
    uint32_t offset = shown - listing->area->shown;

    if (listing->area->shown == listing->area->address)
        return code_index_print_name(listing->index, shown, text, size);
    return offset < listing->area->size &&
           code_index_print_name(listing->index, listing->area->address + offset, text, size);
}

void report_words(FILE *out, const struct code_index *index, vaddr_t start, vaddr_t end)
{
    struct listing listing = {index, code_index_area_at(index, start)};

    for (vaddr_t at = start; at < end; at += 4) {
        uint32_t offset = at - listing.area->address;
        const uint8_t *p = listing.area->original + offset;
        uint32_t word = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        char text[PRINT_MAX];

        code_print(word, listing.area->shown + offset, name_target, &listing, text, sizeof text);
        fprintf(out, "%08x: %08x %s\n", (unsigned)(listing.area->shown + offset), (unsigned)word,
                text);
    }
}
