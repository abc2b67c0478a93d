/* `whorl`, the host's command: finds the command that is asked for and prints help. */
#include "tools/whorl/command.h"
#include "tools/whorl/say.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {&analyse_command, &boot_command,  &calls_command,
                                                 &cc_command,      &disas_command, &flow_command,
                                                 &patch_command,   &run_command};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

void command_help(const struct command *command)
{
    printf("usage: whorl %s %s\n\n%s", command->name, command->usage, command->help);
}

static void list(void)
{
    printf("usage: whorl COMMAND [ARGUMENT]...\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-7s %s\n", commands[i]->name, commands[i]->summary);
    printf("  %-7s %s\n\n", "help", "explain a command, or list them");
    printf("whorl COMMAND --help explains a command.\n");
}

static bool asks_for_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static int unknown(const char *name)
{
    say("there is no command '%s'; whorl help lists them", name);
    return EXIT_NOT_STARTED;
}

static int help(const char *name)
{
    const struct command *command = name != NULL ? find(name) : NULL;

    if (name != NULL && command == NULL)
        return unknown(name);
    if (command != NULL)
        command_help(command);
    else
        list();
    return EXIT_WELL;
}

/* So that no file opened later is taken for one of the three. */
static void fill_standard_files(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

int main(int argc, char **argv)
{
    const struct command *command;

    fill_standard_files();
    if (argc < 2) {
        say("no command given; whorl help lists them");
        return EXIT_NOT_STARTED;
    }
    if (strcmp(argv[1], "help") == 0 || asks_for_help(argv[1]))
        return help(argc > 2 ? argv[2] : NULL);
    command = find(argv[1]);
    if (command == NULL)
        return unknown(argv[1]);
    if (argc > 2 && asks_for_help(argv[2]))
        return help(argv[1]);
    return command->run(command, argc - 1, argv + 1);
}
