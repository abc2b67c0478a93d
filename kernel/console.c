/*
 * The interfaces Console and ConsolePrivate: who has the console. Each capability
 * stands for a record that knows its owner, so that it goes with its domain.
 */
#include "kernel/busy.h"
#include "kernel/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/console_private.h>

#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/identity.h"
#include "kernel/interface.h"
#include "kernel/output.h"

struct console {
    struct console *next;
    console_t *capability;
    owner_t owner;
};

static struct console *consoles;

static status_t find(console_t *capability, struct console **console)
{
    *console = capability_object(capability, CAPABILITY_CONSOLE);
    return *console != NULL ? OK : status_refuse(ERR_BAD_CAPABILITY, "not an open console");
}

static void close(struct console *console)
{
    struct console **link = &consoles;

    while (*link != console)
        link = &(*link)->next;
    *link = console->next;
    capability_revoke(console->capability);
    memory_discharge(console->owner, sizeof *console);
    free(console);
}

static EVENT console_t *identified_console_open(void)
{
    BUSY;
    owner_t owner = identity_calling();
    struct console *console;
    void *capability;

    if (!memory_charge(owner, sizeof *console))
        return NULL;
    console = malloc(sizeof *console);
    if (console == NULL || capability_create(CAPABILITY_CONSOLE, console, &capability) != OK) {
        memory_discharge(owner, sizeof *console);
        free(console);
        return NULL;
    }
    *console = (struct console){.next = consoles, .capability = capability, .owner = owner};
    consoles = console;
    return capability;
}

status_t console_write(console_t *capability, const char *text)
{
    struct console *console;
    status_t status = find(capability, &console);

    if (status == OK)
        output_write(OUTPUT_NORMAL, text, strlen(text));
    return status;
}

status_t console_read(console_t *capability, char *text, size_t size)
{
    struct console *console;
    status_t status = find(capability, &console);

    return status == OK ? console_read_line(text, size) : status;
}

status_t console_close(console_t *capability)
{
    BUSY;
    struct console *console;
    status_t status = find(capability, &console);

    if (status == OK)
        close(console);
    return status;
}

int console_print(const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vprintf(format, arguments);
    va_end(arguments);
    return n;
}

void console_release_owner(owner_t owner)
{
    for (struct console *c = consoles, *next; c != NULL; c = next) {
        next = c->next;
        if (c->owner == owner)
            close(c);
    }
}

/* ---- ConsolePrivate ---- */

size_t console_count(void)
{
    BUSY;
    size_t n = 0;

    for (const struct console *c = consoles; c != NULL; c = c->next)
        n++;
    return n;
}

size_t console_revoke_all(void)
{
    BUSY;
    size_t n = 0;

    for (; consoles != NULL; n++)
        close(consoles);
    return n;
}

static EVENT domain_t *identified_console_private_interface(void)
{
    BUSY;
    const struct domain *caller = domain_of_owner(identity_calling());

    return caller != NULL && caller->privileged ? domain_named("ConsolePrivate")->capability : NULL;
}

PUBLIC_INTERFACE(Console, console_write, console_read, console_close, console_print,
                 console_read_line);
IDENTIFIED_INTERFACE(Console, console_open, console_private_interface);
PRIVATE_INTERFACE(ConsolePrivate, console_count, console_revoke_all, text_printed);
