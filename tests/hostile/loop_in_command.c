/* A command does not return.
 * Expected: quarantined "loop" */
#include "tests/hostile/stage.h"

static status_t misbehave(int argc, char *argv[])
{
    (void)argc;
    if (strcmp(argv[0], "misbehave") == 0)
        loop();
    return OK;
}

status_t domain_init(void)
{
    return install(P(shell_command), P(misbehave), NULL);
}
