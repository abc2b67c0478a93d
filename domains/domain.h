/*
 * Domains as the kernel sees them; extensions use <whorl/domain.h>.
 *
 * All domains stand in one list. A domain made of an object goes through the
 * states below; one made of a table (the kernel's own) is always running.
 */
#ifndef DOMAINS_DOMAIN_H
#define DOMAINS_DOMAIN_H

#include <stdbool.h>
#include <whorl/domain.h>

#include "domains/image.h"

enum domain_state {
    DOMAIN_CREATED,  /* nothing of it can run */
    DOMAIN_WAITING,  /* sealed, while others of its group are started before it */
    DOMAIN_STARTING, /* its constructors or its domain_init run */
    DOMAIN_INITIALIZED,
    DOMAIN_FAILED, /* started and did not succeed; only to be destroyed */
    DOMAIN_ENDING, /* its domain_fini or its destructors run */
    DOMAIN_KERNEL, /* part of the kernel image; has only symbols */
};

struct domain {
    struct domain *next;
    enum domain_state state;
    bool sealed; /* its text executes */
    bool ran;    /* was initialized, so it is told when it ends */
    struct image image;
    char name[];
};

/* A domain of kernel symbols; table and its memory stay the caller's for good. */
status_t domain_create_from_table(const char *name, const struct symbol_table *table,
                                  domain_t **domain);

/* The first domain of the list, and the one after a given one; NULL at the end. */
domain_t *domain_next(domain_t *domain);

const char *domain_state_name(enum domain_state state);

/*
 * What an address of text or data belongs to. Unmapped or unowned: false. symbol
 * may come back NULL: no symbol at or below it.
 */
bool domain_at(vaddr_t address, domain_t **domain, const struct symbol **symbol);

/* Calls `each` for every imported symbol of domain that is bound to nothing and not weak; counts them. */
size_t domain_unresolved(domain_t *domain, void (*each)(const char *name, void *closure),
                         void *closure);

#endif
