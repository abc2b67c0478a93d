/*
 * Containment: what an extension does wrong is cut off at the boundary where it was called, and the extension is quarantined.
 *
 * To blame for a fault is the domain of the innermost frame that is a domain's: a fault in the kernel or the C library is that of who
 * called it. If there is none, the kernel is broken and panics. Nearest to it outwards lies the boundary, and what was called from
 * there never returns:
 *     - fault_contain (kernel/fault.h): returns ERR_FAULT. If it was called by that domain itself (as tests do), it is nobody else's business,
 *       and there is no quarantine. It comes before any boundary that lies between which leads back into the domain itself. The procedure
 *       of the kernel that it calls belongs to it, if it is the kernel's;
 *     - generated code that dispatches an event, or the loop: the event goes on behind the handler, as if its guard had said no;
 *     - the body of a patch: goes on behind the handler, which is removed (kernel/patch/exception.h);
 *     - any other procedure, of the kernel or another domain, that called one of this domain: the call returns ERR_FAULT if its type is
 *       status_t, else the event's default result, or 0;
 *     - the beginning of the strand, which then ends.
 * Handlers of interrupts have none: the kernel panics, for nobody else serves the device.
 * The first and the last are exact whatever the domain has done to registers and stack; so is the second, which keeps the raiser's registers. For the
 * plain call they are found by analysis of the code in between (kernel/contain/unwind.h); if its frames are damaged, the next boundary outwards that is exact is taken.
 *
 * A domain in quarantine is out of reach: its text cannot be executed any more, so whoever returns into it or calls it faults and gets the
 * same answer. If the kernel is busy (kernel/busy.h), which may be at work on that text, that is so only when it is not any more. The
 * strand "containment" then reports, removes its bindings, patches, alarms, locks, names and strands, and releases its memory
 * when no strand has frames in it any more. Its record stays, with the reason, until it is unloaded; so do its addresses, and as long as others are bound
 * to it its data.
 */
#ifndef KERNEL_CONTAIN_CONTAIN_H
#define KERNEL_CONTAIN_CONTAIN_H

#include <stdbool.h>

#include "arch/ppc/frame.h"
#include "arch/ppc/types.h"
#include "kernel/owner.h"

struct domain;
struct strand;

/* From trap(): a fault. Changes the frame to go on at the boundary, or panics. */
void contain_fault(struct trap_frame *frame);

/* The same for a handler of an event that faulted itself while nothing else was under way. False: it is another case, and nothing has changed. */
bool contain_quickly(struct trap_frame *frame);

/* What contain_fault does, which may itself run into handlers of patches that fault. */
void contain_or_panic(struct trap_frame *frame) __attribute__((noinline));

/*
 * From trap(), or with the frame of the current strand's interruption: the innermost call of a domain on it is cut off, for a reason that is no fault. False:
 * there is none, or the kernel is in the middle of something. "looped for 2000 ms in a call by the kernel"
 */
bool contain_cut(struct trap_frame *frame, const char *reason, ...)
    __attribute__((format(printf, 2, 3)));

/* From the decrementer, once a turn: has somebody used up his time? */
void contain_tick(struct trap_frame *frame);

/* A strand that has run up to its `look_at` and waits is looked at when it goes on; that is moved by so many ticks of the time base. */
extern uint32_t contain_look_every;
void contain_look_soon(struct strand *strand);

/*
 * Whose time is counted is told by his return address, which is as it was between these; NULL: it is not on the stack. The second does nothing if he does not go
 * on, which the frame says.
 */
uint32_t *contain_unmark(struct trap_frame *frame);
void contain_mark_again(const struct trap_frame *frame, uint32_t *returns);

/*
 * The strand whose time was over while the kernel was busy, NULL: none. When that is over, and it runs, it calls contain_overdue, which does not return to the
 * domain: contain_is_overdue has the exception for that.
 */
extern struct strand *contain_due;
extern const char contain_due_trap[];
void contain_overdue(void) __attribute__((noipa));
void contain_forget_due(const struct strand *strand); /* which ends */
bool contain_is_overdue(struct trap_frame *frame);

/* Domains that have limits have come, or one (NULL: none) is given back: whether that is called. */
void contain_watch(const struct domain *leaving);

/* For reasons that are found by the kernel while the domain calls it, in no exception: what the kernel does returns, but not to the domain. Any context. */
void contain_offender(owner_t owner, const char *reason, ...) __attribute__((format(printf, 2, 3)));

/* The kernel has called `entry` with interrupts on, and it has returned: if they are off, they come on, and its domain is quarantined. */
void contain_returned(vaddr_t entry);

/* Puts it into quarantine; the rest is done by the strand "containment". Any context. */
void quarantine(struct domain *domain, const char *reason, ...)
    __attribute__((format(printf, 2, 3)));

/* Does what is left to be done for those in quarantine, as far as it can be done now. */
void quarantine_serve(void);

/* A domain goes: what is kept for it. */
void quarantine_forget(struct domain *domain);

/* What had frames of the stack that `stack` is on below it was unwound: operations under way there, busy work, locks, deadlines end. */
void contain_unwound(vaddr_t stack);

void contain_initialize(void); /* begins the strand */

#endif
