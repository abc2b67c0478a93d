/*
 * What a register holds when control gets to a word, found by searching backwards for what put it
 * there, on all paths, and evaluating that. Of a procedure whose trace is under way: what it says
 * holds for the edges that are known.
 *
 * Assumed of others is the ABI: that calls keep nonvolatile registers, that the word above the frame
 * in which LR is to be saved holds what LR was at entry, and the word at the stack pointer what the
 * stack pointer was. Private to flow.h.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_VALUES_H
#define ARCH_PPC_CODE_ANALYSIS_VALUES_H

#include "arch/ppc/code/analysis/trace.h"

/* General registers are places by their number. */
#define PLACE_LR 32
#define PLACE_CTR 33

enum value_kind {
    VALUE_HELD,     /* what place holds before word, plus offset */
    VALUE_CONSTANT, /* offset itself */
    VALUE_ENTRY,    /* what place held when the procedure was entered, plus offset */
    VALUE_TABLE,    /* the constant at table plus what place holds before word, plus offset */
};

#define CHAIN_MAX 8
#define CHAIN_UNKNOWN 0xff

struct value {
    uint8_t kind; /* enum value_kind */
    uint8_t place;
    /* It was kept on the stack meanwhile, where only one instruction of the procedure is seen to put
       something. Another procedure may, if it got an address nearby: what this value is taken for
       must be confirmed. */
    bool spilled;
    uint8_t n_chain; /* CHAIN_UNKNOWN if there are several chains, or it is too long */
    uint32_t word;
    uint32_t offset;
    uint32_t table;
    /* Of VALUE_HELD and VALUE_TABLE: the words that have made it, the first one first. Each used what
       the one before it had made latest. */
    uint32_t chain[CHAIN_MAX];
};

/* Of a place before a word. Takes from trace->budget; what is not found within it is VALUE_HELD. */
struct value value_before(struct trace *trace, uint8_t place, uint32_t word);

/* What an instruction leaves in a place that it changes. False if that cannot be said. */
bool value_made(struct trace *trace, uint8_t place, uint32_t word, struct value *value);

/* Whether the instruction may change a general register, LR or CTR; calls do as the ABI lets them. */
bool value_is_changed(const struct trace *trace, uint8_t place, uint32_t word);

#endif
