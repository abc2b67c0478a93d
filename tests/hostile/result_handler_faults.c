/* Folds results of its event by a store to page 0.
 * Expected: quarantined "store to 0x00000000" */
#include "tests/hostile/stage.h"

EVENT int hostile_sum(int n);

int hostile_sum(int n)
{
    return n;
}

static void fold(int *final, int result, bool last, void **argument, int n)
{
    (void)last, (void)argument, (void)n;
    *final += result;
    *(volatile int *)opaque(0) = *final;
}

static int add(int n)
{
    return n + 1;
}

status_t hostile_act(void)
{
    binding_t *binding;

    if (event_set_result_handler(P(hostile_sum), P(fold), NULL) != OK ||
        event_install(P(hostile_sum), P(add), NULL, NULL, &binding) != OK)
        return ERR_FAILED;
    return hostile_sum(1) == 3 ? OK : ERR_FAILED;
}
