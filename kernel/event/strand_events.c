/*
 * The authorizer of strand_block, strand_unblock, strand_checkpoint and strand_resume. Who is privileged schedules
 * everything. A handler of others gets an imposed guard: it is asked about strands of its own domain only, so that one that cancels, or does
 * nothing, keeps only those from running.
 */
#include "kernel/event/strand_events.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/write.h"
#include "arch/ppc/image.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/event/event.h"
#include "kernel/panic.h"
#include "kernel/strand/strand.h"

#define P(procedure) ((procedure_t)(procedure))

FUNCTIONAL(strand_is_of);
FUNCTIONAL(strand_self);
FUNCTIONAL(strand_tag);

bool strand_is_of(void *owner, strand_t *capability)
{
    const struct strand *strand = capability_object(capability, CAPABILITY_STRAND);

    return strand != NULL && strand->owner == (owner_t)owner;
}

/* What a filter leaves there would be the strand that all others are asked about. */
static bool EVENT strand_event_authorized(const struct event_request *request)
{
    const struct domain *installer = NULL;

    if (request->installer == NULL || identity_is_privileged(request->installer))
        return true;
    installer = capability_object(request->installer, CAPABILITY_IDENTITY);
    if (installer == NULL || request->options->filter)
        return false;
    return event_impose_guard(request->binding, P(strand_is_of),
                              (void *)installer->image.memory.owner) == OK;
}

/* As long as nothing is spliced or patched there, raising one is the same as doing what it does. */
static void watch(void)
{
    size_t size = IMAGE(strand_events_end) - IMAGE(strand_events_start);
    struct code_watch watch = {.code = IMAGE(strand_events_start),
                               .n = size / sizeof(uint32_t),
                               .original = malloc(size),
                               .changed = &running.events_watched};

    if (watch.original == NULL)
        panic("no memory for a copy of the strand events");
    memcpy((void *)watch.original, strand_events_start, size);
    code_watch(&watch);
}

void strand_events_initialize(void)
{
    const procedure_t events[] = {P(strand_block), P(strand_unblock), P(strand_checkpoint),
                                  P(strand_resume)};

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (event_set_authorizer(events[i], strand_event_authorized) != OK)
            panic("strand events have no authorizer: %s", status_explain());
    watch();
}
