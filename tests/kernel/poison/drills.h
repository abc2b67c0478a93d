/* Procedures that call others with several sets of arguments and record what comes of it. */
#ifndef TESTS_KERNEL_POISON_DRILLS_H
#define TESTS_KERNEL_POISON_DRILLS_H

#include <stddef.h>

struct drill {
    const char *name;
    void (*run)(void);
};

/* Each list ends with one without a name. */
extern const struct drill drills_of_strings[], drills_of_numbers[], drills_of_kernel[],
    drills_of_code[];

#endif
