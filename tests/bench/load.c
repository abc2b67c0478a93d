/* Loading, from domain_create to the return of domain_initialize, and unloading. */
#include <string.h>
#include <whorl/domain.h>
#include <whorl/nameserver.h>

#include "arch/ppc/machine.h"
#include "tests/bench/bench.h"

DOMAIN("bench/load");
IMPORT_DOMAIN("Debug");

extern const char object_tiny[], object_tiny_end[];
extern const char object_hook[], object_hook_end[];
extern const char object_big[], object_big_end[];

static const struct {
    const char *name, *object, *end;
    unsigned repeat;
} objects[] = {
    {"tiny", object_tiny, object_tiny_end, 500},
    {"hook", object_hook, object_hook_end, 500},
    {"big", object_big, object_big_end, 50},
};

static status_t load(const char *object, const char *end, domain_t *library, domain_t **domain)
{
    status_t status = domain_create("object", object, (size_t)(end - object), domain);

    if (status == OK)
        status = domain_resolve(library, *domain);
    return status == OK ? domain_initialize(*domain) : status;
}

static status_t measure(size_t i, domain_t *library)
{
    uint64_t loading = 0, unloading = 0;
    char name[32];

    for (unsigned n = 0; n < objects[i].repeat; n++) {
        domain_t *domain;
        uint64_t start = clock_ticks(), loaded;
        status_t status = load(objects[i].object, objects[i].end, library, &domain);

        loaded = clock_ticks();
        if (status == OK)
            status = domain_destroy(domain);
        if (status != OK)
            return status;
        loading += loaded - start;
        unloading += clock_ticks() - loaded;
    }
    snprintf(name, sizeof name, "load.%s", objects[i].name);
    bench_print(name, bench_each(loading, objects[i].repeat));
    snprintf(name, sizeof name, "unload.%s", objects[i].name);
    bench_print(name, bench_each(unloading, objects[i].repeat));
    return OK;
}

status_t domain_init(void)
{
    domain_t *library;
    status_t status = nameserver_query("SpinPublic", &library);

    bench_print("boot.prompt",
                bench_each(machine.prompt_ticks - machine.entry_ticks - machine.firmware_ticks, 1));
    for (size_t i = 0; status == OK && i < sizeof objects / sizeof objects[0]; i++)
        status = measure(i, library);
    return status;
}
