/* What the files of every.h share. */
#ifndef TESTS_KERNEL_PATCH_EVERY_PRIVATE_H
#define TESTS_KERNEL_PATCH_EVERY_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <whorl/patch.h>

#include "arch/ppc/types.h"
#include "kernel/backtrace.h"

/* A check that is only told of, with where, when it fails; after some of these every_has_failed. */
bool every_check(bool good, const char *what, vaddr_t site);
bool every_has_failed(void);
void every_name(vaddr_t site);

/* Refusals are collected by reason; returns how many there were. */
void every_refused(vaddr_t site, status_t status);
unsigned every_print_refused(void);
void every_forget_reasons(void);

uint64_t every_counted(const patch_t *patch);

/* Every instruction of all procedures of which some are executed: how many procedures, and the addresses. */
size_t every_mark(void);
size_t every_sites(vaddr_t sites[], size_t max);

#endif
