/*
 * Procedures as the dispatcher analyses them: one domain's code at a time, as it is without what events have
 * changed in it (splices, relinked calls), and what was found out about a procedure, kept as long as a binding uses it.
 *
 * Main line only.
 */
#ifndef KERNEL_EVENT_CODE_H
#define KERNEL_EVENT_CODE_H

#include <whorl/status.h>

#include "arch/ppc/code/dispatch/facts.h"
#include "arch/ppc/types.h"

struct domain;

/* Facts of the procedure that starts at an address, found once for all who ask; NULL: no memory. To be put back. */
const struct facts *code_facts_get(vaddr_t procedure);
void code_facts_put(const struct facts *facts);

/* The procedure will be patched, or is no more: what is found from then on. To be put back; the others remain as well. NULL: no memory. */
const struct facts *code_facts_renew(vaddr_t procedure, bool patched);

/* Whether it is functional; see functional.h. ERR_FAILED names the instruction; ERR_NO_MEMORY. */
status_t code_prove_functional(vaddr_t procedure);
status_t code_prove_ephemeral(vaddr_t procedure);

/*
 * Whether the domain that contains it has declared a procedure FUNCTIONAL or EPHEMERAL. A copy that the
 * compiler made of one, NAME.constprop.0, is declared as that is.
 */
bool code_is_declared_functional(vaddr_t procedure);
bool code_is_declared_ephemeral(vaddr_t procedure);

/* Calls of some code lead elsewhere than before: what was proved is not known any more. */
void code_change(void);

/* A domain goes: its procedures are no longer known. Facts that are in use stay until they are put back. */
void code_forget(const struct domain *domain);

#endif
