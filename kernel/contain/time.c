/* See contain.h: who takes the processor for too long. */
#include <stdio.h>
#include <string.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/registers.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/contain/culprit.h"
#include "kernel/patch/exception.h"
#include "kernel/quota.h"
#include "kernel/strand/strand.h"

#define LOOK_EVERY_MS 32 /* of a strand's own time */

/*
 * A call is told from the next one that lies at the same place of the stack by its return address, in which a bit is set that branches do not look
 * at (PEM, bclr): where the callee has saved it, or in LR if he has not. Whoever is called next has another.
 */
#define MARK 1u

/* The outermost call of another domain than the strand's own: whose, and from where. */
struct foreign {
    struct domain *domain;
    vaddr_t stack; /* r1 of the caller; of a callee that has not saved LR, his. 0: there is none */
    uint32_t *returns;
};

uint32_t contain_look_every;
static bool watched; /* somebody has limits */

static uint64_t milliseconds(uint64_t ticks)
{
    return ticks / (machine.timebase_hz / 1000);
}

/* Who is called may run on until all of it is left. */
static bool may_run(const struct domain *domain)
{
    return domain->image.sealed || (domain->shut && !domain->emptied);
}

static bool has_limits(const struct domain *domain)
{
    owner_t owner = domain->image.memory.owner;

    return quota_limit(owner, QUOTA_CALL_MS) != QUOTA_UNLIMITED ||
           quota_limit(owner, QUOTA_RUN_MS) != QUOTA_UNLIMITED ||
           quota_limit(owner, QUOTA_TOTAL_MS) != QUOTA_UNLIMITED;
}

static void set_watched(bool wanted)
{
    contain_look_every = LOOK_EVERY_MS * (machine.timebase_hz / 1000);
    if (wanted && !watched)
        for (struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
            strand_look_after(s, 0);
    watched = wanted;
}

void contain_watch(const struct domain *leaving)
{
    bool wanted = false;

    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d != leaving && may_run(d) && has_limits(d))
            wanted = true;
    set_watched(wanted);
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
 * instruction traps. It goes on behind it if he is within his time again, so it is not the trap that ends a flow graph.
 */
struct strand *contain_due;

void contain_overdue(void)
{
    __asm__ volatile(".globl contain_due_trap\ncontain_due_trap:\ttweq 1, 1" : : : "memory");
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

/* Called from elsewhere, and has called nobody. Where he goes on, his own code may follow outwards. */
static struct domain *find_leaf(const struct strand *strand, struct trap_frame *frame,
                                struct foreign *foreign)
{
    struct domain *inner = limited(strand, culprit_executing(frame->srr0));
    struct domain *caller = limited(strand, culprit_at(frame->lr));

    if (inner != NULL && caller != inner)
        *foreign = (struct foreign){inner, frame->gpr[1], &frame->lr};
    return caller;
}

/* The last one that is found is the outermost. */
static void find_foreign(const struct strand *strand, struct trap_frame *frame,
                         const struct stack_area *area, struct foreign *foreign)
{
    struct domain *inner;
    vaddr_t stack = frame->gpr[1];

    *foreign = (struct foreign){.stack = 0};
    inner = find_leaf(strand, frame, foreign);
    while ((stack = stack_outer(area, stack)) != 0) {
        uint32_t *returns = (uint32_t *)(stack + 4);
        struct domain *domain = *returns == 0 ? inner : limited(strand, culprit_at(*returns));

        if (inner != NULL && domain != inner)
            *foreign = (struct foreign){inner, stack, returns};
        inner = domain;
    }
}

static void note_call(struct strand *strand, const struct foreign *foreign)
{
    strand->call_frame = foreign->stack;
    strand->call_since = strand_clock();
    if (foreign->stack != 0)
        *foreign->returns |= MARK;
}

/* Only words that are return addresses are changed, so it is looked for from the beginning. */
uint32_t *contain_unmark(struct trap_frame *frame)
{
    vaddr_t stack = frame->gpr[1], call = strand_current->call_frame;
    uint32_t *returns = (uint32_t *)(call + 4);
    struct stack_area area;

    if (call == 0 || !stack_area(stack, &area) || area.exceptions)
        return NULL;
    if (vaddr_is_code(frame->lr) && frame->lr % 4 == MARK)
        frame->lr -= MARK;
    while (stack != 0 && stack < call)
        stack = stack_outer(&area, stack);
    if (stack != call || *returns % 4 != MARK)
        return NULL;
    *returns -= MARK;
    return returns;
}

void contain_mark_again(const struct trap_frame *frame, uint32_t *returns)
{
    if (returns != NULL && frame->gpr[1] < strand_current->call_frame)
        *returns |= MARK;
}

static const char *caller_name(const struct foreign *foreign)
{
    const struct domain *domain = culprit_at(*foreign->returns);

    return domain != NULL ? domain->name : "the kernel";
}

static void limit_call(struct strand *strand, struct trap_frame *frame,
                       const struct stack_area *area)
{
    struct foreign foreign;
    char reason[120];
    uint64_t taken;

    find_foreign(strand, frame, area, &foreign);
    if (foreign.stack == 0 || foreign.stack != strand->call_frame ||
        (*foreign.returns & MARK) == 0) {
        note_call(strand, &foreign);
        return;
    }
    taken = milliseconds(strand_clock() - strand->call_since);
    if (taken < quota_limit(foreign.domain->image.memory.owner, QUOTA_CALL_MS))
        return;
    snprintf(reason, sizeof reason, "looped for %u ms in a call by %s", (unsigned)taken,
             caller_name(&foreign));
    (void)cut(frame, reason);
}

/* A strand of its own, whatever it has called. */
static bool limit_run(struct strand *strand, struct trap_frame *frame)
{
    uint32_t limit = quota_limit(strand->owner, QUOTA_RUN_MS);
    uint64_t taken = milliseconds(strand_clock() - strand->unwaited);
    char reason[120];

    if (limit == QUOTA_UNLIMITED || taken < limit || strand->waited)
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
    const struct domain *domain = culprit_executing(frame->srr0);
    owner_t owner = domain != NULL ? domain->image.memory.owner : strand->owner;
    uint32_t limit = quota_limit(owner, QUOTA_TOTAL_MS);

    return limit != QUOTA_UNLIMITED && quota_used(owner, QUOTA_TOTAL_MS) >= limit &&
           contain_cut(frame, "used up its %u ms of processor time", (unsigned)limit);
}

/* Only if it is what is in quarantine that waits, and nobody whom that has called. */
static bool leave_abandoned(struct strand *strand, struct trap_frame *frame)
{
    struct culprit culprit;

    strand->abandoned = false;
    return culprit_find(frame, &culprit) && culprit.domain->quarantined &&
           contain_cut(frame, "waited in vain");
}

static void look(struct strand *strand, struct trap_frame *frame)
{
    struct stack_area area;

    strand_look_after(strand, contain_look_every);
    if (!stack_area(frame->gpr[1], &area) || area.exceptions)
        return;
    if (strand->abandoned && leave_abandoned(strand, frame))
        return;
    if (limit_total(strand, frame) || (strand->owner != OWNER_KERNEL && limit_run(strand, frame)))
        return;
    limit_call(strand, frame, &area);
}

void contain_tick(struct trap_frame *frame)
{
    if (strand_look_is_due(strand_current))
        look(strand_current, frame);
}

/* The clock may find somebody else each time. */
void contain_look_soon(struct strand *strand)
{
    if (!watched && !strand->abandoned) {
        strand_look_after(strand, contain_look_every);
        return;
    }
    contain_due = strand;
    busy_switch_due = true;
}

/* Where it stands, or in the body of a patch of it. */
static bool is_due_trap(const struct trap_frame *frame)
{
    struct trap_frame seen;

    if (frame->vector != VECTOR_PROGRAM)
        return false;
    seen = *frame;
    patch_present(&seen);
    return seen.srr0 == (vaddr_t)contain_due_trap;
}

/* Who was over his time may have come back by now, to who is within his. */
bool contain_is_overdue(struct trap_frame *frame)
{
    if (!is_due_trap(frame))
        return false;
    contain_due = NULL;
    frame->srr0 += 4;
    look(strand_current, frame);
    return true;
}

void contain_forget_due(const struct strand *strand)
{
    if (contain_due == strand)
        contain_due = NULL;
}
