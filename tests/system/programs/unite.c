/* Unions of domains that define the same symbol, weakly or not. */
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/nameserver.h>

#include "tests/system/programs/check.h"

static domain_t *query(const char *name)
{
    domain_t *domain = NULL;

    EXPECT(OK, nameserver_query(name, &domain));
    return domain;
}

static void note(const struct domain_export *symbol, void *closure)
{
    console_print("%s: %s of %s\n", (const char *)closure, symbol->name, symbol->definer);
}

static void unite(const char *one, const char *other)
{
    domain_t *both;

    EXPECT(OK, domain_combine(query(one), query(other), &both));
    EXPECT(OK, domain_exports(both, note, (void *)one));
    EXPECT(ERR_STATE, domain_resolve(query("SpinPublic"), both));
    EXPECT(ERR_STATE, domain_initialize(both));
}

status_t domain_init(void)
{
    domain_t *both;

    unite("weak", "strong");
    unite("strong", "weak");
    unite("strong", "strong");
    EXPECT(ERR_EXISTS, domain_combine(query("strong"), query("other"), &both));
    console_print("%s\n%d wrong\n", status_explain(), n_wrong);
    return OK;
}
