/*
 * The nameserver: names for domains. A name is a path, "net/udp": parts of printable
 * characters without blanks and commas, with single slashes between, at most
 * NAMESERVER_NAME_MAX characters in all. Names vanish with their domain and with
 * the domain that registered them.
 *
 * For the kernel's main line and for extensions, not for interrupt handlers.
 */
#ifndef WHORL_NAMESERVER_H
#define WHORL_NAMESERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/domain.h>
#include <whorl/identity.h>
#include <whorl/status.h>

#define NAMESERVER_NAME_MAX 1000

/*
 * Whether who asks may have the domain of that name. Called at each query and each
 * listing; one that faults has said no.
 */
typedef bool nameserver_authorizer_t(identity_t *requester, const char *name, void *closure);

/*
 * Gives a domain a name. authorizer may be NULL: everyone may have it.
 * ERR_BAD_CAPABILITY; ERR_BAD_ARGUMENT: not a name; ERR_EXISTS; ERR_NO_MEMORY, also if the caller's
 * quota has no room for it.
 */
EVENT status_t nameserver_register(const char *name, domain_t *domain,
                                   nameserver_authorizer_t *authorizer, void *closure);

/* The domain of that name. ERR_NOT_FOUND: there is none, or the caller may not have it. */
EVENT status_t nameserver_query(const char *name, domain_t **domain);

/* ERR_NOT_FOUND; ERR_DENIED: another registered it. */
EVENT status_t nameserver_unregister(const char *name);

/*
 * Calls `each` for the names below a path, in alphabetical order, that the caller may have;
 * path "" is above all. What `each` registers or unregisters meanwhile may or may not appear.
 */
EVENT status_t nameserver_list(const char *path, void (*each)(const char *name, void *closure),
                               void *closure);

#endif
