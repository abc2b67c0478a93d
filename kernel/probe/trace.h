/*
 * Traces: what registers and memory hold when a site is executed, kept in a ring buffer until somebody wants to see
 * it. See format.h for what may be asked for.
 */
#ifndef KERNEL_PROBE_TRACE_H
#define KERNEL_PROBE_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <whorl/patch.h>
#include <whorl/status.h>

struct probe;
struct site_look;

/* text NULL: see format_parse, whose errors it has; and those of site_list and patch_insert. Main line only. */
status_t trace_make(const struct site_look *look, const char *text, struct probe **probe);

/* The handler. Any context. */
void trace_hit(void *closure, uint32_t site, const struct patch_registers *registers);

/* How many records a probe has made, and how many found no room. */
struct trace_counts {
    uint32_t n_records, n_dropped;
};
void trace_count(const struct probe *probe, struct trace_counts *counts);

/* All records that are there now, the oldest first, see capture.h. They are gone from the ring. Main line only. */
void trace_take_all(void (*each)(const uint32_t record[], size_t n, void *closure), void *closure);

/*
 * Prints all records that are there now, the oldest first, each with the time base and the number of its probe, which may be gone;
 * and how many were dropped since this was asked before. They are gone from the ring. Main line only.
 */
void trace_print_all(FILE *out);

#endif
