/* See probe.h. */
#include "kernel/probe/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/ppc/layout.h"
#include "domains/domain.h"
#include "kernel/patch/patch.h"
#include "kernel/patch/site.h"
#include "kernel/probe/guard.h"
#include "kernel/probe/time.h"
#include "kernel/probe/trace.h"

#define SENTENCE_MAX 600 /* characters; longer ones are cut */

struct probe_handle probe_handles[PROBE_HANDLES];
vaddr_t probe_guard_of_exceptions;

static struct probe *first, **end = &first;
static unsigned latest;

/* ---- handles ---- */

static bool taken[PROBE_HANDLES];

static status_t take_handle(struct probe *probe)
{
    for (unsigned i = 0; i < PROBE_HANDLES; i++) {
        if (taken[i])
            continue;
        taken[i] = true;
        probe_handles[i].number += PROBE_HANDLES + (probe_handles[i].number == 0 ? i : 0);
        probe->handle = probe_handles[i].number;
        return OK;
    }
    return status_refuse(ERR_NO_MEMORY, "there are %d probes with handlers already", PROBE_HANDLES);
}

static void give_handle(const struct probe *probe)
{
    if (probe->handle == 0)
        return;
    probe_handles[probe->handle % PROBE_HANDLES].probe = NULL;
    taken[probe->handle % PROBE_HANDLES] = false;
}

/* ---- why probes go ---- */

/* A domain that ends, or has, if an address is of one. */
static const struct domain *ending_at(vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;

    if (address == 0 || !domain_at(address, &domain, &symbol) || domain == NULL)
        return NULL;
    return domain->state == DOMAIN_ENDING || domain->state == DOMAIN_LEAVING ? domain : NULL;
}

static bool is_generated(vaddr_t address)
{
    struct domain *domain;
    const struct symbol *symbol;

    return address - IMAGE(kernel_text_start) >=
               IMAGE(kernel_text_end) - IMAGE(kernel_text_start) &&
           !domain_at(address, &domain, &symbol);
}

static void explain(const struct probe_patch *patch, char *text, size_t size)
{
    const struct domain *of_site = ending_at(patch->site), *of_handler = ending_at(patch->handler);

    if (of_site != NULL)
        snprintf(text, size, "domain %s has ended", of_site->name);
    else if (of_handler != NULL)
        snprintf(text, size, "domain %s, which its handler is of, has ended", of_handler->name);
    else if (is_generated(patch->site))
        snprintf(text, size, "the generated code that it was in is gone");
    else
        snprintf(text, size, "its handler faulted");
}

static void lose(void *closure)
{
    struct probe_patch *patch = closure;
    struct probe *probe = patch->probe;

    if (!probe->lost)
        explain(patch, probe->why, sizeof probe->why);
    probe->lost = true;
    patch->patch = NULL;
}

/* ---- making ---- */

status_t probe_make(const struct probe_type *type, const char *site, size_t room, void *data,
                    struct probe **probe)
{
    struct probe *made = calloc(1, sizeof *made + strlen(site) + 1);
    struct probe_patch *patches = calloc(room + 1, sizeof *patches);

    if (made == NULL || patches == NULL) {
        free(made);
        free(patches);
        return status_refuse(ERR_NO_MEMORY, "no memory for a probe");
    }
    made->type = type;
    made->room = room;
    made->data = data;
    made->patches = patches;
    strcpy(made->site, site);
    *probe = made;
    return OK;
}

static status_t add(struct probe *probe, vaddr_t site, vaddr_t handler, patch_t *patch,
                    status_t status)
{
    struct probe_patch *to = &probe->patches[probe->n];

    if (status != OK)
        return status;
    *to = (struct probe_patch){probe, patch, site, handler};
    probe->n++;
    patch_on_loss(patch, lose, to);
    return OK;
}

status_t probe_count(struct probe *probe, vaddr_t site, bool only_taken)
{
    const struct patch_options options = {.taken = only_taken};
    patch_t *patch = NULL;
    status_t status = patch_count((const void *)site, &options, &patch);

    return add(probe, site, 0, patch, status);
}

/* What begins and ends the run of a handler of probes is no site for one. */
static status_t check_site(vaddr_t site)
{
    patch_registers_handler_t *const handlers[] = {trace_hit, time_entered, time_left,
                                                   time_left_in_frame};
    struct site_facts facts;

    site_find(site, &facts);
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
        if (facts.procedure != 0 && facts.procedure == (vaddr_t)handlers[i])
            return status_refuse(ERR_UNSUPPORTED,
                                 "0x%08x is executed whenever a handler of probes is",
                                 (unsigned)site);
    return OK;
}

status_t probe_call(struct probe *probe, vaddr_t site, procedure_t handler,
                    const struct patch_options *options)
{
    patch_t *patch = NULL;
    status_t status = check_site(site);

    if (status == OK)
        status = patch_insert((const void *)site, handler, NULL, options, &patch);
    return add(probe, site, (vaddr_t)handler, patch, status);
}

status_t probe_code(struct probe *probe, vaddr_t site, struct domain *domain,
                    const uint32_t words[], size_t n, const struct patch_options *options)
{
    patch_t *patch = NULL;
    status_t status = check_site(site);

    if (status == OK)
        status = patch_insert_code_for(domain, (const void *)site, words, n, options, &patch);
    return add(probe, site, (vaddr_t)words, patch, status);
}

status_t probe_handle(struct probe *probe, vaddr_t site, patch_registers_handler_t *handler,
                      bool only_taken)
{
    const struct patch_options options = {.registers = true, .taken = only_taken};
    patch_t *patch = NULL;
    status_t status = check_site(site);

    if (status == OK && probe->handle == 0)
        status = take_handle(probe);
    if (status == OK)
        status = patch_insert_kernel(site, handler, (void *)probe->handle, &options, &patch);
    return add(probe, site, 0, patch, status);
}

void probe_begin(struct probe *probe)
{
    probe->number = ++latest;
    *end = probe;
    end = &probe->next;
    if (probe->handle != 0)
        probe_handles[probe->handle % PROBE_HANDLES].probe = probe;
}

/* ---- ending ---- */

static void unlink_probe(struct probe *probe)
{
    struct probe **link = &first;

    while (*link != NULL && *link != probe)
        link = &(*link)->next;
    if (*link == NULL)
        return;
    *link = probe->next;
    if (end == &probe->next)
        end = link;
}

static bool is_left(struct retired *retired)
{
    (void)retired;
    return !quiescence_is_running(IMAGE(probe_handlers_start),
                                  IMAGE(probe_handlers_end) - IMAGE(probe_handlers_start));
}

static void release(struct retired *retired)
{
    struct probe *probe = (struct probe *)retired;

    if (probe->type->end != NULL)
        probe->type->end(probe);
    free(probe->patches);
    free(probe);
}

/* Only one that is being patched by somebody else at this moment is refused, and that before anything is removed. */
status_t probe_end(struct probe *probe)
{
    for (size_t i = 0; i < probe->n; i++) {
        status_t status = patch_remove(probe->patches[i].patch);

        if (status != OK)
            return status;
        probe->patches[i].patch = NULL;
    }
    give_handle(probe);
    unlink_probe(probe);
    probe->retired = (struct retired){.is_left = is_left, .release = release};
    quiescence_retire(&probe->retired);
    return OK;
}

status_t probe_abandon(struct probe *probe, status_t status)
{
    char sentence[SENTENCE_MAX];

    snprintf(sentence, sizeof sentence, "%s", status_explain());
    (void)probe_end(probe);
    return status_refuse(status, "%s", sentence);
}

void probe_forget_lost(void)
{
    struct probe *next;

    for (struct probe *p = first; p != NULL; p = next) {
        next = p->next;
        if (p->lost && probe_end(p) != OK)
            return;
    }
}

/* ---- looking ---- */

struct probe *probe_next(const struct probe *probe)
{
    return probe == NULL ? first : probe->next;
}

struct probe *probe_numbered(unsigned number)
{
    struct probe *probe = first;

    while (probe != NULL && probe->number != number)
        probe = probe->next;
    return probe;
}

uint64_t probe_counted(const struct probe *probe)
{
    uint64_t sum = 0, count;

    for (size_t i = 0; i < probe->n; i++)
        if (probe->patches[i].patch != NULL && patch_counted(probe->patches[i].patch, &count) == OK)
            sum += count;
    return sum;
}

void probe_print(const struct probe *probe)
{
    printf("%5u  %-6s  %s  ", probe->number, probe->type->name, probe->site);
    if (!probe->lost) {
        probe->type->print(probe);
        return;
    }
    printf("gone: %s\n", probe->why);
}
