/*
 * Loading, from domain_create to the return of domain_initialize, and unloading; what a relocation and
 * a type check cost; what is kept of a loaded domain.
 */
#include <string.h>
#include <whorl/domain.h>
#include <whorl/memory.h>
#include <whorl/nameserver.h>

#include "arch/ppc/machine.h"
#include "domains/domain.h"
#include "domains/types.h"
#include "tests/bench/bench.h"

DOMAIN("bench/load");
IMPORT_DOMAIN("Debug");

struct object {
    const char *name, *bytes, *end;
    unsigned repeat;
};

#define OBJECT(shape, repeat)                                   \
    extern const char object_##shape[], object_##shape##_end[]; \
    static const struct object shape = {#shape, object_##shape, object_##shape##_end, repeat}

OBJECT(tiny, 500);
OBJECT(hook, 500);
OBJECT(big, 50);
OBJECT(huge, 2);
OBJECT(bare, 2); /* huge, its two imports included, without its relocations */

static domain_t *library;

struct cost {
    uint64_t loading, unloading; /* instructions, in thousandths */
};

static status_t create(const struct object *object, domain_t **domain)
{
    return domain_create("object", object->bytes, (size_t)(object->end - object->bytes), domain);
}

static status_t load(const struct object *object, domain_t **domain)
{
    status_t status = create(object, domain);

    if (status == OK)
        status = domain_resolve(library, *domain);
    return status == OK ? domain_initialize(*domain) : status;
}

static status_t measure(const struct object *object, struct cost *cost)
{
    uint64_t loading = 0, unloading = 0;

    for (unsigned n = 0; n < object->repeat; n++) {
        domain_t *domain;
        uint64_t start = clock_ticks(), loaded;
        status_t status = load(object, &domain);

        loaded = clock_ticks();
        if (status == OK)
            status = domain_destroy(domain);
        if (status != OK)
            return status;
        loading += loaded - start;
        unloading += clock_ticks() - loaded;
    }
    cost->loading = bench_each(loading, object->repeat);
    cost->unloading = bench_each(unloading, object->repeat);
    return OK;
}

static status_t print_cost(const struct object *object, struct cost *cost)
{
    status_t status = measure(object, cost);
    char name[32];

    if (status != OK)
        return status;
    snprintf(name, sizeof name, "load.%s", object->name);
    bench_print(name, cost->loading);
    snprintf(name, sizeof name, "unload.%s", object->name);
    bench_print(name, cost->unloading);
    return OK;
}

/* Resolving big against SpinPublic and undoing it, of a domain that does not run yet. */
static status_t measure_binding(void)
{
    const unsigned repeat = 50;
    uint64_t start, resolved, resolving = 0, unresolving = 0;
    domain_t *domain;
    status_t status = create(&big, &domain);

    for (unsigned n = 0; status == OK && n < repeat; n++) {
        start = clock_ticks();
        status = domain_resolve(library, domain);
        resolved = clock_ticks();
        if (status == OK)
            status = domain_unresolve(library, domain);
        resolving += resolved - start;
        unresolving += clock_ticks() - resolved;
    }
    if (status != OK)
        return status;
    bench_print("resolve.big", bench_each(resolving, repeat));
    bench_print("unresolve.big", bench_each(unresolving, repeat));
    return domain_destroy(domain);
}

/* The mean over the eight imports of hook, which are of the usual kinds. */
static status_t measure_types(struct domain *domain)
{
    const unsigned repeat = 200;
    uint64_t start = clock_ticks();

    for (unsigned n = 0; n < repeat; n++)
        for (size_t i = 0; i < domain->image.n_imports; i++) {
            const struct import *import = &domain->image.imports[i];
            struct types_binding binding = {.import = import,
                                            .btf = domain->image.btf,
                                            .symbol = import->symbol,
                                            .definer_btf = domain_types(import->definer),
                                            .definer = import->definer->name};
            status_t status = types_check(&binding);

            if (status != OK)
                return status;
        }
    bench_print("typecheck.import",
                bench_each(clock_ticks() - start, repeat * domain->image.n_imports));
    return OK;
}

static status_t measure_checks(void)
{
    struct domain *domain;
    domain_t *capability;
    status_t status = create(&hook, &capability);

    if (status == OK)
        status = domain_resolve(library, capability);
    if (status == OK)
        status = domain_of(capability, &domain);
    if (status == OK)
        status = measure_types(domain);
    return status == OK ? domain_destroy(capability) : status;
}

static size_t n_relocations(const struct object *object)
{
    struct elf_object elf;
    size_t n = 0;

    if (elf_open(object->bytes, (size_t)(object->end - object->bytes), &elf) != OK)
        return 0;
    for (unsigned i = 0; i < elf.n_sections; i++)
        if (elf.sections[i].type == SHT_RELA &&
            (elf.sections[elf.sections[i].info].flags & SHF_ALLOC) != 0)
            n += elf.sections[i].size / ELF_RELA_SIZE;
    elf_close(&elf);
    return n;
}

/*
 * All that the heap holds for a loaded domain but its type section and names, and 12 bytes for each
 * relocation of an import, by export.
 */
static status_t measure_memory(const struct object *object)
{
    struct memory_use before, after;
    size_t names, kept;
    struct domain *domain;
    domain_t *capability;
    status_t status;

    memory_use(&before);
    status = load(object, &capability);
    memory_use(&after);
    if (status == OK)
        status = domain_of(capability, &domain);
    if (status != OK)
        return status;
    names = domain->image.tables_size - domain->image.symbols.n_symbols * sizeof(struct symbol) -
            (domain->image.symbols.mask + 1) * sizeof(uint32_t) -
            domain->image.n_imports * sizeof(struct import) -
            domain->image.n_fixups * sizeof(struct fixup);
    kept = after.heap_bytes - before.heap_bytes - domain->image.types_size - names -
           domain->image.n_fixups * 12;
    printf("domain.bytes_per_export\t%u.%03u\tbytes\n",
           (unsigned)(kept / domain_count_exports(domain)),
           (unsigned)(kept * 1000 / domain_count_exports(domain) % 1000));
    return domain_destroy(capability);
}

static status_t measure_huge(void)
{
    struct cost with, without;
    size_t n = n_relocations(&huge) - n_relocations(&bare);
    status_t status = print_cost(&huge, &with);

    if (status == OK)
        status = measure(&bare, &without);
    if (status != OK)
        return status;
    bench_print("relocation.each", (with.loading - without.loading) / n);
    return measure_memory(&huge);
}

status_t domain_init(void)
{
    const struct object *const objects[] = {&tiny, &hook, &big};
    status_t status = nameserver_query("SpinPublic", &library);
    struct cost cost;

    bench_print("boot.prompt",
                bench_each(machine.prompt_ticks - machine.entry_ticks - machine.firmware_ticks, 1));
    for (size_t i = 0; status == OK && i < sizeof objects / sizeof objects[0]; i++)
        status = print_cost(objects[i], &cost);
    if (status == OK)
        status = measure_binding();
    if (status == OK)
        status = measure_checks();
    return status == OK ? measure_huge() : status;
}
