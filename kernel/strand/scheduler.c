/* See scheduler.h. The intrinsic handlers of the four events are here. */
#include "kernel/strand/scheduler.h"

#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "kernel/busy.h"

struct strand *strand_current = &boot_strand;
struct strand *turn_of = &boot_strand;
uint64_t turn_end, quantum;
bool turn_over;
vaddr_t kernel_busy;
volatile bool busy_switch_due;

static struct strand *queues[PRIORITIES]; /* the first of each */
static uint32_t occupied;                 /* 1 << priority */
static struct strand *chosen;             /* by scheduler_dispatch, for strand_resume */

void strand_swap(vaddr_t *save, vaddr_t stack);

/* ---- queues ---- */

void queue_append(struct strand *strand)
{
    struct strand **first = &queues[strand->effective];

    if (*first == NULL) {
        *first = strand->ready_next = strand->ready_previous = strand;
        occupied |= 1u << strand->effective;
    } else {
        strand->ready_next = *first;
        strand->ready_previous = (*first)->ready_previous;
        strand->ready_previous->ready_next = strand;
        (*first)->ready_previous = strand;
    }
    strand->queued = true;
}

void queue_remove(struct strand *strand)
{
    struct strand **first = &queues[strand->effective];

    strand->queued = false;
    if (strand->ready_next == strand) {
        *first = NULL;
        occupied &= ~(1u << strand->effective);
        return;
    }
    strand->ready_next->ready_previous = strand->ready_previous;
    strand->ready_previous->ready_next = strand->ready_next;
    if (*first == strand)
        *first = strand->ready_next;
}

bool queue_has_equals(const struct strand *strand)
{
    return strand->queued && strand->ready_next != strand;
}

static struct strand *first_ready(void)
{
    return occupied == 0 ? NULL : queues[31 - __builtin_clz(occupied)];
}

/* ---- choice ---- */

static void begin_turn(struct strand *strand, uint64_t now)
{
    turn_of = strand;
    turn_end = now + quantum;
    turn_over = false;
}

/* Behind its equals, whoever ran on its turn. */
static void end_turn(void)
{
    if (turn_of != NULL && turn_of->queued && queues[turn_of->effective] == turn_of)
        queues[turn_of->effective] = turn_of->ready_next;
}

/* Who runs on the turn of another keeps it until that ends. Interrupts off. */
static struct strand *choose(bool gives_up)
{
    struct strand *first;

    if (turn_over || (gives_up && strand_current == turn_of))
        end_turn();
    first = first_ready();
    if (first != NULL && first == turn_of && !gives_up && !turn_over)
        return strand_current;
    if (first != turn_of || turn_over)
        begin_turn(first, timebase_read());
    return first != NULL ? first : idle_strand;
}

static struct strand *choose_safely(bool gives_up)
{
    uint32_t before = interrupts_off();
    struct strand *next = choose(gives_up);

    interrupts_restore(before);
    return next;
}

/* What handlers of strand_resume do cannot keep the processor from who was chosen. */
void scheduler_dispatch(bool gives_up)
{
    struct strand *from = strand_current;
    struct strand *next;
    uint32_t n = from->n_switches;

    busy_switch_due = false;
    wake_waking();
    next = choose_safely(gives_up);
    if (next == from)
        return;
    (void)strand_checkpoint(from->capability);
    chosen = next;
    (void)strand_resume(next->capability);
    if (from->n_switches == n && chosen == next)
        scheduler_switch(next);
}

/* ---- the switch ---- */

void scheduler_begin(void)
{
    struct strand *strand = strand_current;

    strand->n_switches++;
    _impure_ptr = strand->reent;
    fp_switch(strand);
    strand_bury();
}

void scheduler_switch(struct strand *to)
{
    struct strand *from = strand_current;
    vaddr_t busy = kernel_busy;
    uint32_t before = interrupts_off();
    uint64_t now = timebase_read();

    chosen = NULL;
    from->ticks += now - from->since;
    to->since = now;
    strand_current = to;
    decrementer_arm(now);
    strand_swap(&from->stack, to->stack);
    kernel_busy = busy;
    scheduler_begin();
    msr_write((msr_read() & ~MSR_EE) | (before & MSR_EE));
}

void busy_switch(void)
{
    vaddr_t before;

    if ((msr_read() & MSR_EE) == 0)
        return;
    while (busy_switch_due) {
        before = busy_begin();
        scheduler_dispatch(false);
        kernel_busy = before;
    }
}

/* ---- the events ---- */

static status_t refuse(const strand_t *capability)
{
    return status_refuse(ERR_BAD_CAPABILITY, "%p is no strand", (const void *)capability);
}

static void block(struct strand *strand)
{
    uint32_t before = interrupts_off();

    if (strand->permit && strand->state == STRAND_ALIVE)
        strand->permit = false;
    else if (strand->queued) {
        queue_remove(strand);
        if (strand == strand_current || strand == turn_of)
            busy_switch_due = true;
    }
    interrupts_restore(before);
}

status_t strand_block(strand_t *capability)
{
    struct strand *strand = strand_of(capability);
    vaddr_t busy;

    if (strand == NULL)
        return refuse(capability);
    busy = busy_begin();
    block(strand);
    busy_end(busy);
    return OK;
}

static void unblock(struct strand *strand)
{
    uint32_t before = interrupts_off();

    if (strand->queued)
        strand->permit = true;
    else {
        queue_append(strand);
        if (turn_of == NULL || strand->effective > turn_of->effective)
            busy_switch_due = true;
        else if (strand->effective == turn_of->effective && !queue_has_equals(strand->ready_next))
            decrementer_arm(timebase_read());
    }
    interrupts_restore(before);
}

status_t strand_unblock(strand_t *capability)
{
    struct strand *strand = strand_of(capability);
    vaddr_t busy;

    if (strand == NULL)
        return refuse(capability);
    if (strand->state != STRAND_ALIVE)
        return status_refuse(ERR_STATE, "%s has ended", strand->name);
    busy = busy_begin();
    unblock(strand);
    busy_end(busy);
    return OK;
}

status_t strand_checkpoint(strand_t *capability)
{
    return strand_of(capability) == NULL ? refuse(capability) : OK;
}

static status_t check_resume(const struct strand *strand)
{
    status_t status = strand_check_may_wait("strand_resume");

    if (status != OK)
        return status;
    if (strand->owner != strand_current->owner)
        return status_refuse(ERR_DENIED, "%s is another domain's", strand->name);
    if (strand->state != STRAND_ALIVE || strand->queued || strand == strand_current)
        return status_refuse(ERR_STATE, "%s %s", strand->name,
                             strand == strand_current        ? "runs already"
                             : strand->state != STRAND_ALIVE ? "has ended"
                                                             : "is scheduled by the kernel");
    return OK;
}

/* On the turn of who asks. */
static status_t carry(struct strand *strand)
{
    status_t status = check_resume(strand);
    vaddr_t busy;

    if (status != OK)
        return status;
    busy = busy_begin();
    strand->carrier = strand_current;
    (void)strand_checkpoint(strand_current->capability);
    scheduler_switch(strand);
    busy_end(busy);
    return OK;
}

status_t strand_resume(strand_t *capability)
{
    struct strand *strand = strand_of(capability);

    if (strand == NULL)
        return refuse(capability);
    if (strand != chosen)
        return carry(strand);
    strand->carrier = NULL;
    scheduler_switch(strand);
    return OK;
}
