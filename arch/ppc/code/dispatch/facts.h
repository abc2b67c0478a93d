/*
 * What the dispatcher knows of a procedure that is installed as handler or guard: which registers it reads
 * and clobbers, whether it stores, and its code if it is small enough to be copied into a routine.
 *
 * Portable; main line only (it analyses).
 */
#ifndef ARCH_PPC_CODE_DISPATCH_FACTS_H
#define ARCH_PPC_CODE_DISPATCH_FACTS_H

#include <whorl/status.h>

#include "arch/ppc/code/analysis/source.h"
#include "arch/ppc/code/dispatch/predicate/predicate.h"
#include "arch/ppc/code/register_set.h"

#define BODY_WORDS_MAX 24

/*
 * A leaf's code that may be copied: complete flow, no calls, no use of r1, r2, r13 or any nonvolatile register or CR
 * field, no LR but for its returns, nothing privileged, no instruction on several registers (lmw…), no sc, tw or reservation;
 * branches go to its own words or are returns (blr, also conditional).
 */
struct body {
    uint8_t n; /* words; 0: it cannot be copied */
    uint32_t words[BODY_WORDS_MAX];
};

struct facts {
    vaddr_t procedure;
    bool patched; /* that is why it is not known to be a leaf */
    /*
     * Of a leaf whose flow is complete. Else, what the ABI says: `clobbers` are all volatile registers, `reads` all
     * that may hold arguments.
     */
    bool leaf;
    uint32_t reads; /* general registers whose contents at entry it may use, 1 << n; r3 and r4
                          also if they may still be there when it returns, as results */
    uint32_t reads_itself; /* the same of one whose result nobody looks at */
    uint32_t clobbers;     /* general registers that may hold something else at its return */
    bool stores;           /* it may write memory other than its own frame */
    bool loops;
    struct body body;
    struct predicate predicate; /* as a guard */
};

/*
 * `source` knows the procedure as it is when nothing is installed on it. Never fails: what cannot be
 * found out, or for what there is no memory, is as the ABI says.
 */
void facts_find(const struct code_source *source, vaddr_t procedure, struct facts *facts);

/* What the ABI says, of a procedure that will be patched. */
void facts_of_patched(vaddr_t procedure, struct facts *facts);

#endif
