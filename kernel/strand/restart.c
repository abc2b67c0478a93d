/* See restart.h. */
#include "kernel/strand/restart.h"

#include "arch/ppc/layout.h"
#include "domains/domain.h"
#include "kernel/event/splice.h"

vaddr_t restart_at(vaddr_t pc)
{
    struct domain *domain;
    const struct symbol *symbol;
    vaddr_t start;

    if (pc - NEAR_CODE_BASE >= DOMAIN_CODE_END - NEAR_CODE_BASE)
        return pc;
    if (domain_at(pc, &domain, &symbol))
        start = image_slot_at(&domain->image, pc);
    else
        start = splice_way_at(pc);
    return start != 0 ? start : pc;
}
