/*
 * Proofs about procedures, for guards and for handlers with deadlines.
 *
 * Functional: it stores nothing outside its own frame, does nothing privileged, calls only procedures that
 * are declared functional and are so themselves, and ends. That it ends is proved of a loop if each
 * turn decrements CTR and nothing else writes CTR (bdnz…); or changes a register, that nothing else in the loop
 * writes, by a constant towards a bound that the loop does not change and whose comparison leaves it; or loads or
 * stores through a pointer that each turn moves on by a constant: then it ends at latest where memory does, by a
 * fault that is contained. Calls must not come back to a procedure that is being proved. A fault ends a procedure, too.
 *
 * Ephemeral: all it reaches are declared ephemeral; no calls through pointers, and nothing privileged, so that it cannot turn
 * interrupts off to get more time.
 *
 * Portable; main line only.
 */
#ifndef ARCH_PPC_CODE_ANALYSIS_FUNCTIONAL_H
#define ARCH_PPC_CODE_ANALYSIS_FUNCTIONAL_H

#include <whorl/status.h>

#include "arch/ppc/code/analysis/source.h"

struct proof_terms {
    /* Whether the procedure that starts there is declared so by the domain that contains it. */
    bool (*declared)(void *context, vaddr_t start);
    /* Of one that is declared: whether that is enough. NULL: of none. */
    bool (*believed)(void *context, vaddr_t start);
    /* "acl!guard+0x8" into text. */
    void (*name)(void *context, vaddr_t address, char *text, size_t size);
    void *context;
};

/*
 * OK, or ERR_FAILED with a sentence that names the instruction: "acl!guard+0x8: stw r9,0(r3) stores outside its
 * frame"; ERR_NO_MEMORY. The procedure itself need not be declared.
 */
status_t functional_prove(const struct code_source *source, vaddr_t start,
                          const struct proof_terms *terms);
status_t ephemeral_prove(const struct code_source *source, vaddr_t start,
                         const struct proof_terms *terms);

#endif
