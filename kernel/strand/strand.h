/*
 * Strands as the kernel sees them; see <whorl/strand.h>.
 *
 * A strand that does not run has its registers on its own stack. One that was preempted has there the frame of the exception (arch/ppc/frame.h),
 * FRAME_GAP below its r1, and above it nothing else than a call of strand_preempted; every other has called strand_wait or the like. So whoever walks a
 * stack walks it as any other, beginning at `stack`.
 *
 * Queues and states are changed with interrupts off. Waiting is in loops:
 *
 *     put a record of the current strand where who wakes it looks, interrupts off for that
 *     while (!the record says so)
 *         strand_wait();
 *
 * and who wakes it changes the record, then calls strand_wake. A wake that comes before the wait is remembered.
 */
#ifndef KERNEL_STRAND_STRAND_H
#define KERNEL_STRAND_STRAND_H

#include <reent.h>
#include <stdbool.h>
#include <stdint.h>
#include <whorl/strand.h>

#include "arch/ppc/cache.h"
#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"
#include "kernel/output.h"
#include "kernel/owner.h"
#include "kernel/running.h"

#define STRAND_RESERVE \
    4096 /* bytes of a stack below what was asked for: room for an exception's frame and what is called on it */

#define STRAND_PRIORITY_SHELL 24 /* and of other strands of the kernel's, unless they say so */

struct boundary;
struct lock;
struct mutex;
struct strand;
struct ephemeral_call;

/* Of a wait for a lock (lock.h). */
struct lock_wait {
    struct lock_wait *next, *previous; /* in a ring */
    struct strand *strand;
    struct lock *lock;   /* in whose queue it is; NULL: the wait is over */
    struct mutex *mutex; /* that it needs to go on; NULL: none */
    vaddr_t frame;       /* as that mutex is to remember it */
    const void *posted;  /* capability of the semaphore that it has had one of */
    uint32_t since;      /* rises from wait to wait, where more than one is in a queue */
    status_t status;     /* what it returns */
};

enum strand_state {
    STRAND_ALIVE, /* runs, is ready, or waits */
    STRAND_ENDED, /* not joined yet */
    STRAND_FREE,
};

/* With what other parts of the kernel keep for each strand, which is theirs alone. It lies above the stack, on the same pages. */
struct strand {
    /* ---- the switch (switch.S) */
    vaddr_t stack;        /* r1, while it does not run */
    struct _reent *reent; /* newlib's state */
    int32_t late;   /* its own time in ticks, up to running.since if it runs, less `look_at` */
    vaddr_t waited; /* where it has waited, slept or yielded since the last tick; 0: nowhere */
    uint32_t lost;  /* the lower word of the time base when it lost the processor in such a call */
    struct ephemeral_call
        *ephemeral; /* the innermost call with a deadline (kernel/event/ephemeral.h) */
    struct lock_wait
        own_wait; /* for a semaphore in plain circumstances (semaphore.c); else at rest */
    struct strand *ready_next,
        *ready_previous; /* of its priority, in a ring; NULL: it is on none of the kernel's queues */
    struct strand **queue; /* of its priority */
    union {
        struct {
            bool permit;  /* an unblock that came before the block */
            bool bounded; /* in a call that may not wait */
            bool carried; /* runs on the turn of another */
            bool
                special; /* what is to be done when it gets the processor: turn_left, ephemeral, a look */
        };
        uint32_t unusual; /* the shortest ways are for those without */
    };
    uint64_t look_at; /* its own time when the next look at it is due (kernel/contain/) */
    /* ---- identity */
    strand_t *capability;
    struct strand *next, *previous; /* of all, in a ring */
    uint32_t number;                /* 1, 2, …; never used again */
    owner_t owner;                  /* whose domain created it; OWNER_KERNEL */
    char name[STRAND_NAME_MAX + 1];
    vaddr_t stack_start,
        stack_end; /* what it may use; the guard page ends at stack_start - STRAND_RESERVE */
    void (*entry)(void *closure);
    void *closure, *tag;
    uint8_t state; /* enum strand_state */
    bool detached, privileged;
    status_t end;          /* of STRAND_ENDED: what join says */
    const char *waits_for; /* but for own_wait; NULL: it does not wait */
    struct strand *joiner; /* waits for its end */
    struct strand *joins;  /* whose end it waits for, in a call whose frame is: */
    vaddr_t join_frame;
    struct strand *dead; /* next of those whose memory can be given back */
    /* ---- scheduling (scheduler.c, wait.c, tick.c) */
    uint32_t turn_left; /* of a turn that a higher one cut short, in ticks; 0: it begins anew */
    uint8_t priority;   /* that it was given */
    uint8_t effective;  /* at least that: lent by who waits for its mutexes */
    bool waking;        /* on the list of those that interrupts have woken */
    struct strand *waking_next;
    uint64_t unwaited;  /* what `ticks` was at the tick after it had `waited` */
    uint64_t wake_time; /* sleeps until */
    bool sleeping;
    struct strand *sleep_next;
    /* ---- newlib (libc.c) */
    struct libc_piece *libc_pieces; /* what newlib has allocated for it (libc.c) */
    /* ---- who unwinds it (kernel/fault.c, kernel/contain/) */
    struct boundary *boundary;
    vaddr_t call_frame;  /* the outermost foreign call found at the last look, 0: none */
    uint64_t call_since; /* … and since when, in ticks of its own time */
    bool abandoned;      /* somebody whom it has called is in quarantine, and it waits there */
    /* ---- locks (mutex.c) */
    struct mutex *held; /* the last one locked */
    struct lock_wait
        *waiting; /* in a queue of a lock, or has just left it; own_wait: that, if at all */
    /* ---- what it prints and says */
    output_sink_t sink;
    bool passing_by;
    vaddr_t probe_guard; /* kernel/probe/guard.h */
    char sentence[256];  /* of its latest refusal (kernel/status.c) */
    struct _reent own_reent __attribute__((aligned(CACHE_LINE)));
    /* ---- floating-point registers, while others are in the processor: f0 to f31, FPSCR (fp.S) */
    uint64_t fp[33] __attribute__((aligned(CACHE_LINE)));
};

extern struct strand boot_strand; /* that begins in kernel_main, and becomes the shell's */

/* ---- any context ---- */

struct strand *strand_next(
    const struct strand *strand); /* of all; NULL: the first. Busy, or interrupts off */
struct strand *strand_of(const strand_t *capability); /* NULL: none that is alive, or not joined */

/* On the kernel's queues: ready, or running. */
static inline bool strand_is_queued(const struct strand *strand)
{
    return strand->ready_next != NULL;
}

const char *strand_waits_for(const struct strand *strand); /* NULL: it does not wait */
bool strand_may_wait(void); /* no exception is being handled, interrupts are on, nothing is busy */

/* "ERR_STATE: NAME may not wait here", as a refusal. OK if it may. */
status_t strand_check_may_wait(const char *what);

/* Raises strand_unblock; with interrupts off, as in their handlers, as soon as they are on again. */
void strand_wake(struct strand *strand);

/* The same at the next tick, which comes in so many ticks of the time base or sooner; for one strand, which is always the same. Interrupts off. */
void strand_wake_soon(struct strand *strand, uint32_t ticks);

/* ---- strands that may wait ---- */

/* Raises strand_block for the current one and gives the processor away, unless it was woken since the last time. */
void strand_wait(const char *for_what);

/* The same; false: the time (of the time base) has come, and it was not woken. */
bool strand_wait_until(const char *for_what, uint64_t deadline);

/* Ticks of the time base that so many microseconds last, rounded up; at most UINT64_MAX / 2. And the time that is so far away. */
uint64_t strand_ticks(uint64_t microseconds);
uint64_t strand_deadline(uint64_t microseconds);

/* Processor time of another one than the current, in ticks of the time base. */
uint64_t strand_clock_of(const struct strand *strand);

/* … of one that does not run; or, with interrupts off, up to running.since. */
static inline uint64_t strand_clock_then(const struct strand *strand)
{
    return strand->look_at + (uint64_t)(int64_t)strand->late;
}

/* When somebody is to look at it next (contain_look_soon): in so many ticks of its own time. */
void strand_look_after(struct strand *strand, uint32_t ticks);

/* Up to when it got the processor, or to a tick after that. */
static inline bool strand_look_is_due(const struct strand *strand)
{
    return strand->late >= 0;
}

/* Processor time of the current one so far, in ticks of the time base. Any context. */
uint64_t strand_clock(void);

/*
 * A strand for an owner, who is charged for its stack and record; begins at once unless it is to be stopped. Errors as strand_create, without
 * looking at who may do what. Options as there, none NULL; the name is copied.
 */
status_t strand_make(owner_t owner, const struct strand_options *options, bool privileged,
                     void (*entry)(void *closure), void *closure, struct strand **strand);

/* ---- of the kernel's own ---- */

/* What is called later: ERR_BAD_ARGUMENT: it is no code; ERR_STATE: its domain has not been started, or goes. */
status_t strand_check_entry(vaddr_t entry);

/* A strand of the kernel that never ends. Panics if there is no memory. */
struct strand *strand_begin(const char *name, unsigned priority, void (*entry)(void *closure),
                            void *closure);

/* Gives back the stacks that are kept for the next strands. Busy. */
void strand_trim(void);

/* What it was given, as strand_set_priority. Busy or not. */
void strand_change_priority(struct strand *strand, unsigned priority);

/* What is lent to it has changed: its place in queues follows. Interrupts off. */
void strand_set_effective(struct strand *strand, unsigned priority);

/* Ends all strands of an owner but the current one. Who does not run is nowhere in the middle of anything of the kernel's. Busy. */
void strand_end_all(owner_t owner);

/* Ends one as if it had been cut off; not the current one. */
void strand_kill(struct strand *strand, status_t end);

/* What had frames of its stack below an address does not go on: another may wait for whom it has waited for there. Any context. */
void strand_unwound(struct strand *strand, vaddr_t stack);

/* The current one ends now, with what join is to say. Not from exceptions. */
void strand_finish(status_t end) __attribute__((noreturn));

size_t strand_count(owner_t owner);

/* The stack that an address is on: the strand's, NULL if it is none's (or that of exceptions). Any context. */
struct strand *strand_at_stack(vaddr_t stack);

/* ---- for trap() ---- */

void strand_initialize(
    void); /* boot_strand is the current one from the start; this makes the others possible */
void strand_tick(struct trap_frame *frame); /* the decrementer */
void strand_expect_tick(uint64_t time);     /* the decrementer comes by then */
void strand_ticks_wanted(
    bool
        wanted); /* whether turns are timed even if nobody else is ready: time limits (kernel/contain/) need it */
void strand_fp_unavailable(struct trap_frame *frame);

/* Last of all: another strand is to run if one should. */
void strand_leave_exception(struct trap_frame *frame);

#endif
