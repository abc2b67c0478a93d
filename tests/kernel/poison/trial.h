/* Runs drills without garbage and with it, and checks that it makes no difference. */
#ifndef TESTS_KERNEL_POISON_TRIAL_H
#define TESTS_KERNEL_POISON_TRIAL_H

#include "tests/kernel/poison/step.h"

/*
 * All lists of drills, inside a test. POISON_ALL: garbage in everything that is dead, several times over;
 * POISON_IN_TURN: in one thing at a time until each had it. Where garbage did harm is printed.
 */
void trial_run(enum poison poison);

#endif
