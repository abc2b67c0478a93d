/*
 * Loading objects the way a user wants it: a group of them is created, resolved
 * against SpinPublic, against the domains they name with IMPORT_DOMAIN and
 * against each other, and initialized; or nothing is left.
 */
#ifndef DOMAINS_LOADER_H
#define DOMAINS_LOADER_H

#include <stddef.h>
#include <whorl/domain.h>

#define LOADER_GROUP_MAX 16

struct loader_object {
    const char *name; /* of the domain if the object names none */
    const void *bytes;
    size_t size;
};

/* domains gets n results. Errors are those of the steps. */
status_t loader_load(const struct loader_object objects[], size_t n, domain_t *domains[]);

#endif
