/*
 * Strands: flows of control, each on a stack of its own, that the processor is divided among. Who is ready and has the
 * highest priority runs; equals take turns of STRAND_QUANTUM_US. A strand can lose the processor at any instruction, but not
 * inside the kernel's operations on domains, events and patches.
 *
 * All scheduling is done by four events. The kernel's scheduler is their intrinsic handlers. An extension schedules strands of its own
 * with handlers of its own, for which the kernel imposes a guard: they are asked about no strands but those that the installing
 * domain has created. It gives them a share of the turns of one of its strands, with strand_resume.
 *
 * A strand_t * is a capability: having it is the right to what is declared here. A strand belongs to the domain that created it
 * and goes with it. The kernel's own strands have capabilities too, which only handlers of the privileged ever see.
 *
 * Every refusal leaves a sentence, see <whorl/status.h>, and everything else as it was. What all of them may return is not repeated:
 * ERR_BAD_CAPABILITY. "May not wait": ERR_STATE from interrupt handlers, with interrupts off, and from what the kernel calls in
 * the middle of an operation on domains, events or patches.
 *
 * Source: Sirer, Savage, Pardyak, DeFouw, Alapat, Bershad: Writing an Operating System with Modula-3 (SPIN's strands), 1996.
 */
#ifndef WHORL_STRAND_H
#define WHORL_STRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/interface.h>
#include <whorl/status.h>

typedef struct strand_capability strand_t;

#define STRAND_PRIORITY_DEFAULT 16
#define STRAND_PRIORITY_MAX 20     /* of strands of domains without privilege; from 1 */
#define STRAND_PRIORITY_TOP 31     /* of others */
#define STRAND_STACK_DEFAULT 16384 /* bytes */
#define STRAND_STACK_MAX 0x100000
#define STRAND_NAME_MAX 31 /* characters */
#define STRAND_QUANTUM_US 1000

/* All zero is the default; NULL means that. */
struct strand_options {
    const char *name;  /* copied, and cut; NULL: the name of its domain and a number */
    unsigned priority; /* 0: STRAND_PRIORITY_DEFAULT */
    size_t
        stack_size; /* bytes, rounded up to pages; 0: STRAND_STACK_DEFAULT. The page below faults */
    bool stopped;   /* begins with the first strand_unblock, not at once */
    bool detached;  /* nobody will join it: it is gone when it ends */
    void *tag;      /* for strand_tag */
};

/*
 * Begins entry(closure) on a strand of its own; returning from entry ends it. Its descriptors of the C library (errno, strtok, …) are its own.
 * ERR_BAD_ARGUMENT: priority or stack size out of range, or entry is no code; ERR_STATE: entry's domain has not been started;
 * ERR_QUOTA: the domain has as many as it may have; ERR_NO_MEMORY.
 */
EVENT status_t strand_create(void (*entry)(void *closure), void *closure,
                             const struct strand_options *options, strand_t **strand);

/* The strand that calls. Never NULL; what an interrupt interrupted, in a handler of one. Any context. */
EVENT strand_t *strand_self(void);

/* Lets others of the same priority run first. May not wait: then nothing happens. */
EVENT status_t strand_yield(void);

/* Waits for at least so many microseconds. May not wait. */
EVENT status_t strand_sleep(uint64_t microseconds);

/*
 * Waits until a strand has ended, whose capability is stale then. OK: it returned or called strand_exit; ERR_FAULT: it was cut off.
 * ERR_STATE: itself, detached, or another one waits for it already. May not wait.
 */
EVENT status_t strand_join(strand_t *strand);

/* Ends the strand that calls. What it has locked is unlocked. Returns only to who may not wait. */
EVENT void strand_exit(void);

/* Nobody will join it. ERR_STATE: somebody waits for it. */
EVENT status_t strand_detach(strand_t *strand);

/* ERR_BAD_ARGUMENT: out of range for the domain that calls. */
EVENT status_t strand_set_priority(strand_t *strand, unsigned priority);

/* Its name, cut to size - 1 characters and a zero. ERR_BAD_ARGUMENT: size is 0. */
EVENT status_t strand_name(strand_t *strand, char *name, size_t size);

/* Processor time it has had, in ticks of the time base (<whorl/clock.h>). */
EVENT status_t strand_time(strand_t *strand, uint64_t *ticks);

/* What its options said, for guards: functional, and ephemeral. NULL of what is no strand. Any context. */
EVENT void *strand_tag(strand_t *strand);

/* ---- the four events; bounded: handlers do not wait ---- */

/*
 * Raised when a strand is not to run until it is unblocked: it waits for a lock, for time, for another strand, or whoever
 * has its capability wants it so; before others get the processor, if it is the one that runs. A handler takes it off its set of
 * those that are ready. If none does, it runs on, which those who wait notice and wait again. One strand_unblock
 * that came before is remembered: then the strand stays ready. The kernel's handler takes it off its queues.
 */
EVENT status_t strand_block(strand_t *strand);

/*
 * Raised when a strand may run (again). What interrupts wake is raised as soon as they have returned. A handler puts it into its set. If none does, the
 * strand starves. The kernel's handler queues it behind its equals, and remembers one that is ready already.
 */
EVENT status_t strand_unblock(strand_t *strand);

/*
 * Raised when the strand that runs loses the processor, on that strand, before another gets it: it waits, yields, its
 * turn is over or one of higher priority is ready. Its registers and its time are the kernel's business whatever handlers
 * do. A handler saves what else is the strand's. The kernel's handler does nothing.
 */
EVENT status_t strand_checkpoint(strand_t *strand);

/*
 * Raised when a strand gets the processor, on the one that had it before. The kernel's handler switches to it; so it returns when the
 * strand that raised it runs again. An extension's scheduler raises it itself, on a strand of its own, to give the rest of its turn to
 * another of its own that its handlers keep off the kernel's queues: returns OK when that one waited, ended, or the turn is over.
 * ERR_STATE: the strand is on the kernel's queues, has ended, or runs; ERR_DENIED: another domain's. May not wait.
 */
EVENT status_t strand_resume(strand_t *strand);

#endif
