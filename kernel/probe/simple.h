/*
 * The probes that are nothing but their patches: counts of sites, and calls of procedures at sites.
 */
#ifndef KERNEL_PROBE_SIMPLE_H
#define KERNEL_PROBE_SIMPLE_H

#include <stdbool.h>
#include <whorl/status.h>

struct probe;
struct site_look;

/* How often a site, or all ways out together, are executed. Errors of site_list and patch_insert. Main line only. */
status_t simple_count(const struct site_look *look, struct probe **probe);

/*
 * Has the procedure of a name called there: void (void *closure, uint32_t site), the closure being NULL, or without some
 * at the end. `registers`: it may also have a third parameter, a pointer to struct patch_registers, which it may change unless that is
 * const. Errors of event_named, site_list and patch_insert. Main line only.
 */
status_t simple_call(const struct site_look *look, const char *procedure, bool registers,
                     struct probe **probe);

#endif
