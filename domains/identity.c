/* See identity.h. */
#include "domains/identity.h"

#include <string.h>

#include "domains/capability.h"

status_t identity_of(struct domain *domain, identity_t **identity)
{
    status_t status = domain_check_stays(domain);

    if (status != OK)
        return status;
    if (domain->identity == NULL)
        status = capability_create(CAPABILITY_IDENTITY, domain, &domain->identity);
    if (status != OK)
        return status_refuse(status, "no capability is left for the identity of %s", domain->name);
    *identity = domain->identity;
    return OK;
}

void identity_end(struct domain *domain)
{
    if (domain->identity != NULL)
        capability_revoke(domain->identity);
    domain->identity = NULL;
}

bool identity_has_privilege(identity_t *identity)
{
    const struct domain *domain = capability_object(identity, CAPABILITY_IDENTITY);

    return domain != NULL && domain->privileged;
}

static status_t copy(const char *text, char *to, size_t size)
{
    if (size == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "no room for a name");
    strncpy(to, text, size - 1);
    to[size - 1] = 0;
    return OK;
}

status_t identity_tell_name(identity_t *identity, char *name, size_t size)
{
    const struct domain *domain = capability_object(identity, CAPABILITY_IDENTITY);

    return domain != NULL ? copy(domain->name, name, size)
                          : status_refuse(ERR_BAD_CAPABILITY, "not an identity");
}

status_t identity_tell_loader(identity_t *identity, char *name, size_t size)
{
    const struct domain *domain = capability_object(identity, CAPABILITY_IDENTITY);

    return domain != NULL ? copy(domain->loader, name, size)
                          : status_refuse(ERR_BAD_CAPABILITY, "not an identity");
}
