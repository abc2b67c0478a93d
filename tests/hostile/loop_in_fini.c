/* Its domain_fini does not return.
 * Expected: harmless */
#include "tests/hostile/stage.h"

void domain_fini(void)
{
    loop();
}
