/*
 * Probes: ready-made patches with a number, from the prompt. A probe has one patch or several, all of them or none.
 * When one of them goes without having been removed (with its domain, with generated code, by a fault in
 * its handler), the whole probe goes; `probes` says so once.
 *
 * The kernel's own handlers of probes may be executed anywhere, and what they call may have probes itself: the
 * first one on a stack keeps others from running inside it. They know their probe by a number that is never used for another one, so that
 * a body that is still being executed after its removal finds nothing.
 *
 * Main line only, unless said otherwise.
 */
#ifndef KERNEL_PROBE_PROBE_H
#define KERNEL_PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/patch.h>
#include <whorl/status.h>

#include "arch/ppc/types.h"
#include "kernel/quiescence.h"

struct domain;
struct probe;

/* What kinds of probes differ in. */
struct probe_type {
    const char *name; /* "count" */
    void (*print)(const struct probe
                      *probe); /* behind number, kind and site: what it found; with a newline */
    void (*end)(struct probe *probe); /* frees its data; NULL: there is none */
};

struct probe_patch {
    struct probe *probe;
    patch_t *patch; /* NULL: it is lost */
    vaddr_t site;
    vaddr_t handler; /* 0: none */
};

struct probe {
    struct retired retired; /* once it has ended */
    struct probe *next;
    const struct probe_type *type;
    unsigned number;    /* 1, 2, …; 0 while it is being made */
    uint32_t handle;    /* what its handlers get for a closure; 0: none has been asked for */
    uint32_t n_skipped; /* times that it was not run, being executed by a probe */
    bool lost;
    char why[96]; /* it is lost */
    void *data;
    size_t n, room;
    struct probe_patch *patches;
    char site[]; /* as it is shown */
};

/* One for so many patches, without any. data is the probe's if this succeeds. ERR_NO_MEMORY. */
status_t probe_make(const struct probe_type *type, const char *site, size_t room, void *data,
                    struct probe **probe);

/* Add a patch; `taken` as in struct patch_options. Errors as patch_insert. */
status_t probe_count(struct probe *probe, vaddr_t site, bool taken);
status_t probe_call(struct probe *probe, vaddr_t site, procedure_t handler,
                    const struct patch_options *options);

/* The same of machine code, on behalf of the domain that brings it. */
status_t probe_code(struct probe *probe, vaddr_t site, struct domain *domain,
                    const uint32_t words[], size_t n, const struct patch_options *options);

/* The same for a handler of the kernel, which gets probe->handle. ERR_UNSUPPORTED also: it would be executed by itself. */
status_t probe_handle(struct probe *probe, vaddr_t site, patch_registers_handler_t *handler,
                      bool taken);

/* All patches are there: it gets its number, handlers find it, and `probes` shows it. */
void probe_begin(struct probe *probe);

/* Takes all patches away, and the probe. ERR_BUSY: an operation on patches is under way; nothing has changed. */
status_t probe_end(struct probe *probe);

/* The same for one that has not begun, as a patch of it was refused. Returns status, whose sentence stays. */
status_t probe_abandon(struct probe *probe, status_t status);

/* Those that have begun, by number; NULL at the end. */
struct probe *probe_next(const struct probe *probe);
struct probe *probe_numbered(unsigned number);

/* Of all its counting patches. */
uint64_t probe_counted(const struct probe *probe);

/* "3 count kernel!heap_allocate 12 times"; of one that is lost, why. */
void probe_print(const struct probe *probe);

/* Those that are lost are no more. */
void probe_forget_lost(void);

#endif
