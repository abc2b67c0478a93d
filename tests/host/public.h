/*
 * Domains of symbols alone, as the kernel's own are: SpinPublic, which has what the
 * objects of the corpus import. They live as long as the program.
 */
#ifndef TESTS_PUBLIC_H
#define TESTS_PUBLIC_H

#include "domains/domain.h"

/* In reach of absolute branches only, and of no branch. */
#define PUBLIC_NEAR 0x01002340u
#define PUBLIC_FAR 0x20000100u
#define PUBLIC_VARIABLE 0x10123458u

struct public_symbol {
    const char *name;
    vaddr_t value;
};

/* A domain with the n symbols, whose names must outlive it. */
struct domain *public_create(const char *name, const struct public_symbol *symbols, size_t n);

/* The one called SpinPublic; made by the first call. The nameserver has it after each. */
struct domain *public_domain(void);

#endif
