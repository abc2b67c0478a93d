/* See contain.h: who takes the processor for too long. */
#include <stdio.h>
#include <string.h>

#include "arch/ppc/image.h"
#include "arch/ppc/machine.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/contain/culprit.h"
#include "kernel/quota.h"
#include "kernel/strand/strand.h"

#define LOOK_EVERY \
    32 /* turns of a strand, until a call has taken so long that its end must not be missed: */
#define LOOK_CLOSELY_MS 1000

/* The outermost frame of another domain than the strand's own: of whose call, and where from. */
struct foreign {
    struct domain *domain;
    vaddr_t stack, returns;
};

static uint64_t milliseconds(uint64_t ticks)
{
    return ticks / (machine.timebase_hz / 1000);
}

/* Who is called may run on until all of it is left. */
static bool may_run(const struct domain *domain)
{
    return domain->image.sealed || (domain->shut && !domain->emptied);
}

void contain_watch(const struct domain *leaving)
{
    bool wanted = false;

    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d != leaving && may_run(d) && !d->privileged)
            wanted = true;
    strand_ticks_wanted(wanted);
}

/* Whose call is limited on a strand. */
static struct domain *limited(const struct strand *strand, struct domain *domain)
{
    return domain != NULL && domain->image.memory.owner != strand->owner &&
                   quota_limit(domain->image.memory.owner, QUOTA_CALL_MS) != QUOTA_UNLIMITED
               ? domain
               : NULL;
}

/*
 * Who is over his time while the kernel is busy for him is cut off when it is not any more: busy_switch comes here, where an
 * instruction traps.
 */
struct strand *contain_due;
extern const char contain_due_trap[];

void contain_overdue(void)
{
    __asm__ volatile(".globl contain_due_trap\ncontain_due_trap:\ttrap" : : : "memory");
}

/* False: it is cut off later. */
static bool cut(struct trap_frame *frame, const char *reason)
{
    if (contain_cut(frame, "%s", reason))
        return true;
    contain_due = strand_current;
    busy_switch_due = true;
    return false;
}

/* One more call: from `returns`, with r1 there. */
static void look_outwards(const struct strand *strand, vaddr_t stack, vaddr_t returns,
                          struct domain **inner, struct foreign *foreign)
{
    struct domain *domain = limited(strand, culprit_at(returns));

    if (*inner != NULL && domain != *inner)
        *foreign = (struct foreign){*inner, stack, returns};
    *inner = domain;
}

/* The last one that is found is the outermost. */
static void find_foreign(const struct strand *strand, const struct trap_frame *frame,
                         const struct stack_area *area, struct foreign *foreign)
{
    vaddr_t stack = frame->gpr[1], raiser;
    struct domain *inner = limited(strand, culprit_executing(frame, &raiser));

    *foreign = (struct foreign){.stack = 0};
    if (inner == NULL || raiser != 0)
        look_outwards(strand, stack, inner == NULL ? frame->lr : raiser, &inner, foreign);
    while ((stack = stack_outer(area, stack)) != 0) {
        vaddr_t returns = *(const vaddr_t *)(stack + 4);

        if (returns != 0)
            look_outwards(strand, stack, returns, &inner, foreign);
    }
}

static void note_call(struct strand *strand, vaddr_t stack)
{
    strand->call_frame = stack;
    strand->call_since = strand_clock();
}

static const char *caller_name(const struct foreign *foreign)
{
    const struct domain *domain = culprit_at(foreign->returns);

    return domain != NULL ? domain->name : "the kernel";
}

static void limit_call(struct strand *strand, struct trap_frame *frame,
                       const struct stack_area *area)
{
    struct foreign foreign;
    char reason[120];
    uint64_t taken;

    find_foreign(strand, frame, area, &foreign);
    if (foreign.stack == 0 || foreign.stack != strand->call_frame) {
        note_call(strand, foreign.stack);
        return;
    }
    taken = milliseconds(strand_clock() - strand->call_since);
    if (taken < quota_limit(foreign.domain->image.memory.owner, QUOTA_CALL_MS))
        return;
    snprintf(reason, sizeof reason, "looped for %u ms in a call by %s", (unsigned)taken,
             caller_name(&foreign));
    if (cut(frame, reason))
        note_call(strand, 0);
}

static bool is_due(struct strand *strand)
{
    return ++strand->n_looks % LOOK_EVERY == 0 ||
           (strand->call_frame != 0 &&
            milliseconds(strand_clock() - strand->call_since) > LOOK_CLOSELY_MS);
}

/* A strand of its own, whatever it has called. */
static bool limit_run(struct strand *strand, struct trap_frame *frame)
{
    uint32_t limit = quota_limit(strand->owner, QUOTA_RUN_MS);
    uint64_t taken = milliseconds(strand_clock() - strand->unwaited);
    char reason[120];

    if (limit == QUOTA_UNLIMITED || taken < limit)
        return false;
    snprintf(reason, sizeof reason, "ran for %u ms on %s without waiting", (unsigned)taken,
             strand->name);
    if (cut(frame, reason))
        strand->unwaited = strand_clock();
    return true;
}

/* In all, on whatever strands. */
static bool limit_total(const struct strand *strand, struct trap_frame *frame)
{
    const struct domain *domain = culprit_executing(frame, NULL);
    owner_t owner = domain != NULL ? domain->image.memory.owner : strand->owner;
    uint32_t limit = quota_limit(owner, QUOTA_TOTAL_MS);

    return limit != QUOTA_UNLIMITED && quota_used(owner, QUOTA_TOTAL_MS) >= limit &&
           contain_cut(frame, "used up its %u ms of processor time", (unsigned)limit);
}

static void look(struct strand *strand, struct trap_frame *frame)
{
    struct stack_area area;

    if (!stack_area(frame->gpr[1], &area) || area.exceptions)
        return;
    if (limit_total(strand, frame) || (strand->owner != OWNER_KERNEL && limit_run(strand, frame)))
        return;
    limit_call(strand, frame, &area);
}

void contain_tick(struct trap_frame *frame)
{
    if (is_due(strand_current))
        look(strand_current, frame);
}

/* Who was over his time may have waited or come back by now, to who is within his. */
bool contain_is_overdue(struct trap_frame *frame)
{
    if (frame->srr0 != (vaddr_t)contain_due_trap)
        return false;
    contain_due = NULL;
    frame->srr0 += 4;
    if (!strand_current->waited)
        look(strand_current, frame);
    return true;
}

void contain_forget_due(const struct strand *strand)
{
    if (contain_due == strand)
        contain_due = NULL;
}
