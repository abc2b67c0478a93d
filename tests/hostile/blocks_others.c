/* Blocks and unblocks the strand that calls it, which is another's.
 * Expected: harmless */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    strand_t *self = strand_self();

    if (strand_set_priority(self, STRAND_PRIORITY_TOP) == OK)
        __asm__ volatile("trap");
    (void)strand_unblock(self);
    (void)strand_checkpoint(self);
    (void)strand_detach(self);
    return OK;
}
