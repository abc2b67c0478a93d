/*
 * An assembler file that is to be executed at a site of a running kernel: what `whorl patch` and the step -p do before they
 * speak to the kernel.
 */
#ifndef WHORL_ASSEMBLY_H
#define WHORL_ASSEMBLY_H

#include "tools/whorl/group.h"
#include "tools/whorl/signals.h"

/* What the kernel is asked for; see the kernel's command probe SITE code. */
struct assembly {
    const char *site, *file;
    const char *near; /* NULL: not said */
    bool privileged, change, first, taken;
};

/*
 * Makes an object of the file as `whorl cc` does, or takes it as it is if it is one; that is the only one of the group then. False, and the user
 * was told why: there is nothing to close.
 */
bool assembly_open(const struct assembly *assembly, const struct signals *signals,
                   struct group *group);

/* The command that has the kernel load it, once it was sent; to be freed. */
char *assembly_command(const struct assembly *assembly, const struct group *group);

#endif
