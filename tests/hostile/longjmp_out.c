/* Leaves a handler by longjmp, to a procedure that has returned.
 * Expected: quarantined, ends its caller "exception" */
#include "tests/hostile/stage.h"

static jmp_buf away;

static void __attribute__((noipa)) prepare(void)
{
    if (setjmp(away) != 0)
        __asm__ volatile("trap");
}

static void told(int n)
{
    (void)n;
    longjmp(away, 1);
}

status_t domain_init(void)
{
    prepare();
    return install(P(stage_told), P(told), NULL);
}
