/*
 * See scheduler.h. Threads are strands with a tag, so the handlers see them and not the carrier; they see no strands of others, since the
 * kernel has imposed a guard.
 */
#include "scheduler.h"

#include <whorl/event.h>

EVENT_SIGNATURE(strand_block, status_t, strand_t *);
EVENT_SIGNATURE(strand_unblock, status_t, strand_t *);

struct thread threads[THREADS_MAX];
size_t n_threads;

static strand_t *carrier;
static policy_t *policy;
static volatile bool idle; /* the carrier waits for a thread to be ready */

/* ---- the set of those that are ready ---- */

static bool is_thread(strand_t *strand)
{
    return strand_tag(strand) != NULL;
}

static status_t block(strand_t *strand)
{
    struct thread *thread = strand_tag(strand);

    thread->ready = false;
    return OK;
}

static status_t unblock(strand_t *strand)
{
    struct thread *thread = strand_tag(strand);

    thread->ready = true;
    return idle ? strand_unblock(carrier) : OK;
}

status_t scheduler_initialize(void)
{
    const struct event_options options = {.order = EVENT_FIRST, .cancel = true};
    binding_t *binding;
    status_t status = EVENT_INSTALL(strand_block, block, is_thread, &options, &binding);

    return status == OK ? EVENT_INSTALL(strand_unblock, unblock, is_thread, &options, &binding)
                        : status;
}

/* ---- the strand that carries them ---- */

static bool all_have_ended(void)
{
    for (size_t i = 0; i < n_threads; i++)
        if (!threads[i].ended)
            return false;
    return true;
}

static void give_turn(struct thread *thread)
{
    if (strand_resume(thread->strand) != OK || strand_time(thread->strand, &thread->ticks) != OK)
        thread->ready = false;
    else
        thread->n_turns++;
}

/* What is ready when it looks again, or later, wakes it: a wake-up before it waits is remembered. */
static void wait_for_thread(void)
{
    idle = true;
    if (policy() == NULL && strand_block(carrier) != OK)
        strand_exit();
    idle = false;
}

static void carry(void *closure)
{
    (void)closure;
    while (!all_have_ended()) {
        struct thread *thread = policy();

        if (thread != NULL)
            give_turn(thread);
        else
            wait_for_thread();
    }
}

/* ---- beginning and ending ---- */

static void begin_running(void *closure)
{
    struct thread *thread = closure;

    thread->entry();
    thread->ended = true;
}

static status_t begin_thread(size_t i)
{
    struct strand_options options = {.stopped = true, .tag = &threads[i]};
    status_t status = strand_create(begin_running, &threads[i], &options, &threads[i].strand);

    return status == OK ? strand_unblock(threads[i].strand) : status;
}

status_t scheduler_begin(policy_t *chosen, size_t n, void (*entry)(void))
{
    status_t status = OK;

    if (n_threads != 0)
        return status_refuse(ERR_BUSY, "there are threads already");
    policy = chosen;
    for (n_threads = 0; status == OK && n_threads < n; n_threads++) {
        struct thread *thread = &threads[n_threads];

        *thread = (struct thread){.tickets = thread->tickets, .entry = entry};
        status = begin_thread(n_threads);
    }
    if (status == OK)
        status = strand_create(carry, NULL, &(struct strand_options){.name = "carrier"}, &carrier);
    return status;
}

status_t scheduler_end(void)
{
    status_t status = strand_join(carrier);

    for (size_t i = 0; i < n_threads; i++) {
        status_t joined = strand_join(threads[i].strand);

        status = status == OK ? joined : status;
    }
    n_threads = 0;
    return status;
}
