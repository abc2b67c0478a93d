/*
 * Sites on the host: what a patched one does beside what the instruction would have done alone. Both are run by tests/host/machine.c;
 * procedures are played: they check what they are given and spoil what they may.
 */
#ifndef TESTS_PATCH_PLAY_H
#define TESTS_PATCH_PLAY_H

#include "arch/ppc/code/patch/patch_code.h"

#define PLAY_ACTIONS_MAX 6
#define PLAY_WORDS_MAX 4096
#define PLAY_STACK 0x40000000u
#define PLAY_STACK_SIZE 0x4000u
#define PLAY_SP (PLAY_STACK + PLAY_STACK_SIZE - 0x800u)
#define PLAY_DATA 0x41000000u
#define PLAY_DATA_SIZE 0x100u
#define PLAY_CALLEE 0x06400000u   /* what code calls; adds 7 to r3, clears r12 and CTR */
#define PLAY_COUNTERS 0x4200fff8u /* on both sides of where @ha changes */

struct scene {
    /* What is given. */
    struct patch_plan plan;
    struct action actions[PLAY_ACTIONS_MAX];
    struct register_set live_behind; /* the displaced instruction: what is compared */
    uint32_t body;                   /* address */
    uint32_t seed;
    unsigned out; /* 1 << i: action i is taken out of the body */
    bool faults;  /* contained calls end by a fault */
    unsigned
        stop; /* interrupted before instruction number `stop` of the body, 0: never, ~0u: before each */
    uint32_t moved; /* the displaced b or bl is led to this word before it is run; 0: not */

    /* What came of it. */
    struct patch_code *code;
    bool left; /* by the code of an action */
    struct register_set
        overwritten; /* general registers, LR and CTR that the displaced instruction found other than at the site */
    unsigned n_executed; /* words of the body, without what is called */
    unsigned n_stopped;
};

/* What is live before the word of a plan, by what is live behind it. */
void scene_set_live(struct scene *scene, const struct register_set *behind);

/* NULL, or what was wrong. scene->code is to be freed. */
const char *scene_run(struct scene *scene);

#endif
