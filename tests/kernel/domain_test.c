/*
 * Domains in the running kernel: the life of real objects, and hostile bytes. What has
 * a capability goes through <whorl/domain.h>, as an extension's calls do.
 */
#include <stdlib.h>
#include <string.h>

#include <whorl/memory.h>
#include <whorl/nameserver.h>

#include "domains/domain.h"
#include "domains/loader.h"
#include "kernel/fault.h"
#include "kernel/owner.h"
#include "kernel/test.h"

SUITE("domain");

extern const char object_hello[], object_hello_end[];
extern const char object_counter[], object_counter_end[];
extern const char object_client[], object_client_end[];
extern const char object_faulty[], object_faulty_end[];
extern const char object_failing[], object_failing_end[];

#define OBJECT(name) object_##name, (size_t)(object_##name##_end - object_##name)
#define LOADER_OBJECT(n)                                        \
    {                                                           \
#n, object_##n, (size_t)(object_##n##_end - object_##n) \
    }

static const struct domain_terms on_behalf = {.loader = "operator"};

static domain_t *public(void)
{
    domain_t *domain = NULL;

    CHECK_STATUS(OK, nameserver_query("SpinPublic", &domain));
    return domain;
}

static struct domain *inside(const domain_t *capability)
{
    struct domain *domain = NULL;

    CHECK_STATUS(OK, domain_of(capability, &domain));
    return domain;
}

static const struct symbol *export(const struct domain *domain, const char *name)
{
    return symbol_find(&domain->image.symbols, name, symbol_hash(name));
}

static int value(const struct domain *domain, const char *name)
{
    const struct symbol *symbol = export(domain, name);

    return symbol == NULL ? -1 : *(int *)symbol->value;
}

TEST(an_object_is_created_resolved_initialized_and_destroyed)
{
    domain_t *counter;

    if (!CHECK_STATUS(OK, domain_create("x", OBJECT(counter), &counter)))
        return;
    CHECK(strcmp(inside(counter)->name, "counter") == 0);
    CHECK(strcmp(inside(counter)->loader, "test/domain") == 0);
    CHECK(domain_named("counter") == inside(counter));
    CHECK_EQUAL(DOMAIN_CREATED, inside(counter)->state);
    CHECK_EQUAL(0, value(inside(counter), "counter_constructed"));
    CHECK_STATUS(OK, domain_initialize(counter));
    CHECK_EQUAL(17, value(inside(counter), "counter_constructed"));
    CHECK_EQUAL(1, ((int (*)(void)) export(inside(counter), "counter_next")->value)());
    CHECK_STATUS(ERR_STATE, domain_initialize(counter));
    CHECK_STATUS(OK, domain_destroy(counter));
    CHECK_STATUS(ERR_BAD_CAPABILITY, domain_destroy(counter));
}

TEST(imports_are_bound_across_domains)
{
    domain_t *counter, *client, *pair[2];

    if (!CHECK_STATUS(OK, domain_create("x", OBJECT(counter), &counter)) ||
        !CHECK_STATUS(OK, domain_create("x", OBJECT(client), &client)))
        return;
    CHECK_STATUS(ERR_UNRESOLVED, domain_initialize(client));
    CHECK(strstr(status_explain(), "counter_next") != NULL);
    CHECK(strstr(status_explain(), "counter_constructed") != NULL);
    CHECK(strstr(status_explain(), "nobody_has_this") == NULL);
    CHECK_STATUS(OK, domain_resolve(counter, client));
    CHECK_STATUS(OK, domain_initialize(counter));
    CHECK_STATUS(OK, domain_initialize(client));
    CHECK_EQUAL(117, value(inside(client), "client_saw"));
    CHECK_STATUS(ERR_BUSY, domain_destroy(counter));
    CHECK(strstr(status_explain(), "client") != NULL);
    pair[0] = pair[1] = counter;
    CHECK_STATUS(ERR_BAD_ARGUMENT, domain_destroy_group(pair, 2));
    pair[1] = client;
    CHECK_STATUS(OK, domain_destroy_group(pair, 2));
}

TEST(a_group_starts_who_is_imported_from_first)
{
    const struct loader_object objects[] = {LOADER_OBJECT(client), LOADER_OBJECT(counter)};
    struct domain *domains[2];

    if (!CHECK_STATUS(OK, loader_load(&on_behalf, objects, 2, domains)))
        return;
    CHECK_EQUAL(117, value(domains[0], "client_saw"));
    CHECK_STATUS(OK, domain_end(domains, 2));
}

TEST(a_group_that_fails_leaves_nothing)
{
    const struct loader_object objects[] = {LOADER_OBJECT(counter), LOADER_OBJECT(client),
                                            LOADER_OBJECT(failing)};
    struct domain *domains[3];

    CHECK_STATUS(ERR_FAILED, loader_load(&on_behalf, objects, 3, domains));
    CHECK(strstr(status_explain(), "ERR_NOT_FOUND") != NULL);
    CHECK(domain_named("counter") == NULL);
    CHECK(domain_named("client") == NULL);
    CHECK(domain_named("failing") == NULL);
}

TEST(the_same_name_twice_is_refused)
{
    domain_t *first, *second;

    if (!CHECK_STATUS(OK, domain_create("x", OBJECT(counter), &first)))
        return;
    CHECK_STATUS(ERR_EXISTS, domain_create("y", OBJECT(counter), &second));
    CHECK_STATUS(OK, domain_destroy(first));
}

TEST(a_fault_in_domain_init_leaves_a_domain_to_destroy)
{
    domain_t *faulty;

    if (!CHECK_STATUS(OK, domain_create("x", OBJECT(faulty), &faulty)))
        return;
    CHECK_STATUS(ERR_FAULT, domain_initialize(faulty));
    CHECK_EQUAL(DOMAIN_QUARANTINED, inside(faulty)->state);
    CHECK_STATUS(ERR_STATE, domain_initialize(faulty));
    CHECK_STATUS(OK, domain_destroy(faulty));
}

static void start_unsealed(void *closure)
{
    ((void (*)(void))closure)();
}

TEST(nothing_of_a_domain_runs_before_it_is_initialized)
{
    domain_t *counter;

    if (!CHECK_STATUS(OK, domain_create("x", OBJECT(counter), &counter)))
        return;
    CHECK_STATUS(ERR_FAULT, fault_contain(start_unsealed,
                                          (void *)export(inside(counter), "counter_next")->value));
    CHECK_STATUS(OK, domain_destroy(counter));
}

TEST(the_kernels_own_domains_cannot_be_destroyed)
{
    CHECK_STATUS(ERR_STATE, domain_destroy(public()));
    CHECK_STATUS(ERR_BAD_CAPABILITY, domain_destroy((domain_t *)0x1234));
    CHECK_STATUS(ERR_BAD_CAPABILITY, domain_destroy(NULL));
}

TEST(an_object_cut_at_any_length_is_refused)
{
    domain_t *domain;
    size_t size = (size_t)(object_counter_end - object_counter);

    for (size_t n = 0; n < size; n++) {
        status_t status = domain_create("cut", object_counter, n, &domain);

        if (status == OK) {
            /* only what nobody needs was cut: padding behind the last header */
            CHECK(size - n < 4);
            CHECK_STATUS(OK, domain_destroy(domain));
        } else {
            CHECK(status_explain()[0] != 0);
        }
    }
}

/* Any byte may have any value: the object loads or is refused, and nothing else happens. */
TEST(flipped_bits_do_no_harm)
{
    size_t size = (size_t)(object_client_end - object_client);
    char *copy = malloc(size);
    unsigned seed = 12345;
    unsigned n_refused = 0;

    if (!CHECK(copy != NULL))
        return;
    for (unsigned i = 0; i < 2000; i++) {
        domain_t *domain;

        memcpy(copy, object_client, size);
        for (unsigned k = 0; k < 3; k++) {
            seed = seed * 1103515245 + 12345;
            copy[(seed >> 8) % size] ^= (char)(1 << (seed >> 4) % 8);
        }
        if (domain_create("flipped", copy, size, &domain) != OK)
            n_refused++;
        else if (!CHECK_STATUS(OK, domain_destroy(domain)))
            break;
    }
    CHECK(n_refused > 0);
    free(copy);
}

TEST(exhausted_memory_is_a_refusal)
{
    const struct loader_object object = LOADER_OBJECT(hello);
    struct domain *domain;
    void *pages;
    size_t n = 1 << 16;
    static void *runs[1024]; /* free pages may lie scattered */
    unsigned n_runs = 0;
    struct owner *me = &owners[owner_of_code((vaddr_t)start_unsealed)];
    size_t left = me->left;

    me->left = OWNER_UNLIMITED;
    while (n > 0 && n_runs < sizeof runs / sizeof runs[0])
        if (page_allocate(n, &pages) == OK) {
            *(size_t *)pages = n;
            runs[n_runs++] = pages;
        } else {
            n /= 2;
        }
    CHECK_STATUS(ERR_NO_MEMORY, loader_load(&on_behalf, &object, 1, &domain));
    while (n_runs-- > 0)
        CHECK_STATUS(OK, page_free(runs[n_runs], *(size_t *)runs[n_runs]));
    me->left = left;
}
