/* Identities as the kernel sees them; see <whorl/identity.h>. */
#ifndef DOMAINS_IDENTITY_H
#define DOMAINS_IDENTITY_H

#include <whorl/identity.h>

#include "domains/domain.h"

/* The capability that stands for who the domain is; the same at each call. ERR_NO_MEMORY. */
status_t identity_of(struct domain *domain, identity_t **identity);

/* What the public procedures say of it (identity_is_privileged and so on). */
bool identity_has_privilege(identity_t *identity);
status_t identity_tell_name(identity_t *identity, char *name, size_t size);
status_t identity_tell_loader(identity_t *identity, char *name, size_t size);

/* It goes with its domain. */
void identity_end(struct domain *domain);

#endif
