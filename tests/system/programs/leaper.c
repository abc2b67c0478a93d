/* Jumps out of what it called itself, and out of what the kernel called. jumper.h has the object of jumper.c. */
#include <setjmp.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/nameserver.h>

#include "tests/system/programs/check.h"

DOMAIN("leaper");

static jmp_buf here;

void leap(void);

void leap(void)
{
    longjmp(here, 1);
}

INTERFACE(Leap, leap);

/* Where the frame of the call that was left has been. */
static int use_stack(int n)
{
    volatile int room[64];

    for (int i = 0; i < 64; i++)
        room[i] = -1;
    return n == 0 ? 0 : use_stack(n - 1) + room[n % 64] + 1;
}

status_t domain_init(void)
{
    domain_t *jumper, *own, *public;
    volatile int n_back = 0;

    if (setjmp(here) == 0)
        leap();
    else
        n_back++;
    EXPECT_TRUE(n_back == 1);
    EXPECT(OK, domain_create("jumper", jumper_object, sizeof jumper_object, &jumper));
    EXPECT(OK, domain_create_from_interface(INTERFACE_UNIT(Leap), &own));
    EXPECT(OK, nameserver_query("SpinPublic", &public));
    EXPECT(OK, domain_resolve(public, jumper));
    EXPECT(OK, domain_resolve(own, jumper));
    if (setjmp(here) == 0)
        EXPECT(ERR_FAULT, domain_initialize(jumper));
    else
        n_back++;
    EXPECT_TRUE(n_back == 1);
    EXPECT_TRUE(use_stack(40) == 0);
    console_print("leaper: %d wrong\n", n_wrong);
    return OK;
}
