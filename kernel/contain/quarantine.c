/* See contain.h: domains in quarantine, and what they leave. */
#include "kernel/contain/quarantine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch/ppc/machine.h"
#include "arch/ppc/processor.h"
#include "arch/ppc/registers.h"
#include "domains/domain.h"
#include "domains/identity.h"
#include "domains/nameserver.h"
#include "kernel/backtrace.h"
#include "kernel/busy.h"
#include "kernel/contain/answer.h"
#include "kernel/contain/contain.h"
#include "kernel/contain/incident.h"
#include "kernel/event/event.h"
#include "kernel/panic.h"
#include "kernel/recorder.h"
#include "kernel/strand/strand.h"

#define STACK_SIZE 65536 /* bytes: events are compiled anew */
#define SOON_US 500

static struct strand *containment; /* NULL: not begun yet */
static volatile bool unfinished;   /* something is left to be done */
static volatile bool called;       /* the strand will come */
static volatile bool hidden;       /* text of some may not be readable yet */

static struct {
    vaddr_t low, end; /* 0: none */
} unwound;

/* ---- at once ---- */

static void shut(struct domain *domain)
{
    if (!domain->image.sealed)
        return;
    image_shut(&domain->image.memory);
    hidden = true;
    domain->image.sealed = false;
    domain->shut = true;
}

/* Few ever read it, and that it takes time is seen by who waits for the next handler. */
void quarantine_show(void)
{
    if (!hidden)
        return;
    hidden = false;
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        image_show(&d->image.memory);
}

bool quarantine_shows(const struct trap_frame *frame)
{
    bool reads = false;

    if (frame->vector != VECTOR_DSI || !hidden)
        return false;
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d)) {
        const struct image_memory *memory = &d->image.memory;

        reads |= memory->hidden && frame->dar - (vaddr_t)memory->text.bytes < memory->text.size;
    }
    quarantine_show();
    return reads;
}

/* What is cut off goes on first, if nothing of the domain can run any more. */
static void finish_soon(bool at_once)
{
    unfinished = true;
    if (containment == NULL || (called && !at_once))
        return;
    called = true;
    if (at_once)
        strand_wake(containment);
    else
        strand_wake_soon(containment, machine.timebase_hz / (1000000 / SOON_US));
}

/* Who is busy may be reading or writing the text; then it is shut when he is done. */
void quarantine_enter(struct domain *domain)
{
    if (!domain->quarantined)
        record(RECORDED_QUARANTINE, domain->name, 0);
    domain->quarantined = owners[domain->image.memory.owner].ends = true;
    if (domain->state == DOMAIN_INITIALIZED)
        domain->state = DOMAIN_QUARANTINED;
    if (kernel_busy == 0)
        shut(domain);
    finish_soon(!domain->shut);
}

void quarantine_enter_quickly(struct domain *domain)
{
    domain->quarantined = true;
    domain->state = DOMAIN_QUARANTINED;
    shut(domain);
    finish_soon(false);
}

/* What that may change takes long. Parts of one stack lie in each other; one of another is there before this was looked at only if nothing of it is held. */
void quarantine_note_unwound(vaddr_t low, vaddr_t end)
{
    uint32_t before = interrupts_off();

    if (unwound.low != low || unwound.end < end) {
        unwound.low = low;
        unwound.end = end;
    }
    finish_soon(true);
    interrupts_restore(before);
}

void quarantine(struct domain *domain, const char *reason, ...)
{
    uint32_t before = interrupts_off();
    char text[sizeof domain->reason];
    va_list arguments;

    if (!domain->quarantined && !domain->tested) {
        va_start(arguments, reason);
        vsnprintf(text, sizeof text, reason, arguments);
        va_end(arguments);
        incident_end(incident_begin(NULL), domain, CUT_NOTHING, 0, text);
        strcpy(domain->reason, text);
        quarantine_enter(domain);
    }
    interrupts_restore(before);
}

void contain_offender(owner_t owner, const char *reason, ...)
{
    struct domain *domain = domain_of_owner(owner);
    char text[120];
    va_list arguments;

    va_start(arguments, reason);
    vsnprintf(text, sizeof text, reason, arguments);
    va_end(arguments);
    if (domain != NULL)
        quarantine(domain, "%s", text);
}

/* ---- later ---- */

static void forget_views(const struct domain *domain)
{
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->maker == domain)
            name_forget(d);
}

/* Who waits in a call of it, for whatever, need not wait any longer. */
static void call_back_clients(const struct domain *domain)
{
    const struct segment *text = &domain->image.memory.text;

    for (struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s)) {
        if (strand_is_queued(s) || !backtrace_strand_passes(s, text->address, text->size))
            continue;
        s->abandoned = true;
        strand_look_after(s, 0);
        strand_wake(s);
    }
}

/* Others see nothing of it any more but what they are bound to. */
static void forget(struct domain *domain)
{
    shut(domain);
    answers_keep(domain);
    domain_leaves(domain);
    forget_views(domain);
    name_forget(domain);
    identity_end(domain);
    domain->retirement = retirement_latest();
    domain->forgotten = true;
    call_back_clients(domain);
}

static bool is_left(const struct domain *domain)
{
    return retirement_is_over(domain->retirement) && !image_is_running(&domain->image.memory);
}

/* Whoever is at work on it now sees to the rest himself. */
static bool is_at_rest(const struct domain *domain)
{
    return domain->state == DOMAIN_QUARANTINED && domain->holder == 0;
}

/* False: there is something left to be done. */
static bool finish(struct domain *domain)
{
    if (!domain->forgotten && !event_is_changing())
        forget(domain);
    if (!domain->forgotten || !is_left(domain))
        return false;
    image_empty(&domain->image.memory, domain->n_users == 0);
    domain->emptied = true;
    contain_watch(NULL);
    return domain->n_users == 0;
}

static void finish_all(void)
{
    vaddr_t busy = busy_begin();

    unfinished = false;
    quarantine_show();
    domain_unwound(unwound.low, unwound.end);
    unwound.low = unwound.end = 0;
    for (struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        if (d->quarantined && !(is_at_rest(d) && finish(d)))
            unfinished = true;
    busy_end(busy);
}

/* Not in the middle of something that the text of one of them may be part of. */
static void finish_if_free(void)
{
    if (unfinished && kernel_busy == 0)
        finish_all();
}

void quarantine_serve(void)
{
    incidents_report();
    finish_if_free();
}

void quarantine_forget(struct domain *domain)
{
    if (!domain->quarantined)
        return;
    incidents_flush();
    recorder_settle();
    if (domain->state != DOMAIN_QUARANTINED)
        answers_forget(domain);
}

static void serve(void *closure)
{
    (void)closure;
    for (;;) {
        called = false;
        recorder_settle();
        incidents_report_console();
        finish_if_free();
        strand_wait("something to contain");
    }
}

void contain_initialize(void)
{
    struct strand_options options = {.name = "containment",
                                     .priority = STRAND_PRIORITY_TOP,
                                     .stack_size = STACK_SIZE,
                                     .detached = true};

    if (strand_make(OWNER_KERNEL, &options, true, serve, NULL, &containment) != OK)
        panic("no memory for the strand %s", options.name);
}
