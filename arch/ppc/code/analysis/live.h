/*
 * Liveness: which registers, CR bits and parts of special registers hold what may still be read.
 * Backward data flow over a flow graph to a fixed point (Aho, Lam, Sethi, Ullman, "Compilers", 9.2.5),
 * a worklist of blocks. The boundary is the System V ABI, PowerPC Processor Supplement, chapter 3;
 * where the flow is unknown everything is live.
 *
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_LIVE_H
#define ARCH_PPC_CODE_ANALYSIS_LIVE_H

#include <whorl/status.h>

#include "arch/ppc/code/analysis/flow.h"
#include "arch/ppc/code/register_set.h"

/*
 * What a call means to its caller: live before it is what is live after it, less `writes`, and `reads`.
 * A register that is kept on one way through the procedure is not among its writes, so what a caller
 * keeps in a volatile register across the call stays live.
 */
struct summary {
    struct register_set reads;   /* what it may read of what its caller left, saving it included */
    struct register_set writes;  /* what is written on every way to its return, or what nobody may
                                    expect to be kept */
    struct register_set touches; /* what it may write, itself or by what it calls */
    bool returns;
    bool
        vague; /* reads also holds what nobody is seen to read: where control is lost sight of, and at traps */
    bool known; /* from the procedure's code; false: the ABI's word */
};

/* What the ABI says of any procedure: r3-r10, f1-f8, v2-v13, CR bit 6, … read; volatile ones lost. */
void summary_abi(struct summary *summary);

/* What is said of code of which nothing is known, not even that it keeps to the ABI. */
void summary_unknown(struct summary *summary);

/*
 * What a procedure's caller may expect when it returns: results and what is nonvolatile. Results are
 * as compilers return the largest: gcc complex and long double numbers in r3-r6, if they are not in
 * floating-point registers; vectors of 16 bytes. That clang returns longer ones in up to r10 and v9 is
 * its own convention and not provided for.
 */
const struct register_set *registers_at_return(void);

/* What a procedure keeps for its caller, or nobody changes. */
const struct register_set *registers_nonvolatile(void);

struct live_terms {
    /* What a call means; also of tail calls. NULL: summary_abi. */
    void (*summary)(void *context, const struct call *call, struct summary *summary);
    void *context;
    const struct register_set *at_return; /* live there; NULL: registers_at_return() */
    /* Only what somebody may be seen to read is live: nothing at traps; of vague calls, what the ABI says. */
    bool narrow;
    struct scratch *scratch; /* used meanwhile; NULL: memory of its own */
};

struct live {
    const struct flow *flow;
    const struct live_terms *terms;
    struct register_set *in; /* of each block: live before its first instruction */
    struct summary summary;  /* of the procedure, entered at its start */
};

/* flow and terms must outlive it; terms may be NULL. ERR_NO_MEMORY. */
status_t live_build(const struct flow *flow, const struct live_terms *terms, struct live **live);
void live_free(struct live *live);

/* What is live after the last instruction of a block of its flow. */
void live_behind_block(const struct live *live, const struct block *block,
                       struct register_set *set);

/* What is live before each of the instructions of a block; there is room for all of them. */
void live_in_block(const struct live *live, const struct block *block,
                   struct register_set before[]);

/* What is live before, or after, the instruction at an address. All of it where control never gets. */
void live_before(const struct live *live, vaddr_t address, struct register_set *set);
void live_after(const struct live *live, vaddr_t address, struct register_set *set);

/*
 * What is free before an instruction: dead there, and none of those that have a meaning by themselves
 * (r1, r2, r13; special registers but LR, CTR and XER's).
 */
void live_free_before(const struct live *live, vaddr_t address, struct register_set *set);

/* The summary of the procedure from its own flow. */
void live_summarize(const struct live *live, struct summary *summary);

/*
 * The same step by step, for procedures that call each other in a circle, while it is not settled what
 * calls mean. That may only come to be more: a call reads and touches more, and writes less.
 */
struct draft;

/* flow and terms must outlive it, and what it becomes. ERR_NO_MEMORY. */
status_t draft_build(const struct flow *flow, const struct live_terms *terms, struct draft **draft);

/* Brings it up to date after the summaries of those calls have changed for which `changed` says so. */
void draft_revise(struct draft *draft, bool (*changed)(void *context, const struct call *call),
                  void *context);

void draft_summarize(const struct draft *draft, struct summary *summary);

/* What it has come to; the draft is gone. */
struct live *draft_finish(struct draft *draft);
void draft_free(struct draft *draft);

#endif
