/*
 * Programs that sites are in, opened for analysis: the kernel's, which stays as long as there is memory, and those of a few
 * domains. Their words are as they are without patches and splices. Private to site.h.
 *
 * Main line only.
 */
#ifndef KERNEL_PATCH_SITE_PROGRAM_H
#define KERNEL_PATCH_SITE_PROGRAM_H

#include <stddef.h>

#include "arch/ppc/code/analysis/program.h"

struct domain;
struct site_program;

/* A domain's, NULL: the kernel's. NULL: no memory. The latest ones stay until they are forgotten. */
struct site_program *site_program_get(const struct domain *domain);

/* The procedure that an address lies in. False: it lies in none. */
bool site_program_procedure(const struct site_program *program, vaddr_t address,
                            struct procedure *procedure);

/* What is live in it; until site_program_rest. ERR_NO_MEMORY; ERR_NOT_FOUND, ERR_RANGE: it cannot be analysed. */
status_t site_program_live(struct site_program *program, vaddr_t address, const struct live **live);

/* The general registers that its arguments are passed in, by its type. */
uint32_t site_program_arguments(const struct site_program *program, vaddr_t start);

void site_program_rest(struct site_program *program, vaddr_t address);

void site_program_forget(const struct domain *domain);
void site_program_forget_all(void);

/* Bytes. */
size_t site_program_memory(void);

#endif
