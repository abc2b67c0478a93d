/*
 * The rounds of hostile_test.c as a command: `hostile rounds SEED N`, `hostile alone SEED NAME`, `hostile each [FIRST]` (all, one after another, to
 * see which do as expected), `hostile list`.
 *
 * It is itself a handler of shell_command, whose routine it is in for as long as it runs: after who handles that event as well (loop_in_command) domains
 * stay until it is over (kernel/quiescence.h). In hostile_test.c that is not so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/shell.h>

#include "tests/kernel/hostile/hostile.h"

DOMAIN("hostile_rounds");
IMPORT_DOMAIN("Debug");

static status_t verdict(bool right)
{
    return right ? OK : status_refuse(ERR_FAILED, "harm was done");
}

static bool each(uint32_t first)
{
    bool right = true;

    for (uint32_t i = first; i < n_hostiles; i++)
        right = hostile_alone(i + 1, hostiles[i].name) && right;
    return right;
}

static status_t hostile(int argc, char *argv[])
{
    uint32_t seed = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : 1;

    if (argc == 4 && strcmp(argv[1], "rounds") == 0)
        return verdict(hostile_rounds(seed, (unsigned)strtoul(argv[3], NULL, 0)));
    if (argc == 4 && strcmp(argv[1], "alone") == 0)
        return verdict(hostile_alone(seed, argv[3]));
    if (argc <= 3 && argc > 1 && strcmp(argv[1], "each") == 0)
        return verdict(each(argc == 3 ? seed : 0));
    if (argc != 2 || strcmp(argv[1], "list") != 0)
        return status_refuse(
            ERR_BAD_ARGUMENT,
            "usage: hostile rounds SEED N | alone SEED NAME | each [FIRST] | list");
    for (uint32_t i = 0; i < n_hostiles; i++)
        printf("%s\n", hostiles[i].name);
    return OK;
}

static bool is_hostile(int argc, char *argv[])
{
    (void)argc;
    return strcmp(argv[0], "hostile") == 0;
}

/* As suites are: what it is made to do is never held against it. */
status_t domain_init(void)
{
    binding_t *binding;

    domain_of_owner(owner_of_code((vaddr_t)domain_init))->tested = true;
    return event_install((procedure_t)shell_command, (procedure_t)hostile, (procedure_t)is_hostile,
                         NULL, &binding);
}
