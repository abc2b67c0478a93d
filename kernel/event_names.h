/*
 * Events, and code that was generated for them, by name. <whorl/event_names.h> is what the privileged see.
 */
#ifndef KERNEL_EVENT_NAMES_H
#define KERNEL_EVENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/event_names.h>

#include "arch/ppc/types.h"

/* In front of an event's name: what its code is called, and the entry of its procedure's body. */
#define EVENT_CODE_PREFIX "event:"
#define EVENT_BODY_PREFIX "body:"

/* "udp!event:udp_arrived+0x20" of code that stands for an event. False: it is none. Any context. */
bool event_code_name(vaddr_t address, char *text, size_t size);

/* What a part of such code is for: "guard of binding 3: acl!is_for_port, copied". False: that is not known. Any context. */
bool event_code_part(vaddr_t address, char *text, size_t size);

/* The event that a branch at an address raises, if it goes to what is generated for it or to its procedure. False: none. */
bool event_raised_by(vaddr_t site, char *text, size_t size);

/* "tracer!note" of where a procedure starts, "?" if none does there. Main line only. */
void event_procedure_name(vaddr_t procedure, char *text, size_t size);

#endif
