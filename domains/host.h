/*
 * What domains/ needs from whoever it is part of: the kernel, or a test on the
 * host. Implemented outside this folder.
 */
#ifndef DOMAINS_HOST_H
#define DOMAINS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/status.h>

#include "arch/ppc/types.h"

struct domain;

/* A part of an image: where it will be used, where its bytes are written until then, and its size. */
struct segment {
    vaddr_t address;
    uint8_t *bytes;
    size_t size;
};

/* An image's memory. Each segment starts on a page of its own; empty ones have size 0. */
struct image_memory {
    unsigned owner;        /* to whom the implementation charges it; no two images have the same */
    struct segment text;   /* executable, read-only */
    struct segment rodata; /* read-only */
    struct segment data;   /* read-write, zero-filled */
    bool hidden;           /* text was shut, and cannot be read yet */
};

/*
 * Finds memory for the sizes, in bytes, in memory->…size. Until image_seal all of
 * it is written through `bytes` and nothing of it can be executed.
 * ERR_NO_MEMORY leaves everything as it was.
 */
status_t image_allocate(struct image_memory *memory);

/* Says what the image's owner is called, and may do; the name must last as long as the image. */
void image_set_owner(struct image_memory *memory, const char *name, bool privileged);

/* From now on text executes and neither it nor rodata can be written. ERR_NO_MEMORY changes nothing. */
status_t image_seal(struct image_memory *memory);

/* Undoes image_seal. */
void image_unseal(struct image_memory *memory);

/* Text that was sealed does not execute any more, at once; and can be read through `bytes`, when it has been shown. Any context. */
void image_shut(struct image_memory *memory);
void image_show(struct image_memory *memory);

/* Gives back the memory of one that was shut, with its data or without, and all that its code has got; addresses stay its own. */
void image_empty(struct image_memory *memory, bool data);

/*
 * Writes a few bytes of an image that is sealed, or reads them: in text each word they
 * lie in changes as a whole. Address and size are inside one segment.
 */
void image_patch(struct image_memory *memory, vaddr_t address, const uint8_t *bytes, size_t size);
void image_fetch(const struct image_memory *memory, vaddr_t address, uint8_t *bytes, size_t size);

/* Whether a procedure of its text has been called and has not returned. */
bool image_is_running(const struct image_memory *memory);

/*
 * Told when a domain is destroyed, after its goodbye and before anything of it is taken away: what
 * was led to it, as the calls of events with handlers of it, is led elsewhere. Also of one that was sealed
 * and will not be started, before image_unseal.
 */
void domain_leaves(struct domain *domain);

/* Told when a domain has been sealed, so that it may run. */
void domain_runs(void);

/* Told after binding has changed words of a domain's text that runs: what holds copies of it is made anew. */
void domain_code_changed(const struct domain *domain);

/*
 * Code that was made for several domains and may go to any of them is retired when it is out of use.
 * Retirements have rising numbers; one is over when everybody has left what was retired, and all before are.
 */
uint32_t retirement_latest(void);
bool retirement_is_over(uint32_t number);

/* Releases everything, sealed or not, and all that its code has got at run time and not given back. */
void image_release(struct image_memory *memory, bool sealed);

/*
 * Calls code of a domain at entry with three words. A fault in it, at whatever depth, is
 * reported and gives ERR_FAULT; otherwise *result is what it returned.
 */
status_t domain_call(vaddr_t entry, const uint32_t arguments[3], status_t *result);

/* The same of what may wait or run long, without arguments: others may do anything meanwhile. */
status_t domain_call_at_length(vaddr_t entry, status_t *result);

/*
 * Of the kernel's memory, what an owner is to answer for: false, and nothing charged, if its quota does
 * not allow that. Owner 0 is nobody, and may have all.
 */
bool memory_charge(unsigned owner, size_t size);
void memory_discharge(unsigned owner, size_t size);

/*
 * Calls of a procedure may have been led elsewhere (image_lead_calls): of how many procedures they are, and where to; the
 * procedure itself if they are not.
 */
extern unsigned n_procedures_led;
vaddr_t procedure_calls_go_to(vaddr_t procedure);

/* Memory that code may read, size bytes at an address; NULL if some of it is not there. */
const uint8_t *memory_read(vaddr_t address, size_t size);

#endif
