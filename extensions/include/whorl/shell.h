/*
 * The shell, for extensions that have commands. They are handlers of the event shell_command:
 *
 *     static bool is_greet(int argc, char *argv[]) { return strcmp(argv[0], "greet") == 0; }
 *     event_install((procedure_t)shell_command, (procedure_t)greet, (procedure_t)is_greet, NULL, &binding);
 *
 * For the kernel's main line and for extensions, not for interrupt handlers.
 */
#ifndef WHORL_SHELL_H
#define WHORL_SHELL_H

#include <whorl/interface.h>
#include <whorl/status.h>

/*
 * Raised when a line is carried out whose first word is no command of the kernel's, argv[0]. All words
 * are there until it returns, and argv[argc] is NULL. A handler should carry the command out, guarded by
 * its name; if it cannot, it returns a status and has called status_refuse, and the shell prints the
 * sentence. Without a handler the line is refused with ERR_NOT_FOUND. May block. The last handler's
 * result counts.
 */
EVENT status_t shell_command(int argc, char *argv[]);

/*
 * Raised when the command help has listed the kernel's commands. A handler should print a line for each of
 * its own, with shell_describe; commands of who does not can be used all the same.
 */
EVENT void shell_help(void);

/* Prints such a line: shell_describe("greet", "NAME", "say hello"). */
EVENT void shell_describe(const char *name, const char *usage, const char *help);

#endif
