/* See simple.h. */
#include "kernel/probe/simple.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains/object/btf_value.h"
#include "kernel/event/prototype.h"
#include "kernel/event_names.h"
#include "kernel/probe/probe.h"
#include "kernel/probe/site_text.h"

#define NAME_SIZE 160

/* ---- counts ---- */

static void print_count(const struct probe *probe)
{
    uint64_t count = probe_counted(probe);

    printf("%" PRIu64 " time%s\n", count, count == 1 ? "" : "s");
}

static const struct probe_type count_type = {"count", print_count, NULL};

static status_t count_sites(struct probe *probe, const struct probe_site sites[], size_t n)
{
    status_t status = OK;

    for (size_t i = 0; status == OK && i < n; i++)
        status = probe_count(probe, sites[i].address, sites[i].conditional);
    return status;
}

static status_t begin(struct probe *probe, status_t status)
{
    if (status != OK)
        return probe_abandon(probe, status);
    probe_begin(probe);
    return OK;
}

status_t simple_count(const struct site_look *look, struct probe **probe)
{
    struct probe_site *sites;
    size_t n;
    status_t status = site_list(look, &sites, &n);

    if (status != OK)
        return status;
    status = probe_make(&count_type, look->name, n, NULL, probe);
    if (status == OK)
        status = begin(*probe, count_sites(*probe, sites, n));
    free(sites);
    return status;
}

/* ---- calls ---- */

static void print_call(const struct probe *probe)
{
    printf("calls %s\n", (const char *)probe->data);
}

static void end_call(struct probe *probe)
{
    free(probe->data);
}

static const struct probe_type call_type = {"call", print_call, end_call},
                               patch_type = {"patch", print_call, end_call};

/* What a third parameter is for is said by its type. */
static status_t set_options(procedure_t handler, struct patch_options *options)
{
    struct procedure_type type;
    struct btf_type pointee;
    char text[NAME_SIZE];
    status_t status = prototype_of((vaddr_t)handler, false, &type);

    if (status != OK || btf_n_parameters(type.type) < 3)
        return status;
    options->registers = true;
    if (btf_pointee(btf_parameter_type(type.type, 2), &pointee)) {
        btf_print(pointee, text, sizeof text);
        options->change = strncmp(text, "const ", strlen("const ")) != 0;
    }
    return OK;
}

struct wanted {
    procedure_t handler;
    struct patch_options options;
};

static status_t call_sites(struct probe *probe, struct wanted *wanted,
                           const struct probe_site sites[], size_t n)
{
    status_t status = OK;

    for (size_t i = 0; status == OK && i < n; i++) {
        wanted->options.taken = sites[i].conditional;
        status = probe_call(probe, sites[i].address, wanted->handler, &wanted->options);
    }
    return status;
}

static status_t make_call(const struct site_look *look, const struct probe_type *type,
                          struct wanted *wanted, struct probe **probe)
{
    char *name = malloc(NAME_SIZE);
    struct probe_site *sites;
    size_t n;
    status_t status;

    if (name == NULL)
        return status_refuse(ERR_NO_MEMORY, "no memory for a name");
    event_procedure_name((vaddr_t)wanted->handler, name, NAME_SIZE);
    status = site_list(look, &sites, &n);
    if (status != OK)
        goto free_name;
    status = probe_make(type, look->name, n, name, probe);
    if (status != OK)
        goto free_sites;
    status = begin(*probe, call_sites(*probe, wanted, sites, n));
    free(sites);
    return status;
free_sites:
    free(sites);
free_name:
    free(name);
    return status;
}

status_t simple_call(const struct site_look *look, const char *procedure, bool registers,
                     struct probe **probe)
{
    struct wanted wanted = {0};
    status_t status = event_named(procedure, &wanted.handler);

    if (status == OK && registers)
        status = set_options(wanted.handler, &wanted.options);
    return status == OK ? make_call(look, registers ? &patch_type : &call_type, &wanted, probe)
                        : status;
}
