/* The commands of the tool. Each is in the file of its name. */
#ifndef WHORL_COMMAND_H
#define WHORL_COMMAND_H

#include <stdbool.h>

/* Exit statuses of commands that run a machine. */
enum {
    EXIT_WELL = 0,
    EXIT_FAILED = 1,   /* a load or a command failed */
    EXIT_PANICKED = 2, /* the kernel did */
    EXIT_TIME_OUT = 3,
    EXIT_NOT_STARTED = 4, /* also wrong usage */
};

struct command {
    const char *name;
    const char *summary; /* one line for the list of commands */
    const char *usage;   /* what follows the name */
    const char *help;    /* the rest of the text for --help */
    bool takes_link;     /* has the option --link */
    int (*run)(const struct command *command, int argc, char **argv); /* argv[0] is its name */
};

extern const struct command analyse_command;
extern const struct command boot_command;
extern const struct command calls_command;
extern const struct command cc_command;
extern const struct command disas_command;
extern const struct command flow_command;
extern const struct command patch_command;
extern const struct command run_command;

/* Prints the help of one command. */
void command_help(const struct command *command);

#endif
