/* See strand.h: records of strands, how they begin and how they end. */
#include "kernel/recorder.h"
#include "kernel/strand/strand.h"

#include <stdio.h>
#include <string.h>

#include "arch/ppc/cache.h"
#include "arch/ppc/image.h"
#include "arch/ppc/machine.h"
#include "arch/ppc/mmu.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "arch/ppc/timebase.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/fault.h"
#include "kernel/idle.h"
#include "kernel/libc.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/quota.h"
#include "kernel/strand/locks.h"
#include "kernel/strand/naming.h"
#include "kernel/strand/stack.h"
#include "kernel/strand/switch.h"
#include "kernel/strand/usage.h"

struct strand boot_strand = {
    .name = "shell",
    .owner = OWNER_KERNEL,
    .privileged = true,
    .priority = STRAND_PRIORITY_SHELL,
    .effective = STRAND_PRIORITY_SHELL,
    .queue = &scheduler.queues[STRAND_PRIORITY_SHELL],
    .next = &boot_strand,
    .previous = &boot_strand,
    .own_wait = {.next = &boot_strand.own_wait,
                 .previous = &boot_strand.own_wait,
                 .strand = &boot_strand},
    .waiting = &boot_strand.own_wait,
};

/* ---- records ---- */

struct strand *strand_next(const struct strand *strand)
{
    if (strand == NULL)
        return &boot_strand;
    return strand->next != &boot_strand ? strand->next : NULL;
}

struct strand *strand_of(const strand_t *capability)
{
    uint32_t before = interrupts_off();
    void *strand;

    if (!capability_is_recent(capability, CAPABILITY_STRAND, &strand))
        strand = capability_object_again(capability, CAPABILITY_STRAND);
    interrupts_restore(before);
    return strand;
}

size_t strand_count(owner_t owner)
{
    size_t n = 0;

    for (struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        n += s->owner == owner;
    return n;
}

struct strand *strand_at_stack(vaddr_t stack)
{
    for (struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        if (stack - (s->stack_start - STRAND_RESERVE) <
            s->stack_end - (s->stack_start - STRAND_RESERVE))
            return s;
    return NULL;
}

static void enlist(struct strand *strand)
{
    uint32_t before = interrupts_off();

    strand->next = &boot_strand;
    strand->previous = boot_strand.previous;
    strand->previous->next = boot_strand.previous = strand;
    interrupts_restore(before);
}

static void delist(struct strand *strand)
{
    uint32_t before = interrupts_off();

    strand->next->previous = strand->previous;
    strand->previous->next = strand->next;
    if (running.fp_owner == strand)
        running.fp_owner = NULL;
    wake_forget(strand);
    if (strand->sleeping)
        sleep_stop(strand);
    if (running.turn_of == strand)
        running.turn_of = NULL;
    interrupts_restore(before);
}

static void release(struct strand *strand)
{
    if (strand->joiner != NULL)
        strand->joiner->joins = NULL;
    delist(strand);
    usage_ended(strand);
    libc_end_strand(strand->reent);
    capability_revoke(strand->capability);
    owner_discharge(strand->owner, stack_bytes(strand));
    quota_give(strand->owner, QUOTA_STRANDS);
    stack_give(strand);
}

void strand_bury(void)
{
    while (running.dead != NULL) {
        struct strand *strand = running.dead;

        running.dead = strand->dead;
        release(strand);
    }
}

/* ---- beginning ---- */

static void run(void *closure)
{
    struct strand *strand = closure;

    strand->entry(strand->closure);
}

static void begin(void)
{
    strand_finish(fault_contain(run, strand_current));
}

/* As strand_switch leaves it; its return leads to begin(), outside of which there is nobody. */
static void prepare_stack(struct strand *strand)
{
    vaddr_t outermost = strand->stack_end - 16;
    vaddr_t frame = outermost - SWITCH_FRAME;

    cache_clear((void *)frame, SWITCH_FRAME + 16);
    *(vaddr_t *)frame = outermost;
    *(vaddr_t *)(outermost + 4) = (vaddr_t)begin;
    strand->stack = frame;
}

static void fill(struct strand *strand, owner_t owner, const struct strand_options *options)
{
    vaddr_t start = strand->stack_start, end = strand->stack_end;

    cache_clear(strand, offsetof(struct strand, sentence));
    strand->sentence[0] = 0;
    strand->fp[32] = 0;
    strand->stack_start = start;
    strand->stack_end = end;
    strand->owner = owner;
    strand->number = naming_number();
    strand->priority =
        (uint8_t)(options->priority != 0 ? options->priority : STRAND_PRIORITY_DEFAULT);
    priority_put(strand, strand->priority);
    strand->waiting = strand->own_wait.next = strand->own_wait.previous = &strand->own_wait;
    strand->own_wait.strand = strand;
    strand->detached = options->detached;
    strand->tag = options->tag;
    strand->look_at = contain_look_every;
    strand->late = -(int32_t)contain_look_every;
    naming_put(strand, options->name);
    strand->reent = &strand->own_reent;
    prepare_stack(strand);
}

static size_t stack_size(const struct strand_options *options)
{
    return options->stack_size != 0 ? options->stack_size : STRAND_STACK_DEFAULT;
}

static status_t charge(owner_t owner, size_t size)
{
    return owner_charge(owner, size)
               ? OK
               : status_refuse(ERR_NO_MEMORY, "a stack of %u bytes is over the quota of %s",
                               (unsigned)size, owners[owner].name);
}

/* It is looked up soon. */
static void remember(struct strand *strand)
{
    uint32_t before = interrupts_off();

    capability_remember(strand->capability, CAPABILITY_STRAND, strand);
    interrupts_restore(before);
}

static status_t make(owner_t owner, const struct strand_options *options, struct strand **strand)
{
    size_t n_pages = stack_pages(stack_size(options));
    status_t status = charge(owner, n_pages * PAGE_SIZE);

    if (status != OK)
        return status;
    status = stack_take(n_pages, strand);
    if (status != OK)
        goto discharge;
    fill(*strand, owner, options);
    status = capability_create(CAPABILITY_STRAND, *strand, (void **)&(*strand)->capability);
    if (status == OK) {
        remember(*strand);
        return OK;
    }
    stack_give(*strand);
discharge:
    owner_discharge(owner, n_pages * PAGE_SIZE);
    return status;
}

static status_t make_counted(owner_t owner, const struct strand_options *options,
                             struct strand **strand)
{
    status_t status = quota_take(owner, QUOTA_STRANDS);

    if (status != OK)
        return status;
    status = make(owner, options, strand);
    if (status != OK)
        quota_give(owner, QUOTA_STRANDS);
    return status;
}

status_t strand_make(owner_t owner, const struct strand_options *options, bool privileged,
                     void (*entry)(void *closure), void *closure, struct strand **strand)
{
    vaddr_t busy = busy_begin();
    struct strand *made;
    status_t status = make_counted(owner, options, &made);

    if (status == OK) {
        made->privileged = privileged;
        made->entry = entry;
        made->closure = closure;
        libc_begin_strand(made->reent);
        enlist(made);
        record_strand(RECORDED_STRAND_CREATED, made);
        *strand = made;
        if (!options->stopped)
            strand_wake(made);
    }
    busy_end(busy);
    return status;
}

struct strand *strand_begin(const char *name, unsigned priority, void (*entry)(void *closure),
                            void *closure)
{
    struct strand_options options = {.name = name, .priority = priority, .detached = true};
    struct strand *strand;

    if (strand_make(OWNER_KERNEL, &options, true, entry, closure, &strand) != OK)
        panic("no memory for the strand %s", name);
    return strand;
}

/* ---- end ---- */

/* Nobody will run it any more, once it is off the queues. */
static void end(struct strand *strand, status_t status)
{
    uint32_t before = interrupts_off();

    record_strand(RECORDED_STRAND_ENDED, strand);
    strand->state = STRAND_ENDED;
    strand->end = status;
    if (strand->sleeping)
        sleep_stop(strand);
    wake_forget(strand);
    contain_forget_due(strand);
    interrupts_restore(before);
    idle_unwound(strand, UINT32_MAX);
    locks_strand_ends(strand);
    domain_unwound(strand->stack_start - STRAND_RESERVE, strand->stack_end);
    if (strand->joiner != NULL)
        strand_wake(strand->joiner);
    strand_unwound(strand, UINT32_MAX);
}

void strand_unwound(struct strand *strand, vaddr_t stack)
{
    uint32_t before = interrupts_off();

    if (strand->joins != NULL && strand->join_frame < stack) {
        strand->joins->joiner = NULL;
        strand->joins = NULL;
    }
    interrupts_restore(before);
}

static void unqueue(struct strand *strand)
{
    if (strand_is_queued(strand))
        queue_remove(strand);
}

/* To who is next in turn, if nothing is to be looked at. Busy; who returns from this still is. */
static void leave_plainly(struct strand *strand)
{
    uint32_t msr = interrupts_off();
    vaddr_t busy = kernel_busy;

    kernel_busy = 0;
    if (switch_is_plain(strand, msr))
        (void)strand_hand_over(switch_block(strand), strand, msr);
    kernel_busy = busy;
    interrupts_restore(msr);
}

void strand_finish(status_t status)
{
    struct strand *strand = strand_current;

    (void)busy_begin();
    if (running.events_watched)
        (void)strand_block(strand->capability);
    end(strand, status);
    if (strand->detached) {
        strand->dead = running.dead;
        running.dead = strand;
    } else if (strand_is_queued(strand))
        leave_plainly(strand);
    unqueue(strand);
    for (;;)
        scheduler_dispatch(true);
}

void strand_kill(struct strand *strand, status_t status)
{
    (void)strand_block(strand->capability);
    end(strand, status);
    unqueue(strand);
    if (strand->detached)
        release(strand);
}

void strand_end_all(owner_t owner)
{
    struct strand *next;

    for (struct strand *s = strand_next(NULL); s != NULL; s = next) {
        next = strand_next(s);
        if (s->owner != owner || s == strand_current)
            continue;
        s->detached = false;
        if (s->state == STRAND_ALIVE)
            strand_kill(s, ERR_FAULT);
        release(s);
    }
}

/* ---- services ---- */

static status_t refuse(const strand_t *capability)
{
    return status_refuse(ERR_BAD_CAPABILITY, "%p is no strand", (const void *)capability);
}

static status_t begin_to_join(strand_t *capability, vaddr_t frame, bool *runs)
{
    BUSY;
    struct strand *strand = strand_of(capability);

    if (strand == NULL)
        return refuse(capability);
    if (strand == strand_current || strand->detached || strand->joiner != NULL)
        return status_refuse(ERR_STATE, "%s %s", strand->name,
                             strand == strand_current ? "would wait for itself"
                             : strand->detached       ? "is detached"
                                                      : "has another that waits for it");
    strand->joiner = strand_current;
    strand_current->joins = strand;
    strand_current->join_frame = frame;
    *runs = strand->state != STRAND_ENDED;
    return OK;
}

/* With its domain it may have gone altogether. */
static bool has_ended(const strand_t *capability, status_t *end)
{
    BUSY;
    struct strand *strand = strand_of(capability);

    if (strand != NULL && strand->state != STRAND_ENDED)
        return false;
    *end = strand != NULL ? strand->end : ERR_FAULT;
    if (strand != NULL)
        release(strand);
    return true;
}

status_t strand_join(strand_t *capability)
{
    status_t status = strand_check_may_wait("strand_join");
    bool runs = false;

    if (status == OK)
        status = begin_to_join(capability, (vaddr_t)__builtin_frame_address(0), &runs);
    if (status != OK)
        return status;
    while (runs || !has_ended(capability, &status)) {
        strand_wait("the end of a strand");
        runs = false;
    }
    return status == OK ? OK : status_refuse(status, "the strand was cut off");
}

status_t strand_detach(strand_t *capability)
{
    BUSY;
    struct strand *strand = strand_of(capability);

    if (strand == NULL)
        return refuse(capability);
    if (strand->joiner != NULL)
        return status_refuse(ERR_STATE, "somebody waits for %s", strand->name);
    strand->detached = true;
    if (strand->state == STRAND_ENDED)
        release(strand);
    return OK;
}

/* ---- start of the kernel ---- */

static void idle(void *closure)
{
    (void)closure;
    for (;;)
        cpu_idle();
}

static void adopt_boot(void)
{
    boot_strand.stack_start = IMAGE(boot_stack_start) + STRAND_RESERVE;
    boot_strand.stack_end = IMAGE(boot_stack_end);
    boot_strand.number = naming_number();
    boot_strand.reent = _impure_ptr;
    running.since = timebase_low();
    if (capability_create(CAPABILITY_STRAND, &boot_strand, (void **)&boot_strand.capability) != OK)
        panic("no memory for the first strand");
    queue_append(&boot_strand);
}

void strand_initialize(void)
{
    struct strand_options options = {.name = "idle", .stopped = true, .detached = true};

    scheduler.quantum = machine.timebase_hz / (1000000 / STRAND_QUANTUM_US);
    adopt_boot();
    if (strand_make(OWNER_KERNEL, &options, true, idle, NULL, &scheduler.idle) != OK)
        panic("no memory for the idle strand");
    nap_enable();
    strand_ticks_wanted(false);
}
