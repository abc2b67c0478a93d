/* A constructor of it does not return.
 * Expected: refused ERR_FAULT */
#include "tests/hostile/stage.h"

static void __attribute__((constructor)) construct(void)
{
    loop();
}
