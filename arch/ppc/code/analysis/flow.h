/*
 * The flow graph of a procedure: basic blocks and where control goes between them; calls and other ways
 * out. Found by following control from the entries, never by sweeping, so data in the middle of text is
 * not looked at. What cannot be known is marked and makes the flow incomplete; nothing is guessed.
 *
 * Jump tables are found by evaluating backwards what the branch jumps to and what bounds its index;
 * see jump_table.h.
 *
 * Blocks are sorted by address. A call does not end a block unless it does not come back.
 * Memory: of the heap or an arena, O(words); time: O(words) and a bounded search for each indirect jump.
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_FLOW_H
#define ARCH_PPC_CODE_ANALYSIS_FLOW_H

#include <whorl/status.h>

#include "arch/ppc/code/analysis/arena.h"
#include "arch/ppc/code/analysis/scratch.h"
#include "arch/ppc/code/analysis/source.h"

#define FLOW_WORDS_MAX 0x400000u /* of a procedure with its parts; more is ERR_RANGE */
#define FLOW_PARTS_MAX 8

/* Each may also fall, if its last instruction is conditional. */
enum block_end {
    BLOCK_FALLS,    /* into the next block */
    BLOCK_BRANCHES, /* b, bc to blocks of this procedure */
    BLOCK_RETURNS,  /* blr */
    BLOCK_LEAVES,   /* to the start of another procedure (a tail call), or to an import */
    /* Into the middle of another procedure, or over the end of its own part into any; then its last
       instruction may also have branched, to a block that is a successor. */
    BLOCK_ESCAPES,
    BLOCK_SWITCHES, /* by a jump table, or by a jump to a constant */
    BLOCK_JUMPS,    /* to where is unknown: an indirect jump that is no known table */
    /* An indirect jump that is known to be a tail call: the frame is gone, and what it jumps to is
       no table's entry. */
    BLOCK_TAIL_CALLS,
    BLOCK_STOPS, /* a call that does not come back, a trap that always happens, rfi */
    /* Without words: at a word that is no instruction. With words: as BLOCK_ESCAPES, but to where no
       code is. */
    BLOCK_BREAKS,
};

struct block {
    vaddr_t start;
    uint32_t n_words;           /* at least 1 but for BLOCK_BREAKS */
    uint32_t first_successor;   /* in flow->successors */
    uint32_t first_predecessor; /* in flow->predecessors */
    uint32_t n_successors;      /* blocks; each once */
    uint32_t n_predecessors;
    vaddr_t target; /* of BLOCK_LEAVES, BLOCK_ESCAPES and BLOCK_BREAKS */
    uint8_t end;    /* enum block_end */
    /* The next instruction's block is one of the successors: the last instruction is conditional,
       or none that transfers control. */
    bool falls;
    bool entry; /* entered from outside */
};

/* A call, or a tail call; also of imports. */
struct call {
    vaddr_t site;   /* of the branch */
    vaddr_t target; /* of a direct one */
    bool direct;    /* not through LR or CTR, or through one that is known to hold target */
    bool tail;      /* does not come back here: BLOCK_LEAVES, BLOCK_TAIL_CALLS */
    bool returns;   /* of those that are not tail calls */
};

struct jump_table {
    vaddr_t site;    /* of the bctr */
    vaddr_t address; /* of the table */
    uint32_t n;      /* entries */
    bool relative;   /* they are offsets to be added to `base` */
    vaddr_t base;
};

struct part {
    vaddr_t start, end;
    uint32_t first_word; /* in flow->words */
};

struct flow {
    struct procedure procedure; /* the whole one, if a part was asked for */
    struct part parts[FLOW_PARTS_MAX];
    uint32_t n_parts;  /* at least 1; the first is the procedure itself */
    uint32_t *words;   /* the code */
    uint16_t *opcodes; /* enum opcode of those that control gets to */
    uint32_t n_words;
    struct block *blocks;
    uint32_t n_blocks;
    uint32_t *successors, *predecessors; /* numbers of blocks */
    struct call *calls;                  /* by rising site */
    uint32_t n_calls;
    struct jump_table *tables;
    uint32_t n_tables;
    uint32_t n_unknown; /* blocks that end in BLOCK_JUMPS */
    uint32_t n_breaks;  /* … in BLOCK_BREAKS */
    bool complete;      /* both are 0 */
    bool calls_inside;  /* it calls its own middle, so some of its returns come back into itself */
    bool in_arena;
};

struct flow_terms {
    /* Whether a procedure, by the address of its start, comes back to its caller. NULL: all do but what
       the source says. */
    bool (*returns)(void *context, vaddr_t start);
    /* How many words of initialized data (source->pointer) point to start or behind it, but before
       end. NULL: they are counted whenever it matters, which takes time. */
    uint32_t (*pointers)(void *context, vaddr_t start, vaddr_t end);
    void *context;
    struct scratch *scratch; /* used meanwhile; NULL: memory of its own */
    struct arena *arena; /* all memory is taken from there, and stays taken; NULL: of the heap */
    /* Further entries of the procedure, in any order; those outside are ignored. */
    const vaddr_t *entries;
    size_t n_entries;
};

/*
 * Of the procedure that an address lies in. ERR_NOT_FOUND: it lies in none; ERR_RANGE: it is too large;
 * ERR_NO_MEMORY. A sentence says which and where. terms may be NULL.
 */
status_t flow_build(const struct code_source *source, vaddr_t address,
                    const struct flow_terms *terms, struct flow **flow);

void flow_free(struct flow *flow);

/* The block whose instructions an address lies in; NULL: control never gets there. */
const struct block *flow_block_at(const struct flow *flow, vaddr_t address);

/* The instruction at an address of a part. */
uint32_t flow_word(const struct flow *flow, vaddr_t address);

/* The call at a site, NULL if there is none. */
const struct call *flow_call_at(const struct flow *flow, vaddr_t site);

/* How an address is to be written; code may be shown elsewhere than it is. */
typedef vaddr_t (*flow_shown_t)(const void *context, vaddr_t address);

/* A sentence for the first thing that makes the flow incomplete; what and where. shown may be NULL. */
void flow_explain(const struct flow *flow, flow_shown_t shown, const void *context, char *text,
                  size_t size);

#endif
