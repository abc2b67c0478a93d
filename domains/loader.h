/*
 * Loading objects the way a user wants it, which is what a binder does: a group of
 * them is created, resolved against SpinPublic, against the domains they name with
 * IMPORT_DOMAIN and against each other; what they export with EXPORT_INTERFACE is
 * made and registered; and they are initialized. Or nothing is left.
 */
#ifndef DOMAINS_LOADER_H
#define DOMAINS_LOADER_H

#include <stddef.h>

#include "domains/domain.h"

#define LOADER_GROUP_MAX 16

struct loader_object {
    const char *name; /* of the domain if the object names none */
    const void *bytes;
    size_t size;
};

/* domains gets n results. Errors are those of the steps. */
status_t loader_load(const struct domain_terms *terms, const struct loader_object objects[],
                     size_t n, struct domain *domains[]);

#endif
