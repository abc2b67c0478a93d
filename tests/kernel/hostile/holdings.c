/* What the kernel holds, for all domains together. */
#include <stdio.h>
#include <string.h>
#include <whorl/memory.h>

#include "domains/capability.h"
#include "kernel/busy.h"
#include "kernel/event/code_source.h"
#include "kernel/event/event.h"
#include "kernel/patch/site.h"
#include "kernel/patch/springboard.h"
#include "kernel/quiescence.h"
#include "kernel/strand/strand.h"
#include "tests/hostile/stage.h"
#include "tests/kernel/hostile/hostile.h"

#define PATIENCE_US 3000000

/* Without listing them, which would make a binding of each event's own procedure. */
static size_t count_bindings(void)
{
    vaddr_t before = busy_begin();
    size_t n = 0;

    for (struct event *event = event_next(NULL); event != NULL; event = event_next(event)) {
        struct event_view view;

        event_look(event, &view);
        n += view.n_all > 0 ? view.n_all - 1 : 0;
    }
    busy_end(before);
    return n;
}

static size_t count_strands(void)
{
    vaddr_t before = busy_begin();
    size_t n = 0;

    for (const struct strand *s = strand_next(NULL); s != NULL; s = strand_next(s))
        n++;
    busy_end(before);
    return n;
}

static size_t count_domains(void)
{
    vaddr_t before = busy_begin();
    size_t n = 0;

    for (const struct domain *d = domain_next(NULL); d != NULL; d = domain_next(d))
        n++;
    busy_end(before);
    return n;
}

/* What is only kept until somebody needs the memory is not counted. */
static void forget(void)
{
    vaddr_t before = busy_begin();

    quiescence_collect();
    code_source_forget();
    site_forget_all();
    domain_rest_all();
    strand_trim();
    busy_end(before);
}

void holdings_measure(struct holdings *holdings)
{
    struct memory_use use;

    *holdings = (struct holdings){.n_bindings = count_bindings(),
                                  .n_strands = count_strands(),
                                  .n_domains = count_domains(),
                                  .n_springboards = springboard_used(),
                                  .n_capabilities = capability_count()};
    forget();
    memory_use(&use);
    holdings->n_free_pages = use.n_free_pages;
    holdings->heap_bytes = use.heap_bytes;
}

static void compare(const char *what, size_t before, size_t after)
{
    if (before != after)
        printf("    #   %s: %u before, %u after\n", what, (unsigned)before, (unsigned)after);
}

bool holdings_return(const struct holdings *before)
{
    uint64_t start = clock_microseconds();
    struct holdings after;

    for (;;) {
        holdings_measure(&after);
        if (memcmp(before, &after, sizeof after) == 0)
            return true;
        if (clock_microseconds() - start > PATIENCE_US)
            break;
        (void)strand_sleep(500);
    }
    compare("free pages", before->n_free_pages, after.n_free_pages);
    compare("bytes of heap", before->heap_bytes, after.heap_bytes);
    compare("capabilities", before->n_capabilities, after.n_capabilities);
    compare("strands", before->n_strands, after.n_strands);
    compare("domains", before->n_domains, after.n_domains);
    compare("springboards", before->n_springboards, after.n_springboards);
    compare("bindings", before->n_bindings, after.n_bindings);
    return false;
}
