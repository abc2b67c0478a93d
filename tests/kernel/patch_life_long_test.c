/* What patch_life_test.c does with ten thousand patches, with a hundred thousand. */
#include "kernel/test.h"
#include "tests/kernel/patch/life.h"

SUITE("patch_life_long");

TEST(nothing_is_left_of_a_hundred_thousand_inserts_and_removes)
{
    life_wear(100000);
}
