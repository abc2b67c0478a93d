/*
 * The code that an address is in, as unwinding analyses it: a procedure of the kernel or a domain, the body of a patch, a routine of an event
 * or the entry of its procedure's body. Words are without what patches and events have changed. Private to unwind.h; any context.
 */
#ifndef KERNEL_CONTAIN_UNWIND_CODE_H
#define KERNEL_CONTAIN_UNWIND_CODE_H

#include "arch/ppc/code/analysis/source.h"

struct unwind_code {
    struct code_source source;
    bool generated;
    vaddr_t start, end; /* of what is generated */
    vaddr_t site; /* of the body of a patch: that of the instruction that it stands for; else 0 */
};

/* It must stay where it is. False: it is in no code that is known. */
bool unwind_code_find(vaddr_t address, struct unwind_code *code);

/* The word at an address of any code. False: there is none. */
bool unwind_code_word(vaddr_t address, uint32_t *word);

/* For struct flow_terms, where the code does not tell: no pointers into the middle are known. */
uint32_t unwind_code_pointers(void *context, vaddr_t start, vaddr_t end);

#endif
