/* What hostile_test.c does, with a thousand rounds, whose seed is the time. */
#include <whorl/clock.h>

#include "kernel/test.h"
#include "tests/kernel/hostile/hostile.h"

SUITE("hostile_long");

TEST(a_thousand_rounds_of_hostile_extensions_do_no_harm)
{
    CHECK(hostile_rounds((uint32_t)clock_ticks(), 1000));
}
