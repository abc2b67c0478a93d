/* Commands about the machine and the domains, which have no other home in the kernel. */
#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>
#include <whorl/memory.h>

#include "arch/ppc/image.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/machine.h"
#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/file.h"
#include "kernel/power.h"
#include "kernel/shell.h"

/* Cuts "a,b,c" into words. 0: an empty one, or too many. */
static size_t split(char *list, char *words[], size_t most)
{
    size_t n = 0;

    for (char *word = list; word != NULL; n++) {
        char *comma = strchr(word, ',');

        if (comma != NULL)
            *comma++ = 0;
        if (n == most || word[0] == 0)
            return 0;
        words[n] = word;
        word = comma;
    }
    return n;
}

/* ---- domains ---- */

/* "hello.o" is the object of domain hello. */
static void domain_name(const char *file, char *name)
{
    size_t length = strlen(file);

    strcpy(name, file);
    if (length > 2 && strcmp(file + length - 2, ".o") == 0)
        name[length - 2] = 0;
}

static status_t load_files(char *const files[], size_t n)
{
    struct loader_object objects[LOADER_GROUP_MAX];
    char names[LOADER_GROUP_MAX][FILE_NAME_MAX + 1];
    domain_t *domains[LOADER_GROUP_MAX];

    for (size_t i = 0; i < n; i++) {
        status_t status = file_find(files[i], &objects[i].bytes, &objects[i].size);

        if (status != OK)
            return status;
        domain_name(files[i], names[i]);
        objects[i].name = names[i];
    }
    return loader_load(objects, n, domains);
}

static status_t load(int argc, char **argv)
{
    char *files[LOADER_GROUP_MAX];
    size_t n;
    status_t status;

    if (argc != 2)
        return shell_usage(argv[0]);
    n = split(argv[1], files, LOADER_GROUP_MAX);
    if (n == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "load takes 1 to %d names with commas between",
                             LOADER_GROUP_MAX);
    status = load_files(files, n);
    for (size_t i = 0; i < n; i++)
        file_remove(files[i]);
    return status;
}
COMMAND(load, "FILE[,FILE...]", "link and start objects that were sent over the link port");

static status_t unload(int argc, char **argv)
{
    char *names[LOADER_GROUP_MAX];
    domain_t *domains[LOADER_GROUP_MAX];
    size_t n;

    if (argc != 2)
        return shell_usage(argv[0]);
    n = split(argv[1], names, LOADER_GROUP_MAX);
    if (n == 0)
        return status_refuse(ERR_BAD_ARGUMENT, "unload takes 1 to %d names with commas between",
                             LOADER_GROUP_MAX);
    for (size_t i = 0; i < n; i++) {
        status_t status = domain_find(names[i], &domains[i]);

        if (status != OK)
            return status;
    }
    return domain_destroy_group(domains, n);
}
COMMAND(unload, "NAME[,NAME...]", "end domains and release all they have");

static size_t n_exports(const domain_t *domain)
{
    size_t n = 0;

    for (size_t i = 0; i < domain->image.symbols.n_symbols; i++)
        n += domain->image.symbols.symbols[i].exported;
    return n;
}

static void print_domain(const domain_t *domain)
{
    const struct image_memory *m = &domain->image.memory;

    printf("%-20s %-11s %8u %8u %7u %7u  0x%08x\n", domain->name, domain_state_name(domain->state),
           (unsigned)m->text.size, (unsigned)(m->rodata.size + m->data.size),
           (unsigned)n_exports(domain), (unsigned)domain->image.n_imports,
           (unsigned)m->text.address);
}

static status_t domains(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    printf("%-20s %-11s %8s %8s %7s %7s  %s\n", "domain", "state", "text", "data", "exports",
           "imports", "text at");
    for (domain_t *d = domain_next(NULL); d != NULL; d = domain_next(d))
        print_domain(d);
    return OK;
}
COMMAND(domains, "", "list the domains: state, bytes, exports, imports");

static void print_symbol(const struct symbol *symbol)
{
    static const char *const kinds[] = {[SYMBOL_OTHER] = "symbol",
                                        [SYMBOL_PROCEDURE] = "procedure",
                                        [SYMBOL_VARIABLE] = "variable"};

    printf("0x%08x %6u  %-9s %s%s\n", (unsigned)symbol->value, (unsigned)symbol->size,
           kinds[symbol->kind], symbol->name, symbol->weak ? " (weak)" : "");
}

static status_t symbols(int argc, char **argv)
{
    domain_t *domain;
    status_t status;

    if (argc != 2)
        return shell_usage(argv[0]);
    status = domain_find(argv[1], &domain);
    if (status != OK)
        return status;
    for (size_t i = 0; i < domain->image.symbols.n_symbols; i++)
        if (domain->image.symbols.symbols[i].exported)
            print_symbol(&domain->image.symbols.symbols[i]);
    return OK;
}
COMMAND(symbols, "NAME", "list the symbols a domain exports: address, bytes, kind, name");

/* ---- machine ---- */

static const char *controller_name(void)
{
    return machine.interrupt_controller == INTERRUPTS_OPENPIC ? "OpenPIC" : "Heathrow";
}

/* `machine` is the record; the command needs another name in C. */
static status_t show_machine(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    printf("board       %s (%s)\n", machine.model, machine.compatible);
    printf("cpu         %s, version 0x%08x, %u.%03u MHz\n", machine.cpu, (unsigned)machine.pvr,
           (unsigned)(machine.cpu_hz / 1000000), (unsigned)(machine.cpu_hz / 1000 % 1000));
    printf("memory      %u MB", (unsigned)(machine.memory_size >> 20));
    if (machine.memory_size != machine.memory_installed)
        printf(" of %u MB in use", (unsigned)(machine.memory_installed >> 20));
    printf("\ntime base   %u Hz\n", (unsigned)machine.timebase_hz);
    printf("interrupts  %s at 0x%08x\n", controller_name(), (unsigned)machine.interrupts);
    for (unsigned i = 0; i < 2; i++)
        printf("serial %c    ESCC at 0x%08x, interrupt %u: %s\n", 'A' + i,
               (unsigned)machine.serial[i], machine.serial_irq[i],
               i == 0 ? "console" : "link port");
    printf("power       CUDA at 0x%08x\n", (unsigned)machine.cuda);
    return OK;
}
static const struct command machine_command __attribute__((section(".commands.machine"), used)) = {
    "machine", "", "what the device tree says of board, processor and devices", show_machine};

static status_t uptime(int argc, char **argv)
{
    uint64_t us = clock_microseconds();

    if (argc != 1)
        return shell_usage(argv[0]);
    printf("%llu.%06llu s\n", (unsigned long long)(us / 1000000),
           (unsigned long long)(us % 1000000));
    return OK;
}
COMMAND(uptime, "", "time since the machine was started");

static status_t poweroff(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    power_request(POWER_OFF);
    return OK;
}
COMMAND(poweroff, "", "switch the machine off");

static status_t reboot(int argc, char **argv)
{
    if (argc != 1)
        return shell_usage(argv[0]);
    power_request(POWER_RESTART);
    return OK;
}
COMMAND(reboot, "", "restart the machine");
