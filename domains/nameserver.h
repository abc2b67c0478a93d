/*
 * The nameserver as the kernel sees it; see <whorl/nameserver.h>. Names in
 * alphabetical order, each with its domain, who registered it, and optionally an
 * authorizer that is asked at each query.
 */
#ifndef DOMAINS_NAMESERVER_H
#define DOMAINS_NAMESERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/nameserver.h>

#include "arch/ppc/types.h"
#include "domains/domain.h"

struct name {
    struct domain *domain;
    struct domain *registrar; /* NULL: the kernel */
    vaddr_t authorizer;       /* code of the registrar's, 0: everyone may */
    uint32_t closure;
    bool privileged; /* only privileged domains may */
    uint32_t n_denied;
    char name[];
};

/* Of an entry: who may have the domain. */
struct name_terms {
    vaddr_t authorizer;
    uint32_t closure;
    bool privileged;
};

/* ERR_BAD_ARGUMENT: not a path; ERR_EXISTS; ERR_NO_MEMORY. */
status_t name_register(const char *name, struct domain *domain, struct domain *registrar,
                       const struct name_terms *terms);

/* ERR_NOT_FOUND; ERR_DENIED. The difference is for the operator; who asks gets ERR_NOT_FOUND for both. */
status_t name_query(const char *name, struct domain *requester, struct domain **domain);

/* ERR_NOT_FOUND; ERR_DENIED: another registered it. */
status_t name_unregister(const char *name, const struct domain *registrar);

/* All names, then NULL; index counts from 0. */
const struct name *name_at(size_t index);

/* The entry of a name; NULL. */
const struct name *name_named(const char *name);

/* The first name behind another, which need not be there, in alphabetical order; NULL. */
const struct name *name_behind(const char *name);

/* Whether the requester, NULL for the operator, may have it. */
bool name_allows(const struct name *name, struct domain *requester);

/* Whether a string can be a name. */
status_t name_check(const char *name);

/* Names of a domain that goes, and those it registered, go too. */
void name_forget(const struct domain *domain);

#endif
