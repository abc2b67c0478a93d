/* What patch_every_test.c does in part, with every instruction. */
#include "kernel/test.h"
#include "tests/kernel/patch/every.h"

SUITE("patch_every_long");

static void __attribute__((constructor)) warm(void)
{
    every_warm();
}

TEST(each_instruction_alone)
{
    if (!every_open())
        return;
    every_alone(PATCH_EXACT, 1, 100000);
    every_alone(PATCH_PARANOID, 23, 20000);
    every_alone(PATCH_POISON, 11, 20000);
    every_close();
}

TEST(all_instructions_at_once_executed_or_not)
{
    if (!every_open())
        return;
    every_at_once(PATCH_EXACT, 1);
    every_close();
}

TEST(many_at_once_in_the_other_modes)
{
    if (!every_open())
        return;
    every_at_once(PATCH_PARANOID, 23);
    every_at_once(PATCH_POISON, 11);
    every_close();
}

TEST(handlers_on_many_instructions)
{
    if (!every_open())
        return;
    every_handler(PATCH_EXACT, HANDLER_SPOILS, 19);
    every_handler(PATCH_POISON, HANDLER_SPOILS, 37);
    every_handler(PATCH_PARANOID, HANDLER_SPOILS, 97);
    every_handler(PATCH_POISON, HANDLER_READS, 61);
    every_handler(PATCH_EXACT, HANDLER_CHANGES, 47);
    every_close();
}

TEST(many_far_bodies)
{
    if (!every_open())
        return;
    every_far(PATCH_EXACT, 3);
    every_far(PATCH_POISON, 1);
    every_close();
}
