/* The running kernel: what it knows of itself, and operations that leave everything as it was. See drills_more.h. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whorl/event.h>
#include <whorl/memory.h>

#include "arch/ppc/code/dispatch/predicate/predicate.h"
#include "arch/ppc/code/encode.h"
#include "arch/ppc/trap.h"
#include "domains/capability.h"
#include "domains/domain.h"
#include "kernel/backtrace.h"
#include "kernel/code_space.h"
#include "kernel/event_names.h"
#include "kernel/file.h"
#include "kernel/kernel_calls.h"
#include "kernel/kernel_symbols.h"
#include "kernel/quiescence.h"
#include "tests/kernel/patch/drills_more.h"
#include "tests/kernel/poison/step.h"

static char text[PREDICATE_TEXT_MAX];

static void names(void)
{
    const vaddr_t *sites;

    for (uint32_t vector = 0; vector < 0x1800; vector += 0x300)
        record_text(trap_name(vector));
    for (int state = DOMAIN_CREATED; state <= DOMAIN_COMBINED; state++)
        record_text(domain_state_name((enum domain_state)state));
    record((uint32_t)kernel_symbol_from((vaddr_t)kernel_symbol_from));
    record((uint32_t)kernel_calls((vaddr_t)backtrace_name, &sites));
    event_procedure_name((vaddr_t)names, text, sizeof text);
    record_text(text);
    record(event_raised_by((vaddr_t)names, text, sizeof text));
}

static void domain_lists(void)
{
    struct domain *domain = domain_named("kernel/Clock");
    const struct symbol *symbol;

    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        record_text(d->name);
    record(domain == NULL);
    record(domain_named("none at all") == NULL);
    record(domain_at((vaddr_t)domain_lists, &domain, &symbol));
    record_text(symbol->name);
    record(domain_is_untyped(domain) + 2u * domain_depends_on(domain, domain));
    record((uint32_t)domain_count_exports(domain));
    record((uint32_t)domain_check_stays(domain));
    record((uint32_t)domain_name(domain->capability, text, sizeof text));
    record_text(text);
}

static void capabilities(void)
{
    void *capability = NULL;

    record((uint32_t)capability_create(CAPABILITY_CONSOLE, text, &capability));
    record(capability_object(capability, CAPABILITY_CONSOLE) == text);
    record(capability_object(capability, CAPABILITY_DOMAIN) == NULL);
    capability_revoke(capability);
    record(capability_object(capability, CAPABILITY_CONSOLE) == NULL);
    record(capability_object((void *)(uintptr_t)0xc0001234, CAPABILITY_BINDING) == NULL);
}

static void chains(void)
{
    struct backtrace trace;

    backtrace_here(&trace);
    record(trace.n > 0);
    record(backtrace_passes((vaddr_t)chains, 400));
    record(quiescence_is_running((vaddr_t)chains, 400));
    record(quiescence_is_running((vaddr_t)names, 4));
}

static void files(void)
{
    const void *bytes = NULL;
    file_t *file = NULL;
    size_t size = 0;

    record((uint32_t)file_create("drill.o", &file));
    record(file_is_called(file, "drill.o") + 2u * file_any_unfinished());
    record((uint32_t)file_write(file, 0, "some bytes", 10));
    record((uint32_t)file_write(file, 5, "others, and more", 16));
    record((uint32_t)file_write(file, 500, "beyond", 6));
    record((uint32_t)file_close(file));
    record((uint32_t)file_find("drill.o", &bytes, &size));
    record_bytes(bytes, size);
    file_remove("drill.o");
    record((uint32_t)file_find("drill.o", &bytes, &size));
}

static void code_memory(void)
{
    vaddr_t code[3] = {0};
    owner_t owner = 0;

    for (size_t i = 0; i < 3; i++)
        record(
            (uint32_t)code_allocate(OWNER_KERNEL, 40 + 100 * i, (vaddr_t)backtrace_name, &code[i]));
    record(code_space_at(code[1] + 8, &owner) + owner);
    for (size_t i = 0; i < 3; i++)
        code_free(code[i]);
    record(code_space_at(code[1] + 8, &owner));
}

static void pages(void)
{
    void *run = NULL;

    record((uint32_t)page_allocate(3, &run));
    record((uint32_t)page_free((char *)run + MEMORY_PAGE_SIZE, 1));
    record((uint32_t)page_free(run, 1));
    record((uint32_t)page_free(run, 1));
    record((uint32_t)page_free((char *)run + 2 * MEMORY_PAGE_SIZE, 1));
}

/* ---- events ---- */

struct packet {
    uint16_t kind, port;
    uint32_t from;
};

static int total;

static EVENT int arrived(const struct packet *packet, int n)
{
    total += packet->port + n;
    return 1;
}

static int count_with(void *closure, const struct packet *packet, int n)
{
    total += (int)(uintptr_t)closure;
    return packet->kind + n;
}

static bool is_of_port(void *closure, const struct packet *packet, int n)
{
    (void)n;
    return packet->port == (uint32_t)(uintptr_t)closure;
}

static bool is_known(const struct packet *packet, int n)
{
    return (packet->kind & 0xff) == 7 && packet->from - 0x0a000000 < 0x100 && n > 2;
}

static void predicates(void)
{
    static struct predicate predicate;

    predicate_find(step_source(), (vaddr_t)is_known, &predicate);
    record(predicate.known + 2u * predicate.n_nodes + 100u * predicate.n_tests);
    record((uint32_t)predicate_print(&predicate, text, sizeof text));
    record_text(text);
}

static void raise_some(void)
{
    struct packet packet = {7, 80, 0x0a000001};

    for (int n = 1; n < 5; n++) {
        record((uint32_t)arrived(&packet, n));
        packet.port += 40;
    }
    record((uint32_t)total);
}

static void installing(void)
{
    struct event_options keyed = {
        .order = EVENT_FIRST, .handler_closure = (void *)5, .guard_closure = (void *)80};
    binding_t *binding = NULL;

    total = 0;
    record((uint32_t)event_install((procedure_t)arrived, (procedure_t)count_with,
                                   (procedure_t)is_of_port, &keyed, &binding));
    raise_some();
    record((uint32_t)event_destroy(binding));
    raise_some();
}

static void refusing_events(void)
{
    binding_t *binding = NULL;

    record((uint32_t)event_install((procedure_t)arrived, (procedure_t)chains, (procedure_t)files,
                                   NULL, &binding));
    record_text(status_explain());
    record((uint32_t)event_destroy((binding_t *)text));
    record_text(status_explain());
    record((uint32_t)event_activate(NULL));
}

const struct drill drills_of_system[] = {
    {"names", names},
    {"domain_lists", domain_lists},
    {"capabilities", capabilities},
    {"chains", chains},
    {"files", files},
    {"code_memory", code_memory},
    {"pages", pages},
    {"predicates", predicates},
    {"installing", installing},
    {"refusing_events", refusing_events},
    {NULL, NULL},
};
