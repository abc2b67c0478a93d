/* Tries numbers that are not its own for capabilities: those near what it has, and the first there are. */
#include <stdint.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/nameserver.h>

#include "tests/system/programs/check.h"

#define FIRST 0xc0000000u /* see domains/capability.h */
#define N_NUMBERS 4096u

status_t domain_init(void);

INTERFACE(Guess, domain_init);

static domain_t *own, *public;
static unsigned n_tried, n_hits;

static void try_from(uintptr_t first)
{
    char name[40];

    for (uintptr_t number = first; number < first + N_NUMBERS; number++) {
        status_t status = domain_name((domain_t *)number, name, sizeof name);

        if (number == (uintptr_t)own || number == (uintptr_t) public)
            EXPECT(OK, status);
        else if (status == OK)
            n_hits++;
        else
            EXPECT(ERR_BAD_CAPABILITY, status);
        n_tried++;
    }
}

/* One hit may be chance, once in hundreds of runs; two are none. */
status_t domain_init(void)
{
    EXPECT(OK, domain_create_from_interface(INTERFACE_UNIT(Guess), &own));
    EXPECT(OK, nameserver_query("SpinPublic", &public));
    try_from(FIRST);
    try_from((uintptr_t)own - N_NUMBERS / 2);
    try_from((uintptr_t) public - N_NUMBERS / 2);
    EXPECT_TRUE(n_hits <= 1);
    console_print("%u tried, %d wrong\n", n_tried, n_wrong);
    return OK;
}
