/* See flow_words.h. */
#include "tests/host/flow_words.h"

#include <stdio.h>

const char *flow_draw(const struct flow *flow)
{
    static const char *const ends[] = {"falls",    "branches", "returns", "leaves", "escapes",
                                       "switches", "jumps",    "tail",    "stops",  "breaks"};
    static char text[4096];
    size_t n = 0;

    text[0] = 0;
    for (uint32_t i = 0; i < flow->n_blocks; i++) {
        const struct block *block = &flow->blocks[i];

        n += (size_t)snprintf(text + n, sizeof text - n, "%s%u+%u %s%s%s:", i == 0 ? "" : "; ",
                              (block->start - F) / 4, block->n_words, block->entry ? "entry " : "",
                              ends[block->end], block->falls && block->end != 0 ? " or falls" : "");
        for (uint32_t k = 0; k < block->n_successors; k++)
            n += (size_t)snprintf(text + n, sizeof text - n, " %u",
                                  flow->successors[block->first_successor + k]);
    }
    return text;
}
