/*
 * The console: the text a user sees and types. While a command runs that came
 * over the link port, what is printed goes to whoever sent it.
 *
 * For the kernel's main line and for extensions, not for interrupt handlers.
 */
#ifndef WHORL_CONSOLE_H
#define WHORL_CONSOLE_H

#include <stddef.h>
#include <whorl/status.h>

/* Prints like printf and returns the number of characters, negative on error. */
int console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Reads a line that the user types at the console, with the shell's editing,
 * into line: at most size - 1 characters and a zero, the end of line left out.
 * Waits as long as it takes. ERR_BAD_ARGUMENT: size is 0; ERR_RANGE: the line
 * was longer, and is lost.
 */
status_t console_read_line(char *line, size_t size);

#endif
