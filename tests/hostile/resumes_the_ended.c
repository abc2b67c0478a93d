/* Its scheduler resumes strands that have ended, itself, and those of others.
 * Expected: harmless */
#include "tests/hostile/stage.h"

static void nothing(void *closure)
{
    (void)closure;
}

static void run(void *closure)
{
    strand_t *ended, *gone;

    (void)closure;
    if (strand_create(nothing, NULL, NULL, &ended) != OK ||
        strand_create(nothing, NULL, NULL, &gone) != OK)
        return;
    if (strand_join(gone) != OK)
        return;
    (void)strand_sleep(200);
    if (strand_resume(ended) == OK || strand_resume(gone) == OK ||
        strand_resume(strand_self()) == OK)
        __asm__ volatile("trap");
}

status_t hostile_act(void)
{
    if (strand_resume(strand_self()) == OK || strand_block(NULL) == OK)
        __asm__ volatile("trap");
    return begin(run, NULL);
}
