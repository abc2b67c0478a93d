/*
 * Handlers that did not keep their deadlines: counted where they are stopped, reported afterwards, and at last
 * uninstalled.
 */
#ifndef KERNEL_EVENT_OVERDUE_H
#define KERNEL_EVENT_OVERDUE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/ppc/types.h"

/* What is counted of a handler with a deadline; by who stops it, with interrupts off. */
struct ephemeral_record {
    uint32_t kills;
    uint32_t
        late;   /* of these: it came back by itself, too late, from where nobody can be stopped */
    vaddr_t at; /* where the latest one was stopped; 0 if it came back */
    uint32_t ticks; /* of the time base that the latest one had taken */
};

/* After counting. Only notes that there is something to report. Any context. */
void event_overdue(struct ephemeral_record *record);

/* Whether there is. Any context. */
bool event_overdue_pending(void);

/* Reports on the console, and uninstalls who was stopped as often as its options allow. Main line only. */
void event_report_overdue(void);

#endif
