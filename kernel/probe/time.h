/*
 * How long procedures take: see timing.h. The clock is the time base while the strand runs, in interrupts that of who was interrupted. The first instruction and all ways out
 * are patched; a tail call is a way out, so what is called so does not count. What patches cost is part of what is
 * measured, the measuring itself is not.
 */
#ifndef KERNEL_PROBE_TIME_H
#define KERNEL_PROBE_TIME_H

#include <whorl/patch.h>
#include <whorl/status.h>

#include "kernel/probe/timing.h"

struct probe;
struct site_look;

/* ERR_RANGE: it is not where a procedure begins; and errors as site_exits and patch_insert. Main line only. */
status_t time_make(const struct site_look *look, struct probe **probe);

/* What it has measured up to now. */
void time_look(const struct probe *probe, struct timing *timing);

/* The handlers: at the first instruction, at ways out, and at those where the frame is still there. Any context. */
void time_entered(void *closure, uint32_t site, const struct patch_registers *registers);
void time_left(void *closure, uint32_t site, const struct patch_registers *registers);
void time_left_in_frame(void *closure, uint32_t site, const struct patch_registers *registers);

#endif
