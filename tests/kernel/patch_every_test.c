/*
 * Every instruction of several hundred procedures is patched, and neither results nor anything else change: what is
 * tried here in part, patch_every_long_test.c tries in whole.
 */
#include "kernel/test.h"
#include "tests/kernel/patch/every.h"

SUITE("patch_every");

#define STEPS 20000

TEST(an_instruction_that_is_patched_is_counted_and_works_as_before)
{
    if (!every_open())
        return;
    every_alone(PATCH_EXACT, 1, STEPS);
    every_close();
}

TEST(the_same_with_everything_taken_to_be_live_and_with_garbage_in_what_is_dead)
{
    if (!every_open())
        return;
    every_alone(PATCH_PARANOID, 7, STEPS);
    every_alone(PATCH_POISON, 3, STEPS);
    every_close();
}

TEST(all_instructions_are_patched_at_once)
{
    if (!every_open())
        return;
    every_at_once(PATCH_EXACT);
    every_close();
}

TEST(all_instructions_are_patched_at_once_with_garbage_in_what_is_dead)
{
    if (!every_open())
        return;
    every_at_once(PATCH_POISON);
    every_close();
}

TEST(handlers_in_c_may_clobber_what_is_volatile)
{
    if (!every_open())
        return;
    every_handler(PATCH_EXACT, HANDLER_LEAF, 31);
    every_handler(PATCH_EXACT, HANDLER_SPOILS, 17);
    every_handler(PATCH_POISON, HANDLER_SPOILS, 31);
    every_handler(PATCH_PARANOID, HANDLER_SPOILS, 97);
    every_close();
}

TEST(handlers_find_the_registers_and_may_change_them)
{
    if (!every_open())
        return;
    every_handler(PATCH_EXACT, HANDLER_READS, 61);
    every_handler(PATCH_EXACT, HANDLER_CHANGES, 61);
    every_handler(PATCH_POISON, HANDLER_CHANGES, 199);
    every_close();
}

TEST(bodies_that_are_out_of_reach_are_reached_by_springboards)
{
    if (!every_open())
        return;
    every_far(PATCH_EXACT, 3);
    every_far(PATCH_POISON, 1);
    every_close();
}
