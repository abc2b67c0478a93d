/* What happens to who was blamed; private to kernel/contain/. */
#ifndef KERNEL_CONTAIN_QUARANTINE_H
#define KERNEL_CONTAIN_QUARANTINE_H

#include "arch/ppc/types.h"

struct domain;

/* At once, from an exception too; interrupts off. Who calls this has noted why (incident.h). */
void quarantine_enter(struct domain *domain);

/* The same for one that is initialized, and recorded already, while nothing is busy. */
void quarantine_enter_quickly(struct domain *domain);

/* A part of a stack was unwound from which domains may have been started or ended: see domain_unwound. Any context. */
void quarantine_note_unwound(vaddr_t low, vaddr_t end);

#endif
