/* What poison_test.c does, with each dead thing alone before every instruction. */
#include "kernel/test.h"
#include "tests/kernel/poison/trial.h"

SUITE("poison_long");

TEST(garbage_in_any_one_thing_that_is_dead_changes_nothing)
{
    trial_run(POISON_IN_TURN);
}
