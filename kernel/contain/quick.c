/* See contain.h: what is commonest, in as few instructions as possible. All else is left to contain_fault. */
#include "arch/ppc/registers.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/contain/boundary.h"
#include "kernel/contain/contain.h"
#include "kernel/contain/incident.h"
#include "kernel/contain/quarantine.h"
#include "kernel/event/resume_quick.h"
#include "kernel/owner_domain.h"
#include "kernel/patch/patch.h"
#include "kernel/recorder.h"
#include "kernel/strand/strand.h"

/* Nothing of the kernel's is under way that would have to be looked at, nor has been locked by who is cut off. */
static inline bool is_quiet(const struct trap_frame *frame, const struct strand *strand)
{
    vaddr_t low = strand->stack_start - STRAND_RESERVE;

    return kernel_busy == 0 && !patch_any() && strand->held == NULL && frame->gpr[1] % 4 == 0 &&
           frame->gpr[1] - low < strand->stack_end - 8 - low;
}

/* Whether the routine is the nearest boundary, and what happens in the domain is not its own affair. */
static inline bool is_boundary(const struct resume_quick *quick, const struct boundary *boundary)
{
    if (boundary == NULL)
        return true;
    if (owner_of_code(boundary->caller) == quick->owner)
        return false;
    return quick->found.cut->copied ||
           (quick->stack < boundary->stack && *(const vaddr_t *)quick->stack != boundary->stack);
}

static inline bool goes_into_quarantine(const struct domain *domain)
{
    return domain->state == DOMAIN_INITIALIZED && !domain->quarantined && !domain->tested;
}

bool contain_quickly(struct trap_frame *frame)
{
    const struct strand *strand = strand_current;
    struct resume_quick quick;
    struct incident *incident;
    struct domain *domain;

    if (!is_quiet(frame, strand) || !resume_quick_find(frame, strand->stack_end, &quick))
        return false;
    domain = owner_domain(quick.owner);
    if (domain == NULL || !goes_into_quarantine(domain) || !is_boundary(&quick, strand->boundary) ||
        (incident = incident_take(frame, domain, strand->stack_end)) == NULL)
        return false;
    record_contained(frame->srr0, domain->name);
    resume_quick(frame, &quick);
    incident_goes_on(incident, frame->srr0);
    quarantine_enter_quickly(domain);
    return true;
}
