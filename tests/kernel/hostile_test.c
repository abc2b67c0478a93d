/* Does what extensions do wrong stay with them? See tests/kernel/hostile/hostile.h. */
#include "kernel/test.h"
#include "tests/kernel/hostile/hostile.h"

SUITE("hostile");

TEST(fifty_rounds_of_hostile_extensions_do_no_harm)
{
    CHECK(hostile_rounds(8, 50));
}
