/*
 * The console: the text a user sees and types. While a command runs that came
 * over the link port, what is printed goes to whoever sent it.
 *
 * For the kernel's main line and for extensions, not for interrupt handlers.
 */
#ifndef WHORL_CONSOLE_H
#define WHORL_CONSOLE_H

#include <stddef.h>
#include <whorl/domain.h>
#include <whorl/status.h>

/* A capability: who has one may write and read until it is closed, or its domain unloaded. */
typedef struct console console_t;

/* NULL: no memory. */
EVENT console_t *console_open(void);

/* Writes a text. ERR_BAD_CAPABILITY. */
EVENT status_t console_write(console_t *console, const char *text);

/*
 * Reads a line that the user types at the console, with the shell's editing,
 * into text: at most size - 1 characters and a zero, the end of line left out.
 * Waits as long as it takes; other strands run meanwhile. ERR_BAD_CAPABILITY; ERR_BAD_ARGUMENT: size is 0;
 * ERR_RANGE: the line was longer, and is lost; ERR_BUSY: another strand waits for one; ERR_STATE: who calls may not wait
 * (<whorl/strand.h>).
 */
EVENT status_t console_read(console_t *console, char *text, size_t size);

/* The capability is dead from now on. ERR_BAD_CAPABILITY. */
EVENT status_t console_close(console_t *console);

/* Without a capability: prints like printf and returns the number of characters, negative on error. */
EVENT int console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same as console_read. */
EVENT status_t console_read_line(char *line, size_t size);

/*
 * The domain of <whorl/console_private.h>, to resolve others against or to register;
 * NULL if the caller is not privileged.
 */
EVENT domain_t *console_private_interface(void);

#endif
