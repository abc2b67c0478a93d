/* See deferral.h. */
#include "kernel/event/deferral.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/clock.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/timebase.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "domains/host.h"
#include "kernel/busy.h"
#include "kernel/event/event_private.h"
#include "kernel/event/loop.h"
#include "kernel/event/waiters.h"
#include "kernel/heap.h"
#include "kernel/strand/strand.h"

#define SLOTS (EVENT_PENDING_MAX + 1) /* one is that of the call that is under way */
#define SLOT_ALIGNMENT 16             /* of structs, at most */
#define LOOKS_PER_SECOND 100          /* of who waits: for when nobody is left who would wake him */

struct deferral {
    struct retired retired; /* once it is closed */
    uint32_t retirement;
    struct deferral *next, **link; /* of all */
    struct domain *payer;
    size_t cost; /* bytes that are charged to it */

    struct dispatch_binding handler;
    struct dispatch plan; /* with that alone */
    uint64_t pointers;

    strand_t *strand;
    bool closed;
    strand_t *caller;       /* who calls the handler now; NULL: nobody */
    vaddr_t caller_frame;   /* if it is who raised the event */
    bool idle;              /* the strand waits for a raise */
    struct waiters waiters; /* until so many are completed */

    uint64_t raised, completed, lost, at_once;
    uint32_t first, n_pending; /* slots */
    size_t slot_size;
    uint8_t *slots;
};

static struct deferral *deferrals;

/* ---- arguments ---- */

static uint32_t align(uint32_t at, uint32_t alignment)
{
    return (at + alignment - 1) & -alignment;
}

/* The words, then copies of structs. */
static uint32_t copied_size(const struct signature *signature)
{
    uint32_t size = align(signature->n_words * 4, SLOT_ALIGNMENT);

    for (unsigned i = 0; i < signature->n_arguments; i++)
        if (signature->kinds[i] == ARGUMENT_STRUCT)
            size = align(size + signature->sizes[i], SLOT_ALIGNMENT);
    return size;
}

static void copy_arguments(const struct signature *signature, const uint32_t words[], uint8_t *copy)
{
    uint32_t at = align(signature->n_words * 4, SLOT_ALIGNMENT);
    uint32_t *to = (uint32_t *)copy;

    for (unsigned i = 0; i < signature->n_arguments; i++)
        for (unsigned k = 0; k < signature->words[i]; k++, words++, to++) {
            *to = *words;
            if (signature->kinds[i] != ARGUMENT_STRUCT)
                continue;
            memcpy(copy + at, (const void *)*words, signature->sizes[i]);
            *to = (uint32_t)(copy + at);
            at = align(at + signature->sizes[i], SLOT_ALIGNMENT);
        }
}

static bool is_on_stack(vaddr_t address)
{
    vaddr_t start = strand_current->stack_start - STRAND_RESERVE;

    return address - start < strand_current->stack_end - start ||
           address - IMAGE(exception_stack) < IMAGE(exception_stack_end) - IMAGE(exception_stack);
}

/* Whether a pointer argument points into the stack of who raises. */
static bool points_into_stack(const struct deferral *deferral, const uint32_t words[])
{
    for (uint64_t set = deferral->pointers; set != 0; set &= set - 1)
        if (is_on_stack(words[__builtin_ctzll(set)]))
            return true;
    return false;
}

/* ---- strands ---- */

/* Interrupts off. */
static struct strand *strand_again(const strand_t *capability)
{
    void *strand;

    if (!capability_is_recent(capability, CAPABILITY_STRAND, &strand))
        strand = capability_object_again(capability, CAPABILITY_STRAND);
    return strand;
}

static bool is_alive(const strand_t *capability)
{
    const struct strand *strand = strand_again(capability);

    return strand != NULL && strand->state == STRAND_ALIVE;
}

/* What comes to a queue that nobody serves is lost. */
static bool is_served(const struct deferral *deferral)
{
    return !deferral->closed && is_alive(deferral->strand);
}

/* Whether the handler is being called. Interrupts off. */
static bool is_called(struct deferral *deferral)
{
    if (deferral->caller != NULL && !is_alive(deferral->caller))
        deferral->caller = NULL;
    return deferral->caller != NULL;
}

static bool is_called_by_self(const struct deferral *deferral)
{
    return deferral->caller != NULL && deferral->caller == strand_current->capability;
}

/* ---- waiting ---- */

/* With interrupts off, which are on meanwhile, and afterwards it may be that there is no deferral any more. */
static void wait_here(struct deferral *deferral, uint64_t target, const char *for_what,
                      uint32_t interrupts)
{
    waiters_put(&deferral->waiters, target);
    interrupts_restore_waited(interrupts);
    (void)strand_wait_until(for_what, timebase_read() + clock_frequency() / LOOKS_PER_SECOND);
    (void)interrupts_off();
}

/* ---- waking ---- */

/* Those who wait for what has been done now. */
static unsigned take_due(struct deferral *deferral, strand_t *due[WAITERS_MAX + 1])
{
    unsigned n =
        waiters_take(&deferral->waiters, deferral->closed ? UINT64_MAX : deferral->completed, due);

    if (deferral->closed || (deferral->idle && deferral->n_pending != 0)) {
        deferral->idle = false;
        due[n++] = deferral->strand;
    }
    return n;
}

/* It does not go meanwhile. */
static void wake(const strand_t *capability)
{
    BUSY;
    struct strand *strand = strand_of(capability);

    if (strand != NULL && strand != strand_current)
        strand_wake(strand);
}

/* The end of each change. Turns interrupts back to what they were; then it may be that there is no deferral any more. */
static void leave(struct deferral *deferral, uint32_t interrupts)
{
    strand_t *due[WAITERS_MAX + 1];
    unsigned n = take_due(deferral, due);

    interrupts_restore_waited(interrupts);
    while (n > 0)
        wake(due[--n]);
}

/* ---- calls ---- */

/* One that is cut off has ended, too. */
static void call(const struct deferral *deferral, uint32_t words[])
{
    (void)loop_call(&deferral->plan, words);
}

/* After a call, of the strand's or of who raised. Interrupts off. */
static void complete(struct deferral *deferral)
{
    deferral->caller = NULL;
    deferral->completed++;
}

/* The next one, if it may be called now. Interrupts off. */
static uint32_t *take(struct deferral *deferral)
{
    if (deferral->n_pending == 0 || is_called(deferral))
        return NULL;
    deferral->caller = deferral->strand;
    return (uint32_t *)(deferral->slots + deferral->first * deferral->slot_size);
}

static void drop_first(struct deferral *deferral)
{
    deferral->first = deferral->first + 1 < SLOTS ? deferral->first + 1 : 0;
    deferral->n_pending--;
}

/* The next call's arguments; NULL: there will be none. They stay where they are until it has returned. */
static uint32_t *await(struct deferral *deferral)
{
    uint32_t interrupts = interrupts_off();
    uint32_t *words = NULL;

    while (!deferral->closed && (words = take(deferral)) == NULL) {
        if (deferral->n_pending != 0) {
            wait_here(deferral, deferral->completed + 1, "who raised it, to return", interrupts);
            continue;
        }
        deferral->idle = true;
        interrupts_restore_waited(interrupts);
        strand_wait("a raise");
        (void)interrupts_off();
    }
    deferral->idle = false;
    interrupts_restore_waited(interrupts);
    return words;
}

static void serve(void *closure)
{
    struct deferral *deferral = closure;
    uint32_t *words;

    while ((words = await(deferral)) != NULL) {
        uint32_t interrupts;

        call(deferral, words);
        interrupts = interrupts_off();
        drop_first(deferral);
        complete(deferral);
        leave(deferral, interrupts);
    }
}

/* ---- raises ---- */

/* With copies of structs, which the handler may write. */
static void __attribute__((noinline))
call_with_copies(const struct deferral *deferral, const uint32_t words[])
{
    uint8_t copy[copied_size(&deferral->plan.signature)] __attribute__((aligned(SLOT_ALIGNMENT)));

    copy_arguments(&deferral->plan.signature, words, copy);
    call(deferral, (uint32_t *)copy);
}

/* By who raises. Interrupts off, which are as they were meanwhile. */
static void call_at_once(struct deferral *deferral, const uint32_t words[], uint32_t interrupts)
{
    deferral->raised++;
    deferral->at_once++;
    deferral->caller = strand_current->capability;
    deferral->caller_frame = (vaddr_t)__builtin_frame_address(0);
    interrupts_restore_waited(interrupts);
    call_with_copies(deferral, words);
    (void)interrupts_off();
    complete(deferral);
}

static void queue(struct deferral *deferral, const uint32_t words[])
{
    uint32_t slot = deferral->first + deferral->n_pending;

    if (slot >= SLOTS)
        slot -= SLOTS;
    copy_arguments(&deferral->plan.signature, words, deferral->slots + slot * deferral->slot_size);
    deferral->n_pending++;
    deferral->raised++;
}

/* One slot is that of the call under way, if it is the strand's. */
static bool has_room(const struct deferral *deferral)
{
    return deferral->n_pending < EVENT_PENDING_MAX + (deferral->caller == deferral->strand);
}

static bool is_ready(struct deferral *deferral, bool at_once)
{
    return at_once ? deferral->n_pending == 0 && !is_called(deferral) : has_room(deferral);
}

/* Who waits for room is woken when half of the queue is empty: not for each raise anew. */
static void wait_until_ready(struct deferral *deferral, bool at_once, uint32_t interrupts)
{
    while (is_served(deferral) && !is_ready(deferral, at_once) && !is_called_by_self(deferral)) {
        if (at_once)
            wait_here(deferral, deferral->raised, "a handler's other calls", interrupts);
        else
            wait_here(deferral, deferral->completed + EVENT_PENDING_MAX / 2,
                      "room in a handler's queue", interrupts);
    }
    waiters_remove(&deferral->waiters);
}

void deferral_put(struct deferral *deferral, const uint32_t words[])
{
    bool at_once = points_into_stack(deferral, words), may_wait = strand_may_wait();
    uint32_t interrupts = interrupts_off();

    if (may_wait && !is_ready(deferral, at_once))
        wait_until_ready(deferral, at_once, interrupts);
    if (!is_served(deferral) || !is_ready(deferral, at_once))
        deferral->lost++;
    else if (at_once)
        call_at_once(deferral, words, interrupts);
    else
        queue(deferral, words);
    leave(deferral, interrupts);
}

/* ---- looking ---- */

void deferral_counts(const struct deferral *deferral, struct event_counts *counts, size_t *pending)
{
    uint32_t interrupts = interrupts_off();

    counts->raised = deferral->raised;
    counts->completed = deferral->completed;
    counts->lost = deferral->lost;
    counts->at_once = deferral->at_once;
    *pending = deferral->n_pending;
    interrupts_restore_waited(interrupts);
}

uint64_t deferral_raised(const struct deferral *deferral)
{
    return deferral->raised;
}

/* It is not looked at any more after waiting. */
status_t deferral_await(struct deferral *deferral, uint64_t raised, uint32_t interrupts,
                        bool *completed)
{
    *completed = deferral->completed >= raised || !is_served(deferral);
    if (*completed || is_called_by_self(deferral))
        waiters_remove(&deferral->waiters);
    if (!*completed && is_called_by_self(deferral))
        return status_refuse(ERR_STATE, "a handler cannot wait for its own end");
    if (!*completed)
        wait_here(deferral, raised, "an asynchronous handler", interrupts);
    return OK;
}

/* ---- beginning and end ---- */

static bool is_left(struct retired *retired)
{
    const struct deferral *deferral = (const struct deferral *)retired;

    return strand_of(deferral->strand) == NULL && retirement_is_over(deferral->retirement);
}

static void release(struct retired *retired)
{
    struct deferral *deferral = (struct deferral *)retired;

    free(deferral->slots);
    free(deferral);
}

static void enlist(struct deferral *deferral)
{
    deferral->next = deferrals;
    deferral->link = &deferrals;
    if (deferrals != NULL)
        deferrals->link = &deferral->next;
    deferrals = deferral;
}

static void delist(struct deferral *deferral)
{
    *deferral->link = deferral->next;
    if (deferral->next != NULL)
        deferral->next->link = deferral->link;
}

static status_t begin_strand(struct deferral *deferral, const struct deferral_terms *terms)
{
    owner_t owner = terms->payer == NULL ? OWNER_KERNEL : terms->payer->image.memory.owner;
    char name[STRAND_NAME_MAX + 1];
    const struct strand_options options = {.name = name,
                                           .priority = STRAND_PRIORITY_DEFAULT,
                                           .stack_size = STRAND_STACK_DEFAULT,
                                           .detached = true};
    struct strand *strand;
    status_t status;

    snprintf(name, sizeof name, "%s>%s", terms->event, terms->handler_name);
    status = strand_make(owner, &options, false, serve, deferral, &strand);
    if (status == OK)
        deferral->strand = strand->capability;
    return status;
}

static struct deferral *make(const struct deferral_terms *terms)
{
    struct deferral *deferral = calloc(1, sizeof *deferral);
    size_t slot_size = copied_size(terms->signature);

    if (deferral == NULL)
        return NULL;
    deferral->slot_size = slot_size;
    deferral->slots = heap_allocate_aligned(SLOTS * slot_size + 1, OWNER_KERNEL, SLOT_ALIGNMENT);
    if (deferral->slots == NULL) {
        free(deferral);
        return NULL;
    }
    deferral->waiters = (struct waiters)WAITERS_NONE;
    deferral->payer = terms->payer;
    deferral->cost = sizeof *deferral + SLOTS * slot_size;
    deferral->plan =
        (struct dispatch){.signature = *terms->signature, .bindings = &deferral->handler, .n = 1};
    deferral->handler = terms->handler;
    deferral->pointers = terms->pointers;
    return deferral;
}

status_t deferral_create(const struct deferral_terms *terms, struct deferral **made)
{
    struct deferral *deferral = make(terms);
    status_t status;

    if (deferral == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a queue of %s", terms->event);
    status = OK;
    if (!memory_charge(bond_payer(terms->payer), deferral->cost))
        status = status_refuse(ERR_NO_MEMORY, "the quota of %s has no room for a queue of %s",
                               event_owner_name(terms->payer), terms->event);
    if (status == OK) {
        status = begin_strand(deferral, terms);
        if (status != OK)
            memory_discharge(bond_payer(terms->payer), deferral->cost);
    }
    if (status != OK) {
        release(&deferral->retired);
        return status;
    }
    enlist(deferral);
    *made = deferral;
    return OK;
}

/* All who wait look again. */
static void shut(struct deferral *deferral)
{
    uint32_t interrupts = interrupts_off();

    deferral->closed = true;
    delist(deferral);
    leave(deferral, interrupts);
}

void deferral_close(struct deferral *deferral)
{
    shut(deferral);
    memory_discharge(bond_payer(deferral->payer), deferral->cost);
    deferral->retired = (struct retired){.is_left = is_left, .release = release};
    deferral->retirement = retirement_latest();
    quiescence_retire(&deferral->retired);
}

/* Who called at once has not come back to say so. */
void deferral_unwound(vaddr_t stack)
{
    uint32_t interrupts = interrupts_off();

    for (struct deferral *d = deferrals; d != NULL; d = d->next)
        if (is_called_by_self(d) && d->caller != d->strand && d->caller_frame < stack)
            complete(d);
    interrupts_restore_waited(interrupts);
}
