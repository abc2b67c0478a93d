/*
 * Programs that sites are in, opened for analysis. There are three kinds. The kernel's own procedures keep to the
 * ABI (they are compiled with -fno-ipa-ra), so each is analysed by itself when it is asked for. The libraries that are linked to the
 * kernel, and domains, come from compilers that may do otherwise: of them everything is analysed, when something is asked for
 * first, to find what callers keep. Words are as they are without patches and splices. Private to site.h.
 *
 * Main line only.
 */
#ifndef KERNEL_PATCH_SITE_PROGRAM_H
#define KERNEL_PATCH_SITE_PROGRAM_H

#include <stddef.h>

#include "arch/ppc/code/analysis/program.h"

struct domain;
struct site_program;

/*
 * That of an address: of a domain, or (NULL) of the kernel's text. NULL: no memory. The latest ones stay until they are
 * forgotten.
 */
struct site_program *site_program_get(const struct domain *domain, vaddr_t address);

/* The procedure that an address lies in. False: it lies in none. */
bool site_program_procedure(const struct site_program *program, vaddr_t address,
                            struct procedure *procedure);

/*
 * What is live in it; until site_program_rest. ERR_NO_MEMORY; ERR_NOT_FOUND, ERR_RANGE: it cannot be
 * analysed.
 */
status_t site_program_live(struct site_program *program, vaddr_t address, const struct live **live);

/* The general registers that its arguments are passed in, by its type. */
uint32_t site_program_arguments(const struct site_program *program, vaddr_t start);

void site_program_rest(struct site_program *program, vaddr_t address);

void site_program_forget(const struct domain *domain);
void site_program_forget_all(void);

/* Bytes. */
size_t site_program_memory(void);

#endif
