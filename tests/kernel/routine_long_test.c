/* What routine_test.c does, with more plans and others. */
#include "kernel/test.h"
#include "tests/kernel/dispatch/trial.h"

SUITE("routine_long");

#define N_PLANS 1000
#define N_CHAINS 200
#define SEED 0x20190001

TEST(random_plans_that_are_only_called_do_what_the_model_says)
{
    trial_plans(model_make, &(struct routine_terms){.no_inlining = true}, SEED, N_PLANS);
}

TEST(random_plans_without_searches_do_what_the_model_says)
{
    trial_plans(model_make_searching, &(struct routine_terms){.no_tree = true}, SEED, N_PLANS);
}

TEST(random_plans_do_what_the_model_says)
{
    trial_plans(model_make, &(struct routine_terms){.no_tree = false}, SEED, N_PLANS);
}

TEST(random_plans_with_searches_do_what_the_model_says)
{
    trial_plans(model_make_searching, &(struct routine_terms){.no_tree = false}, SEED, N_PLANS);
}

TEST(routines_made_of_others_do_what_the_model_says)
{
    trial_chains(SEED + 1, N_CHAINS);
}

TEST(what_faults_in_random_plans_is_passed_over)
{
    trial_plans(model_make_faulty, &(struct routine_terms){.no_tree = false}, SEED, 4 * N_PLANS);
}

TEST(what_faults_when_only_called_is_passed_over)
{
    trial_plans(model_make_faulty, &(struct routine_terms){.no_inlining = true}, SEED, 4 * N_PLANS);
}

TEST(what_faults_in_searches_is_passed_over)
{
    trial_plans(model_make_searching_faulty, &(struct routine_terms){.no_tree = false}, SEED,
                4 * N_PLANS);
}

TEST(what_faults_in_routines_made_of_others_is_passed_over)
{
    trial_faulty_chains(SEED + 2, N_CHAINS);
}
