/*
 * See <whorl/alarm.h>. Work on alarms is busy; the strand "alarms" calls handlers outside of that, and afterwards looks at nothing that they
 * may have destroyed.
 *
 * Times are counted in microseconds from the start of an alarm, so that what is lost where a period is no whole number of ticks
 * does not add up. Who keeps the strand at work is made up for by a rest of the same length: handlers get half of the processor at most.
 */
#include <whorl/alarm.h>

#include <string.h>
#include <whorl/clock.h>

#include "arch/ppc/timebase.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/busy.h"
#include "kernel/contain/contain.h"
#include "kernel/fault.h"
#include "kernel/heap.h"
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/quota.h"
#include "kernel/recorder.h"
#include "kernel/strand/alarm_queue.h"
#include "kernel/strand/lock.h"
#include "kernel/strand/locks.h"

#define BURST_US 10000 /* of the strand's time, after which it rests */

struct alarm {
    struct alarm_entry entry; /* `due` in ticks of the time base */
    bool queued;
    struct alarm *next, *previous; /* of all */
    alarm_t *capability;
    owner_t owner;
    owner_t handler_owner;    /* whose code the handler is */
    alarm_handler_t *handler; /* NULL: its domain is gone */
    void *closure;
    uint64_t start;   /* ticks */
    uint64_t elapsed; /* microseconds from then to when it is due */
    uint64_t period;  /* microseconds; 0: none */
    uint64_t called, missed;
};

static struct alarm *alarms;
static struct alarm_queue queue;
static struct alarm *handled; /* its handler was called, and it still exists */
static struct strand *strand;

/* ---- the queue; busy ---- */

static void enqueue(struct alarm *alarm)
{
    alarm->entry.due = alarm->start + strand_ticks(alarm->elapsed);
    alarm->queued = true;
    alarm_queue_add(&queue, &alarm->entry);
}

static void dequeue(struct alarm *alarm)
{
    if (alarm->queued)
        alarm_queue_remove(&queue, &alarm->entry);
    alarm->queued = false;
}

static struct alarm *first(void)
{
    return (struct alarm *)(void *)queue.first;
}

static uint64_t first_due(void)
{
    vaddr_t busy = busy_begin();
    uint64_t due = queue.first != NULL ? queue.first->due : WAIT_FOREVER;

    busy_end(busy);
    return due;
}

/* Periods that have passed by now are over with this call. */
static void begin_next_period(struct alarm *alarm, uint64_t now)
{
    uint64_t late = clock_to_microseconds(now - alarm->start) - alarm->elapsed;
    uint64_t n = late >= alarm->period ? late / alarm->period : 0;

    alarm->missed += n;
    alarm->elapsed += n * alarm->period;
    if (__builtin_add_overflow(alarm->elapsed, alarm->period, &alarm->elapsed))
        alarm->elapsed = UINT64_MAX;
    enqueue(alarm);
}

/* The first, if it is due, is taken out and becomes the one that runs. */
static bool take_due(void)
{
    struct alarm *alarm = first();
    uint64_t now = timebase_read();

    if (alarm == NULL || alarm->entry.due > now)
        return false;
    dequeue(alarm);
    alarm->called++;
    if (alarm->period != 0)
        begin_next_period(alarm, now);
    handled = alarm;
    return true;
}

/* ---- the strand ---- */

struct call {
    alarm_handler_t *handler;
    void *closure;
};

static void call(void *closure)
{
    const struct call *what = closure;

    record(RECORDED_ALARM, NULL, (uint32_t)what->handler);
    fault_calls((vaddr_t)what->handler);
    what->handler(what->closure);
    contain_returned((vaddr_t)what->handler);
}

/* Nothing that a handler has left behind is there when the next one is called. */
static bool call_contained(struct call *what)
{
    status_t status;

    strand->bounded = true;
    status = fault_contain(call, what);
    strand->bounded = false;
    locks_unwound(strand, (vaddr_t)__builtin_frame_address(0));
    return status == OK;
}

static void call_due(void)
{
    vaddr_t busy = busy_begin();
    bool due = take_due();
    struct call what = {.handler = NULL};

    if (due)
        what = (struct call){.handler = handled->handler, .closure = handled->closure};
    busy_end(busy);
    if (!due || call_contained(&what))
        return;
    busy = busy_begin();
    if (handled != NULL)
        dequeue(handled);
    busy_end(busy);
}

static void wait_until(uint64_t time)
{
    if (time == WAIT_FOREVER)
        strand_wait("alarms");
    else
        (void)strand_wait_until("alarms", time);
}

/* As long as it has been at work since it last waited. */
static void rest(uint64_t worked)
{
    uint64_t end = timebase_read() + worked;

    while (timebase_read() < end)
        wait_until(end);
}

static void run(void *closure)
{
    uint64_t waited = strand_clock();

    (void)closure;
    for (;;) {
        uint64_t worked = strand_clock() - waited, due = first_due();

        if (worked > strand_ticks(BURST_US))
            rest(worked);
        else if (due > timebase_read())
            wait_until(due);
        else {
            call_due();
            continue;
        }
        waited = strand_clock();
    }
}

void alarms_initialize(void)
{
    strand = strand_begin("alarms", STRAND_PRIORITY_TOP - 1, run, NULL);
}

/* ---- making and destroying; busy ---- */

static status_t find(alarm_t *capability, struct alarm **alarm)
{
    *alarm = capability_object(capability, CAPABILITY_ALARM);
    return *alarm != NULL ? OK
                          : status_refuse(ERR_BAD_CAPABILITY, "%p is no alarm", (void *)capability);
}

static void enlist(struct alarm *alarm)
{
    alarm->next = alarms;
    alarm->previous = NULL;
    if (alarms != NULL)
        alarms->previous = alarm;
    alarms = alarm;
}

static void end(struct alarm *alarm)
{
    dequeue(alarm);
    if (handled == alarm)
        handled = NULL;
    if (alarm->next != NULL)
        alarm->next->previous = alarm->previous;
    *(alarm->previous != NULL ? &alarm->previous->next : &alarms) = alarm->next;
    capability_revoke(alarm->capability);
    quota_give(alarm->owner, QUOTA_LOCKS);
    heap_free(alarm, OWNER_KERNEL);
}

static status_t make(owner_t owner, struct alarm **alarm)
{
    struct alarm *made = heap_allocate(sizeof *made, owner);
    status_t status;

    if (made == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for an alarm");
    memset(made, 0, sizeof *made);
    made->owner = owner;
    status = capability_create(CAPABILITY_ALARM, made, (void **)&made->capability);
    if (status != OK) {
        heap_free(made, OWNER_KERNEL);
        return status;
    }
    enlist(made);
    *alarm = made;
    return OK;
}

/* Its alarms are gone, and there are to be no others. */
static status_t check_owner(owner_t owner)
{
    const struct domain *domain = domain_of_owner(owner);

    if (domain == NULL || domain->state != DOMAIN_LEAVING)
        return OK;
    return status_refuse(ERR_STATE, "%s is %s", domain->name, domain_state_name(domain->state));
}

static status_t create(owner_t owner, const struct call *what, alarm_t **alarm)
{
    status_t status = strand_check_entry((vaddr_t)what->handler);
    struct alarm *made = NULL;

    if (status == OK)
        status = check_owner(owner);
    if (status == OK)
        status = quota_take(owner, QUOTA_LOCKS);
    if (status != OK)
        return status;
    status = make(owner, &made);
    if (status != OK) {
        quota_give(owner, QUOTA_LOCKS);
        return status;
    }
    made->handler = what->handler;
    made->handler_owner = owner_of_code((vaddr_t)what->handler);
    made->closure = what->closure;
    *alarm = made->capability;
    return OK;
}

static status_t create_for(owner_t owner, const struct call *what, alarm_t **alarm)
{
    alarm_t *made;
    vaddr_t busy;
    status_t status;

    lock_expect_stack();
    EXPECT_ROOM(alarm);
    busy = busy_begin();
    status = create(owner, what, &made);
    busy_end(busy);
    if (status == OK)
        *alarm = made;
    return status;
}

static EVENT status_t identified_alarm_create(alarm_handler_t *handler, void *closure,
                                              alarm_t **alarm)
{
    owner_t owner = identity_calling();

    return create_for(owner, &(struct call){.handler = handler, .closure = closure}, alarm);
}

status_t alarm_create(alarm_handler_t *handler, void *closure, alarm_t **alarm)
{
    return create_for(OWNER_KERNEL, &(struct call){.handler = handler, .closure = closure}, alarm);
}

void alarms_forget_owner(owner_t owner)
{
    struct alarm *next;

    for (struct alarm *alarm = alarms; alarm != NULL; alarm = next) {
        next = alarm->next;
        if (alarm->owner == owner)
            end(alarm);
        else if (alarm->handler_owner == owner) {
            dequeue(alarm);
            alarm->handler = NULL;
        }
    }
}

/* ---- operations ---- */

static status_t start(struct alarm *alarm, uint64_t microseconds, uint64_t period)
{
    if (alarm->handler == NULL)
        return status_refuse(ERR_STATE, "alarm_start: the domain of the handler is gone");
    dequeue(alarm);
    alarm->start = timebase_read();
    alarm->elapsed = microseconds;
    alarm->period = period;
    enqueue(alarm);
    if (first() == alarm)
        strand_wake(strand);
    return OK;
}

status_t alarm_start(alarm_t *capability, uint64_t microseconds, uint64_t period)
{
    struct alarm *alarm;
    vaddr_t busy;
    status_t status;

    lock_expect_stack();
    busy = busy_begin();
    status = find(capability, &alarm);
    if (status == OK && lock_is_in_exception())
        status = status_refuse(ERR_STATE, "alarm_start: not by handlers of interrupts");
    if (status == OK)
        status = start(alarm, microseconds, period);
    busy_end(busy);
    return status;
}

status_t alarm_stop(alarm_t *capability)
{
    struct alarm *alarm;
    vaddr_t busy;
    status_t status;

    lock_expect_stack();
    busy = busy_begin();
    status = find(capability, &alarm);
    if (status == OK)
        dequeue(alarm);
    busy_end(busy);
    return status;
}

/* Written when nothing can come between any more, and nothing is under way that a fault would leave half done. */
status_t alarm_count(alarm_t *capability, uint64_t *called, uint64_t *missed)
{
    uint64_t counts[2] = {0, 0};
    struct alarm *alarm;
    vaddr_t busy = busy_begin();
    status_t status = find(capability, &alarm);

    if (status == OK) {
        counts[0] = alarm->called;
        counts[1] = alarm->missed;
    }
    busy_end(busy);
    if (status == OK && called != NULL)
        *called = counts[0];
    if (status == OK && missed != NULL)
        *missed = counts[1];
    return status;
}

status_t alarm_destroy(alarm_t *capability)
{
    struct alarm *alarm;
    vaddr_t busy;
    status_t status;

    lock_expect_stack();
    busy = busy_begin();
    status = find(capability, &alarm);
    if (status == OK)
        end(alarm);
    busy_end(busy);
    return status;
}

IDENTIFIED_INTERFACE(Alarm, alarm_create);
PUBLIC_INTERFACE(Alarm, alarm_start, alarm_stop, alarm_count, alarm_destroy);
