/* Ends the program.
 * Expected: quarantined "exit" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    exit(3);
}
