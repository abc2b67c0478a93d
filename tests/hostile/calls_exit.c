/* Ends the program.
 * Expected: refused ERR_UNRESOLVED */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    exit(3);
}
