/* What patch_every_test.c does in part, with every instruction. */
#include "kernel/test.h"
#include "tests/kernel/patch/every.h"

SUITE("patch_every_long");

TEST(each_instruction_alone_in_every_mode)
{
    if (!every_open())
        return;
    every_alone(PATCH_EXACT, 1, UINT32_MAX);
    every_alone(PATCH_PARANOID, 1, 20000);
    every_alone(PATCH_POISON, 1, 20000);
    every_close();
}

TEST(each_instruction_that_is_not_executed_either)
{
    if (!every_open())
        return;
    every_word(1);
    every_close();
}

TEST(all_at_once_with_everything_taken_to_be_live)
{
    if (!every_open())
        return;
    every_at_once(PATCH_PARANOID);
    every_close();
}

TEST(handlers_on_many_instructions)
{
    if (!every_open())
        return;
    every_handler(PATCH_EXACT, HANDLER_SPOILS, 2);
    every_handler(PATCH_POISON, HANDLER_SPOILS, 3);
    every_handler(PATCH_EXACT, HANDLER_READS, 5);
    every_handler(PATCH_POISON, HANDLER_CHANGES, 5);
    every_close();
}

TEST(many_far_bodies)
{
    if (!every_open())
        return;
    every_far(PATCH_EXACT, 28);
    every_close();
}
