/* Allocates pages for ever.
 * Expected: quarantined "memory" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    void *pages;

    for (;;)
        (void)page_allocate(8, &pages);
}
