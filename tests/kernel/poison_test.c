/*
 * Whatever the analyses claim to be dead may hold garbage: compiled procedures of the C library, libgcc, zlib,
 * libfdt and the kernel are stepped through with garbage in all of it before every instruction.
 */
#include "kernel/test.h"
#include "tests/kernel/poison/trial.h"

SUITE("poison");

TEST(garbage_in_all_that_is_dead_changes_nothing)
{
    trial_run(POISON_ALL);
}
