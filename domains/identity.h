/* Identities as the kernel sees them; see <whorl/identity.h>. */
#ifndef DOMAINS_IDENTITY_H
#define DOMAINS_IDENTITY_H

#include <whorl/identity.h>

#include "domains/domain.h"

/* The capability that stands for who the domain is; the same at each call. ERR_NO_MEMORY. */
status_t identity_of(struct domain *domain, identity_t **identity);

/* It goes with its domain. */
void identity_end(struct domain *domain);

#endif
