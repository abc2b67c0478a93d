/* What extensions ask of strands, and who may: see <whorl/strand.h>. */
#include <stddef.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/strand/strand.h"

static bool is_privileged(owner_t owner)
{
    return owner == OWNER_KERNEL || owners[owner].privileged;
}

static unsigned priority_max(owner_t owner)
{
    return is_privileged(owner) ? STRAND_PRIORITY_TOP : STRAND_PRIORITY_MAX;
}

static status_t check_priority(owner_t owner, unsigned priority)
{
    if (priority >= 1 && priority <= priority_max(owner))
        return OK;
    return status_refuse(ERR_BAD_ARGUMENT, "a priority of %u is not from 1 to %u", priority,
                         priority_max(owner));
}

static status_t refuse_entry(vaddr_t entry)
{
    struct domain *domain;
    const struct symbol *symbol;

    if (domain_at(entry, &domain, &symbol) && !domain->image.sealed)
        return status_refuse(ERR_STATE, "%s has not been started", domain->name);
    return status_refuse(ERR_BAD_ARGUMENT, "there is no code at 0x%08x", (unsigned)entry);
}

/* What has not been started is not mapped. */
status_t strand_check_entry(vaddr_t entry)
{
    if (entry % 4 == 0 && vaddr_is_code(entry) && mmu_readable(entry, 4))
        return OK;
    return refuse_entry(entry);
}

static status_t check_options(owner_t owner, const struct strand_options *options)
{
    if (options->stack_size > STRAND_STACK_MAX)
        return status_refuse(ERR_BAD_ARGUMENT, "a stack of %u bytes is larger than %u",
                             (unsigned)options->stack_size, STRAND_STACK_MAX);
    return options->priority != 0 ? check_priority(owner, options->priority) : OK;
}

static EVENT status_t identified_strand_create(void (*entry)(void *closure), void *closure,
                                               const struct strand_options *options,
                                               strand_t **strand)
{
    owner_t owner = identity_calling();
    struct strand_options chosen = {.name = NULL};
    char name[STRAND_NAME_MAX + 1];
    struct strand *made;
    status_t status;

    if (options != NULL)
        chosen = *options;
    if (chosen.name != NULL) { /* so is a name that cannot be read */
        strlcpy(name, chosen.name, sizeof name);
        chosen.name = name;
    }
    *strand = *(strand_t *volatile *)strand; /* what cannot be written faults before there is one */
    status = strand_check_entry((vaddr_t)entry);
    if (status == OK)
        status = check_options(owner, &chosen);
    if (status == OK)
        status = strand_make(owner, &chosen, is_privileged(owner), entry, closure, &made);
    if (status == OK)
        *strand = made->capability;
    return status;
}

static EVENT status_t identified_strand_set_priority(strand_t *capability, unsigned priority)
{
    owner_t owner = identity_calling();
    BUSY;
    struct strand *strand = strand_of(capability);
    status_t status = check_priority(owner, priority);

    if (strand == NULL)
        return status_refuse(ERR_BAD_CAPABILITY, "%p is no strand", (const void *)capability);
    if (status == OK)
        strand_change_priority(strand, priority);
    return status;
}

strand_t *strand_self(void)
{
    return strand_current->capability;
}

void strand_exit(void)
{
    if (strand_check_may_wait("strand_exit") == OK)
        strand_finish(OK);
}

static status_t find(const strand_t *capability, const struct strand **strand)
{
    *strand = strand_of(capability);
    return *strand != NULL
               ? OK
               : status_refuse(ERR_BAD_CAPABILITY, "%p is no strand", (const void *)capability);
}

static status_t copy_name(const strand_t *capability, char name[STRAND_NAME_MAX + 1])
{
    BUSY;
    const struct strand *strand;
    status_t status = find(capability, &strand);

    if (status == OK)
        strcpy(name, strand->name);
    return status;
}

/* Another may join it meanwhile; and where the name goes may fault, which is not to happen to who is busy. */
status_t strand_name(strand_t *capability, char *name, size_t size)
{
    char copy[STRAND_NAME_MAX + 1];
    status_t status = copy_name(capability, copy);

    if (status == OK && size == 0)
        status = status_refuse(ERR_BAD_ARGUMENT, "no room for a name");
    if (status == OK)
        strlcpy(name, copy, size);
    return status;
}

static status_t copy_time(const strand_t *capability, uint64_t *ticks)
{
    BUSY;
    const struct strand *strand;
    status_t status = find(capability, &strand);

    if (status == OK)
        *ticks = strand == strand_current ? strand_clock() : strand_clock_of(strand);
    return status;
}

status_t strand_time(strand_t *capability, uint64_t *ticks)
{
    uint64_t copy;
    status_t status = copy_time(capability, &copy);

    if (status == OK)
        *ticks = copy;
    return status;
}

/* Functional, and so looks the strand up without leaving a trace. */
void *strand_tag(strand_t *capability)
{
    const struct strand *strand = capability_object(capability, CAPABILITY_STRAND);

    return strand != NULL ? strand->tag : NULL;
}

PUBLIC_INTERFACE(Strand, strand_self, strand_yield, strand_sleep, strand_join, strand_exit,
                 strand_detach, strand_name, strand_time, strand_tag, strand_block, strand_unblock,
                 strand_checkpoint, strand_resume);
IDENTIFIED_INTERFACE(Strand, strand_create, strand_set_priority);
