/* Its domain_fini faults.
 * Expected: harmless */
#include "tests/hostile/stage.h"

void domain_fini(void)
{
    __asm__ volatile("trap");
}
