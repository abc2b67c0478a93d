/*
 * What the console keeps for the privileged: interface ConsolePrivate, in SpinPrivate
 * and from console_private_interface(). For the kernel's main line and for
 * extensions, not for interrupt handlers.
 */
#ifndef WHORL_CONSOLE_PRIVATE_H
#define WHORL_CONSOLE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <whorl/interface.h>

/* How many console capabilities there are. */
EVENT size_t console_count(void);

/* Takes the console away from all who have it: their capabilities are dead. Returns how many. */
EVENT size_t console_revoke_all(void);

/*
 * Raised with all text that anybody prints, error or not, in pieces as they come: a piece may
 * begin and end in the middle of a line, and no zero follows it. Its intrinsic handler sends it to where it
 * goes. A filter may change what that is, for the length of the raise. A handler must not print, and, as it
 * does not know in the middle of what it is called, change neither domains nor events. Bounded: everybody waits. Reports of faults and panics, what the shell echoes, and its prompt do not come by.
 */
EVENT void text_printed(bool error, const char *text, size_t size);

#endif
