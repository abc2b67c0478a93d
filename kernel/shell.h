/*
 * The shell: commands by name. A command stands in the file of what it is about:
 *
 *     static status_t mem(int argc, char **argv) { … }
 *     COMMAND(mem, "", "how much memory there is and who has it");
 *
 * The linker collects them. A command prints its results on stdout. If it fails it
 * returns a status and has called status_refuse; the shell prints the sentence. Commands are busy (busy.h): one that waits, or calls who may, suspends that.
 */
#ifndef KERNEL_SHELL_H
#define KERNEL_SHELL_H

#include <stdbool.h>
#include <whorl/status.h>

#define SHELL_ARGUMENTS_MAX 32

struct command {
    const char *name;
    const char *usage; /* arguments, as the help shows them */
    const char *help;  /* one line */
    status_t (*run)(int argc, char **argv);
};

#define COMMAND(command_name, command_usage, command_help)             \
    static const struct command command_name##_command                 \
        __attribute__((section(".commands." #command_name), used)) = { \
            #command_name, command_usage, command_help, command_name}

/* The rest of the line from a word on, as it was written; the words from there on are gone. For commands; from < argc. */
char *shell_rest(int argc, char **argv, int from);

/* Carries out a line, which is changed on the way. The sentence of a refusal is printed on stderr. */
status_t shell_run(char *line);

/* For a command called with the wrong arguments. */
status_t shell_usage(const char *name);

/* Prints the prompt; then takes what is typed at the console, up to a line at a time. For one strand. */
void shell_initialize(void);
void shell_poll(void);

/* Whether shell_poll would find something. */
bool shell_pending(void);

#endif
