/*
 * Destroys a domain that has not returned, from ever more frames further in: it leaves, and returns all the
 * same. Nobody else gets its memory until then. below.h has the object of below.c.
 */
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>

#include "tests/system/programs/check.h"

static domain_t *domain;
static int (*below)(int (*call)(int), int n);

static void note(const struct domain_export *symbol, void *closure)
{
    (void)closure;
    if (strcmp(symbol->name, "below") == 0)
        below = (int (*)(int (*)(int), int))symbol->address;
}

static void create(void)
{
    EXPECT(OK, domain_create("below", below_object, sizeof below_object, &domain));
    EXPECT(OK, domain_initialize(domain));
    EXPECT(OK, domain_exports(domain, note, NULL));
}

static int destroy_from(int n)
{
    volatile int more = 1; /* so that this is no loop */

    if (n > 0)
        return destroy_from(n - 1) + more;
    EXPECT(OK, domain_destroy(domain));
    EXPECT(ERR_BAD_CAPABILITY, domain_destroy(domain));
    create();
    EXPECT(OK, domain_destroy(domain));
    return 0;
}

status_t domain_init(void)
{
    static const int depths[] = {0, 5, 28, 29, 30, 31, 32, 33, 40, 500};

    for (size_t i = 0; i < sizeof depths / sizeof depths[0] && n_wrong == 0; i++) {
        create();
        EXPECT_TRUE(below(destroy_from, depths[i]) == depths[i] + 1);
    }
    console_print("deep: %d wrong\n", n_wrong);
    return OK;
}
