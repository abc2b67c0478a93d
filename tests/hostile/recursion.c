/* Calls itself until its stack is used up.
 * Expected: quarantined, ends its caller "stack" */
#include "tests/hostile/stage.h"

static uint32_t (*volatile deepest)(uint32_t n);

static uint32_t __attribute__((noipa)) deeper(uint32_t n)
{
    return deepest(n + 1) + n;
}

status_t hostile_act(void)
{
    deepest = deeper;
    return (status_t)deeper(0);
}
