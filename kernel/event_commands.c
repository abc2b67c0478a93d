/* Commands about events: what is installed on them, and the code that dispatches them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/code/analysis/report.h"
#include "kernel/code_view.h"
#include "kernel/event/event.h"
#include "kernel/event/loop.h"
#include "kernel/event/prototype.h"
#include "kernel/event/routine.h"
#include "kernel/event_names.h"
#include "kernel/shell.h"

#define NAME_SIZE 160     /* characters of a procedure's name */
#define DESCRIBED_SIZE 80 /* of what is remarkable of a routine */

/* ---- how raises go ---- */

/* "packet.packet_arrived"; the kernel's go by their symbols. */
static void name_event(const struct event_view *event, char name[NAME_SIZE])
{
    bool kernel = strcmp(event->owner, "kernel") == 0;

    snprintf(name, NAME_SIZE, "%s%s%s", kernel ? "" : event->owner, kernel ? "" : ".", event->name);
}

static void print_routine(const struct event_view *event)
{
    char text[DESCRIBED_SIZE] = "";

    routine_describe(event->routine, text, sizeof text);
    printf("routine of %u bytes%s%s", (unsigned)routine_size(event->routine),
           text[0] != 0 ? ": " : "", text);
}

static void print_form(const struct event_view *event)
{
    char name[NAME_SIZE];

    switch (event->form) {
    case FORM_ROUTINE:
        print_routine(event);
        break;
    case FORM_LOOP:
        printf("plain loop: %s", event->why);
        break;
    case FORM_DIRECT:
        event_procedure_name(event->target, name, sizeof name);
        printf("direct: %s", name);
        break;
    default:
        printf("the procedure itself");
    }
}

/* ---- bindings ---- */

static void print_target(vaddr_t procedure, uint32_t closure)
{
    char name[NAME_SIZE];

    event_procedure_name(procedure, name, sizeof name);
    if (closure != 0)
        printf("%s(0x%x)", name, (unsigned)closure);
    else
        printf("%s", name);
}

static void print_guard(const struct event_guard_view *guard)
{
    if (guard->guard != 0) {
        printf("        guard ");
        print_target(guard->guard, guard->guard_closure);
        if (guard->imposer != NULL)
            printf(", imposed by %s", guard->imposer);
        printf("\n");
    }
    if (guard->post != 0) {
        printf("        after it ");
        print_target(guard->post, guard->post_closure);
        printf(", imposed by %s\n", guard->imposer);
    }
}

static void print_options(const struct event_binding_view *binding)
{
    static const char *const orders[] = {[EVENT_ANY] = "",
                                         [EVENT_FIRST] = ", first",
                                         [EVENT_LAST] = ", last",
                                         [EVENT_BEFORE] = ", before another",
                                         [EVENT_AFTER] = ", after another"};

    if (binding->intrinsic)
        printf(", intrinsic");
    else
        printf(", by %s%s", binding->maker, orders[binding->order]);
    printf("%s%s%s%s", binding->filter ? ", filter" : "", binding->linear ? ", linear" : "",
           binding->cancel ? ", cancel" : "", binding->active ? "" : ", inactive");
}

static void print_async(const struct event_binding_view *binding)
{
    const struct event_counts *counts = &binding->counts;

    if (!binding->async)
        return;
    printf(
        "        asynchronous: %llu raised, %llu completed, %u pending, %llu lost, %llu at once\n",
        (unsigned long long)counts->raised, (unsigned long long)counts->completed,
        (unsigned)binding->n_pending, (unsigned long long)counts->lost,
        (unsigned long long)counts->at_once);
}

static void print_deadline(const struct event_binding_view *binding)
{
    if (binding->ephemeral_us == 0)
        return;
    printf("        deadline %u us, stopped %u time%s\n", (unsigned)binding->ephemeral_us,
           (unsigned)binding->counts.kills, binding->counts.kills == 1 ? "" : "s");
}

/* index counts from 0, for users from 1. */
static bool print_binding(const struct event *event, size_t index, bool counting)
{
    struct event_binding_view binding;
    struct event_guard_view guard;

    if (!event_look_binding(event, index, &binding))
        return false;
    if (binding.active)
        printf("%4u  ", (unsigned)index + 1);
    else
        printf("   -  ");
    print_target(binding.handler, binding.closure);
    print_options(&binding);
    if (counting)
        printf(", %u time%s", (unsigned)binding.count, binding.count == 1 ? "" : "s");
    printf("\n");
    print_async(&binding);
    print_deadline(&binding);
    for (size_t i = 0; event_look_guard(event, index, i, &guard); i++)
        print_guard(&guard);
    return true;
}

static void print_decision(const char *what, vaddr_t procedure)
{
    if (procedure == 0)
        return;
    printf("%s", what);
    print_target(procedure, 0);
    printf("\n");
}

static void print_details(const struct event *event, const struct event_view *view)
{
    for (size_t i = 0; print_binding(event, i, view->counting); i++)
        ;
    print_decision("      default handler ", view->default_handler);
    if (view->has_default_result)
        printf("      a default result\n");
    print_decision("      result handler ", view->result_handler);
    if (view->authorized)
        printf("      an authorizer\n");
    if (view->n_sites != 0)
        printf("      %u of %u known calls go there directly\n", (unsigned)view->n_direct,
               (unsigned)view->n_sites);
}

/* ---- events ---- */

/* That the kernel decides who may have handlers of its own events is always so. */
static bool has_anything(const struct event_view *event)
{
    bool decides = event->authorized && strcmp(event->owner, "kernel") != 0;

    return event->n_all > 1 || event->n_active != 1 || event->form != FORM_PROCEDURE ||
           event->default_handler != 0 || event->has_default_result || event->result_handler != 0 ||
           decides;
}

static int compare(const void *one, const void *other)
{
    struct event_view a, b;
    int order;

    event_look(*(const struct event *const *)one, &a);
    event_look(*(const struct event *const *)other, &b);
    order = strcmp(a.owner, b.owner);
    if (order == 0)
        order = strcmp(a.name, b.name);
    return order != 0 ? order : (a.procedure > b.procedure) - (a.procedure < b.procedure);
}

static size_t count_records(void)
{
    size_t n = 0;

    for (const struct event *e = event_next(NULL); e != NULL; e = event_next(e))
        n++;
    return n;
}

static void print_event(const struct event *event, bool verbose)
{
    struct event_view view;
    char name[NAME_SIZE];

    event_look(event, &view);
    name_event(&view, name);
    printf("%-32s %8u  ", name, (unsigned)view.n_active);
    print_form(&view);
    printf("\n");
    if (verbose)
        print_details(event, &view);
}

static status_t events(int argc, char **argv)
{
    bool verbose = argc == 2 && strcmp(argv[1], "-v") == 0;
    const struct event **list;
    struct event_view view;
    size_t n = 0;

    if (argc != 1 && !verbose)
        return shell_usage(argv[0]);
    list = malloc((count_records() + 1) * sizeof *list);
    if (list == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a list of events");
    for (const struct event *e = event_next(NULL); e != NULL; e = event_next(e)) {
        event_look(e, &view);
        if (has_anything(&view))
            list[n++] = e;
    }
    qsort(list, n, sizeof *list, compare);
    printf("%-32s %8s  %s\n", "event", "handlers", "raised through");
    for (size_t i = 0; i < n; i++)
        print_event(list[i], verbose);
    free(list);
    return OK;
}
COMMAND(events, "[-v]", "list the events that something is installed on; -v: what");

/* ---- event NAME ---- */

/* What nobody has anything on is a call of the procedure. */
static void show_plain(procedure_t procedure)
{
    char name[NAME_SIZE];

    event_name(procedure, name, sizeof name);
    printf("%s: 1 handler, raised through the procedure itself\n   1  %s, intrinsic\n", name, name);
}

static status_t show(procedure_t procedure)
{
    const struct event *event = event_at((vaddr_t)procedure);
    struct event_view view;
    char name[NAME_SIZE];

    if (event == NULL) {
        show_plain(procedure);
        return OK;
    }
    event_look(event, &view);
    name_event(&view, name);
    printf("%s: %u handler%s, raised through ", name, (unsigned)view.n_active,
           view.n_active == 1 ? "" : "s");
    print_form(&view);
    printf("\n");
    print_details(event, &view);
    return OK;
}

/* ---- event NAME --code ---- */

static void print_words(const struct code_index *index, vaddr_t start, size_t size)
{
    report_words(stdout, index, start, start + (vaddr_t)size);
}

static void print_routine_code(const struct code_index *index, const struct routine *routine)
{
    char text[NAME_SIZE];
    const char *comment;
    vaddr_t start;
    size_t size;

    routine_range(routine, &start, &size);
    if (size > routine_size(routine))
        size = routine_size(routine); /* behind it there is room for more */
    for (size_t at = 0; at < size; at += 4) {
        comment = routine_comment(routine, start + (vaddr_t)at, text, sizeof text);
        if (comment != NULL)
            printf("# %s\n", comment);
        print_words(index, start + (vaddr_t)at, 4);
    }
}

static void print_code(const struct code_index *index, const struct event_view *event)
{
    char name[NAME_SIZE];

    name_event(event, name);
    printf("# %s: ", name);
    print_form(event);
    printf("\n");
    if (event->routine != NULL)
        print_routine_code(index, event->routine);
    else if (event->form == FORM_LOOP)
        print_words(index, event->target, LOOP_ENTRY_SIZE);
    if (event->body == 0)
        return;
    printf("# entry of the procedure's own body\n");
    print_words(index, event->body, event->body_size);
}

static status_t show_code(procedure_t procedure)
{
    const struct event *event = event_at((vaddr_t)procedure);
    struct code_index *index;
    struct event_view view;
    char name[NAME_SIZE];
    status_t status;

    if (event == NULL) {
        event_name(procedure, name, sizeof name);
        printf("# %s: the procedure itself\n", name);
        return OK;
    }
    status = code_view_open(&index);
    if (status != OK)
        return status;
    event_look(event, &view);
    print_code(index, &view);
    code_index_close(index);
    return OK;
}

/* `event` is a record; the command needs another name in C. */
static status_t show_event(int argc, char **argv)
{
    bool code = argc == 3 && strcmp(argv[2], "--code") == 0;
    bool count = argc == 4 && strcmp(argv[2], "--count") == 0;
    bool on = count && strcmp(argv[3], "on") == 0;
    procedure_t procedure;
    status_t status;

    if (argc != 2 && !code && !on && !(count && strcmp(argv[3], "off") == 0))
        return shell_usage(argv[0]);
    status = event_named(argv[1], &procedure);
    if (status != OK)
        return status;
    if (count)
        return event_count(procedure, on);
    return code ? show_code(procedure) : show(procedure);
}
static const struct command event_command __attribute__((section(".commands.event"), used)) = {
    "event", "NAME [--code] [--count on|off]",
    "what an event's handlers are; --code: the code that calls them", show_event};
