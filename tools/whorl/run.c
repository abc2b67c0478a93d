/* `whorl run`: boots a machine, carries out steps, powers off; for scripts and tests. */
#include "tools/whorl/session.h"

#include <stdlib.h>

#define DEFAULT_TIMEOUT 300

static int run_steps(const struct options *options)
{
    static const struct session_view nobody;
    struct session *session = malloc(sizeof(*session));
    int status = EXIT_NOT_STARTED;

    if (session != NULL && session_open(session, options, &nobody)) {
        if (session_contact(session)) {
            for (size_t i = 0; i < options->n_steps; i++) {
                session_step(session, &options->steps[i]);
                session_tell_aside(session);
            }
            session_power_off(session);
            session_tell_aside(session);
        }
        status = session_close(session);
    }
    free(session);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct options options;
    int status;

    switch (options_parse(&options, command, argc, argv)) {
    case OPTIONS_HELP:
        command_help(command);
        return EXIT_WELL;
    case OPTIONS_BAD:
        return EXIT_NOT_STARTED;
    case OPTIONS_OK:
        break;
    }
    if (options.timeout == 0)
        options.timeout = DEFAULT_TIMEOUT;
    status = run_steps(&options);
    free(options.steps);
    return status;
}

const struct command run_command = {
    .name = "run",
    .summary = "boot a machine, load objects, run commands, power off",
    .usage = "[-M MACHINE] [-m MB] [--icount] [--timeout S] "
             "[[--privileged] [--untyped] -x OBJECT[,OBJECT...]]... "
             "[[--privileged] [OPTION]... -p SITE=FILE]... [-c COMMAND]...",
    .help =
        "Boots Whorl in a QEMU of its own and carries out -x, -p and -c in the order given. One\n"
        "that fails does not stop the rest. Their output goes to standard output, refusals and\n"
        "reports go to standard error, and so does what strands print by themselves, on the console.\n"
        "Then the machine is powered off.\n"
        "\n"
        "  -M MACHINE   g3beige (the default) or mac99\n"
        "  -m MB        memory of the machine, 128 if not given\n"
        "  -x OBJECTS   load an object; several with commas between them are loaded as a group,\n"
        "               whose members may import from each other\n"
        "  --privileged the next -x or -p may have also what is for the privileged only\n"
        "  --untyped    the next -x loads objects without types, too; their imports go unchecked\n"
        "  -p SITE=FILE assemble FILE, and have its code executed at SITE: see whorl patch --help\n"
        "  --change, --first, --taken, --near PLACE  of the next -p, as there\n"
        "  -c COMMAND   run a command of the kernel's shell, e.g. help\n"
        "  --icount     let time pass by instructions: one nanosecond each\n"
        "  --timeout S  give up after S seconds, 300 if not given\n"
        "\n"
        "Exit status: 0 all well, 1 a load or a command failed, 2 the kernel panicked, 3 time-out,\n"
        "4 the machine could not be started, or wrong usage.\n"
        "\n"
        "WHORL_QEMU names another QEMU than qemu-system-ppc.\n",
    .run = run,
};
