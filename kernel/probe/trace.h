/*
 * Traces: what registers and memory hold when a site is executed, kept in a ring buffer until somebody wants to see
 * it. See format.h for what may be asked for.
 */
#ifndef KERNEL_PROBE_TRACE_H
#define KERNEL_PROBE_TRACE_H

#include <stdio.h>
#include <whorl/patch.h>
#include <whorl/status.h>

struct probe;
struct site_look;

/* text NULL: see format_parse, whose errors it has; and those of site_list and patch_insert. Main line only. */
status_t trace_make(const struct site_look *look, const char *text, struct probe **probe);

/* The handler. Any context. */
void trace_hit(void *closure, uint32_t site, const struct patch_registers *registers);

/*
 * Prints all records that are there now, the oldest first, each with the time base and the number of its probe, which may be gone;
 * and how many were dropped since this was asked before. They are gone from the ring. Main line only.
 */
void trace_print_all(FILE *out);

#endif
