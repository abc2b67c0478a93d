/*
 * Shows raises of any event, named at the prompt: `trace udp!udp_arrived` begins, `trace` lists how
 * often each was raised, `trace udp!udp_arrived off` ends. One linear handler does for all events, as it gets
 * arguments as words. (It is a handler: where there is no other, no default handler runs.) It finds events by
 * name, so it has to be privileged.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/event.h>
#include <whorl/event_names.h>
#include <whorl/shell.h>

DOMAIN("tracer");
IMPORT_DOMAIN("SpinPrivate");

EVENT_SIGNATURE(shell_command, status_t, int, char **);
EVENT_SIGNATURE(shell_help, void);

struct traced {
    struct traced *next;
    procedure_t event;
    binding_t *binding;
    unsigned n_raises;
    char name[];
};

static struct traced *all;
static bool noting;

/* What is raised by printing is not worth a line, which would raise it again. */
static void note(void *closure, uint32_t words[], size_t n)
{
    struct traced *traced = closure;

    if (noting)
        return;
    noting = true;
    console_print("trace: %u %s(", ++traced->n_raises, traced->name);
    for (size_t i = 0; i < n; i++)
        console_print("%s0x%x", i > 0 ? ", " : "", (unsigned)words[i]);
    console_print(")\n");
    noting = false;
}

/* Where one is linked from, or would be: its end points to NULL. */
static struct traced **link_of(procedure_t event)
{
    struct traced **link = &all;

    while (*link != NULL && (*link)->event != event)
        link = &(*link)->next;
    return link;
}

static status_t begin(procedure_t event, const char *name)
{
    struct event_options options = {.order = EVENT_FIRST, .linear = true};
    struct traced *traced;
    status_t status;

    if (*link_of(event) != NULL)
        return status_refuse(ERR_EXISTS, "%s is traced already", name);
    traced = malloc(sizeof *traced + strlen(name) + 1);
    if (traced == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory to trace %s", name);
    *traced = (struct traced){.next = all, .event = event};
    strcpy(traced->name, name);
    options.handler_closure = traced;
    status = event_install(event, (procedure_t)note, NULL, &options, &traced->binding);
    if (status == OK)
        all = traced;
    else
        free(traced);
    return status;
}

static status_t end(procedure_t event, const char *name)
{
    struct traced **link = link_of(event), *traced = *link;
    status_t status;

    if (traced == NULL)
        return status_refuse(ERR_NOT_FOUND, "%s is not traced", name);
    status = event_destroy(traced->binding);
    if (status != OK)
        return status;
    *link = traced->next;
    free(traced);
    return OK;
}

static void list(void)
{
    for (const struct traced *t = all; t != NULL; t = t->next)
        console_print("%10u %s\n", t->n_raises, t->name);
}

static status_t trace(int argc, char *argv[])
{
    procedure_t event;
    status_t status;

    if (argc == 1) {
        list();
        return OK;
    }
    if (argc > 3 || (argc == 3 && strcmp(argv[2], "off") != 0))
        return status_refuse(ERR_BAD_ARGUMENT, "usage: trace [NAME [off]]");
    status = event_named(argv[1], &event);
    if (status != OK)
        return status;
    return argc == 2 ? begin(event, argv[1]) : end(event, argv[1]);
}

static bool is_trace(int argc, char *argv[])
{
    (void)argc;
    return strcmp(argv[0], "trace") == 0;
}

static void help(void)
{
    shell_describe("trace", "[NAME [off]]",
                   "print raises of an event, or list how many there were");
}

status_t domain_init(void)
{
    binding_t *binding;
    status_t status = EVENT_INSTALL(shell_help, help, NULL, NULL, &binding);

    return status == OK ? EVENT_INSTALL(shell_command, trace, is_trace, NULL, &binding) : status;
}
