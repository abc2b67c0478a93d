/*
 * What the console keeps for the privileged: interface ConsolePrivate, in SpinPrivate
 * and from console_private_interface(). For the kernel's main line and for
 * extensions, not for interrupt handlers.
 */
#ifndef WHORL_CONSOLE_PRIVATE_H
#define WHORL_CONSOLE_PRIVATE_H

#include <stddef.h>
#include <whorl/interface.h>

/* How many console capabilities there are. */
EVENT size_t console_count(void);

/* Takes the console away from all who have it: their capabilities are dead. Returns how many. */
EVENT size_t console_revoke_all(void);

#endif
