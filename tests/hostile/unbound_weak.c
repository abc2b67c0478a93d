/* Calls a weak import that nobody has.
 * Expected: quarantined "jump to 0x00000000" */
#include "tests/hostile/stage.h"

status_t nobody_has_this(void) __attribute__((weak));

status_t hostile_act(void)
{
    return nobody_has_this() == OK ? OK : ERR_FAILED;
}
