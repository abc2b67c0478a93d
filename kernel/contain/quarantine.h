/* What happens to who was blamed; private to kernel/contain/. */
#ifndef KERNEL_CONTAIN_QUARANTINE_H
#define KERNEL_CONTAIN_QUARANTINE_H

struct domain;

/* At once, from an exception too; interrupts off. Who calls this has noted why (incident.h). */
void quarantine_enter(struct domain *domain);

#endif
