/* A strand jumps into the stack of another one of its own, where it faults, unless it is interrupted before.
 * Expected: quarantined, ends its caller */
#include "tests/hostile/stage.h"

static jmp_buf away;

static void wait(void *closure)
{
    (void)closure;
    if (setjmp(away) == 0)
        (void)strand_sleep(1000000);
    else
        __asm__ volatile("trap");
}

static void jump(void *closure)
{
    (void)closure;
    (void)strand_sleep(200);
    longjmp(away, 1);
}

status_t hostile_act(void)
{
    status_t status = begin(wait, NULL);

    return status == OK ? begin(jump, NULL) : status;
}
