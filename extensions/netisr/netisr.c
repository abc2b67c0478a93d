/*
 * The loop that the paper on modifying Darwin's kernel takes for its example (section 4.2): a mask of 32 bits says which
 * types of packets wait, run_netisr services them in a fixed order, and there can be no more than 32. It knows
 * nothing of patches. netisr_log and netisr_more are what is done to it while it runs. There is no network:
 * `netisr TYPE...` lets packets wait and has them serviced.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <whorl/netisr.h>
#include <whorl/shell.h>

DOMAIN("netisr");

INTERFACE(Netisr, netisr, netisr_register, netisr_schedule, run_netisr);
EXPORT_INTERFACE("netisr", Netisr);

EVENT_SIGNATURE(shell_command, status_t, int, char **);
EVENT_SIGNATURE(shell_help, void);

static void lose(unsigned type)
{
    console_print("netisr: nobody services type %u\n", type);
}

static void ip_input(unsigned type)
{
    console_print("ip: type %u serviced\n", type);
}

static void arp_input(unsigned type)
{
    console_print("arp: type %u serviced\n", type);
}

static netisr_procedure_t *procedures[NETISR_TYPES];

volatile uint32_t netisr;

static status_t out_of_range(unsigned type)
{
    return status_refuse(ERR_RANGE, "type %u: there are %d types", type, NETISR_TYPES);
}

status_t netisr_register(unsigned type, netisr_procedure_t *procedure)
{
    if (type >= NETISR_TYPES)
        return out_of_range(type);
    procedures[type] = procedure != NULL ? procedure : lose;
    return OK;
}

status_t netisr_schedule(unsigned type)
{
    if (type >= NETISR_TYPES)
        return out_of_range(type);
    netisr |= 1u << type;
    return OK;
}

void run_netisr(void)
{
    uint32_t waiting;

    while ((waiting = netisr) != 0) {
        unsigned type = (unsigned)__builtin_ctz(waiting);

        netisr = waiting & ~(1u << type);
        procedures[type](type);
    }
}

/* ---- the command ---- */

static status_t schedule(const char *number)
{
    char *end;
    unsigned long type = strtoul(number, &end, 0);

    if (number[0] < '0' || number[0] > '9' || *end != 0)
        return status_refuse(ERR_BAD_ARGUMENT, "usage: netisr [TYPE...]");
    return netisr_schedule((unsigned)type);
}

static status_t run(int argc, char *argv[])
{
    for (int i = 1; i < argc; i++) {
        status_t status = schedule(argv[i]);

        if (status != OK)
            return status;
    }
    run_netisr();
    return OK;
}

static bool is_netisr(int argc, char *argv[])
{
    (void)argc;
    return strcmp(argv[0], "netisr") == 0;
}

static void help(void)
{
    shell_describe("netisr", "[TYPE...]", "let packets of these types wait, and service all");
}

status_t domain_init(void)
{
    binding_t *binding;
    status_t status;

    for (unsigned type = 0; type < NETISR_TYPES; type++)
        procedures[type] = lose;
    procedures[NETISR_IP] = ip_input;
    procedures[NETISR_ARP] = arp_input;
    status = EVENT_INSTALL(shell_help, help, NULL, NULL, &binding);

    return status == OK ? EVENT_INSTALL(shell_command, run, is_netisr, NULL, &binding) : status;
}
