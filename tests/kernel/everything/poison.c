/* Every procedure is counted, in the mode of the file's name. */
#include <whorl/domain.h>

#include "tests/kernel/everything/everything.h"

DOMAIN("everything");
IMPORT_DOMAIN("Debug");

status_t domain_init(void)
{
    return everything_patch(PATCH_POISON);
}

void domain_fini(void)
{
    everything_end();
}
