/*
 * The machine code of the running kernel and of all domains, as arch/ppc/code looks at it. A view is what
 * there was when it was opened: it holds until a domain is made, started, bound or ended. Main line only.
 *
 * Kernel symbols are owned by "kernel", others by the domain of that name. A branch to the slot of an
 * import leads to its definition if the slot does, else it is a call of the import by name. Domains that
 * have not been started are there too; their branches to unbound imports, which lead nowhere yet, are
 * analysed as if they led to the slots. Code that was generated for an event of `owner` is called event:NAME,
 * and the entry of its procedure's body body:NAME; the body of patch number N on an instruction of `owner` patch:N.
 *
 * What patches and events have changed is analysed as it was, and printed as it is.
 */
#ifndef KERNEL_CODE_VIEW_H
#define KERNEL_CODE_VIEW_H

#include "arch/ppc/code/analysis/index.h"

struct domain;

/* In front of a patch's number: what its body is called. */
#define PATCH_CODE_PREFIX "patch:"

/* To be closed with code_index_close. ERR_NO_MEMORY. */
status_t code_view_open(struct code_index **index);

/* The same of one domain's code only, with its slots; NULL: the kernel's. */
status_t code_view_open_one(const struct domain *domain, struct code_index **index);

#endif
