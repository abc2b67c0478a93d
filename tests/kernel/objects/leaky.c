/* Takes memory of every kind and gives none back. */
#include <stdlib.h>
#include <string.h>
#include <whorl/domain.h>
#include <whorl/memory.h>

DOMAIN("leaky");

status_t domain_init(void)
{
    void *pages;

    for (unsigned i = 1; i <= 100; i++)
        if (malloc(i) == NULL)
            return ERR_NO_MEMORY;
    if (malloc(20000) == NULL || strdup("kept by nobody") == NULL)
        return ERR_NO_MEMORY;
    return page_allocate(5, &pages);
}
