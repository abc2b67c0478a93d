/* Commands about the machine, which have no other home in the kernel. */
#include <stdio.h>
#include <string.h>
#include <whorl/clock.h>

#include "arch/ppc/machine.h"
#include "kernel/power.h"
#include "kernel/shell.h"

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
