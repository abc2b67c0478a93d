/*
 * The code of the running system as analyses see it, asked for where it is needed: unlike a code view
 * (kernel/code_view.h), nothing is gathered before. Words are as they are without what events have changed.
 *
 * Procedures are what symbols say; a label of assembly without a type is one if it lies in no other. NAME.cold
 * is a part of NAME if its domain has only one of that name.
 *
 * Main line only.
 */
#ifndef KERNEL_EVENT_CODE_SOURCE_H
#define KERNEL_EVENT_CODE_SOURCE_H

#include "arch/ppc/code/analysis/source.h"

struct domain;

/* To be asked for anew when a domain was made, started, bound or ended; or code_source_forget is called. */
const struct code_source *code_source(void);
void code_source_forget(void);

/* The same, without `next` and `pointer`, and remembers nothing: any context. */
const struct code_source *code_source_plain(void);

/* The domain in whose text an address lies, NULL: none, or the kernel's. */
const struct domain *code_source_domain(vaddr_t address);

/* The procedure that starts at an address. False if none does. */
bool code_source_starts(vaddr_t address, struct procedure *procedure);

/* "acl!guard+0x8", or the address in hexadecimal. */
void code_source_name(vaddr_t address, char *text, size_t size);

/* Where the procedure is that a slot of an import leads to; other addresses as they are. */
vaddr_t code_source_definition(vaddr_t address);

#endif
