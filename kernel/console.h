/* Capabilities for the console; <whorl/console.h> is what extensions see. */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "kernel/owner.h"

/* Those of an owner that goes are dead. Main line only. */
void console_release_owner(owner_t owner);

#endif
