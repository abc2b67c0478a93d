/*
 * What a procedure may run, found by following its branches, so that nothing has to be listed. They are followed further
 * than they may go: any branch out of a procedure counts, whether control comes to it or not. What is called through
 * pointers is not found.
 *
 * Main line only.
 */
#ifndef KERNEL_EVENT_FOLLOW_H
#define KERNEL_EVENT_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "arch/ppc/types.h"

#define FOLLOWED_MAX 256

struct followed {
    bool (*ends)(
        vaddr_t start); /* whether a procedure is not to be followed, nor counted; NULL: none is */
    vaddr_t starts[FOLLOWED_MAX]; /* of procedures */
    size_t n;                     /* 0: nothing has been followed yet */
};

/* The one that an address lies in, and all that it comes to. False: there are more than there is room for. */
bool code_follow(vaddr_t address, struct followed *followed);

bool code_is_followed(const struct followed *followed, vaddr_t start);

#endif
