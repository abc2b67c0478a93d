/* Its domain_init does not return.
 * Expected: refused ERR_FAULT */
#include "tests/hostile/stage.h"

status_t domain_init(void)
{
    loop();
}
