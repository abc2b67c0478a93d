/*
 * Every instruction of several hundred procedures is patched, and neither results nor anything else change: what is
 * tried here in part, patch_every_long_test.c tries in whole.
 */
#include "kernel/test.h"
#include "tests/kernel/patch/every.h"

SUITE("patch_every");

#define STEPS 20000

static void __attribute__((constructor)) warm(void)
{
    every_warm();
}

TEST(an_instruction_that_is_patched_is_counted_and_works_as_before)
{
    if (!every_open())
        return;
    every_alone(PATCH_EXACT, 3, STEPS);
    every_alone(PATCH_PARANOID, 29, STEPS);
    every_alone(PATCH_POISON, 11, STEPS);
    every_close();
}

TEST(many_are_patched_at_once_and_removed_in_any_order)
{
    if (!every_open())
        return;
    every_at_once(PATCH_EXACT, 7);
    every_at_once(PATCH_POISON, 17);
    every_close();
}

TEST(handlers_in_c_may_clobber_what_is_volatile)
{
    if (!every_open())
        return;
    every_handler(PATCH_EXACT, HANDLER_LEAF, 97);
    every_handler(PATCH_EXACT, HANDLER_SPOILS, 41);
    every_handler(PATCH_POISON, HANDLER_SPOILS, 67);
    every_handler(PATCH_EXACT, HANDLER_READS, 127);
    every_handler(PATCH_EXACT, HANDLER_CHANGES, 131);
    every_close();
}

TEST(bodies_that_are_out_of_reach_are_reached_by_springboards)
{
    if (!every_open())
        return;
    every_far(PATCH_EXACT, 1);
    every_close();
}
