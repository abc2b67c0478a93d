/* Has the kernel read a name from where nothing is mapped.
 * Expected: quarantined "load from" */
#include "tests/hostile/stage.h"

static void nothing(void *closure)
{
    (void)closure;
}

status_t hostile_act(void)
{
    strand_t *strand;
    struct strand_options options = {.name = (const char *)opaque(0x70000000)};

    return strand_create(nothing, NULL, &options, &strand);
}
